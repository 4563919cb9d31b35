"""The training overlay: what can be hit, what hits, and where each fighter is in the frames of its move.

The boxes follow from the tables exactly as the rules compute them (`hurt_box`, `touches` there).
"""

from dataclasses import dataclass

import pygame

from ..tables import Box, Tables
from ..world import Act, Move
from .camera import Camera
from .colour import Colour
from .drawing import MovePhase, phase_of
from .pixels import panel
from .snapshot import FighterShown, ShotShown, Snapshot
from .text import write
from .window import WIDTH

HURT: Colour = (70, 230, 120)
HURT_AIR: Colour = (80, 170, 255)
STRIKE: Colour = (255, 60, 60)
PUSH: Colour = (250, 220, 90)
SHOT: Colour = (255, 120, 220)

_PHASE_COLOURS: dict[MovePhase, Colour] = {
    MovePhase.STARTUP: (86, 206, 120), MovePhase.ACTIVE: (240, 70, 70), MovePhase.RECOVERY: (84, 140, 240)}
#: Where each player's numbers are: below the names, over the combos, where no fighter stands.
FACTS = (pygame.Rect(8, 53, 300, 23), pygame.Rect(WIDTH - 308, 53, 300, 23))


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the stage, y up."""

    left: float
    right: float
    bottom: float
    top: float


def placed(box: Box, x: float, y: float, facing: int) -> Area:
    """A box of the tables in the stage."""
    a, b = x + box.back * facing, x + box.front * facing
    return Area(min(a, b), max(a, b), y + box.bottom, y + box.top)


def hurt_area(fighter: FighterShown, tables: Tables) -> Area:
    """What of a fighter can be hit."""
    body = tables.body
    if fighter.y > 0:
        box = body.jumping
    elif fighter.act == Act.CROUCH or (fighter.low and fighter.act in (Act.HIT, Act.BLOCK, Act.ATTACK)):
        box = body.crouching
    else:
        box = body.standing
    return placed(box, fighter.x, fighter.y, fighter.facing)


def strike_area(fighter: FighterShown, tables: Tables) -> Area | None:
    """What a fighter hits with on this frame, if it does."""
    if fighter.act != Act.ATTACK or fighter.move == Move.SHOT:
        return None
    numbers = tables.moves[fighter.move]
    if phase_of(numbers, fighter.since)[0] != MovePhase.ACTIVE:
        return None
    return placed(numbers.hit, fighter.x, fighter.y, fighter.facing)


def shot_area(shot: ShotShown, tables: Tables) -> Area:
    """What a shot hits."""
    half = tables.shot.half
    return Area(shot.x - half, shot.x + half, shot.y - half, shot.y + half)


def draw_boxes(surface: pygame.Surface, shown: Snapshot, tables: Tables, camera: Camera) -> None:
    """Draw the overlay. About 0.4 ms."""
    for player, fighter in enumerate(shown.fighters):
        half = tables.body.half_width
        _outline(surface, Area(fighter.x - half, fighter.x + half, fighter.y, fighter.y + 8), camera, PUSH)
        _outline(surface, hurt_area(fighter, tables), camera, HURT_AIR if fighter.y > 0 else HURT)
        area = strike_area(fighter, tables)
        if area is not None:
            _outline(surface, area, camera, STRIKE, filled=True)
        _facts(surface, player, fighter, tables)
    for shot in shown.shots:
        if shot.alive:
            _outline(surface, shot_area(shot, tables), camera, SHOT)


def rect_of(area: Area, camera: Camera) -> pygame.Rect:
    """An area on the canvas."""
    left, top = camera.column(area.left), camera.row(area.top)
    return pygame.Rect(left, top, camera.column(area.right) - left, camera.row(area.bottom) - top)


def _outline(surface: pygame.Surface, area: Area, camera: Camera, colour: Colour, *, filled: bool = False) -> None:
    rect = rect_of(area, camera)
    if filled:      # every other row, so that the drawing is seen through it
        for row in range(rect.top, rect.bottom, 3):
            surface.fill(colour, (rect.left, row, rect.width, 1))
    pygame.draw.rect(surface, colour, rect, 1)


def _facts(surface: pygame.Surface, player: int, fighter: FighterShown, tables: Tables) -> None:
    """One line of numbers, all in frames, and the cells of the move with the current frame marked."""
    left, area = player == 0, FACTS[player]
    surface.blit(panel(*area.size), area)
    x = area.left + 6 if left else area.right - 6
    write(surface, facts_of(fighter), x, area.top + 3, align="left" if left else "right", shadow=False)
    if fighter.act != Act.ATTACK:
        return
    numbers = tables.moves[fighter.move]
    total = numbers.startup + numbers.active + numbers.recovery
    begin = x if left else x - total * 5
    for frame in range(total):
        cell = pygame.Rect(begin + frame * 5, area.top + 13, 4, 6)
        surface.fill(_PHASE_COLOURS[phase_of(numbers, frame)[0]], cell)
        if frame == min(fighter.since, total - 1):
            pygame.draw.rect(surface, (255, 255, 255), cell.inflate(2, 4), 1)


def facts_of(fighter: FighterShown) -> str:
    """What a fighter does, since when, and for how long it cannot act or stands still after a blow."""
    what = f" {fighter.move.name}".replace("_", " ") if fighter.act in (Act.ATTACK, Act.HOLD) else ""
    return f"{fighter.act.name}{what}: frame {fighter.since}, stun {fighter.stun}, freeze {fighter.freeze} frames"
