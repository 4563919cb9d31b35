"""What an inquest has found out, as an event and, when the game gives a folder, as a report on disk."""

from __future__ import annotations

import os
from dataclasses import asdict

from ..io.machine import facts
from ..net.events import DesyncExplained
from ..net.inquest import Findings
from ..replay.desync import DesyncReport, fields_of, first_field
from ..rollback import Core
from ..state import to_json
from ..wire.inquest import Sums
from .recording import InputLog


class Reporter:
    """Explains the desyncs of one session. `log` and `parent` are there when reports are to be written.

    error  why a report could not be written, if so
    """

    def __init__(self, core: Core, log: InputLog | None, parent: str | os.PathLike[str] | None) -> None:
        self._core, self._log, self._parent = core, log, parent
        self.error: OSError | None = None

    def explain(self, other: int, noticed: int, findings: Findings, ours: Sums, theirs: Sums | None) -> DesyncExplained:
        """noticed: the frame at which the chains differed; what counts when nothing better was found out."""
        layout = self._core.game.state.layout
        count, fields = fields_of(layout, findings.ours, findings.theirs) if findings.frame is not None else (0, [])
        parting, note, folder = findings.parting, findings.note, None
        frame = parting.frame if parting is not None else noticed
        if parting is not None and not parting.exact:
            note = _joined(note, "the first frame that differs is older than the checksums that are kept")
        if self._parent is not None and self._log is not None:
            try:
                folder = str(self._report(other, frame, findings, note, count, fields, ours, theirs).write(self._parent))
            except OSError as error:
                self.error = error
                note = _joined(note, f"the report could not be written ({error.strerror or error})")
        path, mine, their = first_field(fields)
        compared = findings.frame if path and findings.frame is not None else frame
        return DesyncExplained(compared, other, path, mine, their, max(0, count - 1), folder, note)

    def _report(self, other: int, frame: int, findings: Findings, note: str, count: int, fields: list[dict[str, object]],
                ours: Sums, theirs: Sums | None) -> DesyncReport:
        log, core = self._log, self._core
        assert log is not None
        replay = log.replay()
        theirs = theirs if theirs is not None else Sums(1, 0, 0, ())
        checksums = [(f, ours.sums[f - ours.first], theirs.sums[f - theirs.first])
                     for f in range(max(ours.first, theirs.first), min(ours.end, theirs.end))]
        last = findings.frame if findings.frame is not None else frame
        size, view = core.game.input_size, core.game.input.view
        inputs = [(f, [to_json(view(row[at:at + size])) for at in range(0, len(row), size)])
                  for f, row in log.newest if last - core.game.fps <= f < last]
        exact = findings.parting is not None and findings.parting.exact
        return DesyncReport(
            frame=frame, exact=exact, state_frame=findings.frame, player=core.player, other=other, header=asdict(log.header),
            note=note, differing=count, fields=fields, checksums=checksums, inputs=inputs, facts=facts(), ours=findings.ours,
            theirs=findings.theirs, replay=replay)


def _joined(note: str, more: str) -> str:
    return f"{note}; {more}" if note else more
