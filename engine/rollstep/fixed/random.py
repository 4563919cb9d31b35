"""`Random`: random numbers as a function of (seed, frame, stream, index), not a state that a snapshot could forget.

    LOOT, SPREAD = 1, 2                        # a stream for each use: a new draw in one never shifts another

    loot = rs.dice(tick, LOOT)
    for i in range(3):
        world.drops[i].kind = loot.integer(i, 1, 6)

Equal arguments give equal numbers, so each draw of one frame and stream takes another index. Generator: philox.py.
"""

from __future__ import annotations

from typing import Any

from ..language import sim
from . import philox
from .functions import run_kernel
from .number import Fixed, fx, is_whole


class Random:
    """Draws of one seed, frame and stream (each an int; frame, stream and index count modulo 2**32)."""

    __slots__ = ("frame", "seed", "stream")
    seed: int
    frame: int
    stream: int

    def __init__(self, seed: int, frame: int, stream: int) -> None:
        for name, value in (("seed", seed), ("frame", frame), ("stream", stream)):
            object.__setattr__(self, name, _whole(value, name))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Random is a value and does not change: give each draw another index")

    def bits(self, index: int) -> int:
        """64 random bits as an int64."""
        return self._draw("bits", index)

    def integer(self, index: int, low: int, high: int) -> int:
        """low to high, both included, without bias. Raises ValueError when low is above high."""
        return self._draw("integer", index, _whole(low, "low"), _whole(high, "high"))

    def fixed(self, index: int, low: Fixed | int, high: Fixed | int) -> Fixed:
        """low <= x < high, each of the steps between equally likely. Raises ValueError when low is not below high."""
        return Fixed.from_raw(self._draw("fixed", index, fx(low).raw, fx(high).raw))

    def chance(self, index: int, p: Fixed) -> bool:
        """True with the probability p; always from 1 on, never at 0 or below."""
        if not isinstance(p, Fixed):
            raise TypeError(f'p takes a Fixed such as fx("1/6"), not {type(p).__name__}')
        return self._draw("chance", index, p.raw) == 1

    def choice(self, index: int, values: Any) -> Any:
        """One of a tuple of one kind, or of an array."""
        return choice(self, index, values)

    def shuffle(self, array: Any) -> None:
        """Put an array field of numbers into random order. Takes the indices 1 to len(array) - 1."""
        shuffle(self, array)

    def _draw(self, kernel: str, index: int, *words: int) -> int:
        return run_kernel(philox, getattr(philox, kernel), self.seed, self.frame, self.stream, _whole(index, "index"), *words)

    def __reduce__(self) -> tuple[Any, ...]:
        return Random, (self.seed, self.frame, self.stream)

    def __repr__(self) -> str:
        return f"Random({self.seed}, {self.frame}, {self.stream})"


def _whole(value: Any, name: str) -> int:
    if not is_whole(value):
        raise TypeError(f"{name} takes an int, not {type(value).__name__}")
    return int(value)


# ---------------------------------------------------------------------------- in the language of a step

@sim
def dice(tick: Any, stream: int) -> Random:
    """The draws of this frame: Random(tick.seed, tick.frame, stream)."""
    return Random(tick.seed, tick.frame, stream)


@sim
def choice(random: Random, index: int, values: Any) -> Any:
    """Random.choice."""
    return values[random.integer(index, 0, len(values) - 1)]


@sim
def shuffle(random: Random, array: Any) -> None:
    """Random.shuffle: Fisher and Yates, from the end. The plus refuses structs, which would alias."""
    for i in range(len(array) - 1, 0, -1):
        j = random.integer(i, 0, i)
        kept = +array[i]
        array[i] = +array[j]
        array[j] = kept
