"""The report of a desync: a folder that people and `rollstep replay diff` read.

    report.txt    for people
    report.json   frame, fields and values, checksums of both sides, inputs of the last second, digests, build facts
    ours.bin      our state before the frame, whole
    theirs.bin    theirs, as the other side says: ours with its bytes where the two differ
    replay.rsr    all inputs of the match, with our checksums

The states are there when both sides still had them, the replay unless the match has outgrown it. Reading a folder trusts
nothing in it, and neither imports nor runs anything.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..checks import shown
from ..errors import MalformedReplay, UsageError
from ..fixed import Angle
from ..state import Layout, differences, xxh64
from .format import MAX_FRAMES, Header, from_json
from .reader import open_file

REPORT, WORDS, OURS, THEIRS, REPLAY = "report.json", "report.txt", "ours.bin", "theirs.bin", "replay.rsr"
FORMAT = 1
#: Fields that a report lists; the others are counted.
MOST_FIELDS = 100
#: Fields that are counted.
MOST_COUNTED = 10_000
#: Folders of one name that are told apart by a number.
MOST_FOLDERS = 1000
#: Bytes of a report.json that are read.
MOST_JSON_BYTES = 16 << 20
#: Characters of a note that is read.
MOST_NOTE = 1000


@dataclass(frozen=True)
class DesyncReport:
    """One peer's report about another.

    frame        the first whose states differ; with `exact` False they may do before
    state_frame  whose states are in the folder, None when there are none
    player       who wrote this, by its first player; `other` likewise
    header       what the replay's header says of the match (format.Header)
    differing    how many fields differ, `fields` the first of them: path, both values for people, both as bytes
    note         what could not be found out, and why
    checksums    (frame, ours, theirs) of the frames of which both sides told theirs
    inputs       of the last second: (frame, the input of each player by field)
    """

    frame: int
    exact: bool
    state_frame: int | None
    player: int
    other: int
    header: Mapping[str, Any]
    note: str = ""
    differing: int = 0
    fields: Sequence[Mapping[str, Any]] = ()
    checksums: Sequence[tuple[int, int, int]] = ()
    inputs: Sequence[tuple[int, Sequence[Any]]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    ours: bytes = b""
    theirs: bytes = b""
    replay: bytes | None = None

    def write(self, parent: str | os.PathLike[str]) -> Path:
        """Into a new folder `desync-FRAME-playerN` under `parent`, which is made when it is not there; the folder. Raises
        OSError; what could be written is left."""
        folder = _new_folder(Path(parent), f"desync-{self.frame}-player{self.player}")
        if self.ours:
            (folder / OURS).write_bytes(self.ours)
            (folder / THEIRS).write_bytes(self.theirs)
        if self.replay is not None:
            (folder / REPLAY).write_bytes(self.replay)
        (folder / REPORT).write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")
        (folder / WORDS).write_text("\n".join(self.words()) + "\n", encoding="utf-8")
        return folder

    def to_json(self) -> dict[str, Any]:
        """What report.json holds. Checksums are hexadecimal."""
        return {"format": FORMAT, "frame": self.frame, "exact": self.exact, "state_frame": self.state_frame, "note": self.note,
                "player": self.player, "other": self.other, "differing": self.differing, "fields": list(self.fields),
                "facts": dict(self.facts),
                "checksums": [{"frame": f, "ours": f"{ours:016x}", "theirs": f"{theirs:016x}"}
                              for f, ours, theirs in self.checksums],
                "inputs": [{"frame": f, "players": list(players)} for f, players in self.inputs],
                "header": dict(self.header)}

    def words(self) -> list[str]:
        """For people: one fact a line."""
        header = self.header
        lines = [f"{header['game']}: players {self.player} and {self.other} have different states",
                 f"first different: the state before frame {self.frame}" if self.exact else
                 f"different at frame {self.frame} already: the checksums of frames before it are not kept"]
        if self.state_frame is not None and self.state_frame != self.frame:
            lines.append(f"compared: the states before frame {self.state_frame}, the first that both still had")
        if self.note:
            lines.append(f"not found out: {self.note}")
        lines += ["", f"{self.differing} fields differ" if self.differing != 1 else "1 field differs"] if self.fields else []
        for one in self.fields:
            lines.append(f"  {one['path']}: {one['ours']} here, {one['theirs']} there   "
                         f"({one['ours_bytes']} and {one['theirs_bytes']})")
        if self.differing > len(self.fields):
            lines.append(f"  and {self.differing - len(self.fields)} more")
        lines += ["", "inputs of the last second, by frame and player"] if self.inputs else []
        for frame, players in self.inputs:
            lines.append(f"  {frame:>8}  " + "   ".join(" ".join(f"{name}={value}" for name, value in one.items())
                                                        for one in players))
        received = ["These are the inputs as this side received them: a third player may have shown others to the other side.",
                    "Compare the folders of both sides before blaming anybody."] if header["players"] > 2 else []
        return [*lines, "", *(f"{name}: {value}" for name, value in self.facts.items()),
                *(f"{name}: {header[name]}" for name in ("layout", "content", "rules", "match", "seed", "fps", "delays")), "",
                "`rollstep replay diff` with this folder tells which side the inputs lead to;",
                "with the other side's folder beside it, what both really had.", *received]


def fields_of(layout: Layout, ours: bytes, theirs: bytes) -> tuple[int, list[dict[str, Any]]]:
    """(how many fields differ, up to MOST_COUNTED; the first MOST_FIELDS of them as they stand in a report)."""
    found = differences(layout, ours, theirs, limit=MOST_COUNTED)
    return len(found), [{"path": one.path, "ours": plain(one.ours), "theirs": plain(one.theirs),
                         "ours_bytes": one.raw_ours.hex(), "theirs_bytes": one.raw_theirs.hex()} for one in found[:MOST_FIELDS]]


def plain(value: Any) -> int | str:
    """A value of a field as people read it: an int, or text."""
    if isinstance(value, Angle):
        return f"{value} (raw {value.raw})"
    if type(value) is int:
        return value
    name = getattr(value, "name", None)         # of an enum
    return name if isinstance(name, str) else str(value)


def first_field(fields: Sequence[Mapping[str, Any]]) -> tuple[str, int | str | None, int | str | None]:
    """(path, ours, theirs) of the first of a report's fields; an empty path when there is none."""
    if not fields:
        return "", None, None
    one = fields[0]
    return one["path"], one["ours"], one["theirs"]


def is_report(path: str | os.PathLike[str]) -> bool:
    """Whether this is a folder with a report in it."""
    return os.path.isfile(os.path.join(path, REPORT))


def read_report(folder: str | os.PathLike[str]) -> DesyncReport:
    """A report from its folder. Raises MalformedReplay for one that is wrong, UsageError when it cannot be read; both name it.

    Fields are those of the states, when they are there; the replay is bytes, to be read by `read_replay`.
    """
    place = Path(folder)
    try:
        return _report_in(place)
    except OSError as error:
        raise UsageError(f"{error.filename or place} cannot be read ({error.strerror})") from None
    except MalformedReplay as error:
        raise MalformedReplay(f"{place}: {error}; copy the folder again from where the match wrote it", offset=0) from None


def _report_in(place: Path) -> DesyncReport:
    text = _bytes(place / REPORT, MOST_JSON_BYTES)
    if text is None:
        raise UsageError(f"{place} holds no {REPORT}: this is no report of a desync")
    data = from_json(text, 0, REPORT)
    header = _header(data)
    layout = _layout(header)
    player, other = (_number(data, name, header["players"] - 1) for name in ("player", "other"))
    if player == other:
        raise MalformedReplay(f"it is of player {player} about player {other}, the same", offset=0)
    most = -(-layout.size // 8) * 8
    state_frame = _number(data, "state_frame") if data.get("state_frame") is not None else None
    ours, theirs = _states(place, state_frame is not None, most)
    if len(ours) != len(theirs) or len(ours) not in ((0, most) if state_frame is None else (most,)):
        raise MalformedReplay(f"{OURS} and {THEIRS} of {len(ours)} and {len(theirs)} bytes, a {layout.name} has {most}",
                              offset=0)
    count, fields = fields_of(layout, ours, theirs)
    checksums = _checksums(data)
    for frame, mine, their in checksums:
        if frame == state_frame:
            _told(OURS, frame, ours, mine)
            if not _as_listed(data, count, fields):
                _told(THEIRS, frame, theirs, their)
    return DesyncReport(
        frame=_number(data, "frame"), exact=data.get("exact") is True, player=player, other=other, state_frame=state_frame,
        header=header, note=_note(data), differing=count, fields=fields, checksums=checksums, inputs=(),
        facts=data["facts"] if isinstance(data.get("facts"), dict) else {},
        ours=ours, theirs=theirs, replay=_bytes(place / REPLAY, 1 << 30))


def _new_folder(parent: Path, name: str) -> Path:
    """A folder that was not there; a number is put behind the name where it was."""
    parent.mkdir(parents=True, exist_ok=True)
    for i in range(1, MOST_FOLDERS):
        folder = parent / (name if i == 1 else f"{name}-{i}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise FileExistsError(17, f"there are {MOST_FOLDERS} of this name", str(parent / name))


def _bytes(path: Path, most: int) -> bytes | None:
    """A file of at most so many bytes; None when it is not there."""
    try:
        with open_file(path) as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        return None
    except MalformedReplay as error:
        raise MalformedReplay(f"{path.name}: {error}", offset=0) from None
    if len(data) > most:
        raise MalformedReplay(f"{path.name} is longer than {most} bytes", offset=most)
    return data


def _states(place: Path, there: bool, most: int) -> tuple[bytes, bytes]:
    """Both, or nothing when there are none; `there` when the report says that they are."""
    states = [_bytes(place / name, most) for name in (OURS, THEIRS)]
    for name, state in zip((OURS, THEIRS), states, strict=True):
        if state is None and (there or any(one is not None for one in states)):
            raise MalformedReplay(f"{name} is missing", offset=0)
    return states[0] or b"", states[1] or b""


def _told(name: str, frame: int, state: bytes, checksum: int) -> None:
    """Raise MalformedReplay for a state that has another checksum than was told in the match."""
    if xxh64(state) != checksum:
        raise MalformedReplay(f"{name} is not the state before frame {frame}: its checksum is {xxh64(state):016x}, "
                              f"{REPORT} has {checksum:016x}", offset=0)


def _as_listed(data: Mapping[str, Any], count: int, fields: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the states differ as report.json says. Theirs then is what was written, though its checksum is none that the
    other side told: it may have been read in part, and whoever tells wrong checksums shall not make the report of it
    unreadable.
    """
    listed = data.get("fields")
    return data.get("differing") == count and isinstance(listed, list) and len(listed) == len(fields) and all(
        isinstance(said, dict) and all(said.get(key) == one[key] for key in ("path", "ours_bytes", "theirs_bytes"))
        for said, one in zip(listed, fields, strict=True))


def _header(data: Mapping[str, Any]) -> dict[str, Any]:
    header = data.get("header")
    if data.get("format") != FORMAT or not isinstance(header, dict):
        raise MalformedReplay(f"{REPORT} is no report of format {FORMAT}", offset=0)
    return asdict(Header.of(header, 0))


def _layout(header: Mapping[str, Any]) -> Layout:
    try:
        return Layout.from_json(header.get("state"))
    except UsageError as error:
        raise MalformedReplay(f"its layout of the state is wrong ({error})", offset=0) from None


def _number(data: Mapping[str, Any], name: str, most: int = MAX_FRAMES) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise MalformedReplay(f"{name!r} is {shown(value)}, no number from 0 to {most}", offset=0)
    return value


def _note(data: Mapping[str, Any]) -> str:
    note = data.get("note")
    if type(note) is not str or len(note) > MOST_NOTE or not note.isprintable():
        raise MalformedReplay(f"'note' is {shown(note)}: not up to {MOST_NOTE} printable characters", offset=0)
    return note


def _checksums(data: Mapping[str, Any]) -> list[tuple[int, int, int]]:
    try:
        found = [(int(one["frame"]), int(one["ours"], 16), int(one["theirs"], 16)) for one in data.get("checksums", ())]
    except (KeyError, TypeError, ValueError):
        raise MalformedReplay("its checksums cannot be read", offset=0) from None
    return sorted(found)
