"""What differs between machines, languages and levels of optimisation if it can: overflow, shifts, signs, aliases, fractions.

`integers` and `fractions` never raise, whatever is pressed, so they can be run for as long as one likes.
"""

import enum

import rollstep as rs
from rollstep import Angle, Fixed, Vec2, fx, i8, i16, i32, i64, u8, u16, u32, u64


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 7
    WILD = 200


@rs.struct
class Cell:
    tiny: i8
    byte: u8
    short: i16
    on: bool
    mood: Mood
    grid: rs.Array[i16] = rs.array(2, 3)


@rs.struct
class World:
    product: i64
    sum_: u64
    wide: u32
    narrow: u16
    signed: i32
    cells: rs.Array[Cell] = rs.array(4)


@rs.struct
class Pad:
    a: i8
    b: u8
    c: i16


def init(world, tick):
    world.product, world.sum_, world.signed = 1 << 62, -1, -(1 << 31)


@rs.sim
def mix(cell, n):
    """Stores that do not fit, through an alias."""
    same = cell
    before = cell.tiny
    same.tiny += n
    cell.byte = ~cell.byte - same.tiny
    cell.short = (cell.short << (n & 15)) - (before >> (n & 63))
    cell.on = not cell.on or n
    cell.mood = (Mood.CALM, Mood.ANGRY, Mood.WILD)[n % 3]
    cell.grid[n % 2, cell.byte % 3] += cell.mood * before
    return ~cell.byte + (-7 // (cell.tiny | 1)) + (cell.short % -5)


def step(world, inputs, tick):
    for i in range(tick.players):
        pad = inputs[i]
        n = mix(world.cells[pad.b % 4], pad.a)
        world.product = world.product * 6364136223846793005 + n
        world.sum_ += world.product << pad.a
        world.sum_ ^= world.product >> (pad.b % 64)
        world.signed = abs(world.signed) * (pad.c | 1) // (n | 1)
        world.wide = world.wide - pad.c if world.product < 0 else ~world.wide
        world.narrow = (world.product // (pad.c | 1)) % 1000003
        if pad.b & 1:
            world.cells[pad.b % 4] = world.cells[pad.a & 3]
        world.cells[0].grid[0, 0], world.cells[3].grid[1, 2] = world.cells[3].grid[1, 2], world.cells[0].grid[0, 0] + 1
        if world.product & world.sum_ in (0, 1) or 0 <= world.signed < pad.c <= n:
            world.wide += 1


integers = rs.Game("integers", state=World, input=Pad, players=2, init=init, step=step)


# ---------------------------------------------------------------------------- every function of numbers

@rs.struct
class Body:
    pos: Vec2
    turn: Angle
    mass: Fixed


@rs.struct
class Space:
    bodies: rs.Array[Body] = rs.array(3)
    heat: Fixed
    far: i64
    near: i32


SPEED = fx("1/60")


def scatter(space, tick):
    dice = rs.dice(tick, 1)
    for i in range(3):
        space.bodies[i].pos = Vec2(dice.fixed(2 * i, -100, 100), dice.fixed(2 * i + 1, -100, 100))
        space.bodies[i].mass = fx(i + 1)


@rs.sim
def move(body, pad, dice):
    x = fx(pad.c) / 16
    body.turn = body.turn + Angle.degrees(x) - Angle.radians(x) * pad.a + rs.direction(body.pos)
    body.pos = rs.rotate(body.pos, body.turn) + rs.polar(SPEED * pad.a, -body.turn) + body.pos.normalized() / 3
    if not body.pos.within(Vec2(0, 0), 1000):
        body.pos = rs.lerp(body.pos, Vec2(dice.fixed(0, -9, 9), x), fx("0.9")) * fx("0.01")
    size = rs.clamp(abs(x), fx("0.001"), 9)
    body.mass = rs.log2(size) + rs.log(size + 1) * rs.exp(-size) + rs.exp2(x / 999)
    body.mass += rs.pow(size, fx("-1.25")) + rs.pow(size, 5)
    body.mass += rs.asin(rs.sin(x)) - rs.acos(rs.cos(body.turn)) + rs.atan(x) + rs.atan2(body.pos.y, x) + rs.sqrt(size)
    return rs.hypot(body.pos.x, size) + rs.tan(x / 4096)


def drift(space, inputs, tick):
    for i in range(tick.players):
        pad = inputs[i]
        body = space.bodies[pad.b % 3]
        other = space.bodies[(pad.b + 1) % 3]
        space.heat += move(body, pad, rs.dice(tick, i))
        space.heat -= body.pos.dot(other.pos) - body.pos.cross(other.pos) * other.pos.distance(body.pos)
        space.far += rs.floor(space.heat) * rs.ceil(body.mass) - rs.round(body.mass)
        space.far += rs.trunc(other.mass) * rs.sign(space.heat)
        space.near = rs.dice(tick, 7).integer(i, -(1 << 62), 1 << 62) % (rs.copysign(space.far, pad.a) | 1)


fractions = rs.Game("fractions", state=Space, input=Pad, players=2, init=scatter, step=drift)
