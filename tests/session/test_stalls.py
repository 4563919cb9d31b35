"""A peer that falls silent for a while: the others wait at the limit of their window, and nothing is lost."""

from __future__ import annotations

import rollstep as rs
from demo_game import game as fighter
from rollstep.testing import Bot, Impairment, Network
from tests.games.box import game as box

from .scenario import Watch, events


def _pause(seconds: int, players: int = 2, game: rs.Game = fighter) -> tuple[Network, list[rs.P2P], Watch, dict[str, int]]:
    """Play, let player 1's process stand still for some seconds, play on."""
    net = Network(seed=2, impairment=Impairment.parse("rtt=80ms,jitter=20ms,loss=5%"))
    peers = net.join(game, players=players)
    bots = [Bot(game, player=p, seed=2) for p in range(players)]
    watch = Watch()
    assert net.run(peers, until=lambda: peers[0].confirmed >= 200, each=watch, bots=bots)
    awake = [peer for peer in peers if peer.player != 1]
    before = {"frame": peers[0].frame, "sent": peers[0].stats.packets_sent, "confirmed": peers[0].confirmed}
    end = net.now_us + seconds * 1_000_000
    net.run(awake, until=lambda: net.now_us >= end, bots=[bots[p.player] for p in awake], each=watch)
    before |= {"reached": peers[0].frame, "sent": peers[0].stats.packets_sent - before["sent"]}
    assert net.run(peers, until=lambda: all(p.confirmed >= 500 for p in peers), each=watch, bots=bots, limit_ms=60_000)
    watch.agree(500)
    return net, peers, watch, before


def test_a_pause_of_five_seconds_stalls_at_the_window_and_play_goes_on():
    net, peers, _, during = _pause(5)
    stalled, resumed = events(net, 0, rs.Stalled), events(net, 0, rs.Resumed)
    assert len(stalled) == len(resumed) >= 1
    assert stalled[0].waiting_for == (1,)
    assert 4_800 <= max(event.stalled_ms for event in resumed) <= 5_200
    assert during["reached"] - during["frame"] <= 8 + 1
    assert all(peer.phase == "playing" for peer in peers)


def test_while_stalled_a_peer_keeps_resending_but_does_not_spin():
    _, _, _, during = _pause(5)
    assert 5_000 // 40 <= during["sent"] <= 5_000 // 25     # a packet every 30 ms or so


def test_in_a_mesh_everybody_waits_for_the_one_who_is_silent():
    net, _, _, _ = _pause(3, players=4, game=box)
    for player in (0, 2, 3):
        longest = max(events(net, player, rs.Resumed), key=lambda event: event.stalled_ms)
        assert longest.stalled_ms > 2_000


def test_a_stalled_session_has_nothing_due_and_waits_for_its_next_timer():
    net = Network(seed=1, impairment=Impairment.parse("rtt=50ms"))
    peers = net.join(fighter, players=2)
    net.play(peers, frames=100)
    bot = Bot(fighter, player=0, seed=1)
    end = net.now_us + 1_000_000
    net.run(peers[:1], until=lambda: net.now_us >= end, bots=[bot])
    assert peers[0].phase == "stalled"
    frame = peers[0].frame
    assert peers[0].due() == 0
    assert peers[0].advance(bot.input(frame)) is False
    assert peers[0].frame == frame


def test_a_long_one_way_outage_ends_without_harm():
    net = Network(seed=3, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(box, players=2)
    watch = Watch()
    net.run(peers, until=lambda: peers[0].confirmed >= 100, each=watch)
    net.set_link(0, 1, Impairment.parse("loss=100%"))        # player 1 hears nothing, but is heard
    end = net.now_us + 2_000_000
    net.run(peers, until=lambda: net.now_us >= end, each=watch)
    assert {peer.phase for peer in peers} == {"stalled"}
    net.set_link(0, 1, Impairment.parse("rtt=60ms"))
    assert net.run(peers, until=lambda: all(p.confirmed >= 400 for p in peers), each=watch, limit_ms=30_000)
    watch.agree(400)
