"""The stage on the screen: layers that scroll at different speeds, and what moves in them."""

import math

import pygame

from . import scenery
from .camera import FLOOR_ROW, Camera
from .pixels import halo
from .window import HEIGHT, WIDTH

#: Layers reach this far beyond the screen, for the shake.
MARGIN = 12
#: Share of the camera's way that a layer moves.
MOUNTAIN_SHARE, TOWN_SHARE = 0.12, 0.34
_PETALS = 26
_PETAL_COLOURS = ((255, 196, 186), (240, 140, 158), (190, 84, 132))


class Stage:
    """All layers of a stage that is `2 * half_width` wide; painting them takes about 0.3 s, once."""

    def __init__(self, half_width: int) -> None:
        self._way = max(0, half_width - WIDTH // 2)
        self._sky = scenery.sky()
        self._clouds = [scenery.cloud(number) for number in range(4)]
        self._mountains = scenery.mountains(self._width(MOUNTAIN_SHARE))
        self._town = scenery.town(self._width(TOWN_SHARE))
        self._wall = scenery.wall(self._width(scenery.YARD_SHARE))
        self._floor_rows = HEIGHT - scenery.YARD_ROW + MARGIN
        self._floor = scenery.floor(self._width(scenery.share_of(HEIGHT + MARGIN, FLOOR_ROW)), self._floor_rows, FLOOR_ROW)
        self._glow = [halo(radius, (92, 46, 16)) for radius in (30, 32)]

    def _width(self, share: float) -> int:
        return WIDTH + 2 * MARGIN + 2 * math.ceil(self._way * share)

    def draw(self, surface: pygame.Surface, camera: Camera, frame: int, *, still: bool = False) -> None:
        """Draw everything that is behind the fighters. Runs every frame, about 0.7 ms."""
        surface.blit(self._sky, (0, 0))
        for number, cloud in enumerate(self._clouds):
            drift = 0 if still else frame * (0.05 + 0.02 * number)
            x = (number * 197 + drift - camera.x * 0.05) % (WIDTH + 240) - 220
            surface.blit(cloud, (x, 30 + number * 26))
        self._layer(surface, self._mountains, camera, MOUNTAIN_SHARE, 96)
        self._layer(surface, self._town, camera, TOWN_SHARE, 30)
        left = self._layer(surface, self._wall, camera, scenery.YARD_SHARE, 0)
        self._lanterns(surface, left + self._wall.get_width() // 2, camera.shake_y, frame, still=still)
        self._rows(surface, camera)

    def draw_front(self, surface: pygame.Surface, camera: Camera, frame: int, *, still: bool = False) -> None:
        """Petals in the wind, before the fighters; none where motion is reduced."""
        if still:
            return
        for petal in range(_PETALS):
            depth = 0.7 + 0.6 * scenery.noise(petal, 20)
            fall = frame * (0.35 + 0.3 * scenery.noise(petal, 21)) * depth + scenery.noise(petal, 22) * 400
            x = scenery.noise(petal, 23) * 900 - frame * 0.7 * depth + 9 * math.sin(frame / 23 + petal) - camera.x * depth
            column, row = x % (WIDTH + 40) - 20, fall % (HEIGHT + 20) - 10
            turned = (frame // 9 + petal) % 3
            surface.fill(_PETAL_COLOURS[petal % 3], (column, row, (3, 2, 1)[turned], (1, 2, 2)[turned]))

    def _layer(self, surface: pygame.Surface, layer: pygame.Surface, camera: Camera, share: float, row: int) -> int:
        left = round(WIDTH / 2 - layer.get_width() / 2 - camera.x * share) + camera.shake_x
        surface.blit(layer, (left, row + camera.shake_y))
        return left

    def _lanterns(self, surface: pygame.Surface, middle: int, shake_y: int, frame: int, *, still: bool) -> None:
        for number, (x, row) in enumerate(scenery.LANTERNS):
            glow = self._glow[0 if still else (frame // 11 + number * 5) % 7 == 0]
            half = glow.get_width() // 2
            surface.blit(glow, (middle + x - half, row - half + shake_y), special_flags=pygame.BLEND_RGB_ADD)

    def _rows(self, surface: pygame.Surface, camera: Camera) -> None:
        """The floor, two rows at a time: near rows scroll faster."""
        width = self._floor.get_width()
        blits = []
        for line in range(0, self._floor_rows, 2):
            share = scenery.share_of(scenery.YARD_ROW + line, FLOOR_ROW)
            source = round(width / 2 - WIDTH / 2 + camera.x * share) - camera.shake_x
            blits.append((self._floor, (0, scenery.YARD_ROW + line + camera.shake_y), (source, line, WIDTH, 2)))
        surface.blits(blits, False)
