"""From TOML files to `Tables`. Every complaint names file, line, field, value and limit."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..tables import Tables
from ..world import Height, Level, Move
from . import schema
from .lines import find_lines
from .schema import MOST_COMPLAINTS, ContentError, Kind

FOLDER = Path(__file__).parent
PALETTES = 2
MAX_BYTES = 1 << 20
#: What goes up must come down in this many frames, or nobody could act any more.
MOST_FLIGHT_FRAMES = 120
_AT_LINE = re.compile(r"(.*) \(at line (\d+), (column \d+)\)", re.DOTALL)


def load(folder: Path = FOLDER) -> Tables:
    """The tables in fighter.toml, moves.toml and match.toml of a folder. Raises ContentError."""
    complaints: list[str] = []
    tables = Tables()
    body = _File(folder / "fighter.toml", complaints)
    body.table(tables.body, "body", schema.BODY)
    body.table(tables.shot, "shot", schema.SHOT)
    body.table(tables.stage, "stage", schema.STAGE)
    body.nothing_else()
    moves = _File(folder / "moves.toml", complaints)
    for move in Move:
        moves.table(tables.moves[move], move.name.lower(), schema.MOVE)
    moves.nothing_else()
    match = _File(folder / "match.toml", complaints)
    match.table(tables.rounds, "rounds", schema.ROUNDS)
    for level in Level:
        if level != Level.HUMAN:
            match.table(tables.brains[level - 1], f"bot.{level.name.lower()}", schema.BRAIN)
    for i in range(PALETTES):
        match.table(tables.palettes[i], f"palette.{i}", schema.PALETTE)
    match.nothing_else()
    if not complaints:
        _check_together(tables, body, moves)
    complaints = [complaint.replace("\n", " ") for complaint in complaints]
    if complaints:
        rest = len(complaints) - MOST_COMPLAINTS
        shown = complaints[:MOST_COMPLAINTS] + ([f"... and {rest} more"] if rest > 0 else [])
        raise ContentError("\n".join(shown))
    return tables


@dataclass
class _File:
    """One file: its values, where each stands, and what has been read of it."""

    path: Path
    complaints: list[str]
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    readable: bool = True

    def __post_init__(self) -> None:
        data = b""
        try:
            with self.path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise ValueError(f"it has more than {MAX_BYTES} bytes")
            text = data.decode("utf-8-sig").replace("\r\n", "\n")
            self.values = tomllib.loads(text, parse_float=Decimal)
            self.lines = find_lines(text)
        except OSError as error:
            self._broken(f"{self.path} cannot be read ({error.strerror})")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self._broken(f"{self.path}:{line}: byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8")
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.fullmatch(str(error))
            self._broken(f"{self.path}:{found[2]}: {found[1]} ({found[3]})" if found else f"{self.path}: {error}")
        except (ValueError, ArithmeticError) as error:      # numbers beyond all measure
            self._broken(f"{self.path}: {error}")
        except RecursionError:
            self._broken(f"{self.path}: its values are nested too deeply")

    def _broken(self, text: str) -> None:
        self.readable = False
        self.complaints.append(text)

    def complain(self, place: str, text: str) -> None:
        """About a field or table, by its dotted name; the line is that of the nearest thing that is there."""
        near = place
        while near not in self.lines and "." in near:
            near = near.rpartition(".")[0]
        where = f"{self.path}:{self.lines[near]}" if near in self.lines else f"{self.path}"
        self.complaints.append(f"{where}: {text}")

    def _at(self, name: str) -> Any:
        value: Any = self.values
        for part in name.split("."):
            if isinstance(value, list) and part.isdigit():
                value = value[int(part)] if int(part) < len(value) else None
            else:
                value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def table(self, into: Any, name: str, kinds: Mapping[str, Any]) -> None:
        """Read one table of the file into a struct."""
        if self.readable:
            self.known.add(name)
            self._table(into, name, kinds)

    def _table(self, into: Any, name: str, kinds: Mapping[str, Any]) -> None:
        values = self._at(name)
        if not isinstance(values, Mapping):
            self.complain(name, f"[{name}] is missing" if values is None else f"{name} = {_shown(values)}: takes a table")
            return
        for key in values:
            if key not in kinds:
                near = difflib.get_close_matches(key, kinds, 1)
                hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(kinds)}"
                self.complain(f"{name}.{key}", f"{name}.{key} = {_shown(values[key])}: there is no such field; {hint}")
        for key, kind in kinds.items():
            place = f"{name}.{key}"
            if isinstance(kind, Kind):
                self._field(into, place, key, kind, values)
            elif key not in values:
                self.complain(place, f"{place} is missing: give a box {{ back, front, bottom, top }}")
            else:
                self._table(getattr(into, key), place, kind)
                self._check_box(getattr(into, key), place)

    def _field(self, into: Any, place: str, key: str, kind: Kind, values: Mapping[str, Any]) -> None:
        if key not in values:
            self.complain(place, f"{place} is missing: it takes {kind.limit}")
            return
        value = kind.read(values[key])
        if value is None:
            self.complain(place, f"{place} = {_shown(values[key])}: takes {kind.limit}")
        else:
            setattr(into, key, value)

    def _check_box(self, box: Any, place: str) -> None:
        if box.back >= box.front and box.back | box.front:
            self.complain(place, f"{place}.front = {box.front}: must be greater than back = {box.back}")
        if box.bottom >= box.top and box.bottom | box.top:
            self.complain(place, f"{place}.top = {box.top}: must be greater than bottom = {box.bottom}")

    def nothing_else(self) -> None:
        """Complain about tables that nobody reads."""
        wanted = {part for name in self.known for part in (name, name.partition(".")[0])}
        for name, value in self.values.items():
            if name not in wanted:
                self.complain(name, f"[{name}]: there is no such table; the file has {', '.join(sorted(self.known))}")
            elif isinstance(value, list) and len(value) > PALETTES:
                self.complain(name, f"[[{name}]] {len(value)} times: takes {PALETTES}")
            elif isinstance(value, Mapping):
                for key in value:
                    if name not in self.known and f"{name}.{key}" not in self.known:
                        self.complain(f"{name}.{key}", f"[{name}.{key}]: there is no such table; the file has "
                                                       f"{', '.join(sorted(self.known))}")


def _check_together(tables: Tables, body: _File, moves: _File) -> None:
    """What fields must be to one another."""
    jump, gravity, half_flight = tables.body.jump, tables.body.gravity, MOST_FLIGHT_FRAMES // 2
    if jump > half_flight * gravity:
        body.complain("body.gravity", f"body.gravity = {gravity.to_float():g}: takes at least jump / {half_flight}, here "
                                      f"{jump.to_float() / half_flight:.3g}")
    if tables.shot.speed > 2 * tables.shot.half:
        body.complain("shot.speed", f"shot.speed = {tables.shot.speed.to_float():g}: takes at most twice half = "
                                    f"{tables.shot.half}, or shots fly through one another")
    if 2 * tables.stage.start_x > tables.stage.furthest:
        body.complain("stage.start_x", f"stage.start_x = {tables.stage.start_x}: takes at most half of furthest = "
                                       f"{tables.stage.furthest}")
    for name in ("crouching", "jumping"):
        if getattr(tables.body, name).top > tables.body.standing.top:
            body.complain(f"body.{name}", f"body.{name}.top = {getattr(tables.body, name).top}: takes at most "
                                          f"standing.top = {tables.body.standing.top}")
    for move in Move:
        if tables.moves[move].launch > half_flight * gravity:
            name = move.name.lower()
            moves.complain(f"{name}.launch", f"{name}.launch = {tables.moves[move].launch.to_float():g}: takes at most "
                                             f"{half_flight} times body.gravity, here {gravity.to_float() * half_flight:.3g}")
        height = Height(tables.moves[move].height)
        if (height == Height.GRAB) != (move == Move.THROW):
            name, wanted = move.name.lower(), '"grab"' if move == Move.THROW else '"mid", "high" or "low"'
            moves.complain(f"{name}.height", f'{name}.height = "{height.name.lower()}": takes {wanted}')


def _shown(value: Any) -> str:
    """A value as TOML would have it, cut to a reasonable length."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = '"' + value.encode("unicode_escape").decode() + '"'
    else:
        try:
            text = str(value)
        except (ValueError, RecursionError):    # thousands of digits or of brackets
            text = "(too long to show)"
    return text if len(text) <= 60 else text[:57] + "..."
