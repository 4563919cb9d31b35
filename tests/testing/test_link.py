"""Links do what their impairment says, the same for the same seed, and never deliver early."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.testing import Impairment, Link
from rollstep.testing.draws import words
from rollstep.testing.link import MOST_WAITING

MILLION = 1_000_000
#: Of the name "a": the first, and those where the second block begins.
WORDS = [2400683028, 1923914757, 292622004, 964066867]


def fates(link, count=2000, every_us=16_667):
    """(number, when it came out) of `count` datagrams, looked at each 100 us."""
    out = []
    for i in range(count):
        now = i * every_us
        link.send(i.to_bytes(4, "little"), now)
        while link.next_us is not None and link.next_us <= now:
            at = link.next_us
            out += [(int.from_bytes(data, "little"), at) for data in link.arrived(at)]
    while link.next_us is not None:
        at = link.next_us
        out += [(int.from_bytes(data, "little"), at) for data in link.arrived(at)]
    return out


BAD = Impairment.parse("rtt=100ms,jitter=60ms,loss=10%,duplicate=5%,reorder=2%")


def test_the_same_seed_has_the_same_fate_and_another_seed_another():
    assert fates(Link(BAD, 7)) == fates(Link(BAD, 7)) and fates(Link(BAD, "a b")) == fates(Link(BAD, "a b"))
    assert fates(Link(BAD, 7)) != fates(Link(BAD, 8)) != fates(Link(BAD, "7"))


def test_a_perfect_link_delivers_each_once_at_once_and_in_order():
    assert fates(Link(Impairment(), 1), 100) == [(i, i * 16_667) for i in range(100)]


def test_a_latency_without_jitter_is_exact():
    assert fates(Link(Impairment(latency_us=40_000), 1), 100) == [(i, i * 16_667 + 40_000) for i in range(100)]


def test_nothing_comes_out_before_its_time():
    link = Link(Impairment(latency_us=40_000), 1)
    link.send(b"a", 1000)
    assert link.next_us == 41_000
    assert link.arrived(40_999) == [] and link.arrived(41_000) == [b"a"] and link.arrived(10**9) == []
    assert link.next_us is None


@given(st.builds(Impairment, latency_us=st.integers(0, 100_000), jitter_us=st.integers(0, 100_000),
                 loss_ppm=st.integers(0, MILLION), duplicate_ppm=st.integers(0, MILLION), reorder_ppm=st.integers(0, MILLION)),
       st.integers(0, 2**32))
def test_each_datagram_comes_out_at_most_twice_within_its_time_and_is_counted(impairment, seed):
    link = Link(impairment, seed)
    out = fates(link, 50)
    latest = impairment.latency_us + impairment.jitter_us
    held = impairment.latency_us // 2 + 20_000 if impairment.reorder_ppm else 0
    for i, at in out:
        assert impairment.latency_us <= at - i * 16_667 <= latest + held
    seen = [i for i, _ in out]
    assert max(map(seen.count, seen), default=0) <= (2 if impairment.duplicate_ppm else 1)
    assert link.sent == 50 and link.delivered == len(out) == 50 - link.lost + link.doubled
    assert [at for _, at in out] == sorted(at for _, at in out)


def test_losses_doubles_and_jitter_are_as_frequent_as_they_are_said_to_be():
    count = 20_000
    link = Link(Impairment(latency_us=35_000, jitter_us=30_000, loss_ppm=100_000, duplicate_ppm=50_000), 1)
    out = fates(link, count)
    assert 0.09 < link.lost / count < 0.11
    assert 0.045 < link.doubled / (count - link.lost) < 0.055
    delays = [at - i * 16_667 for i, at in out]
    assert 49_500 < sum(delays) / len(delays) < 50_500
    assert 35_000 <= min(delays) < 35_100 and 64_900 < max(delays) <= 65_000
    for tenth in range(10):
        share = sum(35_000 + 3000 * tenth <= delay < 38_000 + 3000 * tenth for delay in delays) / len(delays)
        assert 0.09 < share < 0.11, "the jitter is not even"


def test_reordering_holds_a_share_back_behind_later_ones():
    out = fates(Link(Impairment(latency_us=20_000, reorder_ppm=100_000), 1), 5000)
    order = [i for i, _ in out]
    late = sum(i < max(order[max(0, n - 5):n]) for n, i in enumerate(order) if n > 0)
    assert 0.08 < late / 5000 < 0.12
    assert sorted(i for i, _ in out) == list(range(5000)), "nothing is lost by it"


@pytest.mark.parametrize(("text", "check"), [
    ("loss=100%", lambda link: link.lost == 100 and link.delivered == 0),
    ("duplicate=100%", lambda link: link.doubled == 100 and link.delivered == 200)])
def test_a_share_of_everything_is_everything(text, check):
    link = Link(Impairment.parse(text), 1)
    fates(link, 100)
    assert check(link)


def test_a_link_that_is_full_loses_what_comes_then():
    link = Link(Impairment(latency_us=MILLION), 1)
    for i in range(MOST_WAITING + 100):
        link.send(i.to_bytes(4, "little"), 0)
    assert link.lost == 100
    assert [int.from_bytes(data, "little") for data in link.arrived(MILLION)] == list(range(MOST_WAITING))
    link.send(b"room again", MILLION)
    assert link.arrived(2 * MILLION) == [b"room again"]


# ---------------------------------------------------------------------------- streams

def test_the_words_of_a_name_are_these_on_every_machine():
    assert [next(words("a")), *itertools.islice(words("a"), 255, 258)] == WORDS


def test_a_fault_that_is_switched_on_leaves_the_draws_of_the_others_as_they_were():
    base = Impairment.parse("rtt=100ms,jitter=60ms,loss=10%")
    before = fates(Link(base, 7))
    for change in ({"duplicate_ppm": 200_000}, {"corrupt_ppm": 500_000}, {"reorder_ppm": 1}, {"bandwidth": MILLION}):
        after = fates(Link(dataclasses.replace(base, **change), 7))
        assert {i for i, _ in after} == {i for i, _ in before} or "corrupt_ppm" in change, change
    assert [at for _, at in fates(Link(dataclasses.replace(base, corrupt_ppm=500_000), 7))] == [at for _, at in before]


def test_an_impairment_that_is_replaced_holds_for_what_comes_then():
    link = Link(Impairment(latency_us=40_000), 1)
    link.send(b"slow", 0)
    link.impairment = Impairment(latency_us=1000)
    link.send(b"fast", 0)
    link.impairment = Impairment(loss_ppm=MILLION)
    link.send(b"lost", 0)
    assert link.arrived(1000) == [b"fast"] and link.arrived(MILLION) == [b"slow"] and link.lost == 1


def test_a_link_that_is_cut_loses_what_enters_and_delivers_what_is_under_way():
    link = Link(Impairment(latency_us=40_000), 1)
    link.send(b"under way", 0)
    link.cut = True
    link.send(b"lost", 0)
    link.cut = False
    link.send(b"healed", 0)
    assert link.arrived(40_000) == [b"under way", b"healed"] and link.lost == 1


# ---------------------------------------------------------------------------- bursts

def runs(link, count=60_000):
    """Lengths of the runs of lost datagrams."""
    there = {i for i, _ in fates(link, count)}
    return [len(list(run)) for lost, run in itertools.groupby(range(count), lambda i: i not in there) if lost]


@pytest.mark.parametrize(("text", "share", "length"), [
    ("burst=1%,recover=25%", 1 / 26, 4), ("burst=0.5%,recover=10%", 1 / 21, 10), ("burst=5%,recover=100%", 1 / 21, 1),
    ("loss=3.85%", 1 / 26, 1.04)])
def test_bursts_are_as_frequent_and_as_long_as_gilberts_model_says(text, share, length):
    link = Link(Impairment.parse(text), 1)
    found = runs(link)
    assert 0.9 * share < link.lost / link.sent < 1.1 * share
    assert 0.9 * length < sum(found) / len(found) < 1.1 * length


def test_within_a_burst_elliotts_share_is_lost_and_outside_of_it_the_usual():
    link = Link(Impairment.parse("loss=1%,burst=1%,recover=4%,burst_loss=50%"), 1)
    found = runs(link)
    assert 0.9 < link.lost / link.sent / (0.2 * 0.5 + 0.8 * 0.01) < 1.1
    assert max(found) < 20, "a burst that loses half has no long runs"


# ---------------------------------------------------------------------------- bandwidth

def test_a_line_sends_as_many_bytes_per_second_as_it_has_headers_included():
    link = Link(Impairment(latency_us=1000, bandwidth=10_000, queue_bytes=10_000), 1)
    for i in range(10):
        link.send(bytes([i]) * 72, 0)                      # 100 bytes each with their headers, 10 ms on the line
    out = [(at, link.arrived(at)[0][0]) for at in range(1, 200_000) if link.next_us == at]
    assert out == [(1000 + 10_000 * (i + 1), i) for i in range(10)] and link.lost == 0


def test_what_finds_the_queue_full_is_lost_and_later_there_is_room_again():
    link = Link(Impairment(bandwidth=10_000, queue_bytes=500), 1)
    for i in range(10):
        link.send(bytes([i]) * 72, 0)
    assert link.lost == 5
    link.send(bytes([10]) * 72, 20_000)                    # two have left
    link.send(bytes([11]) * 72, 20_000)
    link.send(bytes([12]) * 72, 20_000)
    assert link.lost == 6
    assert [data[0] for data in link.arrived(MILLION)] == [0, 1, 2, 3, 4, 10, 11]
    link.send(bytes([13]) * 1400, 2 * MILLION)             # larger than the queue, on a line that is free
    assert link.next_us == 2 * MILLION + 142_800


# ---------------------------------------------------------------------------- damage

def test_corruption_flips_one_to_eight_bits_and_keeps_the_length():
    link, data = Link(Impairment(corrupt_ppm=250_000), 1), bytes(range(40))
    for _ in range(2000):
        link.send(data, 0)
    came = link.arrived(0)
    flips = [sum((a ^ b).bit_count() for a, b in zip(data, each, strict=True)) for each in came]
    assert 450 < sum(flip > 0 for flip in flips) == link.damaged < 550
    assert set(flips) == set(range(9))
    where = {i for each in came for i in range(40) if each[i] != data[i]}
    assert where == set(range(40))


def test_truncation_leaves_any_number_of_bytes_below_the_length():
    link, data = Link(Impairment(truncate_ppm=500_000), 1), bytes(range(20))
    for _ in range(2000):
        link.send(data, 0)
    came = link.arrived(0)
    assert {len(each) for each in came} == set(range(21)) and all(data.startswith(each) for each in came)
    assert 900 < sum(len(each) < 20 for each in came) == link.damaged < 1100


def test_empty_datagrams_survive_every_fault():
    link = Link(Impairment.parse("corrupt=100%,truncate=100%,duplicate=100%,bandwidth=1kB/s"), 1)
    link.send(b"", 0)
    assert link.arrived(MILLION) == [b"", b""]
