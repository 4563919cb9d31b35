"""One line of `rollstep bench core`: what was measured, beside what, and what was asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: What times are of, unless the table says something else.
USUAL = "peer and frame"


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
    """The figures for people."""
    from rich.table import Table

    made = Table(caption=f"times: of the processor, for each {USUAL} unless it says otherwise")
    for name, justify in (("what", "left"), ("ours", "right"), ("theirs", "right"), ("against", "left"), ("ratio", "right"),
                          ("asked", "right"), ("", "left")):
        made.add_column(name, justify=justify)              # type: ignore[arg-type]
    group = figures[0].group if figures else ""
    for figure in figures:
        if figure.group != group:
            made.add_section()
            group = figure.group
        asked = [f"{figure.most_ratio:.2f} ×"] if figure.most_ratio is not None else []
        asked += [shown(figure.most, figure.unit)] if figure.most is not None else []
        ours = figure.absent if figure.value is None else shown(figure.value, figure.unit)
        made.add_row(f"{figure.what}{'' if figure.per in ('', USUAL) else f' (a {figure.per})'}", ours,
                     "" if figure.theirs is None else shown(figure.theirs, figure.unit), figure.against,
                     "" if figure.ratio is None else f"{figure.ratio:.2f}", ", ".join(asked),
                     {True: "holds", False: "MISSED", None: ""}[figure.holds])
    return made


def shown(value: float, unit: str) -> str:
    """A number with its unit, as people read it."""
    if unit == "ns":
        for name, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
            if value >= size:
                return f"{value / size:.2f} {name}"
        return f"{value:.1f} ns"
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return f"{text} {unit}".rstrip()
