"""A saved state of an old layout becomes one of the new: what has kept name and kind is copied, nothing is lost silently."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar, cast

from ..errors import Trap, UsageError
from .changes import elements_of, kind_text
from .kinds import Kind
from .layout import Field, Layout, joined
from .schema import layout_of, view_class
from .views import accessors

T = TypeVar("T")


def migrate(data: bytes | bytearray | memoryview, old: Layout | type[Any], new: type[T], *,
            change: Callable[[Any, T], None] | None = None, dropped: Sequence[str] = ()) -> T:
    """A fresh `new` with what the bytes of an `old` hold; `old` is a struct class or a layout (`Layout.from_json`).

    A field is copied to the field of the same path and kind. Integers may change their width as long as the values fit; a
    member of an enum goes to the member of the same name; of an array whose lengths have changed the common part is copied.
    What has no place in the new struct must be named in `dropped`, with the path that the error tells: `World.heat`,
    `World.ships[].heat`, or `World.ships[4..7]` for the end of a shorter array. Any field may be named there: it is not
    copied. Then `change(old_view, new_view)` does the rest; stores that do not fit raise Trap, as in the checked way.

    Raises UsageError naming the path: for bytes that are no `old`, for what would be lost, for a value that does not fit,
    and for an enum that is no member in the end (a new field starts as 0).
    """
    before, after = layout_of(old), layout_of(new)
    before.validate(data)
    plan = _Planner(dropped)
    copies = plan.structs(before, after, before.name)
    plan.check(before, after)
    source, target = memoryview(bytes(data)), memoryview(bytearray(after.size))
    _run(copies, _Move(before, source, target), 0, 0)
    if change is not None:
        change(view_class(before)._over(source, 0), view_class(after, checked=True)._over(target, 0))
    try:
        after.validate(target)
    except UsageError as error:
        raise UsageError(f"after the migration {error}; set it in change()") from None
    return cast("T", cast("Any", new).view(target))


@dataclass(frozen=True)
class _Copy:
    """The old field `source` goes to `target`: by its `inner` fields, as bytes, or value by value."""

    path: str
    source: Field
    target: Field
    inner: tuple[_Copy, ...]
    as_bytes: bool


class _Planner:
    """Finds what is copied and what has no place, by the layouts alone: what is complete for one state is so for all."""

    def __init__(self, dropped: Sequence[str]) -> None:
        if isinstance(dropped, str):
            raise UsageError(f"dropped={dropped!r}: give a tuple of paths: ({dropped!r},)")
        self.dropped = frozenset(dropped)
        self.named: set[str] = set()
        self.lost: dict[str, str] = {}

    def check(self, old: Layout, new: Layout) -> None:
        unknown = self.dropped - self.named
        if unknown:
            raise UsageError(f"dropped: {', '.join(sorted(unknown))} is no field of the old {old.name}, or one inside a field "
                             "that is dropped already")
        if self.lost:
            what = ", ".join(f"{path} ({why})" for path, why in self.lost.items())
            raise UsageError(f"the new {new.name} has no place for {what}; carry over in change() what counts, "
                             f"and name them: dropped={tuple(self.lost)!r}")

    def structs(self, old: Layout, new: Layout, path: str) -> tuple[_Copy, ...]:
        targets = {field.name: field for field in new.fields}
        copies = []
        for field in old.fields:
            here = joined(path, field)
            if self._is_dropped(here):
                continue
            target = targets.get(field.name)
            if target is None:
                self.lost[here] = kind_text(field)
            elif not _goes(field, target):
                self.lost[here] = f"{kind_text(field)}, now {kind_text(target)}"
            else:
                copies.append(self._field(field, target, here))
        return tuple(copies)

    def _field(self, old: Field, new: Field, here: str) -> _Copy:
        for dimension, (had, has) in enumerate(zip(old.shape, new.shape, strict=True)):
            end = f"{here}{'[]' * dimension}[{has}..{had - 1}]"
            if had > has and not self._is_dropped(end):
                self.lost[end] = f"{kind_text(old)}, now {kind_text(new)}"
        if old.kind.layout is None or new.kind.layout is None:
            return _Copy(here, old, new, (), _same(old.kind, new.kind))
        known = len(self.named)
        inner = self.structs(old.kind.layout, new.kind.layout, here + "[]" * len(old.shape))
        return _Copy(here, old, new, inner, len(self.named) == known and _same(old.kind, new.kind))

    def _is_dropped(self, path: str) -> bool:
        if path in self.dropped:
            self.named.add(path)
        return path in self.dropped


@dataclass(frozen=True)
class _Move:
    old: Layout
    source: memoryview
    target: memoryview


def _run(copies: tuple[_Copy, ...], move: _Move, at: int, to: int) -> None:
    """Copy the fields of one struct, from offset `at` of the old state to offset `to` of the new."""
    for copy in copies:
        old, new = copy.source, copy.target
        if copy.as_bytes and old.shape == new.shape:
            move.target[to + new.offset:to + new.offset + new.size] = move.source[at + old.offset:at + old.offset + old.size]
            continue
        value = _value(copy, move) if old.kind.layout is None else None
        for here, there in _places(old, new):
            if copy.as_bytes:
                move.target[to + there:to + there + new.kind.size] = move.source[at + here:at + here + new.kind.size]
            elif value is not None:
                value(at + here, to + there)
            else:
                _run(copy.inner, move, at + here, to + there)


def _places(old: Field, new: Field) -> Iterator[tuple[int, int]]:
    """(old offset, new offset) of each element that both have."""
    steps = [[prod(field.shape[i + 1:]) * field.kind.size for i in range(len(field.shape))] for field in (old, new)]
    for index in itertools.product(*(range(min(lengths)) for lengths in zip(old.shape, new.shape, strict=True))):
        yield (old.offset + sum(i * step for i, step in zip(index, steps[0], strict=True)),
               new.offset + sum(i * step for i, step in zip(index, steps[1], strict=True)))


def _value(copy: _Copy, move: _Move) -> Callable[[int, int], None]:
    """Copies one value whose kind has changed: another width, or another set of members."""
    load, _ = accessors(copy.source.kind, copy.source.name, False)
    _, store = accessors(copy.target.kind, copy.target.name, True)

    def run(at: int, to: int) -> None:
        value = load(move.source, at)
        try:
            if copy.target.kind.enum is not None:
                members = copy.target.kind.enum.__members__
                if value.name not in members:
                    raise Trap(f"{copy.target.name} has no member {value.name}")
                value = members[value.name]
            store(move.target, to, value)
        except Trap as trap:
            raise UsageError(f"{move.old.path_at(at)}: the new {trap}; carry it over in change(), and name it: "
                             f"dropped=({copy.path!r},)") from None
    return run


def _goes(old: Field, new: Field) -> bool:
    """Of one kind and as many dimensions. The books of a pool speak of all its places: it can only grow. Where an effect lies
    follows from how many there are places for."""
    if old.kind.code != new.kind.code or len(old.shape) != len(new.shape):
        return False
    if old.kind.code == "pool":
        return elements_of(old.kind).shape <= elements_of(new.kind).shape
    return old.kind.code != "effects" or elements_of(old.kind).shape == elements_of(new.kind).shape


def _same(old: Kind, new: Kind) -> bool:
    """Whether equal bytes mean the same: an enum has all members that the old one has, under the same names."""
    if old.layout is not None and new.layout is not None:
        return len(old.layout.fields) == len(new.layout.fields) and all(
            a.name == b.name and a.offset == b.offset and a.shape == b.shape and _same(a.kind, b.kind)
            for a, b in zip(old.layout.fields, new.layout.fields, strict=True))
    if old.enum is not None and new.enum is not None:
        return dict(old.enum.__members__) == dict(new.enum.__members__)
    return (old.code, old.name) == (new.code, new.name)
