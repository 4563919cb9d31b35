"""Many matches in one compiled loop are the same matches that cores play one call at a time."""

from __future__ import annotations

import numpy as np
import pytest

import rollstep as rs
from rollstep.rollback import Core
from rollstep.rollback.lab import Lab
from tests.games import box, nasty

LENGTH = 256
SHIFT = 31


def inputs_of(players: int, size: int = 1, most: int = 16) -> np.ndarray:
    """Held for some frames, differently by each player."""
    random = np.random.default_rng(3)
    drawn = random.integers(0, most, (players, LENGTH, size)).astype(np.uint8)
    return np.repeat(drawn[:, ::4], 4, axis=1)


def by_cores(players: int, ticks: int, latency: int, window: int, delays: list[int], match: int,
             inputs: np.ndarray) -> list[Core]:
    """The same match, a call of Python for each frame and datagram."""
    cores = [Core(box.game, player=p, players=players, delays=delays, window=window, seed=5) for p in range(players)]
    on_the_way: dict[int, list[tuple[int, int, bytes]]] = {}
    for tick in range(ticks):
        for core in cores:
            for sender, target, data in on_the_way.get(tick, []):
                if target == core.player:
                    assert core.receive(sender, data)
            core.set_input(inputs[core.player, (core.frame + match * SHIFT) % LENGTH].tobytes())
            core.advance(tick * (1_000_000 // box.game.fps))
            on_the_way.setdefault(tick + latency, []).extend((core.player, q, data) for q, data in core.outgoing())
    return cores


@pytest.mark.parametrize(("players", "latency", "window", "delays"), [
    (2, 4, 10, [0, 0]), (3, 3, 8, [2, 0, 1]), (2, 9, 2, [0, 0]), (2, 2, 0, [2, 3])],
    ids=["two", "three with delays", "a window too small for the latency", "lockstep"])
def test_a_match_of_the_lab_is_the_match_that_cores_play(players, latency, window, delays):
    inputs = inputs_of(players)
    lab = Lab(box.game, players=players, inputs=inputs, matches=3, shift=SHIFT, latency_frames=latency, window=window,
              delays=delays, seed=5)
    for ticks in (1, 200, 99):
        lab.play(ticks)
    for match in (0, 2):
        for core in by_cores(players, 300, latency, window, delays, match, inputs):
            peer = lab.peer(match, core.player)
            assert lab.state(match, core.player) == bytes(core.state)
            assert (peer.frame, peer.summed, peer.resimulated, peer.sent_bytes) == (
                core.frame, core.confirmed, core.stats.resimulated_frames, core.stats.bytes_sent)
            assert peer.chains[peer.summed % 128] & (1 << 64) - 1 == core.chain(core.confirmed)
            assert core.confirmed > 40
    if window > latency:
        assert lab.peer(0, 0).resimulated > 100
    assert lab.state(0, 0) != lab.state(2, 0)


def test_what_a_step_raises_on_a_confirmed_frame_comes_out_of_the_lab():
    pads = [nasty.Pad(token=nasty.token(f)) for f in range(LENGTH)]
    inputs = np.frombuffer(b"".join(map(bytes, pads)), np.uint8).reshape(1, LENGTH, -1).repeat(2, axis=0)
    lab = Lab(nasty.game, players=2, inputs=inputs)
    lab.play(LENGTH)                # not as many frames: after a wrong guess that raises, it waits for the inputs
    assert lab.peer(0, 0).raised_predicted > 3, "wrong guesses raise as well, and must not come out"
    assert lab.peer(0, 0).summed > 150
    with pytest.raises(ValueError, match="token"):
        lab.play(LENGTH)            # the inputs begin anew, and their tokens are those of other frames
    assert lab.peer(0, 0).raised == lab.peer(0, 1).raised == LENGTH


def test_inputs_of_a_wrong_shape_or_without_a_meaning_are_refused():
    with pytest.raises(rs.UsageError, match=r"give uint8 of shape \(2, n, 1\), n a power of two"):
        Lab(box.game, players=2, inputs=np.zeros((2, 100, 1), np.uint8))
    with pytest.raises(rs.UsageError, match="which means nothing there"):
        Lab(nasty.game, players=2, inputs=np.full((2, 4, nasty.game.input_size), 255, np.uint8))


@pytest.mark.parametrize(("options", "words"), [
    ({"matches": 0}, "matches=0: give a whole number from 1 to"),
    ({"latency_frames": 0}, "latency_frames=0: give a whole number from 1 to 60"),
    ({"window": 61}, "window=61: give a whole number from 0 to 60"),
    ({"delays": [1]}, "one delay for each of the 2 players"),
    ({"delays": [0, 17]}, "delay=17: give a whole number from 0 to 16"),
    ({"way": "interpreted"}, 'way="compiled" or way="checked"')])
def test_arguments_out_of_range_say_their_range(options, words):
    with pytest.raises(rs.UsageError, match=words):
        Lab(box.game, players=2, inputs=inputs_of(2), **options)
