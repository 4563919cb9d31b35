"""Arrays of pixels and surfaces: the few operations that the drawing modules share.

An array is (rows, columns), rows from the top. All surfaces have the one 32-bit format below, which is also the
usual format of a window, so no blit has to convert.
"""

from functools import lru_cache

import numpy as np
import pygame

_MASKS = (0xFF0000, 0xFF00, 0xFF, 0)


def blank(width: int, height: int) -> pygame.Surface:
    """An opaque black surface in the format of all others."""
    return pygame.Surface((width, height), 0, 32, _MASKS)


@lru_cache(maxsize=16)
def panel(width: int, height: int) -> pygame.Surface:
    """A dark sheet with a rim, to be laid under words."""
    sheet = blank(width, height)
    sheet.fill((14, 12, 26))
    pygame.draw.rect(sheet, (62, 56, 92), sheet.get_rect(), 1)
    sheet.set_alpha(215)
    return sheet


def surface_of(rgb: np.ndarray, *, opaque: bool = False) -> pygame.Surface:
    """A surface of an array (rows, columns, 3); pure black is transparent unless `opaque`."""
    height, width = rgb.shape[:2]
    surface = blank(width, height)
    words = rgb.astype(np.uint32)
    pixels = pygame.surfarray.pixels2d(surface)
    pixels[:] = (words[..., 0] << 16 | words[..., 1] << 8 | words[..., 2]).T
    del pixels      # it locks the surface
    if not opaque:
        surface.set_colorkey(0, pygame.RLEACCEL)
    return surface


def glow_of(rgb: np.ndarray) -> pygame.Surface:
    """A surface to be added (BLEND_RGB_ADD) to what is below."""
    return surface_of(np.clip(rgb, 0, 255).astype(np.uint8), opaque=True)


def halo(radius: int, colour: tuple[int, int, int], steps: int = 6) -> pygame.Surface:
    """A round glow to be added to what is below, in hard steps like all pixel art."""
    at = np.arange(-radius, radius + 1)
    distance = np.hypot(at[:, None], at[None, :]) / radius
    level = np.clip(np.ceil((1 - distance) * steps) / steps, 0, 1) ** 1.6
    return glow_of(level[..., None] * np.array(colour, float))


def grow(mask: np.ndarray, by: int = 1) -> np.ndarray:
    """The mask and all that touches it by a side, `by` times."""
    for _ in range(by):
        wide = mask.copy()
        wide[1:] |= mask[:-1]
        wide[:-1] |= mask[1:]
        wide[:, 1:] |= mask[:, :-1]
        wide[:, :-1] |= mask[:, 1:]
        mask = wide
    return mask


def shift(mask: np.ndarray, right: int, down: int) -> np.ndarray:
    """The mask moved by non-negative steps; what leaves the array is gone."""
    moved = np.zeros_like(mask)
    rows, columns = mask.shape
    moved[down:, right:] = mask[:rows - down, :columns - right]
    return moved


#: Ordered dither: a pixel is on where the share of its place is below the wanted share.
BAYER = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) + 0.5) / 16
