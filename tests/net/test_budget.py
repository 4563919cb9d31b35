"""Budgets: what honest play needs passes, a flood costs no more than its budget, and no peer pays for another."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.net.budget import BURST_MS, PER_FRAME, PER_SECOND, STRANGE_PER_SECOND, Bucket, Budget
from rollstep.wire.input_packet import MAX_DATAGRAM

SECOND = 1_000_000_000
LOOK = SECOND // 10


@pytest.mark.parametrize("fps", [1, 30, 60, 240])
def test_honest_play_of_sixteen_never_meets_its_budget(fps):
    """One datagram in each frame, all of them twice, and a second of them at once whenever the network has held them back."""
    budget, draw = Budget(range(1, 16), fps=fps, now_ns=0), random.Random(1)
    for look in range(600):
        budget.look(look * LOOK)
        for peer in range(1, 16):
            held = draw.random() < 0.02
            for _ in range(2 * (fps if held else -(-fps // 10))):
                assert budget.take(peer, MAX_DATAGRAM), (look, peer)


def test_play_by_commit_and_reveal_and_stalls_stay_within_the_budget():
    budget = Budget([1], fps=60, now_ns=0)
    for look in range(600):
        budget.look(look * LOOK)
        assert all(budget.take(1, 600) for _ in range(2 * 2 * 6 + 20))


@given(st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(0, 5000)), max_size=40), st.sampled_from([1, 60, 240]))
def test_no_more_passes_than_rate_and_burst_allow_whatever_is_sent_when(pieces, fps):
    budget, now, passed, size = Budget([1, 2], fps=fps, now_ns=0), 0, 0, 0
    rate = PER_FRAME * fps + PER_SECOND
    for pause, flood in pieces:
        now += pause
        budget.look(now)
        for i in range(flood):
            n = i * 37 % (MAX_DATAGRAM + 1)
            if budget.take(1, n):
                passed, size = passed + 1, size + n
    assert passed <= rate * (BURST_MS / 1000 + now / SECOND)
    assert size <= rate * MAX_DATAGRAM // 2 * (BURST_MS / 1000 + now / SECOND)
    assert budget.take(2, MAX_DATAGRAM), "the other peer has its own"


@given(st.lists(st.integers(0, SECOND), max_size=30), st.integers(1, 10**9))
def test_many_short_looks_bring_as_much_as_one_long_one(pauses, per_second):
    one, many, now = Bucket(per_second, 0), Bucket(per_second, 0), 0
    for bucket in (one, many):
        bucket.left = 0
    for pause in pauses:
        now += pause
        many.fill(now)
    one.fill(now)
    assert many.left == one.left == min(per_second * BURST_MS // 1000, now * per_second // SECOND)


def test_a_clock_that_stands_or_goes_back_brings_nothing_and_takes_nothing():
    bucket = Bucket(1000, 5 * SECOND)
    assert bucket.spend(bucket.left)
    for now in (5 * SECOND, 4 * SECOND, 0, -SECOND):
        bucket.fill(now)
        assert bucket.left == 0
    bucket.fill(5 * SECOND + LOOK)
    assert bucket.left == 100


def test_what_a_bucket_lacks_is_refused_whole_and_it_is_never_negative():
    bucket = Bucket(10, 0)
    assert not bucket.spend(bucket.left + 1) and bucket.left == 20
    assert bucket.spend(20) and not bucket.spend(1) and bucket.spend(0) and bucket.left == 0


def test_strangers_share_one_budget_and_no_peer_pays_for_them():
    budget = Budget([1], fps=60, now_ns=0)
    assert sum(budget.try_stranger() for _ in range(100_000)) == STRANGE_PER_SECOND * BURST_MS // 1000
    assert not budget.try_stranger() and budget.take(1, 100)
    budget.look(SECOND)
    assert sum(budget.try_stranger() for _ in range(100_000)) == STRANGE_PER_SECOND


def test_large_datagrams_end_the_budget_of_bytes_before_that_of_datagrams():
    budget = Budget([3], fps=60, now_ns=0)
    small = Budget([3], fps=60, now_ns=0)
    assert 2 * sum(budget.take(3, MAX_DATAGRAM) for _ in range(9999)) == sum(small.take(3, 0) for _ in range(9999)) == 1480
