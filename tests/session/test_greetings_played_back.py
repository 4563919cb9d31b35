"""Greetings that somebody overheard and plays back, to whomever: they prove nothing, and no match ends by them."""

from __future__ import annotations

from typing import Any

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network, Safety
from tests.games.box import game as box

from .scenario import Ledger

SECRET = b"a secret of all"


class Overheard(Ledger):
    """Keeps the greetings that it sends."""

    def __init__(self, inner: Any, heard: list[bytes]) -> None:
        super().__init__(inner)
        self._heard = heard

    def send(self, data: bytes, address: Any) -> None:
        if 0x40 <= data[0] <= 0x45 and data[0] != 0x43:
            self._heard.append(data)
        super().send(data, address)


@pytest.mark.parametrize("secret", [SECRET, None])
@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("under", ["no name", "another peer's name"])
def test_greetings_played_back_to_everybody_keep_no_match_from_starting(secret, players, under):
    net = Network(seed=2, impairment=Impairment.parse("rtt=80ms,jitter=20ms,loss=20%"))
    heard: list[bytes] = []
    peers = net.join(box, players=players, secret=secret, transport=[Overheard(net.endpoint(p), heard) for p in range(players)])
    watch, played = Safety(), 0

    def each(peer: rs.P2P) -> None:
        nonlocal played
        watch(peer)
        for data in heard[-6:] + heard[:3]:
            for target in range(players):
                source = "stranger" if under == "no name" else (target + 1) % players
                net.link(source, target).send(data, net.now_us)
                played += 1
    assert net.run(peers, until=lambda: all(p.confirmed >= 100 for p in peers), each=each, limit_ms=30_000)
    watch.agree(100)
    assert played > 500
