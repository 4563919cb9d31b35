"""From a game's functions to the program that runs: one rewrite of the syntax tree for all three ways.

Plain Python integers grow, compiled ones wrap; `~`, shifts and comparisons differ in other ways. So every operator
in a step becomes the call of a named function (`a + b` -> `rs_add(a, b)`), and the ways differ only in what
these names mean: numba intrinsics (compiled, checked) or plain Python (interpreted).

A `Program` starts at its roots, follows every call, and freezes what the functions capture: constants are part of
the program, so an edit of a constant two modules away is another program. What could differ between peers, and
can be seen in the source, is refused here, all of it at once, with file and line and what to write instead.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import inspect
import linecache
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .errors import Finding, StepError, UsageError
from .language import CHANGING, Code, Function, Language, constant_text
from .ranges import steps
from .rewriter import Rewriter
from .tokens import tokens


class Program:
    """Every function reachable from `roots`, rewritten. Raises StepError on source that could desync, with every place.

    `warnings` has the places that are allowed, but worth a look.
    """

    def __init__(self, roots: Iterable[Code], language: Language) -> None:
        self.language = language
        self.functions: dict[Code, Function] = {}
        self._waiting: list[Code] = []
        self._rebound: dict[str, dict[str, int]] = {}
        self.found: list[Finding] = []
        self._noted: list[Finding] = []
        self.roots = [self.want(root) for root in roots]
        while self._waiting:
            function = self._waiting.pop()
            try:
                rewriter = Rewriter(self, function)
                self.functions[function] = rewriter.rewrite()
                self._noted += rewriter.warnings
            except StepError as error:
                self.found += error.findings
        if not self.found:
            _refuse_recursion(self)
        if self.found:
            raise StepError(*sorted(set(self.found)))
        self.warnings = tuple(sorted(set(self._noted)))

    def rebound(self, filename: str) -> dict[str, int]:
        """The names of a module that one of its functions changes by `global`, each with the line that says so."""
        if filename not in self._rebound:
            try:
                tree = ast.parse("".join(linecache.getlines(filename)))
            except SyntaxError:
                tree = ast.Module([], [])
            self._rebound[filename] = {name: node.lineno for node in ast.walk(tree) if isinstance(node, ast.Global)
                                       for name in node.names}
        return self._rebound[filename]

    def want(self, function: Code) -> Code:
        """Note that this function is reachable."""
        given, function = function, inspect.unwrap(function)
        if not isinstance(function, types.FunctionType):
            raise UsageError(f"{function!r} is not a Python function")
        if given is not function:
            self._noted.append(Finding(function.__code__.co_filename, function.__code__.co_firstlineno, "decorator",
                                       f"a step runs {function.__name__} without what wraps it: mark it with @sim alone"))
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
            namespace |= function.captured | setters | {"rs_range": steps}
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
            message = f"{function.__name__} calls itself{_round_about(open_, function)}; a step has no recursion: " \
                      "write a loop with a bound"
            program.found.append(Finding(found.filename, found.line, "recursion", message))
            return
        open_.append(function)
        for callee in program.functions[function].calls.values():
            visit(callee)
        open_.pop()
    for root in program.roots:
        visit(root)


def _round_about(open_: list[Code], function: Code) -> str:
    between = [f.__name__ for f in open_[open_.index(function) + 1:]]
    return f" through {' and '.join(between)}" if between else ""


def _constants(function: Function) -> list[str]:
    return [f"{name}={constant_text(value)}" for name, value in sorted(function.captured.items())]
