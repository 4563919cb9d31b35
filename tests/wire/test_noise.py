"""The handshake: a published vector byte for byte, and that nobody without the key, or with other terms, gets through it."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep.wire.noise import KEY_BYTES, MAX_MESSAGE, OVERHEAD, Noise, _Symmetric

VECTOR = [line.split() for line in Path(__file__).with_name("noise_vector.txt").read_text().splitlines()
          if not line.startswith("#")]
GIVEN = {name: bytes.fromhex(value) for name, value, *rest in VECTOR if not rest}
MESSAGES = [(bytes.fromhex(payload), bytes.fromhex(text)) for _, payload, *rest in VECTOR for text in rest]
keys = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
#: Points that give every private key the secret zero: of order 4, 1, 8, 8, 2, and two that are not reduced (RFC 7748, 6.1).
SMALL = [bytes.fromhex(text) for text in (
    "00" * 32, "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "7f")]


def sides(psk=bytes(32), other_psk=None, prologue=b"wire 3", other_prologue=None):
    return (Noise(initiator=True, psk=psk, prologue=prologue, ephemeral=b"i" * 32),
            Noise(initiator=False, psk=psk if other_psk is None else other_psk,
                  prologue=prologue if other_prologue is None else other_prologue, ephemeral=b"r" * 32))


def test_the_published_vector_comes_out_byte_for_byte():
    one = Noise(initiator=True, psk=GIVEN["psk"], prologue=GIVEN["prologue"], ephemeral=GIVEN["init_ephemeral"])
    two = Noise(initiator=False, psk=GIVEN["psk"], prologue=GIVEN["prologue"], ephemeral=GIVEN["resp_ephemeral"])
    assert len(MESSAGES) == 6
    for (payload, message), (writer, reader) in zip(MESSAGES, ((one, two), (two, one)), strict=False):
        assert writer.write(payload) == message and reader.read(message) == payload
    assert one.finished and two.finished and one.hash == two.hash == GIVEN["handshake_hash"]
    assert one.keys() == two.keys()[::-1]
    for turn, (payload, message) in enumerate(MESSAGES[2:]):
        send, take = ((one, two), (two, one))[turn % 2]
        nonce = bytes(4) + (turn // 2).to_bytes(8, "little")
        assert ChaCha20Poly1305(send.keys()[0]).encrypt(nonce, payload, b"") == message
        assert ChaCha20Poly1305(take.keys()[1]).decrypt(nonce, message, b"") == payload


@given(keys, keys, keys, st.binary(max_size=40), st.binary(max_size=200), st.binary(max_size=200))
def test_two_sides_with_one_key_agree_on_everything(psk, first, second, prologue, hello, answer):
    one = Noise(initiator=True, psk=psk, prologue=prologue, ephemeral=first)
    two = Noise(initiator=False, psk=psk, prologue=prologue, ephemeral=second)
    message = one.write(hello)
    assert two.read(message) == hello and len(message) == len(hello) + OVERHEAD and one.hash == two.hash
    assert one.read(two.write(answer)) == answer
    assert one.finished and two.finished and one.hash == two.hash
    assert one.keys() == two.keys()[::-1] and len(set(one.keys())) == 2


def test_another_key_or_prologue_is_not_understood():
    for one, two in (sides(other_psk=b"x" * 32), sides(other_prologue=b"wire 4")):
        assert two.read(one.write(b"hello")) is None and not two.finished


@pytest.mark.parametrize("answer", [False, True])
def test_a_changed_bit_or_a_missing_byte_is_refused_and_the_true_message_still_goes_through(answer):
    one, two = sides()
    message, reader = one.write(b"hello"), two
    if answer:
        two.read(message)
        message, reader = two.write(b"hello"), one
    before = reader.hash
    for bit in range(8 * len(message)):
        forged = bytearray(message)
        forged[bit // 8] ^= 1 << bit % 8
        assert reader.read(bytes(forged)) is None
    for length in range(len(message)):
        assert reader.read(message[:length]) is None
    assert reader.read(message + b"\0") is None
    assert reader.hash == before and reader.read(message) == b"hello"


@given(st.binary(max_size=120))
def test_any_bytes_are_read_as_nothing_by_either_side(data):
    one, two = sides()
    assert two.read(data) is None and one.read(data) is None
    message = one.write(b"hello")
    assert one.read(data) is None and two.read(message) == b"hello" and two.read(data) is None
    assert one.read(two.write(b"you too")) == b"you too" and one.read(data) is None


@pytest.mark.parametrize("point", SMALL)
@pytest.mark.parametrize("high", [0, 0x80])
def test_a_point_that_would_make_the_secret_zero_is_refused_from_who_knows_the_key(point, high):
    point = point[:31] + bytes((point[31] | high,))
    one, two = sides()
    one._public = point    # an initiator that knows the key and sends such a point: its tag is right
    assert two.read(one.write(b"hello")) is None and two.read(sides()[0].write(b"hello")) == b"hello"

    one, two = sides()
    two.read(one.write(b"hello"))
    two._public, two._shared = point, bytes(32)
    assert one.read(two.write(b"hello")) is None and not one.finished


def test_a_message_out_of_turn_or_twice_is_not_read():
    one, two = sides()
    first = one.write(b"hello")
    assert one.read(first) is None
    assert two.read(first) == b"hello" and two.read(first) is None
    second = two.write(b"hello")
    assert two.read(second) is None and two.finished and two.read(first) is None
    assert one.read(second) == b"hello" and one.read(second) is None and one.keys() == two.keys()[::-1]
    assert two.read(bytes(MAX_MESSAGE + 1)) is None


def test_what_a_side_that_knows_all_keys_says_out_of_turn_is_not_read():
    """Each is made to be authentic for whoever would read on, as the other side can."""
    one, two = sides()
    first = one.write(b"hello")
    assert two.read(first) == b"hello"
    state = replace(one._state)         # a second first message, of no pre-shared key any more
    state.mix_hash(one._public)
    state.mix_key(one._public)
    assert two.read(one._public + state.encrypt(b"again")) is None
    second = two.write(b"you too")
    assert one.read(second) == b"you too"
    keys, state = one.keys(), replace(two._state)
    state.mix_hash(two._public)
    state.mix_key(two._public)
    state.mix_key(two._shared)          # a second answer
    assert one.read(two._public + state.encrypt(b"again")) is None
    assert one.finished and one.keys() == keys == two.keys()[::-1]


def test_a_point_without_a_secret_is_refused_though_all_else_is_made_to_fit():
    one, two = sides()
    two.read(one.write(b"hello"))
    for point in SMALL:
        state = replace(two._state)
        state.mix_hash(point)
        state.mix_key(point)
        state.mix_key(b"")              # the secret, if there were none
        assert one.read(point + state.encrypt(b"hello")) is None and not one.finished


@pytest.mark.parametrize("length", [0, OVERHEAD - 1, MAX_MESSAGE + 1])
def test_a_message_of_no_possible_length_costs_no_attempt_to_open_it(length, monkeypatch):
    monkeypatch.setattr(_Symmetric, "decrypt", lambda *_: pytest.fail("it was tried"))
    one, two = sides()
    assert two.read(bytes(length)) is None
    one.write(b"hello")
    assert one.read(bytes(length)) is None


def test_a_mistake_of_the_caller_is_named():
    one, two = sides()
    for call, words in ((lambda: two.write(b""), "the initiator first"), (one.keys, "once it is finished"),
                        (lambda: one.write(bytes(65488)), "at most 65487 fit"),
                        (lambda: sides(psk=b"short"), "psk has 5 bytes; it takes 32"),
                        (lambda: sides(psk="x" * 32), "psk is a str; it takes 32 bytes"),
                        (lambda: Noise(initiator=True, psk=bytes(32), prologue=b"", ephemeral=b"e"), "ephemeral has 1 byte")):
        with pytest.raises(rs.UsageError, match=words):
            call()
    one.write(b"")
    with pytest.raises(rs.UsageError, match="the initiator first"):
        one.write(b"")


def test_a_payload_of_the_greatest_length_goes_through():
    one, two = sides()
    assert two.read(one.write(bytes(MAX_MESSAGE - OVERHEAD))) == bytes(MAX_MESSAGE - OVERHEAD)
