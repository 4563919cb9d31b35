"""What a match with rollbacks wants seen and heard: which effects start, which were a wrong guess, which are sure.

A session looks at the effects of its newest state when the game asks (`session.effects()`), and says what has changed since.
An effect is *started* when it is there for the first time. When a rollback then

- leaves it in its frame, nothing changes;
- moves it by a few frames, it is the same one: of its kind and id, in a frame that was not yet confirmed either;
- takes it away, it is *cancelled*: it never happened.

When its frame is confirmed it is *confirmed*, in the order in which the effects were emitted, which all peers have alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import UsageError
from ..game import Game
from ..state import StructView

#: How far a rollback may move an effect that stays the same one. At 60 frames a second, 200 ms.
MOVED_FRAMES = 12


@dataclass(frozen=True, slots=True)
class EffectEvent:
    """What has become of one effect.

    what    "started", "cancelled" or "confirmed"; each effect is started once, and then either of the others once
    number  of the effect in this session: equal in its two events, and of no other effect
    frame   in which it happens, as far as is known now: a rollback may have moved it since it started
    kind, id, data  as the step has emitted them; a struct is a copy, and None stands for no data
    """

    what: Literal["started", "cancelled", "confirmed"]
    number: int
    frame: int
    kind: Any
    id: int
    data: Any


@dataclass(slots=True)
class _Open:
    """An effect that has started and is not confirmed."""

    number: int
    frame: int
    kind: Any
    id: int
    data: Any

    def event(self, what: Literal["started", "cancelled", "confirmed"]) -> EffectEvent:
        return EffectEvent(what, self.number, self.frame, self.kind, self.id, self.data)


class EffectTracker:
    """Follows the effects of one match. `lost` counts those that had left the ring before they were seen confirmed."""

    def __init__(self) -> None:
        self.lost = 0
        self._final = 0                     # how many since the start are confirmed and told
        self._open: list[_Open] = []        # in the order in which they were emitted
        self._started = 0
        self._cancelled: list[EffectEvent] = []

    def update(self, ring: Any, frame: int, confirmed: int) -> list[EffectEvent]:
        """What has changed since the last call: what was cancelled, then what started, then what is confirmed.

        ring       the effects of the newest state
        frame      of that state
        confirmed  frames that nothing can change any more

        Runs every drawn frame: 1 µs when there is nothing new, and about 6 for each effect that is not confirmed. Raises
        UsageError for an effect of a frame that has not come yet.
        """
        emitted = ring.emitted
        if emitted < self._final:
            self.jump(ring)
        events, self._cancelled = self._cancelled, []
        if emitted == self._final and not self._open:
            return events
        seen = list(ring.since(self._final))
        if seen and seen[-1].frame > frame:
            raise UsageError(f"an effect was emitted for frame {seen[-1].frame}, but the newest state is that of frame "
                             f"{frame}: emit(tick.frame, ...)")
        hidden = emitted - len(seen) - self._final
        if hidden and seen[0].frame < confirmed:        # so are those before it
            self.lost += hidden
            self._final += hidden
        known = _same(self._open, seen)
        kept = {one.number for one in known if one is not None}
        events += [one.event("cancelled") for one in self._open if one.number not in kept]
        self._open = []
        for effect, one in zip(seen, known, strict=True):
            if one is None:
                one = _Open(self._started, 0, effect.kind, effect.id, None)
                self._started += 1
            data = getattr(effect, "data", None)
            one.frame, one.data = effect.frame, data.copy() if isinstance(data, StructView) else data
            if one.number not in kept:
                events.append(one.event("started"))
            self._open.append(one)
        sure = 0
        while sure < len(self._open) and self._open[sure].frame < confirmed:
            sure += 1
        events += [one.event("confirmed") for one in self._open[:sure]]
        self._final += sure
        del self._open[:sure]
        return events

    def jump(self, ring: Any) -> None:
        """The state is that of another time now: what it holds is past. What was not confirmed is told as cancelled."""
        self._cancelled += [one.event("cancelled") for one in self._open]
        self._open = []
        self._final = ring.emitted


def _same(known: Sequence[_Open], seen: Sequence[Any]) -> list[_Open | None]:
    """For each effect that is seen, the known one that it is: of its frame, else the oldest that a rollback can have moved."""
    left: dict[tuple[int, int], list[_Open]] = {}
    for one in known:
        left.setdefault((one.kind, one.id), []).append(one)
    places = [(effect.frame, left.get((effect.kind, effect.id), [])) for effect in seen]
    found: list[_Open | None] = [None] * len(seen)
    for distance in (0, MOVED_FRAMES):
        for i, (frame, candidates) in enumerate(places):
            near = [one for one in candidates if abs(one.frame - frame) <= distance]
            if found[i] is None and near:
                found[i] = near[0]
                candidates.remove(near[0])
    return found


class WithEffects:
    """The part of a session that tells effects."""

    game: Game
    _tracker: EffectTracker | None = None

    def effects(self) -> list[EffectEvent]:
        """What has become of the game's effects since the last call; call it after the frames of a turn.

        Each effect is "started" once, when it is seen first, and then once either "cancelled" (a rollback took it away) or
        "confirmed". Where every frame is confirmed at once, both come together. Nothing comes while connecting, and from a game
        that has no effects. Raises UsageError for an effect of a frame that has not come yet.
        """
        session: Any = self
        if self.game.effects is None or session.phase == "connecting":
            return []
        return self._effects().update(getattr(session.state, self.game.effects), session.frame, session.confirmed)

    @property
    def lost_effects(self) -> int:
        """Effects that had left the ring before effects() has seen them confirmed: ask in each turn, or make room for more."""
        return self._effects().lost

    def _effects(self) -> EffectTracker:
        if self._tracker is None:
            self._tracker = EffectTracker()
        return self._tracker

    def _skip_effects(self) -> None:
        """The state shows another time now."""
        if self.game.effects is not None:
            session: Any = self
            self._effects().jump(getattr(session.state, self.game.effects))
