"""`rollstep replay diff`: where two replays, or the reports of a desync, part."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rollstep import UsageError, read_replay
from rollstep.errors import MalformedReplay, ReplayError
from rollstep.replay.comparing import Comparison, Record, compare, explain
from rollstep.replay.desync import REPLAY, REPORT, is_report, read_report

from .cli import write_json

if TYPE_CHECKING:
    from rollstep import Game

#: Letters of a value beside each other at least, and blanks around each cell.
LEAST_VALUE, GAP = 12, 3


def run(given: argparse.Namespace) -> int:
    """Compare; prints one line, a table of fields (or one object), and returns the verdict's exit code."""
    if len(given.records) == 1 and not is_report(only := given.records[0]):
        raise UsageError(f"{only} holds no {REPORT}: it is no folder of a report" if Path(only).is_dir() else
                         f"{only} is one replay: give a second one, or the folder of a report, to compare it with")
    if len(given.records) > 2:
        raise UsageError(f"{len(given.records)} files were given: two are compared at a time, A and B")
    try:
        records = [_record(path) for path in given.records]
        game = _game(given)
        from .show import compiling, notes
        with compiling(notes()):
            found = explain(records[0], game) if len(records) == 1 else compare(records[0], records[1], game)
    except ReplayError as error:
        from .replays import unreadable
        return unreadable(given, str(given.records[0]), error)
    _show(given, found, _headings(records, found))
    return found.exit_code


def _record(path: str) -> Record:
    """What a path names: a report with its replay, or a replay."""
    if not is_report(path):
        return Record(path, read_replay(path, allow_truncated=True))
    report, inside = read_report(path), Path(path) / REPLAY
    if report.replay is None:
        return Record(path, None, report)
    replay = read_replay(inside, allow_truncated=True)
    if asdict(replay.header) != report.header:
        raise MalformedReplay(f"{inside} is of another match than the report beside it", offset=0)
    return Record(path, replay, report)


def _game(given: argparse.Namespace) -> Game | None:
    """The game that is named on the command line or in pyproject.toml; without one nothing is resimulated."""
    from .load import configured, load_game

    if given.game is None and configured(given.app_dir, "game") is None:
        return None
    return load_game(given.game, given.app_dir)[0]


def _headings(records: list[Record], found: Comparison) -> list[str]:
    """Short names of both sides, for columns: a path is too long for one."""
    if len(records) == 1:
        return list(found.names)
    players = [record.header["player"] for record in records]
    return [f"player {player}" for player in players] if players[0] != players[1] else ["first", "second"]


def _show(given: argparse.Namespace, found: Comparison, headings: list[str]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from .show import words

    console = words(given.json)
    console.print(f"{found.verdict}: {found.message}", soft_wrap=True, markup=False)
    if found.fields:
        what = "in the inputs" if found.verdict == "inputs" else "in the states"
        count = "1 field differs" if found.differing == 1 else f"{found.differing} fields differ"
        for heading, name in zip(headings, found.names, strict=True):
            if heading != name:
                console.print(f"{heading}: {name}", soft_wrap=True, markup=False)
        table = Table(title=f"{count} {what}", box=box.SIMPLE, title_justify="left")
        path = max(len(one["path"]) for one in found.fields)
        table.add_column("field", no_wrap=True, min_width=path)
        for column in headings:
            table.add_column(column, overflow="fold")
        least = path + 2 * (LEAST_VALUE + GAP) + GAP    # a path is never cut, however narrow the terminal is
        table.width = least if least > console.width else None
        for one in found.fields:
            table.add_row(*(Text(str(one[key])) for key in ("path", "ours", "theirs")))
        console.print(table, crop=False)
    if given.json:
        write_json({**found.to_json(), "files": list(given.records)})
