"""Structs as NumPy's structured arrays: the same bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import rollstep as rs
from rollstep import Angle, UsageError, Vec2, fx
from tests.state.structs import Mood, Part, Whole, classes, layout, states


@given(classes())
def test_the_type_has_each_field_where_the_layout_has_it(cls):
    def same(dtype, layout):
        assert dtype.itemsize == layout.size and list(dtype.names) == [field.name for field in layout.fields]
        for field in layout.fields:
            kind, offset = dtype.fields[field.name][:2]
            assert offset == field.offset and kind.itemsize == field.size and kind.shape[:len(field.shape)] == field.shape
            if field.kind.layout is not None:
                same(kind.base, field.kind.layout)
    same(layout(cls).dtype(), layout(cls))


def test_an_array_shows_and_changes_the_bytes_of_the_struct_itself():
    whole = Whole(i8=-3, u64=-1, number=fx("0.5"), place=Vec2(1, -1), heading=Angle.degrees(180), mood=Mood.ANGRY, flag=True)
    array = rs.to_numpy(whole)
    assert array["i8"] == -3 and array["u64"] == (1 << 64) - 1 and array["flag"].dtype == bool and array["mood"] == 3
    assert array["number"] == 1 << 31 and array["place"].tolist() == [1 << 32, -1 << 32] and array["heading"] == 1 << 31
    array["cells"][1, 2] = 7
    array["parts"]["n"] = [4, 5]
    assert whole.cells[1, 2] == 7 and [part.n for part in whole.parts] == [4, 5]
    whole.part.n = 9
    assert array["part"]["n"] == 9
    part = rs.to_numpy(whole.parts[1])
    part["n"] = 6
    assert whole.parts[1].n == 6 and array["places"].shape == (2, 2) and array["bullets"]["_elements"]["n"].shape == (3,)


def test_a_read_only_struct_is_a_read_only_array():
    array = rs.to_numpy(Whole.view(bytes(Whole()), readonly=True))
    with pytest.raises(ValueError, match="read-only"):
        array["i8"] = 1


@given(states())
def test_a_state_goes_through_an_array_of_many_and_back(whole):
    many = np.frombuffer(bytes(Whole()) + bytes(whole), layout(Whole).dtype())
    assert bytes(rs.from_numpy(Whole, many[1])) == bytes(whole) and bytes(rs.from_numpy(Whole, many[0])) == bytes(Whole())
    assert bytes(rs.from_numpy(Whole, rs.to_numpy(whole))) == bytes(whole)


def test_what_lies_in_the_gaps_of_an_array_is_left_out():
    noise = np.frombuffer(b"\x01" * layout(Whole).size, layout(Whole).dtype()).copy()[0]
    for name in ("mood", "moods"):
        noise[name] = 3
    noise["effects"]["_elements"]["kind"] = 3
    layout(Whole).validate(bytes(rs.from_numpy(Whole, noise)))


def test_another_type_another_shape_and_illegal_values_are_refused():
    array = np.zeros(2, layout(Whole).dtype())
    for given_ in (array, np.zeros((), layout(Part).dtype()), np.zeros(()), [1], None, "text"):
        with pytest.raises(UsageError, match=r"give one element of the type Whole\.layout\.dtype\(\)"):
            rs.from_numpy(Whole, given_)
    array[0]["moods"][1] = 7
    with pytest.raises(UsageError, match=r"Whole\.moods\[1\] \(byte \d+\) is 7"):
        rs.from_numpy(Whole, array[0])
    with pytest.raises(UsageError, match="give a struct"):
        rs.to_numpy(array)
    with pytest.raises(UsageError, match="give a class marked"):
        rs.from_numpy(NoStruct, array[0])


class NoStruct:
    """No struct."""
