"""The bots: as deterministic as buttons, each level stronger than the one below, none of them idle."""

from __future__ import annotations

from collections import Counter

import pytest

from demo_game import game
from demo_game.world import Act, Level, Move, Pad, Phase, World

from .fight import Fight, T

EASY, MEDIUM, HARD = Level.EASY, Level.MEDIUM, Level.HARD


def play_match(levels, seed, limit=30_000):
    """Two bots until the match is over: the fight, and what each player's acts were."""
    fight = Fight("compiled", seed=seed)
    acts: list[Counter] = [Counter(), Counter()]
    while fight.world.phase != Phase.DONE:
        fight.play(bots=levels)
        assert fight.frame < limit, "the match goes on for ever"
        for count, fighter in zip(acts, fight.world.fighters, strict=True):
            if fighter.since == 1 or (fighter.since == 0 and fighter.act == Act.BLOCK and fighter.freeze > 0):
                count[Move(fighter.move) if fighter.act == Act.ATTACK else Act(fighter.act)] += 1
    return fight, acts


@pytest.mark.parametrize(("better", "worse"), [(HARD, EASY), (HARD, MEDIUM), (MEDIUM, EASY)])
def test_the_stronger_bot_wins_nearly_always(better, worse):
    won = 0
    for seed in range(8):
        side = seed & 1
        fight, _ = play_match((better, worse) if side == 0 else (worse, better), seed)
        won += fight.world.fighters[side].wins > fight.world.fighters[1 - side].wins
    assert won >= 7


@pytest.mark.parametrize("level", [EASY, MEDIUM, HARD])
def test_a_bot_uses_all_that_it_has(level):
    """Over a few matches against its like: blows, chains, shots, throws, jumps, guards, and matches of a good length."""
    acts: Counter = Counter()
    for seed in range(3):
        fight, both = play_match((level, level), seed)
        acts += both[0] + both[1]
        assert 1500 < fight.frame < 25_000
        assert fight.world.hits > 20 and fight.world.blocked > 3
    for what in (Move.FAST, Move.HEAVY, Move.LOW_FAST, Move.LOW_HEAVY, Move.AIR_HEAVY, Move.SHOT, Act.HOLD, Act.THROWN,
                 Act.JUMP, Act.WALK, Act.RETREAT, Act.CROUCH, Act.BLOCK, Act.HIT, Act.LYING):
        assert acts[what] > 0, what


@pytest.mark.parametrize("level", [EASY, MEDIUM, HARD])
def test_a_bot_beats_one_who_does_nothing_and_asks_for_another_match(level):
    fight = Fight("compiled", seed=level)
    while fight.world.phase != Phase.DONE:
        fight.play(bots=(Level.HUMAN, level))
        assert fight.frame < 12_000
    assert fight.b.wins == 2
    for _ in range(100):
        fight.play(bots=(Level.HUMAN, level))
    assert fight.b.ready and not fight.a.ready


def test_two_bots_play_match_after_match():
    fight = Fight("compiled", seed=3)
    fight.play(frames=20_000, bots=(HARD, HARD))
    assert fight.world.matches >= 3


@pytest.mark.parametrize("buttons", [0, 255, T])
def test_what_is_pressed_at_a_bots_pad_does_not_matter(buttons):
    one, other = Fight("compiled", seed=4), Fight("compiled", seed=4)
    one.play(0, 0, frames=2000, bots=(MEDIUM, HARD))
    other.play(buttons, buttons, frames=2000, bots=(MEDIUM, HARD))
    assert one.memory == other.memory


def test_the_same_seed_gives_the_same_match_and_another_seed_another():
    ends = [bytes(play_match((MEDIUM, MEDIUM), seed)[0].memory) for seed in (1, 1, 2)]
    assert ends[0] == ends[1] != ends[2]


def test_a_bot_goes_on_from_any_state_as_if_it_had_played_it():
    """Its buttons follow from world and tick alone: a runner that never saw the first half plays the same second half."""
    row = bytes(Pad(bot=HARD)) + bytes(Pad(bot=EASY))
    whole = game.runner("compiled", players=2, seed=9)
    state = whole.start()
    whole.run(state, row * 700, 0, 700)
    half = bytearray(state)
    sums = whole.run(state, row * 700, 700, 700)
    assert game.runner("interpreted", players=2, seed=9).run(half, row * 700, 700, 700) == sums
    assert World.view(state).hits > 0


def test_a_bot_takes_over_and_gives_back_in_the_middle_of_a_fight():
    fight = Fight("compiled", seed=6)
    fight.play(frames=300, bots=(HARD, Level.HUMAN))
    assert fight.world.hits > 0
    fight.play(frames=120)
    assert fight.a.act == Act.STAND and fight.a.held == 0
