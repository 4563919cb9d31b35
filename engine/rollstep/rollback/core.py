"""`Core`: the arena of one peer and the one call per frame, as a session sees them."""

from __future__ import annotations

import functools
import itertools
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..checks import in_range
from ..compile import Native, Way, check_way, native
from ..errors import InternalError, UsageError
from ..fixed.operators import PLAIN
from ..game import Game
from ..language import Language
from ..runner import Interpreted, compiled_step
from ..source import Program
from ..state import memory as raw_memory
from ..wire import input_packet as wire
from . import frame, memory
from .arena import MAX_WINDOW, NEVER, OFFSETS, ROWS, Peer, make_arena

Entry = Callable[[int, int, int, int], int]

_handles = itertools.count(1)


@dataclass(frozen=True)
class CoreStats:
    """Counters since frame 0. `refused` counts datagrams by reason; `stalls` frames that could not start."""

    frames: int
    rollbacks: int
    deepest_rollback: int
    resimulated_frames: int
    stalls: int
    predictions: int
    mispredictions: int
    packets_accepted: int
    refused: dict[str, int]


class Core:
    """The rollback core of one peer.

    delays: input delay of each player in frames, 0 to 16; window: frames of prediction, 0 (lockstep) to 32;
    seed: int64, what `tick.seed` is; way: see compile.py. Times are integer microseconds of any epoch.
    """

    def __init__(self, game: Game, *, player: int, players: int, delays: Sequence[int], window: int, seed: int,
                 way: Way = "compiled") -> None:
        game.check_players(players)
        in_range("player", player, 0, players - 1)
        in_range("window", window, 0, MAX_WINDOW)
        if len(delays) != players:
            raise UsageError(f"delays={list(delays)}: give one delay for each of the {players} players")
        for delay in delays:
            in_range("delay", delay, 0, wire.MAX_DELAY)
        self.game, self.player, self.players = game, player, players
        self._oracle = Interpreted(game, players=players, seed=seed, checked=way == "checked")
        self._arena = make_arena(game, player=player, players=players, delays=delays, window=window, seed=seed)
        self._bytes = memoryview(self._arena)
        self._numbers = self._bytes[:Peer.layout.size].cast("q")  # type: ignore[attr-defined]
        self._remotes = [p for p in range(players) if p != player]
        self._at = {name: offset // 8 for name, offset in OFFSETS.items()}
        self._pending = 0
        self._place_start()
        self._entry, self._handle, self._keep = self._prepare(check_way(way))
        rx, tx = self._number("rx_at"), self._number("tx_at")
        self._rows = [self._bytes[rx + r * wire.MAX_DATAGRAM:rx + (r + 1) * wire.MAX_DATAGRAM] for r in range(ROWS)]
        self._out = [self._bytes[tx + p * wire.MAX_DATAGRAM:tx + (p + 1) * wire.MAX_DATAGRAM] for p in range(players)]
        state_at = self._number("state_at")
        self.state: Any = game.state.view(self._bytes[state_at:state_at + game.state_size], readonly=True)

    def _place_start(self) -> None:
        start = self._oracle.start()
        for name in ("state_at", "snapshots_at"):
            at = self._number(name)
            self._bytes[at:at + len(start)] = start

    def _prepare(self, way: Way) -> tuple[Entry, int, object]:
        """(the frame's entry point, what stands in the arena's `step` and in the call, what must live as long)."""
        if way == "interpreted":
            handle = next(_handles)
            self._numbers[self._at["step"]] = handle
            memory.STEPS[handle] = _quiet_step(self._oracle)
            weakref.finalize(self, memory.STEPS.pop, handle, None)
            view = Peer.view(self._bytes)  # type: ignore[attr-defined]
            run = _interpreted_frame()
            return (lambda _, count, now, want: run(view, count, now, want)), 0, None
        step, core = compiled_step(self.game, way), _compiled_frame()
        self._numbers[self._at["step"]] = step.address
        return core.call, self._arena.ctypes.data, (step, core)

    def _number(self, name: str, index: int = 0) -> int:
        return self._numbers[self._at[name] + index]

    # ------------------------------------------------------------------ what happens every frame

    def receive(self, player: int, datagram: bytes | memoryview) -> bool:
        """Queue an input packet for the next call. False when the queue is full: call `exchange` first."""
        if self._pending == ROWS:
            return False
        n = len(datagram)
        if n <= wire.MAX_DATAGRAM:
            self._rows[self._pending][:n] = datagram
        self._numbers[self._at["rx_length"] + self._pending] = n
        self._numbers[self._at["rx_from"] + self._pending] = player
        self._pending += 1
        return True

    def set_input(self, data: bytes) -> None:
        """The local input for the next frame that starts; legal bytes of `game.input`."""
        at = self._number("pad_at")
        self._bytes[at:at + self.game.input_size] = data

    def advance(self, now_us: int) -> int:
        """The one call per frame: packets in, rollback, a new frame if there is room, packets out.

        Returns the flags of frame.py. Raises what the step raises on a frame whose inputs are all confirmed.
        """
        return self._call(now_us, 1)

    def exchange(self, now_us: int) -> int:
        """The same without a new frame: while stalled, or to take packets in."""
        return self._call(now_us, 0)

    def _call(self, now_us: int, want: int) -> int:
        pending, self._pending = self._pending, 0
        try:
            flags = self._entry(self._handle, pending, now_us, want)
        except IndexError as error:
            raise InternalError(f"the core: {error}; please report this with the replay") from error
        if flags & frame.RAISED:
            self._raise()
        return flags

    def _raise(self) -> None:
        """A confirmed frame's step raised: the oracle raises the real exception, from the same state."""
        f = self._number("raised")
        at, row = self._number("state_at"), self.row(f)
        state = bytearray(self._bytes[at:at + self.game.state_size])
        self._oracle.step(state, row, f)
        raise InternalError(f"frame {f}: the compiled step raised, the interpreted did not")

    def outgoing(self) -> list[tuple[int, bytes]]:
        """(player, datagram) for each remote, as the last call wrote them."""
        lengths, at, out = self._numbers, self._at["tx_length"], self._out
        return [(p, bytes(out[p][:lengths[at + p]])) for p in self._remotes]

    # ------------------------------------------------------------------ facts

    @property
    def pending(self) -> int:
        """Datagrams that wait for the next call."""
        return self._pending

    @property
    def frame(self) -> int:
        """Frames started."""
        return self._number("frame")

    @property
    def simulated(self) -> int:
        """The frame of the state that `state` shows."""
        return self._number("done")

    @property
    def confirmed(self) -> int:
        """Frames whose inputs are all known and whose states are final (states up to this one have checksums)."""
        return self._number("summed")

    @property
    def acked(self) -> int:
        """Frames of ours that every remote has."""
        return min(map(self.acked_by, self._remotes), default=self.got(self.player))

    def acked_by(self, player: int) -> int:
        """Frames of ours that a player has."""
        return self._number("ack", player)

    def started_by(self, player: int) -> int:
        """Frames that a player is known to have started."""
        return self.got(player) - self._number("delay", player)

    @property
    def room(self) -> int:
        """How many frames could start if nothing more came in, as of the last call."""
        frame_ = self.frame
        if self.simulated != frame_:
            return 0
        got = min((self._number("got", p) for p in self._remotes), default=frame_)
        ahead = max(self._number("window"), not self._remotes) - (frame_ - got)
        return max(0, min(ahead, wire.UNACKED - (self.got(self.player) - self.acked)))

    @property
    def can_advance(self) -> bool:
        """Whether a new frame would start, as of the last call."""
        return self.room > 0

    def got(self, player: int) -> int:
        """Frames of a player's inputs that are known."""
        return self._number("got", player)

    def delay(self, player: int) -> int:
        """A player's input delay in frames."""
        return self._number("delay", player)

    def lead(self, player: int) -> int:
        """How far we run ahead of a player, in 1/64 frame, smoothed."""
        return self._number("lead", player)

    def their_lead(self, player: int) -> int:
        """How far a player says that it runs ahead of us, in 1/64 frame."""
        return self._number("their_lead", player)

    def rtt_us(self, player: int) -> int:
        """Smoothed round trip, the other side's frame time included."""
        return self._number("rtt", player)

    def heard_at_us(self, player: int) -> int:
        """When the newest packet of a player was taken in; 0 before the first."""
        return self._number("heard_at", player)

    def row(self, f: int) -> bytes:
        """The inputs of all players for frame f; kept for the last RING frames."""
        at = self._number("inputs_at") + f % wire.RING * self.game.row_size
        return bytes(self._bytes[at:at + self.game.row_size])

    def checksum(self, f: int) -> int:
        """XXH64 of state f, for a confirmed frame of the last SUMS."""
        return self._number("sums", f % wire.SUMS) & raw_memory.MASK

    def chain(self, f: int) -> int:
        """The chain of checksums up to state f, for a confirmed frame of the last SUMS."""
        return self._number("chains", f % wire.SUMS) & raw_memory.MASK

    @property
    def desync(self) -> tuple[int, int, int, int] | None:
        """(frame, player, ours, theirs): the first chain of checksums that differed, low 32 bits. None while all agree."""
        if self._number("desync") == NEVER:
            return None
        return (self._number("desync"), self._number("desync_player"),
                self._number("desync_ours"), self._number("desync_theirs"))

    @property
    def stats(self) -> CoreStats:
        """The counters."""
        refused = {reason: self._number("refused", i) for i, reason in enumerate(wire.REASONS) if i}
        return CoreStats(frames=self.frame, rollbacks=self._number("rollbacks"),
                         deepest_rollback=self._number("deepest"), resimulated_frames=self._number("resimulated"),
                         stalls=self._number("waits"), predictions=self._number("predicted"),
                         mispredictions=self._number("mispredicted"), packets_accepted=self._number("accepted"),
                         refused=refused)


def prepare(game: Game, way: Way = "compiled") -> None:
    """Compile, or load from the cache, all that a match of this game needs; see `on_progress`.

    A session does it when it is made. Call this earlier to do it behind a screen of your own.
    """
    if way != "interpreted":
        compiled_step(game, way)
        _compiled_frame()


def _quiet_step(oracle: Interpreted) -> Callable[[Any, memoryview, memoryview, int], int]:
    """A step that says whether it raised, as the compiled one does."""
    def step(c: Any, state: memoryview, row: memoryview, f: int) -> int:
        try:
            oracle.step(state, row, f)
        except Exception:  # whatever the game raises; core._raise lets it out when the frame is confirmed
            return 1
        return 0
    return step


@functools.cache
def core_program() -> Program:
    """The core's own functions, rewritten as a step is."""
    primitives = (raw_memory.get8, raw_memory.put8, raw_memory.put64, raw_memory.move, raw_memory.digest,
                  raw_memory.chain_round, memory.run_step)
    return Program([frame.run_frame], Language(functions=primitives, marked=False))


@functools.cache
def _interpreted_frame() -> Callable[..., int]:
    made = core_program().build(PLAIN)
    return made[frame.run_frame]


@functools.cache
def _compiled_frame() -> Native:
    """The core is the same code for every game and way: only the step behind the pointer differs."""
    from ..audit import prove

    key = core_program().exact_text() + Peer.layout.digest().hex()  # type: ignore[attr-defined]
    return native("core", 4, key, _build_frame, prove=lambda text, name: prove(text, name, pointer_calls=True))


def _build_frame() -> Callable[..., Any]:
    from ..compile import jit
    from ..fixed.lowering import OPERATORS
    from ..state.lowering import Ref, at, setter
    from . import lowering  # noqa: F401  registers run_step

    made = core_program().build(OPERATORS["compiled"], jit=jit, setter=setter, module=__name__)
    run = made[frame.run_frame]
    peer = Ref(Peer.layout)  # type: ignore[attr-defined]

    def entry(arena, count, now, want):  # type: ignore[no-untyped-def]
        return run(at(peer, arena), count, now, want)
    return entry


__all__ = ["Core", "CoreStats", "core_program", "prepare"]
