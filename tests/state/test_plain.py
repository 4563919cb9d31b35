"""Structs as JSON: exact both ways, and what is wrong is named by its path."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Angle, UsageError, Vec2, fx
from tests.state.structs import Mood, Part, Whole, classes, states


def test_each_kind_is_what_a_person_would_write():
    whole = Whole(i8=-3, u64=-1, flag=True, mood=Mood.ANGRY, number=fx("-0.125"), place=Vec2(1, fx("0.5")),
                  heading=Angle.degrees(90), part=Part(n=7, on=True))
    whole.cells[1, 2] = 5
    whole.bullets[whole.bullets.spawn()].n = 9
    whole.effects.emit(5, Mood.ANGRY, 2, 7, True)
    data = rs.to_json(whole)
    books, ring = data.pop("bullets"), data.pop("effects")
    assert data == {"i8": -3, "i64": 0, "u16": 0, "u64": -1, "flag": True, "mood": "ANGRY", "number": "-0.125",
                    "place": ["1", "0.5"], "heading": 1 << 30, "part": {"n": 7, "on": True},
                    "cells": [[0, 0, 0], [0, 0, 5]], "parts": [{"n": 0, "on": False}] * 2, "moods": ["CALM"] * 3,
                    "places": [["0", "0"]] * 2}
    assert books["count"] == 1 and books["_elements"][0] == {"n": 9, "on": False}
    assert ring["emitted"] == 1 and ring["_elements"][0] == {
        "frame": 5, "id": 2, "kind": "ANGRY", "data": {"n": 7, "on": True}}


@given(states())
def test_any_state_comes_back_to_the_byte(whole):
    back = rs.from_json(Whole, json.loads(json.dumps(rs.to_json(whole), allow_nan=False)))
    assert type(back) is Whole and bytes(back) == bytes(whole)


@given(classes().flatmap(states))
def test_any_state_of_any_struct_comes_back_to_the_byte(view):
    assert bytes(rs.from_json(type(view), json.loads(json.dumps(rs.to_json(view))))) == bytes(view)


@given(st.integers(-1 << 63, (1 << 63) - 1))
def test_every_fixed_reads_back_as_the_same_raw(raw):
    @rs.struct
    class One:
        x: rs.Fixed
    one = One(x=rs.Fixed.from_raw(raw))
    assert bytes(rs.from_json(One, rs.to_json(one))) == bytes(one)


def test_a_nested_struct_is_written_by_itself_and_a_fixed_may_be_a_whole_number():
    assert rs.to_json(Whole(part=Part(n=2)).part) == {"n": 2, "on": False}
    data = rs.to_json(Whole()) | {"number": -3, "place": [2, "1/2"]}
    assert rs.from_json(Whole, data).number == fx(-3) and rs.from_json(Whole, data).place == Vec2(2, fx("0.5"))


def refused(change: Any, base: Any = None) -> str:
    data = copy.deepcopy(base or rs.to_json(Whole()))
    change(data)
    with pytest.raises(UsageError) as caught:
        rs.from_json(Whole, data)
    return str(caught.value)


@pytest.mark.parametrize(("place", "value", "hint"), [
    (("i8",), 128, "Whole.i8: i8 (i8) takes -128 to 127, not 128"), (("u16",), -1, "Whole.u16: u16 (u16) takes 0 to 65535"),
    (("i64",), 1 << 63, "Whole.i64: "), (("i8",), True, "Whole.i8: i8 takes a whole number"),
    (("i8",), 1.0, "a whole number, not 1.0"), (("flag",), 1, "Whole.flag: takes true or false, not 1"),
    (("mood",), 3, "Whole.mood: takes the name of a member of Mood (CALM, ANGRY), not 3"),
    (("moods", 2), "GLAD", "Whole.moods[2]: "),
    (("number",), 0.5, 'Whole.number: Fixed takes text such as "0.125"'), (("number",), "x", "Whole.number: fx('x')"),
    (("number",), "2147483648", "is outside -2147483648"), (("number",), 1 << 31, "within ±2147483648, not 2147483648"),
    (("number",), "1/0", "Whole.number: "), (("number",), None, "not None"),
    (("place",), ["1"], "Whole.place: Vec2 takes a pair"),
    (("places", 1), [0.5, 0], "Whole.places[1]: "), (("heading",), 1 << 32, "Whole.heading: Angle takes its raw"),
    (("heading",), -1, "from 0 to 4294967295"),
    (("part",), [1], "Whole.part takes an object with the fields of a Part, not [1]"),
    (("part", "m"), 1, "Whole.part has no field 'm'; it has n, on"), (("parts", 1, "n"), 1 << 15, "Whole.parts[1].n: "),
    (("parts",), [], "Whole.parts takes a list of 2, not one of 0"), (("cells",), {}, "Whole.cells takes a list of 2, not {}"),
    (("cells", 1), [1] * 4, "Whole.cells[1] takes a list of 3, not one of 4"), (("cells", 0, 2), "1", "Whole.cells[0][2]: "),
    (("bullets", "_elements", 2, "on"), 0, "Whole.bullets[2].on: "), (("bullets", "count"), 1 << 63, "Whole.bullets.count: "),
], ids=str)
def test_what_does_not_fit_is_named_by_its_path(place, value, hint):
    def change(data: Any) -> None:
        for step in place[:-1]:
            data = data[step]
        data[place[-1]] = value
    said = refused(change)
    assert hint in said and len(said) < 300


def test_a_missing_field_is_named_and_so_is_data_that_is_none():
    assert refused(lambda data: data.pop("mood")) == "Whole.mood is missing; every field must be given"
    assert "Whole.parts[0].on is missing" in refused(lambda data: data["parts"][0].pop("on"))
    for data in (None, 3, [], "x", [[[]]]):
        with pytest.raises(UsageError, match="Whole takes an object"):
            rs.from_json(Whole, data)
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert "Whole.i64: " in refused(lambda data: data.update(i64=10**5000))
    assert "not a huge int" in refused(lambda data: data.update(flag=10**5000))
    assert "not a huge list" in refused(lambda data: data.update(i8=deep))


def test_only_structs_are_written_and_read():
    with pytest.raises(UsageError, match="give a struct"):
        rs.to_json({"a": 1})
    with pytest.raises(UsageError, match="give a class marked @struct"):
        rs.from_json(dict, {})
