"""sqrt, sin and cos against mpmath: how far off, and what is exact."""

import math

import mpmath
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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
    with pytest.raises(ValueError, match=r"sqrt of -.*negative"):
        sqrt(Fixed.from_raw(raw))


@pytest.mark.parametrize("function", [sqrt, sin, cos])
@pytest.mark.parametrize("value", [1, 0.5, True, None])
def test_a_function_takes_a_fixed_and_nothing_else(function, value):
    with pytest.raises(TypeError, match="a Fixed does not mix with"):
        function(value)
