"""Two states of one layout: which fields differ, by name and with both values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import UsageError
from .kinds import FIXED, Kind
from .layout import Layout
from .schema import StructView
from .tree import DigestTree, Node
from .views import accessors


@dataclass(frozen=True)
class Difference:
    """One differing value: `World.ships[1].vel.x`, ours, theirs, and the bytes of both."""

    path: str
    ours: Any
    theirs: Any
    raw_ours: bytes = field(default=b"", compare=False)
    raw_theirs: bytes = field(default=b"", compare=False)

    def __str__(self) -> str:
        return f"{self.path} is {self.ours} ({self.raw_ours.hex()}) on one side, " \
               f"{self.theirs} ({self.raw_theirs.hex()}) on the other"


def diff(ours: StructView, theirs: StructView, limit: int = 100) -> list[Difference]:
    """The differing values of two structs of one layout, in order of address, at most `limit`; padding is named too.

    Raises UsageError when the layouts differ.
    """
    if ours.layout != theirs.layout:
        raise UsageError(f"diff of a {ours.layout.name} and a {theirs.layout.name}: their layouts differ")
    return differences(ours.layout, bytes(ours), bytes(theirs), limit)


def differences(layout: Layout, ours: bytes, theirs: bytes, limit: int = 100) -> list[Difference]:
    """`diff` of plain bytes; only the first `layout.size` are compared.

    Equal parts are skipped by the block: two states of a megabyte that differ in one field take a few milliseconds.
    """
    a, b = memoryview(bytes(ours)), memoryview(bytes(theirs))

    def differ(nodes: list[Node]) -> list[bool]:
        return [a[node.start:node.end] != b[node.start:node.end] for node in nodes]
    found: list[Difference] = []
    for leaf in DigestTree(layout).search(differ, limit):
        found += _values(layout, leaf, a, b)
    return found[:limit]


def _values(layout: Layout, leaf: Node, a: memoryview, b: memoryview) -> Iterator[Difference]:
    """The differences of one leaf and of the padding that is counted to it."""
    assert leaf.kind is not None
    at = leaf.at
    parts: list[tuple[str, Kind, int]] = [("", leaf.kind, at)]
    if leaf.kind.code == "vec2":
        parts = [(".x", FIXED, at), (".y", FIXED, at + 8)]
    for suffix, kind, start in parts:
        raw = [bytes(side[start:start + kind.size]) for side in (a, b)]
        if raw[0] != raw[1]:
            get, _ = accessors(kind, leaf.path, False)
            values = get(a, start), get(b, start)
            if values[0] == values[1]:                      # a bool stored as 1 and as 3: the bytes tell them apart
                values = a[start], b[start]
            yield Difference(leaf.path + suffix, *values, *raw)
    for i in range(leaf.start, leaf.end):
        if not at <= i < at + leaf.kind.size and a[i] != b[i]:
            yield Difference(f"{layout.name} padding at byte {i}", a[i], b[i], bytes(a[i:i + 1]), bytes(b[i:i + 1]))
