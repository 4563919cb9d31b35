"""Sparks, dust and flashes, drawn from the state's effects by their age.

Nothing here remembers anything: what is seen is a function of (kind, player, frame, place, age). An effect of a wrongly
predicted frame is gone when the rollback takes it out of the state, and none is seen twice.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pygame

from ..world import Effect
from .camera import Camera
from .colour import Colour, mix
from .pixels import halo
from .scenery import noise
from .snapshot import HappeningShown
from .window import HEIGHT, WIDTH

_WHITE: Colour = (255, 252, 240)
_DUST: tuple[Colour, ...] = ((232, 200, 190), (190, 150, 158), (138, 104, 126))


@dataclass(frozen=True, slots=True)
class Brush:
    """Where an effect is drawn and with what."""

    surface: pygame.Surface
    camera: Camera
    glow: Colour        # of the player who did it
    calm: bool          # reduced motion: no flashes

    def place(self, happening: HappeningShown) -> tuple[int, int]:
        return self.camera.column(happening.x), self.camera.row(happening.y)


def draw_effect(brush: Brush, happening: HappeningShown) -> None:
    """Draw one effect as old as it is; nothing when it is over. Up to 0.1 ms."""
    painter = _PAINTERS.get(happening.kind)
    if painter is not None:
        painter(brush, happening)


def _dice(happening: HappeningShown, *numbers: int) -> float:
    return noise(int(happening.kind), happening.player, happening.frame, *numbers)


def _star(surface: pygame.Surface, x: int, y: int, long: float, short: float, points: int, turn: float, colour: Colour) -> None:
    """A jagged star, its rays of uneven length."""
    outline = []
    for k in range(points * 2):
        angle = turn + math.pi * k / points
        reach = short if k % 2 else long * (1.0 if k % 4 == 0 else 0.66)
        outline.append((x + math.cos(angle) * reach, y + math.sin(angle) * reach))
    pygame.draw.polygon(surface, colour, outline)


def _sparks(brush: Brush, h: HappeningShown, count: int, speed: float, life: int, colours: tuple[Colour, ...], *,
            fall: float = 0.14) -> None:
    """Chips that fly from the place, slow down and fall."""
    if h.age >= life:
        return
    x, y = brush.place(h)
    t = h.age
    for chip in range(count):
        angle = 2 * math.pi * (chip + _dice(h, chip, 1)) / count
        way = speed * (0.5 + _dice(h, chip, 2)) * (1 - 0.86 ** (t + 1)) / 0.14
        size = max(1, round((3 + 2 * _dice(h, chip, 3)) * (1 - t / life)))
        colour = colours[min(len(colours) - 1, t * len(colours) // life)]
        column, row = x + math.cos(angle) * way, y + math.sin(angle) * way * 0.85 + fall * t * t
        if t < 4:       # fast chips are streaks
            pygame.draw.line(brush.surface, colour, (column, row), (column - math.cos(angle) * 7, row - math.sin(angle) * 6), 2)
        else:
            brush.surface.fill(colour, (column, row, size, size))


def _ring(surface: pygame.Surface, x: int, y: int, radius: float, thick: float, colour: Colour) -> None:
    if thick >= 1 and radius > 1:
        pygame.draw.circle(surface, colour, (x, y), round(radius), max(1, round(thick)))


def _hit(brush: Brush, h: HappeningShown) -> None:
    x, y = brush.place(h)
    turn = _dice(h, 9) * 3
    if h.age < 7:
        size = (16, 22, 20, 16, 12, 8, 4)[h.age]
        _star(brush.surface, x, y, size, size * 0.36, 6, turn, (255, 170, 60))
        _star(brush.surface, x, y, size * 0.66, size * 0.26, 6, turn, _WHITE)
    _sparks(brush, h, 8, 3.4, 14, (_WHITE, (255, 220, 110), (255, 150, 60)))


def _heavy_hit(brush: Brush, h: HappeningShown) -> None:
    x, y = brush.place(h)
    turn = _dice(h, 9) * 3
    if h.age < 12:
        size = (26, 40, 42, 38, 34, 29, 24, 19, 14, 10, 6, 3)[h.age]
        _star(brush.surface, x, y, size, size * 0.34, 8, turn, (226, 60, 44))
        _star(brush.surface, x, y, size * 0.78, size * 0.28, 8, turn + 0.05, (255, 190, 70))
        _star(brush.surface, x, y, size * 0.5, size * 0.22, 8, turn, _WHITE)
    if h.age < 14:
        _ring(brush.surface, x, y, 10 + h.age * 4.6, 5 - h.age * 0.4, mix((255, 240, 190), (255, 110, 60), h.age / 14))
    _sparks(brush, h, 16, 5.2, 22, (_WHITE, (255, 226, 120), (255, 140, 60), (190, 50, 50)))


def _block(brush: Brush, h: HappeningShown) -> None:
    """A cold shield: crescents and small cyan chips."""
    x, y = brush.place(h)
    if h.age < 10:
        fade = h.age / 10
        for shell, colour in ((0, (240, 255, 255)), (1, (120, 214, 255)), (2, (60, 130, 226))):
            radius = 12 + h.age * 1.6 + shell * 3
            _ring(brush.surface, x, y, radius, 3 - 2.4 * fade - shell * 0.5, colour)
        if h.age < 4:
            pygame.draw.polygon(brush.surface, (240, 255, 255), [(x, y - 13), (x + 5, y), (x, y + 13), (x - 5, y)])
    _sparks(brush, h, 7, 2.8, 12, ((240, 255, 255), (120, 214, 255), (60, 130, 226)), fall=0.05)


def _dust(brush: Brush, h: HappeningShown, count: int, spread: float, life: int, size: float) -> None:
    """Puffs that roll to both sides over the floor."""
    if h.age >= life:
        return
    x, y = brush.camera.column(h.x), brush.camera.row(0)
    share = h.age / life
    for puff in range(count):
        side = -1 if puff % 2 else 1
        way = side * spread * (0.25 + 0.75 * _dice(h, puff, 1)) * (1 - (1 - share) ** 2)
        radius = size * (0.5 + 0.5 * _dice(h, puff, 2)) * (0.6 + 0.7 * share) * (1 - share ** 2)
        row = y - radius * 0.5 - share * 9 * _dice(h, puff, 3)
        if radius >= 1:
            pygame.draw.circle(brush.surface, _DUST[(puff + h.age // 5) % 3], (x + way, row), round(radius))
            pygame.draw.circle(brush.surface, _DUST[0], (x + way - 1, row - 1), max(1, round(radius * 0.55)))


def _land(brush: Brush, h: HappeningShown) -> None:
    _dust(brush, h, 6, 26, 16, 5)


def _jump(brush: Brush, h: HappeningShown) -> None:
    _dust(brush, h, 5, 20, 14, 5)


def _dash(brush: Brush, h: HappeningShown) -> None:
    _dust(brush, h, 7, 30, 18, 6)


def _slam(brush: Brush, h: HappeningShown) -> None:
    _dust(brush, h, 14, 58, 26, 9)
    if h.age < 9:
        x, y = brush.camera.column(h.x), brush.camera.row(0)
        width = 30 + h.age * 11
        colour = mix(_WHITE, _DUST[1], h.age / 9)
        pygame.draw.ellipse(brush.surface, colour, (x - width // 2, y - 4, width, 9), max(1, 3 - h.age // 4))


def _launch(brush: Brush, h: HappeningShown) -> None:
    x, y = brush.place(h)
    if h.age < 9:
        _ring(brush.surface, x, y, 8 + h.age * 3.2, 5 - h.age * 0.5, brush.glow)
        _star(brush.surface, x, y, 26 - h.age * 2.6, 5, 4, 0.4, mix(brush.glow, _WHITE, 0.6))
    _sparks(brush, h, 8, 3.0, 14, (_WHITE, mix(brush.glow, _WHITE, 0.5), brush.glow), fall=0.0)


_BURST_GLOW: list[pygame.Surface] = []


def _clash(brush: Brush, h: HappeningShown) -> None:
    x, y = brush.place(h)
    if h.age < 14:
        if not brush.calm:
            if not _BURST_GLOW:
                _BURST_GLOW.append(halo(60, (110, 100, 120)))
            brush.surface.blit(_BURST_GLOW[0], (x - 60, y - 60), special_flags=pygame.BLEND_RGB_ADD)
        for shell, colour in enumerate(((255, 154, 60), (82, 200, 255), _WHITE)):
            _ring(brush.surface, x, y, 6 + h.age * (4.6 - shell), 6 - h.age * 0.45, colour)
        _star(brush.surface, x, y, 44 - h.age * 3, 7, 6, _dice(h, 4) * 3, _WHITE)
    _sparks(brush, h, 18, 5.0, 24, (_WHITE, (190, 236, 255), (255, 190, 110), (170, 80, 130)), fall=0.03)


def _grab(brush: Brush, h: HappeningShown) -> None:
    x, y = brush.place(h)
    if h.age < 10:
        for k in range(4):
            angle = math.pi / 4 + k * math.pi / 2
            reach = 22 - h.age * 1.6
            a = (x + math.cos(angle) * reach, y + math.sin(angle) * reach)
            b = (x + math.cos(angle) * (reach + 9), y + math.sin(angle) * (reach + 9))
            pygame.draw.line(brush.surface, (196, 255, 130) if h.age % 4 < 2 else _WHITE, a, b, 3)


def _break_free(brush: Brush, h: HappeningShown) -> None:
    x, y = brush.place(h)
    if h.age < 10:
        _ring(brush.surface, x, y, 8 + h.age * 4, 5 - h.age * 0.5, (196, 255, 130))
    _sparks(brush, h, 10, 3.6, 16, (_WHITE, (196, 255, 130), (90, 190, 90)))


def _knock_out(brush: Brush, h: HappeningShown) -> None:
    """Lines rush to the middle and turn slowly, as if the moment stood still; a flash opens it."""
    if brush.calm or h.age >= 48:
        return
    surface = brush.surface
    if h.age < 5:
        surface.fill((110 - h.age * 22,) * 3, special_flags=pygame.BLEND_RGB_ADD)
    middle_x, middle_y = WIDTH // 2, HEIGHT // 2 + 30
    open_share = 0.45 + 0.55 * (h.age / 48)
    for ray in range(40):
        angle = 2 * math.pi * (ray + 0.6 * _dice(h, ray, 1)) / 40 + h.age * 0.006
        inner = 420 * open_share * (0.75 + 0.35 * _dice(h, ray, 2))
        width = 0.010 + 0.016 * _dice(h, ray, 3)
        points = [(middle_x + math.cos(angle) * inner, middle_y + math.sin(angle) * inner * 0.7)]
        points += [(middle_x + math.cos(angle + side) * 640, middle_y + math.sin(angle + side) * 448)
                   for side in (-width, width)]
        pygame.draw.polygon(surface, _WHITE if ray % 3 else (255, 214, 150), points)


_PAINTERS: dict[Effect, Callable[[Brush, HappeningShown], None]] = {
    Effect.HIT: _hit,
    Effect.HEAVY_HIT: _heavy_hit,
    Effect.BLOCK: _block,
    Effect.LAUNCH_SHOT: _launch,
    Effect.CLASH: _clash,
    Effect.GRAB: _grab,
    Effect.SLAM: _slam,
    Effect.BREAK_FREE: _break_free,
    Effect.JUMP: _jump,
    Effect.LAND: _land,
    Effect.DASH: _dash,
    Effect.KNOCK_OUT: _knock_out,
}
