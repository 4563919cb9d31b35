"""Padding stays zero, whatever is stored and in whatever way: two equal states are equal bytes."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rollstep import Angle, Fixed, Layout, Vec2
from rollstep.state import view_class
from rollstep.state.changes import elements_of
from tests.games import nasty
from tests.state.structs import classes, layout

RAW = st.integers(-1 << 63, (1 << 63) - 1)
FIXED = RAW.map(Fixed.from_raw)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int": RAW, "enum": RAW, "bool": st.one_of(st.booleans(), RAW), "fixed": FIXED, "vec2": st.builds(Vec2, FIXED, FIXED),
    "angle": RAW.map(Angle.from_raw)}


def gaps(layout: Layout) -> list[int]:
    """The bytes that belong to no value."""
    used = {at for _, kind, offset in layout.leaves() for at in range(offset, offset + kind.size)}
    return [at for at in range(layout.size) if at not in used]


def stir(data: st.DataObject, view: Any) -> None:
    """Store into every field, through every kind of name: fields, elements, whole structs, a pool's elements, effects."""
    for field in view.layout.fields:
        if field.kind.code == "pool":
            pool = getattr(view, field.name)
            for _ in range(data.draw(st.integers(0, 5))):
                handle = pool.spawn()
                if handle:
                    stir(data, pool[handle])
                    if data.draw(st.booleans()):
                        pool.despawn(handle)
        elif field.kind.code == "effects":
            kinds = {part.name: part.kind for part in elements_of(field.kind).kind.layout.fields}
            for _ in range(data.draw(st.integers(0, 5))):
                told = [] if "data" not in kinds else [value(data, kinds["data"])] if kinds["data"].layout is None else [
                    value(data, part.kind) for part in kinds["data"].layout.fields]
                getattr(view, field.name).emit(data.draw(st.integers(-9, 9)), value(data, kinds["kind"]), 1, *told)
        elif field.shape:
            array = getattr(view, field.name)
            index = tuple(data.draw(st.integers(0, n - 1)) for n in field.shape)
            array[index] = value(data, field.kind)
            if field.kind.layout is not None:
                stir(data, array[index])
        else:
            setattr(view, field.name, value(data, field.kind))
            if field.kind.layout is not None:
                stir(data, getattr(view, field.name))


def value(data: st.DataObject, kind: Any) -> Any:
    if kind.layout is None:
        return data.draw(VALUES[kind.code])
    made = view_class(kind.layout)()
    stir(data, made)
    return made


@given(classes(), st.data())
def test_no_store_through_a_view_reaches_a_gap(cls, data):
    view = cls()
    stir(data, view)
    raw = bytes(view)
    assert not any(raw[at] for at in gaps(layout(cls)))


PADS = st.binary(min_size=4, max_size=4).map(
    lambda raw: bytes([raw[0], 0, (0, 3, 200)[raw[2] % 3], raw[3] % 2]))   # the token of the first frames is 0


@functools.cache
def played() -> Any:
    return nasty.game.runner("compiled", players=2, seed=1)


@given(st.lists(st.tuples(PADS, PADS), min_size=1, max_size=nasty.TOKEN_FRAMES))
def test_no_store_of_a_compiled_step_reaches_a_gap(frames):
    runner = played()
    state = bytearray(runner.start())
    runner.run(state, b"".join(pad for frame in frames for pad in (*frame, bytes(4), bytes(4))), 0, len(frames))
    holes = gaps(nasty.game.state.layout)
    assert len(holes) > 50 and any(state) and not any(state[at] for at in holes)
