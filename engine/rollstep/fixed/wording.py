"""What an operator or a function says to operands that it does not take."""

from __future__ import annotations

from collections.abc import Sequence

from .functions import FUNCTIONS, atan2, direction, pow

SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "and_": "&", "or_": "|",
           "xor": "^", "lshift": "<<", "rshift": ">>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==",
           "ne": "!=", "neg": "-", "pos": "+", "invert": "~", "not_": "not", "abs_": "abs()", "min2": "min()",
           "max2": "max()", "int_": "int()", "bool_": "bool()"}
_ARGUMENTS = {atan2: "two Fixed", pow: "two Fixed", direction: "a Vec2"}
TAKES = {
    "vec2": "Vec2(x, y) takes two Fixed or ints", "fx": 'fx() takes an int or text such as "0.5"',
    **{f"m_{name}": f"v.{name}(w) takes two Vec2" for name in ("dot", "cross", "distance")},
    "m_length": "v.length() takes a Vec2", "m_normalized": "v.normalized() takes a Vec2",
    "m_within": "v.within(w, radius) takes two Vec2 and a Fixed or an int",
    "angle_raw": "Angle.from_raw(raw) takes an int", "angle_turns": "Angle.turns(x) takes a Fixed or an int",
    "angle_degrees": "Angle.degrees(x) takes a Fixed or an int", "angle_radians": "Angle.radians(x) takes a Fixed",
    **{f"m_{name}": f"{name}() is of an Angle" for name in ("to_turns", "signed_turns", "to_degrees", "to_radians")},
    "random": "Random(seed, frame, stream) takes three ints", "m_bits": "dice.bits(index) takes an int",
    "m_integer": "dice.integer(index, low, high) takes three ints",
    "m_fixed": "dice.fixed(index, low, high) takes an int and two Fixed",
    "m_chance": "dice.chance(index, p) takes an int and a Fixed",
    **{function.__name__: f"{function.__name__}() takes {_ARGUMENTS.get(function, 'a Fixed')}" for function in FUNCTIONS},
}
_OF_FIXED = frozenset(function.__name__ for function in FUNCTIONS)


def refusal(name: str, kinds: Sequence[str]) -> str:
    """The error of operator `name` for operands of these kinds ("int", "bool", "Fixed", ...)."""
    if name not in TAKES:
        return f"{SYMBOLS[name]} does not take {' and '.join(kinds)}"
    hint = ": write fx(x)" if name in _OF_FIXED and "int" in kinds else ""
    return f"{TAKES[name]}, not {', '.join(kinds)}{hint}"
