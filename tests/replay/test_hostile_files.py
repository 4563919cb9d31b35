"""Files made by an attacker: every CRC is right, and inside is nonsense. The answer is one line, and little memory."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs

from . import files


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return files.record(tmp_path_factory.mktemp("hostile"), metadata={"by": "a test"})[0]


@pytest.fixture(scope="module")
def chunks(path):
    return files.split(path.read_bytes())


@pytest.fixture
def refused(tmp_path):
    """Sees that a file of these chunks (or bytes) is malformed, says so in one short line, and takes little memory."""
    place = tmp_path / "forged.rsr"

    def refuse(forged, words="", *, memory=6 << 20):
        place.write_bytes(forged if isinstance(forged, bytes) else files.joined(files.indexed(forged)))
        tracemalloc.start()
        try:
            with pytest.raises(rs.MalformedReplay) as caught:
                rs.read_replay(place, allow_truncated=True)
            assert tracemalloc.get_traced_memory()[1] < memory
        finally:
            tracemalloc.stop()
        text = str(caught.value).removeprefix(str(place))
        assert words in text and text.isprintable() and len(text) < 200, text
        assert text.startswith(f" at byte {caught.value.offset}: ")
    return refuse


# ---------------------------------------------------------------------------- the header

FIELDS = ("format", "engine", "game", "layout", "content", "rules", "state", "input", "input_size", "players", "player", "fps",
          "seed", "delays", "window", "match")


@pytest.mark.parametrize("field", FIELDS)
def test_a_header_field_of_another_kind_is_named(chunks, refused, field):
    kinds = {type(json.loads(chunks[0][1])[field])}
    for value in (..., None, True, 1.5, "1", 1, [], {}, [[1]], float("nan")):
        if type(value) not in kinds:
            refused(files.header(chunks, **{field: value}), "NaN" if value != value else field)


@pytest.mark.parametrize(("field", "values"), [
    ("format", (0, 2, -1, 10 ** 30)), ("players", (0, 17, -1, 10 ** 4000)), ("player", (-1, 2, 1 << 64)),
    ("input_size", (0, 65)),
    ("fps", (0, 241)), ("window", (-1, 256)), ("seed", (1 << 63, -(1 << 63) - 1, 10 ** 4299)),
    ("delays", ([1], [1, 1, 1], [1, -1], [1, 256], [1, True], [1, 1.0], [1, "1"], [1, None], [1, 10 ** 4000])),
    ("game", ("a\nb", "\x1b[31mred", "\ud800", "x" * 65, "\u202efdp", "x" * 500_000)), ("match", ("\0",)), ("rules", ("\t",)),
])
def test_a_header_field_out_of_range_is_named(chunks, refused, field, values):
    for value in values:
        refused(files.header(chunks, **{field: value}), field)


@pytest.mark.parametrize("seed", [-1, 0, -(1 << 63), (1 << 63) - 1])
def test_any_seed_of_64_bits_is_read(chunks, tmp_path, seed):
    (tmp_path / "seed.rsr").write_bytes(files.joined(files.header(chunks, seed=seed)))
    assert rs.read_replay(tmp_path / "seed.rsr").header.seed == seed


def test_keys_that_a_header_does_not_need_are_left_alone(chunks, tmp_path):
    (tmp_path / "more.rsr").write_bytes(files.joined(files.header(chunks, later="x")))
    assert rs.read_replay(tmp_path / "more.rsr").frames >= 300


@pytest.mark.parametrize("kind", [b"HEAD", b"meta", b"fact"])
@pytest.mark.parametrize("payload", [
    b"", b"[]", b"null", b"1", b'"x"', b"{", b"{}{}", b"\xff\xfe{\0}\0", "{}".encode("utf-16"), "{}".encode("utf-8-sig"),
    b'{"a": "\xff"}', b'{"a": 1e999}', b'{"a": -Infinity}', b'{"a": NaN}', b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 100_000, b'{"a":' * 4096, b'{"a":' + b"[" * 4000, b"[" * 4000 + b"]" * 4000, b'{"a": \x00}', bytes(1 << 20),
], ids=range(21))
def test_json_that_is_none_is_refused(chunks, refused, kind, payload):
    refused([(k, payload if k == kind else old) for k, old in chunks], "JSON", memory=16 << 20)


def test_the_header_comes_first(chunks, refused):
    refused(files.joined(chunks[1:]), "not HEAD")
    refused(files.joined([(b"keys", b""), *chunks]), "not HEAD")


# ---------------------------------------------------------------------------- inputs

def with_inputs(chunks, *parts):
    """These chunks of inputs in place of the real ones."""
    return [*(c for c in chunks[:3]), *parts, (b"INDX", b""), (b"DONE", struct.pack("<I", 0))]


def test_a_zip_bomb_is_not_inflated(chunks, refused):
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(deflate.compress(bytes(1 << 20)) for _ in range(128)) + deflate.flush()
    assert len(bomb) < 1 << 18
    for count in (1, 240, 4096):
        refused(with_inputs(chunks, files.inputs(0, count, bomb)), "do not have", memory=3 << 20)


@pytest.mark.parametrize(("first", "count", "packed", "words"), [
    (0, 0, files.deflated(b""), "more than a replay can hold"), (0, 4097, files.deflated(bytes(8194)), "more than a replay"),
    (0, 0xFFFFFFFF, files.deflated(bytes(20)), "more than a replay"), (1, 10, files.deflated(bytes(20)), "0 to 1 are missing"),
    (0xFFFFFFFF, 10, files.deflated(bytes(20)), "missing"), (0, 10, files.deflated(bytes(19)), "do not have 20 bytes"),
    (0, 10, files.deflated(bytes(21)), "do not have 20 bytes"), (0, 10, files.deflated(bytes(20)) + b"x", "do not have"),
    (0, 10, files.deflated(bytes(20))[:-1], "do not have"), (0, 10, b"\xff" * 40, "cannot be inflated"), (0, 10, b"", "do not"),
    (0, 10, zlib.compress(bytes(20)), "inflated"),
])
def test_inputs_that_are_not_what_they_say_are_refused(chunks, refused, first, count, packed, words):
    refused(with_inputs(chunks, files.inputs(first, count, packed)), words)


def test_frames_that_come_twice_or_are_left_out_are_refused(chunks, refused):
    part = files.inputs(0, 10, files.deflated(bytes(20)))
    refused(with_inputs(chunks, part, part), "frames from 0 come twice")
    refused(with_inputs(chunks, part, files.inputs(11, 10, files.deflated(bytes(20)))), "frames 10 to 11 are missing")
    refused(with_inputs(chunks, (b"INPT", b"1234567")), "too short")


def test_a_chunk_that_says_it_is_huge_is_refused_before_it_is_read(chunks, refused):
    for length in ((1 << 20) + 1, 0x7FFFFFFF, 0xFFFFFFFF):
        head = b"keys" + struct.pack("<I", length)
        refused(files.joined(chunks[:3]) + head + struct.pack("<I", zlib.crc32(head)), f"a chunk of {length} bytes")


def test_content_without_end_is_refused(chunks, refused):
    refused(files.joined([chunks[0], *[(b"CONT", bytes(1 << 20))] * 17]), "content is larger", memory=64 << 20)
    refused([chunks[0], (b"CONT", b"x"), (b"CONT", b"y")], "not full")
    refused([chunks[0], (b"CONT", b"")], "empty")


# ---------------------------------------------------------------------------- checksums, index, end

def sums(first, *pairs):
    return b"SUMS", struct.pack("<I", first) + b"".join(struct.pack("<HQ", *pair) for pair in pairs)


@pytest.mark.parametrize(("part", "words"), [
    ((b"SUMS", b""), "wrong size"), ((b"SUMS", bytes(13)), "wrong size"), (sums(0, (0, 1)), "frame 0, twice"),
    (sums(0, (120, 1), (0, 2)), "frame 120, twice"), (sums(0xFFFFFFFF, (1, 1)), "out of range"),
    (sums(1 << 22, (1, 1)), "out of range"), (sums(0, (60000, 1)), "that the file does not have"),
])
def test_checksums_of_impossible_frames_are_refused(chunks, refused, part, words):
    refused([*chunks[:3], part, (b"INDX", b""), (b"DONE", bytes(4))], words)


def test_checksums_that_go_back_are_refused(chunks, refused):
    refused([*chunks[:3], sums(0, (200, 1)), sums(100, (200, 1)), (b"INDX", b""), (b"DONE", bytes(4))],
            "from frame 100 come twice")


def test_an_index_or_an_end_that_does_not_fit_is_refused(chunks, refused):
    for index in (b"", b"x", bytes(24), chunks[-2][1] + bytes(12)):
        refused(files.joined([*chunks[:-2], (b"INDX", index), chunks[-1]]), "index does not match")
    for end, words in ((b"", "wrong size"), (bytes(5), "wrong size"), (struct.pack("<I", 1), "speaks of 1 frames"),
                       (b"\xff" * 4, "speaks of 4294967295")):
        refused([*chunks[:-1], (b"DONE", end)], words)


# ---------------------------------------------------------------------------- anything at all

KINDS = st.sampled_from([b"HEAD", b"CONT", b"meta", b"INPT", b"SUMS", b"fact", b"INDX", b"DONE", b"keys", b"KEYS"])
PAYLOADS = st.one_of(st.binary(max_size=40), st.just(b"{}"), st.integers(0, 3).map(lambda n: struct.pack("<I", n)),
                     st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
                         lambda t: files.inputs(*t, files.deflated(bytes(2 * t[1])))[1]))


@settings(max_examples=300)
@given(st.lists(st.tuples(KINDS, PAYLOADS), max_size=8), st.binary(max_size=12))
def test_chunks_at_random_give_a_replay_or_a_replay_error(path, chunks, tail):
    forged = path.with_name("random.rsr")
    forged.write_bytes(files.joined([files.split(path.read_bytes())[0], *chunks]) + tail)
    try:
        replay = rs.read_replay(forged, allow_truncated=True)
    except rs.MalformedReplay as error:
        assert error.offset is not None
    else:
        assert len(replay.rows) == replay.frames * 2 and max(replay.chains, default=0) <= replay.frames


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans())
def test_bytes_at_random_give_a_replay_error(path, data, signed):
    forged = path.with_name("random.rsr")
    forged.write_bytes(files.SIGNATURE * signed + data)
    with pytest.raises(rs.ReplayError):
        rs.read_replay(forged, allow_truncated=True)
