"""Words for people: progress on stderr, tables on stdout (on stderr when stdout carries JSON)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from rollstep import on_progress


class _Words(Console):
    """Leaves a pipe that nobody reads to the command line, where rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        raise


def words(json: bool) -> Console:
    """Where results for people go."""
    return _Words(stderr=json, highlight=False, emoji=False)


def notes() -> Console:
    """Where progress goes."""
    return words(json=True)


class _Done(ProgressColumn):
    """How much of a task is done, and of how much: a task that ends by the clock has no number for that."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.completed:>6.0f}" + ("" if task.total is None else f" of {task.total:.0f}"))


@contextmanager
def compiling(console: Console) -> Iterator[None]:
    """Say what is compiled while it is."""
    on_progress(lambda text: console.print(f"  {text}", markup=False))
    try:
        yield
    finally:
        on_progress(None)


def progress(console: Console) -> Progress:
    """A bar per task, with the frames done."""
    return Progress(TextColumn("{task.description:<22}"), BarColumn(), _Done(), TimeRemainingColumn(), console=console)


def tables(console: Console, columns: list[str], rows: list[tuple[str, list[Any]]]) -> Iterator[Table]:
    """Names down the left, one column per peer; below each other, where the console has no room for all: nothing is cut."""
    frame = 3   # of a cell: a line, and a blank on each side of the text
    widths = [frame + max(len(column), *(len(str(values[i])) for _, values in rows)) for i, column in enumerate(columns)]
    room = console.width - 1 - frame - max(len(name) for name, _ in rows)
    first = 0
    while first < len(columns):
        last = first + 1
        while last < len(columns) and sum(widths[first:last + 1]) <= room:
            last += 1
        made = Table()
        made.add_column("")
        for column in columns[first:last]:
            made.add_column(column, justify="right")
        for name, values in rows:
            made.add_row(name, *map(str, values[first:last]))
        yield made
        first = last
