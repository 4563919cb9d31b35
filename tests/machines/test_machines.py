"""The same bytes on every processor, at every level of optimisation, on another architecture, and without a compiler.

`chains.txt` holds what a long run gives; run.py says how it is changed. A process for each machine, with a cache of its own.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.machines import arm64
from tests.machines.run import FRAMES, PINNED

ROOT = Path(__file__).parents[2]
SHORT, LONG = (sorted(line for line in PINNED.read_text().splitlines() if f" {frames} " in line) for frames in (2000, FRAMES))
#: From the oldest x86-64 to ones with wide vectors; a processor that lacks them cannot run that code.
PROCESSORS = {"x86-64": (), "nehalem": ("sse4_2",), "haswell": ("avx2",), "skylake-avx512": ("avx512f", "avx512dq", "avx512vl")}


def computed(folder: Path, frames: int, way: str, **environment: str) -> list[str]:
    """What a fresh process prints."""
    command = [sys.executable, "-m", "tests.machines.run", str(frames), way]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "ROLLSTEP_CACHE_DIR": str(folder), **environment},
                          capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.split("\n")[:-1])


def test_compiled_and_interpreted_give_the_pinned_chains(tmp_path):
    assert computed(tmp_path, 2000, "compiled") == computed(tmp_path, 2000, "interpreted") == SHORT


@pytest.mark.heavy
def test_a_hundred_thousand_frames_give_the_pinned_chains(tmp_path):
    assert computed(tmp_path, FRAMES, "compiled") == LONG


@pytest.mark.heavy
def test_ten_thousand_frames_are_the_same_compiled_and_interpreted(tmp_path):
    assert computed(tmp_path, 10_000, "compiled") == computed(tmp_path, 10_000, "interpreted")


@pytest.mark.heavy
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="these are x86-64 processors")
@pytest.mark.parametrize("processor", PROCESSORS)
def test_every_processor_gives_the_pinned_chains(processor, tmp_path):
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    missing = [flag for flag in PROCESSORS[processor] if f" {flag}" not in flags]
    if missing:
        pytest.skip(f"this machine has no {', '.join(missing)}")
    assert computed(tmp_path, 2000, "compiled", NUMBA_CPU_NAME=processor, NUMBA_CPU_FEATURES="") == SHORT


@pytest.mark.heavy
@pytest.mark.parametrize("level", ["0", "1", "2", "3"])
def test_every_level_of_optimisation_gives_the_pinned_chains(level, tmp_path):
    assert computed(tmp_path, 2000, "compiled", NUMBA_OPT=level) == SHORT


@pytest.mark.heavy
def test_aarch64_gives_the_pinned_chains_and_verifies_a_golden_replay(tmp_path_factory):
    if (reason := arm64.missing()) is not None:
        pytest.skip(reason)
    python = arm64.install(tmp_path_factory.mktemp("arm64"))
    environment = {**os.environ, "ROLLSTEP_CACHE_DIR": str(tmp_path_factory.mktemp("cache")),
                   "PYTHONPATH": os.pathsep.join([str(ROOT / "engine"), str(ROOT / "tools"), str(ROOT)])}

    def run(*arguments: str) -> str:
        done = subprocess.run([str(python), *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900,
                              check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
    assert run("-c", "import platform; print(platform.machine())") == "aarch64\n"
    assert sorted(run("-m", "tests.machines.run", "2000", "compiled").split("\n")[:-1]) == SHORT
    assert "verified" in run("-c", VERIFY)


VERIFY = """
import rollstep as rs
from rollstep.replay import verify
from tests.games.box import game
from pathlib import Path
path = next(Path("replays").glob("box*.rsr"))
print(verify(game, [(path.name, rs.read_replay(path))]).verdict)
"""
