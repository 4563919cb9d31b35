"""`rollstep lab`: a trace played again and told, networks compared; the same each time, with an exit code for each verdict."""

from __future__ import annotations

import io
import json
import sys

import pytest

from rollstep.net.events import Resumed, Stalled
from rollstep.testing import PROFILES
from rollstep_tools.cli import main
from rollstep_tools.lab import _without_short_stalls

BOX = ["--game", "tests.games.box:game"]
STORMY = "net wifi\nat 1s cut 0 1\nat 2s heal\nat 3s rebind 1\nat 4s pause 0 500ms\nplay 6s\n"


def lab(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["lab", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def told(text: str) -> str:
    """What was printed, without the line breaks of a narrow terminal."""
    return " ".join(text.split())


def test_a_trace_is_told_event_by_event_and_judged(capsys, tmp_path):
    file = tmp_path / "a.trace"
    file.write_text("game tests.games.box:game\n" + STORMY)
    code, out, _ = lab(capsys, str(file), *BOX)
    assert code == 0 and "SAFE AND LIVE" in out
    assert "round trip: until a frame's inputs are acknowledged, the wait for the next frame of both sides" in told(out)
    assert "packets refused: datagrams that came in and were not used" in told(out)
    for line in ("1.000 s  cut 0 1", "2.000 s  heal", "3.000 s  rebind 1", "player 1 is now at 1~1", "player 0  AddressChanged",
                 "player 0  Synchronized", "Resumed(frame="):
        assert line in out, line
    assert (code, out) == lab(capsys, str(file), *BOX)[:2], "the same story each time"


def test_a_trace_does_not_choose_what_is_imported(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "payload.py").write_text("raise SystemExit('it ran')\n")
    file = tmp_path / "a.trace"
    file.write_text("game payload:game\nplay 1s\n")
    for project in ("", '[tool.rollstep]\ngame = "tests.games.box:game"\n'):
        (tmp_path / "pyproject.toml").write_text(project)
        code, _, err = lab(capsys, str(file), "--app-dir", str(tmp_path))
        assert code == 2 and "'payload:game'" in err and "say --game" in err and "it ran" not in err
    assert lab(capsys, str(file), "--app-dir", str(tmp_path), *BOX)[0] == 0, "--game is what counts"
    file.write_text("game tests.games.box:game\nplay 1s\n")
    assert lab(capsys, str(file), "--app-dir", str(tmp_path))[0] == 0, "pyproject.toml names it as well"


def test_a_trace_from_stdin_tells_short_stalls_when_asked(capsys, monkeypatch):
    counts = []
    for more in ([], ["--all"]):
        monkeypatch.setattr("sys.stdin", io.StringIO("net awful\nplay 5s\n"))
        code, out, _ = lab(capsys, "-", *BOX, *more)
        assert code == 0 and ("--all tells them" in out) == (not more)
        counts.append(out.count("Stalled("))
    assert counts[0] < counts[1] // 2


@pytest.mark.parametrize(("count", "words"), [(1, "and 1 stall below 100 ms"), (2, "and 2 stalls below 100 ms")])
def test_stalls_that_are_left_out_are_counted_in_words_that_fit(count, words):
    story = [line for at in range(count) for line in ((at, 0, Stalled(9, (1,))), (at + 1, 0, Resumed(9, 20)))]
    assert [what for _, _, what in _without_short_stalls(story)] == [f"{words}; --all tells them"]


@pytest.mark.parametrize(("text", "code", "verdict"), [
    (STORMY, 0, "kept"), ("at 2s flip 1\nplay 3s", 5, "unsafe"), ("at 1s net loss=100%\nplay 2s", 10, "stuck")])
def test_each_verdict_has_its_exit_code_and_one_json_object(capsys, tmp_path, text, code, verdict):
    file = tmp_path / "a.trace"
    file.write_text(text)
    found, out, _ = lab(capsys, str(file), *BOX, "--json")
    data = json.loads(out)
    assert found == data["exit_code"] == code and data["verdict"] == verdict and data["message"]
    assert data["story"] and len(data["peers"]) == 2 and data["trace"].endswith("s\n")


def test_networks_are_compared_and_the_same_for_a_seed(capsys):
    code, out, _ = lab(capsys, "--profile", "all", "--minutes", "0.1", *BOX)
    assert code == 0 and all(name in out for name in PROFILES)
    assert "frames: of the peer that has confirmed the fewest" in told(out)
    assert lab(capsys, "--profile", "all", "--minutes", "0.1", *BOX)[1] == out
    assert lab(capsys, "--profile", "all", "--minutes", "0.1", "--seed", "2", *BOX)[1] != out


def test_one_network_has_a_column_for_each_peer(capsys):
    code, out, _ = lab(capsys, "--profile", "mobile,loss=10%", "--minutes", "0.2", "--players", "3", *BOX, "--json")
    data = json.loads(out)
    peers = data["networks"]["mobile,loss=10%"]["peers"]
    assert code == 0 and [peer["player"] for peer in peers] == [0, 1, 2]
    for peer in peers:
        assert peer["frames"] > 600 and peer["rollbacks"] > 20 and 0 < peer["misses"] <= peer["predictions"]
        assert 90 < peer["rtt_ms"] < 150 and peer["packets_lost"] / peer["packets_sent"] > 0.08


@pytest.mark.parametrize(("arguments", "remedy"), [
    ([], "give a TRACE"), (["-", "--profile", "lan"], "a TRACE and --profile: give one of the two"),
    (["--profile", "wlan"], "lan, fibre, cable"),
    (["--profile", "lan", "--minutes", "0"], "--minutes 0"), (["--profile", "lan", "--minutes", "nan"], "--minutes nan"),
    (["--profile", "lan", "--players", "1"], "box is for 2 to 8"), (["--profile", "lan", "--delay", "17"], "--delay=17"),
    (["--profile", "lan", "--seed", "-1"], "--seed=-1"),
    (["/nowhere/a.trace"], "trace /nowhere/a.trace cannot be read (No such file or directory)"),
    (["-", "--delay", "2"], "--delay is for --profile"),
    (["-", "--minutes", "1"], "--minutes is for --profile"), (["-", "--players", "2"], "--players is for"),
    (["-", "--seed", "1"], "--seed is for"), (["-", "--window", "8"], "--window is for")])
def test_what_cannot_be_is_refused_with_what_to_write(capsys, arguments, remedy):
    code, _, err = lab(capsys, *arguments, *BOX)
    assert code == 2 and remedy in err
