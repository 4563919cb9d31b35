"""What types alone can show is refused at the first compilation: the author's file and line, and the nearest facts."""

import pytest

import rollstep as rs
from rollstep import Fixed, StepError, Vec2, i64, u8
from tests.source.written import imported


@rs.struct
class World:
    n: i64
    x: Fixed
    p: Vec2
    on: bool
    cells: rs.Array[i64] = rs.array(4)


@rs.struct
class Pad:
    buttons: u8


PRELUDE = """
from rollstep import Fixed, Vec2, cos, fx, sim, sin, sqrt

@sim
def nothing(world):
    pass

@sim
def helper(world):
    world.n = 1
    world.speed = 2

def init(world, tick):
    pass

"""

# the last line of a step, and what its author is told
LINES = [
    ("world.speed = 2", "World has no field 'speed'; it has n, x, p, on, cells"),
    ("world.speed += 2", "World has no field 'speed'; it has n, x, p, on, cells"),
    ("world.n = world.speed", "World has no field 'speed'; it has n, x, p, on, cells"),
    ("world.n = inputs[0].button", "Pad has no field 'button'; it has buttons"),
    ("world.n = tick.time", "Tick has no field 'time'; it has frame, seed, players"),
    ("world.n = world.x", "World.n takes an int, not Fixed: write int(x)"),
    ("world.x = world.p", "World.x takes a Fixed, not Vec2"),
    ("world.p = 3", "World.p takes a Vec2, not int"),
    ("world.cells = 3", "World.cells is an array: assign its elements"),
    ("world.cells[0] = world.x", "World.cells[...] takes an int, not Fixed"),
    ("world.cells[0, 1] = 2", "cells: assign one element at a time, with 1 integer indices"),
    ("world.n = world.cells[world.x]", "cells takes up to 1 integer indices, not Fixed"),
    ("inputs[0].buttons = 1", "Pad.buttons is read-only"),
    ("tick.frame = 1", "Tick.frame is read-only"),
    ("world.p.x = fx(1)", "a Vec2 is a value: write p.pos = Vec2(x, y)"),
    ("world.n = world.n / 2", "int / int: write a // b, or fx(a) / b"),
    ("world.x = world.x + (world.n > 1)", "+ does not take Fixed and bool"),
    ("world.n = world.x & 1", "& does not take Fixed and int"),
    ("world.on = world.p < world.p", "< does not take Vec2 and Vec2"),
    ("world.x = sqrt(world.n)", "sqrt() takes a Fixed, not int: write fx(x)"),
    ("world.x = sin(world.p)", "sin() takes a Fixed, not Vec2"),
    ("world.x = world.p.z", "a Vec2 has no 'z' in a step; it has x and y"),
    ("world.x = world.p.dot(3)", "v.dot(w) takes two Vec2, not Vec2, int"),
    ("world.p = Vec2(1, 2, 3)", "Vec2(x, y) takes two Fixed or ints"),
    ("world.p = Vec2(world.on, 1)", "Vec2(x, y) takes two Fixed or ints, not bool, int"),
    ("world.n = nothing(world) + 1", "+ does not take none and int"),
    ("world.n = int(world.n if world.on else world.x)", "a value is int on one way to this line and Fixed on another|"
                                                        "a value is Fixed on one way to this line and int on another"),
    ("for n in world.n: world.n += 1", "a for loop does not run over int"),
]


def game_of(folder, lines, parameters="world, inputs, tick"):
    text = "\n".join([PRELUDE + f"def step({parameters}):", *(f"    {line}" for line in ["world.n = 1", *lines])]) + "\n"
    module = imported(folder, text)
    return rs.Game("errors", state=World, input=Pad, players=1, init=module.init, step=module.step), module, text


@pytest.mark.parametrize(("line", "told"), LINES, ids=[line for line, _ in LINES])
def test_the_author_is_told_the_line_and_the_nearest_facts(line, told, tmp_path):
    game, module, text = game_of(tmp_path, [line])
    with pytest.raises(StepError) as caught:
        game.runner("compiled", players=1, seed=0)
    message = str(caught.value)
    assert message.startswith(f"{module.__file__}:{len(text.splitlines())}: "), message
    assert any(words in message for words in told.split("|")), message
    assert "\n" not in message and len(message) < 300
    assert not any(word in message for word in ("numba", "nopython", "No implementation", "rs_", "#", "locals", "int64"))


def test_a_mistake_in_a_helper_is_told_at_the_helpers_line(tmp_path):
    game, module, text = game_of(tmp_path, ["helper(world)"])
    line = text.splitlines().index("    world.speed = 2") + 1
    with pytest.raises(StepError, match="World has no field 'speed'") as caught:
        game.runner("compiled", players=1, seed=0)
    assert str(caught.value).startswith(f"{module.__file__}:{line}: ")


@pytest.mark.parametrize("parameters", ["world", "world, inputs", "world, inputs, tick, more"])
def test_a_step_with_the_wrong_number_of_arguments_is_refused_before_it_runs(parameters, tmp_path):
    with pytest.raises(StepError, match=r"step takes \d arguments; write it as step\(world, inputs, tick\)") as caught:
        game_of(tmp_path, [], parameters)
    place = str(caught.value).split(": ")[0]
    assert place.rpartition(":")[0].endswith(".py") and place.rpartition(":")[2] == "16"


def test_a_local_variable_may_be_called_double_or_half(tmp_path):
    game, _, _ = game_of(tmp_path, ["double = 1", "half = world.n", "if world.n > 0:", "    double = half * 3 + world.cells[1]",
                                    "for float in range(world.n):", "    double += float * double", "world.n = double"])
    state = bytearray(game.state_size)
    game.runner("compiled", players=1, seed=0).step(state, bytes(1), 0)
    assert World.view(state).n == 3
