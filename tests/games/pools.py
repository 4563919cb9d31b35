"""Elements that come and go, by every verb of a pool; the input says which. USE and COPY raise on a dead handle."""

import enum

import rollstep as rs
from rollstep import Vec2, fx, i32, i64, u8

CAPACITY = 5


class Do(enum.IntEnum):
    SPAWN = 0
    DESPAWN = 1
    ASK = 2
    USE = 3
    LOOP = 4
    SWEEP = 5
    PAIRS = 6
    COPY = 7
    CUT = 8
    COUNT = 9
    ORDER = 10
    ALL = 11


@rs.struct
class Bullet:
    pos: Vec2
    age: i32
    target: i64                         # a handle
    marks: rs.Array[u8] = rs.array(3)


@rs.struct
class World:
    before: i64
    bullets: rs.Pool[Bullet] = rs.pool(CAPACITY)
    kept: rs.Array[i64] = rs.array(8)
    result: i64
    visits: i64
    small: i32
    after: i64


@rs.struct
class Pad:
    do: Do
    which: u8


def init(world, tick):
    handle = world.bullets.spawn()
    world.bullets[handle].age = 1
    world.before = world.after = -1


@rs.sim
def fire(bullets, x):
    handle = bullets.spawn()
    if handle:
        bullets[handle].pos = Vec2(x, fx("0.5"))
        bullets[handle].target = handle
    return handle


def step(world, inputs, tick):
    do, which = inputs[0].do, inputs[0].which
    bullets, i = world.bullets, which & 7
    world.visits = 0
    if do == Do.SPAWN:
        world.kept[i] = fire(bullets, which)
    elif do == Do.DESPAWN:
        world.result = bullets.despawn(world.kept[i])
    elif do == Do.ASK:
        world.result = bullets.alive(world.kept[i])
    elif do == Do.USE:
        bullets[world.kept[i]].age += which
        bullets[world.kept[i]].marks[which % 4] += 1
    elif do == Do.LOOP:
        for bullet in bullets:
            bullet.age += 1
            world.visits += 1
            if which & 16:
                bullets.despawn(world.kept[world.visits & 7])
            if which & 8:
                bullets.spawn()
    elif do == Do.SWEEP:
        for handle in bullets.handles():
            world.visits += 1
            world.result = world.result * 3 + handle
            if bullets[handle].age > i:
                bullets.despawn(handle)
            if which & 8:
                fire(bullets, i)
    elif do == Do.PAIRS:
        for one in bullets:
            for other in bullets:
                if one.pos.x < other.pos.x:
                    one.age += 1
                world.visits += 1
    elif do == Do.COPY:
        bullets[world.kept[i]] = bullets[world.kept[which >> 5]]
    elif do == Do.CUT:
        world.small = world.kept[i]
        world.result = bullets.alive(world.small)
    elif do == Do.COUNT:
        world.result = len(bullets) * 100 + bullets.capacity
    elif do == Do.ORDER:
        world.kept[len(world.bullets) % 8] = bullets.spawn()
        world.kept[len(world.bullets) % 8] += bullets.spawn()
    else:
        while bullets.spawn():
            world.visits += 1


game = rs.Game("pools", state=World, input=Pad, players=1, init=init, step=step)
