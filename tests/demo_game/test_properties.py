"""What is true of every fight: nobody leaves the stage, no side has an advantage, every way computes the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_game.rules import Act, Phase, game
from rollstep import Vec2

from .fight import ATTACK, BLOCK, EDGE, LEFT, RIGHT, TABLES, UP, Fight, facts, mirrored, mirrored_buttons


def brawl(fight, seed, frames):
    """Plays a fight between two who seek it; the buttons (a, b) after each frame."""
    draw = random.Random(seed)
    held = [0, 0]
    for _ in range(frames):
        towards = (RIGHT, LEFT) if fight.a.pos.x < fight.b.pos.x else (LEFT, RIGHT)
        for i in range(2):
            if draw.random() < 0.1:
                held[i] = draw.choice([towards[i], towards[i], LEFT, RIGHT, BLOCK, BLOCK, UP | towards[i], UP, 0, LEFT | RIGHT])
        buttons = [held[i] if held[i] == BLOCK else held[i] | draw.choice([0, 0, ATTACK]) for i in range(2)]
        fight.play(*buttons)
        yield buttons


def check(world, before):
    """What must hold after every frame."""
    for fighter, (wins, health) in zip(world.fighters, before, strict=True):
        assert -EDGE <= fighter.pos.x <= EDGE and 0 <= fighter.pos.y <= 80
        assert 0 <= fighter.health <= TABLES.health
        assert wins <= fighter.wins <= min(wins + 1, TABLES.rounds_to_win)
        assert fighter.health <= health or world.clock == TABLES.round_frames, "health came back within a round"
        assert fighter.facing in (-1, 1) and fighter.act in list(Act)
    assert 1 <= world.round <= 2 * TABLES.rounds_to_win - 1
    assert 0 <= world.clock <= TABLES.round_frames
    if world.phase == Phase.FIGHT:
        assert world.clock > 0 and all(fighter.health > 0 for fighter in world.fighters)
    if world.phase == Phase.DONE:
        assert max(fighter.wins for fighter in world.fighters) == TABLES.rounds_to_win


HELD = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(1, 40))


@settings(max_examples=60)
@given(st.lists(HELD, max_size=30), st.integers(1, TABLES.health), st.integers(1, TABLES.health), st.integers(1, 200))
def test_whatever_is_pressed_the_fight_keeps_to_its_rules(program, a_health, b_health, clock):
    fight = Fight()
    fight.a.health, fight.b.health, fight.world.clock = a_health, b_health, clock
    for a, b, frames in program:
        for _ in range(frames):
            before = [(fighter.wins, fighter.health) for fighter in fight.world.fighters]
            fight.play(a, b)
            check(fight.world, before)


@pytest.mark.parametrize("seed", range(3))
def test_a_brawl_is_fought_to_its_end_within_the_rules(seed):
    fight = Fight()
    before = [(0, TABLES.health)] * 2
    for _ in brawl(fight, seed, 8000):
        check(fight.world, before)
        before = [(fighter.wins, fighter.health) for fighter in fight.world.fighters]
    assert fight.world.phase == Phase.DONE
    assert fight.world.hits > 20 and fight.world.blocked >= 3


@pytest.mark.parametrize("seed", range(4))
def test_mirrored_buttons_give_the_mirrored_fight(seed):
    fight, mirror = Fight(), Fight()
    for a, b in brawl(fight, seed, 3000):
        mirror.play(mirrored_buttons(b), mirrored_buttons(a))
        assert mirrored(mirror.world) == facts(fight.world)
    assert fight.world.hits > 10


@pytest.mark.parametrize("facing", [(1, 1), (-1, -1), (1, -1)])
@pytest.mark.parametrize("upper", ["a", "b"])
def test_landing_in_the_middle_of_the_other_gives_no_side_an_advantage(upper, facing):
    fight, mirror = Fight(), Fight()
    for one, (upper_one, lower_one), facings in (
            (fight, (fight.a, fight.b) if upper == "a" else (fight.b, fight.a), facing),
            (mirror, (mirror.b, mirror.a) if upper == "a" else (mirror.a, mirror.b), (-facing[1], -facing[0]))):
        one.stand(0, 0)
        upper_one.pos, upper_one.act = Vec2(0, TABLES.height), Act.JUMP
        one.a.facing, one.b.facing = facings
        assert lower_one.pos.y == 0
        for _ in range(40):
            one.play()
    assert mirrored(mirror.world) == facts(fight.world)
    assert fight.a.pos.x != fight.b.pos.x


def test_three_thousand_frames_are_the_same_compiled_checked_and_interpreted():
    rows = b"".join(bytes(buttons) for buttons in brawl(Fight("compiled"), 7, 3000))
    sums = {}
    for way in ("compiled", "checked", "interpreted"):
        runner = game.runner(way, players=2, seed=7)
        sums[way] = runner.run(runner.start(), rows, 0, 3000)
    assert sums["compiled"] == sums["checked"] == sums["interpreted"]
    assert len(set(sums["compiled"])) == 3000
