"""Sealed datagrams: each is opened once, by the holder of its key alone, in whatever order it comes; nothing else is."""

import itertools
import struct

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep.wire.input_packet import MAX_DATAGRAM
from rollstep.wire.sealing import EPOCH_BITS, MAX_TEXT, OVERHEAD, SEALED, WINDOW, Opener, Sealer, receiver_of

KEY, RECEIVER = bytes(range(32)), 0xC0FFEE
EPOCH = 1 << EPOCH_BITS
#: Where a run of datagrams starts: at the beginning, around a new epoch, where the low 32 bits begin again, late.
STARTS = (0, EPOCH - 5, EPOCH, (1 << 32) - 5, 1 << 32, (1 << 52) + EPOCH - 5)


def pair(start=0):
    return Sealer(KEY, RECEIVER, start=start), Opener(KEY, start=start)


def rekeyed(key, times):
    for _ in range(times):
        key = ChaCha20Poly1305(key).encrypt(bytes(4) + b"\xff" * 8, bytes(32), b"")[:32]
    return key


def sealed(sequence, text=b"text", key=KEY, receiver=RECEIVER, start=0):
    """A datagram written from the description alone."""
    head = struct.pack("<BII", SEALED, receiver, sequence % (1 << 32))
    cipher = ChaCha20Poly1305(rekeyed(key, (sequence >> EPOCH_BITS) - (start >> EPOCH_BITS)))
    return head + cipher.encrypt(bytes(4) + struct.pack("<Q", sequence), text, head)


@pytest.mark.parametrize("start", STARTS)
def test_datagrams_are_as_described_and_opened_in_order(start):
    sealer, opener = pair(start)
    for sequence in range(start, start + 12):
        text = b"text %d" % sequence
        datagram = sealer.seal(text)
        assert datagram == sealed(sequence, text, start=start) and receiver_of(datagram) == RECEIVER
        assert opener.open(datagram) == text and opener.newest


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**32 - 1), st.lists(st.binary(max_size=MAX_TEXT), max_size=5))
def test_what_is_sealed_is_opened(key, receiver, texts):
    sealer, opener = Sealer(key, receiver), Opener(key)
    datagrams = [sealer.seal(text) for text in texts]
    assert [len(d) for d in datagrams] == [len(t) + OVERHEAD for t in texts]
    assert all(receiver_of(d) == receiver for d in datagrams)
    assert [opener.open(d) for d in datagrams] == texts


@given(st.sampled_from(STARTS), st.lists(st.integers(0, 2200), max_size=60))
def test_any_order_opens_each_once_within_the_window_and_nothing_behind_it(start, order):
    sealer, opener = pair(start)
    datagrams = [sealer.seal(b"%d" % n) for n in range(2201)]
    opened, highest = set(), -1
    for n in order:
        fresh = n not in opened and n > highest - WINDOW
        assert opener.open(datagrams[n]) == (b"%d" % n if fresh else None)
        if fresh:
            assert opener.newest == (n > highest)
            opened.add(n)
            highest = max(highest, n)
        else:
            assert opener.why == "replay"


@pytest.mark.parametrize("start", STARTS)
def test_the_oldest_of_the_window_is_opened_and_the_one_before_it_refused(start):
    sealer, opener = pair(start)
    datagrams = [sealer.seal(b"x") for _ in range(WINDOW + 1)]
    assert opener.open(datagrams[WINDOW]) == b"x" and opener.newest
    assert opener.open(datagrams[0]) is None and opener.why == "replay"
    assert opener.open(datagrams[1]) == b"x" and not opener.newest
    assert all(opener.open(datagram) for datagram in datagrams[2:WINDOW])
    assert not any(opener.open(datagram) for datagram in datagrams)


@pytest.mark.parametrize("gap", [1, 2, WINDOW - 2, WINDOW - 1, WINDOW, WINDOW + 1])
def test_after_a_gap_of_any_length_nothing_is_opened_again(gap):
    sealer, opener = pair()
    datagrams = [sealer.seal(b"x") for _ in range(gap + 1)]
    assert opener.open(datagrams[0]) and opener.open(datagrams[gap])
    assert opener.open(datagrams[0]) is None and opener.why == "replay"
    assert opener.open(datagrams[gap]) is None and opener.why == "replay"


def test_what_is_remembered_of_the_past_does_not_grow():
    sealer, opener = pair()
    assert all(opener.open(sealer.seal(b"x")) for _ in range(3 * WINDOW)) and opener._seen.bit_length() == WINDOW


@pytest.mark.parametrize("start", [1, 5, EPOCH + 1, (1 << 32) + 1])
def test_nothing_from_before_the_start_is_opened(start):
    before, opener = Sealer(KEY, RECEIVER, start=start - 1), Opener(KEY, start=start)
    assert opener.open(before.seal(b"before")) is None and opener.why == "replay"
    assert opener.open(before.seal(b"first")) == b"first" and opener.newest


@pytest.mark.parametrize("low", [2**32 - 1, 2**32 - WINDOW, 2**31])
def test_a_sequence_below_zero_is_refused(low):
    assert Opener(KEY).open(struct.pack("<BII", SEALED, RECEIVER, low) + bytes(20)) is None


@pytest.mark.parametrize("at", range(OVERHEAD + 4))
def test_a_changed_byte_anywhere_is_refused_and_the_true_datagram_is_still_opened(at):
    sealer, opener = pair()
    first, datagram = sealer.seal(b"zero"), sealer.seal(b"text")
    assert opener.open(first) == b"zero"
    for bit in range(8):
        forged = bytearray(datagram)
        forged[at] ^= 1 << bit
        assert opener.open(bytes(forged)) is None and opener.why in ("seal", "replay")
    assert opener.open(datagram) == b"text" and opener.newest


def test_a_cut_or_lengthened_datagram_is_refused():
    sealer, opener = pair()
    datagram = sealer.seal(b"text")
    for length in range(len(datagram)):
        assert opener.open(datagram[:length]) is None and opener.why == "seal"
    assert opener.open(datagram + b"\0") is None and opener.open(datagram) == b"text"


def test_each_direction_has_its_key():
    sealer = Sealer(KEY, RECEIVER)
    opener = Opener(KEY[::-1])
    assert opener.open(sealer.seal(b"text")) is None and opener.why == "seal"
    assert opener.open(Sealer(KEY[::-1], RECEIVER).seal(b"text")) == b"text"


def test_a_datagram_for_another_receiver_or_of_another_kind_is_not_opened_under_ours():
    datagram = Sealer(KEY, 1).seal(b"text")
    assert Opener(KEY).open(datagram[:1] + b"\2" + datagram[2:]) is None
    assert Opener(KEY).open(b"\x44" + datagram[1:]) is None and receiver_of(b"\x44" + datagram[1:]) is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_datagrams_of_two_epochs_come_in_any_order(order):
    start = EPOCH - 2
    sealer, opener = pair(start)
    datagrams = [sealer.seal(b"%d" % n) for n in range(4)]
    assert [opener.open(datagrams[n]) for n in order] == [b"%d" % n for n in order]
    assert not any(opener.open(datagram) for datagram in datagrams)


def test_epoch_follows_epoch():
    opener = Opener(KEY)
    for epoch in range(1, 6):
        assert opener.open(sealed(epoch * EPOCH + 3)) == b"text" and opener.newest
        assert opener.open(sealed(epoch * EPOCH - 1)) == b"text" and not opener.newest
        assert opener.open(sealed(epoch * EPOCH - 1)) is None and opener.why == "replay"


def test_the_key_of_an_epoch_opens_nothing_of_another():
    forged = sealed(EPOCH, key=KEY, start=EPOCH)    # of the next epoch, with the key of this one
    opener = Opener(KEY)
    assert opener.open(forged) is None and opener.why == "seal"
    assert opener.open(sealed(0)) == b"text" and opener.newest and opener.open(sealed(EPOCH)) == b"text"


def test_a_forged_sequence_of_the_next_epoch_costs_one_rekeying_and_moves_nothing(monkeypatch):
    from rollstep.wire import sealing
    drawn, rekey = [], sealing._next
    monkeypatch.setattr(sealing, "_next", lambda cipher: drawn.append(cipher) or rekey(cipher))
    sealer, opener = pair()
    assert opener.open(sealer.seal(b"zero")) == b"zero"
    for sequence in range(EPOCH, EPOCH + 300):
        assert opener.open(struct.pack("<BII", SEALED, RECEIVER, sequence) + bytes(30)) is None and opener.why == "seal"
    assert len(drawn) == 1 and opener.open(sealer.seal(b"one")) == b"one" and opener.newest


def test_what_is_more_than_an_epoch_ahead_is_refused_without_any_work(monkeypatch):
    from rollstep.wire import sealing
    monkeypatch.setattr(sealing, "_next", lambda cipher: pytest.fail("a key was drawn"))
    sealer, opener = pair()
    opener.open(sealer.seal(b"zero"))
    for sequence in (2 * EPOCH, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - WINDOW - 1, 2**32 - 1):
        assert opener.open(struct.pack("<BII", SEALED, RECEIVER, sequence) + bytes(30)) is None
    assert opener.open(sealed(2 * EPOCH, key=KEY, start=2 * EPOCH)) is None
    assert opener.open(sealer.seal(b"one")) == b"one" and opener.newest


@given(st.sampled_from(STARTS), st.lists(st.one_of(
    st.binary(max_size=60), st.binary(min_size=MAX_DATAGRAM - 2, max_size=MAX_DATAGRAM + 20),
    st.tuples(st.integers(0, 2**32 - 1), st.binary(min_size=16, max_size=40)).map(
        lambda made: struct.pack("<BII", SEALED, RECEIVER, made[0]) + made[1])), max_size=20))
def test_any_bytes_are_refused_and_leave_the_window_as_it_was(start, forged):
    sealer, opener = pair(start)
    datagrams = [sealer.seal(b"%d" % n) for n in range(3)]
    assert opener.open(datagrams[1]) == b"1"
    for data in forged:
        assert opener.open(data) is None and opener.why in ("seal", "replay")
        receiver_of(data)
    assert opener.open(datagrams[1]) is None
    assert opener.open(datagrams[0]) == b"0" and not opener.newest
    assert opener.open(datagrams[2]) == b"2" and opener.newest


def test_a_forged_one_that_is_late_does_not_keep_the_true_one_out():
    sealer, opener = pair()
    datagrams = [sealer.seal(b"%d" % n) for n in range(4)]
    assert opener.open(datagrams[3]) == b"3"
    for sequence in range(3):
        assert opener.open(struct.pack("<BII", SEALED, RECEIVER, sequence) + bytes(30)) is None and opener.why == "seal"
    assert [opener.open(datagram) for datagram in datagrams] == [b"0", b"1", b"2", None]


def test_one_that_is_refused_is_not_said_to_be_the_newest_and_has_a_reason_of_its_own():
    sealer, opener = pair()
    late, datagram = sealer.seal(b"late"), sealer.seal(b"text")
    assert opener.open(datagram) == b"text" and opener.open(late) == b"late" and not opener.newest
    assert opener.open(late) is None and opener.why == "replay"
    assert opener.open(struct.pack("<BII", SEALED, RECEIVER, 9) + bytes(30)) is None and opener.why == "seal"
    assert not opener.newest
    assert opener.open(late) is None and opener.why == "replay"
    assert opener.open(struct.pack("<BII", SEALED, RECEIVER, 3 * EPOCH) + bytes(30)) is None and opener.why == "seal"
    assert opener.open(late) is None and opener.why == "replay"
    assert opener.open(late[:-30]) is None and opener.why == "seal" and not opener.newest


def test_what_the_holder_of_the_key_seals_otherwise_than_described_is_refused():
    """A peer may be a liar, too: of another kind, larger than a datagram, or of an epoch with the key of an older one."""
    for kind, text in ((0x44, b"text"), (0, b""), (SEALED, bytes(MAX_TEXT + 1)), (SEALED, bytes(2 * MAX_TEXT))):
        head = struct.pack("<BII", kind, RECEIVER, 0)
        datagram = head + ChaCha20Poly1305(KEY).encrypt(bytes(12), text, head)
        assert Opener(KEY).open(datagram) is None and receiver_of(datagram) is None
    opener = Opener(KEY)
    assert opener.open(sealed(0)) and opener.open(sealed(EPOCH))
    for epoch in (3, 4, 100):
        assert opener.open(sealed(epoch * EPOCH, start=epoch * EPOCH)) is None and opener.why == "seal"
    assert opener.open(sealed(EPOCH + 1)) == b"text" and opener.newest


def test_a_text_may_be_empty_and_as_long_as_a_datagram_allows():
    sealer, opener = pair()
    assert opener.open(sealer.seal(b"")) == b""
    longest = sealer.seal(bytes(MAX_TEXT))
    assert len(longest) == MAX_DATAGRAM and MAX_TEXT == 1175 and opener.open(longest) == bytes(MAX_TEXT)
    with pytest.raises(rs.UsageError, match="text has 1176 bytes; a sealed datagram takes 1175"):
        sealer.seal(bytes(MAX_TEXT + 1))
    assert opener.open(sealer.seal(b"next")) == b"next"


@pytest.mark.parametrize(("call", "words"), [
    (lambda: Sealer(b"key", 0), "key has 3 bytes; it takes 32"), (lambda: Opener("key"), "key is a str; it takes 32 bytes"),
    (lambda: Sealer(KEY, 2**32), "receiver=4294967296"), (lambda: Sealer(KEY, -1), "receiver=-1"),
    (lambda: Sealer(KEY, 0, start=-1), "start=-1"), (lambda: Opener(KEY, start=2**62), "start="),
])
def test_a_mistake_of_the_caller_is_named(call, words):
    with pytest.raises(rs.UsageError, match=words):
        call()
