"""A game whose step computes functions of numbers, many at once: what `rollstep audit --numbers` measures is what plays."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import rollstep as rs
from rollstep import Fixed, i64, u8

SIZE = 16_384


@rs.struct
class Desk:
    count: i64
    x: rs.Array[Fixed] = rs.array(SIZE)
    y: rs.Array[Fixed] = rs.array(SIZE)
    out: rs.Array[Fixed] = rs.array(SIZE)


@rs.struct
class Choice:
    case: u8


CASES = ("*", "/", "sqrt", "hypot", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "log2", "log", "exp2", "exp", "pow",
         "pow to an int")


@rs.sim
def compute(case: int, x: Fixed, y: Fixed) -> Fixed:
    if case == 0:
        return x * y
    if case == 1:
        return x / y
    if case == 2:
        return rs.sqrt(x)
    if case == 3:
        return rs.hypot(x, y)
    if case == 4:
        return rs.sin(x)
    if case == 5:
        return rs.cos(x)
    if case == 6:
        return rs.tan(x)
    if case == 7:
        return rs.asin(x)
    if case == 8:
        return rs.acos(x)
    if case == 9:
        return rs.atan(x)
    if case == 10:
        return rs.atan2(x, y)
    if case == 11:
        return rs.log2(x)
    if case == 12:
        return rs.log(x)
    if case == 13:
        return rs.exp2(x)
    if case == 14:
        return rs.exp(x)
    if case == 15:
        return rs.pow(x, y)
    return rs.pow(x, y.raw)


def init(desk: Desk, tick: Any) -> None:
    pass


def step(desk: Desk, inputs: Any, tick: Any) -> None:
    for i in range(desk.count):
        desk.out[i] = compute(inputs[0].case, desk.x[i], desk.y[i])


game = rs.Game("numbers", state=Desk, input=Choice, players=1, init=init, step=step)


class Probe:
    """The compiled game over plain numbers."""

    def __init__(self) -> None:
        self._runner = game.runner("compiled", players=1, seed=0)

    def run(self, name: str, inputs: Sequence[tuple[int, ...]]) -> list[int]:
        """The raws of a function (one of CASES) for up to SIZE inputs of one or two raws; raises what the function raises."""
        state, fields = bytearray(game.state_size), {field.name: field.offset for field in game.state.layout.fields}
        count = len(inputs)
        struct.pack_into("<q", state, fields["count"], count)
        for place, column in zip("xy", zip(*inputs, strict=True), strict=False):
            struct.pack_into(f"<{count}q", state, fields[place], *column)
        self._runner.step(state, bytes([CASES.index(name)]), 0)
        return list(struct.unpack_from(f"<{count}q", state, fields["out"]))
