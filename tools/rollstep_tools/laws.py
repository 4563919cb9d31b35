"""Laws that the functions of numbers keep beside their accuracy: symmetry, order, round trips."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

from rollstep import Fixed, fx

from .probe import SIZE, Probe

ONE = 1 << 32


def _odd(names: tuple[str, ...], limit: int) -> Callable[[Probe, random.Random], bool]:
    def check(probe: Probe, rng: random.Random) -> bool:
        raws = [(rng.randint(-limit, limit),) for _ in range(SIZE)]
        opposite = [(-raw,) for raw, in raws]
        return all([-value for value in probe.run(name, raws)] == probe.run(name, opposite) for name in names)
    return check


def _even(probe: Probe, rng: random.Random) -> bool:
    raws = [(rng.randint(-(1 << 62), 1 << 62),) for _ in range(SIZE)]
    return probe.run("cos", raws) == probe.run("cos", [(-raw,) for raw, in raws])


def _never_falls(probe: Probe, rng: random.Random) -> bool:
    """For neighbours, and over long ways."""
    for name, low, high in (("sqrt", 0, 1 << 63), ("log2", 1, 1 << 63), ("log", 1, 1 << 63), ("atan", -1 << 63, 1 << 63),
                            ("exp2", -34 * ONE, 31 * ONE), ("exp", -24 * ONE, 21 * ONE), ("asin", -ONE, ONE)):
        starts = [rng.randrange(low, high - 2) for _ in range(SIZE // 4)]
        small = [min(max(low, rng.getrandbits(rng.randint(1, 40))), high - 3) for _ in range(SIZE // 4)]
        raws = sorted({raw + off for raw in (*starts, *small) for off in (0, 1)})
        values = probe.run(name, [(raw,) for raw in raws[:SIZE]])
        if any(a > b for a, b in itertools.pairwise(values)):
            return False
    return True


def _text(probe: Probe, rng: random.Random) -> bool:
    numbers = (Fixed.from_raw(rng.choice((1, -1)) * rng.getrandbits(rng.randint(0, 63))) for _ in range(SIZE))
    return all(fx(str(x)) == x for x in numbers)


def _squares(probe: Probe, rng: random.Random) -> bool:
    roots = [rng.randint(0, 46340 * 256) << 24 for _ in range(SIZE)]        # eight places: their squares are exact
    squares = probe.run("*", [(raw, raw) for raw in roots])
    return probe.run("sqrt", [(square,) for square in squares]) == roots


def _octaves(probe: Probe, rng: random.Random) -> bool:
    whole = [(n * ONE,) for n in range(-32, 31)]
    return probe.run("log2", [(raw,) for raw in probe.run("exp2", whole)]) == [raw for raw, in whole]


def _mirrored(probe: Probe, rng: random.Random) -> bool:
    pairs = [(rng.randint(-(1 << 46), 1 << 46), rng.randint(-(1 << 46), 1 << 46) | 1) for _ in range(SIZE)]
    return all([-value for value in probe.run(name, pairs)] == probe.run(name, [(-a, b) for a, b in pairs]) for name in "*/")


LAWS: dict[str, Callable[[Probe, random.Random], bool]] = {
    "sin and atan are odd": _odd(("sin", "atan"), 1 << 62), "tan is odd": _odd(("tan",), ONE),
    "asin is odd": _odd(("asin",), ONE), "cos is even": _even,
    "sqrt, log2, log, atan, asin, exp2 and exp never fall": _never_falls,
    "-(a * b) == (-a) * b, and so for a / b": _mirrored,
    "fx(str(x)) == x": _text, "sqrt(x * x) == x": _squares, "log2(exp2(n)) == n for whole n": _octaves,
}


def broken(probe: Probe, seed: int) -> Iterator[str]:
    """The laws that do not hold for random numbers."""
    for law, holds in LAWS.items():
        if not holds(probe, random.Random(f"{seed} {law}")):
            yield law
