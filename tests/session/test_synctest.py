"""The sync test passes on what is right in every pair of ways, and names frame and field of what was broken on purpose."""

from __future__ import annotations

import random

import pytest

import rollstep as rs
from demo_game import game as fighter
from rollstep.state import xxh64
from rollstep.testing import Bot
from tests.games.box import World
from tests.games.box import game as box
from tests.games.edges import fractions, integers
from tests.games.nasty import TokenBot
from tests.games.nasty import game as nasty

PAIRS = [("compiled", None), ("interpreted", None), ("compiled", "interpreted"), ("interpreted", "compiled")]


def bots(game, players):
    return [TokenBot(player=p, delay=0) if game is nasty else Bot(game, player=p, seed=1) for p in range(players)]


def play(test, frames, players=None):
    """Advance with bots; the checksums after each frame."""
    hands, sums = players or bots(test.game, test.players), []
    for _ in range(frames):
        test.advance([hand.input(test.frame) for hand in hands])
        sums.append(test.checksum)
    return sums


@pytest.mark.parametrize(("way", "against"), PAIRS, ids=lambda way: str(way))
@pytest.mark.parametrize(("game", "players"), [(box, 3), (nasty, 2), (nasty, 4), (fighter, 2)], ids=lambda game: str(game))
def test_a_game_comes_out_the_same_however_it_is_rolled_back(game, players, way, against):
    test = rs.synctest(game, players=players, seed=9, way=way, against=against)
    sums = play(test, 300)
    assert test.frame == test.rollbacks == 300
    assert len(set(sums)) > 150, "the game hardly moved"
    rows = b"".join(b"".join(hand.input(frame) for hand in hands).ljust(game.row_size, b"\0")
                    for hands in [bots(game, players)] for frame in range(300))
    runner = game.runner("interpreted", players=players, seed=9)
    assert runner.run(runner.start(), rows, 0, 300) == sums


@pytest.mark.parametrize("game", [box, fighter], ids=str)
def test_the_checked_way_comes_out_the_same_too(game):
    play(rs.synctest(game, players=2, way="checked", against="compiled", max_distance=60), 300)


# ---------------------------------------------------------------------------- broken on purpose

class Broken:
    """A Runner around the real one, with a bug after each step: `bug(world, frame, calls)`."""

    def __init__(self, runner, bug):
        self.runner, self.bug, self.calls, self.frames = runner, bug, 0, []

    def start(self):
        return self.runner.start()

    def step(self, state, row, frame):
        self.runner.step(state, row, frame)
        self.calls += 1
        self.frames.append(frame)
        self.bug(World.view(state), frame, self.calls)

    def run(self, state, rows, first, count):
        sums, size = [], box.row_size
        for i in range(count):
            self.step(state, rows[i * size:(i + 1) * size], first + i)
            sums.append(xxh64(state))
        return sums


@pytest.fixture
def broken(monkeypatch):
    """A sync test of the box game whose two runners have these bugs."""
    def make(play_bug, again_bug, **options):
        real, made = box.runner, []
        bugs = iter((play_bug, again_bug))
        with monkeypatch.context() as patch:
            patch.setattr(box, "runner", lambda *a, **k: made.append(Broken(real(*a, **k), next(bugs))) or made[-1])
            return rs.synctest(box, players=2, **options), *made
    return make


def nothing(world, frame, calls):
    pass


def leak(world, frame, calls):
    """A counter that lives outside the struct, modulo 4: each runner counts its own calls."""
    world.boxes[1].bumps += calls % 4


@pytest.mark.parametrize("distance_seed", range(10))
def test_a_counter_that_is_kept_outside_the_struct_is_found(broken, distance_seed):
    test, *_ = broken(leak, leak, distance_seed=distance_seed)
    with pytest.raises(rs.Diverged) as caught:
        play(test, 20)
    error = caught.value
    assert error.path == "World.boxes[1].bumps" and error.ours != error.theirs
    assert 0 <= error.frame < test.frame <= 20
    assert str(error).startswith(f"frame {error.frame}: World.boxes[1].bumps is {error.ours} on one side, ")
    assert "resimulated from frame" in str(error)


def test_the_first_wrong_frame_of_a_long_test_is_named(broken):
    def at_100(world, frame, calls):
        if frame == 100:
            world.boxes[0].turn += 1
    test, *_ = broken(nothing, at_100)
    with pytest.raises(rs.Diverged) as caught:
        play(test, 200)
    error = caught.value
    assert (error.frame, error.path) == (100, "World.boxes[0].turn") and error.theirs == error.ours + 1
    assert 101 <= test.frame < 109


def test_a_field_that_nobody_plays_with_is_compared_as_well(broken):
    test, *_ = broken(nothing, lambda world, frame, calls: setattr(world.boxes[7], "bumps", frame % 2))
    with pytest.raises(rs.Diverged, match=r"World\.boxes\[7\]\.bumps is 0 on one side, 1 on the other"):
        play(test, 20)


def test_a_difference_that_has_healed_by_the_newest_frame_is_found_as_well(broken):
    def heals(world, frame, calls):
        world.boxes[7].bumps = frame < play_runner.frames[-1]
    test, play_runner, _ = broken(nothing, heals)
    with pytest.raises(rs.Diverged) as caught:
        play(test, 20)
    assert caught.value.path == "World.boxes[7].bumps" and caught.value.frame < test.frame - 1


def test_a_resimulation_that_raises_where_play_went_on_has_diverged(broken):
    def boom(world, frame, calls):
        if frame == 30:
            raise ValueError("never before")
    test, *_ = broken(nothing, boom)
    with pytest.raises(rs.Diverged, match=r"ValueError \(never before\)") as caught:
        play(test, 60)
    assert caught.value.frame == 30 and isinstance(caught.value.__cause__, ValueError)


def distances(broken, frames, **options):
    test, _, again = broken(nothing, nothing, **options)
    found = []
    hands = bots(box, 2)
    for frame in range(frames):
        again.frames.clear()
        play(test, 1, hands)
        assert again.frames == list(range(again.frames[0], frame + 1)), "resimulated up to the newest frame"
        found.append(len(again.frames))
    return found


def test_the_distance_is_drawn_anew_each_frame_up_to_its_limit(broken):
    found = distances(broken, 200)
    assert set(found[8:]) == set(range(1, 9)) and all(distance <= frame + 1 for frame, distance in enumerate(found))
    assert set(distances(broken, 20, max_distance=1)) == {1}
    assert max(distances(broken, 300, max_distance=60)) > 52
    assert found == distances(broken, 200) != distances(broken, 200, distance_seed=1)


def test_a_fixed_distance_goes_back_as_far_each_time_once_there_are_as_many_frames(broken):
    assert distances(broken, 20, distance=7) == [1, 2, 3, 4, 5, 6] + [7] * 14
    assert distances(broken, 3, distance=1) == [1, 1, 1]
    assert distances(broken, 70, distance=60) == [*range(1, 60), *[60] * 11]


@pytest.mark.parametrize("against", [None, "interpreted"], ids=str)
def test_a_game_comes_out_the_same_at_a_fixed_distance(against):
    at_random, fixed = rs.synctest(box, players=3, seed=9), rs.synctest(box, players=3, seed=9, distance=12, against=against)
    assert play(fixed, 200) == play(at_random, 200)


@pytest.mark.parametrize("frame", [40, 41, 46, 47])
def test_at_a_fixed_distance_the_frame_that_came_out_otherwise_is_named(broken, frame):
    """Wherever in the stretch it lies: here the resimulation after frame 47 goes wrong."""
    def later(world, at, calls):
        if at == frame and play_runner.frames[-1] == 47:
            world.boxes[1].bumps += 1
    test, play_runner, _ = broken(nothing, later, distance=8)
    with pytest.raises(rs.Diverged) as caught:
        play(test, 100)
    assert (caught.value.frame, caught.value.path) == (frame, "World.boxes[1].bumps")


def test_what_comes_out_right_when_it_is_looked_at_again_is_told_as_that(broken):
    """State outside of the struct: nothing can be shown but that the checksums were not alike."""
    def once(world, frame, calls):
        if calls == 200:
            world.boxes[1].bumps += 1
    test, *_ = broken(nothing, once, distance=8)
    with pytest.raises(rs.Diverged, match=r"World is [0-9a-f]{16} on one side, [0-9a-f]{16} on the other .*it came out right"):
        play(test, 100)


@pytest.mark.heavy
@pytest.mark.parametrize(("game", "options"), [
    (box, {"distance": 8}), (integers, {}), (fractions, {"distance": 3}), (box, {"distance": 1, "against": "interpreted"}),
], ids=["box 8 back", "integers at random", "fractions 3 back", "box against interpreted"])
def test_a_hundred_thousand_frames_come_out_the_same(game, options):
    test, draw = rs.synctest(game, players=2, seed=1, **options), random.Random(2)
    rows = [[draw.randbytes(game.input_size) for _ in range(2)] for _ in range(1000)]
    seen = set()
    for frame in range(100_000):
        test.advance(rows[frame % 997])
        seen.add(test.checksum)
    assert test.frame == test.rollbacks == 100_000 and len(seen) > 90_000


# ---------------------------------------------------------------------------- the step raises, the caller errs

@pytest.mark.parametrize("way", ["compiled", "interpreted"])
def test_a_step_that_raises_leaves_the_test_where_it_was(way):
    test, plain = (rs.synctest(nasty, players=2, way=way) for _ in range(2))
    hands = bots(nasty, 2)
    play(test, 40, hands)
    before = test.checksum
    with pytest.raises(ValueError, match="a token that nobody sent"):
        test.advance([hands[0].input(40), bytes((1, 99, 0, 0))])     # player 0 has moved by then
    assert (test.checksum, test.frame) == (before, 40)
    assert play(test, 20, hands) == play(plain, 60)[40:]


def test_the_state_is_there_to_be_looked_at_only():
    test = rs.synctest(box, players=2)
    before = bytes(test.state)
    play(test, 30)
    assert bytes(test.state) != before
    with pytest.raises(rs.UsageError, match="read-only"):
        test.state.boxes[0].bumps = 1


@pytest.mark.parametrize(("options", "words"), [
    ({"players": 1}, "box is for 2 to 8 players"), ({"players": 9}, "box is for"), ({"players": "2"}, "box is for"),
    ({"way": "fast"}, "way='fast'"), ({"against": "slow"}, "against='slow'"), ({"max_distance": 0}, "max_distance=0"),
    ({"max_distance": 61}, "max_distance=61: give a whole number from 1 to 60"),
    ({"max_distance": True}, "max_distance=True"),
    ({"max_distance": 2.0}, "max_distance=2.0"), ({"distance": 0}, "distance=0: give a whole number from 1 to 60"),
    ({"distance": 61}, "distance=61"), ({"distance": 2.0}, "distance=2.0"),
    ({"seed": 1 << 63}, "seed=9223372036854775808"), ({"seed": "1"}, "seed='1'"),
])
def test_bad_arguments_are_refused_in_one_line(options, words):
    with pytest.raises(rs.UsageError) as caught:
        rs.synctest(box, **{"players": 2, **options})
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("inputs", [[], [b"\0"], [b"\0"] * 3, [b"\0", b"\0\0"], [b"\0", None], [b"\0", 1], [b"", b"\0\0"]])
def test_inputs_that_are_none_are_refused_and_nothing_happens(inputs):
    test = rs.synctest(box, players=2)
    before = test.checksum
    with pytest.raises(rs.UsageError, match=r"one input per player|an input of box"):
        test.advance(inputs)
    assert (test.frame, test.rollbacks, test.checksum) == (0, 0, before)
    test.advance([b"\1", b"\2"])
    assert test.frame == 1


def test_an_illegal_enum_in_an_input_is_refused():
    test = rs.synctest(nasty, players=1)
    with pytest.raises(rs.UsageError, match="byte 2 is 7"):
        test.advance([bytes((0, 0, 7, 0))])


@pytest.mark.parametrize("distance_seed", [[1], None])
def test_a_seed_of_distances_that_is_none_is_refused(distance_seed):
    with pytest.raises(rs.UsageError, match="distance_seed"):
        rs.synctest(box, players=2, distance_seed=distance_seed)
