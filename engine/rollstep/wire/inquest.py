"""What two frozen peers tell each other, so that both can say where their states part (net/inquest.py).

    0   kind     0x30: checksums
    1   first    u64  frame of the first checksum
    9   chain    u64  the chain of checksums up to the frame before it
    17  kept     u64  the first frame whose state the sender still has
    25  checksums of the states first, first + 1, ..., 8 bytes each, at most MOST_SUMS

    0   kind     0x31: a part of the sender's testimony
    1   at       u32  where it belongs in there
    5   have     u32  bytes of the receiver's testimony that the sender has
    9   bytes, at most PART_BYTES

A testimony is one stream of bytes: digests of fields, level by level, then the bytes of those that differ. Everything is a
claim: it may be wrong, but it fits these limits or is no message. Little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..state import chain as chain_up
from .input_packet import SUMS

SUMS_KIND, PART_KIND = 0x30, 0x31
#: First bytes of the datagrams that belong to this module; 0x32 to 0x37 are left for it.
KINDS = frozenset((SUMS_KIND, PART_KIND))
#: Checksums of one message: all that are kept but one, which the chain before them needs.
MOST_SUMS = SUMS - 1
PART_BYTES = 1024
#: Frames beyond this are nobody's.
MOST_FRAMES = 1 << 40

_SUMS_HEAD = struct.Struct("<BQQQ")
_PART_HEAD = struct.Struct("<BII")


@dataclass(frozen=True)
class Sums:
    """One peer's checksums of the states `first` to `end` - 1, the chain before them, and from where on it has the states."""

    first: int
    chain: int
    kept: int
    sums: tuple[int, ...]

    @property
    def end(self) -> int:
        """The frame after the last."""
        return self.first + len(self.sums)

    def chain_at(self, frame: int) -> int:
        """The chain up to a frame from first - 1 to end - 1."""
        value = self.chain
        for checksum in self.sums[:frame - self.first + 1]:
            value = chain_up(value, checksum)
        return value


@dataclass(frozen=True)
class Part:
    """A piece of a testimony, and how much of the receiver's has come in."""

    at: int
    have: int
    data: bytes


def pack(message: Sums | Part) -> bytes:
    """The datagram."""
    if isinstance(message, Part):
        return _PART_HEAD.pack(PART_KIND, message.at, message.have) + message.data
    return _SUMS_HEAD.pack(SUMS_KIND, message.first, message.chain, message.kept) + \
        struct.pack(f"<{len(message.sums)}Q", *message.sums)


def parse(data: bytes) -> Sums | Part | None:
    """What is in these bytes, or None when they are none of both. Never raises."""
    if not data:
        return None
    if data[0] == PART_KIND:
        if not _PART_HEAD.size <= len(data) <= _PART_HEAD.size + PART_BYTES:
            return None
        _, at, have = _PART_HEAD.unpack_from(data)
        return Part(at, have, bytes(data[_PART_HEAD.size:]))
    count, rest = divmod(len(data) - _SUMS_HEAD.size, 8)
    if data[0] != SUMS_KIND or rest or not 0 <= count <= MOST_SUMS:
        return None
    _, first, chain, kept = _SUMS_HEAD.unpack_from(data)
    if not 1 <= first <= MOST_FRAMES or kept > MOST_FRAMES:
        return None
    return Sums(first, chain, kept, struct.unpack_from(f"<{count}Q", data, _SUMS_HEAD.size))
