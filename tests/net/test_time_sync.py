"""Who runs ahead slows down, who lags speeds up, by at most a hundredth; no liar and no jitter moves more than that."""

import random

import pytest

from rollstep.net.pacing import MAX_PPM, Pacer
from rollstep.net.time_sync import BELIEVED_FRAMES, SAMPLES, SETTLING_NS, UNIT, TimeSync

LATER = SETTLING_NS + 1     # after the first two seconds of a match that starts at 0
FRAME_NS = 16_666_667


def decided(*samples, now_ns=LATER, remotes=(1,)):
    """(frames to leave out, speed) after SAMPLES times these (player, lead, their lead)."""
    sync = TimeSync(list(remotes), 0)
    for _ in range(SAMPLES):
        for sample in samples:
            sync.sample(*sample)
    return sync.decide(now_ns), sync.speed_ppm


@pytest.mark.parametrize("ahead", [1, 8, 32, 64, 65, 640])
def test_a_peer_ahead_slows_down_and_one_behind_speeds_up_by_the_same(ahead):
    skip, slow = decided((1, ahead, -ahead))
    assert skip == 0 and slow == -min(MAX_PPM, -(-ahead * MAX_PPM // UNIT)) < 0
    skip, fast = decided((1, -ahead, ahead))
    assert skip == 0 and abs(fast + slow) <= 1


@pytest.mark.parametrize("latency", [0, 100, 900])
def test_latency_that_both_sides_see_alike_changes_nothing(latency):
    assert decided((1, -latency, -latency)) == (0, 0)
    assert decided((1, 30 - latency, -30 - latency))[1] == decided((1, 30, -30))[1]


def test_nothing_is_decided_before_the_samples_of_half_a_second():
    sync = TimeSync([1, 2], 0)
    for _ in range(SAMPLES - 1):
        sync.sample(1, 64, -64)
        sync.sample(2, 64, -64)
        assert sync.decide(LATER) == 0 and sync.speed_ppm == 0
    sync.sample(1, 64, -64)
    assert sync.decide(LATER) == 0 and sync.speed_ppm == 0, "the other one's samples are missing"
    sync.sample(2, 64, -64)
    assert sync.decide(LATER) == 0 and sync.speed_ppm == -MAX_PPM
    sync.sample(1, -640, 640)
    assert sync.decide(LATER) == 0 and sync.speed_ppm == -MAX_PPM, "the next decision takes new samples"


@pytest.mark.parametrize("wild", [10_000, -10_000])
def test_the_middle_third_ignores_outliers_of_any_size_on_either_side(wild):
    for outliers in range(SAMPLES // 3 + 1):
        sync = TimeSync([1], 0)
        samples = [(16, -16)] * (SAMPLES - outliers) + [(wild, -wild)] * outliers
        random.Random(outliers).shuffle(samples)
        for sample in samples:
            sync.sample(1, *sample)
        sync.decide(LATER)
        assert sync.speed_ppm == -16 * MAX_PPM // UNIT, outliers


@pytest.mark.parametrize("lie", [-(1 << 62), -1_000_000, -128 * 8, 127 * 8, 1_000_000, 1 << 62])
def test_a_lying_peer_moves_our_speed_by_a_hundredth_at_most(lie):
    skip, speed = decided((1, 0, lie))
    assert skip == 0 and abs(speed) == MAX_PPM


@pytest.mark.parametrize("lie", [-(1 << 62), -1_000_000, 1 << 62])
def test_a_lying_peer_is_believed_so_many_frames_at_the_start_and_none_later(lie):
    for now in range(0, SETTLING_NS, SETTLING_NS // 8):
        assert decided((1, 0, lie), now_ns=now)[0] == (BELIEVED_FRAMES // 2 if lie < 0 else 0)
    assert decided((1, 0, lie), now_ns=SETTLING_NS)[0] == 0
    assert decided((1, BELIEVED_FRAMES * UNIT, lie), now_ns=0)[0] <= BELIEVED_FRAMES


def test_whole_frames_are_left_out_in_the_first_two_seconds_only_and_again_after_a_stall():
    assert decided((1, 200, -200), now_ns=SETTLING_NS - 1) == (3, 0)
    assert decided((1, 200, -200), now_ns=SETTLING_NS) == (0, -MAX_PPM)
    assert decided((1, UNIT - 1, 1 - UNIT), now_ns=0)[0] == 0, "less than a frame is not left out"
    assert decided((1, -200, 200), now_ns=0) == (0, MAX_PPM), "who lags cannot play two at once"
    sync = TimeSync([1], 0)
    for _ in range(SAMPLES - 1):
        sync.sample(1, -200, 200)
    sync.settle(10 * SETTLING_NS)
    for _ in range(SAMPLES):
        assert sync.decide(10 * SETTLING_NS + 1) == 0, "the samples from before the stall are forgotten"
        sync.sample(1, 200, -200)
    assert sync.decide(11 * SETTLING_NS - 1) == 3


def test_of_several_peers_the_one_furthest_behind_is_waited_for():
    assert decided((1, -64, 64), (2, 32, -32), remotes=(1, 2)) == decided((1, 32, -32))
    assert decided((1, -64, 64), (2, -32, 32), remotes=(1, 2)) == decided((1, -32, 32))


@pytest.mark.parametrize("jitter", [0, 2 * UNIT])
@pytest.mark.parametrize(("head_start", "drift_ppm"), [(0, 0), (5, 0), (0, 300), (5, -300), (0, 5000), (2, -9000)])
def test_two_peers_end_at_one_frame_whatever_the_start_and_whose_clock_is_fast(head_start, drift_ppm, jitter):
    draw = random.Random(1)
    pacers, syncs, frames = [Pacer(60), Pacer(60)], [TimeSync([1], 0), TimeSync([0], 0)], [0, 0]
    pacers[0].start(0)
    pacers[1].start(head_start * FRAME_NS)
    gaps = []
    for now in range(0, 60 * 10**9, 1_000_000):            # a minute, in steps of a millisecond
        for me, other in ((0, 1), (1, 0)):
            local = now * (10**6 + (drift_ppm if me == 0 else 0)) // 10**6
            for _ in range(pacers[me].due(local)):
                frames[me] += 1
                lead = (frames[me] - frames[other]) * UNIT
                syncs[me].sample(other, lead + draw.randint(-jitter, jitter), -lead + draw.randint(-jitter, jitter))
                pacers[me].hold(syncs[me].decide(local))
                pacers[me].speed_ppm = syncs[me].speed_ppm
        if now > 30 * 10**9:
            gaps.append(frames[0] - frames[1])
    assert max(map(abs, gaps)) <= 2 and abs(sum(gaps)) / len(gaps) < 1.2
    assert abs(frames[0] - 3600) < 60 and abs(frames[1] - 3600) < 60
