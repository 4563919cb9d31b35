"""Everything that hostile bytes could steer: indices by fields, inputs, enums and bools; loops by counts; random draws."""

import enum

import rollstep as rs
from rollstep import Angle, Fixed, Vec2, i8, i16, i32, i64, u8, u16, u32


class Mode(enum.IntEnum):
    IDLE = 0
    RUN = 3
    STOP = 250


@rs.struct
class Cell:
    mode: Mode
    on: bool
    link: i16
    place: Vec2
    turn: Angle
    deep: rs.Array[u8] = rs.array(3, 5)


@rs.struct
class World:
    count: u8
    cells: rs.Array[Cell] = rs.array(7)
    table: rs.Array[i64] = rs.array(2, 3, 4)
    wide: u32
    small: i8
    far: i64
    ratio: Fixed
    last: u16


@rs.struct
class Pad:
    index: u8
    signed: i8
    mode: Mode
    flag: bool
    big: i32


def init(world, tick):
    world.count = 3


@rs.sim
def follow(world, cell):
    """Chase links, at most seven times."""
    for _ in range(7):
        if cell.link < 0:
            return
        cell = world.cells[cell.link]
        cell.deep[cell.mode, cell.on] += 1


@rs.sim
def guess(world, cell, pad, case):
    if case == 0:
        world.table[pad.index % 3, cell.on, cell.mode] = world.far
    elif case == 1:
        world.table[pad.flag][pad.index][pad.signed] += pad.big
    elif case == 2:
        world.cells[world.small] = cell
    elif case == 3:
        cell.place = rs.rotate(cell.place, cell.turn) / world.ratio
    elif case == 4:
        follow(world, cell)
    elif case == 5:
        for i in range(world.count):
            world.cells[i].on = not world.cells[i].on
    elif case == 6:
        world.ratio = rs.sqrt(cell.place.x) + rs.pow(world.ratio, world.small)
    else:
        cell.deep[pad.mode % 4, pad.index % 8] = world.wide >> world.small


def step(world, inputs, tick):
    for i in range(tick.players):
        pad = inputs[i]
        dice = rs.dice(tick, i)
        cell = world.cells[dice.integer(0, 0, 6)]
        guess(world, cell, pad, dice.integer(1, 0, 7))
        guess(world, world.cells[pad.index % 8], pad, pad.index >> 5)
    world.last += 1


game = rs.Game("hostile", state=World, input=Pad, players=(1, 4), init=init, step=step)
