"""Integer algorithms on int64 words. One source: rewritten like a step (source.py), then run by numba or by Python.

`+ - *` wrap at 64 bits and the primitives below treat words as they say; so a word may also stand for an
unsigned number. LLVM's own 128-bit division calls a library function that is not there, so two words by one are divided by
x86-64's `divq`, and elsewhere as in Möller and Granlund, "Improved division by invariant integers" (2011), algorithms 2 and 4.
Sine: a minimax polynomial in the square of the angle (Remez, degree 13, error 5e-14), angle by an exact mask of the turn;
shorter polynomials for each part of a turn, wherever they round to the same number.

`rollstep bench numbers` measures it (x86-64): / takes 1.0 of the time of C's `divq`, sqrt 1.1 of the same in C, sin and cos
0.6 of libm's float64 within a turn, 0.5 within 16 turns, 0.1 over all angles.
"""

from __future__ import annotations

import functools

from ..language import Language
from ..source import Program
from .number import wrap

_MASK = (1 << 64) - 1

#: 2**32 / (2 pi) as HIGH + LOW / 2**64: raw Q32.32 radians to turns of 2**64.
TURNS_HIGH, TURNS_LOW = 683565276, -7813458060994030092
HALF_PI_Q61 = 3622009729038561421
TWO_PI_Q60 = 7244019458077122842
SINE_Q61 = (2305843009213577822, -384307168197669649, 19215358380189879, -457508460740826, 6354200712874, -57715864936,
            355357946)
S0, S1, S2, S3, S4, S5, S6 = SINE_Q61
#: In Q61: near_sine and sine_of_turns differ by less than 2**19, so that where this decides nothing both round alike.
DOUBT = 1 << 20


def _segments() -> tuple[int, ...]:
    """near_sine's polynomials: for i = 0..127 the sine around i/256 of a turn, by powers of x/2, -1 <= x < 1 (Q61).

    sin(c + hx) = sin(c) cos(hx) + cos(c) sin(hx), where h is half a segment; of the series of sin(hx) the fifth power
    is replaced by what Chebyshev's T5 leaves of it. Off by h**5 / 1920 = 2**-42.6. Sines by Taylor, in whole numbers.
    """
    one = 1 << 128
    pi = 0x3243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C8 >> 124     # Q128

    def series(x: int, n: int) -> int:
        """x**n / n! - x**(n + 2) / (n + 2)! + ..."""
        total, term = 0, x if n else one
        while term:
            total += term
            term = -term * x // one * x // one // ((n + 1) * (n + 2))
            n += 2
        return total
    h = pi >> 8
    h2 = h * h >> 128
    h3, h4 = h2 * h >> 128, h2 * h2 >> 128
    h5 = h4 * h >> 128
    of_sine = (one, 0, -h2 // 2, 0, h4 // 24)
    of_cosine = (0, h - 5 * h5 // 1920, 0, 20 * h5 // 1920 - h3 // 6, 0)
    words = []
    for i in range(128):
        sine, cosine = series(pi * i >> 7, 1), series(pi * i >> 7, 0)
        words += [(s * sine + c * cosine << k) >> 128 + 67 for k, (s, c) in enumerate(zip(of_sine, of_cosine, strict=True))]
    return tuple(words)


SEGMENTS = _segments()
#: 1 / sqrt(v) for 0.5 <= v < 2, off by at most 0.3%.
R0, R1, R2, R3, R4 = (5645482547647352878, -7099656841565267918, 5674551497723079392, -2274506116528617956,
                      355289183674234816)


# ---------------------------------------------------------------------------- primitives, as Python defines them

def lshr(a: int, n: int) -> int:
    """Shift right by 0..63, zeros from the left."""
    return wrap((a & _MASK) >> n)


def ult(a: int, b: int) -> bool:
    """a < b, both unsigned."""
    return a & _MASK < b & _MASK


def udiv(a: int, b: int) -> int:
    """a // b, both unsigned, b not 0."""
    return wrap((a & _MASK) // (b & _MASK))


def umulh(a: int, b: int) -> int:
    """The high word of the unsigned product."""
    return wrap((a & _MASK) * (b & _MASK) >> 64)


def mulsh(a: int, b: int, n: int) -> int:
    """The signed 128-bit product, shifted right by 0..127 toward minus infinity; its low word."""
    return wrap(a * b >> n)


def clz(a: int) -> int:
    """Leading zero bits, 64 for 0."""
    return 64 - (a & _MASK).bit_length()


def two_by_one(high: int, low: int, d: int) -> int:
    """(high:low) // d, all unsigned, where high < d: one word. Compiled it is `divq` on x86-64, else `two_by_one_portable`."""
    return wrap(((high & _MASK) << 64 | low & _MASK) // (d & _MASK))


def rarely(condition: bool) -> bool:
    """The condition itself, which hardly ever holds: what it guards stays out of the way."""
    return condition


def sine_word(i: int) -> int:
    """Entry 0..639 of SEGMENTS."""
    return SEGMENTS[i]


PRIMITIVES = (lshr, ult, udiv, umulh, mulsh, clz, two_by_one, rarely, sine_word)

#: `two_by_one` as x86-64 has it: the text and its operands. The only assembly that audit/ir.py lets pass.
DIVQ = ("divq $4", "={ax},={dx},{ax},{dx},r,~{dirflag},~{fpsr},~{flags}")


# ---------------------------------------------------------------------------- division

def divide(high: int, low: int, d: int) -> int:
    """The low word of (high:low) // d, all unsigned, d not 0."""
    if not ult(high, d):
        high = high - udiv(high, d) * d
    return two_by_one(high, low, d)


def two_by_one_portable(high: int, low: int, d: int) -> int:
    """`two_by_one` by multiplications, for processors without such a division: three times as long as `divq` takes."""
    s = clz(d)
    v = d << s
    u1 = high << s | lshr(lshr(low, 1), 63 - s)
    u0 = low << s
    # the reciprocal of v: 11, 21, 34, 65, 64 bits
    half = lshr(v, 1) + (v & 1)
    v40 = lshr(v, 24) + 1
    r = udiv(523520, lshr(v, 55))
    r = (r << 11) - lshr(r * r * v40, 40) - 1
    r = (r << 13) + lshr(r * ((1 << 60) - r * v40), 47)
    e = (lshr(r, 1) if v & 1 else 0) - r * half
    r = (r << 31) + lshr(umulh(r, e), 1)
    carry = 1 if ult(r * v + v, v) else 0
    r = r - umulh(r, v) - carry - v
    # one step of two words by one
    q0 = r * u1 + u0
    q = umulh(r, u1) + u1 + (1 if ult(q0, u0) else 0) + 1
    rest = u0 - q * v
    if ult(q0, rest):
        q = q - 1
        rest = rest + v
    if not ult(rest, v):
        q = q + 1
    return q


def magnitude(a: int) -> int:
    """|a| as an unsigned word."""
    return -a if a < 0 else a


def quotient(high: int, low: int, d: int, negative: bool) -> int:
    """(high:low) / d to nearest, ties away from zero, wrapped; high:low and d unsigned."""
    if d == 0:
        raise ZeroDivisionError("division by zero")
    rounded = low + lshr(d, 1)
    q = divide(high + (1 if ult(rounded, low) else 0), rounded, d)
    return -q if negative else q


def checked_quotient(high: int, low: int, d: int, negative: bool) -> int:
    """The same, raising when the result does not fit an int64."""
    q = quotient(high, low, d, negative)
    rounded = low + lshr(d, 1)
    size = -q if negative else q
    if not ult(high + (1 if ult(rounded, low) else 0), d) or (size < 0 and not (negative and size == q)):
        raise OverflowError("/")
    return q


def fixed_by_fixed(a: int, b: int) -> int:
    n = magnitude(a)
    return quotient(lshr(n, 32), n << 32, magnitude(b), (a < 0) != (b < 0))


def fixed_by_int(a: int, b: int) -> int:
    """One word by one: the remainder tells how to round."""
    if b == 0:
        raise ZeroDivisionError("division by zero")
    n, d = magnitude(a), magnitude(b)
    q = udiv(n, d)
    rest = n - q * d
    if not ult(rest, d - rest):
        q = q + 1
    return -q if (a < 0) != (b < 0) else q


def int_by_fixed(a: int, b: int) -> int:
    return quotient(magnitude(a), 0, magnitude(b), (a < 0) != (b < 0))


def checked_fixed_by_fixed(a: int, b: int) -> int:
    n = magnitude(a)
    return checked_quotient(lshr(n, 32), n << 32, magnitude(b), (a < 0) != (b < 0))


def checked_fixed_by_int(a: int, b: int) -> int:
    return checked_quotient(0, magnitude(a), magnitude(b), (a < 0) != (b < 0))


def checked_int_by_fixed(a: int, b: int) -> int:
    return checked_quotient(magnitude(a), 0, magnitude(b), (a < 0) != (b < 0))


# ---------------------------------------------------------------------------- square root

def below_square(high: int, low: int, r: int) -> bool:
    """(high:low) < r * r, unsigned."""
    h = umulh(r, r)
    return ult(high, h) or (high == h and ult(low, r * r))


def root(high: int, low: int) -> int:
    """The integer nearest to the square root of (high:low) <= 2**127, as an unsigned word."""
    if high == 0 and low == 0:
        return 0
    zeros = clz(high) if high != 0 else 64 + clz(low)
    s = (zeros - 1) & ~1                        # even; -2 when the top bit is set
    if s >= 64:
        m = low << (s - 64)
    elif s > 0:
        m = high << s | lshr(low, 64 - s)
    else:
        m = lshr(high, -s)
    # m in Q62 is 0.5 to 2; y is 1/sqrt(m), twice improved
    v = lshr(m, 1)
    y = R3 + mulsh(R4, v, 61)
    y = R2 + mulsh(y, v, 61)
    y = R1 + mulsh(y, v, 61)
    y = (R0 + mulsh(y, v, 61)) << 1
    y = y + mulsh(y, (1 << 62) - mulsh(m, mulsh(y, y, 62), 62), 63)
    y = y + mulsh(y, (1 << 62) - mulsh(m, mulsh(y, y, 62), 62), 63)
    r = mulsh(m, y, 62)
    r = r + mulsh(y, m - mulsh(r, r, 62), 63)
    r = r << (1 - (s >> 1)) if s <= 0 else lshr(r, (s >> 1) - 1)
    while below_square(high, low, r):           # the estimate is off by a few units at most
        r = r - 1
    while not below_square(high, low, r + 1):
        r = r + 1
    rest = low - r * r
    if high != umulh(r, r) + (1 if ult(low, rest) else 0) or ult(r, rest):
        r = r + 1
    return r


def fixed_root(raw: int) -> int:
    if raw < 0:
        raise ValueError("a negative number has no square root")
    return root(lshr(raw, 32), raw << 32)


def vector_length(x: int, y: int) -> int:
    a, b = magnitude(x), magnitude(y)
    low = a * a + b * b
    carry = 1 if ult(low, a * a) else 0
    return root(umulh(a, a) + umulh(b, b) + carry, low)


def unit_part(part: int, x: int, y: int) -> int:
    """The component `part` of the vector (x, y) at length 1; 0 when there is no direction."""
    size, a, b = magnitude(part), magnitude(x), magnitude(y)
    zeros = clz(a | b)
    if zeros == 64:
        return 0
    if zeros == 0:                              # only -2**31 has 64 bits
        size, a, b = lshr(size, 1), lshr(a, 1), lshr(b, 1)
    else:
        size, a, b = size << (zeros - 1), a << (zeros - 1), b << (zeros - 1)
    low = a * a + b * b
    length = root(umulh(a, a) + umulh(b, b) + (1 if ult(low, a * a) else 0), low)
    return quotient(lshr(size, 32), size << 32, length, part < 0)


def apart(a: int, b: int) -> int:
    """|a - b| as an unsigned word."""
    return a - b if a > b else b - a


def within(ax: int, ay: int, bx: int, by: int, radius: int, places: int) -> int:
    """1 when the points are at most radius / 2**places apart (0 or 32 places), else 0; exact, the squares have 130 bits."""
    if radius < 0:
        return 0
    dx, dy = apart(ax, bx), apart(ay, by)
    low = dx * dx + dy * dy
    half = umulh(dx, dx) + (1 if ult(low, dx * dx) else 0)
    high = half + umulh(dy, dy)
    top = 1 if ult(high, half) else 0
    if places == 0:
        limit, high_limit, low_limit = umulh(radius, radius), radius * radius, 0
    else:
        limit, high_limit, low_limit = 0, umulh(radius, radius), radius * radius
    if top != limit:
        return 1 if ult(top, limit) else 0
    if high != high_limit:
        return 1 if ult(high, high_limit) else 0
    return 0 if ult(low_limit, low) else 1


def within_fixed(ax: int, ay: int, bx: int, by: int, radius: int) -> int:
    return within(ax, ay, bx, by, radius, 32)


def within_whole(ax: int, ay: int, bx: int, by: int, radius: int) -> int:
    return within(ax, ay, bx, by, radius, 0)


# ---------------------------------------------------------------------------- sine and cosine

def turns(raw: int) -> int:
    """Radians to turns of 2**64, whole turns masked away."""
    return raw * TURNS_HIGH + mulsh(raw, TURNS_LOW, 64)


def near_sine(u: int) -> int:
    """The sine of u turns of 2**64 in Q61, less than DOUBT off `sine_of_turns`: a polynomial for each 256th of a turn."""
    place = u + (1 << 55)                       # segments lie around multiples of 2**56
    i = (lshr(place, 56) & 127) * 5
    x = u << 8
    p = sine_word(i + 3) + mulsh(sine_word(i + 4), x, 64)
    p = sine_word(i + 2) + mulsh(p, x, 64)
    p = sine_word(i + 1) + mulsh(p, x, 64)
    p = sine_word(i) + mulsh(p, x, 64)
    return -p if place < 0 else p               # the second half of a turn


def sine_of_turns(u: int) -> int:
    """The sine of u turns of 2**64 in Q61, which `sine` and `cosine` round: what they mean."""
    r = (1 << 62) + (1 << 62) - u if u + (1 << 62) < 0 else u   # the left half mirrored onto the right
    angle = mulsh(r, HALF_PI_Q61, 62)
    z = mulsh(angle, angle, 61)
    p = S5 + mulsh(S6, z, 61)
    p = S4 + mulsh(p, z, 61)
    p = S3 + mulsh(p, z, 61)
    p = S2 + mulsh(p, z, 61)
    p = S1 + mulsh(p, z, 61)
    p = S0 + mulsh(p, z, 61)
    return mulsh(p, angle, 61)


def rounded_sine(s: int) -> int:
    """Q61 to Q32."""
    return (s + (1 << 28)) >> 29


def doubtful(near: int) -> bool:
    """Whether this lies so close to the middle of two results that `sine_of_turns` could round to the other one."""
    return ult((near + (1 << 28) + DOUBT) & ((1 << 29) - 1), 2 * DOUBT)


def turns_of_size(raw: int, u: int) -> int:
    """turns(|raw|), where u is turns(raw): the opposite, but for what was rounded down. -2**63 has no opposite."""
    if raw >= 0 or raw == -raw:
        return u
    return -u - (1 if raw * TURNS_LOW != 0 else 0)


def sine(raw: int) -> int:
    u = turns(raw)
    near = near_sine(u)
    if rarely(doubtful(near)):
        s = rounded_sine(sine_of_turns(turns_of_size(raw, u)))
        return -s if raw < 0 and raw != -raw else s                 # exactly odd
    return rounded_sine(near)


def cosine(raw: int) -> int:
    u = turns(raw)
    near = near_sine(u + (1 << 62))
    if rarely(doubtful(near)):
        return rounded_sine(sine_of_turns(turns_of_size(raw, u) + (1 << 62)))
    return rounded_sine(near)


# ---------------------------------------------------------------------------- angles of 2**32 steps

def angle_of_radians(raw: int) -> int:
    return lshr(turns(raw) + (1 << 31), 32)


def radians_of_angle(angle: int) -> int:
    return (mulsh(angle, TWO_PI_Q60, 59) + 1) >> 1


def angle_sine(angle: int) -> int:
    u = angle << 32
    near = near_sine(u)
    if rarely(doubtful(near)):
        return rounded_sine(sine_of_turns(u))
    return rounded_sine(near)


def angle_cosine(angle: int) -> int:
    return angle_sine(angle + (1 << 30))


ENTRIES = (fixed_by_fixed, fixed_by_int, int_by_fixed, checked_fixed_by_fixed, checked_fixed_by_int,
           checked_int_by_fixed, two_by_one_portable, fixed_root, vector_length, unit_part, within_fixed, within_whole,
           sine, cosine, angle_of_radians, radians_of_angle, angle_sine, angle_cosine)


@functools.cache
def program() -> Program:
    """The kernels, rewritten."""
    return Program(ENTRIES, Language(functions=PRIMITIVES, marked=False))
