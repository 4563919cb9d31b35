"""Worlds arranged by hand for the view to draw, and how to look at what it drew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygame

from demo_game.content import load
from demo_game.view import HEIGHT, WIDTH, Scene
from demo_game.view.snapshot import Snapshot, snapshot
from demo_game.world import Act, Effect, Phase, World
from rollstep import Vec2

TABLES: Any = load()


def world(*, left: int = -60, right: int = 60) -> Any:
    """Two fresh fighters who stand in the middle of a round."""
    made: Any = World()
    for fighter, x, facing in zip(made.fighters, (left, right), (1, -1), strict=True):
        fighter.pos, fighter.facing, fighter.health = Vec2(x, 0), facing, TABLES.body.health
    made.phase, made.clock, made.round = Phase.FIGHT, 2000, 1
    return made


def happen(state: Any, kind: Effect, frame: int, *, player: int = 0, x: int = 0, y: int = 70) -> None:
    """An effect that the state of this frame is the first to show."""
    state.effects.emit(frame - 1, kind, player, x, y)


def shown(state: Any, frame: int = 100) -> Snapshot:
    return snapshot(state, frame)


def act(state: Any, player: int, what: Act, since: int = 0, **more: Any) -> Any:
    fighter = state.fighters[player]
    fighter.act, fighter.since = what, since
    for name, value in more.items():
        setattr(fighter, name, value)
    return state


def canvas() -> pygame.Surface:
    return pygame.Surface((WIDTH, HEIGHT), 0, 32)


def pixels(surface: pygame.Surface) -> np.ndarray:
    """(rows, columns, 3), a copy."""
    return pygame.surfarray.array3d(surface).swapaxes(0, 1)


def drawn(scene: Scene, *, fraction: float = 1.0, boxes: bool = False) -> np.ndarray:
    surface = canvas()
    scene.draw(surface, fraction, boxes=boxes)
    return pixels(surface)


def columns_of(picture: np.ndarray, colour: tuple[int, int, int], row: int) -> np.ndarray:
    """Where a row has exactly this colour."""
    return np.flatnonzero((picture[row] == colour).all(axis=1))
