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
    """An effect that has started and is not confirmed; `raw` is what the ring holds of it."""

    number: int
    raw: bytes
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

        Runs every drawn frame: 1 µs when nothing is open, half of one more for each effect that is, 7 for each when one has
        changed. Raises UsageError for an effect of a frame that has not come yet.
        """
        kept = ring.kept()
        if kept.stop < self._final:
            self.jump(ring)
        events, self._cancelled = self._cancelled, []
        first = max(self._final, kept.start)
        if first == kept.stop and not self._open:
            return events
        seen = ring.raws(range(first, kept.stop))
        if seen != [one.raw for one in self._open]:
            events += self._compare(ring, first, seen, frame)
        hidden = first - self._final
        if hidden and self._open and self._open[0].frame < confirmed:       # so are those before it
            self.lost += hidden
            self._final = first
        sure = 0
        while sure < len(self._open) and self._open[sure].frame < confirmed:
            sure += 1
        if sure:
            events += [one.event("confirmed") for one in self._open[:sure]]
            self._final += sure
            del self._open[:sure]
        return events

    def _compare(self, ring: Any, first: int, seen: list[bytes], frame: int) -> list[EffectEvent]:
        """What is cancelled and what starts, when the ring holds other effects from the number `first` on."""
        fresh = [_read(ring.at(first + i), raw) for i, raw in enumerate(seen)]
        if fresh and fresh[-1].frame > frame:
            raise UsageError(f"an effect was emitted for frame {fresh[-1].frame}, but the newest state is that of frame "
                             f"{frame}: emit(tick.frame, ...)")
        known = _same(self._open, fresh)
        started = []
        for one, before in zip(fresh, known, strict=True):
            if before is not None:
                one.number = before.number
            else:
                one.number = self._started
                self._started += 1
                started.append(one.event("started"))
        numbers = {one.number for one in fresh}
        cancelled = [one.event("cancelled") for one in self._open if one.number not in numbers]
        self._open = fresh
        return cancelled + started

    def jump(self, ring: Any) -> None:
        """The state is that of another time now: what it holds is past. What was not confirmed is told as cancelled."""
        self._cancelled += [one.event("cancelled") for one in self._open]
        self._open = []
        self._final = ring.emitted


def _read(effect: Any, raw: bytes) -> _Open:
    """An effect that has no number yet."""
    data = getattr(effect, "data", None)
    return _Open(-1, raw, effect.frame, effect.kind, effect.id, data.copy() if isinstance(data, StructView) else data)


def _same(known: Sequence[_Open], seen: Sequence[_Open]) -> list[_Open | None]:
    """For each effect that is seen, the known one that it is: of its frame, else the oldest that a rollback can have moved."""
    left: dict[tuple[int, int], list[_Open]] = {}
    for one in known:
        left.setdefault((one.kind, one.id), []).append(one)
    found: list[_Open | None] = [None] * len(seen)
    for distance in (0, MOVED_FRAMES):
        for i, one in enumerate(seen):
            candidates = left.get((one.kind, one.id), [])
            near = [other for other in candidates if abs(other.frame - one.frame) <= distance]
            if found[i] is None and near:
                found[i] = near[0]
                candidates.remove(near[0])
    return found


class WithEffects:
    """The part of a session that tells effects."""

    game: Game
    _tracker: EffectTracker | None = None
    _ring_of: Any = None
    _found: Any = None

    def effects(self) -> list[EffectEvent]:
        """What has become of the game's effects since the last call; call it after the frames of a turn.

        Each effect is "started" once, when it is seen first, and then once either "cancelled" (a rollback took it away) or
        "confirmed". Where every frame is confirmed at once, both come together. Nothing comes while connecting, and from a game
        that has no effects. Raises UsageError for an effect of a frame that has not come yet.
        """
        session: Any = self
        if self.game.effects is None or session.phase == "connecting":
            return []
        return self._effects().update(self._ring(session.state), session.frame, session.confirmed)

    @property
    def lost_effects(self) -> int:
        """Effects that had left the ring before effects() has seen them confirmed: ask in each turn, or make room for more."""
        return self._effects().lost

    def _effects(self) -> EffectTracker:
        if self._tracker is None:
            self._tracker = EffectTracker()
        return self._tracker

    def _ring(self, state: Any) -> Any:
        """The effects of the state, found once: most sessions show one for good."""
        if self._ring_of is not state:
            self._ring_of, self._found = state, getattr(state, self.game.effects or "")
        return self._found

    def _skip_effects(self) -> None:
        """The state shows another time now."""
        if self.game.effects is not None:
            session: Any = self
            self._effects().jump(self._ring(session.state))
