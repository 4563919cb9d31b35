"""The cache of drawings: a sprite for each player, reel, number and facing, made when first needed or in `warm`."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pygame

from ..tables import Tables
from .drawing import Key, all_reels
from .figure import draw_figure
from .look import LOOKS, colour_table
from .pixels import surface_of
from .plate import FOOT_X, FOOT_Y, WIDTH


@dataclass(frozen=True, slots=True)
class Sprite:
    """A cut-out drawing and where its upper left corner is, seen from the middle of the feet (y down)."""

    surface: pygame.Surface
    left: int
    top: int


class Sprites:
    """All drawings of a match."""

    def __init__(self, tables: Tables) -> None:
        self._reels = all_reels(tables)
        self._colours = [colour_table(tables.palettes[player]) for player in range(2)]
        # both facings are made together: mirroring costs nothing beside drawing
        self._made: dict[tuple[int, Key], tuple[Sprite, Sprite]] = {}

    def get(self, player: int, key: Key, facing: int) -> Sprite:
        """The sprite; the first call for a key takes about 7 ms, the next ones nothing."""
        pair = self._made.get((player, key))
        if pair is None:
            pair = self._made[player, key] = self._make(player, key)
        return pair[facing < 0]

    def warm(self) -> Iterator[tuple[int, int]]:
        """Draw everything, one drawing at each step; yields (done, total)."""
        keys = [(name, number) for name, reel in self._reels.items() for number in range(len(reel))]
        for done, key in enumerate(keys, start=1):
            for player in range(2):
                self.get(player, key, 1)
            yield done, len(keys)

    def _make(self, player: int, key: Key) -> tuple[Sprite, Sprite]:
        name, number = key
        ink = draw_figure(self._reels[name][number], LOOKS[player])
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        top, left, right = int(rows[0]), int(columns[0]), int(columns[-1]) + 1
        picture = self._colours[player][ink[top:int(rows[-1]) + 1, left:right]]
        return (Sprite(surface_of(picture), left - FOOT_X, top - FOOT_Y),
                Sprite(surface_of(picture[:, ::-1]), _mirrored(left, right) - FOOT_X, top - FOOT_Y))


def _mirrored(left: int, right: int) -> int:
    """The left end of a span of columns mirrored about the middle of the feet."""
    assert 0 <= left < right <= WIDTH
    return 2 * FOOT_X - right
