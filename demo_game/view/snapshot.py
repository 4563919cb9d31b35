"""What the view keeps of a state: plain numbers, copied once for each observed frame.

A state that is handed out is a window into memory which the next step overwrites, so nothing of it is kept.
"""

from dataclasses import dataclass

from ..world import Act, Effect, Ending, Move, Phase, World


@dataclass(frozen=True, slots=True)
class FighterShown:
    """A fighter; see `world.Fighter`. Positions are pixels, y is up."""

    x: float
    y: float
    rise: float     # upward speed
    facing: int
    act: Act
    move: Move
    low: bool
    since: int
    stun: int
    freeze: int
    landed: bool
    juggled: bool
    health: int
    wins: int
    combo: int


@dataclass(frozen=True, slots=True)
class ShotShown:
    """A projectile; see `world.Shot`."""

    alive: bool
    facing: int
    since: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class HappeningShown:
    """An effect: the player who did it, the first state that shows it, and how many frames ago that was."""

    kind: Effect
    player: int
    frame: int
    x: int
    y: int
    age: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One frame of a match."""

    frame: int
    fighters: tuple[FighterShown, FighterShown]
    shots: tuple[ShotShown, ShotShown]
    phase: Phase
    ending: Ending
    round: int
    clock: int
    happenings: tuple[HappeningShown, ...]


#: Frames after which no effect is visible any more.
LONGEST_EFFECT = 90


def snapshot(state: World, frame: int) -> Snapshot:
    """Copy a state. Runs every frame, about 0.1 ms."""
    fighters = []
    for f in state.fighters:
        pos = f.pos
        fighters.append(FighterShown(pos.x.to_float(), pos.y.to_float(), f.vel.y.to_float(), int(f.facing) or 1, Act(f.act),
                                     Move(f.move), bool(f.low), int(f.since), int(f.stun), int(f.freeze), bool(f.landed),
                                     bool(f.juggled), int(f.health), int(f.wins), int(f.combo)))
    shots = []
    for s in state.shots:
        pos = s.pos
        shots.append(ShotShown(bool(s.alive), int(s.facing) or 1, int(s.since), pos.x.to_float(), pos.y.to_float()))
    happenings = []
    for effect in state.effects:
        shown_at = effect.frame + 1     # the state after the step
        if 0 <= frame - shown_at <= LONGEST_EFFECT:
            spot = effect.data
            happenings.append(HappeningShown(Effect(effect.kind), effect.id, shown_at, spot.x, spot.y, frame - shown_at))
    # sorted, the order in which they are painted does not depend on that of the rules
    happenings.sort(key=lambda h: (h.frame, h.kind, h.player))
    return Snapshot(frame, (fighters[0], fighters[1]), (shots[0], shots[1]), Phase(state.phase), Ending(state.ending),
                    int(state.round), int(state.clock), tuple(happenings))
