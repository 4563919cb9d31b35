"""Structs as Python sees them: every kind in and out, bounds, and what is refused."""

from __future__ import annotations

import enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Fixed, Trap, UsageError, Vec2, fx, i8, i16, i32, i64, u8, u16, u32, u64
from rollstep.state import view_class

BITS = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "u8": 8, "u16": 16, "u32": 32, "u64": 64}


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
    i16: i16
    i32: i32
    i64: i64
    u8: u8
    u16: u16
    u32: u32
    u64: u64
    flag: bool
    mood: Mood
    number: Fixed
    place: Vec2
    part: Part
    cells: rs.Array[i32] = rs.array(2, 3)
    parts: rs.Array[Part] = rs.array(2)


def kept(name: str, value: int) -> int:
    """What a field of this kind makes of an int; an u64 is read as the int64 with the same bits."""
    bits = BITS[name]
    value &= (1 << bits) - 1
    return value - (1 << bits) if name in ("i8", "i16", "i32", "i64", "u64") and value >> bits - 1 else value


@given(st.sampled_from(sorted(BITS)), st.one_of(st.integers(-1 << 64, 1 << 65), st.integers(-300, 300)))
def test_an_integer_field_keeps_the_low_bits_and_touches_no_neighbour(name, value):
    whole = Whole()
    setattr(whole, name, value)
    assert getattr(whole, name) == kept(name, value)
    setattr(whole, name, 0)
    assert bytes(whole) == bytes(Whole())


@given(st.sampled_from(sorted(BITS)), st.integers(-1 << 63, (1 << 63) - 1))
def test_a_checked_view_traps_what_does_not_fit(name, value):
    whole = view_class(Whole.layout, checked=True)()
    if kept(name, value) == value:
        setattr(whole, name, value)
        assert getattr(whole, name) == value
    else:
        with pytest.raises(Trap, match=f"{name}.*not {value}"):
            setattr(whole, name, value)


def test_every_other_kind_goes_in_and_comes_out():
    whole = Whole(flag=True, mood=Mood.ANGRY, number=fx("-0.5"), place=Vec2(1, fx("0.25")), part=Part(n=-7, on=True))
    assert whole.flag is True and whole.mood is Mood.ANGRY and whole.number == fx("-0.5") and type(whole.number) is Fixed
    assert whole.place == Vec2(1, fx("0.25")) and whole.part.n == -7 and whole.part.on is True
    whole.flag, whole.number, whole.mood = 5, 3, 77
    assert whole.flag is True and whole.number == fx(3) and whole.mood == 77    # no member: the byte itself
    whole.i8, whole.i32 = Mood.ANGRY, True
    assert (whole.i8, whole.i32) == (3, 1)


def test_a_nested_struct_is_a_view_and_an_assignment_copies():
    whole, part = Whole(), Part(n=5)
    whole.part = part
    part.n = 6
    inner = whole.part
    assert inner.n == 5
    inner.n = 8
    assert whole.part.n == 8
    whole.parts[1] = whole.part
    whole.part.n = 9
    assert whole.parts[1].n == 8 and whole.parts[0].n == 0


def test_arrays_have_as_many_indices_as_dimensions():
    whole = Whole()
    whole.cells[1, 2] = 7
    whole.cells[0][1] = 5
    assert whole.cells[1][2] == 7 and whole.cells[0, 1] == 5 and len(whole.cells) == 2 and len(whole.cells[0]) == 3
    assert [list(row) for row in whole.cells] == [[0, 5, 0], [0, 0, 7]]
    assert repr(whole.cells) == "[[0, 5, 0], [0, 0, 7]]" and "cells=[[0, 5, 0]" in repr(whole)
    with pytest.raises(UsageError, match="one element at a time"):
        whole.cells[0] = 1
    with pytest.raises(IndexError, match="2 dimensions, not 3"):
        whole.cells[0, 0, 0]


@pytest.mark.parametrize("index", [-1, 2, (0, -1), (0, 3), (2, 0), 1 << 64, (-2, 0)])
def test_an_index_outside_is_refused_negative_ones_too(index):
    whole = Whole()
    with pytest.raises(IndexError, match=r"cells: index -?\d+ is outside 0\.\.[12]"):
        whole.cells[index]
    with pytest.raises(IndexError, match="outside"):
        whole.cells[index] = 1
    assert bytes(whole) == bytes(Whole())


@pytest.mark.parametrize("index", [0.0, "0", None, fx(0)])
def test_an_index_is_an_integer(index):
    with pytest.raises(TypeError):
        Whole().cells[index]


@pytest.mark.parametrize(("field", "value", "hint"), [
    ("number", 0.5, r'write number = fx\("0.5"\)'), ("i32", 0.5, "it takes an int"), ("i32", fx(1), r"write int\(x\)"),
    ("place", 1, "takes a Vec2, not int"), ("flag", 0.0, "takes an int"), ("mood", "CALM", "takes an int, not str"),
    ("part", 3, "takes a Part, not int"), ("part", Mood.CALM, "takes a Part"), ("i8", None, "not NoneType")])
def test_a_value_of_the_wrong_kind_is_refused_with_what_to_write(field, value, hint):
    whole = Whole()
    with pytest.raises(TypeError, match=hint):
        setattr(whole, field, value)
    assert bytes(whole) == bytes(Whole())


def test_a_read_only_view_refuses_every_store_and_says_where_it_is_so():
    memory = bytearray(Whole.layout.size)
    view = Whole.view(memory, readonly=True)
    for store in (lambda: setattr(view, "i8", 1), lambda: setattr(view.part, "n", 1), lambda: setattr(view.parts[1], "on", 1),
                  lambda: view.cells.__setitem__((0, 0), 1), lambda: setattr(view, "part", Part(n=1))):
        with pytest.raises(UsageError, match="is read-only here"):
            store()
    assert not any(memory)
    memory[0] = 200
    assert view.i8 == -56                                # nothing is copied


def test_a_view_lies_inside_its_buffer():
    size = Whole.layout.size
    for length, offset in ((size - 1, 0), (size, 1), (size, -1), (0, 0), (size * 2, size + 1)):
        with pytest.raises(UsageError, match=f"takes {size} bytes"):
            Whole.view(bytearray(length), offset)
    memory = bytearray(size * 2)
    Whole.view(memory, size).i8 = 1
    assert memory.index(1) == size


def test_a_copy_is_independent_and_equality_is_by_bytes():
    whole = Whole(i8=1)
    other = whole.copy()
    assert other == whole and bytes(other) == bytes(whole) and type(other) is Whole
    other.cells[0, 0] = 1
    assert other != whole and whole.cells[0, 0] == 0 and whole != Part() and whole != bytes(whole)
    inner = whole.parts[1].copy()
    inner.n = 4
    assert whole.parts[1].n == 0 and bytes(inner) != bytes(whole.parts[1])
    with pytest.raises(TypeError, match="unhashable"):
        hash(whole)


def test_a_field_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(UsageError, match="no field 'm'; it has n, on"):
        Part(m=1)
    with pytest.raises(AttributeError):
        Part().m = 1


def test_structs_can_be_written_inside_a_function_under_postponed_annotations():
    class Local(enum.IntEnum):
        A = 9

    @rs.struct
    class Inner:
        kind: Local

    @rs.struct
    class Outer:
        """Its own words."""

        rows: rs.Array[Inner] = rs.array(2)
        n: u8

    outer = Outer(n=3)
    outer.rows[1].kind = Local.A
    assert bytes(outer) == b"\0\x09\x03" and outer.rows[1].kind is Local.A and Outer.__doc__ == "Its own words."
    with pytest.raises(UsageError, match=r"struct Broken: an annotation cannot be evaluated: .*nowhere"):
        @rs.struct
        class Broken:
            n: nowhere  # noqa: F821


@rs.struct
class Tuned:
    speed: Fixed
    lives: i8
    row: rs.Array[Fixed] = rs.array(3)


@pytest.mark.parametrize(("made", "told"), [
    (lambda: Tuned(speed=0.25), 'Tuned: speed = 0.25 is a float: write speed = fx("0.25")'),
    (lambda: Tuned(lives=1.5), "Tuned: lives = 1.5 is a float; it takes an int"),
    (lambda: Tuned(sped=fx(1)), "Tuned has no field 'sped'; it has speed, lives, row; did you mean speed?"),
    (lambda: Tuned().row.__setitem__(1, 0.1), 'row = 0.1 is a float: write row = fx("0.1")'),
])
def test_a_float_in_content_is_told_with_its_place_and_value(made, told):
    with pytest.raises((TypeError, UsageError)) as caught:
        made()
    assert str(caught.value) == told
