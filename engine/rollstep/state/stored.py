"""A layout from a file: any plain data gives a layout that can be laid out as it says, or an error that names what is wrong."""

from __future__ import annotations

import enum
import functools
from math import prod
from typing import Any, cast

from ..checks import shown
from ..errors import UsageError
from .effects import effects_kind
from .kinds import ANGLE, BOOL, FIXED, VEC2, Kind, i8, i16, i32, i64, kind_of, u8, u16, u32, u64
from .layout import Layout
from .pool import MAX_CAPACITY, pool_kind
from .schema import MAX_STRUCT_BYTES, check_name

#: Structs inside structs, and lengths of a shape (NumPy has as many).
MAX_DEPTH = MAX_DIMENSIONS = 32
#: Characters of a name.
MAX_NAME = 128

_PLAIN = {kind.code: kind for kind in (BOOL, FIXED, VEC2, ANGLE)} | {
    kind.name: kind for kind in (kind_of(mark, "") for mark in (i8, i16, i32, i64, u8, u16, u32, u64))}


def layout_from_json(data: Any) -> Layout:
    """See `Layout.from_json`."""
    layout = _struct(data, "", 0)
    if layout.to_json() != data:
        raise UsageError(f"layout {layout.name}: its fields do not lie where these kinds and shapes put them, "
                         "or it says more than a layout has")
    return layout


def _struct(data: Any, path: str, depth: int) -> Layout:
    if depth > MAX_DEPTH:
        raise UsageError(f"{path}: more than {MAX_DEPTH} structs inside each other")
    name = _name(data, path or "layout")
    path = path or name
    fields = data.get("fields")
    if not isinstance(fields, list) or not fields:
        raise UsageError(f"{path}: 'fields' is {shown(fields)}, not a list of fields")
    members: dict[str, tuple[str, Kind, tuple[int, ...]]] = {}
    for i, field in enumerate(fields):
        field_name = _name(field, f"{path}: field {i}")
        here = f"{path}.{field_name}"
        check_name(field_name, here)
        if field_name in members:
            raise UsageError(f"{here}: two fields have this name")
        members[field_name] = (field_name, _kind(field, here, depth), _shape(field, here))
    size = sum(kind.size * prod(shape) for _, kind, shape in members.values())
    if size > MAX_STRUCT_BYTES:
        raise UsageError(f"{path} takes {size} bytes or more; the limit is {MAX_STRUCT_BYTES}")
    return Layout.pack(name, list(members.values()))


def _name(data: Any, where: str) -> str:
    if not isinstance(data, dict):
        raise UsageError(f"{where} is {shown(data)}, not an object")
    name = data.get("name")
    if not isinstance(name, str) or not name.isidentifier() or len(name) > MAX_NAME:
        raise UsageError(f"{where}: the name {shown(name)} is no identifier of up to {MAX_NAME} characters")
    return name


def _kind(field: dict[str, Any], where: str, depth: int) -> Kind:
    code = field.get("kind")
    if code == "enum":
        return Kind("enum", "enum", 1, 1, enum=_enum(field.get("values"), where))
    if code == "struct":
        layout = _struct(field.get("struct"), where, depth + 1)
        return Kind("struct", layout.name, layout.size, layout.align, layout=layout)
    if code == "pool":
        return _pool(field, where, depth)
    if code == "effects":
        return _effects(field, where, depth)
    if not isinstance(code, str) or code not in _PLAIN:
        raise UsageError(f"{where}: {shown(code)} is not a kind of field that this rollstep knows")
    return _PLAIN[code]


def _pool(field: dict[str, Any], where: str, depth: int) -> Kind:
    """A pool from its places alone: its books follow, and the whole is compared in the end."""
    places, capacity = _places(field, where, "a pool")
    return pool_kind(_kind(places, where, depth + 1), capacity, where)


def _effects(field: dict[str, Any], where: str, depth: int) -> Kind:
    """Effects likewise: from what their places hold."""
    places, capacity = _places(field, where, "effects")
    inside = places.get("struct")
    fields = inside.get("fields") if isinstance(inside, dict) else None
    kinds = {part.get("name"): _kind(part, where, depth + 2) for part in fields if isinstance(part, dict)
             and isinstance(part.get("name"), str)} if isinstance(fields, list) else {}
    frames = field.get("frames")
    if "kind" not in kinds or type(frames) is not int:
        raise UsageError(f"{where}: {shown(inside)} for {shown(frames)} frames is not an effect")
    return effects_kind(kinds["kind"], kinds.get("data"), capacity, frames, where)


def _places(field: dict[str, Any], where: str, what: str) -> tuple[dict[str, Any], int]:
    """The elements of what is built of books and places, and how many there are."""
    books = field.get("struct")
    fields = books.get("fields") if isinstance(books, dict) else None
    places = fields[-1] if isinstance(fields, list) and fields else None
    shape = _shape(places, where) if isinstance(places, dict) else ()
    if not isinstance(places, dict) or len(shape) != 1 or shape[0] > MAX_CAPACITY or "shape" in field:
        raise UsageError(f"{where}: {shown(books)} is not {what} of 1 to {MAX_CAPACITY} places")
    return places, shape[0]


def _shape(field: dict[str, Any], where: str) -> tuple[int, ...]:
    shape = field.get("shape", [])
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or any(
            type(n) is not int or not 1 <= n <= MAX_STRUCT_BYTES for n in shape):
        raise UsageError(f"{where}: the shape {shown(shape)} is not up to {MAX_DIMENSIONS} lengths "
                         f"from 1 to {MAX_STRUCT_BYTES}")
    return tuple(shape)


def _enum(values: Any, where: str) -> type[enum.IntEnum]:
    if not isinstance(values, dict) or not 1 <= len(values) <= 256:
        raise UsageError(f"{where}: the values {shown(values)} are not 1 to 256 members")
    for name, value in values.items():
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("__") or len(name) > MAX_NAME \
                or type(value) is not int or not 0 <= value <= 255:
            raise UsageError(f"{where}: the member {shown(name)} with the value {shown(value)}: give an identifier of up to "
                             f"{MAX_NAME} characters and a value from 0 to 255")
    if len(set(values.values())) < len(values):
        raise UsageError(f"{where}: two members have one value")
    try:
        return _made(tuple(sorted(values.items(), key=lambda item: item[1])))
    except (TypeError, ValueError) as error:
        raise UsageError(f"{where}: its members cannot be those of an enum ({error})") from None


@functools.lru_cache(maxsize=256)
def _made(members: tuple[tuple[str, int], ...]) -> type[enum.IntEnum]:
    """One class for equal members, so that equal data gives equal layouts."""
    return cast("type[enum.IntEnum]", enum.IntEnum("Enum", members))
