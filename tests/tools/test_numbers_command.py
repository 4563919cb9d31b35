"""`rollstep audit --numbers`: the promises hold for some inputs, and a function that is wrong by a little is caught."""

import argparse
import json

import pytest

from rollstep_tools import laws, numbers, probe
from rollstep_tools.reference import MORE, true_values


def run(capsys, samples=300, as_json=True):
    code = numbers.run(argparse.Namespace(samples=samples, json=as_json))
    return code, capsys.readouterr()


def test_every_promise_and_law_holds_and_the_worst_input_is_named(capsys):
    code, shown = run(capsys)
    facts = json.loads(shown.out)
    assert code == 0 and facts["holds"] and all(facts["laws"].values()) and len(facts["laws"]) >= 8
    by_name = {line["name"]: line for line in facts["functions"]}
    assert list(by_name) == list(probe.CASES)
    assert all(0.4 < line["worst"] <= line["promise"] + 1e-5 and line["at"] for line in by_name.values())
    assert all(line["inputs"] > 300 for line in by_name.values())
    assert by_name["log"]["refused"] > 0 and by_name["sin"]["refused"] == 0


def test_a_function_that_is_one_unit_off_somewhere_is_caught(monkeypatch, capsys):
    honest = probe.Probe.run

    def wrong(self, name, inputs):
        found = honest(self, name, inputs)
        return [raw + (name == "sin" and given[0] & 255 == 255) for raw, given in zip(found, inputs, strict=True)]
    monkeypatch.setattr(probe.Probe, "run", wrong)
    code, shown = run(capsys)
    facts = json.loads(shown.out)
    assert code == 5 and not facts["holds"]
    assert [line["name"] for line in facts["functions"] if not line["holds"]] == ["sin"]
    assert not facts["laws"]["sin and atan are odd"]


def test_the_table_is_for_people(monkeypatch, capsys):
    monkeypatch.setattr(numbers, "PROMISES", {"sqrt": (0.5, 1), "exp": (0.1, 1)})
    monkeypatch.setattr(laws, "LAWS", {})
    code, shown = run(capsys, as_json=False)
    assert code == 5 and "sqrt" in shown.out and "BROKEN at (" in shown.out


def test_the_reference_knows_what_has_no_value_and_what_does_not_fit():
    one = 1 << 32
    assert true_values("log", [(0,), (-1,), (one,)]) == [None, None, 0]
    assert true_values("exp2", [(31 * one,), (-99 * one,), (5 * one,)]) == [None, 0, 32 * one << MORE]
    assert true_values("pow to an int", [(-2 * one, 3), (0, 2), (2 * one, 31)]) == [-8 * one << MORE, 0, None]
    assert true_values("/", [(one, 0), (one, 3)]) == [None, (one << MORE + 32) // 3]


def test_too_few_samples_are_refused():
    with pytest.raises(numbers.UsageError, match="--samples 0"):
        numbers.run(argparse.Namespace(samples=0, json=True))
