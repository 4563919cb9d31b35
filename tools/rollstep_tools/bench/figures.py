"""One line of `rollstep bench core`: what was measured, beside what, and what was asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rollstep.wire.sealing import OVERHEAD as SEAL_BYTES

#: What times are of, unless the table says something else.
USUAL = "peer and frame"
#: What the figures of a group are of, below a table that has them.
NOTES = {"wire": f"payloads: with sealed=False; a sealed one is {SEAL_BYTES} bytes longer",
         "starts": "starts and edits: by the clock"}


@dataclass(frozen=True)
class Figure:
    """`value` in `unit` (ns, bytes, times or none); `theirs` is the same of the other side, when there is one.

    most        what the value should not be above
    most_ratio  what value / theirs should not be above
    absent      why there is no value
    """

    group: str
    what: str
    value: float | None
    unit: str = "ns"
    per: str = ""
    against: str = ""
    theirs: float | None = None
    most: float | None = None
    most_ratio: float | None = None
    absent: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.theirs is None or self.value is None else self.value / self.theirs

    @property
    def holds(self) -> bool | None:
        """None when nothing was asked, or there is no value."""
        checks = [value <= most for value, most in ((self.value, self.most), (self.ratio, self.most_ratio))
                  if value is not None and most is not None]
        return all(checks) if checks else None

    def to_json(self) -> dict[str, Any]:
        numbers = {name: None if value is None else round(value, 4) for name, value in
                   (("value", self.value), ("theirs", self.theirs), ("ratio", self.ratio))}
        return {"group": self.group, "what": self.what, "unit": self.unit, "per": self.per, "against": self.against, **numbers,
                "most": self.most, "most_ratio": self.most_ratio, "holds": self.holds, "absent": self.absent}


def table(figures: Sequence[Figure]) -> Any:
    """The figures for people. Whole at 80 columns: what is measured takes a second line where it has to, numbers never do."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    notes = [f"times: of the processor, for each {USUAL} unless it says otherwise", "theirs: of C, unless it says otherwise",
             *(NOTES[group] for group in dict.fromkeys(figure.group for figure in figures) if group in NOTES)]
    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left", caption="\n".join(notes))
    made.add_column("what")
    for name in ("ours", "theirs", "ratio", "asked"):
        made.add_column(name, justify="right", no_wrap=True)
    made.add_column("", no_wrap=True)
    group = figures[0].group if figures else ""
    for figure in figures:
        if figure.group != group:
            made.add_section()
            group = figure.group
        asked = [f"{figure.most_ratio:.3g}×"] if figure.most_ratio is not None else []
        asked += [shown(figure.most, figure.unit)] if figure.most is not None else []
        ours = figure.absent if figure.value is None else shown(figure.value, figure.unit)
        beside = "" if figure.against in ("", "C") else f", beside {figure.against}"
        made.add_row(f"{figure.what}{'' if figure.per in ('', USUAL, 'process') else f' (a {figure.per})'}{beside}", ours,
                     "" if figure.theirs is None else shown(figure.theirs, figure.unit),
                     "" if figure.ratio is None else f"{figure.ratio:.2f}", ", ".join(asked),
                     {True: "holds", False: "MISSED", None: ""}[figure.holds])
    return made


def shown(value: float, unit: str) -> str:
    """A number with its unit, as people read it: three digits are more than a shared machine can repeat."""
    if unit == "ns":
        unit, size = next((u for u in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)) if value >= u[1]), ("ns", 1.0))
        value /= size
    short = {"bytes": "B", "times": ""}.get(unit, unit)
    return f"{f'{value:,.0f}' if abs(value) >= 100 else f'{value:.3g}'} {short}".rstrip()
