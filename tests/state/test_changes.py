"""What has changed between two layouts, in words."""

from __future__ import annotations

import enum
import json
from typing import Any

import pytest
from hypothesis import given

from rollstep import Fixed, Layout, UsageError, Vec2, i16, i32, i64, layout_diff, u8
from tests.state.structs import classes, layout, made

OLD = enum.IntEnum("Mood", {"CALM": 0, "ANGRY": 3, "SAD": 4})
NEW = enum.IntEnum("Mood", {"CALM": 0, "ANGRY": 4, "GLAD": 5})
PART = made("Part", {"n": (i16, ()), "m": (u8, ())})
PIECE = made("Piece", {"n": (i32, ()), "m": (u8, ())})
BASE: dict[str, Any] = {"a": (u8, ()), "b": (i32, (2, 3)), "mood": (OLD, ()), "parts": (PART, (2,)), "n": (i64, ())}


def changed(**changes: Any) -> dict[str, Any]:
    """The fields of BASE with others in their places, or behind them."""
    return {key: value for key, value in (BASE | changes).items() if value is not None}


@pytest.mark.parametrize(("fields", "lines"), [
    (changed(), []),
    (changed(extra=(Fixed, (4,))), ["World.extra: new, Fixed[4]"]),
    (changed(b=None), ["World.b: gone, was i32[2][3]"]),
    (changed(n=(Fixed, ())), ["World.n: Fixed, was i64"]),
    (changed(a=(i16, ())), ["World.a: i16, was u8"]),
    (changed(b=(i32, (3, 2))), ["World.b: i32[3][2], was i32[2][3]"]),
    (changed(b=(Vec2, ())), ["World.b: Vec2, was i32[2][3]"]),
    (changed(mood=(NEW, ())), ["World.mood: ANGRY=4, was 3", "World.mood: SAD=4 is gone", "World.mood: GLAD=5 is new"]),
    (changed(mood=(u8, ())), ["World.mood: u8, was Mood"]),
    (changed(parts=(PIECE, (2,))), ["World.parts[]: Piece, was Part", "World.parts[].n: i32, was i16"]),
    (changed(parts=(PART, ())), ["World.parts: Part, was Part[2]"]),
    ({"z" if key == "a" else key: value for key, value in BASE.items()}, ["World.a: gone, was u8", "World.z: new, u8"]),
    ({"n": BASE["n"], **BASE}, ["World.n: stands at the start now"]),
    ({"b": BASE["b"], "mood": BASE["mood"], "a": BASE["a"], "parts": BASE["parts"], "n": BASE["n"]},
     ["World.a: stands after mood now"])], ids=str)
def test_each_change_is_one_line_and_what_follows_from_it_is_none(fields, lines):
    assert layout_diff(made("World", BASE), made("World", fields)) == lines


def test_a_pool_is_told_by_its_capacity_and_its_elements():
    old, new = (made("World", {"bullets": (part, (n,))}, frozenset({"bullets"})) for part, n in ((PART, 4), (PIECE, 8)))
    assert layout_diff(old, new) == ["World.bullets: Pool[Piece] of 8, was Pool[Part] of 4",
                                     "World.bullets[]: Piece, was Part", "World.bullets[].n: i32, was i16"]
    array = made("World", {"bullets": (PART, (4,))})
    assert layout_diff(old, array) == ["World.bullets: Part[4], was Pool[Part] of 4"]


def test_another_name_of_the_struct_is_told():
    assert layout_diff(made("World", BASE), made("Planet", BASE)) == ["Planet: Planet, was World"]


@given(classes(), classes())
def test_there_are_no_lines_exactly_when_the_digests_are_equal(old, new):
    assert (layout_diff(old, new) == []) == (layout(old).digest() == layout(new).digest())
    for cls in (old, new):
        stored = Layout.from_json(json.loads(json.dumps(layout(cls).to_json(), sort_keys=True)))
        assert layout_diff(cls, cls) == layout_diff(stored, cls) == layout_diff(cls, stored) == []


def test_what_is_no_struct_is_refused():
    with pytest.raises(UsageError, match="give a class marked @struct, or a Layout"):
        layout_diff(made("World", BASE), int)
