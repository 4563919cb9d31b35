"""What every `rollstep` command owes to the shell that it runs in, as real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "rollstep_tools"]
GAME = """
import pygame
from tests.games.box import game
"""


def test_a_game_that_imports_pygame_is_looked_at_without_its_banner(tmp_path):
    (tmp_path / "windowed.py").write_text(GAME)
    done = subprocess.run([*COMMAND, "audit", "windowed:game", "--layout", "--app-dir", str(tmp_path)], cwd=ROOT,
                          env={**{name: value for name, value in os.environ.items() if not name.startswith("PYGAME")},
                               "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
                          capture_output=True, text=True, timeout=100, check=True)
    assert "World" in done.stdout and "pygame" not in (done.stdout + done.stderr).replace("windowed", "")


def unread(*arguments: str, words_too: bool = False) -> tuple[int, str | None]:
    """(exit code, stderr) of a command whose reader has left before it writes."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as out:
        done = subprocess.run([*COMMAND, *arguments], cwd=ROOT, stdout=out, stderr=out if words_too else subprocess.PIPE,
                              text=True, timeout=100, check=False)
    return done.returncode, done.stderr


LAYOUT = ["audit", "tests.games.box:game", "--layout"]


@pytest.mark.parametrize("arguments", [["--version"], LAYOUT, [*LAYOUT, "--json"]])
def test_a_reader_that_leaves_early_as_head_does_ends_a_command_quietly(arguments):
    assert unread(*arguments) == (141, "")


def test_when_words_go_to_the_reader_that_has_left_as_well_it_still_ends():
    assert unread("audit", "nowhere:game", "--json", words_too=True) == (141, None)
