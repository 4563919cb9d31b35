"""The chain over all states of a long run: what every machine must compute alike.

    python -m tests.machines.run FRAMES WAY     prints a line per game: name and chain
    python -m tests.machines.run --pin          writes chains.txt; say in the commit why it changes
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from rollstep.state import chain
from tests.games.edges import fractions, integers

PINNED = Path(__file__).with_name("chains.txt")
GAMES = (integers, fractions)
FRAMES = 100_000
BLOCK = 1000


def lines(frames: int, way: str) -> list[str]:
    """`NAME FRAMES CHAIN` for each game, inputs drawn from one seed."""
    made = []
    for game in GAMES:
        runner, rng, total = game.runner(way, players=2, seed=12345), random.Random(1), 0
        state = runner.start()
        for first in range(0, frames, BLOCK):
            count = min(BLOCK, frames - first)
            for checksum in runner.run(state, rng.randbytes(count * game.row_size), first, count):
                total = chain(total, checksum)
        made.append(f"{game.name} {frames} {total:016x}")
    return made


if __name__ == "__main__":
    if sys.argv[1:] == ["--pin"]:
        PINNED.write_text("".join(f"{line}\n" for frames in (2000, FRAMES) for line in lines(frames, "compiled")))
    else:
        print("\n".join(lines(int(sys.argv[1]), sys.argv[2])))
