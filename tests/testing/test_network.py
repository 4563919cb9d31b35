"""What a network does to names and sessions: partitions, rebindings, pauses, crashes; all is bounded and repeatable."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.errors import UsageError
from rollstep.testing import Impairment, Network, Safety
from rollstep.testing.link import MOST_WAITING
from rollstep.testing.network import SOCKET_QUEUE
from tests.games.box import game as box


def heard(net: Network, endpoint) -> list:
    net.now_us += 1000
    return [(data, source) for data, source in endpoint.receive()]


def started(players: int = 2, spec: str = "rtt=40ms", frames: int = 60, **options) -> tuple[Network, list[rs.P2P], Safety]:
    net, safety = Network(seed=1, impairment=Impairment.parse(spec)), Safety()
    peers = net.join(box, players=players, **options)
    net.play(peers, frames=frames, each=safety)
    return net, peers, safety


def kinds(net: Network, player: int) -> list[str]:
    return [type(event).__name__ for event in net.events[player]]


# ---------------------------------------------------------------------------- names

def test_a_cut_loses_what_is_sent_both_ways_or_one_way_until_it_heals():
    net = Network()
    a, b, c = (net.endpoint(name) for name in "abc")

    def passing() -> set:
        for here in (a, b, c):
            for there in (a, b, c):
                if here is not there:
                    here.send(b"x", there.address)
        return {(source, there.address) for there in (a, b, c) for _, source in heard(net, there)}
    everyone = {(x, y) for x in "abc" for y in "abc" if x != y}
    net.cut("a", "b")
    assert passing() == everyone - {("a", "b"), ("b", "a")}
    net.heal("b", "a")
    assert passing() == everyone
    net.cut("a", "b", one_way=True)
    assert passing() == everyone - {("a", "b")}
    net.cut("c")
    assert passing() == {("b", "a")}
    net.heal("c")
    assert passing() == everyone - {("a", "b")}
    net.heal()
    assert passing() == everyone


def test_a_rebound_name_is_heard_from_its_new_address_alone_and_deaf_at_the_old_one():
    net = Network(impairment=Impairment(latency_us=5000))
    a, b = net.endpoint("a"), net.endpoint("b")
    b.send(b"under way", "a")
    assert net.rebind("a") == "a~1" == a.address
    b.send(b"to the old one", "a")
    a.send(b"from the new one", "b")
    net.now_us += 5000
    assert b.receive() == [(b"from the new one", "a~1")] and a.receive() == []
    b.send(b"answer", "a~1")
    net.now_us += 5000
    assert a.receive() == [(b"answer", "b")]
    assert net.rebind("a") == "a~2" and net.link("b", "a").lost == 2


def test_a_rebound_name_keeps_its_links_and_cuts():
    net = Network()
    net.set_link("a", "b", Impairment(latency_us=7000))
    a, b = net.endpoint("a"), net.endpoint("b")
    net.cut("a", "b")
    net.rebind("b")
    a.send(b"x", b.address)
    assert net.next_us("b") == 1 << 60
    net.heal()
    a.send(b"x", b.address)
    assert net.next_us("b") == 7000


def test_a_socket_holds_so_many_datagrams_and_a_link_so_many():
    net = Network()
    a, b = net.endpoint("a"), net.endpoint("b")
    for i in range(MOST_WAITING + 500):
        a.send(i.to_bytes(4, "little"), "b")
    got = heard(net, b)
    assert [int.from_bytes(data, "little") for data, _ in got] == list(range(SOCKET_QUEUE)) and heard(net, b) == []


def test_nobody_listens_at_a_closed_or_crashed_name_and_a_new_start_hears_what_comes_then():
    net = Network(impairment=Impairment(latency_us=2000))
    a, b = net.endpoint("a"), net.endpoint("b")
    for deafen in (b.close, lambda: net.crash("b")):
        a.send(b"under way", "b")
        deafen()
        a.send(b"to nobody", "b")
        b = net.endpoint("b")
        a.send(b"to the new one", "b")
        net.now_us += 2000
        assert b.receive() == [(b"to the new one", "a")]
    assert net.link("a", "b").waiting == 0


def test_an_unknown_name_is_refused_with_what_to_give():
    net = Network()
    for verb in (net.cut, net.rebind, net.crash, lambda name: net.pause(name, 10)):
        with pytest.raises(UsageError, match="'nobody' is not on this network"):
            verb("nobody")


# ---------------------------------------------------------------------------- sessions

def test_a_partition_on_a_schedule_stalls_both_and_play_goes_on_when_it_heals():
    net, peers, safety = started(spec="rtt=40ms,jitter=20ms,loss=5%")
    net.at(500, net.cut, peers[0], peers[1])
    net.at(2500, net.heal)
    net.play(peers, frames=240, each=safety)
    for p in range(2):
        assert kinds(net, p).count("Stalled") >= 1
        assert any(isinstance(e, rs.Resumed) and 1500 < e.stalled_ms < 2500 for e in net.events[p])
    safety.agree(240)


def test_a_schedule_is_kept_in_order_and_to_the_millisecond():
    net, peers, _ = started()
    at, told = net.now_us, []
    for ms in (30, 10, 20, 10):
        net.at(ms, lambda ms=ms: told.append((ms, net.now_us - at)))
    net.run(peers, until=lambda: False, limit_ms=40)
    assert told == [(10, 10_000), (10, 10_000), (20, 20_000), (30, 30_000)]


def test_a_paused_process_has_no_turn_and_finds_in_its_socket_what_fits():
    net, peers, safety = started()
    turns: list[int] = []
    net.pause(peers[1], 1000)
    before = net.now_us

    def each(peer: rs.P2P) -> None:
        safety(peer)
        turns.append(peer.player)
    net.run(peers, until=lambda: net.now_us >= before + 900_000, each=each)
    assert set(turns) == {0} and peers[0].phase == "stalled"
    net.play(peers, frames=200, each=safety)
    assert "Disconnected" not in kinds(net, 0) + kinds(net, 1)
    safety.agree(200)


def test_a_crashed_peer_says_nothing_and_the_others_notice_by_the_silence():
    net, peers, safety = started(players=3, timeout_ms=2000)
    net.crash(peers[1])
    assert net.crashed(peers[1]) and not net.crashed(peers[0])
    frame = peers[1].frame
    net.run(peers, until=lambda: peers[0].phase == peers[2].phase == "over", each=safety, limit_ms=3000)
    for p in (0, 2):
        assert [e.reason for e in net.events[p] if isinstance(e, rs.Disconnected)] == ["silent for 2000 ms"]
    assert peers[1].frame == frame


def test_a_peer_whose_address_changes_is_followed():
    net, peers, safety = started(spec="rtt=40ms,jitter=20ms,loss=5%")
    net.rebind(peers[1])
    net.play(peers, frames=300, each=safety)
    safety.agree(300)
    assert "AddressChanged" in kinds(net, 0) and "Disconnected" not in kinds(net, 0)


@pytest.mark.parametrize("spec", ["wifi", "awful", "rtt=80ms,loss=5%,corrupt=20%,truncate=10%",
                                  "rtt=20ms,bandwidth=6kB/s,queue=1kB"])
def test_the_same_seed_is_the_same_match_to_the_last_datagram_and_another_seed_another(spec):
    def played(seed: int) -> tuple:
        net, safety = Network(seed=seed, impairment=Impairment.parse(spec)), Safety()
        peers = net.join(box, players=2)
        net.at(1500, net.pause, 0, 300)
        net.at(2500, net.rebind, 1)
        net.play(peers, frames=300, each=safety)
        safety.agree(300)
        return net.now_us, net.events, [p.stats for p in peers], [net.link(*way).lost for way in ((0, 1), (1, 0))]
    first = played(1)
    assert played(1) == first != played(2)
    if "loss=5%" in spec:
        assert all(sum(stats.dropped.values()) > 50 for stats in first[2]), "what was damaged was refused"


def test_each_profile_is_played_and_the_rough_ones_roll_back():
    for name in ("lan", "fibre", "cable", "wifi", "mobile", "intercontinental", "awful"):
        net, safety = Network(seed=3, impairment=Impairment.parse(name)), Safety()
        peers = net.join(box, players=2)
        net.play(peers, frames=400, each=safety)
        assert len(set(safety.agree(400))) > 200
        assert (peers[0].stats.rollbacks > 10) == (name not in ("lan", "fibre"))
