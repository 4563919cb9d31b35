"""What is to be heard of the effects of a match, and what was a wrong guess.

A session says which effects have started, were cancelled and are confirmed (`session.effects()`), each once. What starts is
heard at once, also while it is a guess, and fades out when it is cancelled. What a rollback finds in the past is heard late,
unless it is so old that it would sound wrong. What ends a round or a match is heard when it is confirmed: nobody shall hear a
knock-out that was none.

No sound device here, no clock: `mixer.py` plays what `heard` returns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rollstep import EffectEvent

from ..world import Effect

LATE_FRAMES = 12        # 200 ms: what is older is not played any more
#: Heard only when they are confirmed, however late.
WHEN_SURE = frozenset({Effect.KNOCK_OUT, Effect.TIME, Effect.VICTORY})


@dataclass(frozen=True, slots=True)
class CueChanges:
    """Effects whose sound starts; effects that never happened, whether they were heard or not."""

    start: Sequence[EffectEvent] = ()
    cancel: Sequence[EffectEvent] = ()


NO_CHANGES = CueChanges()


def heard(events: Iterable[EffectEvent], frame: int) -> CueChanges:
    """What to start and what to cancel, when so many frames are simulated. Runs every frame."""
    start, cancel = [], []
    for event in events:
        if event.what == "cancelled":
            cancel.append(event)
        elif event.kind in WHEN_SURE:
            if event.what == "confirmed":
                start.append(event)
        elif event.what == "started" and frame - 1 - event.frame <= LATE_FRAMES:
            start.append(event)
    return CueChanges(start, cancel) if start or cancel else NO_CHANGES
