"""What the functions of numbers would give with infinite precision: mpmath at 200 bits, and exact integers for operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

#: Bits behind a raw's last place that a reference keeps.
MORE = 20
ONE = 1 << 32
#: Results that fit are below this.
LIMIT = 1 << 63
PRECISION = 200

#: What is promised, in units of 2**-32, and how many numbers each takes.
PROMISES: dict[str, tuple[float, int]] = {
    "*": (0.5, 2), "/": (0.5, 2), "sqrt": (0.5, 1), "hypot": (0.5, 2),
    "sin": (0.51, 1), "cos": (0.51, 1), "tan": (0.51, 1), "asin": (0.51, 1), "acos": (0.51, 1), "atan": (0.51, 1),
    "atan2": (0.51, 2), "log2": (0.51, 1), "log": (0.51, 1), "exp2": (0.62, 1), "exp": (0.62, 1), "pow": (0.62, 2),
    "pow to an int": (0.62, 2),
}


def true_values(name: str, inputs: Sequence[tuple[int, ...]]) -> list[int | None]:
    """For each input (raws; the second of "pow to an int" is the int) the result as raw * 2**MORE, rounded down; None where
    there is none or where it does not fit."""
    function = _functions()[name]
    return [_one(function, given) for given in inputs]


def _one(function: Callable[..., int | None], given: tuple[int, ...]) -> int | None:
    value = function(*given)
    return value if value is not None and abs(value) < (LIMIT << MORE) - (1 << MORE - 1) else None


def _functions() -> dict[str, Callable[..., int | None]]:
    from mpmath import libmp

    def number(raw: int) -> Any:
        return libmp.from_man_exp(raw, -32)

    def scaled(value: Any) -> int:
        return int(libmp.to_fixed(value, 32 + MORE))

    def plain(function: Any, low: int = -LIMIT, high: int = LIMIT) -> Callable[[int], int | None]:
        return lambda x: scaled(function(number(x), PRECISION)) if low <= x <= high else None

    def exponential(function: Any) -> Callable[[int], int | None]:
        inside = plain(function, -60 * ONE, 32 * ONE)
        return lambda x: inside(x) if x >= -60 * ONE else 0

    two, ln2 = libmp.from_int(2), libmp.mpf_ln2(PRECISION)

    def power(x: int, exponent: Any) -> int | None:
        if x == 0:
            return (ONE << MORE, 0, None)[libmp.mpf_sign(exponent)]
        octaves = libmp.to_float(exponent) * libmp.to_float(libmp.mpf_log(number(abs(x)), 60)) if abs(x) != ONE else 0.0
        if octaves > 22:
            return None
        return scaled(libmp.mpf_pow(number(abs(x)), exponent, PRECISION)) if octaves > -60 else 0

    def to_an_int(x: int, n: int) -> int | None:
        size = power(x, libmp.from_int(n))
        return -size if size is not None and x < 0 and n % 2 else size

    def quotient(a: int, b: int) -> int | None:
        return None if b == 0 else (a << 32 + MORE) // b

    return {
        "*": lambda a, b: a * b << MORE >> 32, "/": quotient,
        "sqrt": plain(libmp.mpf_sqrt, low=0),
        "hypot": lambda x, y: scaled(libmp.mpf_hypot(number(x), number(y), PRECISION)),
        "sin": plain(libmp.mpf_sin), "cos": plain(libmp.mpf_cos), "tan": plain(libmp.mpf_tan), "atan": plain(libmp.mpf_atan),
        "asin": plain(libmp.mpf_asin, -ONE, ONE), "acos": plain(libmp.mpf_acos, -ONE, ONE),
        "atan2": lambda y, x: scaled(libmp.mpf_atan2(number(y), number(x), PRECISION)),
        "log2": plain(lambda x, precision: libmp.mpf_div(libmp.mpf_log(x, precision), ln2, precision), low=1),
        "log": plain(libmp.mpf_log, low=1),
        "exp2": exponential(lambda x, precision: libmp.mpf_pow(two, x, precision)), "exp": exponential(libmp.mpf_exp),
        "pow": lambda x, y: to_an_int(x, y >> 32) if y % ONE == 0 else power(x, number(y)) if x >= 0 else None,
        "pow to an int": to_an_int,
    }
