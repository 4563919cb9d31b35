"""Menus: lists of choices, settings, controls, a line of text to type, and messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pygame

from ..view import HEIGHT, WIDTH, write
from ..view.text import write_banner
from ..world import Level
from .program import Program, Screen, draw_lines, shade

GOLD, WHITE, DIM = (255, 214, 120), (255, 255, 255), (150, 144, 170)
ROW = 21
#: Rows of a menu that fit; longer ones scroll.
ROWS = 10
MOST_TYPED = 120


@dataclass
class Choice:
    """One row. `value` is shown at its right; `change` takes -1 or 1 from left and right."""

    text: str
    chosen: Callable[[], None] | None = None
    value: Callable[[], str] | None = None
    change: Callable[[int], None] | None = None


class Menu(Screen):
    """A title and rows to choose from."""

    def __init__(self, program: Program, title: str, choices: Sequence[Choice], *, hint: str = "",
                 banner: bool = False) -> None:
        self._program, self.title, self._choices = program, title, list(choices)
        self._hint, self._banner = hint, banner
        self._at = 0

    @property
    def chosen(self) -> Choice:
        """The row that is marked."""
        return self._choices[self._at]

    def action(self, action: str) -> None:
        choice = self.chosen
        if action in ("up", "down"):
            self._at = (self._at + (1 if action == "down" else -1)) % len(self._choices)
        elif action in ("left", "right") and choice.change is not None:
            choice.change(1 if action == "right" else -1)
        elif action == "choose":
            if choice.chosen is not None:
                choice.chosen()
            elif choice.change is not None:
                choice.change(1)
        elif action == "back":
            self._program.back()

    def draw(self, canvas: pygame.Surface) -> None:
        self._program.draw_backdrop(canvas)
        self.draw_choices(canvas)

    def draw_choices(self, canvas: pygame.Surface) -> None:
        """Title and rows, on whatever is there."""
        if self._banner:
            write_banner(canvas, self.title, WIDTH // 2, 62, top=(255, 236, 150), bottom=(232, 84, 60), scale=6)
        else:
            write(canvas, self.title, WIDTH // 2, 54, size=3, align="center", colour=GOLD)    # below a fight's clock
        y = 118 if self._banner else 90
        shade(canvas, 110, (110, y - 12, WIDTH - 220, ROW * min(ROWS, len(self._choices)) + 16))
        first = max(0, min(self._at - ROWS // 2, len(self._choices) - ROWS))
        rows = self._choices[first:first + ROWS]
        for i, choice in enumerate(rows, first):
            marked = i == self._at
            colour = GOLD if marked else WHITE
            if choice.value is None:
                text = f"> {choice.text} <" if marked else choice.text
                write(canvas, text, WIDTH // 2, y, size=2, align="center", colour=colour)
            else:
                text = f"< {choice.value()} >" if marked else choice.value()
                write(canvas, choice.text, WIDTH // 2 - 20, y, size=2, align="right", colour=colour)
                write(canvas, text, WIDTH // 2 + 4, y, size=2, colour=colour)
            y += ROW
        if first + ROWS < len(self._choices):
            write(canvas, "...", WIDTH // 2, y, size=2, align="center", colour=DIM)
        draw_lines(canvas, [self._hint] if self._hint else [], HEIGHT - 26, colour=DIM)


class Message(Screen):
    """Words that wait for a key. `behind` draws what was there."""

    def __init__(self, program: Program, title: str, lines: Sequence[str], *,
                 behind: Callable[[pygame.Surface], None] | None = None) -> None:
        self._program, self.title, self.lines = program, title, list(lines)
        self._behind = behind

    def action(self, action: str) -> None:
        if action in ("choose", "back"):
            self._program.go_on()

    def draw(self, canvas: pygame.Surface) -> None:
        (self._behind or self._program.draw_backdrop)(canvas)
        shade(canvas, 205)
        write(canvas, self.title, WIDTH // 2, 110, size=3, align="center", colour=GOLD)
        draw_lines(canvas, self.lines, 160)
        write(canvas, "Enter or Esc: go on", WIDTH // 2, HEIGHT - 30, align="center", colour=DIM)


class TypeLine(Screen):
    """A line to type or to paste."""

    sounds = False

    def __init__(self, program: Program, title: str, lines: Sequence[str], text: str,
                 typed: Callable[[str], str | None]) -> None:
        """`typed` takes the line; a text that it returns says what is wrong with it."""
        self._program, self.title, self._lines, self._typed = program, title, list(lines), typed
        self.text, self._complaint = text, ""
        pygame.key.start_text_input()

    def handle(self, event: pygame.Event) -> None:
        if event.type == pygame.TEXTINPUT:
            self._add(event.text)
        elif event.type == pygame.KEYDOWN:
            if event.key == pygame.K_BACKSPACE:
                self.text = self.text[:-1]
            elif event.key == pygame.K_DELETE:
                self.text = ""
            elif event.key == pygame.K_v and event.mod & pygame.KMOD_CTRL:
                self._add(clipboard())
            elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
                self._complaint = self._typed(self.text) or ""
            elif event.key == pygame.K_ESCAPE:
                self._program.back()

    def _add(self, text: str) -> None:
        self.text = (self.text + "".join(c for c in text if c.isprintable()))[:MOST_TYPED]
        self._complaint = ""

    def draw(self, canvas: pygame.Surface) -> None:
        self._program.draw_backdrop(canvas)
        shade(canvas, 150)
        write(canvas, self.title, WIDTH // 2, 70, size=3, align="center", colour=GOLD)
        y = draw_lines(canvas, self._lines, 120, colour=DIM)
        box = pygame.Rect(60, y + 10, WIDTH - 120, 26)
        pygame.draw.rect(canvas, (20, 16, 34), box)
        pygame.draw.rect(canvas, GOLD, box, 1)
        write(canvas, self.text[-80:] + "_", box.left + 10, box.top + 9)
        draw_lines(canvas, [self._complaint] if self._complaint else [], y + 50, colour=(255, 130, 110))
        write(canvas, "Enter: take it   Ctrl+V: paste   Del: clear   Esc: back", WIDTH // 2, HEIGHT - 30, align="center",
              colour=DIM)

    def close(self) -> None:
        pygame.key.stop_text_input()


def clipboard() -> str:
    """What was copied elsewhere; nothing where there is no clipboard."""
    try:
        return pygame.scrap.get_text()
    except pygame.error:
        return ""


def copy(text: str) -> bool:
    """Onto the clipboard; False where there is none."""
    try:
        pygame.scrap.put_text(text)
    except pygame.error:
        return False
    return True


# ---------------------------------------------------------------------------- settings and controls

def settings_menu(program: Program) -> Menu:
    """Everything that can be set, changed by left and right, kept when it changes."""
    settings = program.settings

    def number(text: str, name: str, most: int, step: int, shown: Callable[[int], str]) -> Choice:
        def change(way: int) -> None:
            setattr(settings, name, max(0, min(most, getattr(settings, name) + way * step)))
            program.save_settings()
        return Choice(text, value=lambda: shown(getattr(settings, name)), change=change)

    def pick(text: str, name: str, values: Sequence[Any], shown: Callable[[Any], str]) -> Choice:
        def change(way: int) -> None:
            now = getattr(settings, name)
            at = values.index(now) if now in values else 0
            setattr(settings, name, values[(at + way) % len(values)])
            program.save_settings()
        return Choice(text, value=lambda: shown(getattr(settings, name)), change=change)

    return Menu(program, "SETTINGS", [
        number("Sound", "volume", 100, 10, "{} %".format),
        number("Music", "music_volume", 100, 10, "{} %".format),
        pick("Bot", "bot_level", [Level.EASY, Level.MEDIUM, Level.HARD], lambda level: level.name.lower()),
        number("Input delay", "input_delay", 8, 1, lambda frames: f"{frames} frame{'s' * (frames != 1)}"),
        pick("Reduced motion", "reduced_motion", [False, True], lambda on: "on" if on else "off"),
        pick("Pictures a second", "draw_hz", [0, 60, 120, 144, 240], lambda hz: str(hz) if hz else "as the display"),
        pick("Window", "scale", [0, 1, 2, 3, 4], lambda scale: f"{scale} x" if scale else "as large as fits"),
        pick("Full screen", "fullscreen", [False, True], lambda on: "on" if on else "off"),
        Choice("Controls", lambda: program.go(Controls(program))),
        Choice("Back", program.back),
    ], hint="left, right: change · input delay and bot count from the next match on")


class Controls(Screen):
    """The keys of both players and the gamepad's buttons. The screen that it lies `over`, a running match's, goes on."""

    title = "CONTROLS"

    def __init__(self, program: Program, over: Screen | None = None) -> None:
        self._program, self._over = program, over
        self.live = over is not None and over.live

    def update(self) -> bool:
        return self._over.update() if self._over is not None else True

    def wait(self, seconds: float) -> None:
        (self._over or super()).wait(seconds)

    def action(self, action: str) -> None:
        if action in ("choose", "back"):
            self._program.back()

    def draw(self, canvas: pygame.Surface) -> None:
        pads = self._program.pads
        self._program.draw_backdrop(canvas)
        shade(canvas, 170)
        write(canvas, self.title, WIDTH // 2, 24, size=3, align="center", colour=GOLD)
        columns = [("PLAYER 1", pads.describe(0)), ("PLAYER 2", pads.describe(1)), ("GAMEPAD", pads.describe_gamepad())]
        for i, (title, keys) in enumerate(columns):
            x, y = 40 + 200 * i, 66
            write(canvas, title, x, y, size=2, colour=GOLD)
            for what, key in keys:
                y += 17
                write(canvas, what, x, y + 8)
                write(canvas, key, x + 84, y + 8, colour=DIM)
        draw_lines(canvas, [
            "Away from the other: walk back and block; with down: block low. Toward, toward: dash.",
            "What touches can be followed by what is stronger: fast, low fast, heavy, shot. Throw who only blocks.",
            "Against bots and over the network all keys and gamepads are yours.",
            "Esc: menu · F1: boxes and frame data · F2: network (then F9: a desync) · F11: full screen"], HEIGHT - 84,
            colour=(214, 208, 226))
