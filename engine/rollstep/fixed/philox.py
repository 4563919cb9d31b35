"""Philox4x32-10 as a kernel: 128 random bits as a function of a key and a counter (kernels.py says how it runs).

Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011); a test holds it to the published vectors.
The key is the match's seed. The counter is (index, stream, frame, attempt), each taken modulo 2**32.
"""

from __future__ import annotations

import functools

from ..language import Language
from ..source import Program
from .kernels import PRIMITIVES, lshr, udiv, ult, umulh

MASK = (1 << 32) - 1
M0, M1 = 0xD2511F53, 0xCD9E8D57
W0, W1 = 0x9E3779B9, 0xBB67AE85


def block(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """The four words, 32 bits each, for a counter and a key of such words."""
    for _ in range(10):
        p0, p1 = M0 * c0, M1 * c2
        c0, c1, c2, c3 = lshr(p1, 32) ^ c1 ^ k0, p1 & MASK, lshr(p0, 32) ^ c3 ^ k1, p0 & MASK
        k0, k1 = k0 + W0 & MASK, k1 + W1 & MASK
    return c0, c1, c2, c3


def draw(seed: int, frame: int, stream: int, index: int, attempt: int) -> int:
    c0, c1, _, _ = block(index & MASK, stream & MASK, frame & MASK, attempt, seed & MASK, lshr(seed, 32))
    return c0 | c1 << 32


def bits(seed: int, frame: int, stream: int, index: int) -> int:
    return draw(seed, frame, stream, index, 0)


def integer(seed: int, frame: int, stream: int, index: int, low: int, high: int) -> int:
    """low to high, both included, each equally likely: Lemire, "Fast random integer generation in an interval" (2019)."""
    if low > high:
        raise ValueError("low is above high")
    word = draw(seed, frame, stream, index, 0)
    span = high - low + 1                       # unsigned; 0 stands for 2**64
    if span == 0:
        return word
    if ult(word * span, span):
        short = -span - udiv(-span, span) * span
        attempt = 0
        while ult(word * span, short):
            attempt = attempt + 1
            word = draw(seed, frame, stream, index, attempt)
    return low + umulh(word, span)


def fixed(seed: int, frame: int, stream: int, index: int, low: int, high: int) -> int:
    """A raw from low up to high, which is not included."""
    if low >= high:
        raise ValueError("low is not below high")
    return integer(seed, frame, stream, index, low, high - 1)


def chance(seed: int, frame: int, stream: int, index: int, p: int) -> int:
    """1 with the probability p, a raw, else 0."""
    return 1 if lshr(bits(seed, frame, stream, index), 32) < p else 0


ENTRIES = (block, bits, integer, fixed, chance)


@functools.cache
def program() -> Program:
    """The kernels, rewritten."""
    return Program(ENTRIES, Language(functions=PRIMITIVES, marked=False))
