"""Between two frames, and after a wrong prediction: where a fighter is shown. rollstep's `Motion` with what the fighter adds:
a new round is no way from the last one, a thrown body goes its own ways, and nobody sinks into the floor.
"""

from collections.abc import Sequence

import rollstep as rs

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


class Motion:
    """The shown places of both fighters."""

    def __init__(self) -> None:
        self._motion = rs.Motion(snap=SNAP_PIXELS, keep=KEEP, least=_NOTHING, fastest=_FASTEST, lowest=(float("-inf"), 0.0))
        self._last: Snapshot | None = None

    def observe(self, new: Snapshot, places: Sequence[Place], *, corrected: bool = False) -> None:
        """Take the newest frame and where its fighters are; `corrected`: a rollback has changed what it follows from."""
        last, self._last = self._last, new
        let_go = [False, False]
        if last is not None:
            if (new.round != last.round or new.frame < last.frame - 60
                    or (new.phase == Phase.INTRO) != (last.phase == Phase.INTRO)):
                self._motion.reset()
            # the rules leave a thrown body where it stood, and put it somewhere when the throw is over
            let_go = [before.act == Act.THROWN != now.act for before, now in zip(last.fighters, new.fighters, strict=True)]
        self._motion.observe(new.frame, places, corrected=corrected, placed=let_go)

    def place(self, player: int, fraction: float) -> Place:
        """Where to draw a fighter at this time between the two frames; in the middle before the first."""
        if self._last is None:
            return 0.0, 0.0
        x, y = self._motion.at(fraction)[player].tolist()
        return x, y
