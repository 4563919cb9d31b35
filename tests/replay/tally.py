"""A small game for verdicts, with versions of it that were changed afterwards: the same structs, another step."""

from __future__ import annotations

import enum

import rollstep as rs
from rollstep import i64, u8, u16


class Key(enum.IntEnum):
    NONE = 0
    ADD = 1
    TAKE = 200


@rs.struct
class Sums:
    turns: rs.Array[u16] = rs.array(4)
    total: i64


@rs.struct
class Pad:
    key: Key
    amount: u8


@rs.struct
class Limits:
    most: i64


@rs.struct
class LongerSums:
    turns: rs.Array[u16] = rs.array(5)
    total: i64


def start(world, tick):
    world.total = tick.seed % 1000


@rs.sim
def press(world, inputs, tick):
    for i in range(tick.players):
        if inputs[i].key == Key.ADD:
            world.total += inputs[i].amount
            world.turns[i] += 1
        elif inputs[i].key == Key.TAKE:
            world.total -= inputs[i].amount * 3


def step(world, inputs, tick):
    press(world, inputs, tick)
    world.total = min(world.total, tick.content.most)


def tidier_step(world, inputs, tick):
    for i in range(tick.players):
        key, amount = inputs[i].key, inputs[i].amount
        if key == Key.ADD:
            world.turns[i] += 1
            world.total += amount
        if key == Key.TAKE:
            world.total += -3 * amount
    if world.total > tick.content.most:
        world.total = tick.content.most


def wrong_step(world, inputs, tick):
    press(world, inputs, tick)
    if tick.frame == 130:
        world.total += 1
    world.total = min(world.total, tick.content.most)


def raising_step(world, inputs, tick):
    press(world, inputs, tick)
    if tick.frame == 270:
        raise ValueError("enough")
    world.total = min(world.total, tick.content.most)


def raising_start(world, tick):
    raise ValueError("no start")


def version(step=step, *, name="tally", state=Sums, init=start, content=None, **options):
    return rs.Game(name, state=state, input=Pad, init=init, step=step,
                   content=content or Limits(most=1_000_000), **{"players": (1, 4), **options})


game = version()
