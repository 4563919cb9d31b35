"""What it costs to begin: cold, warm, and after a rule was edited.

    python -m rollstep_tools.bench.starts cold|warm|edit|again FOLDER TURN

plays one frame of a game whose step has a good hundred lines, and prints the seconds. Each is a process of its own; the cache
is where ROLLSTEP_CACHE_DIR says. The game is `cold.py`'s without its collisions, in a module that the process imports.

    cold    from the first line of Python to the first frame: numba, engine, core and game, with an empty cache
    warm    the same with a full cache, from where numba is imported
    edit    from where the first game was played, out of the cache: the module is imported again with another constant, as
            after an edit; each TURN has one of its own, which no cache holds
    again   the next edit in the same process, which has compiled before
"""

from __future__ import annotations

import sys
import time

_START = time.perf_counter()

from pathlib import Path  # noqa: E402  what follows is timed
from typing import Any  # noqa: E402

END = "@sim\ndef hurt"
_STEP = """def step(world, inputs, tick):
    for p in range(len(world.ships)):
        ship = world.ships[p]
        buttons = inputs[p].buttons
        steer(ship, buttons)
        glide(ship)
        shield(ship, buttons)
        fire(world, ship, p, buttons)
        cool(ship, tick.frame)
    for shot in world.shots:
        if shot.life > 0:
            fly(shot)
"""
EDIT = 'FRICTION = fx("0.98'


def source() -> str:
    """The rules alone, at least 100 lines that are not empty."""
    from .cold import LINES

    text = LINES.read_text()
    return text[:text.index(END)] + _STEP


def play(folder: Path, name: str, text: str) -> None:
    """Write the game as a module, import it, make what a session makes, run one frame. What was compiled is told on stderr."""
    import rollstep as rs
    from rollstep.rollback.core import Core

    from . import cold

    path = folder / f"{name}.py"
    path.write_text(cold.STRUCTS + text)
    module: Any = cold.module(path)
    rs.on_progress(lambda line: print(line, file=sys.stderr))
    game = rs.Game("starts", state=module.World, input=module.Pad, players=4, init=module.start, step=module.step)
    core = Core(game, player=0, players=4, delays=[0] * 4, window=8, seed=1)
    core.set_input(bytes(game.input_size))
    core.advance(0)
    assert core.simulated == 1


def main(what: str, folder: Path, turn: int) -> float:
    """Seconds."""
    start = _START
    if what == "warm":
        import numba  # noqa: F401  not a part of what is timed
        start = time.perf_counter()
    text = source()
    play(folder, "rules", text)
    for i in range({"edit": 1, "again": 2}.get(what, 0)):
        start = time.perf_counter()
        play(folder, f"rules_edited_{i}", text.replace(EDIT, f"{EDIT}{turn + 1}{what[0] == 'a':d}{i}"))
    return time.perf_counter() - start


if __name__ == "__main__":
    print(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
