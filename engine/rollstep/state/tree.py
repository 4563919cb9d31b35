"""A tree of digests over a layout: two peers that ask each other level by level find what differs in few digests.

A struct splits into its fields, an array into blocks and these into elements, at most FAN parts at a time. The parts cover
every byte (padding belongs to the part before it), so k differing leaves of n are found with about FAN * k * log(n) digests
and nothing is overlooked. Nodes are made when they are looked at: a tree over a megabyte costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from ..errors import UsageError
from .digest import xxh64
from .kinds import Kind
from .layout import Field, Layout, joined

#: Parts of one node.
FAN = 16

Key = tuple[int, ...]
State = bytes | bytearray | memoryview


@dataclass(frozen=True)
class _Fields:
    """Fields first..last of a struct at `base`."""

    layout: Layout
    base: int
    first: int
    last: int


@dataclass(frozen=True)
class _Elements:
    """Elements first..last along the first of the dimensions that are left of an array at `base`."""

    field: Field
    shape: tuple[int, ...]
    base: int
    first: int
    last: int


@dataclass(frozen=True)
class Node:
    """Bytes start..end of a state under a path; `key` names it to a peer. A leaf has a `kind`, and its value is at `at`."""

    key: Key
    path: str
    start: int
    end: int
    inside: _Fields | _Elements | None
    kind: Kind | None = None
    at: int = 0


class DigestTree:
    """The tree of one layout. All methods take states of `layout.size` bytes; what follows them is not looked at."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.root = Node((), layout.name, 0, layout.size, _Fields(layout, 0, 0, len(layout.fields)))

    def children(self, node: Node) -> list[Node]:
        """The parts of a node, in order; none for a leaf."""
        inside = node.inside
        if inside is None:
            return []
        count = inside.last - inside.first
        size = 1
        while size * FAN < count:
            size *= FAN
        parts = [(i, min(i + size, inside.last)) for i in range(inside.first, inside.last, size)]
        starts = [_start(inside, first) for first, _ in parts]
        starts[0] = node.start                          # padding before belongs to it, too
        return [_part(node, place, inside, *part, starts[place], end)
                for place, (part, end) in enumerate(zip(parts, [*starts[1:], node.end], strict=True))]

    def node(self, key: Sequence[int]) -> Node:
        """The node that another peer means; UsageError when there is none."""
        found = self.root
        for i in key:
            parts = self.children(found)
            if type(i) is not int or not 0 <= i < len(parts):
                raise UsageError(f"digest key {tuple(key)!r}: {found.path} has {len(parts)} parts, not a part {i!r}")
            found = parts[i]
        return found

    def digests(self, state: State, keys: Sequence[Sequence[int]]) -> list[int]:
        """XXH64 of the bytes of each node: what a peer answers."""
        return [self._digest(state, self.node(key)) for key in keys]

    def differing(self, state: State, ask: Callable[[list[Key]], list[int]], limit: int = 100) -> list[Node]:
        """The leaves that differ from the other side's, in order of address, at most `limit`.

        `ask(keys)` gives the other side's digests; it is called once per level.
        """
        def differ(nodes: list[Node]) -> list[bool]:
            theirs = ask([node.key for node in nodes])
            return [self._digest(state, node) != digest for node, digest in zip(nodes, theirs, strict=True)]
        return self.search(differ, limit)

    def search(self, differ: Callable[[list[Node]], list[bool]], limit: int) -> list[Node]:
        """The leaves under all nodes that differ, level by level."""
        level, found = [self.root], list[Node]()
        while level:
            wrong = [node for node, differs in zip(level, differ(level), strict=True) if differs]
            found += [node for node in wrong if node.kind is not None]
            level = [part for node in wrong[:limit] for part in self.children(node)]
        return sorted(found, key=lambda node: node.start)[:limit]

    def _digest(self, state: State, node: Node) -> int:
        return xxh64(memoryview(state)[node.start:node.end])


def _start(inside: _Fields | _Elements, i: int) -> int:
    if isinstance(inside, _Fields):
        return inside.base + inside.layout.fields[i].offset
    return inside.base + i * inside.field.kind.size * prod(inside.shape[1:])


def _part(parent: Node, place: int, inside: _Fields | _Elements, first: int, last: int, start: int, end: int) -> Node:
    key = (*parent.key, place)
    if isinstance(inside, _Fields):
        names = inside.layout.fields
        owner = parent.path.split(".{")[0]              # of a group of fields: the struct
        if last - first > 1:
            return Node(key, f"{owner}.{{{names[first].name}..{names[last - 1].name}}}", start, end,
                        _Fields(inside.layout, inside.base, first, last))
        field = names[first]
        return _value(key, joined(owner, field), field, field.shape, inside.base + field.offset, start, end)
    owner = parent.path.removesuffix(f"[{inside.first}..{inside.last - 1}]")
    if last - first > 1:
        return Node(key, f"{owner}[{first}..{last - 1}]", start, end,
                    _Elements(inside.field, inside.shape, inside.base, first, last))
    return _value(key, f"{owner}[{first}]", inside.field, inside.shape[1:], _start(inside, first), start, end)


def _value(key: Key, path: str, field: Field, shape: tuple[int, ...], base: int, start: int, end: int) -> Node:
    """The node of a field or element, of which these dimensions are left."""
    if shape:
        return Node(key, path, start, end, _Elements(field, shape, base, 0, shape[0]))
    layout = field.kind.layout
    if layout is not None:
        return Node(key, path, start, end, _Fields(layout, base, 0, len(layout.fields)))
    return Node(key, path, start, end, None, field.kind, base)
