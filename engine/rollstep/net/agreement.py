"""Between keys and frame 0: the peers agree who is in the match, and on a seed that none of them chose.

Everybody commits itself to a nonce first. Who has the commitments of all others has a *room*: a digest of them. A nonce is
shown when all others have named the same room, so nobody can choose its own by the others'. Who has all nonces is *ready*, and
who knows that all others are ready starts.

    each remote                no commitment     another room    the same room     ready in it
    is told, each 100 ms       our commitment    room            room and nonce    (answers only)
    and whenever that changes

A question is answered at any time, also during play: an earlier answer may have been lost. Somebody who takes another's place
before the start (another instance: the process was started again) makes another room, in which everything is said anew; a
nonce that was shown in the old one is drawn anew as well. So of two processes in one place at most one can be in a match that
starts: whoever is started with was ready in a room with all others.

Who has seen the nonces of the others can take its own back, as a process that was started again does, and see what the next
seed would be. So a nonce that was shown is drawn anew a few times at most; after that nothing is shown any more.

All start at one time, as far as they can tell: half of the longest round trip after the last of them was ready. Round trips are
measured by the questions and answers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..wire.control import UNKNOWN, Agree, commitment

#: Between two questions to a remote that is not ready.
RETRY_US = 100_000
#: What is believed of a round trip, or of how long somebody has been ready.
MOST_US = 5_000_000
#: The longest round trip by half of which a start waits, as an echo may be false; satellites need 600 ms, two of them 1,200.
MOST_WAITED_US = 2_000_000
#: How often our nonce is drawn anew after it was shown: whoever made us do so has seen one seed more, and chose among them.
REDRAWS = 3
_LOW = 0xFFFF_FFFF


@dataclass
class _Remote:
    instance: bytes = b""
    commitment: bytes = b""
    room: bytes = UNKNOWN
    nonce: bytes = UNKNOWN
    ready: bool = False
    heard_us: int = 0       # when we heard of that,
    since: int = 0          # and for how long it was so, by its word
    order: int = -1         # of the newest word
    rtt_us: int | None = None
    next_us: int = 0
    owed: bool = False      # something that it has not been told yet


class Agreement:
    """One peer's part.

    me, instance  ours
    peers         the others
    nonce         draws 16 bytes
    """

    def __init__(self, me: int, instance: bytes, peers: Sequence[int], nonce: Callable[[], bytes]) -> None:
        self._me, self._instance, self._draw = me, instance, nonce
        self._remotes = {p: _Remote() for p in sorted(peers)}
        self._shown = self._started = False
        self._ready_us: int | None = None
        self._said: tuple[bytes, bool, bool] = (UNKNOWN, False, False)
        #: Whose change made what we had shown void, each time.
        self._voided: list[int] = []
        self._draw_nonce()
        self._room = self._digest()

    @property
    def complete(self) -> bool:
        """We are ready, and so are all others."""
        return all(map(self._settled, self._remotes.values()))

    @property
    def start_us(self) -> int:
        """When to start; only when complete. Who is alone starts at once."""
        remotes = self._remotes.values()
        trips = [min(r.rtt_us or 0, MOST_WAITED_US) for r in remotes]
        ready = [r.heard_us - r.since - trip // 2 for r, trip in zip(remotes, trips, strict=True)]
        return max([self._ready_us or 0, *ready]) + max(trips, default=0) // 2

    @property
    def undecided(self) -> tuple[int, ...]:
        """Who keeps us from starting: of those who are not ready, the ones who are furthest behind. The others may be waiting
        for them as we are."""
        steps = {p: self._step(r) for p, r in self._remotes.items() if not self._settled(r)}
        least = min(steps.values(), default=0)
        return tuple(p for p, step in steps.items() if step == least)

    @property
    def spoilt(self) -> tuple[int, int] | None:
        """(peer, times) when our nonce was shown in vain too often: who changed its part most often, and how often. Such an
        agreement is never complete."""
        if len(self._voided) <= REDRAWS:
            return None
        peer = max(self._voided, key=self._voided.count)
        return peer, self._voided.count(peer)

    @property
    def nonces(self) -> list[bytes]:
        """Of all peers in order of their slots; only when complete."""
        found = {p: r.nonce for p, r in self._remotes.items()} | {self._me: self._nonce}
        return [nonce for _, nonce in sorted(found.items())]

    def start(self) -> None:
        """The match begins with these: who still waits in the same room is answered, and nothing else changes."""
        self._started = True

    def meet(self, peer: int, instance: bytes) -> None:
        """There is a link with somebody at this place, perhaps somebody else than before."""
        if self._remotes[peer].instance != instance:
            self.forget(peer)
            self._remotes[peer].instance = instance
        self._remotes[peer].next_us, self._remotes[peer].order = 0, -1

    def forget(self, peer: int) -> None:
        """Nobody is at this place any more."""
        self._remotes[peer] = _Remote()
        self._change(peer)

    def take(self, peer: int, agree: Agree, now_us: int, *, order: int = 0) -> bool:
        """What a remote said; whether it is to be answered. order: grows with each of its words over one link; one that a newer
        word has overtaken changes nothing."""
        remote = self._remotes[peer]
        if agree.echo and not agree.asks:
            rtt_us = now_us - agree.echo & _LOW
            if rtt_us <= MOST_US:
                remote.rtt_us = rtt_us if remote.rtt_us is None else min(rtt_us, remote.rtt_us)
        if self._started:
            return agree.asks and agree.room == self._room
        if order < remote.order:
            return agree.asks
        remote.order = order
        if agree.commitment != remote.commitment:
            remote.commitment = agree.commitment
            self._change(peer)
        remote.room = agree.room
        if self._same(remote) and agree.nonce != UNKNOWN \
                and hmac.compare_digest(commitment(agree.nonce, remote.instance, peer), remote.commitment):
            remote.nonce = agree.nonce
        # who was ready in a room stays so: whoever leaves it has another commitment then
        if agree.ready and not remote.ready and self._same(remote) and remote.nonce != UNKNOWN:
            remote.ready = True
            remote.heard_us, remote.since = now_us, min(agree.since, MOST_US)
        if self._ready and self._ready_us is None:
            self._ready_us = now_us
        if self._said != (said := (self._room, self._shows, self._ready)):
            self._said = said
            for other in self._remotes.values():
                other.owed = True
        return agree.asks

    def say(self, peer: int, now_us: int, *, echo: int | None = None) -> Agree:
        """What a remote is to be told now: in answer to a question with this stamp, or as a question of our own."""
        self._shown |= self._shows
        self._remotes[peer].owed = False
        since = 0 if self._ready_us is None else min(now_us - self._ready_us, _LOW)
        return Agree(self._commitment, self._room, self._nonce if self._shows else UNKNOWN,
                     self._ready, asks=echo is None, stamp=now_us & _LOW, echo=echo or 0, since=since)

    def due(self, now_us: int) -> list[int]:
        """Whom to ask now."""
        due = [p for p, r in self._remotes.items()
               if r.instance and (r.owed or (not self._settled(r) and now_us >= r.next_us))]
        for p in due:
            self._remotes[p].next_us = now_us + RETRY_US
        return due

    def _settled(self, remote: _Remote) -> bool:
        """Whether a remote is ready in our room. One that was, and names another room now, lies; it is asked and named."""
        return remote.ready and self._same(remote) and remote.nonce != UNKNOWN

    def _step(self, remote: _Remote) -> int:
        """How far a remote has come on the way to ready: a commitment, our room, its nonce."""
        return bool(remote.commitment) + self._same(remote) + (remote.nonce != UNKNOWN)

    @property
    def _shows(self) -> bool:
        return all(self._same(r) for r in self._remotes.values())

    @property
    def _ready(self) -> bool:
        return all(self._same(r) and r.nonce != UNKNOWN for r in self._remotes.values())

    def _same(self, remote: _Remote) -> bool:
        return self._room != UNKNOWN and remote.room == self._room

    def _change(self, peer: int) -> None:
        """Somebody else is at this peer's place, or nobody: all that was said about the old room is void."""
        if self._shown:
            self._voided.append(peer)
            self._draw_nonce()
            self._shown = False
        for remote in self._remotes.values():
            remote.room = remote.nonce = UNKNOWN
            remote.ready, remote.next_us = False, 0
        self._ready_us = None
        self._room = self._digest()

    def _draw_nonce(self) -> None:
        self._nonce = self._draw()
        self._commitment = commitment(self._nonce, self._instance, self._me)

    def _digest(self) -> bytes:
        if self.spoilt or not all(r.commitment for r in self._remotes.values()):
            return UNKNOWN
        parts = {p: r.instance + r.commitment for p, r in self._remotes.items()}
        parts[self._me] = self._instance + self._commitment
        told = b"".join(bytes([p]) + part for p, part in sorted(parts.items()))
        return hashlib.sha256(b"rollstep room\n" + told).digest()[:len(UNKNOWN)]


def match_seed(nonces: Sequence[bytes]) -> int:
    """The match's seed, an int64 that no single peer chose: from all nonces in order of their slots."""
    digest = hashlib.sha256(b"rollstep seed\n" + b"".join(nonces)).digest()
    return int.from_bytes(digest[:8], "little", signed=True)
