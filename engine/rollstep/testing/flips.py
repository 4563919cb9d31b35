"""A bit of one peer's state turned over while it plays, to see a desync found and explained."""

from __future__ import annotations

from ..checks import in_range
from ..errors import UsageError
from ..rollback.flips import flip as flip_core
from ..session import P2P
from ..state import Layout


def flip(match: P2P, where: str | int, bit: int = 0) -> int:
    """Invert one bit of a peer's newest confirmed state; the peer plays on from it. Returns the frame.

    where  a field such as "World.ships[1].vel.x", or a byte of the state
    bit    of the field, from its lowest on; of a byte 0 to 7

    The other peers part from it at this frame, in this field. Raises UsageError for a field that is not there, and
    before a frame is confirmed.
    """
    core = match._core
    if core is None:
        raise UsageError("flip(): the match has not begun")
    at, size = place_of(match.game.state.layout, where) if isinstance(where, str) else (where, 1)
    in_range("bit", bit, 0, 8 * size - 1)
    return flip_core(core, at + bit // 8, bit % 8, match._clock.now_ns() // 1000)


def place_of(layout: Layout, path: str) -> tuple[int, int]:
    """(offset, bytes) of a value by its path. Raises UsageError."""
    for name, kind, at in layout.leaves():
        if path == name:
            return at, kind.size
        if kind.code == "vec2" and path in (f"{name}.x", f"{name}.y"):
            return at + 8 * path.endswith(".y"), 8
    raise UsageError(f"{path!r} is no field of a {layout.name}: they are called as `rollstep audit --layout` and reports of "
                     "desyncs call them")
