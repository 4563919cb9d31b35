"""A running match into a replay, on disk or in memory: what stands in its header, and confirmed frames, each once."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from ..game import Game
from ..replay import Header, ReplayWriter
from ..rollback import Core
from ..version import VERSION
from ..wire.input_packet import SUMS

#: Frames that are taken from the core at a time.
EVERY = 32
#: Frames of a log whose inputs are at hand, and whose checksums are all in its replay.
NEWEST = 2 * SUMS
#: What the replay of a log may take in memory: hours, even of large inputs.
MOST_LOG_BYTES = 32 << 20


def replay_header(game: Game, *, nonces: Sequence[bytes], delays: Sequence[int], player: int, seed: int, window: int) -> Header:
    """What one peer's replay says of its match. The match id comes from all nonces: it is the same in every peer's."""
    digests = game.digests
    match = hashlib.sha256(b"rollstep match\n" + b"".join(nonces)).hexdigest()[:32]
    return Header(format=1, engine=f"rollstep {VERSION}", game=game.name, layout=digests.layout.hex(),
                  content=digests.content.hex(), rules=digests.rules.hex(), state=game.state.layout.to_json(),
                  input=game.input.layout.to_json(), input_size=game.input_size, players=len(delays), player=player,
                  fps=game.fps, seed=seed, delays=tuple(delays), window=window, match=match)


def start_replay(path: str | os.PathLike[str], game: Game, metadata: Mapping[str, Any] | None, **match: Any) -> ReplayWriter:
    """The file of one peer's match; `match` are the arguments of replay_header."""
    return ReplayWriter(path, replay_header(game, **match), game.content_bytes, metadata)


class _FinalFrames(ABC):
    """Takes from the core what has become final since the last call, EVERY frames at a time, to keep it cheap."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._row_bytes = core.game.input_size * core.players
        self._next = 0

    def update(self) -> None:
        """Called each frame. The newest confirmed frame waits for the next: a bit of its state may be turned over until then
        (rollback/flips.py), and the checksum is to be that of what was played on."""
        end = self._core.confirmed - 1
        if end - self._next >= EVERY:
            self._take(end)

    def _take(self, end: int) -> None:
        core = self._core
        for f in range(self._next, end):
            self._keep(f, core.row(f)[:self._row_bytes], core.chain(f + 1))
        self._next = end

    @abstractmethod
    def _keep(self, frame: int, row: bytes, chain: int) -> None:
        """The inputs of all players for a frame, and the chain up to the state after it."""


class Recording(_FinalFrames):
    """A match into its file."""

    def __init__(self, core: Core, writer: ReplayWriter) -> None:
        super().__init__(core)
        self._writer = writer

    @property
    def error(self) -> OSError | None:
        """Why writing stopped, if it did."""
        return self._writer.error

    def close(self, facts: Mapping[str, Any]) -> None:
        """Write what is left, the facts and the end."""
        self._take(self._core.confirmed)
        self._writer.close(facts)

    def _keep(self, frame: int, row: bytes, chain: int) -> None:
        self._writer.frame(row, chain)


class InputLog(_FinalFrames):
    """The whole match as a replay in memory, for the report of a desync: deflated, some 3 KB a minute of two players.

    `newest` holds (frame, inputs of all players) of the last NEWEST frames.
    """

    def __init__(self, core: Core, header: Header) -> None:
        super().__init__(core)
        self.header = header
        self._file = _Bounded()
        self._writer = ReplayWriter("the log of inputs", header, core.game.content_bytes, file=self._file)
        self.newest: deque[tuple[int, bytes]] = deque()
        self._chains: deque[int] = deque()

    def _keep(self, frame: int, row: bytes, chain: int) -> None:
        self.newest.append((frame, row))
        self._chains.append(chain)
        if len(self.newest) > NEWEST:
            self._writer.frame(self.newest.popleft()[1], self._chains.popleft())

    def replay(self) -> bytes | None:
        """The match up to now, with a checksum of each of the newest frames; None when it has outgrown its limit. Closes the
        log: later frames are not in later calls.
        """
        if not self._file.closed:
            self._take(self._core.confirmed)
            for (_, row), chain in zip(self.newest, self._chains, strict=True):
                self._writer.frame(row, chain, proof=True)
            self._writer.close()
        return self._file.kept if self._writer.error is None else None


class _Bounded(io.BytesIO):
    """Memory that is full some day, and can be read when it is closed."""

    kept = b""

    def write(self, data: Any, /) -> int:
        if self.tell() + len(data) > MOST_LOG_BYTES:
            raise OSError(errno.EFBIG, f"a log of inputs takes at most {MOST_LOG_BYTES} bytes")
        return super().write(data)

    def close(self) -> None:
        if not self.closed:
            self.kept = self.getvalue()
        super().close()
