"""The golden replays: how they are made, and what each pins. `make goldens` runs this file; nothing else changes them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rollstep as rs
from demo_game import game as fighter
from demo_game.world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP, Act, Effect, Ending, Level, Move, Pad, Phase
from rollstep.testing import Bot, Impairment, Network
from tests.games.box import game as box
from tests.games.nasty import TokenBot
from tests.games.nasty import game as nasty

FOLDER = Path(__file__).parents[1] / "replays"
#: The input delay of a session: what is pressed in a frame is played in the next.
DELAY = 1
#: (buttons, frames) one after the other.
Script = Sequence[tuple[int, int]]
NOTHING: Script = ()
TABLES: Any = fighter.content
INTRO = (0, TABLES.rounds.intro_frames)
WALL = TABLES.stage.half_width - TABLES.body.half_width


class Scripted:
    """A player of the fighter whose part is known beforehand; after it, nothing is pressed. A bot's level plays by itself."""

    def __init__(self, script: Script = NOTHING, bot: Level = Level.HUMAN) -> None:
        self._bot = bot
        self._buttons = [buttons for buttons, frames in script for _ in range(frames)]

    def input(self, frame: int) -> bytes:
        frame += DELAY
        return bytes(Pad(buttons=self._buttons[frame] if frame < len(self._buttons) else 0, bot=self._bot))


@dataclass(frozen=True)
class Golden:
    """One match on the simulated network; the file is player 0's.

    Random bots play it, or what `parts` says. `shows` must be true of one of its states at least.
    """

    name: str
    game: rs.Game
    network: str
    frames: int
    seed: int
    pins: str
    players: int = 2
    parts: tuple[Script | Level, ...] = ()
    shows: Callable[[Any], bool] = lambda world: True
    rough: bool = False     # it must have been rolled back

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.rsr"

    def bots(self) -> Sequence[Any]:
        if self.game is nasty:
            return [TokenBot(player=p, delay=DELAY) for p in range(self.players)]
        if self.parts:
            return [Scripted(bot=part) if isinstance(part, Level) else Scripted(part) for part in self.parts]
        return [Bot(self.game, player=p, seed=self.seed) for p in range(self.players)]

    def states(self) -> Iterator[Any]:
        """The state after each recorded frame, computed anew; the same view each time."""
        replay = rs.read_replay(self.path)
        runner = self.game.runner("compiled", players=self.players, seed=replay.header.seed)
        memory = runner.start()
        world = self.game.state.view(memory)
        for frame in range(replay.frames):
            runner.step(memory, replay.row(frame).ljust(self.game.row_size, b"\0"), frame)
            yield world


# ---------------------------------------------------------------------------- parts of scripts

#: Fast, low, heavy, shot: each in the freeze of the one before.
CHAIN: Script = ((FAST, 2), (0, 6), (DOWN | FAST, 2), (0, 8), (HEAVY, 2), (0, 16), (SHOT, 2))
#: To the other and a chain, until a round is won against somebody who does nothing.
ROUND: Script = (INTRO, *((RIGHT, 60), *CHAIN, (0, 60)) * 6, (0, 160))


def count(world: Any, effect: Effect) -> int:
    """How often it is among the effects that are kept."""
    return sum(kept.kind == effect for kept in world.effects)


def scripted(name: str, frames: int, pins: str, first: Script | Level, second: Script | Level, shows: Callable[[Any], bool],
             seed: int = 1) -> Golden:
    """A match of the fighter for one situation."""
    return Golden(name, fighter, "rtt=60ms,jitter=10ms", frames, seed, pins, parts=(first, second), shows=shows)


GOLDENS = (
    Golden("fighter-calm", fighter, "rtt=30ms", 3600, 1, "a minute of two bots, as friends next door play it",
           parts=(Level.MEDIUM, Level.MEDIUM), shows=lambda world: world.hits > 20 and world.blocked > 3),
    Golden("fighter-stormy", fighter, "rtt=150ms,jitter=40ms,loss=20%,duplicate=5%,reorder=5%", 1800, 2,
           "deep rollbacks under random buttons and bots that come and go: what is recorded does not depend on the network",
           shows=lambda world: world.hits > 10, rough=True),
    Golden("fighter-long", fighter, "rtt=60ms,jitter=20ms,loss=2%", 36_000, 3,
           "ten minutes of hard bots, match after match: nothing drifts apart",
           parts=(Level.HARD, Level.HARD), shows=lambda world: world.matches >= 5),
    scripted("double-knock-out", 1100, "blow against blow until both fall on one frame",
             (INTRO, (RIGHT, 30), *((HEAVY, 2), (0, 48), (RIGHT, 12)) * 11),
             (INTRO, (LEFT, 30), *((HEAVY, 2), (0, 48), (LEFT, 12)) * 11),
             lambda world: world.ending == Ending.DOUBLE_KNOCK_OUT and [f.wins for f in world.fighters] == [1, 1]),
    scripted("perfect", 1500, "a round in which the winner loses no health",
             ROUND, NOTHING, lambda world: world.ending == Ending.PERFECT and world.fighters[0].wins == 1),
    scripted("time-over", 3900, "one blow, then waiting: who has more health wins when time is over",
             (INTRO, (RIGHT, 60), (HEAVY, 2)), NOTHING,
             lambda world: world.ending == Ending.TIME_OVER and world.fighters[1].act == Act.DEFEAT),
    scripted("time-draw", 3900, "nobody does anything: a round for both",
             NOTHING, NOTHING, lambda world: world.ending == Ending.TIME_DRAW and world.fighters[1].wins == 1),
    scripted("guard-worn-down", 3600, "a guard that holds until the damage through it is the end",
             (INTRO, (RIGHT, 60), *((RIGHT, 12), (HEAVY, 2), (0, 28), (SHOT, 2), (0, 38)) * 42), (INTRO, (RIGHT, 4000)),
             lambda world: world.fighters[1].health == 0 and world.hits == 0 and world.blocked > 30),
    scripted("throw-at-the-wall", 420, "a throw backward by one who has the wall behind: both end at it, and come apart",
             (INTRO, (LEFT, 200), (THROW, 2), (LEFT, 40)), (INTRO, (LEFT, 200)),
             lambda world: world.fighters[0].move == Move.THROW and world.fighters[1].act == Act.LYING
             and all(abs(f.pos.x) == WALL for f in world.fighters)),
    scripted("throw-broken", 330, "a throw out of which the other breaks, and two throws at once",
             (INTRO, (RIGHT, 60), (THROW, 2), (0, 60), (RIGHT, 30), (THROW, 2)),
             (INTRO, (0, 68), (THROW, 2), (0, 82), (THROW, 2)), lambda world: count(world, Effect.BREAK_FREE) == 2),
    scripted("shots-clash", 300, "two shots that meet, and one that hits",
             (INTRO, (LEFT, 20), (SHOT, 2), (0, 70), (SHOT, 2)), (INTRO, (RIGHT, 20), (SHOT, 2)),
             lambda world: count(world, Effect.CLASH) == 1 and world.hits == 1),
    scripted("corner-combo", 500, "four blows in a row against one in the corner, whose guard comes after the first",
             (INTRO, (RIGHT, 200), *CHAIN), (INTRO, (RIGHT, 150), (0, 60), (RIGHT, 200)),
             lambda world: world.fighters[1].combo == 4 and world.fighters[1].pos.x == WALL),
    scripted("juggle", 300, "a blow against a jump, another before the floor, and a shot that no longer touches",
             (INTRO, (RIGHT, 64), (FAST, 2), (0, 6), (HEAVY, 2), (0, 14), (SHOT, 2)), (INTRO, (0, 60), (UP, 4)),
             lambda world: world.fighters[1].juggled and world.shots[0].pos.x > world.fighters[1].pos.x and world.hits == 2),
    scripted("rematch", 3300, "a match to its end, and another one because both ask for it",
             (*ROUND, *ROUND, (0, 100), (FAST, 2)), ((0, 3000), (FAST, 2)),
             lambda world: world.matches == 1 and world.phase == Phase.INTRO and world.round == 1),
    Golden("box-four", box, "rtt=80ms,jitter=20ms,loss=5%", 900, 3, "four players; sine, cosine, roots and vectors", players=4,
           rough=True),
    Golden("nasty", nasty, "rtt=100ms,jitter=20ms,loss=5%", 900, 4,
           "edge integers, nested arrays, enums: what every operator means when it overflows", rough=True),
)


def make(golden: Golden) -> None:
    """Play the match and write the file anew."""
    golden.path.unlink(missing_ok=True)
    net = Network(seed=golden.seed, impairment=Impairment.parse(golden.network))
    record: list[Any] = [golden.path, *[None] * (golden.players - 1)]
    peers = net.join(golden.game, players=golden.players, record=record, delay=DELAY)
    net.play(peers, frames=golden.frames, bots=golden.bots(), limit_ms=2 * golden.frames * 17 + 10_000)
    assert not golden.rough or all(peer.stats.rollbacks > golden.frames // 20 for peer in peers), "nothing was rolled back"
    for peer in peers:
        peer.close()
    assert any(map(golden.shows, golden.states())), f"{golden.name} does not show what it is for"


def main() -> None:
    """Make those named, or all."""
    FOLDER.mkdir(exist_ok=True)
    for golden in GOLDENS:
        if sys.argv[1:] and golden.name not in sys.argv[1:]:
            continue
        before = golden.path.read_bytes() if golden.path.exists() else b""
        make(golden)
        after = golden.path.read_bytes()
        print(f"{'same   ' if after == before else 'CHANGED'} {golden.path.name} ({len(after)} bytes)", file=sys.stderr)


if __name__ == "__main__":
    main()
