"""`Batch`: many matches of one game, advanced together: for bots that learn, for laboratories, for proofs.

    batch = rs.batch(game, matches=1000, players=2, threads=2)
    for _ in range(100):
        batch.advance(choose(batch.states))     # one frame of all, or many: the array's first dimension

    films = rs.batch_replays(game, sorted(folder.glob("*.rsr")), threads=2)
    films.advance()
    assert films.verified.all()

A match has its own seed and state, and knows nothing of the others: what it comes to depends neither on their number nor on
threads. One whose step raises stands still before that frame, and the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..checks import in_range, shown
from ..compile import Way, check_way
from ..errors import InternalError, ReplayError, UsageError
from ..game import Game
from ..replay import Replay, belongs, read_replay
from ..state.lines import whole_lines
from .sweep import Sweep

#: Bytes that the states of one batch can take, and matches in it.
MAX_BYTES = 4 << 30
MAX_MATCHES = 1_000_000
MAX_THREADS = 64
#: Chains of a batch of replays that are held against the files at a time, in bytes.
_CHAINS_BYTES = 16 << 20


class Matches:
    """What a `Batch` and a `ReplayBatch` have alike: the states and what is known of them. By match, 0 on."""

    def __init__(self, game: Game, *, seeds: Sequence[int], players: Sequence[int], threads: int, chains: bool,
                 way: Way) -> None:
        in_range("threads", threads, 1, MAX_THREADS)
        matches = in_range("matches", len(seeds), 1, MAX_MATCHES)
        slot = whole_lines(game.state_size)
        if matches * slot > MAX_BYTES:
            raise UsageError(f"matches={matches}: states of {slot} bytes, and those of a batch can take {MAX_BYTES} bytes; "
                             f"make several batches of at most {MAX_BYTES // slot} matches")
        self.game, self.matches = game, matches
        self._sweep = Sweep(game, check_way(way), matches=matches, threads=threads, chained=chains)
        self._table, self._chained = self._sweep.table, chains
        self._table["seed"], self._table["players"] = seeds, players
        self._sweep.start()
        self._errors: dict[int, Exception] = {}
        self._goes_on: Any = np.ones(matches, np.int64)     # 0 for those that have raised
        self._places: Any = np.arange(matches)
        states: Any = np.ndarray((matches,), game.state.layout.dtype(), self._sweep.memory, strides=(self._sweep.slot,))
        states.flags.writeable = False
        #: All states as NumPy's structured array (see `Layout.dtype`): they change in place with the next advance.
        self.states = states

    @property
    def frames(self) -> Any:
        """The frame of each match, int64: of its state, which is the one before that frame."""
        return self._table["frame"].copy()

    @property
    def checksums(self) -> Any:
        """XXH64 of each state, uint64; computed when asked for."""
        return self._sweep.checksums()

    @property
    def chains(self) -> Any:
        """The chain over the checksums of all states of each match after the first, uint64, as sessions and replays have it."""
        if not self._chained:
            raise UsageError("chains need the checksum of every state: make the batch with chains=True")
        return self._table["chain"].view(np.uint64).copy()

    @property
    def errors(self) -> Mapping[int, Exception]:
        """What a match's step raised: it stands still before that frame, for good. Says frame, file and line."""
        return MappingProxyType(self._errors)

    def state(self, match: int) -> Any:
        """The state of one match as the game sees it, read-only; it changes in place."""
        in_range("match", match, 0, self.matches - 1)
        return self.game.state.view(self._sweep.state(match), readonly=True)

    def _run(self, counts: Any) -> None:
        """So many frames of each match, as far as its step does not raise."""
        count, asked = self._table["count"], self._goes_on * counts
        count[:] = asked
        self._sweep.run()
        if not count.any():
            return
        for match in np.flatnonzero(count).tolist():
            self._goes_on[match] = 0
            done = int(asked[match] - count[match])
            try:
                self._sweep.raise_again(match, done)
            except Exception as error:  # whatever the game raises
                self._errors[match] = error
            else:
                raise InternalError(f"match {match}, frame {self._table['frame'][match]}: the compiled step of "
                                    f"{self.game.name} raised, the interpreted did not")


class Batch(Matches):
    """See `batch` for the arguments, and `Matches` for what is known of the states."""

    def __init__(self, game: Game, *, matches: int, players: int, seeds: Sequence[int] | None, threads: int, chains: bool,
                 way: Way) -> None:
        in_range("matches", matches, 1, MAX_MATCHES)
        self.players = game.check_players(players)
        given = list(_sequence("seeds", range(matches) if seeds is None else seeds))
        if len(given) != matches:
            raise UsageError(f"seeds: {len(given)} for {matches} matches; give one for each")
        for m, seed in enumerate(given):
            in_range(f"seeds[{m}]", seed, -1 << 63, (1 << 63) - 1)
        super().__init__(game, seeds=given, players=[players] * matches, threads=threads, chains=chains, way=way)
        self._legal = [(at, np.isin(np.arange(256), sorted(legal)))
                       for at, legal in enumerate(game.input.layout.legal_bytes()) if legal is not None]

    def advance(self, inputs: Any) -> None:
        """As many frames as there are inputs for; those of a match that has raised before are left out.

        inputs  an array of bytes, shaped (frames, matches, players, size of an input), or of `game.input.layout.dtype()`,
                shaped (frames, matches, players); or of one frame a list with a list for each match, of an input for each
                player as a session takes it

        Raises UsageError for another, and for a bool or enum that means nothing; nothing has happened then. Each call costs
        about 50 µs and a copy of each state: give many frames at once where you can.
        """
        array = self._bytes(inputs)
        table = self._table
        table["stride"] = array.strides[0]
        table["inputs"] = array.ctypes.data + self._places * array.strides[1]
        self._run(len(array))

    def restart(self, match: int, *, seed: int | None = None) -> None:
        """Begin a match anew, also one whose step has raised, with its seed or another: frame 0, and a chain of nothing. Runs
        init, interpreted.
        """
        in_range("match", match, 0, self.matches - 1)
        entry = self._table[match]
        if seed is not None:
            entry["seed"] = in_range("seed", seed, -1 << 63, (1 << 63) - 1)
        entry["frame"] = entry["chain"] = 0
        self._sweep.restart(match)
        self._goes_on[match] = 1
        self._errors.pop(match, None)

    def _bytes(self, inputs: Any) -> Any:
        game, shape = self.game, (self.matches, self.players, self.game.input_size)
        if not isinstance(inputs, np.ndarray):
            inputs = self._one_frame(inputs)
        elif inputs.dtype == game.input.layout.dtype() and inputs.dtype != np.uint8 and inputs.shape[1:] == shape[:2]:
            inputs = np.ascontiguousarray(inputs).view(np.uint8).reshape(-1, *shape)
        if inputs.dtype != np.uint8 or inputs.ndim != 4 or inputs.shape[1:] != shape:
            raise UsageError(f"inputs: an array of {inputs.dtype} shaped {inputs.shape}; give one of uint8 shaped (frames, "
                             f"{', '.join(map(str, shape))}), or of {game.input.layout.name}.layout.dtype() shaped (frames, "
                             f"{self.matches}, {self.players})")
        if inputs.strides[2:] != (game.input_size, 1):
            inputs = inputs.copy()
        for at, legal in self._legal:
            good = legal[inputs[..., at]]
            if not good.all():
                frame, match, player = (int(i) for i in np.argwhere(~good)[0])
                raise UsageError(f"inputs[{frame}, {match}, {player}]: byte {at} is {inputs[frame, match, player, at]}, which "
                                 f"means nothing there; legal are {np.flatnonzero(legal).tolist()}")
        return inputs

    def _one_frame(self, inputs: Any) -> Any:
        """A frame's inputs as sessions take them."""
        rows = _sequence("inputs of one frame", inputs)
        if len(rows) != self.matches:
            raise UsageError(f"inputs of one frame: {len(rows)} lists for {self.matches} matches; give one for "
                             "each, or an array")
        parts = []
        for m, row in enumerate(rows):
            values = _sequence(f"inputs of match {m}", row)
            if len(values) != self.players:
                raise UsageError(f"inputs of match {m}: {len(values)} for {self.players} players; give one for each")
            parts += [self.game.input_bytes(value) for value in values]
        return np.frombuffer(b"".join(parts), np.uint8).reshape(1, self.matches, self.players, self.game.input_size)


class ReplayBatch(Matches):
    """Replays that run together, each held against what was recorded in it; see `batch_replays`."""

    def __init__(self, game: Game, replays: Sequence[Replay], *, threads: int, way: Way) -> None:
        super().__init__(game, seeds=[replay.header.seed for replay in replays],
                         players=[replay.header.players for replay in replays], threads=threads, chains=True, way=way)
        self.replays = tuple(replays)
        self.lengths: Any = np.array([replay.frames for replay in replays], np.int64)
        self._rows = [np.frombuffer(replay.rows or b"\0", np.uint8) for replay in replays]
        self._at: Any = np.array([rows.ctypes.data for rows in self._rows], np.int64)
        self._table["stride"] = [replay.row_size for replay in replays]
        # what is still to come, the next one last
        self._recorded = [sorted(replay.chains.items(), reverse=True) for replay in replays]
        self._proved: Any = np.zeros(self.matches, np.int64)
        self._diverged: dict[int, int] = {}

    @property
    def proved(self) -> Any:
        """Every state up to this frame is what was recorded, int64 for each replay."""
        return self._proved.copy()

    @property
    def diverged(self) -> Mapping[int, int]:
        """By replay, the first recorded chain that these rules do not lead to, or the frame after the one whose step raised:
        the states part after `proved`, and at the latest here.
        """
        return MappingProxyType(self._diverged)

    @property
    def verified(self) -> Any:
        """For each replay, whether all of its frames have run and are proved, and the file is whole. bool."""
        whole = np.array([replay.cut_at is None for replay in self.replays])
        alike = np.array([m not in self._diverged for m in range(self.matches)])
        return whole & alike & (self._proved == self.lengths) & (self.lengths > 0)

    def advance(self, frames: int | None = None) -> None:
        """So many frames of each replay, or as many as it has; None: all that are left."""
        left = int((self.lengths - self._table["frame"]).max())
        left = left if frames is None else min(left, in_range("frames", frames, 0, (1 << 63) - 1))
        block = max(1, _CHAINS_BYTES // 8 // self.matches)
        while left > 0:
            self._block(min(left, block))
            left -= block

    def _block(self, frames: int) -> None:
        before = self.frames
        chains = np.zeros((self.matches, frames), np.uint64)
        self._table["chains"] = chains.ctypes.data + self._places * chains.strides[0]
        self._table["inputs"] = self._at + before * self._table["stride"]
        self._run(np.minimum(frames, self.lengths - before))
        for m, (first, last) in enumerate(zip(before.tolist(), self._table["frame"].tolist(), strict=True)):
            recorded = self._recorded[m]
            while recorded and recorded[-1][0] <= last:
                frame, value = recorded.pop()
                if frame > first and int(chains[m, frame - first - 1]) != value:
                    self._diverged.setdefault(m, frame)
                elif m not in self._diverged:
                    self._proved[m] = frame
        for m in self._errors:
            self._diverged.setdefault(m, int(self._table["frame"][m]) + 1)


def _sequence(name: str, value: Any) -> Sequence[Any]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise UsageError(f"{name}: give a list, not {shown(value)}")
    return value


def batch(game: Game, *, matches: int, players: int, seeds: Sequence[int] | None = None, threads: int = 1, chains: bool = False,
          way: Way = "compiled") -> Batch:
    """Many matches of one game, without network and rollback.

    matches  1 to 1,000,000, their states together at most 4 GiB
    players  in each match
    seeds    int64, one for each match; without, match m has the seed m
    threads  1 to 64 that share the matches while they advance; only compiled code can use more than one
    chains   take the checksum of every state, for `Batch.chains`
    way      see compile.py

    init runs interpreted, once for each match. Compiles what is needed (see `on_progress`). Raises UsageError for an argument
    out of range, and what init raises. A batch is for one thread of yours at a time.
    """
    return Batch(game, matches=matches, players=players, seeds=seeds, threads=threads, chains=chains, way=way)


def batch_replays(game: Game, replays: Sequence[Replay | str | os.PathLike[str]], *, threads: int = 1,
                  way: Way = "compiled") -> ReplayBatch:
    """Many replays of one game, to be computed and held against what was recorded; given as read or as paths.

    Of a file that was cut, the frames up to there. Raises for each what `playback` raises, with a note of which it was.
    """
    if isinstance(replays, str | os.PathLike):
        raise UsageError(f"batch_replays: replays={replays!r} is one path; give a list")
    if not replays:
        raise UsageError("batch_replays: no replay; give at least one")
    read = []
    for i, given in enumerate(replays):
        name = f"replay {i}" if isinstance(given, Replay) else os.fspath(given)
        try:
            replay = given if isinstance(given, Replay) else read_replay(given, allow_truncated=True)
            belongs(game, replay)
        except ReplayError as error:
            error.add_note(f"in {name}")
            raise
        read.append(replay)
    return ReplayBatch(game, read, threads=threads, way=way)
