"""`Playback`: a replay to watch, at any speed, forward and back.

    with playback("duel.rsr", game) as film:
        while window.open:
            film.wait()
            for _ in range(film.due()):
                film.advance()
            draw(film.state, film.inputs)
            if slider.moved:
                film.seek(slider.frame)
            if key == "left":
                film.paused = True
                film.step_back()        # and advance() to the right

Phases: playing <-> paused, over at the last frame (seek or a pause do not need it to be otherwise), and closed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..checks import in_range
from ..compile import Way, check_way
from ..errors import UsageError
from ..game import Game
from ..net.events import Event
from ..replay import Header, Replay, Timeline, read_replay
from .offline import Offline, stats_without_network
from .stats import SessionStats
from .transport import Clock

#: Speeds in percent, as `speed_percent` takes them.
SLOWEST, FASTEST = 1, 800


class Playback(Offline):
    """See the module's text, and `playback` for the arguments."""

    def __init__(self, replay: Replay, game: Game, *, clock: Clock | None, way: Way) -> None:
        super().__init__(game, clock)
        self._replay = replay
        self._timeline = Timeline(game, replay, check_way(way))
        self.state: Any = game.state.view(self._timeline.state, readonly=True)
        self.players = replay.header.players
        self._speed_percent = 100
        self._closed = False

    # ------------------------------------------------------------------ the verbs

    @property
    def phase(self) -> str:
        """playing, paused, over (no frame is left) or closed."""
        if self._closed:
            return "closed"
        if self.frame >= self._timeline.frames:
            return "over"
        return "paused" if self.paused else "playing"

    def poll(self) -> list[Event]:
        """Nothing ever happens in a replay but frames; here so that a loop can be the same as in a match."""
        return []

    def due(self) -> int:
        """Frames to advance now, never more than are left; at a higher speed several."""
        return min(super().due(), self._timeline.frames - self.frame)

    def advance(self) -> bool:
        """One frame, also while paused (to look at a match frame by frame). False when none is left."""
        if self.phase in ("over", "closed"):
            return False
        before = self.frame
        self._timeline.go_to(before + 1)
        return self.frame > before

    def step_back(self) -> bool:
        """The frame before, also while paused: what `advance` has done is undone. False at the first one, and when closed."""
        if self.phase == "closed" or self.frame == 0:
            return False
        self._timeline.go_to(self.frame - 1)
        self._skip_effects()
        return True

    def seek(self, frame: int) -> None:
        """Show the state before this frame, 0 to `frames`; a pause stays one.

        Back, or to where it was before, takes a few steps: fewer than 60, until 64 MiB of states are kept; then they lie twice
        as far apart, and so on. Another 16 MiB hold what the last way back went over, for short steps back. Ahead for the first
        time, every frame in between is computed and held against what was recorded. Raises UsageError for another frame.
        """
        if self._closed:
            raise UsageError("seek() in a replay that was closed")
        self._timeline.go_to(frame)
        self._skip_effects()
        self._restart()

    def close(self) -> None:
        """The end. May be called twice."""
        self._closed = True

    # ------------------------------------------------------------------ the facts

    @property
    def frame(self) -> int:
        """The frame of the state that `state` shows."""
        return self._timeline.frame

    @property
    def confirmed(self) -> int:
        """Frames that nothing can change any more: all that are shown."""
        return self.frame

    @property
    def stats(self) -> SessionStats:
        """The figures of watching: those of a network are 0."""
        return stats_without_network(self.frame, self.players)

    @property
    def frames(self) -> int:
        """Frames in the replay."""
        return self._replay.frames

    @property
    def speed_percent(self) -> int:
        """100 is the speed of the match; 25, 50, 200, 400: exact ratios of it. 1 to 800."""
        return self._speed_percent

    @speed_percent.setter
    def speed_percent(self, value: int) -> None:
        in_range("speed_percent", value, SLOWEST, FASTEST)
        now = self._clock.now_ns()
        rest = max(0, self._pacer.next_ns - now)
        self._pacer.start(now + rest * self._speed_percent // value)  # what is left of this frame, at the new speed
        self._pacer.speed_ppm = (value - 100) * 10_000
        self._speed_percent = value

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What each player presses in the frame that comes next (at the end: pressed in the last), as `game.input` views."""
        if not self.frames:
            return tuple(self.game.input() for _ in range(self.players))
        row = self._timeline.row(min(self.frame, self.frames - 1))
        return tuple(self.game.input.view(row, p * self.game.input_size, readonly=True) for p in range(self.players))

    @property
    def header(self) -> Header:
        """What the file says about its match."""
        return self._replay.header

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the recording program kept in it."""
        return self._replay.metadata

    @property
    def truncated(self) -> bool:
        """Whether the file ends in the middle, as that of a killed process does; what is there can be watched."""
        return self._replay.cut_at is not None

    @property
    def rules_changed(self) -> bool:
        """Whether the game's rules are not those of the recording; `diverged_at` tells if that matters."""
        return self._timeline.rules_changed

    @property
    def proved(self) -> int:
        """Every state up to this frame, of those shown so far, is what was recorded."""
        return self._timeline.proved

    @property
    def diverged_at(self) -> int | None:
        """The first recorded checksum that these rules do not lead to; None as long as all fit.

        The states part after `proved`, at the latest here: what is shown from there on did not happen.
        """
        return self._timeline.diverged_at

    @property
    def error(self) -> Exception | None:
        """What the step raised, if it does in a frame where the match went on: the replay is over there."""
        return self._timeline.error


def playback(replay: Replay | str | os.PathLike[str], game: Game, *, clock: Clock | None = None,
             way: Way = "compiled") -> Playback:
    """Watch a replay, given as read by `read_replay` or as a path (a file that was cut is shown up to there).

    Raises IncompatibleReplay when it is of another game, layout or content; other rules are taken, see
    `Playback.rules_changed`. Raises what `read_replay` raises for a path. Compiles what is needed (see `on_progress`).
    """
    if not isinstance(replay, Replay):
        replay = read_replay(replay, allow_truncated=True)
    return Playback(replay, game, clock=clock, way=way)
