"""The functions of Fixed against mpmath: how far off, and what is exact."""

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Fixed, cos, fx, sin, sqrt
from rollstep.fixed.number import INT_MAX, INT_MIN, ONE

PROMISE = mpmath.mpf("0.51")
TURN = round(2 * math.pi * ONE)
EDGES = [0, 1, -1, 2, 3, ONE, -ONE, ONE - 1, TURN, TURN // 2, TURN // 4, 3 * TURN // 4, TURN // 8, 1 << 62,
         INT_MAX, INT_MAX - 1, INT_MIN, INT_MIN + 1]
raws = st.one_of(st.sampled_from(EDGES), st.integers(INT_MIN, INT_MAX), st.integers(-1 << 36, 1 << 36))
near_quarters = st.builds(lambda n, off: n * TURN // 4 + off, st.integers(-1 << 28, 1 << 28), st.integers(-1000, 1000))


def ulps_off(ours: Fixed, function, raw: int) -> mpmath.mpf:
    """The distance between our result and the true one, in steps of Fixed."""
    with mpmath.workprec(300):
        return abs(ours.raw - function(mpmath.mpf(raw) / ONE) * ONE)


@given(st.one_of(raws, near_quarters))
@example(INT_MIN)
def test_sine_and_cosine_keep_their_promise_over_the_whole_domain(raw):
    x = Fixed.from_raw(raw)
    assert ulps_off(sin(x), mpmath.sin, raw) <= PROMISE
    assert ulps_off(cos(x), mpmath.cos, raw) <= PROMISE


def test_sine_and_cosine_keep_their_promise_on_a_fine_walk_around_the_circle():
    worst = mpmath.mpf(0)
    for i in range(2000):
        raw = TURN * i // 2000 + i % 7
        x = Fixed.from_raw(raw)
        worst = max(worst, ulps_off(sin(x), mpmath.sin, raw), ulps_off(cos(x), mpmath.cos, raw))
    assert mpmath.mpf("0.4") < worst <= PROMISE          # below 0.4 the walk would have measured nothing


@given(raws)
def test_sine_is_odd_and_cosine_is_even(raw):
    x = Fixed.from_raw(raw)
    if raw != INT_MIN:                                   # which has no opposite
        assert sin(-x) == -sin(x) and cos(-x) == cos(x)
    assert -1 <= sin(x) <= 1 and -1 <= cos(x) <= 1


def test_the_values_that_everybody_knows():
    assert sin(fx(0)) == 0 and cos(fx(0)) == 1
    assert sin(fx("1.57079632679")) == 1 and cos(fx("3.14159265359")) == -1


@given(st.one_of(raws, st.integers(0, 1 << 40), st.integers(0, (1 << 31) - 1).map(lambda n: (n * n) % (1 << 62))))
def test_the_square_root_is_correctly_rounded(raw):
    raw = abs(raw) & INT_MAX
    root = sqrt(Fixed.from_raw(raw)).raw
    assert (2 * root - 1) ** 2 < 4 * (raw << 32) < (2 * root + 1) ** 2 or raw == root == 0


def test_the_root_of_a_square_is_exact():
    for n in (0, 1, 2, 3, 46340):
        assert sqrt(fx(n * n)) == n
    assert sqrt(fx("0.25")) == fx("0.5") and sqrt(Fixed.from_raw(1)).raw == 1 << 16


@pytest.mark.parametrize("raw", [-1, -ONE, INT_MIN])
def test_the_root_of_a_negative_number_is_refused(raw):
    with pytest.raises(ValueError, match=r"sqrt\(-.*negative"):
        sqrt(Fixed.from_raw(raw))


@pytest.mark.parametrize("function", [sqrt, sin, cos])
@pytest.mark.parametrize("value", [1, 0.5, True, None])
def test_a_function_takes_a_fixed_and_nothing_else(function, value):
    with pytest.raises(TypeError, match="a Fixed does not mix with"):
        function(value)


# ---------------------------------------------------------------------------- arcs, logarithms, powers, the tangent

HALF, LOOSE = mpmath.mpf("0.51"), mpmath.mpf("0.62")
sizes = st.integers(0, 63).flatmap(lambda bits: st.integers(0, (1 << bits) - 1))           # as many small ones as large ones
anything = st.one_of(raws, st.builds(lambda size, sign: size * sign, sizes, st.sampled_from((1, -1))))
positive = st.one_of(sizes.map(lambda size: size + 1 & INT_MAX or 1), st.integers(-1 << 20, 1 << 20).map(lambda off: ONE + off),
                     st.sampled_from([1, 2, ONE - 1, ONE, ONE + 1, INT_MAX]))
units = st.one_of(st.integers(-ONE, ONE), sizes.map(lambda size: ONE - size % ONE), sizes.map(lambda size: size % ONE - ONE),
                  st.sampled_from([0, 1, ONE, -ONE, ONE - 1, 1 - ONE]))


def off(function, reference, *given: int) -> mpmath.mpf:
    """How far off a result is, in steps of Fixed. What does not fit must raise."""
    with mpmath.workprec(400):
        true = reference(*(mpmath.mpf(raw) / ONE for raw in given)) * ONE
    try:
        ours = function(*map(Fixed.from_raw, given)).raw
    except OverflowError:
        assert abs(true) >= (1 << 63) - 1, "raised though it fits"
        return mpmath.mpf(0)
    return abs(ours - true)


@given(anything, anything)
@example(INT_MIN, INT_MIN)
@example(INT_MAX, INT_MIN)
@example(0, INT_MIN)
@example(1, INT_MAX)
def test_the_angle_of_a_point_keeps_its_promise_over_the_whole_plane(y, x):
    assert off(rs.atan2, mpmath.atan2, y, x) <= HALF
    assert off(rs.atan, mpmath.atan, y) <= HALF
    if x not in (0, INT_MIN) and y not in (0, INT_MIN):
        a, b = Fixed.from_raw(y), Fixed.from_raw(x)
        assert rs.atan2(-a, b) == -rs.atan2(a, b)


@given(units)
def test_arc_sine_and_cosine_keep_their_promise(raw):
    assert off(rs.asin, mpmath.asin, raw) <= HALF and off(rs.acos, mpmath.acos, raw) <= HALF
    assert rs.asin(-Fixed.from_raw(raw)) == -rs.asin(Fixed.from_raw(raw))


@given(positive)
def test_logarithms_keep_their_promise(raw):
    assert off(rs.log2, lambda x: mpmath.log(x, 2), raw) <= HALF and off(rs.log, mpmath.log, raw) <= HALF


@given(st.one_of(st.integers(-36 * ONE, 32 * ONE), st.integers(21 * ONE, 31 * ONE), anything))
@example(31 * ONE - 1)
@example(-33 * ONE)
def test_exponentials_keep_their_promise_up_to_the_last_that_fits(raw):
    raw = max(raw, -4000 * ONE)                          # mpmath takes its time below
    if raw < 64 * ONE:
        assert off(rs.exp2, lambda x: mpmath.mpf(2) ** x, raw) <= LOOSE and off(rs.exp, mpmath.exp, raw) <= LOOSE


@given(positive, st.integers(-34 * ONE, 31 * ONE), st.integers(-40, 40))
def test_powers_keep_their_promise_up_to_the_last_that_fits(base, exponent, whole):
    octaves = mpmath.log(mpmath.mpf(base) / ONE, 2)
    y = int(exponent / octaves) if octaves and abs(exponent / octaves) < 1 << 62 else whole * ONE
    assert off(rs.pow, mpmath.power, base, y) <= LOOSE
    with mpmath.workprec(400):
        true = (mpmath.mpf(base) / ONE) ** whole * ONE
    if true < 1 << 62:
        assert abs(rs.pow(Fixed.from_raw(base), whole).raw - true) <= LOOSE
        assert rs.pow(Fixed.from_raw(-base), whole) == rs.pow(Fixed.from_raw(base), whole) * (-1 if whole % 2 else 1)


@given(st.one_of(anything, st.builds(lambda k, near: int(mpmath.nint((2 * k + 1) * mpmath.pi / 2 * ONE)) + near,
                                     st.integers(-1 << 29, (1 << 29) - 1), st.integers(-3, 3))))
@example(148282999452870098)
def test_the_tangent_keeps_its_promise_next_to_its_poles_too(raw):
    with mpmath.workprec(200):                           # so that the strategy above has its digits as well
        assert off(rs.tan, mpmath.tan, raw) <= HALF


def test_exact_powers_are_exact():
    assert [rs.exp2(fx(n)) for n in range(31)] == [1 << n for n in range(31)]
    assert [rs.log2(fx(1 << n)) for n in range(31)] == list(range(31)) and rs.exp2(fx(-32)).raw == 1
    assert [rs.pow(fx(3), n) for n in range(20)] == [3 ** n for n in range(20)]
    assert rs.pow(fx(0), 0) == rs.pow(fx(0), fx(0)) == 1 and rs.pow(fx(0), 5) == 0 and rs.pow(fx(-2), fx(3)) == -8
    assert rs.pow(fx("0.5"), -30) == 1 << 30 and rs.pow(fx(9), fx("0.5")) == 3
    assert rs.exp(fx(0)) == 1 and rs.log(fx(1)) == 0 and rs.atan2(fx(0), fx(0)) == 0


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: rs.log(fx(0)), ValueError, r"log\(0\): zero or less has no logarithm"),
    (lambda: rs.log2(fx(-3)), ValueError, r"log2\(-3\): zero or less"),
    (lambda: rs.asin(fx("1.5")), ValueError, r"asin\(1.5\): outside -1 to 1"),
    (lambda: rs.acos(fx(-2)), ValueError, r"acos\(-2\): outside"),
    (lambda: rs.pow(fx(-2), fx("0.5")), ValueError, r"pow\(-2, 0.5\): a negative number to a power that is not whole"),
    (lambda: rs.pow(fx(0), -1), ValueError, r"pow\(0, -1\): zero to a negative power"),
    (lambda: rs.pow(fx(2), 31), OverflowError, r"pow\(2, 31\): it does not fit"),
    (lambda: rs.exp(fx(22)), OverflowError, r"exp\(22\): it does not fit"),
    (lambda: rs.exp2(fx(31)), OverflowError, r"exp2\(31\): it does not fit"),
    (lambda: rs.sin(1), TypeError, "use an int or a Fixed|Fixed"), (lambda: rs.log(0.5), TypeError, r'write fx\("0.5"\)'),
    (lambda: rs.pow(fx(2), True), TypeError, "bool"),
])
def test_what_has_no_value_or_does_not_fit_says_which(call, error, text):
    with pytest.raises(error, match=text):
        call()


# ---------------------------------------------------------------------------- whole numbers and between

@given(anything)
def test_rounding_to_whole_numbers(raw):
    x, true = Fixed.from_raw(raw), Fraction(raw, ONE)
    assert (rs.floor(x), rs.ceil(x), rs.trunc(x)) == (math.floor(true), math.ceil(true), math.trunc(true))
    assert rs.round(x) == math.floor(abs(true) + Fraction(1, 2)) * rs.sign(x)       # ties away from zero
    assert rs.sign(x) == (raw > 0) - (raw < 0)


def test_small_functions_take_ints_too():
    assert (rs.floor(-7), rs.ceil(7), rs.trunc(7), rs.round(-7), rs.sign(-7)) == (-7, 7, 7, -7, -1)
    assert rs.clamp(12, 0, 9) == 9 and rs.clamp(fx("-0.5"), 0, 1) == 0 and rs.clamp(fx("0.5"), 0, 1) == fx("0.5")
    assert rs.copysign(fx(3), -1) == -3 and rs.copysign(-3, 0) == 3
    assert rs.lerp(fx(2), fx(4), fx("0.25")) == fx("2.5")
    assert rs.lerp(rs.Vec2(0, 2), rs.Vec2(4, 0), fx("0.5")) == rs.Vec2(2, 1)
    assert rs.hypot(fx(3), fx(4)) == 5
