"""`rollstep replay diff`: exit codes, one line that says what and where, a table, one JSON object."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network, flip
from rollstep_tools.cli import main
from tests.games.box import game as box

ROOT = Path(__file__).parents[2]
GAME = ("--game", "tests.games.box:game")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two peers' replays and reports of a match in which a bit of player 1 was turned over."""
    place = tmp_path_factory.mktemp("desync")
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(box, players=2, reports=place, record=[place / "0.rsr", place / "1.rsr"])
    net.play(peers, frames=150)
    flip(peers[1], "World.boxes[1].turn", 31)
    assert net.run(peers, until=lambda: all(any(isinstance(e, rs.DesyncExplained) for e in net.events[p]) for p in (0, 1)))
    for peer in peers:
        peer.close()
    for path in place.glob("desync-*"):
        path.rename(place / f"report{path.name[-1]}")
    (place / "broken").mkdir()
    (place / "broken" / "report.json").write_text("{}")
    (place / "junk.rsr").write_bytes(b"no replay")
    shutil.copytree(place / "report0", place / "bare")
    (place / "bare" / "replay.rsr").unlink()
    shutil.copytree(place / "report0", place / "mixed")
    shutil.copy(place / "report1" / "replay.rsr", place / "mixed" / "replay.rsr")
    return place


@pytest.fixture
def command(capsys, monkeypatch, folder):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(*arguments):
        capsys.readouterr()
        code = main(["replay", "diff", *(str(folder / a) if not str(a).startswith(("-", "tests.")) else a for a in arguments)])
        return code, *capsys.readouterr()
    return run


FIELD = "World.boxes[1].turn"


@pytest.mark.parametrize(("names", "code", "words", "right"), [
    (["report0"], 5, f"{FIELD} is ", "player 0"), (["report1"], 5, f"{FIELD} is ", "player 0"),
    (["report0", "report1"], 5, f"{FIELD} is ", "report0"), (["report1", "report0"], 5, f"{FIELD} is ", "report0"),
    (["report0", "1.rsr"], 5, f"{FIELD} is ", "report0"), (["0.rsr", "report1"], 5, f"{FIELD} is ", "0.rsr"),
    (["0.rsr", "1.rsr"], 5, "in which field is not known", "0.rsr"), (["0.rsr", "0.rsr"], 0, "equal", None),
    (["0.rsr", "report0"], 0, "equal", None), (["bare"], 5, f"{FIELD} is ", None)])
def test_what_parts_is_told_by_exit_code_words_and_json(folder, command, names, code, words, right):
    got, out, _ = command(*names, *GAME)
    assert got == code and words in out
    got, out, err = command(*names, *GAME, "--json")
    data = json.loads(out)
    assert got == data["exit_code"] == code and words in data["message"] + data["verdict"] and data["message"] in err
    assert data["right"] in (right, str(folder / str(right))) and data["files"] == [str(folder / name) for name in names]
    if code == 5 and names != ["0.rsr", "1.rsr"]:
        assert data["frame"] == data["after"] + 1 and data["path"] == FIELD == data["fields"][0]["path"]
        assert data["differing"] == 1 and {data["ours"], data["theirs"]} == {data["fields"][0][k] for k in ("ours", "theirs")}


def test_the_table_shows_field_and_both_values(command):
    _, out, _ = command("report0", *GAME)
    assert "1 field differs in the states" in out and FIELD in out.split("states", 1)[1]


@pytest.mark.parametrize("width", ["80", "24"])
@pytest.mark.parametrize(("names", "headings"), [
    (["report0"], ("player 0", "player 1")), (["report1", "report0"], ("player 1", "player 0")),
    (["report0", "1.rsr"], ("player 0", "player 1"))])
def test_the_table_has_short_headings_and_whole_paths(monkeypatch, folder, command, names, headings, width):
    monkeypatch.setenv("COLUMNS", width)
    _, out, _ = command(*names)
    above, table = out.split("1 field differs", 1)
    header, line, row, *_ = (text for text in table.splitlines()[1:] if text.strip())
    assert header.split() == ["field", *" ".join(headings).split()], "one line"
    assert row.split()[0] == FIELD and len(line) <= max(80, int(width))
    if len(names) == 2:
        for heading, name in zip(headings, names, strict=True):
            assert f"{heading}: {folder / name}" in above.splitlines()


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["broken"], 3, "report.json"), (["mixed"], 3, "is of another match than the report beside it"),
    (["junk.rsr", "0.rsr"], 3, "this is no rollstep replay"),
    (["0.rsr", "missing"], 2, "cannot be read"),
    (["0.rsr"], 2, "is one replay: give a second one"), (["."], 2, "it is no folder of a report"),
    (["0.rsr", "0.rsr", "0.rsr"], 2, "two are compared at a time, A and B"),
    (["report0", "--game", "tests.nothing:game"], 2, "No module named")])
def test_what_cannot_be_is_told_in_one_line(command, arguments, code, words):
    got, _, err = command(*arguments)
    assert got == code and words in err
    got, out, _ = command(*arguments, "--json")
    assert got == json.loads(out)["exit_code"] == code


def test_no_game_is_needed_nor_numba_loaded(folder, tmp_path):
    script = ("import sys; from rollstep_tools.cli import main; code = main(['replay', 'diff', *sys.argv[1:]]); "
              "print(code, 'numba' in sys.modules)")
    run = subprocess.run([sys.executable, "-c", script, str(folder / "report0"), str(folder / "report1")], cwd=tmp_path,
                         capture_output=True, text=True)
    assert run.stdout.strip().endswith("5 False") and FIELD in run.stdout, run.stderr
