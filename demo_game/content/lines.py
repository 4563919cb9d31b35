"""Where the tables and keys of a TOML text stand. tomllib tells values only, and a message without a line is half a message."""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_.\-]+)\s*\]")
_ARRAY = re.compile(r"\s*\[\[\s*([A-Za-z0-9_.\-]+)\s*\]\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\-]+)\s*=")


def find_lines(text: str) -> dict[str, int]:
    """Dotted name -> line, counted from 1. The elements of an array of tables are name.0, name.1 ...

    For a text that is valid TOML with plain keys; others are not found, which costs a message its exact line.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), 1):    # other separators are none in TOML
        if found := _ARRAY.match(line):
            name = found[1]
            table = f"{name}.{counts.get(name, 0)}"
            counts[name] = counts.get(name, 0) + 1
            lines.setdefault(name, number)
            lines[table] = number
        elif found := _TABLE.match(line):
            table = found[1]
            lines[table] = number
            lines.setdefault(table.partition(".")[0], number)
        elif found := _KEY.match(line):
            lines[f"{table}.{found[1]}" if table else found[1]] = number
    return lines
