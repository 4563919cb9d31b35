"""Before frame 0: the peers exchange hellos until each knows that all others have the same room as it has.

The *room* is a digest of the nonces of all players; who knows all of them has one. A peer asks each remote, ten times a
second, until that one has named the same room. A question is answered whoever we are waiting for ourselves, and at any
time, also during play: an earlier answer may have been lost. Input packets say nothing here.

    each remote            has not named our room     has named it
    somebody is missing    ask                        (cannot be: we have no room)
    all are there          ask                        agreed; start when all are

A process may be killed and started again at the same address, with a new nonce. Before the start, the newcomer takes
the old one's place; after it, it gets no answer. Hellos of the old one that are still under way must not pass for the
newcomer's, so every hello repeats the receiver's nonce and *turn*: the number of times that it took somebody else for
its remote. A hello with an older turn was sent by somebody who had not heard our last change of mind, and proves nothing
but that its sender exists. So of two processes at one address at most one can be in a match that starts: whoever is
started with was alive after the other had been heard. (Two players could do with turns alone. With three, one may have
started with the old process before another hears of the new one; then the rooms differ, and the other never starts.)

A record that does not fit is not reported at once: first the other side must have ours (or REFUSAL_US must have
passed), so that both sides say the same thing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import IncompatiblePeer
from ..wire.control import UNKNOWN, WIRE_VERSION, Hello, Known, Record, pack_hello
from ..wire.input_packet import MAX_DELAY

#: Between two hellos to a remote that has not agreed yet.
RETRY_US = 100_000
#: How long a refusing side keeps answering.
REFUSAL_US = 1_000_000
_TURNS = 0xFFFF_FFFF


@dataclass
class _Remote:
    turn: int = 1
    greeted: bool = False
    greeting: Record | None = None      # as it came; None also stands for another wire version
    refusal: IncompatiblePeer | None = None
    refused_at: int = 0
    their_turn: int = 0
    has_ours: bool = False
    room: bytes = UNKNOWN               # what they said of it
    next_at: int = 0

    @property
    def record(self) -> Record | None:
        """Their record, if it fits."""
        return self.greeting if self.refusal is None else None


class Handshake:
    """The hellos of one peer with all others. `record.slot` is ours. Messages come and go without their tags."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._remotes = {p: _Remote() for p in sorted(set(record.owners)) if p != record.slot}
        self._room = self._digest()
        self._started = False

    @property
    def complete(self) -> bool:
        """Every remote fits, and has the same room as we have."""
        return self._room != UNKNOWN and all(r.room == self._room for r in self._remotes.values())

    @property
    def missing(self) -> tuple[int, ...]:
        """Players that have not said hello yet."""
        return tuple(p for p, r in self._remotes.items() if not r.greeted)

    @property
    def undecided(self) -> tuple[int, ...]:
        """Players that have not said yet that they have the same room."""
        return tuple(p for p, r in self._remotes.items() if self._room == UNKNOWN or r.room != self._room)

    @property
    def records(self) -> list[Record]:
        """The records of all players in order of their slots; only when complete."""
        records = {p: r.record for p, r in self._remotes.items()} | {self.record.slot: self.record}
        return [record for _, record in sorted(records.items()) if record is not None]

    @property
    def seed(self) -> int:
        """The match's seed; only when complete."""
        return match_seed([record.nonce for record in self.records])

    def nonce(self, player: int) -> bytes | None:
        """The nonce of a player that said hello and fits."""
        record = self._remotes[player].record
        return None if record is None else record.nonce

    def start(self) -> list[Record]:
        """The match begins with these records; who comes with another nonce from here on is not heard."""
        self._started = True
        return self.records

    def receive(self, player: int, hello: Hello, now_us: int) -> bytes | None:
        """Take in a hello of whoever is at `player`'s place; the answer to send, if it asks for one."""
        remote = self._remotes[player]
        if not remote.greeted or hello.record != remote.greeting:
            if self._started:
                return None
            remote = self._take_in(player, hello, now_us)
        known = hello.known
        remote.their_turn = max(remote.their_turn, known.turn)
        if known.heard == self.record.nonce and known.heard_turn == remote.turn:
            remote.has_ours, remote.room = True, known.room
        return self._hello(player, asks=False) if hello.asks else None

    def forget(self, player: int) -> None:
        """A player left before the start: its place is free."""
        if not self._started:
            self._remotes[player] = _Remote(turn=self._remotes[player].turn % _TURNS + 1)
            self._room = self._digest()

    def packets(self, now_us: int) -> list[tuple[int, bytes]]:
        """(player, hello) that are due."""
        due = []
        for player in self.undecided:
            remote = self._remotes[player]
            if now_us >= remote.next_at:
                remote.next_at = now_us + RETRY_US
                due.append((player, self._hello(player, asks=True)))
        return due

    def refusal(self, now_us: int) -> IncompatiblePeer | None:
        """The mismatch to raise, once the other side can know of it too."""
        for remote in self._remotes.values():
            if remote.refusal is not None and (remote.has_ours or now_us - remote.refused_at >= REFUSAL_US):
                return remote.refusal
        return None

    def _take_in(self, player: int, hello: Hello, now_us: int) -> _Remote:
        """Somebody is at this place for the first time, or somebody else than before."""
        old = self._remotes[player]
        turn = old.turn % _TURNS + 1 if old.greeted else old.turn
        remote = _Remote(turn, True, hello.record, self._compare(player, hello), now_us)
        self._remotes[player] = remote
        self._room = self._digest()
        for other in self._remotes.values():
            other.next_at = 0  # tell everybody at once: all wait for this room
        return remote

    def _hello(self, player: int, *, asks: bool) -> bytes:
        remote = self._remotes[player]
        heard = UNKNOWN if remote.greeting is None else remote.greeting.nonce
        return pack_hello(self.record, player, Known(remote.turn, heard, remote.their_turn, self._room), asks=asks)

    def _digest(self) -> bytes:
        records = self.records
        if len(records) <= len(self._remotes):
            return UNKNOWN
        return hashlib.sha256(b"rollstep room\n" + b"".join(record.nonce for record in records)).digest()[:len(UNKNOWN)]

    def _compare(self, player: int, hello: Hello) -> IncompatiblePeer | None:
        ours, theirs = self.record, hello.record
        if theirs is None:
            return IncompatiblePeer("wire version", WIRE_VERSION, hello.version)
        if theirs.slot == ours.slot:
            return IncompatiblePeer("player", f"{ours.slot}", f"{theirs.slot}: two peers claim one player")
        if hello.receiver != ours.slot:
            return IncompatiblePeer("player", f"{ours.slot}", f"{theirs.slot}, and it takes us for {hello.receiver}")
        pairs: list[tuple[str, object, object]] = [
            ("game", ours.game, theirs.game), ("number of players", ours.players, theirs.players),
            ("player", player, theirs.slot), ("division of the players among peers", _divided(ours), _divided(theirs)),
            ("fps", ours.fps, theirs.fps), ("commit and reveal", ours.reveals, theirs.reveals),
            ("layout of state and input", ours.layout.hex(), theirs.layout.hex()),
            ("content", ours.content.hex(), theirs.content.hex()),
            ("rules", ours.rules.hex(), theirs.rules.hex()),
        ]
        for what, mine, yours in pairs:
            if mine != yours:
                return IncompatiblePeer(what, mine, yours)
        if max(theirs.delays) > MAX_DELAY:
            return IncompatiblePeer("input delay", f"at most {MAX_DELAY}", max(theirs.delays))
        if min(ours.delays) == ours.window == min(theirs.delays) == theirs.window == 0:
            return IncompatiblePeer("input delay", 0, "0: in lockstep (window 0) one of the two needs a delay to start")
        return None


def _divided(record: Record) -> str:
    """Who plays whom, as people say it."""
    groups = [[str(p) for p, owner in enumerate(record.owners) if owner == peer] for peer in sorted(set(record.owners))]
    return ", ".join("+".join(group) for group in groups)


def match_seed(nonces: Sequence[bytes]) -> int:
    """The match's seed, an int64 that no single peer chose: from all nonces in order of their slots."""
    digest = hashlib.sha256(b"rollstep seed\n" + b"".join(nonces)).digest()
    return int.from_bytes(digest[:8], "little", signed=True)
