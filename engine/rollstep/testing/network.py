"""Two to sixteen real sessions in one process, in virtual time: no sockets, no sleeps, one seed.

    net = Network(seed=1, impairment=Impairment.parse("mobile,loss=5%"))
    peers = net.join(game, players=2)
    net.at(3000, net.cut, 0, 1)                 # in three seconds nothing passes any more, and two seconds later again
    net.at(5000, net.heal)
    net.play(peers, frames=600)
    assert peers[0].checksum(600) == peers[1].checksum(600)

Time moves in steps of TICK_US. In each, those sessions have a turn, one after the other, for which a datagram is in or a
timer has run out; the steps in which nothing happens are skipped.

A *name* is a place on the network, where one process listens. Its address is its name, until `rebind` gives it another.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..checks import in_range
from ..errors import RollstepError, UsageError
from ..game import Game
from ..net.events import Event
from ..session import P2P, p2p
from .bots import Bot
from .impairment import Impairment
from .link import Inbox, Link

TICK_US = 1000
NEVER_US = 1 << 60
#: Datagrams that a process finds in its socket, at most; Linux's default of 208 KiB holds about as many small ones.
SOCKET_QUEUE = 256


class VirtualClock:
    """Time that only the network moves. `drift_ppm` makes one peer's clock run fast or slow."""

    def __init__(self, network: Network, drift_ppm: int = 0) -> None:
        self._network, self._speed = network, 1_000_000 + drift_ppm

    def now_ns(self) -> int:
        return self._network.now_us * self._speed // 1000

    def seconds(self, duration_ns: int) -> float:
        return 0.0

    def network_us(self, ns: int) -> int:
        """The time of the network at which this clock will show `ns`."""
        return -(-ns * 1000 // self._speed)


class Host:
    """One name: where it is now, what is on its way to it, and whether a process listens there."""

    def __init__(self, name: Any) -> None:
        self.name = self.address = name
        self.inbox = Inbox()
        self.waiting = self.inbox.waiting
        self.ways: dict[Any, Link] = {}                 # to others, by their present addresses
        self.rebindings = 0
        self.paused_until_us = 0
        self.owner: Endpoint | None = None              # the newest transport at this name
        self.listening = True
        self.crashed = False

    def arrived(self, now_us: int) -> list[tuple[bytes, Any]]:
        """What has come by now. A socket holds SOCKET_QUEUE of them; what comes then is lost."""
        waiting = self.waiting
        if not waiting or waiting[0][0] > now_us:
            return []
        return self.inbox.arrived(now_us)[:SOCKET_QUEUE]


class Endpoint:
    """The transport of one name on the network."""

    def __init__(self, network: Network, host: Host) -> None:
        self._network, self._host = network, host
        self.closed = False
        host.owner, host.listening, host.crashed = self, True, False

    @property
    def address(self) -> Any:
        """Where others see it."""
        return self._host.address

    def send(self, data: bytes, address: Any) -> None:
        link = self._host.ways.get(address) or self._network.way(self._host, address)
        if link is not None:
            link.send(data, self._network.now_us)

    def receive(self) -> list[tuple[bytes, Any]]:
        return self._host.arrived(self._network.now_us)

    def wait(self, seconds: float) -> None:
        """Virtual time moves in Network.run alone."""

    def close(self) -> None:
        self.closed = True
        if self._host.owner is self:
            self._network.deafen(self._host)


class Seat:
    """A session and its bots in `Network.run`: when it wants a turn by its own timers, as of its last one."""

    def __init__(self, peer: P2P, team: Sequence[Any], host: Host | None) -> None:
        self.peer, self.host, self.team = peer, host, team
        self.inputs = [bot.input for bot in team]
        self.waiting: list[Any] = host.waiting if host is not None else []
        self.clock = peer._clock if isinstance(peer._clock, VirtualClock) else None
        self.timer_us = self.turn_us = 0

    def look(self) -> None:
        """Ask the session when it wants to be called."""
        peer = self.peer
        if peer.phase == "closed" or (self.host is not None and self.host.crashed):
            self.timer_us = NEVER_US
        else:
            self.timer_us = self.clock.network_us(peer.wake_ns) if self.clock is not None else 0

    def next_us(self) -> int:
        """When its next turn is, as things are."""
        at, waiting = self.timer_us, self.waiting
        if waiting and waiting[0][0] < at and at != NEVER_US:
            at = waiting[0][0]
        if self.host is not None and self.host.paused_until_us > at:
            at = self.host.paused_until_us
        self.turn_us = at
        return at


class Network:
    """A simulated network; all links share one impairment unless `set_link` says otherwise."""

    def __init__(self, *, seed: int = 0, impairment: Impairment | None = None) -> None:
        self.seed = seed
        self.impairment = impairment or Impairment()
        self.now_us = 0
        self._entropies = itertools.count()
        self.events: dict[int, list[Event]] = {}
        self._hosts: dict[Any, Host] = {}
        self._at: dict[Any, Host] = {}                  # by address, former ones included
        self._links: dict[tuple[Any, Any], Link] = {}   # by the names of both ends
        self._schedule: list[tuple[int, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._count = itertools.count()

    # ------------------------------------------------------------------ links

    def link(self, source: Any, target: Any) -> Link:
        """The link from one name to another."""
        found = self._links.get((source, target))
        if found is None:
            sender, receiver = self._host(source), self._host(target)
            found = Link(self.impairment, f"{self.seed} {source} {target}", inbox=receiver.inbox, source=sender.address)
            self._links[source, target] = found
        return found

    def set_link(self, source: Any, target: Any, impairment: Impairment) -> None:
        """Give one direction its own impairment."""
        self.link(source, target).impairment = impairment

    def set_links(self, impairment: Impairment) -> None:
        """Give all links this impairment, those to come as well."""
        self.impairment = impairment
        for link in self._links.values():
            link.impairment = impairment

    def way(self, sender: Host, address: Any) -> Link | None:
        """The link from a host to an address; None when nobody listens there any more: what is sent is lost, and counted."""
        receiver = self._at.get(address) or self._host(address)
        link = self.link(sender.name, receiver.name)
        if receiver.address != address or not receiver.listening:
            link.sent += 1
            link.lost += 1
            return None
        sender.ways[address] = link
        return link

    def arrived(self, name: Any) -> list[tuple[bytes, Any]]:
        """What has arrived for a name since the last call, the oldest first: (datagram, address of the sender)."""
        return self._hosts[name].arrived(self.now_us) if name in self._hosts else []

    def next_us(self, name: Any) -> int:
        """When the next datagram arrives for a name; NEVER_US when none is under way."""
        waiting = self._host(name).waiting
        return waiting[0][0] if waiting else NEVER_US

    def entropy(self, name: Any) -> Callable[[int], bytes]:
        """Bytes that depend on the network's seed, this name and how often it was asked before, for keys: never play for real
        with them."""
        which, drawn = next(self._entropies), itertools.count()
        return lambda count: hashlib.shake_256(f"{self.seed} {name} {which} {next(drawn)}".encode()).digest(count)

    def endpoint(self, name: Any) -> Endpoint:
        """A transport bound to this name; a process that is started again where one crashed asks for it anew."""
        return Endpoint(self, self._host(name))

    def deafen(self, host: Host) -> None:
        """Nobody listens at a host any more: what is or will be on its way there is lost."""
        host.listening = False
        self._forget_ways(host)

    def _forget_ways(self, host: Host) -> None:
        host.inbox.clear()
        for other in self._hosts.values():
            other.ways = {address: link for address, link in other.ways.items() if self._at[address] is not host}

    def _host(self, name: Any) -> Host:
        if name not in self._hosts:
            self._hosts[name] = self._at[name] = Host(name)
        return self._hosts[name]

    def _host_of(self, peer: P2P | Any) -> Host:
        """The host of a session, or of a name."""
        host = self._at.get(peer.address if isinstance(peer, P2P) else peer)
        if host is None:
            raise UsageError(f"{peer!r} is not on this network: give a session made with its endpoint(), or that one's name")
        return host

    # ------------------------------------------------------------------ what happens to peers

    def cut(self, source: Any, target: Any | None = None, *, one_way: bool = False) -> None:
        """Nothing passes between two names, or between one and all others, until `heal`; one_way: only from source to target.
        What is under way still arrives. Names or sessions."""
        self._pass(source, target, True, one_way)

    def heal(self, source: Any | None = None, target: Any | None = None) -> None:
        """Undo `cut`: between two names, between one and all others, or everywhere."""
        for name in [source] if source is not None else list(self._hosts):
            self._pass(name, target, False, False)

    def _pass(self, source: Any, target: Any | None, cut: bool, one_way: bool) -> None:
        here = self._host_of(source).name
        for there in [self._host_of(target).name] if target is not None else [name for name in self._hosts if name != here]:
            self.link(here, there).cut = cut
            if not one_way:
                self.link(there, here).cut = cut

    def rebind(self, peer: P2P | Any) -> Any:
        """The address of a session or name changes, as when a router forgets a mapping: others see another one from now on,
        and what goes to the old one is lost, also if it is under way. Returns the new address."""
        host = self._host_of(peer)
        host.rebindings += 1
        host.address = f"{host.name}~{host.rebindings}"
        self._at[host.address] = host
        self._forget_ways(host)
        for (source, _), link in self._links.items():
            if source == host.name:
                link.source = host.address
        return host.address

    def pause(self, peer: P2P | Any, ms: int) -> None:
        """The process of a session or name does not run for so long; its clock goes on, and its socket holds what it can."""
        self._host_of(peer).paused_until_us = self.now_us + in_range("ms", ms, 0, 1 << 32) * 1000

    def crash(self, peer: P2P | Any) -> None:
        """The process is gone, without a goodbye: it has no turn any more, and nobody listens at its address."""
        host = self._host_of(peer)
        host.crashed = True
        self.deafen(host)

    def crashed(self, peer: P2P | Any) -> bool:
        """Whether `crash` was called for a session or name, and nobody started there again."""
        host = self._at.get(peer.address if isinstance(peer, P2P) else peer)
        return host is not None and host.crashed

    def at(self, ms: int, action: Callable[..., Any], *arguments: Any) -> None:
        """Call this when so much time has passed, before the turns of that moment."""
        when = self.now_us + in_range("ms", ms, 0, 1 << 32) * 1000
        heapq.heappush(self._schedule, (when, next(self._count), action, arguments))

    # ------------------------------------------------------------------ sessions

    def join(self, game: Game | Sequence[Game], *, players: int, groups: Sequence[tuple[int, ...]] | None = None,
             **options: Any) -> list[P2P]:
        """One session per player, or per group of players, at the name of its first player; `options` go to p2p, a list or
        tuple gives each session its own value (also of games). drift_ppm: how much faster a session's clock runs."""
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
        seats = self._seats(peers, bots)
        for seat in seats:
            self.events.setdefault(seat.peer.player, [])
            seat.look()
        end = self.now_us + limit_ms * 1000
        while not until():
            if self.now_us >= end:
                return False
            for seat in self._pass_time(seats, end):
                peer = seat.peer
                found = peer.poll()
                if found:
                    self.events[peer.player] += found
                for _ in range(peer.due()):
                    frame = peer.frame
                    peer.advance(*[pressed(frame) for pressed in seat.inputs])
                if each is not None:
                    each(peer)
                seat.look()
        return True

    def pass_time(self, peers: Sequence[P2P], end_us: int) -> list[int]:
        """Go on to the next time at which somebody has something to do, at most to `end_us`: the places of those. For a loop
        of your own."""
        seats = self._seats(peers, [()] * len(peers))
        for seat in seats:
            seat.look()
        turns = self._pass_time(seats, end_us)
        return [i for i, seat in enumerate(seats) if seat in turns]

    def _seats(self, peers: Sequence[P2P], bots: Sequence[Any] | None) -> list[Seat]:
        teams = [list(bot) if isinstance(bot, list | tuple) else [bot] for bot in bots] if bots is not None else \
            [[Bot(peer.game, player=p, seed=self.seed) for p in peer.local_players] for peer in peers]
        return [Seat(peer, team, self._at.get(peer.address)) for peer, team in zip(peers, teams, strict=False)]

    def _pass_time(self, seats: Iterable[Seat], end_us: int) -> list[Seat]:
        soonest, schedule = end_us, self._schedule
        for seat in seats:
            at = seat.next_us()
            if at < soonest:
                soonest = at
        if schedule and schedule[0][0] < soonest:
            soonest = schedule[0][0]
        now = self.now_us + TICK_US
        if soonest > now:
            now = -(-soonest // TICK_US) * TICK_US
        self.now_us = now = min(now, end_us)
        if schedule and schedule[0][0] <= now:
            while schedule and schedule[0][0] <= now:
                _, _, action, arguments = heapq.heappop(schedule)
                action(*arguments)
            return [seat for seat in seats if seat.next_us() <= now]
        return [seat for seat in seats if seat.turn_us <= now]

    def play(self, peers: Sequence[P2P], *, frames: int, bots: Sequence[Any] | None = None,
             limit_ms: int = 600_000, each: Callable[[P2P], None] | None = None) -> None:
        """Play until every peer has confirmed this many frames. Raises RollstepError when that does not happen."""
        behind = list(peers)

        def all_there() -> bool:
            while behind and behind[-1].confirmed >= frames:
                behind.pop()
            return not behind
        if not self.run(peers, until=all_there, bots=bots, limit_ms=limit_ms, each=each):
            raise RollstepError(f"{[peer.confirmed for peer in peers]} of {frames} frames confirmed after {limit_ms} ms; "
                                f"phases: {[peer.phase for peer in peers]}")
