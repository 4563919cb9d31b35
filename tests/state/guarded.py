"""Memory between unmapped pages: an access one byte outside ends the process. And a run of hostile steps over it.

    python -m tests.state.guarded GAME SEED FRAMES [SHIFT]

plays frames of a game with random legal inputs over random states (any bytes at all), state and inputs ending at an unmapped
page. SHIFT moves the state so many bytes too far, so that a test sees the process die.
"""

import ctypes
import importlib
import mmap
import random
import sys

import numpy as np

PAGE = mmap.PAGESIZE
_libc = ctypes.CDLL(None, use_errno=True)


class Guarded:
    """`size` bytes that end at an unmapped page (or begin after one), with their address; kept for the process's life."""

    def __init__(self, size: int, *, at_start: bool = False) -> None:
        pages = -(-size // PAGE)
        self.map = mmap.mmap(-1, (pages + 2) * PAGE)
        whole = np.frombuffer(self.map, np.uint8)
        begin = whole.ctypes.data
        for place in (begin, begin + (pages + 1) * PAGE):
            if _libc.mprotect(ctypes.c_void_p(place), PAGE, 0) != 0:
                raise OSError(ctypes.get_errno(), "mprotect")
        offset = PAGE if at_start else (pages + 1) * PAGE - size
        self.bytes = whole[offset:offset + size]
        self.address = begin + offset


def play(name: str, seed: int, frames: int, shift: int) -> int:
    """How many frames did not raise."""
    module, _, attribute = name.partition(":")
    game = getattr(importlib.import_module(module), attribute)
    runner = game.runner("compiled", players=game.min_players, seed=seed)
    rng = random.Random(seed)
    tick_bytes = np.frombuffer(game.tick_bytes(seed=seed, players=game.min_players), np.uint8)
    tick, sums = Guarded(len(tick_bytes)), Guarded(8)
    tick.bytes[:] = tick_bytes
    done = 0
    legal = [sorted(range(256)) if values is None else sorted(values) for values in game.input.layout.legal_bytes()]
    for at_start in (False, True):
        state, row = Guarded(game.state_size, at_start=at_start), Guarded(game.row_size, at_start=at_start)
        for frame in range(frames):
            if frame % 4 == 0:
                highest = rng.choice((1, 3, 8, 255))
                state.bytes[:] = [rng.randint(0, highest) for _ in range(game.state_size)]
                if frame % 64 == 0:
                    state.bytes[:] = 255
            row.bytes[:] = [rng.choice(values) for _ in range(game.max_players) for values in legal]
            done += runner._loop.call(runner._step.address, state.address + shift, row.address, game.row_size, tick.address,
                                      rng.choice((0, 1, frame, 1 << 62)), 1, sums.address, game.state_size)
    return done


if __name__ == "__main__":
    print(play(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int((sys.argv[4:] or ["0"])[0])))
