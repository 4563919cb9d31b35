"""`rollstep match` as a user runs it: real processes, real UDP, a real bad network, real files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rollstep as rs
from rollstep.replay import verify
from rollstep.testing import Impairment
from rollstep_tools.match import _cell, _common
from rollstep_tools.processes import Peer, play
from tests.games.box import game as box

ROOT = Path(__file__).parents[2]
PEER_KEYS = ("frames", "rollbacks", "deepest_rollback", "resimulated_frames", "stalls", "packets_sent", "packets_dropped",
             "bytes_sent", "cpu_us_per_frame", "final_checksum", "replay")


def match(*arguments: str, cwd: Path = ROOT) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of `rollstep match --fast ...`."""
    done = subprocess.run([sys.executable, "-m", "rollstep_tools", "match", "--fast", *arguments], cwd=cwd,
                          capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def played(*arguments: str) -> dict[str, Any]:
    """The JSON of a match that must be verified."""
    code, out, words = match("--json", *arguments)
    assert code == 0, words
    data: dict[str, Any] = json.loads(out)
    assert data["verified"] is True, words
    return data


@pytest.mark.parametrize("net", ["", "rtt=80ms,jitter=20ms,loss=5%", "rtt=120ms", "rtt=240ms",
                                 "rtt=80ms,jitter=20ms,loss=20%"])
def test_two_processes_play_the_fighter_and_the_replays_are_proved(net, tmp_path):
    data = played("--net", net, "--frames", "600", "--record", str(tmp_path))
    for peer in data["peers"]:
        assert all(peer[key] is not None for key in PEER_KEYS)
        assert peer["frames"] == 600
        if net:
            assert peer["rollbacks"] > 0 and 0 < peer["deepest_rollback"] <= 8
    checksums = {peer["final_checksum"] for peer in data["peers"]}
    assert len(checksums) == 1
    assert (sum(peer["packets_dropped"] for peer in data["peers"]) > 0) == ("loss" in net)
    replays = [rs.read_replay(peer["replay"]) for peer in data["peers"]]
    assert replays[0].rows == replays[1].rows
    assert len({replays[0].row(f) for f in range(600)}) > 10, "the bots hardly pressed anything"


@pytest.mark.parametrize(("viewer", "reason"), [
    ("raise ImportError('No module named pygame')", "No module named pygame"),
    ("raise RuntimeError('a broken\\nviewer')", "a broken viewer"),
    ("class Viewer:\n    def __init__(self, match):\n        raise RuntimeError('no screen there')", "no screen there"),
])
@pytest.mark.parametrize("view", ["auto", "yes"])
def test_a_window_that_cannot_be_opened_is_told_and_costs_the_match_only_when_it_was_asked_for(view, viewer, reason, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.rollstep]\nviewer = "my_viewer:Viewer"\n')
    (tmp_path / "my_viewer.py").write_text(viewer)
    done = subprocess.run([sys.executable, "-m", "rollstep_tools", "match", "tests.games.box:game", "--view", view, "--net", "",
                           "--app-dir", str(tmp_path), "--frames", "60", "--record", str(tmp_path)], cwd=ROOT,
                          env={**os.environ, "DISPLAY": ":77"}, capture_output=True, text=True, timeout=100, check=False)
    words = done.stdout + done.stderr
    if view == "auto":
        assert done.returncode == 0, words
        assert words.count("plays without a window") == 2 and reason in words
    else:
        assert done.returncode == 9 and reason in words and "VERIFIED" in words


@pytest.mark.parametrize(("first", "code", "words"), [
    ("pass", 9, "a window was closed before the match had begun"),
    ("raise SystemExit(3)", 9, "player 0: the process ended with 3"),
])
def test_a_peer_that_ends_before_the_match_begins_ends_the_others_too(first, code, words, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.rollstep]\nviewer = "my_viewer:Viewer"\n')
    (tmp_path / "my_viewer.py").write_text(f"""
class Viewer:
    def __init__(self, match):
        if match.player == 0:
            {first}
    def draw(self, match):
        return match.player == 1
    def close(self):
        pass
""")
    done = subprocess.run([sys.executable, "-m", "rollstep_tools", "match", "tests.games.box:game", "--view", "yes",
                           "--app-dir", str(tmp_path), "--record", str(tmp_path)], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, "DISPLAY": ":77"}, timeout=40, check=False)
    assert done.returncode == code and words in done.stdout, done.stdout + done.stderr
    assert "player 1" not in done.stdout.partition("final checksum")[2]
    if code == 9 and first == "raise SystemExit(3)":
        assert "NOT VERIFIED  the match never began, so there is no replay" in done.stdout


CLOSED = """
class Viewer:
    def __init__(self, match):
        pass
    def input(self, match):
        return None
    def frame(self, match):
        pass
    def draw(self, match):
        return match.player != 1 or match.confirmed < 90
    def close(self):
        pass
"""


def test_a_match_that_a_window_ends_early_says_where_and_by_whom_and_compares_what_both_played(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.rollstep]\nviewer = "my_viewer:Viewer"\n')
    (tmp_path / "my_viewer.py").write_text(CLOSED)
    arguments = [sys.executable, "-m", "rollstep_tools", "match", "tests.games.box:game", "--view", "yes", "--frames", "900",
                 "--net", "rtt=80ms", "--app-dir", str(tmp_path), "--record"]
    environment = {**os.environ, "DISPLAY": ":77", "COLUMNS": "100"}
    done = subprocess.run([*arguments, str(tmp_path / "json"), "--json"], cwd=ROOT, env=environment, capture_output=True,
                          text=True, timeout=60, check=False)
    data = json.loads(done.stdout)
    frames = [peer["frames"] for peer in data["peers"]]
    assert done.returncode == 0 and 90 <= data["common_frame"] == min(frames) < 300
    assert data["message"].endswith(f"; the match was ended at frame {frames[1]} by player 1's window")
    replays = [rs.read_replay(peer["replay"]) for peer in data["peers"]]
    sums = verify(box, [("0", replays[0])]).checksums
    assert {peer["common_checksum"] for peer in data["peers"]} == {f"{sums[min(frames) - 1]:016x}"}
    assert [peer["final_checksum"] for peer in data["peers"]] == [f"{sums[n - 1]:016x}" for n in frames]
    done = subprocess.run([*arguments, str(tmp_path / "words")], cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=60, check=False)
    table = {row[0]: row[1:] for line in done.stdout.splitlines()
             if (row := [cell.strip() for cell in line.strip("\u2502").split("\u2502")])}
    last = next(cells for name, cells in table.items() if "checksum" in name)
    assert len(set(last)) == 1 and len(last) == 2, done.stdout
    assert "VERIFIED" in done.stdout and "by player 1's window" in done.stdout
    spoken = [int(cell) for cell in table["bytes per second"]]
    assert min(spoken) > 1000, "over the frames that were played, not over 900"


def test_bytes_per_second_are_of_the_frames_that_were_played():
    assert _cell({"bytes_sent": 3000, "frames": 90}, "bytes_per_second", 60) == 2000
    assert _cell({"bytes_sent": 3000, "frames": 0}, "bytes_per_second", 60) == "-"
    assert _cell({"error": "the process died", "frames": 0}, "bytes_per_second", 60) == "-"


def test_checksums_in_the_table_are_of_the_last_frame_that_all_have():
    kept = [{"frames": 700, "kept": {str(f): f"{f:016x}" for f in range(572, 701)}},
            {"frames": 690, "kept": {str(f): f"{f:016x}" for f in range(562, 691)}}]
    assert _common(kept) == 690 and [one["common_checksum"] for one in kept] == [f"{690:016x}"] * 2
    far = [{"frames": 700, "kept": {"700": "a"}}, {"frames": 3, "kept": {"3": "b"}}, {"frames": 0, "error": "it died"}]
    assert _common(far) == 3
    assert [one["common_checksum"] for one in far] == [None, "b", None], "what is no longer kept"
    assert _common([{"frames": 0}, {"frames": 0}]) is None


def test_a_match_with_commitments_is_verified():
    data = played("tests.games.box:game", "--players", "3", "--frames", "300", "--window", "0", "--delay", "8", "--commit")
    assert all(peer["rollbacks"] == 0 and peer["frames"] == 300 for peer in data["peers"])


@pytest.mark.parametrize("players", [3, 4, 8])
def test_more_players_each_in_a_process_of_its_own(players):
    data = played("tests.games.box:game", "--players", str(players), "--frames", "300")
    assert len(data["peers"]) == players
    assert all(peer["rollbacks"] > 0 for peer in data["peers"])


def test_lockstep_and_a_large_window_and_delay():
    assert all(peer["rollbacks"] == 0 for peer in played("--window", "0", "--delay", "4", "--frames", "300")["peers"])
    assert all(peer["frames"] == 300 for peer in played("--window", "32", "--delay", "16", "--frames", "300")["peers"])


def test_the_same_seed_is_the_same_match_and_another_is_another():
    first, again, other = (played("--frames", "200", "--seed", seed) for seed in ("5", "5", "6"))
    assert first["peers"][0]["final_checksum"] == again["peers"][0]["final_checksum"]
    assert first["peers"][0]["final_checksum"] != other["peers"][0]["final_checksum"]


def test_people_get_a_table_and_the_verdict(tmp_path):
    code, out, words = match("--frames", "120", "--record", str(tmp_path))
    assert code == 0
    for text in ("frames", "rollbacks", "deepest rollback", "resimulated frames", "frames stalled", "packets sent",
                 "packets lost", "bytes per second", "CPU", "final checksum", "VERIFIED", str(tmp_path)):
        assert text in out
    assert "playing" in words and "resimulating" in words


def test_a_table_of_eight_is_two_or_three_and_no_number_is_cut():
    code, out, _ = match("tests.games.box:game", "--players", "8", "--frames", "60", "--net", "")
    assert code == 0
    lines = [line for line in out.splitlines() if "final checksum" in line]
    assert len(lines) > 1 and all(len(line) <= 80 for line in out.splitlines() if "player" in line or "final" in line)
    assert len(re.findall(r"\b[0-9a-f]{16}\b", " ".join(lines))) == 8 and "\N{HORIZONTAL ELLIPSIS}" not in out
    assert [f"player {p}" for p in range(8)] == re.findall(r"player \d", out)[:8]


def test_replays_are_never_overwritten(tmp_path):
    arguments = ("--frames", "60", "--record", str(tmp_path))
    assert match(*arguments)[0] == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    code, _, words = match(*arguments)
    assert code == 2 and "exists" in words
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("arguments", "words"), [
    (["--frames", "0"], "--frames=0"), (["--players", "3"], "fighter is for 2 players"), (["--net", "rtt=x"], "rtt=x"),
    (["--commit"], "give --window 0"), (["--window", "0", "--delay", "0"], "give a --delay of 1 at least"),
    (["--net", "loss=101%"], "at most 100%"), (["--window", "61"], "--window=61"), (["--delay", "-1"], "--delay=-1"),
    (["nothing:game"], "No module named 'nothing'"), (["demo_game:World"], "games there: game"),
    (["demo_game"], "module:attribute"),
    (["--app-dir", "nowhere"], "no folder"), (["--record", "/proc/none"], "cannot be made"),
])
def test_arguments_that_cannot_be_are_refused_in_one_line(arguments, words):
    code, out, said = match(*arguments)
    assert code == 2 and out == ""
    assert words in said and said.count("\n") == 1


def test_a_game_from_another_folder_plays_by_app_dir(tmp_path):
    (tmp_path / "tiny_game.py").write_text((ROOT / "tests/games/box.py").read_text().replace('"box"', '"tiny"'))
    (tmp_path / "pyproject.toml").write_text('[tool.rollstep]\ngame = "tiny_game:game"\n')
    code, out, words = match("--json", "--frames", "120", "--app-dir", str(tmp_path), cwd=tmp_path.parent)
    assert code == 0, words
    assert json.loads(out)["game"] == "tiny"


def test_a_game_with_a_long_name_that_prints_plays_and_stdout_has_one_object(tmp_path):
    name = "\U00020000" * 64                                    # letters of four bytes
    (tmp_path / "wide_game.py").write_text("print('hello from wide')\n" + (ROOT / "tests/games/box.py").read_text().replace(
        '"box"', repr(name)), encoding="utf-8")
    code, out, words = match("wide_game:game", "--json", "--frames", "60", "--app-dir", str(tmp_path), "--record",
                             str(tmp_path), cwd=tmp_path)
    assert code == 0, words
    data = json.loads(out)
    assert data["game"] == name and "hello from wide" in words
    files = [Path(peer["replay"]) for peer in data["peers"]]
    assert len({rs.read_replay(file).header.game for file in files}) == 1 and all(len(os.fsencode(f.name)) < 200 for f in files)


@pytest.mark.parametrize("frame", [0, 40])
def test_a_game_whose_step_raises_is_not_proved_and_no_bug_of_rollstep(frame, tmp_path):
    text = (ROOT / "tests/games/box.py").read_text()
    first = "def step(world, inputs, tick):\n"
    assert text.count(first) == 1
    (tmp_path / "falling.py").write_text(text.replace(first, f"{first}    assert tick.frame < {frame}, 'too long'\n"))
    code, out, words = match("falling:game", "--json", "--frames", "80", "--app-dir", str(tmp_path), cwd=tmp_path)
    data = json.loads(out)
    assert (code, data["exit_code"], data["verified"]) == (9, 9, False), words
    assert "too long" in str(data["troubles"])


# ---------------------------------------------------------------------------- peers that do not behave

def processes(tmp_path: Path, heard: Any, *, frames: int, timeout_ms: int, players: int = 2) -> list[Peer]:
    """Processes of the box game at 16 times the speed of the world."""
    config = {"game": "tests.games.box:game", "app_dir": str(ROOT), "frames": frames, "seed": 3, "delay": 1, "window": 8,
              "commit": False, "view": "no", "speed": 16, "timeout_ms": timeout_ms, "connect_timeout_ms": 60_000 * 16}
    rs.prepare(box)
    return play([{**config, "player": p, "replay": str(tmp_path / f"{p}.rsr")} for p in range(players)],
                impairment=Impairment.parse("rtt=80ms,jitter=20ms,loss=5%"), seed=3, speed=16, heard=heard)


def test_a_process_that_is_killed_leaves_the_other_a_whole_replay_and_itself_a_readable_one(tmp_path):
    def heard(peer: Peer) -> None:
        if peer.player == 1 and peer.frame >= 600:
            peer.process.kill()
    alive, dead = processes(tmp_path, heard, frames=100_000, timeout_ms=2000)
    assert dead.result is None and dead.process.returncode == -signal.SIGKILL
    assert alive.result is not None
    assert alive.result["error"] is None and alive.result["gone"] == "player 1 is gone: silent for 2000 ms"
    whole = rs.read_replay(tmp_path / "0.rsr")
    assert whole.frames == alive.result["frames"] >= 600
    cut = rs.read_replay(tmp_path / "1.rsr", allow_truncated=True)
    assert cut.cut_at is not None and 300 <= cut.frames <= whole.frames
    assert cut.rows == whole.rows[:len(cut.rows)]
    assert verify(box, [("0.rsr", whole)]).verified
    assert verify(box, [("0.rsr", whole), ("1.rsr", cut)]).verdict == "truncated"


def test_when_one_of_three_processes_is_killed_the_others_hear_of_it_alike_and_their_replays_are_one_match(tmp_path):
    def heard(peer: Peer) -> None:
        if peer.player == 1 and peer.frame >= 300:
            peer.process.kill()
    peers = processes(tmp_path, heard, frames=100_000, timeout_ms=4000, players=3)
    assert peers[1].process.returncode == -signal.SIGKILL
    left = [peers[0], peers[2]]
    for peer in left:
        assert peer.result is not None and peer.result["error"] is None
        assert peer.result["gone"] == "player 1 is gone: silent for 4000 ms" or peer.result["gone"].endswith("is gone: left")
    assert any("player 1 is gone" in str(peer.result) for peer in left)
    replays = [(f"{peer.player}.rsr", rs.read_replay(tmp_path / f"{peer.player}.rsr")) for peer in left]
    report = verify(box, replays)
    assert report.verified and report.peers == (0, 2) and report.frames >= 300, report.message


def test_a_process_that_is_stopped_stalls_the_other_until_it_plays_on(tmp_path):
    stopped: dict[str, int] = {}

    def heard(peer: Peer) -> None:
        if peer.player == 1 and peer.frame >= 300 and not stopped:
            os.kill(peer.process.pid, signal.SIGSTOP)
            stopped.update(pid=peer.process.pid, reports=0)
        elif peer.player == 0 and stopped:
            stopped["reports"] += 1       # of the other one, which goes on talking while it waits
            if stopped["reports"] == 8:
                os.kill(stopped["pid"], signal.SIGCONT)
    peers = processes(tmp_path, heard, frames=900, timeout_ms=60_000)
    assert stopped["reports"] >= 8
    assert [peer.result and peer.result["error"] for peer in peers] == [None, None]
    assert peers[0].result is not None and peers[0].result["stalls"] > 0
    assert any("Resumed" in event for event in peers[0].result["events"])
    assert verify(box, [(f"{p}.rsr", rs.read_replay(tmp_path / f"{p}.rsr")) for p in range(2)]).verified
