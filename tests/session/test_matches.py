"""Whole matches in virtual time: whatever the network does, the peers confirm the same states."""

from __future__ import annotations

import pytest

import rollstep as rs
from demo_game import game as fighter
from rollstep.replay import verify
from rollstep.testing import Bot, Impairment, Network
from tests.games.box import game as box
from tests.games.nasty import TokenBot
from tests.games.nasty import game as nasty

from .scenario import BENIGN, events, play

ROUGH = "rtt=80ms,jitter=20ms,loss=5%"


@pytest.mark.parametrize("spec", ["rtt=60ms", "rtt=120ms", "rtt=240ms", "rtt=80ms,jitter=20ms", ROUGH,
                                  "rtt=80ms,jitter=40ms,loss=20%,duplicate=10%,reorder=10%"])
@pytest.mark.parametrize("game", [fighter, box], ids=["fighter", "box"])
def test_two_peers_agree_on_every_frame_and_roll_back(game, spec):
    _, peers = play(game, spec)
    for peer in peers:
        stats = peer.stats
        assert stats.rollbacks > 10 and 0 < stats.deepest_rollback <= 8
        assert stats.resimulated_frames >= stats.rollbacks
        assert stats.mispredictions > 0 and not set(stats.dropped) - BENIGN


@pytest.mark.parametrize("players", [3, 4, 8])
def test_a_mesh_of_players_agrees_under_loss(players):
    net, peers = play(box, "rtt=80ms,jitter=20ms,loss=20%", players=players, frames=400)
    assert all(peer.stats.rollbacks > 10 for peer in peers)
    assert len({events(net, p, rs.Synchronized)[0].seed for p in range(players)}) == 1


def test_a_perfect_network_with_enough_delay_needs_no_rollback():
    _, peers = play(fighter, "", delay=3)
    assert [peer.stats.rollbacks for peer in peers] == [0, 0]
    assert all(peer.stats.stalls == 0 for peer in peers)


def test_a_window_of_zero_is_lockstep():
    _, peers = play(box, ROUGH, window=0, delay=4, players=3)
    assert [peer.stats.rollbacks for peer in peers] == [0, 0, 0]


def test_peers_may_choose_their_own_delay_and_window():
    _, peers = play(box, ROUGH, players=3, delay=[0, 2, 5], window=[4, 8, 16])
    assert peers[0].stats.mispredictions > peers[1].stats.mispredictions > 0 or peers[1].stats.rollbacks > 0
    assert peers[0].stats.deepest_rollback <= 4


def test_compiled_checked_and_interpreted_peers_play_one_match():
    _, peers = play(box, ROUGH, players=3, frames=200, way=["compiled", "checked", "interpreted"])
    assert all(peer.stats.rollbacks > 5 for peer in peers)


def test_a_step_that_raises_on_predicted_inputs_stalls_and_plays_on():
    bots = [TokenBot(player=p, delay=1) for p in range(2)]
    # the token of the first `delay` frames is that of frame 0, which is zero, as are inputs before the first
    _, peers = play(nasty, "rtt=100ms,jitter=20ms,loss=5%", frames=800, bots=bots, delay=1)
    assert all(peer.stats.stalls > 0 and peer.stats.rollbacks > 0 for peer in peers)


@pytest.mark.parametrize("spec", ["", "rtt=60ms", "rtt=80ms,jitter=20ms"])
def test_a_step_that_raises_on_confirmed_inputs_raises_on_every_peer(spec):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    peers = net.join(nasty, players=2)
    raised = {}
    bots = [Bot(nasty, player=p, seed=1) for p in range(2)]
    while len(raised) < 2:
        assert net.now_us < 30_000_000
        for peer in peers:
            if peer.player not in raised:
                try:
                    net.run([peer], until=lambda start=net.now_us: net.now_us > start, bots=[bots[peer.player]])
                except ValueError as error:
                    raised[peer.player] = (str(error), peer.confirmed)
    assert raised[0] == raised[1]
    assert raised[0][0] == "a token that nobody sent"


def test_clocks_that_drift_apart_are_kept_together():
    net = Network(seed=4, impairment=Impairment.parse("rtt=60ms,jitter=10ms"))
    peers = net.join(box, players=2, drift_ppm=[2000, -2000])
    apart = []
    net.run(peers, until=lambda: all(p.confirmed >= 3600 for p in peers),
            each=lambda peer: apart.append(abs(peers[0].frame - peers[1].frame)), limit_ms=120_000)
    # left alone, 4,000 ppm would be 14 frames after a minute
    assert max(apart[len(apart) // 2:]) <= 3
    assert peers[0].stats.rollbacks > 0


def test_the_same_seed_gives_the_same_match_to_the_byte(tmp_path):
    names = [[tmp_path / f"{run}-{p}.rsr" for p in range(2)] for run in "ab"]
    for record in names:
        for peer in play(fighter, ROUGH, frames=300, record=record)[1]:
            peer.close()
    assert [path.read_bytes() for path in names[0]] == [path.read_bytes() for path in names[1]]


def test_the_replays_of_a_stormy_match_are_verified(tmp_path):
    record = [tmp_path / f"{p}.rsr" for p in range(4)]
    for peer in play(box, "rtt=80ms,jitter=40ms,loss=20%", players=4, frames=400, record=record)[1]:
        peer.close()
    report = verify(box, [(path.name, rs.read_replay(path)) for path in record])
    assert report.verified, report.message
    assert report.peers == (0, 1, 2, 3)


def test_the_state_is_read_only_and_a_copy_of_it_is_kept():
    net = Network(seed=1)
    peers = net.join(fighter, players=2)
    assert peers[0].state.fighters[0].health == 1000     # before anybody has answered
    net.play(peers, frames=10)
    kept = peers[0].state.copy()
    with pytest.raises(rs.UsageError, match="read-only"):
        peers[0].state.clock = 5
    net.play(peers, frames=60)
    assert kept.clock != peers[0].state.clock
