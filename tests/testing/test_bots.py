"""Bots play any game: legal inputs, held for a while, the same for the same seed."""

import itertools

import pytest

from rollstep.testing import Bot
from rollstep.testing.bots import LONGEST_HOLD
from tests.games import box, nasty

GAMES = pytest.mark.parametrize("game", [box.game, nasty.game])


def inputs(game, frames=2000, **options):
    bot = Bot(game, **{"player": 0, "seed": 1, **options})
    return [bot.input(f) for f in range(frames)]


@GAMES
def test_the_same_seed_and_player_give_the_same_inputs_and_others_give_others(game):
    assert inputs(game) == inputs(game)
    assert len({tuple(inputs(game, player=p, seed=s)) for p in range(4) for s in range(4)}) == 16


@GAMES
def test_every_input_is_legal_and_every_legal_enum_and_bool_byte_is_played(game):
    played = inputs(game)
    for data in played:
        assert game.input_bytes(data) == data
    for at, legal in enumerate(game.input.layout.legal_bytes()):
        seen = {data[at] for data in played}
        assert seen == legal if legal is not None else len(seen) > 30


@GAMES
def test_inputs_are_held_as_people_hold_keys(game):
    played = inputs(game, 5000)
    changes = [f for f in range(1, 5000) if played[f] != played[f - 1]]
    holds = [b - a for a, b in itertools.pairwise(changes)]
    assert 5000 / (LONGEST_HOLD / 2 + 3) < len(changes) < 5000 / (LONGEST_HOLD / 2 - 2)
    assert min(holds) < 3 and sorted(holds)[-5] > LONGEST_HOLD - 4
    assert sorted(holds)[len(holds) * 9 // 10] <= LONGEST_HOLD


@GAMES
def test_a_frame_may_be_asked_for_many_times_and_frames_may_be_left_out(game):
    straight, bot = inputs(game, 400), Bot(game, player=0, seed=1)
    for f in range(0, 400, 7):
        assert [bot.input(f) for _ in range(3)] == [straight[f]] * 3
