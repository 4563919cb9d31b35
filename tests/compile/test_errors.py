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

MIXED = (1, fx("0.5"))

@sim
def nothing(world):
    pass

@sim
def helper(world):
    world.n = 1
    world.speed = 2

@sim
def two(world):
    return (world.n, world.x)

@sim
def gives_zip(world):
    pairs = zip(world.cells, world.cells)
    return pairs

@sim
def sometimes(world):
    if world.n > 1:
        return world.n

@sim
def kinds(world):
    if world.n > 1:
        return world.n
    return world.x

@sim
def flags(world):
    if world.n > 1:
        return world.on
    return world.n

def init(world, tick):
    pass

"""

# the last lines of a step (the last one is the place, or the one that ends with HERE), the rule, what its author is told
LINES = [
    ("world.speed = 2", "field", "World has no field 'speed'; it has n, x, p, on, cells"),
    ("world.cell = 2", "field", "World has no field 'cell'; it has n, x, p, on, cells; did you mean cells?"),
    ("world.speed += 2", "field", "World has no field 'speed'; it has n, x, p, on, cells"),
    ("world.n = world.speed", "field", "World has no field 'speed'; it has n, x, p, on, cells"),
    ("world.n = inputs[0].button", "field", "Pad has no field 'button'; it has buttons; did you mean buttons?"),
    ("world.n = inputs.buttons", "method", "the array inputs has no 'buttons' in a step: index it first, a[i].buttons"),
    ("world.n = tick.time", "field", "Tick has no field 'time'; it has frame, seed, players"),
    ("world.n = world.x", "kind", "World.n takes an int, not Fixed: write int(x)"),
    ("world.x = world.p", "kind", "World.x takes a Fixed, not Vec2"),
    ("world.p = 3", "kind", "World.p takes a Vec2, not int"),
    ("world.n = two(world)", "kind", "World.n takes an int, not (int, Fixed)"),
    ("world.n = None", "kind", "World.n takes an int, not None"),
    ("world.cells = 3", "kind", "World.cells is an array: assign its elements"),
    ("world.cells[0] = world.x", "kind", "World.cells[...] takes an int, not Fixed"),
    ("world.cells[0, 1] = 2", "index", "cells: assign one element at a time, with 1 integer indices"),
    ("world.n = world.cells[world.x]", "index", "cells takes up to 1 integer indices, not Fixed"),
    ("world.n = world.cells[0][0]", "index", "an int has no elements"),
    ("world.cells[0][0] = 1", "index", "an int has no elements"),
    ("world.x = world.p[0]", "index", "a Vec2 has no elements: write v.x and v.y"),
    ("world.x = MIXED[world.n]", "index", "a tuple of several kinds (int, Fixed) is indexed by constants alone"),
    ("inputs[0].buttons = 1", "read-only", "Pad.buttons is read-only"),
    ("inputs[0] = world.n", "read-only", "Inputs.inputs[...] is read-only"),
    ("tick.frame = 1", "read-only", "Tick.frame is read-only"),
    ("world.p.x = fx(1)", "field", "a Vec2 is a value: write p.pos = Vec2(x, y)"),
    ("world.n = world.n / 2", "int-division", "int / int: write a // b, or fx(a) / b"),
    ("world.x = world.x + (world.n > 1)", "kind", "+ does not take Fixed and bool"),
    ("world.x = world.x & 1", "kind", "& does not take Fixed and int"),
    ("world.on = world.p < world.p", "kind", "< does not take Vec2 and Vec2"),
    ("world.x = sqrt(world.n)", "kind", "sqrt() takes a Fixed, not int: write fx(x)"),
    ("world.x = sqrt(world.x, 2)", "kind", "sqrt() takes a Fixed, not Fixed, int"),
    ("world.x = sin(world.p)", "kind", "sin() takes a Fixed, not Vec2"),
    ("world.x = world.p.z", "method", "a Vec2 has no 'z' in a step; it has x and y"),
    ("world.x = world.p.length", "method", "a Vec2 has no 'length' in a step; it has x and y; methods have parentheses"),
    ("world.x = world.p.dot(3)", "kind", "v.dot(w) takes two Vec2, not Vec2, int"),
    ("world.p = Vec2(1, 2, 3)", "kind", "Vec2(x, y) takes two Fixed or ints"),
    ("world.p = Vec2(world.on, 1)", "kind", "Vec2(x, y) takes two Fixed or ints, not bool, int"),
    ("world.n = nothing(world) + 1", "kind", "+ does not take None and int"),
    ("world.n = int(world.n if world.on else world.x)", "mixed-kinds", "make both Fixed, fx(n), or both ints, int(x)"),
    ("total = 0  # HERE\nfor i in range(3):\n    total += world.x\nworld.x = total", "mixed-kinds",
     "total is int on one way to this line and Fixed on another: start total with fx(0)"),
    ("k = 0  # HERE\nif world.on:\n    k = world.p\nworld.p = k", "mixed-kinds", "k is int on one way to this line and Vec2"),
    ("for n in world.n: world.n += 1", "loop", "a for loop does not run over int"),
    ("for n in range(world.x): world.n += 1", "loop", "range() takes one to three ints, not Fixed"),
    ("for i, n in enumerate(world.n): world.n += 1", "loop", "enumerate() takes arrays, tuples and range(n), not int"),
    ("for n in MIXED: world.n += 1", "loop", "a for loop does not run over (int, Fixed)"),
    ("for a, b in gives_zip(world): world.n += a", "generator", "an iterator cannot be returned"),
    ("world.n = len(world.n)", "loop", "len() takes an array or a tuple, not int"),
    ("if world.p: world.n = 1", "truth", "a Vec2 is neither true nor false: compare it, v != Vec2(0, 0)"),
    ("if world.cells: world.n = 1", "truth", "the array cells is neither true nor false: compare its length"),
    ("if world: world.n = 1", "truth", "a World is neither true nor false"),
    ("assert world.p", "truth", "a Vec2 is neither true nor false"),
    ("x, y = world.p", "unpacking", "a Vec2 cannot be unpacked: write x, y = v.x, v.y"),
    ("a, b, c = two(world)", "unpacking", "3 names stand for a tuple of 2 values"),
    ("world.n = sometimes(world)", "kind", "what is int on one way and None on another: return a value of one kind"),
    ("world.n = kinds(world)", "returns", "it returns Fixed on one way and int on another"),
    ("k = True if world.on else 5\nworld.x = k * fx(2)", "bool-as-int",
     "k is a bool on one way to this line and an int on another"),
]


def game_of(folder, lines, parameters="world, inputs, tick"):
    text = "\n".join([PRELUDE + f"def step({parameters}):", *(f"    {line}" for line in ["world.n = 1", *lines])]) + "\n"
    module = imported(folder, text)
    return rs.Game("errors", state=World, input=Pad, players=1, init=module.init, step=module.step), module, text


@pytest.mark.parametrize(("lines", "rule", "told"), LINES, ids=[row[0] for row in LINES])
def test_the_author_is_told_the_line_and_the_nearest_facts(lines, rule, told, tmp_path):
    game, module, text = game_of(tmp_path, lines.split("\n"))
    with pytest.raises(StepError) as caught:
        game.runner("compiled", players=1, seed=0)
    message, error = str(caught.value), caught.value
    marked = [n for n, line in enumerate(text.splitlines(), 1) if line.endswith("# HERE")]
    assert (error.file, error.line) == (module.__file__, (marked or [len(text.splitlines())])[0]), message
    assert message.startswith(f"{error.file}:{error.line}: ") and message.endswith(f" [{rule}]") and error.rule == rule
    assert told in message
    assert "\n" not in message and len(message) < 350
    assert not any(word in message for word in ("numba", "nopython", "No impl", "rs_", "#", "locals", "int64", "Literal"))


def test_a_helper_that_returns_a_value_on_one_way_alone_is_told_where_it_is_written(tmp_path):
    game, _, text = game_of(tmp_path, ["sometimes(world)"])
    with pytest.raises(StepError, match=r"a value is returned on one way and nothing on another.*\[returns\]") as caught:
        game.runner("compiled", players=1, seed=0)
    first = text.splitlines().index("def sometimes(world):") + 1
    assert len(caught.value.findings) == 1 and first < caught.value.line <= first + 2


def test_a_helper_that_returns_a_bool_on_one_way_and_an_int_on_another_is_told_where_it_meets_a_fixed(tmp_path):
    game, _, text = game_of(tmp_path, ["k = flags(world)", "if k:", "    world.n = k", "world.x = k * fx(2)"])
    with pytest.raises(StepError, match="k is a bool on one way to this line and an int on another") as caught:
        game.runner("compiled", players=1, seed=0)
    assert caught.value.line == len(text.splitlines())


def test_a_bool_that_may_be_an_int_is_fine_where_ints_are_taken(tmp_path):
    game, _, _ = game_of(tmp_path, ["k = True if world.on else 5", "world.n = k * 2 + world.cells[k]",
                                    "if k and world.n or k > 3:", "    world.x += int(k)"])
    states = []
    for way in ("compiled", "checked", "interpreted"):
        states.append(bytearray(game.state_size))
        World.view(states[-1]).on = True
        game.runner(way, players=1, seed=0).run(states[-1], bytes(2), 0, 2)
    assert states[0] == states[1] == states[2]


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
    assert place.rpartition(":")[0].endswith(".py") and place.rpartition(":")[2] == "44"


def test_a_local_variable_may_be_called_double_or_half(tmp_path):
    game, _, _ = game_of(tmp_path, ["double = 1", "half = world.n", "if world.n > 0:", "    double = half * 3 + world.cells[1]",
                                    "for float in range(world.n):", "    double += float * double", "world.n = double"])
    state = bytearray(game.state_size)
    game.runner("compiled", players=1, seed=0).step(state, bytes(1), 0)
    assert World.view(state).n == 3
