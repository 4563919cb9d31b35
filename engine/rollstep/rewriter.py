"""One function of a step, rewritten: every operator becomes the call of a named function, what could differ is refused.

The rules are named in rules.py; engine/AUDIT.md shows each with an example.
"""

from __future__ import annotations

import ast
import builtins
import enum
import inspect
import types
from collections.abc import Iterable
from math import isfinite
from typing import Any, NoReturn, Protocol

from .errors import Finding, StepError, UsageError
from .flow import endless, unassigned
from .language import (
    BINARY,
    BUILTIN_OPERATORS,
    CHANGING,
    COMPARE,
    ENUMS,
    INSTEAD,
    INT_MAX,
    INT_MIN,
    METHODS,
    PLAIN_BUILTINS,
    SIM_MARK,
    STATEMENTS,
    UNARY,
    Code,
    Function,
    Language,
    constant_text,
)
from .rules import BUILTINS, OUTSIDE, RULES, as_text, flags_of, foreign, home_of, nearest


class Reaching(Protocol):
    """What a rewriter needs of its program."""

    language: Language
    found: list[Finding]

    def want(self, function: Code) -> Code:
        """Note that this function is reachable."""
        ...

    def rebound(self, filename: str) -> dict[str, int]:
        """The names of a module that one of its functions changes by `global`, each with the line that says so."""
        ...


def _read(function: Code) -> tuple[str, str, int]:
    """(source with unix line endings, file, first line); StepError when there is no source."""
    name = getattr(function, "__qualname__", repr(function))
    try:
        lines, line = inspect.getsourcelines(function)
        filename = inspect.getsourcefile(function) or "<unknown>"
    except (OSError, TypeError) as error:
        raise StepError(Finding(name, 0, "source", f"its source cannot be read ({error}); a step must be written in a file")
                        ) from None
    indent = lines[0][:len(lines[0]) - len(lines[0].lstrip())]      # comments and texts inside may stand further left
    source = "".join(part.removeprefix(indent) for part in lines).replace("\r\n", "\n").replace("\r", "\n")
    return source, filename, line


class Rewriter:
    """Rewrites one function. `warnings` has what is allowed, but worth a look."""

    def __init__(self, program: Reaching, function: Code) -> None:
        self.program, self.language = program, program.language
        self.function = function
        source, self.filename, self.line = _read(function)
        try:
            tree = ast.parse(source).body[0]
        except SyntaxError:
            tree = None  # a lambda in the middle of an expression
        if not isinstance(tree, ast.FunctionDef):
            raise StepError(Finding(self.filename, self.line, "source",
                                    f"{function.__name__} must be a plain `def` function"))
        ast.increment_lineno(tree, self.line - 1)
        self.tree = tree
        self.result = Function(function.__name__, function, self.filename, self.line, source, tree)
        self.locals = self._local_names()
        self.temporaries = 0
        self.warnings: list[Finding] = []

    def found(self, node: ast.AST, rule: str, message: str) -> Finding:
        assert rule in RULES, rule
        return Finding(self.filename, getattr(node, "lineno", self.line), rule, message)

    def fail(self, node: ast.AST, rule: str, message: str) -> NoReturn:
        raise StepError(self.found(node, rule, message))

    def instead(self, node: ast.AST) -> NoReturn:
        """Refuse a kind of statement or expression."""
        self.fail(node, *INSTEAD.get(type(node), ("statement", f"{type(node).__name__} cannot be in a step")))

    def _local_names(self) -> set[str]:
        arguments = self.tree.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
            self.fail(self.tree, "arguments", f"{self.tree.name}: a step's functions take plain positional arguments")
        names = {a.arg for a in (*arguments.posonlyargs, *arguments.args)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
        if any(name.startswith("rs_") for name in (*names, self.tree.name)):
            stores = (n for n in ast.walk(self.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            self.fail(next((n for n in stores if n.id.startswith("rs_")), self.tree), "source",
                      "names that begin with rs_ are the rewriter's own: choose another")
        return names

    def rewrite(self) -> Function:
        if self.function.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE):
            self.fail(self.tree, "generator", f"{self.tree.name}: a step's functions cannot yield or await")
        body = self.tree.body
        if ast.get_docstring(self.tree, clean=False) is not None:
            body = body[1:]
        before = len(self.program.found)
        names = [ast.arg(a.arg) for a in (*self.tree.args.posonlyargs, *self.tree.args.args)]
        arguments = ast.arguments([], names, None, [], [], None, [])
        self.result.tree = ast.copy_location(
            ast.FunctionDef(self.tree.name, arguments, self.block(body) or [ast.Pass()], [], None, None), self.tree)
        if len(self.program.found) == before:       # what was refused may be what gives the value
            for early in unassigned(self.tree, self.locals):
                self.program.found.append(self.found(early, "unassigned", f"{early.id} may have no value here: "
                                                     "set it on every way that leads to this line"))
        if "type_params" in ast.FunctionDef._fields:
            self.result.tree.type_params = []  # type: ignore[attr-defined]
        return self.result

    # ------------------------------------------------------------------ statements

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in body:
            try:
                made += [ast.copy_location(part, statement) for part in self.statement(statement)]
            except StepError as error:          # the rest is looked at too: a writer wants to know all places
                self.program.found += error.findings
        return made

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        if not isinstance(node, STATEMENTS):
            if isinstance(node, ast.With) and any("objmode" in ast.unparse(item.context_expr) for item in node.items):
                self.fail(node, "objmode", f"objmode leaves the step: {RULES['objmode']}")
            self.instead(node)
        match node:
            case ast.Return():
                if isinstance(made := node.value, ast.Call) and isinstance(made.func, ast.Name) \
                        and made.func.id in ("zip", "enumerate") and made.func.id not in self.locals:
                    self.fail(node, "generator", f"an iterator cannot be returned: call {made.func.id}() where the loop is")
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
                    self.fail(node, "assignment", "a for loop counts in a plain name")
                return [ast.For(self.target(node.target), self.expression(node.iter), self.block(node.body),
                                self.block(node.orelse))]
            case ast.While():
                if endless(node, self.locals):
                    self.warnings.append(self.found(node, "unbounded-while", "nothing here bounds this loop: a state that "
                                                    "never ends it hangs every peer; write for i in range(LIMIT)"))
                return [ast.While(self.expression(node.test), self.block(node.body), self.block(node.orelse))]
            case ast.If():
                return [ast.If(self.expression(node.test), self.block(node.body), self.block(node.orelse))]
            case ast.Expr():
                return [] if isinstance(node.value, ast.Constant) else [ast.Expr(self.expression(node.value))]
            case ast.Assert():
                if node.msg is not None and not isinstance(node.msg, ast.Constant):
                    self.fail(node, "raise", "the message of an assert is a constant text")
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
        self.fail(node, "assignment", "assign to a name, a field or an element")

    def augmented(self, node: ast.AugAssign) -> list[ast.stmt]:
        """`a[i].x += v` as `a[i].x = add(a[i].x, v)`, with a[i] evaluated once."""
        if type(node.op) not in BINARY:
            self.power(node.op, node)
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

    def power(self, op: ast.operator, node: ast.AST) -> NoReturn:
        self.fail(node, "power", f"{_symbol(op)} cannot be in a step: {_INSTEAD_OF[type(op)]}")

    def exception(self, node: ast.Raise) -> ast.expr:
        made = node.exc
        call = made.func if isinstance(made, ast.Call) else made
        arguments = made.args if isinstance(made, ast.Call) else []
        if node.cause is not None or call is None or any(not isinstance(a, ast.Constant) for a in arguments) \
                or (isinstance(made, ast.Call) and made.keywords):
            self.fail(node, "raise", 'write raise Kind("constant text")')
        value = None if _root(call) in self.locals else self.resolve(call)
        if not (isinstance(value, type) and issubclass(value, Exception)):
            self.fail(node, "raise", f"{ast.unparse(call)} is not an exception class")
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
                    self.instead(node.slice)
                return ast.Subscript(self.expression(node.value), self.expression(node.slice), ast.Load())
            case ast.Tuple():
                return ast.Tuple([self.expression(e) for e in node.elts], ast.Load())
            case ast.BinOp():
                if type(node.op) not in BINARY:
                    self.power(node.op, node)
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
        self.instead(node)

    def constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, float):
            self.fail(node, "float-literal", f'{value!r} is a float: write fx("{as_text(value)}")')
        if isinstance(value, complex):
            self.fail(node, "float-literal", f"{value!r} cannot be in a step: use two Fixed, or a Vec2")
        if isinstance(value, str | bytes) or value is ...:
            self.fail(node, "text" if value is not ... else "statement",
                      f"{value!r} cannot be in a step" + (': text belongs in fx("...")' if value is not ... else ""))
        if isinstance(value, int) and not INT_MIN <= value <= INT_MAX:
            self.fail(node, "int-range", f"{value} does not fit a signed 64-bit integer")
        return ast.Constant(value)

    def comparison(self, node: ast.Compare) -> ast.expr:
        """`a < b <= c` as `lt(a, b) and le(b, c)`: reading twice is the same as reading once."""
        parts: list[ast.expr] = []
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                if len(node.ops) > 1:
                    self.fail(node, "membership", "write `in` as a comparison of its own")
                return self.membership(node, op, left, right)
            if type(op) not in COMPARE:
                self.fail(node, "identity", "`is` compares objects: write == or !=")
            parts.append(self.operator(COMPARE[type(op)], self.expression(left), self.expression(right)))
            left = self.readable_twice(right) if right is not node.comparators[-1] else right
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def membership(self, node: ast.Compare, op: ast.cmpop, left: ast.expr, right: ast.expr) -> ast.expr:
        if not isinstance(right, ast.Tuple) or not right.elts:
            self.fail(node, "membership", "write `x in (A, B)` with the values in the parentheses")
        if len(right.elts) > 1:
            self.readable_twice(left)
        tests: list[ast.expr] = [self.operator("eq", self.expression(left), self.expression(e)) for e in right.elts]
        found = tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)
        return self.operator("not_", found) if isinstance(op, ast.NotIn) else found

    def readable_twice(self, node: ast.expr) -> ast.expr:
        """A value that is read twice must not be made by a call that could change something."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in CHANGING:
                self.fail(node, "evaluated-twice", f"{inner.func.attr}() stands where its value is compared twice: "
                                                   "put it in a variable first")
            if isinstance(inner, ast.Call) and (root := _root(inner.func)) is not None and root not in self.locals \
                    and isinstance(self.resolve(inner.func), types.FunctionType) \
                    and self.operator_of(self.resolve(inner.func)) is None \
                    and self.resolve(inner.func) not in self.language.functions:
                self.fail(node, "evaluated-twice", f"{ast.unparse(inner.func)}() stands where its value is compared twice: "
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
        if getattr(builtins, name, None) is callee and isinstance(callee, type | types.BuiltinFunctionType):
            return self.builtin(node, name)
        operator = self.operator_of(callee)
        if operator is not None or any(callee is f for f in self.language.functions):
            if node.keywords:
                self.fail(node, "arguments", f"{name} takes positional arguments in a step")
            arguments = [self.expression(a) for a in node.args]
            if operator is not None:
                self.capture(callee, name)              # named in the rules digest, as every function that is called
                return self.operator(operator, *arguments)
            return ast.Call(ast.Name(self.capture(callee, name), ast.Load()), arguments, [])
        if isinstance(callee, types.FunctionType) and (getattr(callee, SIM_MARK, False) or not self.refused(callee)):
            return self.own_call(node, callee, [self.expression(a) for a in node.args])
        self.refuse_call(node, callee)

    def operator_of(self, callee: Any) -> str | None:
        return next((name for function, name in self.language.operators if function is callee), None)

    def is_method_of_a_constant(self, called: ast.expr) -> bool:
        return isinstance(called, ast.Attribute) and called.attr in METHODS \
            and isinstance(self.resolve(called.value), self.language.constants)

    def method(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Attribute):
            self.fail(node, "call", f"{ast.unparse(node.func)} is a value, which cannot be called: call functions by name")
        if node.keywords:
            self.fail(node, "arguments", "call functions by name, and methods with plain arguments")
        name, written = node.func.attr, dict(self.language.methods)
        if name in written:
            return self.own_call(node, written[name], [self.expression(a) for a in (node.func.value, *node.args)])
        if name not in METHODS:
            self.no_method(node, name, (*METHODS, *written))
        takes = METHODS[name]
        if len(node.args) not in (takes if isinstance(takes, range) else (takes,)):
            shown = f"{takes.start} to {takes.stop - 1}" if isinstance(takes, range) else takes
            self.fail(node, "arguments", f"{name}() takes {shown} arguments, not {len(node.args)}")
        return self.operator(f"m_{name}", self.expression(node.func.value), *(self.expression(a) for a in node.args))

    def no_method(self, node: ast.Call, name: str, methods: Iterable[str]) -> NoReturn:
        if name == "to_float":
            self.fail(node, "float-conversion", "to_float() is for drawing: stay with Fixed; int(x) cuts its fraction off")
        self.expression(node.func.value)  # type: ignore[attr-defined]    # what is wrong inside comes first
        advice = nearest(name, methods) or ": a field is read without parentheses, a function is called by its name"
        if name in self.own_names():
            advice = f": it is a function, rs.{name}(x)"
        self.fail(node, "method", f"nothing in a step has a method {name}(){advice}")

    def own_names(self) -> list[str]:
        return [f.__name__ for f in self.language.functions if hasattr(f, "__name__")]

    def refused(self, callee: Any) -> bool:
        """Whether a Python function comes from where nothing is for a step: the standard library, NumPy."""
        return self.language.marked and foreign(callee, self.own_names())[0] != "foreign-call"

    def refuse_call(self, node: ast.Call, callee: Any) -> NoReturn:
        shown = ast.unparse(node.func)
        if isinstance(callee, type) and issubclass(callee, ENUMS):
            self.fail(node, "foreign-call", f"{shown}(...) cannot be called in a step: an enum member is an int there; "
                                            f"store it as it is, and test it by x in ({shown}.A, {shown}.B)")
        flags = flags_of(callee)
        if flags or hasattr(callee, "py_func"):
            rule = "fastmath" if flags.get("fastmath") else "parallel" if flags.get("parallel") else "foreign-njit"
            self.fail(node, rule, f"{shown} is compiled by numba with its own meaning of numbers"
                                  f"{f' and with {rule}' if rule != 'foreign-njit' else ''}: write @sim instead of @njit")
        if hasattr(callee, "cache_info"):
            self.fail(node, "mutable-global", f"{shown} keeps results from frame to frame: mark the function with @sim alone")
        rule, remedy = foreign(callee, self.own_names())
        home = home_of(callee)
        from_where = f" ({home})" if home and not shown.startswith(home.partition(".")[0]) else ""
        self.fail(node, rule, f"{shown}{from_where} cannot be called in a step: {remedy}")

    def literal(self, node: ast.Call, function: Any, value: Any) -> ast.expr:
        try:
            made = function(value)
        except (ValueError, TypeError, UsageError) as error:
            self.fail(node, "fixed-literal", str(error))
        return ast.Name(self.capture(made, "constant"), ast.Load())

    def builtin(self, node: ast.Call, name: str) -> ast.expr:
        known = name in BUILTIN_OPERATORS or name in PLAIN_BUILTINS or name in ("min", "max")
        if not known:
            rule, remedy = BUILTINS.get(name, ("foreign-call", RULES["foreign-call"]))
            if name in self.own_names():
                remedy = f"write rs.{name}"
            self.fail(node, rule, f"{name}() cannot be called in a step: {remedy}")
        if node.keywords:
            self.fail(node, "arguments", f"{name} takes positional arguments in a step")
        given = node.args[0] if len(node.args) == 1 else None
        if name == "int" and isinstance(given, ast.Constant) and isinstance(value := given.value, float | str):
            self.fail(node, "float-conversion", f'int({value!r}): write the whole number itself, or int(fx("{value}"))')
        arguments = [self.expression(a) for a in node.args]
        if name in ("min", "max"):
            if len(arguments) < 2:
                self.fail(node, "arguments", f"{name} takes two or more values in a step")
            made = arguments[0]
            for argument in arguments[1:]:
                made = self.operator(f"{name}2", made, argument)
            return made
        if name in BUILTIN_OPERATORS:
            if len(arguments) != 1:
                self.fail(node, "arguments", f"{name} takes one value in a step")
            return self.operator(BUILTIN_OPERATORS[name], *arguments)
        fewest, most = PLAIN_BUILTINS[name]
        if not fewest <= len(arguments) <= most:
            wants = str(most) if fewest == most else f"{fewest} to {most}"
            self.fail(node, "arguments", f"{name}() takes {wants} arguments in a step, not {len(arguments)}")
        return ast.Call(ast.Name("rs_range" if name == "range" else name, ast.Load()), arguments, [])

    def own_call(self, node: ast.Call, callee: Code, arguments: list[ast.expr]) -> ast.expr:
        """A call of another function of the game; keywords and defaults become plain arguments."""
        signature = inspect.signature(callee)
        place = f"{callee.__code__.co_filename}:{callee.__code__.co_firstlineno}"
        if self.language.marked and not getattr(callee, SIM_MARK, False):
            self.fail(node, "unmarked", f"{callee.__name__} ({place}) is not marked: write @sim above it, so that its readers "
                                        "know that a step calls it")
        if any(k.arg is None for k in node.keywords):
            self.fail(node, "arguments", f"{callee.__name__}: pass each argument by itself")
        keywords = {str(k.arg): self.expression(k.value) for k in node.keywords}
        try:
            bound = signature.bind(*arguments, **keywords)
        except TypeError as error:
            self.fail(node, "arguments", f"{callee.__name__}: {error}; it is {callee.__name__}"
                                         f"({', '.join(signature.parameters)}), at {place}")
        callee = self.program.want(callee)
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
                    self.fail(node, "name", f"{node.id} has no value yet")
            if node.id in function.__globals__:
                return function.__globals__[node.id]
            if hasattr(builtins, node.id):
                return getattr(builtins, node.id)
            near = nearest(node.id, (*self.locals, *function.__globals__, *function.__code__.co_freevars, *dir(builtins)))
            self.fail(node, "name", f"{node.id} is not defined{near}")
        if isinstance(node, ast.Attribute):
            owner = self.resolve(node.value)
            if isinstance(owner, types.ModuleType) or (isinstance(owner, type) and issubclass(owner, ENUMS)) \
                    or any(owner is kind for kind in self.language.constants):
                if hasattr(owner, node.attr):
                    return getattr(owner, node.attr)
                self.fail(node, "name", f"{ast.unparse(node)} does not exist{nearest(node.attr, dir(owner))}")
            if isinstance(owner, ENUMS) and node.attr == "value":
                return int(owner)
            if isinstance(owner, self.language.constants) and not callable(getattr(owner, node.attr, None)):
                return getattr(owner, node.attr)
            if isinstance(owner, dict | list | set | bytearray) or home_of(owner) == "numpy":
                self.checked_constant(node, owner, ast.unparse(node.value))
            rule, advice = foreign(owner, ())
            if rule in ("clock", "random", "outside-world"):
                self.fail(node, rule, f"{ast.unparse(node)} cannot be used in a step: {advice}")
            remedy = f"; make {ast.unparse(node.value)} an enum.IntEnum" if isinstance(owner, type) else ""
            self.fail(node, "foreign-value",
                      f"{ast.unparse(node)}: only modules and IntEnum classes have attributes that a step can use{remedy}")
        self.fail(node, "foreign-call", f"{ast.unparse(node)} cannot be used here")

    def captured(self, node: ast.expr) -> ast.expr:
        value = self.checked_constant(node, self.resolve(node), ast.unparse(node))
        self.refuse_changing(node)
        self.result.named[ast.unparse(node)] = value
        if type(value) in (int, bool) or value is None:
            self.capture(value, ast.unparse(node))
            return ast.Constant(value)
        return ast.Name(self.capture(value, ast.unparse(node)), ast.Load())

    def refuse_changing(self, node: ast.expr) -> None:
        """A constant is frozen when the game is made. What a function changes by `global` would mislead its writer; what the
        machine says of itself differs between peers."""
        if isinstance(node, ast.Name):
            if node.id in self.function.__code__.co_freevars:
                return
            filename, name = self.function.__code__.co_filename, node.id
        elif isinstance(node, ast.Attribute) and isinstance(owner := self.resolve(node.value), types.ModuleType):
            filename, name = getattr(owner, "__file__", None) or "", node.attr
            if owner.__name__.partition(".")[0] in OUTSIDE:
                self.fail(node, "outside-world", f"{ast.unparse(node)} is what this machine says of itself: write the number")
        else:
            return
        if (line := self.program.rebound(filename).get(name)) is not None:
            self.fail(node, "mutable-global", f"{name} is changed by `global {name}` at {filename}:{line}, which a step does "
                                              "not see: keep the value in the struct, or give it as content")

    def checked_constant(self, node: ast.AST, value: Any, name: str) -> Any:
        """A captured value, as the step will see it for ever; refuses what could change or differ."""
        if isinstance(value, ENUMS):
            value = int(value)
        if isinstance(value, bool) or value is None or isinstance(value, self.language.constants):
            return value
        if type(value) is int:
            if not INT_MIN <= value <= INT_MAX:
                self.fail(node, "int-range", f"{name} = {value} does not fit a signed 64-bit integer")
            return value
        if type(value) is tuple:
            return tuple(self.checked_constant(node, v, f"{name}[{i}]") for i, v in enumerate(value))
        if home_of(value) == "numpy" and not callable(value):
            self.refuse_numpy(node, value, name)
        if isinstance(value, float):
            target = f"{name} = " if name.isidentifier() else ""
            if not isfinite(value):
                self.fail(node, "float-constant", f'{name} is {value}, which a step does not have: write fx("2147483647"), '
                                                  "or a flag in the struct")
            self.fail(node, "float-constant", f'{name} = {value!r} is a float: write {target}fx("{as_text(value)}")')
        if isinstance(value, dict | list | set | bytearray):
            self.fail(node, "mutable-global", f"{name} is a {type(value).__name__}, which can change: use a tuple, or content")
        if isinstance(value, str | bytes):
            self.fail(node, "text", f"{name} is text; a step uses int, bool, Fixed, Vec2, IntEnum: keep a number or an IntEnum")
        if isinstance(value, types.FunctionType):
            self.fail(node, "foreign-value", f"{name} is a function: call it")
        if isinstance(value, enum.Enum):
            self.fail(node, "foreign-value", f"{name} is an {type(value).__name__}: make it an enum.IntEnum")
        self.fail(node, "foreign-value", f"{name} is a {type(value).__name__}; a step uses int, bool, Fixed, Vec2, IntEnum and "
                        "tuples of them from outside, and everything else through the struct or the content")

    def refuse_numpy(self, node: ast.AST, value: Any, name: str) -> NoReturn:
        kind = type(value).__name__
        if kind == "ndarray":
            self.fail(node, "mutable-global", f"{name} is a NumPy array, which can change: use a tuple, or content")
        if isinstance(value, float) or kind.startswith("float"):
            self.fail(node, "float-constant", f'{name} is a {kind}: write {name} = fx("{as_text(float(value))}")')
        rule = "unsigned" if kind.startswith("uint") else "numpy-value"
        plain = int(value) if kind.strip("u").startswith("int") else value
        self.fail(node, rule, f"{name} is a {kind}: write {name} = {plain!r}; a step knows one integer, 64 bits with a sign")

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
    """Whether one name can stand for both. Functions of one name are two: Fixed.from_raw and Angle.from_raw."""
    if a is b or isinstance(a, type | types.FunctionType):
        return a is b
    return type(a) is type(b) and constant_text(a) == constant_text(b)


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
