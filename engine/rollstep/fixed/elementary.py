"""Arcs, logarithms and exponentials, as kernels: integer algorithms on int64 words (kernels.py says how they run).

Errors are far below a unit in the last place until the one rounding at the end. The polynomials are near-minimax (Chebyshev
interpolation, computed with 400 bits): the arc 2**-49 over 0 to tan(pi/8), the logarithm 2**-50 over sqrt(1/2) to sqrt(2), the
exponential 2**-74 over a 128th of an octave. The tangent and powers need more than a word: wide.py.
"""

from __future__ import annotations

import functools
import math

from ..language import Language
from ..source import Program
from .kernels import PRIMITIVES, clz, divide, lshr, magnitude, mulsh, root, ult, umulh
from .number import wrap

ONE = 1 << 32
QUARTER_PI_Q61, HALF_PI_Q61, PI_Q61 = 1811004864519280711, 3622009729038561421, 7244019458077122842
TURN_BY_RADIAN_Q64 = 2935890503282001226
TAN_EIGHTH_Q62 = 1910222894239003202
LN2_Q62 = 3196577161300663915
SQRT2_Q63 = wrap(13043817825332782212)
#: The arc tangent of w over w, in powers of the square of w, Q62.
A0, A1, A2, A3, A4, A5, A6, A7, A8, A9 = (
    4611686018427383480, -1537228672803968858, 922337202689014998, -658812213451628689, 512406686489085050,
    -419180582147552953, 353879360460600795, -300035506858284939, 231726252098397640, -116751654886187529)
#: log2((1 + s) / (1 - s)) over s, in powers of the square of s, Q60.
L0, L1, L2, L3, L4, L5, L6 = (3326628274461081191, 1108876091485134877, 665325655919173139, 475232401886035437,
                              369645528607041299, 301424697334051566, 280063178671136211)
#: (exp(t) - 1) over t, in powers of t, Q62.
E0, E1, E2, E3, E4, E5, E6 = (4611686018427387904, 2305843009213693952, 768614336404564651, 192153584101055101,
                              38430716820218670, 6405125339636823, 915017719325886)
#: log2(e) in Q62 and its next 64 bits.
LOG2_E_HIGH, LOG2_E_LOW = 6653256548922161245, -2358760956788564156


def _octave() -> tuple[int, ...]:
    """2**((2i + 1) / 128) for i = 0..63 in Q126, each as two words, high first."""
    places = 256
    step = 1 << places + 1                         # 2; seven square roots make it the 128th root
    for _ in range(7):
        step = math.isqrt(step << places)
    words, value = [], step
    for _ in range(64):
        q126 = value >> places - 126
        words += [q126 >> 64, wrap(q126)]
        value = value * step * step >> 2 * places
    return tuple(words)


OCTAVE = _octave()


def octave_word(i: int) -> int:
    """Entry 0..127 of OCTAVE."""
    return OCTAVE[i]


# ---------------------------------------------------------------------------- arcs

def arc(a: int, b: int) -> int:
    """The angle of a point b to the right and a up, both unsigned words and not both 0: 0 to pi/2 in Q61."""
    steep = ult(b, a)
    far, near = (a, b) if steep else (b, a)
    shift = clz(far)
    far, near = lshr(far << shift, 2), lshr(near << shift, 2)          # Q62, far is 0.5 to 1
    folded = near > mulsh(far, TAN_EIGHTH_Q62, 62)
    n, d = (far - near, far + near) if folded else (near, far)
    w = divide(lshr(n, 2), n << 62, d)
    z = mulsh(w, w, 62)
    p = A8 + mulsh(A9, z, 62)
    p = A7 + mulsh(p, z, 62)
    p = A6 + mulsh(p, z, 62)
    p = A5 + mulsh(p, z, 62)
    p = A4 + mulsh(p, z, 62)
    p = A3 + mulsh(p, z, 62)
    p = A2 + mulsh(p, z, 62)
    p = A1 + mulsh(p, z, 62)
    p = A0 + mulsh(p, z, 62)
    angle = mulsh(p, w, 63)
    if folded:
        angle = QUARTER_PI_Q61 - angle
    return HALF_PI_Q61 - angle if steep else angle


def arc_tangent(y: int, x: int) -> int:
    """The angle of the point (x, y) in Q61, -pi to pi; 0 for (0, 0)."""
    if x == 0 and y == 0:
        return 0
    angle = arc(magnitude(y), magnitude(x))
    if x < 0:
        angle = PI_Q61 - angle
    return -angle if y < 0 else angle


def from_q61(angle: int) -> int:
    """Q61 to Q32, to nearest, ties away from zero."""
    size = (abs(angle) + (1 << 28)) >> 29
    return -size if angle < 0 else size


def arctan2(y: int, x: int) -> int:
    return from_q61(arc_tangent(y, x))


def arctan(x: int) -> int:
    return from_q61(arc_tangent(x, ONE))


def angle_of_point(x: int, y: int) -> int:
    """The direction of a point, in 2**32 steps of a turn."""
    turns_q61 = mulsh(arc_tangent(y, x), TURN_BY_RADIAN_Q64, 64)
    return ((turns_q61 + (1 << 28)) >> 29) & 0xFFFFFFFF


def leg(x: int) -> int:
    """sqrt(1 - x*x) in Q63, unsigned, for a raw x of -1 to 1."""
    a, b = ONE - x, ONE + x
    low = a * b
    return root(umulh(a, b) << 62 | lshr(low, 2), low << 62)


def arcsin(x: int) -> int:
    if x > ONE or x < -ONE:
        raise ValueError("outside -1 to 1")
    angle = arc(magnitude(x) << 31, leg(x))
    return from_q61(-angle if x < 0 else angle)


def arccos(x: int) -> int:
    if x > ONE or x < -ONE:
        raise ValueError("outside -1 to 1")
    angle = arc(leg(x), magnitude(x) << 31)
    return from_q61(PI_Q61 - angle if x < 0 else angle)


# ---------------------------------------------------------------------------- logarithms

def reduced(x: int) -> tuple[int, int, int, bool]:
    """x > 0 as 2**e * (1 + s) / (1 - s), s = +-n / d: (e, n, d, s < 0); n and d unsigned, d from 2**63, |s| < 0.172."""
    zeros = clz(x)
    m = x << zeros                                                     # 1 to 2 in Q63; its last bit is 0
    e = 31 - zeros
    if ult(m, SQRT2_Q63):
        return e, lshr(m, 1) - (1 << 62), lshr(m, 1) + (1 << 62), False
    return e + 1, lshr(-m, 1), lshr(m, 1) | -1 << 63, True


def log2_q57(x: int) -> int:
    """log2 of a raw x > 0, in Q57."""
    e, n, d, negative = reduced(x)
    s = lshr(divide(n, 0, d), 2)
    z = mulsh(s, s, 62)
    p = L5 + mulsh(L6, z, 62)
    p = L4 + mulsh(p, z, 62)
    p = L3 + mulsh(p, z, 62)
    p = L2 + mulsh(p, z, 62)
    p = L1 + mulsh(p, z, 62)
    p = L0 + mulsh(p, z, 62)
    v = mulsh(p, s, 65)
    return (e << 57) + (-v if negative else v)


def log_two(x: int) -> int:
    if x <= 0:
        raise ValueError("zero or less has no logarithm")
    return (log2_q57(x) + (1 << 24)) >> 25


def log_e(x: int) -> int:
    if x <= 0:
        raise ValueError("zero or less has no logarithm")
    return (mulsh(log2_q57(x), LN2_Q62, 62) + (1 << 24)) >> 25


# ---------------------------------------------------------------------------- exponentials

def power_of_two(high: int, low: int) -> int:
    """2 to the exponent (high:low), a signed Q94, to nearest."""
    whole = high >> 30
    if whole >= 31:
        raise OverflowError("it does not fit")
    if whole < -33:
        return 0
    i = (high >> 24) & 63
    g = ((high & 0xFFFFFF) << 38 | lshr(low, 26)) - (1 << 61)          # what is left, around 0, Q68
    t = mulsh(g, LN2_Q62, 62)
    p = E5 + mulsh(E6, t, 68)
    p = E4 + mulsh(p, t, 68)
    p = E3 + mulsh(p, t, 68)
    p = E2 + mulsh(p, t, 68)
    p = E1 + mulsh(p, t, 68)
    p = E0 + mulsh(p, t, 68)
    base = octave_word(2 * i)
    rest = mulsh(base, mulsh(p, t, 62), 62) + lshr(octave_word(2 * i + 1), 58)     # beyond base, Q68
    if whole == 30:
        made = base + ((rest + 32) >> 6)
        if made < 0:
            raise OverflowError("it does not fit")
        return made
    return ((base + (rest >> 6) >> (29 - whole)) + 1) >> 1


def exp_two(x: int) -> int:
    return power_of_two(x >> 2, x << 62)


def exp_e(x: int) -> int:
    low = x * LOG2_E_HIGH
    more = umulh(x, LOG2_E_LOW) - (LOG2_E_LOW if x < 0 else 0)         # signed by unsigned
    total = low + more
    if more >= 0:
        carry = 1 if ult(total, low) else 0
    else:
        carry = 0 if ult(total, low) else -1
    return power_of_two(mulsh(x, LOG2_E_HIGH, 64) + carry, total)


ENTRIES = (arctan2, arctan, angle_of_point, arcsin, arccos, log_two, log_e, exp_two, exp_e)


@functools.cache
def program() -> Program:
    """The kernels, rewritten."""
    return Program(ENTRIES, Language(functions=(*PRIMITIVES, octave_word), marked=False))
