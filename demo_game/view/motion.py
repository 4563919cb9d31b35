"""Between two frames, and after a wrong prediction: where a fighter is shown.

The newest observed frame is where things are; the screen shows them on the way there from the frame before. What a
rollback changes is not jumped to: a fighter goes on from where it was shown, and loses the difference in a few frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..world import Act, Phase
from .snapshot import Snapshot

Place = tuple[float, float]

#: What is left of a difference from one frame to the next.
KEEP = 0.65
#: A difference beyond this is shown at once: the fighter was put somewhere else.
SNAP_PIXELS = 120.0
#: Below this nobody sees a difference.
_NOTHING = 0.5
#: Nothing in the game is faster, per frame and direction.
_FASTEST = 13.0


@dataclass(slots=True)
class _Track:
    before: Place = (0.0, 0.0)      # what was shown when the newest frame came
    now: Place = (0.0, 0.0)         # the newest frame with what is left of a difference
    true: Place = (0.0, 0.0)        # the newest frame
    rest: Place = (0.0, 0.0)        # from there to what is shown
    speed: Place = (0.0, 0.0)       # of the last frame that nothing had changed


class Motion:
    """The shown places of both fighters."""

    def __init__(self) -> None:
        self._tracks = (_Track(), _Track())
        self._last: Snapshot | None = None

    def observe(self, new: Snapshot, places: Sequence[Place], *, corrected: bool = False) -> None:
        """Take the newest frame and where its fighters are; `corrected`: a rollback has changed what it follows from."""
        last, self._last = self._last, new
        if (last is None or new.round != last.round or new.frame < last.frame - 60
                or (new.phase == Phase.INTRO) != (last.phase == Phase.INTRO)):
            self._tracks = (_Track(places[0], places[0], places[0]), _Track(places[1], places[1], places[1]))
            return
        for player, (track, true) in enumerate(zip(self._tracks, places, strict=True)):
            if new.frame > last.frame:
                track.before = track.now
            # the rules leave a thrown body where it stood, and put it somewhere when the throw is over
            let_go = last.fighters[player].act == Act.THROWN != new.fighters[player].act
            if corrected or let_go:
                speed = (0.0, 0.0) if let_go else track.speed
                rest = (track.before[0] + speed[0] - true[0], track.before[1] + speed[1] - true[1])
                track.rest = rest if max(map(abs, rest)) <= SNAP_PIXELS else (0.0, 0.0)
            else:
                track.speed = (_limited(true[0] - track.true[0]), _limited(true[1] - track.true[1]))
            track.rest = (_less(track.rest[0]), _less(track.rest[1]))
            track.true = true
            track.now = (true[0] + track.rest[0], max(0.0, true[1] + track.rest[1]))

    def place(self, player: int, fraction: float) -> Place:
        """Where to draw a fighter at this time between the two frames."""
        track = self._tracks[player]
        (ax, ay), (bx, by) = track.before, track.now
        return ax + (bx - ax) * fraction, ay + (by - ay) * fraction


def _limited(speed: float) -> float:
    return max(-_FASTEST, min(_FASTEST, speed))


def _less(rest: float) -> float:
    return rest * KEEP if abs(rest * KEEP) >= _NOTHING else 0.0
