"""Behind a progress bar: the game is compiled (once; the result is kept) and its pictures are drawn."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator

import pygame

import rollstep as rs

from ..view import HEIGHT, WIDTH, write
from .program import Program, Screen, draw_lines

#: Compiling reports no share of its work: the bar nears its end with this time constant.
COMPILE_S = 8.0
#: How long sprites are drawn between two pictures of the bar.
PORTION_S = 0.012


class Compiler:
    """Compiles in a thread, so that the window stays alive. Start it early: a warm cache takes a fraction of a second."""

    def __init__(self, game: rs.Game) -> None:
        self._game = game
        self.stage = "starting"
        self.compiles = False           # something was not in the cache
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="compile", daemon=True)

    def start(self) -> None:
        """Once; later calls do nothing."""
        if self._thread.ident is None:
            self._thread.start()

    @property
    def done(self) -> bool:
        return self._thread.ident is not None and not self._thread.is_alive()

    def _work(self) -> None:
        rs.on_progress(self._report)
        try:
            rs.prepare(self._game)
            self._game.runner("compiled", players=2, seed=0)
            _ = self._game.digests
        except BaseException as error:      # told by the screen, in the main thread
            self.error = error
        finally:
            rs.on_progress(None)

    def _report(self, text: str) -> None:
        self.stage, self.compiles = text, True


class Chore:
    """Work in small portions, for idle moments: an iterator of (done, total)."""

    def __init__(self, steps: Iterator[tuple[int, int]]) -> None:
        self._steps = steps
        self.share, self.done = 0.0, False

    def work(self, seconds: float) -> None:
        """Go on for about so long; a portion is not interrupted."""
        until = time.perf_counter() + seconds
        while not self.done and time.perf_counter() < until:
            step = next(self._steps, None)
            self.done = step is None
            self.share = 1.0 if step is None else step[0] / max(1, step[1])


class Loading(Screen):
    """Shows the bar until everything is there, then puts what `then` makes in its place."""

    title = "GETTING READY"
    sounds = False

    def __init__(self, program: Program, compiler: Compiler, pictures: Chore, then: Callable[[], None]) -> None:
        self._program, self._compiler, self._pictures, self._then = program, compiler, pictures, then
        compiler.start()
        self._started = time.monotonic()

    def action(self, action: str) -> None:
        if action == "back":
            self._program.back()

    def update(self) -> bool:
        self._pictures.work(PORTION_S)
        if self._pictures.done and self._compiler.done:
            if self._compiler.error is not None:
                raise self._compiler.error
            collect()
            self._then()
        return True

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        waited = time.monotonic() - self._started
        compiled = 1.0 if self._compiler.done else waited / (waited + COMPILE_S)
        return 0.4 * self._pictures.share + 0.6 * compiled

    def draw(self, canvas: pygame.Surface) -> None:
        canvas.fill((18, 14, 30))
        write(canvas, self.title, WIDTH // 2, 130, size=3, align="center", colour=(255, 214, 120))
        bar = pygame.Rect(WIDTH // 2 - 160, 176, 320, 12)
        pygame.draw.rect(canvas, (70, 62, 96), bar.inflate(4, 4), 1)
        canvas.fill((226, 96, 64), (bar.left, bar.top, int(bar.width * self.share), bar.height))
        if self._compiler.compiles and not self._compiler.done:
            draw_lines(canvas, [self._compiler.stage, "This happens once: the result is kept."], 204, colour=(190, 184, 210))
        write(canvas, "Esc: back", WIDTH // 2, HEIGHT - 24, align="center", colour=(140, 132, 160))

    def wait(self, seconds: float) -> None:
        if self._pictures.done:
            super().wait(seconds)


def collect() -> None:
    """Before a match: what is alive now stays, and no later collection looks at it (numba's objects cost 30 to 200 ms)."""
    gc.collect()
    gc.freeze()
