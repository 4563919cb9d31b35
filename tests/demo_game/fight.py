"""A fight as scenarios play it: buttons in, the world at hand to look at and to arrange."""

from __future__ import annotations

from typing import Any

from demo_game.rules import ATTACK, BLOCK, LEFT, RIGHT, UP, World, game
from demo_game.tables import TABLES
from rollstep import Fixed, Vec2

EDGE = TABLES.stage_half - TABLES.body_half
STRIKE_FRAMES = TABLES.startup + TABLES.active + TABLES.recovery

__all__ = ["ATTACK", "BLOCK", "EDGE", "LEFT", "RIGHT", "STRIKE_FRAMES", "TABLES", "UP", "Fight", "mirrored", "mirrored_buttons"]


class Fight:
    """Frame by frame. `a` starts on the left and looks right, `b` the other way round."""

    def __init__(self, way: str = "interpreted") -> None:
        self._runner = game.runner(way, players=2, seed=0)
        self.memory: bytearray = self._runner.start()
        self.world: Any = World.view(self.memory)
        self.frame = 0

    @property
    def a(self) -> Any:
        return self.world.fighters[0]

    @property
    def b(self) -> Any:
        return self.world.fighters[1]

    def stand(self, a: Fixed | int, b: Fixed | int) -> None:
        """Put both on the floor at these places."""
        self.a.pos, self.b.pos = Vec2(a, 0), Vec2(b, 0)

    def play(self, a: int = 0, b: int = 0, frames: int = 1) -> None:
        """The same buttons for some frames."""
        for _ in range(frames):
            self._runner.step(self.memory, bytes((a, b)), self.frame)
            self.frame += 1


def facts(world: Any) -> list[Any]:
    """All that a world is, in its own view; `landed` means nothing outside a strike."""
    return [int(world.phase), world.clock, world.round, world.hits, world.blocked,
            [(f.pos.x, f.pos.y, f.vel.x, f.vel.y, f.facing, int(f.act), f.since, f.held,
              f.landed and f.act == 3, f.health, f.wins) for f in world.fighters]]


def mirrored(world: Any) -> list[Any]:
    """The facts as a mirror between the two fighters shows them."""
    *rest, fighters = facts(world)
    return [*rest, [(-x, y, -vx, vy, -facing, act, since, mirrored_buttons(held), *more)
                    for x, y, vx, vy, facing, act, since, held, *more in reversed(fighters)]]


def mirrored_buttons(buttons: int) -> int:
    return buttons & ~(LEFT | RIGHT) | (RIGHT if buttons & LEFT else 0) | (LEFT if buttons & RIGHT else 0)
