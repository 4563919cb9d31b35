"""Reading files that an accident has changed: every byte flipped, every length cut, chunks lost, doubled, swapped."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest

import rollstep as rs
from rollstep.replay import Replay

from . import files


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return files.record(tmp_path_factory.mktemp("reading"), metadata={"by": "a test"})[0]


@pytest.fixture(scope="module")
def data(path):
    return path.read_bytes()


@pytest.fixture(scope="module")
def whole(path):
    return rs.read_replay(path)


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a file."""
    place = tmp_path / "changed.rsr"

    def read_bytes(data: bytes, **options: Any) -> Replay:
        place.write_bytes(data)
        return rs.read_replay(place, **options)
    return read_bytes


def refused(read, data, offset=None, match="", **options):
    """The bytes are malformed; the one line says which file, which byte and what."""
    with pytest.raises(rs.MalformedReplay) as caught:
        read(data, **options)
    error = caught.value
    assert re.fullmatch(rf".*/changed\.rsr at byte {error.offset}: .+", str(error)), str(error)
    assert match in str(error)
    assert error.offset is not None and (offset is None or error.offset == offset)
    return error


def content(replay):
    return replay.header, replay.content, replay.metadata, replay.facts, replay.rows, replay.chains


def test_a_whole_file_gives_what_was_recorded(whole, data):
    assert whole.cut_at is None and whole.size == len(data)
    assert whole.frames >= 300 and len(whole.rows) == whole.frames * whole.row_size == 2 * whole.frames
    assert b"".join(whole.row(frame) for frame in range(whole.frames)) == whole.rows
    assert max(whole.chains) == whole.frames and {120, 240} <= set(whole.chains)
    assert whole.metadata == {"by": "a test"} and whole.facts["rollbacks"] > 0


@pytest.mark.parametrize("pattern", [0x01, 0x20, 0x80, 0xFF])
def test_no_flipped_byte_is_read(read, data, pattern):
    starts = [8, *files.boundaries(data)]
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= pattern
        error = refused(read, changed, allow_truncated=bool(at & 1))
        begins = max(start for start in (0, *starts) if start <= at)
        assert error.offset == begins, "the chunk that was changed is the one that is named"


def test_a_file_that_was_cut_anywhere_is_good_up_to_its_last_whole_chunk(read, data, whole):
    ends, chunks = files.boundaries(data), files.split(data)
    counts = [int.from_bytes(payload[4:8], "little") if kind == b"INPT" else 0 for kind, payload in chunks]
    for length in range(len(data)):
        there = sum(end <= length for end in ends)
        frames = sum(counts[:there])
        with pytest.raises(rs.TruncatedReplay) as caught:
            read(data[:length])
        assert (caught.value.offset, caught.value.good_frames) == (length, frames)
        assert f"changed.rsr ends in the middle, at byte {length}; the {frames} frames" in str(caught.value)
        if there == 0:
            with pytest.raises(rs.TruncatedReplay):
                read(data[:length], allow_truncated=True)
            continue
        replay = read(data[:length], allow_truncated=True)
        assert replay.rows == whole.rows[:frames * 2] and replay.cut_at == replay.size == length
        assert replay.header == whole.header
        assert replay.chains.items() <= whole.chains.items() and max(replay.chains, default=0) <= frames
    assert frames == whole.frames


def test_checksums_of_frames_that_were_cut_off_are_left_out(read, data):
    chunks = files.split(data)
    assert [kind for kind, _ in chunks[3:7]] == [b"INPT", b"SUMS", b"INPT", b"SUMS"]
    replay = read(files.joined([*chunks[:3], chunks[4], chunks[6], chunks[3]]), allow_truncated=True)
    assert replay.frames == 240 and sorted(replay.chains) == [120, 240]


def test_a_cut_file_that_was_changed_before_the_cut_is_malformed(read, data):
    changed = bytearray(data[:-30])
    changed[len(data) // 2] ^= 4
    refused(read, changed, allow_truncated=True)


@pytest.mark.parametrize("more", [b"\0", b"\n", b"more", files.chunk(b"keys", b""), files.SIGNATURE])
def test_bytes_after_the_end_are_refused(read, data, more):
    refused(read, data + more, len(data), "bytes follow the end")


def test_two_files_in_a_row_are_none(read, data):
    refused(read, data + data, len(data))


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(20), b"hello", b"\0" * 100, files.SIGNATURE.replace(b"\r", b""),
                                  b"\x89RSR\n\x1a\n" + bytes(50)], ids=["png", "text", "zeros", "stripped", "unix"])
def test_files_of_another_kind_are_no_replay(read, data):
    refused(read, data, 0, "no rollstep replay")


@pytest.mark.parametrize("index", range(10))
def test_a_chunk_that_comes_twice_is_refused_even_with_an_index_that_fits(read, data, index):
    chunks = files.split(data)
    assert len(chunks) == 10
    doubled = [*chunks[:index + 1], *chunks[index:]]
    refused(read, files.joined(doubled))
    refused(read, files.joined(files.indexed(doubled)), files.boundaries(files.joined(files.indexed(doubled)))[index])


@pytest.mark.parametrize("index", range(9))
def test_two_chunks_that_changed_places_never_give_other_content(read, data, whole, index):
    chunks = files.split(data)
    chunks[index:index + 2] = reversed(chunks[index:index + 2])
    if {chunks[index][0], chunks[index + 1][0]} == {b"INPT", b"SUMS"}:      # which say the same in either order
        assert content(read(files.joined(files.indexed(chunks)))) == content(whole)
    else:
        refused(read, files.joined(files.indexed(chunks)))
    refused(read, files.joined(chunks))


@pytest.mark.parametrize("index", range(10))
def test_a_chunk_that_was_taken_out_is_noticed_unless_it_may_be_left_out(read, data, whole, index):
    chunks = files.split(data)
    kind, _ = chunks.pop(index)
    raw, sealed = files.joined(chunks), files.joined(files.indexed(chunks))
    if kind == b"DONE":
        with pytest.raises(rs.TruncatedReplay):
            read(sealed)
    elif kind in (b"HEAD", b"INPT"):
        refused(read, sealed)
    else:
        if kind in (b"CONT", b"meta") or index == 4:
            refused(read, raw, match="index")
        replay = read(sealed)
        assert (replay.header, replay.rows) == (whole.header, whole.rows)
        assert (replay.content == whole.content) == (kind != b"CONT")
        assert (dict(replay.metadata) == {}) == (kind == b"meta") and (dict(replay.facts) == {}) == (kind == b"fact")
        assert (replay.chains == whole.chains) == (kind != b"SUMS") and replay.chains.items() <= whole.chains.items()


@pytest.mark.parametrize("index", range(1, 11))
def test_an_unknown_chunk_that_may_be_skipped_changes_nothing(read, data, whole, index):
    chunks = files.split(data)
    chunks.insert(index, (b"keys", b"whatever a newer version keeps here"))
    sealed = files.joined(files.indexed(chunks))
    if index == 10:
        refused(read, sealed, match="follow")
    else:
        assert content(read(sealed)) == content(whole)


@pytest.mark.parametrize("kind", [b"KEYS", b"K\0\xff\n", b"k\0\0\0", b"ab12", b"    ", b"\xe4bcd"])
def test_an_unknown_chunk_that_may_not_be_skipped_is_named(read, data, kind):
    chunks = files.split(data)
    chunks.insert(3, (kind, b""))
    refused(read, files.joined(files.indexed(chunks)), match="a newer rollstep may read this file")


def test_a_file_that_cannot_be_opened_is_a_usage_error(tmp_path):
    for path, words in ((tmp_path / "none.rsr", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(rs.UsageError, match=words) as caught:
            rs.read_replay(path)
        assert str(path) in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.rsr")
    for path in (tmp_path / "pipe.rsr", "/dev/zero"):
        with pytest.raises(rs.MalformedReplay, match=f"{path} at byte 0: this is no regular file"):
            rs.read_replay(path)
