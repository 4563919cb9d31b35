"""One value on its way to another."""

from __future__ import annotations

import math
from typing import Any

from ..checks import shown
from ..errors import UsageError
from ..fixed import Angle, Fixed, Vec2
from ..state.floats import Point, floats


def between(old: Any, new: Any, fraction: float) -> Any:
    """The value on the way from `old` (fraction 0) to `new` (1), for drawing: of two ints, floats or Fixed a float, of two Vec2
    or Points a Point, of two Angles radians, by the shorter way round. A fraction outside of 0 to 1 is the nearer of them.

    What `old` was is kept by whoever draws: a state changes in place. `Drawn` keeps it, and knows what rollbacks do.
    """
    if isinstance(old, Angle) and isinstance(new, Angle):
        return _way(old.to_float(), shorter((new - old).to_float()), new.to_float(), fraction)
    if isinstance(old, Vec2 | Point) and isinstance(new, Vec2 | Point):
        (ax, ay), (bx, by) = floats(old), floats(new)
        return Point(_way(ax, bx - ax, bx, fraction), _way(ay, by - ay, by, fraction))
    for value in (old, new):
        if isinstance(value, bool) or not isinstance(value, int | float | Fixed):
            raise UsageError(f"between({shown(old)}, {shown(new)}): give two numbers, two Vec2 or two Angles")
    a, b = float(floats(old)), float(floats(new))
    return _way(a, b - a, b, fraction)


def shorter(turn: Any) -> Any:
    """Radians as -pi to pi: a number, or an array of them."""
    return (turn + math.pi) % math.tau - math.pi


def _way(a: float, distance: float, b: float, fraction: float) -> float:
    """From a to b, and exactly there at both ends."""
    return a if fraction <= 0 else b if fraction >= 1 else a + distance * fraction
