"""Where things are drawn: on their way between two frames, and without a jump when a rollback has put them elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UsageError
from .between import shorter


class Motion:
    """Things that move, as rows of numbers: give it each simulated frame, and ask where they are drawn.

    The newest frame is where things are; the screen shows them on the way there from the frame before. What a rollback has
    changed is not jumped to: a thing goes on from where it was drawn, as fast as it was, and the difference shrinks from
    frame to frame.

    snap     no way is longer than this, in any direction and in units of the values: what is further away is drawn there
             at once
    keep     what is left of a difference from one frame to the next, 0 to less than 1; at 60 frames a second 0.65 hides most
             corrections within 100 ms
    least    a difference below this is dropped: what nobody sees
    fastest  no thing is expected to go on faster than this, per frame and direction
    lowest   no correction takes a value below this (a floor), a number or one for each column
    turns    the values are angles in radians: they go the shorter way round

    For drawing: it computes with floats, and nothing of it may come back into a state. A frame takes
    50 to 75 µs, of a thousand things 75 to 135.
    """

    def __init__(self, *, snap: float, keep: float = 0.65, least: float = 0.0, fastest: float = float("inf"),
                 lowest: float | Sequence[float] = float("-inf"), turns: bool = False) -> None:
        for name, value, good in (("snap", snap, snap > 0), ("keep", keep, 0 <= keep < 1), ("least", least, least >= 0),
                                  ("fastest", fastest, fastest >= 0)):
            if not good:
                wants = {"snap": "more than 0", "keep": "0 to less than 1"}.get(name, "0 or more")
                raise UsageError(f"{name}={value!r}: give {wants}")
        self._snap, self._keep, self._least, self._fastest = snap, keep, least, fastest
        self._lowest = np.asarray(lowest, float)
        self._wrap = shorter if turns else np.asarray
        self.reset()

    def reset(self) -> None:
        """What comes next has nothing to do with what was: a seek, another match."""
        self._frame: int | None = None
        self._keys: Any = np.zeros(0, np.int64)

    def observe(self, frame: int, values: Any, keys: Any = None, *, corrected: bool = False, placed: Any = False) -> None:
        """Take the newest frame; one that was simulated again is observed again.

        frame      its number
        values     an array of numbers, (things, columns) or (things,)
        keys       who each thing is: an array of ints, (things,) or (things, columns), no two rows alike. One that was not
                   there before is drawn where it is. Without keys, things are known by their places
        corrected  a rollback has changed what this frame follows from
        placed     by thing, or for all: put here by the rules, from where it was drawn the way is smoothed
        """
        true = np.array(values, float, ndmin=2) if np.ndim(values) != 1 else np.array(values, float)[:, None]
        self._flat = np.ndim(values) == 1
        keys = np.arange(len(true)) if keys is None else np.array(keys)
        if len(keys) != len(true):
            raise UsageError(f"observe: {len(keys)} keys for {len(true)} things; give one for each")
        moved = self._frame is not None and frame > self._frame
        self._match(true, keys)
        self._frame, self._keys = frame, keys
        if moved:
            self._before = self._now
        put: Any = np.broadcast_to(np.asarray(placed, bool), len(true))[:, None] if np.any(placed) else None
        if put is not None:
            self._speed = np.where(put, 0.0, self._speed)
        if corrected or put is not None:
            rest = self._wrap(self._before + self._speed - true)
            rest = np.where((np.abs(rest) > self._snap).any(1)[:, None], 0.0, rest)
            self._rest = rest if corrected else np.where(put, rest, self._rest)
        if moved and not corrected:
            speed = np.minimum(np.maximum(self._wrap(true - self._true), -self._fastest), self._fastest)
            self._speed = speed if put is None else np.where(put, 0.0, speed)
        if moved or corrected or put is not None:
            self._wear_off(None if moved or corrected else put)
        self._true = true
        self._now = np.maximum(true + self._rest, np.minimum(true, self._lowest))
        way = np.abs(self._wrap(self._now - self._before))
        if way.size and way.max() > self._snap:
            self._before = np.where((way > self._snap).any(1)[:, None], self._now, self._before)

    def _wear_off(self, which: Any) -> None:
        """Less of what is left, of all or of some."""
        if self._rest.any():
            rest = self._rest * self._keep
            rest[np.abs(rest) < self._least] = 0.0
            self._rest = rest if which is None else np.where(which, rest, self._rest)

    def at(self, fraction: float) -> Any:
        """Where to draw each thing at this time between the last two frames, 0 to 1 (as a session's `fraction`; 1 is the newest
        frame): an array of the shape of the values.
        """
        if self._frame is None:
            raise UsageError("at: no frame was observed yet")
        if fraction >= 1:
            shown = self._now
        else:
            shown = self._before + self._wrap(self._now - self._before) * max(0.0, fraction)
        return shown[:, 0].copy() if self._flat else shown.copy()

    def _match(self, true: Any, keys: Any) -> None:
        """Bring the rows into the order of these keys. A new one is where it is, at rest."""
        if self._frame is not None and self._now.shape == true.shape and np.array_equal(self._keys, keys):
            return
        old = {} if self._frame is None else {_key(key): row for row, key in enumerate(self._keys.tolist())}
        rows = np.array([old.get(_key(key), -1) for key in keys.tolist()], np.int64)
        known = rows >= 0
        nothing = np.zeros_like(true)
        for name, fresh in (("_before", true), ("_now", true), ("_true", true), ("_rest", nothing), ("_speed", nothing)):
            made = fresh.copy()
            if known.any():
                made[known] = getattr(self, name)[rows[known]]
            setattr(self, name, made)

    _before: Any    # what was drawn when the newest frame came
    _now: Any       # the newest frame with what is left of a difference
    _true: Any      # the newest frame
    _rest: Any      # from there to what is drawn
    _speed: Any     # of the last frame that nothing had changed


def _key(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key
