"""What peers tell each other beside inputs: the record that they compare, their parts of the seed, the farewell.

Plain Python; all of it is rare. The record travels in the encrypted payloads of the handshake (noise.py), the others as texts
of sealed datagrams (sealing.py), so what is read here comes from a peer.

    record   instance (8 bytes), slot u8, receiver u8, players u8, fps u16, window u8, flags u8 (1 commit and reveal, 2 sealed),
             layout, content and rules (16 bytes each), length of the name u16, the name, the owner of each player u8, the
             delay of each player of the sender u8
    agree    0x10, flags u8 (1 answer me, 2 ready, 4 an identity follows), stamp u32, echo u32, since u32,
             commitment (32 bytes), room (16 bytes), nonce (16 bytes), then perhaps: public key (32 bytes), signature (64 bytes)
    bye      0x11, reason u8

Parsers take any bytes and return a message or None; they never raise and read nothing past the end.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from ..game import MAX_PLAYERS
from .identity import KEY_BYTES, SIGNATURE_BYTES

WIRE_VERSION = 4
AGREE, BYE = 0x10, 0x11
#: First bytes of the texts that belong to this module.
CONTROL = frozenset((AGREE, BYE))
INSTANCE_BYTES = 8
NONCE_BYTES = 16
COMMITMENT_BYTES = 32
#: In place of a nonce or a room that the sender does not know yet, or does not show.
UNKNOWN = bytes(NONCE_BYTES)
MAX_NAME_BYTES = 256

_RECORD = struct.Struct("<8sBBBHBB16s16s16sH")
_AGREE = struct.Struct("<BBIII32s16s16s")
_BYE = struct.Struct("<BB")
_REVEALS, _SEALED = 1, 2
_ASKS, _READY, _IDENTITY = 1, 2, 4

#: Why a peer says goodbye.
LEFT, DESYNCED, DECEIVED, RAISED = 0, 1, 2, 3
REASONS = {LEFT: "left", DESYNCED: "stopped at a desync", DECEIVED: "stopped at an input that was not what was promised",
           RAISED: "stopped at an error of its step"}


@dataclass(frozen=True)
class Record:
    """What the peers of one match must have alike, and what each adds of its own (instance, slot, delays, window).

    instance  8 bytes, drawn when the session is made: who is started again is somebody else
    slot      what this peer goes by: the first of the players that it plays
    receiver  whom it takes the reader for
    owners    the peer of each player, 1 to 16 of them
    delays    the input delay of each player of this peer
    """

    instance: bytes
    slot: int
    receiver: int
    owners: tuple[int, ...]
    fps: int
    delays: tuple[int, ...]
    window: int
    reveals: bool
    sealed: bool
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
class Agree:
    """One peer's part in the seed; net/agreement.py says what follows from it.

    commitment  to the sender's nonce
    room        a digest of the commitments of all peers, UNKNOWN while one is missing
    nonce       UNKNOWN until all others are in the same room
    ready       the sender has the nonces of all peers of its room
    asks        the sender wants an answer,
    stamp       and this number in it: low 32 bits of its time, in microseconds
    echo        the stamp of the question that is answered
    since       for how long the sender has been ready, in microseconds, at most 2^32 - 1
    key, proof  an Ed25519 public key and a signature that binds it to this channel, or empty
    """

    commitment: bytes
    room: bytes = UNKNOWN
    nonce: bytes = UNKNOWN
    ready: bool = False
    asks: bool = False
    stamp: int = 0
    echo: int = 0
    since: int = 0
    key: bytes = b""
    proof: bytes = b""


@dataclass(frozen=True)
class Bye:
    """A farewell, with one of the reasons above (or one of a later version)."""

    reason: int


def commitment(nonce: bytes, instance: bytes, slot: int) -> bytes:
    """32 bytes that bind a peer to its nonce and tell nothing of it."""
    return hashlib.sha256(b"rollstep seed commitment\n" + instance + bytes([slot]) + nonce).digest()


def pack_record(record: Record) -> bytes:
    """The bytes that the handshake carries, at most 420."""
    name = record.game.encode()[:MAX_NAME_BYTES]
    flags = _REVEALS * record.reveals | _SEALED * record.sealed
    return (_RECORD.pack(record.instance, record.slot, record.receiver, record.players, record.fps, record.window, flags,
                         record.layout, record.content, record.rules, len(name))
            + name + bytes(record.owners) + bytes(record.delays))


def parse_record(data: bytes) -> Record | None:
    """The record in these bytes, or None when they are none."""
    if len(data) < _RECORD.size:
        return None
    instance, slot, receiver, players, fps, window, flags, layout, content, rules, length = _RECORD.unpack_from(data)
    name, rest = (tail := data[_RECORD.size:])[:length], tail[length:]
    owners, delays = tuple(rest[:players]), tuple(rest[players:])
    # what is cut short, or is of no players, has no delays
    if flags > _REVEALS | _SEALED or length > MAX_NAME_BYTES or players > MAX_PLAYERS or not _is_division(owners) \
            or owners.count(slot) != len(delays) or not delays:
        return None
    try:
        game = name.decode()
    except UnicodeDecodeError:
        return None
    return Record(instance, slot, receiver, owners, fps, delays, window, bool(flags & _REVEALS), bool(flags & _SEALED),
                  layout, content, rules, game)


def pack_agree(agree: Agree) -> bytes:
    """The text of an Agree."""
    flags = _ASKS * agree.asks | _READY * agree.ready | _IDENTITY * bool(agree.key)
    return _AGREE.pack(AGREE, flags, agree.stamp, agree.echo, agree.since, agree.commitment, agree.room,
                       agree.nonce) + agree.key + agree.proof


def pack_bye(reason: int) -> bytes:
    """The text of a farewell."""
    return _BYE.pack(BYE, reason)


def parse(text: bytes) -> Agree | Bye | None:
    """The message in a text, or None when it is none of ours."""
    if len(text) == _BYE.size and text[0] == BYE:
        return Bye(text[1])
    if len(text) < _AGREE.size or text[0] != AGREE:
        return None
    _, flags, stamp, echo, since, promised, room, nonce = _AGREE.unpack_from(text)
    rest = text[_AGREE.size:]
    if flags > _ASKS | _READY | _IDENTITY or len(rest) != (KEY_BYTES + SIGNATURE_BYTES) * bool(flags & _IDENTITY):
        return None
    return Agree(promised, room, nonce, bool(flags & _READY), bool(flags & _ASKS), stamp, echo, since,
                 rest[:KEY_BYTES], rest[KEY_BYTES:])


def _is_division(owners: tuple[int, ...]) -> bool:
    """Whether every player belongs to a peer that goes by its first player."""
    return all(owner <= p and owners[owner] == owner for p, owner in enumerate(owners))
