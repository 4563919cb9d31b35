"""Replays for the tests: recorded by short matches on the simulated network, and taken apart chunk by chunk."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rollstep as rs
from rollstep.testing import Impairment, Network
from tests.games import box

SIGNATURE = b"\x89RSR\r\n\x1a\n"



@rs.struct
class Sizes:
    """Content, so that a file has a chunk of it."""

    numbers: rs.Array[rs.i64] = rs.array(20)


#: What is recorded: an input of one byte for each of two players.
game = rs.Game("boxes", state=box.World, input=box.Pad, players=2, init=box.init, step=box.step, content=Sizes())

#: A chunk: its type and its payload.
Chunk = tuple[bytes, bytes]


def record(folder: Path, game: rs.Game = game, *, players: int = 2, frames: int = 300, seed: int = 1,
           **options: Any) -> list[Path]:
    """Every peer's file of one match that came to its end."""
    paths = [folder / f"{p}.rsr" for p in range(players)]
    net = Network(seed=seed, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(game, players=players, record=paths, **options)
    net.play(peers, frames=frames)
    for peer in peers:
        peer.close()
    return paths


def split(data: bytes) -> list[Chunk]:
    """The chunks of a whole file, read without the engine."""
    assert data[:8] == SIGNATURE
    found, at = [], 8
    while at < len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        found.append((kind, data[at + 12:at + 12 + length]))
        at += 12 + length + 4
    return found


def chunk(kind: bytes, payload: bytes) -> bytes:
    """A chunk with CRCs that are right, made without the engine."""
    head = struct.pack("<4sI", kind, len(payload))
    return head + struct.pack("<I", zlib.crc32(head)) + payload + struct.pack("<I", zlib.crc32(payload))


def joined(chunks: Sequence[Chunk]) -> bytes:
    """A file of these chunks."""
    return SIGNATURE + b"".join(chunk(*part) for part in chunks)


def indexed(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The same with an index that fits, as a careful forger would make it."""
    at, index = len(SIGNATURE), b""
    for kind, payload in chunks:
        if kind == b"INPT":
            index += payload[:4] + struct.pack("<Q", at)
        at += 16 + len(payload)
    return [(kind, index if kind == b"INDX" else payload) for kind, payload in chunks]


def boundaries(data: bytes) -> list[int]:
    """Where each chunk ends."""
    ends = [len(SIGNATURE)]
    for _, payload in split(data):
        ends.append(ends[-1] + 16 + len(payload))
    return ends[1:]


def header(chunks: Sequence[Chunk], **changes: Any) -> list[Chunk]:
    """The chunks with another header; a change to `...` leaves the key out."""
    data = {**json.loads(chunks[0][1]), **changes}
    text = json.dumps({key: value for key, value in data.items() if value is not ...})
    return indexed([(b"HEAD", text.encode()), *chunks[1:]])


def deflated(data: bytes) -> bytes:
    """As inputs are packed."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()


def inputs(first: int, count: int, packed: bytes) -> Chunk:
    """A chunk of inputs that says this of itself."""
    return b"INPT", struct.pack("<II", first, count) + packed
