"""Projectiles: a turning ball of light with a tail of flames, in the owner's colour."""

import math

import numpy as np
import pygame

from .colour import Colour, mix
from .pixels import halo, surface_of
from .scenery import noise

FRAMES = 6
_RADIUS = 13
_WIDTH, _HEIGHT = 64, 40
_CORE_X = 46        # the middle of the ball in the sprite of a shot that flies right


class ShotSprites:
    """The drawings of one player's shot, both ways, and its glow."""

    def __init__(self, glow: Colour) -> None:
        right = [surface_of(_flame(glow, number)) for number in range(FRAMES)]
        left = [pygame.transform.flip(picture, True, False) for picture in right]
        for picture in left:
            picture.set_colorkey(0, pygame.RLEACCEL)
        self._pictures = {1: right, -1: left}
        self._halo = halo(34, mix((0, 0, 0), glow, 0.42))

    def draw(self, surface: pygame.Surface, x: int, y: int, facing: int, since: int) -> None:
        """Draw it with the middle of the ball at (x, y) of the canvas."""
        picture = self._pictures[1 if facing >= 0 else -1][since // 3 % FRAMES]
        left = x - _CORE_X if facing >= 0 else x - (_WIDTH - _CORE_X)
        surface.blit(self._halo, (x - 34, y - 34), special_flags=pygame.BLEND_RGB_ADD)
        surface.blit(picture, (left, y - _HEIGHT // 2))


def _flame(glow: Colour, number: int) -> np.ndarray:
    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    dx, dy = x - _CORE_X, y - _HEIGHT / 2 + 0.5
    picture = np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)
    turn = 2 * math.pi * number / FRAMES
    # the tail: tongues that flicker behind the ball
    for tongue, colour in enumerate((mix(glow, (60, 20, 80), 0.45), glow, mix(glow, (255, 255, 255), 0.5))):
        length = 40 - tongue * 11 + 4 * math.sin(turn + tongue * 2)
        share = np.clip(-dx / length, 0, 1)
        ripple = 2.4 * np.sin(dx * 0.32 + turn + tongue) * share
        half = (_RADIUS - tongue * 3.2) * (1 - share) ** 0.8
        picture[(dx <= 0) & (dx > -length) & (np.abs(dy + ripple) < half)] = colour
    for shrink, white in ((0.0, 0.0), (3.0, 0.4), (6.0, 0.75), (8.5, 1.0)):
        angle = np.arctan2(dy, dx)
        edge = _RADIUS - shrink + 1.2 * np.sin(angle * 3 - turn)
        picture[np.hypot(dx - shrink * 0.2, dy) < edge] = mix(glow, (255, 255, 255), white)
    # two arcs turn inside the ball
    angle = (np.arctan2(dy, dx) + turn) % math.pi
    distance = np.hypot(dx, dy)
    picture[(distance > 6.5) & (distance < 8.8) & (angle < 0.9)] = (255, 255, 255)
    for ember in range(5):
        ex = int(_CORE_X - 16 - (number * 7 + ember * 11) % 30)
        ey = int(_HEIGHT / 2 + (noise(ember, number) - 0.5) * 20)
        picture[ey:ey + 2, ex:ex + 2] = mix(glow, (255, 255, 255), 0.3)
    return picture
