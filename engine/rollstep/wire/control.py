"""Control messages: the greeting that peers compare before frame 0, and the farewell. Plain Python; they are rare.

    0   kind     0x10 hello, 0x11 bye
    1   magic    b"rstep"
    6   version  u8, the wire version; everything after it may change with it
    7   hello:   from u8, to u8, flags u8 (1: I have your hello, 2: I know that you have mine), record
        bye:     from u8, to u8, reason u8, nonce of the sender (16 bytes)

Parsers take any bytes and return a message or None; they never raise and read nothing past the end.
Encryption comes later: the record then travels inside the handshake's sealed payloads, unchanged.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

WIRE_VERSION = 1
HELLO, BYE = 0x10, 0x11
#: First bytes of the datagrams that belong to this module.
KINDS = frozenset((HELLO, BYE))
MAGIC = b"rstep"
NONCE_BYTES = 16
MAX_NAME_BYTES = 256

_HEAD = struct.Struct("<B5sB")
_HELLO = struct.Struct("<BBB")
_RECORD = struct.Struct("<16sBBHBB16s16s16sH")
_BYE = struct.Struct("<BBB16s")

#: Why a peer says goodbye.
LEFT, DESYNCED = 0, 1
REASONS = {LEFT: "left", DESYNCED: "stopped at a desync"}


@dataclass(frozen=True)
class Record:
    """What the peers of one match must have alike, and what each adds of its own (nonce, slot, delay)."""

    nonce: bytes
    slot: int
    players: int
    fps: int
    delay: int
    window: int
    layout: bytes
    content: bytes
    rules: bytes
    game: str


@dataclass(frozen=True)
class Hello:
    """A greeting. `record` is None when the sender's wire version is not ours: nothing more is read then.

    has_yours: the sender has our hello. knows: it knows that we have its own; until then it asks for an answer.
    """

    version: int
    sender: int
    receiver: int
    has_yours: bool
    knows: bool
    record: Record | None


@dataclass(frozen=True)
class Bye:
    """A farewell; the nonce shows that it comes from the peer that said hello."""

    sender: int
    receiver: int
    reason: int
    nonce: bytes


def pack_hello(record: Record, receiver: int, *, has_yours: bool, knows: bool) -> bytes:
    """The datagram that greets `receiver`."""
    name = record.game.encode()[:MAX_NAME_BYTES]
    return (_HEAD.pack(HELLO, MAGIC, WIRE_VERSION) + _HELLO.pack(record.slot, receiver, has_yours | knows << 1)
            + _RECORD.pack(record.nonce, record.slot, record.players, record.fps, record.delay, record.window,
                           record.layout, record.content, record.rules, len(name)) + name)


def pack_bye(record: Record, receiver: int, reason: int) -> bytes:
    """The datagram that says goodbye to `receiver`."""
    return _HEAD.pack(BYE, MAGIC, WIRE_VERSION) + _BYE.pack(record.slot, receiver, reason, record.nonce)


def parse(data: bytes) -> Hello | Bye | None:
    """The message in a datagram, or None when it is none of ours."""
    if len(data) < _HEAD.size:
        return None
    kind, magic, version = _HEAD.unpack_from(data)
    if magic != MAGIC or kind not in KINDS:
        return None
    body = data[_HEAD.size:]
    if kind == HELLO:
        return _parse_hello(body, version)
    if version != WIRE_VERSION or len(body) != _BYE.size:
        return None
    sender, receiver, reason, nonce = _BYE.unpack(body)
    return Bye(sender, receiver, reason, nonce)


def _parse_hello(body: bytes, version: int) -> Hello | None:
    if len(body) < _HELLO.size:
        return None
    sender, receiver, flags = _HELLO.unpack_from(body)
    if version != WIRE_VERSION:
        return Hello(version, sender, receiver, bool(flags & 1), bool(flags & 2), None)
    body = body[_HELLO.size:]
    if len(body) < _RECORD.size or flags > 3:
        return None
    nonce, slot, players, fps, delay, window, layout, content, rules, length = _RECORD.unpack_from(body)
    name = body[_RECORD.size:]
    if len(name) != length or length > MAX_NAME_BYTES:
        return None
    try:
        game = name.decode()
    except UnicodeDecodeError:
        return None
    record = Record(nonce, slot, players, fps, delay, window, layout, content, rules, game)
    return Hello(version, sender, receiver, bool(flags & 1), bool(flags & 2), record)
