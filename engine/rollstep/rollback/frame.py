"""One frame of one peer: packets in, rollback, resimulation, the new frame, checksums, packets out.

`run_frame` is the one call per frame. Like a game's step, these functions are rewritten (source.py) and run
compiled, or as plain Python over the same bytes. `c` is the arena (arena.py).
"""

from __future__ import annotations

from typing import Any

from ..state.memory import chain_round, digest, get8, move, put8, put64
from ..wire.input_packet import PEER_SUMS, RING, SUMS, UNACKED, give, legal, take
from .arena import BLANK, GAME, NEVER, PLACES, ROWS, SAMPLES
from .memory import run_predict, run_step

ADVANCED, WAITING, REFUSED, DESYNC, RAISED, ROOM, SAMPLED = 1, 2, 4, 8, 16, 32, 64
#: A lead is believed up to this, in 1/64 frame; and what a peer says of its own as far as this from minus ours. Jitter and
#: half a round trip that is not half make 3 frames of it (tests/session/test_time_sync_matches.py).
BELIEVED = 16 * 64
DOUBTED = 4 * 64


def predict(c: Any, f: int) -> None:
    """Fill the row of frame f for the players whose input is not known."""
    pad = c.input_size
    row = c.inputs_at + (f & (RING - 1)) * c.row_size
    before = c.inputs_at + ((f - 1) & (RING - 1)) * c.row_size
    for p in range(c.players):
        if f >= c.got[p]:
            for b in range(p * pad, p * pad + pad):
                put8(c, row + b, 0 if c.predictor == BLANK else get8(c, before + b))
            if c.predictor == GAME and not guess(c, row + p * pad, p):
                c.failed_guesses += 1
                for b in range(p * pad, p * pad + pad):
                    put8(c, row + b, get8(c, before + b))


def guess(c: Any, at: int, p: int) -> bool:
    """Let the game guess player p's input at `at`. False when it raised, or guessed what nobody can press."""
    good = run_predict(c, at, p) == 0
    for b in range(c.input_size):
        if legal(c, b, get8(c, at + b)) == 0:
            good = False
    return good


def snapshot_at(c: Any, f: int) -> int:
    return c.place[f & (PLACES - 1)]


def next_place(c: Any, f: int) -> int:
    """Where the snapshot of frame f + 1 goes: after that of frame f."""
    at = c.place[f & (PLACES - 1)] + c.slot_size
    if at == c.snapshots_end:
        at = c.snapshots_at
    c.place[(f + 1) & (PLACES - 1)] = at
    return at


def simulate(c: Any, first: int, last: int) -> bool:
    """Steps first..last-1. False when one raised: the state is then the one before it, whole."""
    for f in range(first, last):
        put64(c, c.tick_at, f)
        predict(c, f)
        c.steps += 1
        c.copies += 1
        if run_step(c, c.inputs_at + (f & (RING - 1)) * c.row_size) != 0:
            move(c, c.state_at, snapshot_at(c, f), c.state_size)
            c.done = f
            return False
        move(c, next_place(c, f), c.state_at, c.state_size)
        c.done = f + 1
    return True


def compare(c: Any, p: int, f: int) -> None:
    """Hold a peer's chain against ours, when both are known for frame f."""
    i = f & (PEER_SUMS - 1)
    if c.peer_frame[p, i] == f and f <= c.summed and f > c.summed - SUMS and f < c.desync:
        ours = c.chains[f & (SUMS - 1)] & 0xFFFFFFFF
        if ours != c.peer_chain[p, i]:
            c.desync = f
            c.desync_player = p
            c.desync_ours = ours
            c.desync_theirs = c.peer_chain[p, i]


def checksum(c: Any, last: int) -> None:
    """Sum the states that have become final, up to frame `last`."""
    for f in range(c.summed + 1, last + 1):
        value = digest(c, snapshot_at(c, f), c.state_size)
        c.digests += 1
        c.sums[f & (SUMS - 1)] = value
        c.chains[f & (SUMS - 1)] = chain_round(c.chains[(f - 1) & (SUMS - 1)], value)
        c.summed = f
        for i in range(c.remotes):
            compare(c, c.remote[i], f)


def fewest_received(c: Any) -> int:
    """Frames that are known, and trusted, of every remote player."""
    least = c.trusted
    for p in range(c.players):
        if c.owner[p] != c.me:
            least = min(least, c.got[p])
    return least


def fewest_acknowledged(c: Any) -> int:
    """Frames that every remote peer has of all our players."""
    least = NEVER
    for i in range(c.remotes):
        least = min(least, c.ack[c.remote[i]])
    return least


def newest_input(c: Any) -> int:
    """Frames that are known of the local player who is ahead of the others."""
    most = 0
    for i in range(c.group_size[c.me]):
        most = max(most, c.got[c.group[c.group_at[c.me] + i]])
    return most


def can_advance(c: Any) -> bool:
    """Whether a new frame may start: the prediction window and the resend window leave room, and nothing is stuck."""
    return (c.done == c.frame and c.frame - fewest_received(c) < c.window
            and newest_input(c) - fewest_acknowledged(c) < UNACKED)


def receive(c: Any, count: int, now: int) -> int:
    """Take in the datagrams that wait."""
    refused = 0
    for row in range(min(count, ROWS)):
        why = take(c, row, now)
        if why != 0:
            c.refused[why] += 1
            refused = REFUSED
        else:
            c.accepted += 1
            p = c.rx_from[row]
            if c.heard_chain[p] >= 0:
                compare(c, p, c.heard_chain[p])
    return refused


def commit(c: Any, now: int) -> None:
    """A frame starts: each local player's input becomes that of frame + delay, for good.

    After the delay grew, the frames in between repeat the last input. After it shrank, inputs are left out until the
    frames that already have one are through.
    """
    pad = c.input_size
    for i in range(c.group_size[c.me]):
        p = c.group[c.group_at[c.me] + i]
        if c.frame >= c.new_delay_at[p]:
            c.delay[p] = c.new_delay[p]
            c.new_delay_at[p] = NEVER
        last = c.frame + c.delay[p]
        for f in range(c.got[p], last + 1):
            at = c.inputs_at + (f & (RING - 1)) * c.row_size + p * pad
            before = c.inputs_at + ((f - 1) & (RING - 1)) * c.row_size + p * pad
            source = before if f < last else c.pad_at + i * pad
            wrong = 0
            for b in range(pad):
                value = get8(c, source + b)
                wrong |= value ^ get8(c, before + b)
                put8(c, at + b, value)
            bit = 1 << i
            changed = c.changed[f & (RING - 1)] & ~bit
            c.changed[f & (RING - 1)] = changed | bit if wrong != 0 else changed
            c.sent_at[f & (RING - 1)] = now
        c.got[p] = max(c.got[p], last + 1)
    c.frame += 1
    c.fresh = 1


def sample(c: Any) -> None:
    """Note for time sync how far ahead we are of each peer: half of what we see, less what it sees.

    Ours is cut to 1/8 frame as theirs was for the packet: so both sides find the same, but for the sign, and no rounding
    that both have in common slows both down.
    """
    if c.sampled < SAMPLES:
        for i in range(c.remotes):
            q = c.remote[i]
            ours = max(-BELIEVED, min(BELIEVED, c.lead[q] & ~7))
            c.samples[q, c.sampled] = (ours - max(-ours - DOUBTED, min(DOUBTED - ours, c.their_lead[q]))) >> 1
        c.sampled += 1


def show(c: Any, now: int) -> None:
    """Own inputs that may be sent from now on: their round trip begins here."""
    for f in range(max(c.revealed, c.reveal - RING), c.reveal):
        c.sent_at[f & (RING - 1)] = now
    c.revealed = max(c.revealed, c.reveal)


def catch_up(c: Any) -> None:
    """Roll back to the first wrong frame, and simulate up to the newest: one loop for both."""
    if c.raised != NEVER:
        return
    first = c.done
    if c.bad < first:
        first = c.bad
        c.depths[c.done - first] += 1
        c.resimulated += c.done - first
        move(c, c.state_at, snapshot_at(c, first), c.state_size)
        c.copies += 1
        c.done = first
        c.stuck = NEVER
    c.bad = NEVER
    if c.stuck != NEVER and c.news == 0:
        return
    c.stuck = NEVER
    if not simulate(c, first, c.frame):
        if c.done < fewest_received(c):
            c.raised = c.done
        else:
            c.stuck = c.done
            c.raised_predicted += 1


def run_frame(c: Any, count: int, now: int, want: int) -> int:
    """Take in `count` datagrams, start a new frame when `want` is 1 and there is room, write one datagram per remote (none
    when `want` is -1).

    `now` is a time in microseconds. Returns the sum of the flags above.

    The work of a call is bounded. With window w: at most w + 1 steps and w + 1 checksums, a copy of the state for each step
    and one more; with n datagrams that came in and r remote peers: n are decoded and r written, of at most
    MAX_DATAGRAM bytes and MOST_FRAMES frames each. (tests/rollback/test_bounded_work.py counts it.)
    """
    c.news = 0
    c.fresh = 0
    what = receive(c, count, now)
    if want > 0:
        if can_advance(c):
            commit(c, now)
            sample(c)
            what |= ADVANCED
        else:
            c.waits += 1
            what |= WAITING
    catch_up(c)
    checksum(c, min(fewest_received(c), c.done))
    if c.reveal != NEVER:
        show(c, now)
    if want >= 0:
        for i in range(c.remotes):
            if c.gone[c.remote[i]] == 0:
                give(c, i)
    if can_advance(c):
        what |= ROOM
    if c.sampled == SAMPLES:
        what |= SAMPLED
    if c.desync != NEVER:
        what |= DESYNC
    if c.raised != NEVER:
        what |= RAISED
    return what
