"""The tag of control messages: only who knows the secret makes one, and no bit of a message can be changed."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.wire.seal import TAG_BYTES, Seal


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_what_is_closed_is_opened_with_the_same_secret_alone(message, secret):
    datagram = Seal(secret).close(message)
    assert Seal(secret).open(datagram) == message and len(datagram) == len(message) + TAG_BYTES
    assert Seal(secret + b"x").open(datagram) is None


def test_the_tag_is_half_an_hmac_of_the_whole_message():
    key = hashlib.sha256(b"rollstep control\nsecret").digest()
    assert Seal(b"secret").close(b"message") == b"message" + hmac.new(key, b"message", "sha256").digest()[:16]


def test_a_match_without_a_secret_and_one_with_cannot_talk():
    assert Seal().open(Seal(b"s").close(b"hello")) is None and Seal(b"s").open(Seal().close(b"hello")) is None
    assert Seal().open(Seal(b"").close(b"hello")) == b"hello"


@pytest.mark.parametrize("at", range(5 + TAG_BYTES))
def test_a_changed_byte_anywhere_is_noticed(at):
    data = bytearray(Seal(b"s").close(b"hello"))
    data[at] ^= 1
    assert Seal(b"s").open(bytes(data)) is None


@given(st.binary(max_size=40))
def test_any_bytes_are_opened_to_a_message_or_none(data):
    assert Seal(b"s").open(data) is None
