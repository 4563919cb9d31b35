"""A flood, whoever sends it, costs what its budget allows; the match goes on, and honest play never meets a budget."""

from __future__ import annotations

import itertools
import random

import pytest

import rollstep as rs
from rollstep.net.budget import BURST_MS, PER_FRAME, PER_SECOND, STRANGE_PER_SECOND
from rollstep.testing import Impairment, Network, Safety
from rollstep.wire.control import CONTROL
from tests.games.box import game as box


def match(players: int = 2, **options: object) -> tuple[Network, list[rs.P2P], Safety]:
    net, watch = Network(seed=4, impairment=Impairment.parse("rtt=60ms,jitter=10ms,loss=3%")), Safety()
    peers = net.join(box, players=players, **options)
    assert net.run(peers, until=lambda: all(p.confirmed >= 60 for p in peers), each=watch)
    return net, peers, watch


def goes_on(net: Network, peers: list[rs.P2P], watch: Safety, frames: int = 120) -> None:
    goal = max(peer.confirmed for peer in peers) + frames
    assert net.run(peers, until=lambda: all(peer.confirmed >= goal for peer in peers), each=watch, limit_ms=30_000)
    watch.agree(goal)


@pytest.mark.parametrize("flood", ["inputs", "words"])
@pytest.mark.parametrize("sealed", [True, False])
def test_a_peer_that_floods_is_heard_as_far_as_its_budget_goes_and_the_third_not_less_for_it(sealed, flood):
    net, peers, watch = match(players=3, sealed=sealed)
    victim, flooder = peers[0], peers[2]
    seal = flooder._meeting.sealer(0) if sealed or flood == "words" else bytes      # those are sealed in every match
    text = dict(flooder._core.outgoing())[0] if flood == "inputs" else bytes([min(CONTROL)]) * 30

    def looked() -> int:
        core = victim._core.stats
        return core.packets_accepted + sum(core.refused.values()) + victim.stats.dropped.get("control", 0)
    before, start = looked(), net.now_us
    for _ in range(60):
        for _ in range(200):
            net.link(2, 0).send(seal(text), net.now_us)
        net.run(peers, until=lambda: False, limit_ms=5, each=watch)
    looked_at = looked() - before
    allowed = (PER_FRAME * 60 + PER_SECOND) * (BURST_MS / 1000 + (net.now_us - start) / 10**6)
    assert looked_at <= allowed + 2 * 60 * (net.now_us - start) / 10**6, "and what the honest one sends"
    assert victim.stats.dropped["budget"] > 5000
    net.run(peers, until=lambda: False, limit_ms=BURST_MS, each=watch)
    goes_on(net, peers, watch)


def test_sealed_datagrams_from_nowhere_are_tried_as_often_as_the_budget_of_strangers_allows():
    net, peers, watch = match()
    victim, draw, start = peers[0], random.Random(1), net.now_us
    prefix = next(iter(victim._meeting.links))
    net.set_link("stranger", 0, Impairment())
    for _ in range(60):
        for _ in range(200):
            net.link("stranger", 0).send(prefix + draw.randbytes(40), net.now_us)
        net.run(peers, until=lambda: False, limit_ms=10, each=watch)
    dropped = victim.stats.dropped
    assert dropped["seal"] + dropped.get("replay", 0) <= STRANGE_PER_SECOND * (BURST_MS / 1000 + (net.now_us - start) / 10**6)
    assert dropped["budget"] > 5000 and victim.stats.stalls < 20
    goes_on(net, peers, watch)


@pytest.mark.parametrize("options", [{}, {"window": 0, "delay": 4, "commit": True}])
def test_what_strangers_spend_is_not_taken_from_peers(options):
    net, watch = Network(seed=4, impairment=Impairment.parse("rtt=20ms")), Safety()
    peers = net.join(box, players=2, **options)
    assert net.run(peers, until=lambda: all(p.confirmed >= 60 for p in peers), each=watch)
    victim, prefix = peers[0], next(iter(peers[0]._meeting.links))
    net.set_link("stranger", 0, Impairment())
    for _ in range(STRANGE_PER_SECOND * BURST_MS // 1000 // 200 + 1):
        for _ in range(200):
            net.link("stranger", 0).send(prefix + bytes(40), net.now_us)
        victim.poll()
    assert victim._meeting._budget._strange.left == 0
    before, dropped = victim._core.stats.packets_accepted, victim.stats.dropped["budget"]
    for _ in range(5):
        text = dict((peers[1]._promises or peers[1]._core).outgoing())[0]
        net.endpoint(1).send(peers[1]._meeting.sealer(0)(text), 0)
    net.run(peers[:1], until=lambda: False, limit_ms=50)
    assert victim._core.stats.packets_accepted >= before + 5 and victim.stats.dropped["budget"] == dropped
    goes_on(net, peers, watch)


def test_a_peer_that_moves_is_followed_soon_after_a_flood():
    net, peers, watch = match()
    prefix = next(iter(peers[0]._meeting.links))
    net.set_link("stranger", 0, Impairment())
    for i in range(6000):
        net.link("stranger", 0).send(prefix + i.to_bytes(4, "little") + bytes(30), net.now_us)
        if i % 200 == 0:
            net.run(peers, until=lambda: False, limit_ms=1, each=watch)
    assert peers[0].stats.dropped["budget"] > 1000
    net.run(peers, until=lambda: False, limit_ms=1000, each=watch)
    seal, text = peers[1]._meeting.sealer(0), dict(peers[1]._core.outgoing())[0]
    net.link("stranger", 0).send(seal(text), net.now_us)
    net.run(peers, until=lambda: False, limit_ms=1, each=watch)
    assert peers[0]._meeting.address(1) == "stranger"


def test_a_peer_that_moves_with_each_datagram_is_told_of_a_few_times_a_second():
    net, peers, watch = match()
    for _ in range(200):
        net.rebind(peers[1])
        net.run(peers, until=lambda: False, limit_ms=10, each=watch)
    told = [event for event in net.events[0] if isinstance(event, rs.AddressChanged)]
    assert 10 <= len(told) <= 21 and all(one.new == after.old for one, after in itertools.pairwise(told))
    goes_on(net, peers, watch)


@pytest.mark.parametrize("options", [{"players": 8, "delay": 3}, {"players": 2, "window": 0, "delay": 6, "commit": True},
                                     {"players": 3, "sealed": False}])
def test_honest_play_on_the_worst_of_links_never_meets_a_budget(options):
    net = Network(seed=3, impairment=Impairment.parse("rtt=200ms,jitter=150ms,loss=10%,duplicate=50%,reorder=30%"))
    peers = net.join(box, **options)
    net.play(peers, frames=200)
    for peer in peers:
        assert "budget" not in peer.stats.dropped
