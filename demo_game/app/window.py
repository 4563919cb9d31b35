"""The window: a canvas of fixed size scaled by whole pixels, and the deadlines by which it is drawn."""

from __future__ import annotations

import os
import time

# All pictures are made by the processor: handing them over as a texture costs 4 ms a frame, in shared memory 0.4.
os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")

import pygame

from rollstep import UsageError

from ..view import HEIGHT, WIDTH, present

TITLE = "rollstep fighter"
NO_SCREEN = "no window can be opened ({}); `rollstep match demo_game:game` plays without one"
#: A display that tells no rate, or none that makes sense.
USUAL_HZ = 60


class Window:
    """One resizable window. Draw on `canvas` (640 by 360), then `show`."""

    def __init__(self, *, scale: int = 0, fullscreen: bool = False, title: str = TITLE) -> None:
        """Raises UsageError where there is no screen."""
        try:
            pygame.display.init()
        except pygame.error as error:
            raise UsageError(NO_SCREEN.format(error)) from None
        # SDL falls back to screens that nobody sees
        if pygame.display.get_driver() in ("dummy", "offscreen") and not os.environ.get("SDL_VIDEODRIVER"):
            pygame.display.quit()
            raise UsageError(NO_SCREEN.format("neither DISPLAY nor WAYLAND_DISPLAY is set"))
        pygame.display.set_caption(title)
        self.canvas = pygame.Surface((WIDTH, HEIGHT))
        self._scale = scale
        self._surface = pygame.display.set_mode(self._size(), pygame.RESIZABLE)
        self._fullscreen = False
        if fullscreen:
            self.toggle_fullscreen()

    def _size(self) -> tuple[int, int]:
        """So many whole pixels; 0: as many as leave some of the desktop free."""
        scale = self._scale
        if not scale:
            width, height = max(pygame.display.get_desktop_sizes(), default=(1366, 768))
            scale = max(1, min((width - 40) // WIDTH, (height - 100) // HEIGHT))
        return WIDTH * scale, HEIGHT * scale

    def toggle_fullscreen(self) -> None:
        """To the whole desktop and back."""
        self._fullscreen = not self._fullscreen
        if self._fullscreen:
            self._surface = pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        else:
            self._surface = pygame.display.set_mode(self._size(), pygame.RESIZABLE)

    def follow(self, scale: int, fullscreen: bool) -> None:
        """The settings may have changed."""
        if fullscreen != self._fullscreen:
            self.toggle_fullscreen()
        if scale != self._scale:
            self._scale = scale
            if not self._fullscreen:
                self._surface = pygame.display.set_mode(self._size(), pygame.RESIZABLE)

    @property
    def hz(self) -> int:
        """The display's rate."""
        found = pygame.display.get_current_refresh_rate() if pygame.display.get_init() else 0
        return found if 30 <= found <= 1000 else USUAL_HZ

    def show(self) -> None:
        """The canvas onto the screen."""
        present(self.canvas, pygame.display.get_surface() or self._surface)
        pygame.display.flip()

    def close(self) -> None:
        pygame.display.quit()


class DrawClock:
    """When to draw. Up to the game's rate a picture follows each frame; above, pictures have deadlines of their own."""

    def __init__(self, hz: int, fps: int) -> None:
        self.between = hz > fps
        self._period = 1 / (hz if self.between else fps)
        self._next = time.perf_counter()

    def due(self, fresh: bool) -> bool:
        """Whether to draw now; `fresh` says that there is a new frame."""
        now = time.perf_counter()
        if now < self._next and (self.between or not fresh):
            return False
        # deadlines are absolute; those that were missed are given up
        self._next = max(self._next + self._period, now) if self.between else now + 2 * self._period
        return True

    def seconds_left(self) -> float:
        """Until the next deadline."""
        return max(0.0, self._next - time.perf_counter())
