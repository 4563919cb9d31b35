"""The figures of a session are what happened: held against what the transport saw and what the frames did."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network
from tests.games.box import game as box

from .scenario import Ledger, events, play

STORM = "rtt=160ms,jitter=80ms,loss=20%,duplicate=20%,reorder=20%"


@pytest.mark.parametrize("options", [{}, {"window": 0, "delay": 6}, {"window": 0, "delay": 10, "commit": True},
                                     {"groups": [(0, 2), (1,)]}, {"window": 60, "delay": 16}])
def test_packets_and_bytes_are_those_that_the_transport_saw(options):
    net = Network(seed=1, impairment=Impairment.parse(STORM))
    groups = options.get("groups", [(0,), (1,), (2,)])
    ledgers = [Ledger(net.endpoint(group[0])) for group in groups]
    peers = net.join(box, players=3, transport=ledgers, **options)
    net.play(peers, frames=200)
    peers[0].close()
    net.run(peers[1:], until=lambda: all(peer.phase == "over" for peer in peers[1:]))
    net.run(peers[1:], until=lambda: False, limit_ms=500)
    for peer, ledger in zip(peers, ledgers, strict=True):
        stats = peer.stats
        assert (stats.packets_sent, stats.bytes_sent, stats.packets_received) == (ledger.sent, ledger.bytes, ledger.received)


@pytest.mark.parametrize("players", [2, 4])
def test_rollbacks_predictions_and_stalls_add_up(players):
    _, peers = play(box, STORM, players=players, frames=300, window=12, limit_ms=600_000)
    for peer in peers:
        stats = peer.stats
        assert stats.rollbacks == sum(stats.rollback_depths) > 10
        assert stats.resimulated_frames == sum(depth * n for depth, n in enumerate(stats.rollback_depths))
        assert 0 < stats.deepest_rollback <= 12
        assert stats.rollbacks <= stats.mispredictions <= stats.predictions <= stats.frames * (players - 1)
        assert stats.mispredicted == stats.mispredictions / stats.predictions
        assert min(stats.received) >= stats.confirmed


def test_a_window_of_sixty_and_a_delay_of_sixteen_play_over_a_round_trip_of_two_seconds():
    _, peers = play(box, "rtt=2000ms,jitter=100ms,loss=5%", frames=240, window=60, delay=16, limit_ms=600_000)
    assert all(peer.stats.deepest_rollback > 40 for peer in peers)


@pytest.mark.parametrize("delay", [0, 16])
def test_whoever_waits_longest_at_the_edge_of_every_ring_plays_on_unharmed(delay):
    net = Network(seed=3, impairment=Impairment.parse("rtt=40ms"))
    peers = net.join(box, players=3, window=60, delay=delay, timeout_ms=60_000)
    net.play(peers, frames=100)
    net.set_link(0, 1, Impairment(loss_ppm=1_000_000))         # 1 hears nothing of 0, and everything else
    net.run(peers, until=lambda: False, limit_ms=6000)
    assert all(peer.phase == "stalled" for peer in peers)
    peers[0].set_delay(16 - delay)
    net.set_link(0, 1, Impairment.parse("rtt=40ms"))
    net.play(peers, frames=500)
    assert len({peer.checksum(500) for peer in peers}) == 1
    assert [len(events(net, p, rs.Resumed)) for p in range(3)] == [1, 1, 1]


def test_what_comes_from_where_a_peer_is_and_is_not_of_it_is_counted_by_its_reason():
    net = Network(seed=1)
    peers = net.join(box, players=2)
    net.play(peers, frames=30)
    whole = peers[1]._meeting.sealer(0)(dict(peers[1]._core.outgoing())[0])
    forged, other = whole[:-1] + bytes([whole[-1] ^ 1]), whole[:1] + bytes([whole[1] ^ 1]) + whole[2:]
    for data in [b""] * 2 + [b"\x99"] * 3 + [other] * 4 + [forged] * 5 + [whole[:20]] * 6 + [whole] * 8:
        net.link(1, 0).send(data, net.now_us)
    net.run(peers, until=lambda: False, limit_ms=50)
    assert peers[0].stats.dropped == {"size": 2, "kind": 3, "link": 4, "seal": 11, "replay": 7}


def test_drops_for_one_reason_add_up_wherever_they_are_found():
    net = Network(seed=1)
    peers = net.join(box, players=2, sealed=False)
    net.play(peers, frames=30)
    for data in [b""] * 5 + [b"\1\2"] * 3:      # nothing at all is refused by the session, a cut input packet by the core
        net.link(1, 0).send(data, net.now_us)
    net.run(peers, until=lambda: False, limit_ms=50)
    assert peers[0].stats.dropped == {"size": 8}
