"""Words on the screen: the small pixel font for everything, and the bold banner letters of the announcements.

Rendered lines are cached, so a line that does not change costs one blit.
"""

from functools import lru_cache
from typing import Literal

import numpy as np
import pygame

from .colour import Colour, mix
from .glyphs import CAP_ROWS, GLYPHS, LINE_ROWS
from .pixels import grow, surface_of

Align = Literal["left", "center", "right"]

_GAP = 1    # columns between two letters
_SHADOW: Colour = (18, 12, 26)


def text_width(text: str, size: int = 1) -> int:
    """Pixels from the first column of ink to the last one, shadow not counted."""
    if not text:
        return 0
    return (sum(len(_rows(character)[0]) + _GAP for character in text) - _GAP) * size


def write(surface: pygame.Surface, text: str, x: int, y: int, *, size: int = 1, colour: Colour = (255, 255, 255),
          align: Align = "left", shadow: bool = True) -> int:
    """Write one line whose cap line is at `y`; `x` is its left end, middle or right end. The width is returned.

    Capitals are 7 * size high. A character without a glyph is shown as "?".
    """
    width = text_width(text, size)
    if text:
        surface.blit(_line(text, size, colour, shadow), (_left(x, width, align), y))
    return width


def write_banner(surface: pygame.Surface, text: str, x: int, y: int, *, top: Colour, bottom: Colour, scale: int = 4,
                 shown: float = 1.0) -> pygame.Rect:
    """Big slanted letters with a gradient and a dark rim, middle at (x, y). `shown` in 0..1 squeezes it open."""
    line = banner(text, top, bottom, scale)
    if shown < 1.0:
        line = pygame.transform.scale(line, (line.get_width(), max(1, round(line.get_height() * shown))))
        line.set_colorkey(0)
    return surface.blit(line, line.get_rect(center=(x, y)))


def _left(x: int, width: int, align: Align) -> int:
    return x - {"left": 0, "center": width // 2, "right": width}[align]


def _rows(character: str) -> tuple[str, ...]:
    return GLYPHS.get(character) or GLYPHS["?"]


def ink(text: str) -> np.ndarray:
    """The letters as a boolean array (rows, columns)."""
    shape = np.zeros((LINE_ROWS, max(1, text_width(text))), bool)
    at = 0
    for character in text:
        rows = _rows(character)
        for y, row in enumerate(rows):
            for x, mark in enumerate(row):
                shape[y, at + x] = mark == "#"
        at += len(rows[0]) + _GAP
    return shape


@lru_cache(maxsize=1024)
def _line(text: str, size: int, colour: Colour, shadow: bool) -> pygame.Surface:
    letters = np.kron(ink(text), np.ones((size, size), bool))
    height, width = letters.shape
    picture = np.zeros((height + size, width + size, 3), np.uint8)
    if shadow:
        picture[size:, size:][letters] = _SHADOW
    picture[:height, :width][letters] = np.maximum(colour, 1)     # pure black is the colour key
    return surface_of(picture)


@lru_cache(maxsize=256)
def banner(text: str, top: Colour, bottom: Colour, scale: int) -> pygame.Surface:
    """The letters of `write_banner`; the first call for a text takes 1 to 4 ms."""
    letters = ink(text)[:CAP_ROWS]
    letters = np.pad(letters, 1)
    letters = grow(np.kron(letters, np.ones((scale, scale), bool)), max(1, scale // 4))     # bold
    height, width = letters.shape
    slant = height // 5
    canvas = np.zeros((height + 6, width + slant + 8), bool)
    for y in range(height):
        shift = slant * (height - 1 - y) // height
        canvas[y + 3, 3 + shift:3 + shift + width] = letters[y]
    rim = grow(canvas, 2)
    shade = np.zeros_like(rim)
    shade[3:, 2:] = rim[:-3, :-2]
    picture = np.zeros((*canvas.shape, 3), np.uint8)
    picture[shade] = (10, 6, 18)
    picture[rim] = (34, 16, 40)
    rows = np.arange(canvas.shape[0])
    for y in rows:
        share = min(1.0, max(0.0, (y - 3 - scale) / max(1, height - 2 * scale)))
        # a bright band above the middle, as on polished metal
        tone = mix(top, bottom, share) if not 0.42 < share < 0.5 else mix(top, (255, 255, 255), 0.75)
        picture[y][canvas[y]] = tone
    upper = canvas & ~np.roll(canvas, 1, axis=0)
    picture[upper] = mix(top, (255, 255, 255), 0.8)
    return surface_of(picture)
