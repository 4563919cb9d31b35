"""The primitives of the kernels as LLVM (kernels.py says what each means), and the tables that they read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from . import elementary, kernels, wide

I1, I64, I128 = ir.IntType(1), ir.IntType(64), ir.IntType(128)
Value = Any


def _primitive(function: Callable[..., Any], returns: types.Type, emit: Callable[..., Value],
               takes: types.Type = types.int64) -> None:
    count = function.__code__.co_argcount

    class Template(AbstractTemplate):
        key = function

        def generic(self, args: Any, kws: Any) -> Any:
            return signature(returns, *[takes] * count)
    infer_global(function, types.Function(Template))
    lower_builtin(function, *[takes] * count)(lambda context, builder, sig, args: emit(builder, *args))


def _umulh(b: Any, x: Value, y: Value) -> Value:
    return b.trunc(b.lshr(b.mul(b.zext(x, I128), b.zext(y, I128)), ir.Constant(I128, 64)), I64)


def _mulsh(b: Any, x: Value, y: Value, n: Value) -> Value:
    return b.trunc(b.ashr(b.mul(b.sext(x, I128), b.sext(y, I128)), b.zext(n, I128)), I64)


def _rarely(b: Any, condition: Value) -> Value:
    kind = ir.FunctionType(I1, [I1, I1])
    expect = cgutils.get_or_insert_function(b.module, kind, "llvm.expect.i1")
    return b.call(expect, [condition, ir.Constant(I1, 0)])


def _table(name: str, words: tuple[int, ...]) -> Callable[..., Value]:
    """An entry of a constant table; the kernels' indices are inside by how they are made."""
    shape = ir.ArrayType(I64, len(words))

    def emit(b: Any, i: Value) -> Value:
        table = b.module.globals.get(name)
        if table is None:
            table = ir.GlobalVariable(b.module, shape, name)
            table.linkage, table.global_constant = "internal", True
            table.initializer = ir.Constant(shape, words)
        return b.load(b.gep(table, [ir.Constant(I64, 0), i], inbounds=True))
    return emit


_primitive(kernels.lshr, types.int64, lambda b, a, n: b.lshr(a, n))
_primitive(kernels.ult, types.boolean, lambda b, x, y: b.icmp_unsigned("<", x, y))
_primitive(kernels.udiv, types.int64, lambda b, x, y: b.udiv(x, y))
_primitive(kernels.umulh, types.int64, _umulh)
_primitive(kernels.mulsh, types.int64, _mulsh)
_primitive(kernels.clz, types.int64, lambda b, a: b.ctlz(a, ir.Constant(I1, 0)))
_primitive(kernels.rarely, types.boolean, _rarely, types.boolean)
_primitive(kernels.sine_word, types.int64, _table("rollstep.sine", kernels.SEGMENTS))
_primitive(elementary.octave_word, types.int64, _table("rollstep.octave", elementary.OCTAVE))
_primitive(wide.series_word, types.int64, _table("rollstep.series", wide.SERIES))
