"""Where peers seem to be now, until it is shown that they are: one datagram with another source must not turn all that we send
to whoever is there. What has come from an address earns three times as much to be sent there, as in QUIC (RFC 9000, section 8);
what goes beyond is not sent, as if it were lost. A peer is known to be at an address once it has acknowledged what was sent
after it moved there.

An honest peer says about as much as it is told, so it never meets the limit. No clock, no timers; one entry a peer.
"""

from __future__ import annotations

from collections.abc import Hashable

#: Bytes that may be sent for each that came.
FACTOR = 3


class Probation:
    """False when no address is on probation, which is what the hot path asks first."""

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._at: dict[int, Hashable] = {}
        self._left: dict[Hashable, int] = {}

    def __bool__(self) -> bool:
        return bool(self._at)

    @property
    def peers(self) -> list[int]:
        """Whose addresses are not proved."""
        return sorted(self._at)

    def begin(self, peer: int, address: Hashable) -> None:
        """A peer seems to be at an address where it never was; its former one, if not proved, is forgotten."""
        self.end(peer)
        self._at[peer] = address
        self._left.setdefault(address, 0)       # another may seem to be there as well: they share what came from there

    def end(self, peer: int) -> None:
        """It is there, or somewhere else."""
        address = self._at.pop(peer, None)
        if address not in self._at.values():
            self._left.pop(address, None)

    def holds(self, peer: int) -> bool:
        """Whether a peer's address is not proved."""
        return peer in self._at

    def earn(self, address: Hashable, size: int) -> None:
        """A datagram of this size has come from there, and was authentic."""
        if address in self._left:
            self._left[address] += FACTOR * size

    def spend(self, address: Hashable, size: int) -> bool:
        """Whether a datagram of this size may be sent there; if so it counts."""
        left = self._left.get(address)
        if left is None:
            return True
        if left < size:
            return False
        self._left[address] = left - size
        return True
