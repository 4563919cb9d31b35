"""Matches in compiled code: a `Lab` beside the same matches by peer.c, on memory that must be equal byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rollstep import Game, InternalError, batch
from rollstep.rollback.lab import Lab
from rollstep.runner import _compiled_loop, compiled_step

from .measure import side_by_side
from .peer import PeerTwin

#: Frames that both sides play before anything is timed: pages are touched, windows are full.
WARM_TICKS = 64
#: One turn of a side should take this long.
TURN_S = 0.02


class Pair:
    """One game, its matches in rollstep and in C. `twin` is made from the shape of the first peer."""

    def __init__(self, game: Game, twin: Callable[[Any], PeerTwin], *, players: int, inputs: Any, **options: Any) -> None:
        self.players, self.matches = players, options.get("matches", 1)
        self.ours, self.theirs = (Lab(game, players=players, inputs=inputs, **options) for _ in range(2))
        self._play = twin(self.facts()).play()

    def time(self, repeats: int, ticks: int | None = None) -> list[float]:
        """Nanoseconds per peer and frame: [ours, theirs]. Raises InternalError when anything differs, before or after."""
        self._both(WARM_TICKS)
        self.compare()
        if ticks is None:
            (both,) = side_by_side([lambda: self._both(16)], 3)
            ticks = max(8, int(2 * 16 * TURN_S / max(both, 1e-6)))
        sides: list[Callable[[], None]] = [lambda: self._ours(ticks), lambda: self._theirs(ticks)]
        took = side_by_side(sides, repeats)
        self.compare()
        return [1e9 * seconds / (ticks * self.players * self.matches) for seconds in took]

    def _both(self, ticks: int) -> None:
        self._ours(ticks)
        self._theirs(ticks)

    def _ours(self, ticks: int) -> None:
        self.ours.play(ticks)

    def _theirs(self, ticks: int) -> None:
        self._play(self.theirs.plan_address, self.theirs.tick, ticks)
        self.theirs.tick += ticks

    def compare(self) -> None:
        """Every byte of every peer and link: states, chains, snapshots, statistics, datagrams."""
        for what in ("peers", "links"):
            ours, theirs = getattr(self.ours, what), getattr(self.theirs, what)
            if not np.array_equal(ours, theirs):
                place = [int(i) for i in np.argwhere(ours != theirs)[0]]
                raise InternalError(f"bench: {what} have other bytes in C than in rollstep, the first at {place} (match, "
                                    "player, ..., byte): nothing is printed")

    def facts(self) -> Any:
        """The numbers of the first peer."""
        return self.ours.peer(0, 0)


def bare_steps(game: Game, players: int, twin: PeerTwin, inputs: Any, repeats: int, frames: int = 20_000) -> list[float]:
    """Nanoseconds per frame of the step and the checksum of its state in a loop: [ours, theirs]."""
    loop, step = _compiled_loop(), compiled_step(game, "compiled")
    run = twin.run_steps()
    rows = np.zeros((frames, game.row_size), np.uint8)
    width = game.input_size
    for p in range(players):
        rows[:, p * width:(p + 1) * width] = np.resize(inputs[p], (frames, width))
    start = np.frombuffer(bytes(game.runner("interpreted", players=players, seed=0).start()), np.uint8)
    states, sums = np.stack([start, start]), np.zeros((2, frames), np.uint64)
    ticks = [np.frombuffer(game.tick_bytes(seed=0, players=players), np.uint8).copy() for _ in range(2)]

    def ours() -> None:
        loop.call(step.address, states[0].ctypes.data, rows.ctypes.data, game.row_size, ticks[0].ctypes.data, 0, frames,
                  sums[0].ctypes.data, game.state_size)

    def theirs() -> None:
        run(states[1].ctypes.data, rows.ctypes.data, game.row_size, ticks[1].ctypes.data, 0, frames, sums[1].ctypes.data,
            game.state_size)
    took = side_by_side([ours, theirs], repeats)
    if not (np.array_equal(states[0], states[1]) and np.array_equal(sums[0], sums[1])):
        raise InternalError("bench: the steps give other states in C than in rollstep: nothing is printed")
    return [1e9 * seconds / frames for seconds in took]


def batch_steps(game: Game, players: int, twin: PeerTwin, inputs: Any, repeats: int, matches: int,
                frames: int = 60) -> list[float]:
    """Nanoseconds per match and frame of `rollstep.batch` with chains, and of the same in C, on one thread: [ours, theirs]."""
    rows = np.zeros((frames, matches, players, game.input_size), np.uint8)
    for m in range(matches):
        rows[:, m] = np.roll(inputs, -97 * m, axis=1)[:, :frames].transpose(1, 0, 2)
    many, run, played = batch(game, matches=matches, players=players, chains=True, threads=1), twin.run_batch(), 0
    states, ticks = (np.frombuffer(bytearray(b"".join(made)), np.uint8).reshape(matches, -1) for made in (
        [bytes(game.runner("interpreted", players=players, seed=m).start()) for m in range(matches)],
        [bytes(game.tick_bytes(seed=m, players=players)) for m in range(matches)]))
    chains = np.zeros(matches, np.uint64)

    def ours() -> None:
        many.advance(rows)

    def theirs() -> None:
        nonlocal played
        run(states.ctypes.data, ticks.ctypes.data, chains.ctypes.data, rows.ctypes.data, matches, players, played, frames,
            game.input_size, game.state_size, game.tick_layout.size)
        played += frames
    took = side_by_side([ours, theirs], repeats)
    same = all(bytes(many.state(m)) == states[m, :game.state.layout.size].tobytes() for m in range(matches))
    if not same or not np.array_equal(many.chains, chains):
        raise InternalError("bench: the matches of a batch have other states in C than in rollstep: nothing is printed")
    return [1e9 * seconds / (frames * matches) for seconds in took]
