"""Who runs ahead slows down, who lags speeds up, by at most a hundredth; no liar and no jitter moves more than that."""

import random

import pytest

from rollstep.net.pacing import MAX_PPM, Pacer
from rollstep.net.time_sync import KEPT_PPM_PER_FRAME, MOST_LEFT_OUT, PPM_PER_FRAME, SETTLING_NS, UNIT, TimeSync
from rollstep.rollback.arena import SAMPLES

LATER = SETTLING_NS + 1     # after the first two seconds of a match that starts at 0
FRAME_NS = 16_666_667
#: What a first decision says of a frame.
FIRST = PPM_PER_FRAME + KEPT_PPM_PER_FRAME


def decided(*samples, now_ns=LATER):
    """(frames to leave out, speed) after SAMPLES times these (lead, their lead), one for each remote peer."""
    sync = TimeSync(0)
    return sync.decide([[(lead - theirs) // 2] * SAMPLES for lead, theirs in samples], now_ns), sync.speed_ppm


@pytest.mark.parametrize("ahead", [1, 8, 32, 64, 65, 640])
def test_a_peer_ahead_slows_down_and_one_behind_speeds_up_by_the_same(ahead):
    skip, slow = decided((ahead, -ahead))
    expected = min(MAX_PPM, PPM_PER_FRAME * ahead / UNIT + KEPT_PPM_PER_FRAME * min(ahead, UNIT) / UNIT)
    assert skip == 0 and abs(slow + expected) <= 1
    skip, fast = decided((-ahead, ahead))
    assert skip == 0 and fast == -slow


@pytest.mark.parametrize("latency", [0, 100, 900])
def test_latency_that_both_sides_see_alike_changes_nothing(latency):
    assert decided((-latency, -latency)) == (0, 0)
    assert decided((30 - latency, -30 - latency))[1] == decided((30, -30))[1]


@pytest.mark.parametrize("wild", [10_000, -10_000])
def test_the_middle_third_ignores_outliers_of_any_size_on_either_side(wild):
    for outliers in range(SAMPLES // 3 + 1):
        sync = TimeSync(0)
        samples = [16] * (SAMPLES - outliers) + [wild] * outliers
        random.Random(outliers).shuffle(samples)
        sync.decide([samples], LATER)
        assert sync.speed_ppm == -16 * FIRST // UNIT, outliers


@pytest.mark.parametrize("lie", [-1_000_000, -128 * 8, 127 * 8, 1_000_000])
def test_a_lying_peer_moves_our_speed_by_a_hundredth_at_most(lie):
    skip, speed = decided((0, lie))
    assert skip == 0 and abs(speed) == MAX_PPM


def test_whole_frames_are_left_out_in_the_first_two_seconds_only_and_again_after_a_stall():
    assert decided((200, -200), now_ns=SETTLING_NS - 1) == (3, 0)
    assert decided((200, -200), now_ns=SETTLING_NS) == (0, -MAX_PPM)
    assert decided((UNIT - 1, 1 - UNIT), now_ns=0)[0] == 0, "less than a frame is not left out"
    assert decided((-200, 200), now_ns=0) == (0, MAX_PPM), "who lags cannot play two at once"
    sync = TimeSync(0)
    sync.settle(10 * SETTLING_NS)
    assert sync.decide([[200] * SAMPLES], 11 * SETTLING_NS - 1) == 3
    assert sync.decide([[200] * SAMPLES], 11 * SETTLING_NS) == 0


def test_a_clock_that_is_always_fast_is_slowed_down_without_a_lead_that_stays():
    sync, ahead = TimeSync(0), 32.0
    for _ in range(120):                            # a minute; ours is half a hundredth fast, the other side answers alike
        sync.decide([[round(ahead)] * SAMPLES], LATER)
        ahead += SAMPLES * UNIT * (5000 + sync.speed_ppm) / 10**6
    assert abs(sync.speed_ppm + 5000) < 200 and 0 <= ahead <= 8, "an eighth of a frame"


def test_what_was_kept_fades_when_the_clocks_are_alike_again_and_is_a_hundredth_at_most():
    sync = TimeSync(0)
    for _ in range(10_000):
        sync.decide([[10 * UNIT] * SAMPLES], LATER)
    sync.decide([[0] * SAMPLES], LATER)
    assert -MAX_PPM <= sync.speed_ppm < -MAX_PPM // 2
    for _ in range(1200):                           # ten minutes
        sync.decide([[0] * SAMPLES], LATER)
    assert abs(sync.speed_ppm) <= 1


def test_after_one_start_no_more_frames_are_left_out_than_a_lie_is_worth():
    sync = TimeSync(0)
    assert sum(sync.decide([[10 * UNIT] * SAMPLES], 1) for _ in range(4)) == MOST_LEFT_OUT
    assert sync.speed_ppm == -MAX_PPM
    sync.settle(2)
    assert sync.decide([[10 * UNIT] * SAMPLES], 3) == 10


def test_of_several_peers_the_speed_keeps_us_in_the_middle_and_frames_are_left_out_for_the_last():
    assert decided((-64, 64), (32, -32)) == decided((-16, 16))
    assert decided((-64, 64), (-32, 32)) == decided((-48, 48))
    assert decided((-64, 64), (128, -128), now_ns=0) == (2, 0)


@pytest.mark.parametrize("jitter", [0, 2 * UNIT])
@pytest.mark.parametrize(("head_start", "drift_ppm"), [(0, 0), (5, 0), (0, 300), (5, -300), (0, 5000), (2, -9000)])
def test_two_peers_end_at_one_frame_whatever_the_start_and_whose_clock_is_fast(head_start, drift_ppm, jitter):
    draw = random.Random(1)
    pacers, syncs, frames = [Pacer(60), Pacer(60)], [TimeSync(0), TimeSync(0)], [0, 0]
    samples = [[], []]
    pacers[0].start(0)
    pacers[1].start(head_start * FRAME_NS)
    gaps = []
    for now in range(0, 60 * 10**9, 1_000_000):            # a minute, in steps of a millisecond
        for me, other in ((0, 1), (1, 0)):
            local = now * (10**6 + (drift_ppm if me == 0 else 0)) // 10**6
            for _ in range(pacers[me].due(local)):
                frames[me] += 1
                lead = (frames[me] - frames[other]) * UNIT
                samples[me].append((2 * lead + draw.randint(-jitter, jitter) - draw.randint(-jitter, jitter)) // 2)
                if len(samples[me]) == SAMPLES:
                    pacers[me].hold(syncs[me].decide([samples[me]], local))
                    pacers[me].speed_ppm = syncs[me].speed_ppm
                    samples[me].clear()
        if now > 30 * 10**9:
            gaps.append(frames[0] - frames[1])
    assert max(map(abs, gaps)) <= 2 and abs(sum(gaps)) / len(gaps) < 0.5
    assert abs(frames[0] - 3600) < 60 and abs(frames[1] - 3600) < 60
