"""The rasteriser of the figures: tapered limbs and polygons in palette indices, shaded with hard tones, with dark lines.

A plate is a small picture of one drawing. Its coordinates are those of a fighter who looks right: x forward and y up
from the middle of the feet. Parts are painted from the back to the front in groups; a group has one line around it and
throws a thin shadow on what is behind it, which is what makes an arm stand out from a chest of the same colour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .colour import BASE, HALF, LIGHT, LINE, SHADOW, TONES
from .pixels import grow, shift

Point = tuple[float, float]

#: Room around the feet, and its place in the plate.
WIDTH, HEIGHT = 232, 176
FOOT_X, FOOT_Y = 112, 146

#: Direction to the light in the plate (right, down, to the viewer): it comes from the upper left.
_LIGHT = np.array([-0.50, -0.66, 0.56])
_TO_LIGHT = 0.78, 0.36, -0.12       # brightness from which a pixel is LIGHT, BASE, HALF


@dataclass(frozen=True, slots=True)
class Limb:
    """A capsule from `a` to `b` whose outline follows `profile`: (share of the way, half width left, half width right).

    Left and right as seen when walking from `a` to `b`. `darker` lowers the tone, `folds` is how strongly the shading
    wrinkles as cloth does.
    """

    a: Point
    b: Point
    profile: tuple[tuple[float, float, float], ...]
    material: int
    darker: int = 0
    folds: float = 0.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled polygon. `tone` None shades it as a slightly round sheet, else it is flat."""

    points: tuple[Point, ...]
    material: int
    tone: int | None = None
    darker: int = 0


Part = Limb | Shape


def ribbon(start: Point, angle: float, length: float, width: float, end: float, wave: float, swing: float,
           material: int, darker: int = 0) -> Shape:
    """A strip that flutters: from `start` to where `angle` points, its waves growing towards the loose end."""
    turn = math.radians(angle)
    ux, uy = math.cos(turn), math.sin(turn)
    upper: list[Point] = []
    lower: list[Point] = []
    for step in range(7):
        share = step / 6
        off = math.sin(wave + share * 4.2) * swing * share
        half = (width + (end - width) * share) / 2
        x, y = start[0] + ux * length * share, start[1] + uy * length * share
        upper.append((x - uy * (off + half), y + ux * (off + half)))
        lower.append((x - uy * (off - half), y + ux * (off - half)))
    return Shape((*upper, *reversed(lower)), material, darker=darker)


class Plate:
    """A drawing in progress; `ink` is 0 where there is none, else material * TONES + tone + 1."""

    def __init__(self) -> None:
        self.ink = np.zeros((HEIGHT, WIDTH), np.uint8)

    def paint(self, parts: Sequence[Part], *, line: bool = True, shadow: bool = True) -> None:
        """Paint a group of parts, the later ones over the earlier ones."""
        left, top, right, bottom = _bounds(parts)
        window = self.ink[top:bottom, left:right]
        layer = np.zeros_like(window)
        for part in parts:
            _render(part, layer, left, top)
        mask = layer > 0
        painted = window > 0
        if shadow:
            shaded = shift(mask, 2, 3) & painted & ~mask
            window[shaded] -= ((window[shaded] - 1) % TONES > SHADOW).astype(np.uint8)
        if line:
            rim = grow(mask) & painted & ~mask
            window[rim] = window[rim] - (window[rim] - 1) % TONES + LINE
        window[mask] = layer[mask]

    def dot(self, x: float, y: float, material: int, tone: int, width: int = 1, height: int = 1) -> None:
        """A few pixels, for eyes and buttons."""
        column, row = round(FOOT_X + x), round(FOOT_Y - y)
        self.ink[row:row + height, column:column + width] = material * TONES + tone + 1

    def outlined(self, material: int) -> np.ndarray:
        """The ink with a dark line around the whole figure."""
        mask = self.ink > 0
        ink = self.ink.copy()
        ink[grow(mask) & ~mask] = material * TONES + LINE + 1
        return ink


def _bounds(parts: Sequence[Part]) -> tuple[int, int, int, int]:
    xs: list[float] = []
    ys: list[float] = []
    margin = 4.0
    for part in parts:
        points = (part.a, part.b) if isinstance(part, Limb) else part.points
        if isinstance(part, Limb):
            margin = max(margin, 4 + max(max(left, right) for _, left, right in part.profile))
        xs += [x for x, _ in points]
        ys += [y for _, y in points]
    left, right = math.floor(FOOT_X + min(xs) - margin), math.ceil(FOOT_X + max(xs) + margin)
    top, bottom = math.floor(FOOT_Y - max(ys) - margin), math.ceil(FOOT_Y - min(ys) + margin)
    return max(0, left), max(0, top), min(WIDTH, right), min(HEIGHT, bottom)


def _render(part: Part, layer: np.ndarray, left: int, top: int) -> None:
    x = np.arange(left, left + layer.shape[1])[None, :] + 0.5 - FOOT_X
    y = FOOT_Y - (np.arange(top, top + layer.shape[0])[:, None] + 0.5)
    mask, bright = _limb(part, x, y) if isinstance(part, Limb) else _shape(part, x, y)
    if isinstance(part, Shape) and part.tone is not None:
        tone = np.full(mask.shape, part.tone)
    else:
        light, base, half = _TO_LIGHT
        tone = np.where(bright > light, LIGHT, np.where(bright > base, BASE, np.where(bright > half, HALF, SHADOW)))
    tone = np.maximum(tone - part.darker, SHADOW if part.darker else LINE)
    layer[mask] = (part.material * TONES + tone + 1)[mask]


def _limb(limb: Limb, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (ax, ay), (bx, by) = limb.a, limb.b
    length = math.hypot(bx - ax, by - ay) or 1e-6
    ux, uy = (bx - ax) / length, (by - ay) / length
    along = (x - ax) * ux + (y - ay) * uy
    across = (x - ax) * -uy + (y - ay) * ux       # positive on the left of the way
    inside = np.clip(along, 0, length)
    beyond = along - inside
    shares, lefts, rights = zip(*limb.profile, strict=True)
    share = inside / length
    radius = np.where(across > 0, np.interp(share, shares, lefts), np.interp(share, shares, rights))
    distance = np.hypot(across, beyond) / np.maximum(radius, 0.1)
    # the outward normal; y of the light points down, y of the plate up
    nx = (across * -uy + beyond * ux) / np.maximum(radius, 0.1)
    ny = (across * ux + beyond * uy) / np.maximum(radius, 0.1)
    nz = np.sqrt(np.clip(1 - distance ** 2, 0, 1))
    bright = nx * _LIGHT[0] - ny * _LIGHT[1] + nz * _LIGHT[2]
    if limb.folds:
        # creases run across the limb and gather at its ends, where the joints pull
        crease = np.sin(along * 0.52 + np.abs(across - 2) * 0.34)
        bright = bright + np.where(crease > 0.72, -1.3, 0.15) * limb.folds * (0.35 + np.abs(share - 0.5) * 1.6)
    return distance <= 1, bright


def _shape(shape: Shape, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mask = np.zeros((y.shape[0], x.shape[1]), bool)
    points = shape.points
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        if ay != by:
            crosses = (y < ay) != (y < by)
            mask ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    middle_x = sum(px for px, _ in points) / len(points)
    middle_y = sum(py for _, py in points) / len(points)
    reach = max(math.hypot(px - middle_x, py - middle_y) for px, py in points) or 1.0
    nx, ny = (x - middle_x) / reach, (y - middle_y) / reach
    return mask, 0.5 + nx * _LIGHT[0] * 0.7 - ny * _LIGHT[1] * 0.7
