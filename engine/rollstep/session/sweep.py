"""The frames of many matches, one after the other: what a batch does, one compiled call for each thread.

Everything of one match that the compiled loop needs is an entry of a table. Matches share nothing, so neither their number nor
the threads can be seen in a result. A match stays in the processor's cache while its frames run: it is the matches that are
gone through outside, the frames inside.
"""

from __future__ import annotations

import ctypes
import functools
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from ..compile import Native, Way, native
from ..game import Game
from ..runner import Interpreted, compiled_step
from ..state import chain, xxh64
from ..state.lines import aligned, whole_lines

#: A match: what its tick says; how many frames it shall run, afterwards how many it did not; the address of its inputs, and
#: the bytes from one frame's to the next; the chain of its checksums, and where each frame's is written (0: nowhere).
ENTRY = np.dtype([(name, "<i8") for name in ("seed", "players", "frame", "count", "inputs", "stride", "chain", "chains")])
_ENTRY_BYTES, _FRAME, _COUNT, _INPUTS, _STRIDE, _CHAIN, _CHAINS = 64, 16, 24, 32, 40, 48, 56


class Sweep:
    """The states of some matches, and the table that says what to run.

    table   ENTRY for each match
    memory  their states, `slot` bytes from one to the next
    """

    def __init__(self, game: Game, way: Way, *, matches: int, threads: int, chained: bool) -> None:
        self.game, self.matches, self.slot = game, matches, whole_lines(game.state_size)
        self.table: Any = np.frombuffer(aligned(matches * ENTRY.itemsize), ENTRY)
        self.memory = aligned(matches * self.slot)
        self.oracle = Interpreted(game, players=game.max_players, seed=0, checked=way == "checked")
        self._chained = chained
        self._step = None if way == "interpreted" else compiled_step(game, way)
        parts = min(threads, matches) if self._step is not None else 1
        self._bounds = [(matches * i // parts, matches * (i + 1) // parts) for i in range(parts)]
        self._scratch = [self._workspace() for _ in range(parts)]
        self._pool = ThreadPoolExecutor(parts - 1, "rollstep-batch") if parts > 1 else None

    def start(self) -> None:
        """The states before frame 0."""
        for m in range(self.matches):
            self.restart(m)

    def restart(self, match: int) -> None:
        """The state of one match before frame 0."""
        self._match(match)
        self.state(match)[:] = self.oracle.start()

    def run(self) -> None:
        """As the table says. A match whose step raises has the state before that frame, and a `count` that is not 0."""
        if self._step is None:
            for m in range(self.matches):
                self._interpret(m)
            return
        if self._pool is None:
            self._part(0)
            return
        others: list[Future[None]] = []
        try:
            others += [self._pool.submit(self._part, i) for i in range(1, len(self._bounds))]
            self._part(0)
        finally:
            wait(others)        # also when we are interrupted: nothing may run on behind the caller's back
        for other in others:
            other.result()

    def checksums(self) -> Any:
        """XXH64 of each state, uint64."""
        sums, size = np.zeros(self.matches, np.uint64), self.game.state_size
        if self._step is None:
            for m in range(self.matches):
                sums[m] = xxh64(self.state(m))
        else:
            _compiled_sums().call(self.memory.ctypes.data, self.slot, size, self.matches, sums.ctypes.data)
        return sums

    def state(self, match: int) -> memoryview:
        """The bytes of a state, in place."""
        at = match * self.slot
        return memoryview(self.memory)[at:at + self.game.state_size]

    def row(self, match: int, ahead: int) -> bytes:
        """The inputs as the step takes them, `ahead` frames after the first that the table names."""
        entry = self.table[match]
        width = int(entry["players"]) * self.game.input_size
        data = ctypes.string_at(int(entry["inputs"]) + ahead * int(entry["stride"]), width)
        return data.ljust(self.game.row_size, b"\0")

    def raise_again(self, match: int, ahead: int) -> None:
        """Raise what the step raised, by the interpreted one, from the same state; the state stays."""
        self._match(match)
        self.oracle.step(bytearray(self.state(match)), self.row(match, ahead), int(self.table[match]["frame"]))

    def _match(self, m: int) -> None:
        self.oracle.match(seed=int(self.table[m]["seed"]), players=int(self.table[m]["players"]))

    def _interpret(self, m: int) -> None:
        entry, state = self.table[m], self.state(m)
        self._match(m)
        for i in range(int(entry["count"])):
            try:
                self.oracle.step(state, self.row(m, i), int(entry["frame"]))
            except Exception:   # whatever the game raises; the state is the last good one
                return
            entry["frame"] += 1
            entry["count"] -= 1
            if self._chained:
                link = chain(int(entry["chain"]) & (1 << 64) - 1, xxh64(state))
                entry["chain"] = np.uint64(link).astype(np.int64)
                if entry["chains"]:
                    ctypes.c_uint64.from_address(int(entry["chains"]) + 8 * i).value = link

    def _workspace(self) -> tuple[Any, int, int, int]:
        """A thread's own tick, row and copy of a state: the memory and the three addresses."""
        tick = self.game.tick_bytes(seed=0, players=0)
        row_at = whole_lines(len(tick))
        copy_at = row_at + whole_lines(self.game.row_size)
        memory = aligned(copy_at + self.slot)
        memory[:len(tick)] = np.frombuffer(tick, np.uint8)
        return memory, memory.ctypes.data, memory.ctypes.data + row_at, memory.ctypes.data + copy_at

    def _part(self, i: int) -> None:
        assert self._step is not None
        (first, last), (_, tick, row, backup), game = self._bounds[i], self._scratch[i], self.game
        _compiled_sweep().call(self._step.address, self.table.ctypes.data, first, last, self.memory.ctypes.data, self.slot,
                               game.state_size, tick, row, game.row_size, game.input_size, backup, self._chained)


@functools.cache
def _compiled_sweep() -> Native:
    return native("batch", 13, "", _build_sweep, returns=False, frees=True)


@functools.cache
def _compiled_sums() -> Native:
    return native("batch-checksums", 5, "", _build_sums, returns=False, frees=True)


def _build_sums():  # type: ignore[no-untyped-def]
    from ..state.kernels_lowering import put_word, xxh64

    def sums(states, slot, size, count, out):  # type: ignore[no-untyped-def]
        for m in range(count):
            put_word(out + 8 * m, xxh64(states + m * slot, size))
    return sums


def _build_sweep():  # type: ignore[no-untyped-def]
    from ..compile import jit
    from ..state.kernels_lowering import call_step, chain_round, copy_bytes, put_word, signed, word, xxh64

    @jit
    def frames(step, state, size, entry, count, tick, row, row_size, width, chained):  # type: ignore[no-untyped-def]
        """Up to `count` frames of one match; how many went well."""
        frame = signed(word(entry + _FRAME))
        inputs = signed(word(entry + _INPUTS))
        stride = signed(word(entry + _STRIDE))
        link = signed(word(entry + _CHAIN))
        chains = signed(word(entry + _CHAINS))
        done = count
        for i in range(count):
            put_word(tick, frame + i)
            pressed = inputs + i * stride
            if width < row_size:
                copy_bytes(row, pressed, width)
                pressed = row
            if call_step(step, state, pressed, tick):
                done = i
                break
            if chained:
                link = chain_round(link, xxh64(state, size))
                if chains:
                    put_word(chains + 8 * i, link)
        if chained:
            put_word(entry + _CHAIN, link)
        return done

    def sweep(step, table, first, last, states, slot, size, tick, row,  # type: ignore[no-untyped-def]
              row_size, input_size, backup, chained):
        for m in range(first, last):
            entry = table + m * _ENTRY_BYTES
            count = signed(word(entry + _COUNT))
            if count > 0:
                state = states + m * slot
                players = signed(word(entry + 8))
                width = players * input_size
                put_word(tick + 8, signed(word(entry)))
                put_word(tick + 16, players)
                if width < row_size:
                    for at in range(0, row_size, 8):
                        put_word(row + at, 0)
                copy_bytes(backup, state, size)
                done = frames(step, state, size, entry, count, tick, row, row_size, width, chained)
                if done < count:        # the step that raised left a state between two frames
                    copy_bytes(state, backup, size)
                    frames(step, state, size, entry, done, tick, row, row_size, width, 0)
                put_word(entry + _FRAME, signed(word(entry + _FRAME)) + done)
                put_word(entry + _COUNT, count - done)
    return sweep
