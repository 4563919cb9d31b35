"""A fighter drawn in a pose: which limbs, cloth and hair there are, and in which order they are painted."""

import math

import numpy as np

from .colour import BASE, HALF, LIGHT, SHADOW
from .head import paint_head, paint_tails
from .look import Look, Material
from .plate import Limb, Part, Plate, Shape, ribbon
from .skeleton import Joints, Point, Pose, joints


def draw_figure(pose: Pose, look: Look) -> np.ndarray:
    """The plate's ink of one drawing; takes 4 to 8 ms, so drawings are kept."""
    plate = Plate()
    j = joints(pose)
    paint_tails(plate, pose, j, look)
    plate.paint(_arm(j.far_shoulder, j.far_elbow, j.far_hand, pose, look, darker=1))
    plate.paint(_leg(j.far_hip, j.far_knee, j.far_foot, j.far_toe, look, darker=1))
    _trunk(plate, pose, j, look)
    _streak(plate, pose)
    plate.paint(_leg(j.near_hip, j.near_knee, j.near_foot, j.near_toe, look))
    _belt(plate, pose, j)
    paint_head(plate, pose, j, look)
    plate.paint(_arm(j.near_shoulder, j.near_elbow, j.near_hand, pose, look))
    _energy(plate, pose, j)
    return plate.outlined(Material.INK)


# ---------------------------------------------------------------------------- limbs

def _along(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _beyond(a: Point, b: Point, length: float) -> Point:
    """`length` past `b` on the way from `a`."""
    distance = math.dist(a, b) or 1.0
    return b[0] + (b[0] - a[0]) * length / distance, b[1] + (b[1] - a[1]) * length / distance


def _arm(shoulder: Point, elbow: Point, hand: Point, pose: Pose, look: Look, darker: int = 0) -> list[Part]:
    wrist = _along(elbow, hand, 0.80)
    parts: list[Part] = [
        Limb(shoulder, elbow, ((0, 6.2, 6.2), (0.45, 6.2, 5.4), (1, 4.2, 4.4)), Material.SKIN, darker),
        Limb(elbow, wrist, ((0, 4.4, 4.6), (0.35, 5.2, 4.8), (1, 3.6, 3.6)), Material.SKIN, darker),
    ]
    # the sleeve: torn off at the shoulder, or the edge of a vest
    cap = _along(shoulder, elbow, 0.02 if look.vest else 0.28)
    parts.append(Limb(shoulder, cap, ((0, 6.8, 6.8), (1, 7.0, 6.8)), Material.CLOTH, darker, 0.2))
    cuff = _along(elbow, hand, 0.34 if look.vest else 0.56)
    parts.append(Limb(cuff, wrist, ((0, 5.3, 5.1), (1, 4.4, 4.4)), Material.GLOVE, darker))
    parts.append(_band(elbow, cuff, 4.6, 1.7, darker))
    if pose.hand == "fist":
        parts.append(Limb(_beyond(elbow, hand, -2.0), _beyond(elbow, hand, 0.6),
                          ((0, 5.0, 5.0), (1, 5.6, 5.4)), Material.GLOVE, darker))
    elif pose.hand == "palm":       # bent back: the palm leads
        tip = _beyond(elbow, hand, 1.5)
        side = (-(hand[1] - elbow[1]), hand[0] - elbow[0])
        size = math.hypot(*side) or 1.0
        up = (tip[0] + side[0] / size * 8, tip[1] + side[1] / size * 8)
        parts.append(Limb(hand, tip, ((0, 4.4, 4.4), (1, 4.0, 4.0)), Material.GLOVE, darker))
        parts.append(Limb(tip, up, ((0, 3.6, 3.6), (1, 2.2, 2.2)), Material.SKIN, darker))
    else:
        parts.append(Limb(hand, _beyond(elbow, hand, 2.0), ((0, 4.4, 4.4), (1, 4.0, 4.0)), Material.GLOVE, darker))
        parts.append(Limb(_beyond(elbow, hand, 2.0), _beyond(elbow, hand, 8.0), ((0, 3.4, 3.4), (1, 2.2, 1.8)),
                          Material.SKIN, darker))
    return parts


def _band(start: Point, middle: Point, half: float, thick: float, darker: int) -> Limb:
    """A trim across the limb that comes from `start`."""
    length = math.dist(start, middle) or 1.0
    x, y = -(middle[1] - start[1]) / length * half, (middle[0] - start[0]) / length * half
    return Limb((middle[0] - x, middle[1] - y), (middle[0] + x, middle[1] + y), ((0, thick, thick), (1, thick, thick)),
                Material.TRIM, darker)


def _leg(hip: Point, knee: Point, ankle: Point, toe: Point, look: Look, darker: int = 0) -> list[Part]:
    cuff = _along(knee, ankle, 0.50 if look.boots else 0.66)
    shoe = Material.GLOVE if look.boots else Material.SKIN
    parts: list[Part] = [Limb(knee, ankle, ((0, 5, 5), (0.4, 4.6, 6.2), (1, 3.6, 3.8)), shoe, darker)]
    if not look.boots:
        parts.append(Limb(_along(knee, ankle, 0.8), _along(knee, ankle, 1.0), ((0, 4.6, 4.8), (1, 4.4, 4.6)),
                          Material.TRIM, darker))
    heel = _beyond(toe, ankle, 2.0)
    parts += [
        Limb(heel, toe, ((0, 4.4, 4.6), (0.45, 4.6, 3.8), (1, 2.9, 2.9)), shoe, darker),
        Limb(hip, knee, ((0, 10.5, 10.5), (0.4, 10.2, 9.4), (1, 7.6, 7.0)), Material.CLOTH, darker, 0.30),
        Limb(knee, cuff, ((0, 7.4, 7.2), (0.5, 7.2, 8.4), (1, 7.4, 8.2)), Material.CLOTH, darker, 0.34),
    ]
    if look.boots:
        parts += [
            Limb(_along(knee, ankle, 0.60), _along(knee, ankle, 0.9), ((0, 6.2, 6.8), (1, 4.8, 5.0)), shoe, darker),
            _band(knee, _along(knee, ankle, 0.56), 5.6, 2.2, darker),
        ]
    return parts


# ---------------------------------------------------------------------------- trunk

class _Frame:
    """Points of the trunk: share of the way from the hips to the neck, and pixels in front of that line."""

    def __init__(self, j: Joints) -> None:
        self._points = (j.hips, j.waist, j.neck)

    def __call__(self, up: float, front: float) -> Point:
        hips, waist, neck = self._points
        a, b, share = (hips, waist, up / 0.45) if up < 0.45 else (waist, neck, (up - 0.45) / 0.55)
        x, y = _along(a, b, share)
        length = math.dist(a, b) or 1.0
        ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        return x + uy * front, y - ux * front


def _trunk(plate: Plate, pose: Pose, j: Joints, look: Look) -> None:
    at = _Frame(j)
    skin, cloth = Material.SKIN, Material.CLOTH
    plate.paint([
        Limb(_along(j.waist, j.neck, 0.8), _along(j.neck, j.head, 0.55), ((0, 8, 7), (0.5, 5.2, 4.8), (1, 4.8, 4.6)), skin, 1),
    ])
    chest = ((0, 9.6, 9.8), (0.3, 12.2, 12.6), (0.62, 13.4, 13.8), (0.88, 11.4, 10.4), (1, 6.5, 5.0))
    plate.paint([
        Limb(j.hips, j.waist, ((0, 11, 11), (1, 9.8, 10)), cloth, 0, 0.22),
        Limb(j.waist, _along(j.waist, j.neck, 0.94), chest, cloth, 0, 0.16),
    ])
    twist = 3.0 * pose.turn     # how far the middle of the chest is turned to the front
    if look.vest:
        plate.paint([
            Shape((at(0.98, -1), at(0.96, 4 + twist), at(0.72, 8 + twist), at(0.30, 6 + twist), at(0.12, 4 + twist),
                   at(0.12, -3 + twist), at(0.40, -5 + twist), at(0.74, -5 + twist)), skin),
        ], line=True, shadow=False)
        hem = Shape((at(0.99, -3), at(0.75, -7 + twist), at(0.42, -7 + twist), at(0.12, -5 + twist), at(0.12, -3 + twist),
                     at(0.42, -4.6 + twist), at(0.75, -4.4 + twist), at(0.99, -0.5)), Material.TRIM, BASE)
        plate.paint([hem], line=False, shadow=False)
        # pectorals and abdomen
        for up, front, width in ((0.62, -1, 5), (0.62, 5, 3), (0.47, 0, 5), (0.36, 0, 5)):
            x, y = at(up, front + twist)
            plate.dot(x - width / 2, y, skin, SHADOW if up > 0.6 else HALF, width, 1)
        x, y = at(0.62, 2.6 + twist)
        plate.dot(x, y + 5, skin, HALF, 1, 13)
    else:
        plate.paint([Shape((at(1.0, -2), at(0.98, 5), at(0.80, 6 + twist), at(0.56, 3 + twist), at(0.78, -2 + twist)), skin)],
                    line=True, shadow=False)
        under = ((0.99, -4), (0.56, 1.2 + twist), (0.48, 4 + twist), (0.56, 4.4 + twist), (0.80, -2 + twist), (1.0, -1))
        over = ((0.98, 4), (0.80, 5 + twist), (0.56, 3 + twist), (0.42, -2 + twist), (0.42, 2 + twist), (0.58, 6 + twist),
                (0.80, 8 + twist), (0.96, 7))
        for edge in (under, over):
            plate.paint([Shape(tuple(at(up, front) for up, front in edge), cloth, LIGHT)], shadow=False)


def _belt(plate: Plate, pose: Pose, j: Joints) -> None:
    at = _Frame(j)
    knot = at(0.20, 4 + 3 * pose.turn)
    hang = 250 + (pose.breeze - 200) * 0.35 + pose.spin
    skirt = Shape((at(0.16, -11), at(0.18, 11), at(-0.14, 12), at(-0.22, 4), at(-0.12, 0), at(-0.24, -8), at(-0.12, -12)),
                  Material.CLOTH)
    plate.paint([skirt])
    plate.paint([ribbon(knot, hang - 12, 17, 4.4, 4.0, pose.wave + 1.0, 1.5, Material.TRIM),
                 ribbon(knot, hang + 16, 14, 4.4, 4.0, pose.wave, 1.5, Material.TRIM)])
    plate.paint([Limb(at(0.20, -8.4), at(0.22, 8.6), ((0, 3.0, 3.0), (1, 3.0, 3.0)), Material.TRIM)])
    plate.paint([Limb(knot, (knot[0] + 1.5, knot[1] - 1), ((0, 3.0, 3.0), (1, 2.6, 2.6)), Material.TRIM)])


# ---------------------------------------------------------------------------- light

def _streak(plate: Plate, pose: Pose) -> None:
    """The sickle of air that a fast limb leaves: thin where it began, thick where the limb is."""
    path = pose.streak
    if len(path) < 2:
        return
    upper: list[Point] = []
    lower: list[Point] = []
    for step, (x, y) in enumerate(path):
        x0, y0 = path[max(0, step - 1)]
        x1, y1 = path[min(len(path) - 1, step + 1)]
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        half = 5.5 * step / (len(path) - 1)
        nx, ny = -(y1 - y0) / length * half, (x1 - x0) / length * half
        upper.append((x + nx, y + ny))
        lower.append((x - nx, y - ny))
    plate.paint([Shape((*upper, *reversed(lower)), Material.GLOW, BASE)], line=False, shadow=False)
    core = [(a[0] * 0.6 + b[0] * 0.4, a[1] * 0.6 + b[1] * 0.4) for a, b in zip(upper, lower, strict=True)]
    plate.paint([Shape((*upper, *reversed(core)), Material.GLOW, LIGHT)], line=False, shadow=False)


def _energy(plate: Plate, pose: Pose, j: Joints) -> None:
    if pose.energy <= 0:
        return
    x, y = _along(j.near_hand, j.far_hand, 0.5)
    for size, tone in ((11.0, HALF), (8.0, BASE), (5.0, LIGHT)):
        radius = size * pose.energy
        plate.paint([Limb((x, y), (x + 0.1, y), ((0, radius, radius), (1, radius, radius)), Material.GLOW)]
                    if tone == SHADOW else [_disc(x, y, radius, tone)], line=False, shadow=False)
    for ray in range(6):
        angle = ray * math.pi / 3 + pose.wave
        reach = 15 * pose.energy
        plate.dot(x + math.cos(angle) * reach, y + math.sin(angle) * reach, Material.GLOW, LIGHT, 2, 2)


def _disc(x: float, y: float, radius: float, tone: int) -> Shape:
    return Shape(tuple((x + math.cos(k * math.pi / 8) * radius, y + math.sin(k * math.pi / 8) * radius) for k in range(16)),
                 Material.GLOW, tone)
