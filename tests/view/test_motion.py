"""Where things are drawn: on their way between two frames, without a jump after a rollback, and at once when it is too far."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs

PLACES = st.lists(st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)), min_size=1, max_size=5)


def watched(*frames, first=100, **options):
    """A Motion that has observed these places, one frame after the other."""
    motion = rs.Motion(**{"snap": 1e9, **options})
    for frame, places in enumerate(frames, first):
        motion.observe(frame, places)
    return motion


@given(PLACES, st.data())
def test_fraction_0_is_the_frame_before_and_1_the_newest(old, data):
    new = data.draw(st.lists(st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)), min_size=len(old), max_size=len(old)))
    motion = watched(old, new)
    assert motion.at(0.0).tolist() == [list(place) for place in old]
    assert motion.at(1.0).tolist() == [list(place) for place in new]
    fraction = data.draw(st.floats(0, 1))
    assert np.allclose(motion.at(fraction), np.array(old) * (1 - fraction) + np.array(new) * fraction)


@given(st.floats(-1000, 1000), st.floats(-5, 5), st.floats(-90, 90), st.floats(0, 0.8))
@settings(max_examples=50)
def test_a_correction_is_never_jumped_to_and_wears_off(x, speed, error, keep):
    """What is drawn when a frame begins is what was drawn when the last one ended, whatever a rollback does."""
    motion = watched([x - speed], [x], snap=100.0, keep=keep)
    drawn, true = motion.at(1.0)[0], x
    for n in range(60):
        true += speed + (error if n == 0 else 0)
        motion.observe(102 + n, [true], corrected=n == 0)
        assert motion.at(0.0)[0] == drawn
        drawn = motion.at(1.0)[0]
        assert abs(drawn - true) <= abs(error) * keep**(n + 1) + 1e-6
    assert motion.at(1.0)[0] == pytest.approx(true, abs=0.01)


@pytest.mark.parametrize("error", [100.5, -101.0, 5000.0])
def test_a_correction_beyond_the_snap_is_drawn_at_once(error):
    motion = watched([0.0], [0.0], snap=100.0)
    motion.observe(102, [error], corrected=True)
    assert [motion.at(fraction)[0] for fraction in (0.0, 0.5, 1.0)] == [error] * 3


def test_who_is_put_elsewhere_by_the_rules_does_not_slide_there():
    motion = watched([[0.0, 0.0], [5.0, 5.0]], [[101.0, 0.0], [6.0, 5.0]], snap=100.0)
    assert motion.at(0.0).tolist() == [[101.0, 0.0], [5.0, 5.0]]


def test_what_is_less_than_the_least_is_dropped():
    motion = watched([0.0], [0.0], least=0.5, keep=0.5)
    motion.observe(102, [2.0], corrected=True)
    assert motion.at(1.0)[0] == 1.0
    motion.observe(103, [2.0])
    assert motion.at(1.0)[0] == 1.5
    motion.observe(104, [2.0])
    assert motion.at(1.0)[0] == 2.0


def test_a_rollback_is_expected_to_go_on_no_faster_than_anything_can():
    fast, slow = watched([0.0], [50.0]), watched([0.0], [50.0], fastest=10.0)
    for motion in (fast, slow):
        motion.observe(102, [50.0], corrected=True)
    assert (fast.at(1.0)[0], slow.at(1.0)[0]) == (50 + 50 * 0.65, 50 + 10 * 0.65)


def test_no_correction_goes_through_the_floor_but_who_is_below_it_is_drawn_there():
    motion = watched([[0.0, 20.0]], [[0.0, 1.0]], lowest=(-math.inf, 0.0))
    motion.observe(102, [[0.0, 0.0]], corrected=True)
    assert motion.at(1.0).tolist() == [[0.0, 0.0]]
    motion.observe(103, [[-7.0, -3.0]])
    assert motion.at(1.0).tolist() == [[-7.0, -3.0]]


def test_who_was_put_there_by_the_rules_comes_from_where_it_was_drawn():
    motion = watched([[0.0], [0.0]], [[10.0], [10.0]])
    motion.observe(102, [[20.0], [40.0]], placed=[False, True])
    assert motion.at(0.0).tolist() == [[10.0], [10.0]] and motion.at(1.0).tolist() == [[20.0], [40 - 30 * 0.65]]


def test_a_frame_that_is_observed_again_stays_on_the_way_from_the_one_before():
    motion = watched([0.0], [6.0])
    motion.observe(101, [3.0])
    assert motion.at(0.0)[0] == 0.0 and motion.at(1.0)[0] == 3.0
    motion.observe(101, [4.0], corrected=True)
    drawn = motion.at(1.0)[0]
    motion.observe(101, [4.0])
    assert motion.at(1.0)[0] == drawn, "time did not pass"


def test_after_a_reset_nothing_comes_from_anywhere():
    motion = watched([0.0], [6.0])
    motion.reset()
    with pytest.raises(rs.UsageError, match="no frame was observed"):
        motion.at(0.5)
    motion.observe(3, [50.0], corrected=True)
    assert motion.at(0.0)[0] == 50.0


@given(st.floats(-10, 10), st.floats(-3, 3), st.floats(0, 1))
def test_an_angle_goes_the_shorter_way_round(start, turn, fraction):
    motion = watched([start], [(start + turn) % math.tau], turns=True)
    found = math.remainder(motion.at(fraction)[0] - start, math.tau)
    assert found == pytest.approx(turn * fraction, abs=1e-9)


def test_a_correction_of_an_angle_is_worked_off_the_shorter_way_round():
    motion = watched([0.1], [0.1], turns=True, snap=1.0, keep=0.5)
    motion.observe(102, [math.tau - 0.1], corrected=True)
    assert math.remainder(motion.at(1.0)[0], math.tau) == pytest.approx(0.0, abs=1e-9)


# ---------------------------------------------------------------------------- who is who

def test_things_are_known_by_their_keys_wherever_they_stand():
    motion = rs.Motion(snap=1e9)
    motion.observe(1, [[1.0], [2.0], [3.0]], keys=[10, 20, 30])
    motion.observe(2, [[33.0], [7.0], [11.0]], keys=[30, 40, 10])
    assert motion.at(0.0).tolist() == [[3.0], [7.0], [1.0]], "40 is new: it comes from nowhere"
    assert motion.at(1.0).tolist() == [[33.0], [7.0], [11.0]]
    motion.observe(3, np.zeros((0, 1)), keys=np.zeros((0, 2), int))
    assert motion.at(0.5).shape == (0, 1)
    motion.observe(4, [[5.0]], keys=[[1, 2]])
    assert motion.at(0.0).tolist() == [[5.0]]


def test_a_correction_stays_with_its_thing():
    motion = rs.Motion(snap=1e9, keep=0.5)
    for frame in (1, 2):
        motion.observe(frame, [0.0, 100.0], keys=[1, 2])
    motion.observe(3, [8.0, 100.0], keys=[1, 2], corrected=True)
    motion.observe(4, [100.0, 8.0], keys=[2, 1])
    assert motion.at(1.0).tolist() == [100.0, 8 - 8 * 0.25]


@pytest.mark.parametrize(("options", "words"), [
    ({"snap": 0}, "snap=0: give more than 0"), ({"snap": float("nan")}, "snap=nan"),
    ({"keep": 1}, "keep=1: give 0 to less than 1"), ({"keep": -0.1}, "keep="),
    ({"least": -1}, "least=-1: give 0 or more"), ({"fastest": -1}, "fastest=-1"),
])
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(rs.UsageError, match=words):
        rs.Motion(**{"snap": 1.0, **options})


def test_keys_that_are_too_few_are_refused():
    with pytest.raises(rs.UsageError, match="1 keys for 2 things"):
        rs.Motion(snap=1.0).observe(1, [1.0, 2.0], keys=[5])
