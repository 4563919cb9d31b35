"""Keeping peers at one frame: whoever runs ahead plays up to 1% slower, whoever lags up to 1% faster.

Half the difference between our lead over them and theirs over us is how far we are ahead, whatever the latency.
Of the samples of half a second the middle third counts, so that jitter and a lie of a few packets do not.
Whole frames are left out only in the first two seconds after a start or a stall, when nobody watches the beat yet.
(The way of Slippi; GGPO's sleeps are felt.)
"""

from __future__ import annotations

from collections.abc import Sequence

from .pacing import MAX_PPM

UNIT = 64  # leads are in 1/64 frame
SETTLING_NS = 2_000_000_000


class TimeSync:
    """What follows from the leads that the core has noted."""

    def __init__(self, now_ns: int) -> None:
        self._settle_until_ns = now_ns + SETTLING_NS
        self.speed_ppm = 0

    def settle(self, now_ns: int) -> None:
        """Play starts anew after a stall."""
        self._settle_until_ns = now_ns + SETTLING_NS

    def decide(self, samples: Sequence[Sequence[int]], now_ns: int) -> int:
        """Whole frames to leave out now (mostly 0). Sets `speed_ppm`.

        samples: for each remote peer, how far we were ahead in each of the last frames, in 1/64 frame
        """
        ahead = max(map(_middle, samples), default=0)
        if now_ns < self._settle_until_ns and ahead >= UNIT:
            self.speed_ppm = 0
            return ahead // UNIT
        self.speed_ppm = max(-MAX_PPM, min(MAX_PPM, -ahead * MAX_PPM // UNIT))
        return 0


def _middle(samples: Sequence[int]) -> int:
    """The mean of the middle third."""
    third = len(samples) // 3
    middle = sorted(samples)[third:len(samples) - third]
    return sum(middle) // len(middle)
