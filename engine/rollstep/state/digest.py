"""Checksums of states: XXH64, and the chain over all of them.

XXH64 as specified at https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md (seed 0 unless given). This is
the plain Python form, used where nothing is compiled; rollback/core.py has the compiled one, and a test holds both
against the `xxhash` package.
"""

from __future__ import annotations

import struct

_MASK = (1 << 64) - 1
P1, P2, P3, P4, P5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                      0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def _rotl(x: int, r: int) -> int:
    return (x << r | x >> (64 - r)) & _MASK


def _round(lane: int, word: int) -> int:
    return _rotl(lane + word * P2 & _MASK, 31) * P1 & _MASK


def xxh64(data: bytes | bytearray | memoryview, seed: int = 0) -> int:
    """XXH64 of some bytes, 0 to 2**64 - 1."""
    n = len(data)
    at = 0
    if n >= 32:
        lanes = [(seed + P1 + P2) & _MASK, (seed + P2) & _MASK, seed & _MASK, (seed - P1) & _MASK]
        for stripe in struct.iter_unpack("<4Q", data[:n & ~31]):
            lanes = [_round(lane, word) for lane, word in zip(lanes, stripe, strict=True)]
        at = n & ~31
        h = (_rotl(lanes[0], 1) + _rotl(lanes[1], 7) + _rotl(lanes[2], 12) + _rotl(lanes[3], 18)) & _MASK
        for lane in lanes:
            h = ((h ^ _round(0, lane)) * P1 + P4) & _MASK
    else:
        h = (seed + P5) & _MASK
    h = (h + n) & _MASK
    while at + 8 <= n:
        h = (_rotl(h ^ _round(0, int.from_bytes(data[at:at + 8], "little")), 27) * P1 + P4) & _MASK
        at += 8
    if at + 4 <= n:
        h = (_rotl(h ^ int.from_bytes(data[at:at + 4], "little") * P1 & _MASK, 23) * P2 + P3) & _MASK
        at += 4
    for byte in data[at:]:
        h = _rotl(h ^ byte * P5 & _MASK, 11) * P1 & _MASK
    h = (h ^ h >> 33) * P2 & _MASK
    h = (h ^ h >> 29) * P3 & _MASK
    return h ^ h >> 32


def chain(previous: int, checksum: int) -> int:
    """The cumulative chain after one more frame's checksum: one XXH64 round, so no frame can be left out.

    chain(f) covers the checksums of states 1 to f; the chain before them is 0.
    """
    return _round(previous, checksum)
