"""Sessions that play for several players, and input delays that change while everybody plays."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.replay import verify
from rollstep.testing import Impairment, Network, Safety
from tests.games.box import game as box

from .scenario import events, play

ROUGH = "rtt=100ms,jitter=30ms,loss=10%,duplicate=5%"


@pytest.mark.parametrize(("players", "groups"), [(3, [(0, 1), (2,)]), (4, [(0, 3), (1, 2)]),
                                                 (8, [(0,), (1, 2, 3, 4), (5, 6, 7)])])
def test_peers_of_several_players_play_one_match_and_its_replays_are_verified(players, groups, tmp_path):
    paths = [tmp_path / f"{i}.rsr" for i in range(len(groups))]
    _, peers = play(box, ROUGH, players=players, groups=groups, frames=300, record=paths, window=10)
    assert [peer.local_players for peer in peers] == groups and all(peer.stats.rollbacks > 10 for peer in peers)
    for peer in peers:
        peer.close()
    report = verify(box, [(path.name, rs.read_replay(path)) for path in paths])
    assert report.verified, report.message


def test_what_happens_to_a_peer_is_told_of_each_of_its_players():
    net = Network(seed=1)
    peers = net.join(box, players=4, groups=[(0,), (1, 3), (2,)], timeout_ms=2000)
    net.play(peers, frames=30)
    peers[1].close()
    net.run([peers[0], peers[2]], until=lambda: all(p.phase == "over" for p in (peers[0], peers[2])))
    assert events(net, 0, rs.Disconnected) == [rs.Disconnected(1, "left"), rs.Disconnected(3, "left")]


@pytest.mark.parametrize("change", ["players", "mine", "theirs"])
def test_peers_that_divide_the_players_otherwise_are_refused_on_both_sides(change):
    net = Network(seed=1)
    ours = rs.p2p(box, player=0, peers={1: 1, 2: 2}, transport=net.endpoint(0), clock=rs_clock(net))
    theirs = {"players": {"player": (1,), "peers": {0: 0, 2: 2, 3: 3}}, "mine": {"player": (1, 2), "peers": {0: 0}},
              "theirs": {"player": 1, "peers": {(0, 2): 0}}}[change]
    other = rs.p2p(box, transport=net.endpoint(1), clock=rs_clock(net), **theirs)
    refused = []
    for _ in range(3000):
        net.now_us += 1000
        for peer in (ours, other):
            try:
                peer.poll()
            except rs.IncompatiblePeer as error:
                refused.append(str(error))
    assert len(refused) == 2, refused
    if change == "mine":
        ways, what = ("0, 1+2", "0, 1, 2"), "division of the players among peers"
        assert sorted(refused) == [f"we and the peer differ in {what}: ours {ours}, theirs {theirs}"
                                   for ours, theirs in (ways, ways[::-1])], refused


def rs_clock(net):
    from rollstep.testing.network import VirtualClock

    return VirtualClock(net)


@pytest.mark.parametrize("window", [0, 8])
@pytest.mark.parametrize("spec", ["", ROUGH])
def test_a_delay_that_is_changed_in_play_is_told_to_everybody_and_nobody_stalls_for_it(window, spec):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    peers = net.join(box, players=3, window=window, delay=4)
    watch = Safety()
    net.run(peers, until=lambda: all(p.confirmed >= 60 for p in peers), each=watch)
    peers[0].set_delay(8, at_frame=100)
    peers[2].set_delay(1)
    net.run(peers, until=lambda: all(p.confirmed >= 260 for p in peers), each=watch)
    assert len(set(watch.agree(260))) > 150
    assert [peer.delays for peer in peers] == [(8, 4, 1)] * 3 and peers[0].delay == 8
    for peer in peers:
        told = {(event.player, event.delay): event.frame for event in events(net, peer.player, rs.DelayChanged)}
        assert sorted(told) == [(0, 8), (2, 1)]
        assert 95 <= told[0, 8] <= 140
    assert events(net, 0, rs.DelayChanged)[-1].frame >= 100


def test_each_local_player_has_a_delay_of_its_own():
    net, peers = play(box, ROUGH, players=3, groups=[(0, 2), (1,)], frames=120, delay=[(0, 5), 2])
    assert peers[0].delays == (0, 2, 5)
    peers[0].set_delay(3, player=2)
    net.play(peers, frames=240)
    assert peers[0].delays == peers[1].delays == (0, 2, 3)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"delay": 17}, "delay=17"), ({"delay": -1}, "delay=-1"), ({"delay": 2.0}, "delay=2.0"),
    ({"delay": 2, "player": 1}, "local players"), ({"delay": 2, "at_frame": -1}, "at_frame=-1")])
def test_a_delay_that_cannot_be_is_named_with_its_limits(arguments, words):
    _, peers = play(box, "", frames=20)
    with pytest.raises(rs.UsageError, match=words):
        peers[0].set_delay(**arguments)
    assert peers[0].delay == 1


def test_in_lockstep_a_delay_of_nothing_is_refused_as_nobody_could_start():
    _, peers = play(box, "", frames=20, window=0, delay=2)
    with pytest.raises(rs.UsageError, match="from 1 to 16"):
        peers[0].set_delay(0)


def test_before_the_match_there_is_no_delay_to_change():
    net = Network(seed=1)
    (peer, _) = net.join(box, players=2)
    with pytest.raises(rs.UsageError, match="before Synchronized"):
        peer.set_delay(2)


@pytest.mark.parametrize(("player", "peers", "words"), [
    ((), {0: "a"}, "names no players"), ((0, 0), {1: "a"}, "each once"), ((0, 1), {1: "a"}, "each once"),
    ("0", {1: "a"}, "names no"),
    ((0, 1), {(2, 3, 5): "a"}, "each once"), (0, {(1, 2): "a", (2, 3): "b"}, "each once")])
def test_players_that_do_not_add_up_are_refused(player, peers, words):
    net = Network(seed=1)
    with pytest.raises(rs.UsageError, match=words):
        rs.p2p(box, player=player, peers=peers, transport=net.endpoint(0))


def test_inputs_for_each_local_player_are_asked_for():
    _, peers = play(box, "", players=3, groups=[(0, 1), (2,)], frames=20)
    with pytest.raises(rs.UsageError, match="one input for each local player, 2, not 1"):
        peers[0].advance(b"\0")


@pytest.mark.parametrize("predictor", ["repeat", "blank"])
def test_a_predictor_changes_the_guesses_and_not_the_match(predictor):
    _, peers = play(box, ROUGH, frames=300, predictor=predictor)
    stats = peers[0].stats
    assert stats.rollbacks > 10 and 0 < stats.mispredicted < 1
    assert stats.mispredicted == stats.mispredictions / stats.predictions


def test_a_predictor_that_nobody_knows_is_named_with_the_choices():
    net = Network(seed=1)
    with pytest.raises(rs.UsageError, match="repeat, blank"):
        net.join(box, players=2, predictor="oracle")


def test_a_delay_belongs_to_the_player_who_stands_at_its_place():
    net = Network(seed=1)
    with rs.p2p(box, player=(2, 0), peers={1: 1}, delay=(5, 1), transport=net.endpoint(0)) as peer:
        assert peer.delays == (1, 0, 5)
