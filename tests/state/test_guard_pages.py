"""No step reaches outside its memory, whatever bytes stand in its state and inputs. See guarded.py."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(game: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.state.guarded", game, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs mprotect")
@pytest.mark.parametrize("game", ["tests.games.box:game", "tests.games.hostile:game", "tests.games.pools:game",
                                  "tests.games.sparks:game", "demo_game:game"])
def test_hostile_states_and_inputs_never_reach_outside(game):
    done = run(game, 1, 400)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 40, "nearly every frame raised: nothing was proved"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs mprotect")
def test_a_state_that_stands_too_far_kills_the_process():
    """So that the test above can fail."""
    assert run("tests.games.hostile:game", 1, 400, 8).returncode == -signal.SIGSEGV
