"""Watching a replay: play, stop, seek, slow down, and see whether it is true."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pygame

import rollstep as rs

from ..view import HEIGHT, WIDTH, write
from ..world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP, Level
from .menus import Choice, Menu
from .program import Program, Screen, shade
from .show import Show

SPEEDS = (25, 50, 100, 200, 400, 800)
SKIP_S = 5
#: Replays that the list shows, newest first.
MOST_LISTED = 200
KEYS = ((LEFT, "←"), (DOWN, "↓"), (UP, "↑"), (RIGHT, "→"), (FAST, "F"), (HEAVY, "H"), (SHOT, "S"), (THROW, "T"))


class Theatre(Screen):
    """One replay."""

    title = "REPLAY"
    sounds = False
    live = True

    def __init__(self, program: Program, playback: rs.Playback, show: Show, *, limit: int | None = None) -> None:
        """`limit`: leave the program at this frame."""
        self._program, self.playback, self._show, self._limit = program, playback, show, limit
        show.jump(playback)

    def handle(self, event: pygame.Event) -> None:
        if event.type != pygame.KEYDOWN:
            return
        playback = self.playback
        self._show.handle(event)
        if event.key == pygame.K_SPACE:
            again = playback.phase == "over"
            if again:
                self._seek(0)
            playback.paused = not (playback.paused or again)
        elif event.key in (pygame.K_PERIOD, pygame.K_COMMA):
            playback.paused = True
            self._seek(playback.frame + (1 if event.key == pygame.K_PERIOD else -1))
        elif event.key == pygame.K_HOME:
            self._seek(0)
        elif event.key == pygame.K_END:
            self._seek(playback.frames)

    def action(self, action: str) -> None:
        playback = self.playback
        if action == "back":
            self._program.back()
        elif action in ("left", "right"):
            self._seek(playback.frame + (SKIP_S if action == "right" else -SKIP_S) * playback.game.fps)
        elif action in ("up", "down"):
            at = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - playback.speed_percent))
            playback.speed_percent = SPEEDS[max(0, min(len(SPEEDS) - 1, at + (1 if action == "up" else -1)))]

    def _seek(self, frame: int) -> None:
        self.playback.seek(max(0, min(self.playback.frames, frame)))
        self._show.jump(self.playback)

    def update(self) -> bool:
        playback = self.playback
        playback.poll()
        due = playback.due()
        for _ in range(due):
            if not playback.advance():
                break
            self._show.frame(playback)
        if self._limit is not None and (playback.frame >= self._limit or playback.phase == "over"):
            self._program.quit()
        return due > 0

    def wait(self, seconds: float) -> None:
        self.playback.wait(seconds)

    def draw(self, canvas: pygame.Surface) -> None:
        playback = self.playback
        self._show.draw(canvas, playback, between=self._program.draws_between)
        shade(canvas, 150, (0, HEIGHT - 40, WIDTH, 40))
        bar = pygame.Rect(12, HEIGHT - 34, WIDTH - 24, 5)
        canvas.fill((74, 66, 100), bar)
        canvas.fill((110, 226, 130), (bar.left, bar.top, bar.width * playback.proved // max(1, playback.frames), bar.height))
        at = bar.left + bar.width * playback.frame // max(1, playback.frames)
        canvas.fill((255, 255, 255), (at - 1, bar.top - 2, 3, bar.height + 4))
        colour, verdict = self._verdict()
        fps = playback.game.fps
        write(canvas, f"{_clock(playback.frame // fps)} / {_clock(playback.frames // fps)}   frame {playback.frame}   "
                      f"{playback.speed_percent} %" + ("   paused" if playback.paused else ""), 12, HEIGHT - 24)
        write(canvas, verdict, WIDTH - 12, HEIGHT - 24, align="right", colour=colour)
        write(canvas, "Space: stop, go on   left, right: 5 s   , . one frame   up, down: speed   F1: boxes   Esc: leave",
              12, HEIGHT - 12, colour=(150, 144, 170))
        self._draw_keys(canvas)

    def _verdict(self) -> tuple[tuple[int, int, int], str]:
        playback = self.playback
        if playback.error is not None:
            return (255, 98, 84), f"the rules stop here: {playback.error}"[:60]
        if playback.diverged_at is not None:
            return (255, 98, 84), f"these rules give another match from frame {playback.diverged_at} on"
        if playback.proved >= playback.frames > 0:
            return (110, 226, 130), "every checksum matches"
        return (190, 184, 210), "the rules have changed since" if playback.rules_changed else "green: checked so far"

    def _draw_keys(self, canvas: pygame.Surface) -> None:
        """What the players hold on this frame."""
        if self.playback.frame >= self.playback.frames:
            return
        for player, pad in enumerate(self.playback.inputs[:2]):
            x = 14 if player == 0 else WIDTH - 14 - 8 * len(KEYS)
            if pad.bot != Level.HUMAN:
                write(canvas, f"bot: {Level(pad.bot).name.lower()}", x, HEIGHT - 54, colour=(190, 184, 210))
                continue
            for i, (bit, text) in enumerate(KEYS):
                if pad.buttons & bit:
                    write(canvas, text, x + 8 * i, HEIGHT - 54, colour=(255, 214, 120))

    def close(self) -> None:
        self.playback.close()


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def _listed(folder: Path) -> list[Path]:
    """What may be replays; nothing where the folder cannot be read."""
    try:
        return [path for path in folder.glob("*.rsr") if os.path.isfile(path)]   # noqa: PTH113 - it never raises
    except OSError:
        return []


def _written(path: Path) -> float:
    """When; long ago for a file that has just gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def replay_menu(program: Program, watch: Callable[[Path], None]) -> Menu:
    """The replays of the folder, newest first."""
    folder = program.settings.replays
    found = sorted(_listed(folder), key=_written, reverse=True)[:MOST_LISTED]

    def choice(path: Path) -> Choice:
        return Choice(path.stem, lambda: watch(path))
    choices = [choice(path) for path in found] or [Choice("There are none yet: play a match", program.back)]
    return Menu(program, "REPLAYS", choices, hint=f"{folder}")
