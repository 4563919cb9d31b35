"""Boxes for two to eight players: they move, turn, bump into each other. About 40 lines, every kind of arithmetic."""

import rollstep as rs
from rollstep import Fixed, Vec2, cos, fx, i32, sin, u8

LEFT, RIGHT, UP, DOWN = 1, 2, 4, 8
HALF = fx(50)


@rs.struct
class Box:
    pos: Vec2
    vel: Vec2
    turn: Fixed
    bumps: i32


@rs.struct
class World:
    boxes: rs.Array[Box] = rs.array(8)


@rs.struct
class Pad:
    buttons: u8


def init(world, tick):
    for i in range(tick.players):
        world.boxes[i].pos = Vec2(i * 12 - 40, (tick.seed + i * 7) % 30)


@rs.sim
def bounce(box):
    if abs(box.pos.x) > HALF or abs(box.pos.y) > HALF:
        box.vel = -box.vel
        box.pos = Vec2(max(min(box.pos.x, HALF), -HALF), max(min(box.pos.y, HALF), -HALF))


def step(world, inputs, tick):
    for i in range(tick.players):
        box, buttons = world.boxes[i], inputs[i].buttons
        if buttons & LEFT:
            box.turn -= fx("0.1")
        if buttons & RIGHT:
            box.turn += fx("0.1")
        if buttons & (UP | DOWN):
            box.vel += Vec2(cos(box.turn), sin(box.turn)) * (fx("0.05") if buttons & UP else fx("-0.05"))
        box.vel = box.vel * fx("0.98")
        box.pos += box.vel
        bounce(box)
        for j in range(i):
            gap = box.pos - world.boxes[j].pos
            if gap.length() < 2:
                box.vel += gap / 4
                box.bumps += 1


game = rs.Game("box", state=World, input=Pad, players=(2, 8), init=init, step=step)
