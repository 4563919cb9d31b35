"""A window for one peer of `rollstep match --view`: see `rollstep_tools.load.Viewer`."""

from __future__ import annotations

import os
from typing import Any

import pygame

import rollstep as rs

from ..pads import Pads
from ..settings import load
from ..sound.mixer import Mixer
from ..view import HEIGHT, WIDTH, Scene, write
from ..world import Pad
from .desync import turn_a_bit
from .program import shade
from .show import Show
from .window import DrawClock, Window

#: Frames without a key after which the bot plays again.
IDLE_FRAMES = 300
HINT = "a bot plays: press a key to take over   F1: boxes   F2: network   Esc: leave"
#: Room that a window manager takes around a window.
FRAME_PX = 12


class Viewer:
    """Draws what its peer computes; a key takes over from the bot for some seconds."""

    def __init__(self, match: rs.P2P) -> None:
        settings, _ = load()
        pygame.display.init()
        width, _ = max(pygame.display.get_desktop_sizes(), default=(1280, 720))
        scale = max(1, min(2, width // match.players // (WIDTH + FRAME_PX)))
        # side by side; SDL reads it when the window is made
        os.environ["SDL_VIDEO_WINDOW_POS"] = f"{match.player * (WIDTH * scale + FRAME_PX)},60"
        self._window = Window(scale=scale, title=f"rollstep fighter: player {match.player + 1}")
        self._pads = Pads(settings)
        # one peer is enough to hear a match on one machine
        loud = match.player == 0
        self._mixer = Mixer(settings.volume if loud else 0, 0)
        self._show = Show(Scene(match.game.content, reduced_motion=settings.reduced_motion), self._mixer)
        self._show.network = True
        for _ in self._show.scene.warm_up():
            pass
        self._clock = DrawClock(self._window.hz, match.game.fps)
        self._fresh = True
        self._idle = IDLE_FRAMES
        self._closed = False

    def input(self, match: rs.P2P) -> Any | None:
        buttons = self._pads.read(0, shared=True)
        self._idle = 0 if buttons else self._idle + 1
        return Pad(buttons=buttons) if self._idle < IDLE_FRAMES else None

    def frame(self, match: rs.P2P) -> None:
        self._show.frame(match)
        self._fresh = True

    def draw(self, match: rs.P2P) -> bool:
        for event in pygame.event.get():
            self._closed = self._closed or event.type == pygame.QUIT
            if event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
                self._closed = True
            self._show.handle(event)
            if self._show.asks_for_desync(event, match):
                turn_a_bit(match)       # the peers find it, and the terminal tells it
            self._pads.handle(event)
        if self._clock.due(self._fresh):
            self._fresh = False
            canvas = self._window.canvas
            self._show.draw(canvas, match, between=self._clock.between)
            self._show.draw_network(canvas, match)
            if self._idle >= IDLE_FRAMES:
                shade(canvas, 120, (0, HEIGHT - 16, WIDTH, 16))
                write(canvas, HINT, WIDTH // 2, HEIGHT - 12, align="center", colour=(214, 208, 226))
            self._window.show()
        return not self._closed

    def close(self) -> None:
        self._mixer.close()
        self._window.close()
