"""What every operator in a step means, as plain Python functions: the interpreted way, and the source of truth.

Values are int (int64; bools and IntEnum members count as ints), bool, Fixed, Vec2 and Angle (whose + - * wrap round by
meaning, in the checked way too).

    + - * - abs    ints and Fixed wrap at 64 bits; an int that meets a Fixed is made one (for * and / it stays exact)
    /              Fixed, rounded to nearest, ties away from zero; two ints are refused: write // or fx(a) / b
    // %           floor, for both; a zero divisor raises ZeroDivisionError; -2**63 // -1 wraps to -2**63
    & | ^ ~        of ints, bools included; the result is an int
    << >>          the amount is taken modulo 64; >> copies the sign
    < <= == ...    exact, also between int and Fixed; Vec2 and Angle have == and != only
    int(x)         of a Fixed: toward zero
    fx(i)          of an int: wraps as + does; so do the ints that Vec2(x, y) takes
    v.dot(w) ...   the methods of Vec2 (vector.py), Angle (angle.py) and Random (random.py)
    min, max       of two ints, or of Fixed and int (the result is then a Fixed); on a tie the first

PLAIN wraps; CHECKED raises Trap where a result does not fit, and for shifts that lose bits or leave 0..63.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import Trap
from . import vector
from .angle import Angle
from .number import FRACTION_BITS, INT_MAX, INT_MIN, Fixed, is_whole, product, quotient, refusal, truncated, wrap
from .random import Random
from .vector import Vec2

Operator = Callable[..., Any]
Fit = Callable[[int, str, Any, Any], int]


def _wrapping(value: int, symbol: str, a: Any, b: Any) -> int:
    return wrap(value)


def _trapping(value: int, symbol: str, a: Any, b: Any) -> int:
    if INT_MIN <= value <= INT_MAX:
        return value
    raise Trap(f"{a} {symbol} {b} does not fit" if b is not None else f"{symbol} {a} does not fit")


def _unsupported(symbol: str, a: Any, b: Any) -> TypeError:
    for value in (a, b):
        if isinstance(value, float):
            return refusal(value)
    return TypeError(f"{symbol} does not take {type(a).__name__} and {type(b).__name__}")


def _make(fit: Fit, checked: bool) -> dict[str, Operator]:
    """All operators by name; `fit` brings an exact int into 64 bits, or traps."""

    def raw(value: Any, symbol: str) -> int:
        """The raw of a Fixed or of an int made a Fixed."""
        if isinstance(value, Fixed):
            return value.raw
        return fit(int(value) << FRACTION_BITS, symbol if symbol == "fx" else f"{symbol}: fx", value, None)

    def arithmetic(symbol: str, whole: Callable[[int, int], int], fixed: Callable[[Any, Any], int],
                   vectors: bool, angles: Operator | None = None) -> Operator:
        def operate(a: Any, b: Any) -> Any:
            if type(a) is int and type(b) is int:
                value = whole(a, b)
                return value if INT_MIN <= value <= INT_MAX else fit(value, symbol, a, b)
            if (isinstance(a, Fixed) and (isinstance(b, Fixed) or is_whole(b))) or (isinstance(b, Fixed) and is_whole(a)):
                return Fixed.from_raw(fit(fixed(a, b), symbol, a, b))
            if isinstance(a, int) and isinstance(b, int):
                return fit(whole(int(a), int(b)), symbol, a, b)
            if vectors and isinstance(a, Vec2) and isinstance(b, Vec2):
                return Vec2(operate(a.x, b.x), operate(a.y, b.y))
            if angles is not None and (isinstance(a, Angle) or isinstance(b, Angle)):
                made = angles(a, b)
                if made is not NotImplemented:
                    return made
            raise _unsupported(symbol, a, b)
        return operate

    def scaled(a: Any, b: Any) -> int:
        if isinstance(a, Fixed) and isinstance(b, Fixed):
            return product(a.raw, b.raw)
        return a.raw * int(b) if isinstance(a, Fixed) else int(a) * b.raw

    def divided(a: Any, b: Any) -> int:
        if isinstance(a, Fixed):
            return quotient(a.raw << FRACTION_BITS, b.raw) if isinstance(b, Fixed) else quotient(a.raw, int(b))
        return quotient(int(a) << 2 * FRACTION_BITS, b.raw)

    def no_whole_division(a: int, b: int) -> int:
        raise TypeError("int / int: write a // b, or fx(a) / b for a fraction")

    multiply = arithmetic("*", lambda a, b: a * b, scaled, False,
                          lambda a, b: Angle.__mul__(a, b) if isinstance(a, Angle) else Angle.__mul__(b, a))
    divide = arithmetic("/", no_whole_division, divided, False)

    def mul(a: Any, b: Any) -> Any:
        if isinstance(a, Vec2) and not isinstance(b, Vec2):
            return Vec2(multiply(a.x, b), multiply(a.y, b))
        if isinstance(b, Vec2) and not isinstance(a, Vec2):
            return Vec2(multiply(a, b.x), multiply(a, b.y))
        return multiply(a, b)

    def truediv(a: Any, b: Any) -> Any:
        if isinstance(a, Vec2) and not isinstance(b, Vec2):
            return Vec2(divide(a.x, b), divide(a.y, b))
        return divide(a, b)

    def neg(a: Any) -> Any:
        if isinstance(a, int):
            return fit(-int(a), "-", a, None)
        if isinstance(a, Fixed):
            return Fixed.from_raw(fit(-a.raw, "-", a, None))
        if isinstance(a, Vec2):
            return Vec2(neg(a.x), neg(a.y))
        if isinstance(a, Angle):
            return -a
        raise _unsupported("-", a, a)

    def abs_(a: Any) -> Any:
        if isinstance(a, int):
            return fit(abs(int(a)), "abs", a, None)
        if isinstance(a, Fixed):
            return Fixed.from_raw(fit(abs(a.raw), "abs", a, None))
        raise _unsupported("abs", a, a)

    def lshift(a: Any, b: Any) -> int:
        a, b = _ints("<<", a, b)
        if checked and not 0 <= b <= 63:
            raise Trap(f"{a} << {b}: shift by 0 to 63")
        return fit(a << (b & 63), "<<", a, b)

    def rshift(a: Any, b: Any) -> int:
        a, b = _ints(">>", a, b)
        if checked and not 0 <= b <= 63:
            raise Trap(f"{a} >> {b}: shift by 0 to 63")
        return a >> (b & 63)

    def least(first: bool) -> Operator:
        def choose(a: Any, b: Any) -> Any:
            if isinstance(a, Fixed) != isinstance(b, Fixed):
                a, b = _as_fixed(a), _as_fixed(b)
            elif isinstance(a, int) and isinstance(b, int):
                a, b = int(a), int(b)
            elif not isinstance(a, Fixed):
                raise _unsupported("min" if first else "max", a, b)
            return (b if b < a else a) if first else (b if b > a else a)

        def _as_fixed(value: Any) -> Fixed:
            if isinstance(value, Fixed):
                return value
            if not is_whole(value):
                raise refusal(value)
            return Fixed.from_raw(raw(value, "min" if first else "max"))
        return choose

    def fx(value: Any) -> Fixed:
        if isinstance(value, Fixed):
            return value
        if not is_whole(value):
            raise refusal(value)
        return Fixed.from_raw(raw(value, "fx"))

    def vec2(x: Any, y: Any) -> Vec2:
        return Vec2(fx(x), fx(y))

    subtract = arithmetic("-", lambda a, b: a - b, lambda a, b: raw(a, "-") - raw(b, "-"), True,
                          lambda a, b: a - b if type(a) is type(b) else NotImplemented)

    def of_vectors(symbol: str, exact: Callable[[Vec2, Vec2], int]) -> Operator:
        def operate(a: Any, b: Any) -> Fixed:
            if not (isinstance(a, Vec2) and isinstance(b, Vec2)):
                raise _unsupported(f"{symbol}()", a, b)
            return Fixed.from_raw(fit(exact(a, b), symbol, a, b))
        return operate

    def length(v: Any) -> Fixed:
        if not isinstance(v, Vec2):
            raise _unsupported("length()", v, v)
        return Fixed.from_raw(fit(vector.length(v), "the length of", v, None))

    def distance(a: Any, b: Any) -> Fixed:
        if not (isinstance(a, Vec2) and isinstance(b, Vec2)):
            raise _unsupported("distance()", a, b)
        return length(subtract(a, b))

    return {
        "add": arithmetic("+", lambda a, b: a + b, lambda a, b: raw(a, "+") + raw(b, "+"), True,
                          lambda a, b: a + b if type(a) is type(b) else NotImplemented),
        "sub": subtract,
        "mul": mul,
        "truediv": truediv,
        "floordiv": arithmetic("//", lambda a, b: a // b,
                               lambda a, b: raw(a, "//") // raw(b, "//") << FRACTION_BITS, False),
        "mod": arithmetic("%", lambda a, b: a % b, lambda a, b: raw(a, "%") % raw(b, "%"), False),
        "neg": neg, "abs_": abs_, "lshift": lshift, "rshift": rshift, "min2": least(True), "max2": least(False),
        "fx": fx, "vec2": vec2, "m_dot": of_vectors("dot", vector.dot), "m_cross": of_vectors("cross", vector.cross),
        "m_length": length, "m_distance": distance,
        **_SHARED,
    }


def _ints(symbol: str, a: Any, b: Any) -> tuple[int, int]:
    if isinstance(a, int) and isinstance(b, int):
        return int(a), int(b)
    raise _unsupported(symbol, a, b)


def _pos(a: Any) -> Any:
    if isinstance(a, int):
        return int(a)
    if isinstance(a, Fixed | Vec2 | Angle):
        return a
    raise _unsupported("+", a, a)


def _invert(a: Any) -> int:
    return ~_ints("~", a, 0)[0]


def _and(a: Any, b: Any) -> int:
    a, b = _ints("&", a, b)
    return a & b


def _or(a: Any, b: Any) -> int:
    a, b = _ints("|", a, b)
    return a | b


def _xor(a: Any, b: Any) -> int:
    a, b = _ints("^", a, b)
    return a ^ b


def _compare(symbol: str, compare: Callable[[Any, Any], bool], equality: bool) -> Operator:
    def operate(a: Any, b: Any) -> bool:
        if isinstance(a, int) and isinstance(b, int):
            return compare(a, b)
        if (isinstance(a, Fixed) and (isinstance(b, Fixed) or is_whole(b))) or (isinstance(b, Fixed) and is_whole(a)):
            return compare(a, b)
        if equality and type(a) is type(b) and isinstance(a, Vec2 | Angle):
            return compare(a, b)
        raise _unsupported(symbol, a, b)
    return operate


def _bool(a: Any) -> bool:
    if isinstance(a, int | Fixed):
        return bool(a)
    raise _unsupported("bool", a, a)


def _within(a: Any, b: Any, radius: Any) -> bool:
    if not (isinstance(a, Vec2) and isinstance(b, Vec2)):
        raise _unsupported("within()", a, b)
    return vector.within(a, b, radius)


def _normalized(v: Any) -> Vec2:
    if not isinstance(v, Vec2):
        raise _unsupported("normalized()", v, v)
    return v.normalized()


def _int(a: Any) -> int:
    if isinstance(a, Fixed):
        return truncated(a.raw)
    return _ints("int", a, 0)[0]


def _method(kind: type, name: str) -> Operator:
    method = getattr(kind, name)

    def operate(value: Any, *arguments: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"{name}() is of a {kind.__name__}, not of a {type(value).__name__}")
        return method(value, *arguments)
    return operate


_SHARED: dict[str, Operator] = {
    "pos": _pos, "invert": _invert, "and_": _and, "or_": _or, "xor": _xor,
    "lt": _compare("<", lambda a, b: a < b, False), "le": _compare("<=", lambda a, b: a <= b, False),
    "gt": _compare(">", lambda a, b: a > b, False), "ge": _compare(">=", lambda a, b: a >= b, False),
    "eq": _compare("==", lambda a, b: a == b, True), "ne": _compare("!=", lambda a, b: a != b, True),
    "bool_": _bool, "not_": lambda a: not _bool(a), "int_": _int,
    "m_within": _within, "m_normalized": _normalized,
    "angle_raw": Angle.from_raw, "angle_turns": Angle.turns, "angle_degrees": Angle.degrees, "angle_radians": Angle.radians,
    **{f"m_{name}": _method(Angle, name) for name in ("to_turns", "signed_turns", "to_degrees", "to_radians")},
    "random": Random, **{f"m_{name}": _method(Random, name) for name in ("bits", "integer", "fixed", "chance")},
}

PLAIN: dict[str, Operator] = _make(_wrapping, False)
CHECKED: dict[str, Operator] = _make(_trapping, True)
