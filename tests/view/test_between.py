"""One value on its way to another: exactly there at both ends, the shorter way round, and never inside a step."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Angle, Fixed, Vec2, between, fx
from tests.games.box import Pad, World, init

RAWS = st.integers(-1 << 63, (1 << 63) - 1)
FRACTIONS = st.floats(0, 1)


@given(RAWS, RAWS)
def test_a_number_is_the_old_one_at_0_and_the_new_one_at_1(a, b):
    old, new = Fixed.from_raw(a), Fixed.from_raw(b)
    assert (between(old, new, 0.0), between(old, new, 1.0)) == (old.to_float(), new.to_float())
    assert between(old, new, -3) == old.to_float() and between(old, new, 1.0001) == new.to_float()
    assert between(Vec2(old, new), Vec2(new, old), 1.0) == (new.to_float(), old.to_float())
    assert between(a, b, 1.0) == float(b)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), FRACTIONS)
def test_a_number_on_its_way_is_between_both(a, b, fraction):
    slack = 1e-6
    assert min(a, b) - slack <= between(a, b, fraction) <= max(a, b) + slack
    assert between(a, b, fraction) == pytest.approx(a + (b - a) * fraction, abs=slack)


def test_numbers_may_be_of_two_kinds_and_places_of_a_view():
    assert between(2, 3.0, 0.5) == between(fx(2), 3, 0.5) == 2.5
    kept = rs.floats(Vec2(1, 2))
    found = between(kept, Vec2(3, 2), 0.25)
    assert found == (1.5, 2.0) and (found.x, found.y) == (1.5, 2.0)


@given(st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1), FRACTIONS)
def test_an_angle_goes_the_shorter_way_round(a, b, fraction):
    old, new = Angle.from_raw(a), Angle.from_raw(b)
    way = min((b - a) % (1 << 32), (a - b) % (1 << 32)) * math.tau / (1 << 32)
    found = between(old, new, fraction)
    turned = abs(math.remainder(found - old.to_float(), math.tau))
    assert turned == pytest.approx(way * fraction, abs=1e-6)
    assert (between(old, new, 0), between(old, new, 1)) == (old.to_float(), new.to_float())


def test_from_350_to_10_degrees_it_is_20_degrees():
    halfway = between(Angle.degrees(350), Angle.degrees(10), 0.5)
    assert math.degrees(halfway) % 360 == pytest.approx(0, abs=1e-6) or math.degrees(halfway) == pytest.approx(360)


@pytest.mark.parametrize(("old", "new"), [(1, Vec2(1, 2)), (Angle.degrees(1), 2.0), ("a", "b"), (True, 1), (None, None)])
def test_what_has_no_way_between_is_refused(old, new):
    with pytest.raises(rs.UsageError, match="give two numbers, two Vec2 or two Angles"):
        between(old, new, 0.5)


DRAWN = rs.Drawn(World, {"boxes.pos": 10.0})


def slides(world, inputs, tick):
    world.boxes[0].turn = between(world.boxes[0].turn, world.boxes[1].turn, 1)


def peeks(world, inputs, tick):
    world.boxes[0].bumps = DRAWN.at("boxes.pos", 1)


@pytest.mark.parametrize("step", [slides, peeks])
def test_no_step_can_use_what_is_for_drawing(step):
    with pytest.raises(rs.StepError, match=r"test_between\.py:\d+: .*(between|DRAWN)"):
        rs.Game("drawing", state=World, input=Pad, players=2, init=init, step=step)
