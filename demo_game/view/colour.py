"""Colours: reading them from the tables, mixing them, and the ramps of tones that the figures are shaded with."""

import colorsys

Colour = tuple[int, int, int]

#: Tones of a ramp: the line around a part, shadow, half shadow, the colour itself, light.
LINE, SHADOW, HALF, BASE, LIGHT = range(5)
TONES = 5


def from_hex(value: int) -> Colour:
    """0xRRGGBB, as the tables keep it."""
    return value >> 16 & 255, value >> 8 & 255, value & 255


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """`a` at share 0, `b` at share 1."""
    return (round(a[0] + (b[0] - a[0]) * share), round(a[1] + (b[1] - a[1]) * share),
            round(a[2] + (b[2] - a[2]) * share))


def ramp(base: Colour) -> tuple[Colour, ...]:
    """Five tones of one material.

    Shadows turn towards violet and lights towards yellow, as outdoors at dusk: plain darkening looks dead.
    """
    line, shadow, half = (mix(_value(base, v), (52, 24, 84), tint) for v, tint in ((0.30, 0.45), (0.52, 0.30), (0.76, 0.16)))
    return line, shadow, half, base, mix(_value(base, 1.12), (255, 240, 190), 0.38)


def _value(colour: Colour, factor: float) -> Colour:
    h, s, v = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    r, g, b = colorsys.hsv_to_rgb(h, min(1.0, s * (1.1 if factor < 1 else 0.85)), min(1.0, v * factor))
    return round(r * 255), round(g * 255), round(b * 255)
