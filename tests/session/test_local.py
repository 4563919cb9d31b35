"""All players on one machine: the verbs of a match, without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import rollstep as rs
from rollstep.replay import verify
from rollstep.testing import Bot, Network, VirtualClock
from tests.games.box import Pad
from tests.games.box import game as box
from tests.games.nasty import game as nasty

ROOT = Path(__file__).parents[2]


def begin(players: int = 2, game: rs.Game = box, **options) -> tuple[Network, rs.Local]:
    net = Network()
    match = rs.local(game, players=players, clock=VirtualClock(net), **{"seed": 7, **options})
    return net, match


def play(net: Network, match: rs.Local, ms: int, bots: list[Bot] | None = None) -> list[rs.Event]:
    """Let time pass, turn by turn."""
    bots = bots or [Bot(match.game, player=p, seed=1) for p in match.local_players]
    events = []
    for _ in range(ms):
        net.now_us += 1000
        match.wait()
        events += match.poll()
        for _ in range(match.due()):
            assert match.advance(*(bot.input(match.frame) for bot in bots))
    return events


@pytest.mark.parametrize("players", [2, 5])
@pytest.mark.parametrize("way", ["compiled", "interpreted", "checked"])
def test_a_local_match_computes_what_a_runner_computes(players, way):
    net, match = begin(players, way=way)
    assert play(net, match, 5000) == [rs.Synchronized(players, 7)]
    bots = [Bot(box, player=p, seed=1) for p in range(players)]
    rows = b"".join(b"".join(bot.input(f) for bot in bots).ljust(box.row_size, b"\0") for f in range(match.frame))
    runner = box.runner("interpreted", players=players, seed=7)
    sums = runner.run(runner.start(), rows, 0, match.frame)
    assert match.frame == match.confirmed == 300
    assert [match.checksum(f) for f in range(173, 301)] == sums[172:] and len(set(sums)) > 150
    with pytest.raises(rs.UsageError, match="only the last 128"):
        match.checksum(172)
    with pytest.raises(rs.UsageError, match="only the last 128"):
        match.checksum(301)


def test_it_says_of_itself_what_a_p2p_says():
    net, match = begin(3)
    peer = net.join(box, players=2)[0]
    assert [name for name in dir(peer) if not name.startswith("_") and not hasattr(match, name)] == []
    assert (match.player, match.players, match.local_players) == (0, 3, (0, 1, 2))
    assert (match.phase, match.frame, match.due(), match.settled) == ("connecting", 0, 0, False)
    with pytest.raises(rs.UsageError, match="before Synchronized"):
        match.advance(b"\0", b"\0", b"\0")
    play(net, match, 100)
    assert (match.phase, match.settled) == ("playing", True)
    assert match.stats == rs.SessionStats(frames=match.frame, confirmed=match.frame, rtt_ms=(0, 0, 0),
                                          ahead_frames=(0, 0, 0), silent_ms=(0, 0, 0),
                                          received=(match.frame,) * 3)
    match.close()
    match.close()
    assert (match.phase, match.due(), match.poll(), match.advance(b"\0", b"\0", b"\0")) == ("closed", 0, [], False)


def test_a_pause_makes_no_frame_due_and_is_not_caught_up_with():
    net, match = begin()
    play(net, match, 1000)
    frame = match.frame
    match.paused = True
    assert match.phase == "paused" and match.advance(b"\0", b"\0") is False and match.fraction == 1.0
    play(net, match, 5000)
    assert match.frame == frame
    match.paused = False
    play(net, match, 1000)
    assert frame + 59 <= match.frame <= frame + 61


def test_the_fraction_runs_through_each_frame():
    net, match = begin()
    play(net, match, 100)
    seen = []
    for _ in range(40):
        net.now_us += 1000
        match.poll()
        if match.due():
            match.advance(b"\0", b"\0")
            seen.append([])
        if seen:
            seen[-1].append(match.fraction)
    for fractions in seen[:-1]:
        assert fractions == sorted(fractions) and 0 <= fractions[0] <= 0.07 and 0.85 <= fractions[-1] <= 1
    match.paused = True
    assert match.fraction == 1.0


def test_a_p2p_has_the_same_fraction_and_shows_its_newest_state_when_nothing_moves():
    net = Network()
    peers = net.join(box, players=2)
    assert peers[0].fraction == 1.0
    seen = set()
    net.run(peers, until=lambda: peers[0].confirmed > 60, each=lambda peer: seen.add(peer.fraction))
    assert all(0 <= fraction <= 1 for fraction in seen) and len(seen) > 15
    net.run(peers[:1], until=lambda: peers[0].phase == "stalled", bots=[Bot(box, player=0, seed=1)])
    assert peers[0].fraction == 1.0


@pytest.mark.parametrize("frames", [0, 1, 100, 500])
@pytest.mark.parametrize("players", [2, 3])
def test_a_recorded_match_is_verified_wherever_it_was_closed(tmp_path, players, frames):
    path = tmp_path / "sofa.rsr"
    net, match = begin(players, record=path, metadata={"stage": "roof"})
    with match:
        while match.frame < frames:
            play(net, match, 1)
        play(net, match, 0 if frames else 1)
    replay = rs.read_replay(path)
    assert (replay.frames, replay.header.seed, replay.metadata) == (match.frame, 7, {"stage": "roof"})
    assert (replay.header.players, replay.header.delays, replay.header.player) == (players, (0,) * players, 0)
    report = verify(box, [("sofa", replay)])
    assert report.verdict == "verified" and report.final_checksum == f"{match.checksum(match.frame):016x}"
    assert match.recording_error is None


def test_two_local_matches_of_one_seed_are_two_matches(tmp_path):
    for name in ("a", "b"):
        net, match = begin(record=tmp_path / name)
        with match:
            play(net, match, 100)
    replays = [(name, rs.read_replay(tmp_path / name)) for name in ("a", "b")]
    assert verify(box, replays).verdict == "inputs"


KILLED = """
import os, sys
import rollstep as rs
from rollstep.testing import Network, VirtualClock
from tests.games.box import game
net = Network()
match = rs.local(game, players=2, clock=VirtualClock(net), record=sys.argv[1])
while match.frame < 700:
    net.now_us += 1000
    match.poll()
    for _ in range(match.due()):
        match.advance(bytes([match.frame & 15]), b"\\2")
os._exit(9)
"""


def test_a_killed_process_leaves_a_replay_that_is_good_up_to_its_last_chunk(tmp_path):
    path = tmp_path / "killed.rsr"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, timeout=100, check=False)
    assert done.returncode == 9
    replay = rs.read_replay(path, allow_truncated=True)
    assert replay.frames >= 480 and verify(box, [("killed", replay)]).verdict == "truncated"


def test_without_a_seed_every_match_is_another():
    seeds = {rs.local(box, players=2).seed for _ in range(3)}
    assert len(seeds) == 3 and all(-(1 << 63) <= seed < 1 << 63 for seed in seeds)


def test_a_step_that_raises_leaves_the_match_where_it_was(tmp_path):
    _net, match = begin(2, nasty, record=tmp_path / "nasty.rsr", seed=0)
    match.poll()
    assert match.advance(bytes(4), bytes(4))
    before = bytes(match.state)
    with pytest.raises(ValueError, match="a token that nobody sent"):
        match.advance(bytes(4), bytes((1, 99, 0, 0)))
    assert match.frame == 1 and bytes(match.state) == before
    assert match.advance(bytes(4), bytes(4))
    match.close()
    assert rs.read_replay(tmp_path / "nasty.rsr").frames == 2


def test_the_state_and_the_inputs_are_typed():
    _net, match = begin()
    match.poll()
    first = match.state.boxes[0].turn
    match.advance(Pad(buttons=2), Pad())
    assert match.state.boxes[0].turn != first
    with pytest.raises(rs.UsageError, match="read-only"):
        match.state.boxes[0].bumps = 1


@pytest.mark.parametrize(("inputs", "words"), [((), "one input per player, 2, not 0"), ((b"\0",), "2, not 1"),
                                               ((b"\0", b""), "an input of box is"), ((b"\0", None), "an input of box is")])
def test_inputs_that_are_none_are_refused_and_nothing_happens(inputs, words):
    _, match = begin()
    match.poll()
    with pytest.raises(rs.UsageError, match=words):
        match.advance(*inputs)
    assert match.frame == 0


@pytest.mark.parametrize(("options", "words"), [
    ({"players": 1}, "box is for 2 to 8 players"), ({"seed": 1 << 63}, "seed="), ({"seed": "x"}, "seed='x'"),
    ({"way": "fast"}, "way='fast'"), ({"record": "/nowhere/a.rsr"}, "no folder"), ({"metadata": {"a": object()}}, "metadata"),
])
def test_arguments_that_cannot_be_are_refused(options, words, tmp_path):
    with pytest.raises(rs.UsageError, match=words):
        rs.local(box, **{"players": 2, "record": tmp_path / "a.rsr", **options})
    assert list(tmp_path.iterdir()) == []


def test_a_loop_on_the_real_clock_sleeps_between_frames():
    with rs.local(box, players=2, way="interpreted") as match:
        turns = 0
        while match.frame < 6:
            match.wait()
            match.poll()
            for _ in range(match.due()):
                match.advance(b"\0", b"\0")
            turns += 1
    assert turns < 60, "it spins"
