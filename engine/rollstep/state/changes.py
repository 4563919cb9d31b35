"""What has changed between two layouts, for people."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from .kinds import Kind
from .layout import Field, Layout, joined
from .schema import layout_of


def layout_diff(old: Layout | type[Any], new: Layout | type[Any]) -> list[str]:
    """A line for each thing that another layout has otherwise, such as `World.ships[].heat: i32, was i16`; no line when it
    has none. Takes struct classes and layouts. What follows from another change, as the new offsets behind a new field, is
    not told; nor is the order in which an enum's members are written, which a file does not keep.
    """
    old, new = layout_of(old), layout_of(new)
    return list(_structs(old, new, new.name))


def _structs(old: Layout, new: Layout, path: str) -> Iterator[str]:
    if old.name != new.name:
        yield f"{path}: {new.name}, was {old.name}"
    before = {field.name: field for field in old.fields}
    after = {field.name: field for field in new.fields}
    for name, field in before.items():
        if name not in after:
            yield f"{joined(path, field)}: gone, was {kind_text(field)}"
    places = {name: place for place, name in enumerate(before)}
    common = [name for name in after if name in before]
    stayed = {common[i] for i in _rising([places[name] for name in common])}
    last = "at the start"
    for name, field in after.items():
        here = joined(path, field)
        if name not in before:
            yield f"{here}: new, {kind_text(field)}"
        else:
            if name not in stayed:
                yield f"{here}: stands {last} now"
            yield from _fields(before[name], field, here)
        last = f"after {name}"


def _fields(old: Field, new: Field, here: str) -> Iterator[str]:
    places = old.kind.code == new.kind.code and old.kind.code in ("pool", "effects")
    if old.shape != new.shape or not _alike(old.kind, new.kind) or (places and kind_text(old) != kind_text(new)):
        yield f"{here}: {kind_text(new)}, was {kind_text(old)}"
    if places:
        old, new = elements_of(old.kind), elements_of(new.kind)
    if old.kind.code == new.kind.code and old.kind.layout is not None and new.kind.layout is not None:
        yield from _structs(old.kind.layout, new.kind.layout, here + "[]" * len(new.shape))
    if old.kind.enum is not None and new.kind.enum is not None:
        before, after = ({member.name: int(member) for member in cls} for cls in (old.kind.enum, new.kind.enum))
        for name in [*before, *(name for name in after if name not in before)]:
            if name not in after:
                yield f"{here}: {name}={before[name]} is gone"
            elif name not in before:
                yield f"{here}: {name}={after[name]} is new"
            elif before[name] != after[name]:
                yield f"{here}: {name}={after[name]}, was {before[name]}"


def _alike(old: Kind, new: Kind) -> bool:
    """Of one kind, whatever a struct or an enum holds."""
    return old.code == new.code and (old.code != "int" or old.name == new.name)


def elements_of(kind: Kind) -> Field:
    """The places of a pool or of effects."""
    assert kind.layout is not None
    return kind.layout.fields[-1]


def kind_text(field: Field) -> str:
    """`i32[2][3]`, `Pool[Bullet] of 64`, `Effects of 32 for 16 frames`."""
    if field.kind.code == "effects":
        return f"{field.kind.name} of {elements_of(field.kind).shape[0]} for {field.kind.frames} frames"
    if field.kind.code == "pool":
        return f"{field.kind.name} of {elements_of(field.kind).shape[0]}"
    return field.kind.name + "".join(f"[{n}]" for n in field.shape)


def _rising(values: Sequence[int]) -> Iterator[int]:
    """The indices of a longest rising subsequence: by patience sorting, last first."""
    tops: list[int] = []
    before: list[int] = []
    ends: list[int] = []
    for i, value in enumerate(values):
        pile = bisect_left(tops, value)
        before.append(ends[pile - 1] if pile else -1)
        tops[pile:pile + 1] = [value]
        ends[pile:pile + 1] = [i]
    i = ends[-1] if ends else -1
    while i >= 0:
        yield i
        i = before[i]
