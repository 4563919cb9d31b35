"""Random programs over random states: compiled and interpreted leave the same bytes, checked traps where its oracle does."""

import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import rollstep as rs
from tests.fixed.programs import pieces, programs
from tests.source.written import imported


def outcome(runner, state, row, frame):
    after = bytearray(state)
    try:
        runner.step(after, row, frame)
    except (ArithmeticError, ValueError, IndexError) as error:
        assert after == state
        return type(error), str(error)
    return bytes(after)


def compare(folder, source, seed):
    """How many frames ran to the end, and how many trapped."""
    made = pieces(imported(folder, source))
    rng = random.Random(seed)
    whole = trapped = 0
    for _ in range(12):
        state = bytearray(made.game.state_size)
        highest = rng.choice((0, 2, 255))
        for path, kind, at in made.game.state.layout.leaves():
            raw = bytes(rng.choice((0, rng.randint(0, highest), 255)) for _ in range(kind.size))
            state[at:at + kind.size] = raw if kind.legal_bytes is None else bytes([rng.choice(sorted(kind.legal_bytes))])
            assert path
        for frame in range(6):
            row = rng.randbytes(made.game.row_size)
            plain = outcome(made.ways["interpreted"], state, row, frame)
            assert outcome(made.ways["compiled"], state, row, frame) == plain
            checked = outcome(made.checked, state, row, frame)
            assert outcome(made.ways["checked"], state, row, frame) == checked
            if checked != plain:
                assert checked[0] is rs.Trap
                trapped += 1
            if isinstance(plain, bytes):
                state, whole = bytearray(plain), whole + 1
    return whole, trapped


def run(tmp_path_factory, examples):
    seen = [0, 0]

    # no shrinking: each step of it compiles for seconds; the source that fails is printed as it is
    @settings(max_examples=examples, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
    @given(programs(), st.integers(0, 1 << 32))
    def any_program(source, seed):
        found = compare(tmp_path_factory.mktemp("program"), source, seed)
        seen[0] += found[0]
        seen[1] += found[1]
    any_program()
    assert seen[0] > 10 * examples and seen[1] > 0, "hardly a frame ran to its end, or none trapped"


def test_random_programs_do_the_same_in_all_ways(tmp_path_factory):
    run(tmp_path_factory, 6)


@pytest.mark.heavy
def test_many_random_programs_do_the_same_in_all_ways(tmp_path_factory):
    run(tmp_path_factory, 60)
