"""A diff names the field: whichever single byte differs, padding included."""

import enum

import pytest

import rollstep as rs
from rollstep import Fixed, Vec2, fx, i8, i16, u8, u32
from rollstep.state import Difference, differences


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 1


@rs.struct
class Part:
    small: i8
    wide: u32
    mood: Mood


@rs.struct
class World:
    on: bool
    speed: Fixed
    place: Vec2
    parts: rs.Array[Part] = rs.array(2)
    grid: rs.Array[i16] = rs.array(2, 2)
    last: u8


BASE = bytes(World(on=True, speed=fx("0.5"), place=Vec2(1, -1), last=7))


def owner(at: int) -> str:
    """The path of the leaf at a byte."""
    for path, kind, offset in World.layout.leaves():
        if offset <= at < offset + kind.size:
            return path
    return f"World padding at byte {at}"


@pytest.mark.parametrize("at", range(World.layout.size))
def test_one_flipped_byte_is_one_named_difference(at):
    other = bytearray(BASE)
    other[at] ^= 2 if owner(at) == "World.on" else 1
    (found,) = differences(World.layout, BASE, bytes(other))
    half = {"World.place": ".x" if at < World.layout.fields[2].offset + 8 else ".y"}
    assert found.path == owner(at) + half.get(owner(at), "")
    assert found.raw_ours != found.raw_theirs and found.raw_ours in BASE
    if "padding" in found.path:
        assert (found.ours, found.theirs) == (0, 1)


def test_both_values_are_shown_as_the_field_shows_them():
    other = World.view(bytearray(BASE))
    other.speed, other.parts[1].mood, other.parts[0].wide, other.grid[1, 0] = fx(-2), Mood.ANGRY, 1 << 31, -5
    assert differences(World.layout, BASE, bytes(other)) == [
        Difference("World.speed", fx("0.5"), fx(-2)), Difference("World.parts[0].wide", 0, 1 << 31),
        Difference("World.parts[1].mood", Mood.CALM, Mood.ANGRY), Difference("World.grid[1][0]", 0, -5)]


def test_equal_states_have_no_difference_and_bytes_beyond_the_struct_do_not_count():
    assert differences(World.layout, BASE, BASE) == []
    assert differences(World.layout, BASE + b"\0\0", BASE + b"\1\2") == []


def test_the_limit_keeps_the_first_differences():
    other = bytes(byte ^ 1 for byte in BASE)
    every = differences(World.layout, BASE, other)
    assert len(every) > 10 and differences(World.layout, BASE, other, limit=3) == every[:3]
    assert every[-1].path.startswith("World padding")


def test_a_bool_that_is_stored_as_another_true_byte_is_told_apart():
    other = bytearray(BASE)
    other[0] = 3
    (found,) = differences(World.layout, BASE, bytes(other))
    assert found.path == "World.on" and found.ours != found.theirs


def test_two_structs_are_compared_and_two_kinds_are_refused():
    one, two = World(on=True), World(on=True, place=Vec2(0, fx("0.25")))
    assert rs.diff(one, one) == [] and rs.diff(one, two) == [Difference("World.place.y", fx(0), fx("0.25"))]
    with pytest.raises(rs.UsageError, match="diff of a World and a Part"):
        rs.diff(one, Part())
