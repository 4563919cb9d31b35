"""Layouts from files: what a layout has written is read back; anything else is refused with its place."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep import Layout, UsageError
from tests.games.box import game
from tests.state.structs import Whole, classes, layout


@given(classes())
def test_a_layout_comes_back_from_its_json_with_the_same_digest(cls):
    text = json.dumps(layout(cls).to_json())
    back = Layout.from_json(json.loads(text))
    assert back.to_json() == layout(cls).to_json() and back.digest() == layout(cls).digest()
    assert back == Layout.from_json(json.loads(text)) and back.legal_bytes() == layout(cls).legal_bytes()


def test_a_file_that_sorts_its_keys_gives_the_members_of_an_enum_in_order_of_their_values():
    sorted_keys = json.loads(json.dumps(layout(Whole).to_json(), sort_keys=True))
    assert Layout.from_json(sorted_keys).digest() == layout(Whole).digest()


def wrong(change: Any, base: dict[str, Any] | None = None) -> str:
    """What is said about a description that has been changed."""
    data = copy.deepcopy(base or layout(Whole).to_json())
    change(data)
    with pytest.raises(UsageError) as caught:
        Layout.from_json(data)
    return str(caught.value)


def field(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(field for field in data["fields"] if field["name"] == name)


@pytest.mark.parametrize(("name", "changes", "hint"), [
    ("i8", {"kind": "i128"}, "Whole.i8: 'i128' is not a kind"), ("i8", {"kind": ["i8"]}, "is not a kind"),
    ("i8", {"offset": 1}, "do not lie where"), ("i8", {"more": 1}, "says more"),
    ("i8", {"name": "copy"}, "taken by the struct"),
    ("i8", {"name": "_base"}, "taken by"), ("i8", {"name": "a b"}, "no identifier"),
    ("i8", {"name": "\x1b[2J"}, "no identifier"),
    ("i8", {"name": "a" * 129}, "no identifier of up to 128"), ("i8", {"name": 3}, "no identifier"),
    ("i8", {"name": "i64"}, "Whole.i64: two fields"), ("cells", {"shape": [0]}, "Whole.cells: the shape"),
    ("cells", {"shape": [1 << 40]}, "the shape"), ("cells", {"shape": [1] * 33}, "up to 32 lengths"),
    ("cells", {"shape": [1 << 20, 1 << 20]}, "Whole takes .* the limit is"), ("cells", {"shape": [2.0]}, "the shape"),
    ("cells", {"shape": [True]}, "the shape"), ("cells", {"shape": 3}, "the shape"), ("cells", {"shape": []}, "says more"),
    ("mood", {"values": {}}, "Whole.mood: the values"), ("mood", {"values": {"A": 256}}, "from 0 to 255"),
    ("mood", {"values": {"A": 1, "B": 1}}, "one value"), ("mood", {"values": {"__int__": 1}}, "__int__"),
    ("mood", {"values": {"_ignore_": 1}}, "those of an enum"), ("mood", {"values": {"mro": 1}}, "those of an enum"),
    ("mood", {"values": {f"A{i}": i for i in range(257)}}, "1 to 256"), ("mood", {"values": [1]}, "1 to 256"),
    ("part", {"struct": None}, "Whole.part is None, not an object"),
    ("part", {"struct": {"name": "P"}}, "Whole.part: 'fields'"),
    ("part", {"struct": {"name": "P", "fields": []}}, "Whole.part: 'fields'"),
    ("part", {"struct": {"name": "P", "fields": [3]}}, "Whole.part: field 0 is 3, not an object"),
    ("bullets", {"struct": None}, "Whole.bullets: None is not a pool"), ("bullets", {"shape": [2]}, "is not a pool"),
    ("bullets", {"struct": {"name": "Pool[Part]", "fields": [{"name": "x", "kind": "u8", "shape": [2]}]}},
     "a pool holds structs"),
], ids=str)
def test_a_description_that_cannot_be_is_refused_with_the_field(name, changes, hint):
    import re
    said = wrong(lambda data: field(data, name).update(changes))
    assert re.search(hint, said), said
    assert said.isprintable() and len(said) < 300


def test_a_pool_whose_books_are_not_its_own_is_refused():
    def change(data: dict[str, Any]) -> None:
        field(data, "bullets")["struct"]["fields"][0]["kind"] = "i32"
    assert "do not lie where" in wrong(change)


def test_structs_without_end_are_refused():
    data: dict[str, Any] = {"name": "S", "size": 1, "fields": [{"name": "x", "kind": "u8", "offset": 0}]}
    for _ in range(900):
        data = {"name": "S", "size": 1, "fields": [{"name": "x", "kind": "struct", "offset": 0, "struct": data}]}
    with pytest.raises(UsageError, match="more than 32 structs"):
        Layout.from_json(data)


@pytest.mark.parametrize("data", [None, 3, [], "layout", {}, {"name": "A"}, {"name": "A", "fields": "abc", "size": 3}], ids=str)
def test_what_is_no_description_at_all_is_refused(data):
    with pytest.raises(UsageError):
        Layout.from_json(data)


WORDS = st.sampled_from(["u8", "enum", "struct", "pool", "x"])
JSON = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(-1, 300), WORDS),
                    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(
                        st.sampled_from(["name", "kind", "offset", "shape", "values", "struct", "fields", "size"]), inner)))


@given(JSON, st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_any_change_of_a_description_is_refused_or_is_a_layout_that_says_so_itself(value, path):
    data = layout(Whole).to_json()
    at: Any = data
    for step in path:                       # to some place inside, which is then replaced
        keys = list(at) if isinstance(at, dict) else range(len(at))
        key = keys[step % len(keys)]
        if step == path[-1] or not isinstance(at[key], dict | list) or not at[key]:
            at[key] = value
            break
        at = at[key]
    try:
        made = Layout.from_json(data)
    except UsageError:
        return
    assert made.to_json() == data and len(made.legal_bytes()) == made.size


def test_the_layout_of_a_game_is_read():
    assert Layout.from_json(game.state.layout.to_json()).digest() == game.state.layout.digest()


@given(classes(), st.data())
def test_each_value_is_found_by_its_bytes_and_gaps_are_told(cls, data):
    named = {at: path for path, kind, offset in layout(cls).leaves() for at in range(offset, offset + kind.size)}
    for at in range(layout(cls).size):
        path = layout(cls).path_at(at)
        assert path == named[at] if at in named else path.endswith(" padding")


@given(classes(), st.data())
def test_bytes_are_valid_when_every_bool_enum_and_gap_is(cls, data):
    legal = layout(cls).legal_bytes()
    raw = bytearray(data.draw(st.binary(min_size=len(legal), max_size=len(legal))))
    for at, values in enumerate(legal):
        if values is not None:
            raw[at] = min(values)
    layout(cls).validate(raw)
    for at in [at for at, values in enumerate(legal) if values is not None and len(values) < 256][:3]:
        illegal = bytearray(raw)
        illegal[at] = min(set(range(256)) - (legal[at] or set()))
        with pytest.raises(UsageError, match=f"byte {at}") as caught:
            layout(cls).validate(illegal)
        assert layout(cls).path_at(at) in str(caught.value) and f" is {illegal[at]}," in str(caught.value)
    with pytest.raises(UsageError, match="bytes; it takes"):
        layout(cls).validate(raw + b"\0")
