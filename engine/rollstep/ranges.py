"""`range` of a step: Python's, with limits that every way has alike. Compiled code has its twin (fixed/ranges_lowering.py)."""

from __future__ import annotations

from typing import Any

FARTHEST = (1 << 63) - 1


def steps(*bounds: Any) -> range:
    """range(stop), range(start, stop), range(start, stop, step), of ints and bools.

    Raises ValueError when the step is 0, and when start and stop are more than 2**63 - 1 apart (numba would count wrongly,
    or divide -2**63 by -1, which ends the process); an empty range may have any bounds.
    """
    if not all(isinstance(bound, int) for bound in bounds):
        raise TypeError(f"range() takes one to three ints, not {', '.join(type(bound).__name__ for bound in bounds)}")
    made = range(*map(int, bounds))
    if made and abs(made.stop - made.start) > FARTHEST:
        raise ValueError(f"range({', '.join(map(str, bounds))}): its ends are more than 2**63 - 1 apart")
    return made
