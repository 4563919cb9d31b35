"""Plays the sounds on the audio device; without a device it is silent and says why, and the game goes on.

The samples are computed when a Mixer is made; the tune in a thread, when music is first asked for.
"""

import threading
from types import TracebackType
from typing import Self

import numpy as np
import pygame
from numpy.typing import NDArray

from rollstep import EffectEvent

from . import synth, tune
from .cues import NO_CHANGES, CueChanges
from .synth import MenuSound, Sound
from .waves import RATE, Samples

BUFFER_SAMPLES = 512        # 12 ms of delay; smaller ones crackle on slow machines
CHANNELS = 24
MUSIC, MENU, FIRST = 0, 1, 2    # two channels have a fixed use, the others are for the fight
CANCEL_MS = 50
MUSIC_FADE_MS = 900
HALF_VIEW = 320             # pixels from the middle of the picture to its edge
WIDTH = 0.75                # how far to the side a sound at the edge is: with 1 the other ear would hear nothing

#: What pygame raises for a device that does not work, and for a build of it without sound.
DEVICE_ERRORS = (pygame.error, NotImplementedError)


class Mixer:
    """Volumes are percent, 0..100. Nothing here raises for a device that is missing or lost."""

    def __init__(self, volume: int = 80, music_volume: int = 50) -> None:
        self.silent_because: str | None = None
        self._volume, self._music_volume = volume, music_volume
        self._sounds: dict[Sound, list[pygame.mixer.Sound]] = {}
        self._numbers: list[int | None] = [None] * CHANNELS     # of the effect that was last started on each channel
        self._next = FIRST
        self._tune: pygame.mixer.Sound | None = None
        self._composer: _Composer | None = None
        self._music_wanted = False
        try:
            pygame.mixer.quit()     # pygame.init() opens it with a longer buffer
            pygame.mixer.init(RATE, -16, 2, BUFFER_SAMPLES, allowedchanges=0)
            pygame.mixer.set_num_channels(CHANNELS)
            self._channels = [pygame.mixer.Channel(i) for i in range(CHANNELS)]
            self._sounds = {sound: [_sound(_both_sides(take)) for take in takes]
                            for sound, takes in synth.synthesize().items()}
        except DEVICE_ERRORS as error:
            self._silence(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop all sounds and give the device back. May be called twice."""
        if self.silent_because is None:
            pygame.mixer.quit()
            self.silent_because = "the mixer is closed"

    # ------------------------------------------------------------------ the fight

    def update(self, changes: CueChanges = NO_CHANGES, camera_x: float = 0) -> None:
        """Every drawn frame: what `heard` returned. In menus without an argument."""
        for effect in changes.cancel:
            self.cancel(effect)
        for effect in changes.start:
            self.play(effect, camera_x)
        if self._composer is not None and self._composer.done:
            self._start_music()

    def play(self, effect: EffectEvent, camera_x: float = 0) -> None:
        """Start an effect's sound, from the side on which it is seen; `camera_x` is what the middle of the picture shows."""
        if self.silent_because is not None or effect.kind not in self._sounds:
            return
        takes = self._sounds[effect.kind]
        sound = takes[(effect.frame + 1 + effect.id) % len(takes)]     # by the frame: a replay sounds like the match
        left, right = pan((effect.data.x - camera_x) / HALF_VIEW)
        loudness = _gain(self._volume)
        try:
            i = self._free_channel()
            self._numbers[i] = effect.number
            self._channels[i].play(sound)
            self._channels[i].set_volume(left * loudness, right * loudness)
        except DEVICE_ERRORS as error:
            self._silence(error)

    def cancel(self, effect: EffectEvent) -> None:
        """Fade out an effect that never happened, if it still sounds."""
        if self.silent_because is not None:
            return
        for i, number in enumerate(self._numbers):
            if number == effect.number:
                self._numbers[i] = None
                self._channels[i].fadeout(CANCEL_MS)

    def forget(self) -> None:
        """Another session begins, or another time of it: what sounds will not be cancelled. Its effects have numbers of their
        own."""
        self._numbers = [None] * CHANNELS

    def _free_channel(self) -> int:
        """The next channel that is silent; when all sound, the one in turn, which has sounded longest."""
        turn = [FIRST + (self._next - FIRST + i) % (CHANNELS - FIRST) for i in range(CHANNELS - FIRST)]
        i = next((i for i in turn if not self._channels[i].get_busy()), turn[0])
        self._next = i + 1
        return i

    # ------------------------------------------------------------------ menus, music, volume

    def menu(self, sound: MenuSound) -> None:
        if self.silent_because is not None:
            return
        try:
            self._channels[MENU].play(self._sounds[sound][0])
            self._channels[MENU].set_volume(_gain(self._volume))
        except DEVICE_ERRORS as error:
            self._silence(error)

    def music(self, on: bool) -> None:
        """Start or stop the tune, softly. The first time it starts when it is composed, in one of the next `update`s."""
        if self.silent_because is not None or on == self._music_wanted:
            return
        self._music_wanted = on
        if not on:
            self._channels[MUSIC].fadeout(MUSIC_FADE_MS)
        elif self._tune is not None:
            self._start_music()
        elif self._composer is None:
            self._composer = _Composer()
            self._composer.start()

    def _start_music(self) -> None:
        try:
            if self._composer is not None:
                self._tune = _sound(self._composer.result)
                self._composer = None
            if self._music_wanted and self._tune is not None:
                self._tune.set_volume(_gain(self._music_volume))    # the channel's own volume is the fade's
                self._channels[MUSIC].play(self._tune, loops=-1, fade_ms=MUSIC_FADE_MS)
        except DEVICE_ERRORS as error:
            self._silence(error)

    @property
    def music_is_on(self) -> bool:
        return self._music_wanted

    @property
    def volume(self) -> int:
        """Of all but the music; a sound that has started keeps its own."""
        return self._volume

    @volume.setter
    def volume(self, percent: int) -> None:
        self._volume = percent

    @property
    def music_volume(self) -> int:
        return self._music_volume

    @music_volume.setter
    def music_volume(self, percent: int) -> None:
        self._music_volume = percent
        if self.silent_because is None and self._tune is not None:
            self._tune.set_volume(_gain(percent))

    @property
    def sounding(self) -> int:
        """How many sounds of the fight and the menus are heard now."""
        return 0 if self.silent_because is not None else sum(channel.get_busy() for channel in self._channels[MENU:])

    def _silence(self, error: Exception) -> None:
        self.silent_because = f"no sound: the audio device does not work ({error}); the game goes on without"


class _Composer(threading.Thread):
    """Composes the tune beside the game; numpy lets the other thread run most of the time."""

    def __init__(self) -> None:
        super().__init__(name="composer", daemon=True)
        self._result: NDArray[np.int16] | None = None

    def run(self) -> None:
        self._result = tune.compose()

    @property
    def done(self) -> bool:
        return self._result is not None

    @property
    def result(self) -> NDArray[np.int16]:
        self.join()
        assert self._result is not None
        return self._result


def pan(side: float) -> tuple[float, float]:
    """Loudness left and right for a side from -1 to 1; together they are equally strong everywhere."""
    angle = (1 + max(-1.0, min(1.0, side)) * WIDTH) * np.pi / 4
    return float(np.cos(angle)), float(np.sin(angle))


def _gain(percent: int) -> float:
    """The ear hears ratios: half the slider is a quarter of the amplitude."""
    return (max(0, min(100, percent)) / 100) ** 2


def _both_sides(wave: Samples) -> NDArray[np.int16]:
    return np.repeat(wave[:, None], 2, axis=1)


def _sound(samples: NDArray[np.int16]) -> pygame.mixer.Sound:
    return pygame.mixer.Sound(buffer=np.ascontiguousarray(samples).tobytes())
