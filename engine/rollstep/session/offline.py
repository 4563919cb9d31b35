"""What `Local` and `Playback` have alike: a clock and deadlines without a network, and a pause."""

from __future__ import annotations

from ..game import Game
from ..io.clock import SystemClock, sleep
from ..net.pacing import Pacer
from .effects import WithEffects
from .shared import Closing, limited
from .stats import SessionStats
from .transport import Clock

#: How long wait() sleeps when no frame will be due, so that a window stays awake.
IDLE_NS = 30_000_000


class Offline(Closing, WithEffects):
    """A session of one machine. Each kind says what its `phase` is; frames are due while that is "playing"."""

    def __init__(self, game: Game, clock: Clock | None) -> None:
        self.game = game
        self._clock = clock if clock is not None else SystemClock()
        self._pacer = Pacer(game.fps)
        self._pacer.start(self._clock.now_ns())
        self._paused = False

    @property
    def phase(self) -> str:
        """What the session does."""
        raise NotImplementedError

    def wait(self, at_most_s: float | None = None) -> None:
        """Sleep until a frame is due; when none will be, for 30 ms.

        at_most_s  seconds, for a loop that also draws between two frames
        """
        now = self._clock.now_ns()
        if self.phase != "closed":
            sleep(limited(self._clock.seconds(self._wake_ns(now) - now), at_most_s))

    @property
    def wake_ns(self) -> int:
        """When poll() and due() are to be called next, by the session's clock: for an event loop of your own in place of
        wait()."""
        return self._wake_ns(self._clock.now_ns())

    def _wake_ns(self, now: int) -> int:
        next_ns = self._pacer.next_ns
        asked = now < next_ns + 2 * self._pacer.period_ns  # else nobody asks for frames any more
        return next_ns if self.phase == "playing" and asked else now + IDLE_NS

    def due(self) -> int:
        """Frames to advance now: mostly 0 or 1; 0 whenever the phase is not "playing"."""
        return self._pacer.due(self._clock.now_ns()) if self.phase == "playing" else 0

    @property
    def paused(self) -> bool:
        """Set it to stand still, as behind a menu: no frame is due. No time is caught up with afterwards."""
        return self._paused

    @paused.setter
    def paused(self, value: bool) -> None:
        if self._paused and not value:
            self._restart()
        self._paused = bool(value)

    @property
    def fraction(self) -> float:
        """How much of the newest frame's time has passed, 0 to 1; 1 while no frame starts. For drawing between two frames."""
        return self._pacer.permille(self._clock.now_ns()) / 1000 if self.phase == "playing" else 1.0

    def _restart(self) -> None:
        """Deadlines begin anew, with a frame that is due at once: `fraction` was 1, so nothing jumps."""
        self._pacer.start(self._clock.now_ns())


def stats_without_network(frames: int, players: int) -> SessionStats:
    """The figures of a session of one machine: those of a network are 0."""
    nothing = (0,) * players
    return SessionStats(frames=frames, confirmed=frames, rtt_ms=nothing, ahead_frames=nothing, silent_ms=nothing,
                        received=(frames,) * players)
