"""Is a replay true? Resimulated in several ways, compared with what was recorded and with other peers' files.

Verdicts, the worst first; `exit_code` is what the command line returns:

    malformed    3   no replay, or bytes were changed (said by whoever reads the file)
    incompatible 4   of another game, layout or content (or other rules, when strict)
    inputs       6   two peers' files disagree about what was pressed, or were recorded of different matches
    diverged     5   a computed state differs: from the recorded chain, between files, or between two ways
    truncated    8   everything present is true, but the file ends early
    unproved     9   nothing contradicts it, but no recorded checksum covers its last frame
    verified     0
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..compile import Way
from ..errors import UsageError
from ..game import Game
from ..state import chain, differences
from .compatible import OF_ONE_MATCH, illegal_input, layout_changes, mismatch, rules_changed
from .reader import Replay

EXIT_CODES = {"verified": 0, "malformed": 3, "incompatible": 4, "diverged": 5, "inputs": 6, "truncated": 8, "unproved": 9}
#: Frames resimulated between two reports of progress.
BLOCK = 600


@dataclass
class Report:
    """The verdict, why, and the figures. `frame` is the first frame that is wrong, if any; `path` its field."""

    verdict: str
    message: str
    frames: int = 0
    good_frames: int = 0
    peers: tuple[int, ...] = ()
    ways: tuple[str, ...] = ()
    rules: str | None = "same"     # None when the file could not be read
    frame: int | None = None
    path: str | None = None
    final_checksum: str | None = None
    checksums: list[int] = field(default_factory=list, repr=False)

    @property
    def verified(self) -> bool:
        return self.verdict == "verified"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]

    def to_json(self) -> dict[str, Any]:
        return {"verdict": self.verdict, "verified": self.verified, "exit_code": self.exit_code, "message": self.message,
                "frames": self.frames, "good_frames": self.good_frames, "peers": list(self.peers),
                "ways": list(self.ways), "rules": self.rules, "frame": self.frame, "path": self.path,
                "final_checksum": self.final_checksum}


class _Wrong(Exception):
    """A verdict other than verified."""

    def __init__(self, verdict: str, message: str, frame: int | None = None, path: str | None = None, *,
                 good_frames: int = 0) -> None:
        super().__init__(message)
        self.verdict, self.frame, self.path, self.good_frames = verdict, frame, path, good_frames


def verify(game: Game, replays: Sequence[tuple[str, Replay]], *, ways: Sequence[Way] = ("compiled", "interpreted"),
           strict: bool = False, progress: Callable[[str, int, int], None] | None = None) -> Report:
    """Judge one or more files of one match, given as (name, replay). Two copies of one peer's file are one peer.

    `progress(way, frame, frames)` is called now and then.
    """
    if not replays or not ways:
        raise UsageError("verify needs at least one replay and one way")
    report = Report("verified", "", ways=tuple(ways))
    report.peers = tuple(sorted({replay.header.player for _, replay in replays}))
    report.frames = max(replay.frames for _, replay in replays)
    report.good_frames = report.frames
    longest_name, longest = max(replays, key=lambda item: item[1].frames)
    try:
        for name, replay in replays:
            _compatible(game, name, replay, strict, report)
        _one_match(replays)
        _same_inputs(longest_name, longest, replays)
        _same_chains(replays)
        _resimulate(game, longest, replays, ways, progress, report)
        _complete(replays, report)
    except _Wrong as wrong:
        changed = "; the rules have changed since" if wrong.verdict == "diverged" and report.rules == "changed" else ""
        report.verdict, report.message = wrong.verdict, f"{wrong}{changed}"
        report.frame, report.path, report.good_frames = wrong.frame, wrong.path, wrong.good_frames
    return report


def _compatible(game: Game, name: str, replay: Replay, strict: bool, report: Report) -> None:
    found = mismatch(game, replay)
    if found is not None:
        what, ours, theirs = found
        if what == "game":
            raise _Wrong("incompatible", f"{name} is a replay of {theirs!r}, not of {ours!r}")
        changes = layout_changes(game, replay) if what == "layout" else ""
        raise _Wrong("incompatible", f"{name}: its {what} differs from this game's (file {theirs}, here {ours}"
                                     f"{changes and f'; {changes}'})")
    if rules_changed(game, replay):
        report.rules = "changed"
        if strict:
            raise _Wrong("incompatible", f"{name}: its rules differ from this game's (file {replay.header.rules}, "
                                         f"here {game.digests.rules.hex()}) and --strict was given")
    illegal = illegal_input(game, replay)
    if illegal is not None:
        frame, words = illegal
        raise _Wrong("inputs", f"{name}: {words}", frame, good_frames=frame)


def _one_match(replays: Sequence[tuple[str, Replay]]) -> None:
    first_name, first = replays[0]
    for name, replay in replays[1:]:
        for what, words in OF_ONE_MATCH.items():
            mine, theirs = getattr(first.header, what), getattr(replay.header, what)
            if mine != theirs:
                raise _Wrong("inputs", f"{name} and {first_name} are not of one match: their {words} differ "
                                       f"({theirs} and {mine})")


def _recorded(replays: Sequence[tuple[str, Replay]]) -> list[tuple[int, int, str]]:
    """(frame, chain, file) of all files, in order."""
    return sorted((frame, value, name) for name, replay in replays for frame, value in replay.chains.items())


def _same_inputs(longest_name: str, longest: Replay, replays: Sequence[tuple[str, Replay]]) -> None:
    """All frames of every file are in the longest."""
    for name, replay in replays:
        n = len(replay.rows)
        if longest.rows[:n] != replay.rows:
            at = next(i for i in range(n) if longest.rows[i] != replay.rows[i])
            frame, within = divmod(at, longest.row_size)
            player = within // longest.header.input_size
            raise _Wrong("inputs", f"{name} and {longest_name} disagree about the input of player {player} in frame {frame}",
                         frame, good_frames=frame)


def _same_chains(replays: Sequence[tuple[str, Replay]]) -> None:
    seen = (0, 0, "")
    for frame, value, name in _recorded(replays):
        if frame == seen[0] and value != seen[1]:
            ours, theirs = ({f for file, replay in replays if file == one for f in replay.chains if f < frame}
                            for one in (name, seen[2]))
            raise _Wrong("diverged", f"{name} and {seen[2]} recorded different states, first seen at frame {frame}", frame,
                         good_frames=max(ours & theirs, default=0))
        seen = (frame, value, name)


def _resimulate(game: Game, longest: Replay, replays: Sequence[tuple[str, Replay]], ways: Sequence[Way],
                progress: Callable[[str, int, int], None] | None, report: Report) -> None:
    """Every way in step, block by block, so that a difference between two ways is found in its frame."""
    header = longest.header
    runners = [game.runner(way, players=header.players, seed=header.seed) for way in ways]
    states = [_start(way, runner) for way, runner in zip(ways, runners, strict=True)]
    recorded = _recorded(replays)[::-1]
    pad = bytes(game.row_size - longest.row_size)
    last, total = 0, report.frames
    for first in range(0, total, BLOCK):
        count = min(BLOCK, total - first)
        rows = b"".join(longest.row(frame) + pad for frame in range(first, first + count))
        before = [bytes(state) for state in states]
        sums, raised = [], None
        for way, runner, state in zip(ways, runners, states, strict=True):
            try:
                sums.append(runner.run(state, rows, first, count))
            except Exception as error:  # whatever the step raises is a verdict, not a crash
                sums.append(_before_it_raises(runner, before[len(sums)], rows, first))
                frame = first + len(sums[-1])
                if raised is None or frame < (raised.frame or 0):
                    raised = _Wrong("diverged", f"the {way} step raises {type(error).__name__}: {error} in frame {frame}; "
                                                "play went on there", frame, good_frames=frame)
            if progress is not None:
                progress(way, first + count, total)
        for i in range(min(map(len, sums))):
            for other in range(1, len(sums)):
                if sums[other][i] != sums[0][i]:
                    raise _two_ways(game, ways, runners, before, rows, first, i, other)
            last = chain(last, sums[0][i])
            while recorded and recorded[-1][0] == first + i + 1:
                frame, value, name = recorded.pop()
                if value != last:
                    good = max((f for file, replay in replays if file == name for f in replay.chains if f < frame), default=0)
                    raise _Wrong("diverged", f"{name}: what it recorded for frame {frame} is not what its inputs lead to "
                                             f"(good up to frame {good})", frame, good_frames=good)
        if raised is not None:
            raise raised
        report.checksums.extend(sums[0])
    report.final_checksum = f"{report.checksums[-1]:016x}" if report.checksums else None


def _start(way: Way, runner: Any) -> bytearray:
    try:
        state: bytearray = runner.start()
    except Exception as error:
        raise _Wrong("diverged", f"the {way} init raises {type(error).__name__}: {error}; play went on there", 0) from error
    return state


def _before_it_raises(runner: Any, before: bytes, rows: bytes, first: int) -> list[int]:
    """The checksums of a block up to the frame in which the step raises."""
    state, size = bytearray(before), runner.game.row_size
    sums: list[int] = []
    with contextlib.suppress(Exception):
        for at in range(0, len(rows), size):
            sums += runner.run(state, rows[at:at + size], first + len(sums), 1)
    return sums


def _two_ways(game: Game, ways: Sequence[Way], runners: Sequence[Any], before: Sequence[bytes], rows: bytes,
              first: int, i: int, other: int) -> _Wrong:
    """Name the field: run the block again up to that frame."""
    states = []
    for k in (0, other):
        state = bytearray(before[k])
        runners[k].run(state, rows[:(i + 1) * game.row_size], first, i + 1)
        states.append(bytes(state))
    found = differences(game.state.layout, states[0], states[1], limit=1)
    path = found[0].path if found else game.state.layout.name
    values = f": {path} is {found[0].ours} and {found[0].theirs}" if found else ""
    return _Wrong("diverged", f"the {ways[0]} and the {ways[other]} step differ in frame {first + i}{values}", first + i, path,
                  good_frames=first + i)


def _complete(replays: Sequence[tuple[str, Replay]], report: Report) -> None:
    covered = max((frame for _, replay in replays for frame in replay.chains), default=0)
    cut = [(name, replay) for name, replay in replays if replay.cut_at is not None]
    if cut:
        name, replay = cut[0]
        raise _Wrong("truncated", f"{name} ends in the middle (byte {replay.cut_at}); good up to frame {replay.frames}, "
                                  f"proved up to frame {covered}", good_frames=replay.frames)
    unproved = [name for name, replay in replays if replay.frames not in replay.chains and replay.frames]
    if covered < report.frames or unproved or report.frames == 0:
        name = unproved[0] if unproved else replays[0][0]
        raise _Wrong("unproved", f"not proved: {name} has no checksum for its last frame "
                                 f"(frames {report.frames}, proved up to {covered})", good_frames=covered)
    ways = " and ".join(report.ways)
    who = f"{len(report.peers)} peers agree" if len(report.peers) > 1 else f"player {report.peers[0]}'s file alone"
    changed = "; the rules have changed since, and lead to the same states" if report.rules == "changed" else ""
    report.message = f"{report.frames} frames, {ways}: every checksum matches ({who}){changed}"
