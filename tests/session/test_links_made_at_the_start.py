"""A network that fails while peers meet: a caller takes another link just before the start, and is followed to it."""

from __future__ import annotations

import pytest

from rollstep.testing import Trace, play_trace
from tests.games.box import game as box


@pytest.mark.parametrize(("players", "net", "cut_ms", "seed"), [
    (2, "rtt=80ms,loss=5%,corrupt=5%,truncate=5%", 300, 1), (2, "rtt=80ms,jitter=40ms,loss=20%", 160, 3),
    (3, "rtt=80ms,loss=5%,corrupt=5%,truncate=5%", 300, 0), (3, "rtt=80ms,jitter=40ms,loss=20%", 300, 2)])
def test_a_match_whose_peers_were_cut_off_while_they_met_begins_and_goes_on(players, net, cut_ms, seed):
    for heal_ms in range(1100, 2600, 100):
        outcome = play_trace(Trace.parse(f"players {players}\nseed {seed}\nnet {net}\nat {cut_ms}ms cut 0\n"
                                         f"at {heal_ms}ms heal\nplay {heal_ms}ms\n"), box)
        assert outcome.verdict == "kept", f"healed at {heal_ms} ms: {outcome.message}"


def test_a_caller_that_took_another_link_between_two_starts_is_followed():
    outcome = play_trace(Trace.parse("players 3\nnet rtt=80ms,loss=5%,corrupt=5%,truncate=5%\nseed 0\ndelay 0\nat 500ms net\n"
                                     "at 500ms cut 0\nat 1500ms net rtt=100ms\nat 1500ms heal\nplay 1500ms\n"), box)
    assert outcome.verdict == "kept", outcome.message
