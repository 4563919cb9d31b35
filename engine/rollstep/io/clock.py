"""The clock of real play."""

from __future__ import annotations

import time


def sleep(seconds: float) -> None:
    """Let the process sleep; not at all for 0 or less."""
    if seconds > 0:
        time.sleep(seconds)


class SystemClock:
    """The monotonic clock."""

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def seconds(self, duration_ns: int) -> float:
        """How long to sleep for a duration of this clock."""
        return duration_ns / 1e9
