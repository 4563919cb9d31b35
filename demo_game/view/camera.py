"""Where the screen is in the stage, and how it shakes. Both follow from the state alone."""

import math
from dataclasses import dataclass

from ..world import Effect
from .snapshot import Snapshot
from .window import WIDTH

#: Row of the canvas on which the feet stand.
FLOOR_ROW = 316
#: Frames and pixels of the shake after an effect.
_SHAKES: dict[Effect, tuple[int, float]] = {
    Effect.HEAVY_HIT: (14, 4.0),
    Effect.SLAM: (16, 4.5),
    Effect.KNOCK_OUT: (34, 7.0),
    Effect.CLASH: (12, 3.0),
}


@dataclass(frozen=True, slots=True)
class Camera:
    """The stage's x in the middle of the screen, and the shake in pixels."""

    x: float
    shake_x: int = 0
    shake_y: int = 0

    def column(self, x: float) -> int:
        """Canvas column of a place in the stage."""
        return round(x - self.x) + WIDTH // 2 + self.shake_x

    def row(self, y: float) -> int:
        """Canvas row of a height above the floor."""
        return FLOOR_ROW - round(y) + self.shake_y


def aim(first: float, second: float, half_width: int) -> float:
    """The middle of two fighters, held so that the screen does not leave the stage."""
    furthest = max(0, half_width - WIDTH // 2)
    return max(-furthest, min(furthest, (first + second) / 2))


def shake(shown: Snapshot) -> tuple[int, int]:
    """The shake of this frame: the strongest one, a decaying wobble."""
    x = y = 0.0
    for happening in shown.happenings:
        frames, strength = _SHAKES.get(happening.kind, (0, 0.0))
        if happening.age < frames:
            left = strength * (1 - happening.age / frames) ** 1.5
            wobble_x = left * math.sin(happening.age * 2.4 + 1) * 0.7
            wobble_y = left * math.cos(happening.age * 2.9)
            if abs(wobble_x) + abs(wobble_y) > abs(x) + abs(y):
                x, y = wobble_x, wobble_y
    return round(x), round(y)
