"""What comes before there are keys, and the texts of control messages: each thing that can be wrong with one makes it none."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.wire import control, greeting
from rollstep.wire.control import Agree, Bye, Record
from rollstep.wire.greeting import COOKIE_NS, Cookies, Greeter
from rollstep.wire.input_packet import MAX_DATAGRAM

GREETER, OTHER = Greeter(b"ours"), Greeter(b"another match's")
MESSAGE = random.Random(1).randbytes(200)
ALL = {
    "initiation": GREETER.initiation(1, 0, 7, MESSAGE), "with a cookie": GREETER.initiation(1, 0, 7, MESSAGE, bytes(range(16))),
    "response": GREETER.response(0, 1, 7, 9, MESSAGE), "cookie": GREETER.cookie(0, 1, 7, bytes(range(16))),
    "knock": GREETER.knock(0, 1, bytes(range(8))), "version": GREETER.version(0, 1),
}
RECORD = Record(bytes(8), 1, 0, (0, 1, 1), 60, (2, 3), 8, False, True, bytes(16), bytes(16), bytes(16), "box")
PACKED = control.pack_record(RECORD)
NAME_AT = len(PACKED) - 3 - 2 - 3


def closed(body: bytes | bytearray) -> bytes:
    """With the right tag, as from who knows the secret."""
    return GREETER._close(bytes(body))


def changed(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new):]


@pytest.mark.parametrize("data", ALL.values(), ids=ALL)
def test_a_greeting_of_another_match_or_with_any_byte_changed_is_none(data):
    assert GREETER.open(data) is not None and OTHER.open(data) is None
    for at in {*range(40), *range(len(data) - 20, len(data))} & set(range(len(data))):
        assert GREETER.open(changed(data, at, bytes((data[at] ^ 1,)))) is None, at
    assert not any(GREETER.open(data[:n]) for n in range(0, len(data), 7))


@pytest.mark.parametrize("data", ALL.values(), ids=ALL)
def test_a_greeting_of_another_magic_or_kind_is_none_even_with_the_right_tag(data):
    body = data[:-16]
    assert GREETER.open(closed(changed(body, 1, b"rsteq"))) is None
    for kind in {*range(256)} - greeting.GREETINGS:
        assert GREETER.open(closed(changed(body, 0, bytes((kind,))))) is None
        assert GREETER.open(closed(changed(changed(body, 0, bytes((kind,))), 6, b"\xff"))) is None, "nor in another version"


@pytest.mark.parametrize("data", ALL.values(), ids=ALL)
def test_of_another_version_only_who_and_which_is_read(data):
    for version in (0, control.WIRE_VERSION - 1, control.WIRE_VERSION + 1, 255):
        for rest in (data[9:-16], b"", bytes(3), bytes(1000)):
            said = GREETER.open(closed(changed(data[:9], 6, bytes((version,))) + rest))
            assert said == greeting.Greeting(greeting.VERSION, version, data[7], data[8])


@pytest.mark.parametrize("name", ["response", "cookie", "knock", "version"])
def test_a_greeting_that_is_cut_or_lengthened_is_none_even_with_the_right_tag(name):
    body = ALL[name][:-16]
    shortest = 9 + 8 if name == "response" else len(body)
    for n in range(shortest):
        assert GREETER.open(closed(body[:n])) is None, n
    if name != "response":
        assert GREETER.open(closed(body + b"\0")) is None


def test_an_initiation_has_the_size_of_the_largest_datagram_and_zeros_behind_its_message():
    body = ALL["initiation"][:-16]
    for n in (9, 14, 15, 16, 500, len(body) - 1):
        assert GREETER.open(closed(body[:n])) is None, "a small one would make us send more than was sent to us"
    assert GREETER.open(closed(body + b"\0")) is None
    for length in (len(MESSAGE) - 1, 0):
        assert GREETER.open(closed(changed(body, 13, struct.pack("<H", length)))) is None, "bytes where zeros belong"
    for length in (greeting.MAX_MESSAGE + 1, greeting.MAX_MESSAGE + 16, 65535):
        assert GREETER.open(closed(changed(body, 13, struct.pack("<H", length)))) is None, length
    assert GREETER.open(closed(changed(body, 9 + 6 + 500, b"\1"))) is None
    assert len(ALL["initiation"]) == MAX_DATAGRAM


@given(st.binary(max_size=1300), st.booleans(), st.sampled_from(sorted(greeting.GREETINGS)))
def test_any_bytes_are_a_greeting_or_none(data, tagged, kind):
    head = bytes((kind,)) + b"rstep" + bytes((control.WIRE_VERSION,))
    for body in (data, head + data):
        GREETER.open(closed(body) if tagged else body)


def test_a_cookie_is_good_for_its_address_and_its_time_alone():
    cookies, now = Cookies(bytes(32)), 17 * COOKIE_NS + 5
    told = cookies.of(("a", 1), now)
    assert cookies.good(told, ("a", 1), now) and cookies.good(told, ("a", 1), now + COOKIE_NS)
    assert not cookies.good(told, ("a", 2), now) and not cookies.good(told, ("a", 1), now + 2 * COOKIE_NS)
    assert not cookies.good(told, ("a", 1), now - COOKIE_NS) and not cookies.good(bytes(16), ("a", 1), now)
    assert not Cookies(bytes(31) + b"\1").good(told, ("a", 1), now)


# ---------------------------------------------------------------------------- control

def test_a_record_says_what_it_was_told_and_none_of_its_parts_may_be_missing():
    assert control.parse_record(PACKED) == RECORD
    assert not any(control.parse_record(PACKED[:n]) for n in range(len(PACKED)))
    assert control.parse_record(PACKED + b"\0") is None, "a delay of nobody"


@pytest.mark.parametrize(("at", "new"), [
    (14, b"\4"), (14, b"\x80"),                                     # flags that mean nothing yet
    (10, b"\0"), (10, b"\2"), (10, b"\x11"),                        # players: none, fewer, more than there may be
    (63, b"\0\1"), (63, b"\1\1"), (63, b"\xff\xff"),                # the length of the name
    (NAME_AT, b"\xff"), (NAME_AT, b"b\xc3o"),                       # a name that is no text
    (NAME_AT + 3, b"\1"), (NAME_AT + 5, b"\2"), (NAME_AT + 5, b"\0"), (NAME_AT + 3, b"\0\2"),   # who plays whom
    (NAME_AT + 3, b"\2"), (NAME_AT + 3, b"\xff"),
    (8, b"\2"), (8, b"\0"), (8, b"\xff"),                           # whose slot it is
])
def test_a_record_with_something_wrong_is_none(at, new):
    assert control.parse_record(changed(PACKED, at, new)) is None


def test_a_record_of_more_players_than_there_may_be_is_none_however_whole_it_is():
    crowd = replace(RECORD, slot=0, owners=(0,) * 16, delays=(1,) * 16)
    assert control.parse_record(control.pack_record(crowd)) == crowd
    assert control.parse_record(control.pack_record(replace(crowd, owners=(0,) * 17, delays=(1,) * 17))) is None
    longest = replace(RECORD, game="x" * control.MAX_NAME_BYTES)
    assert control.parse_record(control.pack_record(longest)) == longest
    packed = control.pack_record(longest)
    assert control.parse_record(changed(packed, 63, b"\1\1")[:65] + b"x" + packed[65:]) is None


def test_a_record_of_who_plays_nobody_is_none():
    for slot in (2, 3, 255):
        assert control.parse_record(control.pack_record(replace(RECORD, slot=slot, delays=()))) is None
    nobody = control.pack_record(replace(RECORD, owners=(), delays=()))
    assert control.parse_record(nobody) is None and control.parse_record(nobody + b"\0") is None


def test_a_control_message_has_one_size_and_known_flags():
    plain = control.pack_agree(Agree(bytes(32)))
    whole = control.pack_agree(Agree(bytes(32), key=bytes(32), proof=bytes(64)))
    for text in (plain, whole):
        assert isinstance(control.parse(text), Agree)
        assert not any(control.parse(text[:n]) for n in range(len(text)) if n != len(plain))
        assert control.parse(text + b"\0") is None
        assert all(control.parse(changed(text, 1, bytes((text[1] | flag,)))) is None for flag in (8, 16, 32, 64, 128))
    assert control.parse(changed(plain, 1, b"\4")) is None and control.parse(changed(whole, 1, b"\0")) is None
    assert control.parse(whole[:len(plain)]) is None
    bye = control.pack_bye(control.LEFT)
    assert control.parse(bye) == Bye(control.LEFT) and control.parse(bye + b"\0") is control.parse(bye[:1]) is None
    assert all(control.parse(bytes((kind,)) + rest) is None for kind in {*range(256)} - control.CONTROL
               for rest in (plain[1:], whole[1:], bye[1:]))


@given(st.binary(max_size=600), st.sampled_from((None, 0x10, 0x11)))
def test_any_bytes_are_a_record_a_control_message_or_none(data, kind):
    control.parse(data if kind is None else bytes((kind,)) + data)
    record = control.parse_record(data)
    assert record is None or control.pack_record(record) == data
