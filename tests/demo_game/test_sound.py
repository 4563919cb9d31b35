"""The sounds as numbers, the mixer with channels that keep a diary, and once the real device: SDL's, which writes a file."""

import itertools
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_game.sound import mixer as mixer_module
from demo_game.sound import tune
from demo_game.sound.cues import CueChanges
from demo_game.sound.mixer import CANCEL_MS, CHANNELS, FIRST, MENU, MUSIC, Mixer, pan
from demo_game.sound.synth import RECIPES, MenuSound, Sound, synthesize
from demo_game.sound.waves import RATE, Samples
from demo_game.world import Effect, Spot
from rollstep import EffectEvent

FULL = 32_767
numbers = itertools.count()


@pytest.fixture(scope="module")
def sounds() -> dict[Sound, list[Samples]]:
    return synthesize()


def digest(sounds: dict[Sound, list[Samples]]) -> int:
    return zlib.crc32(b"".join(take.tobytes() for takes in sounds.values() for take in takes))


def cue(kind: Effect = Effect.HIT, frame: int = 0, x: int = 0) -> EffectEvent:
    """Another effect each time."""
    return EffectEvent("started", next(numbers), frame, kind, 0, Spot(x=x))


# ---------------------------------------------------------------------------- samples

def test_everything_that_can_be_heard_has_a_sound(sounds: dict[Sound, list[Samples]]) -> None:
    assert set(sounds) == {*Effect, *MenuSound} - {Effect.NONE}


def test_each_synthesis_gives_the_same_bytes(sounds: dict[Sound, list[Samples]]) -> None:
    assert digest(synthesize()) == digest(sounds)


@pytest.mark.parametrize("sound", RECIPES, ids=str)
def test_a_sound_is_limited_and_does_not_click(sounds: dict[Sound, list[Samples]], sound: Sound) -> None:
    peak = RECIPES[sound][2]
    for take in sounds[sound]:
        wave = take.astype(float) / FULL
        assert 0.05 < len(wave) / RATE < 2.5
        assert abs(np.abs(wave).max() - peak) < 0.001 and peak <= 0.9
        assert wave[0] == 0 and wave[-1] == 0
        assert np.abs(wave[:8]).max() < 0.2 * peak and np.abs(wave[-40:]).max() < 0.02
        assert abs(wave.mean()) < 0.01


def test_takes_differ_so_that_a_row_of_blows_is_no_machine(sounds: dict[Sound, list[Samples]]) -> None:
    for takes in sounds.values():
        assert len({take.tobytes() for take in takes}) == len(takes)
    assert len(sounds[Effect.HIT]) == 3


@pytest.mark.parametrize("sound", [Effect.HIT, Effect.HEAVY_HIT, Effect.BLOCK, Effect.LAND, Effect.SLAM, MenuSound.MOVE])
def test_a_blow_is_loud_at_once(sounds: dict[Sound, list[Samples]], sound: Sound) -> None:
    for take in sounds[sound]:
        assert np.abs(take).argmax() < 0.04 * RATE


def test_heavier_is_louder(sounds: dict[Sound, list[Samples]]) -> None:
    def power(sound: Sound) -> float:
        return float((sounds[sound][0].astype(float) ** 2).sum())
    assert power(Effect.KNOCK_OUT) > power(Effect.HEAVY_HIT) > power(Effect.HIT) > power(Effect.BLOCK) > power(MenuSound.MOVE)
    assert power(Effect.HEAVY_SWING) > power(Effect.SWING) and power(Effect.SLAM) > power(Effect.LAND)


# ---------------------------------------------------------------------------- the tune

@pytest.fixture(scope="module")
def composed() -> np.ndarray:
    return tune.compose()


def test_the_lines_of_the_tune_fit_together() -> None:
    for bars, marks in ((tune.MELODY, tune.NOTES + "."), (tune.BASS, tune.NOTES + "."), (tune.DRUM, "xot.")):
        assert len(bars) == 16
        assert all(len(bar) == 8 and set(bar) <= set(marks) for bar in bars)


def test_the_tune_loops_without_a_seam(composed: np.ndarray) -> None:
    assert len(composed) == round(16 * 4 * tune.BEAT_S * RATE)
    steps = np.abs(np.diff(composed.astype(int), axis=0)).max(axis=0)
    assert (np.abs(composed[0].astype(int) - composed[-1]) <= steps).all()
    assert np.abs(composed[-RATE:]).max() > 0 and 0 < np.abs(composed).max() <= round(tune.PEAK * FULL)


def test_the_tune_is_calm(composed: np.ndarray) -> None:
    loudness = np.sqrt((composed.astype(float) ** 2).reshape(16, -1).mean(axis=1)) / FULL
    assert loudness.max() < 0.12 and loudness.min() > 0.01


# ---------------------------------------------------------------------------- the mixer

class Channel:
    """A channel with a diary; it sounds until the test says otherwise."""

    def __init__(self) -> None:
        self.diary: list[tuple[str, object]] = []
        self.busy = False

    def play(self, sound: pygame.mixer.Sound, loops: int = 0, fade_ms: int = 0) -> None:
        self.diary.append(("play", sound))
        self.busy = True

    def set_volume(self, *volume: float) -> None:
        self.diary.append(("volume", volume))

    def fadeout(self, duration_ms: int) -> None:
        self.diary.append(("fade", duration_ms))
        self.busy = False

    def get_busy(self) -> bool:
        return self.busy


@pytest.fixture
def mixer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mixer]:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    with Mixer(100, 50) as mixer:
        assert mixer.silent_because is None
        mixer._channels = [Channel() for _ in range(CHANNELS)]
        yield mixer


def diaries(mixer: Mixer) -> list[list[tuple[str, object]]]:
    return [channel.diary for channel in mixer._channels]


def test_a_cue_is_heard_on_its_side_of_the_picture(mixer: Mixer) -> None:
    for x, camera_x in ((-300, 0), (0, 0), (430, 430), (430, 110)):
        mixer.play(cue(x=x), camera_x)
    volumes = [diary[-1][1] for diary in diaries(mixer)[FIRST:FIRST + 4]]
    assert volumes[0][0] > volumes[0][1] and volumes[3][0] < volumes[3][1]
    assert volumes[1] == volumes[2] == pytest.approx((0.5 ** 0.5, 0.5 ** 0.5))


def test_a_frames_changes_cancel_first_and_only_the_cue_itself(mixer: Mixer) -> None:
    wrong, right, unheard = cue(frame=5), cue(frame=6), cue(frame=5)
    mixer.update(CueChanges([wrong, right]))
    mixer.update(CueChanges([cue(Effect.BLOCK, 7)], [unheard]))
    assert not any(("fade", CANCEL_MS) in diary for diary in diaries(mixer))
    mixer.update(CueChanges([], [wrong]))
    assert [("fade", CANCEL_MS) in diary for diary in diaries(mixer)[FIRST:FIRST + 3]] == [True, False, False]
    mixer.cancel(wrong)     # a second time is nothing
    assert diaries(mixer)[FIRST].count(("fade", CANCEL_MS)) == 1


def test_what_another_session_cancels_is_none_of_what_sounds(mixer: Mixer) -> None:
    effect = cue()
    mixer.play(effect)
    mixer.forget()
    mixer.cancel(effect)
    assert ("fade", CANCEL_MS) not in diaries(mixer)[FIRST]


def test_when_all_channels_sound_the_oldest_makes_room(mixer: Mixer) -> None:
    cues = [cue(frame=frame) for frame in range(CHANNELS - FIRST + 1)]
    mixer.update(CueChanges(cues))
    mixer.cancel(cues[0])       # it is not heard any more: nobody else's sound fades
    assert mixer.sounding == CHANNELS - FIRST
    mixer.cancel(cues[-1])
    assert diaries(mixer)[FIRST][-1] == ("fade", CANCEL_MS)
    assert diaries(mixer)[MENU] == diaries(mixer)[MUSIC] == []


def test_the_takes_follow_from_the_frame(mixer: Mixer) -> None:
    for frame in (30, 31, 32, 33):
        mixer.play(cue(frame=frame))
    played = [diary[0][1] for diary in diaries(mixer)[FIRST:FIRST + 4]]
    assert played[0] is played[3] and len(set(played)) == 3


def test_volume_zero_is_silence_and_menus_have_their_channel(mixer: Mixer) -> None:
    mixer.volume = 0
    mixer.menu(MenuSound.CHOOSE)
    mixer.play(cue())
    assert diaries(mixer)[MENU][-1] == ("volume", (0,))
    assert diaries(mixer)[FIRST][-1] == ("volume", (0, 0))


def test_music_starts_when_it_is_composed_and_stops_softly(mixer: Mixer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "compose", lambda: np.zeros((RATE, 2), dtype=np.int16))
    mixer.music(True)
    assert mixer._composer is not None and mixer.music_is_on
    mixer._composer.join()
    mixer.update()
    mixer.update()
    mixer.music(True)
    assert [entry for entry, _ in diaries(mixer)[MUSIC]] == ["play"]
    mixer.music(False)
    mixer.music(True)
    assert [entry for entry, _ in diaries(mixer)[MUSIC]] == ["play", "fade", "play"]
    mixer.music_volume = 100
    assert mixer._tune is not None and mixer._tune.get_volume() == 1


def test_music_that_nobody_wants_any_more_does_not_start(mixer: Mixer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "compose", lambda: np.zeros((RATE, 2), dtype=np.int16))
    mixer.music(True)
    composer = mixer._composer
    mixer.music(False)
    assert composer is not None
    composer.join()
    mixer.update()
    assert "play" not in [entry for entry, _ in diaries(mixer)[MUSIC]]


def use(mixer: Mixer) -> None:
    """All that the app does."""
    mixer.update(CueChanges([cue()], [cue()]))
    mixer.menu(MenuSound.MOVE)
    mixer.music(True)
    mixer.volume = mixer.music_volume = 10
    mixer.music(False)
    assert mixer.sounding == 0


def test_without_a_device_the_game_goes_on_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no such driver")
    with Mixer() as mixer:
        assert mixer.silent_because is not None
        assert "no sound: the audio device does not work (" in mixer.silent_because and "no such driver" in mixer.silent_because
        use(mixer)


def test_a_device_that_is_lost_makes_silence(mixer: Mixer, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_arguments: object) -> None:
        raise pygame.error("device unplugged")
    monkeypatch.setattr(Channel, "play", lost)
    mixer.play(cue())
    assert mixer.silent_because is not None and "device unplugged" in mixer.silent_because
    use(mixer)


def test_a_closed_mixer_is_silent(mixer: Mixer) -> None:
    mixer.close()
    mixer.close()
    use(mixer)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_a_sound_is_as_strong_on_every_side(one: float, other: float) -> None:
    left, right = pan(one)
    assert left ** 2 + right ** 2 == pytest.approx(1)
    assert min(left, right) > 0.1       # both ears hear it
    if one < other:
        assert pan(other)[1] >= right


# ---------------------------------------------------------------------------- the device

# Waits for what the device has written, never for time.
PLAYER = """
import os, sys, zlib
from pathlib import Path
from demo_game.sound.cues import CueChanges
from demo_game.sound.mixer import Mixer
from demo_game.sound.synth import synthesize
from demo_game.world import Effect, Spot
from rollstep import EffectEvent

print(zlib.crc32(b"".join(take.tobytes() for takes in synthesize().values() for take in takes)))
path = Path(os.environ["SDL_DISKAUDIOFILE"])

def wait_for(seconds):
    until = path.stat().st_size + seconds * 44100 * 4
    while path.stat().st_size < until:
        os.sched_yield()

with Mixer(100, 100) as mixer:
    assert mixer.silent_because is None, mixer.silent_because
    wait_for(0.3)
    for frame, x in enumerate(map(int, sys.argv[1:])):
        mixer.update(CueChanges([EffectEvent("started", frame, frame * 3 - 1, Effect.HIT, 0, Spot(x=x))]))
        while mixer.sounding:
            os.sched_yield()
        wait_for(0.2)
"""


def test_what_the_device_gets_is_each_hit_once_from_its_side(tmp_path: Path, sounds: dict[Sound, list[Samples]]) -> None:
    path = tmp_path / "heard.raw"
    sides = [-300, 300, -300, 0]
    environment = os.environ | {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(path), "SDL_DISKAUDIODELAY": "1"}
    run = subprocess.run([sys.executable, "-c", PLAYER, *map(str, sides)], env=environment, check=True, timeout=120,
                         cwd=Path(mixer_module.__file__).parents[2], capture_output=True, text=True)
    assert int(run.stdout.split()[-1]) == digest(sounds)                # another process, the same bytes
    heard = np.frombuffer(path.read_bytes(), dtype=np.int16).reshape(-1, 2).astype(float)
    loud = np.flatnonzero(np.abs(heard).max(axis=1))
    onsets = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 10)]
    assert len(onsets) == len(sides)
    assert onsets[0] > 0.25 * RATE                                      # silence before
    hit = sounds[Effect.HIT][0].astype(float)
    for onset, x in zip(onsets, sides, strict=True):
        first = onset - np.flatnonzero(hit)[0]
        left, right = heard[first:first + len(hit)].T
        assert np.corrcoef(left + right, hit)[0, 1] > 0.99              # the sound itself
        ratio = np.abs(left).sum() / np.abs(right).sum()
        assert ratio == pytest.approx(1, abs=0.05) if x == 0 else ratio > 2 if x < 0 else ratio < 0.5
