"""What frozen peers tell each other: what is packed comes back, every message fits a datagram, other bytes are none."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.state import chain
from rollstep.wire import control, input_packet, inquest, reveal
from rollstep.wire.greeting import GREETINGS
from rollstep.wire.inquest import MOST_FRAMES, MOST_SUMS, PART_BYTES, Part, Sums, pack, parse
from rollstep.wire.sealing import SEALED

#: What a sealed datagram has room for.
TEXT_BYTES = 1175

words = st.integers(0, (1 << 64) - 1)
sums = st.builds(Sums, first=st.integers(1, MOST_FRAMES), chain=words, kept=st.integers(0, MOST_FRAMES),
                 sums=st.lists(words, max_size=MOST_SUMS).map(tuple))
parts = st.builds(Part, at=st.integers(0, (1 << 32) - 1), have=st.integers(0, (1 << 32) - 1),
                  data=st.binary(max_size=PART_BYTES))
messages = sums | parts


@given(messages)
def test_a_message_comes_back_as_it_was_packed_and_fits_a_sealed_datagram(message):
    data = pack(message)
    assert parse(data) == message and len(data) <= TEXT_BYTES and data[0] in inquest.KINDS


def test_the_largest_messages_fit_and_look_as_documented():
    full = pack(Sums(7, 9, 3, tuple(range(MOST_SUMS))))
    assert full == struct.pack("<BQQQ127Q", 0x30, 7, 9, 3, *range(MOST_SUMS)) and len(full) == 1041 <= TEXT_BYTES
    part = pack(Part(5, 6, bytes(PART_BYTES)))
    assert part == struct.pack("<BII", 0x31, 5, 6) + bytes(PART_BYTES) and len(part) == 1033
    assert parse(full).sums == tuple(range(MOST_SUMS)) and parse(part).data == bytes(PART_BYTES)
    last = Sums(MOST_FRAMES, 9, MOST_FRAMES, ())
    assert parse(pack(last)) == last


def test_its_kinds_are_its_own():
    assert not inquest.KINDS & (input_packet.KINDS | control.CONTROL | GREETINGS | {reveal.ENVELOPE, SEALED})
    assert all(0x30 <= kind <= 0x37 for kind in inquest.KINDS)


@given(st.binary(max_size=1400))
def test_any_bytes_are_a_message_that_packs_to_them_or_none(data):
    message = parse(data)
    assert message is None or pack(message) == data


@given(messages, st.data())
def test_a_message_cut_or_drawn_out_is_another_within_the_limits_or_none(message, data):
    whole = pack(message)
    for other in (whole[:data.draw(st.integers(0, len(whole)))], whole + bytes(data.draw(st.integers(1, 1200)))):
        found = parse(other)
        assert found is None or (pack(found) == other and len(other) <= TEXT_BYTES)


@pytest.mark.parametrize("data", [
    b"", b"\x30", b"\x31", b"\x32" + bytes(40), b"\x37" + bytes(8), bytes(25),
    pack(Sums(1, 0, 0, ()))[:-1], pack(Sums(1, 0, 0, (1,)))[:-1], pack(Sums(1, 0, 0, tuple(range(MOST_SUMS)))) + bytes(8),
    struct.pack("<BQQQ", 0x30, 0, 0, 0), struct.pack("<BQQQ", 0x30, MOST_FRAMES + 1, 0, 0),
    struct.pack("<BQQQ", 0x30, 1 << 63, 0, 0), struct.pack("<BQQQ", 0x30, 1, 0, (1 << 64) - 1),
    pack(Part(0, 0, bytes(PART_BYTES))) + b"\0", b"\x31" + bytes(7)])
def test_what_is_too_short_too_long_or_beyond_every_frame_is_none(data):
    assert parse(data) is None


@given(sums)
def test_a_chain_at_any_of_its_frames_is_folded_from_the_one_before_them(message):
    value = message.chain
    assert message.chain_at(message.first - 1) == value
    for frame, checksum in enumerate(message.sums, message.first):
        value = chain(value, checksum)
        assert message.chain_at(frame) == value
    assert message.end == message.first + len(message.sums)


@pytest.mark.parametrize("kind", [0, 1, 0x20, 0x2F, 0x32, 0x37, 0xFF])
def test_the_body_of_a_message_behind_another_kind_is_none(kind):
    assert parse(bytes([kind]) + pack(Sums(1, 0, 0, (1, 2)))[1:]) is None
    assert parse(bytes([kind]) + pack(Part(0, 0, bytes(32)))[1:]) is None
