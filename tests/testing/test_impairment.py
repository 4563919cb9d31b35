"""An impairment is read from text in every unit; what is wrong is named by its part, with what to write instead."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.errors import UsageError
from rollstep.testing import PROFILES, Impairment

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
    ("burst=0.5%", Impairment(burst_ppm=5000)),
    ("burst=1%,recover=20%,burst_loss=60%", Impairment(burst_ppm=10_000, recover_ppm=200_000, burst_loss_ppm=600_000)),
    ("corrupt=1%,truncate=2%", Impairment(corrupt_ppm=10_000, truncate_ppm=20_000)),
    ("bandwidth=1Mbit/s", Impairment(bandwidth=125_000)),
    ("bandwidth=64kB/s,queue=32kB", Impairment(bandwidth=64_000, queue_bytes=32_000)),
    ("bandwidth=512kbit/s,queue=0B", Impairment(bandwidth=64_000, queue_bytes=0)),
    ("bandwidth=500B/s", Impairment(bandwidth=500)),
])
def test_an_impairment_is_read_from_text_in_every_unit(text, expected):
    assert Impairment.parse(text) == expected


@pytest.mark.parametrize(("part", "remedy"), [
    ("rtt", "a number and its unit (us, ms, s), such as rtt=80ms"), ("rtt=", "such as rtt=80ms"),
    ("rtt=80", "such as rtt=80ms"),
    ("rtt=80min", "(us, ms, s)"), ("rtt=-80ms", "a number"), ("rtt=5%", "(us, ms, s)"), ("jitter=5%", "such as jitter=20ms"),
    ("loss=5ms", "a number and its unit (%), such as loss=5%"), ("loss=5", "such as loss=5%"), ("loss=1e1%", "a number"),
    ("rtt=0x10ms", "a number"), ("rtt=.5ms", "a number"), ("rtt=\u0664ms", "a number"), ("rtt==80ms", "a number"),
    ("rtt=80ms loss=5%", "a number"), ("bandwidth=1ms", "B/s, kB/s, MB/s, kbit/s, Mbit/s, Gbit/s"),
    ("queue=1kB/s", "B, kB, MB"),
    ("latency=80ms", "rtt=80ms, jitter=20ms, loss=5%"), ("ms", "rtt=80ms, jitter=20ms, loss=5%"), ("=", "rtt=80ms, jitter"),
    ("wifi6", "lan, fibre, cable, wifi"), ("rtt=1" + "0" * 400 + "ms", "a number"),
    ("loss=101%", "at most 100%"), ("duplicate=1000%", "at most 100%"), ("reorder=100.1%", "at most 100%"),
    ("rtt=21s", "at most 20s"), ("jitter=20001ms", "at most 20s"), ("queue=2000MB", "at most"),
    ("bandwidth=99999Gbit/s", "at most"),
    ("recover=0%", "loss=100%"), ("bandwidth=0B/s", "leave it out")])
def test_a_part_that_cannot_be_is_named_with_what_to_write_instead(part, remedy):
    for text in (part, f"duplicate=1%,{part}" if "dupl" not in part else part, f"{part},corrupt=1%"):
        with pytest.raises(UsageError) as caught:
            Impairment.parse(text)
        assert f"network {part!r}: " in str(caught.value) and remedy in str(caught.value)


@pytest.mark.parametrize(("text", "part"), [
    ("rtt=80ms,loss=1%,rtt=81ms", "rtt=81ms"), ("mobile,loss=1%,loss=2%", "loss=2%"), ("loss=1%,mobile", "mobile"),
    ("mobile,wifi", "wifi")])
def test_a_word_that_is_given_twice_and_a_profile_that_is_not_first_are_named(text, part):
    with pytest.raises(UsageError, match=f"network '{part}'.*once"):
        Impairment.parse(text)


@given(st.text(max_size=40) | st.text("rtlos=%ms,0159. burst", max_size=40))
def test_any_text_is_an_impairment_or_a_usage_error(text):
    try:
        assert isinstance(Impairment.parse(text), Impairment)
    except UsageError:
        pass


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Impairment)])
@pytest.mark.parametrize("value", [-1, 1 << 50, 0.5, True, None, "1"])
def test_fields_are_whole_numbers_within_their_limits(field, value):
    with pytest.raises(UsageError, match=field):
        Impairment(**{field: value})


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_an_impairment_and_a_base_for_others(name):
    profile = PROFILES[name]
    assert Impairment.parse(name) == Impairment.parse(profile.spec) != Impairment()
    other = Impairment.parse(f" {name} , loss=33%, corrupt=1%")
    assert other == dataclasses.replace(Impairment.parse(name), loss_ppm=330_000, corrupt_ppm=10_000)
    assert len(profile.source) > 80, "where its figures are from"


def test_profiles_get_worse_in_their_order_and_none_flips_bits():
    made = [Impairment.parse(name) for name in PROFILES]
    rtts = [2 * each.latency_us + each.jitter_us for each in made]
    assert list(PROFILES) == ["lan", "fibre", "cable", "wifi", "mobile", "intercontinental", "awful"]
    assert rtts == sorted(rtts) and not any(each.corrupt_ppm or each.truncate_ppm for each in made)
