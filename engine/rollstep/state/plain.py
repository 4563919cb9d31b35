"""A struct as plain data for JSON, exact in both directions."""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from ..checks import shown
from ..errors import Trap, UsageError
from ..fixed import Angle, Fixed, Vec2
from .kinds import Kind
from .layout import Field, joined
from .schema import StructView, layout_of, view_class

T = TypeVar("T")


def to_json(view: Any) -> dict[str, Any]:
    """A struct as what `json.dumps` takes, field by field: an int as it is read, a Fixed as decimal text, a Vec2 as a pair of
    these, an Angle as its raw, an enum as its member's name, an array as lists. `from_json` reads back the same bytes.
    """
    if not isinstance(view, StructView):
        raise UsageError(f"to_json({shown(view)}): give a struct")
    return {field.name: _out(field.kind, _value(view, field), len(field.shape)) for field in view.layout.fields}


def from_json(cls: type[T], data: Any) -> T:
    """A struct of this class from such data. Every field must be there, and nothing else; a Fixed may be a whole number.

    Raises UsageError naming the path of what is missing, unknown, of another kind or out of range.
    """
    made = view_class(layout_of(cls), checked=True)()
    _fill(made, data, made.layout.name)
    return cast("T", cast("Any", cls).view(made._memory))


def _value(view: StructView, field: Field) -> Any:
    """A field's value; of what is built of fields, the struct that holds them."""
    if field.kind.layout is None or field.shape:
        return getattr(view, field.name)
    return view_class(field.kind.layout, view._checked)._over(view._memory, view._base + field.offset)


def _out(kind: Kind, value: Any, dimensions: int) -> Any:
    if dimensions:
        return [_out(kind, element, dimensions - 1) for element in value]
    return to_json(value) if kind.layout is not None else _FORMS[kind.code][0](value)


def _fill(view: StructView, data: Any, path: str) -> None:
    if not isinstance(data, dict):
        raise UsageError(f"{path} takes an object with the fields of a {view.layout.name}, not {shown(data)}")
    names = [field.name for field in view.layout.fields]
    for name in data:
        if name not in names:
            raise UsageError(f"{path} has no field {shown(name)}; it has {', '.join(names)}")
    for field in view.layout.fields:
        here = joined(path, field)
        if field.name not in data:
            raise UsageError(f"{here} is missing; every field must be given")
        given = data[field.name]
        if field.shape:
            _elements(getattr(view, field.name), field, (), given, here)
        elif field.kind.layout is not None:
            _fill(_value(view, field), given, here)
        else:
            _store(partial(setattr, view, field.name), field.kind, given, here)


def _elements(array: Any, field: Field, index: tuple[int, ...], given: Any, path: str) -> None:
    n = field.shape[len(index)]
    if not isinstance(given, list) or len(given) != n:
        what = f"one of {len(given)}" if isinstance(given, list) else shown(given)
        raise UsageError(f"{path} takes a list of {n}, not {what}")
    for i, value in enumerate(given):
        at, here = (*index, i), f"{path}[{i}]"
        if len(at) < len(field.shape):
            _elements(array, field, at, value, here)
        elif field.kind.layout is not None:
            _fill(array[at], value, here)
        else:
            _store(partial(array.__setitem__, at), field.kind, value, here)


def _store(store: Callable[[Any], None], kind: Kind, given: Any, path: str) -> None:
    try:
        store(_FORMS[kind.code][1](kind, given))
    except (Trap, TypeError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from None


def _int(kind: Kind, given: Any) -> int:
    if type(given) is not int:
        raise TypeError(f"{kind.name} takes a whole number, not {shown(given)}")
    return given


def _bool(kind: Kind, given: Any) -> bool:
    if type(given) is not bool:
        raise TypeError(f"takes true or false, not {shown(given)}")
    return given


def _fixed(kind: Kind, given: Any) -> Fixed:
    if type(given) is int and -1 << 31 <= given < 1 << 31:
        return Fixed(given)
    if not isinstance(given, str):
        raise TypeError(f'{kind.name} takes text such as "0.125" or a whole number within ±2147483648, not {shown(given)}')
    return Fixed(given)


def _vec2(kind: Kind, given: Any) -> Vec2:
    if not isinstance(given, list) or len(given) != 2:
        raise TypeError(f"{kind.name} takes a pair [x, y], not {shown(given)}")
    return Vec2(_fixed(kind, given[0]), _fixed(kind, given[1]))


def _angle(kind: Kind, given: Any) -> Angle:
    if type(given) is not int or not 0 <= given < 1 << 32:
        raise ValueError(f"{kind.name} takes its raw from 0 to 4294967295, not {shown(given)}")
    return Angle.from_raw(given)


def _member(kind: Kind, given: Any) -> enum.IntEnum:
    assert kind.enum is not None
    members = kind.enum.__members__
    if not isinstance(given, str) or given not in members:
        raise ValueError(f"takes the name of a member of {kind.name} ({', '.join(members)}), not {shown(given)}")
    return members[given]


def _member_name(value: int) -> str | int:
    return value.name if isinstance(value, enum.IntEnum) else value


#: For each kind: its value as plain data, and back. What is back is held to the kind's range by the checked view.
_FORMS: dict[str, tuple[Callable[[Any], Any], Callable[[Kind, Any], Any]]] = {
    "int": (int, _int),
    "bool": (bool, _bool),
    "fixed": (str, _fixed),
    "vec2": (lambda value: [str(value.x), str(value.y)], _vec2),
    "angle": (lambda value: value.raw, _angle),
    "enum": (_member_name, _member),
}
