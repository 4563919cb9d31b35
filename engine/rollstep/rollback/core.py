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
from ..runner import Interpreted, InterpretedPredictor, compiled_predictor, compiled_step
from ..source import Program
from ..state import memory as raw_memory
from ..state.lines import aligned
from ..wire import input_packet as wire
from . import frame, memory
from .arena import BLANK, GAME, MAX_WINDOW, NEVER, OFFSETS, PLACES, REPEAT, ROWS, SAMPLES, Peer, check_delays, make_arena

Entry = Callable[[int, int, int, int], int]

_handles = itertools.count(1)


@dataclass(frozen=True)
class CoreStats:
    """Counters since frame 0.

    frames started; rollbacks, and `depths`, how many of them went back 0, 1, 2... frames; resimulated_frames; steps, copies
    and checksums of a state, which is all the work there is; stalls: frames that could not start; predictions: inputs that
    were simulated before they came in, and how many of them were wrong; raised_predictions: steps that raised on inputs that
    were predicted; failed_guesses: those of the game's predictor that raised or are no input; packets and bytes sent;
    packets accepted, and `refused` by reason.
    """

    frames: int
    rollbacks: int
    depths: tuple[int, ...]
    resimulated_frames: int
    steps: int
    copies: int
    checksums: int
    stalls: int
    predictions: int
    mispredictions: int
    raised_predictions: int
    failed_guesses: int
    packets_sent: int
    bytes_sent: int
    packets_accepted: int
    refused: dict[str, int]

    @property
    def deepest_rollback(self) -> int:
        """In frames."""
        return len(self.depths) - 1


class Core:
    """The rollback core of one peer.

    player    whose inputs are given here; or the place of a group in `groups`, by any of its players
    players   how many play
    delays    input delay of each player in frames, 0 to 16
    window    frames of prediction, 0 (lockstep) to 60
    seed      int64, what `tick.seed` is
    way       see compile.py
    groups    the players of each peer, when some peer plays several: together 0 to players - 1, each once
    predictor REPEAT, BLANK, or GAME for a game with a `predict` of its own
    kept      snapshots of confirmed frames to keep, 0 to SUMS; fewer when the states are large (arena.KEPT_BYTES)
    allocate  where the arena comes from: zeroed bytes, 64-byte-aligned

    A peer goes by its first player: `peer` below is one of those. Times are integer microseconds of any epoch.
    """

    def __init__(self, game: Game, *, player: int, players: int, delays: Sequence[int], window: int, seed: int,
                 way: Way = "compiled", groups: Sequence[Sequence[int]] | None = None, predictor: int = REPEAT,
                 kept: int = 0, allocate: Callable[[int], Any] = aligned) -> None:
        game.check_players(players)
        in_range("player", player, 0, players - 1)
        in_range("window", window, 0, MAX_WINDOW)
        in_range("predictor", predictor, REPEAT, GAME if game.predictor is not None else BLANK)
        check_delays(delays, players)
        teams = sorted(tuple(sorted(group)) for group in groups or [(p,) for p in range(players)])
        if sorted(p for team in teams for p in team) != list(range(players)) or () in teams:
            raise UsageError(f"groups={groups}: together they must be 0 to {players - 1}, each once")
        me = next(i for i, team in enumerate(teams) if player in team)
        self.game, self.players = game, players
        self.local_players = teams[me]
        self.player = teams[me][0]
        self.remotes = [team[0] for i, team in enumerate(teams) if i != me]
        self._oracle = Interpreted(game, players=players, seed=seed, checked=way == "checked")
        self._arena = make_arena(game, groups=teams, me=me, delays=delays, window=window, seed=seed, predictor=predictor,
                                 kept=kept, allocate=allocate)
        self._bytes = memoryview(self._arena)
        self.numbers = self._bytes[:Peer.layout.size].cast("q")  # type: ignore[attr-defined]
        self._at = {name: offset // 8 for name, offset in OFFSETS.items()}
        #: Datagrams that wait for the next call.
        self.pending = 0
        self._place_start()
        self._entry, self._handle, self._keep = self._prepare(check_way(way))
        rx, tx, pad = self._number("rx_at"), self._number("tx_at"), self._number("pad_at")
        self._rows = [self._bytes[rx + r * wire.MAX_DATAGRAM:rx + (r + 1) * wire.MAX_DATAGRAM] for r in range(ROWS)]
        self._frame_at = self._at["frame"]
        self._rx_length, self._rx_from = self._at["rx_length"], self._at["rx_from"]
        #: The inputs of the local players for the next frame: see set_input.
        self.pad = self._bytes[pad:pad + game.input_size * len(self.local_players)]
        #: For each peer that is not dropped: where in `numbers` the length of its datagram is, and its bytes.
        self.out = [(q, self._at["tx_length"] + i, self._bytes[tx + i * wire.MAX_DATAGRAM:tx + (i + 1) * wire.MAX_DATAGRAM])
                     for i, q in enumerate(self.remotes)]
        #: What the last call returned.
        self.flags = frame.ROOM * (self.room > 0)
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
            self.numbers[self._at["step"]] = handle
            memory.STEPS[handle] = _quiet_step(self._oracle)
            weakref.finalize(self, memory.STEPS.pop, handle, None)
            if self._number("predictor") == GAME:
                self.numbers[self._at["guess"]] = handle
                memory.PREDICTORS[handle] = _quiet_guess(InterpretedPredictor(self.game))
                weakref.finalize(self, memory.PREDICTORS.pop, handle, None)
            view = Peer.view(self._bytes)  # type: ignore[attr-defined]
            run = _interpreted_frame()
            return (lambda _, count, now, want: run(view, count, now, want)), 0, None
        step, core = compiled_step(self.game, way), _compiled_frame()
        self.numbers[self._at["step"]] = step.address
        guess = compiled_predictor(self.game) if self._number("predictor") == GAME else None
        if guess is not None:
            self.numbers[self._at["guess"]] = guess.address
        return core.call, self._arena.ctypes.data, (step, guess, core)

    def _number(self, name: str, index: int = 0) -> int:
        return self.numbers[self._at[name] + index]

    # ------------------------------------------------------------------ what happens every frame

    def receive(self, peer: int, datagram: bytes | memoryview) -> bool:
        """Queue an input packet for the next call. False when the queue is full: call `exchange` first."""
        pending = self.pending
        if pending == ROWS:
            return False
        n = len(datagram)
        if n <= wire.MAX_DATAGRAM:
            self._rows[pending][:n] = datagram
        numbers = self.numbers
        numbers[self._rx_length + pending] = n
        numbers[self._rx_from + pending] = peer
        self.pending = pending + 1
        return True

    def set_input(self, data: bytes) -> None:
        """The inputs of the local players for the next frame that starts, in order; legal bytes of `game.input`."""
        self.pad[:] = data

    def advance(self, now_us: int) -> int:
        """The one call per frame: packets in, rollback, a new frame if there is room, packets out.

        Returns the flags of frame.py. With RAISED among them, the step raises on a frame whose inputs are all confirmed:
        `state` is the one before it, no frame starts any more, and `raise_confirmed` says what is wrong.
        """
        return self.exchange(now_us, 1)

    def exchange(self, now_us: int, want: int = 0) -> int:
        """The same without a new frame (unless `want` is 1): while stalled, or to take packets in (with -1, for that alone)."""
        try:
            flags = self._entry(self._handle, self.pending, now_us, want)
        except IndexError as error:
            raise InternalError(f"the core: {error}; please report this with the replay") from error
        self.pending = 0
        self.flags = flags
        return flags

    def raise_confirmed(self) -> None:
        """Raise what the step raises on the confirmed frame that cannot be played, from the same state; nothing else."""
        f = self._number("raised")
        if f == NEVER:
            return
        at, row = self._number("state_at"), self.row(f)
        state = bytearray(self._bytes[at:at + self.game.state_size])
        self._oracle.step(state, row, f)
        raise InternalError(f"frame {f}: the compiled step raised, the interpreted did not")

    def outgoing(self) -> list[tuple[int, bytes]]:
        """(peer, datagram) for each remote peer that is not dropped, as the last call wrote them."""
        return [(q, out[:self.numbers[at]].tobytes()) for q, at, out in self.out]

    def drop(self, peer: int) -> None:
        """A peer is gone: nothing is written for it any more."""
        self.numbers[self._at["gone"] + peer] = 1
        self.out = [out for out in self.out if out[0] != peer]

    def set_delay(self, player: int, delay: int, at_frame: int) -> None:
        """Change a local player's input delay, from the frame that starts as number `at_frame` or, if that has passed, the
        next. When it grows, the frames in between repeat the last input; when it shrinks, as many inputs are left out."""
        numbers, at = self.numbers, self._at
        numbers[at["new_delay"] + player] = delay
        numbers[at["new_delay_at"] + player] = at_frame

    def limit(self, *, tx_bytes: int, reveal: int = NEVER, trusted: int = NEVER) -> None:
        """Own inputs of frames from `reveal` on are not sent; frames from `trusted` on do not count as confirmed, even with
        all inputs known; neither may go back. Datagrams have at most `tx_bytes`, in which a frame must find place."""
        self.numbers[self._at["reveal"]] = reveal
        self.numbers[self._at["trusted"]] = trusted
        self.numbers[self._at["tx_limit"]] = tx_bytes

    def samples(self) -> list[list[int]]:
        """For each remote peer, how far we were ahead in each of the last SAMPLES frames, in 1/64 frame; they begin anew."""
        at = self._at["samples"]
        self.numbers[self._at["sampled"]] = 0
        return [self.numbers[at + q * SAMPLES:at + (q + 1) * SAMPLES].tolist() for q in self.remotes]

    # ------------------------------------------------------------------ facts

    @property
    def frame(self) -> int:
        """Frames started."""
        return self.numbers[self._frame_at]

    @property
    def simulated(self) -> int:
        """The frame of the state that `state` shows."""
        return self._number("done")

    @property
    def confirmed(self) -> int:
        """Frames whose inputs are all known and whose states are final (states up to this one have checksums)."""
        return self._number("summed")

    @property
    def full(self) -> bool:
        """Whether no more datagrams can wait for the next call."""
        return self.pending == ROWS

    @property
    def raised(self) -> int | None:
        """The confirmed frame whose step raises."""
        f = self._number("raised")
        return None if f == NEVER else f

    @property
    def can_advance(self) -> bool:
        """Whether a frame would start, as of the last call."""
        return self.flags & frame.ROOM != 0

    @property
    def acked(self) -> int:
        """Frames of all our players that every remote has."""
        return min(map(self.acked_by, self.remotes), default=self.got(self.player))

    def acked_by(self, peer: int) -> int:
        """Frames of all our players that a peer has."""
        return self._number("ack", peer)

    def started_by(self, peer: int) -> int:
        """Frames that a peer is known to have started."""
        return self._number("peer_at", peer)

    @property
    def room(self) -> int:
        """How many frames could start if nothing more came in, as of the last call."""
        frame_ = self.frame
        if self.simulated != frame_:
            return 0
        remote_players = [p for p in range(self.players) if p not in self.local_players]
        got = min((self._number("got", p) for p in remote_players), default=NEVER)
        ahead = self._number("window") - (frame_ - min(got, self._number("trusted")))
        return max(0, min(ahead, wire.UNACKED - self._unsaid))

    @property
    def unacknowledged(self) -> bool:
        """Whether no frame can start since too many of ours are not known to have arrived."""
        return self._unsaid >= wire.UNACKED

    @property
    def _unsaid(self) -> int:
        """Frames of our players that some remote has not acknowledged."""
        return max(self.got(p) for p in self.local_players) - self.acked if self.remotes else 0

    def got(self, player: int) -> int:
        """Frames of a player's inputs that are known."""
        return self._number("got", player)

    def delay(self, player: int) -> int:
        """A player's input delay in frames; of a remote player as it said last."""
        return self._number("delay", player)

    @property
    def delays(self) -> tuple[int, ...]:
        """The input delays of all players."""
        at = self._at["delay"]
        return tuple(self.numbers[at:at + self.players].tolist())

    def lead(self, peer: int) -> int:
        """How far we run ahead of a peer, in 1/64 frame, smoothed."""
        return self._number("lead", peer)

    def their_lead(self, peer: int) -> int:
        """How far a peer says that it runs ahead of us, in 1/64 frame."""
        return self._number("their_lead", peer)

    def rtt_us(self, peer: int) -> int:
        """Smoothed round trip, the other side's frame time included."""
        return self._number("rtt", peer)

    def heard_at_us(self, peer: int) -> int:
        """When the newest packet of a peer was taken in; 0 before the first."""
        return self._number("heard_at", peer)

    def row(self, f: int) -> bytes:
        """The inputs of all players for frame f; kept for the last RING frames."""
        at = self._number("inputs_at") + f % wire.RING * self.game.row_size
        return bytes(self._bytes[at:at + self.game.row_size])

    @property
    def kept_from(self) -> int:
        """The first frame whose state is still there, and stays there while no frame starts."""
        slots = (self._number("snapshots_end") - self._number("snapshots_at")) // self._number("slot_size")
        return max(0, self.frame - slots + 1)

    def kept(self, f: int) -> bytes | None:
        """State f, when it is confirmed and still there."""
        if not self.kept_from <= f <= self.confirmed:
            return None
        at = self._number("place", f % PLACES)
        return bytes(self._bytes[at:at + self.game.state_size])

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
        depths = [self._number("depths", i) for i in range(MAX_WINDOW + 1)]
        while len(depths) > 1 and depths[-1] == 0:
            depths.pop()
        return CoreStats(frames=self.frame, rollbacks=sum(depths), depths=tuple(depths), refused=refused,
                         **{fact: self._number(name) for fact, name in _COUNTERS.items()})


_COUNTERS = {"resimulated_frames": "resimulated", "steps": "steps", "copies": "copies", "checksums": "digests",
             "stalls": "waits", "predictions": "predicted", "mispredictions": "mispredicted",
             "raised_predictions": "raised_predicted", "failed_guesses": "failed_guesses",
             "packets_sent": "sent", "bytes_sent": "sent_bytes",
             "packets_accepted": "accepted"}


def prepare(game: Game, way: Way = "compiled") -> None:
    """Compile, or load from the cache, all that a match of this game needs; see `on_progress`.

    A session does it when it is made. Call this earlier to do it behind a screen of your own.
    """
    if way != "interpreted":
        compiled_step(game, way)
        if game.predictor is not None:
            compiled_predictor(game)
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


def _quiet_guess(predictor: InterpretedPredictor) -> Callable[[memoryview, memoryview, int, memoryview], int]:
    """A predictor that says whether it raised."""
    def guess(state: memoryview, guessed: memoryview, player: int, tick: memoryview) -> int:
        try:
            predictor.guess(state, guessed, player, tick)
        except Exception:  # whatever the game raises: a guess that fails is no guess
            return 1
        return 0
    return guess


@functools.cache
def core_program() -> Program:
    """The core's own functions, rewritten as a step is."""
    primitives = (raw_memory.get8, raw_memory.put8, raw_memory.get64, raw_memory.put64, raw_memory.move, raw_memory.digest,
                  raw_memory.chain_round, memory.run_step, memory.run_predict)
    return Program([frame.run_frame], Language(functions=primitives, marked=False))


@functools.cache
def _interpreted_frame() -> Callable[..., int]:
    made = core_program().build(PLAIN)
    return made[frame.run_frame]


@functools.cache
def _compiled_frame() -> Native:
    """The core is the same code for every game and way: only the step behind the pointer differs."""
    return native_by_pointers("core", 4, _build_frame)


def native_by_pointers(name: str, arguments: int, build: Callable[[], Callable[..., Any]]) -> Native:
    """Compiled code that reaches a game's step by its address. It has no key of its own: the engine's sources are part of every
    key."""
    from ..audit import prove

    return native(name, arguments, "", build, prove=lambda text, of: prove(text, of, pointer_calls=True))


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
