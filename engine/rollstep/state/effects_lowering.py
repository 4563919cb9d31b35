"""Effects for numba: the algorithms of effects.py compiled for each ring, and what a step can do with one.

Imported at the first compilation only.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import errors, types
from numba.core.imputils import lower_builtin, lower_getattr
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
    signature,
)

from ..compile import jit
from ..errors import Trap
from ..fixed import lowering as numbers
from .effects import BACK, FULL, OPERATORS, data_fields, program, take, trap_text, trouble, wrong_data
from .layout import Field
from .lowering import I64, EffectsType, accepts, load, setter, store

__all__ = ["OPERATORS"]


@functools.cache
def _built() -> dict[Callable[..., Any], Any]:
    return program().build(numbers.OPERATORS["compiled"], jit=jit, setter=setter, module=__name__)


def _run(function: Callable[..., Any], context: Any, builder: Any, ring: EffectsType, pointer: Any, frame: Any) -> Any:
    """Call an algorithm with the address of the ring, the frame of an effect and for how long it is kept."""
    signed = signature(types.int64, ring.books, types.int64, types.int64)
    return _built()[function].emit(context, builder, signed, (pointer, frame, ir.Constant(I64, ring.field.kind.frames)))


def _stored(ring: EffectsType) -> list[tuple[Field, int]]:
    """The fields that emit() stores after the frame, in its order, each with its offset in an effect."""
    layout = ring.places.kind.layout
    fields = {field.name: field for field in layout.fields}
    stored = [(fields[name], fields[name].offset) for name in ("kind", "id")]
    data = fields.get("data")
    if data is not None and data.kind.layout is not None:
        return stored + [(field, data.offset + field.offset) for field in data.kind.layout.fields]
    return stored + ([(data, data.offset)] if data is not None else [])


def _where(ring: EffectsType, field: Field) -> str:
    return f"{ring.owner.layout.name}.{ring.field.name}.emit(): {field.name}"


# ---------------------------------------------------------------------------- emit

@infer_global(OPERATORS["m_emit"])
class _Emit(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        ring, frame, *given = args
        if not isinstance(ring, EffectsType):
            raise errors.TypingError(f"emit() is a method of effects, not of {types.unliteral(ring)}")
        if ring.owner.readonly:
            raise errors.TypingError(f"{ring.field.name} is read-only: a step changes its state alone")
        stored = _stored(ring)
        if len(given) != len(stored):
            raise errors.TypingError(wrong_data(ring.field.name, data_fields(ring.field.kind.layout), len(given) - 2))
        if not isinstance(frame, types.Integer | types.Boolean):
            raise errors.TypingError(f"{ring.field.name}.emit() takes an int as frame, not {types.unliteral(frame)}")
        values = [accepts(field.kind, ring.owner, value, _where(ring, field))
                  for (field, _), value in zip(stored, given, strict=True)]
        return signature(types.void, ring, types.int64, *values)


@lower_builtin(OPERATORS["m_emit"], EffectsType, types.int64, types.VarArg(types.Any))
def _emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    ring, _, *given = sig.args
    pointer, frame, *values = args
    if ring.owner.checked:
        wrong = _run(trouble, context, builder, ring, pointer, frame)
        for what in (BACK, FULL):
            with builder.if_then(builder.icmp_signed("==", wrong, ir.Constant(I64, what)), likely=False):
                context.call_conv.return_user_exc(builder, Trap, (trap_text(ring.field.name, what),))
    place = _run(take, context, builder, ring, pointer, frame)
    places = builder.gep(pointer, [ir.Constant(I64, ring.places.offset)], inbounds=True)
    effect = builder.gep(places, [builder.mul(place, ir.Constant(I64, ring.places.kind.size))], inbounds=True)
    for (field, offset), kind, value in zip(_stored(ring), given, values, strict=True):
        there = builder.gep(effect, [ir.Constant(I64, offset)], inbounds=True)
        store(context, builder, field.kind, ring.owner, _where(ring, field), there, kind, value)
    return context.get_dummy_value()


# ---------------------------------------------------------------------------- counts

@infer_getattr
class _Attributes(AttributeTemplate):
    key = EffectsType

    def generic_resolve(self, ring: EffectsType, name: str) -> types.Type:
        if name in ("capacity", "emitted", "dropped"):
            return types.int64
        raise errors.TypingError(f"{ring.field.name} are effects and have no {name!r} in a step; they have emit(), capacity, "
                                 "emitted and dropped")


@lower_getattr(EffectsType, "capacity")
def _capacity(context: Any, builder: Any, ring: EffectsType, value: Any) -> Any:
    return ir.Constant(I64, ring.places.shape[0])


def _count(name: str) -> None:
    @lower_getattr(EffectsType, name)
    def get(context: Any, builder: Any, ring: EffectsType, value: Any) -> Any:
        field = ring.books.fields[name]
        return load(context, builder, field.kind, builder.gep(value, [ir.Constant(I64, field.offset)], inbounds=True))


_count("emitted")
_count("dropped")
