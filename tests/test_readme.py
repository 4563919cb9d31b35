"""The README's own code, run as it stands there."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUMO, PLAY, EFFECTS, TEST = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def rollstep(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "rollstep_tools", *arguments], cwd=folder, capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def hear_interrupts() -> None:
    """A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_the_game_of_the_readme_plays_and_two_processes_play_it_by_hand(tmp_path):
    (tmp_path / "sumo.py").write_text(SUMO)
    (tmp_path / "play.py").write_text(PLAY)
    assert "VERIFIED" in rollstep(tmp_path, "match", "sumo:game", "--fast", "--frames", "300")
    ports = [free_port(), free_port()]
    peers = [subprocess.Popen([sys.executable, "play.py", str(p), str(ports[p]), f"127.0.0.1:{ports[1 - p]}"], cwd=tmp_path,
                              stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
                              preexec_fn=hear_interrupts) for p in range(2)]
    first, second = peers
    assert first.stdout is not None and second.stdout is not None
    for line in first.stdout:
        if line.startswith("frame 60:"):
            break
    first.send_signal(signal.SIGINT)
    assert "left" in first.stdout.read()
    assert "Disconnected(player=0, reason='left')" in second.stdout.read()
    assert [peer.wait() for peer in peers] == [0, 0]
    files = sorted(path.name for path in tmp_path.glob("sumo-*.rsr"))
    assert "2 peers agree" in rollstep(tmp_path, "replay", "verify", *files, "--game", "sumo:game")


def test_the_effects_of_the_readme_start_and_are_confirmed(tmp_path):
    (tmp_path / "hop.py").write_text(EFFECTS)
    done = subprocess.run([sys.executable, "hop.py"], cwd=tmp_path, check=True, timeout=300, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["started JUMP 1 100", "confirmed JUMP 1 100"]


def test_the_tests_of_the_readme_pass(tmp_path):
    (tmp_path / "sumo.py").write_text(SUMO)
    subprocess.run([sys.executable, "-c", TEST], cwd=tmp_path, check=True, timeout=300)


def test_the_readme_names_every_flag_of_match_and_every_exit_code():
    text = (ROOT / "README.md").read_text()
    help_text = rollstep(ROOT, "match", "--help")
    for flag in re.findall(r"^  (--[a-z-]+)", help_text, re.MULTILINE):
        assert flag in text
    from rollstep.replay.verify import EXIT_CODES
    for code in (*EXIT_CODES.values(), 2, 3, 70):
        assert f"| {code} |" in text
