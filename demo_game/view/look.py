"""The materials and colours of the two fighters, and what they wear."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ..tables import Palette
from .colour import TONES, Colour, from_hex, mix, ramp


class Material(IntEnum):
    SKIN = 0
    HAIR = 1
    CLOTH = 2
    TRIM = 3
    GLOVE = 4
    GLOW = 5
    INK = 6         # the dark line, eyes and teeth


@dataclass(frozen=True, slots=True)
class Look:
    """What distinguishes the two fighters besides their colours."""

    ponytail: bool      # else short hair with a headband
    vest: bool          # an open vest, else a jacket with lapels
    boots: bool         # else bare feet with bandages


LOOKS = (Look(ponytail=False, vest=False, boots=False), Look(ponytail=True, vest=True, boots=True))

_INK: Colour = (26, 14, 34)


def colour_table(palette: Palette) -> np.ndarray:
    """RGB of each ink of a plate; ink 0 is the transparent black."""
    table = np.zeros((256, 3), np.uint8)
    for material, value in enumerate((palette.skin, palette.hair, palette.cloth, palette.trim, palette.glove)):
        table[material * TONES + 1:material * TONES + 1 + TONES] = ramp(from_hex(value))
    glow = from_hex(palette.glow)
    table[Material.GLOW * TONES + 1:Material.GLOW * TONES + 1 + TONES] = [
        mix(glow, _INK, 0.4), mix(glow, (255, 255, 255), 0.1), mix(glow, (255, 255, 255), 0.35),
        mix(glow, (255, 255, 255), 0.65), (255, 255, 250)]
    table[Material.INK * TONES + 1:Material.INK * TONES + 1 + TONES] = [
        _INK, (58, 36, 60), (120, 96, 110), (226, 222, 220), (255, 252, 245)]
    return table
