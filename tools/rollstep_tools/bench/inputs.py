"""Inputs for benchmarks: legal ones of any game, from a seed, held for a while or changed in every frame."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rollstep import Game, UsageError
from rollstep.testing.bots import LONGEST_HOLD, Bot

#: Frames of inputs, used over and over; a power of two.
LENGTH = 1 << 14


def held(game: Game, players: int, *, seed: int = 1) -> Any:
    """Every fourth frame on average the input is drawn anew: as the sketch's matches had it. uint8 (players, LENGTH, size)."""
    return _made(game, players, seed, 0.25)


def restless(game: Game, players: int, *, seed: int = 1) -> Any:
    """In no frame it is that of the frame before, so that every prediction fails."""
    return _made(game, players, seed, 1.0)


def _made(game: Game, players: int, seed: int, changing: float) -> Any:
    """In that share of the frames an input is drawn; where it is 1, another than that of the frame before."""
    random = np.random.default_rng(seed)
    legal = [np.array(sorted(range(256) if values is None else values), np.uint8) for values in game.input.layout.legal_bytes()]
    if changing == 1.0 and max(map(len, legal)) == 1:
        raise UsageError(f"{game.name} has one input alone, so that none can change")
    drawn = np.stack([random.choice(values, (players, LENGTH)) for values in legal], axis=-1)
    if changing < 1.0:
        last = np.where(random.random((players, LENGTH)) < changing, np.arange(LENGTH), 0)
        return np.take_along_axis(drawn, np.maximum.accumulate(last, axis=1)[:, :, None], axis=1)
    widest = max(range(len(legal)), key=lambda b: len(legal[b]))    # this byte walks through its values, never by none
    values = legal[widest]
    drawn[:, :, widest] = values[np.cumsum(random.integers(1, len(values), (players, LENGTH)), axis=1) % len(values)]
    return drawn


def people(game: Game, player: int, seed: int) -> Bot:
    """As people hold keys: rollstep.testing's bot."""
    return Bot(game, player=player, seed=seed)


def bits_of_people() -> float:
    """Entropy of `people` with one byte of input that may have any value, in bits per frame: how long it is held, 1 to
    LONGEST_HOLD frames alike, and eight bits that are each set one time in four."""
    bit = 0.25 * math.log2(4) + 0.75 * math.log2(4 / 3)
    return (math.log2(LONGEST_HOLD) + 8 * bit) / ((LONGEST_HOLD + 1) / 2)
