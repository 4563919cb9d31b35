"""`rollstep audit --numbers`: every function of numbers against mpmath, every operator against Python's integers.

What is measured is what a match computes: the functions run inside a compiled step. The reference runs in as many processes as
there are processors.
"""

from __future__ import annotations

import argparse
import math
import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context

import rollstep as rs
from rollstep import Fixed, UsageError

from . import laws
from .cli import write_json
from .probe import SIZE, Probe
from .reference import MORE, PROMISES, true_values

DIVERGED = 5
INT_MIN, INT_MAX = -1 << 63, (1 << 63) - 1
ONE = 1 << 32
HALF_PI = 6746518852


@dataclass
class Measured:
    """One line of the table: how far off, in units of 2**-32. `refused` counts inputs without a value, which must raise."""

    name: str
    promise: float
    inputs: int = 0
    worst: float = 0.0
    mean: float = 0.0
    at: tuple[int, ...] = ()
    refused: int = 0
    silent: tuple[int, ...] | None = None

    @property
    def holds(self) -> bool:
        return self.worst <= self.promise + 2.0 ** (1 - MORE) and self.silent is None


def run(given: argparse.Namespace) -> int:
    """Measure, print; 0 when all promises hold, 5 when one does not."""
    try:
        import mpmath  # noqa: F401  the reference's processes need it
    except ImportError:
        raise UsageError("the reference needs mpmath: pip install 'rollstep[audit]'") from None
    if given.samples < 1:
        raise UsageError(f"--samples {given.samples}: give at least 1")
    probe = Probe()
    measured = list(measure(probe, given.samples))
    broken = list(laws.broken(probe, 1))
    holds = all(line.holds for line in measured) and not broken
    if given.json:
        write_json({"samples": given.samples, "holds": holds, "laws": {law: law not in broken for law in laws.LAWS},
                    "functions": [{**asdict(line), "holds": line.holds} for line in measured]})
    else:
        _show(measured, broken)
    return 0 if holds else DIVERGED


def measure(probe: Probe, samples: int) -> Iterator[Measured]:
    """Every function over all edges and `samples` random inputs; the reference uses all processors."""
    from .show import notes, progress

    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool, progress(notes()) as bar:
        for name, (promise, arguments) in PROMISES.items():
            line = Measured(name, promise)
            chunks = list(_chunks(name, arguments, samples))
            task = bar.add_task(name, total=sum(map(len, chunks)))
            for inputs, true in zip(chunks, pool.map(true_values, [name] * len(chunks), chunks), strict=True):
                _compare(line, probe, inputs, true)
                bar.update(task, advance=len(inputs))
            line.mean /= max(line.inputs, 1)
            bar.remove_task(task)
            yield line


def _compare(line: Measured, probe: Probe, inputs: list[tuple[int, ...]], true: list[int | None]) -> None:
    known = [(given, value) for given, value in zip(inputs, true, strict=True) if value is not None]
    if known:
        for (given, value), ours in zip(known, probe.run(line.name, [given for given, _ in known]), strict=True):
            off = abs((ours << MORE) - value) / (1 << MORE)
            line.mean += off
            if off > line.worst:
                line.worst, line.at = off, given
    line.inputs += len(known)
    without = [given for given, value in zip(inputs, true, strict=True) if value is None]
    line.refused += len(without)
    for given in without[:20]:
        if line.name not in ("*", "/", "hypot") and not _raises(line.name, given):
            line.silent = given


def _raises(name: str, given: tuple[int, ...]) -> bool:
    numbers = [Fixed.from_raw(raw) for raw in given]
    try:
        if name == "pow to an int":
            rs.pow(numbers[0], given[1])
        else:
            getattr(rs, name)(*numbers)
    except (ValueError, OverflowError):
        return True
    return False


# ---------------------------------------------------------------------------- inputs

def _chunks(name: str, arguments: int, samples: int) -> Iterator[list[tuple[int, ...]]]:
    """All edges, then random inputs, SIZE at a time."""
    rng = random.Random(f"rollstep {name}")
    edges: list[tuple[int, ...]] = [(raw,) for raw in EDGES]
    if arguments == 2:
        edges = [(a, b) for a in EDGES[::13] for b in EDGES[::29]]
    for first in range(0, len(edges), SIZE):
        yield edges[first:first + SIZE]
    for first in range(0, samples, SIZE):
        yield [_draw(rng, name, arguments) for _ in range(min(SIZE, samples - first))]


def _draw(rng: random.Random, name: str, arguments: int) -> tuple[int, ...]:
    if name.startswith("pow"):
        base = rng.choice((ONE + rng.randint(-ONE >> 8, ONE >> 8), rng.getrandbits(rng.randint(1, 63)) + 1)) & INT_MAX
        octaves = math.log2(base / ONE) or 1.0
        exponent = rng.uniform(-33, 31) / octaves
        if name == "pow":
            return base, max(min(int(exponent * ONE), INT_MAX), INT_MIN)
        return base * rng.choice((1, -1)), max(min(int(exponent), 1 << 40), -(1 << 40))
    return tuple(_number(rng, name) for _ in range(arguments))


def _number(rng: random.Random, name: str) -> int:
    """A raw: as many of each size, or anywhere, or where the function is at its most difficult."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice((1, -1)) * rng.getrandbits(rng.randint(1, 63))
    if kind < 0.6:
        return rng.randint(INT_MIN, INT_MAX)
    if name in ("sin", "cos", "tan"):
        return (2 * rng.randint(-1 << rng.randint(0, 29), 1 << 29) + 1) * HALF_PI + rng.randint(-9, 9)
    near = {"asin": ONE, "acos": -ONE, "log2": ONE, "log": ONE, "exp2": 30 * ONE, "exp": 20 * ONE}.get(name, 0)
    return near + rng.randint(-ONE, ONE) if kind < 0.8 else near + rng.choice((1, -1)) * rng.getrandbits(rng.randint(1, 33))


def _edges() -> list[int]:
    found = {0, INT_MIN, INT_MAX}
    for power in range(64):
        found |= {sign * (1 << power) + off for sign in (1, -1) for off in (-2, -1, 0, 1, 2)}
    found |= {k * HALF_PI + off for k in range(-40, 41) for off in range(-40, 41, 4)}     # poles, zeros, turning points
    found |= {whole * ONE + off for whole in range(-40, 41) for off in (-1, 0, 1)}
    return sorted(raw for raw in found if INT_MIN <= raw <= INT_MAX)


EDGES = _edges()


# ---------------------------------------------------------------------------- the table

def _show(measured: Sequence[Measured], broken: Sequence[str]) -> None:
    from rich import box
    from rich.table import Table

    from .show import words

    table = Table(title="how far off, in units of 2**-32", box=box.SIMPLE, title_justify="left")
    for column in ("function", "inputs", "worst", "mean", "promised", ""):
        table.add_column(column, justify="left" if column in ("function", "") else "right")
    for line in measured:
        verdict = "holds"
        if not line.holds:
            verdict = f"BROKEN at {line.at}" if line.silent is None else f"BROKEN: does not raise at {line.silent}"
        table.add_row(line.name, f"{line.inputs:,}", f"{line.worst:.4f}", f"{line.mean:.4f}", f"{line.promise:.2f}",
                      verdict)
    console = words(json=False)
    console.print(table)
    for law in laws.LAWS:
        console.print(f"{'BROKEN' if law in broken else 'holds':<7}{law}")
