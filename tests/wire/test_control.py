"""Record, agree and bye: what is packed is what is parsed, and any other bytes are None."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollstep.wire import control, input_packet, noise, sealing
from rollstep.wire.control import Agree, Bye, Record, commitment, pack_agree, pack_bye, pack_record, parse, parse_record
from rollstep.wire.greeting import MAX_MESSAGE

u8, u32 = st.integers(0, 255), st.integers(0, 0xFFFF_FFFF)
names = st.text(st.characters(exclude_categories=("Cs",)), max_size=64)


def some(count):
    return st.binary(min_size=count, max_size=count)


@st.composite
def divisions(draw):
    """The peer of each player, by its first."""
    owners = []
    for p in range(draw(st.integers(1, 16))):
        owners.append(draw(st.sampled_from([p, *owners])))
    return tuple(owners)


@st.composite
def records(draw):
    owners = draw(divisions())
    slot = draw(st.sampled_from(owners))
    return draw(st.builds(Record, instance=some(8), slot=st.just(slot), receiver=u8, owners=st.just(owners),
                          fps=st.integers(0, 65_535), delays=st.tuples(*[u8] * owners.count(slot)), window=u8,
                          reveals=st.booleans(), sealed=st.booleans(), layout=some(16), content=some(16), rules=some(16),
                          game=names))


identities = st.one_of(st.just((b"", b"")), st.tuples(some(32), some(64)))
agrees = st.builds(lambda identity, **rest: Agree(key=identity[0], proof=identity[1], **rest), identities, commitment=some(32),
                   room=some(16), nonce=some(16), ready=st.booleans(), asks=st.booleans(), stamp=u32, echo=u32, since=u32)

RECORD = Record(instance=bytes(range(8)), slot=1, receiver=2, owners=(0, 1, 2, 1), fps=60, delays=(2, 5), window=8,
                reveals=True, sealed=True, layout=b"L" * 16, content=b"C" * 16, rules=b"R" * 16, game="arena")
PACKED = pack_record(RECORD)
AGREE = pack_agree(Agree(b"c" * 32, b"r" * 16, b"n" * 16, ready=True, asks=True, stamp=1, echo=2, since=3))
KNOWN = pack_agree(Agree(b"c" * 32, key=b"k" * 32, proof=b"p" * 64))
BYE = pack_bye(control.DESYNCED)


@given(records())
def test_a_record_says_what_it_was_told_and_fits_a_greeting(record):
    data = pack_record(record)
    assert parse_record(data) == record and len(data) + noise.OVERHEAD <= MAX_MESSAGE


def test_the_bytes_of_a_record_are_these():
    head = bytes(range(8)) + bytes((1, 2, 4, 60, 0, 8, 3)) + b"L" * 16 + b"C" * 16 + b"R" * 16
    assert head + bytes((5, 0)) + b"arena" + bytes((0, 1, 2, 1, 2, 5)) == PACKED


@given(agrees)
def test_an_agree_says_what_it_was_told(agree):
    text = pack_agree(agree)
    assert parse(text) == agree and text[0] in control.CONTROL and len(text) <= sealing.MAX_TEXT


def test_the_bytes_of_an_agree_are_these():
    assert AGREE == b"\x10\x03\1\0\0\0\2\0\0\0\3\0\0\0" + b"c" * 32 + b"r" * 16 + b"n" * 16


@given(u8)
def test_a_bye_says_what_it_was_told(reason):
    assert parse(pack_bye(reason)) == Bye(reason) and pack_bye(reason)[0] in control.CONTROL


def test_control_messages_and_input_packets_differ_in_their_first_byte():
    assert not control.CONTROL & input_packet.KINDS


def test_every_reason_to_leave_has_words():
    assert {control.LEFT, control.DESYNCED, control.DECEIVED, control.RAISED} == set(control.REASONS)
    assert all(control.REASONS.values())


@pytest.mark.parametrize(("read", "data"), [(parse, AGREE), (parse, KNOWN), (parse, BYE), (parse_record, PACKED)])
def test_a_message_cut_anywhere_or_with_bytes_behind_it_is_none(read, data):
    assert read(data) is not None
    for length in range(len(data)):
        assert read(data[:length]) is None, length
    for more in (b"\0", b"\1", bytes(100)):
        assert read(data + more) is None


@pytest.mark.parametrize("data", [AGREE, KNOWN, BYE])
def test_a_message_of_another_kind_is_none(data):
    for kind in set(range(256)) - control.CONTROL:
        assert parse(bytes((kind,)) + data[1:]) is None


def test_flags_that_mean_nothing_yet_are_none():
    for flags in range(8, 256):
        assert parse(AGREE[:1] + bytes((flags,)) + AGREE[2:]) is None
    at = PACKED.index(b"L" * 16) - 1
    for flags in range(4, 256):
        assert parse_record(PACKED[:at] + bytes((flags,)) + PACKED[at + 1:]) is None


def test_a_name_that_is_too_long_or_no_utf8_is_none():
    name = RECORD.game.encode()
    head, delays = PACKED[:-len(name) - 8], PACKED[-6:]
    assert parse_record(head + (5).to_bytes(2, "little") + name + delays) is not None
    for length in (0, 4, 6, 257, 65_535):
        assert parse_record(head + length.to_bytes(2, "little") + name + delays) is None
    assert parse_record(head + (300).to_bytes(2, "little") + b"x" * 300 + delays) is None
    for broken in (b"\xff\xfe\xfd\xfc\xfb", b"abc\xe2\x82", b"\xed\xa0\x80ab"):
        assert parse_record(head + (5).to_bytes(2, "little") + broken + delays) is None


def test_players_that_belong_to_no_peer_or_a_slot_that_is_none_are_none():
    for owners in ((0, 1, 2, 3), (1, 1, 2, 1), (0, 1, 1, 2), (0, 1, 2, 4), (0, 0, 2, 1), (0, 1, 1, 1)):
        assert parse_record(PACKED[:-6] + bytes(owners) + PACKED[-2:]) is None, owners
    assert parse_record(PACKED[:-6] + bytes((0, 1, 1, 0)) + PACKED[-2:]).locals == (1, 2)
    for slot, players in ((0, 4), (3, 4), (4, 4), (1, 0), (1, 3), (1, 5), (1, 17), (1, 255)):
        assert parse_record(PACKED[:8] + bytes((slot, 2, players)) + PACKED[11:]) is None, (slot, players)


def test_the_longest_name_that_a_game_may_have_arrives_whole():
    record = Record(**{**vars(RECORD), "game": "\N{GOLFER}" * 64})
    assert parse_record(pack_record(record)).game == record.game


@settings(max_examples=500)
@given(st.binary(max_size=300), st.sampled_from((b"", AGREE[:2], KNOWN[:2], BYE[:1], PACKED[:15])))
def test_any_bytes_give_a_message_or_none(data, head):
    message = parse(head + data)
    assert message is None or isinstance(message, Agree | Bye)
    record = parse_record(head + data)
    assert record is None or isinstance(record, Record)


@given(some(16), some(16), some(8), u8)
def test_a_commitment_binds_to_nonce_instance_and_slot(nonce, other, instance, slot):
    bound = commitment(nonce, instance, slot)
    assert (commitment(other, instance, slot) == bound) == (other == nonce)
    assert commitment(nonce, instance[::-1] + b"x", slot) != bound and commitment(nonce, instance, slot ^ 1) != bound
