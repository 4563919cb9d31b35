"""Where each field lies. A layout is plain data: it can be printed, digested, stored in a replay and compared.

Fields stand in the order they were written, each at the next multiple of its own alignment; gaps are part of
the struct and always zero. All numbers are little-endian.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from ..checks import length, shown
from ..errors import UsageError
from .kinds import Kind

if TYPE_CHECKING:
    import numpy

#: The one field that a path leaves out: the elements of a pool are `World.bullets[3]`, and so are effects. No field of a game
#: begins with "_".
ELEMENTS = "_elements"
#: How NumPy reads each kind; an integer is read as what it is.
_NUMPY = {"bool": "?", "enum": "u1", "fixed": "<i8", "vec2": "(2,)<i8", "angle": "<u4"}
_PADDING = frozenset((0,))


@dataclass(frozen=True)
class Field:
    """One field: `offset` and `size` in bytes, `shape` empty for a single value."""

    name: str
    kind: Kind
    offset: int
    shape: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        return self.kind.size * prod(self.shape)


@dataclass(frozen=True)
class Layout:
    """A struct's name, fields, size and alignment in bytes (size is a multiple of the alignment)."""

    name: str
    fields: tuple[Field, ...]
    size: int
    align: int

    @classmethod
    def pack(cls, name: str, members: list[tuple[str, Kind, tuple[int, ...]]]) -> Layout:
        """Lay members out one after the other."""
        offset, align, fields = 0, 1, []
        for field_name, kind, shape in members:
            offset = _round_up(offset, kind.align)
            field = Field(field_name, kind, offset, shape)
            fields.append(field)
            offset += field.size
            align = max(align, kind.align)
        return cls(name, tuple(fields), _round_up(offset, align), align)

    def leaves(self, offset: int = 0, path: str = "") -> Iterator[tuple[str, Kind, int]]:
        """Every single value in order of its address: (path such as `World.ships[1].vel`, kind, offset)."""
        path = path or self.name
        for field in self.fields:
            for suffix, place in _elements(field):
                here = f"{joined(path, field)}{suffix}"
                if field.kind.layout is not None:
                    yield from field.kind.layout.leaves(offset + place, here)
                else:
                    yield here, field.kind, offset + place

    def path_at(self, at: int, path: str = "") -> str:
        """The path of the value that holds byte `at`; `World.ships[1] padding` where none does."""
        path = path or self.name
        for field in self.fields:
            if 0 <= at - field.offset < field.size:
                flat, inside = divmod(at - field.offset, field.kind.size)
                suffix = ""
                for n in reversed(field.shape):
                    flat, i = divmod(flat, n)
                    suffix = f"[{i}]{suffix}"
                here = f"{joined(path, field)}{suffix}"
                return here if field.kind.layout is None else field.kind.layout.path_at(inside, here)
        return f"{path} padding"

    def to_json(self) -> dict[str, Any]:
        """Plain data for a replay's header; `layout_digest` is taken over exactly this."""
        return {"name": self.name, "size": self.size, "fields": [_field_json(field) for field in self.fields]}

    @staticmethod
    def from_json(data: Any) -> Layout:
        """The layout that `to_json` has described, from data that nobody vouches for.

        Its enums are classes of their own with members in order of their values, as files do not keep another order.
        Raises UsageError naming the field that is wrong.
        """
        from .stored import layout_from_json

        return layout_from_json(data)

    def digest(self) -> bytes:
        """16 bytes that differ when any name, kind, place, shape or enum value does."""
        text = json.dumps(self.to_json(), separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(b"rollstep layout\n" + text.encode()).digest()[:16]

    def legal_bytes(self) -> list[frozenset[int] | None]:
        """For each byte its legal values: None for any, {0} for padding, the members for an enum or bool."""
        legal: list[frozenset[int] | None] = [_PADDING] * self.size
        for field in self.fields:
            inner = field.kind.layout
            one = [field.kind.legal_bytes] * field.kind.size if inner is None else inner.legal_bytes()
            legal[field.offset:field.offset + field.size] = one * prod(field.shape)
        return legal

    def validate(self, data: bytes | bytearray | memoryview) -> None:
        """Raise UsageError unless these are `size` bytes that a struct can have: legal bools and enums, padding of zeros."""
        length(self.name, data, self.size)
        for at, (byte, legal) in enumerate(zip(data, self.legal_bytes(), strict=True)):
            if legal is not None and byte not in legal:
                raise UsageError(f"{self.path_at(at)} (byte {at}) is {byte}, which means nothing there; "
                                 f"legal are {shown(sorted(legal))}")

    def dtype(self) -> numpy.dtype[Any]:
        """NumPy's structured type for the same bytes: Fixed as its raw int64, a Vec2 as two of them, an Angle as its raw
        uint32, an enum as its byte. So `numpy.frombuffer(states, World.layout.dtype())` reads many states at once.
        """
        import numpy as np

        return np.dtype({"names": [field.name for field in self.fields], "offsets": [field.offset for field in self.fields],
                         "formats": [np.dtype((_numpy_kind(field.kind), field.shape)) for field in self.fields],
                         "itemsize": self.size})


def _numpy_kind(kind: Kind) -> Any:
    if kind.layout is not None:
        return kind.layout.dtype()
    return _NUMPY.get(kind.code) or f"<{kind.name[0]}{kind.size}"


def joined(path: str, field: Field) -> str:
    """The path of a field of what `path` names."""
    return path if field.name == ELEMENTS else f"{path}.{field.name}"


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _elements(field: Field) -> Iterator[tuple[str, int]]:
    """(`[i][j]`, offset) of each element; one empty suffix for a single value."""
    indices: list[tuple[str, int]] = [("", 0)]
    for n in field.shape:
        indices = [(f"{suffix}[{i}]", flat * n + i) for suffix, flat in indices for i in range(n)]
    for suffix, flat in indices:
        yield suffix, field.offset + flat * field.kind.size


def _field_json(field: Field) -> dict[str, Any]:
    kind = field.kind
    data: dict[str, Any] = {"name": field.name, "kind": kind.code, "offset": field.offset}
    if kind.code == "int":
        data["kind"] = kind.name
    if field.shape:
        data["shape"] = list(field.shape)
    if kind.enum is not None:
        data["values"] = {member.name: int(member) for member in kind.enum}
    if kind.layout is not None:
        data["struct"] = kind.layout.to_json()
    if kind.frames:
        data["frames"] = kind.frames
    return data
