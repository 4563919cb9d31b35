"""Two states of one layout: which fields differ, by name and with both values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .layout import Layout
from .views import accessors


@dataclass(frozen=True)
class Difference:
    """One differing value: `World.ships[1].vel`, ours, theirs."""

    path: str
    ours: Any
    theirs: Any


def diff(layout: Layout, ours: bytes, theirs: bytes, limit: int = 100) -> list[Difference]:
    """The differing leaves in order of address, at most `limit`; padding that differs is named too.

    Only the first `layout.size` bytes are compared.
    """
    found: list[Difference] = []
    a, b = memoryview(bytes(ours)), memoryview(bytes(theirs))
    covered = bytearray(layout.size)
    for path, kind, at in layout.leaves():
        covered[at:at + kind.size] = b"\1" * kind.size
        if a[at:at + kind.size] != b[at:at + kind.size]:
            get, _ = accessors(kind, path, False)
            values = get(a, at), get(b, at)
            if values[0] == values[1]:                      # a bool stored as 1 and as 3: the bytes tell them apart
                values = a[at], b[at]
            found.append(Difference(path, *values))
            if len(found) == limit:
                return found
    for at in range(layout.size):
        if not covered[at] and a[at] != b[at]:
            found.append(Difference(f"{layout.name} padding at byte {at}", a[at], b[at]))
    return found[:limit]
