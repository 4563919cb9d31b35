"""The envelope of a match with commitments: what a peer has promised to play, and the nonces that open older promises.

    0   kind      0x20
    1   ack       u16  low bits of: frames of the receiver whose commitments the sender has
    3   opened    u16  low bits of: frames of the receiver whose inputs the sender has held against them
    5   first     u16  low bits of the first commitment's frame
    7   count     u8   commitments below
    8   first     u16  low bits of the first nonce's frame
    10  count     u8   nonces below
    11  commitments, then nonces, 16 bytes each
    ..  an input packet (input_packet.py)

A commitment is a digest of the match, the peer, the frame, a nonce and the inputs of all players of the peer: it binds to them
and tells nothing of them. Plain Python: such matches are lockstep, and a frame has three or four digests.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from .sealing import MAX_TEXT

ENVELOPE = 0x20
NONCE_BYTES = COMMITMENT_BYTES = 16
#: What the input packet inside may take; the rest has place for at least 24 commitments and nonces.
INNER_BYTES = 775

_HEAD = struct.Struct("<BHHHBHB")


@dataclass(frozen=True)
class Envelope:
    """What one datagram says. The numbers of frames are the low 16 bits."""

    ack: int
    opened: int
    first_commitment: int
    commitments: tuple[bytes, ...]
    first_nonce: int
    nonces: tuple[bytes, ...]
    inner: bytes


def commitment(match: bytes, peer: int, frame: int, nonce: bytes, inputs: bytes) -> bytes:
    """16 bytes that bind to the inputs of a peer's players in a frame. match: 16 bytes that all peers have alike."""
    head = struct.pack("<BQ", peer, frame)
    return hashlib.sha256(b"rollstep commitment\n" + match + head + nonce + inputs).digest()[:COMMITMENT_BYTES]


def nonce_of(secret: bytes, frame: int) -> bytes:
    """A frame's nonce, that nobody can tell who does not know the secret."""
    return hashlib.blake2b(frame.to_bytes(8, "little"), key=secret, digest_size=NONCE_BYTES, person=b"rollstep nonce").digest()


def room_for(inner: bytes) -> int:
    """How many commitments and nonces fit beside an input packet."""
    return (MAX_TEXT - _HEAD.size - len(inner)) // NONCE_BYTES


def pack(envelope: Envelope) -> bytes:
    """The text of a datagram."""
    head = _HEAD.pack(ENVELOPE, envelope.ack & 0xFFFF, envelope.opened & 0xFFFF, envelope.first_commitment & 0xFFFF,
                      len(envelope.commitments), envelope.first_nonce & 0xFFFF, len(envelope.nonces))
    return b"".join([head, *envelope.commitments, *envelope.nonces, envelope.inner])


def parse(data: bytes) -> Envelope | None:
    """What is in these bytes, or None when they are no envelope. Never raises."""
    if not _HEAD.size <= len(data) <= MAX_TEXT or data[0] != ENVELOPE:
        return None
    _, ack, opened, first_commitment, commitments, first_nonce, nonces = _HEAD.unpack_from(data)
    middle = _HEAD.size + commitments * COMMITMENT_BYTES
    end = middle + nonces * NONCE_BYTES
    if end > len(data):
        return None
    return Envelope(ack, opened, first_commitment, _pieces(data[_HEAD.size:middle]), first_nonce, _pieces(data[middle:end]),
                    data[end:])


def _pieces(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[at:at + NONCE_BYTES] for at in range(0, len(data), NONCE_BYTES))
