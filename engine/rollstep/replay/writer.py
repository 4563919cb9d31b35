"""Writing a replay while the match runs. Whatever happens to the process, the file is good up to its last chunk."""

from __future__ import annotations

import contextlib
import errno
import os
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO

from ..errors import MalformedReplay, UsageError
from . import format as f

#: Frames per chunk of inputs: what a killed process can lose at most, together with those not confirmed yet.
FRAMES_PER_CHUNK = 240
#: Frames between two recorded chains.
FRAMES_PER_SUM = 120


class ReplayWriter:
    """Appends confirmed frames to a new file.

    Raises UsageError when the file exists or cannot be made, and for metadata or content that no reader would take. A
    disk that fails later never disturbs the match, nor does one that outgrows a replay: writing stops, `error` says
    why, and what was written stays.

    file  something open that is written to instead, such as memory; `path` is then only a name
    """

    def __init__(self, path: str | os.PathLike[str], header: f.Header, content: bytes = b"",
                 metadata: Mapping[str, Any] | None = None, *, file: BinaryIO | None = None) -> None:
        self.path = os.fspath(path)
        self.error: OSError | None = None
        self._header = header
        self._rows = bytearray()
        self._before = bytes(header.input_size * header.players)
        self._most = min(f.MAX_FRAMES, f.MAX_INPUT_TOTAL // len(self._before))
        self._frames = 0                       # taken in
        self._written = 0
        self._sums: list[tuple[int, int]] = []
        self._last_sum = 0
        self._chain = 0
        self._index: list[tuple[int, int]] = []
        self._offset = 0
        kept = _checked_metadata(metadata) if file is not None else check(self.path, content, metadata)
        try:
            self._file = file if file is not None else open(self.path, "xb")
        except OSError as error:
            raise UsageError(f"{self.path} cannot be written ({error.strerror})") from None
        self._write(f.SIGNATURE + f.chunk(b"HEAD", header.to_bytes()))
        for at in range(0, len(content), f.MAX_CHUNK_BYTES):
            self._write(f.chunk(b"CONT", content[at:at + f.MAX_CHUNK_BYTES]))
        if kept:
            self._write(f.chunk(b"meta", kept))

    @property
    def frames(self) -> int:
        """Frames taken in so far."""
        return self._frames

    def frame(self, row: bytes, chain: int, *, proof: bool = False) -> None:
        """The next confirmed frame: the inputs of all players, and the chain up to the state after it. That is written now and
        then, and for every frame with `proof`.
        """
        self._frames += 1
        if self.error is not None:
            return
        if self._frames > self._most:
            self._flush()
            self._stop(OSError(errno.EFBIG, f"a replay holds at most {self._most} frames of this match", self.path))
            return
        self._rows += row
        self._chain = chain
        if proof or self._frames % FRAMES_PER_SUM == 0:
            self._sums.append((self._frames, chain))
        if len(self._rows) >= FRAMES_PER_CHUNK * len(self._before):
            self._flush()

    def close(self, facts: Mapping[str, Any] | None = None) -> None:
        """Write what is left, the facts and the end. May be called twice."""
        if self._file.closed:
            return
        if self._frames and (not self._sums or self._sums[-1][0] != self._frames) and self._last_sum != self._frames:
            self._sums.append((self._frames, self._chain))
        self._flush()
        if facts:
            self._write(f.chunk(b"fact", f.to_json(dict(facts))))
        index = b"".join(f.INDEX.pack(*entry) for entry in self._index[-f.MAX_INDEX_ENTRIES:])
        self._write(f.chunk(b"INDX", index) + f.chunk(b"DONE", f.DONE.pack(self._written)))
        with contextlib.suppress(OSError):
            self._file.close()

    def _flush(self) -> None:
        size = len(self._before)
        if self._rows:
            rows = bytes(self._rows)
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = deflate.compress(f.xor_rows(rows, self._before)) + deflate.flush()
            self._index.append((self._written, self._offset))
            self._write(f.chunk(b"INPT", f.INPUTS_HEAD.pack(self._written, len(rows) // size) + packed))
            self._written += len(rows) // size
            self._before = rows[-size:]
            self._rows.clear()
        if self._sums:
            payload, last = f.SUM_HEAD.pack(self._last_sum), self._last_sum
            for frame, chain in self._sums:
                payload += f.SUM.pack(frame - last, chain)
                last = frame
            self._write(f.chunk(b"SUMS", payload))
            self._last_sum = last
            self._sums.clear()

    def _write(self, data: bytes) -> None:
        if self.error is not None:
            return
        try:
            self._file.write(data)
            self._file.flush()
            self._offset += len(data)
        except OSError as error:
            self._stop(error)

    def _stop(self, error: OSError) -> None:
        if self.error is None:
            self.error = error
            with contextlib.suppress(OSError):
                self._file.close()


def check(path: str | os.PathLike[str], content: bytes, metadata: Mapping[str, Any] | None) -> bytes:
    """Raise UsageError when a replay could not be written there or not be read again; the metadata's bytes.

    For callers who want to know before the match has begun.
    """
    name = os.fspath(path)
    if os.path.lexists(name):
        raise UsageError(f"{name} exists; a replay never overwrites one: choose another name")
    folder = os.path.dirname(name) or "."
    if not os.path.isdir(folder):
        raise UsageError(f"{name} cannot be written (there is no folder {folder})")
    if len(content) > f.MAX_CONTENT_BYTES:
        raise UsageError(f"content of {len(content)} bytes; a replay keeps at most {f.MAX_CONTENT_BYTES}")
    return _checked_metadata(metadata)


def _checked_metadata(metadata: Mapping[str, Any] | None) -> bytes:
    """As the bytes of a chunk; nothing for none. UsageError unless the reader will take them."""
    if not metadata:
        return b""
    try:
        payload = f.to_json(dict(metadata))
        f.from_json(payload, 0)
    except (TypeError, ValueError, RecursionError, MalformedReplay) as error:
        raise UsageError(f"this metadata cannot be kept in a replay ({error}): give plain values of JSON") from None
    if len(payload) > f.MAX_CHUNK_BYTES:
        raise UsageError(f"metadata of {len(payload)} bytes; a replay keeps at most {f.MAX_CHUNK_BYTES}")
    return payload
