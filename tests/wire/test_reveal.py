"""The envelope of commitments and nonces: what is packed comes back, other bytes are no envelope, a commitment binds."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.wire import control, input_packet, reveal, sealing
from rollstep.wire.reveal import Envelope, commitment, nonce_of, pack, parse, room_for

words = st.integers(0, 0xFFFF)
pieces = st.lists(st.binary(min_size=16, max_size=16), max_size=12).map(tuple)
envelopes = st.builds(Envelope, ack=words, opened=words, first_commitment=words, commitments=pieces, first_nonce=words,
                      nonces=pieces, inner=st.binary(max_size=reveal.INNER_BYTES))


def written_again(envelope):
    """The envelope as the module's text has it, written a second time."""
    return (struct.pack("<BHHHBHB", 0x20, envelope.ack, envelope.opened, envelope.first_commitment,
                        len(envelope.commitments), envelope.first_nonce, len(envelope.nonces))
            + b"".join(envelope.commitments) + b"".join(envelope.nonces) + envelope.inner)


@given(envelopes)
def test_an_envelope_comes_back_as_it_was_packed_and_looks_as_documented(envelope):
    data = pack(envelope)
    assert data == written_again(envelope) and parse(data) == envelope


@given(envelopes, st.integers(0, 1 << 40))
def test_frames_are_packed_by_their_low_bits(envelope, more):
    far = replace(envelope, ack=envelope.ack + (more << 16), opened=envelope.opened + (more << 16),
                  first_commitment=envelope.first_commitment + (more << 16), first_nonce=envelope.first_nonce + (more << 16))
    assert pack(far) == pack(envelope)


@given(st.binary(max_size=1300) | st.binary(max_size=1300).map(lambda data: b"\x20" + data))
def test_any_bytes_are_one_envelope_or_none(data):
    envelope = parse(data)
    if envelope is not None:
        assert pack(envelope) == data


@given(envelopes, st.data())
def test_an_envelope_that_is_cut_has_all_its_pieces_or_is_none(envelope, draw):
    data = pack(envelope)
    least = len(data) - len(envelope.inner)
    end = draw.draw(st.integers(0, len(data)))
    found = parse(data[:end])
    if end < least:
        assert found is None
    else:
        assert found == replace(envelope, inner=envelope.inner[:end - least])


@given(envelopes)
def test_what_is_longer_than_a_datagram_is_no_envelope(envelope):
    data = pack(envelope)
    filled = data + bytes(sealing.MAX_TEXT - len(data)) if len(data) < sealing.MAX_TEXT else data
    assert (parse(filled) is None) == (len(filled) > sealing.MAX_TEXT)
    assert parse(filled + b"\0") is None


def test_an_envelope_of_another_kind_is_none():
    data = pack(Envelope(1, 2, 3, (bytes(16),), 4, (), b"inner"))
    assert parse(data) is not None
    assert all(parse(bytes((kind,)) + data[1:]) is None for kind in {*range(256)} - {reveal.ENVELOPE})


def test_no_other_datagram_begins_like_an_envelope():
    assert reveal.ENVELOPE not in input_packet.KINDS | frozenset(control.CONTROL)


@given(st.binary(max_size=reveal.INNER_BYTES))
def test_as_many_pieces_as_there_is_room_for_fill_a_datagram(inner):
    room = room_for(inner)
    assert room >= 24 and room < 256

    def size(n):
        return len(pack(Envelope(0, 0, 0, (bytes(16),) * (n // 2), 0, (bytes(16),) * (n - n // 2), inner)))
    assert size(room) <= sealing.MAX_TEXT < size(room + 1)


parts = st.tuples(st.binary(min_size=16, max_size=16), st.integers(0, 15), st.integers(0, 1 << 63),
                  st.binary(min_size=16, max_size=16), st.binary(min_size=4, max_size=4))


@given(parts, parts)
def test_a_commitment_binds_to_each_part_of_it(one, other):
    assert len(commitment(*one)) == 16
    for i in range(5):
        changed = (*one[:i], other[i], *one[i + 1:])
        assert (commitment(*changed) == commitment(*one)) == (other[i] == one[i])


def test_a_commitment_is_the_digest_that_every_version_of_this_engine_makes():
    match, nonce = bytes(range(16)), bytes(range(16, 32))
    said = hashlib.sha256(b"rollstep commitment\n" + match + b"\x03" + (70_000).to_bytes(8, "little") + nonce + b"keys")
    assert commitment(match, 3, 70_000, nonce, b"keys") == said.digest()[:16]


@pytest.mark.parametrize("frames", [range(1000), [f << 16 for f in range(100)]])
def test_no_two_frames_and_no_two_secrets_share_a_nonce(frames):
    found = [{nonce_of(secret, frame) for frame in frames} for secret in (bytes(16), b"\1" * 16, b"\1" * 32)]
    assert all(len(nonces) == len(frames) for nonces in found)
    assert not any(one & other for one, other in combinations(found, 2))
