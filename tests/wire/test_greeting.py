"""Greetings: what is packed is what is opened, only by who knows the secret; no answer is larger than the question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollstep.wire import control, input_packet, sealing
from rollstep.wire.greeting import (
    COOKIE,
    COOKIE_NS,
    GREETINGS,
    INITIATION,
    KNOCK,
    MAX_MESSAGE,
    NO_COOKIE,
    RESPONSE,
    TAG_BYTES,
    VERSION,
    Cookies,
    Greeter,
    Greeting,
    psk,
)
from rollstep.wire.input_packet import MAX_DATAGRAM

u8, u32 = st.integers(0, 255), st.integers(0, 0xFFFF_FFFF)
GREETER = Greeter(b"secret 123")
V = control.WIRE_VERSION
CALL = GREETER.initiation(2, 1, 77, b"m" * 100)
ALL = {
    INITIATION: CALL, RESPONSE: GREETER.response(1, 2, 77, 88, b"r" * 90), COOKIE: GREETER.cookie(1, 2, 77, b"k" * 16),
    KNOCK: GREETER.knock(1, 2, b"instance"), VERSION: GREETER.version(1, 2),
}


@given(u8, u8, u32, u32, st.binary(max_size=MAX_MESSAGE - 1), st.binary(min_size=16, max_size=16))
def test_a_greeting_says_what_it_was_told(sender, receiver, link, other, body, cookie):
    body += b"\1"                                           # zeros behind it would be padding
    assert GREETER.open(GREETER.initiation(sender, receiver, link, body, cookie)) == \
        Greeting(INITIATION, V, sender, receiver, link, 0, body, cookie)
    assert GREETER.open(GREETER.response(sender, receiver, link, other, body)) == \
        Greeting(RESPONSE, V, sender, receiver, other, link, body)
    assert GREETER.open(GREETER.cookie(sender, receiver, link, cookie)) == \
        Greeting(COOKIE, V, sender, receiver, 0, link, cookie)
    assert GREETER.open(GREETER.knock(sender, receiver, cookie[:8])) == Greeting(KNOCK, V, sender, receiver, body=cookie[:8])
    assert GREETER.open(GREETER.version(sender, receiver)) == Greeting(VERSION, V, sender, receiver)


def test_the_bytes_of_a_call_are_these():
    head = b"\x40rstep\x04\2\1" + (77).to_bytes(4, "little") + (100).to_bytes(2, "little") + b"m" * 100
    assert CALL[:-TAG_BYTES] == head + bytes(MAX_DATAGRAM - len(head) - 32) + NO_COOKIE


def test_every_answer_is_smaller_than_the_question_and_a_call_is_as_large_as_a_datagram():
    assert len(CALL) == MAX_DATAGRAM and all(len(data) < MAX_DATAGRAM for kind, data in ALL.items() if kind != INITIATION)


def test_greetings_differ_from_all_else_in_their_first_byte():
    assert not GREETINGS & (input_packet.KINDS | control.CONTROL | {sealing.SEALED}) and set(ALL) == GREETINGS


@pytest.mark.parametrize("data", ALL.values(), ids=map(hex, ALL))
def test_who_does_not_know_the_secret_can_make_none_and_read_none(data):
    assert Greeter(b"secret 124").open(data) is None and Greeter().open(data) is None


def test_each_secret_has_a_handshake_of_its_own():
    assert len({psk(b""), psk(b"secret 123"), psk(b"secret 124"), GREETER._key, Greeter()._key}) == 5


@pytest.mark.parametrize("data", ALL.values(), ids=map(hex, ALL))
def test_a_greeting_with_any_byte_changed_or_cut_anywhere_is_none(data):
    assert GREETER.open(data) is not None
    for at in range(len(data)):
        assert GREETER.open(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1:]) is None
        assert GREETER.open(data[:at]) is None
    assert GREETER.open(data + b"\0") is None


@given(st.integers(0, 255).filter(lambda version: version != V), st.sampled_from(sorted(GREETINGS)), u8, u8,
       st.binary(max_size=200))
def test_another_wire_version_is_known_as_such_whatever_follows(version, kind, sender, receiver, rest):
    body = bytes((kind,)) + b"rstep" + bytes((version, sender, receiver)) + rest
    assert GREETER.open(GREETER._close(body)) == Greeting(VERSION, version, sender, receiver)


@settings(max_examples=500)
@given(st.binary(max_size=MAX_DATAGRAM), st.sampled_from([b"", *(data[:9] for data in ALL.values())]), st.booleans())
def test_any_bytes_give_a_greeting_or_none_even_with_a_good_tag(data, head, tagged):
    found = GREETER.open(GREETER._close(head + data) if tagged else head + data)
    assert found is None or isinstance(found, Greeting)


def test_a_call_whose_length_is_a_lie_or_whose_padding_is_not_zero_is_none():
    body = bytearray(CALL[:-TAG_BYTES])
    for length in (99, MAX_MESSAGE + 1, 65_535):
        body[13:15] = length.to_bytes(2, "little")
        assert GREETER.open(GREETER._close(bytes(body))) is None
    body[13:15] = (100).to_bytes(2, "little")
    body[600] = 1
    assert GREETER.open(GREETER._close(bytes(body))) is None
    assert GREETER.open(GREETER._close(CALL[:-TAG_BYTES - 1])) is None      # not padded to its full size


def test_a_cookie_is_good_for_its_address_and_a_while():
    cookies, now = Cookies(b"s" * 32), 5 * COOKIE_NS - 1
    cookie = cookies.of(("10.0.0.1", 7), now)
    for later in (0, 1, COOKIE_NS):
        assert cookies.good(cookie, ("10.0.0.1", 7), now + later)
    assert not cookies.good(cookie, ("10.0.0.1", 7), now + 2 * COOKIE_NS)
    assert not cookies.good(cookie, ("10.0.0.1", 8), now) and not cookies.good(NO_COOKIE, ("10.0.0.1", 7), now)
    assert not Cookies(b"t" * 32).good(cookie, ("10.0.0.1", 7), now)
    assert not cookies.good(cookie, ("10.0.0.1", 7), -now)
