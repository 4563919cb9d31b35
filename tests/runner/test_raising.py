"""A step that raises by itself: the error says where, and the state is the last good one."""

import pickle
import sys

import pytest

import rollstep as rs
from rollstep import Trap, i64, u8
from rollstep.runner import Interpreted

WAYS = pytest.mark.parametrize("way", ["compiled", "checked", "interpreted"])


@rs.struct
class Tank:
    litres: i64
    pumped: i64


@rs.struct
class Valve:
    open: u8


def fill(tank, tick):
    tank.litres = 1 << 61


@rs.sim
def pump(tank, amount):
    tank.pumped += amount
    return tank.litres + tank.litres


PUMP_LINE = sys._getframe().f_lineno - 3


def step(tank, inputs, tick):
    tank.pumped += 1
    if inputs[0].open == 9:
        raise ValueError("nine")
    tank.litres = pump(tank, inputs[0].open)


RAISE_LINE = sys._getframe().f_lineno - 4

game = rs.Game("tank", state=Tank, input=Valve, players=1, init=fill, step=step)


def test_a_trap_says_frame_file_line_and_operands_and_leaves_the_last_good_state():
    for runner in (game.runner("checked", players=1, seed=0), Interpreted(game, players=1, seed=0, checked=True)):
        state = runner.start()
        with pytest.raises(Trap) as caught:
            runner.run(state, bytes((1, 2, 3)), 700, 3)
        error = caught.value
        assert (error.frame, error.file, error.line) == (701, __file__, PUMP_LINE)
        assert str(error) == f"frame 701: {__file__}:{PUMP_LINE}: {1 << 62} + {1 << 62} does not fit"
        good = game.state.view(state)
        assert (good.litres, good.pumped) == (1 << 62, 2), "one frame done, nothing of the second"
        copy = pickle.loads(pickle.dumps(error))
        assert str(copy) == str(error) and copy.line == error.line


@WAYS
def test_another_exception_carries_its_place_as_a_note_and_leaves_the_last_good_state(way):
    runner = game.runner(way, players=1, seed=0)
    state = runner.start()
    with pytest.raises(ValueError, match="nine") as caught:
        runner.run(state, bytes((0, 9, 0)), 10, 3)
    assert caught.value.__notes__ == [f"in frame 11, at {__file__}:{RAISE_LINE}"]
    assert game.state.view(state).pumped == 1


@WAYS
def test_sessions_stay_at_the_last_good_frame(way):
    test = rs.synctest(game, players=1, way=way)
    match = rs.local(game, players=1, seed=0, way=way)
    match.poll()
    for play in (lambda value: test.advance([value]), lambda value: match.advance(value)):
        play(b"\0")
        with pytest.raises(ValueError, match="nine"):
            play(b"\t")
    assert (test.frame, match.frame) == (1, 1)
    assert test.state.pumped == match.state.pumped == 1
