"""What a desync looks like: the bit that a developer turns over, and the report, on both sides."""

from __future__ import annotations

from collections.abc import Callable

import pygame

import rollstep as rs

from ..view import HEIGHT, WIDTH, text_width, write
from . import words
from .program import Program, Screen, draw_lines, shade

#: The field of our own fighter that F9 changes, and its bit: 8 of health.
FIELD, BIT = "World.fighters[{}].health", 3
_GOLD, _RED, _DIM = (255, 214, 120), (255, 98, 84), (150, 144, 170)


def turn_a_bit(session: rs.P2P) -> str:
    """Change our own state behind the engine's back; what was done, or why not."""
    from rollstep.testing import flip

    path = FIELD.format(session.player)
    try:
        return f"bit {BIT} of {path} turned over in frame {flip(session, path, BIT)}"
    except rs.UsageError as error:
        return str(error)


class Report(Screen):
    """Which field differs, both values, and where the report is. `behind` draws what was there."""

    title = "DESYNC"

    def __init__(self, program: Program, event: rs.DesyncExplained, lines: list[str], *,
                 behind: Callable[[pygame.Surface], None]) -> None:
        self._program, self.event, self.lines, self._behind = program, event, lines, behind

    def action(self, action: str) -> None:
        if action in ("choose", "back"):
            self._program.go_on()

    def draw(self, canvas: pygame.Surface) -> None:
        event = self.event
        self._behind(canvas)
        shade(canvas, 205)
        write(canvas, self.title, WIDTH // 2, 58, size=3, align="center", colour=_RED)      # below the clock
        write(canvas, f"frame {event.frame}", WIDTH // 2, 86, size=2, align="center", colour=_GOLD)
        y = 108
        if event.path:
            big = text_width(event.path, 2) <= WIDTH - 40
            write(canvas, event.path, WIDTH // 2, y, size=2 if big else 1, align="center")
            for x, who, value, colour in ((WIDTH // 2 - 244, f"HERE, PLAYER {2 - event.player}", event.ours, _GOLD),
                                          (WIDTH // 2 + 4, f"THERE, PLAYER {event.player + 1}", event.theirs, _RED)):
                box = pygame.Rect(x, y + 22, 240, 48)
                pygame.draw.rect(canvas, (20, 16, 34), box)
                pygame.draw.rect(canvas, colour, box, 1)
                text = str(value)
                write(canvas, who, box.centerx, box.top + 8, align="center", colour=_DIM)
                write(canvas, text, box.centerx, box.top + 24, size=2 if text_width(text, 2) <= box.width - 12 else 1,
                      align="center", colour=colour)
            y += 82
        draw_lines(canvas, [*words.explained(event), "", *self.lines], y, colour=(214, 208, 226))
        write(canvas, "Enter or Esc: go on", WIDTH // 2, HEIGHT - 26, align="center", colour=_DIM)
