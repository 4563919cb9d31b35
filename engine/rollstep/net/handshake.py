"""Before frame 0: every pair of peers exchanges hellos until each knows that the other has its own.

    for each remote        we don't know that they have ours    we know
    we have not theirs     send hello                           (cannot be: they say so in theirs)
    we have theirs         send hello                           done

A hello of a sender who does not know yet is answered, whoever we are waiting for ourselves, and at any time, also
during play: an earlier answer may have been lost. An input packet also says that its sender has ours: it would not have
started otherwise.

A record that does not fit is not reported at once: first the other side must have ours (or REFUSAL_US must have
passed), so that both sides say the same thing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..errors import IncompatiblePeer
from ..wire.control import WIRE_VERSION, Hello, Record, pack_hello
from ..wire.input_packet import MAX_DELAY

#: Between two hellos to a silent remote.
RETRY_US = 100_000
#: How long a refusing side keeps answering.
REFUSAL_US = 1_000_000


@dataclass
class _Remote:
    record: Record | None = None
    has_ours: bool = False
    next_at: int = 0
    refusal: IncompatiblePeer | None = None
    refused_at: int = 0


class Handshake:
    """The hellos of one peer with all others. `record.slot` is ours."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._remotes = {p: _Remote() for p in range(record.players) if p != record.slot}

    @property
    def complete(self) -> bool:
        """Every remote fits, and knows that we do."""
        return all(r.record is not None and r.has_ours and r.refusal is None for r in self._remotes.values())

    @property
    def missing(self) -> tuple[int, ...]:
        """Players that have not said hello yet."""
        return tuple(p for p, r in self._remotes.items() if r.record is None and r.refusal is None)

    @property
    def records(self) -> list[Record]:
        """The records of all players in order of their slots; only when complete."""
        records = {p: r.record for p, r in self._remotes.items()} | {self.record.slot: self.record}
        return [record for _, record in sorted(records.items()) if record is not None]

    def nonce(self, player: int) -> bytes | None:
        """The nonce of a player that said hello and fits."""
        record = self._remotes[player].record
        return None if record is None else record.nonce

    @property
    def seed(self) -> int:
        """The match's seed, an int64 that no single peer chose: from all nonces in order of their slots."""
        digest = hashlib.sha256(b"rollstep seed\n" + b"".join(record.nonce for record in self.records)).digest()
        return int.from_bytes(digest[:8], "little", signed=True)

    def receive(self, player: int, hello: Hello, now_us: int) -> bytes | None:
        """Take in a hello that came from `player`'s address; the answer to send, if it asks for one."""
        remote = self._remotes[player]
        if remote.record is None and remote.refusal is None:
            remote.refusal = self._compare(player, hello)
            remote.refused_at = now_us
            if remote.refusal is None:
                remote.record = hello.record
        elif remote.record is not None and hello.record != remote.record:
            return None  # somebody else at the same address: the match goes on with the first
        remote.has_ours = remote.has_ours or hello.has_yours
        if not hello.knows:
            return pack_hello(self.record, player, has_yours=True, knows=remote.has_ours)
        return None

    def heard_input(self, player: int) -> None:
        """An input packet of this player arrived."""
        remote = self._remotes[player]
        remote.has_ours = remote.has_ours or remote.record is not None

    def packets(self, now_us: int) -> list[tuple[int, bytes]]:
        """(player, hello) that are due."""
        due = []
        for player, remote in self._remotes.items():
            if not remote.has_ours and now_us >= remote.next_at:
                remote.next_at = now_us + RETRY_US
                due.append((player, pack_hello(self.record, player, has_yours=remote.record is not None, knows=False)))
        return due

    def refusal(self, now_us: int) -> IncompatiblePeer | None:
        """The mismatch to raise, once the other side can know of it too."""
        for remote in self._remotes.values():
            if remote.refusal is not None and (remote.has_ours or now_us - remote.refused_at >= REFUSAL_US):
                return remote.refusal
        return None

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
            ("player", player, theirs.slot), ("fps", ours.fps, theirs.fps),
            ("layout of state and input", ours.layout.hex(), theirs.layout.hex()),
            ("content", ours.content.hex(), theirs.content.hex()),
            ("rules", ours.rules.hex(), theirs.rules.hex()),
        ]
        for what, mine, yours in pairs:
            if mine != yours:
                return IncompatiblePeer(what, mine, yours)
        if theirs.delay > MAX_DELAY:
            return IncompatiblePeer("input delay", f"at most {MAX_DELAY}", theirs.delay)
        if ours.delay == ours.window == theirs.delay == theirs.window == 0:
            return IncompatiblePeer("input delay", 0, "0: in lockstep (window 0) one of the two needs a delay to start")
        return None
