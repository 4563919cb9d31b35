"""The digest tree: what differs is found, padding included, with few digests; a hostile key finds nothing."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Fixed, Vec2, i16, i64, u8
from rollstep.state import DigestTree, differences, xxh64
from rollstep.state.tree import FAN


@rs.struct
class Part:
    small: u8
    wide: i64
    tail: u8


@rs.struct
class World:
    on: bool
    parts: rs.Array[Part] = rs.array(700)
    grid: rs.Array[i16] = rs.array(5, 40)
    place: Vec2
    last: u8


#: More fields than one node has parts.
Wide = rs.struct(type("Wide", (), {"__annotations__": {f"f{i}": (u8, Fixed)[i % 2] for i in range(50)}}))

TREES = {cls: DigestTree(cls.layout) for cls in (World, Wide)}


def leaves(tree, node=None):
    node = node or tree.root
    parts = tree.children(node)
    assert len(parts) <= FAN
    if parts:                                               # the parts are the node, byte for byte
        assert parts[0].start == node.start and parts[-1].end == node.end
        assert all(a.end == b.start for a, b in itertools.pairwise(parts))
        return [leaf for part in parts for leaf in leaves(tree, part)]
    return [node]


@pytest.mark.parametrize("cls", TREES)
def test_its_leaves_are_those_of_the_layout_and_cover_every_byte(cls):
    tree = TREES[cls]
    found = leaves(tree)
    assert [(leaf.path, leaf.kind, leaf.at) for leaf in found] == list(cls.layout.leaves())
    assert all(tree.node(leaf.key) == leaf for leaf in found[::97])
    assert tree.digests(bytes(cls.layout.size), [()]) == [xxh64(bytes(cls.layout.size))]


@given(st.sampled_from(list(TREES)), st.data())
def test_differing_bytes_are_found_with_few_digests(cls, data):
    tree, size = TREES[cls], cls.layout.size
    ours = bytearray(size)
    places = data.draw(st.sets(st.integers(0, size - 1), max_size=6))
    theirs = bytearray(ours)
    for at in places:
        theirs[at] ^= 1
    asked = []

    def ask(keys):
        asked.extend(keys)
        return tree.digests(theirs, keys)
    found = tree.differing(ours, ask)
    assert [leaf.path for leaf in found] == [
        leaf.path for leaf in leaves(tree) if any(leaf.start <= at < leaf.end for at in places)]
    depth = 2 + 2 * math.ceil(math.log(size, FAN))          # fields, blocks, elements, and their fields
    assert len(asked) <= 1 + FAN * depth * len(places)
    told = {difference.path.removesuffix(".x").removesuffix(".y") for difference in differences(cls.layout, ours, theirs)}
    assert told >= {leaf.path for leaf in found if any(leaf.at <= at < leaf.at + leaf.kind.size for at in places)}


def test_blocks_and_groups_have_readable_paths():
    tree = TREES[World]
    blocks = tree.children(tree.children(tree.root)[1])
    assert [block.path for block in blocks] == ["World.parts[0..255]", "World.parts[256..511]", "World.parts[512..699]"]
    assert tree.children(tree.children(blocks[1])[2])[3].path == "World.parts[291]"
    row = tree.children(tree.children(tree.root)[2])[4]
    assert row.path == "World.grid[4]" and tree.children(row)[0].path == "World.grid[4][0..15]"
    assert tree.children(tree.children(row)[0])[7].path == "World.grid[4][7]"
    assert [node.path for node in TREES[Wide].children(TREES[Wide].root)][:2] == ["Wide.{f0..f15}", "Wide.{f16..f31}"]


@pytest.mark.parametrize("key", [(5,), (-1,), (0, 0), (1, 0, 0, 16), ("a",), (1.0,), (True,)])
def test_a_key_that_names_nothing_is_refused(key):
    with pytest.raises(rs.UsageError, match="digest key"):
        TREES[World].digests(bytes(World.layout.size), [key])


def test_a_megabyte_with_one_difference_is_told_at_once_and_by_one_name():
    layout = rs.struct(type("Big", (), {"__annotations__": {"cells": rs.Array[i64]}, "cells": rs.array(64, 2048)})).layout
    ours, theirs = bytes(layout.size), bytearray(layout.size)
    theirs[8 * (2048 * 33 + 7) + 1] = 1
    (found,) = differences(layout, ours, bytes(theirs))
    assert (found.path, found.ours, found.theirs) == ("Big.cells[33][7]", 0, 256)
    assert str(found) == "Big.cells[33][7] is 0 (0000000000000000) on one side, 256 (0001000000000000) on the other"
