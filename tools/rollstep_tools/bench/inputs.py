"""Inputs for benchmarks: legal ones of any game, from a seed, held for a while or changed in every frame."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from rollstep import Game
from rollstep.testing.bots import LONGEST_HOLD, Bot

#: Frames of inputs, used over and over; a power of two.
LENGTH = 1 << 14


def held(game: Game, players: int, *, seed: int = 1) -> Any:
    """Every fourth frame on average the input is drawn anew: as the sketch's matches had it. uint8 (players, LENGTH, size)."""
    return _made(game, players, seed, lambda roll: roll.random() < 0.25)


def restless(game: Game, players: int, *, seed: int = 1) -> Any:
    """In no frame it is that of the frame before, so that every prediction fails."""
    return _made(game, players, seed, None)


def _made(game: Game, players: int, seed: int, change: Any) -> Any:
    legal = [sorted(range(256) if values is None else values) for values in game.input.layout.legal_bytes()]
    made = np.zeros((players, LENGTH, game.input_size), np.uint8)
    for p in range(players):
        roll = random.Random(f"bench {seed} {p}")
        row = tuple(0 for _ in legal)
        for i in range(LENGTH):
            if change is None or change(roll):
                drawn = tuple(roll.choice(values) for values in legal)
                while change is None and drawn == row and any(len(values) > 1 for values in legal):
                    drawn = tuple(roll.choice(values) for values in legal)
                row = drawn
            made[p, i] = row
    return made


def people(game: Game, player: int, seed: int) -> Bot:
    """As people hold keys: rollstep.testing's bot."""
    return Bot(game, player=player, seed=seed)


def bits_of_people() -> float:
    """Entropy of `people` with one byte of input that may have any value, in bits per frame: how long it is held, 1 to
    LONGEST_HOLD frames alike, and eight bits that are each set one time in four."""
    bit = 0.25 * math.log2(4) + 0.75 * math.log2(4 / 3)
    return (math.log2(LONGEST_HOLD) + 8 * bit) / ((LONGEST_HOLD + 1) / 2)
