"""Two ends of a match at once: a step that raises, players that leave, a desync. Each is told, whichever comes first."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network

from .scenario import events
from .test_raising_games import STEADY, Presses, World, game, run

TOTAL = next(at for path, _, at in World.layout.leaves() if path == "World.total")  # type: ignore[attr-defined]


@pytest.mark.parametrize("later_ms", [80, 150])
def test_who_leaves_after_the_step_has_raised_keeps_it_from_nobody(later_ms):
    raised, peers, _ = left_as_it_raises(later_ms)
    assert sorted(raised) == [0, 1, 2] and {peer.confirmed for peer in peers} == {61}
    assert len({str(error) for error in raised.values()}) == 1


def left_as_it_raises(later_ms):
    """Player 2 leaves shortly after frame 61 has started, whose step raises; player 0 hears of player 1 late, of 2 early."""
    net = Network(seed=1, impairment=Impairment.parse("rtt=20ms"))
    net.set_link(1, 0, Impairment.parse("rtt=200ms"))
    peers = net.join(game, players=3, window=12, delay=1)
    bots = [Presses(0, STEADY), Presses(1, 60), Presses(2, STEADY)]
    run(net, peers, bots, until=lambda _: peers[2].frame > 61)
    leaves_at = net.now_us + later_ms * 1000
    raised = run(net, peers, bots, until=lambda _: net.now_us >= leaves_at)
    peers[2].close()
    raised |= run(net, peers, bots, until=lambda _: False, limit_ms=3000)
    return raised, peers, net


@pytest.mark.parametrize("later_ms", [0, 10, 20, 40, 60])
def test_a_player_who_leaves_as_the_step_raises_keeps_it_from_nobody(later_ms):
    raised, peers, _ = left_as_it_raises(later_ms)
    for peer in peers[:2]:
        if peer._core.raised is not None:
            assert peer.player in raised, f"player {peer.player} has found that frame 61 raises, and never says so"


@pytest.mark.parametrize("slow", [(2, 0), (2, 1)])
def test_whoever_raises_and_closes_as_games_do_keeps_it_from_nobody(slow):
    """Nobody leaves of his own will here: `with p2p(...) as match` closes when poll() raises."""
    net = Network(seed=1, impairment=Impairment.parse("rtt=20ms"))
    net.set_link(*slow, Impairment.parse("rtt=200ms"))
    peers = net.join(game, players=3, window=12, delay=1)
    bots = [Presses(p, 60 if p == 2 else STEADY) for p in range(3)]
    raised = {}

    def close_who_raised(more):
        for p in more:
            peers[p].close()
        return False

    raised = run(net, peers, bots, until=close_who_raised, limit_ms=4000)
    assert sorted(raised) == [0, 1, 2], [(peer.phase, peer._core.raised) for peer in peers]


@pytest.mark.parametrize("spec", ["rtt=80ms", "rtt=200ms"])
def test_a_desync_that_is_found_after_the_step_has_raised_is_told(spec):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    peers = net.join(game, players=2, window=12, delay=1)
    bots = [Presses(0, STEADY), Presses(1, 60)]
    run(net, peers, bots, until=lambda _: peers[1].frame >= 60)
    core = peers[1]._core
    for at in (core._number("state_at"), *range(core._number("snapshots_at"), core._number("snapshots_end"),
                                                core._number("slot_size"))):
        core._bytes[at + TOTAL] ^= 1
    run(net, peers, bots, until=lambda _: False, limit_ms=3000)
    assert all(peer._core.desync is not None for peer in peers), "each knows of it"
    for peer in peers:
        assert events(net, peer.player, rs.DesyncDetected), f"player {peer.player} says nothing of {peer._core.desync}"
