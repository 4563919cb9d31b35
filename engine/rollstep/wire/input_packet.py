"""The input packet: built and taken in by compiled code, on the arena `c` of one peer (rollback/arena.py).

One datagram per remote and frame, little-endian:

    0   kind     1, or 5 when a checksum follows
    1   seq      u16  low bits of the sender's packet counter
    3   ack      u16  low bits of: frames of the receiver's inputs that the sender has
    5   start    u16  low bits of the first frame below: what the receiver is known to have
    7   count    u8   number of frames, at most UNACKED
    8   lead     i8   how far the sender runs ahead of the receiver, in 1/8 frame
    9  [frame u8, chain u32]   the chain of checksums up to a confirmed frame (low bits)
    ..  tokens   (zeros << 4 | n), then n bytes: the inputs, each XORed with the frame before, as one stream of
                 bytes; zeros after the last token are not written

The kind byte is all that other modules know of it. Everything is decoded into scratch and checked before
anything is applied: the rows of frames not yet received hold the predictions that mismatches are found against.
These functions are rewritten and compiled like a step, and run as plain Python over the same bytes.
"""

from __future__ import annotations

from typing import Any

from ..state.memory import get8, put8

PLAIN, WITH_CHAIN = 1, 5
#: First bytes of the datagrams that belong to this module.
KINDS = frozenset((PLAIN, WITH_CHAIN))
HEAD = 9
CHAIN_BYTES = 5
#: A datagram that fits every path without being cut in pieces.
MAX_DATAGRAM = 1200
#: Rows of inputs kept. A row still needed (unacknowledged, rolled back to, not yet recorded) is never overwritten.
RING = 256
#: Own frames sent and not yet acknowledged, at most.
UNACKED = 64
#: Frames that a peer can be ahead of us, at most.
AHEAD = 64
#: Frames of input delay, at most.
MAX_DELAY = 16
#: Checksums and chains kept.
SUMS = 128
#: Chains of each peer kept until ours is known.
PEER_SUMS = 16
#: Bytes that a stream of n can take as tokens: a token for each run of 15, and one that may be open.
TOKEN_SPACE = MAX_DATAGRAM - HEAD - CHAIN_BYTES

ACCEPTED, SIZE_BAD, KIND_BAD, RANGE_BAD, TOKENS_BAD, VALUE_BAD = 0, 1, 2, 3, 4, 5
REASONS = ("accepted", "size", "kind", "range", "tokens", "value")


def frames_per_packet(input_size: int) -> int:
    """How many frames of inputs always fit one datagram."""
    return min(UNACKED, (TOKEN_SPACE - 2) * 15 // 16 // input_size)


def near(reference: int, low: int, bits: int) -> int:
    """The number with these low bits that lies nearest to `reference`."""
    half = 1 << (bits - 1)
    return reference + ((low - reference + half) & (2 * half - 1)) - half


def get16(c: Any, at: int) -> int:
    return get8(c, at) | get8(c, at + 1) << 8


def put16(c: Any, at: int, value: int) -> None:
    put8(c, at, value)
    put8(c, at + 1, value >> 8)


# ---------------------------------------------------------------------------- receiving

def unpack(c: Any, at: int, end: int, size: int) -> bool:
    """Tokens at..end into scratch[:size]; False when they do not fit."""
    for i in range(size):
        put8(c, c.scratch_at + i, 0)
    filled = 0
    while at < end:
        token = get8(c, at)
        at += 1
        filled += token >> 4
        n = token & 15
        if token == 0 or filled + n > size or at + n > end:
            return False
        for j in range(n):
            put8(c, c.scratch_at + filled + j, get8(c, at + j))
        filled += n
        at += n
    return True


def legal(c: Any, b: int, value: int) -> int:
    """Not 0 when byte b of an input can have this value (bools, enums and padding cannot have every one)."""
    return get8(c, c.legal_at + b * 32 + (value >> 3)) >> (value & 7) & 1


def restore(c: Any, p: int, start: int, count: int) -> bool:
    """Undo the XOR in scratch for the frames that are new; False when an input is not legal."""
    pad, got = c.input_size, c.got[p]
    for i in range(got - start, count):
        here = c.scratch_at + i * pad
        for b in range(pad):
            if start + i == got:
                before = get8(c, c.inputs_at + ((got - 1) & (RING - 1)) * c.row_size + p * pad + b)
            else:
                before = get8(c, here - pad + b)
            value = before ^ get8(c, here + b)
            if legal(c, b, value) == 0:
                return False
            put8(c, here + b, value)
    return True


def apply(c: Any, p: int, start: int, count: int) -> None:
    """Write the new frames of player p into their rows; note the first one that was predicted wrongly."""
    pad = c.input_size
    for i in range(c.got[p] - start, count):
        f = start + i
        at = c.inputs_at + (f & (RING - 1)) * c.row_size + p * pad
        wrong = 0
        for b in range(pad):
            value = get8(c, c.scratch_at + i * pad + b)
            wrong |= value ^ get8(c, at + b)
            put8(c, at + b, value)
        if f < c.done:
            c.predicted += 1
            if wrong != 0:
                c.mispredicted += 1
                c.bad = min(c.bad, f)
    if start + count > c.got[p]:
        c.got[p] = start + count
        c.news = 1


def measure(c: Any, p: int, ack: int, sequence: int, theirs: int, lead: int, now: int) -> None:
    """Round trip and frame advantage. Of reordered packets the newest speaks."""
    if ack > c.ack[p]:
        sample = now - c.sent_at[(ack - 1) & (RING - 1)]
        # an answer after more than the resend window comes out of a stall, and says nothing about the link
        if c.rtt[p] == 0:
            c.rtt[p] = sample
        elif sample < UNACKED * c.frame_us:
            c.rtt[p] += (sample - c.rtt[p]) >> 3
        c.ack[p] = ack
    if sequence > c.rx_sequence[p]:
        c.rx_sequence[p] = sequence
        c.heard_at[p] = now
        c.their_lead[p] = lead * 8
        there = 8 * (theirs - c.delay[p]) + 4 * c.rtt[p] // c.frame_us
        c.lead[p] += (8 * (8 * c.frame - there) - c.lead[p]) >> 3


def take(c: Any, row: int, now: int) -> int:
    """Take in one received datagram; the reason when it is refused. Nothing of a refused one is applied."""
    p, n = c.rx_from[row], c.rx_length[row]
    if p < 0 or p >= c.players or p == c.me or n < HEAD or n > MAX_DATAGRAM:
        return SIZE_BAD
    at = c.rx_at + row * MAX_DATAGRAM
    end = at + n
    kind = get8(c, at)
    if kind != PLAIN and kind != WITH_CHAIN:
        return KIND_BAD
    got = c.got[p]
    sequence = near(c.rx_sequence[p], get16(c, at + 1), 16)
    ack = near(c.ack[p], get16(c, at + 3), 16)
    start = near(got, get16(c, at + 5), 16)
    count = get8(c, at + 7)
    lead = (get8(c, at + 8) ^ 128) - 128
    if ack > c.got[c.me] or start < 0 or start > got or count > c.packet_frames or start + count > c.frame + AHEAD:
        return RANGE_BAD
    at += HEAD
    chain_frame = -1
    chain_value = 0
    if kind == WITH_CHAIN:
        if n < HEAD + CHAIN_BYTES:
            return SIZE_BAD
        chain_frame = near(start + count, get8(c, at), 8)
        chain_value = get16(c, at + 1) | get16(c, at + 3) << 16
        at += CHAIN_BYTES
        if chain_frame < 0:
            return RANGE_BAD
    if not unpack(c, at, end, count * c.input_size):
        return TOKENS_BAD
    if not restore(c, p, start, count):
        return VALUE_BAD

    apply(c, p, start, count)
    measure(c, p, ack, sequence, start + count, lead, now)
    c.heard_chain[p] = chain_frame
    if chain_frame >= 0:
        c.peer_frame[p, chain_frame & (PEER_SUMS - 1)] = chain_frame
        c.peer_chain[p, chain_frame & (PEER_SUMS - 1)] = chain_value
    return ACCEPTED


# ---------------------------------------------------------------------------- sending

def pack(c: Any, at: int, start: int, count: int) -> int:
    """Own inputs start..start+count-1 as tokens at `at`; the end."""
    pad = c.input_size
    mine = c.inputs_at + c.me * pad
    zeros = 0
    n = 0  # literals in the open token, 0 when none is open
    token = at
    head = 0
    for f in range(start, start + count):
        here = mine + (f & (RING - 1)) * c.row_size
        before = mine + ((f - 1) & (RING - 1)) * c.row_size
        for b in range(pad):
            value = get8(c, here + b) ^ get8(c, before + b)
            if value == 0:
                zeros += 1
                n = 0
            else:
                if n == 0 or n == 15:
                    while zeros > 15:
                        put8(c, at, 0xF0)
                        at += 1
                        zeros -= 15
                    token = at
                    head = zeros << 4
                    at += 1
                    zeros = 0
                    n = 0
                n += 1
                put8(c, token, head | n)
                put8(c, at, value)
                at += 1
    return at


def give(c: Any, p: int) -> None:
    """Write the datagram for player p."""
    start = c.ack[p]
    count = min(c.got[c.me] - start, c.packet_frames)
    first = c.tx_at + p * MAX_DATAGRAM
    c.tx_sequence[p] += 1
    put8(c, first, WITH_CHAIN if c.summed > 0 else PLAIN)
    put16(c, first + 1, c.tx_sequence[p])
    put16(c, first + 3, c.got[p])
    put16(c, first + 5, start)
    put8(c, first + 7, count)
    put8(c, first + 8, max(-128, min(127, c.lead[p] >> 3)))
    at = first + HEAD
    if c.summed > 0:
        chain = c.chains[c.summed & (SUMS - 1)]
        put8(c, at, c.summed)
        put16(c, at + 1, chain)
        put16(c, at + 3, chain >> 16)
        at += CHAIN_BYTES
    c.tx_length[p] = pack(c, at, start, count) - first
