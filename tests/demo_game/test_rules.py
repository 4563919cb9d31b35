"""The fighter's rules as scenarios, each in the compiled and the interpreted way."""

from __future__ import annotations

import pytest

from demo_game.rules import Act, Phase
from rollstep import Vec2, fx

from .fight import ATTACK, BLOCK, EDGE, LEFT, RIGHT, STRIKE_FRAMES, TABLES, UP, Fight, facts

REACTION = TABLES.startup          # the frame of a strike, counted from the press as 1, on which it can hit first


@pytest.fixture(params=["interpreted", "compiled"])
def fight(request):
    return Fight(request.param)


# ---------------------------------------------------------------------------- moving

def test_walking_goes_on_at_one_speed_until_the_wall(fight):
    frames = 0
    while fight.a.pos.x > -EDGE:
        before = fight.a.pos.x
        fight.play(LEFT, RIGHT)
        frames += 1
        assert fight.a.pos.x == max(before - TABLES.walk, -EDGE)
        assert fight.b.pos.x == -fight.a.pos.x and fight.a.act == Act.WALK
    assert frames == 53
    fight.play(LEFT, RIGHT, frames=30)
    assert (fight.a.pos, fight.b.pos) == (Vec2(-EDGE, 0), Vec2(EDGE, 0))


def test_left_and_right_together_are_neither(fight):
    fight.play(LEFT | RIGHT, frames=10)
    assert fight.a.act == Act.STAND and fight.a.pos == Vec2(-TABLES.start_x, 0)


def test_two_who_walk_into_each_other_stop_body_at_body(fight):
    for _ in range(120):
        fight.play(RIGHT, LEFT)
        assert fight.b.pos.x - fight.a.pos.x >= 2 * TABLES.body_half
    assert (fight.a.pos.x, fight.b.pos.x) == (-TABLES.body_half, TABLES.body_half)


@pytest.mark.parametrize(("buttons", "speed"), [(UP, fx(0)), (UP | LEFT, -TABLES.air_walk), (UP | RIGHT, TABLES.air_walk)])
def test_a_jump_is_a_parabola_that_lands_where_it_must(fight, buttons, speed):
    height, up, x = fx(0), TABLES.jump, fight.a.pos.x
    for frame in range(60):
        fight.play(buttons if frame == 0 else 0)
        up -= TABLES.gravity
        height, x = height + up, x + speed
        if height <= 0:
            break
        assert fight.a.pos == Vec2(x, height) and fight.a.act == Act.JUMP
    assert frame == 32
    assert fight.a.pos == Vec2(x, 0) and fight.a.act == Act.STAND


def test_a_fighter_in_the_air_cannot_turn_in_its_flight(fight):
    fight.play(UP | RIGHT)
    fight.play(LEFT, frames=10)
    assert fight.a.vel.x == TABLES.air_walk


def test_one_who_jumps_over_the_other_turns_round_after_landing(fight):
    fight.stand(-15, 15)
    fight.play(UP | RIGHT)
    fight.play(frames=60)
    assert fight.a.pos.x > fight.b.pos.x and (fight.a.facing, fight.b.facing) == (-1, 1)


# ---------------------------------------------------------------------------- the strike

def test_a_strike_has_startup_active_and_recovery_frames_as_in_the_tables(fight):
    fight.stand(-20, 20)
    fight.play(ATTACK, frames=REACTION - 1)
    assert fight.b.health == TABLES.health and fight.a.act == Act.STRIKE
    fight.play(ATTACK)
    assert fight.b.health == TABLES.health - TABLES.damage and fight.b.act == Act.HIT
    fight.play(ATTACK, frames=STRIKE_FRAMES - REACTION - 1)
    assert fight.a.act == Act.STRIKE and fight.a.since == STRIKE_FRAMES - 1
    fight.play(ATTACK)
    assert fight.a.act == Act.STAND
    fight.play(ATTACK, frames=50)
    assert fight.world.hits == 1, "a held button strikes once"


@pytest.mark.parametrize("frame", range(1, STRIKE_FRAMES + 1))
def test_a_strike_hits_on_its_active_frames_alone(fight, frame):
    fight.stand(-100, 100)
    fight.play(ATTACK, frames=frame - 1)
    fight.stand(-20, 20)
    fight.play(ATTACK)
    assert (fight.world.hits == 1) == (TABLES.startup <= frame < TABLES.startup + TABLES.active)


@pytest.mark.parametrize(("gap", "height", "hits"), [
    (TABLES.reach, 0, 1), (TABLES.reach + fx("0.01"), 0, 0),
    (fx(30), TABLES.height - fx("0.01"), 1), (fx(30), TABLES.height, 0),
])
def test_a_strike_reaches_as_far_and_as_high_as_in_the_tables(fight, gap, height, hits):
    fight.play(ATTACK, frames=REACTION - 1)
    fight.stand(0, gap)
    if height:
        fight.b.pos, fight.b.act, fight.b.vel = Vec2(gap, height), Act.JUMP, Vec2(0, TABLES.gravity)   # hangs for a frame
    fight.play(ATTACK)
    assert fight.world.hits == hits


def test_nobody_hits_behind_the_back(fight):
    fight.play(ATTACK, frames=REACTION - 1)
    fight.stand(0, -40)
    fight.play(ATTACK, frames=TABLES.active)
    assert fight.a.facing == 1 and fight.world.hits == 0


def test_one_strike_hits_once_however_long_the_other_stays_in_reach(fight):
    fight.stand(-14, 14)
    fight.play(ATTACK)
    for frame in range(2, TABLES.startup + TABLES.active):
        fight.play()
        if frame >= REACTION:
            assert 0 <= fight.b.pos.x - fight.a.pos.x <= TABLES.reach
    assert fight.world.hits == 1 and fight.b.health == TABLES.health - TABLES.damage


def test_who_is_hit_is_pushed_away_and_free_again_after_the_hitstun(fight):
    fight.stand(-20, 20)
    fight.play(ATTACK, frames=REACTION)
    fight.play(0, LEFT, frames=TABLES.hitstun - 1)
    assert fight.b.act == Act.HIT and fight.b.pos.x > 20
    fight.play(0, LEFT, frames=2)
    assert fight.b.act == Act.WALK


def test_both_who_strike_at_once_are_both_hit(fight):
    fight.stand(-20, 20)
    fight.play(ATTACK, ATTACK, frames=REACTION)
    assert [f.act for f in (fight.a, fight.b)] == [Act.HIT, Act.HIT]
    assert fight.a.health == fight.b.health == TABLES.health - TABLES.damage


# ---------------------------------------------------------------------------- the block

def test_a_block_takes_the_chip_damage_only_and_a_shorter_stun(fight):
    fight.stand(-20, 20)
    fight.play(ATTACK, BLOCK, frames=REACTION)
    assert fight.b.health == TABLES.health - TABLES.chip and fight.b.act == Act.GUARD_HIT
    assert (fight.world.hits, fight.world.blocked) == (0, 1)
    fight.play(0, LEFT, frames=TABLES.blockstun + 1)
    assert fight.b.act == Act.WALK


@pytest.mark.parametrize("act", [Act.GUARD_HIT, Act.GUARD])
def test_a_block_that_faces_away_from_the_strike_is_none(fight, act):
    fight.play(ATTACK, frames=REACTION - 1)
    fight.stand(-20, 20)
    fight.b.act, fight.b.facing = act, 1
    if act == Act.GUARD:        # a free fighter turns before it is hit, so that its guard is good
        fight.play(ATTACK, BLOCK)
        assert fight.b.health == TABLES.health - TABLES.chip
    else:                       # one in the stun of its last block cannot turn
        fight.play(ATTACK, BLOCK)
        assert fight.b.health == TABLES.health - TABLES.damage and fight.b.act == Act.HIT


def test_there_is_no_block_in_the_air(fight):
    fight.play(0, UP)
    fight.play(0, BLOCK, frames=5)
    assert fight.b.act == Act.JUMP


# ---------------------------------------------------------------------------- rounds

def strike_down(fight, *, left=True):
    """One of them, with little health, is hit."""
    fight.stand(-20, 20)
    (fight.b if left else fight.a).health = 1
    fight.play(ATTACK if left else 0, 0 if left else ATTACK, frames=REACTION)


def test_a_knock_out_ends_the_round_and_health_is_never_below_zero(fight):
    strike_down(fight)
    assert fight.b.health == 0 and (fight.a.wins, fight.b.wins) == (1, 0)
    assert (fight.a.act, fight.b.act) == (Act.CHEER, Act.DOWN)
    assert fight.world.phase == Phase.PAUSE and fight.world.clock == TABLES.pause_frames


def test_buttons_do_nothing_in_the_pause_and_then_the_next_round_starts_afresh(fight):
    strike_down(fight)
    fight.play(RIGHT | ATTACK, LEFT | ATTACK, frames=TABLES.pause_frames - 1)
    assert fight.world.phase == Phase.PAUSE and fight.world.round == 1 and fight.a.act == Act.CHEER
    fight.play()
    assert fight.world.phase == Phase.FIGHT and fight.world.round == 2 and fight.world.clock == TABLES.round_frames
    assert [f.health for f in fight.world.fighters] == [TABLES.health] * 2
    assert (fight.a.pos, fight.b.pos) == (Vec2(-TABLES.start_x, 0), Vec2(TABLES.start_x, 0))


def test_a_button_let_go_in_the_pause_strikes_on_the_first_frame_of_the_next_round_and_a_held_one_does_not(fight):
    strike_down(fight)
    fight.play(0, ATTACK, frames=TABLES.pause_frames)
    assert fight.world.phase == Phase.FIGHT
    fight.play(ATTACK, ATTACK)
    assert (fight.a.act, fight.b.act) == (Act.STRIKE, Act.STAND)


def test_even_the_chip_damage_of_a_block_knocks_out(fight):
    fight.stand(-20, 20)
    fight.b.health = TABLES.chip
    fight.play(ATTACK, BLOCK, frames=REACTION)
    assert fight.b.health == 0 and fight.a.wins == 1


@pytest.mark.parametrize("health", [(1, 1), (1, TABLES.damage), (TABLES.damage - 1, 5)])
def test_a_double_knock_out_is_a_win_for_both_whatever_health_was_left(fight, health):
    fight.stand(-20, 20)
    fight.a.health, fight.b.health = health
    fight.play(ATTACK, ATTACK, frames=REACTION)
    assert [(f.health, f.wins, f.act) for f in fight.world.fighters] == [(0, 1, Act.DOWN)] * 2


@pytest.mark.parametrize(("health", "wins", "acts"), [
    ((500, 499), (1, 0), (Act.CHEER, Act.DOWN)), ((1, 500), (0, 1), (Act.DOWN, Act.CHEER)), ((7, 7), (1, 1), (Act.CHEER,) * 2),
])
def test_when_time_is_over_more_health_wins_and_a_tie_is_a_win_for_both(fight, health, wins, acts):
    fight.a.health, fight.b.health = health
    fight.play(frames=TABLES.round_frames - 1)
    assert fight.world.phase == Phase.FIGHT and fight.world.clock == 1
    fight.play()
    assert fight.world.phase == Phase.PAUSE
    assert ((fight.a.wins, fight.b.wins), (fight.a.act, fight.b.act)) == (wins, acts)


def test_who_walked_when_time_ran_out_does_not_slide_away(fight):
    fight.world.clock = 10
    fight.play(LEFT, RIGHT, frames=10)
    place = fight.a.pos.x
    fight.play(frames=TABLES.pause_frames - 1)
    assert fight.a.act == Act.CHEER
    assert place - fight.a.pos.x < 8 * TABLES.walk and fight.a.vel.x > fx("-0.01")


@pytest.mark.parametrize("winners", ["aa", "bb", "aba", "baa", "abb"])
def test_best_of_three_ends_the_match_and_the_world_stays_still_after_it(fight, winners):
    for number, winner in enumerate(winners, 1):
        assert fight.world.phase == Phase.FIGHT and fight.world.round == number
        strike_down(fight, left=winner == "a")
        fight.play(frames=TABLES.pause_frames)
    assert fight.world.phase == Phase.DONE
    assert (fight.a.wins, fight.b.wins) == (winners.count("a"), winners.count("b"))

    def still():
        *rest, fighters = facts(fight.world)
        return rest, [(round(x.to_float(), 2), y, health, wins, act) for x, y, _, _, _, act, _, _, _, health, wins in fighters]
    before = still()
    for frame in range(300):
        fight.play(frame & 31, frame * 7 & 31)
    assert still() == before
