"""Calling the game's step from the core: the plain Python form. lowering.py has the compiled one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Interpreted steps by the handle that stands in the arena's `step`, where compiled code keeps an address.
STEPS: dict[int, Callable[[Any, memoryview, memoryview, int], int]] = {}


#: Interpreted predictors, in the same way by the arena's `guess`.
PREDICTORS: dict[int, Callable[[memoryview, memoryview, int, memoryview], int]] = {}


def run_predict(c: Any, guess_at: int, player: int) -> int:
    """The game's guess of a player's input for the step at hand, into `guess_at`; 1 when it raised, else 0."""
    memory = c._memory
    return PREDICTORS[c.guess](memory[c.state_at:c.state_at + c.state_size], memory[guess_at:guess_at + c.input_size], player,
                               memory[c.tick_at:c.state_at])


def run_step(c: Any, row_at: int) -> int:
    """One step on the arena's state with the inputs at `row_at`; 1 when it raised, else 0."""
    memory = c._memory
    state = memory[c.state_at:c.state_at + c.state_size]
    row = memory[row_at:row_at + c.row_size]
    return STEPS[c.step](c, state, row, int.from_bytes(memory[c.tick_at:c.tick_at + 8], "little", signed=True))
