"""What the rewriter makes of a step's statements means what Python means, interpreted and compiled alike.

Each scenario fills a row of the state; all of them run in one step of one game.
"""

import enum
from functools import cache

import pytest

import rollstep as rs
from rollstep import Fixed, Vec2, fx, i32, i64, u8

LIMITS = (3, (5, 7), -2)
STEPS = 4


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 3
    WILD = 200


@rs.struct
class Cell:
    n: i32
    x: Fixed


@rs.struct
class World:
    out: rs.Array[i64] = rs.array(16, 8)
    cells: rs.Array[Cell] = rs.array(4)
    grid: rs.Array[i32] = rs.array(2, 3)
    cursor: i64
    calls: i64
    mood: Mood
    place: Vec2
    on: bool


@rs.struct
class Pad:
    buttons: u8


@rs.sim
def next_index(world):
    world.calls += 1
    world.cursor = (world.cursor + 1) % 4
    return world.cursor


@rs.sim
def mixed(a, b=STEPS, c=fx("1.5"), d=Mood.ANGRY, e=(1, (2, 3))):
    return a * 1000 + b * 100 + int(c * 2) * 10 + d + e[1][1]


# ---------------------------------------------------------------------------- scenarios

@rs.sim
def an_augmented_place_is_found_once(world, out):
    world.calls, world.cursor = 0, 0
    world.cells[next_index(world)].n += 5
    world.grid[1, next_index(world)] -= 2
    out[0], out[1], out[2], out[3] = world.calls, world.cells[1].n, world.grid[1, 2], world.cursor


@rs.sim
def comparisons_chain(world, out):
    a, b, c = 1, 5, 9
    out[0] = a < b < c
    out[1] = a < b > c
    out[2] = a < b <= 5 == b != c
    out[3] = fx("0.5") < a <= fx(1) < b
    out[4] = not a < b < c


@rs.sim
def membership_asks_each_value(world, out):
    world.mood = Mood.WILD
    out[0] = world.mood in (Mood.CALM, Mood.WILD)
    out[1] = world.mood not in (Mood.CALM, 3)
    out[2] = fx(2) in (1, 2)
    out[3] = 7 in (LIMITS[0], LIMITS[1][1])
    out[4] = 8 in (7,)


@rs.sim
def keywords_and_defaults_become_arguments(world, out):
    out[0] = mixed(1)
    out[1] = mixed(1, 2)
    out[2] = mixed(d=1, a=2)
    out[3] = mixed(1, e=(9, (9, 9)), c=fx(4))
    out[4] = mixed(b=mixed(0, 0, fx(0), 0), a=Mood.ANGRY)


@rs.sim
def targets_can_be_tuples(world, out):
    a, (b, c) = 1, (2, 3)
    a, b = b, a
    world.cells[0].n, world.cells[1].n = 10, 20
    world.cells[0].n, world.cells[1].n = world.cells[1].n, world.cells[0].n
    out[0], out[1], out[2], out[3], out[4] = a, b, c, world.cells[0].n, world.cells[1].n
    out[5] = out[6] = world.cells[2].n = 8
    out[7] = world.cells[2].n


@rs.sim
def loops_run_over_arrays(world, out):
    for i, cell in enumerate(world.cells):
        cell.n = i * i
    for row in world.grid:
        for j in range(len(row)):
            row[j] = j + 1
    for cell, amount in zip(world.cells, (5, 6, 7)):  # noqa: B905
        out[0] += cell.n * amount
    for row in world.grid:
        for value in row:
            out[1] += value
    for i in range(10, 0, -3):
        out[2] = out[2] * 10 + i
    out[3], out[4] = len(world.grid), len(world.grid[0])


@rs.sim
def loops_break_continue_and_end(world, out):
    n = 0
    while True:
        n += 1
        if n % 2:
            continue
        if n > 6:
            break
        out[0] += n
    for i in range(5):
        if i == 9:
            break
    else:
        out[1] = 7
    while n > 0:
        n -= 3
    else:
        out[2] = n
    for i in range(3):
        for j in range(3):
            if j > i:
                break
            out[3] += 1


@rs.sim
def the_least_and_the_greatest_of_many(world, out):
    out[0] = min(5, 3, 4)
    out[1] = max(5, Mood.WILD, 4, -1)
    out[2] = int(min(fx("2.5"), 3, fx("-1.5"), 8) * 2)
    out[3] = max(1, min(world.calls + 9, 2), 0)


@rs.sim
def enums_are_integers(world, out):
    world.mood = Mood.ANGRY
    out[0] = world.mood + Mood.WILD
    out[1] = world.mood == Mood.ANGRY
    out[2] = Mood.WILD.value
    world.mood = 200
    out[3] = world.mood


@rs.sim
def conditions_choose(world, out):
    flag = world.calls >= 0 and not world.on
    out[0] = 1 if flag else 2
    out[1] = out[7] or 5
    out[2] = out[0] and 4
    if world.on:
        out[3] = 1
    elif flag and fx("0.5"):
        out[3] = 2
    else:
        out[3] = 3
    assert flag, "it is so"


@rs.sim
def integers_wrap_and_shift_as_written(world, out):
    big = 1 << 62
    out[0] = big * 4 + 1
    out[1] = 1 << 65
    out[2] = -7 // 2
    out[3] = -7 % 3
    out[4] = ~True
    out[5] = (big + big) // -1
    out[6] = big * 3 > 0


@rs.sim
def vectors_are_values(world, out):
    world.place = Vec2(3, 4)
    old = world.place
    world.place += Vec2(1, fx("0.5"))
    world.place *= 2
    out[0], out[1], out[2], out[3] = int(old.x), int(world.place.x), int(world.place.y), int(old.length())
    out[4] = world.place == Vec2(8, 9)


@rs.sim
def an_annotation_and_a_bare_text_do_nothing(world, out):
    """Nor does a docstring."""
    n: int = 5
    unset: int  # noqa: F842
    "a note"
    out[0] = n
    return
    out[0] = 6


@rs.sim
def a_flag_or_a_number_is_a_number(world, out):
    amount = True if world.calls >= 0 else 5
    out[0] = amount + 1
    out[1] = ~amount
    out[2] = int(fx("2.5") * (amount + 0) * 2)


@rs.sim
def every_way_sets_the_variable(world, out):
    if world.calls < 0:
        return
    if world.on:
        first = 1
    else:
        first = 2
    while True:
        second = first + 1
        if second > 2:
            break
        raise ValueError("never")
    for i in range(3):
        third = i
        if third == 1:
            break
    else:
        third = 9
    out[0], out[1], out[2] = first, second, third


def init(world, tick):
    pass


def step(world, inputs, tick):
    an_augmented_place_is_found_once(world, world.out[0])
    comparisons_chain(world, world.out[1])
    membership_asks_each_value(world, world.out[2])
    keywords_and_defaults_become_arguments(world, world.out[3])
    targets_can_be_tuples(world, world.out[4])
    loops_run_over_arrays(world, world.out[5])
    loops_break_continue_and_end(world, world.out[6])
    the_least_and_the_greatest_of_many(world, world.out[7])
    enums_are_integers(world, world.out[8])
    conditions_choose(world, world.out[9])
    integers_wrap_and_shift_as_written(world, world.out[10])
    vectors_are_values(world, world.out[11])
    an_annotation_and_a_bare_text_do_nothing(world, world.out[12])
    a_flag_or_a_number_is_a_number(world, world.out[13])
    every_way_sets_the_variable(world, world.out[14])


INT_MIN = -1 << 63
EXPECTED = {
    an_augmented_place_is_found_once: [2, 5, -2, 2],
    comparisons_chain: [1, 0, 1, 1, 0],
    membership_asks_each_value: [1, 1, 1, 1, 0],
    keywords_and_defaults_become_arguments: [1436, 1236, 2434, 1400 + 80 + 3 + 9, 3000 + 300 + 30 + 6],
    targets_can_be_tuples: [2, 1, 3, 20, 10, 8, 8, 8],
    loops_run_over_arrays: [0 * 5 + 1 * 6 + 4 * 7, 12, 10 * 1000 + 7 * 100 + 40 + 1, 2, 3],
    loops_break_continue_and_end: [12, 7, -1, 6],
    the_least_and_the_greatest_of_many: [3, 200, -3, 2],
    enums_are_integers: [203, 1, 200, 200],
    conditions_choose: [1, 5, 4, 2],
    integers_wrap_and_shift_as_written: [1, 2, -4, 2, -2, INT_MIN, 0],
    vectors_are_values: [3, 8, 9, 5, 1],
    an_annotation_and_a_bare_text_do_nothing: [5],
    a_flag_or_a_number_is_a_number: [2, -2, 5],
    every_way_sets_the_variable: [2, 3, 1],
}


@cache
def played(way):
    game = rs.Game("rewrite", state=World, input=Pad, players=1, init=init, step=step)
    runner = game.runner(way, players=1, seed=0)
    state = runner.start()
    runner.step(state, bytes(game.row_size), 0)
    return World.view(state)


@pytest.mark.parametrize("way", ["interpreted", "compiled"])
@pytest.mark.parametrize("scenario", EXPECTED, ids=lambda scenario: scenario.__name__)
def test_the_scenario_fills_its_row_as_python_would(scenario, way):
    values = list(played(way).out[list(EXPECTED).index(scenario)])
    assert values == EXPECTED[scenario] + [0] * (8 - len(EXPECTED[scenario]))


def test_both_ways_leave_the_same_bytes():
    assert bytes(played("compiled")) == bytes(played("interpreted"))
