"""The numbers under a path of a state, as arrays: `ships.pos` are those of all ships, of a pool of those that live."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UsageError
from ..state.layout import ELEMENTS, Field, Layout
from ..state.pool import SERIAL_BITS

_PART = re.compile(r"([A-Za-z]\w*)(?:\[(\d+(?:, ?\d+)*)\])?")
#: How much one is, of the kinds that are no plain numbers.
_UNITS = {"fixed": 2.0**-32, "vec2": 2.0**-32, "angle": math.tau / 2**32}


@dataclass(frozen=True)
class _Part:
    name: str
    index: tuple[int, ...] | None
    dims: int
    pool: bool
    id: str | None


class Numbers:
    """The numbers under `path` of a struct with this layout.

    path   names joined by dots; an array or a pool in it stands for all elements, `ships[2]` for one of an array
    id     an int of each element of the last array in the path, that says which one it is: a place whose id has changed holds
           another one

    kind   code of the numbers: fixed, vec2, angle, or that of an int
    shape  of the arrays in the path; None when there is a pool in it
    """

    def __init__(self, layout: Layout, path: str, *, id: str | None = None) -> None:
        self.path = path
        self._parts: list[_Part] = []
        inside: Layout | None = layout
        shape: tuple[int, ...] | None = ()
        last: Field | None = None
        for text in path.split("."):
            found = _PART.fullmatch(text)
            if found is None:
                raise UsageError(f"path {path!r}: {text!r} is no field; write it as ships.pos or ships[2].pos")
            if inside is None:
                raise UsageError(f"path {path!r}: {last.name if last else ''} is no struct and has no {text}")
            last = _field(inside, found[1], path)
            index = tuple(map(int, found[2].split(","))) if found[2] else None
            pool = last.kind.code == "pool"
            if index is not None and (pool or len(index) != len(last.shape)
                                      or any(i >= n for i, n in zip(index, last.shape, strict=True))):
                raise UsageError(f"path {path!r}: {text} is not in {last.name}, of the shape {last.shape}")
            dims = 0 if index is not None else len(last.shape)
            if dims and shape is not None:
                shape += last.shape
            self._parts.append(_Part(last.name, index, dims, pool, None))
            inside = last.kind.layout
            if pool:
                shape = None
                assert inside is not None
                inside = inside.fields[-1].kind.layout
        assert last is not None
        self.shape, self.kind = shape, last.kind.code
        if inside is not None or self.kind not in (*_UNITS, "int"):
            raise UsageError(f"path {path!r} leads to {last.kind.name}; give one that leads to numbers")
        self._unit = _UNITS.get(self.kind, 1.0)
        if id is not None:
            self._parts = self._with_id(layout, id)

    def read(self, state: Any) -> tuple[Any, Any, Any]:
        """(values, keys, identities) of a state as `to_numpy` gives it: an array (things, columns) of floats, and two of ints:
        the indices and handles on the path, one column each; and these with the ids."""
        things: Any = np.asarray(state).reshape(1)
        keys: list[Any] = []
        ids: list[Any] = []
        for part in self._parts:
            things = things[part.name]
            if part.index is not None:
                things = things[(slice(None), *part.index)]
            elif part.dims:
                n = len(things)
                dims = things.shape[1:1 + part.dims]
                each = math.prod(dims)
                places = np.indices(dims).reshape(part.dims, each)
                keys, ids = [np.repeat(key, each) for key in keys], [np.repeat(key, each) for key in ids]
                keys += [np.tile(place, n) for place in places]
                things = things.reshape(n * each, *things.shape[1 + part.dims:])
                if part.id is not None:
                    ids.append(things[part.id].astype(np.int64))
            if part.pool:
                handles = things["handles"].astype(np.int64)
                place = np.arange(handles.shape[1])
                lives = (handles >> SERIAL_BITS == place + 1) & (place < things["used"][:, None])
                row = np.nonzero(lives)[0]
                keys, ids = [key[row] for key in keys], [key[row] for key in ids]
                keys.append(handles[lives])
                things = things[ELEMENTS][lives]
        count = len(things)
        values = (things.astype(np.float64) * self._unit).reshape(count, 2 if self.kind == "vec2" else 1)
        none = np.zeros((count, 0), np.int64)
        shown = np.stack(keys, 1) if keys else none
        return values, shown, np.concatenate([shown, *(key[:, None] for key in ids)], 1)

    def _with_id(self, layout: Layout, name: str) -> list[_Part]:
        at = max((i for i, part in enumerate(self._parts) if part.dims), default=-1)
        inside: Any = layout
        for part in self._parts[:at + 1]:
            inside = _field(inside, part.name, self.path).kind.layout
        if at < 0 or inside is None:
            raise UsageError(f"path {self.path!r} has no array of structs, whose elements {name!r} could tell apart")
        if self._parts[at].pool:
            raise UsageError(f"path {self.path!r}: a pool tells its elements apart itself; leave {name!r} out")
        field = _field(inside, name, self.path)
        if field.kind.code != "int" or field.shape:
            raise UsageError(f"path {self.path!r}: {name} is {field.kind.name}; an id is an int")
        part = self._parts[at]
        return [*self._parts[:at], _Part(part.name, part.index, part.dims, part.pool, name), *self._parts[at + 1:]]


def _field(layout: Layout, name: str, path: str) -> Field:
    for field in layout.fields:
        if field.name == name:
            return field
    names = ", ".join(field.name for field in layout.fields)
    raise UsageError(f"path {path!r}: {layout.name} has no field {name!r}; it has {names}")
