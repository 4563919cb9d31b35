"""Keeping peers at one frame: whoever runs ahead plays up to 1% slower, whoever lags up to 1% faster.

Half the difference between our lead over them and theirs over us is how far we are ahead, whatever the latency.
Of the samples of half a second the middle third counts, so that jitter and a lie of a few packets do not.
Whole frames are left out only in the first two seconds after a start or a stall, when nobody watches the beat yet.
(The way of Slippi; GGPO's sleeps are felt.)
"""

from __future__ import annotations

from .pacing import MAX_PPM

UNIT = 64  # leads are in 1/64 frame
#: A lead that a peer reports is believed up to this many frames.
BELIEVED_FRAMES = 16
SAMPLES = 30
SETTLING_NS = 2_000_000_000


class TimeSync:
    """Samples per remote, and what follows from them."""

    def __init__(self, remotes: list[int], now_ns: int) -> None:
        self._samples: dict[int, list[int]] = {p: [] for p in remotes}
        self._settle_until_ns = now_ns + SETTLING_NS
        self.speed_ppm = 0

    def settle(self, now_ns: int) -> None:
        """Play starts anew after a stall."""
        self._settle_until_ns = now_ns + SETTLING_NS
        for samples in self._samples.values():
            samples.clear()

    def sample(self, player: int, lead: int, their_lead: int) -> None:
        """One frame's leads over a player and of that player over us, in 1/64 frame."""
        most = BELIEVED_FRAMES * UNIT
        theirs = max(-most, min(most, their_lead))
        self._samples[player].append((max(-most, min(most, lead)) - theirs) // 2)

    def decide(self, now_ns: int) -> int:
        """Whole frames to leave out now (mostly 0). Sets `speed_ppm` when the samples suffice."""
        if not self._samples or any(len(samples) < SAMPLES for samples in self._samples.values()):
            return 0
        ahead = max(_middle(samples) for samples in self._samples.values())
        for samples in self._samples.values():
            samples.clear()
        if now_ns < self._settle_until_ns and ahead >= UNIT:
            self.speed_ppm = 0
            return ahead // UNIT
        self.speed_ppm = max(-MAX_PPM, min(MAX_PPM, -ahead * MAX_PPM // UNIT))
        return 0


def _middle(samples: list[int]) -> int:
    """The mean of the middle third."""
    third = len(samples) // 3
    middle = sorted(samples)[third:len(samples) - third]
    return sum(middle) // len(middle)
