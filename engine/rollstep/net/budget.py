"""What the datagrams of others may cost us: so many of each peer, and so much work for those of nobody in particular.

A peer that has proved who it is may send what honest play can need, several times over; the rest is dropped before the core
looks at it. Sealed datagrams from addresses that are no peer's share one budget: each could be a peer that has moved, and costs
an attempt to open it. What costs less than it took to receive it (a wrong size, kind, link or tag) has none: it would only
give strangers a way to keep others from being heard. Handshakes have their own (session/meeting.py: LOAD).

Each budget is a bucket: it fills with time up to what BURST_MS would bring, and what it lacks is refused. It is filled at looks
(ten a second), so that a datagram costs two subtractions. Integers only; time comes in.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..wire.input_packet import MAX_DATAGRAM

#: What a peer may save up, as time: a pause of the network or of our process comes out at once.
BURST_MS = 2000
#: Datagrams that a peer may send in each frame, and in each second beside them. Honest ones send one in a frame, two with
#: commit and reveal, some hundred a second while nothing starts, and the network may double each.
PER_FRAME, PER_SECOND = 4, 500
#: Attempts in each second to open what comes from no peer's address; each costs some microseconds.
STRANGE_PER_SECOND = 2000

_SECOND = 1_000_000_000


class Bucket:
    """`per_second` of something, at most BURST_MS of it at once. It is full in the beginning."""

    def __init__(self, per_second: int, now_ns: int) -> None:
        self._per_second = per_second
        self._most = per_second * BURST_MS // 1000
        self._rest = 0
        self._filled_ns = now_ns
        #: What is left; never negative.
        self.left = self._most

    def fill(self, now_ns: int) -> None:
        """Time has passed. What was rounded off is kept, so that many short looks bring as much as one long one."""
        if now_ns <= self._filled_ns:
            return
        earned, self._rest = divmod((now_ns - self._filled_ns) * self._per_second + self._rest, _SECOND)
        self._filled_ns = now_ns
        self.left = min(self._most, self.left + earned)

    def spend(self, amount: int) -> bool:
        """Take this much; False, and nothing is taken, when there is less."""
        if amount > self.left:
            return False
        self.left -= amount
        return True


class Budget:
    """The budgets of one session.

    peers  whose datagrams are counted, each by its first player
    fps    frames per second of the game
    """

    def __init__(self, peers: Iterable[int], *, fps: int, now_ns: int) -> None:
        datagrams = PER_FRAME * fps + PER_SECOND
        size = datagrams * MAX_DATAGRAM // 2
        self._peers = {peer: (Bucket(datagrams, now_ns), Bucket(size, now_ns)) for peer in sorted(peers)}
        self._strange = Bucket(STRANGE_PER_SECOND, now_ns)

    def look(self, now_ns: int) -> None:
        """Ten times a second, or whenever it is convenient: time has passed."""
        self._strange.fill(now_ns)
        for datagrams, size in self._peers.values():
            datagrams.fill(now_ns)
            size.fill(now_ns)

    def take(self, peer: int, size: int) -> bool:
        """A datagram of a peer that proved to be its own; False: drop it, for the reason "budget". Called for every one:
        0.2 µs."""
        datagrams, bytes_ = self._peers[peer]
        if datagrams.left < 1 or bytes_.left < size:
            return False
        datagrams.left -= 1
        bytes_.left -= size
        return True

    def try_stranger(self) -> bool:
        """Before an attempt to open what comes from no peer's address; False: drop it, for the reason "budget"."""
        return self._strange.spend(1)
