"""Nasty on purpose: edge integers, nested arrays, enums, inputs used as an index, a step that raises on a wrong guess.

Its `token` must be what `token(frame)` says: a confirmed input always is, a predicted one is not whenever the
token has just changed. So the step raises on mispredicted frames only, and the session must stall there, not fall.
"""

import enum

import rollstep as rs
from rollstep import Fixed, Vec2, fx, i8, i16, i32, i64, sqrt, u8, u16, u32, u64
from rollstep.testing import Bot

TOKEN_FRAMES = 16


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 3
    WILD = 200


@rs.struct
class Cell:
    small: i8
    word: u16
    wide: u32
    mood: Mood
    lit: bool


@rs.struct
class Board:
    cells: rs.Array[Cell] = rs.array(3, 4)
    marks: rs.Array[i16] = rs.array(2, 2, 2)


@rs.struct
class World:
    boards: rs.Array[Board] = rs.array(2)
    low: i64
    high: u64
    mixed: i32
    number: Fixed
    place: Vec2


@rs.struct
class Pad:
    index: u8
    token: u8
    mood: Mood
    push: bool


def token(frame):
    """What a pad's token must be in a frame."""
    return frame // TOKEN_FRAMES & 255


def init(world, tick):
    world.low = -(1 << 63)
    world.high = (1 << 63) - 1
    world.number = fx("2147483647.5")
    for i in range(2):
        for cell in world.boards[i].cells:
            for part in cell:
                part.mood = Mood.ANGRY


@rs.sim
def churn(cell, amount):
    cell.small += amount
    cell.word = cell.word * 3 - amount
    cell.wide ^= cell.wide << 7 | amount
    cell.lit = not cell.lit
    cell.mood = Mood.WILD if cell.small < 0 else Mood.CALM


def step(world, inputs, tick):
    for i in range(tick.players):
        pad = inputs[i]
        if pad.token != (tick.frame // TOKEN_FRAMES & 255):
            raise ValueError("a token that nobody sent")
        board = world.boards[i % 2]
        row, column = pad.index % 3, (pad.index >> 2) % 4
        churn(board.cells[row, column], pad.index - 100)
        board.marks[i % 2, row % 2, column % 2] += -1 if pad.push else 1
        if pad.mood == Mood.WILD:
            world.low = world.low // -1 - tick.frame
            world.high = ~world.high * 3 >> 1
        world.mixed += int(world.number) % 7 + (pad.index << 65)
        world.number = world.number * fx("-1.0001") + (1 if pad.push else -2)
        world.place = (world.place + Vec2(pad.index, world.number % 3)) / fx("1.01")
        if world.place.length() > 500:
            world.place = Vec2(sqrt(abs(world.number) % 1000), 0)


game = rs.Game("nasty", state=World, input=Pad, players=(1, 4), init=init, step=step)


class TokenBot(Bot):
    """Plays it: the token is always that of the frame for which an input is meant."""

    def __init__(self, *, player: int, delay: int, seed: int = 3) -> None:
        super().__init__(game, player=player, seed=seed)
        self._delay = delay

    def input(self, frame: int) -> bytes:
        pad = Pad.view(bytearray(super().input(frame)))
        pad.token = token(frame + self._delay)
        return bytes(pad)
