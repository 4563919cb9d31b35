"""Keeping peers at one frame: whoever runs ahead plays up to 1% slower, whoever lags up to 1% faster.

Half the difference between our lead over them and theirs over us is how far we are ahead, whatever the latency.
Of the samples of half a second the middle third counts, so that jitter and a lie of a few packets do not.
Whole frames are left out only in the first two seconds after a start or a stall, when nobody watches the beat yet.
(The way of Slippi; GGPO's sleeps are felt.)

Clocks differ for as long as a match lasts, so a speed that follows the lead alone would need a lead for ever: one frame
between clocks 1% apart. The part of the speed that was needed all the time is therefore kept (`_drift_ppb`): it grows with
each sample and fades with FADE. It must fade, as what is wrong on both sides alike (a rounding, a noise) would else slow both
down together, which neither can see.

A link that is slower one way than back shifts the frames by half of the difference, and nobody can measure that. It is also
right: both then wait, and predict, equally far.
"""

from __future__ import annotations

from collections.abc import Sequence

from .pacing import MAX_PPM

UNIT = 64  # leads are in 1/64 frame
SETTLING_NS = 2_000_000_000
#: Speed for each frame that we are ahead, and what is kept of it with each decision.
PPM_PER_FRAME = 5_000
KEPT_PPM_PER_FRAME = 600
#: Decisions in which what is kept fades to 1/e: about a minute.
FADE = 128
#: Frames left out after one start or stall, at most: whoever lies gets no more.
MOST_LEFT_OUT = 16


class TimeSync:
    """What follows from the leads that the core has noted."""

    def __init__(self, now_ns: int) -> None:
        self.settle(now_ns)
        self._drift_ppb = 0     # how much faster we must play than our clock says
        self.speed_ppm = 0

    def settle(self, now_ns: int) -> None:
        """Play starts, or goes on after a stall. The clocks are what they were."""
        self._settle_until_ns = now_ns + SETTLING_NS
        self._to_leave_out = MOST_LEFT_OUT

    def decide(self, samples: Sequence[Sequence[int]], now_ns: int) -> int:
        """Whole frames to leave out now (mostly 0). Sets `speed_ppm`.

        samples: for each remote peer, how far we were ahead in each of the last frames, in 1/64 frame

        Of several peers, frames are left out for the one furthest behind, and the speed keeps us in the middle between it and
        the one furthest ahead: a match that waited for the last one alone would be slowed by every noise.
        """
        aheads = [*map(_middle, samples)] or [0]
        last, first = max(aheads), min(aheads)
        left_out = min(last // UNIT, self._to_leave_out)
        if now_ns < self._settle_until_ns and left_out > 0:
            self._to_leave_out -= left_out
            self.speed_ppm = 0
            return left_out
        ahead = _rounded(last + first, 2)
        drift = self._drift_ppb
        drift -= _rounded(drift, FADE) + _rounded(1000 * KEPT_PPM_PER_FRAME * _within(ahead, UNIT), UNIT)
        self._drift_ppb = _within(drift, 1000 * MAX_PPM)
        self.speed_ppm = _within(_rounded(self._drift_ppb, 1000) - _rounded(PPM_PER_FRAME * ahead, UNIT), MAX_PPM)
        return 0


def _within(value: int, most: int) -> int:
    return max(-most, min(most, value))


def _rounded(value: int, by: int) -> int:
    """A quotient to the nearest, ties away from zero: what one peer finds is minus what the other does."""
    return (2 * abs(value) + by) // (2 * by) * (1 if value > 0 else -1)


def _middle(samples: Sequence[int]) -> int:
    """The mean of the middle third."""
    third = len(samples) // 3
    middle = sorted(samples)[third:len(samples) - third]
    return _rounded(sum(middle), len(middle))
