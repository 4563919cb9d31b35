"""Seeded inputs for any game: legal values, held for a while, as people hold keys."""

from __future__ import annotations

import random

from ..game import Game

#: Frames for which an input is held: 1 to this many.
LONGEST_HOLD = 24


class Bot:
    """Draws inputs from the input struct's layout alone, so that it can play any game. The same seed, the same inputs.

    An enum or a bool has legal values only; any other field has any bits, also those that are no button of the game: other
    peers may send them, so a step must take them. Where only real buttons are wanted, give `bots=` objects of your own; all
    that they need is `input(frame)`.
    """

    def __init__(self, game: Game, *, player: int, seed: int) -> None:
        self._random = random.Random(f"bot {seed} {player}")
        self._legal = [sorted(values) if values is not None else None for values in game.input.layout.legal_bytes()]
        self._held = bytes(game.input_size)
        self._until = 0

    def input(self, frame: int) -> bytes:
        """The input for a frame; frames are asked for in order, each any number of times."""
        while frame >= self._until:
            self._until += self._random.randint(1, LONGEST_HOLD)
            self._held = bytes(self._byte(legal) for legal in self._legal)
        return self._held

    def _byte(self, legal: list[int] | None) -> int:
        if legal is not None:
            return self._random.choice(legal)
        # a few buttons at a time
        return self._random.getrandbits(8) & self._random.getrandbits(8)
