"""Honest datagrams made wrong, by their grammar and at random. All draws come from one seeded generator."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from rollstep.wire.input_packet import HEAD, KINDS, MAX_DATAGRAM

from .grammar import TOKENS, fields, inner

_KINDS = tuple(sorted(KINDS))
Mutation = Callable[[random.Random, Sequence[bytes]], bytes]
#: Sizes at which somebody checks one.
EDGE_SIZES = (0, 1, 2, 9, 10, 11, 14, 15, 24, 25, 26, 40, 96, 1174, 1175, 1176, MAX_DATAGRAM - 1, MAX_DATAGRAM,
              MAX_DATAGRAM + 1, 1500)


def replayed(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    return draw.choice(honest)


def flipped(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    data = bytearray(draw.choice(honest))
    for _ in range(draw.randint(1, 4) if data else 0):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def at_an_edge(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    """One to three numbers moved to where checks are made."""
    data = bytearray(draw.choice(honest))
    places = fields(data)
    for _ in range(draw.randint(1, 3)):
        at, size = draw.choice(places)
        if at + size <= len(data):
            value, top = int.from_bytes(data[at:at + size], "little"), 1 << 8 * size
            value = draw.choice((0, 1, top - 1, top >> 1, (top >> 1) - 1, value + draw.randint(-2, 2),
                                 value + draw.randint(-130, 130), draw.randrange(top))) % top
            data[at:at + size] = value.to_bytes(size, "little")
    return bytes(data)


def inside(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    """Of an envelope the datagram that it holds made wrong; of others the end."""
    data = draw.choice(honest)
    at = inner(data) or draw.randint(0, len(data))
    return data[:at] + draw.choice((flipped, at_an_edge, other_tokens))(draw, [data[at:]])


def cut(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    data = draw.choice(honest)
    return data[:draw.randint(0, len(data))]


def extended(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    data = draw.choice(honest)
    return data + (draw.randbytes(draw.randint(1, 40)) if draw.random() < 0.8 else
                   bytes((draw.choice(TOKENS),)) * max(0, draw.choice(EDGE_SIZES) - len(data)))


def spliced(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    one, other = draw.choice(honest), draw.choice(honest)
    at = draw.randint(0, min(len(one), len(other)))
    return one[:at] + other[at if draw.random() < 0.5 else draw.randint(0, len(other)):]


def shifted(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    """Some bytes left out, or put in, in the middle."""
    data = draw.choice(honest)
    at = draw.randint(0, len(data))
    return data[:at] + draw.randbytes(draw.randint(0, 3)) + data[at + draw.randint(0, 3):]


def other_tokens(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    data = draw.choice(honest)
    tail = bytes(draw.choice(TOKENS) if draw.random() < 0.5 else draw.randrange(256) for _ in range(draw.randint(0, 60)))
    return data[:draw.choice((HEAD, HEAD + 1, HEAD + 5, HEAD + 6, HEAD + 8))] + tail


def noise(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    data = draw.randbytes(draw.choice(EDGE_SIZES) if draw.random() < 0.5 else draw.randint(0, 1500))
    if data and draw.random() < 0.7:        # a first byte that somebody listens to
        first = draw.choice(_KINDS) if draw.random() < 0.3 else (draw.choice(honest) or b"\0")[0]
        data = bytes((first,)) + data[1:]
    return data


MUTATIONS: tuple[Mutation, ...] = (replayed, flipped, at_an_edge, at_an_edge, at_an_edge, inside, cut, extended, spliced,
                                   shifted, other_tokens, noise)


def mutated(draw: random.Random, honest: Sequence[bytes]) -> bytes:
    """One wrong datagram, now and then wrong twice."""
    data = draw.choice(MUTATIONS)(draw, honest)
    return draw.choice(MUTATIONS)(draw, [data]) if draw.random() < 0.2 else data
