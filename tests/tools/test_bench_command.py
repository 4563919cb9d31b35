"""`rollstep bench numbers`: both sides give the same bytes or nothing is printed. No test depends on how fast anything is."""

from __future__ import annotations

import json
import shutil

import pytest

import rollstep as rs
from rollstep_tools.bench import cold, measure, numbers, twins
from rollstep_tools.cli import BENCH_GROUPS, main

QUICK = {"repeats": 1, "batch_s": 0.0, "cold_repeats": 1}
COMPARED = [group for group in BENCH_GROUPS if group != "cold"]
needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


@needs_cc
@pytest.mark.parametrize("group", COMPARED)
def test_each_group_compares_equal_bytes_and_gives_its_rows(group, tmp_path):
    rows = list(numbers.Bench(tmp_path, **QUICK).rows([group]))
    assert rows and all(row.ours > 0 and row.theirs > 0 for row in rows)
    assert any(row.target is not None for row in rows)


@needs_cc
@pytest.mark.parametrize("group", COMPARED)
def test_a_twin_that_is_wrong_by_a_little_stops_the_benchmark(group, tmp_path):
    wrong = numbers.Bench(tmp_path, **QUICK, flags=["-DPERTURB=1"])
    with pytest.raises(rs.InternalError, match="gives other bytes in C than in rollstep: nothing is printed"):
        list(wrong.rows([group]))


@needs_cc
def test_a_twin_of_another_layout_is_noticed(tmp_path):
    with pytest.raises(rs.InternalError, match=r"numbers takes 24000 bytes in twins\.c and 16 in steps\.py"):
        numbers.Bench(tmp_path, **QUICK).twins.check_size("numbers", 16)


@needs_cc
def test_the_command_prints_one_object_with_its_facts(capsys):
    assert main(["bench", "numbers", "--only", "roots", "--repeats", "1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {"cpu", "compiler", "flags", "python", "numba", "llvm", "llvm_cpu", "numba_flags", "xxhash", "rows",
            "missed"} == set(shown)
    (row,) = shown["rows"]
    assert set(row) == {"what", "unit", "against", "ours_ns", "theirs_ns", "ratio", "target", "holds"}
    assert row["what"] == "sqrt(a)" and row["target"] == 1.2 and shown["flags"] == "-O3 -march=native"


@needs_cc
def test_a_missed_target_is_shown_and_is_an_exit_code_only_when_asked(monkeypatch, capsys):
    rows = [measure.Row("a", "number", "C", 3.0, 2.0, 1.2), measure.Row("b", "number", "C", 1.0, 2.0, 1.2),
            measure.Row("c", "frame", "C", 5e9, 2e6)]
    monkeypatch.setattr(numbers.Bench, "rows", lambda self, groups: iter(rows))
    assert main(["bench", "numbers"]) == 0
    shown = capsys.readouterr().out
    assert "MISSED" in shown and "holds" in shown and "1.50" in shown and "5.00 s" in shown
    assert main(["bench", "numbers", "--strict"]) == 1


def test_without_a_compiler_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(twins.shutil, "which", lambda name: None)
    assert main(["bench", "numbers"]) == 2
    assert "no C compiler `cc`" in capsys.readouterr().err


@needs_cc
def test_what_the_compiler_says_is_passed_on(tmp_path):
    with pytest.raises(rs.UsageError, match="failed: "):
        twins.Twins(tmp_path, flags=["--no-such-flag"])


def test_no_turns_are_refused(capsys):
    assert main(["bench", "numbers", "--repeats", "0"]) == 2
    assert "--repeats 0: give 1 or more" in capsys.readouterr().err


def test_both_sides_of_the_cold_compilation_are_the_same_lines(tmp_path):
    fixed, floats = (cold.write(side, tmp_path).read_text() for side in ("fixed", "float"))
    lines = cold.LINES.read_text().splitlines()
    assert len(lines) >= 200 and fixed.endswith("\n".join(lines) + "\n")
    assert floats.splitlines()[-len(lines):] == [line.replace('fx("', "").replace('")', "") for line in lines]


def test_the_step_that_is_compiled_cold_moves_and_shoots(tmp_path):
    module = cold.module(cold.write("fixed", tmp_path))
    game = rs.Game("arena", state=module.World, input=module.Pad, players=4, init=module.start, step=module.step)
    runner = game.runner("interpreted", players=4, seed=0)
    state = runner.start()
    before = bytes(state)
    for frame in range(5):
        runner.step(state, bytes([module.FORWARD | module.FIRE] * 4), frame)
    assert bytes(state) != before


@pytest.mark.heavy
@needs_cc
def test_a_cold_compilation_of_both_sides_is_timed(tmp_path):
    (row,) = numbers.Bench(tmp_path, **QUICK).rows(["cold"])
    assert row.what == "cold compilation, 200 lines" and row.ours > 0 and row.theirs > 0
