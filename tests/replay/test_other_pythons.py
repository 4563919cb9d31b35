"""The same digests and the same states on every supported Python, each with its own numba."""

from __future__ import annotations

import functools
import glob
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.goldens import GOLDENS

ROOT = Path(__file__).parents[2]
OTHERS = [f"3.{minor}" for minor in (11, 12, 13) if minor != sys.version_info.minor]

FACTS = """
import json, sys
import rollstep as rs
from rollstep.replay import verify
from tests.goldens import GOLDENS
facts = {}
for golden in GOLDENS:
    digests = golden.game.digests
    if golden.frames > 1500:
        continue
    report = verify(golden.game, [(golden.name, rs.read_replay(golden.path))])
    facts[golden.name] = [digests.layout.hex(), digests.content.hex(), digests.rules.hex(), report.verdict,
                          report.final_checksum]
print(json.dumps(facts))
"""


def interpreter(version: str) -> str | None:
    """A Python of this version that starts: on the path, or among pyenv's."""
    for path in (shutil.which(f"python{version}"), *glob.glob(f"{Path.home()}/.pyenv/versions/{version}.*/bin/python")):
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return path
    return None


@functools.cache
def facts(python: str | Path) -> dict[str, list[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "engine"), str(ROOT)])}
    done = subprocess.run([str(python), "-c", FACTS], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.heavy
@pytest.mark.parametrize("version", OTHERS)
def test_another_python_computes_the_same_digests_and_states(version, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    other = tmp_path / "venv/bin/python"
    subprocess.run([other, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy", "numba"], check=True)
    ours, theirs = facts(sys.executable), facts(other)
    assert ours == theirs
    assert len(theirs) >= len(GOLDENS) // 2 and {fact[3] for fact in theirs.values()} == {"verified"}
