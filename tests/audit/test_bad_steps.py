"""What could differ between peers is refused at its line, with its rule and what to write instead."""

import pytest

import rollstep as rs
from rollstep import StepError
from tests.audit.bad_steps import BODIES, PRELUDE
from tests.source.written import imported


@pytest.mark.parametrize("row", BODIES, ids=[row[0] for row in BODIES])
def test_it_is_refused_at_its_line_with_what_to_write(row, tmp_path):
    _, rule, body, hint, *where = row
    lines = body.split("\n")
    text = f"{PRELUDE}\n\ndef step(world, inputs, tick):\n    world.n = 1\n" + "".join(f"    {line}\n" for line in lines)
    module = imported(tmp_path, text)
    with pytest.raises(StepError) as caught:
        game = rs.Game("bad", state=module.World, input=module.Pad, players=1, init=module.init, step=module.step)
        game.runner("compiled", players=1, seed=0)
    error = caught.value
    assert len(error.findings) == 1, str(error)
    assert (error.file, error.rule) == (module.__file__, rule), str(error)
    assert hint is None or any(words in str(error) for words in hint.split("|")), str(error)
    offender = where[0] if where else len(lines)
    if offender > 0:
        assert error.line == text.count("\n") - len(lines) + offender, str(error)
    else:
        assert text.split("\n")[error.line - 1].startswith(("def ", "@sim", "FACTOR"))
