"""A fighter's head: skull, hair, face, and the loose ends that stream behind it."""

import math
from collections.abc import Sequence

from .colour import BASE, HALF, LIGHT, LINE, SHADOW
from .look import Look, Material
from .plate import Limb, Part, Plate, Shape, ribbon
from .skeleton import Joints, Point, Pose


class _Skull:
    """Points of the head: pixels in front of and above its middle."""

    def __init__(self, j: Joints) -> None:
        self._middle = j.head
        turn = math.radians(j.tilt)
        self._cosine, self._sine = math.cos(turn), math.sin(turn)

    def __call__(self, front: float, up: float) -> Point:
        x, y = self._middle
        return x + front * self._cosine + up * self._sine, y - front * self._sine + up * self._cosine

    def many(self, points: Sequence[Point]) -> tuple[Point, ...]:
        return tuple(self(front, up) for front, up in points)


def paint_tails(plate: Plate, pose: Pose, j: Joints, look: Look) -> None:
    """What hangs from the back of the head, behind all else."""
    at = _Skull(j)
    if look.ponytail:
        root = at(-6, 6)
        plate.paint([ribbon(root, pose.breeze + 8, 30, 8.5, 2.0, pose.wave, 5.0, Material.HAIR),
                     ribbon(root, pose.breeze - 6, 22, 6.5, 2.0, pose.wave + 0.8, 3.5, Material.HAIR)])
    else:
        root = at(-8, 3)
        plate.paint([ribbon(root, pose.breeze + 10, 20, 3.6, 4.4, pose.wave + 1.6, 3.5, Material.TRIM, 1)])
        plate.paint([ribbon(root, pose.breeze - 8, 26, 3.6, 4.6, pose.wave, 4.5, Material.TRIM)])


def paint_head(plate: Plate, pose: Pose, j: Joints, look: Look) -> None:
    at = _Skull(j)
    skin, hair = Material.SKIN, Material.HAIR
    plate.paint([
        Limb(at(-0.5, 1.5), at(0.5, 0.5), ((0, 8.2, 8.2), (1, 8.2, 8.2)), skin),
        Shape(at.many(((-5, -3), (-3.5, -7.5), (1.5, -9.8), (5, -9.6), (7.2, -7.2), (7.6, -4.6), (9.2, -2.6), (8.2, -0.6),
                       (8, 3), (-2, 4))), skin, BASE),
        Shape(at.many(((-6, -2), (-4.0, -7.5), (1.5, -9.8), (4, -9.6), (0, -6.5), (-2, -2))), skin, HALF),
    ])
    _paint_face(plate, pose, at)
    if look.ponytail:
        parts: list[Part] = [
            Shape(at.many(((8.2, 4), (6.5, 8), (1, 10.5), (-5, 9.6), (-9, 5), (-9.2, -1), (-6.5, -5), (-4.4, -3), (-4.2, 1),
                           (-1.6, 2.4), (2.6, 4.8))), hair),
            Limb(at(-6, 7), at(-8.5, 8.6), ((0, 4.4, 4.4), (1, 4.8, 4.8)), hair),
        ]
        plate.paint(parts)
        plate.paint([Limb(at(-7.4, 5.0), at(-5.0, 9.6), ((0, 1.6, 1.6), (1, 1.6, 1.6)), Material.TRIM)])
        plate.paint([ribbon(at(6.5, 5), 268 - pose.spin, 8, 3, 1, pose.wave, 1, hair)], shadow=False)
    else:
        plate.paint([
            Shape(at.many(((8.6, 3.4), (9.6, 6.4), (6.4, 7.2), (6.6, 10.4), (2.6, 9.6), (0.2, 12), (-2.6, 10), (-6.6, 11),
                           (-7.6, 8), (-11, 7), (-9.6, 3.4), (-11, 0), (-8.6, -1.6), (-7.4, -5.2), (-5, -3.4),
                           (-4, 0.4), (-1.6, 1.6), (3, 3.4))), hair),
        ])
        plate.paint([Shape(at.many(((8.8, 2.4), (8.8, 5.2), (0, 5.8), (-9, 4.8), (-9.2, 1.8), (0, 2.8))), Material.TRIM)])
    ear = at(-2.6, -1.2)
    plate.paint([Limb(ear, at(-2.2, -2.4), ((0, 2.2, 2.0), (1, 1.6, 1.6)), skin)], shadow=False)


def _paint_face(plate: Plate, pose: Pose, at: _Skull) -> None:
    ink, skin = Material.INK, Material.SKIN

    def put(front: float, up: float, material: int, tone: int, width: int = 1, height: int = 1) -> None:
        x, y = at(front, up)
        plate.dot(x, y, material, tone, width, height)

    if pose.face in ("shut", "hurt"):
        put(3.0, -0.5, ink, LINE, 4)
        put(4.0, 1.5, ink, SHADOW, 3)
    else:
        put(3.2, 0.2, ink, LIGHT, 3, 2)
        put(5.0, 0.2, ink, LINE, 2, 2)
        put(2.6, 1.8, ink, LINE, 3)
        put(5.0, 1.2, ink, LINE, 2)
    put(8.0, -3.2, skin, HALF, 1, 1)
    if pose.face == "shout":
        put(4.2, -5.2, ink, LINE, 3, 3)
        put(4.2, -5.2, ink, LIGHT, 3, 1)
    elif pose.face == "hurt":
        put(4.0, -5.2, ink, LINE, 3, 2)
    elif pose.face == "grin":
        put(3.6, -5.4, ink, LIGHT, 4, 1)
        put(3.6, -6.4, ink, LINE, 3, 1)
    else:
        put(4.4, -5.8, skin, LINE, 3, 1)
