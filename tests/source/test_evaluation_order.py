"""The order in which the parts of an assignment are computed is Python's, when a call moves what the place is found by."""

import pytest

import rollstep as rs
from rollstep import Fixed, fx, i64, u8


@rs.struct
class Cell:
    n: i64
    x: Fixed


@rs.struct
class World:
    cells: rs.Array[Cell] = rs.array(4)
    row: rs.Array[i64] = rs.array(4)
    cursor: i64
    pool: rs.Pool[Cell] = rs.pool(3)


@rs.struct
class Pad:
    case: u8


@rs.sim
def moved(world, to):
    world.cursor = to
    return 100 + to


@rs.sim
def following(world):
    world.cursor += 1
    return world.cursor


def init(world, tick):
    pass


def step(world, inputs, tick):
    case = inputs[0].case
    if case == 0:
        world.cells[world.cursor].n = moved(world, 2)                   # the value, then the place
    elif case == 1:
        world.row[world.cursor] = moved(world, 3)
    elif case == 2:
        world.cells[following(world)].x = fx(moved(world, 1))
    elif case == 3:
        world.cells[world.cursor].n += moved(world, 2)                  # the place, then the value
    elif case == 4:
        world.row[world.cursor] += moved(world, 3)
    elif case == 5:
        world.cells[following(world)].n += moved(world, 3)
    elif case == 6:
        world.row[following(world)] -= following(world)
    elif case == 7:
        world.cells[world.cursor].n, world.row[world.cursor] = moved(world, 1), moved(world, 2)
    elif case == 8:
        world.cells[following(world)].n = world.row[following(world)] = moved(world, 0)
    elif case == 9:
        world.cursor += moved(world, 5)                                 # what it was before the call
    elif case == 10:
        world.cells[len(world.pool)].n = world.pool.spawn()             # a spawn moves len()
    elif case == 11:
        world.cells[len(world.pool)].n += world.pool.spawn()
    elif case == 12:
        world.row[len(world.pool)] = world.pool.spawn()
    elif case == 13:
        handle = world.pool.spawn()
        world.cells[len(world.pool)].n, world.row[len(world.pool)] = world.pool.despawn(handle), len(world.pool) + 7


def plain(case):
    """The same by Python itself, on the same views."""
    world, pad = World(), Pad(case=case)
    step(world, [pad], None)
    return world


@pytest.mark.parametrize("case", range(14))
@pytest.mark.parametrize("way", ["interpreted", "compiled", "checked"])
def test_an_assignment_is_computed_in_pythons_order(case, way):
    game = rs.Game("order", state=World, input=Pad, players=1, init=init, step=step)
    state = bytearray(game.state_size)
    game.runner(way, players=1, seed=0).step(state, bytes(Pad(case=case)), 0)
    assert World.view(state) == plain(case) != World()
