"""`rollstep soak`: what it sends follows from the seed, what it finds can be run again, and it finds nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from rollstep.wire.input_packet import REASONS
from rollstep_tools.cli import main
from rollstep_tools.soak.cores import PLANS, Cores, situation
from rollstep_tools.soak.matches import MODES, Matches
from rollstep_tools.soak.parsers import Parsers
from rollstep_tools.soak.run import amount_of
from rollstep_tools.soak.target import Found, Journal
from tests.validations import ROOT, VALIDATIONS, removed


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    Journal.make(tmp_path / "journal")
    return Journal(tmp_path / "journal")


def soak(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    code = main(["soak", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_a_short_soak_finds_nothing_and_says_what_became_of_every_datagram(capsys, tmp_path):
    code, said = soak(capsys, "--datagrams", "12k", "--found", str(tmp_path / "found.json"))
    assert code == said["exit_code"] == 0 and said["found"] == [] and not (tmp_path / "found.json").exists()
    assert said["datagrams"] >= 12_000 and set(said["targets"]) == {"parsers", "cores", "matches"}
    cores = said["targets"]["cores"]["counts"]
    assert sum(cores.values()) == said["targets"]["cores"]["datagrams"]
    assert min(cores[why] for why in ("accepted", "size", "kind", "range", "tokens")) > 100
    assert said["targets"]["matches"]["counts"]["dropped, link"] > 100


def test_the_table_tells_apart_whose_counts_are_whose_and_what_they_mean(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["soak", "--datagrams", "12k", "--found", str(tmp_path / "found.json")]) == 0
    table, _, words = capsys.readouterr().out.rpartition("\u2518")
    for row in ("parsers: read", "parsers: refused", "cores: accepted", "cores: size", "matches: dropped, link"):
        assert row in table
    for what in ("overheard", "tagged", "kept back"):
        assert sum(line.strip().startswith(f"matches: {what}  ") for line in words.splitlines()) == 1
    assert all(len(line) <= 80 for line in words.splitlines())


@pytest.mark.parametrize("kind", [Parsers, Cores, Matches])
def test_a_chunk_follows_from_the_seed_and_its_number_alone(kind, journal):
    one, other, another = kind(3), kind(3), kind(4)
    other.chunk(1, journal)
    first, again = one.chunk(5, journal), other.chunk(5, journal)
    assert first == again != another.chunk(5, journal)


def test_every_situation_of_the_core_and_every_reason_to_refuse_is_met(journal):
    cores, met, reasons = Cores(1), set(), Counter()
    for number in range(120):
        met.add(cores.plan(number)[0])
        reasons += cores.chunk(number, journal)
    assert met == set(PLANS) and set(reasons) == {"accepted", *REASONS[1:]}


def test_every_datagram_ends_where_the_memory_of_the_core_ends():
    at = situation("two")
    data = at.heard[1][-1]
    at.back()
    at.hear(1, data)
    memory, address = at.core._arena, at.core._arena.ctypes.data
    assert bytes(memory[-len(data):]) == data and (address + len(memory)) % 4096 == 0


def test_a_core_that_believes_what_was_never_sent_is_found_and_the_case_says_so_again():
    at = situation("two")
    told = at.core._at["told"] + 1
    at.back()
    at._start = at._start[:told * 8] + bytes(8) + at._start[told * 8 + 8:]      # as if nothing had been sent
    try:
        with pytest.raises(Found) as found:
            for number in range(50):
                if Cores(1).plan(number)[0] == "two":
                    Cores(1).chunk(number, NoJournal())
        assert "more is acknowledged" in str(found.value)
        with pytest.raises(Found):
            Cores(1).replay(json.loads(json.dumps(found.value.case)))
    finally:
        situation.cache_clear()
    Cores(1).replay(found.value.case)


class NoJournal(Journal):
    def __init__(self) -> None:
        pass

    def note(self, chunk: int, datagram: int) -> None:
        pass


def test_what_was_found_is_run_again_from_its_file(capsys, tmp_path):
    at = situation("two")
    path = tmp_path / "found.json"
    for case in ({"situation": "two", "datagrams": [[1, at.heard[1][0].hex()]]}, {"chunk": 3}):
        path.write_text(json.dumps({"target": "cores", "seed": 1, "message": "", "case": case}))
        assert soak(capsys, "--replay", str(path)) == (0, {"seed": 1, "found": [], "exit_code": 0})
    path.write_text(json.dumps({"target": "cores", "seed": 1, "case": {"situation": "none such", "datagrams": []}}))
    code, said = soak(capsys, "--replay", str(path))
    assert code == 70 and "KeyError" in said["found"][0]["message"], "a process that dies is a finding, with its last word"


@pytest.mark.parametrize("text", ["", "no", "[]", "{}", '{"target": "x", "seed": 1, "case": {}}',
                                  '{"target": "cores", "seed": 1}'])
def test_a_file_that_is_none_is_said_so(text, tmp_path, capsys):
    path = tmp_path / "found.json"
    path.write_text(text)
    assert main(["soak", "--replay", str(path)]) == 3 and "no file of a finding" in capsys.readouterr().err
    assert main(["soak", "--replay", str(tmp_path / "none")]) == 3


def test_a_soak_by_time_alone_shows_how_far_it_is_without_knowing_how_far_it_goes(tmp_path):
    done = subprocess.run([sys.executable, "-m", "rollstep_tools", "soak", "--minutes", "0.05", "--json", "--found",
                           str(tmp_path / "found.json")], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["datagrams"] > 0 and "Traceback" not in done.stderr
    assert "matches" in done.stderr and not re.search(r"[0-9] of ", done.stderr), "a number done, of an unknown one"


def test_amounts_are_written_as_people_write_them_and_others_are_refused(capsys):
    assert [amount_of(text) for text in ("2500", "300k", "200K", "10M")] == [2500, 300_000, 200_000, 10_000_000]
    for text in ("1.5M", "M", "10m", ""):
        assert main(["soak", "--datagrams", text]) == 2
        assert "give a number such as 2500, 300k or 10M" in capsys.readouterr().err
    for text in ("0", "-1", "-20k"):
        assert main(["soak", f"--datagrams={text}"]) == 2
        assert f"--datagrams {text}: that is none; give 1 or more" in capsys.readouterr().err
    assert main(["soak", "--minutes", "0"]) == 2
    capsys.readouterr()


@pytest.mark.heavy
def test_two_million_wrong_datagrams_raise_nothing_and_every_match_goes_on(capsys, tmp_path):
    code, said = soak(capsys, "--datagrams", "2M", "--seed", "6", "--found", str(tmp_path / "found.json"))
    assert code == 0, said["found"]
    assert said["datagrams"] >= 2_000_000
    matches = said["targets"]["matches"]["counts"]
    assert all(matches[what] > 10_000 for what in ("overheard", "tagged", "sealed")) and len(set(MODES)) == 3


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "target"), [("tokens: bytes behind the end", "cores"),
                                              ("range: an ack of frames that are not there", "cores"),
                                              ("record: a name that is no text", "parsers"), ("session: the size", "matches")])
def test_a_check_that_is_taken_out_is_found_and_found_again_from_the_file(name, target, tmp_path):
    """The canaries: a soak that never finds anything proves nothing."""
    removed(next(validation for validation in VALIDATIONS if validation.name == name), tmp_path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "tools"), str(ROOT)]),
                   "ROLLSTEP_CACHE_DIR": str(tmp_path / "cache")}
    found = str(tmp_path / "found.json")
    for arguments in (["--datagrams", "300k", "--found", found], ["--replay", found]):
        done = subprocess.run([sys.executable, "-m", "rollstep_tools", "soak", "--json", *arguments], env=environment,
                              capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 70, done.stderr
        assert json.loads(done.stdout)["found"][0]["target"] == target
