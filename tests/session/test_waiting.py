"""wait(): until something is due, and no longer than a loop that draws in between can afford."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.session import offline
from rollstep.testing import Bot, Network
from tests.games.box import game as box

from .scenario import Sleeps

MS = 1_000_000


class Still:
    """A clock that stands where it is put, and tells real seconds."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    def seconds(self, duration_ns: int) -> float:
        return duration_ns / 1e9


@pytest.mark.parametrize(("at_most_s", "slept"), [(None, 0.03), (0.004, 0.004), (1, 0.03), (0, 0.0), (-1, 0.0)])
def test_a_peer_waits_for_its_next_timer_but_no_longer_than_asked(at_most_s, slept):
    sleeps = Sleeps()
    peer = rs.p2p(box, player=0, peers={1: "b"}, transport=sleeps, clock=Still())
    peer.poll()
    peer.wait(at_most_s) if at_most_s is not None else peer.wait()
    assert sleeps.asked == [pytest.approx(slept)]


@pytest.mark.parametrize(("at_most_s", "slept"), [(None, 1 / 60), (0.004, 0.004), (1, 1 / 60), (0, 0.0)])
def test_a_local_match_waits_for_its_next_frame_but_no_longer_than_asked(monkeypatch, at_most_s, slept):
    asked: list[float] = []
    monkeypatch.setattr(offline, "sleep", asked.append)
    match = rs.local(box, players=2, clock=Still())
    match.poll()
    assert match.due() == 1
    match.wait(at_most_s)
    assert asked == [pytest.approx(slept, abs=1e-6)]
    match.paused = True
    match.wait()
    assert asked[1:] == [0.03], "a window stays awake"
    match.close()
    match.wait()
    assert len(asked) == 2


def test_what_was_given_can_be_asked_for(tmp_path):
    path = tmp_path / "a.rsr"
    peer = rs.p2p(box, player=1, peers={0: "a"}, transport=Sleeps(), delay=3, window=5, timeout_ms=1234, record=path)
    assert (peer.delay, peer.window, peer.timeout_ms, peer.recorded_to, peer.local_players) == (3, 5, 1234, path, (1,))
    assert peer.join_line is None and rs.local(box, players=2, record=path).recorded_to == path
    assert Network().join(box, players=2)[0].recorded_to is None


def test_a_game_that_polls_once_a_frame_with_a_datagram_always_in_still_knows_who_is_silent():
    net = Network(seed=1)
    peers = net.join(box, players=2)
    bots = [Bot(box, player=p, seed=1) for p in range(2)]
    net.play(peers, frames=10, bots=bots)
    for _ in range(200):
        net.now_us += 16_667
        for peer, bot in zip(peers, bots, strict=True):
            peer.poll()
            for _ in range(peer.due()):
                peer.advance(bot.input(peer.frame))
    assert all(max(peer.stats.silent_ms) < 60 for peer in peers)
