"""`rollstep replay verify` and `rollstep replay info`: each exit code, one line that says what and where, one JSON object."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from demo_game import game as fighter
from rollstep_tools.cli import main
from tests.replay import files

ROOT = Path(__file__).parents[2]
KEYS = {"verdict", "verified", "exit_code", "message", "frames", "good_frames", "peers", "ways", "rules", "frame", "path",
        "final_checksum"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two peers' files, and what can be wrong with one of them."""
    place = tmp_path_factory.mktemp("replays")
    data = files.record(place, fighter, metadata={"by": "a test"})[0].read_bytes()
    chunks = files.split(data)
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    sums = next(i for i, (kind, _) in enumerate(chunks) if kind == b"SUMS")
    inputs = next(i for i, (kind, _) in enumerate(chunks) if kind == b"INPT")

    def changed(index, payload):
        return files.joined(files.indexed([*chunks[:index], (chunks[index][0], payload), *chunks[index + 1:]]))
    forged = struct.pack("<HQ", 120, 1)
    for name, content in {
        "flipped": flipped, "cut": data[:-40], "stub": data[:20], "empty": b"",
        "states": changed(sums, chunks[sums][1][:4] + forged + chunks[sums][1][14:]),
        "inputs": changed(inputs, struct.pack("<II", 0, 240) + files.deflated(b"\0\0\1\0" + bytes(956))),
        "bare": files.joined(files.indexed([part for part in chunks if part[0] != b"SUMS"])),
        "evil": files.joined(files.header(chunks, game="evil:game", engine="evil")),
        "unnamed": files.joined(files.header(chunks, game="a game that does not exist")),
    }.items():
        (place / f"{name}.rsr").write_bytes(content)
    return place


@pytest.fixture(autouse=True)
def same_path(monkeypatch, folder):
    """In the repository, as a user would be; the import path is put back."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def command(capsys):
    def run(*arguments):
        capsys.readouterr()
        code = main(["replay", *map(str, arguments)])
        return code, *capsys.readouterr()
    return run


#: files, exit code, verdict, what the line says ({0} is the folder)
VERDICTS = [
    (["0"], 0, "verified", "every checksum matches (player 0's file alone)"),
    (["0", "1"], 0, "verified", "2 peers agree"),
    (["0", "0"], 0, "verified", "player 0's file alone"),
    (["flipped"], 3, "malformed", "flipped.rsr at byte "),
    (["0", "flipped"], 3, "malformed", "flipped.rsr at byte "),
    (["unnamed"], 4, "incompatible", "unnamed.rsr is a replay of 'a game that does not exist', not of 'fighter'"),
    (["states"], 5, "diverged", "states.rsr: what it recorded for frame 120 is not what its inputs lead to (good up "
                                "to frame 0)"),
    (["1", "states"], 5, "diverged", "recorded different states, first seen at frame 120"),
    (["0", "inputs"], 6, "inputs", "disagree about the input of player 1 in frame 0"),
    (["cut"], 8, "truncated", "cut.rsr ends in the middle (byte "),
    (["stub"], 8, "truncated", "stub.rsr ends in the middle, at byte 20; the 0 frames before that are good"),
    (["empty"], 8, "truncated", "empty.rsr ends in the middle, at byte 0"),
    (["bare"], 9, "unproved", "not proved: {0}/bare.rsr has no checksum for its last frame"),
]


@pytest.mark.parametrize(("names", "code", "verdict", "words"), VERDICTS, ids=lambda value: str(value)[:30])
def test_verify_tells_its_verdict_by_exit_code_one_line_and_json(folder, command, names, code, verdict, words):
    paths = [folder / f"{name}.rsr" for name in names]
    got, out, err = command("verify", *paths)
    lines = [line for line in (out + err).splitlines() if not line.startswith("  compiling")]
    assert got == code and len(lines) == 1, (out, err)
    assert words.format(folder) in lines[0] and (verdict in lines[0] or lines[0].startswith("rollstep: "))
    unreadable = verdict == "malformed" or names[0] in ("stub", "empty")
    assert (out == "") == unreadable, "verdicts go to stdout, errors to stderr"

    got, out, err = command("verify", "--json", *paths)
    data = json.loads(out)
    assert got == code == data["exit_code"] and data["verdict"] == verdict and data["verified"] == (code == 0)
    assert data.keys() >= KEYS and words.format(folder) in data["message"]
    assert data["message"] in err, "people's words go to stderr"
    if code == 0:
        assert data["frames"] == data["good_frames"] >= 300 and data["game"] == "fighter"
        assert data["ways"] == ["compiled", "interpreted"] and data["rules"] == "same"
    if unreadable:
        assert data["file"] == str(paths[-1]) and isinstance(data["offset"], int)
        assert f" at byte {data['offset']}" in data["message"]


def test_two_files_of_one_name_are_told_apart(folder, command, tmp_path):
    (tmp_path / "0.rsr").write_bytes((folder / "inputs.rsr").read_bytes())
    code, out, _ = command("verify", folder / "0.rsr", tmp_path / "0.rsr")
    assert code == 6 and str(folder / "0.rsr") in out and str(tmp_path / "0.rsr") in out


def test_strict_refuses_other_rules_and_without_it_the_states_decide(folder, command, tmp_path):
    chunks = files.split((folder / "0.rsr").read_bytes())
    other = tmp_path / "other.rsr"
    other.write_bytes(files.joined(files.header(chunks, rules="00" * 16)))
    code, out, _ = command("verify", "--json", other)
    assert code == 0 and json.loads(out)["rules"] == "changed"
    code, out, _ = command("verify", "--strict", other)
    assert code == 4 and "--strict was given" in out
    assert command("verify", "--strict", folder / "0.rsr")[0] == 0


# ---------------------------------------------------------------------------- usage

def broken_app(tmp_path):
    """A folder of games that cannot be imported."""
    for name, text in {"syntax": "def (", "raises": "raise OSError('two\\nlines')", "leaves": "import sys\nsys.exit(7)",
                       "needs": "import nothing_of_this_name", "words": "game = 'a text'"}.items():
        (tmp_path / f"{name}_game.py").write_text(text)
    return tmp_path


@pytest.mark.parametrize(("arguments", "words"), [
    (["none.rsr"], "none.rsr cannot be read (No such file or directory)"), ([str(ROOT)], "cannot be read (Is a directory)"),
    (["{0}", "--game", "nothing_at_all:game"], "No module named 'nothing_at_all'"),
    (["{0}", "--game", "demo_game:nothing"], "no rollstep.Game (games there: game)"),
    (["{0}", "--game", "demo_game"], "write module:attribute"), (["{0}", "--game", ":game"], "write module:attribute"),
    (["{0}", "--game", "demo_game:"], "write module:attribute"), (["{0}", "--game", ".demo_game:game"], "cannot be imported"),
    (["{0}", "--game", "..:x"], "cannot be imported"), (["{0}", "--app-dir", "nowhere"], "--app-dir nowhere is no folder"),
    (["{0}", "--app-dir", "README.md"], "is no folder"), (["{0}", "--app-dir", "{1}"], "which game?"),
    (["{0}", "--app-dir", "{1}", "--game", "syntax_game:game"], "cannot be imported: SyntaxError"),
    (["{0}", "--app-dir", "{1}", "--game", "raises_game:game"], "cannot be imported: OSError: two lines"),
    (["{0}", "--app-dir", "{1}", "--game", "leaves_game:game"], "cannot be imported: SystemExit: 7"),
    (["{0}", "--app-dir", "{1}", "--game", "needs_game:game"], "No module named 'nothing_of_this_name'"),
    (["{0}", "--app-dir", "{1}", "--game", "words_game:game"], "games there: none"),
])
def test_what_cannot_be_is_a_usage_error_in_one_line(folder, command, tmp_path, arguments, words):
    app = broken_app(tmp_path)
    arguments = [argument.format(folder / "0.rsr", app) for argument in arguments]
    code, out, err = command("verify", *arguments)
    assert (code, out) == (2, "") and words in err and err.count("\n") == 1
    code, out, _ = command("verify", "--json", *arguments)
    assert code == 2 and json.loads(out)["verdict"] == "usage" and words in json.loads(out)["message"]


@pytest.mark.parametrize("text", [b"[tool", b"\xff\xfe", b"tool = 3", b"[tool]\nrollstep = 3", b"[tool.rollstep]\ngame = 3"])
def test_a_pyproject_that_names_no_game_is_a_usage_error(folder, command, tmp_path, text):
    (tmp_path / "pyproject.toml").write_bytes(text)
    code, _, err = command("verify", folder / "0.rsr", "--app-dir", tmp_path)
    assert code == 2 and str(tmp_path / "pyproject.toml") in err and err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["verify"], ["info"], ["play"], [], ["info", "a", "b"], ["verify", "a", "--what"]])
def test_a_command_line_that_cannot_be_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["replay", *arguments])
    assert caught.value.code == 2 and capsys.readouterr().err


# ---------------------------------------------------------------------------- info

def test_info_says_what_a_file_says_about_itself(folder, command):
    code, out, err = command("info", "--json", folder / "0.rsr")
    data = json.loads(out)
    assert (code, err) == (0, "") and data["file"] == str(folder / "0.rsr")
    assert data["game"] == "fighter" and data["players"] == 2 and data["recorded_by"] == 0 and data["complete"] is True
    assert data["frames"] == data["proved_frames"] >= 300 and data["seconds"] == round(data["frames"] / 60, 3)
    assert data["metadata"] == {"by": "a test"} and data["facts"]["rollbacks"] > 0 and data["cut_at"] is None
    assert data["bytes"] == (folder / "0.rsr").stat().st_size
    code, out, _ = command("info", folder / "0.rsr")
    told = {line.strip().split("  ")[0]: line.strip().split("  ")[-1] for line in out.splitlines()}
    plain = data.keys() - {"metadata", "facts", "cut_at"}
    assert code == 0 and told.keys() == {key.replace("_", " ") for key in plain} | {
        "metadata: by", *(f"facts: {key.replace('_', ' ')}" for key in data["facts"])}
    assert told["complete"] == "whole" and told["metadata: by"] == "a test"
    assert told["facts: rollbacks"] == str(data["facts"]["rollbacks"])
    assert not set("{}[]'") & set(out), "nothing as Python writes it"
    assert f"cut at byte {(folder / 'cut.rsr').stat().st_size}" in command("info", folder / "cut.rsr")[1]


def test_what_a_file_says_of_its_program_cannot_write_on_the_terminal(folder, command, tmp_path):
    chunks = files.split((folder / "0.rsr").read_bytes())
    said = json.dumps({"\x1b[2J": "\x1b]0;owned\x07", **{str(i): i for i in range(1000)}}).encode()
    at = next(i for i, (kind, _) in enumerate(chunks) if kind == b"meta")
    (tmp_path / "said.rsr").write_bytes(files.joined(files.indexed([*chunks[:at], (b"meta", said), *chunks[at + 1:]])))
    code, out, _ = command("info", tmp_path / "said.rsr")
    assert code == 0 and out.replace("\n", "").isprintable() and "more, which --json has" in out and out.count("\n") < 100


@pytest.mark.parametrize(("name", "code", "frames"), [("cut", 8, 300), ("stub", 8, 0), ("flipped", 3, 0), ("unnamed", 0, 300),
                                                      ("evil", 0, 300)])
def test_info_of_any_file_is_one_object_with_the_exit_code_of_its_reading(folder, command, name, code, frames):
    got, out, err = command("info", "--json", folder / f"{name}.rsr")
    data = json.loads(out)
    assert got == code and data["file"] == str(folder / f"{name}.rsr") and data["frames"] >= frames
    assert (err == "") == (frames > 0)
    assert name != "cut" or (data["complete"] is False and data["cut_at"] == (folder / "cut.rsr").stat().st_size)


# ---------------------------------------------------------------------------- real processes

def process(*arguments, run=("-m", "rollstep_tools", "replay"), cwd=ROOT):
    return subprocess.run([sys.executable, *run, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=300,
                          check=False)


def test_the_exit_codes_leave_the_process(folder):
    for names, code, verdict, _ in (VERDICTS[1], VERDICTS[3], VERDICTS[6], VERDICTS[12]):
        done = process("verify", "--json", *(folder / f"{name}.rsr" for name in names))
        assert done.returncode == code and json.loads(done.stdout)["verdict"] == verdict, done.stderr
        assert "Traceback" not in done.stderr


def test_info_loads_no_compiler_and_no_game(folder):
    script = ("import sys; from rollstep_tools.cli import main; code = main(['replay', 'info', sys.argv[1]]); "
              "print(code, sorted({name.split('.')[0] for name in sys.modules} & "
              "{'numba', 'llvmlite', 'pygame', 'demo_game', 'evil'}))")
    done = process(folder / "unnamed.rsr", run=("-c", script))
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


def test_a_name_that_the_terminal_has_no_letters_for_is_shown_in_others(folder, tmp_path):
    chunks = files.split((folder / "0.rsr").read_bytes())
    named = tmp_path / "named.rsr"
    named.write_bytes(files.joined(files.header(chunks, game="\u76f8\u64b2")))
    done = subprocess.run([sys.executable, "-m", "rollstep_tools", "replay", "info", str(named)], cwd=ROOT, capture_output=True,
                          text=True, timeout=100, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0 and "\\u76f8\\u64b2" in done.stdout, done.stderr


def test_what_a_replay_names_is_never_imported(folder, tmp_path):
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (tmp_path / "demo_game").symlink_to(ROOT / "demo_game")
    for arguments, code in ((["info"], 0), (["verify", "--game", "demo_game:game"], 4), (["verify"], 2)):
        done = process(*arguments, folder / "evil.rsr", cwd=tmp_path)
        assert done.returncode == code and "Traceback" not in done.stderr
        assert not (tmp_path / "ran").exists()
    assert process("verify", "--game", "evil:game", folder / "evil.rsr", cwd=tmp_path).returncode == 2
    assert (tmp_path / "ran").exists(), "the trap works: naming it on the command line runs it"
