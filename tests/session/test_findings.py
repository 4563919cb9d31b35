"""Findings that fail today; see each."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network
from tests.games.box import game as box

from .scenario import events
from .test_endings_that_meet import STEADY, left_as_it_raises, run
from .test_raising_games import Presses, World, game

TOTAL = next(at for path, _, at in World.layout.leaves() if path == "World.total")  # type: ignore[attr-defined]


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


def test_a_delay_belongs_to_the_player_who_stands_at_its_place():
    net = Network(seed=1)
    with rs.p2p(box, player=(2, 0), peers={1: 1}, delay=(5, 1), transport=net.endpoint(0)) as peer:
        assert peer.delays == (1, 0, 5), "or refuse players that are not in order: advance() takes inputs in order as well"


def test_a_single_path_is_not_taken_for_many(tmp_path):
    with pytest.raises(rs.UsageError, match="list"):
        rs.batch_replays(box, str(tmp_path / "one.rsr"))        # today: "/ cannot be read (Is a directory)"


@pytest.mark.parametrize("distance_seed", [[1], None])
def test_a_seed_of_distances_that_is_none_is_refused(distance_seed):
    with pytest.raises(rs.UsageError, match="distance_seed"):
        rs.synctest(box, players=2, distance_seed=distance_seed)


@pytest.mark.parametrize("arguments", [{"predictor": ["repeat"]}, {"record": 5}, {"metadata": 5}])
def test_arguments_of_another_type_are_named(arguments):
    net = Network(seed=1)
    with pytest.raises(rs.UsageError, match=next(iter(arguments))):
        rs.p2p(box, transport=net.endpoint(0), **{"player": 0, "peers": {1: 1}, **arguments})


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


def test_drops_for_one_reason_add_up_wherever_they_are_found():
    net = Network(seed=1)
    peers = net.join(box, players=2)
    net.play(peers, frames=30)
    for data in [b""] * 5 + [b"\1\2"] * 3:      # nothing at all is refused by the session, a cut input packet by the core
        net.link(1, 0).send(data, net.now_us)
    net.run(peers, until=lambda: False, limit_ms=50)
    assert peers[0].stats.dropped == {"size": 8}
