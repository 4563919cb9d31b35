"""Every way to go, in every phase: in order, by death, with the farewell lost, two at once. Whoever stays is told who is gone
and why, within a bounded time; what is confirmed stays; the survivors' replays are of one match, and are proved."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import rollstep as rs
from rollstep.replay import verify
from rollstep.testing import Impairment, Network, Safety
from tests.games.box import game as box

from .scenario import events

ROUGH = "rtt=80ms,jitter=20ms,loss=10%"
TIMEOUT_MS = 2000
SILENT = f"silent for {TIMEOUT_MS} ms"
#: What a silence is found by beyond its length: the looks, and what was under way.
SLACK_MS = 300
LOST = Impairment(loss_ppm=1_000_000)


def reasons(net: Network, player: int) -> dict[int, str]:
    """Who is gone for a player, and why. Each is told once."""
    gone = events(net, player, rs.Disconnected)
    assert len({event.player for event in gone}) == len(gone), f"told twice: {gone}"
    return {event.player: event.reason for event in gone}


def cut(net: Network, *players: int, of: int) -> None:
    """Nothing that these send arrives any more."""
    for player, other in itertools.product(players, range(of)):
        if player != other:
            net.set_link(player, other, LOST)


def go(net: Network, peer: rs.P2P, how: str, of: int) -> str:
    """A peer goes; the reason that the others are to hear."""
    if how == "farewell lost":
        cut(net, peer.player, of=of)
    if how != "killed":
        peer.close()
    return "left" if how == "in order" else SILENT


def bound_ms(how: str) -> int:
    return 200 if how == "in order" else TIMEOUT_MS + SLACK_MS


WAYS = ["in order", "killed", "farewell lost"]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("players", [2, 3, 4])
def test_who_stays_hears_of_it_in_time_and_has_a_replay_that_is_proved(how, players, tmp_path):
    net = Network(seed=players, impairment=Impairment.parse(ROUGH))
    paths = [tmp_path / f"{p}.rsr" for p in range(players)]
    peers = net.join(box, players=players, record=paths, timeout_ms=TIMEOUT_MS, delay=2)
    watch = Safety()
    assert net.run(peers, until=lambda: min(p.confirmed for p in peers) >= 200, each=watch)
    leaver, stay = peers[1], [peer for peer in peers if peer.player != 1]
    last = {peer.player: peer.confirmed for peer in stay}
    reason = go(net, leaver, how, players)
    went_us = net.now_us
    assert net.run(stay, until=lambda: all(peer.phase == "over" for peer in stay), each=watch, limit_ms=10_000)
    assert net.now_us - went_us <= bound_ms(how) * 1000
    net.run(stay, until=lambda: all(peer.settled for peer in stay), each=watch, limit_ms=3000)
    for peer in stay:
        assert reasons(net, peer.player) == {1: reason}
        assert peer.confirmed >= last[peer.player] and peer.due() == 0 and peer.advance(bytes(box.input_size)) is False
    if how == "in order":
        assert all(peer.settled for peer in stay)
    common = min(peer.confirmed for peer in stay)
    for peer in stay:
        seen = watch.seen(peer.player)
        assert len(seen) - 1 == peer.confirmed, "the watch has seen that confirmed frames stay"
        assert seen[:common + 1] == watch.seen(stay[0].player)[:common + 1]
        peer.close()
    proved(stay, paths)


def proved(stay: list[rs.P2P], paths: list[Path]) -> None:
    """The replays of who stayed are whole, and one match."""
    files = {peer.player: rs.read_replay(paths[peer.player]) for peer in stay}
    assert all(files[peer.player].frames == peer.confirmed for peer in stay)
    shortest = min(files.values(), key=lambda replay: replay.frames)
    assert all(replay.rows[:len(shortest.rows)] == shortest.rows for replay in files.values())
    report = verify(box, [(str(p), replay) for p, replay in files.items()])
    assert report.verified and report.peers == tuple(files), report.message


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("spec", ["", ROUGH])
def test_two_go_at_once_and_the_other_two_hear_of_both(how, spec, tmp_path):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    paths = [tmp_path / f"{p}.rsr" for p in range(4)]
    peers = net.join(box, players=4, record=paths, timeout_ms=TIMEOUT_MS, delay=2)
    net.play(peers, frames=150)
    reason = {go(net, peers[p], how, 4) for p in (0, 2)}.pop()
    stay = [peers[1], peers[3]]
    went_us = net.now_us
    assert net.run(stay, until=lambda: all(len(reasons(net, p)) == 2 for p in (1, 3)), limit_ms=10_000)
    assert net.now_us - went_us <= bound_ms(how) * 1000
    assert reasons(net, 1) == reasons(net, 3) == dict.fromkeys((0, 2), reason)
    net.run(stay, until=lambda: False, limit_ms=1000)
    for peer in stay:
        peer.close()
    proved(stay, paths)


def test_all_go_at_once_and_nobody_is_left_waiting(tmp_path):
    net = Network(seed=1, impairment=Impairment.parse(ROUGH))
    paths = [tmp_path / f"{p}.rsr" for p in range(3)]
    peers = net.join(box, players=3, record=paths)
    net.play(peers, frames=150)
    for peer in peers:
        peer.close()
    assert all(peer.poll() == [] and peer.due() == 0 and peer.phase == "closed" for peer in peers)
    proved(peers, paths)


@pytest.mark.parametrize("how", WAYS)
def test_going_while_the_others_still_wait_for_somebody_leaves_the_place_free(how):
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    peers = net.join(box, players=3, connect_timeout_ms=5000)
    assert not net.run(peers[:2], until=lambda: False, limit_ms=500), "the third is not there yet"
    go(net, peers[1], how, 3)
    began_us = net.now_us
    stay = [peers[0], peers[2]]
    assert net.run(stay, until=lambda: all(peer.phase == "over" for peer in stay), limit_ms=10_000)
    assert net.now_us - began_us <= 5000 * 1000
    for p in (0, 2):
        (gone,) = reasons(net, p).items()
        assert gone[0] == 1 and gone[1].startswith(("no answer from 1 for 5 s", "1 answers, but did not start")), gone


@pytest.mark.parametrize("how", WAYS)
def test_going_during_a_stall_is_told_as_in_play(how):
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    peers = net.join(box, players=3, timeout_ms=TIMEOUT_MS)
    net.play(peers, frames=100)
    assert net.run(peers[:2], until=lambda: {p.phase for p in peers[:2]} == {"stalled"}, limit_ms=1000), "player 2 stands still"
    reason = go(net, peers[1], how, 3)
    went_us = net.now_us
    both = [peers[0], peers[2]]
    assert net.run(both, until=lambda: all(1 in reasons(net, p) for p in (0, 2)), limit_ms=5000)
    assert net.now_us - went_us <= bound_ms(how) * 1000
    assert reasons(net, 0)[1] == reasons(net, 2)[1] == reason
    assert {peer.phase for peer in both} == {"over"}


@pytest.mark.parametrize("how", WAYS)
def test_going_when_frozen_says_that_it_was_a_desync(how):
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    peers = net.join(box, players=2, timeout_ms=TIMEOUT_MS)
    net.play(peers, frames=100)
    core = peers[0]._core
    assert core is not None
    core._bytes[core._number("state_at")] ^= 1              # one bit of a state that is not confirmed yet
    assert net.run(peers, until=lambda: {peer.phase for peer in peers} == {"frozen"}, limit_ms=5000)
    go(net, peers[1], how, 2)
    went_us = net.now_us
    assert net.run(peers[:1], until=lambda: bool(reasons(net, 0)), limit_ms=5000)
    assert net.now_us - went_us <= bound_ms(how) * 1000
    assert reasons(net, 0) == {1: "stopped at a desync" if how == "in order" else SILENT}
    assert peers[0].phase == "frozen", "which says more than that somebody is gone"


def test_a_farewell_that_comes_twice_or_after_the_silence_is_told_once():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms,duplicate=100%"))
    peers = net.join(box, players=2, timeout_ms=TIMEOUT_MS)
    net.play(peers, frames=100)
    net.set_link(1, 0, Impairment(latency_us=5_000_000))    # its last words are long under way
    peers[1].close()
    net.run(peers[:1], until=lambda: False, limit_ms=8000)
    assert reasons(net, 0) == {1: SILENT}


def test_who_is_gone_and_comes_back_is_not_heard():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    peers = net.join(box, players=2, timeout_ms=[TIMEOUT_MS, 60_000])
    net.play(peers, frames=100)
    before = net.link(1, 0).impairment
    net.set_link(1, 0, LOST)
    assert net.run(peers, until=lambda: peers[0].phase == "over", limit_ms=5000)
    net.set_link(1, 0, before)
    net.run(peers, until=lambda: False, limit_ms=3000)
    assert peers[0].phase == "over" and reasons(net, 0) == {1: SILENT} and peers[0].stats.dropped["late"] > 0
    assert peers[1].phase == "stalled" and not reasons(net, 1)
    peers[0].close()                                        # and says so, when it leaves
    net.run(peers[1:], until=lambda: bool(reasons(net, 1)), limit_ms=5000)
    assert reasons(net, 1) == {0: "left"}
