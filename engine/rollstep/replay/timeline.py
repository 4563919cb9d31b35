"""A replay as states: any frame's, computed from the inputs and held against the recorded chain."""

from __future__ import annotations

from ..checks import in_range
from ..compile import Way
from ..errors import InternalError
from ..game import Game
from ..state import chain
from .compatible import belongs, rules_changed
from .reader import Replay

#: Frames between two kept states at first, and the memory that they may take; when it is full, every other one goes.
KEEP_EVERY = 60
KEPT_BYTES = 64 << 20
#: Going back keeps what lies between two of these as well, in as much more memory, so that the next step back is a short one.
NEAR_BYTES = 16 << 20


class Timeline:
    """The frames of a replay, of which one is the present: `state` is the state before step `frame`, in place.

    frames           that can be shown: all of the file's, up to one whose step raises
    every            frames between two kept states: to go to a frame that was computed before costs fewer steps than that, and
                     to go back frame by frame hardly any
    proved           every state up to this frame is what was recorded
    diverged_at      the first recorded chain that these rules do not lead to; the states part after `proved`, and at the
                     latest here. None while all fit
    error            what the step raised, which it did not when the match was played; None otherwise
    rules_changed    whether the rules are not those that the match was recorded with

    Raises IncompatibleReplay for a replay of another game, layout or content, MalformedReplay for an input that
    nobody can press, and what init raises.
    """

    def __init__(self, game: Game, replay: Replay, way: Way = "compiled") -> None:
        belongs(game, replay)
        self.rules_changed = rules_changed(game, replay)
        self._replay = replay
        self._runner = game.runner(way, players=replay.header.players, seed=replay.header.seed)
        self._pad = bytes(game.row_size - replay.row_size)
        self.state = bytearray(self._runner.start())
        self.frame, self.frames, self.every = 0, replay.frames, KEEP_EVERY
        self.proved = 0
        self.diverged_at: int | None = None
        self.error: Exception | None = None
        self._chain = 0
        self._kept: dict[int, tuple[bytes, int]] = {0: (bytes(self.state), 0)}
        self._near: dict[int, tuple[bytes, int]] = {}

    def go_to(self, frame: int) -> None:
        """Make a frame the present, or the last one before a step that raises. What was not computed yet is, once.

        frame is 0 to the number of frames in the file; UsageError for another.
        """
        in_range("frame", frame, 0, self._replay.frames)
        back = frame < self.frame
        nearest = min(frame // self.every, len(self._kept) - 1) * self.every
        near = max((f for f in self._near if f <= frame), default=0)
        if not max(nearest, near) <= self.frame <= frame:
            state, self._chain = self._near[near] if near > nearest else self._kept[nearest]
            self.state[:], self.frame = state, max(nearest, near)
        if back and near <= nearest:
            self._fill(frame)
        while self.frame < min(frame, self.frames):
            boundary = (self.frame // self.every + 1) * self.every
            self._run(min(frame, boundary) - self.frame)

    def _fill(self, frame: int) -> None:
        """Run from a kept state up to this frame, which was computed before, and keep states on the way."""
        stride = -(-(frame - self.frame) * len(self.state) // NEAR_BYTES)
        self._near = {}
        while self.frame < min(frame, self.frames):
            self._run(min(stride, frame - self.frame))
            self._near[self.frame] = bytes(self.state), self._chain

    def row(self, frame: int) -> bytes:
        """The inputs of a frame as the step takes them."""
        return self._replay.row(frame) + self._pad

    def _run(self, count: int) -> None:
        """So many frames; when the step raises in one of them, those before it, and it is the last for good."""
        rows = b"".join(self.row(f) for f in range(self.frame, self.frame + count))
        before = bytes(self.state)
        try:
            sums = self._runner.run(self.state, rows, self.frame, count)
        except InternalError:
            raise
        except Exception as error:  # whatever the game raises: these rules do not lead there
            self.state[:] = before
            if count > 1:
                for _ in range(count):
                    if self.error is None:
                        self._run(1)
            else:
                self.error, self.frames = error, self.frame
                self._diverged(self.frame + 1)
            return
        for checksum in sums:
            self._note(checksum)
        self._keep()

    def _note(self, checksum: int) -> None:
        """One frame was computed: its checksum, and what was recorded."""
        self.frame += 1
        self._chain = chain(self._chain, checksum)
        recorded = self._replay.chains.get(self.frame)
        if recorded == self._chain:
            self.proved = max(self.proved, self.frame)
        elif recorded is not None:
            self._diverged(self.frame)

    def _diverged(self, frame: int) -> None:
        self.diverged_at = frame if self.diverged_at is None else min(self.diverged_at, frame)

    def _keep(self) -> None:
        """Keep the present state if it is one of those that are kept: the multiples of `every`, without a gap."""
        if self.frame % self.every or self.frame in self._kept:
            return
        self._kept[self.frame] = bytes(self.state), self._chain
        if len(self._kept) * len(self.state) > KEPT_BYTES:
            self.every *= 2
            self._kept = {f: kept for f, kept in self._kept.items() if f % self.every == 0}
