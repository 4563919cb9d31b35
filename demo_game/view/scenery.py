"""The painted layers of the stage: a courtyard at dusk. Each function paints one layer once, when a match is set up.

Rows are those of the canvas; columns are those of a layer, whose middle is the middle of the stage. Black is
transparent. Light comes from the low sun in the upper left, as in the figures.
"""

import math
from itertools import pairwise

import numpy as np
import pygame

from .colour import Colour, mix
from .pixels import BAYER, blank, surface_of
from .window import WIDTH

#: Row on which the courtyard begins, and its share of the scroll there; the share grows by row to 1 at the feet.
YARD_ROW, YARD_SHARE = 262, 0.74

_SKY: tuple[tuple[int, Colour], ...] = (
    (0, (38, 26, 74)), (44, (66, 38, 104)), (92, (122, 56, 128)), (138, (196, 84, 120)), (176, (240, 132, 98)),
    (206, (255, 190, 116)), (232, (255, 224, 158)))
_FAR: Colour = (128, 74, 132)
_NEAR: Colour = (74, 44, 98)
_ROOF: Colour = (50, 34, 76)
_WOOD: Colour = (152, 44, 52)
_PLASTER: Colour = (116, 88, 124)


def noise(*numbers: int) -> float:
    """A repeatable number in 0..1 for these integers."""
    value = 0x9E3779B9
    for number in numbers:
        value = (value ^ (number & 0xFFFFFFFF)) * 0x85EBCA6B & 0xFFFFFFFF
        value ^= value >> 13
    value = value * 0xC2B2AE35 & 0xFFFFFFFF
    return (value ^ value >> 16) / 0x100000000


def layer(width: int, height: int) -> pygame.Surface:
    """An empty layer."""
    surface = blank(width, height)
    surface.set_colorkey(0, pygame.RLEACCEL)
    return surface


def sky() -> pygame.Surface:
    """Dithered bands, stars and the sun; it never scrolls."""
    rows = np.arange(240)
    stops = [row for row, _ in _SKY]
    channels = [np.interp(rows, stops, [colour[k] for _, colour in _SKY]) for k in range(3)]
    gradient = np.stack(channels, axis=-1)[:, None, :] / 255
    pattern = np.tile(BAYER, (60, WIDTH // 4))[..., None]
    levels = 13      # few enough that the bands show, as on old hardware
    picture = np.clip(np.floor(gradient * levels + pattern) / levels * 255, 1, 255)
    y, x = np.mgrid[0:240, 0:WIDTH]
    distance = np.hypot(x - 196, (y - 168))
    for radius, colour, share in ((96, (255, 170, 110), 0.22), (72, (255, 190, 120), 0.3), (46, (255, 236, 176), 1.0)):
        inside = distance < radius
        if share == 1.0:     # the disc is cut by bars of haze
            inside &= ~((y > 166) & ((y - 166) % 9 < (y - 160) // 12))
        picture[inside] = picture[inside] * (1 - share) + np.array(colour) * share
    for star in range(46):
        row, column = int(noise(star, 1) ** 2 * 92), int(noise(star, 2) * WIDTH)
        picture[row, column] = (255, 240, 220) if star % 3 else (190, 160, 210)
    return surface_of(picture.astype(np.uint8), opaque=True)


def cloud(number: int) -> pygame.Surface:
    """A flat drifting bank with a lit upper edge."""
    width, height = 120 + 50 * (number % 3), 22
    surface = layer(width, height)
    for dark, colour in ((0, (255, 176, 138)), (3, (206, 104, 136)), (6, (150, 72, 132))):
        for puff in range(7):
            share = (puff + 0.5) / 7
            radius = 5 + 7 * math.sin(math.pi * share) * (0.6 + 0.4 * noise(number, puff))
            left, top = width * share - radius * 2.2, height - 4 - radius + dark
            pygame.draw.ellipse(surface, colour, (left, top, radius * 4.4, radius * 1.4))
    surface.fill(0, (0, height - 3, width, 3))
    return surface


def mountains(width: int) -> pygame.Surface:
    """Two ranges in the haze; rows 96 to 240 of the canvas."""
    height = 144
    surface = layer(width, height)
    for number, (colour, lit, base, size) in enumerate((((168, 86, 134), (226, 124, 126), 70, 46),
                                                       (_FAR, (176, 92, 130), 92, 34))):
        ridge = [base - size * (0.55 * math.sin(x / 61 + 3 * number) + 0.3 * math.sin(x / 23 + number)
                                + 0.15 * math.sin(x / 7.3)) for x in range(width)]
        for x in range(width):
            top = int(ridge[x])
            pygame.draw.line(surface, colour, (x, top), (x, height))
            # slopes that face the sun
            if x + 3 < width and ridge[x + 3] < ridge[x] - 0.4:
                pygame.draw.line(surface, lit, (x, top), (x, top + 5 + int(7 * noise(x // 4, number))))
    haze = np.array([0.0 if y < 80 else (y - 80) / 64 * 0.6 for y in range(height)])
    pixels = pygame.surfarray.pixels3d(surface)
    solid = pixels.any(axis=2)
    hazed = pixels * (1 - haze[None, :, None]) + np.array((255, 196, 140)) * haze[None, :, None]
    pixels[solid] = hazed[solid].astype(np.uint8)
    del pixels
    return surface


def town(width: int) -> pygame.Surface:
    """Hills with pines, a pagoda and roofs; rows 30 to 250 of the canvas."""
    surface = layer(width, 220)
    for x in range(width):
        top = int(160 - 16 * math.sin(x / 90 + 1) - 6 * math.sin(x / 31))
        pygame.draw.line(surface, _NEAR, (x, top), (x, 220))
    for tree in range(34):
        x = int(noise(tree, 7) * width)
        colour = mix(_NEAR, (40, 28, 70), noise(tree, 9))
        _pine(surface, x, int(168 - 16 * math.sin(x / 90 + 1)), 24 + int(22 * noise(tree, 8)), colour)
    _pagoda(surface, width // 2 + 176, 186)
    _hall(surface, width // 2 - 236, 188)
    return surface


def _pine(surface: pygame.Surface, x: int, foot: int, height: int, colour: Colour) -> None:
    for tier in range(4):
        y = foot - height * tier // 5
        half = (height // 4) * (5 - tier) // 5 + 2
        pygame.draw.polygon(surface, colour, [(x - half, y), (x + half, y), (x, y - height // 3 - 3)])
        pygame.draw.line(surface, mix(colour, (226, 124, 126), 0.4), (x - half + 1, y - 1), (x - 1, y - height // 3 - 1))


def _roof(surface: pygame.Surface, x: int, y: int, half: int, rise: int, colour: Colour, lit: Colour) -> None:
    """A curved roof with upturned eaves: `y` is the row of the eaves."""
    curve = [(-half - 5, -6), (-half, -1), (-half * 0.55, -rise * 0.4), (-half * 0.32, -rise)]
    outline = [(x + dx, y + dy) for dx, dy in curve] + [(x - dx, y + dy) for dx, dy in reversed(curve)]
    pygame.draw.polygon(surface, colour, [*outline, (x + half, y + 2), (x - half, y + 2)])
    pygame.draw.lines(surface, lit, False, [(x + dx, y + dy) for dx, dy in curve] + [(x + half * 0.32, y - rise)])
    pygame.draw.line(surface, mix(colour, (10, 6, 24), 0.5), (x - half, y + 2), (x + half, y + 2))


def _pagoda(surface: pygame.Surface, x: int, foot: int) -> None:
    wall, lit = (92, 50, 96), (236, 138, 122)
    y = foot
    for tier in range(5):
        half = 44 - tier * 6
        body = 22 - tier
        pygame.draw.rect(surface, wall, (x - half * 0.62, y - body, half * 1.24, body))
        for window in range(-1, 2):
            left = x + window * half * 0.38 - 3
            pygame.draw.rect(surface, (255, 206, 120) if tier < 4 else (250, 160, 100), (left, y - body + 7, 6, 9))
            pygame.draw.line(surface, wall, (left + 2, y - body + 7), (left + 2, y - body + 15))
        _roof(surface, x, y - body, half, 11, _ROOF, lit)
        y -= body + 8
    pygame.draw.line(surface, _ROOF, (x, y), (x, y - 26), 2)
    for ring in range(4):
        pygame.draw.line(surface, lit if ring % 2 else _ROOF, (x - 3, y - 8 - ring * 4), (x + 4, y - 8 - ring * 4))


def _hall(surface: pygame.Surface, x: int, foot: int) -> None:
    pygame.draw.rect(surface, (84, 46, 92), (x - 84, foot - 38, 168, 60))
    for window in range(6):
        left = x - 76 + window * 27
        pygame.draw.rect(surface, (255, 190, 108), (left, foot - 28, 17, 22))
        for bar in (5, 11):
            pygame.draw.line(surface, (84, 46, 92), (left + bar, foot - 28), (left + bar, foot - 7))
        pygame.draw.line(surface, (84, 46, 92), (left, foot - 18), (left + 16, foot - 18))
    _roof(surface, x, foot - 38, 104, 30, _ROOF, (236, 138, 122))
    _roof(surface, x, foot - 66, 50, 18, mix(_ROOF, (84, 46, 92), 0.4), (236, 138, 122))


#: Places of the lanterns in the wall's layer, from its middle: (x, row).
LANTERNS: tuple[tuple[int, int], ...] = ((-306, 176), (-190, 170), (-86, 176), (86, 176), (190, 170), (306, 176))


def wall(width: int) -> pygame.Surface:
    """The wall of the courtyard with its gate, the strung lanterns and two cherry trees; rows 0 to 264."""
    surface = layer(width, 264)
    middle = width // 2
    top = 212
    pygame.draw.rect(surface, _PLASTER, (0, top, width, YARD_ROW - top))
    for x in range(0, width, 2):        # weathering, darker towards the floor
        for y in range(top + 6, YARD_ROW - 10, 2):
            if noise(x, y) < 0.02 + 0.22 * ((y - top) / 50) ** 2:
                surface.fill(mix(_PLASTER, (58, 38, 82), 0.35), (x, y, 2, 1))
    for x in range(middle % 96 - 96, width, 96):
        pygame.draw.rect(surface, (70, 44, 82), (x, top, 9, YARD_ROW - top))
        pygame.draw.line(surface, (112, 72, 104), (x, top), (x, YARD_ROW - 1))
    pygame.draw.rect(surface, (66, 48, 84), (0, YARD_ROW - 11, width, 13))
    pygame.draw.line(surface, (124, 96, 124), (0, YARD_ROW - 12), (width, YARD_ROW - 12))
    for x in range(0, width, 34):
        pygame.draw.line(surface, (46, 32, 64), (x, YARD_ROW - 10), (x, YARD_ROW))
    _coping(surface, width, top)
    _torii(surface, middle)
    for x, sign in ((middle - 372, 1), (middle + 372, -1)):
        _cherry(surface, x, sign)
    _lantern_string(surface, middle)
    return surface


def _coping(surface: pygame.Surface, width: int, top: int) -> None:
    """Roof tiles on the wall."""
    pygame.draw.rect(surface, (60, 44, 86), (0, top - 12, width, 14))
    pygame.draw.line(surface, (196, 120, 134), (0, top - 12), (width, top - 12))
    for x in range(0, width, 10):
        pygame.draw.rect(surface, (84, 62, 106), (x, top - 10, 6, 10))
        pygame.draw.line(surface, (132, 90, 124), (x + 1, top - 10), (x + 1, top - 2))
        pygame.draw.circle(surface, (96, 70, 114), (x + 3, top + 1), 3)
        pygame.draw.circle(surface, (48, 34, 70), (x + 3, top + 1), 1)
    pygame.draw.line(surface, (44, 30, 66), (0, top + 5), (width, top + 5))


def _torii(surface: pygame.Surface, x: int) -> None:
    """The gate in the middle: open, with the last light in it."""
    foot, half = YARD_ROW, 62
    surface.fill(0, (x - half, 196, half * 2, foot - 196))      # no wall here
    for y in range(206, foot):      # the path beyond, in dithered bands
        share = (y - 206) / (foot - 206)
        for k in range(x - half, x + half):
            step = math.floor(share * 7 + BAYER[y % 4, k % 4]) / 7
            surface.set_at((k, y), mix((222, 128, 116), (112, 66, 108), step))
    for step in range(4):
        colour = mix((150, 96, 126), (96, 64, 104), step / 3)
        pygame.draw.rect(surface, colour, (x - 44 - step * 5, foot - 16 + step * 4, 88 + step * 10, 4))
    for side in (-1, 1):
        post = x + side * half
        pygame.draw.polygon(surface, _WOOD, [(post - 7, 112), (post + 6, 112), (post + 8 + side, foot + 1),
                                             (post - 9 + side, foot + 1)])
        pygame.draw.line(surface, (226, 96, 76), (post - 6, 112), (post - 8 + side, foot), 2)
        pygame.draw.line(surface, (88, 24, 48), (post + 5, 112), (post + 7 + side, foot), 2)
        pygame.draw.rect(surface, (48, 30, 56), (post - 11, foot - 14, 22, 16))
    for left, right, y, thick in ((-half - 18, half + 18, 138, 9), (-half - 30, half + 30, 108, 11)):
        pygame.draw.rect(surface, _WOOD, (x + left, y, right - left, thick))
        pygame.draw.line(surface, (226, 96, 76), (x + left, y), (x + right, y), 2)
        pygame.draw.line(surface, (88, 24, 48), (x + left, y + thick - 1), (x + right, y + thick - 1), 2)
    curve = [(x + dx, 100 - abs(dx) ** 2 / 1500) for dx in range(-half - 38, half + 39, 4)]
    pygame.draw.polygon(surface, (44, 28, 58), [*curve, (x + half + 36, 104), (x, 110), (x - half - 36, 104)])
    pygame.draw.lines(surface, (236, 138, 122), False, curve)
    pygame.draw.rect(surface, (44, 28, 58), (x - 11, 112, 22, 30))
    pygame.draw.rect(surface, (236, 184, 96), (x - 8, 115, 16, 24), 1)
    for y in (119, 125, 131):
        pygame.draw.line(surface, (236, 184, 96), (x - 4, y), (x + 3, y))


def _cherry(surface: pygame.Surface, x: int, sign: int) -> None:
    bark = (56, 34, 62)
    for a, b, thick in (((0, 262), (6, 200), 13), ((6, 204), (-18, 150), 8), ((6, 202), (46, 152), 7),
                        ((40, 158), (84, 136), 4), ((-14, 158), (-44, 128), 4)):
        pygame.draw.line(surface, bark, (x + sign * a[0], a[1]), (x + sign * b[0], b[1]), thick)
    for colour, dx, dy, shrink in (((120, 50, 104), 3, 5, 0), ((190, 84, 132), 0, 0, 1), ((226, 118, 146), -4, -5, 6),
                                   ((250, 168, 170), -7, -9, 12)):
        for blob in range(22):
            cx = x + sign * int(-62 + 160 * noise(blob, 3)) + dx
            cy = int(96 + 62 * noise(blob, 4)) + dy
            radius = int(11 + 11 * noise(blob, 5)) - shrink
            if radius > 2:
                pygame.draw.circle(surface, colour, (cx, cy), radius)
                for leaf in range(10):
                    angle = leaf * 0.63 + blob
                    surface.fill(colour, (cx + math.cos(angle) * (radius + 1), cy + math.sin(angle) * (radius + 1), 3, 2))


def _lantern_string(surface: pygame.Surface, middle: int) -> None:
    posts = (-366, -248, -136, -62, 62, 136, 248, 366)
    for left, right in pairwise(posts):
        if (left, right) == (-62, 62):
            continue
        rope = [(middle + left + (right - left) * k / 12, 146 + 16 * math.sin(math.pi * k / 12)) for k in range(13)]
        pygame.draw.lines(surface, (52, 32, 58), False, rope)
    for post in (-248, -136, 136, 248):
        pygame.draw.rect(surface, (66, 38, 62), (middle + post - 2, 140, 5, 74))
        pygame.draw.line(surface, (142, 82, 98), (middle + post - 2, 140), (middle + post - 2, 212))
    for dx, y in LANTERNS:
        x = middle + dx
        pygame.draw.line(surface, (52, 32, 58), (x, y - 18), (x, y - 9))
        pygame.draw.ellipse(surface, (180, 52, 44), (x - 9, y - 10, 19, 22))
        pygame.draw.ellipse(surface, (236, 104, 58), (x - 7, y - 8, 14, 18))
        pygame.draw.ellipse(surface, (255, 204, 112), (x - 4, y - 4, 8, 11))
        for rib in (-5, 0, 5):
            pygame.draw.line(surface, (150, 40, 42), (x - 7, y + 1 + rib), (x + 7, y + 1 + rib))
        for cap in (y - 11, y + 11):
            pygame.draw.rect(surface, (48, 28, 52), (x - 5, cap, 11, 3))


def share_of(row: int, feet: int) -> float:
    """How fast a row of the floor scrolls: as its distance wants it, 1 where the feet are."""
    return YARD_SHARE + (row - YARD_ROW) * (1 - YARD_SHARE) / (feet - YARD_ROW)


def floor(width: int, rows: int, feet: int) -> pygame.Surface:
    """Stone slabs in perspective, `rows` of them from the courtyard's row down."""
    picture = np.zeros((rows, width, 3))
    columns = np.arange(width) - width / 2
    for line in range(rows):
        share = share_of(YARD_ROW + line, feet)
        deep = 15.0 / share
        band = int(deep)
        x = columns / share + (band % 2) * 33
        slab = np.floor(x / 66).astype(int)
        tint = np.array([noise(int(number), band) for number in range(slab[0], slab[-1] + 1)])[slab - slab[0]]
        light = 0.55 + 0.25 * line / rows + (tint - 0.5) * 0.13
        edge = np.abs(x / 66 - np.round(x / 66)) * 66
        light = np.where(edge < 0.9, light - 0.26, np.where((edge < 2.2) & (x / 66 > np.round(x / 66)), light + 0.08, light))
        if int(15.0 / share_of(YARD_ROW + line + 1, feet)) != band:
            light = light - 0.24
        elif int(15.0 / share_of(YARD_ROW + line - 1, feet)) != band:
            light = light + 0.09
        grain = np.array([noise(int(c) // 3, line // 2) for c in range(width)])
        light = light + np.where(grain > 0.93, -0.07, np.where(grain < 0.05, 0.06, 0.0))
        # the light of the gate falls on the middle
        glow = np.clip(1 - np.abs(columns / share) / 210, 0, 1) * (0.20 - 0.10 * line / rows)
        light = light + glow
        picture[line] = np.array((150, 112, 134)) * light[:, None] + np.array((90, 46, 12)) * glow[:, None]
    levels = 22
    pattern = np.tile(BAYER, (rows // 4 + 1, width // 4 + 1))[:rows, :width, None]
    picture = np.floor(picture / 255 * levels + pattern) / levels * 255
    picture[0] *= 0.5
    picture[1:4] *= np.linspace(0.6, 0.9, 3)[:, None, None]
    return surface_of(np.clip(picture, 1, 255).astype(np.uint8), opaque=True)
