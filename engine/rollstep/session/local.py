"""`Local`: all players on one machine, without network and rollback. A loop that plays a `P2P` plays this as well.

    with local(game, players=2, record="sofa.rsr") as match:
        while window.open:
            match.wait()
            for event in match.poll():       # Synchronized, once
                ...
            for _ in range(match.due()):
                match.advance(*(pad.read() for pad in pads))
            draw(match.state)

Phases: connecting until the first poll, then playing <-> paused, and closed.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..checks import in_range
from ..compile import Way, check_way
from ..errors import UsageError
from ..game import Game
from ..io.entropy import system
from ..net.agreement import match_seed
from ..net.events import Event, Synchronized
from ..replay import ReplayWriter
from ..replay import check as check_replay
from ..state import chain
from ..wire.control import NONCE_BYTES
from ..wire.input_packet import SUMS
from .offline import Offline, stats_without_network
from .recording import start_replay
from .shared import check_kept
from .stats import SessionStats
from .transport import Clock


class Local(Offline):
    """See the module's text, and `local` for the arguments.

    What a P2P says of itself, this says too: `player` is 0 and local_players are all; every frame is confirmed at once;
    what belongs to a network is 0 or None. `seed` is what `tick.seed` is.
    """

    delay = window = timeout_ms = 0
    join_line: str | None = None
    report_error: OSError | None = None
    identities: Mapping[int, bytes | None] = MappingProxyType({})
    address: Any = None

    def __init__(self, game: Game, *, players: int, seed: int | None, record: str | os.PathLike[str] | None,
                 metadata: Mapping[str, Any] | None, clock: Clock | None, way: Way) -> None:
        super().__init__(game, clock)
        self.players = game.check_players(players)
        self.player, self.local_players = 0, tuple(range(players))
        self._nonce = system(NONCE_BYTES)
        self.seed = match_seed([self._nonce]) if seed is None else in_range("seed", seed, -1 << 63, (1 << 63) - 1)
        if record is not None:
            check_replay(record, game.content_bytes, metadata)
            _ = game.digests    # 50 ms for a real game: here, not in the first frame
        self.recorded_to, self._metadata = record, metadata
        self._writer: ReplayWriter | None = None
        self._runner = game.runner(check_way(way), players=players, seed=self.seed)
        self._memory = self._runner.start()
        self.state: Any = game.state.view(self._memory, readonly=True)
        self._pad = bytes(game.row_size - game.input_size * players)
        self._sums: deque[int] = deque(maxlen=SUMS)
        self._chain = 0
        self.frame = 0
        self._begun = self._closed = False

    @property
    def phase(self) -> str:
        """connecting until the first poll, then playing or paused; closed at the end."""
        if self._closed:
            return "closed"
        if not self._begun:
            return "connecting"
        return "paused" if self.paused else "playing"

    def poll(self) -> list[Event]:
        """Synchronized at the first call, when the match begins; nothing after that."""
        if self._begun or self._closed:
            return []
        if self.recorded_to is not None:
            self._writer = start_replay(self.recorded_to, self.game, self._metadata, nonces=[self._nonce],
                                        delays=[0] * self.players, player=self.player, seed=self.seed, window=0)
        self._begun = True
        self._pacer.start(self._clock.now_ns())
        return [Synchronized(self.players, self.seed)]

    def advance(self, *inputs: Any) -> bool:
        """One frame with one input per player, in order. False while paused or closed; then nothing happened.

        Raises UsageError for inputs that are none, and what the step raises: the match is then where it was before.
        """
        if not self._begun:
            raise UsageError("advance() before Synchronized: call it due() times")
        if len(inputs) != self.players:
            raise UsageError(f"advance() takes one input per player, {self.players}, not {len(inputs)}")
        row = b"".join(map(self.game.input_bytes, inputs))
        if self.phase != "playing":
            return False
        (checksum,) = self._runner.run(self._memory, row + self._pad, self.frame, 1)
        self.frame += 1
        self._sums.append(checksum)
        self._chain = chain(self._chain, checksum)
        if self._writer is not None:
            self._writer.frame(row, self._chain)
        return True

    @property
    def delays(self) -> tuple[int, ...]:
        """The input delays of all players: none has one."""
        return (0,) * self.players

    def set_delay(self, delay: int, *, player: int | None = None, at_frame: int = 0) -> None:
        """Raises UsageError for a delay that is not 0: inputs play in the frame that they are given for."""
        in_range("delay of a match on one machine", delay, 0, 0)

    def close(self) -> None:
        """Finish the replay. May be called twice, at any time."""
        self._closed = True
        if self._writer is not None:
            self._writer.close()

    @property
    def confirmed(self) -> int:
        """Frames that nothing can change any more: all."""
        return self.frame

    @property
    def settled(self) -> bool:
        """Nobody else waits for us: always a good moment to leave."""
        return self._begun

    @property
    def recording_error(self) -> OSError | None:
        """Why the replay stopped being written, if it did."""
        return self._writer.error if self._writer is not None else None

    def checksum(self, frame: int) -> int:
        """XXH64 of the state before `frame`, for one of the last 128 frames."""
        check_kept(frame, self.frame)
        return self._sums[frame - self.frame - 1]

    @property
    def stats(self) -> SessionStats:
        """The figures: those of a network are 0."""
        return stats_without_network(self.frame, self.players)


def local(game: Game, *, players: int, seed: int | None = None, record: str | os.PathLike[str] | None = None,
          metadata: Mapping[str, Any] | None = None, clock: Clock | None = None, way: Way = "compiled") -> Local:
    """A match of `players` on this machine.

    seed      int64, what `tick.seed` is; random unless given
    record    a path for the replay; it must not exist
    metadata  kept in the replay, JSON values
    clock     real time unless given

    Compiles what is needed (see `on_progress`). Raises UsageError for what cannot be.
    """
    return Local(game, players=players, seed=seed, record=record, metadata=metadata, clock=clock, way=way)
