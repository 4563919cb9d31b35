"""`Fixed`: a signed Q32.32 number in 64 bits, about ±2.1e9 in steps of 2.3e-10. Immutable, exact everywhere.

One rounding rule: to nearest, ties away from zero, so that -(a*b) == (-a)*b and mirrored players stay mirrored.
Results wrap at 64 bits, as they do in compiled code (the checked way traps instead).
"""

from __future__ import annotations

import operator
import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from fractions import Fraction
from typing import Any

FRACTION_BITS = 32
ONE = 1 << FRACTION_BITS
INT_MIN, INT_MAX = -(1 << 63), (1 << 63) - 1
_MASK = (1 << 64) - 1
_DIGITS = 10  # enough decimals to tell two neighbours apart
_MAX_TEXT = 64
_EXACTLY = Context(prec=100, rounding=ROUND_HALF_UP)  # a Fixed has 42 digits at most; half "up" is away from zero


def wrap(value: int) -> int:
    """The int64 with the low 64 bits of any integer."""
    return (value + (1 << 63) & _MASK) - (1 << 63)


def product(a: int, b: int) -> int:
    """a * b of two raws: the exact rounded raw, not yet wrapped."""
    p = a * b
    return p + (ONE >> 1) - (p < 0) >> FRACTION_BITS


def quotient(n: int, d: int) -> int:
    """n / d to the nearest integer, ties away from zero; not yet wrapped."""
    if d == 0:
        raise ZeroDivisionError("division by zero")
    q = (abs(n) + (abs(d) >> 1)) // abs(d)
    return q if (n < 0) == (d < 0) else -q


def truncated(raw: int) -> int:
    """The whole part, toward zero."""
    return -(-raw >> FRACTION_BITS) if raw < 0 else raw >> FRACTION_BITS


def refusal(value: object) -> TypeError:
    """Why something cannot be mixed with a Fixed."""
    kind = type(value).__name__
    hint = f'write fx("{value!r}")' if isinstance(value, float) else "use an int or a Fixed"
    return TypeError(f"a Fixed does not mix with {kind}: {hint}")


def is_whole(value: object) -> bool:
    """An int that a Fixed mixes with: bools are refused, they are rarely meant."""
    return type(value) is int or (isinstance(value, int) and not isinstance(value, bool))


class Fixed:
    """A number with 32 bits before and 32 bits after the binary point; `raw` is the int64.

    Fixed("0.125"), Fixed("1/60"), Fixed(3), or the shorter fx(...). Floats are refused: they differ between machines.
    """

    __slots__ = ("raw",)
    raw: int

    def __new__(cls, value: int | str | Fixed = 0) -> Fixed:
        return fx(value)

    @staticmethod
    def from_raw(raw: int) -> Fixed:
        """The number raw / 2**32, for an int64."""
        made = object.__new__(Fixed)
        object.__setattr__(made, "raw", raw)
        return made

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Fixed is a value and does not change")

    __delattr__ = None  # type: ignore[assignment]

    def __add__(self, other: Fixed | int) -> Fixed:
        raw = raw_of(other)
        return NotImplemented if raw is None else Fixed.from_raw(wrap(self.raw + raw))

    __radd__ = __add__

    def __sub__(self, other: Fixed | int) -> Fixed:
        raw = raw_of(other)
        return NotImplemented if raw is None else Fixed.from_raw(wrap(self.raw - raw))

    def __rsub__(self, other: int) -> Fixed:
        raw = raw_of(other)
        return NotImplemented if raw is None else Fixed.from_raw(wrap(raw - self.raw))

    def __mul__(self, other: Fixed | int) -> Fixed:
        if isinstance(other, Fixed):
            return Fixed.from_raw(wrap(product(self.raw, other.raw)))
        return Fixed.from_raw(wrap(self.raw * int(other))) if is_whole(other) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Fixed | int) -> Fixed:
        if isinstance(other, Fixed):
            return Fixed.from_raw(wrap(quotient(self.raw << FRACTION_BITS, other.raw)))
        return Fixed.from_raw(wrap(quotient(self.raw, int(other)))) if is_whole(other) else NotImplemented

    def __rtruediv__(self, other: int) -> Fixed:
        return Fixed.from_raw(wrap(quotient(int(other) << 64, self.raw))) if is_whole(other) else NotImplemented

    def __floordiv__(self, other: Fixed | int) -> Fixed:
        raw = raw_of(other)
        return NotImplemented if raw is None else Fixed.from_raw(wrap(self.raw // raw << FRACTION_BITS))

    def __rfloordiv__(self, other: int) -> Fixed:
        raw = raw_of(other)
        return NotImplemented if raw is None else Fixed.from_raw(wrap(raw // self.raw << FRACTION_BITS))

    def __mod__(self, other: Fixed | int) -> Fixed:
        raw = raw_of(other)
        return NotImplemented if raw is None else Fixed.from_raw(self.raw % raw)

    def __rmod__(self, other: int) -> Fixed:
        raw = raw_of(other)
        return NotImplemented if raw is None else Fixed.from_raw(raw % self.raw)

    def __neg__(self) -> Fixed:
        return Fixed.from_raw(wrap(-self.raw))

    def __pos__(self) -> Fixed:
        return self

    def __abs__(self) -> Fixed:
        return Fixed.from_raw(wrap(abs(self.raw)))

    def __eq__(self, other: object) -> bool:
        exact = _exact(other)
        return NotImplemented if exact is None else self.raw == exact

    def __lt__(self, other: Fixed | int) -> bool:
        exact = _exact(other)
        return NotImplemented if exact is None else self.raw < exact

    def __le__(self, other: Fixed | int) -> bool:
        exact = _exact(other)
        return NotImplemented if exact is None else self.raw <= exact

    def __gt__(self, other: Fixed | int) -> bool:
        exact = _exact(other)
        return NotImplemented if exact is None else self.raw > exact

    def __ge__(self, other: Fixed | int) -> bool:
        exact = _exact(other)
        return NotImplemented if exact is None else self.raw >= exact

    def __hash__(self) -> int:
        return hash(Fraction(self.raw, ONE))  # equal to the hash of an equal int

    def __bool__(self) -> bool:
        return self.raw != 0

    def __int__(self) -> int:
        """The whole part, toward zero."""
        return truncated(self.raw)

    __trunc__ = __int__

    def __floor__(self) -> int:
        return self.raw >> FRACTION_BITS

    def __ceil__(self) -> int:
        return -(-self.raw >> FRACTION_BITS)

    def __round__(self, digits: int | None = None) -> Any:
        """round(x): the nearest int; round(x, n): the Fixed nearest to x rounded to n decimals. Ties go away from zero.

        Raises OverflowError where the rounded number is outside ±2**31.
        """
        if digits is None:
            return quotient(self.raw, ONE)
        n = operator.index(digits)
        if n >= _DIGITS:                        # finer than half a step: it would come back to the same number
            return self
        if n >= 0:
            raw = quotient(quotient(self.raw * 10**n, ONE) << FRACTION_BITS, 10**n)
        else:
            ten = 10**min(-n, _DIGITS + 1)      # 10**11 and more round everything to 0
            raw = quotient(self.raw, ten * ONE) * ten * ONE
        if not INT_MIN <= raw <= INT_MAX:
            raise OverflowError(f"round({self}, {n}) is outside -2147483648..2147483647.99")
        return Fixed.from_raw(raw)

    def to_float(self) -> float:
        """For drawing and printing; never inside a step."""
        return self.raw / ONE

    def __repr__(self) -> str:
        return f'fx("{self}")'

    def __str__(self) -> str:
        """The shortest decimal text that reads back as the same number."""
        scaled = abs(self.raw) * 10**_DIGITS + (ONE >> 1) >> FRACTION_BITS
        whole, fraction = divmod(scaled, 10**_DIGITS)
        text = f"{whole}.{fraction:0{_DIGITS}d}".rstrip("0").rstrip(".")
        return "-" + text if self.raw < 0 else text

    def __format__(self, spec: str) -> str:
        """As Decimal is formatted: f"{x:.2f}", f"{x:+08.3f}". The exact value rounded once, ties away from zero.

        Without a precision the digits are those of str(x). Raises ValueError for any other format.
        """
        with localcontext(_EXACTLY):
            if re.search(r"\.[0-9]", spec):
                value = Decimal(self.raw * 5**FRACTION_BITS).scaleb(-FRACTION_BITS)     # raw / 2**32, exactly
                wanted = spec
            else:
                value = Decimal(str(self))
                wanted = spec if re.search(r"[a-zA-Z%]$", spec) else spec + "f"         # a Decimal alone would write 2E-10
            try:
                return format(value, wanted)
            except ValueError:
                raise ValueError(f"{spec!r} does not format a Fixed: write it as for a Decimal, such as "
                                 "'.2f', '8.3f' or '+.1f'") from None

    def __reduce__(self) -> tuple[Any, ...]:
        return Fixed.from_raw, (self.raw,)


def raw_of(value: object) -> int | None:
    """The raw of a Fixed, of an int made a Fixed (wrapping), or None for anything else."""
    if isinstance(value, Fixed):
        return value.raw
    return wrap(int(value) << FRACTION_BITS) if is_whole(value) else None  # type: ignore[call-overload]


def _exact(value: object) -> int | None:
    """As raw_of, without the wrapping: comparisons with any int are exact."""
    if isinstance(value, Fixed):
        return value.raw
    return int(value) << FRACTION_BITS if is_whole(value) else None  # type: ignore[call-overload]


def fx(value: int | str | Fixed) -> Fixed:
    """A Fixed from an int, from exact decimal text ("0.125", "1e-3") or a ratio ("1/60"); rounded to nearest.

    Raises TypeError for a float, ValueError for text that is no number or outside ±2**31.
    """
    if isinstance(value, Fixed):
        return value
    if isinstance(value, str):
        raw = _parse(value)
        if not INT_MIN <= raw <= INT_MAX:
            raise ValueError(f"fx({value!r}) is outside -2147483648..2147483647.99")
        return Fixed.from_raw(raw)
    if not is_whole(value):
        raise TypeError(f'fx() takes an int or text such as "0.5", not {type(value).__name__}'
                        + (f': write fx("{value!r}")' if isinstance(value, float) else ""))
    return Fixed.from_raw(wrap(int(value) << FRACTION_BITS))


def _parse(text: str) -> int:
    try:
        if len(text) > _MAX_TEXT:
            raise ValueError
        if "/" in text:
            number = Fraction(text)
        else:
            decimal = Decimal(text)
            if not decimal.is_finite() or not -40 <= decimal.adjusted() <= 20:
                if decimal == 0 or (decimal.is_finite() and decimal.adjusted() < -40):
                    return 0
                raise ValueError
            number = Fraction(decimal)
    except (ValueError, ZeroDivisionError, InvalidOperation):
        raise ValueError(f'fx({text[:_MAX_TEXT]!r}): write a number such as "0.125", "-3" or "1/60" '
                         "within ±2147483648") from None
    return quotient(number.numerator << FRACTION_BITS, number.denominator)
