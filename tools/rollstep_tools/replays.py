"""`rollstep replay verify` and `rollstep replay info`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from rollstep import TruncatedReplay, read_replay
from rollstep.checks import shown
from rollstep.errors import ReplayError
from rollstep.replay import Replay, Report
from rollstep.replay import verify as verify_replays
from rollstep.replay.format import MAX_TEXT
from rollstep.replay.verify import EXIT_CODES

from .cli import write_json

#: Rows of what a file says that its program kept, and of facts.
MOST_ROWS = 40


def unreadable(given: argparse.Namespace, path: str, error: ReplayError) -> int:
    """A file that cannot be read is a verdict as well, with the same keys and where it was noticed."""
    report = Report("truncated" if isinstance(error, TruncatedReplay) else "malformed", str(error), rules=None)
    print(f"rollstep: {error}", file=sys.stderr)
    if given.json:
        write_json({**report.to_json(), "file": path, "offset": error.offset})
    return report.exit_code


def verify(given: argparse.Namespace) -> int:
    """Judge files; prints one line (or one object) and returns the verdict's exit code."""
    replays = []
    for path in given.files:
        try:
            replays.append((path, read_replay(path, allow_truncated=True)))
        except ReplayError as error:
            return unreadable(given, path, error)
    from .load import load_game
    from .show import compiling, notes, words

    game, _ = load_game(given.game, given.app_dir)
    with compiling(notes()):
        report = verify_replays(game, replays, strict=given.strict)
    words(given.json).print(f"{report.verdict}: {report.message}", soft_wrap=True, markup=False)
    if given.json:
        write_json({**report.to_json(), "files": list(given.files), "game": game.name})
    return report.exit_code


def info(given: argparse.Namespace) -> int:
    """What a file says about itself; imports no game and compiles nothing."""
    try:
        replay = read_replay(given.file, allow_truncated=True)
    except ReplayError as error:
        return unreadable(given, given.file, error)
    data = describe(replay, given.file)
    if given.json:
        write_json(data)
    else:
        from .show import words
        console = words(False)
        for key, value in rows(data):
            console.print(f"{key:>25}  {value}", soft_wrap=True, markup=False)
    return EXIT_CODES["verified" if replay.cut_at is None else "truncated"]


def rows(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What `describe` gives, for people: a row for each fact; last what its program kept, with a name in front."""
    inside = {key: value for key, value in data.items() if isinstance(value, dict)}
    for key, value in data.items():
        if key == "complete":
            yield key, "whole" if value else f"cut at byte {data['cut_at']}"
        elif isinstance(value, list):
            yield key, ", ".join(map(str, value))
        elif key != "cut_at" and key not in inside:
            yield key.replace("_", " "), str(value)
    for what, facts in inside.items():
        for key, value in list(facts.items())[:MOST_ROWS]:
            words = value if type(value) is str and value.isprintable() and len(value) <= MAX_TEXT else shown(value)
            yield f"{what}: {key.replace('_', ' ') if key.isprintable() and len(key) <= MAX_TEXT else shown(key)}", words
        if len(facts) > MOST_ROWS:
            yield what, f"and {len(facts) - MOST_ROWS} more, which --json has"


def describe(replay: Replay, path: str) -> dict[str, Any]:
    """A replay's facts, ready for JSON."""
    header = replay.header
    seconds = replay.frames / header.fps
    return {"file": path, "bytes": replay.size, "game": header.game, "players": header.players,
            "recorded_by": header.player, "frames": replay.frames, "fps": header.fps, "seconds": round(seconds, 3),
            "complete": replay.cut_at is None, "cut_at": replay.cut_at, "checksums": len(replay.chains),
            "proved_frames": max(replay.chains, default=0), "seed": header.seed, "match": header.match,
            "delays": list(header.delays), "window": header.window, "engine": header.engine, "layout": header.layout,
            "content": header.content, "rules": header.rules, "metadata": dict(replay.metadata), "facts": dict(replay.facts)}
