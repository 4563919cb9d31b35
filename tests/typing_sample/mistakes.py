"""What a type checker must find: each line that ends in `# wrong` is one mistake, the others are none."""

from __future__ import annotations

import rollstep as rs
from rollstep import Fixed, fx

from .game import Kind, Pad, Tuning, World


def step(world: World, inputs: rs.Array[Pad], tick: rs.Tick[Tuning]) -> None:
    ship = world.ships[0]
    ship.pos = 3  # wrong
    ship.hest = 3  # wrong
    ship.guns[0].heat = fx("0.5")  # wrong
    world.ships[0] = inputs[0]  # wrong
    accel: int = tick.content.accel  # wrong
    tick.content.mass  # wrong
    tick.frame = 3  # wrong
    lives: Fixed = len(world.bullets)  # wrong
    world.bullets[0].speed  # wrong
    world.bullets.spawn(3)  # wrong
    world.effects.emit(tick.frame, 3, 0, ship.pos)  # wrong
    world.effects.emit(tick.frame, Kind.SHOT)  # wrong
    world.effects.emitted = 3  # wrong
    for effect in world.effects:
        effect.data.plaice  # wrong
        effect.data.place = effect.kind  # wrong
    half = ship.vel * 0.5  # wrong
    ship.vel = ship.vel * fx("0.5")
    ship.vel = ship.vel * 2


tuning = Tuning(accel=fx("0.125"), lives=30)  # wrong
