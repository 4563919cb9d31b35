"""Where the numbers of a datagram or text stand: what the mutations move to the edges. By the first byte."""

from __future__ import annotations

from rollstep.wire import input_packet, reveal

#: (offset, bytes) of a number.
Fields = tuple[tuple[int, int], ...]

_INPUT: Fields = ((0, 1), (1, 2), (3, 2), (5, 2), (7, 1), (8, 1), (9, 1))
_CHAIN: Fields = ((10, 1), (11, 4))
_ENVELOPE: Fields = ((0, 1), (1, 2), (3, 2), (5, 2), (7, 1), (8, 2), (10, 1), (11, 8))
_OTHER: Fields = ((0, 1), (1, 1), (1, 4), (5, 1), (5, 4), (6, 1), (7, 1), (8, 1), (9, 4), (13, 4), (17, 1), (33, 1))
#: Bytes between an input packet's head and its tokens, at most: the chain, and of 16 players delays and what each has less.
_PLAYERS = input_packet.CHAIN_BYTES + 2 * 16
TOKENS = (0x00, 0x01, 0x0F, 0x10, 0x1F, 0xF0, 0xFF)


def fields(data: bytes | bytearray) -> Fields:
    """The numbers of this datagram."""
    kind = data[0] if data else 0
    if kind in input_packet.KINDS:
        players = tuple((at, 1) for at in range(input_packet.HEAD, min(len(data), input_packet.HEAD + _PLAYERS)))
        return _INPUT + (_CHAIN if kind & input_packet.CHAIN else ()) + players
    if kind == reveal.ENVELOPE:
        return _ENVELOPE
    return _OTHER + tuple((at, 2) for at in range(11, min(len(data) - 1, 120), 7))


def inner(data: bytes) -> int:
    """Where another datagram begins inside this one; 0 when none does."""
    if len(data) < 11 or data[0] != reveal.ENVELOPE:
        return 0
    at = 11 + 16 * (data[7] + data[10])
    return at if at < len(data) else 0
