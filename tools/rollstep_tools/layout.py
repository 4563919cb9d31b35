"""`rollstep audit GAME --layout`: where every field of a game's structs lies, gaps included."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from rollstep import Game
from rollstep.state import Field, Layout

from .cli import write_json
from .load import load_game


@dataclass(frozen=True)
class Row:
    """One line: `offset` and `size` in bytes; `depth` counts the structs around a field."""

    offset: int
    size: int
    depth: int
    name: str
    kind: str


def run(given: argparse.Namespace) -> int:
    """Print the layouts of state, input and content; 0."""
    game, _ = load_game(given.named or given.game, given.app_dir)
    layouts = {role: layout for role, layout in (
        ("state", game.state.layout), ("input", game.input.layout),
        ("content", game.content.layout if game.content is not None else None)) if layout is not None}
    if given.json:
        write_json({"game": game.name, "layouts": {role: _json(layout) for role, layout in layouts.items()}})
    else:
        for role, layout in layouts.items():
            show(game, role, layout)
    return 0


def _json(layout: Layout) -> dict[str, Any]:
    return {"name": layout.name, "size": layout.size, "digest": layout.digest().hex(),
            "rows": [asdict(row) for row in rows(layout)]}


def rows(layout: Layout, base: int = 0, depth: int = 0) -> Iterator[Row]:
    """Every field in order, the fields of a struct below it (once for an array of them), and every gap."""
    end = 0
    for field in layout.fields:
        if field.offset > end:
            yield Row(base + end, field.offset - end, depth, "", "padding")
        yield Row(base + field.offset, field.size, depth, field.name, _kind(field))
        if field.kind.layout is not None:
            yield from rows(field.kind.layout, base + field.offset, depth + 1)
        end = field.offset + field.size
    if layout.size > end:
        yield Row(base + end, layout.size - end, depth, "", "padding")


def _kind(field: Field) -> str:
    kind = field.kind.name
    if field.kind.enum is not None:
        kind += f" ({', '.join(f'{member.name}={int(member)}' for member in field.kind.enum)})"
    return kind + "".join(f"[{n}]" for n in field.shape)


def show(game: Game, role: str, layout: Layout) -> None:
    """One table on stdout."""
    from rich import box
    from rich.table import Table

    from .show import words

    padding = layout.size - _used(layout)
    table = Table(title=f"{game.name}: {role} {layout.name}, {_bytes(layout.size)}, {padding} of them padding", box=box.SIMPLE,
                  title_justify="left")
    for column in ("offset", "size"):
        table.add_column(column, justify="right")
    table.add_column("field")
    table.add_column("kind", overflow="fold")
    for row in rows(layout):
        style = "dim" if row.kind == "padding" else None
        table.add_row(str(row.offset), str(row.size), "  " * row.depth + row.name, row.kind, style=style)
    words(json=False).print(table)


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def _used(layout: Layout) -> int:
    """Bytes that belong to a value."""
    return sum(prod(field.shape) * (_used(field.kind.layout) if field.kind.layout is not None else field.kind.size)
               for field in layout.fields)
