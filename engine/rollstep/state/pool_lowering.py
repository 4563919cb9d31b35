"""Pools for numba: the algorithms of pool.py compiled for each pool, and what a step can do with one.

Imported at the first compilation only.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, errors, types
from numba.core.datamodel.models import OpaqueModel
from numba.core.imputils import RefType, iternext_impl, lower_builtin, lower_getattr
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer,
    infer_getattr,
    infer_global,
    signature,
)
from numba.extending import models, register_model

from ..compile import jit
from ..fixed import lowering as numbers
from .layout import Field
from .lowering import I64, ArrayType, PoolIterator, PoolType, accepts, element_pointer, load, setter, store, value_type
from .pool import OPERATORS, clear, count, despawn, find, following, program, spawn

__all__ = ["OPERATORS"]


class HandlesType(types.IterableType):
    """What `pool.handles()` gives."""

    def __init__(self, pool: PoolType) -> None:
        self.pool = pool
        super().__init__(f"{pool.name}.handles()")

    @property
    def iterator_type(self) -> types.Type:
        return PoolIterator(self.pool, types.int64)


register_model(HandlesType)(OpaqueModel)


@register_model(PoolIterator)
class _IteratorModel(models.StructModel):
    def __init__(self, dmm: Any, fe_type: PoolIterator) -> None:
        super().__init__(dmm, fe_type, [("pool", types.voidptr), ("newest", types.int64),
                                        ("next", types.EphemeralPointer(types.int64))])


# ---------------------------------------------------------------------------- the algorithms

@infer_global(clear)
class _Clear(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.void, args[0], types.int64) if isinstance(args[0], ArrayType) else None


@lower_builtin(clear, ArrayType, types.int64)
def _clear(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    elements = sig.args[0]
    pointer = element_pointer(context, builder, elements, args[0], types.int64, args[1])
    cgutils.memset(builder, pointer, ir.Constant(I64, elements.field.kind.size), 0)
    return context.get_dummy_value()


@functools.cache
def _built() -> dict[Callable[..., Any], Any]:
    return program().build(numbers.OPERATORS["compiled"], jit=jit, setter=setter, module=__name__)


def _run(function: Callable[..., Any], context: Any, builder: Any, pool: PoolType, *args: Any,
         returns: types.Type = types.int64) -> Any:
    """Call an algorithm with the address of the pool and words."""
    signed = signature(returns, pool.books, *[types.int64] * (len(args) - 1))
    return _built()[function].emit(context, builder, signed, args)


# ---------------------------------------------------------------------------- methods

def _method(name: str, returns: Callable[[PoolType], types.Type], emit: Callable[..., Any], *, arguments: int = 0,
            stores: bool = False) -> None:
    function = OPERATORS[f"m_{name}"]

    class Template(AbstractTemplate):
        key = function

        def generic(self, args: Any, kws: Any) -> Any:
            pool = args[0]
            if not isinstance(pool, PoolType):
                raise errors.TypingError(f"{name}() is a method of pools, not of {types.unliteral(pool)}")
            if stores and pool.owner.readonly:
                raise errors.TypingError(f"{pool.field.name} is read-only: a step changes its state alone")
            return signature(returns(pool), pool, *(_handle(pool, given) for given in args[1:]))
    infer_global(function, types.Function(Template))
    lower_builtin(function, PoolType, *[types.int64] * arguments)(
        lambda context, builder, sig, args: emit(context, builder, sig.args[0], *args))


def _handle(pool: PoolType, given: types.Type) -> types.Type:
    if isinstance(given, types.Integer | types.Boolean):
        return types.int64
    raise errors.TypingError(f"{pool.field.name} takes a handle, which is an int, not {types.unliteral(given)}")


def _alive(context: Any, builder: Any, pool: PoolType, pointer: Any, handle: Any) -> Any:
    place = _run(find, context, builder, pool, pointer, handle)
    return builder.icmp_signed(">=", place, ir.Constant(I64, 0))


_method("spawn", lambda pool: types.int64, functools.partial(_run, spawn), stores=True)
_method("despawn", lambda pool: types.boolean, functools.partial(_run, despawn, returns=types.boolean), arguments=1,
        stores=True)
_method("alive", lambda pool: types.boolean, _alive, arguments=1)
_method("handles", HandlesType, lambda context, builder, pool, pointer: pointer)


@infer_getattr
class _PoolAttributes(AttributeTemplate):
    key = PoolType

    def generic_resolve(self, pool: PoolType, name: str) -> types.Type:
        if name == "capacity":
            return types.int64
        raise errors.TypingError(f"{pool.field.name} is a pool and has no {name!r}; it has capacity, len(), spawn(), "
                                 "despawn(), alive(), handles() and elements by their handles")


@lower_getattr(PoolType, "capacity")
def _capacity(context: Any, builder: Any, pool: PoolType, value: Any) -> Any:
    return ir.Constant(I64, pool.elements.shape[0])


@infer_global(len)
class _PoolLength(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], PoolType):
            return signature(types.int64, args[0])
        return None


@lower_builtin(len, PoolType)
def _length(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _run(count, context, builder, sig.args[0], *args)


@infer_global(bool)
class _NoTruth(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], PoolType):
            name = args[0].field.name
            raise errors.TypingError(f"{name} is a pool, neither true nor false: write len({name}) > 0")
        return None


# ---------------------------------------------------------------------------- elements

@infer_global(operator.getitem)
class _PoolGet(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 2 and isinstance(args[0], PoolType):
            pool, given = args
            return signature(value_type(pool.elements.kind, pool.owner), pool, _handle(pool, given))
        return None


@infer_global(operator.setitem)
class _PoolSet(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 3 and isinstance(args[0], PoolType):
            pool, given, value = args
            value = accepts(pool.elements.kind, pool.owner, value, f"{pool.owner.layout.name}.{pool.field.name}[...]")
            return signature(types.void, pool, _handle(pool, given), value)
        return None


def _address(builder: Any, field: Field, pointer: Any, place: Any) -> Any:
    """Where a field of the pool has its entry for a place, which is known to be inside."""
    first = builder.gep(pointer, [ir.Constant(I64, field.offset)], inbounds=True)
    return builder.gep(first, [builder.mul(place, ir.Constant(I64, field.kind.size))], inbounds=True)


def _living(context: Any, builder: Any, pool: PoolType, pointer: Any, handle: Any) -> Any:
    place = _run(find, context, builder, pool, pointer, handle)
    with builder.if_then(builder.icmp_signed("<", place, ir.Constant(I64, 0)), likely=False):
        context.call_conv.return_user_exc(builder, IndexError, (f"{pool.field.name}: nothing lives under this handle",))
    return _address(builder, pool.elements, pointer, place)


@lower_builtin(operator.getitem, PoolType, types.int64)
def _get_element(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _living(context, builder, sig.args[0], *args)


@lower_builtin(operator.setitem, PoolType, types.int64, types.Any)
def _set_element(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    pool, _, given = sig.args
    pointer = _living(context, builder, pool, args[0], args[1])
    store(context, builder, pool.elements.kind, pool.owner, pool.field.name, pointer, given, args[2])
    return context.get_dummy_value()


# ---------------------------------------------------------------------------- loops

@infer
class _IterTyping(AbstractTemplate):
    key = "getiter"

    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], PoolType | HandlesType):
            return signature(args[0].iterator_type, args[0])
        return None


@lower_builtin("getiter", PoolType)
@lower_builtin("getiter", HandlesType)
def _get_iterator(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    made = context.make_helper(builder, sig.return_type)
    made.pool = args[0]
    spawned = sig.return_type.pool.books.fields["spawned"]
    made.newest = load(context, builder, spawned.kind, _address(builder, spawned, args[0], ir.Constant(I64, 0)))
    made.next = cgutils.alloca_once_value(builder, ir.Constant(I64, 0))
    return made._getvalue()


@lower_builtin("iternext", PoolIterator)
@iternext_impl(RefType.UNTRACKED)
def _next_element(context: Any, builder: Any, sig: Any, args: Any, result: Any) -> None:
    (ty,) = sig.args
    pool = ty.pool
    iterator = context.make_helper(builder, ty, value=args[0])
    place = _run(following, context, builder, pool, iterator.pool, builder.load(iterator.next), iterator.newest)
    valid = builder.icmp_signed(">=", place, ir.Constant(I64, 0))
    result.set_valid(valid)
    with builder.if_then(valid):
        builder.store(builder.add(place, ir.Constant(I64, 1)), iterator.next)
        field = pool.elements if ty.yield_type != types.int64 else pool.books.fields["handles"]
        result.yield_(load(context, builder, field.kind, _address(builder, field, iterator.pool, place)))
