"""The format as written down in format.py: a file can be read, and made, with nothing but the text there."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep.replay import Header
from rollstep.replay import format as f

from . import files


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return files.record(tmp_path_factory.mktemp("format"), metadata={"by": "a test"})[0].read_bytes()


ROWS = st.integers(1, 40).flatmap(lambda size: st.tuples(
    st.binary(min_size=size, max_size=size), st.lists(st.binary(min_size=size, max_size=size), max_size=20)))


@given(ROWS)
def test_rows_come_back_from_their_differences(case):
    before, rows = case
    deltas = f.xor_rows(b"".join(rows), before)
    expected = b""
    for last, row in zip([before, *rows], rows, strict=False):
        expected += bytes(x ^ y for x, y in zip(last, row, strict=True))
    assert deltas == expected
    assert f.unxor_rows(deltas, before) == b"".join(rows)


def test_inputs_that_are_held_become_zeros():
    assert f.xor_rows(b"\5\7" * 100, b"\5\7") == bytes(200)


@given(st.binary(min_size=4, max_size=4), st.binary(max_size=300))
def test_a_chunk_is_type_length_crc_payload_crc(kind, payload):
    made = f.chunk(kind, payload)
    assert made == files.chunk(kind, payload)
    assert made[:8] == kind + struct.pack("<I", len(payload))
    assert struct.unpack_from("<I", made, 8)[0] == zlib.crc32(made[:8])
    assert struct.unpack("<I", made[-4:])[0] == zlib.crc32(payload)


def test_a_file_is_its_signature_and_its_chunks_in_order(data):
    chunks = files.split(data)
    assert files.joined(chunks) == data
    assert b"".join(kind for kind, _ in chunks) == b"HEADCONTmetaINPTSUMSINPTSUMSfactINDXDONE"
    assert files.indexed(chunks) == chunks, "the index gives each INPT's frame and offset"


def test_the_inputs_are_deflated_differences_that_anybody_can_read(data):
    rows, last, frames = b"", bytes(2), 0
    for payload in (payload for kind, payload in files.split(data) if kind == b"INPT"):
        first, count = struct.unpack_from("<II", payload)
        assert first == frames
        deltas = zlib.decompress(payload[8:], -15)
        for at in range(0, len(deltas), 2):
            last = bytes((last[0] ^ deltas[at], last[1] ^ deltas[at + 1]))
            rows += last
        frames += count
        assert len(rows) == 2 * frames
    assert files.split(data)[-1] == (b"DONE", struct.pack("<I", frames))
    assert len({rows[i:i + 2] for i in range(0, len(rows), 2)}) > 5


def test_the_header_says_what_the_match_was(data):
    head = json.loads(files.split(data)[0][1])
    assert head["game"] == "boxes" and head["players"] == 2 and head["fps"] == 60 and head["input_size"] == 1
    assert head["layout"] == files.game.digests.layout.hex() and head["rules"] == files.game.digests.rules.hex()
    assert head["state"] == json.loads(json.dumps(files.game.state.layout.to_json()))
    assert files.split(data)[1] == (b"CONT", files.game.content_bytes)
    assert json.loads(files.split(data)[2][1]) == {"by": "a test"}


def test_a_header_survives_its_bytes(data):
    made = Header.from_bytes(files.split(data)[0][1], 8)
    assert Header.from_bytes(made.to_bytes(), 8) == made
    assert made.delays == (1, 1) and isinstance(made.delays, tuple)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e400"])
def test_numbers_that_are_none_are_refused_in_any_chunk_of_json(text):
    with pytest.raises(rs.MalformedReplay, match="no number of JSON"):
        f.from_json(b'{"a": [%s]}' % text.encode(), 0)
    with pytest.raises(ValueError):
        f.to_json({"a": float("inf")})
