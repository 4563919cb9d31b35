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
        #: The next deadline.
        self.next_ns = 0
        #: The length of a frame at the present speed, rounded down.
        self.period_ns = 0
        self._rest = 0  # of a nanosecond, that the deadline was rounded down by
        self.speed_ppm = 0

    @property
    def speed_ppm(self) -> int:
        """How much faster than `fps` says, in millionths."""
        return self._speed_ppm

    @speed_ppm.setter
    def speed_ppm(self, value: int) -> None:
        self._speed_ppm = value
        self._whole = self._fps * (10**6 + value)               # of the rest
        self.period_ns, self._period_rest = divmod(10**15, self._whole)

    def permille(self, now_ns: int) -> int:
        """How much of the time between the newest deadline that `due` counted and the next has passed, 0 to 1000."""
        return max(0, min(1000, 1000 - (self.next_ns - now_ns) * 1000 // self.period_ns))

    def start(self, now_ns: int) -> None:
        """The first frame is due now."""
        self.next_ns = now_ns

    def hold(self, frames: int) -> None:
        """Leave this many frames out."""
        self._move(frames)

    def due(self, now_ns: int) -> int:
        """How many deadlines have passed since the last call. After a long pause the lost time is given up."""
        late = now_ns - self.next_ns
        if late < 0:
            return 0
        if late > GIVE_UP_NS:
            self.next_ns, late = now_ns, 0
        count = min(late // self.period_ns + 1, MOST_AT_ONCE)
        self._move(count)
        return count

    def _move(self, frames: int) -> None:
        """The deadline of so many frames later, what was rounded off included."""
        carry, self._rest = divmod(self._rest + frames * self._period_rest, self._whole)
        self.next_ns += frames * self.period_ns + carry
