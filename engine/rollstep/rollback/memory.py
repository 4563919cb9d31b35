"""Calling the game's step from the core: the plain Python form. lowering.py has the compiled one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Interpreted steps by the handle that stands in the arena's `step`, where compiled code keeps an address.
STEPS: dict[int, Callable[[Any, memoryview, memoryview, int], int]] = {}


def run_step(c: Any, row_at: int) -> int:
    """One step on the arena's state with the inputs at `row_at`; 1 when it raised, else 0."""
    memory = c._memory
    state = memory[c.state_at:c.state_at + c.state_size]
    row = memory[row_at:row_at + c.row_size]
    return STEPS[c.step](c, state, row, int.from_bytes(memory[c.tick_at:c.tick_at + 8], "little", signed=True))
