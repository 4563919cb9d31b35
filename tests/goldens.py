"""The golden replays: how they are made, and what each pins. `make goldens` runs this file; nothing else changes them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rollstep as rs
from demo_game import game as fighter
from rollstep.testing import Bot, Impairment, Network
from tests.games.box import game as box
from tests.games.nasty import TokenBot
from tests.games.nasty import game as nasty

FOLDER = Path(__file__).parents[1] / "replays"


@dataclass(frozen=True)
class Golden:
    """One match on the simulated network; the file is player 0's."""

    name: str
    game: rs.Game
    network: str
    frames: int
    seed: int
    pins: str
    players: int = 2

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.rsr"

    def bots(self) -> Sequence[Bot]:
        if self.game is nasty:
            return [TokenBot(player=p, delay=1) for p in range(self.players)]
        return [Bot(self.game, player=p, seed=self.seed) for p in range(self.players)]


GOLDENS = (
    Golden("fighter-calm", fighter, "rtt=30ms", 3600, 1, "a minute of the demo game as friends next door play it"),
    Golden("fighter-stormy", fighter, "rtt=150ms,jitter=40ms,loss=20%,duplicate=5%,reorder=5%", 1800, 2,
           "the demo game with deep rollbacks: what is recorded does not depend on the network"),
    Golden("box-four", box, "rtt=80ms,jitter=20ms,loss=5%", 900, 3, "four players; sine, cosine, roots and vectors", players=4),
    Golden("nasty", nasty, "rtt=100ms,jitter=20ms,loss=5%", 900, 4,
           "edge integers, nested arrays, enums: what every operator means when it overflows"),
)


def make(golden: Golden) -> None:
    """Play the match and write the file anew."""
    golden.path.unlink(missing_ok=True)
    net = Network(seed=golden.seed, impairment=Impairment.parse(golden.network))
    record: list[Any] = [golden.path, *[None] * (golden.players - 1)]
    peers = net.join(golden.game, players=golden.players, record=record)
    net.play(peers, frames=golden.frames, bots=golden.bots())
    assert all(peer.stats.rollbacks > 0 for peer in peers) or golden.name == "fighter-calm"
    for peer in peers:
        peer.close()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for golden in GOLDENS:
        before = golden.path.read_bytes() if golden.path.exists() else b""
        make(golden)
        after = golden.path.read_bytes()
        print(f"{'same   ' if after == before else 'CHANGED'} {golden.path.name} ({len(after)} bytes)", file=sys.stderr)


if __name__ == "__main__":
    main()
