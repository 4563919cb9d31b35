"""A fight as scenarios play it: buttons in, the world at hand to look at and to arrange."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import rollstep as rs
from demo_game import game as fighter
from demo_game.tables import Tables
from demo_game.world import Act, Effect, Level, Move, Pad, Phase, World
from rollstep import Fixed, Vec2

TABLES: Any = fighter.content
BODY: Any = TABLES.body
EDGE = TABLES.stage.half_width - BODY.half_width
L, R, U, D, F, H, S, T = 1, 2, 4, 8, 16, 32, 64, 128
FREE = (Act.STAND, Act.WALK, Act.RETREAT, Act.CROUCH)
#: Effects that belong to both players, whoever is noted.
OF_BOTH = (Effect.CLASH, Effect.ROUND, Effect.BELL, Effect.TIME)


class Fight:
    """Frame by frame. `a` starts on the left and looks right, `b` the other way round. It starts when the bell has rung."""

    def __init__(self, way: str = "interpreted", *, seed: int = 0, intro: bool = False, game: rs.Game = fighter) -> None:
        self.game = game
        self._runner = game.runner(way, players=2, seed=seed)   # type: ignore[arg-type]
        self.frame = 0 if intro else game.content.rounds.intro_frames  # type: ignore[attr-defined]
        self.memory = bytearray(_state_after(game, self.frame))
        self.world: Any = World.view(self.memory)
        assert self.world.phase == (Phase.INTRO if intro else Phase.FIGHT)

    @property
    def a(self) -> Any:
        return self.world.fighters[0]

    @property
    def b(self) -> Any:
        return self.world.fighters[1]

    @property
    def gap(self) -> Fixed:
        return self.b.pos.x - self.a.pos.x      # type: ignore[no-any-return]

    def stand(self, a: Fixed | int, b: Fixed | int) -> Fight:
        """Put both on the floor at these places."""
        self.a.pos, self.b.pos = Vec2(a, 0), Vec2(b, 0)
        return self

    def close(self) -> Fight:
        """Body at body, in the middle of the stage."""
        return self.stand(-BODY.half_width, BODY.half_width)

    def cornered(self) -> Fight:
        """Body at body, `b` at its wall."""
        return self.stand(EDGE - 2 * BODY.half_width, EDGE)

    def play(self, a: int = 0, b: int = 0, frames: int = 1, *, bots: tuple[Level, Level] = (Level.HUMAN, Level.HUMAN)) -> None:
        """The same buttons for some frames; a bot makes its own."""
        row = bytes(Pad(buttons=a, bot=bots[0])) + bytes(Pad(buttons=b, bot=bots[1]))
        for _ in range(frames):
            self._runner.step(self.memory, row, self.frame)
            self.frame += 1

    def until(self, done: Callable[[], bool], a: int = 0, b: int = 0, limit: int = 300) -> int:
        """Play until it is so; the frames that it took."""
        for frame in range(1, limit + 1):
            self.play(a, b)
            if done():
                return frame
        raise AssertionError(f"not within {limit} frames: {facts(self.world)}")

    def begin(self, move: Move, player: int = 0, other: int = 0) -> None:
        """One frame in which this player presses what starts a move on the floor; `other` holds these buttons."""
        if player:
            self.play(other, PRESS[move])
        else:
            self.play(PRESS[move], other)
        assert (self.world.fighters[player].act, self.world.fighters[player].move) == (Act.ATTACK, move)

    def hit(self, move: Move, *, other: int = 0) -> None:
        """Player 0 does a move, and it touches."""
        self.begin(move, other=other)
        self.until(lambda: self.a.landed and self.world.hits + self.world.blocked > 0, b=other, limit=60)

    def effects(self) -> list[Effect]:
        """Those of the last frame."""
        return [effect.kind for effect in self.world.effects if effect.frame == self.frame - 1]


@functools.lru_cache
def _state_after(game: rs.Game, frames: int) -> bytes:
    """The state after some frames in which nobody does anything."""
    runner = game.runner("compiled", players=2, seed=0)
    state = runner.start()
    runner.run(state, bytes(game.row_size * frames), 0, frames)
    return bytes(state)


PRESS = {Move.FAST: F, Move.HEAVY: H, Move.LOW_FAST: D | F, Move.LOW_HEAVY: D | H, Move.SHOT: S, Move.THROW: T}


def game_with(change: Callable[[Any], None]) -> rs.Game:
    """The fighter with other numbers."""
    tables: Any = Tables.view(bytearray(bytes(TABLES)))
    change(tables)
    return rs.Game("fighter", state=World, input=Pad, players=2, init=fighter.init, step=fighter.step, content=tables)


def frames_of(move: Move) -> int:
    """From the first frame of a move to the last."""
    table = TABLES.moves[move]
    return int(table.startup + table.active + table.recovery)


def slide(speed: Fixed, frames: int) -> Fixed:
    """How far a push of this speed carries in some frames."""
    way = Fixed(0)
    for _ in range(frames):
        speed = speed * BODY.friction
        way += speed
    return way


# ---------------------------------------------------------------------------- mirrors

def facts(world: Any) -> dict[str, Any]:
    """All that a world is, but for who comes first where both do the same."""
    return {
        "world": [int(world.phase), int(world.ending), world.round, world.matches, world.clock, world.blocked, world.hits],
        "fighters": [_fighter(f) for f in world.fighters],
        "shots": [_shot(s) for s in world.shots],
        "effects": _effects(world, mirror=False),
    }


def mirrored(world: Any) -> dict[str, Any]:
    """The facts as a mirror between the two fighters shows them."""
    return {
        "world": facts(world)["world"],
        "fighters": [_fighter(f, -1) for f in reversed(list(world.fighters))],
        "shots": [_shot(s, -1) for s in reversed(list(world.shots))],
        "effects": _effects(world, mirror=True),
    }


def _fighter(f: Any, side: int = 1) -> list[Any]:
    held = mirrored_buttons(f.held) if side < 0 else f.held
    return [f.pos.x * side, f.pos.y, f.vel.x * side, f.vel.y, f.facing * side, Act(f.act), Move(f.move), f.low, f.since,
            f.stun, f.freeze, f.landed, f.juggled, f.health, f.wins, f.combo, held, f.wish, f.wish_left, f.tap * side,
            f.tap_left, f.ready]


def _shot(s: Any, side: int = 1) -> list[Any]:
    return [s.alive, s.facing * side, s.since, s.pos.x * side, s.pos.y]


def _effects(world: Any, *, mirror: bool) -> list[tuple[int, ...]]:
    found = []
    for e in world.effects:
        # who breaks when both grab, who wins when nobody does: player 0 is noted
        both = e.kind in OF_BOTH or e.kind in (Effect.BREAK_FREE, Effect.KNOCK_OUT, Effect.VICTORY)
        player = 0 if both else 1 - e.id if mirror else e.id
        found.append((int(e.kind), player, e.frame, -e.data.x if mirror else e.data.x, e.data.y))
    last = max((e[2] for e in found), default=0)
    return sorted(e for e in found if e[2] == last)     # older ones have made room in order of players


def mirrored_buttons(buttons: int) -> int:
    return buttons & ~(L | R) | (R if buttons & L else 0) | (L if buttons & R else 0)
