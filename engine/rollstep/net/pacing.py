"""When a frame is due: absolute deadlines in integer nanoseconds, so that no rounding and no late wake-up adds up."""

from __future__ import annotations

#: Frames that one call makes due, at most; and how late a deadline may be before it is given up.
MOST_AT_ONCE = 8
GIVE_UP_NS = 250_000_000
MAX_PPM = 10_000


class Pacer:
    """Deadlines of one session. `speed_ppm` changes the speed: by at most MAX_PPM for time sync, more to watch a replay."""

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self._next_ns = 0
        self._rest = 0  # of a nanosecond, that the deadline was rounded down by
        self.speed_ppm = 0

    @property
    def next_ns(self) -> int:
        """The next deadline."""
        return self._next_ns

    @property
    def period_ns(self) -> int:
        """The length of a frame at the present speed, rounded down."""
        return 10**15 // (self._fps * (10**6 + self.speed_ppm))

    def permille(self, now_ns: int) -> int:
        """How much of the time between the newest deadline that `due` counted and the next has passed, 0 to 1000."""
        return max(0, min(1000, 1000 - (self._next_ns - now_ns) * 1000 // self.period_ns))

    def start(self, now_ns: int) -> None:
        """The first frame is due now."""
        self._next_ns = now_ns

    def hold(self, frames: int) -> None:
        """Leave this many frames out."""
        self._move(frames)

    def due(self, now_ns: int) -> int:
        """How many deadlines have passed since the last call. After a long pause the lost time is given up."""
        if now_ns < self._next_ns:
            return 0
        period = self.period_ns
        if now_ns - self._next_ns > GIVE_UP_NS:
            self._next_ns = now_ns
        count = min((now_ns - self._next_ns) // period + 1, MOST_AT_ONCE)
        self._move(count)
        return count

    def _move(self, frames: int) -> None:
        """The deadline of so many frames later, what was rounded off included."""
        ns, self._rest = divmod(frames * 10**15 + self._rest, self._fps * (10**6 + self.speed_ppm))
        self._next_ns += ns
