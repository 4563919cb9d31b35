"""What is to be heard, and what was a wrong guess: the happenings of a match with rollback become starts and cancels.

A predicted happening is heard at once. When a rollback then

- leaves it where it was, nothing changes: a happening is known by (kind, player, frame) and heard once;
- moves it by a few frames, it is the same one, and what is heard already counts for it;
- takes it away, its sound is cancelled;
- brings a new one in the past, that is heard late, unless it is so old that it would sound wrong.

What ends a round or a match is heard when it is confirmed: nobody shall hear a knock-out that was none.

No sound device here, no clock: `mixer.py` plays what `Cues.update` returns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..world import Effect

MOVED_FRAMES = 12       # a rollback moves a happening by less than a prediction window
LATE_FRAMES = 12        # 200 ms: what is older is not played any more
MEMORY_FRAMES = 64      # longer than any prediction window, and than LATE_FRAMES: what is forgotten cannot come again
#: Heard only when they are confirmed, however late.
WHEN_SURE = frozenset({Effect.KNOCK_OUT, Effect.TIME, Effect.VICTORY})


class HappeningLike(Protocol):
    """`world.Happening`, as a view of the state or a copy. Its frame is that of the first state in which it is."""

    kind: int
    player: int
    frame: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Cue:
    """A sound that starts: what, by whom, in which frame, and where (pixels of the stage)."""

    kind: Effect
    player: int
    frame: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class CueChanges:
    """Cues to start; cues started earlier (the same objects) that never happened."""

    start: Sequence[Cue] = ()
    cancel: Sequence[Cue] = ()


NO_CHANGES = CueChanges()

Identity = tuple[int, int, int]     # kind, player, frame
FRAME = 2


@dataclass(slots=True)
class _Known:
    """A happening that has been dealt with."""

    cue: Cue | None         # what was started for it; None: it came too late
    final: bool = False     # seen in a confirmed frame


class Cues:
    def __init__(self) -> None:
        self._known: dict[Identity, _Known] = {}
        self._history = -1

    def reset(self, frame: int = -1) -> None:
        """A new match, or a seek to the state of a frame: forget all; what has happened up to this frame is not played."""
        self._known.clear()
        self._history = frame

    def update(self, happenings: Iterable[HappeningLike], frame: int, confirmed: int) -> CueChanges:
        """What to start and what to cancel, from the happenings of the state that is shown now.

        `frame` is the number of frames simulated, `confirmed` how many of them are final (the same number in a local
        match): what a state holds of frames up to `confirmed` stays. Runs every drawn frame; 35 to 40 µs with 16 happenings.
        """
        known = self._known
        for identity in [identity for identity in known if identity[FRAME] < frame - MEMORY_FRAMES]:
            del known[identity]
        listed, dropped = _listed(happenings, frame - MEMORY_FRAMES, confirmed)
        new = [identity for identity in listed if identity not in known]
        gone = {identity: known[identity] for identity in known
                if identity not in listed and not known[identity].final and identity[FRAME] > dropped}
        changes = self._change(listed, new, gone, frame) if new or gone else NO_CHANGES
        for identity in listed:
            if identity[FRAME] <= confirmed:
                known[identity].final = True
        return changes

    def _change(self, listed: dict[Identity, HappeningLike], new: list[Identity], gone: dict[Identity, _Known],
                frame: int) -> CueChanges:
        for identity in gone:
            del self._known[identity]
        heard = {identity: entry.cue for identity, entry in sorted(gone.items(), key=lambda item: item[0][FRAME])
                 if entry.cue is not None}
        start: list[Cue] = []
        for identity in sorted(new, key=lambda identity: identity[FRAME]):
            before = _the_same(identity, heard)
            if before is not None:
                cue = heard.pop(before)
            elif identity[FRAME] > self._history and (frame - identity[FRAME] <= LATE_FRAMES or identity[0] in WHEN_SURE):
                happening = listed[identity]
                cue = Cue(Effect(identity[0]), *identity[1:], int(happening.x), int(happening.y))
                start.append(cue)
            else:
                cue = None
            self._known[identity] = _Known(cue)
        return CueChanges(start, list(heard.values()))


def _the_same(identity: Identity, heard: Iterable[Identity]) -> Identity | None:
    """The happening that a rollback has moved to `identity`: the oldest that can be, so that most find a partner."""
    for other in heard:
        if other[:FRAME] == identity[:FRAME] and abs(other[FRAME] - identity[FRAME]) <= MOVED_FRAMES:
            return other
    return None


def _listed(happenings: Iterable[HappeningLike], since: int, confirmed: int) -> tuple[dict[Identity, HappeningLike], int]:
    """The happenings since a frame that may be heard, by identity; and the frame up to which the list may have dropped some.

    A list with a free slot has dropped none.
    """
    listed: dict[Identity, HappeningLike] = {}
    full = True
    oldest: int | None = None
    for happening in happenings:
        kind, frame = int(happening.kind), int(happening.frame)
        if kind == Effect.NONE:
            full = False
            continue
        oldest = frame if oldest is None else min(oldest, frame)
        if frame >= since and (frame <= confirmed or kind not in WHEN_SURE):
            listed[kind, int(happening.player), frame] = happening
    return listed, oldest if full and oldest is not None else -1
