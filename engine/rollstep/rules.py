"""The rules of a step, each with a short name and what to write instead. engine/AUDIT.md shows each with an example.

`RULES` names them; `foreign` says which one a value breaks that does not belong in a step, by where it comes from.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from decimal import Decimal
from math import isfinite
from typing import Any

#: The rule's name, and its remedy in one sentence.
RULES: dict[str, str] = {
    # numbers
    "float-literal": 'write fx("0.5"): a Fixed from exact text',
    "float-constant": 'make the constant a Fixed: SPEED = fx("0.5")',
    "float-function": "use rollstep's functions of Fixed, such as rs.sqrt, rs.sin, rs.cos",
    "float-conversion": "stay with Fixed; int(x) cuts its fraction off; floats are for drawing",
    "int-division": "write a // b for a whole number, or fx(a) / b for a fraction",
    "fixed-literal": 'write an exact number as text or as an int: fx("0.125"), fx("1/60"), fx(3)',
    "int-range": "an integer of a step has 64 bits with a sign",
    "unsigned": "write a plain int: a step knows one integer, 64 bits with a sign",
    "numpy-value": "write a plain int, or a Fixed",
    "power": "write a product out, or a shift",
    # what differs between machines or is invisible to a snapshot
    "random": "use rs.dice(tick, STREAM), an rs.Random (keyed by tick.seed): a function of the frame, not a state",
    "clock": "count frames: tick.frame",
    "hash-order": "compare and order by values that are in the struct",
    "outside-world": "a step sees its struct, its inputs and its tick alone; do this while drawing or before the match",
    "objmode": "write it with integers and Fixed, or do it outside of the step",
    "parallel": "write a plain for loop over range(n)",
    "fastmath": "leave numba's flags away: mark the function @sim and the engine compiles it",
    "foreign-njit": "write @sim instead of @njit: the engine compiles it with its own flags",
    "mutable-global": "keep the value in the struct, or give it as content; constants are numbers and tuples",
    # what allocates
    "dict": "keep values in the struct, in an array that is indexed",
    "set": "use an array of flags in the struct, or the bits of an integer",
    "list": "use an array in the struct, or a tuple",
    "text": "make text while drawing; keep a number or an IntEnum in the struct",
    "allocation": "use an array in the struct, and a for loop",
    "generator": "write a for loop where the values are used",
    "slice": "write a for loop over range(first, last)",
    # shape of the program
    "recursion": "write a loop with a bound",
    "unbounded-while": "write for i in range(LIMIT): with a break",
    "unassigned": "set the variable on every way that leads to its use",
    "inner-function": "define the function at the top of a module and mark it @sim",
    "unmarked": "write @sim above the function, so that its readers know that a step calls it",
    "decorator": "mark a helper with @sim alone: a step runs what is inside of other decorators",
    "foreign-call": "call functions marked @sim, and rollstep's own",
    "foreign-value": "use int, bool, Fixed, Vec2, IntEnum members and tuples of them; all else through struct or content",
    "statement": "use assignment, if, for, while, break, continue, return, assert, raise",
    "assignment": "assign to a name, a field or an element",
    "identity": "compare values: == or !=",
    "membership": "write x in (A, B), with the values in the parentheses",
    "evaluated-twice": "put the value into a variable first",
    "raise": 'write raise Kind("constant text"), assert condition, "constant text"',
    "arguments": "give each argument by itself, as the function wants them",
    "name": "define it, import it, or correct the spelling",
    "source": "write the step as a plain def in a file",
    # kinds, found when the step is compiled
    "field": "use a field of the struct",
    "method": "use what the value has; other functions are called by name, such as rs.sqrt(x)",
    "kind": "convert one side: int(x), fx(n)",
    "truth": "compare: v != Vec2(0, 0), len(a) > 0",
    "index": "index an array with integers: int(x)",
    "call": "call functions by name; a field is read without parentheses",
    "loop": "give it range(n), an array, or a tuple of values of one kind",
    "unpacking": "write x, y = v.x, v.y",
    "read-only": "a step changes its state alone: copy what is needed into the struct",
    "mixed-kinds": "give a variable one kind on every way: start a sum of Fixed with fx(0)",
    "bool-as-int": "make both an int, or both a bool: int(flag), n != 0",
    "returns": "return a value of one kind on every way, or nothing on every way",
    # the proofs on what the compiler made
    "numba-type": "use int, bool, Fixed, Vec2, structs, arrays and tuples",
    "numba-call": "use operators, functions marked @sim, and rollstep's own",
    "machine-code": "use Fixed and integers, and functions marked @sim",
    "uncompilable": "write it with what a step may do (README), a piece at a time",
}

#: Rules that only warn.
WARNINGS = frozenset(("unbounded-while", "decorator"))

#: Builtins that a step cannot call: the rule, and what to write instead.
BUILTINS: dict[str, tuple[str, str]] = {
    "float": ("float-conversion", "it gives a float; use Fixed and int()"),
    "round": ("float-conversion", "it is Python's own rounding: use Fixed and int(), for instance int(x + fx(\"1/2\"))"),
    "complex": ("float-conversion", "use two Fixed, or a Vec2"),
    "pow": ("power", "write the product out, or a shift"),
    "divmod": ("foreign-call", "write a // b and a % b"),
    "sum": ("foreign-call", "write a for loop that adds; start with fx(0) for Fixed"),
    "any": ("foreign-call", "write the conditions with `or`, or a for loop with a break"),
    "all": ("foreign-call", "write the conditions with `and`, or a for loop with a break"),
    "sorted": ("allocation", "it makes a list: keep an array in order by swapping elements"),
    "reversed": ("foreign-call", "write for i in range(n - 1, -1, -1)"),
    "list": ("list", "use an array in the struct, or a tuple"),
    "tuple": ("allocation", "write the values in parentheses"),
    "bytearray": ("allocation", "use an array in the struct"),
    "bytes": ("allocation", "use an array in the struct"),
    "memoryview": ("allocation", "use an array in the struct"),
    "dict": ("dict", "keep values in the struct, in an array that is indexed"),
    "set": ("set", "use an array of flags in the struct, or the bits of an integer"),
    "frozenset": ("set", "use an array of flags in the struct, or the bits of an integer"),
    "str": ("text", "make text while drawing"),
    "repr": ("text", "make text while drawing"),
    "format": ("text", "make text while drawing"),
    "chr": ("text", "make text while drawing"),
    "ord": ("text", "keep the number itself"),
    "bin": ("text", "make text while drawing"),
    "hex": ("text", "make text while drawing"),
    "hash": ("hash-order", "it differs between processes; compare the values themselves"),
    "id": ("hash-order", "it is an address; compare the values, or keep an index in the struct"),
    "isinstance": ("foreign-call", "the kinds of a step are known when it is written: leave the test away"),
    "type": ("foreign-call", "the kinds of a step are known when it is written: leave it away"),
    "getattr": ("foreign-call", "name the field: world.name"),
    "setattr": ("foreign-call", "name the field: world.name = value"),
    "hasattr": ("foreign-call", "the fields of a struct are known when it is written: leave the test away"),
    "map": ("generator", "write a for loop"),
    "filter": ("generator", "write a for loop with an if"),
    "iter": ("generator", "write a for loop"),
    "next": ("generator", "write a for loop with a break"),
    "print": ("outside-world", "look at the state while drawing, or at a replay"),
    "input": ("outside-world", "read the inputs: inputs[player]"),
    "open": ("outside-world", "read files before the match and give the values as content"),
    "eval": ("foreign-call", "write the expression itself"),
    "exec": ("foreign-call", "write the statements themselves"),
    "slice": ("slice", "write a for loop over range(first, last)"),
}

_RANDOM = frozenset(("random", "_random", "secrets", "uuid"))
_CLOCK = frozenset(("time", "datetime", "_datetime", "calendar", "zoneinfo"))
OUTSIDE = frozenset(("os", "posix", "nt", "sys", "io", "_io", "socket", "_socket", "threading", "_thread", "subprocess",
                      "pathlib", "logging", "asyncio", "multiprocessing", "pickle", "json", "ctypes", "gc", "weakref", "signal",
                      "pygame"))
_FLOATS = frozenset(("math", "cmath", "statistics", "decimal", "_decimal", "fractions"))
_ALLOCATES = frozenset(("collections", "_collections", "array", "copy", "heapq", "_heapq", "queue", "itertools", "bisect",
                        "_bisect", "string", "re", "struct", "_struct", "dataclasses", "functools", "_functools"))
_NUMPY_ARRAYS = frozenset(("empty", "zeros", "ones", "full", "array", "asarray", "arange", "linspace", "copy", "empty_like",
                           "zeros_like", "ones_like", "concatenate", "stack", "frombuffer", "fromiter", "ndarray", "eye",
                           "argsort", "sort", "where", "nonzero", "unique", "cumsum", "roll", "meshgrid", "tile", "repeat",
                           "ascontiguousarray"))
_WHOLE = {"floor": "int(x // 1)", "ceil": "-int(-x // 1)", "trunc": "int(x)", "fabs": "abs(x)", "absolute": "abs(x)",
          "isqrt": "int(rs.sqrt(fx(n)))", "fmod": "x % y", "gcd": "a loop with a, b = b, a % b", "maximum": "max(a, b)",
          "minimum": "min(a, b)", "clip": "min(max(x, low), high)", "radians": 'x * fx("0.01745329252")',
          "degrees": 'x * fx("57.29577951308")', "dot": "v.dot(w), of Vec2", "sum": "a for loop that adds"}


def foreign(value: Any, own: Iterable[str]) -> tuple[str, str]:
    """(rule, what to write instead) of something that a step cannot call; `own` are the names that rollstep has."""
    name = getattr(value, "__name__", "")
    if getattr(__builtins__, name, None) is value or (isinstance(__builtins__, dict) and __builtins__.get(name) is value):
        return BUILTINS.get(name, ("foreign-call", RULES["foreign-call"]))
    home = home_of(value)
    top = home.partition(".")[0]
    if top in _RANDOM or home.startswith("numpy.random") or name in ("urandom", "getrandom"):
        return "random", "use rs.dice(tick, STREAM), an rs.Random (keyed by tick.seed)" \
                         f": {name or 'it'} would differ between peers"
    if top in _CLOCK or name in ("times", "sleep"):
        return "clock", "count frames: tick.frame"
    if top in OUTSIDE:
        return "outside-world", RULES["outside-world"]
    if top == "numba":
        if name == "prange":
            return "parallel", RULES["parallel"]
        return ("foreign-njit", RULES["foreign-njit"]) if not flags_of(value) else ("objmode", RULES["objmode"])
    if top == "numpy":
        if name in _NUMPY_ARRAYS:
            return "allocation", "it makes an array: use an array field in the struct, ships: rs.Array[Ship] = rs.array(2)"
        if isinstance(value, type):
            return ("unsigned" if name.startswith("uint") else "numpy-value"), RULES["unsigned"]
    if top in _FLOATS or top == "numpy":
        if name in own:
            return "float-function", f"write rs.{name}, of Fixed"
        if name in _WHOLE:
            return "float-function", f"write {_WHOLE[name]}"
        return "float-function", f"rollstep has {', '.join(sorted(n for n in own if n.islower()))}"
    if top in _ALLOCATES:
        return "allocation", RULES["allocation"]
    return "foreign-call", RULES["foreign-call"]


def home_of(value: Any) -> str:
    """The module that a function, a bound method, a class or an object comes from; "" when nobody says."""
    for owner in (value, getattr(value, "__self__", None), type(value)):
        module = getattr(owner, "__module__", None)
        if isinstance(module, str) and module != "builtins":
            return module
    return ""


def flags_of(value: Any) -> dict[str, Any]:
    """The flags of a function that numba compiled elsewhere; empty for what is none."""
    flags = getattr(value, "targetoptions", None)
    return flags if isinstance(flags, dict) else {}


def as_text(value: float) -> str:
    """A float as the text of fx(), to 15 digits."""
    return format(Decimal(f"{value:.15g}"), "f") if isfinite(value) else "0"


def nearest(name: str, names: Iterable[str]) -> str:
    """"; did you mean ...?" for a name that is not among `names`, or nothing when none is near."""
    found = difflib.get_close_matches(name, sorted(set(names)), 1, 0.6)
    return f"; did you mean {found[0]}?" if found else ""
