"""The music: sixteen calm bars that loop without a seam. Plucked strings over a bass, and a big drum far away.

Our own tune, in the scale D Eb G A Bb (in Japan: miyako-bushi). Some 0.4 s of work: the mixer makes it in a thread.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .waves import RATE, Wave, band, decay, drive, glide, noise, pluck, sine

BEAT_S = 60 / 84
BEATS = 4               # a bar
PEAK = 0.5

#: Steps of the scale above D3 in semitones; note 5 is D4.
SCALE = (0, 1, 5, 7, 8)
D3 = 146.83

# One line a bar, a character an eighth: a note (0..9, a..e) that rings until the next, or a rest.
MELODY = (
    "5...7.8.",
    "7...6.5.",
    "3...5.6.",
    "5.......",
    "5...7.8.",
    "a...9.8.",
    "7.8.7.6.",
    "5.......",
    "a...c.b.",
    "a.8.7...",
    "8...a.9.",
    "7.......",
    "5.6.7.8.",
    "7...6.3.",
    "5.3.2.1.",
    "0.......",
)
BASS = (
    "0...2...",
    "0...2...",
    "2...0...",
    "0...3...",
    "0...2...",
    "3...2...",
    "2...1...",
    "0...3...",
    "0...4...",
    "3...2...",
    "4...3...",
    "2...3...",
    "0...2...",
    "2...1...",
    "2...1...",
    "0...3...",
)
# The drum: x loud, o soft, t the rim.
DRUM = (
    "x.....o.",
    "x..o....",
    "x.....o.",
    "x..o.tt.",
    "x.....o.",
    "x..o....",
    "x.....o.",
    "x..oo.tt",
    "x..o..o.",
    "x..o..t.",
    "x..o..o.",
    "x..o.tt.",
    "x.....o.",
    "x..o....",
    "x.....o.",
    "x.o.oooo",
)
NOTES = "0123456789abcde"


def compose() -> NDArray[np.int16]:
    """The tune at `waves.RATE`, two channels: (samples, 2). Its end leads into its start."""
    eighth = round(BEAT_S * RATE / 2)
    total = np.zeros((len(MELODY) * BEATS * 2 * eighth, 2), dtype=np.float32)
    for bars, sound, loudness, right in ((MELODY, _string, 0.50, 0.62), (BASS, _bass, 0.42, 0.45), (DRUM, _drum, 0.55, 0.40)):
        _perform("".join(bars), sound, eighth, loudness * np.array([1 - right, right], dtype=np.float32), total)
    out = drive(total, 1.2)
    return np.rint(out * (32_767 * PEAK / np.abs(out).max())).astype(np.int16)


def _perform(line: str, sound: Callable[[str], Wave], eighth: int, loudness: NDArray[np.float32], total: Wave) -> None:
    """Add the notes of a line; what rings beyond the end goes on at the start."""
    sound = cache(sound)
    for at, mark in enumerate(line):
        if mark == ".":
            continue
        wave = sound(mark)[:, None] * loudness
        start = at * eighth
        here = min(len(wave), len(total) - start)
        total[start:start + here] += wave[:here]
        total[:len(wave) - here] += wave[here:]


def pitch_of(mark: str, base_hz: float) -> float:
    octave, step = divmod(NOTES.index(mark), len(SCALE))
    return base_hz * 2 ** (octave + SCALE[step] / 12)


def _string(mark: str) -> Wave:
    t = 2.4
    return _quiet_end(pluck(pitch_of(mark, D3), t, 200 + NOTES.index(mark), 0.35, 0.001) * decay(t, 0.55))


def _bass(mark: str) -> Wave:
    t = 2.8
    return _quiet_end(pluck(pitch_of(mark, D3 / 2), t, 230 + NOTES.index(mark), 0.0, 0.001) * decay(t, 0.7))


def _drum(mark: str) -> Wave:
    if mark == "t":
        return _quiet_end(0.35 * band(noise(0.12, 260), 900, 3200) * decay(0.12, 0.012))
    t = 1.0
    skin = sine(glide(96, 58, t, 0.05), t) * decay(t, 0.16) + 0.35 * band(noise(t, 261), 80, 600) * decay(t, 0.03)
    return _quiet_end(skin * np.float32(1.0 if mark == "x" else 0.45))


def _quiet_end(wave: Wave) -> Wave:
    """No click where a note is cut off, nor at its first sample."""
    ends = round(0.003 * RATE), round(0.08 * RATE)
    wave[:ends[0]] *= np.linspace(0, 1, ends[0], dtype=np.float32)
    wave[-ends[1]:] *= np.linspace(1, 0, ends[1], dtype=np.float32)
    return wave
