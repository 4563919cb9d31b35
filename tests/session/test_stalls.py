"""A peer that falls silent for a while: the others wait at the limit of their window, and nothing is lost."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.testing import Bot, Impairment, Network, Safety
from tests.games.box import game as box

from .scenario import events


def _pause(seconds: int, players: int = 2, game: rs.Game = box,
           spec: str = "rtt=80ms,jitter=20ms,loss=5%") -> tuple[Network, list[rs.P2P], Safety, dict[str, int]]:
    """Play, let player 1's process stand still for some seconds, play on."""
    net = Network(seed=2, impairment=Impairment.parse(spec))
    peers = net.join(game, players=players)
    bots = [Bot(game, player=p, seed=2) for p in range(players)]
    watch = Safety()
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


@pytest.mark.parametrize("spec", ["rtt=80ms,jitter=20ms,loss=5%", "rtt=20ms,jitter=10ms", "rtt=160ms,jitter=30ms,loss=5%"])
@pytest.mark.parametrize("players", [2, 4])
def test_a_long_pause_is_one_stall_for_everybody_else_and_none_for_who_paused(spec, players):
    """Who waited is ahead by the whole window; it lets the other catch up, or would stall again at each late packet."""
    net, peers, watch, _ = _pause(5, players=players, spec=spec)
    stalls = {p: [event for event in events(net, p, rs.Stalled) if event.frame > 150] for p in range(players)}
    resumes = {p: [event for event in events(net, p, rs.Resumed) if event.frame > 150] for p in range(players)}
    assert {p: (len(stalls[p]), len(resumes[p])) for p in stalls} == {p: (int(p != 1),) * 2 for p in stalls}
    goal = peers[0].confirmed + 300
    started = net.now_us
    assert net.run(peers, until=lambda: all(p.confirmed >= goal for p in peers), each=watch, limit_ms=10_000)
    assert net.now_us - started < 5_600_000, "play is at full speed again"


def test_a_round_trip_is_not_measured_across_a_pause():
    _, peers, _, _ = _pause(5)
    assert 60 <= peers[0].stats.rtt_ms[1] <= 130


def test_a_pause_is_announced_as_an_interruption_and_its_end_as_well():
    net, peers, _, _ = _pause(5)
    (interrupted,), (restored,) = events(net, 0, rs.Interrupted), events(net, 0, rs.Restored)
    assert interrupted.player == restored.player == 1 and interrupted.timeout_ms == peers[0].timeout_ms == 10_000
    assert 3333 <= interrupted.silent_ms <= 3435 and 4900 <= restored.silent_ms <= 5200
    assert events(net, 1, rs.Interrupted) == [], "who paused heard the others all the time"
    kinds = [type(event) for event in net.events[0]]
    assert kinds == [rs.Synchronized, rs.Stalled, rs.Interrupted, rs.Restored, rs.Resumed]


def test_the_figures_tell_how_long_each_player_has_been_silent():
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(box, players=3, timeout_ms=2000)
    assert peers[0].stats.silent_ms == (0, 0, 0)
    net.play(peers, frames=60)
    assert all(ms <= 40 for peer in peers for ms in peer.stats.silent_ms)
    silent, end = [], net.now_us + 1_500_000
    bots = [Bot(box, player=p, seed=1) for p in (0, 2)]
    net.run([peers[0], peers[2]], until=lambda: net.now_us >= end, bots=bots,
            each=lambda peer: silent.append(peer.stats.silent_ms) if peer is peers[0] else None)
    mine, theirs, others = silent[-1]
    assert mine == 0 and others <= 40 and 1430 <= theirs <= 1500
    interrupted = net.events[0][-1]
    assert isinstance(interrupted, rs.Interrupted) and (interrupted.player, interrupted.timeout_ms) == (1, 2000)
    assert 1000 < interrupted.silent_ms <= 1102, "looked at every 100 ms"
    net.run([peers[0], peers[2]], until=lambda: peers[0].phase == "over", bots=bots, limit_ms=2000)
    assert net.events[0][-1] == rs.Disconnected(1, "silent for 2000 ms")
    assert peers[0].stats.silent_ms[1] > 2000


def test_while_stalled_a_peer_keeps_resending_but_does_not_spin():
    _, _, _, during = _pause(5)
    assert 5_000 // 40 <= during["sent"] <= 5_000 // 25     # a packet every 30 ms or so


def test_in_a_mesh_everybody_waits_for_the_one_who_is_silent():
    net, _, _, _ = _pause(3, players=4)
    for player in (0, 2, 3):
        longest = max(events(net, player, rs.Resumed), key=lambda event: event.stalled_ms)
        assert longest.stalled_ms > 2_000


def test_a_stalled_session_has_nothing_due_and_waits_for_its_next_timer():
    net = Network(seed=1, impairment=Impairment.parse("rtt=50ms"))
    peers = net.join(box, players=2)
    net.play(peers, frames=100)
    bot = Bot(box, player=0, seed=1)
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
    watch = Safety()
    net.run(peers, until=lambda: peers[0].confirmed >= 100, each=watch)
    net.set_link(0, 1, Impairment.parse("loss=100%"))        # player 1 hears nothing, but is heard
    end = net.now_us + 2_000_000
    net.run(peers, until=lambda: net.now_us >= end, each=watch)
    assert {peer.phase for peer in peers} == {"stalled"}
    net.set_link(0, 1, Impairment.parse("rtt=60ms"))
    assert net.run(peers, until=lambda: all(p.confirmed >= 400 for p in peers), each=watch, limit_ms=30_000)
    watch.agree(400)


@pytest.mark.parametrize("players", [3, 6])
def test_those_who_wait_for_one_of_them_do_not_answer_each_other_without_end(players):
    net = Network(seed=1, impairment=Impairment.parse("rtt=1ms"))
    peers = net.join(box, players=players, timeout_ms=60_000)
    net.play(peers, frames=100)
    for p in range(players - 1):
        net.set_link(p, players - 1, Impairment(loss_ppm=1_000_000))
        net.set_link(players - 1, p, Impairment(loss_ppm=1_000_000))
    net.run(peers, until=lambda: False, limit_ms=1000)
    before = [peer.stats.packets_sent for peer in peers]
    net.run(peers, until=lambda: False, limit_ms=5000)
    assert all(peer.phase == "stalled" for peer in peers)
    for peer, sent in zip(peers[:-1], before, strict=False):
        assert 20 * 5 < (peer.stats.packets_sent - sent) / (players - 1) < 5 * (1000 / 5 + 60)


def _three(**options: object) -> tuple[Network, list[rs.P2P]]:
    net = Network(seed=4, impairment=Impairment.parse("rtt=40ms,jitter=5ms"))
    peers = net.join(box, players=3, **options)
    net.play(peers, frames=100)
    return net, peers


def _acknowledges_nothing_more(peer: rs.P2P, other: int) -> None:
    """From now on a peer says to another that it has no more of its inputs than now."""
    core = peer._core
    assert core is not None
    honestly, told = core.exchange, (core.got(other) & 0xFFFF).to_bytes(2, "little")
    datagram = next(datagram for to, _, datagram in core.out if to == other)

    def exchange(now_us: int, want: int = 0) -> int:
        flags = honestly(now_us, want)
        datagram[3:5] = told
        return flags

    core.exchange = exchange  # type: ignore[method-assign]


def test_a_peer_that_never_acknowledges_is_the_one_that_is_waited_for():
    net, peers = _three()
    _acknowledges_nothing_more(peers[2], 0)
    assert net.run(peers, until=lambda: bool(events(net, 0, rs.Stalled)), limit_ms=10_000)
    assert events(net, 0, rs.Stalled)[-1].waiting_for == (2,), "it sends its inputs, and player 1 is honest"
    end = net.now_us + 60_000_000
    net.run(peers, until=lambda: net.now_us >= end)
    assert peers[0].phase == "stalled", "nothing ends it but the game, or stall_timeout_ms"


def test_a_peer_that_is_heard_and_never_acknowledges_keeps_nobody_longer_than_the_stall_timeout():
    net, peers = _three(stall_timeout_ms=[3000, None, None])
    _acknowledges_nothing_more(peers[2], 0)
    assert net.run(peers, until=lambda: peers[0].phase == "over", limit_ms=10_000)
    assert events(net, 0, rs.Disconnected) == [rs.Disconnected(2, "kept us waiting for 3000 ms")]


def test_a_pause_menu_ends_the_match_for_others_at_their_stall_timeout_alone():
    net, peers = _three(stall_timeout_ms=[None, 3000, None])
    peers[2].due = lambda: 0  # type: ignore[method-assign]
    stalled = net.now_us
    assert net.run(peers, until=lambda: bool(events(net, 1, rs.Disconnected)), limit_ms=10_000)
    assert 2_900_000 <= net.now_us - stalled <= 3_500_000 and peers[1].phase == "over"
    assert events(net, 1, rs.Disconnected) == [rs.Disconnected(2, "kept us waiting for 3000 ms")]
    assert peers[0].phase == "stalled" and events(net, 0, rs.Stalled)[-1].waiting_for == (2,)


def test_a_stall_timeout_that_is_none_is_told_with_its_limits():
    with pytest.raises(rs.UsageError, match="stall_timeout_ms=50: give a whole number from 100 to 3600000"):
        Network().join(box, players=2, stall_timeout_ms=50)
