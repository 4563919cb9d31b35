"""Vec2: component by component like Fixed, a full-width dot product and length, and an immutable value."""

import math
import pickle
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep import Fixed, Vec2, fx
from rollstep.fixed import kernels
from rollstep.fixed.functions import run_kernel
from rollstep.fixed.number import INT_MAX, INT_MIN, ONE, wrap

raws = st.one_of(st.sampled_from([0, 1, -1, ONE, INT_MIN, INT_MAX]), st.integers(INT_MIN, INT_MAX),
                 st.integers(-1 << 36, 1 << 36))
numbers = raws.map(Fixed.from_raw)
vectors = st.builds(Vec2, numbers, numbers)
factors = st.one_of(numbers, st.integers(-1 << 31, (1 << 31) - 1))


@given(vectors, vectors, factors)
def test_operators_are_those_of_the_components(v, w, k):
    assert v + w == Vec2(v.x + w.x, v.y + w.y) and v - w == Vec2(v.x - w.x, v.y - w.y)
    assert v * k == k * v == Vec2(v.x * k, v.y * k) and -v == Vec2(-v.x, -v.y) and +v == v
    if k != 0:
        assert v / k == Vec2(v.x / k, v.y / k)
    assert (v == w) is (v.x == w.x and v.y == w.y) and (v != w) is not (v == w)


@given(vectors, vectors)
def test_the_dot_product_is_rounded_once(v, w):
    total = Fraction(v.x.raw * w.x.raw + v.y.raw * w.y.raw, ONE)
    size = int(abs(total) + Fraction(1, 2))              # ties away from zero
    assert v.dot(w).raw == wrap(size if total >= 0 else -size)
    assert (-v).dot(w) == -v.dot(w) or INT_MIN in (v.x.raw, v.y.raw)


@given(vectors, vectors)
def test_the_cross_product_is_rounded_once(v, w):
    total = Fraction(v.x.raw * w.y.raw - v.y.raw * w.x.raw, ONE)
    size = int(abs(total) + Fraction(1, 2))
    assert v.cross(w).raw == wrap(size if total >= 0 else -size)
    assert w.cross(v).raw == wrap(-v.cross(w).raw)


@given(vectors, vectors, st.one_of(numbers, st.integers(-5, 1 << 34), st.just((1 << 32) + (1 << 31))))
def test_within_is_exact_for_all_points(v, w, radius):
    square = (v.x.raw - w.x.raw) ** 2 + (v.y.raw - w.y.raw) ** 2
    limit = radius.raw if isinstance(radius, Fixed) else radius << 32
    assert v.within(w, radius) is (limit >= 0 and square <= limit ** 2)
    assert within_kernel(v, w, radius) is v.within(w, radius)


def within_kernel(v, w, radius):
    """The same by the kernel that compiled code runs."""
    kernel = kernels.within_fixed if isinstance(radius, Fixed) else kernels.within_whole
    return run_kernel(kernels, kernel, v.x.raw, v.y.raw, w.x.raw, w.y.raw, getattr(radius, "raw", radius)) == 1


def test_the_farthest_points_are_no_exception():
    low, high = Fixed.from_raw(INT_MIN), Fixed.from_raw(INT_MAX)
    a, b = Vec2(low, low), Vec2(high, high)
    assert not a.within(b, high) and a.within(b, 1 << 33) and a.within(a, 0) and not a.within(a, -1)
    assert not a.within(b, 6074000999) and a.within(b, 6074001000) and within_kernel(a, b, 6074001000)


@given(vectors)
def test_a_normalized_vector_has_length_one_and_the_same_direction(v):
    unit = v.normalized()
    if v == Vec2(0, 0):
        assert unit == v
        return
    with mpmath.workprec(200):
        length = mpmath.sqrt(mpmath.mpf(v.x.raw) ** 2 + mpmath.mpf(v.y.raw) ** 2)
        for ours, part in ((unit.x, v.x), (unit.y, v.y)):
            assert abs(ours.raw - part.raw * ONE / length) <= mpmath.mpf("0.51")
    assert (-v).normalized() == -unit or INT_MIN in (v.x.raw, v.y.raw)


@given(vectors, vectors)
def test_the_distance_is_the_length_of_the_difference(v, w):
    assert v.distance(w) == (w - v).length() or INT_MIN in ((w - v).x.raw, (w - v).y.raw)


def test_halves_of_a_dot_product_are_not_lost():
    half = Vec2(Fixed.from_raw(1), Fixed.from_raw(1))
    assert half.dot(Vec2(fx("0.25"), fx("0.25"))).raw == 1   # each product alone would round to 0
    assert half.dot(Vec2(fx("-0.25"), fx("-0.25"))).raw == -1


@given(vectors)
def test_the_length_is_the_nearest_fixed(v):
    square = v.x.raw ** 2 + v.y.raw ** 2
    root = math.isqrt(4 * square)                        # twice the root, floored
    assert v.length().raw == wrap((root + 1) // 2)


def test_a_length_of_whole_numbers_is_exact_and_far_ones_wrap():
    assert Vec2(3, -4).length() == 5 and Vec2(30000, 40000).length() == 50000 and Vec2(0, 0).length() == 0
    assert Vec2(fx(-(1 << 31)), 0).length().raw == INT_MIN


@pytest.mark.parametrize("make", [lambda: Vec2(1, 2) * Vec2(1, 2), lambda: Vec2(1, 2) * 0.5, lambda: Vec2(1, 2) + 1,
                                  lambda: 1 / Vec2(1, 2), lambda: Vec2(1, 2) * True, lambda: Vec2(1, 2) / 2.0,
                                  lambda: Vec2(1, 2) < Vec2(2, 3), lambda: Vec2(0.5, 1), lambda: Vec2(1, True),
                                  lambda: Vec2("1", 1), lambda: bool(Vec2(0, 0)), lambda: Vec2(1, 2) - (1, 2)])
def test_what_a_vector_does_not_do_is_refused(make):
    with pytest.raises(TypeError):
        make()


def test_a_float_component_is_refused_with_what_to_write():
    with pytest.raises(TypeError, match=r'write fx\("0.5"\)'):
        Vec2(0.5, 1)


def test_a_vector_is_a_value():
    v = Vec2(1, fx("0.5"))
    for change in (lambda: setattr(v, "x", fx(2)), lambda: setattr(v, "z", fx(2))):
        with pytest.raises(AttributeError, match=r"write Vec2\(x, y\)"):
            change()
    assert (v.x, v.y) == (1, fx("0.5")) and type(v.x) is Fixed
    assert {v: 1}[Vec2(1, fx("0.5"))] == 1 and v != (1, fx("0.5"))
    assert pickle.loads(pickle.dumps(v)) == v == eval(repr(v))
