"""Random words from a name: one stream for each fault of each link, so that no fault's draws shift another's.

Words are SHAKE-128 of the name and a counter (FIPS 202): the same on every Python and machine, and no module state is shared.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

#: A draw is below 2 to this power.
BITS = 32
_BLOCK = struct.Struct("<256I")


def words(name: str) -> Iterator[int]:
    """Words of 32 bits without end; a draw costs about 0.05 µs."""
    block = 0
    while True:
        yield from _BLOCK.unpack(hashlib.shake_128(f"{name} {block}".encode()).digest(_BLOCK.size))
        block += 1


def threshold(ppm: int) -> int:
    """A draw is below this with a chance of ppm / 1,000,000."""
    return (ppm << BITS) // 1_000_000
