"""What a field can hold, and how many bytes it takes. Shared by the views, the lowering and the digests."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from ..errors import UsageError
from ..fixed import Angle, Fixed, Vec2

if TYPE_CHECKING:
    from .layout import Layout


@dataclass(frozen=True)
class Kind:
    """One kind of value. `code` is "int", "bool", "fixed", "vec2", "angle", "enum", "struct", "pool" or "effects"; sizes in
    bytes.

    `layout` is a struct's own; of a pool and of effects it is their books, then their elements (pool.py, effects.py).
    `frames` is for how long effects are kept.
    """

    code: str
    name: str
    size: int
    align: int
    signed: bool = False
    enum: type[enum.IntEnum] | None = None
    layout: Layout | None = None
    frames: int = 0

    @property
    def legal_bytes(self) -> frozenset[int] | None:
        """For the one-byte kinds that have them (bool, enum): the byte values that mean something."""
        if self.code == "bool":
            return frozenset((0, 1))
        if self.enum is not None:
            return frozenset(int(member) for member in self.enum)
        return None


def _integer(name: str) -> Kind:
    size = int(name[1:]) // 8
    return Kind("int", name, size, size, signed=name[0] == "i")


i8 = Annotated[int, _integer("i8")]
i16 = Annotated[int, _integer("i16")]
i32 = Annotated[int, _integer("i32")]
i64 = Annotated[int, _integer("i64")]
u8 = Annotated[int, _integer("u8")]
u16 = Annotated[int, _integer("u16")]
u32 = Annotated[int, _integer("u32")]
#: Eight bytes that a step reads as a two's complement int64: steps know no other integer.
u64 = Annotated[int, _integer("u64")]

BOOL = Kind("bool", "bool", 1, 1)
FIXED = Kind("fixed", "Fixed", 8, 8)
VEC2 = Kind("vec2", "Vec2", 16, 8)
ANGLE = Kind("angle", "Angle", 4, 4)


def kind_of(annotation: Any, where: str) -> Kind:
    """The kind that an annotation stands for; UsageError names `where` and lists what is possible."""
    for mark in getattr(annotation, "__metadata__", ()):
        if isinstance(mark, Kind):
            return mark
    if annotation is bool:
        return BOOL
    if annotation is Fixed:
        return FIXED
    if annotation is Vec2:
        return VEC2
    if annotation is Angle:
        return ANGLE
    if isinstance(annotation, type):
        layout = getattr(annotation, "layout", None)
        if layout is not None:
            return Kind("struct", annotation.__name__, layout.size, layout.align, layout=layout)
        if issubclass(annotation, enum.IntEnum):
            return _enum(annotation, where)
    hint = "a float cannot be in a struct: write Fixed" if annotation is float else (
        "write i64 (or i8 .. u64)" if annotation is int else
        "it takes i8 i16 i32 i64 u8 u16 u32 u64, bool, Fixed, Vec2, Angle, an IntEnum, a struct, Array[...], Pool[...] "
        "or Effects[...]")
    raise UsageError(f"{where}: {annotation!r} is not a kind of field; {hint}")


def _enum(cls: type[enum.IntEnum], where: str) -> Kind:
    values = [int(member) for member in cls]
    if not values or min(values) < 0 or max(values) > 255:
        raise UsageError(f"{where}: {cls.__name__} needs members with values from 0 to 255 (it is one byte)")
    return Kind("enum", cls.__name__, 1, 1, enum=cls)
