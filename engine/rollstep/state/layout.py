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
from typing import Any

from .kinds import Kind

#: The one field that a path leaves out: the elements of a pool are `World.bullets[3]`. No field of a game begins with "_".
ELEMENTS = "_elements"


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

    def to_json(self) -> dict[str, Any]:
        """Plain data for a replay's header; `layout_digest` is taken over exactly this."""
        return {"name": self.name, "size": self.size, "fields": [_field_json(field) for field in self.fields]}

    def digest(self) -> bytes:
        """16 bytes that differ when any name, kind, place, shape or enum value does."""
        text = json.dumps(self.to_json(), separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(b"rollstep layout\n" + text.encode()).digest()[:16]

    def legal_bytes(self) -> list[frozenset[int] | None]:
        """For each byte its legal values: None for any, {0} for padding, the members for an enum or bool."""
        legal: list[frozenset[int] | None] = [frozenset((0,))] * self.size
        for _, kind, offset in self.leaves():
            legal[offset:offset + kind.size] = [kind.legal_bytes] * kind.size
        return legal


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
    return data
