"""`rollstep audit`: a clean game and its facts, a refused one with every place, exit codes, one JSON object."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

from rollstep_tools.cli import main

STRUCTS = """
    import rollstep as rs
    from rollstep import fx, sim

    SPEED = fx("0.5")

    @rs.struct
    class World:
        n: rs.i64
        x: rs.Fixed

    @rs.struct
    class Pad:
        buttons: rs.u8

    @sim
    def helper(world):
        world.x += SPEED
"""
GAMES = {
    "clean": """
        def init(world, tick):
            world.n = 1

        def step(world, inputs, tick):
            while world.n < 9:
                world.n += 1
            helper(world)
    """,
    "refused_by_source": """
        def init(world, tick):
            world.x = 0.5

        def step(world, inputs, tick):
            world.n = hash(world.n)
    """,
    "refused_by_types": """
        def init(world, tick):
            world.n = world.x

        def step(world, inputs, tick):
            world.speed = 3
    """,
}
GAME = 'game = rs.Game("audited", state=World, input=Pad, players=1, init=init, step=step)'


@pytest.fixture
def audit(tmp_path, capsys, monkeypatch):
    """Run the command on one of the games; the exit code, stdout, stderr."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)

    def run(name, *arguments):
        module = f"{name}_{abs(hash(tmp_path))}"
        text = "\n".join([textwrap.dedent(STRUCTS), textwrap.dedent(GAMES[name]), GAME]) + "\n"
        (tmp_path / f"{module}.py").write_text(text)
        capsys.readouterr()
        code = main(["audit", f"{module}:game", *arguments])
        out, err = capsys.readouterr()
        return code, out, err, text.splitlines(), str(tmp_path / f"{module}.py")
    return run


def test_a_clean_game_shows_what_is_reached_and_held_and_what_was_proved(audit):
    code, out, _, lines, file = audit("clean")
    assert code == 0
    where = f"{file.rpartition('/')[2]}:{lines.index('    while world.n < 9:') + 1}"
    for words in ("every peer computes it alike", "helper", "init", 'SPEED = fx("0.5")', "rules", "[unbounded-while]",
                  "proved     source, types, machine code", f"warning    {where}"):
        assert words in out, words


def test_the_same_facts_as_json(audit):
    code, out, _, lines, file = audit("clean", "--json")
    facts = json.loads(out)
    assert (code, facts["verdict"], facts["exit_code"]) == (0, "clean", 0)
    assert facts["functions"] == [
        {"name": "init", "file": file, "line": lines.index("def init(world, tick):") + 1, "init": True, "step": False},
        {"name": "helper", "file": file, "line": lines.index("@sim") + 1, "init": False, "step": True},
        {"name": "step", "file": file, "line": lines.index("def step(world, inputs, tick):") + 1, "init": False, "step": True}]
    assert facts["constants"] == [{"name": "SPEED", "value": 'fx("0.5")'}]
    assert facts["proofs"] == ["source", "types", "machine code"] and set(facts["digests"]) == {"layout", "content", "rules"}
    assert [w["rule"] for w in facts["warnings"]] == ["unbounded-while"]


@pytest.mark.parametrize(("name", "places"), [
    ("refused_by_source", [("    world.x = 0.5", "float-literal"), ("    world.n = hash(world.n)", "hash-order")]),
    ("refused_by_types", [("    world.n = world.x", "kind"), ("    world.speed = 3", "field")])])
def test_a_refused_game_has_each_place_its_rule_and_the_remedy(name, places, audit):
    code, out, err, lines, file = audit(name, "--json")
    facts = json.loads(out)
    assert (code, facts["verdict"], facts["exit_code"]) == (2, "refused", 2)
    assert [(f["file"], f["line"], f["rule"]) for f in facts["findings"]] == [
        (file, lines.index(line) + 1, rule) for line, rule in places]
    assert all(f["remedy"] and f["message"] for f in facts["findings"])
    for finding in facts["findings"]:
        assert f"rollstep: {file}:{finding['line']}: {finding['message']} [{finding['rule']}]" in err


def test_a_game_that_is_not_there_is_a_usage_error(capsys):
    assert main(["audit", "no_such_module_at_all:game"]) == 2
    assert "No module named" in capsys.readouterr().err


def test_help_loads_no_compiler():
    script = ("import sys; from rollstep_tools.cli import main\n"
              "try: main(['audit', '--help'])\n"
              "except SystemExit: pass\n"
              "sys.exit(any(name in sys.modules for name in ('numba', 'rich', 'rollstep_tools.audit')))")
    assert subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_one_byte_is_one_byte_in_a_layout(capsys):
    assert main(["audit", "--layout", "tests.games.box:game"]) == 0
    assert "Pad, 1 byte, 0 of them padding" in " ".join(capsys.readouterr().out.split())
