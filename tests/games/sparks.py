"""Players who walk, shoot and bump into each other, and say so by effects: what a wrong guess of an input gets wrong.

`storm` emits as many effects in one frame; BACK emits one for an older frame.
"""

import enum

import rollstep as rs
from rollstep import Fixed, Vec2, fx, i16, u8

LEFT, RIGHT, FIRE, BACK = 1, 2, 4, 8
CAPACITY, FRAMES = 24, 10


class Kind(enum.IntEnum):
    NONE = 0
    START = 1
    SHOT = 2
    BUMP = 3
    STORM = 4


@rs.struct
class Spot:
    place: Vec2
    force: i16
    glow: Fixed
    loud: bool


@rs.struct
class Walker:
    x: i16
    held: u8
    cooling: u8


@rs.struct
class World:
    walkers: rs.Array[Walker] = rs.array(4)
    effects: rs.Effects[Kind, Spot] = rs.effects(CAPACITY, frames=FRAMES)
    bumps: i16


@rs.struct
class Pad:
    buttons: u8
    storm: u8


def init(world, tick):
    for i in range(tick.players):
        world.walkers[i].x = i * 8
    world.effects.emit(0, Kind.START, 0, Vec2(0, 0), 0, 0, True)


@rs.sim
def walk(world, player, pad, frame):
    walker = world.walkers[player]
    pressed = pad.buttons & ~walker.held
    walker.held = pad.buttons
    if pad.buttons & LEFT:
        walker.x = max(walker.x - 1, 0)
    if pad.buttons & RIGHT:
        walker.x = min(walker.x + 1, 40)
    walker.cooling = max(walker.cooling - 1, 0)
    if pressed & FIRE and walker.cooling == 0:
        walker.cooling = 3
        world.effects.emit(frame, Kind.SHOT, player, Vec2(walker.x, fx("0.5")), walker.x * 100, fx("0.25"), pad.buttons & LEFT)
    if pad.buttons & BACK:
        world.effects.emit(frame - 1, Kind.STORM, player, Vec2(0, 0), 0, 0, False)
    for i in range(pad.storm):
        world.effects.emit(frame, Kind.STORM, player * 256 + i, Vec2(i, player), i, i, False)


def step(world, inputs, tick):
    for i in range(tick.players):
        walk(world, i, inputs[i], tick.frame)
    for i in range(tick.players):
        for j in range(i):
            if world.walkers[i].x == world.walkers[j].x and tick.frame % 2 == 0:
                world.bumps = min(world.bumps + 1, 30_000)
                world.effects.emit(tick.frame, Kind.BUMP, i * 16 + j, Vec2(world.walkers[i].x, 0), world.bumps, fx(1), True)


game = rs.Game("sparks", state=World, input=Pad, players=(1, 4), init=init, step=step)
