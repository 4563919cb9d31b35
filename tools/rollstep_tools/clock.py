"""A clock that runs faster than the world: `rollstep match --fast`."""

from __future__ import annotations

import time


class ScaledClock:
    """`speed` seconds pass in one. A `Clock` for sessions, and the proxy's time, so that the network scales along."""

    def __init__(self, speed: int) -> None:
        self.speed = speed

    def now_ns(self) -> int:
        return time.monotonic_ns() * self.speed

    def seconds(self, duration_ns: int) -> float:
        return duration_ns / (1e9 * self.speed)
