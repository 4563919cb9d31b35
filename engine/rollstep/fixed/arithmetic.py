"""Small functions of numbers, written as a game would write them: in the language of a step, for all three ways.

They take a Fixed or an int; `lerp` takes vectors too.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ..language import sim
from .angle import Angle
from .functions import cos, sin
from .number import Fixed, fx
from .vector import Vec2

HALF = fx("1/2")
N = TypeVar("N", Fixed, int)
V = TypeVar("V", Fixed, Vec2)


@sim
def floor(x: Fixed | int) -> int:
    """The greatest whole number that is not above x."""
    return int(x // 1)


@sim
def ceil(x: Fixed | int) -> int:
    """The least whole number that is not below x."""
    whole = int(x // 1)
    return whole + 1 if x > whole else whole


@sim
def trunc(x: Fixed | int) -> int:
    """The whole part, toward zero."""
    return int(x)


@sim
def round(x: Fixed | int) -> int:
    """The nearest whole number, ties away from zero."""
    whole = int(x)
    part = x - whole
    if part >= HALF:
        return whole + 1
    if part <= -HALF:
        return whole - 1
    return whole


@sim
def sign(x: Fixed | int) -> int:
    """1, 0 or -1."""
    return (1 if x > 0 else 0) - (1 if x < 0 else 0)


@sim
def copysign(x: N, y: Fixed | int) -> N:
    """|x| with the sign of y; zero counts as positive."""
    return -abs(x) if y < 0 else abs(x)


@sim
def clamp(x: Any, low: Any, high: Any) -> Any:
    """x, but not below low and not above high."""
    return min(max(x, low), high)


@sim
def lerp(a: V, b: V, t: Fixed) -> V:
    """a + (b - a) * t: a at 0, b at 1."""
    return a + (b - a) * t


@sim
def hypot(x: Fixed, y: Fixed) -> Fixed:
    """sqrt(x*x + y*y) to the nearest Fixed, from the full squares; wraps above 2**31 (traps in the checked way)."""
    return Vec2(x, y).length()


@sim
def polar(length: Fixed | int, angle: Angle) -> Vec2:
    """The vector of this length and direction."""
    return Vec2(cos(angle) * length, sin(angle) * length)


@sim
def rotate(v: Vec2, angle: Angle) -> Vec2:
    """The vector turned by an angle, each component rounded once."""
    c, s = cos(angle), sin(angle)
    return Vec2(v.dot(Vec2(c, -s)), v.dot(Vec2(s, c)))


#: Exported by the package, each marked for steps.
ARITHMETIC = (floor, ceil, trunc, round, sign, copysign, clamp, lerp, hypot, polar, rotate)
