"""Structs for numba: a struct or array in compiled code is an address, a field is an offset known at compile time.

Loads widen every integer to int64 (a step knows one integer type); stores truncate (checked: trap). Every index is
checked in every way: a legal input used as an index cannot reach outside its array. Imported at the first
compilation only.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, errors, types
from numba.core.datamodel.models import OpaqueModel
from numba.core.imputils import (
    RefType,
    iternext_impl,
    lower_builtin,
    lower_constant,
    lower_getattr_generic,
)
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer,
    infer_getattr,
    infer_global,
    signature,
)
from numba.extending import intrinsic, models, register_model, typeof_impl

from ..errors import Trap
from ..fixed.lowering import angle_t, fixed_t, vec2_t
from .kinds import Kind
from .layout import Field, Layout

I64, I8, I1 = ir.IntType(64), ir.IntType(8), ir.IntType(1)
P8 = I8.as_pointer()


class StructType(types.Type):
    """A struct at an address. `readonly` refuses stores when typing; `checked` traps on values that do not fit."""

    def __init__(self, layout: Layout, readonly: bool = False, checked: bool = False) -> None:
        self.layout, self.readonly, self.checked = layout, readonly, checked
        self.fields = {field.name: field for field in layout.fields}
        super().__init__(f"{layout.name}#{layout.digest().hex()[:12]}{':ro' * readonly}{':checked' * checked}")


class ArrayType(types.IterableType):
    """(The rest of) an array field at an address: what is left of its shape, row-major."""

    def __init__(self, owner: StructType, field: Field, dims: tuple[int, ...]) -> None:
        self.owner, self.field, self.dims = owner, field, dims
        super().__init__(f"{owner.name}.{field.name}{list(dims)}")

    @property
    def iterator_type(self) -> types.Type:
        return ArrayIterator(self)


class ArrayIterator(types.SimpleIteratorType):
    def __init__(self, array: ArrayType) -> None:
        self.array = array
        super().__init__(f"iter({array.name})", element_type(array, 1))


class PoolType(types.IterableType):
    """A pool field at an address; pool_lowering.py has what can be done with it."""

    def __init__(self, owner: StructType, field: Field) -> None:
        self.owner, self.field = owner, field
        self.books = StructType(field.kind.layout, owner.readonly)     # they wrap in every way: nothing in them traps
        self.elements = field.kind.layout.fields[-1]
        super().__init__(f"{owner.name}.{field.name}")

    @property
    def iterator_type(self) -> types.Type:
        return PoolIterator(self, value_type(self.elements.kind, self.owner))


class EffectsType(types.Type):
    """A field of effects at an address; effects_lowering.py has what can be done with it."""

    def __init__(self, owner: StructType, field: Field) -> None:
        self.owner, self.field = owner, field
        self.books = StructType(field.kind.layout, owner.readonly)     # as of a pool
        self.places = field.kind.layout.fields[-1]
        super().__init__(f"{owner.name}.{field.name}")


class PoolIterator(types.SimpleIteratorType):
    """Over the elements of a pool, or over their handles: `yields` is what comes."""

    def __init__(self, pool: PoolType, yields: types.Type) -> None:
        self.pool = pool
        super().__init__(f"iter({pool.name}, {yields})", yields)


class StructRef(types.Type):
    """The compile-time handle of a StructType: `at(ref, address)`."""

    def __init__(self, struct: StructType) -> None:
        self.struct = struct
        super().__init__(f"ref({struct.name})")


class Ref:
    """A global of compiled code that names a struct type."""

    def __init__(self, layout: Layout, *, readonly: bool = False, checked: bool = False) -> None:
        self.struct = StructType(layout, readonly, checked)


register_model(StructType)(OpaqueModel)
register_model(ArrayType)(OpaqueModel)
register_model(PoolType)(OpaqueModel)
register_model(EffectsType)(OpaqueModel)
register_model(StructRef)(OpaqueModel)


@register_model(ArrayIterator)
class _IteratorModel(models.StructModel):
    def __init__(self, dmm: Any, fe_type: ArrayIterator) -> None:
        super().__init__(dmm, fe_type, [("base", types.voidptr), ("next", types.EphemeralPointer(types.int64))])


@typeof_impl.register(Ref)
def _typeof_ref(value: Ref, context: Any) -> StructRef:
    return StructRef(value.struct)


@lower_constant(StructRef)
def _constant_ref(context: Any, builder: Any, ty: StructRef, value: Ref) -> Any:
    return context.get_dummy_value()


@intrinsic
def at(typing_context: Any, ref: Any, address: Any) -> Any:
    """The struct at an address."""
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.inttoptr(args[1], P8)
    return signature(ref.struct, ref, types.int64), codegen


# ---------------------------------------------------------------------------- loads and stores

def value_type(kind: Kind, owner: StructType) -> types.Type:
    """What a load gives."""
    if kind.layout is not None:
        return StructType(kind.layout, owner.readonly, owner.checked)
    return {"int": types.int64, "enum": types.int64, "bool": types.boolean, "fixed": fixed_t, "vec2": vec2_t,
            "angle": angle_t}[kind.code]


def element_type(array: ArrayType, used: int) -> types.Type:
    rest = array.dims[used:]
    return ArrayType(array.owner, array.field, rest) if rest else value_type(array.field.kind, array.owner)


def load(context: Any, builder: Any, kind: Kind, pointer: Any) -> Any:
    if kind.code in ("struct", "pool", "effects"):
        return pointer
    if kind.code == "vec2":
        made = cgutils.create_struct_proxy(vec2_t)(context, builder)
        words = builder.bitcast(pointer, I64.as_pointer())
        made.x = _load(builder, words)
        made.y = _load(builder, builder.gep(words, [ir.Constant(I64, 1)]))
        return made._getvalue()
    width = ir.IntType(8 * kind.size)
    value = _load(builder, builder.bitcast(pointer, width.as_pointer()))
    if kind.code == "bool":
        return builder.zext(builder.icmp_unsigned("!=", value, ir.Constant(width, 0)), context.get_value_type(types.boolean))
    if kind.size == 8:
        return value
    return builder.sext(value, I64) if kind.signed else builder.zext(value, I64)


def mark(instruction: Any, what: str) -> Any:
    """Tell LLVM what this load or store touches ("fields" of structs, or "raw bytes" of an arena): the two never overlap, so
    a field need not be loaded again after a raw byte was stored. (LLVM's type-based alias analysis.)
    """
    module = instruction.parent.module
    root = module.add_metadata(["rollstep"])
    kind = module.add_metadata([what, root, ir.Constant(I64, 0)])
    instruction.set_metadata("tbaa", module.add_metadata([kind, kind, ir.Constant(I64, 0)]))
    return instruction


def _load(builder: Any, pointer: Any) -> Any:
    value = mark(builder.load(pointer), "fields")
    value.align = 1
    return value


def _store(builder: Any, value: Any, pointer: Any) -> None:
    mark(builder.store(value, pointer), "fields").align = 1


def accepts(kind: Kind, owner: StructType, given: types.Type, where: str) -> types.Type:
    """The type that a store of `given` converts to; TypingError says what to write."""
    if owner.readonly:
        raise errors.TypingError(f"{where} is read-only: a step changes its state alone")
    given = types.unliteral(given)
    integer = isinstance(given, types.Integer | types.Boolean)
    if kind.code in ("int", "enum", "bool"):
        if integer:
            return types.boolean if isinstance(given, types.Boolean) else types.int64
        raise errors.TypingError(f"{where} takes an int, not {given}" + (": write int(x)" if given == fixed_t else ""))
    if kind.code == "fixed":
        if given == fixed_t:
            return fixed_t
        if integer and not isinstance(given, types.Boolean):
            return types.int64
        raise errors.TypingError(f'{where} takes a Fixed, not {given}: write fx("0.5") for a number with a fraction')
    if kind.code == "vec2":
        if given == vec2_t:
            return vec2_t
        raise errors.TypingError(f"{where} takes a Vec2, not {given}")
    if kind.code == "angle":
        if given == angle_t:
            return angle_t
        raise errors.TypingError(f"{where} takes an Angle, not {given}: write Angle.degrees(x)")
    if isinstance(given, StructType) and given.layout == kind.layout:
        return given
    raise errors.TypingError(f"{where} takes a {kind.name}, not {given}")


def store(context: Any, builder: Any, kind: Kind, owner: StructType, where: str, pointer: Any,
          given: types.Type, value: Any) -> None:
    if kind.code == "struct":
        size = ir.Constant(I64, kind.size)
        cgutils.raw_memmove(builder, pointer, value, size, 1)
        return
    if kind.code == "vec2":
        pair = cgutils.create_struct_proxy(vec2_t)(context, builder, value)
        words = builder.bitcast(pointer, I64.as_pointer())
        _store(builder, pair.x, words)
        _store(builder, pair.y, builder.gep(words, [ir.Constant(I64, 1)]))
        return
    if isinstance(given, types.Boolean):
        value = builder.zext(builder.icmp_unsigned("!=", value, ir.Constant(value.type, 0)), I64)
        given = types.int64
    if owner.checked and kind.code != "angle":
        _trap_unless_it_fits(context, builder, kind, given, where, value)
    if kind.code == "fixed":
        if given != fixed_t:
            value = builder.shl(value, ir.Constant(I64, 32))
    elif kind.code == "bool":
        value = builder.zext(builder.icmp_signed("!=", value, ir.Constant(I64, 0)), I8)
    elif kind.size < 8:
        value = builder.trunc(value, ir.IntType(8 * kind.size))
    _store(builder, value, builder.bitcast(pointer, value.type.as_pointer()))


def _trap_unless_it_fits(context: Any, builder: Any, kind: Kind, given: types.Type, where: str, value: Any) -> None:
    if kind.code == "fixed":
        if given == fixed_t:
            return
        low, high = -1 << 31, (1 << 31) - 1
    elif kind.size == 8:
        return
    elif kind.code == "int":
        bits = 8 * kind.size
        low, high = (-1 << bits - 1, (1 << bits - 1) - 1) if kind.signed else (0, (1 << bits) - 1)
    else:
        legal = kind.legal_bytes or frozenset()
        fits: Any = ir.Constant(I1, 0)
        for member in sorted(legal):
            fits = builder.or_(fits, builder.icmp_signed("==", value, ir.Constant(I64, member)))
        with builder.if_then(builder.not_(fits), likely=False):
            context.call_conv.return_user_exc(builder, Trap, (f"{where}: the value is not one of {kind.name}",))
        return
    wrong = builder.or_(builder.icmp_signed("<", value, ir.Constant(I64, low)),
                        builder.icmp_signed(">", value, ir.Constant(I64, high)))
    with builder.if_then(wrong, likely=False):
        context.call_conv.return_user_exc(builder, Trap, (f"{where} takes {low} to {high}",))


# ---------------------------------------------------------------------------- fields

@infer_getattr
class _StructAttributes(AttributeTemplate):
    key = StructType

    def generic_resolve(self, struct: StructType, name: str) -> types.Type:
        field = struct.fields.get(name)
        if field is None:
            raise errors.TypingError(f"{struct.layout.name} has no field {name!r}; "
                                     f"it has {', '.join(struct.fields)}")
        if field.shape:
            return ArrayType(struct, field, field.shape)
        if field.kind.code == "pool":
            return PoolType(struct, field)
        if field.kind.code == "effects":
            return EffectsType(struct, field)
        return value_type(field.kind, struct)


def _offset(builder: Any, pointer: Any, offset: int) -> Any:
    return builder.gep(pointer, [ir.Constant(I64, offset)], inbounds=True)


@lower_getattr_generic(StructType)
def _get_field(context: Any, builder: Any, struct: StructType, value: Any, name: str) -> Any:
    field = struct.fields[name]
    pointer = _offset(builder, value, field.offset)
    return pointer if field.shape else load(context, builder, field.kind, pointer)


@functools.cache
def setter(name: str) -> Any:
    """What compiled code calls for `thing.name = value`.

    numba would convert the value before we see it; here the store itself accepts, refuses or traps.
    """
    def set_field(struct: Any, value: Any) -> None:
        raise NotImplementedError

    class Template(AbstractTemplate):
        key = set_field

        def generic(self, args: Any, kws: Any) -> Any:
            struct, given = args
            if not isinstance(struct, StructType):
                raise errors.TypingError(f"{struct} has no field {name!r} that can be set"
                                         + ("; a Vec2 is a value: write p.pos = Vec2(x, y)" if struct == vec2_t else ""))
            field = struct.fields.get(name)
            if field is None:
                raise errors.TypingError(f"{struct.layout.name} has no field {name!r}; it has {', '.join(struct.fields)}")
            where = f"{struct.layout.name}.{name}"
            if field.shape:
                raise errors.TypingError(f"{where} is an array: assign its elements")
            if field.kind.code == "pool":
                raise errors.TypingError(f"{where} is a pool: spawn() and despawn() its elements")
            if field.kind.code == "effects":
                raise errors.TypingError(f"{where} are effects: emit() them")
            return signature(types.void, struct, accepts(field.kind, struct, given, where))

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        struct, given = sig.args
        field = struct.fields[name]
        store(context, builder, field.kind, struct, f"{struct.layout.name}.{name}",
              _offset(builder, args[0], field.offset), given, args[1])
        return context.get_dummy_value()
    set_field.__name__ = set_field.__qualname__ = f"set_{name}"
    infer_global(set_field, types.Function(Template))
    lower_builtin(set_field, StructType, types.Any)(lower)
    return set_field


# ---------------------------------------------------------------------------- elements

def _indices(given: types.Type) -> int | None:
    """How many indices are given, or None when they are not integers."""
    if isinstance(given, types.Integer | types.Boolean):
        return 1
    if isinstance(given, types.BaseTuple) and all(isinstance(t, types.Integer | types.Boolean) for t in given):
        return len(given)
    return None


@infer_global(operator.getitem)
class _ArrayGet(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 2 and isinstance(args[0], ArrayType):
            array, index = args
            used = _indices(index)
            if used is None or used > len(array.dims):
                raise errors.TypingError(f"{array.field.name} takes up to {len(array.dims)} integer indices, not {index}")
            return signature(element_type(array, used), array, index)
        return None


@infer_global(operator.setitem)
class _ArraySet(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 3 and isinstance(args[0], ArrayType):
            array, index, given = args
            if _indices(index) != len(array.dims):
                raise errors.TypingError(f"{array.field.name}: assign one element at a time, with "
                                         f"{len(array.dims)} integer indices, not {index}")
            where = f"{array.owner.layout.name}.{array.field.name}[...]"
            return signature(types.void, array, index, accepts(array.field.kind, array.owner, given, where))
        return None


def element_pointer(context: Any, builder: Any, array: ArrayType, pointer: Any, index_type: Any, index: Any) -> Any:
    if isinstance(index_type, types.BaseTuple):
        pairs = list(zip(index_type, cgutils.unpack_tuple(builder, index), strict=True))
    else:
        pairs = [(index_type, index)]
    strides, stride = [], array.field.kind.size
    for n in reversed(array.dims):
        strides.append(stride)
        stride *= n
    for (given, value), n, step in zip(pairs, array.dims, reversed(strides), strict=False):
        value = context.cast(builder, value, given, types.int64)
        with builder.if_then(builder.icmp_unsigned(">=", value, ir.Constant(I64, n)), likely=False):
            context.call_conv.return_user_exc(
                builder, IndexError, (f"{array.field.name}: an index is outside 0..{n - 1}",))
        pointer = builder.gep(pointer, [builder.mul(value, ir.Constant(I64, step))], inbounds=True)
    return pointer


@lower_builtin(operator.getitem, ArrayType, types.Any)
def _get_element(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    array, index_type = sig.args
    pointer = element_pointer(context, builder, array, args[0], index_type, args[1])
    if isinstance(sig.return_type, ArrayType):
        return pointer
    return load(context, builder, array.field.kind, pointer)


@lower_builtin(operator.setitem, ArrayType, types.Any, types.Any)
def _set_element(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    array, index_type, given = sig.args
    pointer = element_pointer(context, builder, array, args[0], index_type, args[1])
    where = f"{array.owner.layout.name}.{array.field.name}[...]"
    store(context, builder, array.field.kind, array.owner, where, pointer, given, args[2])
    return context.get_dummy_value()


@infer_global(len)
class _ArrayLength(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], ArrayType):
            return signature(types.int64, args[0])
        return None


@lower_builtin(len, ArrayType)
def _length(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return ir.Constant(I64, sig.args[0].dims[0])


@infer
class _ArrayIterTyping(AbstractTemplate):
    key = "getiter"

    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], ArrayType):
            return signature(args[0].iterator_type, args[0])
        return None


@lower_builtin("getiter", ArrayType)
def _get_iterator(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    made = context.make_helper(builder, sig.return_type)
    made.base = args[0]
    made.next = cgutils.alloca_once_value(builder, ir.Constant(I64, 0))
    return made._getvalue()


@lower_builtin("iternext", ArrayIterator)
@iternext_impl(RefType.UNTRACKED)
def _next_element(context: Any, builder: Any, sig: Any, args: Any, result: Any) -> None:
    (ty,) = sig.args
    array = ty.array
    iterator = context.make_helper(builder, ty, value=args[0])
    index = builder.load(iterator.next)
    valid = builder.icmp_signed("<", index, ir.Constant(I64, array.dims[0]))
    result.set_valid(valid)
    with builder.if_then(valid):
        pointer = element_pointer(context, builder, array, iterator.base, types.int64, index)
        whole = isinstance(element_type(array, 1), ArrayType)
        result.yield_(pointer if whole else load(context, builder, array.field.kind, pointer))
        builder.store(builder.add(index, ir.Constant(I64, 1)), iterator.next)
