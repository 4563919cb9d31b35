"""A state as floats: what drawing reads, without a copy."""

import enum
import math

import pytest

import rollstep as rs
from rollstep import Angle, Fixed, Vec2, fx, i16


class Mood(enum.IntEnum):
    CALM = 0
    WILD = 5


@rs.struct
class Ship:
    pos: Vec2
    turn: Angle
    heat: i16
    mood: Mood
    on: bool


@rs.struct
class World:
    speed: Fixed
    ships: rs.Array[Ship] = rs.array(2)
    grid: rs.Array[Fixed] = rs.array(2, 3)


def test_the_same_names_give_floats_of_the_same_bytes():
    world = World(speed=fx("-1.25"))
    shown = rs.floats(world)
    world.ships[1].pos = Vec2(fx("0.5"), -3)               # after the view was made: nothing is copied
    world.ships[1].turn = Angle.degrees(180)
    world.ships[1].heat, world.ships[1].mood, world.ships[1].on = -7, Mood.WILD, True
    world.grid[1, 2] = fx("0.75")
    ship = shown.ships[1]
    assert shown.speed == -1.25 and ship.pos == (0.5, -3.0) and ship.pos.x == 0.5 and math.isclose(ship.turn, math.pi)
    assert (ship.heat, ship.mood, ship.on) == (-7, Mood.WILD, True) and ship.mood is Mood.WILD
    assert shown.grid[1, 2] == shown.grid[1][2] == 0.75 and len(shown.grid) == 2 and [s.heat for s in shown.ships] == [0, -7]
    assert repr(shown.grid) == "[[0.0, 0.0, 0.0], [0.0, 0.0, 0.75]]"
    assert (rs.floats(fx("0.5")), rs.floats(3)) == (0.5, 3)


def test_nothing_is_written_through_it_and_a_wrong_name_is_an_attribute_error():
    shown = rs.floats(World())
    with pytest.raises(AttributeError):
        shown.speed = 1.0
    with pytest.raises(TypeError):
        shown.grid[0, 0] = 1.0
    with pytest.raises(AttributeError, match="sped"):
        _ = shown.sped
