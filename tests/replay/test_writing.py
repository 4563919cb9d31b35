"""Writing: what was taken in comes back, and whatever happens to process or disk, the file is good up to its last chunk."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep.replay import ReplayWriter
from rollstep.replay import format as f
from rollstep.replay.writer import FRAMES_PER_CHUNK, FRAMES_PER_SUM

from . import files

ROOT = Path(__file__).parents[2]

#: A match in a process of its own; what comes before and while it is played is filled in.
MATCH = """
import os, resource, signal, sys
from tests.replay.files import game
from rollstep.testing import Impairment, Network
net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
peers = net.join(game, players=2, record=[sys.argv[1], None])
{before}
def each(peer):
    {each}
net.run(peers, until=lambda: all(peer.confirmed >= 900 for peer in peers), each=each)
for peer in peers:
    peer.close()
error = peers[0].recording_error
print([peer.frame for peer in peers], error and error.errno, peers[0].checksum(900), peers[1].recording_error)
"""


def play(path: Path, *, before: str = "", each: str = "pass") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", MATCH.format(before=before, each=each), str(path)], cwd=ROOT,
                          capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same match, played to its end."""
    return rs.read_replay(files.record(tmp_path_factory.mktemp("whole"), frames=900)[0])


@pytest.fixture
def header(whole):
    return whole.header


@pytest.mark.parametrize(("how", "code"), [("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL), ("os._exit(3)", 3)])
@pytest.mark.parametrize("frames", [1, 300, 700])
def test_a_process_that_dies_leaves_a_file_that_is_good_up_to_its_last_chunk(tmp_path, whole, frames, how, code):
    done = play(tmp_path / "0.rsr", each=f"peer.player == 0 and peer.confirmed >= {frames} and {how}")
    assert done.returncode == code and done.stdout == ""
    with pytest.raises(rs.TruncatedReplay) as caught:
        rs.read_replay(tmp_path / "0.rsr")
    kept = rs.read_replay(tmp_path / "0.rsr", allow_truncated=True)
    assert kept.frames == caught.value.good_frames == frames // FRAMES_PER_CHUNK * FRAMES_PER_CHUNK
    assert kept.rows == whole.rows[:len(kept.rows)] and kept.header == whole.header
    assert sorted(kept.chains) == list(range(FRAMES_PER_SUM, kept.frames + 1, FRAMES_PER_SUM))
    assert kept.chains.items() <= whole.chains.items()


@pytest.mark.parametrize(("percent", "readable"), [(0, False), (5, False), (85, True), (90, True)])
def test_a_full_disk_ends_the_recording_and_not_the_match(tmp_path, whole, percent, readable):
    path, limit = tmp_path / "0.rsr", whole.size * percent // 100
    done = play(path, before="resource.setrlimit(resource.RLIMIT_FSIZE, "
                             f"({limit}, {limit}))\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)")
    assert done.returncode == 0, done.stderr
    plain = play(tmp_path / "plain.rsr")
    assert done.stdout == plain.stdout.replace("None", str(errno.EFBIG), 1), "the match is the same but for the error"
    assert path.read_bytes() == (tmp_path / "plain.rsr").read_bytes()[:limit] and path.stat().st_size == limit
    if readable:
        kept = rs.read_replay(path, allow_truncated=True)
        assert kept.cut_at == limit and kept.frames > 0 and kept.rows == whole.rows[:len(kept.rows)]
    else:
        with pytest.raises(rs.TruncatedReplay):
            rs.read_replay(path, allow_truncated=True)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 64), players=st.integers(1, 8), frames=st.integers(0, 700), draw=st.randoms(use_true_random=False))
def test_what_was_taken_in_comes_back(tmp_path, header, size, players, frames, draw):
    path = tmp_path / "written.rsr"
    path.unlink(missing_ok=True)
    header = replace(header, input_size=size, players=players, player=players - 1, delays=tuple(range(players)))
    pool = [draw.randbytes(size * players) for _ in range(5)]
    rows, chains = [draw.choice(pool) for _ in range(frames)], [draw.getrandbits(64) for _ in range(frames)]
    writer = ReplayWriter(path, header, b"content", {"any": ["thing", 1, None]})
    for row, chain in zip(rows, chains, strict=True):
        writer.frame(row, chain)
    assert writer.frames == frames and writer.error is None
    writer.close({"stalls": 3})
    replay = rs.read_replay(path)
    assert replay.rows == b"".join(rows) and replay.header == header and replay.content == b"content"
    wanted = sorted({*range(FRAMES_PER_SUM, frames + 1, FRAMES_PER_SUM)} | ({frames} if frames else set()))
    assert replay.chains == {frame: chains[frame - 1] for frame in wanted}
    assert replay.metadata == {"any": ["thing", 1, None]} and replay.facts == {"stalls": 3}


def test_closing_twice_changes_nothing(tmp_path, header):
    writer = ReplayWriter(tmp_path / "0.rsr", header)
    writer.frame(b"\0\1", 5)
    writer.close()
    before = (tmp_path / "0.rsr").read_bytes()
    writer.close({"late": 1})
    assert (tmp_path / "0.rsr").read_bytes() == before
    assert rs.read_replay(tmp_path / "0.rsr").frames == 1


def test_a_file_that_exists_is_refused_and_stays_as_it_is(tmp_path, header):
    (tmp_path / "0.rsr").write_bytes(b"precious")
    with pytest.raises(rs.UsageError, match=r"0\.rsr exists; a replay never overwrites one"):
        ReplayWriter(tmp_path / "0.rsr", header)
    assert (tmp_path / "0.rsr").read_bytes() == b"precious"


@pytest.mark.parametrize("where", ["none/0.rsr", "."])
def test_a_place_where_no_file_can_be_is_refused(tmp_path, header, where):
    with pytest.raises(rs.UsageError, match=r"cannot be written|exists"):
        ReplayWriter(tmp_path / where, header)


@pytest.mark.parametrize("metadata", [
    {"a": float("nan")}, {"a": float("inf")}, {"a": b"bytes"}, {"a": {1, 2}}, {"a": object()}, {1: 2, "b": 3},
    {"a": "x" * (1 << 20)}, {"a": [[] for _ in range(5000)]}, [1, 2], 5,
], ids=range(10))
def test_metadata_that_no_reader_would_take_is_refused_before_there_is_a_file(tmp_path, header, metadata):
    with pytest.raises(rs.UsageError, match="metadata") as caught:
        ReplayWriter(tmp_path / "0.rsr", header, b"", metadata)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "0.rsr").exists()


def test_content_larger_than_a_reader_takes_is_refused_and_the_largest_is_kept(tmp_path, header):
    with pytest.raises(rs.UsageError, match="content of 16777217 bytes"):
        ReplayWriter(tmp_path / "0.rsr", header, bytes((16 << 20) + 1))
    assert not (tmp_path / "0.rsr").exists()
    largest = bytes(range(256)) * (1 << 16)
    ReplayWriter(tmp_path / "1.rsr", header, largest).close()
    assert rs.read_replay(tmp_path / "1.rsr").content == largest


@pytest.mark.heavy
def test_a_match_that_outgrows_a_replay_leaves_what_fits(tmp_path, header):
    big = replace(header, input_size=64, players=8, delays=(0,) * 8)
    most = f.MAX_INPUT_TOTAL // 512
    writer, row = ReplayWriter(tmp_path / "0.rsr", big), bytes(512)
    for _ in range(most + 1000):
        writer.frame(row, 1)
    assert writer.error is not None and writer.error.errno == errno.EFBIG and writer.frames == most + 1000
    writer.close()
    kept = rs.read_replay(tmp_path / "0.rsr", allow_truncated=True)
    assert kept.frames == most and kept.cut_at is not None


def test_the_session_writes_its_facts_at_the_end(whole):
    assert whole.facts["rollbacks"] > 0 and whole.facts["packets_sent"] > 900
    assert json.loads(f.to_json(whole.facts)) == whole.facts
