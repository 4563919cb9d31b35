"""What is played while wrong datagrams come in: inputs of every kind (an enum, a bool, numbers), a state that remembers all."""

from __future__ import annotations

import enum
from typing import Any

import rollstep as rs
from rollstep import i8, i64, u8, u16


class Mood(enum.IntEnum):
    CALM = 0
    GLAD = 3
    WILD = 200


@rs.struct
class Pad:
    buttons: u8
    mood: Mood
    push: bool
    turn: i8
    aim: u16


@rs.struct
class World:
    marks: rs.Array[i64] = rs.array(16)
    pushes: u16
    wild: u16


def init(world: Any, tick: Any) -> None:
    for i in range(tick.players):
        world.marks[i] = tick.seed + i


def step(world: Any, inputs: Any, tick: Any) -> None:
    for i in range(tick.players):
        pad = inputs[i]
        at = (i + pad.buttons) % 16
        world.marks[at] = world.marks[at] * 31 + pad.turn * 7 + pad.aim + tick.frame
        if pad.push:
            world.pushes += 1
        if pad.mood == Mood.WILD:
            world.wild += 1
            world.marks[i] ^= world.marks[at]


game = rs.Game("soak", state=World, input=Pad, players=(2, 8), init=init, step=step)
