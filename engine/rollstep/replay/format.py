r"""The file: a signature, then typed chunks, as PNG has them.

    signature  89 'R' 'S' 'R' 0D 0A 1A 0A
    chunk      type (4 ASCII letters), length u32, CRC-32 of these 8 bytes, payload, CRC-32 of the payload

A type that starts with a small letter may be skipped by a reader that does not know it. In this order:

    HEAD   JSON, see Header
    CONT   the bytes of the content struct (left out when the game has none)
    meta   JSON: whatever the recording program wants to keep
    INPT   first frame u32, frames u32, raw deflate of the inputs: one row per frame (the players' inputs one
           after the other), each XORed with the row before it
    SUMS   first frame u32, then (frames since the last one u16, chain u64): the chain of the checksums of states 1..f
    fact   JSON: what the network did (rollbacks, packets, ...)
    INDX   (first frame u32, offset u64) of each INPT
    DONE   frames u32; nothing follows

Everything is little-endian. The length has its own CRC so that a damaged file is never mistaken for a cut one.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..checks import shown
from ..errors import MalformedReplay
from ..game import MAX_PLAYERS

SIGNATURE = b"\x89RSR\r\n\x1a\n"
FORMAT_VERSION = 1
CHUNK_HEAD = struct.Struct("<4sII")
CRC = struct.Struct("<I")
INPUTS_HEAD = struct.Struct("<II")
SUM_HEAD = struct.Struct("<I")
SUM = struct.Struct("<HQ")
INDEX = struct.Struct("<IQ")
DONE = struct.Struct("<I")

#: Limits that a reader enforces, so that no file makes it allocate more than it holds (within reason).
MAX_CHUNK_BYTES = 1 << 20
MAX_FRAMES_PER_CHUNK = 4096
MAX_FRAMES = 1 << 22
MAX_INPUT_TOTAL = 1 << 28
MAX_CONTENT_BYTES = 16 << 20
#: Characters of a text in the header: a game's name, an engine, a digest.
MAX_TEXT = 64
#: Of a longer match the index holds the newest chunks only.
MAX_INDEX_ENTRIES = MAX_CHUNK_BYTES // INDEX.size


@dataclass(frozen=True)
class Header:
    """What a replay says about its match. Digests and ids are hexadecimal."""

    format: int
    engine: str
    game: str
    layout: str
    content: str
    rules: str
    state: Mapping[str, Any]      # Layout.to_json() of the state
    input: Mapping[str, Any]
    input_size: int
    players: int
    player: int                   # who recorded it
    fps: int
    seed: int
    delays: tuple[int, ...]
    window: int
    match: str                    # the same in every peer's file

    def to_bytes(self) -> bytes:
        return to_json(asdict(self))

    @classmethod
    def from_bytes(cls, payload: bytes, offset: int) -> Header:
        """Raises MalformedReplay naming the field that is missing or of the wrong kind."""
        return cls.of(from_json(payload, offset), offset)

    @classmethod
    def of(cls, data: Mapping[str, Any], offset: int) -> Header:
        """The same of what was read from JSON."""
        if data.get("format") != FORMAT_VERSION:
            raise MalformedReplay(f"the file has format {shown(data.get('format'))}; this rollstep reads {FORMAT_VERSION}",
                                  offset=offset)
        wanted = {"format": int, "engine": str, "game": str, "layout": str, "content": str, "rules": str, "state": dict,
                  "input": dict, "input_size": int, "players": int, "player": int, "fps": int, "seed": int,
                  "delays": list, "window": int, "match": str}
        for name, kind in wanted.items():
            if type(data.get(name)) is not kind:
                raise MalformedReplay(f"the header's {name!r} is missing or no {kind.__name__}", offset=offset)
            if kind is str and not (data[name].isprintable() and len(data[name]) <= MAX_TEXT):
                raise MalformedReplay(f"the header's {name!r} is {shown(data[name])}: not up to {MAX_TEXT} printable "
                                      "characters", offset=offset)
        for name, low, high in (("input_size", 1, 64), ("players", 1, MAX_PLAYERS), ("player", 0, data["players"] - 1),
                                ("fps", 1, 240), ("window", 0, 255), ("seed", -1 << 63, (1 << 63) - 1)):
            if not low <= data[name] <= high:
                raise MalformedReplay(f"the header's {name!r} is {shown(data[name])}, outside {low}..{high}",
                                      offset=offset)
        delays = data["delays"]
        if len(delays) != data["players"] or any(type(d) is not int or not 0 <= d <= 255 for d in delays):
            raise MalformedReplay("the header's 'delays' are not one small number per player", offset=offset)
        return cls(**{f.name: data[f.name] for f in fields(cls)} | {"delays": tuple(delays)})


def chunk(kind: bytes, payload: bytes) -> bytes:
    """One chunk as bytes."""
    head = kind + struct.pack("<I", len(payload))
    return head + CRC.pack(zlib.crc32(head)) + payload + CRC.pack(zlib.crc32(payload))


def to_json(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), sort_keys=True, ensure_ascii=True, allow_nan=False).encode()


def from_json(payload: bytes, offset: int, what: str = "a chunk of JSON") -> dict[str, Any]:
    """A JSON object, or MalformedReplay. NaN and infinity are no JSON, however they are written."""
    try:
        if max(payload.count(b"["), payload.count(b"{")) > 4096:
            raise ValueError("too deep")
        data = json.loads(payload.decode(), parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise MalformedReplay(f"{what} cannot be read ({error})", offset=offset) from None
    if not isinstance(data, dict):
        raise MalformedReplay(f"{what} holds no object", offset=offset)
    return data


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:24]} is no number of JSON")
    return value


def xor_rows(rows: bytes, before: bytes) -> bytes:
    """Each row XORed with the one before it; `before` is the row before the first."""
    shifted = (before + rows)[:len(rows)]
    return (int.from_bytes(rows, "little") ^ int.from_bytes(shifted, "little")).to_bytes(len(rows), "little")


def unxor_rows(deltas: bytes, before: bytes) -> bytes:
    """The opposite of xor_rows."""
    size, rows = len(before), bytearray()
    last = int.from_bytes(before, "little")
    for at in range(0, len(deltas), size):
        last ^= int.from_bytes(deltas[at:at + size], "little")
        rows += last.to_bytes(size, "little")
    return bytes(rows)
