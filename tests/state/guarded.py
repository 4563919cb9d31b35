"""A run of hostile steps over memory between unmapped pages.

    python -m tests.state.guarded GAME SEED FRAMES [SHIFT]

plays frames of a game with random legal inputs over random states (any bytes at all), state and inputs ending at an unmapped
page. SHIFT moves the state so many bytes too far, so that a test sees the process die.
"""

import importlib
import random
import sys

import numpy as np

from rollstep_tools.guarded import Guarded


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
