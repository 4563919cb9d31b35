"""What all screens share, and the loop that runs them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pygame

import rollstep as rs

from ..pads import Pads, Plugged, Unplugged
from ..settings import Settings, save
from ..sound.mixer import Mixer
from ..sound.synth import MenuSound
from ..view import HEIGHT, WIDTH, Scene, text_width, write
from .window import DrawClock, Window

#: How often a screen without a session looks at the keys.
IDLE_S = 1 / 60
#: How long a note stays on the screen.
NOTE_S = 4.0
#: Of each idle moment, for what will be needed later.
CHORE_S = 0.006
_SOUNDS = {"up": MenuSound.MOVE, "down": MenuSound.MOVE, "left": MenuSound.MOVE, "right": MenuSound.MOVE,
           "choose": MenuSound.CHOOSE, "back": MenuSound.BACK}


class Worker(Protocol):
    """See `loading.Chore`."""

    def work(self, seconds: float) -> None: ...


class Screen:
    """One thing that the window can show. Screens lie on a stack; the uppermost one runs."""

    #: What it is called, on the screen and by --say.
    title: str
    #: Menu sounds for its actions.
    sounds = True
    #: Set when the screen has a new picture of its own rate, rather than one per idle tick.
    live = False

    def handle(self, event: pygame.Event) -> None:
        """Any event, before its menu action."""

    def action(self, action: str) -> None:
        """"up", "down", "left", "right", "choose" or "back"."""

    def update(self) -> bool:
        """Go on; True when there is something new to draw."""
        return True

    def draw(self, canvas: pygame.Surface) -> None:
        raise NotImplementedError

    def wait(self, seconds: float) -> None:
        """Until something happens, at most this long."""
        time.sleep(min(seconds, IDLE_S))

    def note(self, text: str) -> None:
        """Something that the player should know."""

    def close(self) -> None:
        """The screen is left, whatever the reason."""


class Program:
    """The window, the pads, the sound, the settings, and a stack of screens."""

    def __init__(self, game: rs.Game, settings: Settings, *, settings_path: Path | None = None, hz: int | None = None,
                 mute: bool = False, say: Callable[[str], None] = lambda text: None) -> None:
        """`say` hears what happens: screens, events of sessions, notes."""
        self.game, self.settings, self.say = game, settings, say
        self._settings_path, self._hz = settings_path, hz
        self.window = Window(scale=settings.scale, fullscreen=settings.fullscreen)
        self.pads = Pads(settings)
        self.scene = Scene(game.content)
        self._backdrop = self._darkened_stage()
        self.mixer = Mixer(0 if mute else settings.volume, 0 if mute else settings.music_volume)
        self._screens: list[Screen] = []
        self._notes: list[tuple[float, str]] = []
        self.failures: list[str] = []       # matches that were refused or broke, replays that were not written
        self.work_ms: list[float] = []      # of each picture of a match: events, frames, drawing, without waiting
        self._clock = self._draw_clock()
        self.chore: Worker | None = None    # goes on while a menu is shown
        self.home: Callable[[], None] = self.quit   # shows the main menu

    @property
    def draws_between(self) -> bool:
        """Pictures come faster than frames, so that each shows a moment between two."""
        return self._clock.between

    # ------------------------------------------------------------------ screens

    @property
    def screens(self) -> Sequence[Screen]:
        """The stack; the last one runs."""
        return tuple(self._screens)

    def go(self, screen: Screen) -> None:
        """Show another screen on top."""
        self._screens.append(screen)
        self.say(f"screen: {screen.title}")

    def back(self) -> None:
        """Leave the uppermost screen."""
        if self._screens:
            self._screens.pop().close()
        if self._screens:
            self.say(f"screen: {self._screens[-1].title}")

    def go_on(self) -> None:
        """Leave a screen that was read. What the command line has started has no menu below it: there the main one follows."""
        self.back()
        if not self._screens:
            self.home()

    def replace(self, screen: Screen) -> None:
        """Leave the uppermost screen for another one."""
        self._screens.pop().close()
        self.go(screen)

    def leave(self, screen: Screen) -> None:
        """Leave a screen, and all that lies on it."""
        while screen in self._screens:
            self.back()

    def quit(self) -> None:
        """Leave all screens: the loop ends."""
        while self._screens:
            self.back()

    def stop(self) -> None:
        """From a signal handler: leave at the next turn of the loop."""
        pygame.event.post(pygame.Event(pygame.QUIT))

    def note(self, text: str) -> None:
        """Show a line for some seconds."""
        self.say(f"note: {text}")
        self._notes.append((time.monotonic() + NOTE_S, text))

    def fail(self, text: str) -> None:
        """A match was refused or broke, or its replay was not written: told again on the terminal in the end."""
        self.failures.append(text)

    def draw_backdrop(self, canvas: pygame.Surface) -> None:
        """The empty stage in the dark, behind menus."""
        canvas.blit(self._backdrop, (0, 0))

    def _darkened_stage(self) -> pygame.Surface:
        """As the scene shows it before any match."""
        stage = pygame.Surface((WIDTH, HEIGHT))
        self.scene.draw(stage)
        shade(stage, 140)
        return stage

    # ------------------------------------------------------------------ settings and files

    def save_settings(self) -> None:
        """Keep the settings, and let everything follow them."""
        complaint = save(self.settings, self._settings_path)
        if complaint is not None:
            self.note(complaint)
        self.mixer.volume, self.mixer.music_volume = self.settings.volume, self.settings.music_volume
        self.pads.bind(self.settings)
        self.window.follow(self.settings.scale, self.settings.fullscreen)
        self._clock = self._draw_clock()

    @property
    def reports(self) -> Path:
        """The folder for the reports of desyncs; it is made with the first."""
        return self.settings.replays / "desyncs"

    def replay_path(self, kind: str) -> Path | None:
        """A new name in the replay folder; None, with a note, when there can be no folder."""
        folder = self.settings.replays
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.note(f"no replays: {folder} cannot be made ({error.strerror})")
            return None
        if not os.access(folder, os.W_OK | os.X_OK):
            self.note(f"no replays: {folder} cannot be written")
            return None
        stem = f"{self.game.name}-{datetime.now():%Y%m%d-%H%M%S}-{kind}"
        names = (folder / f"{stem}{suffix}.rsr" for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
        return next((path for path in names if not path.exists()), None)

    # ------------------------------------------------------------------ the loop

    def run(self) -> None:
        """Until the last screen is left or the window is closed."""
        try:
            while self._screens:
                self.turn()
        finally:
            self.close()

    def close(self) -> None:
        """Leave everything, whatever was going on."""
        self.quit()
        self.mixer.close()
        self.window.close()

    def turn(self) -> None:
        """Once round the loop: events, the uppermost screen, a picture when one is due, then waiting."""
        woken = time.perf_counter()
        self._take_events()
        if not self._screens:
            return
        screen = self._screens[-1]
        fresh = screen.update()
        if self._runs(screen) and self._clock.due(fresh):
            self._draw(screen)
            if screen.live:
                self.work_ms.append((time.perf_counter() - woken) * 1000)
        if self._runs(screen):
            if not screen.live and self.chore is not None:
                self.chore.work(CHORE_S)
            screen.wait(self._clock.seconds_left())

    def _runs(self, screen: Screen) -> bool:
        """Whether this is still the uppermost screen."""
        return bool(self._screens) and self._screens[-1] is screen

    def _draw_clock(self) -> DrawClock:
        return DrawClock(self._hz or self.settings.draw_hz or self.window.hz, self.game.fps)

    def _draw(self, screen: Screen) -> None:
        canvas = self.window.canvas
        screen.draw(canvas)
        now = time.monotonic()
        self._notes = [note for note in self._notes if note[0] > now]
        for i, (_, text) in enumerate(self._notes[-3:]):
            write(canvas, text[:104], WIDTH // 2, HEIGHT - 14 - 11 * i, align="center", colour=(255, 226, 150))
        self.window.show()

    def _take_events(self) -> None:
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                self.quit()
                return
            if event.type == pygame.KEYDOWN and event.key == pygame.K_F11:
                self.window.toggle_fullscreen()
                continue
            match self.pads.handle(event):
                case Unplugged(player, name):
                    self._tell(f"{name} was unplugged" + ("" if player is None else f" (player {player + 1})"), pause=True)
                case Plugged(player, name):
                    self._tell(f"{name} is here" + ("" if player is None else f" for player {player + 1}"), pause=False)
                case _:
                    pass
            if not self._screens:
                return
            screen = self._screens[-1]
            screen.handle(event)
            action = self.pads.menu_action(event)
            if action is not None and self._runs(screen):
                if screen.sounds:
                    self.mixer.menu(_SOUNDS[action])
                screen.action(action)
            if not self._screens:
                return

    def _tell(self, text: str, *, pause: bool) -> None:
        self.note(text)
        if pause and self._screens:
            self._screens[-1].note(text)


def draw_lines(canvas: pygame.Surface, lines: Sequence[str], y: int, *, colour: tuple[int, int, int] = (255, 255, 255)) -> int:
    """Lines in the middle, wrapped; the y below them."""
    for line in lines:
        for part in wrap(line):
            write(canvas, part, WIDTH // 2, y, align="center", colour=colour)
            y += 13
    return y


def wrap(text: str, width: int = WIDTH - 40) -> list[str]:
    """Words into lines of at most `width` pixels; a longer word is cut."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if text_width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while text_width(word) > width:
            fits = next(n for n in range(len(word), 0, -1) if text_width(word[:n]) <= width)
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line]


def shade(canvas: pygame.Surface, alpha: int = 150, rect: Any = None) -> None:
    """Darken what is there, for words on top."""
    area = pygame.Rect(rect) if rect is not None else canvas.get_rect()
    dark = pygame.Surface(area.size)
    dark.fill((8, 6, 16))
    dark.set_alpha(alpha)
    canvas.blit(dark, area)
