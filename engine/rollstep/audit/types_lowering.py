"""The proof on types: what numba made of each function, statement by statement, held to a list of what a step may hold.

It knows nothing of the rewriter: it walks from the entry point through every function that is called, over the typed
code that numba is about to lower, and wants each variable to be of a kind that a step has, each call to be one of the
engine's own or of a function compiled by it, and each variable to have a value wherever it is read. What it refuses has
the file and line of the game's source. It costs 1% of the compilation. Imported at the first compilation.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

from numba.core import ir, types

from ..errors import Finding, StepError
from ..inner_lowering import InnerType
from ..rules import BUILTINS, RULES, flags_of, foreign, home_of

ENGINE = __name__.partition(".")[0]
STATEMENTS = (ir.Assign, ir.Branch, ir.Del, ir.Jump, ir.Raise, ir.Return, ir.SetItem, ir.StaticRaise, ir.StaticSetItem)
EXPRESSIONS = frozenset(("build_tuple", "call", "cast", "exhaust_iter", "getattr", "getitem", "getiter", "iternext", "null",
                         "pair_first", "pair_second", "static_getitem"))
CALLABLE = (bool, enumerate, len, operator.truth, range, zip)
#: What a variable may be, beside the engine's own types, tuples, functions and 64-bit integers.
KINDS = (types.Boolean, types.BooleanLiteral, types.EnumerateType, types.ExceptionClass, types.ExceptionInstance,
         types.NoneType, types.Omitted, types.Pair, types.RangeIteratorType, types.RangeType, types.UniTupleIter, types.ZipType)
REFUSED: tuple[tuple[type | tuple[type, ...], str, str], ...] = (
    ((types.Float, types.Complex), "float-conversion", "a float"),
    ((types.UnicodeType, types.StringLiteral, types.UnicodeCharSeq, types.Bytes), "text", "text"),
    ((types.DictType, types.LiteralStrKeyDict), "dict", "a dict"),
    (types.Set, "set", "a set"),
    ((types.List, types.ListType, types.LiteralList), "list", "a list"),
    (types.Generator, "generator", "a generator"),
    (types.Buffer, "allocation", "an array of NumPy"),
    (types.Module, "foreign-value", "a module"),
    (types.SliceType, "slice", "a slice"),
    (types.Optional, "mixed-kinds", "a value on one way, None on another"),
)
SYMBOLS = {operator.add: "+", operator.iadd: "+=", operator.sub: "-", operator.isub: "-=", operator.mul: "*",
           operator.imul: "*=", operator.truediv: "/", operator.floordiv: "//", operator.mod: "%", operator.pow: "**",
           operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=", operator.eq: "==", operator.ne: "!=",
           operator.lshift: "<<", operator.rshift: ">>", operator.and_: "&", operator.or_: "|", operator.xor: "^",
           operator.neg: "-", operator.invert: "~", operator.not_: "not"}


def prove_types(entry: Any, name: str) -> None:
    """Raise StepError with each place in what `entry`, an Inner that was compiled, reaches and that a step may not hold."""
    found = sorted(set(violations(entry, name)))
    if found:
        raise StepError(*found)


def violations(entry: Any, name: str) -> Iterator[Finding]:
    """What `prove_types` refuses. A function without typed code has no proof and is a violation itself."""
    waiting, seen = [entry], {entry}
    returning: dict[Any, bool] = {}
    while waiting:
        current = waiting.pop()
        if not current.overloads:
            yield Finding(name, 0, "numba-call", f"{current.py_func.__name__} was not compiled: there is nothing to look at")
        for compiled in current.overloads.values():
            function = _Function(compiled)
            yield from function.violations(returning)
            for callee in function.callees():
                if callee not in seen:
                    seen.add(callee)
                    waiting.append(callee)


class _Function:
    """One function, compiled for one combination of kinds."""

    def __init__(self, compiled: Any) -> None:
        self.returns = compiled.signature.return_type
        self.blocks, self.kinds = compiled.type_annotation.blocks, compiled.type_annotation.typemap
        self.lifted = compiled.type_annotation.lifted
        self.statements = [statement for block in self.blocks.values() for statement in block.body]

    def callees(self) -> list[Any]:
        return [kind.inner for kind in self.kinds.values() if isinstance(kind, InnerType)]

    def violations(self, returning: dict[Any, bool]) -> Iterator[Finding]:
        returns = [s for s in self.statements if isinstance(s, ir.Return)]
        if isinstance(self.returns, types.Optional) and returns:
            yield _at(returns[0], "returns", f"a value is returned on one way and nothing on another: {RULES['returns']}")
        for statement in self.statements:
            if isinstance(statement, ir.Del):
                continue
            for rule, message in self.refused(statement):
                yield _at(statement, rule, message)
        yield from self.unassigned()
        yield from self.bools_as_ints(returning)

    def refused(self, statement: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(statement, STATEMENTS):
            what = type(statement).__name__
            if isinstance(statement, ir.Print):
                yield "outside-world", f"print: {RULES['outside-world']}"
            elif not isinstance(statement, ir.EnterWith | ir.PopBlock):
                yield "numba-call", f"{what} is not what a step is made of: {RULES['numba-call']}"
            return
        if not isinstance(statement, ir.Assign):
            return
        kind = self.kinds[statement.target.name]
        if isinstance(kind, types.Dispatcher):
            yield _foreign_function(kind)
        elif (wrong := _refused_kind(kind)) is not None and not self.is_told_at_the_return(kind, statement.value):
            yield wrong
        value = statement.value
        if isinstance(value, ir.Yield):
            yield "generator", f"a generator: {RULES['generator']}"
        elif isinstance(value, ir.Expr):
            if value.op == "call":
                wrong = _refused_call(self.kinds[value.func.name])
                if wrong is not None:
                    yield wrong
            elif value.op not in EXPRESSIONS:
                symbol = SYMBOLS.get(value.fn, value.op) if value.op in ("binop", "inplace_binop", "unary") else value.op
                yield "numba-call", f"numba's own {symbol}, which means something else than a step's: mark the function @sim"

    def is_told_at_the_return(self, kind: Any, value: Any) -> bool:
        return isinstance(kind, types.Optional) and isinstance(value, ir.Expr) and value.op in ("call", "cast")

    # ------------------------------------------------------------------ values on every way

    def unassigned(self) -> Iterator[Finding]:
        """Reads of variables that have no value on some way: compiled code would read what a register holds."""
        before: dict[int, set[str] | None] = dict.fromkeys(self.blocks)
        before[min(self.blocks)] = set()
        waiting = [min(self.blocks)]
        while waiting:
            label = waiting.pop()
            known = set(before[label] or ())
            for statement in self.blocks[label].body:
                _learn(statement, known)
            for target in self.blocks[label].terminator.get_targets():
                met = known if before[target] is None else before[target] & known
                if met != before[target]:
                    before[target] = met
                    waiting.append(target)
        for label, block in self.blocks.items():
            known = set(before[label] or ())
            if before[label] is None:
                continue
            for statement in block.body:
                if not isinstance(statement, ir.Del) and not _is_copy(statement):       # a copy at a join of ways is no use yet
                    for name in _reads(statement):
                        if name not in known and not isinstance(self.kinds.get(name), types.NoneType):
                            yield _at(statement, "unassigned",
                                      f"{_shown_name(name)} may have no value here: {RULES['unassigned']}")
                            known.add(name)
                _learn(statement, known)

    def bools_as_ints(self, returning: dict[Any, bool]) -> Iterator[Finding]:
        """A variable that is a bool on one way and an int on another is an int to numba, a bool to Python.

        Both count alike where ints are taken; with a Fixed an int goes and a bool does not. `returning` remembers which
        functions return such a value.
        """
        mixed = self.mixed(returning)
        for statement in self.statements:
            value = getattr(statement, "value", None)
            if isinstance(statement, ir.Assign) and isinstance(value, ir.Expr):
                read = [v.name for v in value.list_vars() if v.name in mixed]
                if read and not self._takes_bools(value, mixed):
                    name = _shown_name(read[0], mixed[read[0]])
                    yield _at(statement, "bool-as-int", f"{name} is a bool on one way to this line and an int on another: "
                                                        f"{RULES['bool-as-int']}")

    def mixed(self, returning: dict[Any, bool]) -> dict[str, str]:
        """The variables that are a bool on one way and an int on another, as their writer knows them."""
        found: dict[str, str] = {}
        copies = []
        for statement in self.statements:
            if not isinstance(statement, ir.Assign):
                continue
            value, target = statement.value, statement.target.name
            if isinstance(value, ir.Var):
                copies.append((value.name, target))
                if _differs(self.kinds[value.name], self.kinds[target]):
                    found[target] = _shown_name(target)
            elif isinstance(value, ir.Expr) and value.op == "call" \
                    and isinstance(kind := self.kinds[value.func.name], InnerType) and _returns_mixed(kind.inner, returning):
                found[target] = _shown_name(target)
        for _ in copies:
            grown = {target: found[source] for source, target in copies if source in found and target not in found}
            if not grown:
                break
            found |= grown
        return found

    def returns_mixed(self, returning: dict[Any, bool]) -> bool:
        mixed = self.mixed(returning)
        return any(_differs(self.kinds[name], self.returns) or name in mixed
                   for name in (self._written(s) for s in self.statements if isinstance(s, ir.Return)))

    def _written(self, statement: Any) -> str:
        """The variable that is returned, before it was made the kind that all ways return."""
        casts = {s.target.name: s.value.value.name for s in self.statements
                 if isinstance(s, ir.Assign) and isinstance(s.value, ir.Expr) and s.value.op == "cast"}
        return casts.get(statement.value.name, statement.value.name)

    def _takes_bools(self, value: Any, mixed: dict[str, str]) -> bool:
        """Whether an expression reads a bool as the int that it is: a test, an operator of ints, an index."""
        if value.op != "call":          # a cast returns it, and the caller is looked at
            return value.op == "cast" or (value.op == "getitem" and value.value.name not in mixed)
        kind = self.kinds[value.func.name]
        taken = [self.kinds[argument.name] for argument in value.args]
        if not isinstance(kind, types.Function):
            return False
        if home_of(kind.typing_key) == f"{ENGINE}.state.lowering" and len(taken) == 2:     # a store: into a Fixed it differs
            field = getattr(taken[0], "fields", {}).get(kind.typing_key.__name__.removeprefix("set_"))
            return field is not None and field.kind.code in ("int", "enum", "bool")
        plain = all(isinstance(t, types.Integer | types.IntegerLiteral | types.Boolean | types.BooleanLiteral) for t in taken)
        return plain and (kind.typing_key in CALLABLE or home_of(kind.typing_key) == f"{ENGINE}.fixed.operators")


def _at(statement: Any, rule: str, message: str) -> Finding:
    return Finding(statement.loc.filename, statement.loc.line, rule, message)


def _refused_kind(kind: Any) -> tuple[str, str] | None:
    """(rule, message) of a kind of value that a step does not have."""
    if isinstance(kind, types.BaseTuple):
        return next((wrong for wrong in map(_refused_kind, kind) if wrong is not None), None)
    if isinstance(kind, types.Integer | types.IntegerLiteral):
        plain = types.unliteral(kind)
        if plain.signed and plain.bitwidth == 64:
            return None
        return ("unsigned" if not plain.signed else "numpy-value"), f"an integer of the kind {plain}: {RULES['unsigned']}"
    if isinstance(kind, KINDS) or home_of(kind).startswith(f"{ENGINE}.") \
            or isinstance(kind, types.Dispatcher | types.Function | types.BoundFunction):     # looked at where they are called
        return None
    for kinds, rule, what in REFUSED:
        if isinstance(kind, kinds):
            return rule, f"{what} ({kind}): {RULES[rule]}"
    return "numba-type", f"a value of the kind {kind}: {RULES['numba-type']}"


def _refused_call(kind: Any) -> tuple[str, str] | None:
    """(rule, message) of a callee that is none of the engine's own."""
    if isinstance(kind, types.Dispatcher):
        return None                             # a foreign one is refused where it is named
    if isinstance(kind, types.BoundFunction):
        if home_of(kind.this).startswith(f"{ENGINE}."):
            return None
        return "method", f"{kind.typing_key} is a method of a {kind.this}: {RULES['method']}"
    if isinstance(kind, types.ExternalFunctionPointer):
        return "numba-call", f"a call through a pointer: {RULES['numba-call']}"
    key = getattr(kind, "typing_key", kind)
    if any(key is known for known in CALLABLE) or isinstance(kind, types.ExceptionClass) \
            or home_of(key).startswith(f"{ENGINE}."):
        return None
    name = getattr(key, "__name__", str(kind))
    rule, remedy = BUILTINS[name] if name in BUILTINS and home_of(key) == "" else foreign(key, ())
    if rule == "foreign-call":
        rule, remedy = "numba-call", RULES["numba-call"]
    return rule, f"a call of {name}: {remedy}"


def _foreign_function(kind: Any) -> tuple[str, str]:
    if isinstance(kind, types.ObjModeDispatcher):
        return "objmode", f"objmode leaves the step: {RULES['objmode']}"
    flags = flags_of(kind.dispatcher)
    rule = "fastmath" if flags.get("fastmath") else "parallel" if flags.get("parallel") else "foreign-njit"
    name = kind.dispatcher.py_func.__name__
    return rule, f"{name} is compiled by numba with its own meaning of numbers: write @sim instead of @njit"


def _returns_mixed(inner: Any, returning: dict[Any, bool]) -> bool:
    """Whether a function returns a bool on one way and an int on another."""
    if inner not in returning:
        returning[inner] = False        # where it calls itself
        returning[inner] = any(_Function(compiled).returns_mixed(returning) for compiled in inner.overloads.values())
    return returning[inner]


def _reads(statement: Any) -> list[str]:
    stored = statement.target.name if isinstance(statement, ir.Assign) else ""
    return [v.name for v in statement.list_vars() if v.name != stored]


def _is_copy(statement: Any) -> bool:
    return isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Var)


def _learn(statement: Any, known: set[str]) -> None:
    """What surely has a value after a statement; numba writes `null()` where a variable has none."""
    if isinstance(statement, ir.Assign):
        value = statement.value
        empty = value.op == "null" if isinstance(value, ir.Expr) else isinstance(value, ir.Var) and value.name not in known
        (known.discard if empty else known.add)(statement.target.name)


def _differs(one: Any, other: Any) -> bool:
    """Whether one is a bool where the other is an int."""
    one, other = types.unliteral(one), types.unliteral(other)
    if isinstance(one, types.BaseTuple) and isinstance(other, types.BaseTuple):
        return any(map(_differs, one, other))
    return isinstance(one, types.Boolean) and isinstance(other, types.Integer)


def _shown_name(name: str, otherwise: str = "a value") -> str:
    """A variable as its writer knows it."""
    return otherwise if name.startswith(("$", "rs_")) else name.partition(".")[0]
