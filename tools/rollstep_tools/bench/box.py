"""The game of `rollstep bench core`: boxes that accelerate where they look. box.h has the same in C.

Each player costs one sine, one cosine and one square root per frame, whatever is pressed. The state is filled up to the size
that is asked for with bytes that no step touches: they are copied and summed like the rest.
"""

from __future__ import annotations

from typing import Any

import rollstep as rs
from rollstep import Fixed, cos, fx, i64, sin, sqrt, u8

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
PUSH = fx("0.25")
MOST = fx(7)
FRICTION = fx("0.98")
TURN = fx("0.04")
WIDTH, HEIGHT = fx(600), fx(800)
BOX_BYTES = 40


@rs.struct
class Box:
    x: Fixed
    y: Fixed
    vx: Fixed
    vy: Fixed
    turn: Fixed


@rs.struct
class Pad:
    buttons: u8


def init(world: Any, tick: Any) -> None:
    for i in range(tick.players):
        world.boxes[i].x = fx(150) + i * 100
        world.boxes[i].y = fx(200) + i * 120
        world.boxes[i].turn = fx(i)


@rs.sim
def drive(box: Any, buttons: Any) -> None:
    push = (buttons & UP) - (buttons >> 1 & 1)
    vx = box.vx * FRICTION + PUSH * cos(box.turn) * push
    vy = box.vy * FRICTION + PUSH * sin(box.turn) * push
    box.turn += TURN * ((buttons >> 3 & 1) - (buttons >> 2 & 1))
    speed = sqrt(vx * vx + vy * vy)
    if speed > MOST:
        vx = vx * MOST / speed
        vy = vy * MOST / speed
    box.x = min(max(box.x + vx, fx(0)), WIDTH)
    box.y = min(max(box.y + vy, fx(0)), HEIGHT)
    box.vx = vx
    box.vy = vy


def step(world: Any, inputs: Any, tick: Any) -> None:
    for i in range(tick.players):
        drive(world.boxes[i], inputs[i].buttons)


def game(players: int, state_bytes: int) -> rs.Game:
    """The game for that many players; state_bytes is a multiple of 8 that holds their boxes and at least 8 bytes more."""
    @rs.struct
    class World:
        boxes: rs.Array[Box] = rs.array(players)
        fill: rs.Array[i64] = rs.array((state_bytes - BOX_BYTES * players) // 8)

    made = rs.Game(f"boxes {players} {state_bytes}", state=World, input=Pad, players=players, init=init, step=step)
    assert made.state_size == state_bytes
    return made
