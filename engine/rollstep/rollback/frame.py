"""One frame of one peer: packets in, rollback, resimulation, the new frame, checksums, packets out.

`run_frame` is the one call per frame. Like a game's step, these functions are rewritten (source.py) and run
compiled, or as plain Python over the same bytes. `c` is the arena (arena.py).
"""

from __future__ import annotations

from typing import Any

from ..state.memory import chain_round, digest, get8, move, put8, put64
from ..wire.input_packet import PEER_SUMS, RING, SUMS, UNACKED, give, take
from .arena import NEVER, ROWS
from .memory import run_step

ADVANCED, WAITING, REFUSED, DESYNC, RAISED = 1, 2, 4, 8, 16


def predict(c: Any, f: int) -> None:
    """Fill the row of frame f for the players whose input is not known: they keep doing what they did."""
    pad = c.input_size
    row = c.inputs_at + (f & (RING - 1)) * c.row_size
    before = c.inputs_at + ((f - 1) & (RING - 1)) * c.row_size
    for p in range(c.players):
        if f >= c.got[p]:
            for b in range(p * pad, p * pad + pad):
                put8(c, row + b, get8(c, before + b))


def snapshot_at(c: Any, f: int) -> int:
    return c.snapshots_at + f % c.slots * c.slot_size


def simulate(c: Any, first: int, last: int) -> bool:
    """Steps first..last-1. False when one raised: the state is then the one before it, whole."""
    for f in range(first, last):
        predict(c, f)
        put64(c, c.tick_at, f)
        if run_step(c, c.inputs_at + (f & (RING - 1)) * c.row_size) != 0:
            move(c, c.state_at, snapshot_at(c, f), c.state_size)
            c.done = f
            return False
        move(c, snapshot_at(c, f + 1), c.state_at, c.state_size)
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
        c.sums[f & (SUMS - 1)] = value
        c.chains[f & (SUMS - 1)] = chain_round(c.chains[(f - 1) & (SUMS - 1)], value)
        c.summed = f
        for p in range(c.players):
            compare(c, p, f)


def fewest_received(c: Any) -> int:
    """Frames that are known of every remote player."""
    least = NEVER
    for p in range(c.players):
        if p != c.me:
            least = min(least, c.got[p])
    return least


def fewest_acknowledged(c: Any) -> int:
    """Own frames that every remote player has."""
    least = c.got[c.me]
    for p in range(c.players):
        if p != c.me:
            least = min(least, c.ack[p])
    return least


def can_advance(c: Any) -> bool:
    """Whether a new frame may start: the prediction window and the resend window leave room, and nothing is stuck."""
    return (c.done == c.frame and c.frame - fewest_received(c) < c.window
            and c.got[c.me] - fewest_acknowledged(c) < UNACKED)


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
    """The local input becomes that of frame + delay, for good."""
    pad = c.input_size
    f = c.got[c.me]
    for b in range(pad):
        put8(c, c.inputs_at + (f & (RING - 1)) * c.row_size + c.me * pad + b, get8(c, c.pad_at + b))
    c.sent_at[f & (RING - 1)] = now
    c.got[c.me] = f + 1
    c.frame += 1


def catch_up(c: Any) -> None:
    """Roll back to the first wrong frame, and simulate up to the newest: one loop for both."""
    first = c.done
    if c.bad < first:
        first = c.bad
        c.rollbacks += 1
        c.deepest = max(c.deepest, c.done - first)
        c.resimulated += c.done - first
        move(c, c.state_at, snapshot_at(c, first), c.state_size)
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
    """Take in `count` datagrams, start a new frame when `want` is 1 and there is room, write one datagram per remote.

    `now` is a time in microseconds. Returns the sum of the flags above.
    """
    c.news = 0
    what = receive(c, count, now)
    if want != 0:
        if can_advance(c):
            commit(c, now)
            what |= ADVANCED
        else:
            c.waits += 1
            what |= WAITING
    catch_up(c)
    checksum(c, min(fewest_received(c), c.done))
    for p in range(c.players):
        if p != c.me:
            give(c, p)
    if c.desync != NEVER:
        what |= DESYNC
    if c.raised != NEVER:
        what |= RAISED
    return what
