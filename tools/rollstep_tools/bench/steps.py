"""What is measured: steps over arrays of numbers, and a thousand bodies that collide. twins.c has the same in C."""

from __future__ import annotations

from typing import Any

import rollstep as rs
from rollstep import Fixed, cos, fx, i16, sin, sqrt, u8

N = 1000         # three arrays fit the first cache, and none is a multiple of 4 KiB behind another
ROUNDS = 16
BODIES = 1000
SIDE = 32
REACH = fx(4)
WALL = fx("255.75")


@rs.struct
class Numbers:
    a: rs.Array[Fixed] = rs.array(N)
    b: rs.Array[Fixed] = rs.array(N)
    out: rs.Array[Fixed] = rs.array(N)


@rs.struct
class Body:
    x: Fixed
    y: Fixed
    vx: Fixed
    vy: Fixed


@rs.struct
class Bodies:
    bodies: rs.Array[Body] = rs.array(BODIES)
    head: rs.Array[i16] = rs.array(SIDE * SIDE)
    next: rs.Array[i16] = rs.array(BODIES)


@rs.struct
class Nothing:
    unused: u8


def nothing(world: Any, tick: Any) -> None:
    return


def add(world: Any, inputs: Any, tick: Any) -> None:
    for _ in range(ROUNDS):
        for i in range(N):
            world.out[i] = world.out[i] + world.b[i]


def multiply(world: Any, inputs: Any, tick: Any) -> None:
    for _ in range(ROUNDS):
        for i in range(N):
            world.out[i] = world.out[i] * world.b[i]


def divide_all(world: Any, inputs: Any, tick: Any) -> None:
    for _ in range(ROUNDS):
        for i in range(N):
            world.out[i] = world.a[i] / world.b[i]


def sqrt_all(world: Any, inputs: Any, tick: Any) -> None:
    for _ in range(ROUNDS):
        for i in range(N):
            world.out[i] = sqrt(world.a[i])


def sin_all(world: Any, inputs: Any, tick: Any) -> None:
    for _ in range(ROUNDS):
        for i in range(N):
            world.out[i] = sin(world.a[i])


def cos_all(world: Any, inputs: Any, tick: Any) -> None:
    for _ in range(ROUNDS):
        for i in range(N):
            world.out[i] = cos(world.a[i])


def scatter(world: Any, tick: Any) -> None:
    """A thousand bodies at places and speeds of a linear congruence."""
    number = 12345
    for body in world.bodies:
        number = (number * 1103515245 + 12345) & 0x7FFFFFFF
        body.x = Fixed.from_raw(number * 511)
        number = (number * 1103515245 + 12345) & 0x7FFFFFFF
        body.y = Fixed.from_raw(number * 511)
        number = (number * 1103515245 + 12345) & 0x7FFFFFFF
        body.vx = Fixed.from_raw((number - (1 << 30)) * 2)
        number = (number * 1103515245 + 12345) & 0x7FFFFFFF
        body.vy = Fixed.from_raw((number - (1 << 30)) * 2)


@rs.sim
def meet(one: Any, other: Any) -> None:
    dx = other.x - one.x
    dy = other.y - one.y
    square = dx * dx + dy * dy
    if square >= 16 or square == 0:
        return
    gap = sqrt(square)
    nx = dx / gap
    ny = dy / gap
    along = (other.vx - one.vx) * nx + (other.vy - one.vy) * ny
    if along < 0:
        kx = nx * along
        ky = ny * along
        one.vx += kx
        one.vy += ky
        other.vx -= kx
        other.vy -= ky
    push = (REACH - gap) * fx("0.25")
    px = nx * push
    py = ny * push
    one.x -= px
    one.y -= py
    other.x += px
    other.y += py


@rs.sim
def move(body: Any) -> None:
    body.x += body.vx
    body.y += body.vy
    if body.x < 0:
        body.x = fx(0)
        body.vx = -body.vx
    elif body.x > WALL:
        body.x = WALL
        body.vx = -body.vx
    if body.y < 0:
        body.y = fx(0)
        body.vy = -body.vy
    elif body.y > WALL:
        body.y = WALL
        body.vy = -body.vy


@rs.sim
def meet_all(world: Any, i: Any, j: Any) -> None:
    while j >= 0:
        meet(world.bodies[i], world.bodies[j])
        j = world.next[j]


def collide(world: Any, inputs: Any, tick: Any) -> None:
    for c in range(SIDE * SIDE):
        world.head[c] = -1
    for i in range(BODIES):
        body = world.bodies[i]
        move(body)
        c = (int(body.x) >> 3) + (int(body.y) >> 3) * SIDE
        world.next[i] = world.head[c]
        world.head[c] = i
    for y in range(SIDE):
        for x in range(SIDE):
            i = world.head[x + y * SIDE]
            while i >= 0:
                meet_all(world, i, world.next[i])
                if x + 1 < SIDE:
                    meet_all(world, i, world.head[x + 1 + y * SIDE])
                if y + 1 < SIDE:
                    for nx in range(max(x - 1, 0), min(x + 2, SIDE)):
                        meet_all(world, i, world.head[nx + (y + 1) * SIDE])
                i = world.next[i]


def game(name: str, step: Any, state: Any = Numbers, init: Any = nothing) -> rs.Game:
    """One measured step as the game that it is."""
    return rs.Game(f"bench {name}", state=state, input=Nothing, players=1, init=init, step=step)
