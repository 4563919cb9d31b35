"""What the screen says in big letters, as a pure function of the state."""

from dataclasses import dataclass

from ..tables import Tables
from ..world import Ending, Phase
from .snapshot import Snapshot

#: Frames that FIGHT! is shown before and after the round starts, and a K.O. before what follows it.
FIGHT_BEFORE, FIGHT_AFTER, FIRST_WORD = 34, 24, 62


@dataclass(frozen=True, slots=True)
class Announcement:
    """A big line, a smaller one below, and the frames since it appeared."""

    text: str
    below: str = ""
    age: int = 99
    alarm: bool = False     # in red


def announcement(shown: Snapshot, tables: Tables, names: tuple[str, str]) -> Announcement | None:
    """The line for this frame."""
    rounds, clock = tables.rounds, shown.clock
    if shown.phase == Phase.INTRO:
        if clock > FIGHT_BEFORE:
            last = all(f.wins == rounds.to_win - 1 for f in shown.fighters) and rounds.to_win > 1
            return Announcement("FINAL ROUND" if last else f"ROUND {max(1, shown.round)}", age=rounds.intro_frames - clock)
        return Announcement("FIGHT!", age=FIGHT_BEFORE - clock, alarm=True)
    if shown.phase == Phase.FIGHT:
        age = rounds.frames - clock
        return Announcement("FIGHT!", age=FIGHT_BEFORE + age, alarm=True) if 0 <= age < FIGHT_AFTER else None
    if shown.phase == Phase.PAUSE:
        return _ending(shown, rounds.pause_frames - clock, names)
    return Announcement(f"{_winner(shown, names)} WINS", "FAST: REMATCH")


def _ending(shown: Snapshot, age: int, names: tuple[str, str]) -> Announcement:
    first = age < FIRST_WORD
    later = age - FIRST_WORD
    if shown.ending == Ending.DOUBLE_KNOCK_OUT:
        return Announcement("DOUBLE K.O.", age=age, alarm=True)
    if shown.ending == Ending.TIME_OVER:
        below = "" if first else f"{_leader(shown, names)} WINS"
        return Announcement("TIME OVER", below, age)
    if shown.ending == Ending.TIME_DRAW:
        return Announcement("TIME OVER", age=age) if first else Announcement("DRAW", age=later)
    if first:
        return Announcement("K.O.", age=age, alarm=True)
    if shown.ending == Ending.PERFECT:
        return Announcement("PERFECT!", f"{_leader(shown, names)} WINS", later)
    return Announcement(f"{_leader(shown, names)} WINS", age=later)


def _leader(shown: Snapshot, names: tuple[str, str]) -> str:
    a, b = shown.fighters
    return names[0 if a.health >= b.health else 1]


def _winner(shown: Snapshot, names: tuple[str, str]) -> str:
    a, b = shown.fighters
    if a.wins == b.wins:
        return _leader(shown, names)
    return names[0 if a.wins > b.wins else 1]
