"""Reading a replay. Any bytes give a Replay or an error that says what and where; nothing is trusted before its CRC."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ..errors import MalformedReplay, TruncatedReplay, UsageError
from . import format as f


@dataclass
class Replay:
    """A replay in memory. `rows` holds `frames` rows of `row_size` bytes; `chains` the chain up to some frames."""

    header: f.Header
    content: bytes = b""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    rows: bytes = b""
    chains: dict[int, int] = field(default_factory=dict)
    cut_at: int | None = None    # the byte after which the file ends too early
    size: int = 0

    @property
    def row_size(self) -> int:
        return self.header.input_size * self.header.players

    @property
    def frames(self) -> int:
        return len(self.rows) // self.row_size

    def row(self, frame: int) -> bytes:
        """The inputs of all players for a frame."""
        return self.rows[frame * self.row_size:(frame + 1) * self.row_size]


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """A regular file, to be read: a pipe or a device would give bytes for ever, or none. Raises OSError, MalformedReplay."""
    return open(path, "rb", opener=_regular)


def _regular(path: str, flags: int) -> int:
    number = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(number).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):      # open() has an error for a folder
        os.close(number)
        raise MalformedReplay("this is no regular file", offset=0)
    return number


def read_replay(path: str | os.PathLike[str], *, allow_truncated: bool = False) -> Replay:
    """Read a whole replay.

    A file that was cut raises TruncatedReplay, which tells how many frames are good; with `allow_truncated` they
    are returned instead (and `cut_at` says where the file ends), unless even the header is cut. Raises MalformedReplay
    for bytes that are wrong, UsageError for a file that cannot be opened.
    """
    name = os.fspath(path)
    try:
        with open_file(path) as file:
            replay, cut = _Reader(file).read()
    except OSError as error:
        raise UsageError(f"{name} cannot be read ({error.strerror})") from None
    except MalformedReplay as error:
        raise MalformedReplay(f"{name} at byte {error.offset}: {error}", offset=error.offset) from None
    if cut is not None:
        good = replay.frames if replay is not None else 0
        if replay is None or not allow_truncated:
            raise TruncatedReplay(f"{name} ends in the middle, at byte {cut}; the {good} frames before that are good",
                                  offset=cut, good_frames=good)
    assert replay is not None
    return replay


#: What may follow each chunk: the order in format.py, with what is optional left out.
_MATCH = {b"INPT", b"SUMS", b"fact", b"INDX", b"DONE"}
_AFTER = {b"HEAD": {b"CONT", b"meta"} | _MATCH, b"CONT": {b"CONT", b"meta"} | _MATCH, b"meta": _MATCH, b"INPT": _MATCH,
          b"SUMS": _MATCH, b"fact": {b"INDX", b"DONE"}, b"INDX": {b"DONE"}}


class _Cut(Exception):
    """The file ends here."""


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.offset = 0
        self.replay: Replay | None = None
        self.rows = bytearray()
        self.last_sum = 0
        self.inputs: list[tuple[int, int]] = []
        self.done = False
        self.last_kind = b"HEAD"

    def read(self) -> tuple[Replay | None, int | None]:
        cut = None
        try:
            signature = self._take(len(f.SIGNATURE), prefix_of=f.SIGNATURE)
            if signature != f.SIGNATURE:
                raise MalformedReplay("this is no rollstep replay (its first bytes are wrong)", offset=0)
            while not self.done:
                self._chunk()
            if self.file.read(1):
                raise MalformedReplay("bytes follow the end of the replay", offset=self.offset)
        except _Cut:
            cut = self.offset
        if self.replay is not None:
            self.replay.rows = bytes(self.rows)
            # chains of frames whose inputs were cut off prove nothing
            self.replay.chains = {k: v for k, v in self.replay.chains.items() if k <= self.replay.frames}
            self.replay.cut_at = cut
            self.replay.size = self.offset
        return self.replay, cut

    def _take(self, n: int, prefix_of: bytes | None = None) -> bytes:
        data = self.file.read(n)
        if len(data) < n:
            if prefix_of is not None and not prefix_of.startswith(data):
                return data
            self.offset += len(data)
            raise _Cut
        self.offset += n
        return data

    def _chunk(self) -> None:
        start = self.offset
        head = self._take(f.CHUNK_HEAD.size)
        kind, length, crc = f.CHUNK_HEAD.unpack(head)
        if zlib.crc32(head[:8]) != crc:
            raise MalformedReplay("a chunk's head was changed (its CRC is wrong)", offset=start)
        if length > f.MAX_CHUNK_BYTES:
            raise MalformedReplay(f"a chunk of {length} bytes; the limit is {f.MAX_CHUNK_BYTES}", offset=start)
        payload = self._take(length)
        (crc,) = f.CRC.unpack(self._take(f.CRC.size))
        if zlib.crc32(payload) != crc:
            raise MalformedReplay(f"the chunk {_name(kind)} was changed (its CRC is wrong)", offset=start)
        if self.replay is None:
            if kind != b"HEAD":
                raise MalformedReplay(f"the first chunk is {_name(kind)}, not HEAD", offset=start)
            self.replay = Replay(f.Header.from_bytes(payload, start))
            return
        readers = {b"CONT": self._content, b"meta": self._metadata, b"INPT": self._inputs, b"SUMS": self._sums,
                   b"fact": self._facts, b"INDX": self._index, b"DONE": self._done}
        if kind in readers:
            if kind in _AFTER[self.last_kind]:
                self.last_kind = kind
                readers[kind](self.replay, payload, start)
            else:
                raise MalformedReplay(f"the chunk {_name(kind)} stands after {_name(self.last_kind)}, where it cannot be",
                                      offset=start)
        elif kind == b"HEAD":
            raise MalformedReplay("the chunk 'HEAD' comes twice", offset=start)
        elif not (kind.isalpha() and kind[:1].islower()):
            raise MalformedReplay(f"the chunk {_name(kind)} is unknown and cannot be skipped: a newer rollstep "
                                  "may read this file", offset=start)

    def _content(self, replay: Replay, payload: bytes, start: int) -> None:
        if len(replay.content) % f.MAX_CHUNK_BYTES or not payload:
            raise MalformedReplay("a chunk of content is empty, or follows one that was not full", offset=start)
        replay.content += payload
        if len(replay.content) > f.MAX_CONTENT_BYTES:
            raise MalformedReplay(f"the content is larger than {f.MAX_CONTENT_BYTES} bytes", offset=start)

    def _metadata(self, replay: Replay, payload: bytes, start: int) -> None:
        replay.metadata = f.from_json(payload, start)

    def _facts(self, replay: Replay, payload: bytes, start: int) -> None:
        replay.facts = f.from_json(payload, start)

    def _inputs(self, replay: Replay, payload: bytes, start: int) -> None:
        if len(payload) < f.INPUTS_HEAD.size:
            raise MalformedReplay("a chunk of inputs is too short", offset=start)
        first, count = f.INPUTS_HEAD.unpack_from(payload)
        size = replay.row_size
        have = len(self.rows) // size
        if first != have:
            raise MalformedReplay(f"frames {have} to {first} are missing" if first > have else
                                  f"frames from {first} come twice", offset=start)
        if not 1 <= count <= f.MAX_FRAMES_PER_CHUNK or have + count > f.MAX_FRAMES \
                or len(self.rows) + count * size > f.MAX_INPUT_TOTAL:
            raise MalformedReplay(f"a chunk of {count} frames after {have}: more than a replay can hold", offset=start)
        inflate = zlib.decompressobj(-15)
        try:
            deltas = inflate.decompress(payload[f.INPUTS_HEAD.size:], count * size + 1)
        except zlib.error as error:
            raise MalformedReplay(f"inputs cannot be inflated ({error})", offset=start) from None
        if len(deltas) != count * size or not inflate.eof or inflate.unused_data:
            raise MalformedReplay(f"inputs of {count} frames do not have {count * size} bytes", offset=start)
        before = bytes(self.rows[-size:]) or bytes(size)
        self.inputs.append((first, start))
        self.rows += f.unxor_rows(deltas, before)

    def _sums(self, replay: Replay, payload: bytes, start: int) -> None:
        body = payload[f.SUM_HEAD.size:]
        if len(payload) < f.SUM_HEAD.size or len(body) % f.SUM.size:
            raise MalformedReplay("a chunk of checksums has the wrong size", offset=start)
        (frame,) = f.SUM_HEAD.unpack_from(payload)
        if frame < self.last_sum:
            raise MalformedReplay(f"checksums from frame {frame} come twice", offset=start)
        for step, chain in f.SUM.iter_unpack(body):
            frame += step
            if step == 0 or frame > f.MAX_FRAMES:
                raise MalformedReplay(f"a checksum for frame {frame}, twice or out of range", offset=start)
            replay.chains[frame] = chain
        self.last_sum = frame

    def _index(self, replay: Replay, payload: bytes, start: int) -> None:
        newest = self.inputs[-f.MAX_INDEX_ENTRIES:]
        if payload != b"".join(f.INDEX.pack(*entry) for entry in newest):
            raise MalformedReplay("the index does not match the file", offset=start)

    def _done(self, replay: Replay, payload: bytes, start: int) -> None:
        frames = len(self.rows) // replay.row_size
        if len(payload) != f.DONE.size:
            raise MalformedReplay("the chunk 'DONE' has the wrong size", offset=start)
        if f.DONE.unpack(payload)[0] != frames:
            raise MalformedReplay(f"the end speaks of {f.DONE.unpack(payload)[0]} frames, the file has {frames}", offset=start)
        if any(frame > frames for frame in replay.chains):
            raise MalformedReplay("a checksum for a frame that the file does not have", offset=start)
        self.done = True


def _name(kind: bytes) -> str:
    return repr(kind.decode("ascii", "backslashreplace"))
