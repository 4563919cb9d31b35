"""Structs as Python sees them: names over bytes, nothing copied.

A view holds a memoryview and an offset. The same classes serve a game's drawing code (`match.state.ships[0].pos`) and
the interpreted way of a step, so their rules are the compiled code's rules: an index outside its array raises
IndexError, a negative one too; an integer that does not fit wraps (in the checked way it traps); an int
given to a Fixed field is converted exactly; a float is refused.
"""

from __future__ import annotations

import operator
import struct as _struct
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import Trap, UsageError
from ..fixed import Angle, Fixed, Vec2
from ..rules import as_text
from .kinds import Kind
from .layout import Field, Layout

Get = Callable[[memoryview, int], Any]
Set = Callable[[memoryview, int, Any], None]

_FORMAT = {1: "b", 2: "h", 4: "i", 8: "q"}


class ArrayView:
    """The elements of an array field: `len(a)`, `a[i]`, `a[i, j]`, `a[i] = value`, iteration."""

    __slots__ = ("_base", "_dims", "_get", "_memory", "_name", "_set")

    def __init__(self, memory: memoryview, base: int, name: str, dims: tuple[tuple[int, int], ...],
                 get: Get, set_: Set) -> None:
        self._memory, self._base, self._name, self._dims, self._get, self._set = memory, base, name, dims, get, set_

    def __len__(self) -> int:
        return self._dims[0][0]

    def _place(self, index: Any) -> tuple[int, tuple[tuple[int, int], ...]]:
        indices = index if isinstance(index, tuple) else (index,)
        if len(indices) > len(self._dims):
            raise IndexError(f"{self._name} has {len(self._dims)} dimensions, not {len(indices)}")
        at = self._base
        for i, (n, stride) in zip(indices, self._dims, strict=False):
            i = operator.index(i)
            if not 0 <= i < n:
                raise IndexError(f"{self._name}: index {i} is outside 0..{n - 1}")
            at += i * stride
        return at, self._dims[len(indices):]

    def __getitem__(self, index: Any) -> Any:
        at, rest = self._place(index)
        if rest:
            return ArrayView(self._memory, at, self._name, rest, self._get, self._set)
        return self._get(self._memory, at)

    def __setitem__(self, index: Any, value: Any) -> None:
        at, rest = self._place(index)
        if rest:
            raise UsageError(f"{self._name}: assign one element at a time")
        _write(self._set, self._memory, at, value, self._name)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def clear(self, index: int) -> None:
        """Zero the bytes of one element."""
        at, _ = self._place(index)
        size = self._dims[0][1]
        self._memory[at:at + size] = bytes(size)

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"


def _write(set_: Set, memory: memoryview, at: int, value: Any, name: str) -> None:
    refuse_read_only(memory, name)
    set_(memory, at, value)


def refuse_read_only(memory: memoryview, name: str) -> None:
    """Raise UsageError unless `name` may be changed here."""
    if memory.readonly:
        raise UsageError(f"{name} is read-only here (inputs, tick, content and a match's state outside its step)")


def field_property(field: Field, checked: bool) -> property:
    """The attribute of one field: loads and stores at its offset."""
    get, set_ = accessors(field.kind, field.name, checked)
    offset, name = field.offset, field.name
    if field.shape:
        dims, stride = [], field.kind.size
        for n in reversed(field.shape):
            dims.append((n, stride))
            stride *= n
        shape = tuple(reversed(dims))

        def get_array(self: Any) -> ArrayView:
            return ArrayView(self._memory, self._base + offset, name, shape, get, set_)

        def refuse(self: Any, value: Any) -> None:
            raise UsageError(f"{name} is an array: assign its elements")
        return property(get_array, refuse)

    def get_one(self: Any) -> Any:
        return get(self._memory, self._base + offset)

    def set_one(self: Any, value: Any) -> None:
        _write(set_, self._memory, self._base + offset, value, name)
    return property(get_one, set_one)


def accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    """(load, store) of one kind of value at an address."""
    if kind.code == "struct":
        assert kind.layout is not None
        return _struct_accessors(kind.layout, checked)
    return {"int": _int_accessors, "enum": _enum_accessors, "bool": _bool_accessors, "fixed": _fixed_accessors,
            "vec2": _vec2_accessors, "angle": _angle_accessors, "pool": _pool_accessors,
            "effects": _effects_accessors}[kind.code](kind, name, checked)


def _as_int(value: Any, name: str) -> int:
    if isinstance(value, float):
        raise TypeError(f"{name} = {value!r} is a float; it takes an int")
    if not isinstance(value, int):
        raise TypeError(f"{name} takes an int, not {type(value).__name__}"
                        + (": write int(x)" if isinstance(value, Fixed) else ""))
    return int(value)


def _int_accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    # an u64 is loaded as the int64 with the same bits: a step knows one integer type
    load = _struct.Struct("<" + (_FORMAT[kind.size] if kind.signed or kind.size == 8 else _FORMAT[kind.size].upper()))
    store = _struct.Struct("<" + _FORMAT[kind.size].upper())
    mask = (1 << 8 * kind.size) - 1
    low, high = (-(mask >> 1) - 1, mask >> 1) if kind.signed or kind.size == 8 else (0, mask)

    def get(memory: memoryview, at: int) -> int:
        return load.unpack_from(memory, at)[0]

    def set_(memory: memoryview, at: int, value: Any) -> None:
        value = _as_int(value, name)
        if checked and not low <= value <= high:
            raise Trap(f"{name} ({kind.name}) takes {low} to {high}, not {value}")
        store.pack_into(memory, at, value & mask)
    return get, set_


def _enum_accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    assert kind.enum is not None
    members = {int(member): member for member in kind.enum}

    def get(memory: memoryview, at: int) -> int:
        return members.get(memory[at], memory[at])

    def set_(memory: memoryview, at: int, value: Any) -> None:
        value = _as_int(value, name)
        if checked and value not in members:
            raise Trap(f"{name} takes a member of {kind.name}, not {value}")
        memory[at] = value & 255
    return get, set_


def _bool_accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    def get(memory: memoryview, at: int) -> bool:
        return memory[at] != 0

    def set_(memory: memoryview, at: int, value: Any) -> None:
        value = _as_int(value, name)
        if checked and value not in (0, 1):
            raise Trap(f"{name} takes True or False, not {value}")
        memory[at] = 1 if value else 0
    return get, set_


_I64 = _struct.Struct("<q")
_I64x2 = _struct.Struct("<qq")


def _fixed_accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    def get(memory: memoryview, at: int) -> Fixed:
        return Fixed.from_raw(_I64.unpack_from(memory, at)[0])

    def set_(memory: memoryview, at: int, value: Any) -> None:
        if not isinstance(value, Fixed):
            whole = _as_int(value, name) if not isinstance(value, float) else _no_float(name, value)
            if checked and not -1 << 31 <= whole < 1 << 31:
                raise Trap(f"{name} (Fixed) takes -2147483648 to 2147483647, not {whole}")
            value = Fixed.from_raw(((whole << 32) + (1 << 63) & (1 << 64) - 1) - (1 << 63))
        _I64.pack_into(memory, at, value.raw)
    return get, set_


def _no_float(name: str, value: float) -> int:
    raise TypeError(f'{name} = {value!r} is a float: write {name} = fx("{as_text(value)}")')


def _vec2_accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    def get(memory: memoryview, at: int) -> Vec2:
        x, y = _I64x2.unpack_from(memory, at)
        return Vec2(Fixed.from_raw(x), Fixed.from_raw(y))

    def set_(memory: memoryview, at: int, value: Any) -> None:
        if not isinstance(value, Vec2):
            raise TypeError(f"{name} takes a Vec2, not {type(value).__name__}")
        _I64x2.pack_into(memory, at, value.x.raw, value.y.raw)
    return get, set_


_U32 = _struct.Struct("<I")


def _angle_accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    def get(memory: memoryview, at: int) -> Angle:
        return Angle.from_raw(_U32.unpack_from(memory, at)[0])

    def set_(memory: memoryview, at: int, value: Any) -> None:
        if not isinstance(value, Angle):
            raise TypeError(f"{name} takes an Angle, not {type(value).__name__}: write Angle.degrees(x)")
        _U32.pack_into(memory, at, value.raw)
    return get, set_


def _struct_accessors(layout: Layout, checked: bool) -> tuple[Get, Set]:
    from .schema import view_class
    over = view_class(layout, checked)._over

    def get(memory: memoryview, at: int) -> Any:
        return over(memory, at)

    def set_(memory: memoryview, at: int, value: Any) -> None:
        if getattr(value, "layout", None) != layout:
            raise TypeError(f"takes a {layout.name}, not {type(value).__name__}")
        memory[at:at + layout.size] = bytes(value)
    return get, set_


def _pool_accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    from .pool import PoolView
    split = _books_and_places(kind, name, checked)

    def get(memory: memoryview, at: int) -> Any:
        return PoolView(*split(memory, at), name)

    def set_(memory: memoryview, at: int, value: Any) -> None:
        raise UsageError(f"{name} is a pool: spawn() and despawn() its elements")
    return get, set_


def _effects_accessors(kind: Kind, name: str, checked: bool) -> tuple[Get, Set]:
    from .effects import EffectsView
    split, frames = _books_and_places(kind, name, checked), kind.frames

    def get(memory: memoryview, at: int) -> Any:
        return EffectsView(*split(memory, at), name, frames, checked)

    def set_(memory: memoryview, at: int, value: Any) -> None:
        raise UsageError(f"{name} are effects: emit() them")
    return get, set_


def _books_and_places(kind: Kind, name: str, checked: bool) -> Callable[[memoryview, int], tuple[Any, ArrayView]]:
    """The whole of what lies at an address as a struct, and its elements."""
    from .schema import view_class
    assert kind.layout is not None
    over = view_class(kind.layout)._over    # the books wrap in every way: nothing in them traps
    places = kind.layout.fields[-1]
    dims = ((places.shape[0], places.kind.size),)
    get_one, set_one = accessors(places.kind, name, checked)

    def split(memory: memoryview, at: int) -> tuple[Any, ArrayView]:
        return over(memory, at), ArrayView(memory, at + places.offset, name, dims, get_one, set_one)
    return split
