"""Saved states of an old layout: what is copied, what must be named, what is refused."""

from __future__ import annotations

import ast
import enum
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Fixed, Layout, Trap, UsageError, Vec2, fx, i8, i16, i32, i64, migrate, u8, u16, u32, u64
from tests.state.structs import classes, layout, made, states

OldMood = enum.IntEnum("Mood", {"CALM": 0, "ANGRY": 3, "SAD": 4})
NewMood = enum.IntEnum("Mood", {"CALM": 0, "SAD": 3, "ANGRY": 7})


@rs.struct
class OldShip:
    heat: i16
    pos: Vec2
    mood: OldMood
    fuel: u8


@rs.struct
class OldWorld:
    score: i64
    ships: rs.Array[OldShip] = rs.array(3)
    grid: rs.Array[u8] = rs.array(2, 3)


@rs.struct
class Ship:
    mood: NewMood
    fuel: Fixed
    pos: Vec2
    heat: i32


@rs.struct
class World:
    ships: rs.Array[Ship] = rs.array(4)
    grid: rs.Array[u16] = rs.array(3, 2)
    score: i64


def old_world() -> OldWorld:
    world = OldWorld(score=77)
    for i in range(3):
        ship = world.ships[i]
        ship.heat, ship.pos, ship.mood, ship.fuel = -i, Vec2(i, fx("0.5")), OldMood.ANGRY, 10 + i
        for j in range(2):
            world.grid[j, i] = 10 * j + i
    return world


LOST = ("OldWorld.ships[].fuel", "OldWorld.grid[][2..2]")


def test_fields_find_their_new_places_and_change_does_the_rest():
    def change(old, new):
        for i in range(3):
            new.ships[i].fuel = fx(old.ships[i].fuel) / 2
        new.ships[3].mood = NewMood.SAD
    world = migrate(bytes(old_world()), OldWorld, World, change=change, dropped=LOST)
    assert type(world) is World and world.score == 77
    for i in range(3):
        ship = world.ships[i]
        assert (ship.heat, ship.pos, ship.mood, ship.fuel) == (-i, Vec2(i, fx("0.5")), NewMood.ANGRY, fx(10 + i) / 2)
    assert world.ships[3] == Ship(mood=NewMood.SAD)
    assert [[world.grid[j, i] for i in range(2)] for j in range(3)] == [[0, 1], [10, 11], [0, 0]]
    world.score = 1                                      # it is a struct of its own


def test_a_layout_from_a_file_serves_as_the_old_one():
    stored = Layout.from_json(json.loads(json.dumps(layout(OldWorld).to_json())))
    data = bytes(old_world())
    assert migrate(data, stored, World, dropped=LOST) == migrate(data, OldWorld, World, dropped=LOST)


def test_what_would_be_lost_is_named_as_it_must_be_written():
    with pytest.raises(UsageError) as caught:
        migrate(bytes(old_world()), OldWorld, World)
    said = str(caught.value)
    assert "OldWorld.ships[].fuel (u8, now Fixed)" in said and "OldWorld.grid[][2..2] (u8[2][3], now u16[3][2])" in said
    assert f"dropped={LOST!r}" in said
    for i in range(2):
        with pytest.raises(UsageError, match="has no place for OldWorld"):
            migrate(bytes(old_world()), OldWorld, World, dropped=LOST[i:i + 1])


@pytest.mark.parametrize("name", ["OldWorld.scores", "World.score", "score", "OldWorld.ships[3..3]", "OldWorld.ships[0].fuel",
                                  ""])
def test_a_name_that_drops_nothing_is_a_mistake(name):
    with pytest.raises(UsageError, match="is no field of the old OldWorld"):
        migrate(bytes(old_world()), OldWorld, World, dropped=(*LOST, name))
    with pytest.raises(UsageError, match="give a tuple of paths"):
        migrate(bytes(old_world()), OldWorld, World, dropped="OldWorld.score")


def test_a_dropped_field_is_not_copied_though_it_could_be():
    world = migrate(bytes(old_world()), OldWorld, World, dropped=("OldWorld.score", "OldWorld.ships", LOST[1]))
    assert world.score == 0 and world.ships[0] == Ship() and world.grid[1, 1] == 11
    same = migrate(bytes(old_world()), OldWorld, OldWorld, dropped=("OldWorld.ships[].heat",))
    assert same.ships[2].heat == 0 and same.ships[2].fuel == 12


INTS = {"i8": i8, "i16": i16, "i32": i32, "i64": i64, "u8": u8, "u16": u16, "u32": u32, "u64": u64}


@given(st.sampled_from(sorted(INTS)), st.sampled_from(sorted(INTS)), st.integers(-1 << 63, (1 << 63) - 1))
def test_an_integer_keeps_its_value_in_another_width_or_is_refused(was, now, value):
    old, new = made("One", {"x": (INTS[was], (2,))}), made("One", {"x": (INTS[now], (2,))})
    view = old()
    view.x[1] = value
    value = view.x[1]
    bits = int(now[1:])
    low, high = (-1 << bits - 1, (1 << bits - 1) - 1) if now[0] == "i" or bits == 64 else (0, (1 << bits) - 1)
    if low <= value <= high:
        assert migrate(bytes(view), old, new).x[1] == value
    else:
        with pytest.raises(UsageError) as caught:
            migrate(bytes(view), old, new)
        assert str(caught.value) == (f"One.x[1]: the new x ({now}) takes {low} to {high}, not {value}; carry it over in "
                                     "change(), and name it: dropped=('One.x',)")
        assert migrate(bytes(view), old, new, dropped=("One.x",)).x[1] == 0


def test_a_member_that_is_gone_is_refused_by_its_name():
    fewer = enum.IntEnum("Mood", {"CALM": 0, "QUIET": 3})
    old, new = made("One", {"mood": (OldMood, ())}), made("One", {"mood": (fewer, ())})
    with pytest.raises(UsageError, match=r"One\.mood: the new mood has no member ANGRY; .*dropped=\('One\.mood',\)"):
        migrate(b"\3", old, new)
    assert migrate(b"\0", old, new).mood is fewer.CALM


def test_an_enum_without_a_zero_must_be_set():
    late = enum.IntEnum("Late", {"A": 1})
    old, new = made("One", {"x": (u8, ())}), made("Two", {"x": (u8, ()), "late": (late, ())})

    def change(_, view):
        view.late = late.A
    with pytest.raises(UsageError, match=r"after the migration Two\.late \(byte 1\) is 0, .*set it in change\(\)"):
        migrate(b"\7", old, new)
    assert bytes(migrate(b"\7", old, new, change=change)) == b"\7\1"


def test_bytes_that_are_no_such_state_are_refused():
    data = bytearray(bytes(old_world()))
    data[-1] = 1
    with pytest.raises(UsageError, match="padding"):
        migrate(data, OldWorld, World, dropped=LOST)
    data = bytearray(bytes(old_world()))
    mood = next(offset for path, _, offset in layout(OldWorld).leaves() if path == "OldWorld.ships[1].mood")
    data[mood] = 9
    with pytest.raises(UsageError, match=r"OldWorld\.ships\[1\]\.mood .* is 9"):
        migrate(data, OldWorld, World, dropped=LOST)
    with pytest.raises(UsageError, match="it takes"):
        migrate(data[:-1], OldWorld, World, dropped=LOST)


def test_change_reads_the_old_state_and_stores_only_what_fits():
    def spoil(old, new):
        old.score = 1

    def overflow(old, new):
        new.grid[0, 0] = 1 << 16
    with pytest.raises(UsageError, match="read-only"):
        migrate(bytes(old_world()), OldWorld, World, change=spoil, dropped=LOST)
    with pytest.raises(Trap, match="grid"):
        migrate(bytes(old_world()), OldWorld, World, change=overflow, dropped=LOST)


def pools(n: int, kind: Any = u8) -> Any:
    return made("World", {"bullets": (made("Bullet", {"x": (kind, ())}), (n,))}, frozenset({"bullets"}))


def test_a_pool_grows_and_its_handles_live_on():
    world = pools(3)()
    handles = [world.bullets.spawn() for _ in range(3)]
    for i, handle in enumerate(handles):
        world.bullets[handle].x = i + 5
    world.bullets.despawn(handles[1])
    new = migrate(bytes(world), type(world), pools(5, i32))
    assert [new.bullets[handle].x for handle in (handles[0], handles[2])] == [5, 7] and len(new.bullets) == 2
    assert not new.bullets.alive(handles[1]) and len({new.bullets.spawn() for _ in range(3)} - {0}) == 3
    assert new.bullets.spawn() == 0
    with pytest.raises(UsageError, match=r"no place for World\.bullets \(Pool\[Bullet\] of 3, now Pool\[Bullet\] of 2\)"):
        migrate(bytes(world), type(world), pools(2))


@given(classes().flatmap(states))
def test_to_the_same_layout_every_byte_is_kept(view):
    assert bytes(migrate(bytes(view), type(view), type(view))) == bytes(view)
    again = Layout.from_json(json.loads(json.dumps(view.layout.to_json())))
    assert bytes(migrate(bytes(view), again, type(view))) == bytes(view)


@given(classes().flatmap(states), classes())
def test_any_two_layouts_migrate_once_all_that_is_lost_is_named(view, cls):
    """And the new state is legal, padding included; enums that were never set are what a game's author must set."""
    def settle(old, new):
        for _, kind, offset in new.layout.leaves():
            if kind.enum is not None and new._memory[offset] not in kind.legal_bytes:
                new._memory[offset] = min(kind.legal_bytes)
    dropped: tuple[str, ...] = ()
    for _ in range(30):
        try:
            new = migrate(bytes(view), type(view), cls, change=settle, dropped=dropped)
        except UsageError as error:
            assert "dropped=(" in str(error), error
            dropped += ast.literal_eval(str(error).rpartition("dropped=")[2])
        else:
            layout(cls).validate(bytes(new))
            return
    raise AssertionError(dropped)
