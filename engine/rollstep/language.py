"""What a step is written in: its operators, its statements, the mark of its functions, what a program may name."""

from __future__ import annotations

import ast
import enum
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

#: Values that an effect tells beside its frame, kind and id.
MOST_DATA = 16
INT_MIN, INT_MAX = -1 << 63, (1 << 63) - 1
ENUMS = (enum.IntEnum, enum.IntFlag)        # their members are ints in a step

BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
          ast.Mod: "mod", ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor", ast.LShift: "lshift",
          ast.RShift: "rshift"}
UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert", ast.Not: "not_"}
COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}
BUILTIN_OPERATORS = {"abs": "abs_", "int": "int_", "bool": "bool_"}
#: Builtins that stay what they are, with the fewest and most arguments that they take.
PLAIN_BUILTINS = {"range": (1, 3), "len": (1, 1), "enumerate": (1, 2), "zip": (1, 8)}
#: Methods of values, with how many arguments they take, or a range: `v.dot(w)` is the operator m_dot, so that each way has
#: its own.
METHODS: dict[str, int | range] = {
    "dot": 1, "cross": 1, "length": 0, "distance": 1, "within": 2, "normalized": 0,
    "to_turns": 0, "signed_turns": 0, "to_degrees": 0, "to_radians": 0,
    "bits": 1, "integer": 3, "fixed": 3, "chance": 2,
    "spawn": 0, "despawn": 1, "alive": 1, "handles": 0,
    "emit": range(3, 4 + MOST_DATA)}
#: Those that change what they are called on.
CHANGING = ("spawn", "despawn", "emit")

STATEMENTS = (ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.While, ast.If, ast.Expr, ast.Pass,
              ast.Break, ast.Continue, ast.Raise, ast.Assert)
INSTEAD: dict[type[ast.AST], tuple[str, str]] = {
    ast.Dict: ("dict", "a dict cannot be in a step: keep values in the struct"),
    ast.Set: ("set", "a set cannot be in a step: its order differs between processes; use an array of flags"),
    ast.List: ("list", "a list cannot be in a step: it allocates; use an array in the struct, or a tuple of constants"),
    ast.ListComp: ("list", "a comprehension allocates: write a for loop"),
    ast.GeneratorExp: ("generator", "a generator cannot be in a step: write a for loop"),
    ast.DictComp: ("dict", "a comprehension allocates: write a for loop"),
    ast.SetComp: ("set", "a comprehension allocates: write a for loop"),
    ast.NamedExpr: ("statement", ":= cannot be in a step: assign in a statement of its own"),
    ast.Lambda: ("inner-function", "a lambda cannot be in a step: write a function marked @sim"),
    ast.JoinedStr: ("text", "text is made while drawing, not in a step"),
    ast.Yield: ("generator", "a step's functions cannot yield or await: return one value, or write to the struct"),
    ast.YieldFrom: ("generator", "a step's functions cannot yield or await: return one value, or write to the struct"),
    ast.Await: ("generator", "a step's functions cannot yield or await: return one value, or write to the struct"),
    ast.Try: ("statement", "try cannot be in a step: test the condition beforehand"),
    ast.With: ("statement", "with cannot be in a step"),
    ast.Import: ("statement", "import at the top of the module"),
    ast.ImportFrom: ("statement", "import at the top of the module"),
    ast.Global: ("mutable-global", "a global that changes is invisible to snapshots: keep the value in the struct"),
    ast.Nonlocal: ("mutable-global", "a variable that changes is invisible to snapshots: keep the value in the struct"),
    ast.FunctionDef: ("inner-function", "define helper functions at the top of a module and mark them @sim"),
    ast.Starred: ("arguments", "pass each argument by itself"),
    ast.Delete: ("statement", "del cannot be in a step"),
    ast.Match: ("statement", "match cannot be in a step: write if and elif"),
    ast.Slice: ("slice", "a slice cannot be in a step: write a for loop"),
}


SIM_MARK = "__rollstep_sim__"
F = TypeVar("F", bound=Callable[..., Any])
Code = Callable[..., Any]


def sim(function: F) -> F:
    """Mark a function that a step may call. It stays a plain Python function."""
    setattr(function, SIM_MARK, True)
    return function


@dataclass(frozen=True)
class Language:
    """What a step may name beside its own functions.

    constants: types whose values may be captured (as they are); functions: engine functions and classes that may be
    called; operators: those that each way has its own of, by the operator's name; methods: those that are written in the
    language of a step, by name; literals: functions evaluated at rewriting time when all their arguments are constants.
    """

    constants: tuple[type, ...] = ()
    functions: tuple[Any, ...] = ()
    operators: tuple[tuple[Any, str], ...] = ()
    methods: tuple[tuple[str, Any], ...] = ()
    literals: tuple[Any, ...] = ()
    marked: bool = True  # helpers must carry @sim


@dataclass
class Function:
    """One rewritten function: `tree` calls operators, constants and other functions by the names in `captured`."""

    name: str
    original: Code
    filename: str
    line: int
    source: str
    tree: ast.FunctionDef
    captured: dict[str, Any] = field(default_factory=dict)
    named: dict[str, Any] = field(default_factory=dict)         # constants by the name that the source has for them
    calls: dict[str, Code] = field(default_factory=dict)


def constant_text(value: Any) -> str:
    """A captured value as digests and cache keys know it."""
    if isinstance(value, tuple):
        return f"({','.join(map(constant_text, value))})"
    if isinstance(value, bool | int | str) or value is None:
        return f"{type(value).__name__}:{value!r}"
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        return f"{value.__name__}"
    return f"{type(value).__name__}:{value!r}"
