"""Raw bytes of an arena: the few operations that the engine's own compiled code needs beside fields.

An *arena* is a struct whose first field, `size`, is the number of bytes that belong to it; regions of raw bytes follow
the struct. Every access is checked in every way: it lies within that size and behind the struct, so that it never
touches a field. These are the plain Python forms, on a view of the arena; kernels_lowering.py has the compiled ones under the
same names.
"""

from __future__ import annotations

from typing import Any

from .digest import chain, xxh64


def _check(c: Any, at: int, n: int) -> None:
    if at < c.layout.size or n < 0 or at + n > len(c._memory):
        raise IndexError(f"bytes {at}..{at + n} are outside those behind the struct, {c.layout.size}..{len(c._memory)}")


def get8(c: Any, at: int) -> int:
    """The byte at offset `at`, 0 to 255."""
    _check(c, at, 1)
    return c._memory[at]


def put8(c: Any, at: int, value: int) -> None:
    """Store the low eight bits of `value`."""
    _check(c, at, 1)
    c._memory[at] = value & 255


def get64(c: Any, at: int) -> int:
    """Eight bytes, as int64."""
    _check(c, at, 8)
    return int.from_bytes(c._memory[at:at + 8], "little", signed=True)


def put64(c: Any, at: int, value: int) -> None:
    """Store eight bytes."""
    _check(c, at, 8)
    c._memory[at:at + 8] = value.to_bytes(8, "little", signed=True)


def move(c: Any, to: int, source: int, n: int) -> None:
    """Copy n bytes within the arena; the places do not overlap."""
    _check(c, to, n)
    _check(c, source, n)
    c._memory[to:to + n] = c._memory[source:source + n]


def digest(c: Any, at: int, n: int) -> int:
    """XXH64 of n bytes (a multiple of 8), as int64 with the same bits."""
    _check(c, at, n)
    return _signed(xxh64(c._memory[at:at + n]))


def chain_round(previous: int, checksum: int) -> int:
    """digest.chain on int64 values with the same bits."""
    return _signed(chain(previous & MASK, checksum & MASK))


MASK = (1 << 64) - 1


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
