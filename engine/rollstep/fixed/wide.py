"""The tangent and powers, as kernels on two words (kernels.py says how they run).

A tangent near its pole and a power near 2**31 have 63 significant bits, so their angle or logarithm needs more than a word.
A *wide* number is an unsigned Q127, 0 to 2, as (high, low). The series are Taylor's: factorials to 22, odd numbers to 41.
"""

from __future__ import annotations

import functools
import math

from ..language import Language
from ..source import Program
from .elementary import octave_word, power_of_two, reduced
from .kernels import PRIMITIVES, clz, divide, lshr, magnitude, ult, umulh
from .number import wrap

#: pi/2 in Q190, as three words.
HALF_PI_2, HALF_PI_1, HALF_PI_0 = 7244019458077122842, 7089564414062235240, -7745866984806160838
#: 2/pi in Q64; 1/ln(2) in Q127.
TWO_BY_PI_Q64 = -6703182060581546711
LOG2_E_HIGH, LOG2_E_LOW = -5140230975865229125, -4717521913577128312

_TERMS = 23
#: 1/n! for n = 0..22, then 1/(2n+1) for n = 0..22, in Q127, each as two words, high first.
SERIES = tuple(wrap(word) for divisor in (*map(math.factorial, range(_TERMS)), *range(1, 2 * _TERMS, 2))
               for word in ((1 << 127) // divisor >> 64, (1 << 127) // divisor))


def series_word(i: int) -> int:
    """Entry 0..91 of SERIES."""
    return SERIES[i]


# ---------------------------------------------------------------------------- wide numbers

def add(ah: int, al: int, bh: int, bl: int) -> tuple[int, int]:
    low = al + bl
    return ah + bh + (1 if ult(low, al) else 0), low


def subtract(ah: int, al: int, bh: int, bl: int) -> tuple[int, int]:
    return ah - bh - (1 if ult(al, bl) else 0), al - bl


def top_of_product(ah: int, al: int, bh: int, bl: int) -> tuple[int, int]:
    """The high two words of the product, off by three units at most."""
    low = ah * bh
    high = umulh(ah, bh)
    high, low = add(high, low, 0, umulh(ah, bl))
    return add(high, low, 0, umulh(al, bh))


def multiply(ah: int, al: int, bh: int, bl: int) -> tuple[int, int]:
    high, low = top_of_product(ah, al, bh, bl)
    return high << 1 | lshr(low, 63), low << 1


def alternating(zh: int, zl: int, n: int) -> tuple[int, int]:
    """1/(n%2)! - z/(n%2 + 2)! + ... to the term 1/n!: cosine and sine (by x) of the root of z."""
    high, low = series_word(2 * n), series_word(2 * n + 1)
    while n > 1:
        n = n - 2
        ph, pl = multiply(high, low, zh, zl)
        high, low = subtract(series_word(2 * n), series_word(2 * n + 1), ph, pl)
    return high, low


# ---------------------------------------------------------------------------- the tangent

def tangent(raw: int) -> int:
    size = magnitude(raw)
    k = lshr(umulh(size, TWO_BY_PI_Q64) + (1 << 31), 32)               # quarter turns, to nearest
    ph, pl = add(k * HALF_PI_2, k * HALF_PI_1, umulh(k, HALF_PI_1), umulh(k, HALF_PI_0))
    dh, dl = subtract(size << 30, 0, ph, pl)                           # what is left, Q126
    negative = dh < 0
    if negative:
        dh, dl = subtract(0, 0, dh, dl)
    dh, dl = dh << 1 | lshr(dl, 63), dl << 1
    zh, zl = multiply(dh, dl, dh, dl)
    ch, cl = alternating(zh, zl, 22)
    sh, sl = alternating(zh, zl, 21)
    sh, sl = multiply(sh, sl, dh, dl)
    t = quotient(ch, cl, sh, sl) if k & 1 else quotient(sh, sl, ch, cl)
    return -t if (negative != (raw < 0)) != (k & 1 == 1) else t


def quotient(nh: int, nl: int, dh: int, dl: int) -> int:
    """n / d of two wide numbers as Q32, to nearest."""
    s = clz(dh)
    if dh == 0 or s > 62:
        raise OverflowError("it does not fit")
    if s > 0:
        dh, dl = dh << s | lshr(dl, 64 - s), dl << s
    rh = divide(1 << 62, 0, dh)                                        # 2**254 / d, first without dl
    rl = divide(-(rh * dh), 0, dh)
    rh, rl = subtract(rh, rl, 0, divide(umulh(rh, dl), rh * dl, dh))
    qh, ql = top_of_product(nh, nl, rh, rl)                            # n / d in Q126, d still 2**s too large
    shift = 94 - s                                                     # 32 to 94
    if shift > 64:
        made = lshr(qh, shift - 65)
        made = lshr(made, 1) + (made & 1)
    elif shift == 64:
        made = qh + lshr(ql, 63)
    else:
        if lshr(qh, shift - 1) != 0:
            raise OverflowError("it does not fit")
        made = (qh << (64 - shift) | lshr(ql, shift)) + (lshr(ql, shift - 1) & 1)
    if made < 0:
        raise OverflowError("it does not fit")
    return made


# ---------------------------------------------------------------------------- powers

def log2_q121(x: int) -> tuple[int, int]:
    """log2 of a raw x > 0, in Q121, signed."""
    e, n, d, negative = reduced(x)
    sh = divide(n, 0, d)
    sl = divide(-(sh * d), 0, d)
    sh, sl = lshr(sh, 1), sh << 63 | lshr(sl, 1)                       # Q128 to Q127
    zh, zl = multiply(sh, sl, sh, sl)
    i = 2 * 45
    high, low = series_word(i), series_word(i + 1)
    while i > 2 * 23:
        i = i - 2
        ph, pl = multiply(high, low, zh, zl)
        high, low = add(series_word(i), series_word(i + 1), ph, pl)
    high, low = multiply(high, low, sh, sl)
    high, low = multiply(high, low, LOG2_E_HIGH, LOG2_E_LOW)           # half of log2, as 2 / ln(2) is above 2
    high, low = lshr(high, 5), high << 59 | lshr(low, 5)
    if negative:
        return subtract(e << 57, 0, high, low)
    return add(e << 57, 0, high, low)


def power(x: int, y: int, places: int) -> int:
    """A raw x to the power y / 2**places, with 0 or 32 places."""
    if x == 0:
        if y < 0:
            raise ValueError("zero to a negative power")
        return 0 if y > 0 else 1 << 32
    if x < 0 and places > 0 and y & 0xFFFFFFFF != 0:
        raise ValueError("a negative number to a power that is not whole")
    odd = (lshr(y, places) & 1) == 1
    high, low = log2_q121(magnitude(x))
    negative = (high < 0) != (y < 0)
    if high < 0:
        high, low = subtract(0, 0, high, low)
    a = magnitude(y)
    middle, bottom = add(a * high, a * low, umulh(a, low), 0)
    top = umulh(a, high) + (1 if ult(middle, umulh(a, low)) else 0)
    n = 27 + places                                                    # to Q94
    th, tl = top << (64 - n) | lshr(middle, n), middle << (64 - n) | lshr(bottom, n)
    if lshr(top, n) != 0 or th < 0 or th >= 1 << 37:                   # 2 to the power 128 or more
        if negative:
            return 0
        raise OverflowError("it does not fit")
    if negative:
        th, tl = subtract(0, 0, th, tl)
    made = power_of_two(th, tl)
    return -made if x < 0 and odd else made


def fixed_power(x: int, y: int) -> int:
    return power(x, y, 32)


def whole_power(x: int, y: int) -> int:
    return power(x, y, 0)


ENTRIES = (tangent, fixed_power, whole_power)


@functools.cache
def program() -> Program:
    """The kernels, rewritten."""
    return Program(ENTRIES, Language(functions=(*PRIMITIVES, octave_word, series_word), marked=False))
