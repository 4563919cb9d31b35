"""What an attacker without the session's address, or with it but without its secrets, can send: all of it is counted."""

from __future__ import annotations

import random

from rollstep.wire.seal import Seal

import rollstep as rs
from rollstep.testing import Impairment, Network
from rollstep.wire import control
from tests.games.box import game as box

from .scenario import Watch, events


def _match(seed: int = 1) -> tuple[Network, list[rs.P2P], Watch]:
    net = Network(seed=seed, impairment=Impairment.parse("rtt=60ms,jitter=10ms,loss=3%"))
    peers = net.join(box, players=2)
    watch = Watch()
    assert net.run(peers, until=lambda: all(p.confirmed >= 100 for p in peers), each=watch)
    return net, peers, watch


def _bye(record: control.Record) -> bytes:
    return Seal().close(control.pack_bye(record, 0, control.LEFT))


def _goes_on(net: Network, peers: list[rs.P2P], watch: Watch) -> None:
    goal = max(p.confirmed for p in peers) + 200
    assert net.run(peers, until=lambda: all(p.confirmed >= goal for p in peers), each=watch, limit_ms=30_000)
    watch.agree(goal)
    assert not any(events(net, p.player, rs.Disconnected) for p in peers)


def test_datagrams_from_a_stranger_are_counted_and_dropped():
    net, peers, watch = _match()
    stranger = net.endpoint("stranger")
    for i in range(500):
        stranger.send(random.Random(i).randbytes(i % 60), 0)
    stranger.send(_bye(peers[1]._meeting._record), 0)
    _goes_on(net, peers, watch)
    assert peers[0].stats.dropped["foreign"] > 450          # the link loses 3%


def test_garbage_under_a_peers_address_is_counted_by_reason_and_dropped():
    net, peers, watch = _match()
    forged, chance = net.endpoint(1), random.Random(7)
    for n in range(2000):
        forged.send(bytes([chance.choice((0, 1, 5, 0x10, 0x11, 0x77))]) + chance.randbytes(n % 30), 0)
    for data in (b"", bytes(1201), bytes([1]) * 1200, bytes([5]) * 1300, b"\x10rstep", b"\x11rstep\x01"):
        forged.send(data, 0)
    net.run(peers, until=lambda: sum(peers[0].stats.dropped.values()) > 1500, each=watch)
    dropped = peers[0].stats.dropped
    assert dropped["kind"] > 100 and dropped["tag"] > 100 and dropped["size"] >= 3
    assert sum(dropped.get(reason, 0) for reason in ("range", "tokens", "value")) > 100


def test_a_flood_does_not_stop_the_match():
    net, peers, watch = _match()
    goal = peers[0].confirmed + 200
    flood = net.endpoint("stranger")

    def each(peer: rs.P2P) -> None:
        watch(peer)
        for _ in range(20):
            flood.send(bytes([1]) * 40, peer.player)
    assert net.run(peers, until=lambda: all(p.confirmed >= goal for p in peers), each=each, limit_ms=10_000)
    assert peers[0].stats.stalls < 50


def test_a_farewell_without_the_nonce_of_the_match_is_no_farewell():
    net, peers, watch = _match()
    forged = net.endpoint(1)
    record = peers[1]._meeting._record
    false = control.Record(bytes(16), *(getattr(record, f) for f in list(record.__dataclass_fields__)[1:]))
    for _ in range(20):
        forged.send(_bye(false), 0)
    _goes_on(net, peers, watch)
    assert peers[0].stats.dropped["control"] >= 15


def test_a_second_greeting_with_other_facts_does_not_disturb_the_match():
    net, peers, watch = _match()
    record = peers[1]._meeting._record
    other = control.Record(bytes(16), *(getattr(record, f) for f in list(record.__dataclass_fields__)[1:]))
    for _ in range(20):
        for facts in (other, record):
            net.endpoint(1).send(Seal().close(control.pack_hello(facts, 0, control.Known(), asks=True)), 0)
    _goes_on(net, peers, watch)


def test_every_datagram_replayed_twice_and_late_changes_nothing():
    net = Network(seed=9, impairment=Impairment.parse("rtt=60ms,jitter=20ms,duplicate=50%,reorder=30%"))
    peers = net.join(box, players=2)
    watch = Watch()
    old: list[tuple[bytes, int]] = []
    for p, peer in enumerate(peers):
        endpoint, send = peer._transport, peer._transport.send

        def sends(data: bytes, address: object, send=send, p=p) -> None:
            old.append((data, p))
            send(data, address)
        endpoint.send = sends  # type: ignore[method-assign]
    chance = random.Random(1)

    def each(peer: rs.P2P) -> None:
        watch(peer)
        data, p = chance.choice(old)
        net.link(p, 1 - p).send(data, net.now_us)
    assert net.run(peers, until=lambda: all(p.confirmed >= 400 for p in peers), each=each, limit_ms=30_000)
    watch.agree(400)
    assert all(peer.stats.rollbacks > 0 for peer in peers)
