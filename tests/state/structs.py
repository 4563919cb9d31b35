"""Structs for the tests of forms and versions: one with every kind of field, and any that Hypothesis likes."""

from __future__ import annotations

import enum
from typing import Any

from hypothesis import strategies as st

import rollstep as rs
from rollstep import Angle, Fixed, Layout, Vec2, i8, i16, i32, i64, u8, u16, u32, u64


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 3


@rs.struct
class Part:
    n: i16
    on: bool


@rs.struct
class Whole:
    i8: i8
    i64: i64
    u16: u16
    u64: u64
    flag: bool
    mood: Mood
    number: Fixed
    place: Vec2
    heading: Angle
    part: Part
    cells: rs.Array[i32] = rs.array(2, 3)
    parts: rs.Array[Part] = rs.array(2)
    moods: rs.Array[Mood] = rs.array(3)
    places: rs.Array[Vec2] = rs.array(2)
    bullets: rs.Pool[Part] = rs.pool(3)
    effects: rs.Effects[Mood, Part] = rs.effects(2)


@st.composite
def states(draw: st.DrawFn, cls: Any = Whole) -> Any:
    """A struct of any legal bytes."""
    legal = cls.layout.legal_bytes()
    data = bytearray(draw(st.binary(min_size=len(legal), max_size=len(legal))))
    for at, values in enumerate(legal):
        if values is not None and data[at] not in values:
            data[at] = sorted(values)[data[at] % len(values)]
    return cls.view(data)


NAMES = st.sampled_from(["a", "b", "c", "d", "e", "é"])
ENUMS = st.dictionaries(st.sampled_from(["A", "B", "C", "_D"]), st.integers(0, 255), min_size=1).filter(
    lambda members: len(set(members.values())) == len(members)).map(
    lambda members: enum.IntEnum("Kinds", sorted(members.items(), key=lambda item: item[1])))
PLAIN = st.one_of(st.sampled_from([i8, i16, i32, i64, u8, u16, u32, u64, bool, Fixed, Vec2, Angle]), ENUMS)


def made(name: str, members: dict[str, tuple[Any, tuple[int, ...]]], pools: frozenset[str] = frozenset(),
         rings: frozenset[str] = frozenset()) -> Any:
    """A struct class of these (kind, shape); a member among `pools` is a pool of the shape's length, one among `rings` effects
    that tell this kind."""
    annotations: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for key, (kind, shape) in members.items():
        if key in pools:
            annotations[key], values[key] = rs.Pool[kind], rs.pool(shape[0])
        elif key in rings:
            annotations[key], values[key] = rs.Effects[Mood, kind], rs.effects(*shape)
        elif shape:
            annotations[key], values[key] = rs.Array[kind], rs.array(*shape)
        else:
            annotations[key] = kind
    return rs.struct(type(name, (), {"__annotations__": annotations, **values}))


def classes(depth: int = 2) -> st.SearchStrategy[Any]:
    """Struct classes: every kind, arrays of up to two dimensions, structs in structs, pools, effects."""
    shapes = st.sampled_from([(), (), (2,), (3,), (2, 2)])
    kinds = PLAIN if depth == 0 else st.one_of(PLAIN, PLAIN, classes(depth - 1))

    @st.composite
    def build(draw: st.DrawFn) -> Any:
        members = draw(st.dictionaries(NAMES, st.tuples(kinds, shapes), min_size=1, max_size=4))
        pools = frozenset()
        if depth == 2 and draw(st.booleans()):
            members["pool"] = (draw(classes(0)), (draw(st.integers(1, 4)),))
            pools = frozenset({"pool"})
        rings = frozenset()
        if depth == 2 and draw(st.booleans()):
            members["ring"] = (draw(st.sampled_from([None, i16, Vec2, Mood, Part])), (draw(st.integers(1, 4)),))
            rings = frozenset({"ring"})
        return made(draw(st.sampled_from(["One", "Two"])), members, pools, rings)
    return build()


def layout(cls: Any) -> Layout:
    return cls.layout
