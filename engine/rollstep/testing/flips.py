"""A bit of one peer's state turned over while it plays, to see a desync found and explained."""

from __future__ import annotations

import difflib
import re

from ..checks import in_range
from ..errors import UsageError
from ..rollback.flips import flip as flip_core
from ..session import P2P
from ..state import Layout

#: Fields that are named where one is not found.
MOST_NAMED = 3
_INDEX = re.compile(r"\[\d+\]")


def flip(match: P2P, where: str | int, bit: int = 0) -> int:
    """Invert one bit of a peer's newest confirmed state; the peer plays on from it. Returns the frame.

    where  a text is the path of one value, from the name of the state's struct on, as reports of desyncs have it:
           "World.ships[1].vel.x"; an int is the offset of a byte in the state. `rollstep audit --layout` shows both
    bit    of the value, from its lowest on (of a Fixed, bit 32 is worth 1); of a byte 0 to 7

        flip(peers[1], "World.ships[1].vel.x", 32)

    The other peers part from it at this frame, in this field. Raises UsageError for a field that is not there, with what is
    near, and before a frame is confirmed.
    """
    core = match._core
    if core is None:
        raise UsageError("flip(): the match has not begun")
    if not isinstance(where, str):
        in_range("where", where, 0, match.game.state_size - 1)
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
    raise UsageError(f"{path!r} is no field of a {layout.name}; near is {', '.join(_near(layout, path))} "
                     "(`rollstep audit --layout` shows all)")


def _near(layout: Layout, path: str) -> list[str]:
    """Fields that may be meant. Of an array the first stands for all: there may be a million."""
    names = list(dict.fromkeys(_INDEX.sub("[0]", name) for name, _, _ in layout.leaves()))
    path = _INDEX.sub("[0]", path)
    within = [name for name in names if name.startswith((f"{path}.", f"{path}[")) or name.endswith(f".{path}")]
    return (within or difflib.get_close_matches(path, names, MOST_NAMED) or names)[:MOST_NAMED]
