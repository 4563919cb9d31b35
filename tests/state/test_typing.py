"""What a type checker, and so an editor, knows of structs inside a step: tests/typing_sample holds a game and mistakes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.typing_sample.game import game

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "typing_sample"


def wrong_lines() -> set[int]:
    text = (SAMPLE / "mistakes.py").read_text()
    return {number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# wrong")}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)


def test_mypy_takes_an_annotated_game_and_finds_each_mistake():
    done = run("mypy", "--no-error-summary", "--show-absolute-path", str(SAMPLE / "game.py"), str(SAMPLE / "mistakes.py"))
    found = re.findall(r"(\w+)\.py:(\d+): error", done.stdout)
    assert {name for name, _ in found} == {"mistakes"}, done.stdout + done.stderr
    assert {int(line) for _, line in found} == wrong_lines(), done.stdout


@pytest.mark.heavy
def test_pyright_takes_an_annotated_game_and_finds_each_mistake():
    """Pyright is what an editor completes with; it runs on node, which it fetches where there is none."""
    started = run("pyright", "--version")
    if started.returncode != 0:
        pytest.skip(f"pyright cannot run here: {started.stderr.strip()[-200:]}")
    done = run("pyright", "--outputjson", "--pythonpath", sys.executable, str(SAMPLE / "game.py"), str(SAMPLE / "mistakes.py"))
    found = [(Path(entry["file"]).stem, entry["range"]["start"]["line"] + 1)
             for entry in json.loads(done.stdout)["generalDiagnostics"] if entry["severity"] == "error"]
    assert {name for name, _ in found} == {"mistakes"}, done.stdout
    assert {line for _, line in found} == wrong_lines(), done.stdout


def test_the_annotated_game_is_a_game_in_every_way():
    rows = bytes([4, 2] * 40 + [1, 6] * 20)
    states = []
    for way in ("compiled", "checked", "interpreted"):
        runner = game.runner(way, players=2, seed=3)
        state = runner.start()
        runner.run(state, rows, 0, 60)
        states.append(bytes(state))
    assert states[0] == states[1] == states[2] != bytes(len(states[0]))
