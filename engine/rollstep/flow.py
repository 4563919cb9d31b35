"""Whether a function could read a local variable that has no value yet.

Python raises there; compiled code would read whatever the register holds, which differs between processors and levels
of optimisation. So a step must set a variable on every way that leads to its use, as Java and C# want it too.
"""

from __future__ import annotations

import ast
from collections.abc import Set as AbstractSet

Known = AbstractSet[str] | None     # the names that surely have a value; None where control never comes


def unassigned(tree: ast.FunctionDef, local: AbstractSet[str]) -> list[ast.Name]:
    """The first use of each local name that may have no value there."""
    found: list[ast.Name] = []
    arguments = {a.arg for a in (*tree.args.posonlyargs, *tree.args.args)}
    _block(tree.body, arguments, local, [], found)
    first: dict[str, ast.Name] = {}
    for name in found:
        first.setdefault(name.id, name)
    return list(first.values())


def endless(loop: ast.While, local: AbstractSet[str]) -> bool:
    """Whether nothing that the source shows bounds this loop.

    What does: a counter that each round moves toward a constant, or toward a length: `while i < 8:` with `i += 1`, and
    `while n > 0:` with `n >>= 1` or `n //= 2`, which takes at most 64 rounds.
    """
    tests = loop.test.values if isinstance(loop.test, ast.BoolOp) and isinstance(loop.test.op, ast.And) else [loop.test]
    skips = any(isinstance(node, ast.Continue) for node in ast.walk(loop))
    return skips or not any(_counts(test, loop.body, local) for test in tests)


def _counts(test: ast.expr, body: list[ast.stmt], local: AbstractSet[str]) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) > 1 or not isinstance(test.left, ast.Name):
        return False
    counter, limit = test.left.id, test.comparators[0]
    if not (isinstance(limit, ast.Constant) or (isinstance(limit, ast.Name) and limit.id not in local)
            or (isinstance(limit, ast.Call) and isinstance(limit.func, ast.Name) and limit.func.id == "len")):
        return False
    changes = [node for node in body if counter in _stores(node)]
    if len(changes) != 1 or not isinstance(changes[0], ast.AugAssign) or not isinstance(changes[0].value, ast.Constant) \
            or type(changes[0].value.value) is not int:
        return False
    move, amount = changes[0].op, changes[0].value.value
    if isinstance(test.ops[0], ast.Lt | ast.LtE):
        return isinstance(move, ast.Add) and amount > 0
    return isinstance(test.ops[0], ast.Gt) and ((isinstance(move, ast.RShift) and 0 < amount < 64)
                                                or (isinstance(move, ast.FloorDiv) and amount > 1))


def _block(body: list[ast.stmt], known: Known, local: AbstractSet[str], breaks: list[Known],
           found: list[ast.Name]) -> Known:
    """The names known after `body`; where a `break` leaves, the names known there are added to `breaks`."""
    for node in body:
        if known is None:
            return None
        inner: list[Known] = []
        match node:
            case ast.If():
                _reads(node.test, known, local, found)
                known = _both(_block(node.body, known, local, breaks, found), _block(node.orelse, known, local, breaks, found))
            case ast.While():
                _reads(node.test, known, local, found)
                _block(node.body, known, local, inner, found)
                endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
                known = None if endless else _block(node.orelse, known, local, breaks, found)
            case ast.For():
                _reads(node.iter, known, local, found)
                _block(node.body, known | _stores(node.target), local, inner, found)
                known = _block(node.orelse, known, local, breaks, found)
            case ast.Break():
                breaks.append(known)
                return None
            case ast.Continue():
                return None
            case ast.AnnAssign() if node.value is None:
                pass
            case _:
                _reads(node, known, local, found)
                if isinstance(node, ast.Return | ast.Raise):
                    return None
                known = known | _stores(node)
        for left in inner:
            known = _both(known, left)
    return known


def _both(a: Known, b: Known) -> Known:
    return b if a is None else a if b is None else a & b


def _stores(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _reads(node: ast.AST, known: AbstractSet[str], local: AbstractSet[str], found: list[ast.Name]) -> None:
    changed = node.target if isinstance(node, ast.AugAssign) else None
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in local and inner.id not in known \
                and (isinstance(inner.ctx, ast.Load) or inner is changed):
            found.append(inner)
