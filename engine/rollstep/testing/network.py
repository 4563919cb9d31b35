"""Two to sixteen real sessions in one process, in virtual time: no sockets, no sleeps, one seed.

    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms,jitter=20ms,loss=5%"))
    peers = net.join(game, players=2)
    net.play(peers, frames=600)
    assert peers[0].checksum(600) == peers[1].checksum(600)

Time moves in steps of TICK_US; in each the sessions are polled, one after the other, as their games would do it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import RollstepError
from ..game import Game
from ..net.events import Event
from ..session import P2P, p2p
from .bots import Bot
from .impairment import Impairment, Link

TICK_US = 1000


class VirtualClock:
    """Time that only the network moves. `drift_ppm` makes one peer's clock run fast or slow."""

    def __init__(self, network: Network, drift_ppm: int = 0) -> None:
        self._network, self._drift_ppm = network, drift_ppm

    def now_ns(self) -> int:
        return self._network.now_us * (1_000_000 + self._drift_ppm) // 1000

    def seconds(self, duration_ns: int) -> float:
        return 0.0


class Endpoint:
    """The transport of one name on the network. `sent` counts datagrams; `cut` drops all of them, both ways."""

    def __init__(self, network: Network, name: Any) -> None:
        self._network, self.address = network, name
        self.cut = False
        self.closed = False

    def send(self, data: bytes, address: Any) -> None:
        if not self.cut:
            self._network.link(self.address, address).send(data, self._network.now_us)

    def receive(self) -> list[tuple[bytes, Any]]:
        return self._network.arrived(self.address, self.cut)

    def wait(self, seconds: float) -> None:
        """Virtual time moves in Network.run alone."""

    def close(self) -> None:
        self.closed = True


class Network:
    """A simulated network; all links share one impairment unless `set_link` says otherwise."""

    def __init__(self, *, seed: int = 0, impairment: Impairment | None = None) -> None:
        self.seed = seed
        self.impairment = impairment or Impairment()
        self.now_us = 0
        self._links: dict[tuple[Any, Any], Link] = {}
        self.events: dict[int, list[Event]] = {}

    # ------------------------------------------------------------------ links

    def link(self, source: Any, target: Any) -> Link:
        """The link from one name to another."""
        if (source, target) not in self._links:
            self.set_link(source, target, self.impairment)
        return self._links[source, target]

    def set_link(self, source: Any, target: Any, impairment: Impairment) -> None:
        """Give one direction its own impairment."""
        self._links[source, target] = Link(impairment, f"{self.seed} {source} {target}")

    def arrived(self, name: Any, drop: bool = False) -> list[tuple[bytes, Any]]:
        """What has arrived for a name, in the order of its senders."""
        found = [(data, source) for (source, target), link in sorted(self._links.items(), key=lambda item: str(item[0]))
                 if target == name for data in link.arrived(self.now_us)]
        return [] if drop else found

    def endpoint(self, name: Any) -> Endpoint:
        """A transport bound to this name."""
        return Endpoint(self, name)

    # ------------------------------------------------------------------ sessions

    def join(self, game: Game | Sequence[Game], *, players: int, groups: Sequence[tuple[int, ...]] | None = None,
             **options: Any) -> list[P2P]:
        """One session per player, or per group of players; `options` go to p2p, a list or tuple gives each session its own
        value (also of games)."""
        groups = [(p,) for p in range(players)] if groups is None else groups
        games = [game] * len(groups) if isinstance(game, Game) else game
        peers = []
        for i, group in enumerate(groups):
            own = {name: value[i] if isinstance(value, list | tuple) else value for name, value in options.items()}
            drift = own.pop("drift_ppm", 0)
            own.setdefault("transport", self.endpoint(group[0]))
            own.setdefault("nonce", hashlib.sha256(f"{self.seed} {group[0]}".encode()).digest()[:16])
            peers.append(p2p(games[i], player=group, peers={other: other[0] for other in groups if other != group},
                             clock=VirtualClock(self, drift), **own))
        return peers

    def run(self, peers: Sequence[P2P], *, until: Callable[[], bool], bots: Sequence[Any] | None = None,
            limit_ms: int = 600_000, each: Callable[[P2P], None] | None = None) -> bool:
        """Let time pass until `until()`; False when it did not come true within `limit_ms` of virtual time.

        Events are collected in `self.events` by a session's first player. What a session raises comes out of here. `each`
        is called after every turn of a session. bots: for each session one, or one for each of its players.
        """
        teams = [list(bot) if isinstance(bot, list | tuple) else [bot] for bot in bots] if bots is not None else \
            [[Bot(peer.game, player=p, seed=self.seed) for p in peer.local_players] for peer in peers]
        end = self.now_us + limit_ms * 1000
        while not until():
            if self.now_us >= end:
                return False
            self.now_us += TICK_US
            for peer, team in zip(peers, teams, strict=True):
                if peer.phase == "closed":
                    continue
                self.events.setdefault(peer.player, []).extend(peer.poll())
                for _ in range(peer.due()):
                    peer.advance(*[bot.input(peer.frame) for bot in team])
                if each is not None:
                    each(peer)
        return True

    def play(self, peers: Sequence[P2P], *, frames: int, bots: Sequence[Any] | None = None,
             limit_ms: int = 600_000) -> None:
        """Play until every peer has confirmed this many frames. Raises RollstepError when that does not happen."""
        if not self.run(peers, until=lambda: all(peer.confirmed >= frames for peer in peers), bots=bots,
                        limit_ms=limit_ms):
            raise RollstepError(f"{[peer.confirmed for peer in peers]} of {frames} frames confirmed after {limit_ms} ms; "
                                f"phases: {[peer.phase for peer in peers]}")
