"""Somebody copies sealed datagrams and is faster than the network: it is taken for a peer that has moved, and found out."""

from __future__ import annotations

from typing import Any

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network, Safety
from tests.games.box import game as box

from .scenario import Ledger, events


class Copied(Ledger):
    """While there are `thieves`, the next datagram arrives from the address of one, instead of from ours."""

    def __init__(self, inner: Any, net: Network) -> None:
        super().__init__(inner)
        self._net, self.thieves = net, list[str]()

    def send(self, data: bytes, address: Any) -> None:
        if self.thieves:
            self._net.link(self.thieves.pop(0), 1 - self.address).send(data, self._net.now_us)
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


def test_a_datagram_that_was_held_back_and_comes_from_elsewhere_moves_nobody():
    """It was never opened before, so it is no replay; but what came since is newer."""
    net, watch = Network(seed=3, impairment=Impairment.parse("rtt=40ms")), Safety()
    peers = net.join(box, players=2)
    net.set_link("x", 0, Impairment())
    assert net.run(peers, until=lambda: all(p.confirmed >= 60 for p in peers), each=watch)
    kept = peers[1]._meeting.sealer(0)(dict(peers[1]._core.outgoing())[0])
    net.run(peers, until=lambda: False, limit_ms=300, each=watch)
    opened = peers[0]._core.stats.packets_accepted
    net.link("x", 0).send(kept, net.now_us)
    net.run(peers, until=lambda: peers[0]._core.stats.packets_accepted > opened + 3, each=watch, limit_ms=1000)
    assert not any(events(net, 0, rs.AddressChanged)) and not peers[0].stats.dropped.get("replay")
    assert peers[0]._meeting.address(1) == 1
