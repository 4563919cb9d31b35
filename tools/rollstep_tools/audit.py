"""`rollstep audit`: what a game's step reaches, and the proofs that every peer will compute it alike."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from rollstep import Game, StepError
from rollstep.errors import Finding
from rollstep.rules import RULES
from rollstep.runner import compiled_init, compiled_predictor, compiled_step

from . import show
from .cli import write_json
from .load import load_game

CLEAN, REFUSED = 0, 2
#: In the order in which they are taken; README and engine/AUDIT.md say what each covers.
PROOFS = ("source", "types", "machine code")


def run(given: argparse.Namespace) -> int:
    """The exit code: 0 when all proofs hold, 2 when a step is refused."""
    if given.numbers:
        from .numbers import run as run_numbers
        return run_numbers(given)
    if given.layout:
        from .layout import run as run_layout
        return run_layout(given)
    return audit(given)


def audit(given: argparse.Namespace) -> int:
    """Prove one game and say what was found."""
    try:
        game, name = load_game(given.named or given.game, given.app_dir)
        refused = _compile(game)
    except StepError as error:          # the source was refused when the module made its Game
        return _refuse(given, error.findings)
    if refused:
        return _refuse(given, refused)
    if given.json:
        write_json(describe(game, name))
    else:
        _print(game, name)
    return CLEAN


def describe(game: Game, name: str) -> dict[str, Any]:
    """The facts of a game whose proofs hold, ready for JSON."""
    return {"verdict": "clean", "exit_code": CLEAN, "game": game.name, "named": name,
            "functions": [{"name": function.name, "file": function.filename, "line": function.line, "init": init, "step": step}
                          for function, init, step in reached(game)],
            "constants": [{"name": key, "value": value} for key, value in constants(game)], "proofs": list(PROOFS),
            "warnings": [_finding(warning) for warning in game.program.warnings],
            "digests": {key: value.hex() for key, value in vars(game.digests).items()}}


def reached(game: Game) -> list[tuple[Any, bool, bool]]:
    """Each function, and whether init and whether step reaches it."""
    def below(root: Any) -> set[Any]:
        found, waiting = set(), [root]
        while waiting:
            function = waiting.pop()
            if function not in found:
                found.add(function)
                waiting += game.program.functions[function].calls.values()
        return found
    init, step = map(below, game.program.roots)
    return [(function, function.original in init, function.original in step) for function in game.program.ordered()]


def constants(game: Game) -> list[tuple[str, str]]:
    """The values from outside that the functions hold: the name in the source, and the value as text."""
    held = [(name, repr(value)) for function in game.program.ordered() for name, value in sorted(function.named.items())]
    return list(dict.fromkeys(held))


def _compile(game: Game) -> tuple[Finding, ...]:
    """What the compiler and the proofs after it refuse in init, step and predict."""
    found: list[Finding] = []
    with show.compiling(show.notes()):
        roots: list[Callable[[Game], Any]] = [compiled_init, lambda game: compiled_step(game, "compiled")]
        if game.predictor is not None:
            roots.append(compiled_predictor)
        for compile_root in roots:
            try:
                compile_root(game)
            except StepError as error:
                found += error.findings
    return tuple(sorted(set(found)))


def _refuse(given: argparse.Namespace, found: tuple[Finding, ...]) -> int:
    for finding in found:
        print(f"rollstep: {finding}", file=sys.stderr)
    if given.json:
        write_json({"verdict": "refused", "exit_code": REFUSED, "message": str(found[0]),
                    "findings": list(map(_finding, found))})
    return REFUSED


def _finding(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "remedy": RULES[finding.rule]}


def _print(game: Game, name: str) -> None:
    console: Console = show.words(False)
    console.print(f"{game.name} ({name}): every peer computes it alike", markup=False)
    table = Table("function", "where", "reached by")
    for function, init, step in reached(game):
        by = " and ".join(what for what, is_reached in (("init", init), ("step", step)) if is_reached)
        table.add_row(function.name, f"{_near(function.filename)}:{function.line}", by)
    console.print(table)
    held = constants(game)
    console.print(f"constants  {', '.join(f'{key} = {value}' for key, value in held) or 'none'}", markup=False)
    console.print(f"proved     {', '.join(PROOFS)}; of step and of init", markup=False)
    if game.predictor is not None:
        names = ", ".join(function.name for function in game.predictor.ordered())
        console.print(f"predict    {names}: proved alike, and no part of the rules", markup=False)
    for key, value in vars(game.digests).items():
        console.print(f"{key:<10} {value.hex()}", markup=False)
    for warning in game.program.warnings:
        console.print(f"warning    {_near(warning.file)}:{warning.line}: {warning.message} [{warning.rule}]", markup=False,
                      soft_wrap=True)


def _near(file: str) -> str:
    """A path as one would type it here."""
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else str(Path(relative))
