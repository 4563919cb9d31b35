"""The end of a match: somebody leaves, is killed or stands still for too long. What was good stays good."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.net.agreement import Agreement
from rollstep.replay import verify
from rollstep.testing import Bot, Impairment, Network, Safety, VirtualClock
from tests.games.box import game as box
from tests.games.nasty import TokenBot
from tests.games.nasty import game as nasty

from .scenario import Sleeps, events

ROUGH = "rtt=80ms,jitter=20ms,loss=10%"


def test_a_killed_peer_is_noticed_within_the_timeout_and_the_replay_is_whole(tmp_path):
    net = Network(seed=1, impairment=Impairment.parse(ROUGH))
    paths = [tmp_path / f"{p}.rsr" for p in range(2)]
    peers = net.join(box, players=2, record=paths, timeout_ms=2000)
    net.play(peers, frames=300)
    killed_at = net.now_us                                 # player 1 just stops: no farewell, no close
    net.run(peers[:1], until=lambda: peers[0].phase == "over", bots=[Bot(box, player=0, seed=1)], limit_ms=10_000)
    assert 1_900_000 <= net.now_us - killed_at <= 2_200_000
    gone = events(net, 0, rs.Disconnected)
    assert [(event.player, event.reason) for event in gone] == [(1, "silent for 2000 ms")]
    confirmed = peers[0].confirmed
    assert peers[0].settled and peers[0].due() == 0
    peers[0].close()
    mine = rs.read_replay(paths[0])
    assert mine.frames == confirmed
    assert verify(box, [("0", mine)]).verified
    with pytest.raises(rs.TruncatedReplay) as cut:
        rs.read_replay(paths[1])
    assert 0 < cut.value.good_frames <= confirmed
    both = verify(box, [("0", mine), ("1", rs.read_replay(paths[1], allow_truncated=True))])
    assert both.verdict == "truncated"


def test_a_peer_that_leaves_says_so_and_the_other_need_not_wait():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    peers = net.join(box, players=2)
    net.play(peers, frames=100)
    left_at = net.now_us
    peers[0].close()
    net.run(peers, until=lambda: peers[1].phase == "over", limit_ms=10_000)
    assert net.now_us - left_at < 60_000
    assert events(net, 1, rs.Disconnected) == [rs.Disconnected(0, "left")]


@pytest.mark.parametrize("players", [2, 3, 8])
@pytest.mark.parametrize("delay", [0, 1, 8])
def test_whoever_leaves_when_settled_leaves_the_others_whole(players, delay):
    frames = 150
    for seed in range(3):
        net = Network(seed=seed, impairment=Impairment.parse("rtt=80ms,jitter=60ms,loss=20%"))
        peers = net.join(box, players=players, delay=delay)
        bots = [Bot(box, player=p, seed=seed) for p in range(players)]
        watch = Safety()
        here = list(peers)
        while here:
            assert net.now_us < 60_000_000, [(p.phase, p.frame, p.confirmed) for p in here]
            net.now_us += 1000
            for peer in list(here):
                net.events.setdefault(peer.player, []).extend(peer.poll())
                for _ in range(min(peer.due(), frames - peer.frame)):
                    peer.advance(bots[peer.player].input(peer.frame))
                watch(peer)
                if peer.settled and (peer.frame == frames or peer.phase == "over"):
                    peer.close()
                    here.remove(peer)
        watch.agree(frames)


def test_a_peer_whose_process_was_paused_does_not_call_the_others_gone():
    net = Network(seed=1, impairment=Impairment.parse("rtt=40ms"))
    peers = net.join(box, players=2, timeout_ms=[1000, 10_000])
    net.play(peers, frames=100)
    end = net.now_us + 3_000_000                           # player 0 computes nothing for 3 s; packets wait for it
    net.run(peers[1:], until=lambda: net.now_us >= end, bots=[Bot(box, player=1, seed=1)])
    net.play(peers, frames=300)
    assert not events(net, 0, rs.Disconnected) and not events(net, 1, rs.Disconnected)


def test_a_game_that_stops_asking_for_frames_still_answers_its_peers():
    net = Network(seed=1, impairment=Impairment.parse("rtt=40ms,loss=20%"))
    peers = net.join(box, players=2, timeout_ms=1000)
    net.play(peers, frames=100)
    net.run(peers, until=lambda: peers[0].frame == peers[1].frame)
    end = net.now_us + 3_000_000                           # a pause menu: polled, never advanced
    while net.now_us < end:
        net.now_us += 1000
        for peer in peers:
            assert peer.poll() == []
            peer.due()
    assert all(peer.settled for peer in peers)
    net.play(peers, frames=300)


def test_nobody_there_ends_the_wait_with_a_word(tmp_path):
    net = Network(seed=1)
    peers = net.join(box, players=2, connect_timeout_ms=3000, record=[tmp_path / "0.rsr", tmp_path / "1.rsr"])
    net.run(peers[:1], until=lambda: peers[0].phase == "over", bots=[Bot(box, player=0, seed=1)])
    assert events(net, 0, rs.Disconnected) == [
        rs.Disconnected(1, "no answer from 1 for 3 s: it is not there, plays already, or a firewall is in between")]
    assert not (tmp_path / "0.rsr").exists()               # a match that never started has no replay


def test_a_start_that_stays_ahead_ends_when_the_time_to_connect_is_over(monkeypatch):
    net = Network(seed=1)
    monkeypatch.setattr(Agreement, "start_us", property(lambda agreement: net.now_us + 200_000))
    peers = net.join(box, players=2, connect_timeout_ms=3000)
    net.run(peers, until=lambda: all(p.phase == "over" for p in peers), limit_ms=5000)
    assert events(net, 0, rs.Disconnected) == [
        rs.Disconnected(1, "1 answers, but did not start with us within 3 s: it waits for others or plays already")]


def test_closing_twice_and_using_a_closed_session_are_harmless(tmp_path):
    net = Network(seed=1)
    peers = net.join(box, players=2, record=[tmp_path / "0.rsr", tmp_path / "1.rsr"])
    net.play(peers, frames=50)
    size = None
    for _ in range(2):
        peers[0].close()
        assert size in (None, (tmp_path / "0.rsr").stat().st_size)
        size = (tmp_path / "0.rsr").stat().st_size
    assert peers[0].poll() == [] and peers[0].due() == 0
    assert peers[0].state.boxes[1].pos.x != 0 and peers[0].stats.frames >= 50


def test_a_session_that_nobody_answered_sleeps_between_its_polls():
    net, sleeps = Network(seed=1), Sleeps()
    peer = rs.p2p(box, player=0, peers={1: "b"}, transport=sleeps, clock=VirtualClock(net), connect_timeout_ms=1000)
    while peer.phase != "over":
        net.now_us += 50_000
        peer.poll()
    before = len(sleeps.asked)
    for _ in range(10):
        net.now_us += 1
        peer.poll()
        peer.wait()
    assert len(sleeps.asked) == before + 10


def test_a_player_alone_needs_nobody():
    net = Network(seed=1)
    (peer,) = net.join(nasty, players=1, delay=0)
    net.run([peer], until=lambda: peer.confirmed >= 60, bots=[TokenBot(player=0, delay=0)], limit_ms=5000)
    assert peer.confirmed >= 60
