"""Two ways to do one thing, timed in turns: on a shared machine times are noise, the ratio of one run is not."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..cli import write_json

#: One run of a side should take this long, so that the clock and the call do not count.
BATCH_S = 0.002


@dataclass(frozen=True)
class Row:
    """One line of the result: `ours` and `theirs` are nanoseconds for each `unit`; a target is a ratio not to be above."""

    what: str
    unit: str
    against: str
    ours: float
    theirs: float
    target: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def holds(self) -> bool | None:
        return None if self.target is None else self.ratio <= self.target

    def to_json(self) -> dict[str, Any]:
        return {"what": self.what, "unit": self.unit, "against": self.against, "ours_ns": round(self.ours, 4),
                "theirs_ns": round(self.theirs, 4), "ratio": round(self.ratio, 4), "target": self.target, "holds": self.holds}


def in_turns(sides: Sequence[Callable[[], None]], repeats: int, batch_s: float = BATCH_S) -> list[float]:
    """The least seconds that one call of each side took, over `repeats` turns of as many calls as fill `batch_s`."""
    counts = []
    for side in sides:
        took = _seconds(side, 1)                            # also warms up
        counts.append(max(1, int(batch_s / max(took, 1e-7))))
    best = [float("inf")] * len(sides)
    for _ in range(repeats):
        for i, (side, count) in enumerate(zip(sides, counts, strict=True)):
            best[i] = min(best[i], _seconds(side, count) / count)
    return best


def _seconds(side: Callable[[], None], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        side()
    return time.perf_counter() - start


def side_by_side(sides: Sequence[Callable[[], None]], repeats: int) -> list[float]:
    """The median seconds of processor time that each side took, over `repeats` turns in which each runs once.

    Both do the same work as often, so that what they made can be compared afterwards.
    """
    took: list[list[float]] = [[] for _ in sides]
    for turn in range(repeats):
        order = range(len(sides)) if turn % 2 == 0 else reversed(range(len(sides)))
        for i in order:
            start = time.thread_time_ns()
            sides[i]()
            took[i].append((time.thread_time_ns() - start) / 1e9)
    return [statistics.median(times) for times in took]


def tell(given: argparse.Namespace, about: Mapping[str, Any], name: str, lines: Sequence[Any],
         table: Callable[[Sequence[Any]], Any]) -> int:
    """Print the lines of a benchmark and what it ran on, as JSON (the lines under `name`) or for people; the exit code."""
    from ..show import words

    missed = [line for line in lines if line.holds is False]
    if given.json:
        write_json({**about, name: [line.to_json() for line in lines], "missed": len(missed)})
    else:
        console = words(False)
        console.print(table(lines))
        for fact, value in about.items():
            console.print(f"{fact.replace('_', ' '):>12}  {value}", soft_wrap=True, markup=False)
    return 1 if given.strict and missed else 0
