"""Functions of Fixed, as Python calls them. Compiled code runs the same kernels (lowering.py).

Errors in units of 2**-32, over the whole domain: sqrt is correctly rounded; sin, cos, tan, asin, acos, atan, atan2, log2 and
log are at most 0.51 off, exp2, exp and pow 0.62. What has no value raises ValueError, and what does not fit OverflowError, in
every way.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

from . import elementary, kernels, wide
from .angle import Angle
from .number import FRACTION_BITS, Fixed, is_whole, refusal
from .vector import Vec2


def nearest_root(n: int) -> int:
    """The integer nearest to the square root of n >= 0 (never a tie)."""
    root = math.isqrt(n)
    return root + (n - root * root > root)


def sqrt(x: Fixed) -> Fixed:
    """The square root. Raises ValueError below zero."""
    raw = _raw(x)
    if raw < 0:
        raise ValueError(f"sqrt({x}): a negative number has no square root")
    return Fixed.from_raw(nearest_root(raw << FRACTION_BITS))


def sin(x: Fixed | Angle) -> Fixed:
    """The sine of x radians, or of an Angle."""
    if isinstance(x, Angle):
        return Fixed.from_raw(run_kernel(kernels, kernels.angle_sine, x.raw))
    return _run(sin, _raw(x))


def cos(x: Fixed | Angle) -> Fixed:
    """The cosine of x radians, or of an Angle."""
    if isinstance(x, Angle):
        return Fixed.from_raw(run_kernel(kernels, kernels.angle_cosine, x.raw))
    return _run(cos, _raw(x))


def direction(v: Vec2) -> Angle:
    """The angle of a vector, to the nearest step; 0 for Vec2(0, 0)."""
    if not isinstance(v, Vec2):
        raise TypeError(f"direction() takes a Vec2, not {type(v).__name__}")
    return Angle.from_raw(run_kernel(elementary, elementary.angle_of_point, v.x.raw, v.y.raw))


def tan(x: Fixed) -> Fixed:
    """The tangent of x radians. Raises OverflowError next to a pole, where it does not fit."""
    return _run(tan, _raw(x))


def asin(x: Fixed) -> Fixed:
    """The angle, -pi/2 to pi/2, whose sine is x. Raises ValueError outside -1 to 1."""
    return _run(asin, _raw(x))


def acos(x: Fixed) -> Fixed:
    """The angle, 0 to pi, whose cosine is x. Raises ValueError outside -1 to 1."""
    return _run(acos, _raw(x))


def atan(x: Fixed) -> Fixed:
    """The angle, -pi/2 to pi/2, whose tangent is x."""
    return _run(atan, _raw(x))


def atan2(y: Fixed, x: Fixed) -> Fixed:
    """The angle of the point (x, y), -pi to pi; 0 for (0, 0)."""
    return _run(atan2, _raw(y), _raw(x))


def exp2(x: Fixed) -> Fixed:
    """2 to the power x; exact for whole x. Raises OverflowError from 31."""
    return _run(exp2, _raw(x))


def exp(x: Fixed) -> Fixed:
    """e to the power x. Raises OverflowError from about 21.49."""
    return _run(exp, _raw(x))


def log2(x: Fixed) -> Fixed:
    """The logarithm to base 2. Raises ValueError for zero and less."""
    return _run(log2, _raw(x))


def log(x: Fixed) -> Fixed:
    """The natural logarithm. Raises ValueError for zero and less."""
    return _run(log, _raw(x))


def pow(x: Fixed, y: Fixed | int) -> Fixed:
    """x to the power y; 1 when y is 0. A negative x takes whole powers only.

    Raises ValueError for what has no value, OverflowError for what does not fit.
    """
    if is_whole(y):
        return _run(pow, _raw(x), int(y), whole=True)
    return _run(pow, _raw(x), _raw(y))


#: What a step may call by name, and the kernel behind each. `pow` has another for a whole exponent.
KERNELS: dict[Callable[..., Fixed], tuple[ModuleType, Callable[..., int]]] = {
    sqrt: (kernels, kernels.fixed_root), sin: (kernels, kernels.sine), cos: (kernels, kernels.cosine),
    tan: (wide, wide.tangent), asin: (elementary, elementary.arcsin), acos: (elementary, elementary.arccos),
    atan: (elementary, elementary.arctan), atan2: (elementary, elementary.arctan2),
    exp2: (elementary, elementary.exp_two), exp: (elementary, elementary.exp_e),
    log2: (elementary, elementary.log_two), log: (elementary, elementary.log_e), pow: (wide, wide.fixed_power),
}
FUNCTIONS = (*KERNELS, direction)


def _raw(x: object) -> int:
    if not isinstance(x, Fixed):
        raise refusal(x)
    return x.raw


def _run(function: Callable[..., Fixed], *words: int, whole: bool = False) -> Fixed:
    module, kernel = KERNELS[function] if not whole else (wide, wide.whole_power)
    try:
        return Fixed.from_raw(run_kernel(module, kernel, *words))
    except (ValueError, OverflowError) as error:
        shown = [str(Fixed.from_raw(word)) for word in words]
        if whole:
            shown[-1] = str(words[-1])
        raise type(error)(f"{function.__name__}({', '.join(shown)}): {error}") from None


def run_kernel(module: ModuleType, kernel: Callable[..., int], *words: int) -> int:
    """A kernel of one of the kernels' modules, as Python."""
    return _built(module)[kernel](*words)


@functools.cache
def _built(module: ModuleType) -> dict[Callable[..., int], Any]:
    from .operators import PLAIN

    return module.program().build(PLAIN)
