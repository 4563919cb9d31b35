"""Where fields lie, and that a layout's digest notices every change of meaning."""

import enum
from typing import Any

import pytest

import rollstep as rs
from rollstep import Array, Fixed, UsageError, Vec2, array, i8, i16, i32, i64, u8, u16, u32, u64
from rollstep.state import Layout


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 3


@rs.struct
class Part:
    small: u8
    wide: u32
    tail: i8


@rs.struct
class Whole:
    flag: bool
    number: Fixed
    mood: Mood
    word: i16
    place: Vec2
    parts: Array[Part] = array(2, 3)
    last: u8


def layout(cls: Any) -> Layout:
    return cls.layout


def places(cls: Any) -> dict[str, int]:
    return {field.name: field.offset for field in layout(cls).fields}


def test_each_field_stands_at_the_next_multiple_of_its_alignment():
    assert places(Part) == {"small": 0, "wide": 4, "tail": 8}
    assert (layout(Part).size, layout(Part).align) == (12, 4)
    assert places(Whole) == {"flag": 0, "number": 8, "mood": 16, "word": 18, "place": 24, "parts": 40, "last": 112}
    assert (layout(Whole).size, layout(Whole).align) == (120, 8)


@pytest.mark.parametrize(("kind", "size"), [(i8, 1), (u8, 1), (i16, 2), (u16, 2), (i32, 4), (u32, 4), (i64, 8), (u64, 8),
                                            (bool, 1), (Mood, 1), (Fixed, 8), (Vec2, 16), (Part, 12)])
def test_every_kind_has_its_size_and_arrays_have_no_gaps(kind, size):
    one = rs.struct(type("One", (), {"__annotations__": {"x": kind}}))
    many = rs.struct(type("Many", (), {"__annotations__": {"x": Array[kind]}, "x": array(2, 5)}))
    assert layout(one).size == size and layout(many).size == 10 * size
    assert layout(many).align == layout(one).align == {16: 8, 12: 4}.get(size, size)


def test_leaves_name_every_value_in_order_of_address():
    leaves = [(path, offset) for path, _, offset in layout(Whole).leaves()]
    assert leaves[5:8] == [("Whole.parts[0][0].small", 40), ("Whole.parts[0][0].wide", 44), ("Whole.parts[0][0].tail", 48)]
    assert ("Whole.parts[1][2].tail", 40 + 5 * 12 + 8) in leaves
    assert [offset for _, offset in leaves] == sorted(offset for _, offset in leaves)
    assert len({path for path, _ in leaves}) == len(leaves) == 5 + 18 + 1


def test_only_zero_is_legal_in_padding_and_only_members_in_an_enum():
    legal = layout(Whole).legal_bytes()
    assert legal[0] == {0, 1} and legal[16] == {0, 3} and legal[8] is None
    padding = {*range(1, 8), 17, *range(20, 24), *range(113, 120),
               *(40 + 12 * part + at for part in range(6) for at in (1, 2, 3, 9, 10, 11))}
    assert {at for at, values in enumerate(legal) if values == {0}} == padding


def test_padding_is_zero_whatever_is_stored():
    whole = Whole(flag=True, number=Fixed(-1), mood=Mood.ANGRY, word=-1, place=Vec2(-1, -1), last=255)
    for row in whole.parts:
        for part in row:
            part.small, part.wide, part.tail = -1, -1, -1
    data = bytes(whole)
    legal = layout(Whole).legal_bytes()
    assert all(byte == 0 for byte, values in zip(data, legal, strict=True) if values == {0})
    assert data.count(0xFF) > 50


class Calm(enum.IntEnum):
    CALM = 0
    ANGRY = 4


class Renamed(enum.IntEnum):
    CALM = 0
    CROSS = 3


BASE: dict[str, tuple[Any, tuple[int, ...]]] = {"a": (u8, ()), "b": (i32, (2, 3)), "mood": (Mood, ()), "part": (Part, (2,)),
                                                "n": (i64, ())}


def digest(members: dict[str, tuple[Any, tuple[int, ...]]], name: str = "Thing") -> bytes:
    annotations = {key: Array[kind] if shape else kind for key, (kind, shape) in members.items()}
    shapes = {key: array(*shape) for key, (_, shape) in members.items() if shape}
    return rs.struct(type(name, (), {"__annotations__": annotations, **shapes})).layout.digest()


@rs.struct
class OtherPart:
    small: u8
    broad: u32
    tail: i8


@pytest.mark.parametrize("change", [
    {"a": (i8, ())}, {"b": (u32, (2, 3))}, {"b": (i32, (3, 2))}, {"b": (i32, (6,))}, {"b": (i32, (2, 4))}, {"n": (u64, ())},
    {"n": (Fixed, ())}, {"a": (bool, ())}, {"mood": (u8, ())}, {"mood": (Calm, ())}, {"mood": (Renamed, ())},
    {"part": (OtherPart, (2,))}, {"part": (Part, ())}, {"extra": (u8, ())}], ids=str)
def test_any_changed_kind_shape_or_enum_value_is_another_digest(change):
    assert digest(BASE | change) != digest(BASE)


def test_a_changed_name_or_order_is_another_digest_and_the_same_fields_are_the_same():
    assert digest(BASE) == digest(dict(BASE)) and len(digest(BASE)) == 16
    assert digest(BASE, "Other") != digest(BASE)
    assert digest({("z" if key == "a" else key): value for key, value in BASE.items()}) != digest(BASE)
    assert digest(dict(reversed(BASE.items()))) != digest(BASE)


@pytest.mark.parametrize(("annotation", "default", "hint"), [
    (float, None, "write Fixed"), (int, None, "write i64"), (str, None, "it takes i8"), (list[int], None, "it takes i8"),
    (i64, 3, "set the value in init"), (Array[i64], None, r"Array\[kind\] ="), (Array, array(2), r"Array\[kind\] ="),
    (enum.IntEnum("Big", {"A": 256}), None, "from 0 to 255"), (enum.IntEnum("Low", {"A": -1}), None, "from 0 to 255")])
def test_a_field_that_cannot_be_laid_out_is_named(annotation, default, hint):
    namespace = {"__annotations__": {"speed": annotation}} | ({} if default is None else {"speed": default})
    with pytest.raises(UsageError, match=hint) as caught:
        rs.struct(type("Ship", (), namespace))
    assert "Ship.speed" in str(caught.value)


@pytest.mark.parametrize("name", ["_hidden", "copy", "view", "layout"])
def test_a_name_that_the_struct_needs_itself_is_refused(name):
    with pytest.raises(UsageError, match="choose another"):
        rs.struct(type("Ship", (), {"__annotations__": {name: i64}}))


def test_an_empty_struct_an_empty_shape_and_a_huge_one_are_refused():
    with pytest.raises(UsageError, match="no fields"):
        rs.struct(type("Nothing", (), {}))
    for shape in ((), (0,), (2, -1), (1.5,), (True,)):
        with pytest.raises(UsageError, match="at least 1"):
            array(*shape)
    with pytest.raises(UsageError, match="the limit is"):
        digest({"a": (i64, (1 << 22,))})
