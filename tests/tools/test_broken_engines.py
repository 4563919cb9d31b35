"""The canaries: an engine broken on purpose in one peer must not be verified.

A copy of the engine is changed in one line, for player 1 alone, and plays `rollstep match` against itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What breaks: the module, its line, and what stands there instead.
BROKEN = {
    "a rollback that does not load the snapshot": (
        "rollback/frame.py", "move(c, c.state_at, snapshot_at(c, first), c.state_size)", """
            if c.me != 1:
                move(c, c.state_at, snapshot_at(c, first), c.state_size)
        """),
    "a rollback that starts one frame late": (
        "rollback/frame.py", "first = c.bad", """
            first = c.bad
            if c.me == 1 and c.bad + 1 < c.done:
                first = c.bad + 1
        """),
    "a predictor that overwrites inputs that are known": (
        "rollback/frame.py", "if f >= c.got[p]:", "if f >= c.got[p] or (c.me == 1 and p != c.me):"),
    "a misprediction that nobody notices": (
        "wire/input_packet.py", "c.bad = min(c.bad, f)", """
            if c.me != 1:
                c.bad = min(c.bad, f)
        """),
    "a snapshot that is one frame old": (
        "rollback/frame.py", "move(c, next_place(c, f), c.state_at, c.state_size)", """
            at = next_place(c, f)
            if c.me != 1 or f % 7 != 3:
                move(c, at, c.state_at, c.state_size)
        """),
    "inputs that are decoded wrongly": (
        "wire/input_packet.py", "value = before ^ get8(c, here + b)", """
            value = before ^ get8(c, here + b)
            if c.me == 1 and start + i == 100:
                value = value ^ 1
        """),
}


@pytest.mark.heavy
@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_peer_is_not_verified(what, tmp_path):
    name, before, after = BROKEN[what]
    shutil.copytree(ROOT / "engine/rollstep", tmp_path / "rollstep", ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "rollstep" / name
    lines = source.read_text().splitlines()
    places = [i for i, line in enumerate(lines) if line.strip() == before]
    assert len(places) == 1, "the line to break has moved: change this test along"
    indent = lines[places[0]][:-len(before)]
    lines[places[0]] = textwrap.indent(textwrap.dedent(after).strip(), indent)
    source.write_text("\n".join(lines) + "\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "tools"), str(ROOT)]),
                   "ROLLSTEP_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-m", "rollstep_tools", "match", "tests.games.box:game", "--fast", "--json",
                           "--frames", "400", "--net", "rtt=120ms,jitter=20ms,loss=5%", "--app-dir", str(ROOT)],
                          env=environment, capture_output=True, text=True, timeout=600, check=False)
    data = json.loads(done.stdout)
    assert data["verified"] is False and done.returncode != 0
    assert "desync" in str(data["troubles"]) or data["verdict"] in ("diverged", "inputs"), data
