"""`rollstep bench core`: the rollback core, its sessions and its wire, beside a whole peer in C."""

from __future__ import annotations

import argparse
import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rollstep import Game, InternalError, UsageError

from ..cli import CORE_GROUPS
from . import box, inputs, sessions
from .figures import USUAL, Figure, table
from .matches import Pair, bare_steps, batch_steps
from .measure import tell
from .numbers import machine
from .peer import BOX, PeerTwin

#: Bytes of the smallest state, which most figures are about, and of the others.
SMALL = 256
SIZES = (4096, 65536, 1 << 20)
LATENCY, WINDOW = 4, 10
#: What is asked: times of C, and nanoseconds per peer and frame by players.
MATCH_RATIO, MATCH_NS = 1.2, {2: 200.0, 4: 500.0}
DEEP, DEEP_RATIO, DEEP_NS = 8, 1.2, {2: 700.0}
LARGE_RATIO = 1.1
BATCH_RATIO = 1 / 0.9
PYTHON_NS, UDP_NS, SEALED_NS = 2500.0, 8000.0, 12_000.0
MEAN_BYTES, P99_BYTES = 18.0, 32.0
START_S = {"cold": 6.0, "warm": 0.15, "edit": 0.7, "again": 0.7}
START_WORDS = {"cold": "start, cold", "warm": "start, warm", "edit": "edit of 100 lines, first in a process",
               "again": "edit of 100 lines, engine warm"}


class CoreBench:
    """One run. Without `game` the game is box.py's, for each of `players`; with it, `twin` is the C file with its step.

    repeats: turns of each side; quick: as little work as shows that everything runs.
    """

    def __init__(self, folder: Path, *, repeats: int = 15, quick: bool = False, players: Sequence[int] = (2, 4),
                 sizes: Sequence[int] = SIZES, game: Game | None = None, twin: Path = BOX, flags: Sequence[str] = ()) -> None:
        self.folder, self.repeats, self.quick, self.players, self.sizes = folder, repeats, quick, players, sizes
        self.given, self.twin, self.flags = game, twin, flags
        self.matches = 20 if quick else 1000
        self.compiler = ""
        self._twins = 0

    def figures(self, groups: Sequence[str] = CORE_GROUPS) -> Iterator[Figure]:
        """Raises InternalError when two sides that should have the same bytes do not."""
        for group in groups:
            yield from getattr(self, group)()

    def game(self, players: int, size: int = SMALL) -> Game:
        """The game that was given, or the box game."""
        return box.game(players, size) if self.given is None else self.given

    def pair(self, players: int, *, size: int = SMALL, restless: bool = False, latency: int = LATENCY, constants: bool = False,
             **options: Any) -> Pair:
        """Matches in rollstep and in C; `constants` for a twin of exactly this shape."""
        game = self.game(players, size)
        made = inputs.restless(game, players) if restless else inputs.held(game, players)
        return Pair(game, self._sized if constants else lambda shape: self._any_size, players=players, inputs=made,
                    latency_frames=latency, window=WINDOW, **options)

    @functools.cached_property
    def _any_size(self) -> PeerTwin:
        """The twin that reads players, sizes and places from memory, as the core does."""
        return self._sized(None)

    def _sized(self, shape: Any) -> PeerTwin:
        """One that the C compiler knows them of."""
        self._twins += 1
        made = PeerTwin(self.folder / f"twin-{self._twins}", self.twin, flags=self.flags, shape=shape)
        self.compiler = made.compiler
        return made

    def _time(self, pair: Pair, ticks: int | None = None) -> list[float]:
        return pair.time(1 if self.quick else self.repeats, 32 if self.quick else ticks)

    # ------------------------------------------------------------------ compiled code

    def match(self) -> Iterator[Figure]:
        """Whole matches over a link in memory."""
        for players in self.players:
            for constants in (False, True):
                ours, theirs = self._time(self.pair(players, constants=constants))
                yield Figure("match", f"match, {players} players", ours, per=USUAL,
                             against="C, sizes known" if constants else "C", theirs=theirs,
                             most_ratio=None if constants else MATCH_RATIO, most=None if constants else MATCH_NS.get(players))
            pair = self.pair(players, restless=True, latency=DEEP)
            ours, theirs = self._time(pair)
            facts = pair.facts()
            if facts.resimulated < (DEEP - 1) * (facts.frame - WINDOW):
                raise InternalError(f"bench: of {facts.frame} frames only {facts.resimulated} were resimulated")
            yield Figure("match", f"match, {players} players, all back {DEEP}", ours, per=USUAL, against="C",
                         theirs=theirs, most_ratio=DEEP_RATIO, most=DEEP_NS.get(players))

    def states(self) -> Iterator[Figure]:
        """Larger states, two players; the smallest is in `match`."""
        if self.given is not None:
            return
        for size in self.sizes:
            ours, theirs = self._time(self.pair(2, size=size))
            yield Figure("states", f"match, {size // 1024:,} KiB of state", ours, per=USUAL, against="C",
                         theirs=theirs, most_ratio=LARGE_RATIO if size >= 65536 else None)

    def batch(self) -> Iterator[Figure]:
        """Many matches on one core: with their protocol, without, and the step alone in a loop."""
        players = self.players[0]
        pair = self.pair(players, matches=self.matches)
        ours, theirs = self._time(pair, 8)
        yield Figure("batch", f"{self.matches:,} matches, {players} players", ours, per=USUAL, against="C",
                     theirs=theirs, most_ratio=BATCH_RATIO)
        game = self.game(players)
        ours, theirs = batch_steps(game, players, self._any_size, inputs.held(game, players), 1 if self.quick else self.repeats,
                                   self.matches)
        yield Figure("batch", f"{self.matches:,} matches by batch, {players} players", ours, per="frame", against="C",
                     theirs=theirs, most_ratio=BATCH_RATIO)
        for players in self.players:
            game = self.game(players)
            turns, frames = (1, 200) if self.quick else (self.repeats, 20_000)
            ours, theirs = bare_steps(game, players, self._any_size, inputs.held(game, players), turns, frames)
            yield Figure("batch", f"steps alone, {players} players", ours, per="frame", against="C",
                         theirs=theirs, most_ratio=BATCH_RATIO)

    # ------------------------------------------------------------------ Python

    def session(self) -> Iterator[Figure]:
        """poll, due, advance of whole sessions; the transport's own time is in it."""
        turns, frames = (1, 50) if self.quick else (self.repeats, 500)
        players = self.players[0]
        game = self.game(players)
        table_ = sessions.in_memory(game, players)
        (memory,) = sessions.in_turns([table_], turns, frames)
        yield Figure("session", f"session, {players} players, in memory", memory, per=USUAL, most=PYTHON_NS)
        with sessions.over_udp(game, players) as in_the_open, sessions.over_udp(game, players, sealed=True) as sealed:
            plain, secret = sessions.in_turns([in_the_open, sealed], turns, frames)
        yield Figure("session", f"session, {players} players, UDP", plain, per=USUAL, most=UDP_NS)
        yield Figure("session", f"session, {players} players, UDP, sealed", secret, per=USUAL, against="unsealed",
                     theirs=plain, most=SEALED_NS)
        frames = 100 if self.quick else 1000
        yield Figure("session", f"Python grows in {frames:,} frames", sessions.python_growth(table_, frames), "bytes",
                     most=1024.0)
        yield Figure("session", f"compiled code allocates in {frames:,} frames",
                     sessions.compiled_allocations(lambda: table_.play(frames)), "times", most=0.0)
        table_.check()

    def wire(self) -> Iterator[Figure]:
        """Sizes of datagrams without UDP's and IP's headers, two players, 100 ms there and back, in virtual time."""
        game = self.game(2)
        for loss in (0, 20) if self.quick else (0, 5, 10, 20):
            mean, p99, per_frame = sessions.payloads(game, loss_percent=loss, frames=120 if self.quick else 3600)
            words = f"payload, {loss}% loss"
            asked = game.input_size == 1
            yield Figure("wire", f"{words}, mean", mean, "bytes", most=MEAN_BYTES if asked else None)
            yield Figure("wire", f"{words}, 99 of 100", p99, "bytes", most=P99_BYTES if asked else None)
            yield Figure("wire", f"datagrams, {loss}% loss", per_frame, "", per=USUAL, most=1.01)

    # ------------------------------------------------------------------ processes

    def starts(self) -> Iterator[Figure]:
        """A process each; the fastest of a few counts. Cold ones have a cache of their own, the others share a full one."""
        if self.given is not None:
            return
        turns = 1 if self.quick else 3
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            self._start("warm", place, "warm", 0)
            for what in START_S:
                caches = [f"cold-{turn}" if what == "cold" else "warm" for turn in range(turns)]
                best = min(self._start(what, place, cache, turn) for turn, cache in enumerate(caches))
                yield Figure("starts", START_WORDS[what], 1e9 * best, per="process", most=1e9 * START_S[what])

    def _start(self, what: str, place: str, cache: str, turn: int) -> float:
        command = [sys.executable, "-m", "rollstep_tools.bench.starts", what, place, str(turn)]
        done = subprocess.run(command, capture_output=True, text=True,
                              env={**os.environ, "ROLLSTEP_CACHE_DIR": f"{place}/{cache}"})
        if done.returncode != 0:
            raise InternalError(f"bench: the {what} start failed: {(done.stderr.strip().splitlines() or [''])[-1]}")
        return float(done.stdout)

    # ------------------------------------------------------------------ curves

    def curves(self) -> dict[str, list[tuple[int, float, float]]]:
        """(size or depth, ours, theirs) in nanoseconds per peer and frame, for --plot."""
        sizes = (SMALL, *self.sizes) if self.quick else (SMALL, 1024, 4096, 16384, 65536, 262144, 1 << 20)
        depths = (1, DEEP) if self.quick else range(1, DEEP + 1)
        made: dict[str, list[tuple[int, float, float]]] = {"size": [], "depth": []}
        for size in sizes:
            ours, theirs = self._time(self.pair(2, size=size))
            made["size"].append((size, ours, theirs))
        for depth in depths:
            ours, theirs = self._time(self.pair(2, restless=True, latency=depth))
            made["depth"].append((depth, ours, theirs))
        return made


def run(given: argparse.Namespace) -> int:
    """`rollstep bench core`: 0 when it ran; with --strict 1 when a target is missed."""
    from ..show import compiling, notes

    if given.repeats < 1:
        raise UsageError(f"--repeats {given.repeats}: give 1 or more")
    if given.quick and given.strict:
        raise UsageError("--strict with --quick: quick figures are not judged; leave one of them out")
    game, twin, players = _subject(given)
    draw = _drawing(given.plot)
    with tempfile.TemporaryDirectory(prefix="rollstep-bench-") as folder, compiling(notes()):
        bench = CoreBench(Path(folder), repeats=given.repeats, quick=given.quick, players=players, game=game, twin=twin,
                          sizes=given.states or SIZES, flags=given.cflag or ())
        figures = list(bench.figures(given.only or CORE_GROUPS))
        if draw is not None:
            draw(bench.curves())
    about = {"inputs": f"on the wire {inputs.bits_of_people():.2f} bits of entropy a frame, held as people hold keys; in "
                       "compiled matches drawn anew in every fourth frame",
             **machine(), "compiler": bench.compiler, "flags": " ".join(["-O3 -march=native", *bench.flags])}
    if given.quick:
        figures = [replace(figure, most=None, most_ratio=None) for figure in figures]
        about["judged"] = "no: --quick does so little work that its figures mean nothing"
    if not bench.compiler:
        del about["compiler"], about["flags"]
    return tell(given, about, "figures", figures, table)


def _subject(given: argparse.Namespace) -> tuple[Game | None, Path, Sequence[int]]:
    """(game, its twin, player counts). Raises UsageError."""
    if (given.game is None) != (given.twin is None):
        raise UsageError("--game and --twin belong together: the game as module:attribute, and the C file with its step")
    if given.game is None:
        for players in given.players or ():
            if not 2 <= players <= 4:
                raise UsageError(f"--players {players}: the box game's bench is for 2 to 4")
        for size in given.states or ():
            if size % 8 or not SMALL <= size <= 1 << 24:
                raise UsageError(f"--states {size}: give multiples of 8 from {SMALL} to {1 << 24}")
        return None, BOX, given.players or (2, 4)
    if not Path(given.twin).is_file():
        raise UsageError(f"--twin {given.twin} is no file: give the C file with the game's step, see engine/CORE.md")
    from ..load import load_game

    game, _ = load_game(given.game, given.app_dir)
    players = given.players or (max(2, game.min_players),)
    for count in players:
        game.check_players(count)
    return game, Path(given.twin), players


def _drawing(path: str | None) -> Callable[[dict[str, list[tuple[int, float, float]]]], None] | None:
    """What draws the curves into a file; it is looked for before anything is measured. Raises UsageError without matplotlib."""
    if path is None:
        return None
    from .plot import draw
    return lambda curves: draw(Path(path), curves)
