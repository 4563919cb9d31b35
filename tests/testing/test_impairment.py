"""Links do what their impairment says, the same for the same seed, and never deliver early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.errors import UsageError
from rollstep.testing import Impairment, Link
from rollstep.testing.impairment import MOST_WAITING

MILLION = 1_000_000


@pytest.mark.parametrize(("text", "expected"), [
    ("", Impairment()),
    ("  ", Impairment()),
    ("rtt=80ms", Impairment(latency_us=40_000)),
    ("rtt=1s", Impairment(latency_us=500_000)),
    ("rtt=1500us", Impairment(latency_us=750)),
    ("rtt=0.5ms", Impairment(latency_us=250)),
    ("rtt=80ms,jitter=20ms", Impairment(latency_us=35_000, jitter_us=10_000)),
    ("jitter=20ms", Impairment(latency_us=0, jitter_us=10_000)),
    ("loss=5%", Impairment(loss_ppm=50_000)),
    ("loss=0.01%", Impairment(loss_ppm=100)),
    ("loss=100%,duplicate=1%,reorder=2.5%", Impairment(loss_ppm=MILLION, duplicate_ppm=10_000, reorder_ppm=25_000)),
    (" rtt = 80 ms , loss = 5 % ,", Impairment(latency_us=40_000, loss_ppm=50_000)),
])
def test_an_impairment_is_read_from_text_in_every_unit(text, expected):
    assert Impairment.parse(text) == expected


@pytest.mark.parametrize("part", [
    "rtt", "rtt=", "rtt=80", "rtt=80min", "rtt=-80ms", "rtt=5%", "jitter=5%", "loss=5ms", "loss=5", "loss=1e1%", "rtt=0x10ms",
    "rtt=.5ms", "rtt=\u0664ms", "latency=80ms", "ms", "=", "rtt=80ms loss=5%", "rtt==80ms"])
def test_a_part_that_cannot_be_read_is_named_with_what_to_write_instead(part):
    for text in (part, f"jitter=1ms,{part}" if "jitter" not in part else part, f"{part},reorder=1%"):
        with pytest.raises(UsageError, match="rtt=80ms, jitter=20ms, loss=5%") as caught:
            Impairment.parse(text)
        assert repr(part) in str(caught.value)


def test_a_part_that_is_given_twice_is_named():
    with pytest.raises(UsageError, match=r"network 'rtt=81ms'.*each once"):
        Impairment.parse("rtt=80ms,loss=1%,rtt=81ms")


@pytest.mark.parametrize("text", ["loss=101%", "duplicate=1000%", "reorder=100.1%", "rtt=21s", "jitter=21s"])
def test_more_than_there_can_be_is_refused(text):
    with pytest.raises(UsageError, match=text.split("=", maxsplit=1)[0].replace("rtt", "latency")):
        Impairment.parse(text)


@pytest.mark.parametrize("field", ["latency_us", "jitter_us", "loss_ppm", "duplicate_ppm", "reorder_ppm"])
@pytest.mark.parametrize("value", [-1, 10_000_001, 0.5, True, None, "1"])
def test_fields_are_whole_numbers_within_their_limits(field, value):
    with pytest.raises(UsageError, match=field):
        Impairment(**{field: value})


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
