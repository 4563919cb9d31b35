"""Frames are due by absolute deadlines: however late the game wakes up, the rate over an hour is the rate."""

import random

import pytest

from rollstep.net.pacing import GIVE_UP_NS, MAX_PPM, MOST_AT_ONCE, Pacer

SECOND = 10**9
START = 123_456_789_012


def started(fps=60, speed_ppm=0):
    pacer = Pacer(fps)
    pacer.start(START)
    pacer.speed_ppm = speed_ppm
    return pacer


def run(pacer, until_ns, lateness):
    """Wake up `lateness()` after each deadline until the next is at START + until_ns or later; the frames made due."""
    frames, now = 0, START
    while True:
        now = max(now, pacer.next_ns + lateness())
        if pacer.next_ns >= START + until_ns:
            return frames
        frames += pacer.due(now)


def spikes(draw):
    return lambda: draw.choice((0, 0, 0, 1_000, 300_000, 4_000_000, 20_000_000, 240_000_000))


LATENESS = {
    "never late": lambda draw: lambda: 0,
    "a nanosecond late": lambda draw: lambda: 1,
    "always 15 ms late": lambda draw: lambda: 15_000_000,
    "a random part of a frame late": lambda draw: lambda: draw.randrange(17_000_000),
    "many frames late at times": spikes,
}


@pytest.mark.parametrize("fps", [60, 144, 30, 1, 240, 59])
@pytest.mark.parametrize("late", LATENESS)
def test_an_hour_has_its_frames_exactly_however_late_the_game_wakes_up(fps, late):
    pacer = started(fps)
    frames = run(pacer, 3600 * SECOND, LATENESS[late](random.Random(7)))
    assert 0 <= frames - 3600 * fps < MOST_AT_ONCE, "the last wake-up may have been a late one"
    assert pacer.next_ns == START + frames * SECOND // fps, "the deadlines drifted"


@pytest.mark.parametrize("speed_ppm", [-MAX_PPM, -3333, 1, MAX_PPM])
def test_at_another_speed_an_hour_has_that_many_frames_more_or_less(speed_ppm):
    pacer = started(60, speed_ppm)
    frames = run(pacer, 3600 * SECOND, LATENESS["a random part of a frame late"](random.Random(7)))
    assert abs(frames - 3600 * 60 * (1 + speed_ppm / 10**6)) <= 1
    assert 0.99 * 60 <= SECOND / pacer.period_ns <= 1.0101 * 60


def test_a_speed_that_changes_twice_a_second_and_means_nothing_loses_nothing():
    pacer, frames = started(60), 0
    for half in range(2 * 600):
        pacer.speed_ppm = MAX_PPM if half % 2 else -MAX_PPM
        frames += run(pacer, (half + 1) * SECOND // 2, lambda: 0)
    assert abs(frames - 600 * 60) <= 4, "a hundredth up and a hundredth down are 10**-4 apart"


def test_nothing_is_due_before_the_deadline_and_one_frame_is_at_it():
    pacer = started()
    assert pacer.due(START - 1) == 0 and pacer.due(START) == 1
    assert pacer.due(START) == 0 and pacer.due(pacer.next_ns - 1) == 0
    assert pacer.due(pacer.next_ns) == 1


@pytest.mark.parametrize("missed", [2, 3, MOST_AT_ONCE])
def test_missed_deadlines_are_made_up_for_at_once(missed):
    pacer = started()
    assert pacer.due(START + (missed - 1) * pacer.period_ns + 1000) == missed
    assert pacer.next_ns == START + missed * SECOND // 60


def test_one_call_makes_no_more_than_a_handful_of_frames_due_and_the_next_the_rest():
    pacer = started()
    now = START + 14 * pacer.period_ns + 1000
    assert now - START < GIVE_UP_NS
    assert [pacer.due(now) for _ in range(3)] == [MOST_AT_ONCE, 15 - MOST_AT_ONCE, 0]


@pytest.mark.parametrize("pause_s", [1, 60, 86_400])
def test_after_a_long_pause_the_lost_time_is_given_up(pause_s):
    pacer = started()
    pacer.due(START)
    now = START + pause_s * SECOND
    assert [pacer.due(now), pacer.due(now)] == [1, 0]
    assert now < pacer.next_ns <= now + pacer.period_ns + 1


def test_just_under_the_limit_nothing_is_given_up():
    pacer = started()
    now = START + GIVE_UP_NS
    assert sum(pacer.due(now) for _ in range(10)) == GIVE_UP_NS * 60 // SECOND + 1
    assert sum(pacer.due(START + SECOND - 1) for _ in range(10)) == 1, "this second was lost"


def test_frames_that_are_held_are_left_out_of_the_beat_for_good():
    pacer = started()
    pacer.due(START)
    pacer.hold(3)
    assert pacer.due(START + 3 * SECOND // 60 + 1000) == 0
    assert pacer.next_ns == START + 4 * SECOND // 60
    assert run(pacer, 60 * SECOND, lambda: 0) == 3600 - 4


def test_the_share_of_a_frames_time_runs_from_0_at_its_deadline_to_1000_at_the_next():
    pacer = started(fps=100)
    assert pacer.permille(START) == 1000, "the first frame is due"
    assert pacer.due(START) == 1
    assert [pacer.permille(START + ms * 1_000_000) for ms in (0, 1, 5, 9, 10, 50)] == [0, 100, 500, 900, 1000, 1000]
    pacer.hold(2)
    assert [pacer.permille(START + ms * 1_000_000) for ms in (5, 20, 25, 30)] == [0, 0, 500, 1000]


@pytest.mark.parametrize(("percent", "fps"), [(25, 15), (50, 30), (200, 120), (400, 240)])
def test_a_speed_for_watching_is_an_exact_ratio(percent, fps):
    pacer = started(fps=60, speed_ppm=(percent - 100) * 10_000)
    assert run(pacer, 600 * SECOND, lambda: 0) == 600 * fps
