"""The input packet: built and taken in by compiled code, on the arena `c` of one peer (rollback/arena.py).

One datagram per remote peer and frame, little-endian. A peer plays one or several players; `k` is how many the sender plays:

    0   kind     1, and 4 when a chain follows, 8 when delays follow
    1   seq      u16  low bits of the sender's packet counter
    3   ack      u16  low bits of: frames of all the receiver's players that the sender has
    5   start    u16  low bits of the first frame below: what the receiver is known to have
    7   count    u8   number of frames, at most MOST_FRAMES
    8   lead     i8   how far the sender runs ahead of the receiver, in 1/8 frame
    9   ahead    i8   start + count, less the frames that the sender has started
    10 [frame u8, chain u32]   the chain of checksums up to a confirmed frame (low bits); in every CHAIN_EVERYth datagram,
                 and in each that is sent while no frame starts
    .. [delay u8 of each of the k players]   their input delays, in every DELAY_EVERYth datagram
    .. [less u8 of each of the k players, when k > 1]   how many frames fewer than `count` there are of this player
    ..  tokens   (zeros << 4 | n), then n bytes: the inputs of `count` frames, in each those of the k players in order,
                 each XORed with the player's one before, as one stream of bytes; what `less` leaves out is zero; zeros
                 after the last token are not written

The first byte is all that other modules know of it. Everything is decoded into scratch and checked before
anything is applied: the rows of frames not yet received hold the predictions that mismatches are found against.
These functions are rewritten and compiled like a step, and run as plain Python over the same bytes.
"""

from __future__ import annotations

from typing import Any

from ..state.memory import get8, get64, put8, put64

BASE, CHAIN, DELAYS = 1, 4, 8
#: First bytes of the datagrams that belong to this module.
KINDS = frozenset((BASE, BASE | CHAIN, BASE | DELAYS, BASE | CHAIN | DELAYS))
HEAD = 10
CHAIN_BYTES = 5
#: Every so many datagrams carry a chain, or the delays. Powers of two.
CHAIN_EVERY = 4
DELAY_EVERY = 16
#: A datagram that fits every path without being cut in pieces.
MAX_DATAGRAM = 1200
#: Rows of inputs kept. A row still needed (unacknowledged, rolled back to, not yet recorded) is never overwritten.
RING = 256
#: A new frame starts only while fewer own frames than this are sent and not yet acknowledged.
UNACKED = 96
#: Frames that a peer can be ahead of us, at most.
AHEAD = 96
#: Frames of input delay, at most.
MAX_DELAY = 16
#: Frames of one datagram, at most: a delay that grows adds frames beyond UNACKED.
MOST_FRAMES = UNACKED + MAX_DELAY
#: Checksums and chains kept.
SUMS = 128
#: Chains of each peer kept until ours is known.
PEER_SUMS = 32

ACCEPTED, SIZE_BAD, KIND_BAD, RANGE_BAD, TOKENS_BAD, VALUE_BAD = 0, 1, 2, 3, 4, 5
REASONS = ("accepted", "size", "kind", "range", "tokens", "value")


def near(reference: int, low: int, bits: int) -> int:
    """The number with these low bits that lies nearest to `reference`."""
    half = 1 << (bits - 1)
    return reference + ((low - reference + half) & (2 * half - 1)) - half


def get16(c: Any, at: int) -> int:
    return get8(c, at) | get8(c, at + 1) << 8


def put16(c: Any, at: int, value: int) -> None:
    put8(c, at, value)
    put8(c, at + 1, value >> 8)


def signed8(value: int) -> int:
    return (value ^ 128) - 128


def fewest_of(c: Any, q: int) -> int:
    """Frames that are known of all players of a peer."""
    least = c.got[q]
    for j in range(1, c.group_size[q]):
        least = min(least, c.got[c.group[c.group_at[q] + j]])
    return least


# ---------------------------------------------------------------------------- receiving

def unpack(c: Any, at: int, end: int, known: int, size: int) -> bool:
    """Tokens at..end into scratch[known:size]; False when they do not fit. What is known already is not looked at."""
    for i in range(known, size):
        put8(c, c.scratch_at + i, 0)
    filled = 0
    while at < end:
        token = get8(c, at)
        at += 1
        filled += token >> 4
        n = token & 15
        if token == 0 or filled + n > size or at + n > end:
            return False
        for j in range(max(0, known - filled), n):
            put8(c, c.scratch_at + filled + j, get8(c, at + j))
        filled += n
        at += n
    return True


def legal(c: Any, b: int, value: int) -> int:
    """Not 0 when byte b of an input can have this value (bools, enums and padding cannot have every one)."""
    return get8(c, c.legal_at + b * 32 + (value >> 3)) >> (value & 7) & 1


def restore(c: Any, q: int, start: int, known: int, count: int) -> bool:
    """Undo the XOR in scratch for the frames that are new; False when an input is not legal, or not as `less` says.

    known: how many of the frames are there already, of all players.
    """
    pad = c.input_size
    width = c.group_size[q] * pad
    for j in range(c.group_size[q]):
        p = c.group[c.group_at[q] + j]
        got = c.got[p]
        have = count - c.less[j]
        for i in range(got - start, have):
            here = c.scratch_at + i * width + j * pad
            for b in range(pad):
                if start + i == got:
                    before = get8(c, c.inputs_at + ((got - 1) & (RING - 1)) * c.row_size + p * pad + b)
                else:
                    before = get8(c, here - width + b)
                value = before ^ get8(c, here + b)
                if legal(c, b, value) == 0:
                    return False
                put8(c, here + b, value)
        for i in range(max(have, known), count):
            for b in range(pad):
                if get8(c, c.scratch_at + i * width + j * pad + b) != 0:
                    return False
    return True


def apply(c: Any, q: int, start: int, count: int) -> None:
    """Write the new frames of a peer's players into their rows; note the first one that was predicted wrongly."""
    pad = c.input_size
    width = c.group_size[q] * pad
    for j in range(c.group_size[q]):
        p = c.group[c.group_at[q] + j]
        end = start + count - c.less[j]
        for f in range(c.got[p], end):
            at = c.inputs_at + (f & (RING - 1)) * c.row_size + p * pad
            here = c.scratch_at + (f - start) * width + j * pad
            wrong = 0
            for b in range(pad):
                value = get8(c, here + b)
                wrong |= value ^ get8(c, at + b)
                put8(c, at + b, value)
            if f < c.done:
                c.predicted += 1
                if wrong != 0:
                    c.mispredicted += 1
                    c.bad = min(c.bad, f)
        if end > c.got[p]:
            c.got[p] = end
            c.news = 1


def measure(c: Any, q: int, ack: int, sequence: int, theirs: int, lead: int, now: int) -> None:
    """Round trip and frame advantage. Of reordered packets the newest speaks. theirs: frames that they have started."""
    if ack > c.ack[q]:
        sample = now - c.sent_at[(ack - 1) & (RING - 1)]
        # an answer after more than the resend window comes out of a stall, and says nothing about the link
        if c.rtt[q] == 0:
            c.rtt[q] = sample
        elif sample < UNACKED * c.frame_us:
            c.rtt[q] += (sample - c.rtt[q]) >> 3
        c.ack[q] = ack
    c.peer_at[q] = max(c.peer_at[q], theirs)
    if sequence > c.rx_sequence[q]:
        c.rx_sequence[q] = sequence
        c.heard_at[q] = now
        c.their_lead[q] = lead * 8
        there = 8 * theirs + 4 * c.rtt[q] // c.frame_us
        c.lead[q] += (8 * (8 * c.frame - there) - c.lead[q]) >> 3


def take(c: Any, row: int, now: int) -> int:
    """Take in one received datagram; the reason when it is refused. Nothing of a refused one is applied."""
    q, n = c.rx_from[row], c.rx_length[row]
    if q < 0 or q >= c.players or c.owner[q] != q or q == c.me or n < HEAD or n > MAX_DATAGRAM:
        return SIZE_BAD
    at = c.rx_at + row * MAX_DATAGRAM
    end = at + n
    head = get64(c, at)     # one look at the arena's size instead of eight
    kind = head & 255
    if kind & ~(CHAIN | DELAYS) != BASE:
        return KIND_BAD
    got = fewest_of(c, q)
    sequence = near(c.rx_sequence[q], head >> 8 & 0xFFFF, 16)
    ack = near(c.ack[q], head >> 24 & 0xFFFF, 16)
    start = near(got, head >> 40 & 0xFFFF, 16)
    count = head >> 56 & 255
    lead = signed8(get8(c, at + 8))
    theirs = start + count - signed8(get8(c, at + 9))
    if ack > min(c.told[q], fewest_of(c, c.me)) or start < 0 or start > got or count > MOST_FRAMES \
            or start + count > c.frame + AHEAD or theirs < 0 or theirs > c.frame + AHEAD:
        return RANGE_BAD
    k = c.group_size[q]
    at += HEAD
    least = HEAD
    if kind & CHAIN != 0:
        least += CHAIN_BYTES
    if kind & DELAYS != 0:
        least += k
    if k > 1:
        least += k
    if n < least:
        return SIZE_BAD
    chain_frame = -1
    chain_value = 0
    if kind & CHAIN != 0:
        chain_frame = near(start + count, get8(c, at), 8)
        chain_value = get16(c, at + 1) | get16(c, at + 3) << 16
        at += CHAIN_BYTES
        if chain_frame < 0:
            return RANGE_BAD
    delays_at = at
    if kind & DELAYS != 0:
        for j in range(k):
            if get8(c, at + j) > MAX_DELAY:
                return RANGE_BAD
        at += k
    c.less[0] = 0
    if k > 1:
        for j in range(k):
            c.less[j] = get8(c, at + j)
            if c.less[j] > count:
                return RANGE_BAD
        at += k
    known = min(got - start, count)
    if not unpack(c, at, end, known * k * c.input_size, count * k * c.input_size):
        return TOKENS_BAD
    if not restore(c, q, start, known, count):
        return VALUE_BAD

    apply(c, q, start, count)
    if kind & DELAYS != 0 and sequence > c.rx_sequence[q]:
        for j in range(k):
            c.delay[c.group[c.group_at[q] + j]] = get8(c, delays_at + j)
    measure(c, q, ack, sequence, theirs, lead, now)
    c.heard_chain[q] = chain_frame
    i = chain_frame & (PEER_SUMS - 1)
    if chain_frame >= 0 and c.peer_frame[q, i] <= c.summed:  # one that still waits for ours stays
        c.peer_frame[q, i] = chain_frame
        c.peer_chain[q, i] = chain_value
    return ACCEPTED


# ---------------------------------------------------------------------------- sending

def sendable(c: Any, p: int) -> int:
    """Frames of a local player's inputs that may be sent."""
    return min(c.got[p], c.reveal)


def pack(c: Any, at: int, limit: int, start: int, count: int) -> int:
    """Own inputs of `count` frames from `start` on as tokens at `at`, as many frames as end below `limit`; the end.

    `c.packed` says how many they are.
    """
    pad = c.input_size
    mine = c.group_at[c.me]
    k = c.group_size[c.me]
    worst = k * pad + k * pad // 15 + 2  # bytes of a frame in which everything changes
    tight = count * worst > limit - at   # else all of it fits, whatever it is
    zeros = 0
    n = 0  # literals in the open token, 0 when none is open
    token = at
    head = 0
    c.packed = count
    for f in range(start, start + count):
        if tight and at + worst + zeros // 15 > limit:
            c.packed = f - start
            return at
        if c.changed[f & (RING - 1)] == 0:  # as in most frames: people hold what they hold
            zeros += k * pad
            n = 0
            continue
        row = c.inputs_at + (f & (RING - 1)) * c.row_size
        row_before = c.inputs_at + ((f - 1) & (RING - 1)) * c.row_size
        for j in range(k):
            p = c.group[mine + j]
            here, before = row + p * pad, row_before + p * pad
            known = k == 1 or f < sendable(c, p)    # what one player alone has not, `count` leaves out
            for b in range(pad):
                value = get8(c, here + b) ^ get8(c, before + b) if known else 0
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


def give(c: Any, i: int) -> None:
    """Write the datagram for the i-th remote peer."""
    q = c.remote[i]
    k = c.group_size[c.me]
    mine = c.group_at[c.me]
    start = c.ack[q]
    most = start
    for j in range(k):
        most = max(most, sendable(c, c.group[mine + j]))
    first = c.tx_at + i * MAX_DATAGRAM
    at = first + HEAD
    sequence = c.tx_sequence[q] + 1
    c.tx_sequence[q] = sequence
    kind = BASE
    if c.summed > 0 and (sequence & (CHAIN_EVERY - 1) == 0 or c.fresh == 0):
        kind |= CHAIN
        chain = c.chains[c.summed & (SUMS - 1)]
        put8(c, at, c.summed)
        put16(c, at + 1, chain)
        put16(c, at + 3, chain >> 16)
        at += CHAIN_BYTES
    if sequence & (DELAY_EVERY - 1) == 2:
        kind |= DELAYS
        for j in range(k):
            put8(c, at + j, c.delay[c.group[mine + j]])
        at += k
    less_at = at
    if k > 1:
        at += k
    end = pack(c, at, first + c.tx_limit, start, most - start)
    count = c.packed
    if k > 1:
        for j in range(k):
            put8(c, less_at + j, max(0, start + count - max(start, sendable(c, c.group[mine + j]))))
    put64(c, first, kind | (sequence & 0xFFFF) << 8 | (fewest_of(c, q) & 0xFFFF) << 24 | (start & 0xFFFF) << 40 | count << 56)
    put8(c, first + 8, max(-128, min(127, c.lead[q] >> 3)))
    put8(c, first + 9, start + count - c.frame)
    c.told[q] = max(c.told[q], start + count)
    c.tx_length[i] = end - first
    c.sent += 1
    c.sent_bytes += end - first
