"""sqrt, sin and cos of Fixed, as Python calls them. Compiled code runs the kernels (lowering.py)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

from .number import FRACTION_BITS, Fixed, refusal


def nearest_root(n: int) -> int:
    """The integer nearest to the square root of n >= 0 (never a tie)."""
    root = math.isqrt(n)
    return root + (n - root * root > root)


def sqrt(x: Fixed) -> Fixed:
    """The square root, correctly rounded. Raises ValueError below zero."""
    raw = _raw(x)
    if raw < 0:
        raise ValueError(f"sqrt of {x}, which is negative")
    return Fixed.from_raw(nearest_root(raw << FRACTION_BITS))


def sin(x: Fixed) -> Fixed:
    """The sine of x radians, at most 0.51 ulp off over the whole domain."""
    return Fixed.from_raw(_kernel("sine")(_raw(x)))


def cos(x: Fixed) -> Fixed:
    """The cosine of x radians, at most 0.51 ulp off over the whole domain."""
    return Fixed.from_raw(_kernel("cosine")(_raw(x)))


#: What a step may call by name.
FUNCTIONS = (sqrt, sin, cos)


def _raw(x: object) -> int:
    if not isinstance(x, Fixed):
        raise refusal(x)
    return x.raw


@functools.cache
def _kernel(name: str) -> Callable[[int], int]:
    from . import kernels
    from .operators import PLAIN

    made = kernels.program().build(PLAIN)
    return made[getattr(kernels, name)]
