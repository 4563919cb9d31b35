"""Every error that rollstep raises on purpose.

    RollstepError
    ├── UsageError             your mistake: an argument, a struct, a configuration
    │   └── StepError          a step whose source cannot be deterministic (names file and line)
    ├── PeerError              the other side's
    │   └── IncompatiblePeer   another game, other rules, other content, another wire version
    ├── ReplayError            the file's
    │   ├── MalformedReplay    bytes that are no replay, or that were changed
    │   ├── TruncatedReplay    cut short; carries how many frames are good
    │   └── IncompatibleReplay of another game, layout or content
    ├── Diverged               two computations of one frame differ (frame, field path, both values)
    ├── Trap                   the checked way met an overflow, a lost bit or a value that does not fit
    └── InternalError          ours: please report it

Waiting is never an error, and a hostile datagram never raises: both are values and counters.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import ClassVar


class RollstepError(Exception):
    """The root: `except rollstep.RollstepError` catches everything below."""


class UsageError(RollstepError):
    """A mistake in the calling program. The message says what to write instead."""


@dataclass(frozen=True, order=True)
class Finding:
    """One place of a step that cannot stay: `rule` is its name in AUDIT.md, `message` says what to write instead.

    `line` is 0 where only the file, or the name of what was compiled, is known.
    """

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message} [{self.rule}]"


class StepError(UsageError):
    """The source of a step holds something that could differ between peers; `file:line` comes first.

    `findings` has each place, in the order of files and lines, and the message a line for each; `rule`, `file` and
    `line` are those of the first.
    """

    def __init__(self, *findings: Finding) -> None:
        super().__init__(*findings)
        self.findings = findings

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))

    @property
    def rule(self) -> str:
        return self.findings[0].rule

    @property
    def file(self) -> str:
        return self.findings[0].file

    @property
    def line(self) -> int:
        return self.findings[0].line


class PeerError(RollstepError):
    """The other side's mistake, or its disagreement."""


class IncompatiblePeer(PeerError):
    """The peers would not compute the same match. Found before frame 0, raised on both sides."""

    def __init__(self, what: str, ours: object, theirs: object) -> None:
        super().__init__(f"we and the peer differ in {what}: ours {ours}, theirs {theirs}")
        self.what = what
        self.ours = ours
        self.theirs = theirs

    def __reduce__(self) -> tuple[object, ...]:
        return IncompatiblePeer, (self.what, self.ours, self.theirs)


class ReplayError(RollstepError):
    """A replay file that cannot be used as asked. `offset` is the byte where it was noticed, if any."""

    def __init__(self, message: str, *, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


class MalformedReplay(ReplayError):
    """Not a replay, or one whose bytes were changed."""


class TruncatedReplay(ReplayError):
    """The file ends in the middle. `good_frames` frames before the cut are whole and were kept."""

    def __init__(self, message: str, *, offset: int | None = None, good_frames: int = 0) -> None:
        super().__init__(message, offset=offset)
        self.good_frames = good_frames


class IncompatibleReplay(ReplayError):
    """A good file, of another game, another layout or other content than the one at hand.

    `what` differs: `ours`, and `theirs` in the file; `detail` says more where that is known.
    """

    _REMEDY: ClassVar[dict[str, str]] = {
        "game": "open it with the game that it names",
        "layout": "its structs have other fields: open it with the version of the game that recorded it",
        "content": "open it with the content that it was played with",
    }

    def __init__(self, what: str, ours: object, theirs: object, *, engine: str = "", detail: str = "") -> None:
        remedy = self._REMEDY.get(what, "open it with the version of the game that recorded it")
        by = f" (written by {engine})" if engine else ""
        more = f" ({detail})" if detail else ""
        super().__init__(f"the replay's {what} differs: ours {ours}, the file's {theirs}{by}; {remedy}{more}")
        self.what = what
        self.ours = ours
        self.theirs = theirs
        self.engine = engine
        self.detail = detail

    def __reduce__(self) -> tuple[object, ...]:
        made = functools.partial(IncompatibleReplay, engine=self.engine, detail=self.detail)
        return made, (self.what, self.ours, self.theirs)


class Diverged(RollstepError):
    """Two computations of the same frame differ; `path` names the first differing field."""

    def __init__(self, frame: int, path: str, ours: object, theirs: object, *, detail: str = "") -> None:
        super().__init__(f"frame {frame}: {path} is {ours} on one side, {theirs} on the other{detail}")
        self.frame = frame
        self.path = path
        self.ours = ours
        self.theirs = theirs


class Trap(RollstepError, ArithmeticError):
    """The checked way met an overflow or a value that does not fit. Play would have wrapped.

    `frame`, `file` and `line` say where, once a runner or a session has raised it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.frame: int | None = None
        self.file: str | None = None
        self.line: int | None = None

    def __str__(self) -> str:
        place = "" if self.line is None else f"frame {self.frame}: {self.file}:{self.line}: "
        return place + super().__str__()


class InternalError(RollstepError):
    """rollstep broke its own promise. Please report it with the message and the replay."""
