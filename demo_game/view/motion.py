"""Between two frames, and after a wrong prediction: where a fighter is shown.

The newest observed frame is where things are; the screen shows them on the way there from the frame before. When a
rollback moves a fighter farther than it can move in a frame, it is shown catching up in a few frames.
"""

from dataclasses import dataclass

from ..world import Phase
from .snapshot import Snapshot

Place = tuple[float, float]

#: What a fighter can plausibly move in a frame; more than that is a correction.
PLAUSIBLE_PIXELS = 16.0
#: A correction beyond this is shown at once: the fighter was put somewhere else.
SNAP_PIXELS = 120.0


@dataclass(slots=True)
class _Track:
    before: Place = (0.0, 0.0)      # what was shown when the newest frame came
    now: Place = (0.0, 0.0)         # the newest frame with what is left of a correction


class Motion:
    """The shown places of both fighters."""

    def __init__(self) -> None:
        self._tracks = (_Track(), _Track())
        self._last: Snapshot | None = None

    def observe(self, new: Snapshot) -> None:
        """Take the newest frame."""
        last, self._last = self._last, new
        cut = (last is None or new.round != last.round or new.frame < last.frame - 60
               or (new.phase == Phase.INTRO) != (last.phase == Phase.INTRO))
        for track, fighter in zip(self._tracks, new.fighters, strict=True):
            true = (fighter.x, fighter.y)
            if cut:
                track.before = track.now = true
                continue
            assert last is not None
            repaired = new.frame <= last.frame
            if not repaired:
                track.before = track.now
            track.now = _approach(track.before, true, max(1, new.frame - last.frame))

    def place(self, player: int, fraction: float) -> Place:
        """Where to draw a fighter at this time between the two frames."""
        track = self._tracks[player]
        (ax, ay), (bx, by) = track.before, track.now
        return ax + (bx - ax) * fraction, ay + (by - ay) * fraction


def _approach(shown: Place, true: Place, frames: int) -> Place:
    """`true`, or half way to it, and no less than a fighter can move, when it is too far for the frames that passed."""
    dx, dy = true[0] - shown[0], true[1] - shown[1]
    distance = max(abs(dx), abs(dy))
    step = max(PLAUSIBLE_PIXELS * frames, distance / 2)
    if distance <= step or distance > SNAP_PIXELS:
        return true
    return shown[0] + dx * step / distance, shown[1] + dy * step / distance
