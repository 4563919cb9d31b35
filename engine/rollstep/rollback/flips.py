"""A bit of a running core turned over, as a cosmic ray or a bad module of memory would: for tests of desyncs, and for demos."""

from __future__ import annotations

from ..checks import in_range
from ..errors import UsageError
from .arena import PLACES
from .core import Core


def flip(core: Core, at: int, bit: int, now_us: int) -> int:
    """Invert a bit of byte `at` in the newest confirmed state and simulate on from there; that frame.

    The peer really is in such a state from then on: no rollback heals it. The checksum of the frame is taken again, so it is
    the first that differs from other peers', and in nothing but this bit. Raises UsageError before a frame is confirmed.
    """
    in_range("at", at, 0, core.game.state_size - 1)
    in_range("bit", bit, 0, 7)
    f, size = core.confirmed, core.game.state_size
    if f == 0:
        raise UsageError("there is no confirmed frame yet whose state could be changed")
    place, state = core._number("place", f % PLACES), core._number("state_at")
    core._bytes[place + at] ^= 1 << bit
    core.numbers[core._at["summed"]] = f - 1
    core.numbers[core._at["bad"]] = min(core._number("bad"), f)
    if core.simulated == f:     # nothing is simulated again: the snapshot is the state
        core._bytes[state:state + size] = core._bytes[place:place + size]
    core.exchange(now_us, -1)
    return f
