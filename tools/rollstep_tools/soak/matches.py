"""Whole matches of real sessions in virtual time, while strangers, eavesdroppers or a peer send what is wrong.

    strangers   from addresses of nobody, and under the peers' own: datagrams that were overheard, made wrong; greetings with
                and without the right tag; from before the handshake on
    insider     one peer's own words, made wrong before they are sealed; what would be believed is kept back
    liar        the same, and nothing is kept back

With the first two the match goes on and all states stay equal. Against a liar that cannot be: then nothing raises, nothing
that is confirmed changes, nothing grows, and each session ends in a phase that it may end in.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from rollstep import P2P, IncompatiblePeer
from rollstep.testing import Bot, Impairment, Network
from rollstep.wire.control import WIRE_VERSION
from rollstep.wire.greeting import TAG_BYTES, Greeter

from .footprint import footprint
from .game import game
from .insider import Insider, truth_of
from .mutate import mutated
from .target import Found, Journal

MODES = ("strangers", "strangers", "insider", "insider", "liar")
NETWORKS = ("", "rtt=40ms", "rtt=80ms,jitter=40ms,loss=5%", "rtt=160ms,jitter=60ms,loss=10%,duplicate=10%,reorder=10%")
#: (groups, options of p2p).
SHAPES: tuple[tuple[tuple[tuple[int, ...], ...], dict[str, Any]], ...] = (
    (((0,), (1,)), {}), (((0,), (1,)), {"window": 20, "delay": 0}), (((0,), (1,), (2,)), {"delay": 2}),
    (((0,), (1, 2)), {"delay": 1}), (((0,), (1,)), {"window": 0, "delay": 4}),
    (((0,), (1,)), {"window": 0, "delay": 8, "commit": True}))
#: Wrong datagrams of one match, and in one turn of a session.
STORM, TURN = 1500, 6
#: Overheard datagrams that are kept.
KEPT = 64
#: Frames that are played after the storm, and virtual time for all of it. A liar's match has its end as well.
AFTER, LIMIT_MS, LIAR_MS = 60, 120_000, 20_000
#: Parts that a session may grow by between its beginning and its end, beside what it is made of.
GROWTH = 2000
SECRET = b"soak secret"


@dataclass
class Scenario:
    """One match, as drawn."""

    mode: str
    network: str
    groups: tuple[tuple[int, ...], ...]
    options: dict[str, Any]
    secret: bytes | None

    @classmethod
    def drawn(cls, draw: random.Random) -> Scenario:
        """The next one."""
        groups, options = draw.choice(SHAPES)
        return cls(draw.choice(MODES), draw.choice(NETWORKS), groups, options, draw.choice((SECRET, None)))


class Confirmed:
    """What has been confirmed: by each peer, and, where all must agree, by everybody."""

    def __init__(self, *, shared: bool) -> None:
        self._sums: dict[int, dict[int, int]] = {}
        self._shared = shared
        self._everybody: dict[int, int] = {}

    def look(self, peer: P2P) -> None:
        """Raises AssertionError for a state that changed, or is another than somebody else's."""
        sums = self._sums.setdefault(peer.player, {0: 0})
        last = max(sums)
        if peer.confirmed == last:
            return
        for frame in range(max(1, last - 8), last + 1):
            assert peer.checksum(frame) == sums[frame], f"player {peer.player}: confirmed frame {frame} changed"
        for frame in range(max(last + 1, peer.confirmed - 100), peer.confirmed + 1):
            sums[frame] = peer.checksum(frame)
            if self._shared:
                assert self._everybody.setdefault(frame, sums[frame]) == sums[frame], f"frame {frame}: two states"


class Tap:
    """The transport of one peer: all that it sends is overheard, and what waits here comes in first, at its next turn; so what
    was looked at before it was sent is still so."""

    def __init__(self, inner: Any, overheard: list[bytes]) -> None:
        self._inner, self._overheard, self.address = inner, overheard, inner.address
        self.wait, self.close = inner.wait, inner.close
        self.waiting: list[tuple[bytes, Any]] = []

    def send(self, data: bytes, address: Any) -> None:
        del self._overheard[:1 - KEPT]
        self._overheard.append(data)
        self._inner.send(data, address)

    def receive(self) -> list[tuple[bytes, Any]]:
        arrived = [*self.waiting, *self._inner.receive()]
        self.waiting.clear()
        return arrived


class Match:
    """One match under attack."""

    def __init__(self, seed: str) -> None:
        self.draw = random.Random(seed)
        self.scenario = scenario = Scenario.drawn(self.draw)
        self.net = Network(seed=self.draw.getrandbits(32), impairment=Impairment.parse(scenario.network))
        self.overheard: list[bytes] = [b"\x40"]
        self.taps = {group[0]: Tap(self.net.endpoint(group[0]), self.overheard) for group in scenario.groups}
        self.peers = self.net.join(game, players=sum(map(len, scenario.groups)), groups=scenario.groups, secret=scenario.secret,
                                   transport=list(self.taps.values()), connect_timeout_ms=60_000, timeout_ms=5000,
                                   **scenario.options)
        self.confirmed = Confirmed(shared=scenario.mode != "liar")
        self.counts: Counter[str] = Counter()
        self.left = STORM
        self.greeter = Greeter(scenario.secret or b"")
        liar = self.peers[-1]
        self.insiders = [Insider(liar, victim) for victim in self.peers[:-1]]
        self.honest = self.peers if scenario.mode != "liar" else self.peers[:-1]

    # ------------------------------------------------------------------ what is sent

    def storm(self, peer: P2P) -> None:
        """After a turn of a session: some wrong datagrams."""
        for _ in range(min(self.left, self.draw.randint(0, TURN))):
            self.left -= 1
            if self.scenario.mode == "strangers":
                self._strange(self.draw.choice(self.peers))
            else:
                self._said(self.draw.choice(self.insiders))

    def _strange(self, target: P2P) -> None:
        data = mutated(self.draw, self.overheard)
        kind = "overheard"
        if self.draw.random() < 0.3 and len(data) > TAG_BYTES:
            data = self.greeter._close(data[:-TAG_BYTES])
            if self._takes_a_place(data, target):
                self.counts["kept back"] += 1
                return
            kind = "tagged"
        self.counts[kind] += 1
        others = [other.player for other in self.peers if other is not target]
        self._send(data, "stranger" if self.draw.random() < 0.5 else self.draw.choice(others), target)

    def _takes_a_place(self, data: bytes, target: P2P) -> bool:
        """A greeting that only who knows the secret can make, and that says that the match cannot be. It would be believed."""
        greeting = self.greeter.open(data)
        if greeting is None:
            return False
        true = {other.player for other in self.peers if other is not target}
        return greeting.version != WIRE_VERSION or greeting.receiver != target.player or greeting.sender not in true

    def _said(self, insider: Insider) -> None:
        insider.listen()
        text = mutated(self.draw, insider.said)[:1175]
        liar = self.scenario.mode == "liar"
        # a liar's farewell ends the match as well, but seldom
        if insider.leaves(text) and self.draw.random() < 0.99 if liar else insider.believed(text):
            self.counts["kept back"] += 1
            return
        data = insider.seal(text)
        if data is not None:
            self.counts["sealed"] += 1
            self._send(data, insider.liar.player, insider.victim)

    def _send(self, data: bytes, source: Any, target: P2P) -> None:
        self.taps[target.player].waiting.append((data, source))

    # ------------------------------------------------------------------ the match

    def play(self) -> None:
        """From the first greeting to the end. Raises AssertionError for what may not be, and what a session raises."""
        teams = [[Bot(game, player=p, seed=1) for p in peer.local_players] for peer in self.peers]
        liar = self.scenario.mode == "liar"
        until = self._spent if liar else self._later
        limit = self.net.now_us + (LIAR_MS if liar else LIMIT_MS) * 1000
        sizes: dict[int, int] = {}
        while not until() and self.net.now_us < limit:
            for i in self.net.pass_time(self.peers, limit):
                peer = self.peers[i]
                self._turn(peer, teams[i])
                for insider in self.insiders:
                    if insider.victim is peer:
                        insider.heard()
                if peer.phase == "playing" and peer.player not in sizes:
                    sizes[peer.player] = footprint(peer)
                if peer in self.honest:
                    self.confirmed.look(peer)
                self.storm(peer)
        assert liar or until(), f"the match did not go on: {[truth_of(peer) for peer in self.peers]}"
        for peer in self.honest:
            grown = footprint(peer) - sizes.get(peer.player, 0)
            assert peer.player not in sizes or grown < GROWTH, f"player {peer.player} grew by {grown} parts"
            self.counts.update({f"dropped, {why}": n for why, n in peer.stats.dropped.items()})
        for peer in self.peers:
            peer.close()

    def _turn(self, peer: P2P, team: list[Bot]) -> None:
        try:
            peer.poll()
            for _ in range(peer.due()):
                peer.advance(*[bot.input(peer.frame) for bot in team])
        except IncompatiblePeer:
            if peer in self.honest:
                raise

    def _later(self) -> bool:
        """The storm is over, and the match went on."""
        if self.left:
            return False
        self._goal = getattr(self, "_goal", max(peer.confirmed for peer in self.peers) + AFTER)
        return all(peer.confirmed >= self._goal for peer in self.peers)

    def _spent(self) -> bool:
        return not self.left


class Matches:
    """The target."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def chunk(self, number: int, journal: Journal) -> Counter[str]:
        """See Target. One match."""
        journal.note(number, 0)
        return self._play(f"matches {self._seed} {number}")

    def replay(self, case: dict[str, Any]) -> None:
        """See Target. What a session does follows from the seed, so the whole match is played again."""
        self._play(case["match"])

    def _play(self, seed: str) -> Counter[str]:
        match = Match(seed)
        try:
            match.play()
        except Exception as error:
            last = {"match": seed, "scenario": repr(match.scenario), "left": match.left,
                    "datagrams": [data.hex() for data in match.overheard[-8:]]}
            raise Found(f"{match.scenario.mode}, {type(error).__name__}: {error}", last) from error
        return match.counts

