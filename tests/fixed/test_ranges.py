"""range in a step: Python's, three ways alike, up to the ends of 64 bits."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import rollstep as rs

LOW, HIGH = -(1 << 63), (1 << 63) - 1
EDGES = [LOW, LOW + 1, -(1 << 62), -3, -1, 0, 1, 2, 7, 1 << 62, HIGH - 1, HIGH]


@rs.struct
class World:
    start: rs.i64
    stop: rs.i64
    step: rs.i64
    count: rs.i64
    last: rs.i64
    of_stop: rs.i64
    of_both: rs.i64


@rs.struct
class Pad:
    buttons: rs.u8


def init(world, tick):
    pass


def step(world, inputs, tick):
    for i in range(world.start, world.stop, world.step):
        world.count += 1
        world.last = i
        if world.count == 9:
            break
    for i in range(world.stop):
        world.of_stop = i
        if i == 5:
            break
    if world.step == 1:
        for i in range(world.start, world.stop):
            world.of_both += i & 7
            if world.of_both > 20:
                break


GAME = rs.Game("ranges", state=World, input=Pad, players=1, init=init, step=step)


@pytest.fixture(scope="module")
def runners():
    return [GAME.runner(way, players=1, seed=0) for way in ("compiled", "checked", "interpreted")]


numbers = st.one_of(st.sampled_from(EDGES), st.integers(LOW, HIGH), st.integers(-9, 9))


@given(numbers, numbers, numbers)
@example(0, LOW, -1)                # the processor traps on -2**63 // -1
@example(LOW, HIGH, 1)
@example(HIGH, LOW, 1)
@example(HIGH, LOW, LOW)
@example(3, 4, 0)
def test_a_range_counts_alike_in_all_ways_or_raises_in_all(runners, start, stop, by):
    seen = []
    for runner in runners:
        state = bytearray(GAME.state_size)
        world = World.view(state)
        world.start, world.stop, world.step = start, stop, by
        try:
            runner.step(state, bytes(1), 0)
        except ValueError as error:
            seen.append((type(error), str(error)))
        else:
            seen.append((bytes(state), ""))
    assert seen[0] == seen[1] == seen[2]
    if by == 0 or (len(wanted := range(start, stop, by)[:9]) and abs(stop - start) > HIGH):
        assert seen[0][0] is ValueError
    else:
        world = World.view(bytearray(seen[0][0]))
        assert world.count == len(wanted) and (not wanted or world.last == wanted[-1])


def test_a_range_too_long_says_so():
    runner = GAME.runner("compiled", players=1, seed=0)
    state = bytearray(GAME.state_size)
    world = World.view(state)
    world.start, world.stop, world.step = LOW, HIGH, 3
    with pytest.raises(ValueError, match=r"range\(-9223372036854775808, 9223372036854775807, 3\): its ends are more than"):
        runner.step(state, bytes(1), 0)
