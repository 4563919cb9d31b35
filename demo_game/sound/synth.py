"""The sounds of the game, each a recipe of a few lines. `synthesize()` makes all of them; the tune is in `tune.py`.

What is heard often has three takes that differ a little in pitch and noise, or a row of blows would sound like a machine.
"""

import enum
from collections.abc import Callable

from ..world import Effect
from .waves import (
    Samples,
    Wave,
    band,
    bend,
    decay,
    drive,
    finish,
    glide,
    mix,
    noise,
    partials,
    pluck,
    rise,
    sine,
    swell,
    triangle,
    wind,
)


class MenuSound(enum.Enum):
    MOVE = "move"
    CHOOSE = "choose"
    BACK = "back"


Sound = Effect | MenuSound

#: A recipe takes the number of the take, 0 for the plain one.
Recipe = Callable[[int], Wave]


def _tuned(take: int) -> float:
    """The pitch of a take relative to the plain one."""
    return (1.0, 1.09, 0.93)[take]


# -------------------------------------------------------------------------------------------------- through the air

def _swing(take: int) -> Wave:
    t = 0.17
    k = _tuned(take)
    return wind(bend([700 * k, 1900 * k, 1100 * k], t), 380, t, 10 + 2 * take) * swell(t, 0.4)


def _heavy_swing(take: int) -> Wave:
    t = 0.30
    k = _tuned(take)
    air = wind(bend([260 * k, 1050 * k, 380 * k], t), 260, t, 20 + 2 * take) * swell(t, 0.5)
    return mix((0, 1, air), (0, 0.25, sine(bend([70, 130, 60], t), t) * swell(t, 0.5)))


def _jump(_take: int) -> Wave:
    t = 0.18
    return mix((0, 0.5, triangle(bend([170, 300, 430], t), t) * swell(t, 0.25)),
               (0, 0.5, wind(bend([500, 1300], t), 400, t, 30) * swell(t, 0.3)))


def _dash(take: int) -> Wave:
    t = 0.22
    k = _tuned(take)
    return mix((0, 1, wind(bend([1500 * k, 700 * k, 350 * k], t), 420, t, 40 + 2 * take) * swell(t, 0.18)),
               (0, 0.4, band(noise(0.05, 46 + take), 150, 900) * decay(0.05, 0.012)))


# -------------------------------------------------------------------------------------------------- blows

def _hit(take: int) -> Wave:
    t = 0.22
    k = _tuned(take)
    body = sine(glide(240 * k, 75 * k, t, 0.018), t) * decay(t, 0.035)
    slap = band(noise(t, 50 + take), 900, 5200) * decay(t, 0.011)
    return drive(mix((0, 0.9, body), (0, 0.8, slap)), 2.2) * decay(t, 0.09)


def _heavy_hit(take: int) -> Wave:
    t = 0.42
    k = _tuned(take)
    body = sine(glide(190 * k, 44 * k, t, 0.028), t) * decay(t, 0.075)
    crack = band(noise(t, 60 + take), 1500, 7500) * decay(t, 0.008)
    crunch = band(noise(t, 65 + take), 250, 2200) * decay(t, 0.035)
    return drive(mix((0, 1.0, body), (0, 0.7, crack), (0, 0.8, crunch)), 3.2) * decay(t, 0.14)


def _block(take: int) -> Wave:
    t = 0.20
    wood = partials(415 * _tuned(take), [(1, 1, 0.022), (2.17, 0.8, 0.018), (3.71, 0.5, 0.013), (5.43, 0.35, 0.009)], t)
    return mix((0, 1, wood), (0, 0.6, band(noise(t, 70 + take), 1800, 6000) * decay(t, 0.007)))


def _grab(_take: int) -> Wave:
    cloth = band(noise(0.09, 80), 500, 3200) * swell(0.09, 0.2)
    grip = drive(sine(glide(210, 105, 0.14, 0.02), 0.14) * decay(0.14, 0.03), 1.8)
    return mix((0, 0.45, cloth), (0.055, 0.8, grip), (0.055, 0.4, band(noise(0.07, 81), 900, 4000) * decay(0.07, 0.012)))


def _slam(_take: int) -> Wave:
    t = 0.55
    body = sine(glide(120, 36, t, 0.04), t) * decay(t, 0.10)
    floor = band(noise(t, 90), 60, 800) * decay(t, 0.06)
    return drive(mix((0, 1, body), (0, 0.9, floor), (0.11, 0.25, band(noise(0.2, 91), 200, 1500) * decay(0.2, 0.03))), 2.4)


def _land(_take: int) -> Wave:
    t = 0.16
    return mix((0, 0.8, sine(glide(140, 58, t, 0.02), t) * decay(t, 0.03)),
               (0, 0.5, band(noise(t, 100), 200, 1300) * decay(t, 0.018)))


def _break_free(_take: int) -> Wave:
    t = 0.22
    zip_up = triangle(bend([280, 620, 1500], t), t) * swell(t, 0.3)
    return mix((0, 0.5, zip_up), (0, 0.8, band(noise(0.08, 110), 1200, 6500) * decay(0.08, 0.012)),
               (0.02, 0.5, wind(bend([600, 2200], t), 500, t, 111) * swell(t, 0.2)))


# -------------------------------------------------------------------------------------------------- shots

def _launch_shot(take: int) -> Wave:
    t = 0.42
    k = _tuned(take)
    wobble = 40 * sine(31, t)
    core = sine(bend([260 * k, 980 * k, 760 * k, 520 * k], t) + wobble, t) * swell(t, 0.2)
    return drive(mix((0, 0.7, core), (0, 0.25, sine(2.01 * bend([260 * k, 980 * k, 760 * k, 520 * k], t), t) * swell(t, 0.2)),
                     (0, 0.7, wind(bend([500, 2400, 900], t), 600, t, 120 + 2 * take) * swell(t, 0.15))), 1.6)


def _clash(_take: int) -> Wave:
    t = 0.60
    ring = partials(620, [(1, 0.5, 0.09), (1.53, 0.5, 0.11), (2.31, 0.4, 0.08), (3.87, 0.3, 0.06), (5.12, 0.2, 0.04)], t)
    burst = band(noise(t, 130), 400, 6000) * decay(t, 0.03)
    return drive(mix((0, 0.8, burst), (0, 0.7, ring), (0, 0.8, sine(glide(420, 60, t, 0.05), t) * decay(t, 0.08))), 1.8)


# -------------------------------------------------------------------------------------------------- the course of a match

GONG = [(1, 1.0, 0.9), (1.483, 0.7, 0.7), (2.021, 0.6, 0.6), (2.738, 0.5, 0.45), (3.406, 0.4, 0.4), (4.112, 0.3, 0.3),
        (5.43, 0.25, 0.22)]
METAL = [(1, 1.0, 0.28), (2.004, 0.5, 0.22), (2.76, 0.5, 0.16), (5.41, 0.35, 0.07), (8.93, 0.15, 0.03)]


def _gong(base_hz: float, length_s: float) -> Wave:
    """The upper partials bloom after the stroke, which is what tells a gong from a bell."""
    low = partials(base_hz, GONG[:3], length_s)
    high = partials(base_hz, GONG[3:], length_s) * rise(length_s, 0.16)
    stroke = band(noise(0.12, 140), 80, 1200) * decay(0.12, 0.02)
    return mix((0, 0.5, low), (0, 0.6, high), (0, 0.5, stroke))


def _round(_take: int) -> Wave:
    return drive(_gong(104, 2.1), 1.3)


def _bell(_take: int) -> Wave:
    stroke = partials(830, METAL, 0.8)
    return mix((0, 1, stroke), (0.17, 1, stroke), (0, 0.4, band(noise(0.03, 150), 2500, 8000) * decay(0.03, 0.004)))


def _knock_out(_take: int) -> Wave:
    t = 1.5
    boom = sine(glide(150, 30, t, 0.09), t) * decay(t, 0.22)
    crash = band(noise(0.7, 160), 150, 4000) * decay(0.7, 0.08)
    fall = sine(glide(900, 90, 1.0, 0.16), 1.0) * decay(1.0, 0.2)
    return drive(mix((0, 1, boom), (0, 0.8, crash), (0.02, 0.25, fall), (0, 0.4, _gong(69, t)), (0.16, 0.3, crash)), 2.0)


def _time(_take: int) -> Wave:
    block = partials(760, [(1, 1, 0.03), (2.6, 0.5, 0.015), (4.1, 0.3, 0.01)], 0.2)
    return mix((0, 0.8, block), (0.13, 0.8, block), (0.26, 0.8, partials(523, METAL, 0.8)))


def _horn(pitch_hz: float, length_s: float) -> Wave:
    """Brass: harmonics that open with the attack, and a slow vibrato."""
    pitch = pitch_hz * (1 + 0.006 * sine(5.5, length_s) * rise(length_s, 0.3))
    tone = mix(*((0, 1 / n, sine(n * pitch, length_s) * rise(length_s, 0.02 * n)) for n in range(1, 6)))
    return drive(tone, 1.2) * rise(length_s, 0.02) * decay(length_s, length_s * 0.45)


def _victory(_take: int) -> Wave:
    drum = drive(sine(glide(130, 62, 0.4, 0.03), 0.4) * decay(0.4, 0.08), 2)
    notes = [(0.00, 293.66, 0.22), (0.15, 293.66, 0.22), (0.30, 349.23, 0.28), (0.48, 440.00, 0.34), (0.72, 392.00, 0.30)]
    chord = [(0.93, 587.33, 1.1), (0.93, 440.00, 1.1), (0.93, 293.66, 1.1)]
    return mix(*((at, 0.5, _horn(pitch, length)) for at, pitch, length in notes),
               *((at, 0.4, _horn(pitch, length)) for at, pitch, length in chord),
               (0, 0.6, drum), (0.30, 0.5, drum), (0.93, 0.9, drum))


# -------------------------------------------------------------------------------------------------- menus

def _string(pitch_hz: float, length_s: float) -> Wave:
    return pluck(pitch_hz, length_s, round(pitch_hz), 0.5, 0.02) * decay(length_s, length_s / 4)


def _move(_take: int) -> Wave:
    return _string(660, 0.09)


def _choose(_take: int) -> Wave:
    return mix((0, 0.8, _string(440, 0.30)), (0.07, 1, _string(660, 0.30)))


def _back(_take: int) -> Wave:
    return mix((0, 0.8, _string(440, 0.22)), (0.06, 1, _string(330, 0.22)))


# Sound: (recipe, takes, peak). The peaks are the mix: blows lead, feet and menus stay behind.
RECIPES: dict[Sound, tuple[Recipe, int, float]] = {
    Effect.SWING: (_swing, 3, 0.30),
    Effect.HEAVY_SWING: (_heavy_swing, 3, 0.40),
    Effect.HIT: (_hit, 3, 0.62),
    Effect.HEAVY_HIT: (_heavy_hit, 3, 0.80),
    Effect.BLOCK: (_block, 3, 0.50),
    Effect.LAUNCH_SHOT: (_launch_shot, 2, 0.45),
    Effect.CLASH: (_clash, 1, 0.60),
    Effect.GRAB: (_grab, 1, 0.55),
    Effect.SLAM: (_slam, 1, 0.75),
    Effect.BREAK_FREE: (_break_free, 1, 0.50),
    Effect.JUMP: (_jump, 1, 0.22),
    Effect.LAND: (_land, 1, 0.30),
    Effect.DASH: (_dash, 2, 0.30),
    Effect.ROUND: (_round, 1, 0.60),
    Effect.BELL: (_bell, 1, 0.45),
    Effect.KNOCK_OUT: (_knock_out, 1, 0.90),
    Effect.TIME: (_time, 1, 0.50),
    Effect.VICTORY: (_victory, 1, 0.60),
    MenuSound.MOVE: (_move, 1, 0.22),
    MenuSound.CHOOSE: (_choose, 1, 0.35),
    MenuSound.BACK: (_back, 1, 0.30),
}


def synthesize() -> dict[Sound, list[Samples]]:
    """All sounds of the game, one channel at `waves.RATE`, each with its takes. About 0.1 s, once at the start."""
    return {sound: [finish(recipe(take), peak) for take in range(takes)] for sound, (recipe, takes, peak) in RECIPES.items()}
