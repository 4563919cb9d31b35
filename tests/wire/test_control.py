"""Hello and bye: what is packed is what is parsed, and any other bytes are None."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rollstep.wire.seal import TAG_BYTES

from rollstep.wire import control, input_packet
from rollstep.wire.control import Bye, Hello, Known, Record, pack_bye, pack_hello, parse

u8, u32, key = st.integers(0, 255), st.integers(0, 0xFFFFFFFF), st.binary(min_size=16, max_size=16)
knowns = st.builds(Known, turn=u32, heard=key, heard_turn=u32, room=key)
names = st.text(st.characters(exclude_categories=("Cs",)), max_size=64)


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
    return draw(st.builds(Record, nonce=key, slot=st.just(slot), owners=st.just(owners), fps=st.integers(0, 65_535),
                          delays=st.tuples(*[u8] * owners.count(slot)), window=u8, reveals=st.booleans(), layout=key,
                          content=key, rules=key, game=names))


RECORD = Record(nonce=bytes(range(16)), slot=1, owners=(0, 1, 2, 1), fps=60, delays=(2, 5), window=8, reveals=True,
                layout=b"L" * 16, content=b"C" * 16, rules=b"R" * 16, game="arena")
KNOWN = Known(turn=3, heard=b"h" * 16, heard_turn=4, room=b"r" * 16)
HELLO = pack_hello(RECORD, 2, KNOWN, asks=True)
#: Where the flags of a hello are.
FLAGS = 9
BYE = pack_bye(RECORD, 2, control.DESYNCED)


@given(records(), u8, knowns, st.booleans())
def test_a_hello_says_what_it_was_told(record, receiver, known, asks):
    data = pack_hello(record, receiver, known, asks=asks)
    assert parse(data) == Hello(control.WIRE_VERSION, record.slot, receiver, asks, known, record)
    assert data[0] in control.KINDS and len(data) + TAG_BYTES <= input_packet.MAX_DATAGRAM


def test_the_bytes_of_a_hello_are_these():
    head = b"\x10rstep\x03" + bytes((1, 2, 1)) + bytes((3, 0, 0, 0)) + b"h" * 16 + bytes((4, 0, 0, 0)) + b"r" * 16
    record = bytes(range(16)) + bytes((1, 4, 60, 0, 8, 1)) + b"L" * 16 + b"C" * 16 + b"R" * 16
    assert head + record + bytes((5, 0)) + b"arena" + bytes((0, 1, 2, 1, 2, 5)) == HELLO


@given(records(), u8, u8)
def test_a_bye_says_what_it_was_told(record, receiver, reason):
    data = pack_bye(record, receiver, reason)
    assert parse(data) == Bye(record.slot, receiver, reason, record.nonce)
    assert data[0] in control.KINDS


def test_control_messages_and_input_packets_differ_in_their_first_byte():
    assert not control.KINDS & input_packet.KINDS


def test_every_reason_to_leave_has_words():
    assert {control.LEFT, control.DESYNCED, control.DECEIVED} == set(control.REASONS) and all(control.REASONS.values())


@pytest.mark.parametrize("data", [HELLO, BYE])
def test_a_message_cut_anywhere_or_with_bytes_behind_it_is_none(data):
    assert parse(data) is not None
    for length in range(len(data)):
        assert parse(data[:length]) is None, length
    for more in (b"\0", b"\1", bytes(100)):
        assert parse(data + more) is None


@pytest.mark.parametrize("data", [HELLO, BYE])
def test_a_message_with_another_kind_or_magic_is_none(data):
    for at in range(1, 6):
        assert parse(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1:]) is None
    for kind in set(range(256)) - control.KINDS:
        assert parse(bytes((kind,)) + data[1:]) is None


@given(st.integers(0, 255).filter(lambda version: version != control.WIRE_VERSION), u8, u8, u8, st.binary(max_size=200))
def test_a_hello_of_another_wire_version_is_known_as_such_whatever_follows(version, sender, receiver, flags, rest):
    data = bytes((control.HELLO,)) + control.MAGIC + bytes((version, sender, receiver, flags)) + rest
    assert parse(data) == Hello(version, sender, receiver, True, Known(), None)


def test_a_bye_of_another_wire_version_is_none():
    assert parse(BYE[:6] + bytes((control.WIRE_VERSION + 1,)) + BYE[7:]) is None


def test_flags_that_mean_nothing_yet_are_none():
    for flags in range(2, 256):
        assert parse(HELLO[:FLAGS] + bytes((flags,)) + HELLO[FLAGS + 1:]) is None


def test_a_name_that_is_too_long_or_no_utf8_is_none():
    name = RECORD.game.encode()
    head, delays = HELLO[:-len(name) - 8], HELLO[-6:]
    assert parse(head + (5).to_bytes(2, "little") + name + delays) is not None
    for length in (0, 4, 6, 257, 65_535):
        assert parse(head + length.to_bytes(2, "little") + name + delays) is None
    assert parse(head + (300).to_bytes(2, "little") + b"x" * 300 + delays) is None
    for broken in (b"\xff\xfe\xfd\xfc\xfb", b"abc\xe2\x82", b"\xed\xa0\x80ab"):
        assert parse(head + (5).to_bytes(2, "little") + broken + delays) is None


def test_players_that_belong_to_no_peer_or_a_slot_that_is_none_are_none():
    for owners in ((0, 1, 2, 3), (1, 1, 2, 1), (0, 1, 1, 2), (0, 1, 2, 4), (0, 0, 2, 1), (0, 1, 1, 1)):
        assert parse(HELLO[:-6] + bytes(owners) + HELLO[-2:]) is None, owners
    assert parse(HELLO[:-6] + bytes((0, 1, 1, 0)) + HELLO[-2:]).record.locals == (1, 2)
    at = HELLO.index(RECORD.nonce) + 16
    for slot, players in ((0, 4), (3, 4), (4, 4), (1, 0), (1, 3), (1, 5), (1, 17), (1, 255)):
        assert parse(HELLO[:at] + bytes((slot, players)) + HELLO[at + 2:]) is None, (slot, players)


def test_the_longest_name_that_a_game_may_have_arrives_whole():
    record = Record(**{**vars(RECORD), "game": "\N{GOLFER}" * 64})
    message = parse(pack_hello(record, 0, Known(), asks=False))
    assert message.record.game == record.game


def survives(data):
    message = parse(data)
    assert message is None or isinstance(message, Hello | Bye)
    return message


@settings(max_examples=500)
@given(st.binary(max_size=300), st.sampled_from((b"", HELLO[:7], BYE[:7], HELLO[:10])))
def test_any_bytes_give_a_message_or_none(data, head):
    survives(head + data)


@settings(max_examples=500)
@given(st.sampled_from((HELLO, BYE)), st.lists(st.tuples(st.integers(0, 200), u8), max_size=4), st.integers(0, 200))
def test_a_damaged_message_gives_a_message_or_none_that_packs_to_the_same_bytes(data, damage, length):
    data = bytearray(data)
    for at, value in damage:
        data[at % len(data)] = value
    data = bytes(data[:length] if length < len(data) else data)
    message = survives(data)
    if isinstance(message, Bye):
        record = Record(**{**vars(RECORD), "slot": message.sender, "nonce": message.nonce})
        assert pack_bye(record, message.receiver, message.reason) == data
    elif message is not None and message.record is not None and message.record.slot == message.sender:
        assert pack_hello(message.record, message.receiver, message.known, asks=message.asks) == data
