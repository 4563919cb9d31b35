"""Whole matches with their protocol in one compiled call: for benchmarks, bots and searches over many matches.

    lab = Lab(game, players=2, matches=1000, inputs=inputs, latency_frames=4, window=10)
    lab.play(600)
    lab.peer(0, 1).summed, lab.state(0, 1)

Every peer is the core that a session has, on an arena as a session's; what is between them is a link in memory with a fixed
latency that loses nothing. Nothing here is Python while it plays, so this is what a frame costs in compiled code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..checks import in_range
from ..compile import Native, Way
from ..errors import InternalError, UsageError
from ..game import Game
from ..runner import Interpreted, compiled_step
from ..state import i64, struct
from ..state.lines import aligned
from ..wire import input_packet as wire
from . import frame
from .arena import MAX_WINDOW, NEVER, OFFSETS, REPEAT, Peer, check_delays, make_arena
from .core import _compiled_frame, native_by_pointers

MAX_LATENCY = 60


@struct
class Plan:
    """What `play` needs; the names that end in `_at` are addresses."""

    peers_at: i64                 # arena of player p in match m: peers_at + (m * players + p) * stride
    stride: i64
    links_at: i64                 # a ring for each match, sender and receiver
    slots: i64                    # datagrams in a ring, a power of two
    slot_bytes: i64               # its length, then its bytes
    inputs_at: i64                # player p in frame f of match m: element p * inputs + (f + m * shift) % inputs
    inputs: i64                   # a power of two
    input_size: i64
    shift: i64
    matches: i64
    players: i64
    latency: i64
    frame_us: i64
    frame: i64                    # address of the core's entry point


class Lab:
    """`matches` matches of one game at the same tick. Each tick every peer starts a frame if its window lets it.

    inputs          uint8 array of shape (players, n, game.input_size), n a power of two, used over and over; legal inputs
    shift           match m begins that many inputs later than match m - 1, so that matches differ
    latency_frames  ticks that a datagram takes one way, 1 to 60
    window          frames of prediction, 0 to 60
    delays          input delay of each player in frames; 0 unless given
    seed            int64, what `tick.seed` is in every match
    way             compiled or checked
    kept            snapshots of confirmed frames that each peer keeps, as sessions do to explain a desync

    `peers` and `links` are the memory, uint8 by match and player, and by match, sender and receiver; `tick` ticks are played.
    That is an arena for each peer (some 60 KiB and window + kept + 2 states), and `players` * (`players` - 1) links of at most
    `latency_frames` * 2 datagrams.
    """

    def __init__(self, game: Game, *, players: int, inputs: Any, matches: int = 1, shift: int = 97, latency_frames: int = 4,
                 window: int = 10, delays: Sequence[int] | None = None, seed: int = 0, way: Way = "compiled",
                 kept: int = 0) -> None:
        game.check_players(players)
        in_range("matches", matches, 1, 1_000_000)
        in_range("latency_frames", latency_frames, 1, MAX_LATENCY)
        in_range("window", window, 0, MAX_WINDOW)
        in_range("shift", shift, 0, 1 << 32)
        delays = [0] * players if delays is None else list(delays)
        check_delays(delays, players)
        if way == "interpreted":
            raise UsageError('a Lab is a compiled loop: way="compiled" or way="checked"')
        self.game, self.players, self.matches, self.tick = game, players, matches, 0
        self._inputs = _checked_inputs(game, players, inputs)
        self._oracle = Interpreted(game, players=players, seed=seed, checked=way == "checked")
        self._keep = compiled_step(game, way), _compiled_frame(), _compiled_play()
        self._place_peers(window, delays, seed, kept)
        self._place_links(latency_frames)
        plan: Any = Plan(
            peers_at=self.peers.ctypes.data, stride=self.peers.shape[-1], links_at=self.links.ctypes.data,
            slots=self.links.shape[-2], slot_bytes=self.links.shape[-1], inputs_at=self._inputs.ctypes.data,
            inputs=self._inputs.shape[1], input_size=game.input_size, shift=shift, matches=matches, players=players,
            latency=latency_frames, frame_us=1_000_000 // game.fps, frame=self._keep[1].address)
        self._plan = np.frombuffer(bytes(plan), np.uint8).copy()
        #: Where the plan lies, for other machine code that plays these matches.
        self.plan_address = self._plan.ctypes.data

    def _place_peers(self, window: int, delays: Sequence[int], seed: int, kept: int) -> None:
        """The arenas: one of each player is made, the other matches have copies."""
        start = np.frombuffer(self._oracle.start(), np.uint8)
        firsts = [make_arena(self.game, groups=[(p,) for p in range(self.players)], me=p, delays=delays, window=window,
                             seed=seed, predictor=REPEAT, kept=kept) for p in range(self.players)]
        for arena in firsts:
            numbers: Any = Peer.view(arena)  # type: ignore[attr-defined]
            numbers.step = self._keep[0].address
            for at in (numbers.state_at, numbers.snapshots_at):
                arena[at:at + len(start)] = start
        self.peers = aligned(self.matches, self.players, max(map(len, firsts)))
        for p, arena in enumerate(firsts):
            self.peers[:, p, :len(arena)] = arena

    def _place_links(self, latency_frames: int) -> None:
        slots = 1 << latency_frames.bit_length()                       # more than the latency
        tokens = self.game.input_size * wire.MOST_FRAMES
        longest = wire.HEAD + wire.CHAIN_BYTES + 1 + tokens + tokens // 15 + 2
        self.links = aligned(self.matches, self.players, self.players, slots, 8 + min(longest, wire.MAX_DATAGRAM) + 7 & ~7)

    def play(self, ticks: int) -> int:
        """That many ticks of each match, one match after the other; the flags of all frames (see frame.py).

        Raises what the step raises on a confirmed frame, and InternalError when peers disagree, for the first such match.
        """
        in_range("ticks", ticks, 0, 1 << 40)
        flags = self._keep[2].call(self.plan_address, self.tick, ticks)
        self.tick += ticks
        if flags < 0 or flags & (frame.DESYNC | frame.RAISED | frame.REFUSED):
            self._explain(flags)
        return flags

    def _explain(self, flags: int) -> None:
        for m in range(self.matches):
            for p in range(self.players):
                peer = self.peer(m, p)
                if peer.raised != NEVER:
                    at = peer.inputs_at + peer.raised % wire.RING * peer.row_size
                    row = bytes(self.peers[m, p, at:at + peer.row_size])
                    self._oracle.step(bytearray(self.state(m, p)), row, peer.raised)
                if peer.desync != NEVER:
                    raise InternalError(f"match {m}: players {p} and {peer.desync_player} do not have the same state before "
                                        f"frame {peer.desync}")
        raise InternalError(f"the core returned {flags} in a match without faults; please report this with the game")

    def peer(self, match: int, player: int) -> Any:
        """The numbers of one peer (arena.Peer), read-only, as they are now."""
        in_range("match", match, 0, self.matches - 1)
        in_range("player", player, 0, self.players - 1)
        return Peer.view(self.peers[match, player], readonly=True)  # type: ignore[attr-defined]

    def state(self, match: int, player: int) -> bytes:
        """The newest state of one peer, predictions included."""
        at = self.peer(match, player).state_at
        return bytes(self.peers[match, player, at:at + self.game.state_size])


def _checked_inputs(game: Game, players: int, inputs: Any) -> Any:
    """A copy of the inputs; UsageError when they have another shape or bytes that are not legal."""
    given = np.ascontiguousarray(inputs)
    n = given.shape[1] if given.ndim == 3 else 0
    if given.dtype != np.uint8 or given.shape != (players, n, game.input_size) or n == 0 or n & (n - 1):
        raise UsageError(f"inputs are {given.dtype} of shape {given.shape}: give uint8 of shape ({players}, n, "
                         f"{game.input_size}), n a power of two")
    for row in np.unique(given.reshape(-1, game.input_size), axis=0):
        game.validate_input(row.tobytes())
    made = aligned(*given.shape)
    made[:] = given
    return made


@functools.cache
def _compiled_play() -> Native:
    return native_by_pointers("lab", 3, _build_play)


def _build_play() -> Callable[..., Any]:
    from ..state.kernels_lowering import call_frame, copy_bytes, put_word, signed, word
    from ..state.lowering import Ref, at

    plan = Ref(Plan.layout, readonly=True)  # type: ignore[attr-defined]
    rx_at, tx_at, pad_at, started, rx_length, rx_from, tx_length = (
        OFFSETS[name] for name in ("rx_at", "tx_at", "pad_at", "frame", "rx_length", "rx_from", "tx_length"))
    row = wire.MAX_DATAGRAM

    def play(plan_at, first, ticks):  # type: ignore[no-untyped-def]
        a = at(plan, plan_at)
        what = 0
        players = a.players
        ring = a.slots * a.slot_bytes
        for m in range(a.matches):
            links = a.links_at + m * players * players * ring
            for tick in range(first, first + ticks):
                arriving = ((tick - a.latency) & (a.slots - 1)) * a.slot_bytes
                leaving = (tick & (a.slots - 1)) * a.slot_bytes
                for k in range(players):
                    c = a.peers_at + (m * players + k) * a.stride
                    count = 0
                    for j in range(players):
                        if j != k:
                            slot = links + (j * players + k) * ring + arriving
                            n = signed(word(slot))
                            if n != 0:
                                copy_bytes(c + signed(word(c + rx_at)) + count * row, slot + 8, n)
                                put_word(c + rx_length + 8 * count, n)
                                put_word(c + rx_from + 8 * count, j)
                                put_word(slot, 0)
                                count += 1
                    i = k * a.inputs + ((signed(word(c + started)) + m * a.shift) & (a.inputs - 1))
                    copy_bytes(c + signed(word(c + pad_at)), a.inputs_at + i * a.input_size, a.input_size)
                    flags = call_frame(a.frame, c, count, tick * a.frame_us, 1)
                    if flags < 0:
                        return flags
                    what |= flags
                    for i in range(players - 1):
                        j = i if i < k else i + 1
                        slot = links + (k * players + j) * ring + leaving
                        n = signed(word(c + tx_length + 8 * i))
                        copy_bytes(slot + 8, c + signed(word(c + tx_at)) + i * row, n)
                        put_word(slot, n)
        return what
    return play
