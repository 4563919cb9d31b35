"""The parts that sounds are made of: tones, noise, filters, envelopes. Arrays of float32 around -1..1, one channel.

Lengths are seconds, pitches hertz. Everything is deterministic: noise takes a seed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 44_100       # samples a second

Wave = NDArray[np.float32]
Samples = NDArray[np.int16]
Pitch = float | NDArray[Any]

FADE_IN_S, PART_FADE_S = 0.0015, 0.008  # short enough to keep the punch, long enough not to click
FADE_OUT_SHARE = 0.2                    # of a sound: what rings would end like cut with scissors
STEP = 256          # lengths are multiples of it: a Fourier transform of a prime length is slow


def samples_of(length_s: float) -> int:
    return -(-round(length_s * RATE) // STEP) * STEP


def clock(length_s: float) -> Wave:
    """The time of each sample in seconds."""
    return np.arange(samples_of(length_s), dtype=np.float32) / np.float32(RATE)


def glide(start_hz: float, end_hz: float, length_s: float, half_life_s: float) -> Wave:
    """A pitch that falls or rises fast first, then slowly: half of the way each `half_life_s`."""
    return end_hz + (start_hz - end_hz) * decay(length_s, half_life_s)


def bend(pitches_hz: list[float], length_s: float) -> Wave:
    """A pitch that goes in a line through the given ones, at equal distances in time."""
    at = np.linspace(0, len(pitches_hz) - 1, samples_of(length_s))
    return np.interp(at, np.arange(len(pitches_hz)), pitches_hz).astype(np.float32)


def turns(pitch: Pitch, length_s: float) -> Wave:
    """The phase of an oscillator, in turns 0..1; summed in double precision, for float32 would drift out of tune."""
    steps = np.broadcast_to(np.asarray(pitch, dtype=np.float64) / RATE, samples_of(length_s))
    phase = np.cumsum(steps)
    return (phase - np.floor(phase)).astype(np.float32)


def sine(pitch: Pitch, length_s: float) -> Wave:
    return np.sin(turns(pitch, length_s) * np.float32(2 * np.pi))


def triangle(pitch: Pitch, length_s: float) -> Wave:
    return 4 * np.abs(turns(pitch, length_s) - np.float32(0.5)) - 1


def noise(length_s: float, seed: int) -> Wave:
    return np.random.default_rng(seed).uniform(-1, 1, samples_of(length_s)).astype(np.float32)


def band(wave: Wave, low_hz: float, high_hz: float) -> Wave:
    """What lies between two pitches, with soft edges (12 dB an octave), as loud as before.

    The filter turns no phase, so it also smears backwards and around the ends: shape the envelope afterwards.
    """
    spectrum = np.fft.rfft(wave)
    pitch = np.maximum(np.fft.rfftfreq(len(wave), 1 / RATE), 1)
    spectrum *= 1 / np.sqrt((1 + (low_hz / pitch) ** 4) * (1 + (pitch / high_hz) ** 4))
    out = np.fft.irfft(spectrum, len(wave)).astype(np.float32)
    return out / max(float(np.abs(out).max()), 1e-9)


def wind(pitch: Pitch, width_hz: float, length_s: float, seed: int) -> Wave:
    """Noise in a narrow band around a pitch that may move: slow noise on the sine and the cosine of a carrier."""
    angle = turns(pitch, length_s) * np.float32(2 * np.pi)
    cosine = band(noise(length_s, seed), 0, width_hz) * np.cos(angle)
    return 0.7 * (cosine + band(noise(length_s, seed + 1), 0, width_hz) * np.sin(angle))


def partials(base_hz: float, parts: list[tuple[float, float, float]], length_s: float) -> Wave:
    """Struck wood or metal: sines of (ratio to the base, loudness, half-life in seconds)."""
    total = np.zeros(samples_of(length_s), dtype=np.float32)
    for ratio, loudness, half_life_s in parts:
        total += loudness * sine(base_hz * ratio, length_s) * decay(length_s, half_life_s)
    return total


def pluck(pitch_hz: float, length_s: float, seed: int, brightness: float = 0.5, loss: float = 0.004) -> Wave:
    """A plucked string after Karplus and Strong (Computer Music Journal 7/2, 1983): a period of noise goes round
    and is smoothed a little each time. Computed a period at a time, so it takes `pitch * length` small steps."""
    count = samples_of(length_s)
    period = round(RATE / pitch_hz)
    string: Wave = np.random.default_rng(seed).uniform(-1, 1, period).astype(np.float32)
    for _ in range(round((1 - brightness) * 6)):     # a soft finger
        string = (string + np.roll(string, 1)) * np.float32(0.5)
    string -= string.mean(dtype=np.float32)
    rounds = -(-count // period)
    out = np.empty((rounds, period), dtype=np.float32)
    for i in range(rounds):
        out[i] = string
        string = np.float32(1 - loss) * (string + np.roll(string, 1)) * np.float32(0.5)
    wave = out.reshape(-1)[:count]
    return wave / max(float(np.abs(wave).max()), 1e-9)


def decay(length_s: float, half_life_s: float) -> Wave:
    """1 at the start, half after each `half_life_s`."""
    return np.exp2(clock(length_s) / np.float32(-half_life_s))


def swell(length_s: float, peak_at: float) -> Wave:
    """From 0 to 1 and back to 0 in smooth curves; the peak is at this share (0..1) of the length."""
    at = np.linspace(0, 1, samples_of(length_s), dtype=np.float32)
    way = np.where(at < peak_at, at / peak_at, (1 - at) / (1 - peak_at))
    return np.sin(way * np.float32(np.pi / 2)) ** 2


def rise(length_s: float, attack_s: float) -> Wave:
    """From 0 to 1 in `attack_s`, then 1."""
    return np.minimum(clock(length_s) / np.float32(attack_s), 1)


def drive(wave: Wave, amount: float) -> Wave:
    """Saturation: louder inside, with warm edges, never beyond -1..1."""
    return np.tanh(wave * np.float32(amount)) / np.float32(np.tanh(amount))


def mix(*parts: tuple[float, float, Wave]) -> Wave:
    """Parts (start in seconds, loudness, wave) over each other. A part that still sounds at its end fades, without a click."""
    fade = np.linspace(1, 0, round(PART_FADE_S * RATE), dtype=np.float32)
    starts = [round(at * RATE) for at, _, _ in parts]
    total = np.zeros(max(start + len(wave) for start, (_, _, wave) in zip(starts, parts, strict=True)), dtype=np.float32)
    for start, (_, loudness, wave) in zip(starts, parts, strict=True):
        end = start + len(wave)
        total[start:end - len(fade)] += np.float32(loudness) * wave[:-len(fade)]
        total[end - len(fade):end] += np.float32(loudness) * fade * wave[-len(fade):]
    return total


def finish(wave: Wave, peak: float) -> Samples:
    """16-bit samples whose loudest is `peak` (0..1), which start and end at silence."""
    wave = wave - wave.mean()
    fade_in, fade_out = round(FADE_IN_S * RATE), round(FADE_OUT_SHARE * len(wave))
    wave[:fade_in] *= np.linspace(0, 1, fade_in, dtype=np.float32)
    wave[-fade_out:] *= np.cos(np.linspace(0, np.pi / 2, fade_out, dtype=np.float32)) ** 2
    return np.rint(wave * (32_767 * peak / max(float(np.abs(wave).max()), 1e-9))).astype(np.int16)
