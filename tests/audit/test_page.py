"""engine/AUDIT.md against the code: every rule is on the page, with its remedy, and every example breaks its rule."""

import re
from pathlib import Path

import pytest
from numba import njit, types

import rollstep as rs
from rollstep import StepError
from rollstep.audit import prove
from rollstep.audit.types_lowering import prove_types
from rollstep.compile import INNER_FLAGS
from rollstep.rules import RULES, WARNINGS
from tests.source.written import imported

PAGE = (Path(rs.__file__).parents[1] / "AUDIT.md").read_text()
PRELUDE = re.findall(r"```python\n(.*?)```", PAGE.partition("## Numbers")[0], re.DOTALL)[0]
PARTS = {part.partition("\n")[0]: part for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]}
EXAMPLES = {rule: code[0] for rule, part in PARTS.items() if (code := re.findall(r"```python\n(.*?)```", part, re.DOTALL))}
NONE_KNOWN = {"uncompilable"}


def test_every_rule_is_on_the_page_with_its_remedy_and_an_example():
    assert list(PARTS) == list(RULES)
    assert set(RULES) - set(EXAMPLES) == NONE_KNOWN
    for rule, remedy in RULES.items():
        assert f"Instead: {remedy}." in " ".join(PARTS[rule].split()), rule
        assert ("*A warning.*" in PARTS[rule]) == (rule in WARNINGS), rule


@pytest.mark.parametrize("rule", [rule for rule in EXAMPLES if not EXAMPLES[rule].startswith("def raw")])
def test_an_example_breaks_its_rule(rule, tmp_path):
    body = "".join(f"    {line}\n" for line in EXAMPLES[rule].splitlines())
    module = imported(tmp_path, f"{PRELUDE}\ndef step(world, inputs, tick):\n{body}")

    def made():
        game = rs.Game("page", state=module.World, input=module.Pad, players=1, init=module.init, step=module.step)
        game.runner("compiled", players=1, seed=0)
        return game
    if rule in WARNINGS:
        assert {warning.rule for warning in made().program.warnings} == {rule}
    else:
        with pytest.raises(StepError) as caught:
            made()
        assert {finding.rule for finding in caught.value.findings} == {rule}, str(caught.value)


@pytest.mark.parametrize("rule", [rule for rule in EXAMPLES if EXAMPLES[rule].startswith("def raw")])
def test_an_example_of_what_the_rewriter_leaves_none_of_breaks_its_rule(rule, tmp_path):
    dispatcher = njit(**INNER_FLAGS)(imported(tmp_path, EXAMPLES[rule]).raw)
    dispatcher.compile((types.int64,))
    with pytest.raises(StepError) as caught:
        if rule == "machine-code":
            prove(dispatcher.inspect_llvm(dispatcher.signatures[0]), "raw")
        else:
            prove_types(dispatcher, "raw")
    assert rule in {finding.rule for finding in caught.value.findings}, str(caught.value)
