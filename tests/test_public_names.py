"""The public names: each once, in order, and light to import."""

import json
import subprocess
import sys
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import rollstep
import rollstep.testing

HEAVY = ("numba", "llvmlite", "pygame", "numba.core", "cryptography", "rich", "hypothesis", "pytest")


@pytest.mark.parametrize("module", [rollstep, rollstep.testing], ids=lambda module: module.__name__)
def test_each_public_name_is_there_once_and_in_order(module):
    names = module.__all__
    assert len(names) == len(set(names)) and all(hasattr(module, name) for name in names)
    # as ruff sorts them: constants, classes, then the rest
    def order(name):
        return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2,
                [int(part) if part.isdigit() else part for part in _parts(name)])
    assert names == sorted(names, key=order)


def _parts(name):
    """Letters and numbers apart, so that i8 comes before i16."""
    parts = [""]
    for letter in name:
        if parts[-1] and letter.isdigit() != parts[-1][-1].isdigit():
            parts.append("")
        parts[-1] += letter
    return parts


def test_nothing_public_is_left_out_of_all():
    shown = {name for name, value in vars(rollstep).items()
             if not name.startswith("_") and not isinstance(value, ModuleType) and name != "VERSION"}
    assert shown == set(rollstep.__all__) - {"__version__"}


def test_no_object_has_two_public_names():
    values = [getattr(rollstep, name) for name in rollstep.__all__]
    assert len({id(value) for value in values}) == len(values)


def test_every_public_class_and_function_says_what_it_is():
    for name in rollstep.__all__:
        value = getattr(rollstep, name)
        if isinstance(value, type | FunctionType):
            assert value.__doc__, name


def test_every_error_has_the_same_root():
    errors = [value for name in rollstep.__all__ if isinstance(value := getattr(rollstep, name), type)
              and issubclass(value, Exception)]
    assert len(errors) >= 12 and all(issubclass(error, rollstep.RollstepError) for error in errors)


def loaded(code: str) -> set[str]:
    """The heavy modules that a new process has after running this."""
    text = f"{code}\nimport json, sys\nprint(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=100, check=False,
                          cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


HELP = """
import contextlib
from rollstep_tools.cli import main
with contextlib.suppress(SystemExit):
    main(["--help"])
"""
SEALS = "import rollstep.wire.noise, rollstep.wire.sealing, rollstep.wire.identity"
GAME = """
import rollstep as rs
from tests.games.box import game
game.digests
rs.sin(rs.fx(1))
game.runner("interpreted", players=2, seed=1).run(bytearray(game.state_size), bytes(game.row_size), 0, 1)
"""


@pytest.mark.parametrize("code", ["import rollstep", "import rollstep.testing", SEALS, "import rollstep_tools.cli", HELP, GAME],
                         ids=["rollstep", "rollstep.testing", "the wire", "the command", "its help", "an interpreted game"])
def test_it_loads_neither_numba_nor_pygame_nor_cryptography(code):
    assert loaded(code) == set()


def test_a_compiled_game_does_load_numba():
    """So that the test above can fail."""
    assert "numba" in loaded("from tests.games.box import game\ngame.runner('compiled', players=2, seed=1)")
