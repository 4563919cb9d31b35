"""`Angle`: a direction in 2**32 steps of a turn. Immutable; adding wraps round exactly, so nothing is ever reduced."""

from __future__ import annotations

import math
from typing import Any

from .number import Fixed, is_whole, quotient, refusal

STEPS = 1 << 32
_MASK = STEPS - 1


class Angle:
    """`raw` of 2**32 steps of a turn, counter-clockwise from the x axis (where y points up).

    Angle.degrees(90), Angle.turns(fx("0.25")), Angle.radians(x); `+ -` with an Angle, `*` with an int, == and !=. Two angles
    have no order: (a - b).signed_turns() says how far a is from b, and to which side.
    """

    __slots__ = ("raw",)
    raw: int

    def __init__(self) -> None:
        raise TypeError("write Angle.degrees(90), Angle.turns(...), Angle.radians(...) or Angle.from_raw(...)")

    @staticmethod
    def from_raw(raw: int) -> Angle:
        """The angle of raw / 2**32 turns; whole turns are masked away."""
        if not is_whole(raw):
            raise TypeError(f"Angle.from_raw() takes an int, not {type(raw).__name__}")
        made = object.__new__(Angle)
        object.__setattr__(made, "raw", int(raw) & _MASK)
        return made

    @staticmethod
    def turns(x: Fixed | int) -> Angle:
        """The angle of x turns, exact."""
        return Angle.from_raw(x.raw if isinstance(x, Fixed) else _whole(x) << 32)

    @staticmethod
    def degrees(x: Fixed | int) -> Angle:
        """The angle of x degrees, to the nearest step."""
        return Angle.from_raw(quotient(x.raw if isinstance(x, Fixed) else _whole(x) % 360 << 32, 360))

    @staticmethod
    def radians(x: Fixed) -> Angle:
        """The angle of x radians, to the nearest step."""
        from . import kernels
        from .functions import run_kernel

        if not isinstance(x, Fixed):
            raise refusal(x)
        return Angle.from_raw(run_kernel(kernels, kernels.angle_of_radians, x.raw))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an Angle is a value and does not change")

    __delattr__ = None  # type: ignore[assignment]

    def __add__(self, other: Angle) -> Angle:
        return Angle.from_raw(self.raw + other.raw) if isinstance(other, Angle) else NotImplemented

    def __sub__(self, other: Angle) -> Angle:
        return Angle.from_raw(self.raw - other.raw) if isinstance(other, Angle) else NotImplemented

    def __mul__(self, factor: int) -> Angle:
        return Angle.from_raw(self.raw * int(factor)) if is_whole(factor) else NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> Angle:
        return Angle.from_raw(-self.raw)

    def __pos__(self) -> Angle:
        return self

    def __bool__(self) -> bool:
        raise TypeError("an Angle is neither true nor false: compare it")

    def __eq__(self, other: object) -> bool:
        return self.raw == other.raw if isinstance(other, Angle) else NotImplemented

    def __hash__(self) -> int:
        return hash(("Angle", self.raw))

    def to_turns(self) -> Fixed:
        """0 to 1, exact."""
        return Fixed.from_raw(self.raw)

    def signed_turns(self) -> Fixed:
        """-1/2 to 1/2, exact: the short way round."""
        return Fixed.from_raw((self.raw + STEPS // 2 & _MASK) - STEPS // 2)

    def to_degrees(self) -> Fixed:
        """0 to 360, exact."""
        return Fixed.from_raw(self.raw * 360)

    def to_radians(self) -> Fixed:
        """0 to 2 pi, to the nearest Fixed."""
        from . import kernels
        from .functions import run_kernel

        return Fixed.from_raw(run_kernel(kernels, kernels.radians_of_angle, self.raw))

    def to_float(self) -> float:
        """Radians for drawing, 0 to 2 pi; never inside a step."""
        return self.raw * (math.tau / STEPS)

    def __repr__(self) -> str:
        return f"Angle.from_raw({self.raw})"

    def __str__(self) -> str:
        return f"{self.to_degrees()}°"

    def __reduce__(self) -> tuple[Any, ...]:
        return Angle.from_raw, (self.raw,)


def _whole(x: object) -> int:
    if not is_whole(x):
        raise refusal(x)
    return int(x)  # type: ignore[call-overload]
