"""`Vec2`: two Fixed as one immutable value. A record would alias (`old = ship.pos` and then a change of both)."""

from __future__ import annotations

from typing import Any

from . import number
from .number import Fixed, fx, wrap


class Vec2:
    """A vector of two Fixed; ints are converted. `+ -` with a Vec2, `* /` with a Fixed or an int."""

    __slots__ = ("x", "y")
    x: Fixed
    y: Fixed

    def __init__(self, x: Fixed | int, y: Fixed | int) -> None:
        object.__setattr__(self, "x", fx(_component(x)))
        object.__setattr__(self, "y", fx(_component(y)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Vec2 is a value and does not change: write Vec2(x, y)")

    __delattr__ = None  # type: ignore[assignment]

    def __add__(self, other: Vec2) -> Vec2:
        return Vec2(self.x + other.x, self.y + other.y) if isinstance(other, Vec2) else NotImplemented

    def __sub__(self, other: Vec2) -> Vec2:
        return Vec2(self.x - other.x, self.y - other.y) if isinstance(other, Vec2) else NotImplemented

    def __mul__(self, factor: Fixed | int) -> Vec2:
        return Vec2(self.x * factor, self.y * factor) if _is_number(factor) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, divisor: Fixed | int) -> Vec2:
        return Vec2(self.x / divisor, self.y / divisor) if _is_number(divisor) else NotImplemented

    def __neg__(self) -> Vec2:
        return Vec2(-self.x, -self.y)

    def __pos__(self) -> Vec2:
        return self

    def __bool__(self) -> bool:
        raise TypeError("a Vec2 is neither true nor false: compare it with Vec2(0, 0)")

    def __eq__(self, other: object) -> bool:
        return (self.x.raw, self.y.raw) == (other.x.raw, other.y.raw) if isinstance(other, Vec2) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.x.raw, self.y.raw))

    def dot(self, other: Vec2) -> Fixed:
        """x*x' + y*y', summed at full width and rounded once; wraps when it does not fit."""
        return Fixed.from_raw(wrap(dot(_vector(self), _vector(other))))

    def cross(self, other: Vec2) -> Fixed:
        """x*y' - y*x', at full width and rounded once; wraps when it does not fit. Above 0 when `other` is to the left."""
        return Fixed.from_raw(wrap(cross(_vector(self), _vector(other))))

    def length(self) -> Fixed:
        """The length to the nearest Fixed, from the full squares; wraps above 2**31."""
        return Fixed.from_raw(wrap(length(self)))

    def distance(self, other: Vec2) -> Fixed:
        """The length of the difference."""
        return (self - _vector(other)).length()

    def within(self, other: Vec2, radius: Fixed | int) -> bool:
        """Whether the two points are at most `radius` apart. Exact for all points: nothing can overflow."""
        return within(self, _vector(other), radius)

    def normalized(self) -> Vec2:
        """The same direction at length 1, each component at most 0.51 of 2**-32 off; Vec2(0, 0) for no direction."""
        from . import kernels
        from .functions import run_kernel

        x, y = self.x.raw, self.y.raw
        return Vec2(*(Fixed.from_raw(run_kernel(kernels, kernels.unit_part, part, x, y)) for part in (x, y)))

    def __repr__(self) -> str:
        return f"Vec2({self.x!r}, {self.y!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Vec2, (self.x, self.y)


def dot(a: Vec2, b: Vec2) -> int:
    """The exact rounded raw, not yet wrapped."""
    return _rounded(a.x.raw * b.x.raw + a.y.raw * b.y.raw)


def cross(a: Vec2, b: Vec2) -> int:
    """The exact rounded raw, not yet wrapped."""
    return _rounded(a.x.raw * b.y.raw - a.y.raw * b.x.raw)


def length(v: Vec2) -> int:
    """The nearest raw, not yet wrapped."""
    from .functions import nearest_root

    return nearest_root(v.x.raw ** 2 + v.y.raw ** 2)


def within(a: Vec2, b: Vec2, radius: Fixed | int) -> bool:
    """Vec2.within."""
    limit = radius.raw if isinstance(radius, Fixed) else int(_component(radius)) << number.FRACTION_BITS
    return limit >= 0 and (a.x.raw - b.x.raw) ** 2 + (a.y.raw - b.y.raw) ** 2 <= limit ** 2


def _rounded(p: int) -> int:
    return p + (number.ONE >> 1) - (p < 0) >> number.FRACTION_BITS


def _vector(value: Any) -> Vec2:
    if isinstance(value, Vec2):
        return value
    raise TypeError(f"a Vec2 is wanted, not {type(value).__name__}")


def _component(value: Any) -> Fixed | int:
    if isinstance(value, Fixed) or number.is_whole(value):
        return value
    raise number.refusal(value)


def _is_number(value: object) -> bool:
    return isinstance(value, Fixed) or number.is_whole(value)
