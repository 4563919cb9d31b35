"""What the scenarios of this folder share: a match with all of it, a silent transport."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import rollstep as rs
from rollstep.testing import Impairment, Network, Safety

#: Reasons for drops that are no sign of anything wrong: inputs before the start, greetings after it, doubled datagrams.
BENIGN = {"early", "greeting", "held", "replay"}


class Sleeps:
    """A transport that is never heard; it notes for how long it was asked to sleep."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def send(self, data: bytes, address: object) -> None:
        pass

    def receive(self) -> list[tuple[bytes, object]]:
        return []

    def wait(self, seconds: float) -> None:
        self.asked.append(seconds)

    def close(self) -> None:
        pass


class Ledger:
    """A transport around another, that counts for itself."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.address = inner, inner.address
        self.wait, self.close = inner.wait, inner.close
        self.sent = self.bytes = self.received = 0

    def send(self, data: bytes, address: Any) -> None:
        self.sent += 1
        self.bytes += len(data)
        self._inner.send(data, address)

    def receive(self) -> list[tuple[bytes, Any]]:
        arrived = list(self._inner.receive())
        self.received += len(arrived)
        return arrived


def play(game: rs.Game, spec: str, *, players: int = 2, frames: int = 600, seed: int = 1, limit_ms: int = 120_000,
         bots: Sequence[Any] | None = None, **options: Any) -> tuple[Network, list[rs.P2P]]:
    """A whole match; every peer has confirmed `frames`, all of them alike, and the game moved all the time."""
    net = Network(seed=seed, impairment=Impairment.parse(spec))
    peers = net.join(game, players=players, **options)
    watch = Safety()
    assert net.run(peers, until=lambda: all(p.confirmed >= frames for p in peers), each=watch, bots=bots, limit_ms=limit_ms), \
        f"only {[p.confirmed for p in peers]} of {frames} frames after {limit_ms} ms; {[p.phase for p in peers]}"
    assert len(set(watch.agree(frames))) > frames // 2, "the game hardly moved"
    return net, peers


def events(net: Network, player: int, kind: type) -> list[Any]:
    """A player's events of one kind."""
    return [event for event in net.events[player] if isinstance(event, kind)]
