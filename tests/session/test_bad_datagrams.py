"""What an attacker without the session's address, or with it but without its secrets, can send: all of it is counted."""

from __future__ import annotations

import random

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network, Safety
from rollstep.wire import control
from rollstep.wire.greeting import COOKIE, INITIATION, KNOCK, RESPONSE, VERSION, Greeter
from rollstep.wire.sealing import SEALED
from tests.games.box import game as box

from .scenario import events

GREETINGS = (INITIATION, RESPONSE, COOKIE, KNOCK, VERSION)


def _match(seed: int = 1, **options: object) -> tuple[Network, list[rs.P2P], Safety]:
    net = Network(seed=seed, impairment=Impairment.parse("rtt=60ms,jitter=10ms,loss=3%"))
    peers = net.join(box, players=2, **options)
    watch = Safety()
    assert net.run(peers, until=lambda: all(p.confirmed >= 100 for p in peers), each=watch)
    return net, peers, watch


def _goes_on(net: Network, peers: list[rs.P2P], watch: Safety) -> None:
    goal = max(p.confirmed for p in peers) + 200
    assert net.run(peers, until=lambda: all(p.confirmed >= goal for p in peers), each=watch, limit_ms=30_000)
    watch.agree(goal)
    assert not any(events(net, p.player, kind) for p in peers for kind in (rs.Disconnected, rs.AddressChanged))


def test_datagrams_from_a_stranger_are_counted_and_dropped():
    net, peers, watch = _match()
    stranger = net.endpoint("stranger")
    for i in range(500):
        stranger.send(random.Random(i).randbytes(i % 60), 0)
    for data in (Greeter().knock(1, 0, bytes(8)), Greeter().version(1, 0)):
        stranger.send(data, 0)
    _goes_on(net, peers, watch)
    dropped = peers[0].stats.dropped
    assert dropped["kind"] > 440 and dropped["size"] >= 5      # the link loses 3%


def test_garbage_under_a_peers_address_is_counted_by_reason_and_dropped():
    net, peers, watch = _match()
    forged, chance = net.endpoint(1), random.Random(7)
    for data in (b"", bytes(1201), bytes([1]) * 1200, bytes([5]) * 1300, b"\x40rstep", b"\x43rstep\x01"):
        forged.send(data, 0)
    for n in range(2000):
        forged.send(bytes([chance.choice((0, 1, 5, SEALED, 0x77, *GREETINGS))]) + chance.randbytes(n % 30), 0)
    net.run(peers, until=lambda: sum(peers[0].stats.dropped.values()) > 1500, each=watch)
    dropped = peers[0].stats.dropped
    assert dropped["kind"] > 100 and dropped["greeting"] > 100 and dropped["link"] > 100
    _goes_on(net, peers, watch)
    assert peers[0].stats.dropped["size"] >= 3


def test_garbage_in_the_open_is_refused_by_the_core_and_counted_by_reason():
    net, peers, watch = _match(sealed=False)
    forged, chance = net.endpoint(1), random.Random(7)
    for n in range(1000):
        forged.send(bytes([chance.choice((1, 5))]) + chance.randbytes(n % 30), 0)
    net.run(peers, until=lambda: sum(peers[0].stats.dropped.values()) > 800, each=watch)
    dropped = peers[0].stats.dropped
    assert sum(dropped.get(reason, 0) for reason in ("range", "tokens", "value")) > 100


def test_what_a_peer_would_say_in_the_open_is_not_heard_in_a_sealed_match():
    net, peers, watch = _match()
    forged, accepted = net.endpoint(1), peers[0]._core.stats.packets_accepted
    said = dict(peers[1]._core.outgoing())[0]
    before = peers[0].stats.dropped.get("kind", 0)
    peers[0].poll()
    for _ in range(300):
        forged.send(said, 0)
    net.run(peers, until=lambda: peers[0].stats.dropped.get("kind", 0) > before + 200, each=watch, limit_ms=1000)
    assert peers[0]._core.stats.packets_accepted - accepted < 100, "beside what is sealed"
    _goes_on(net, peers, watch)


def test_a_flood_does_not_stop_the_match():
    net, peers, watch = _match()
    goal = peers[0].confirmed + 200
    flood = net.endpoint("stranger")
    prefixes = {peer.player: next(iter(peer._meeting.links)) for peer in peers}

    def each(peer: rs.P2P) -> None:
        watch(peer)
        for _ in range(20):
            flood.send(prefixes[peer.player] + bytes(40), peer.player)
    assert net.run(peers, until=lambda: all(p.confirmed >= goal for p in peers), each=each, limit_ms=10_000)
    assert peers[0].stats.stalls < 50 and not any(events(net, p, rs.AddressChanged) for p in (0, 1))


@pytest.mark.parametrize("which", ["greetings", "sealed"])
def test_datagrams_of_another_match_between_the_same_addresses_do_nothing(which):
    net, peers, watch = _match(seed=1)
    for seed in (1, 2):                                     # even of one that began alike
        other = Network(seed=seed)
        strangers = other.join(box, players=2)
        heard: list[bytes] = []
        send = strangers[1]._transport.send
        strangers[1]._transport.send = lambda data, address, send=send, heard=heard: (heard.append(data), send(data, address))
        other.play(strangers, frames=60)
        for data in heard:
            if (data[0] == SEALED) == (which == "sealed") and data[:5] not in peers[0]._meeting.links:
                net.endpoint(1).send(data, 0)
    before = dict(peers[0].stats.dropped)
    _goes_on(net, peers, watch)
    reason = "link" if which == "sealed" else "greeting"
    assert peers[0].stats.dropped[reason] > before.get(reason, 0)


def test_a_control_message_that_is_none_is_counted_and_dropped():
    net, peers, watch = _match()
    seal = peers[1]._meeting.sealer(0)
    for text in (b"\x10", b"\x11", b"\x11\0\0", control.pack_agree(control.Agree(bytes(32)))[:-1], b"\x10" + bytes(200), b""):
        net.endpoint(1).send(seal(text), 0)
    _goes_on(net, peers, watch)
    dropped = peers[0].stats.dropped
    assert dropped["control"] >= 4 and dropped["kind"] >= 1


def test_an_agreement_with_other_facts_does_not_disturb_the_match():
    net, peers, watch = _match()
    seal = peers[1]._meeting.sealer(0)
    for n in range(20):
        net.endpoint(1).send(seal(control.pack_agree(control.Agree(bytes([n]) * 32, asks=True))), 0)
    _goes_on(net, peers, watch)


def test_every_datagram_replayed_twice_and_late_changes_nothing():
    net = Network(seed=9, impairment=Impairment.parse("rtt=60ms,jitter=20ms,duplicate=50%,reorder=30%"))
    peers = net.join(box, players=2)
    watch = Safety()
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
