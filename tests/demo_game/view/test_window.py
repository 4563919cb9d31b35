"""The canvas in windows of all sizes."""

import numpy as np
import pygame
import pytest

from demo_game.view import HEIGHT, WIDTH, present
from demo_game.view.window import place

from .scenes import canvas, pixels


def _chequered() -> pygame.Surface:
    surface = canvas()
    picture = pygame.surfarray.pixels3d(surface)
    x, y = np.mgrid[0:WIDTH, 0:HEIGHT]
    picture[...] = np.stack([x % 251, y % 241, (x + y) % 2 * 200 + 20], axis=-1)
    del picture
    return surface


@pytest.mark.parametrize(("size", "factor"), [
    ((640, 360), 1), ((1280, 720), 2), ((1366, 768), 2), ((1920, 1080), 3), ((700, 900), 1)])
def test_pixels_stay_whole_and_the_rest_is_black(size: tuple[int, int], factor: int) -> None:
    source, window = _chequered(), pygame.Surface(size, 0, 32)
    window.fill((9, 9, 9))
    rect = present(source, window)
    assert rect.size == (WIDTH * factor, HEIGHT * factor)
    assert abs(rect.centerx - size[0] // 2) <= 1 and abs(rect.centery - size[1] // 2) <= 1
    shown = pixels(window)
    inside = shown[rect.top:rect.bottom, rect.left:rect.right]
    assert (inside == np.kron(pixels(source), np.ones((factor, factor, 1), np.uint8))).all()
    shown[rect.top:rect.bottom, rect.left:rect.right] = 0
    assert not shown.any()


@pytest.mark.parametrize("size", [(320, 180), (500, 500), (639, 359), (64, 700), (1, 1)])
def test_a_small_window_shows_all_of_it(size: tuple[int, int]) -> None:
    window = pygame.Surface(size, 0, 32)
    rect = present(_chequered(), window)
    assert window.get_rect().contains(rect)
    assert rect.width == size[0] or rect.height == size[1]


def test_the_place_keeps_the_proportions() -> None:
    for width in range(200, 3000, 97):
        rect = place((width, 2 * width))
        assert rect.width / rect.height == pytest.approx(WIDTH / HEIGHT, rel=0.02)
