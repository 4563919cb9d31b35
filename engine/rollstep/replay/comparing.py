"""Where two records of one match part: each a replay, or the report of a desync with the states that it holds.

Needs no game: a file says how its structs are laid out. With one, the inputs are resimulated, which tells who is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import InternalError, MalformedReplay, UsageError
from ..game import Game
from ..state import Layout, chain, layout_diff
from .compatible import MAX_CHANGES, OF_ONE_MATCH, mismatch
from .desync import DesyncReport, fields_of
from .reader import Replay
from .verify import EXIT_CODES

#: Frames resimulated at a time.
BLOCK = 600


@dataclass(frozen=True)
class Record:
    """One side: what it is called, what its header says, and what there is of it."""

    name: str
    replay: Replay | None
    report: DesyncReport | None = None

    @property
    def header(self) -> Mapping[str, Any]:
        """As a replay's (format.Header)."""
        if self.report is not None:
            return self.report.header
        assert self.replay is not None
        return asdict(self.replay.header)


@dataclass(frozen=True)
class Comparison:
    """The verdict, in words, and where.

    verdict   equal, diverged, inputs, incompatible or unproved: verify.py has their exit codes
    frame     the first whose states, or inputs, differ; the first known to when `after` is not the frame before it
    after     the last frame whose states are known to be equal
    path      the first field that differs, with both values; `fields` has more, `differing` is how many
    right     with a game: whose state the inputs lead to, by name; "neither"; None when nobody looked
    """

    verdict: str
    message: str
    frame: int | None = None
    after: int | None = None
    path: str | None = None
    ours: Any = None
    theirs: Any = None
    fields: Sequence[Mapping[str, Any]] = ()
    differing: int = 0
    frames: int = 0
    right: str | None = None
    names: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        return EXIT_CODES["verified" if self.verdict == "equal" else self.verdict]

    def to_json(self) -> dict[str, Any]:
        return {"verdict": self.verdict, "exit_code": self.exit_code, "message": self.message, "frame": self.frame,
                "after": self.after, "path": self.path, "ours": self.ours, "theirs": self.theirs, "fields": list(self.fields),
                "differing": self.differing, "frames": self.frames, "right": self.right, "names": list(self.names)}


def compare(a: Record, b: Record, game: Game | None = None) -> Comparison:
    """Hold two records against each other. Raises MalformedReplay for one that says nonsense of its structs."""
    other = _other_game(a, b) or _other_match(a, b)
    if other is not None:
        return other
    inputs, frames = _first_input(a, b), min((r.frames for r in (a.replay, b.replay) if r is not None), default=0)
    bad, good = _first_chain(a, b)
    if bad is not None and (inputs is None or bad <= inputs[0]):
        return _diverged(a, b, bad, good, frames, game)
    if inputs is not None:
        return _inputs(a, b, *inputs, frames)
    return _played_again(a, b, good or 0, frames, game) or _as_recorded(a.name, b.name, good, frames, game is not None)


def _as_recorded(a: str, b: str, good: int | None, frames: int, played: bool) -> Comparison:
    """Inputs that are equal, and checksums where both have one. played: a game was there, and its rules told no more."""
    if good is None:
        return Comparison("unproved", f"the inputs of {frames} frames are equal; there is no frame of which both have a "
                          "checksum", frames=frames, names=(a, b))
    return Comparison("equal", f"the inputs of {frames} frames are equal, and all checksums that both have, up to frame {good}"
                      + _unproved(good, frames, "; this game's rules do not prove them" if played else
                                  "; with a game they are played again"),
                      after=good, frames=frames, names=(a, b))


def _unproved(proved: int, frames: int, remedy: str = "") -> str:
    return f"; the frames after it are unproved{remedy}" if proved < frames else ""


def explain(record: Record, game: Game | None = None) -> Comparison:
    """What one report says."""
    report = record.report
    assert report is not None
    names = (f"player {report.player}", f"player {report.other}")
    found = _with_fields(names, report.frame, report.frame - 1 if report.exact else None, report.state_frame, report.ours,
                         report.theirs, _state(record.header), report.note)
    return _judged(found, record, report.state_frame, [report.ours, report.theirs], game, alone=True)


# ---------------------------------------------------------------------------- is it one match?

def _other_game(a: Record, b: Record) -> Comparison | None:
    for what in ("game", "layout", "content", "fps", "input_size", "players"):
        ours, theirs = a.header.get(what), b.header.get(what)
        if ours != theirs:
            changes = layout_diff(_state(a.header), _state(b.header))[:MAX_CHANGES] if what == "layout" else []
            more = f": {'; '.join(changes)}" if changes else ""
            return Comparison("incompatible", f"{a.name} and {b.name} cannot be compared: their {what} differs ({ours} and "
                              f"{theirs}){more}", names=(a.name, b.name))
    return None


def _other_match(a: Record, b: Record) -> Comparison | None:
    for what in ("match", "seed", "delays"):
        ours, theirs = a.header.get(what), b.header.get(what)
        if ours != theirs:
            return Comparison("inputs", f"{a.name} and {b.name} are not of one match: their {OF_ONE_MATCH[what]} differ "
                              f"({ours} and {theirs})", names=(a.name, b.name))
    return None


def _state(header: Mapping[str, Any]) -> Layout:
    return _layout(header, "state")


def _layout(header: Mapping[str, Any], what: str) -> Layout:
    try:
        return Layout.from_json(header.get(what))
    except UsageError as error:
        raise MalformedReplay(f"the layout of the {what} is wrong ({error})", offset=0) from None


# ---------------------------------------------------------------------------- the first difference

def _first_input(a: Record, b: Record) -> tuple[int, int] | None:
    """(frame, player) of the first input that differs."""
    if a.replay is None or b.replay is None:
        return None
    n = min(len(a.replay.rows), len(b.replay.rows))
    ours, theirs = a.replay.rows[:n], b.replay.rows[:n]
    if ours == theirs:
        return None
    at = next(i for i in range(n) if ours[i] != theirs[i])
    frame, within = divmod(at, a.replay.row_size)
    return frame, within // a.replay.header.input_size


def _first_chain(a: Record, b: Record) -> tuple[int | None, int | None]:
    """(the first frame at which both have a chain and these differ, the last before it at which they are equal).

    What a report says of its frame counts when it is about the other side.
    """
    good, bad = 0, None
    if a.replay is not None and b.replay is not None:
        for frame in sorted(a.replay.chains.keys() & b.replay.chains.keys()):
            if a.replay.chains[frame] != b.replay.chains[frame]:
                bad = frame
                break
            good = frame
    for mine, its in ((a, b), (b, a)):
        report = mine.report
        if report is not None and report.other == its.header.get("player") and report.exact \
                and (bad is None or good < report.frame < bad):
            bad, good = report.frame, report.frame - 1
    return bad, good if good or bad is not None else None


def _inputs(a: Record, b: Record, frame: int, player: int, frames: int) -> Comparison:
    """The first input that differs, by field."""
    assert a.replay is not None and b.replay is not None
    layout, size = _layout(a.header, "input"), a.replay.header.input_size
    ours, theirs = (r.row(frame)[player * size:(player + 1) * size] for r in (a.replay, b.replay))
    count, fields = fields_of(layout, ours, theirs)
    first = fields[0] if fields else {"path": layout.name, "ours": ours.hex(), "theirs": theirs.hex()}
    return Comparison("inputs", f"the inputs of player {player} in frame {frame} differ: {first['path']} is {first['ours']} in "
                      f"{a.name}, {first['theirs']} in {b.name}", frame, frame, first["path"], first["ours"], first["theirs"],
                      fields, count, frames, names=(a.name, b.name))


def _diverged(a: Record, b: Record, bad: int, good: int | None, frames: int, game: Game | None) -> Comparison:
    """The states differ: by which field, when both sides' are there, and who is right."""
    at, ours, theirs = _states(a, b)
    found = _with_fields((a.name, b.name), bad, good, at, ours, theirs, _state(a.header), "", frames)
    frame, known = (at, [ours, theirs]) if at is not None else \
        (bad, [record.replay.chains.get(bad) if record.replay is not None else None for record in (a, b)])
    alone = any(record.replay is None or record.replay.frames < frame for record in (a, b))
    return _judged(found, a if a.replay is not None else b, frame, known, game, alone=alone)


def _states(a: Record, b: Record) -> tuple[int | None, bytes, bytes]:
    """(frame, state of a, state of b): each side's own where both are there, else what a report claims of the other."""
    for mine, its in ((a, b), (b, a)):
        report = mine.report
        if report is None or report.state_frame is None or report.other != its.header.get("player"):
            continue
        other = its.report
        theirs = other.ours if other is not None and other.state_frame == report.state_frame else report.theirs
        return (report.state_frame, report.ours, theirs) if mine is a else (report.state_frame, theirs, report.ours)
    return None, b"", b""


def _with_fields(names: tuple[str, str], frame: int, after: int | None, at: int | None, ours: bytes, theirs: bytes,
                 layout: Layout, note: str, frames: int = 0) -> Comparison:
    count, fields = fields_of(layout, ours, theirs) if at is not None else (0, [])
    where = f"the states before frame {frame} differ" if after == frame - 1 else \
        f"the states differ before frame {frame}" + (f", after frame {after}" if after is not None else " already")
    if not fields:
        why = note or "the states themselves are in reports of desyncs only"
        return Comparison("diverged", f"{where}; in which field is not known: {why}", frame, after, frames=frames, names=names)
    one = fields[0]
    later = f" (as of frame {at})" if at != frame else ""
    return Comparison("diverged", f"{where}: {one['path']} is {one['ours']} in {names[0]}, {one['theirs']} in {names[1]}{later}"
                      + (f"; {note}" if note else ""), frame, after, one["path"], one["ours"], one["theirs"], fields, count,
                      frames, names=names)


# ---------------------------------------------------------------------------- who is right

def _judged(found: Comparison, record: Record, frame: int | None, known: Sequence[bytes | int | None],
            game: Game | None, *, alone: bool) -> Comparison:
    """The same, with whose state the inputs lead to. known: both states at that frame, or both chains up to it.

    alone  these inputs are held against nobody else's: a third player may have shown others to the other side
    """
    replay = record.replay
    if game is None or replay is None or frame is None or frame > replay.frames or mismatch(game, replay) is not None:
        return found
    state, value = _resimulated(game, replay, frame)
    if state is None:
        return found
    right = [name for name, one in zip(found.names, known, strict=True) if one in (state, value) and one is not None]
    who = right[0] if len(right) == 1 else "neither"
    message = f"{found.message}; the inputs lead to what {who} has" if right else \
        f"{found.message}; the inputs lead to neither of both"
    if alone and replay.header.players > 2:
        message += (f". These are the inputs as player {replay.header.player} received them, and others may have been shown to "
                    "the other side: compare the folders of both sides before blaming anybody")
    return replace(found, message=message, right=who)


def _played_again(a: Record, b: Record, good: int, frames: int, game: Game | None) -> Comparison | None:
    """Equal inputs, and checksums that are equal where both have one, up to frame `good`: are those of each what these inputs
    lead to? The last ones of two sides are often of different frames, so each is judged by itself. None when that tells
    nothing: these rules do not lead to what both sides have, or raise on the way.
    """
    if game is None or a.replay is None or b.replay is None or mismatch(game, a.replay) is not None:
        return None
    longest = max(a.replay, b.replay, key=lambda replay: replay.frames)     # it has all inputs of the other
    chains: list[int] = []
    _resimulated(game, longest, longest.frames, chains)
    if good and a.replay.chains[good] != next(iter(chains[good - 1:good]), None):
        return None
    sides = []
    for record, replay in ((a, a.replay), (b, b.replay)):
        kept = sorted(frame for frame in replay.chains if frame <= len(chains))
        wrong = next((frame for frame in kept if replay.chains[frame] != chains[frame - 1]), None)
        sides.append((wrong, max((frame for frame in kept if wrong is None or frame < wrong), default=0), record.name))
    names, proved = (a.name, b.name), min(good for _, good, _ in sides)
    bad = sorted((wrong, good, name) for wrong, good, name in sides if wrong is not None)
    if bad:
        frame, good, name = bad[0]
        right = "neither" if len(bad) > 1 else b.name if sides[0][0] is not None else a.name
        rest = f"nor is that of {bad[1][2]} for frame {bad[1][0]}" if len(bad) > 1 else \
            f"all checksums of {right} are what they lead to"
        last = f", the one for frame {good} is" if good else ""
        message = f"{name}: its checksum for frame {frame} is not what its inputs lead to{last}; {rest}"
        return Comparison("diverged", message, frame, proved, frames=frames, right=right, names=names)
    if len(chains) < longest.frames or not proved:
        return None
    message = f"the inputs of {frames} frames are equal and lead to all checksums of both, up to frame {proved}"
    return Comparison("equal", message + _unproved(proved, frames), after=proved, frames=frames, names=names)


def _resimulated(game: Game, replay: Replay, frame: int, chains: list[int] | None = None) -> tuple[bytes | None, int]:
    """The state before a frame that the inputs lead to, and the chain up to it; no state when the step raises before. `chains`
    takes those of all frames.
    """
    runner = game.runner("compiled", players=replay.header.players, seed=replay.header.seed)
    pad, value = bytes(game.row_size - replay.row_size), 0
    try:
        state = runner.start()
        for first in range(0, frame, BLOCK):
            count = min(BLOCK, frame - first)
            for checksum in runner.run(state, b"".join(replay.row(f) + pad for f in range(first, first + count)), first, count):
                value = chain(value, checksum)
                if chains is not None:
                    chains.append(value)
    except InternalError:
        raise
    except Exception:  # whatever the step raises: these rules do not lead there
        return None, value
    return bytes(state), value
