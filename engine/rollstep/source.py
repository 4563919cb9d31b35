"""From a game's functions to the program that runs: one rewrite of the syntax tree for all three ways.

Plain Python integers grow, compiled ones wrap; `~`, shifts and comparisons differ in other ways. So every operator
in a step becomes the call of a named function (`a + b` -> `rs_add(a, b)`), and the ways differ only in what
these names mean: numba intrinsics (compiled, checked) or plain Python (interpreted).

A `Program` starts at its roots, follows every call, and freezes what the functions capture: constants are part of
the program, so an edit of a constant two modules away is another program. What could differ between peers, and
can be seen in the source, is refused here, with file and line and what to write instead.
"""

from __future__ import annotations

import ast
import builtins
import copy
import enum
import hashlib
import inspect
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from .errors import StepError, UsageError
from .flow import unassigned
from .tokens import tokens

INT_MIN, INT_MAX = -1 << 63, (1 << 63) - 1

BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
          ast.Mod: "mod", ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor", ast.LShift: "lshift",
          ast.RShift: "rshift"}
UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert", ast.Not: "not_"}
COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}
BUILTIN_OPERATORS = {"abs": "abs_", "int": "int_", "bool": "bool_"}
PLAIN_BUILTINS = {"range", "len", "enumerate", "zip"}
#: Methods of values, with how many arguments they take: `v.dot(w)` is the operator m_dot, so that each way has its own.
METHODS = {"dot": 1, "cross": 1, "length": 0, "distance": 1, "within": 2, "normalized": 0,
           "to_turns": 0, "signed_turns": 0, "to_degrees": 0, "to_radians": 0,
           "bits": 1, "integer": 3, "fixed": 3, "chance": 2,
           "spawn": 0, "despawn": 1, "alive": 1, "handles": 0}
#: Those that change what they are called on.
CHANGING = ("spawn", "despawn")

STATEMENTS = (ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.While, ast.If, ast.Expr, ast.Pass,
              ast.Break, ast.Continue, ast.Raise, ast.Assert)
INSTEAD: dict[type[ast.AST], str] = {
    ast.Dict: "a dict cannot be in a step: keep values in the struct",
    ast.Set: "a set cannot be in a step: its order differs between processes; use an array of flags",
    ast.List: "a list cannot be in a step: it allocates; use an array in the struct, or a tuple of constants",
    ast.ListComp: "a comprehension allocates: write a for loop",
    ast.GeneratorExp: "a generator cannot be in a step: write a for loop",
    ast.DictComp: "a comprehension allocates: write a for loop",
    ast.SetComp: "a comprehension allocates: write a for loop",
    ast.NamedExpr: "assign in a statement of its own",
    ast.Lambda: "a lambda cannot be in a step: write a function marked @sim",
    ast.JoinedStr: "text is made while drawing, not in a step",
    ast.Try: "try cannot be in a step: test the condition beforehand",
    ast.With: "with cannot be in a step",
    ast.Import: "import at the top of the module",
    ast.ImportFrom: "import at the top of the module",
    ast.Global: "a global that changes is invisible to snapshots: keep the value in the struct",
    ast.Nonlocal: "a captured variable that changes is invisible to snapshots: keep the value in the struct",
    ast.FunctionDef: "define helper functions at the top of a module and mark them @sim",
    ast.Starred: "pass each argument by itself",
    ast.Delete: "del cannot be in a step",
    ast.Match: "write if and elif",
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
    calls: dict[str, Code] = field(default_factory=dict)


class Program:
    """Every function reachable from `roots`, rewritten. Raises StepError on source that could desync."""

    def __init__(self, roots: Iterable[Code], language: Language) -> None:
        self.language = language
        self.functions: dict[Code, Function] = {}
        self._waiting: list[Code] = []
        self.roots = [self.want(root) for root in roots]
        while self._waiting:
            function = self._waiting.pop()
            self.functions[function] = _Rewriter(self, function).rewrite()
        _refuse_recursion(self)

    def want(self, function: Code) -> Code:
        """Note that this function is reachable."""
        function = inspect.unwrap(function)
        if not isinstance(function, types.FunctionType):
            raise UsageError(f"{function!r} is not a Python function")
        if function not in self.functions and function not in self._waiting:
            self._waiting.append(function)
        return function

    def ordered(self) -> list[Function]:
        """Callees before callers, each once, in an order that depends on the source alone."""
        done: dict[Code, Function] = {}

        def visit(function: Code) -> None:
            if function not in done:
                for name in sorted(self.functions[function].calls):
                    visit(self.functions[function].calls[name])
                done[function] = self.functions[function]
        for root in self.roots:
            visit(root)
        return list(done.values())

    def rules_digest(self) -> bytes:
        """16 bytes over the tokens of every function and the captured constants.

        Comments, docstrings, line endings and indentation width do not count; it is the same on each Python version.
        """
        h = hashlib.sha256(b"rollstep rules\n")
        for function, captured in self._outline():
            for item in [*tokens(function.source), *captured]:
                h.update(item.encode() + b"\0")
        return h.digest()[:16]

    def exact_text(self) -> str:
        """The rewritten program and its constants as text: the key of the compiled code."""
        return "\n".join("\n".join([function.name, ast.unparse(function.tree), *captured])
                         for function, captured in self._outline())

    def _outline(self) -> Iterator[tuple[Function, list[str]]]:
        """Each function in order, with its constants and with which function each called name means.

        The latter by its place in the order: two modules may use one name.
        """
        ordered = self.ordered()
        place = {function.original: i for i, function in enumerate(ordered)}
        for function in ordered:
            yield function, [*_constants(function),
                             *(f"{name}:{place[callee]}" for name, callee in sorted(function.calls.items()))]

    def build(self, operators: dict[str, Callable[..., Any]], *, jit: Callable[[Any], Any] | None = None,
              setter: Callable[[str], Any] | None = None, module: str = __name__) -> dict[Code, Any]:
        """Executable functions by original. `operators` gives `add`, `lt`, ... and those of `METHODS` that may be called.

        For compiled code `jit` wraps each function and `setter(name)` is what stores to the field `name`.
        """
        made: dict[Code, Any] = {}
        for function in self.ordered():
            tree = function.tree
            setters = {}
            if jit is not None and setter is not None:
                last = _ForCompiler()
                tree = last.visit(copy.deepcopy(tree))
                setters = {f"rs_set_{name}": setter(name) for name in sorted(last.attributes)}
            namespace: dict[str, Any] = {f"rs_{name}": operator for name, operator in operators.items()}
            namespace |= function.captured | setters
            namespace |= {name: made[callee] for name, callee in function.calls.items()}
            namespace["__name__"] = module
            module_tree = ast.fix_missing_locations(ast.Module([tree], []))
            exec(compile(module_tree, function.filename, "exec", dont_inherit=True, optimize=0), namespace)
            plain = namespace[tree.name]
            made[function.original] = plain if jit is None else jit(plain)
        return made


class _ForCompiler(ast.NodeTransformer):
    """The last differences of form between the ways.

    Compiled code only reports that a step raised (the interpreted way then raises the real exception), and it
    stores to a field by the call of a setter, so that the setter sees the value as it was written.
    """

    def __init__(self) -> None:
        self.attributes: set[str] = set()
        self.count = 0

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return ast.copy_location(ast.Raise(ast.Name("ValueError", ast.Load()), None), node)

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return ast.copy_location(ast.Assert(node.test, None), node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        if not any(isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store)
                   for target in node.targets for inner in ast.walk(target)):
            return node
        made: list[ast.stmt] = []
        value = node.value
        if len(node.targets) > 1 or not isinstance(node.targets[0], ast.Attribute) or _changes_elsewhere(node):
            value = self._keep(value, made)                 # Python computes the value before the place
        for target in node.targets:
            self._assign(target, value, made)
        return [ast.copy_location(statement, node) for statement in made]

    def _keep(self, value: ast.expr, made: list[ast.stmt]) -> ast.expr:
        self.count += 1
        name = f"rs_v{self.count}"
        made.append(ast.Assign([ast.Name(name, ast.Store())], value))
        return ast.Name(name, ast.Load())

    def _assign(self, target: ast.expr, value: ast.expr, made: list[ast.stmt]) -> None:
        if isinstance(target, ast.Attribute):
            self.attributes.add(target.attr)
            made.append(ast.Expr(ast.Call(ast.Name(f"rs_set_{target.attr}", ast.Load()), [target.value, value], [])))
        elif isinstance(target, ast.Tuple):
            for i, part in enumerate(target.elts):
                self._assign(part, ast.Subscript(value, ast.Constant(i), ast.Load()), made)
        else:
            made.append(ast.Assign([target], value))


def _changes_elsewhere(node: ast.AST) -> bool:
    """Whether a rewritten statement calls what could change the rest of what it reads: the game's functions, spawn()."""
    changing = tuple(f"rs_m_{name}" for name in CHANGING)
    return any(isinstance(inner, ast.Name) and (inner.id.startswith("rs_call_") or inner.id in changing)
               for inner in ast.walk(node))


def _refuse_recursion(program: Program) -> None:
    open_: list[Code] = []

    def visit(function: Code) -> None:
        if function in open_:
            found = program.functions[function]
            raise StepError(f"{found.filename}:{found.line}: {function.__name__} calls itself; "
                            "a step has no recursion: write a loop with a bound")
        open_.append(function)
        for callee in program.functions[function].calls.values():
            visit(callee)
        open_.pop()
    for root in program.roots:
        visit(root)


def _constants(function: Function) -> list[str]:
    return [f"{name}={_constant_text(value)}" for name, value in sorted(function.captured.items())]


def _constant_text(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({','.join(map(_constant_text, value))})"
    if isinstance(value, bool | int | str) or value is None:
        return f"{type(value).__name__}:{value!r}"
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        return f"{value.__name__}"
    return f"{type(value).__name__}:{value!r}"


def _read(function: Code) -> tuple[str, str, int]:
    """(source with unix line endings, file, first line); StepError when there is no source."""
    name = getattr(function, "__qualname__", repr(function))
    try:
        lines, line = inspect.getsourcelines(function)
        filename = inspect.getsourcefile(function) or "<unknown>"
    except (OSError, TypeError) as error:
        raise StepError(f"{name}: its source cannot be read ({error}); a step must be written in a file") from None
    indent = lines[0][:len(lines[0]) - len(lines[0].lstrip())]      # comments and texts inside may stand further left
    source = "".join(part.removeprefix(indent) for part in lines).replace("\r\n", "\n").replace("\r", "\n")
    return source, filename, line


class _Rewriter:
    """Rewrites one function."""

    def __init__(self, program: Program, function: Code) -> None:
        self.program, self.language = program, program.language
        self.function = function
        source, self.filename, self.line = _read(function)
        try:
            tree = ast.parse(source).body[0]
        except SyntaxError:
            tree = None  # a lambda in the middle of an expression
        if not isinstance(tree, ast.FunctionDef):
            raise StepError(f"{self.filename}:{self.line}: {function.__name__} must be a plain `def` function")
        ast.increment_lineno(tree, self.line - 1)
        self.tree = tree
        self.result = Function(function.__name__, function, self.filename, self.line, source, tree)
        self.locals = self._local_names()
        self.temporaries = 0

    def fail(self, node: ast.AST, message: str) -> NoReturn:
        raise StepError(f"{self.filename}:{getattr(node, 'lineno', self.line)}: {message}")

    def _local_names(self) -> set[str]:
        arguments = self.tree.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
            self.fail(self.tree, f"{self.tree.name}: a step's functions take plain positional arguments")
        names = {a.arg for a in (*arguments.posonlyargs, *arguments.args)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
        if any(name.startswith("rs_") for name in (*names, self.tree.name)):
            stores = (n for n in ast.walk(self.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            self.fail(next((n for n in stores if n.id.startswith("rs_")), self.tree),
                      "names that begin with rs_ are the rewriter's own: choose another")
        return names

    def rewrite(self) -> Function:
        if self.function.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE):
            self.fail(self.tree, f"{self.tree.name}: a step's functions cannot yield or await")
        body = self.tree.body
        if ast.get_docstring(self.tree, clean=False) is not None:
            body = body[1:]
        names = [ast.arg(a.arg) for a in (*self.tree.args.posonlyargs, *self.tree.args.args)]
        arguments = ast.arguments([], names, None, [], [], None, [])
        self.result.tree = ast.copy_location(
            ast.FunctionDef(self.tree.name, arguments, self.block(body) or [ast.Pass()], [], None, None), self.tree)
        if (early := unassigned(self.tree, self.locals)) is not None:
            self.fail(early, f"{early.id} may have no value here: set it on every way that leads to this line")
        if "type_params" in ast.FunctionDef._fields:
            self.result.tree.type_params = []  # type: ignore[attr-defined]
        return self.result

    # ------------------------------------------------------------------ statements

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [ast.copy_location(made, statement) for statement in body for made in self.statement(statement)]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        if not isinstance(node, STATEMENTS):
            self.fail(node, INSTEAD.get(type(node), f"{type(node).__name__} cannot be in a step"))
        match node:
            case ast.Return():
                return [ast.Return(self.expression(node.value) if node.value else None)]
            case ast.Assign():
                value = self.expression(node.value)
                return [ast.Assign([self.target(t) for t in node.targets], value)]
            case ast.AnnAssign():
                return [ast.Assign([self.target(node.target)], self.expression(node.value))] if node.value else []
            case ast.AugAssign():
                return self.augmented(node)
            case ast.For():
                if any(not isinstance(inner, ast.Name | ast.Tuple | ast.expr_context) for inner in ast.walk(node.target)):
                    self.fail(node, "a for loop counts in a plain name")
                return [ast.For(self.target(node.target), self.expression(node.iter), self.block(node.body),
                                self.block(node.orelse))]
            case ast.While():
                return [ast.While(self.expression(node.test), self.block(node.body), self.block(node.orelse))]
            case ast.If():
                return [ast.If(self.expression(node.test), self.block(node.body), self.block(node.orelse))]
            case ast.Expr():
                return [] if isinstance(node.value, ast.Constant) else [ast.Expr(self.expression(node.value))]
            case ast.Assert():
                if node.msg is not None and not isinstance(node.msg, ast.Constant):
                    self.fail(node, "the message of an assert is a constant text")
                return [ast.Assert(self.expression(node.test), node.msg)]
            case ast.Raise():
                return [ast.Raise(self.exception(node), None)]
        return [node]  # pass, break, continue

    def target(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Name():
                return ast.Name(node.id, ast.Store())
            case ast.Attribute():
                return ast.copy_location(ast.Attribute(self.expression(node.value), node.attr, ast.Store()), node)
            case ast.Subscript():
                return ast.copy_location(
                    ast.Subscript(self.expression(node.value), self.expression(node.slice), ast.Store()), node)
            case ast.Tuple():
                return ast.Tuple([self.target(t) for t in node.elts], ast.Store())
        self.fail(node, "assign to a name, a field or an element")

    def augmented(self, node: ast.AugAssign) -> list[ast.stmt]:
        """`a[i].x += v` as `a[i].x = add(a[i].x, v)`, with a[i] evaluated once."""
        if type(node.op) not in BINARY:
            self.fail(node, f"{_symbol(node.op)} cannot be in a step: {_INSTEAD_OF[type(node.op)]}")
        before: list[ast.stmt] = []
        # a call in the value could change what the place is found by
        moving = (ast.Call, ast.Attribute, ast.Subscript) if _has(node.value, ast.Call) else ast.Call

        def once(part: ast.expr) -> ast.expr:
            if not _has(part, moving):
                return part
            name = self.temporary()
            before.append(ast.Assign([ast.Name(name, ast.Store())], self.expression(part)))
            self.locals.add(name)
            return ast.Name(name, ast.Load())
        place = node.target
        if isinstance(place, ast.Attribute):
            place = ast.Attribute(once(place.value), place.attr, ast.Store())
        elif isinstance(place, ast.Subscript):
            place = ast.Subscript(once(place.value), once(place.slice), ast.Store())
        ast.copy_location(place, node.target)
        load = ast.copy_location(_as_load(place), node.target)
        value = self.operator(BINARY[type(node.op)], self.expression(load), self.expression(node.value))
        return [*before, ast.Assign([self.target(place)], ast.copy_location(value, node))]

    def exception(self, node: ast.Raise) -> ast.expr:
        made = node.exc
        call = made.func if isinstance(made, ast.Call) else made
        arguments = made.args if isinstance(made, ast.Call) else []
        if node.cause is not None or call is None or any(not isinstance(a, ast.Constant) for a in arguments) \
                or (isinstance(made, ast.Call) and made.keywords):
            self.fail(node, 'write raise Kind("constant text")')
        value = self.resolve(call)
        if not (isinstance(value, type) and issubclass(value, Exception)):
            self.fail(node, f"{ast.unparse(call)} is not an exception class")
        name = ast.Name(self.capture(value, value.__name__), ast.Load())
        return ast.Call(name, list(arguments), []) if arguments else name

    # ------------------------------------------------------------------ expressions

    def temporary(self) -> str:
        self.temporaries += 1
        return f"rs_t{self.temporaries}"

    def operator(self, name: str, *operands: ast.expr) -> ast.Call:
        return ast.Call(ast.Name(f"rs_{name}", ast.Load()), list(operands), [])

    def expression(self, node: ast.expr) -> ast.expr:
        return ast.copy_location(self._expression(node), node)

    def _expression(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name() | ast.Attribute() if (root := _root(node)) is not None and root not in self.locals:
                return self.captured(node)
            case ast.Name():
                return ast.Name(node.id, ast.Load())
            case ast.Attribute():
                return ast.Attribute(self.expression(node.value), node.attr, ast.Load())
            case ast.Subscript():
                if isinstance(node.slice, ast.Slice):
                    self.fail(node, "a slice cannot be in a step: write a for loop")
                return ast.Subscript(self.expression(node.value), self.expression(node.slice), ast.Load())
            case ast.Tuple():
                return ast.Tuple([self.expression(e) for e in node.elts], ast.Load())
            case ast.BinOp():
                if type(node.op) not in BINARY:
                    self.fail(node, f"{_symbol(node.op)} cannot be in a step: {_INSTEAD_OF[type(node.op)]}")
                return self.operator(BINARY[type(node.op)], self.expression(node.left), self.expression(node.right))
            case ast.UnaryOp():
                if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant) \
                        and type(node.operand.value) is int:
                    return self.constant(ast.copy_location(ast.Constant(-node.operand.value), node))
                return self.operator(UNARY[type(node.op)], self.expression(node.operand))
            case ast.BoolOp():
                return ast.BoolOp(node.op, [self.expression(v) for v in node.values])
            case ast.IfExp():
                return ast.IfExp(self.expression(node.test), self.expression(node.body), self.expression(node.orelse))
            case ast.Compare():
                return self.comparison(node)
            case ast.Call():
                return self.call(node)
        self.fail(node, INSTEAD.get(type(node), f"{type(node).__name__} cannot be in a step"))

    def constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, float):
            self.fail(node, f'{value!r} is a float: write fx("{value!r}")')
        if isinstance(value, str | bytes | complex) or value is ...:
            self.fail(node, f"{value!r} cannot be in a step" + (': text belongs in fx("...")' if value is not ... else ""))
        if isinstance(value, int) and not INT_MIN <= value <= INT_MAX:
            self.fail(node, f"{value} does not fit a signed 64-bit integer")
        return ast.Constant(value)

    def comparison(self, node: ast.Compare) -> ast.expr:
        """`a < b <= c` as `lt(a, b) and le(b, c)`: reading twice is the same as reading once."""
        parts: list[ast.expr] = []
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                if len(node.ops) > 1:
                    self.fail(node, "write `in` as a comparison of its own")
                return self.membership(node, op, left, right)
            if type(op) not in COMPARE:
                self.fail(node, "`is` compares objects: write == or !=")
            parts.append(self.operator(COMPARE[type(op)], self.expression(left), self.expression(right)))
            left = self.readable_twice(right) if right is not node.comparators[-1] else right
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def membership(self, node: ast.Compare, op: ast.cmpop, left: ast.expr, right: ast.expr) -> ast.expr:
        if not isinstance(right, ast.Tuple) or not right.elts:
            self.fail(node, "write `x in (A, B)` with the values in the parentheses")
        if len(right.elts) > 1:
            self.readable_twice(left)
        tests: list[ast.expr] = [self.operator("eq", self.expression(left), self.expression(e)) for e in right.elts]
        found = tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)
        return self.operator("not_", found) if isinstance(op, ast.NotIn) else found

    def readable_twice(self, node: ast.expr) -> ast.expr:
        """A value that is read twice must not be made by a call that could change something."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in CHANGING:
                self.fail(node, f"{inner.func.attr}() stands where its value is compared twice: put it in a variable first")
            if isinstance(inner, ast.Call) and (root := _root(inner.func)) is not None and root not in self.locals \
                    and isinstance(self.resolve(inner.func), types.FunctionType) \
                    and self.operator_of(self.resolve(inner.func)) is None \
                    and self.resolve(inner.func) not in self.language.functions:
                self.fail(node, f"{ast.unparse(inner.func)}() stands where its value is compared twice: "
                                "put it in a variable first")
        return node

    def call(self, node: ast.Call) -> ast.expr:
        root = _root(node.func)
        if root is None or root in self.locals or self.is_method_of_a_constant(node.func):
            return self.method(node)
        callee = self.resolve(node.func)
        name = getattr(callee, "__name__", repr(callee))
        if any(callee is f for f in self.language.literals) and len(node.args) == 1 \
                and isinstance(node.args[0], ast.Constant) and not isinstance(node.args[0].value, float):
            return self.literal(node, callee, node.args[0].value)
        arguments = [self.expression(a) for a in node.args]
        if getattr(builtins, name, None) is callee and isinstance(callee, type | types.BuiltinFunctionType):
            return self.builtin(node, name, arguments)
        operator = self.operator_of(callee)
        if operator is not None or any(callee is f for f in self.language.functions):
            if node.keywords:
                self.fail(node, f"{name} takes positional arguments in a step")
            if operator is not None:
                return self.operator(operator, *arguments)
            return ast.Call(ast.Name(self.capture(callee, name), ast.Load()), arguments, [])
        if isinstance(callee, types.FunctionType):
            return self.own_call(node, inspect.unwrap(callee), arguments)
        module = getattr(callee, "__module__", None)
        self.fail(node, f"{ast.unparse(node.func)}: {'' if not module else module + '.'}{name} cannot be called in a step; "
                        "only functions written for it, and rollstep's own")

    def operator_of(self, callee: Any) -> str | None:
        return next((name for function, name in self.language.operators if function is callee), None)

    def is_method_of_a_constant(self, called: ast.expr) -> bool:
        return isinstance(called, ast.Attribute) and called.attr in METHODS \
            and isinstance(self.resolve(called.value), self.language.constants)

    def method(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Attribute) or node.keywords:
            self.fail(node, "call functions by name, and methods with plain arguments")
        name, written = node.func.attr, dict(self.language.methods)
        if name in written:
            return self.own_call(node, written[name], [self.expression(a) for a in (node.func.value, *node.args)])
        if name not in METHODS:
            self.fail(node, f"nothing in a step has a method {name}(); there are {', '.join((*METHODS, *written))}")
        if len(node.args) != METHODS[name]:
            self.fail(node, f"{name}() takes {METHODS[name]} arguments, not {len(node.args)}")
        return self.operator(f"m_{name}", self.expression(node.func.value), *(self.expression(a) for a in node.args))

    def literal(self, node: ast.Call, function: Any, value: Any) -> ast.expr:
        try:
            made = function(value)
        except (ValueError, TypeError, UsageError) as error:
            self.fail(node, str(error))
        return ast.Name(self.capture(made, "constant"), ast.Load())

    def builtin(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> ast.expr:
        if node.keywords:
            self.fail(node, f"{name} takes positional arguments in a step")
        if name in ("min", "max"):
            if len(arguments) < 2:
                self.fail(node, f"{name} takes two or more values in a step")
            made = arguments[0]
            for argument in arguments[1:]:
                made = self.operator(f"{name}2", made, argument)
            return made
        if name in BUILTIN_OPERATORS:
            if len(arguments) != 1:
                self.fail(node, f"{name} takes one value in a step")
            return self.operator(BUILTIN_OPERATORS[name], *arguments)
        if name in PLAIN_BUILTINS:
            return ast.Call(ast.Name(name, ast.Load()), arguments, [])
        if name == "round" or name == "float":
            self.fail(node, f"{name} gives a float or Python's own rounding: use Fixed and int()")
        self.fail(node, f"{name}() cannot be called in a step")

    def own_call(self, node: ast.Call, callee: Code, arguments: list[ast.expr]) -> ast.expr:
        """A call of another function of the game; keywords and defaults become plain arguments."""
        signature = inspect.signature(callee)
        keywords = {k.arg: self.expression(k.value) for k in node.keywords if k.arg is not None}
        try:
            bound = signature.bind(*arguments, **keywords)
        except TypeError as error:
            self.fail(node, f"{callee.__name__}: {error}")
        if self.language.marked and not getattr(callee, SIM_MARK, False):
            self.fail(node, f"{callee.__name__} is not marked: write @sim above it, so that its readers know that a "
                            "step calls it")
        self.program.want(callee)
        values = []
        for parameter in signature.parameters.values():
            if parameter.name in bound.arguments:
                values.append(bound.arguments[parameter.name])
            else:
                default = self.checked_constant(node, parameter.default, f"{callee.__name__}'s default {parameter.name}")
                values.append(ast.Name(self.capture(default, f"default_{parameter.name}"), ast.Load()))
        name = f"rs_call_{callee.__name__}"
        while self.result.calls.get(name, callee) is not callee:
            name += "_"
        self.result.calls[name] = callee
        return ast.Call(ast.Name(name, ast.Load()), values, [])

    # ------------------------------------------------------------------ captured values

    def resolve(self, node: ast.expr) -> Any:
        """The value of a name or dotted name from outside the function."""
        if isinstance(node, ast.Name):
            function = self.function
            if node.id in function.__code__.co_freevars:
                cell = (function.__closure__ or ())[function.__code__.co_freevars.index(node.id)]
                try:
                    return cell.cell_contents
                except ValueError:
                    self.fail(node, f"{node.id} has no value yet")
            if node.id in function.__globals__:
                return function.__globals__[node.id]
            if hasattr(builtins, node.id):
                return getattr(builtins, node.id)
            self.fail(node, f"{node.id} is not defined")
        if isinstance(node, ast.Attribute):
            owner = self.resolve(node.value)
            if isinstance(owner, types.ModuleType) or (isinstance(owner, type) and issubclass(owner, enum.IntEnum)) \
                    or any(owner is kind for kind in self.language.constants):
                if hasattr(owner, node.attr):
                    return getattr(owner, node.attr)
                self.fail(node, f"{ast.unparse(node)} does not exist")
            if isinstance(owner, enum.IntEnum) and node.attr == "value":
                return int(owner)
            if isinstance(owner, self.language.constants) and not callable(getattr(owner, node.attr, None)):
                return getattr(owner, node.attr)
            self.fail(node, f"{ast.unparse(node)}: only modules and IntEnum classes have attributes that a step can use")
        self.fail(node, f"{ast.unparse(node)} cannot be used here")

    def captured(self, node: ast.expr) -> ast.expr:
        value = self.checked_constant(node, self.resolve(node), ast.unparse(node))
        if type(value) in (int, bool) or value is None:
            self.capture(value, ast.unparse(node))
            return ast.Constant(value)
        return ast.Name(self.capture(value, ast.unparse(node)), ast.Load())

    def checked_constant(self, node: ast.AST, value: Any, name: str) -> Any:
        """A captured value, as the step will see it for ever; refuses what could change or differ."""
        if isinstance(value, enum.IntEnum):
            value = int(value)
        if isinstance(value, bool) or value is None or isinstance(value, self.language.constants):
            return value
        if type(value) is int:
            if not INT_MIN <= value <= INT_MAX:
                self.fail(node, f"{name} = {value} does not fit a signed 64-bit integer")
            return value
        if type(value) is tuple:
            return tuple(self.checked_constant(node, v, f"{name}[{i}]") for i, v in enumerate(value))
        if isinstance(value, float):
            self.fail(node, f'{name} = {value!r} is a float: write {name} = fx("{value!r}")')
        if isinstance(value, dict | list | set):
            self.fail(node, f"{name} is a {type(value).__name__}, which can change: use a tuple, or content")
        if isinstance(value, types.FunctionType):
            self.fail(node, f"{name} is a function: call it")
        self.fail(node, f"{name} is a {type(value).__name__}; a step uses int, bool, Fixed, Vec2, IntEnum and "
                        "tuples of them from outside, and everything else through the struct or the content")

    def capture(self, value: Any, name: str) -> str:
        """A name in the program's namespace for this value."""
        plain = "".join(c if c.isalnum() else "_" for c in name)
        label, n = f"rs_k_{plain}", 0
        while label in self.result.captured and not _same(self.result.captured[label], value):
            n += 1
            label = f"rs_k_{plain}_{n}"
        self.result.captured[label] = value
        return label


def _same(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and _constant_text(a) == _constant_text(b))


def _has(node: ast.AST, kinds: type[ast.AST] | tuple[type[ast.AST], ...]) -> bool:
    return any(isinstance(inner, kinds) for inner in ast.walk(node))


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _as_load(node: ast.expr) -> ast.expr:
    match node:
        case ast.Name():
            return ast.Name(node.id, ast.Load())
        case ast.Attribute():
            return ast.Attribute(node.value, node.attr, ast.Load())
        case ast.Subscript():
            return ast.Subscript(node.value, node.slice, ast.Load())
    return node


_INSTEAD_OF: dict[type[ast.operator], str] = {
    ast.Pow: "write products out, or rs.pow(x, y) for a Fixed x",
    ast.MatMult: "write v.dot(w)",
}


def _symbol(op: ast.operator) -> str:
    return {ast.Pow: "**", ast.MatMult: "@"}.get(type(op), type(op).__name__)
