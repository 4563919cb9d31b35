"""Control messages: the greeting that peers compare before frame 0, and the farewell. Plain Python; they are rare.

    0   kind     0x10 hello, 0x11 bye
    1   magic    b"rstep"
    6   version  u8, the wire version; all but the tag may change with it
    7   hello:   from u8, to u8, flags u8 (1: answer me), turn u32, heard nonce (16 bytes), heard turn u32,
                 room (16 bytes), record: nonce (16 bytes), slot u8, players u8, fps u16, window u8, reveals u8, layout,
                 content and rules (16 bytes each), length of the name u16, the name, the owner of each player u8, the
                 delay of each player of the sender u8
        bye:     from u8, to u8, reason u8, nonce of the sender (16 bytes)
    ..  tag      16 bytes, made and checked by a Seal (seal.py): pack and parse are about what it covers

Parsers take any bytes and return a message or None; they never raise and read nothing past the end.
Encryption comes later: the record then travels inside the handshake's sealed payloads, unchanged.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..game import MAX_PLAYERS

WIRE_VERSION = 3
HELLO, BYE = 0x10, 0x11
#: First bytes of the datagrams that belong to this module.
KINDS = frozenset((HELLO, BYE))
MAGIC = b"rstep"
NONCE_BYTES = 16
#: In place of a nonce or a room that the sender does not know yet.
UNKNOWN = bytes(NONCE_BYTES)
MAX_NAME_BYTES = 256

_HEAD = struct.Struct("<B5sB")
_WHO = struct.Struct("<BB")
_HELLO = struct.Struct("<BI16sI16s")
_RECORD = struct.Struct("<16sBBHBB16s16s16sH")
_BYE = struct.Struct("<B16s")
_ASKS = 1

#: Why a peer says goodbye.
LEFT, DESYNCED, DECEIVED = 0, 1, 2
REASONS = {LEFT: "left", DESYNCED: "stopped at a desync", DECEIVED: "stopped at an input that was not what was promised"}


@dataclass(frozen=True)
class Record:
    """What the peers of one match must have alike, and what each adds of its own (nonce, slot, delays, window).

    slot    what this peer goes by: the first of the players that it plays
    owners  the peer of each player, 1 to 16 of them
    delays  the input delay of each player of this peer
    """

    nonce: bytes
    slot: int
    owners: tuple[int, ...]
    fps: int
    delays: tuple[int, ...]
    window: int
    reveals: bool
    layout: bytes
    content: bytes
    rules: bytes
    game: str

    @property
    def players(self) -> int:
        """How many play."""
        return len(self.owners)

    @property
    def locals(self) -> tuple[int, ...]:
        """The players of this peer, in order."""
        return tuple(p for p, owner in enumerate(self.owners) if owner == self.slot)


@dataclass(frozen=True)
class Known:
    """What the sender of a hello knows of its receiver and of everybody; net/handshake.py says what follows from it.

    turn         how often the sender took somebody else for the receiver, counted from 1 (u32)
    heard        the nonce of the receiver's record, UNKNOWN before its first hello
    heard_turn   the turn in the receiver's newest hello, 0 before the first
    room         a digest of the nonces of all players, UNKNOWN while one is missing
    """

    turn: int = 1
    heard: bytes = UNKNOWN
    heard_turn: int = 0
    room: bytes = UNKNOWN


@dataclass(frozen=True)
class Hello:
    """A greeting. `asks`: the sender wants an answer. `record` is None when its wire version is not ours: nothing that
    depends on the version is read then, and `known` knows nothing."""

    version: int
    sender: int
    receiver: int
    asks: bool
    known: Known
    record: Record | None


@dataclass(frozen=True)
class Bye:
    """A farewell; the nonce shows that it comes from the peer that said hello."""

    sender: int
    receiver: int
    reason: int
    nonce: bytes


def pack_hello(record: Record, receiver: int, known: Known, *, asks: bool) -> bytes:
    """The message that greets `receiver`, without its tag."""
    name = record.game.encode()[:MAX_NAME_BYTES]
    return (_HEAD.pack(HELLO, MAGIC, WIRE_VERSION) + _WHO.pack(record.slot, receiver)
            + _HELLO.pack(_ASKS * asks, known.turn, known.heard, known.heard_turn, known.room)
            + _RECORD.pack(record.nonce, record.slot, record.players, record.fps, record.window, record.reveals,
                           record.layout, record.content, record.rules, len(name))
            + name + bytes(record.owners) + bytes(record.delays))


def pack_bye(record: Record, receiver: int, reason: int) -> bytes:
    """The message that says goodbye to `receiver`, without its tag."""
    return (_HEAD.pack(BYE, MAGIC, WIRE_VERSION) + _WHO.pack(record.slot, receiver)
            + _BYE.pack(reason, record.nonce))


def parse(data: bytes) -> Hello | Bye | None:
    """The message in these bytes, or None when it is none of ours."""
    if len(data) < _HEAD.size + _WHO.size:
        return None
    kind, magic, version = _HEAD.unpack_from(data)
    if magic != MAGIC or kind not in KINDS:
        return None
    sender, receiver = _WHO.unpack_from(data, _HEAD.size)
    body = data[_HEAD.size + _WHO.size:]
    if kind == HELLO:
        if version != WIRE_VERSION:
            return Hello(version, sender, receiver, True, Known(), None)
        return _parse_hello(body, sender, receiver)
    if version != WIRE_VERSION or len(body) != _BYE.size:
        return None
    reason, nonce = _BYE.unpack(body)
    return Bye(sender, receiver, reason, nonce)


def _parse_hello(body: bytes, sender: int, receiver: int) -> Hello | None:
    if len(body) < _HELLO.size + _RECORD.size:
        return None
    flags, turn, heard, heard_turn, room = _HELLO.unpack_from(body)
    nonce, slot, players, fps, window, reveals, layout, content, rules, length = _RECORD.unpack_from(body, _HELLO.size)
    name, rest = (tail := body[_HELLO.size + _RECORD.size:])[:length], tail[length:]
    owners, delays = tuple(rest[:players]), tuple(rest[players:])
    if flags > _ASKS or reveals > 1 or length > MAX_NAME_BYTES or len(name) != length or not 1 <= players <= MAX_PLAYERS \
            or len(owners) != players or not _is_division(owners) or owners.count(slot) != len(delays) or not delays:
        return None
    try:
        game = name.decode()
    except UnicodeDecodeError:
        return None
    record = Record(nonce, slot, owners, fps, delays, window, bool(reveals), layout, content, rules, game)
    return Hello(WIRE_VERSION, sender, receiver, bool(flags & _ASKS), Known(turn, heard, heard_turn, room), record)


def _is_division(owners: tuple[int, ...]) -> bool:
    """Whether every player belongs to a peer that goes by its first player."""
    return all(owner <= p and owners[owner] == owner for p, owner in enumerate(owners))
