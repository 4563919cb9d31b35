"""Angle: a direction that wraps round exactly."""

import copy
import math
import pickle

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Angle, Fixed, Vec2, fx
from rollstep.fixed.number import INT_MAX, INT_MIN, ONE

STEPS = 1 << 32
angles = st.one_of(st.integers(0, STEPS - 1), st.sampled_from([0, 1, STEPS // 4, STEPS // 2, STEPS // 2 - 1, STEPS - 1])
                   ).map(Angle.from_raw)
raws = st.one_of(st.integers(INT_MIN, INT_MAX), st.integers(-1 << 40, 1 << 40))


@given(angles, angles, st.integers(-1 << 70, 1 << 70))
def test_sums_and_multiples_wrap_round(a, b, n):
    assert (a + b).raw == (a.raw + b.raw) % STEPS and (a - b).raw == (a.raw - b.raw) % STEPS
    assert (-a).raw == -a.raw % STEPS and (a * n).raw == (n * a).raw == a.raw * n % STEPS and a - a == Angle.turns(0)
    assert (a == b) is (a.raw == b.raw) and hash(a + b) == hash(b + a)


@given(angles, angles)
def test_the_signed_difference_is_the_short_way(a, b):
    apart = (a - b).signed_turns()
    assert b + Angle.turns(apart) == a and -fx("0.5") <= apart < fx("0.5")


@given(raws)
def test_it_is_made_to_the_nearest_step(raw):
    x = Fixed.from_raw(raw)
    assert Angle.turns(x).raw == raw % STEPS
    degrees = (2 * abs(raw) + 360) // 720 * (1 if raw >= 0 else -1)         # ties away from zero
    assert Angle.degrees(x).raw == degrees % STEPS
    with mpmath.workprec(300):
        off = mpmath.fmod(mpmath.mpf(raw) / (2 * mpmath.pi) - Angle.radians(x).raw, STEPS)
        assert min(abs(off), STEPS - abs(off)) <= mpmath.mpf("0.51")


@given(st.integers(-1 << 80, 1 << 80))
def test_whole_degrees_of_any_size_are_reduced(n):
    assert Angle.degrees(n) == Angle.degrees(n % 360) and Angle.turns(n) == Angle.turns(0)


@given(angles)
def test_it_is_read_exactly_or_to_the_nearest(a):
    assert Angle.turns(a.to_turns()) == a == Angle.turns(a.signed_turns()) and a.to_degrees().raw == a.raw * 360
    with mpmath.workprec(200):
        assert abs(a.to_radians().raw - a.raw * 2 * mpmath.pi) <= mpmath.mpf("0.51")
    assert math.isclose(a.to_float(), a.raw * math.tau / STEPS)


@given(angles)
def test_sine_and_cosine_of_an_angle_keep_their_promise(a):
    with mpmath.workprec(200):
        x = mpmath.mpf(a.raw) / STEPS * 2 * mpmath.pi
        assert abs(rs.sin(a).raw - mpmath.sin(x) * ONE) <= mpmath.mpf("0.51")
        assert abs(rs.cos(a).raw - mpmath.cos(x) * ONE) <= mpmath.mpf("0.51")
    assert rs.sin(-a) == -rs.sin(a) and rs.cos(-a) == rs.cos(a) and rs.sin(a + Angle.degrees(180)) == -rs.sin(a)


def test_quarter_turns_are_exact():
    for n, (c, s) in enumerate([(1, 0), (0, 1), (-1, 0), (0, -1)] * 2):
        quarter = Angle.degrees(90) * n
        assert (rs.cos(quarter), rs.sin(quarter)) == (c, s)
        assert rs.rotate(Vec2(3, 7), quarter) == Vec2(3 * c - 7 * s, 3 * s + 7 * c)
        assert rs.polar(5, quarter) == Vec2(5 * c, 5 * s) and rs.direction(Vec2(9 * c, 9 * s)) == quarter


@given(raws, raws)
def test_the_direction_of_a_vector_is_right_to_the_step(x, y):
    found = rs.direction(Vec2(Fixed.from_raw(x), Fixed.from_raw(y)))
    with mpmath.workprec(200):
        true = mpmath.atan2(y, x) / (2 * mpmath.pi) * STEPS if x or y else mpmath.mpf(0)
        off = mpmath.fmod(true - found.raw, STEPS)
        assert min(abs(off), STEPS - abs(off)) <= mpmath.mpf("0.51")


@given(angles)
def test_it_is_a_value_that_copies_and_prints(a):
    assert pickle.loads(pickle.dumps(a)) == a == copy.deepcopy(a) and eval(repr(a)) == a
    assert str(Angle.degrees(fx("22.5"))) == "22.5°"
    with pytest.raises(AttributeError, match="does not change"):
        a.raw = 3


@pytest.mark.parametrize(("make", "text"), [
    (lambda: Angle.degrees(90) + 1, "Angle"), (lambda: Angle.degrees(90) * fx(2), "Angle"),
    (lambda: Angle.degrees(90) < Angle.degrees(100), "Angle"), (lambda: Angle.degrees(0.5), r'write fx\("0.5"\)'),
    (lambda: Angle.radians(3), "Fixed"), (lambda: Angle.turns(True), "bool"), (lambda: Angle.from_raw(fx(1)), "int"),
    (lambda: bool(Angle.turns(0)), "compare it"), (lambda: Angle(), "Angle.degrees"), (lambda: rs.direction(3), "Vec2"),
])
def test_what_an_angle_does_not_do_is_refused(make, text):
    with pytest.raises(TypeError, match=text):
        make()


@rs.struct
class Raws:
    number: Fixed
    angle: Angle


@rs.struct
class Pad:
    raw: rs.i32


def nothing(raws, tick):
    pass


def both(raws, inputs, tick):
    raws.number = Fixed.from_raw(inputs[0].raw)
    raws.angle = Angle.from_raw(inputs[0].raw)


def test_two_makers_of_one_name_stand_in_one_step():
    game = rs.Game("raws", state=Raws, input=Pad, players=1, init=nothing, step=both)
    for way in ("compiled", "interpreted"):
        runner = game.runner(way, players=1, seed=0)
        state = runner.start()
        runner.step(state, bytes(Pad(raw=-5)), 0)
        assert (Raws.view(state).number.raw, Raws.view(state).angle.raw) == (-5, STEPS - 5)
