"""The canaries: an engine broken on purpose in one peer must not be verified.

A copy of the engine is changed in one line, for player 1 alone, and plays `rollstep match` against itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BROKEN = {
    "a rollback that does not load the snapshot": (
        "rollback/frame.py",
        "        move(c, c.state_at, snapshot_at(c, first), c.state_size)\n",
        "        if c.me != 1:\n            move(c, c.state_at, snapshot_at(c, first), c.state_size)\n"),
    "a rollback that starts one frame late": (
        "rollback/frame.py", "        first = c.bad\n",
        "        first = c.bad\n        if c.me == 1 and c.bad + 1 < c.done:\n            first = c.bad + 1\n"),
    "a predictor that overwrites inputs that are known": (
        "rollback/frame.py", "        if f >= c.got[p]:\n", "        if f >= c.got[p] or (c.me == 1 and p != c.me):\n"),
    "a misprediction that nobody notices": (
        "wire/input_packet.py", "                c.bad = min(c.bad, f)\n",
        "                if c.me != 1:\n                    c.bad = min(c.bad, f)\n"),
    "a snapshot that is one frame old": (
        "rollback/frame.py", "        move(c, snapshot_at(c, f + 1), c.state_at, c.state_size)\n",
        "        if c.me != 1 or f % 7 != 3:\n            move(c, snapshot_at(c, f + 1), c.state_at, c.state_size)\n"),
    "inputs that are decoded wrongly": (
        "wire/input_packet.py", "            value = before ^ get8(c, here + b)\n",
        "            value = before ^ get8(c, here + b)\n            if c.me == 1 and start + i == 100:\n"
        "                value = value ^ 1\n"),
}


@pytest.mark.heavy
@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_peer_is_not_verified(what, tmp_path):
    name, before, after = BROKEN[what]
    shutil.copytree(ROOT / "engine/rollstep", tmp_path / "rollstep", ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "rollstep" / name
    text = source.read_text()
    assert text.count(before) == 1, "the line to break has moved: change this test along"
    source.write_text(text.replace(before, after))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "tools"), str(ROOT)]),
                   "ROLLSTEP_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-m", "rollstep_tools", "match", "tests.games.box:game", "--fast", "--json",
                           "--frames", "400", "--net", "rtt=120ms,jitter=20ms,loss=5%", "--app-dir", str(ROOT)],
                          env=environment, capture_output=True, text=True, timeout=600, check=False)
    data = json.loads(done.stdout)
    assert data["verified"] is False and done.returncode != 0
    assert "desync" in str(data["troubles"]) or data["verdict"] in ("diverged", "inputs"), data
