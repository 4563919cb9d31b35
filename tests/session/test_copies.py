"""Somebody copies sealed datagrams and is faster than the network: it is taken for a peer that has moved, and found out."""

from __future__ import annotations

from typing import Any

import pytest

import rollstep as rs
from rollstep import i64, u8
from rollstep.testing import Impairment, Network, Safety
from tests.games.box import game as box

from .scenario import Ledger, events


class Copied(Ledger):
    """While there are `thieves`, the next datagram arrives from the address of one, instead of from ours."""

    def __init__(self, inner: Any, net: Network) -> None:
        super().__init__(inner)
        self._net, self._name, self.thieves, self.last = net, inner.address, list[str](), b""

    def send(self, data: bytes, address: Any) -> None:
        if self.thieves:
            self.last = data
            self._net.link(self.thieves.pop(0), 1 - self._name).send(data, self._net.now_us)
        else:
            super().send(data, address)


@pytest.mark.parametrize("thieves", [["x"], ["x", "y"], ["x", "y", "z", "u", "v", "w"]])
@pytest.mark.parametrize("options", [{}, {"window": 0, "delay": 8, "commit": True}])
def test_both_peers_taken_for_moved_at_once_find_each_other_again(thieves, options):
    net, watch = Network(seed=3, impairment=Impairment.parse("rtt=40ms")), Safety()
    transports = [Copied(net.endpoint(p), net) for p in (0, 1)]
    peers = net.join(box, players=2, transport=transports, **options)
    assert net.run(peers, until=lambda: all(p.confirmed >= 60 for p in peers), each=watch)
    for name in thieves:
        net.set_link(name, 0, Impairment())
        net.set_link(name, 1, Impairment())
    for transport in transports:
        transport.thieves = list(thieves)
    # what is under way from the true addresses is older than the copies: nobody is heard from there any more
    assert net.run(peers, until=lambda: all(events(net, p, rs.AddressChanged) for p in (0, 1)), each=watch, limit_ms=1000)
    goal = max(peer.confirmed for peer in peers) + 120
    assert net.run(peers, until=lambda: all(peer.confirmed >= goal for peer in peers), each=watch, limit_ms=6000)
    watch.agree(goal)
    assert not any(events(net, p, rs.Disconnected) for p in (0, 1))


def test_peers_that_have_moved_are_found_again_where_they_went():
    net = Network(seed=3, impairment=Impairment.parse("rtt=40ms"))
    transports = [Copied(net.endpoint(p), net) for p in (0, 1)]
    peers = net.join(box, players=2, transport=transports)
    net.play(peers, frames=60)
    for peer in peers:
        net.rebind(peer)
        net.play(peers, frames=peer.confirmed + 60)
        net.set_link("x", peer.player, Impairment())
    for transport in transports:
        transport.thieves = ["x"]
    assert net.run(peers, until=lambda: all(len(events(net, p, rs.AddressChanged)) == 2 for p in (0, 1)), limit_ms=1000)
    net.play(peers, frames=max(peer.confirmed for peer in peers) + 120, limit_ms=6000)


def test_a_datagram_that_was_held_back_and_comes_from_elsewhere_moves_nobody():
    """It was never opened before, so it is no replay; but what came since is newer."""
    net, watch = Network(seed=3, impairment=Impairment.parse("rtt=40ms")), Safety()
    peers = net.join(box, players=2)
    net.set_link("x", 0, Impairment())
    assert net.run(peers, until=lambda: all(p.confirmed >= 60 for p in peers), each=watch)
    kept = peers[1]._meeting.sealer(0)(dict(peers[1]._core.outgoing())[0])
    net.run(peers, until=lambda: False, limit_ms=300, each=watch)
    opened, seen = peers[0]._core.stats.packets_accepted, set()
    net.link("x", 0).send(kept, net.now_us)
    net.run(peers, until=lambda: peers[0]._core.stats.packets_accepted > opened + 3, limit_ms=1000,
            each=lambda peer: seen.add(peers[0]._meeting.address(1)))
    assert seen == {1} and not peers[0].stats.dropped.get("replay")


@rs.struct
class Wide:
    bytes: rs.Array[u8] = rs.array(64)


@rs.struct
class Count:
    sum: i64


def _start(world, tick):
    world.sum = tick.seed & 255


def _step(world, inputs, tick):
    for p in range(tick.players):
        for i in range(64):
            world.sum += inputs[p].bytes[i]


wide = rs.Game("wide", state=Count, input=Wide, players=2, init=_start, step=_step, fps=60)


@pytest.mark.parametrize("options", [{}, {"window": 0, "delay": 8, "commit": True}])
@pytest.mark.parametrize("game", [box, wide])
def test_one_datagram_with_another_source_turns_no_more_there_than_three_times_its_bytes(game, options):
    net = Network(seed=3, impairment=Impairment.parse("rtt=40ms"))
    transports = [Copied(net.endpoint(p), net) for p in (0, 1)]
    peers = net.join(game, players=2, transport=transports, timeout_ms=10_000, **options)
    net.play(peers, frames=60)
    net.set_link("victim", 0, Impairment())
    victim, heard = net.endpoint("victim"), list[bytes]()
    transports[1].thieves = ["victim"]
    assert net.run(peers, until=lambda: not transports[1].thieves, limit_ms=1000)
    copied = len(transports[1].last)
    net.cut(1, 0, one_way=True)         # whoever is on the path lets nothing else through
    net.run(peers, until=lambda: peers[0].phase == "over", limit_ms=20_000, each=lambda peer: heard.extend(
        data for data, _ in victim.receive()))
    assert events(net, 0, rs.AddressChanged) == [rs.AddressChanged(1, "1", "victim")]
    assert sum(map(len, heard)) <= 3 * copied


@pytest.mark.parametrize("delay", [0, 1, 8])
@pytest.mark.parametrize("game", [box, wide])
def test_who_seems_to_have_moved_just_before_the_start_is_told_no_more_than_that_either(game, delay):
    net = Network(seed=3, impairment=Impairment.parse("rtt=40ms"))
    transports = [Copied(net.endpoint(p), net) for p in (0, 1)]
    peers = net.join(game, players=2, transport=transports, delay=delay, secret=b"a secret of all")
    net.set_link("victim", 0, Impairment())
    victim, heard, agreement = net.endpoint("victim"), list[bytes](), peers[1]._meeting._agreement
    say = agreement.say

    def said(*args: Any, **options: Any) -> Any:
        """The word by which 0 learns that 1 is ready comes from elsewhere, and is the last one that comes."""
        agree = say(*args, **options)
        if agree.ready and not transports[1].last:
            transports[1].thieves = ["victim"]
            net.cut(1, 0, one_way=True)
        return agree
    agreement.say = said
    assert net.run(peers, until=lambda: peers[0].phase == "over", limit_ms=20_000, each=lambda peer: heard.extend(
        data for data, _ in victim.receive()))
    assert events(net, 0, rs.Synchronized) and sum(map(len, heard)) <= 3 * len(transports[1].last) > 0


@pytest.mark.parametrize("when", ["in play", "in a stall"])
def test_who_has_moved_is_told_everything_again_as_soon_as_it_acknowledges(when):
    net, watch = Network(seed=3, impairment=Impairment.parse("rtt=40ms")), Safety()
    peers = net.join(wide, players=2)
    net.play(peers, frames=60, each=watch)
    if when == "in a stall":
        net.pause(peers[1], 2000)
        assert net.run(peers, until=lambda: peers[0].phase == "stalled", each=watch, limit_ms=1000)
    net.rebind(peers[1])
    net.play(peers, frames=300, each=watch)
    assert not peers[0]._meeting.probation and events(net, 0, rs.AddressChanged) and not events(net, 0, rs.Disconnected)
    watch.agree(300)
