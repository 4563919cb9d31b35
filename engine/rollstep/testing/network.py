"""Two to sixteen real sessions in one process, in virtual time: no sockets, no sleeps, one seed.

    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms,jitter=20ms,loss=5%"))
    peers = net.join(game, players=2)
    net.play(peers, frames=600)
    assert peers[0].checksum(600) == peers[1].checksum(600)

Time moves in steps of TICK_US. In each, those sessions have a turn, one after the other, for which a datagram is in or a
timer has run out; the steps in which nothing happens are skipped.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import RollstepError
from ..game import Game
from ..net.events import Event
from ..session import P2P, p2p
from .bots import Bot
from .impairment import Impairment, Link

TICK_US = 1000
NEVER_US = 1 << 60


class VirtualClock:
    """Time that only the network moves. `drift_ppm` makes one peer's clock run fast or slow."""

    def __init__(self, network: Network, drift_ppm: int = 0) -> None:
        self._network, self._drift_ppm = network, drift_ppm

    def now_ns(self) -> int:
        return self._network.now_us * (1_000_000 + self._drift_ppm) // 1000

    def seconds(self, duration_ns: int) -> float:
        return 0.0

    def network_us(self, ns: int) -> int:
        """The time of the network at which this clock will show `ns`."""
        return -(-ns * 1000 // (1_000_000 + self._drift_ppm))


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
        self._links: dict[Any, dict[Any, Link]] = {}    # to a name, from the others in the order of theirs
        self._entropies = itertools.count()
        self.events: dict[int, list[Event]] = {}

    # ------------------------------------------------------------------ links

    def link(self, source: Any, target: Any) -> Link:
        """The link from one name to another."""
        if source not in self._links.get(target, ()):
            self.set_link(source, target, self.impairment)
        return self._links[target][source]

    def set_link(self, source: Any, target: Any, impairment: Impairment) -> None:
        """Give one direction its own impairment."""
        links = self._links.get(target, {}) | {source: Link(impairment, f"{self.seed} {source} {target}")}
        self._links[target] = dict(sorted(links.items(), key=lambda item: str(item[0])))

    def arrived(self, name: Any, drop: bool = False) -> list[tuple[bytes, Any]]:
        """What has arrived for a name, in the order of its senders."""
        found = [(data, source) for source, link in self._links.get(name, {}).items() for data in link.arrived(self.now_us)]
        return [] if drop else found

    def next_us(self, name: Any) -> int:
        """When the next datagram arrives for a name; NEVER_US when none is under way."""
        return min((link.next_us for link in self._links.get(name, {}).values() if link.next_us is not None), default=NEVER_US)

    def entropy(self, name: Any) -> Callable[[int], bytes]:
        """Bytes that depend on the network's seed and this name alone, for keys: never play for real with them."""
        which, drawn = next(self._entropies), itertools.count()
        return lambda count: hashlib.shake_256(f"{self.seed} {name} {which} {next(drawn)}".encode()).digest(count)

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
            own.setdefault("entropy", self.entropy(group[0]))
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
            for i in self.pass_time(peers, end):
                peer, team = peers[i], teams[i]
                self.events.setdefault(peer.player, []).extend(peer.poll())
                for _ in range(peer.due()):
                    peer.advance(*[bot.input(peer.frame) for bot in team])
                if each is not None:
                    each(peer)
        return True

    def pass_time(self, peers: Sequence[P2P], end_us: int) -> list[int]:
        """Go on to the next time at which somebody has something to do, at most to `end_us`: the places of those."""
        turns = [self._turn_us(peer) for peer in peers]
        self.now_us = min(max(self.now_us + TICK_US, -(-min(turns, default=end_us) // TICK_US) * TICK_US), end_us)
        return [i for i, at in enumerate(turns) if at <= self.now_us]

    def _turn_us(self, peer: P2P) -> int:
        if peer.phase == "closed":
            return NEVER_US
        clock, name = peer._clock, getattr(peer._transport, "address", None)
        return min(self.next_us(name), clock.network_us(peer.wake_ns) if isinstance(clock, VirtualClock) else 0)

    def play(self, peers: Sequence[P2P], *, frames: int, bots: Sequence[Any] | None = None,
             limit_ms: int = 600_000) -> None:
        """Play until every peer has confirmed this many frames. Raises RollstepError when that does not happen."""
        if not self.run(peers, until=lambda: all(peer.confirmed >= frames for peer in peers), bots=bots,
                        limit_ms=limit_ms):
            raise RollstepError(f"{[peer.confirmed for peer in peers]} of {frames} frames confirmed after {limit_ms} ms; "
                                f"phases: {[peer.phase for peer in peers]}")
