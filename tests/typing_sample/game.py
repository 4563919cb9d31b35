"""Ships that shoot: structs in structs, an array, a pool, effects, an enum, content, helpers; every name is annotated."""

from __future__ import annotations

import enum

import rollstep as rs
from rollstep import Angle, Fixed, Vec2, fx, i16, i64, u8

LEFT, RIGHT, FIRE = 1, 2, 4


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 1


@rs.struct
class Gun:
    heat: i16
    jammed: bool


@rs.struct
class Ship:
    pos: Vec2
    vel: Vec2
    heading: Angle
    mood: Mood
    guns: rs.Array[Gun] = rs.array(2)
    target: i64


@rs.struct
class Bullet:
    pos: Vec2
    age: u8


class Kind(enum.IntEnum):
    NONE = 0
    SHOT = 1


@rs.struct
class Spot:
    place: Vec2


@rs.struct
class World:
    ships: rs.Array[Ship] = rs.array(2)
    bullets: rs.Pool[Bullet] = rs.pool(16)
    effects: rs.Effects[Kind, Spot] = rs.effects(16)
    grid: rs.Array[u8] = rs.array(3, 4)


@rs.struct
class Pad:
    buttons: u8


@rs.struct
class Tuning:
    accel: Fixed
    life: u8


@rs.sim
def thrust(ship: Ship, pad: Pad, tuning: Tuning) -> None:
    if pad.buttons & RIGHT:
        ship.vel += Vec2(tuning.accel, 0)
    if pad.buttons & LEFT:
        ship.vel -= Vec2(tuning.accel, 0)
    ship.pos += ship.vel
    ship.heading += Angle.degrees(3)


@rs.sim
def fire(world: World, ship: Ship) -> bool:
    gun = ship.guns[0]
    if gun.jammed:
        return False
    handle = world.bullets.spawn()
    if handle:
        world.bullets[handle].pos = ship.pos + rs.polar(fx("0.5"), ship.heading)
        ship.target = handle
        gun.heat += 1
        gun.jammed = gun.heat > 100
    return handle != 0


@rs.sim
def fly(world: World, tuning: Tuning) -> int:
    """How many bullets live on."""
    for handle in world.bullets.handles():
        bullet = world.bullets[handle]
        bullet.age += 1
        if bullet.age > tuning.life:
            world.bullets.despawn(handle)
    for bullet in world.bullets:
        bullet.pos += Vec2(fx("0.25"), 0)
    return len(world.bullets)


def start(world: World, tick: rs.Tick[Tuning]) -> None:
    for i in range(tick.players):
        world.ships[i].pos = Vec2(i * 10, tick.seed % 7)


def step(world: World, inputs: rs.Array[Pad], tick: rs.Tick[Tuning]) -> None:
    for i in range(tick.players):
        ship, pad = world.ships[i], inputs[i]
        thrust(ship, pad, tick.content)
        if pad.buttons & FIRE and fire(world, ship):
            ship.mood = Mood.ANGRY
            world.effects.emit(tick.frame, Kind.SHOT, i, ship.pos)
    lives: int = fly(world, tick.content)
    speed: Fixed = world.ships[0].vel.length()
    world.grid[tick.frame % 3, lives % 4] = int(speed)


game = rs.Game("typed", state=World, input=Pad, players=2, init=start, step=step,
               content=Tuning(accel=fx("0.125"), life=30))
