"""Throws: whom they reach, how one gets out of them, where they end."""

from __future__ import annotations

import pytest

from demo_game.rules.combat import BREAK_FRAMES
from demo_game.world import Act, Effect, Move, Phase
from rollstep import Vec2

from .fight import BODY, EDGE, TABLES, D, F, Fight, H, L, R, T, U, frames_of

THROW = TABLES.moves[Move.THROW]


def grabbed(fight):
    """Player 0 has grabbed the other."""
    fight.close().begin(Move.THROW)
    fight.play(frames=THROW.startup - 1)
    assert (fight.a.act, fight.b.act) == (Act.HOLD, Act.THROWN) and Effect.GRAB in fight.effects()
    return fight


def test_a_throw_takes_its_damage_when_it_ends_and_knocks_down(fight):
    grabbed(fight)
    fight.play(frames=THROW.hitstun - 1)
    assert fight.b.health == BODY.health and fight.b.act == Act.THROWN
    fight.play()
    assert fight.b.health == BODY.health - THROW.damage and fight.b.act == Act.TUMBLE and fight.b.vel.x > 0
    assert fight.a.act == Act.ATTACK and fight.a.since == THROW.startup + THROW.active
    fight.until(lambda: fight.a.act == Act.STAND, limit=THROW.hitstop + THROW.recovery)
    fight.until(lambda: fight.b.act == Act.LYING)
    fight.until(lambda: fight.b.act == Act.STAND)
    assert fight.world.hits == 1


def test_a_throw_goes_backward_when_back_is_held(fight):
    grabbed(fight)
    fight.play(L, frames=THROW.hitstun)
    assert fight.b.pos.x < fight.a.pos.x and fight.b.vel.x < 0 and fight.a.facing == -1 and fight.b.facing == 1
    fight.until(lambda: fight.b.act == Act.STAND)
    assert (fight.a.facing, fight.b.facing) == (-1, 1)


def test_fast_and_heavy_together_are_a_throw_and_break_one(fight):
    fight.close().play(F | H)
    assert fight.a.move == Move.THROW
    grabbed(Fight())
    fight = grabbed(Fight())
    fight.play(0, F | H)
    assert fight.b.act == Act.BLOCK


@pytest.mark.parametrize(("gap", "held"), [(75, 0), (74, 1)])
def test_a_throw_reaches_as_far_as_its_box(gap, held):
    assert THROW.hit.front - BODY.standing.back == 75
    fight = Fight().stand(0, gap)
    fight.begin(Move.THROW)
    fight.play(frames=frames_of(Move.THROW) - 2)
    assert (fight.a.act == Act.HOLD) == bool(held)


@pytest.mark.parametrize("held", [R, R | D, D, L])
def test_no_guard_helps_against_a_throw(fight, held):
    fight.close().begin(Move.THROW, other=held)
    fight.until(lambda: fight.b.act == Act.THROWN, b=held, limit=10)


def test_a_throw_does_not_reach_who_is_about_to_jump_or_jumps(fight):
    for frames in range(1, 12):
        fight = Fight().close()
        fight.play(0, U, frames=frames)
        fight.stand(-21, 21) if fight.b.act == Act.SQUAT else None
        fight.a.act, fight.a.move, fight.a.since, fight.a.landed = Act.ATTACK, Move.THROW, THROW.startup - 1, False
        fight.play(0, U)
        assert fight.b.act in (Act.SQUAT, Act.JUMP), frames


@pytest.mark.parametrize("held", [0, R])
def test_a_throw_does_not_reach_who_is_in_the_stun_of_a_blow(fight, held):
    fight.close().hit(Move.FAST, other=held)
    stunned = fight.b.act
    fight.a.freeze, fight.b.freeze, fight.b.vel = 0, 0, Vec2(0, 0)
    while fight.b.act == stunned:
        fight.a.act, fight.a.move, fight.a.since, fight.a.landed = Act.ATTACK, Move.THROW, THROW.startup, False
        fight.play(0, held)
    assert fight.b.act in (Act.STAND, Act.RETREAT), "nor on the very frame on which it is free again"
    fight.a.act, fight.a.since = Act.ATTACK, THROW.startup
    fight.play(0, held)
    assert fight.b.act == Act.THROWN


def test_who_gets_up_can_jump_out_of_the_throw_that_waits_for_it(fight):
    fight.close().hit(Move.LOW_HEAVY)
    fight.until(lambda: fight.b.act == Act.GETUP)
    for _ in range(BODY.getup_frames + 2):
        fight.b.pos = Vec2(fight.a.pos.x + 45, fight.b.pos.y)
        fight.a.act, fight.a.move, fight.a.since, fight.a.landed = Act.ATTACK, Move.THROW, THROW.startup, False
        fight.play(0, U)
    assert fight.b.act == Act.SQUAT


def test_a_throw_catches_the_start_of_a_blow_and_a_blow_that_lands_at_once_beats_it(fight):
    fight.close().play(T)
    fight.play(0, H)
    fight.play(frames=THROW.startup - 2)
    assert fight.b.act == Act.THROWN

    fight = Fight().close()
    assert TABLES.moves[Move.FAST].startup == THROW.startup
    fight.play(T, F, frames=THROW.startup)
    assert fight.a.act == Act.HIT and fight.b.act == Act.ATTACK and fight.world.hits == 1


def test_two_throws_at_once_come_to_nothing(fight):
    fight.close().play(T, T, frames=THROW.startup)
    assert [f.act for f in (fight.a, fight.b)] == [Act.BLOCK, Act.BLOCK] and Effect.BREAK_FREE in fight.effects()
    fight.until(lambda: fight.a.act == Act.STAND)
    assert fight.b.act == Act.STAND and fight.a.pos.x == -fight.b.pos.x and fight.gap > 90
    assert fight.a.health == fight.b.health == BODY.health


def test_who_is_grabbed_breaks_free_with_a_throw_in_time(fight):
    assert BREAK_FRAMES >= 9
    for frame in range(1, BREAK_FRAMES + 4):
        fight = grabbed(Fight())
        fight.play(frames=frame - 1)
        fight.play(0, T)
        assert (fight.b.act == Act.BLOCK) == (frame <= BREAK_FRAMES)
        if frame <= BREAK_FRAMES:
            assert fight.a.act == Act.BLOCK and Effect.BREAK_FREE in fight.effects()
            fight.play(frames=60)
            assert fight.b.health == BODY.health and fight.a.act == fight.b.act == Act.STAND


def test_a_throw_pressed_before_the_grab_does_not_break_it(fight):
    fight.close().play(T)
    fight.play(0, 0, frames=THROW.startup - 2)
    fight.play(0, T)
    assert fight.b.act == Act.THROWN
    fight.play(0, T, frames=THROW.hitstun)
    assert fight.b.act == Act.TUMBLE, "a held button is no press"


def test_nothing_touches_the_two_of_a_throw(fight):
    grabbed(fight)
    shot = fight.world.shots[1]
    shot.alive, shot.facing, shot.pos = True, -1, Vec2(fight.a.pos.x + 30, TABLES.shot.height)
    fight.play(frames=8)
    assert fight.a.act == Act.HOLD and fight.a.health == BODY.health


@pytest.mark.parametrize("wall", [-1, 1])
@pytest.mark.parametrize("backward", [False, True])
def test_a_throw_at_the_wall_leaves_both_inside_and_apart(fight, wall, backward):
    """Backward into the corner in which the thrower stood, or forward into that of the other: who is thrown is in it."""
    edge = wall * EDGE
    if backward:        # the thrower stands in the corner
        fight.stand(edge, edge - wall * 42) if wall < 0 else fight.stand(edge, edge - 42)
    else:
        fight.stand(edge - wall * 42, edge)
    fight.play()
    fight.begin(Move.THROW)
    fight.until(lambda: fight.b.act == Act.THROWN)
    away = {1: L, -1: R}[fight.a.facing] if backward else 0
    fight.until(lambda: fight.b.act == Act.TUMBLE, a=away)
    fight.until(lambda: fight.b.act == Act.STAND)
    for _ in range(20):
        fight.play()
        assert abs(fight.a.pos.x) <= EDGE and abs(fight.b.pos.x) <= EDGE
    assert abs(fight.gap) >= 2 * BODY.half_width and fight.a.pos.x * wall < fight.b.pos.x * wall
    assert fight.a.facing == wall and fight.b.facing == -wall


def test_a_throw_can_be_the_last_blow(fight):
    grabbed(fight)
    fight.b.health = 5
    fight.play(frames=THROW.hitstun)
    assert fight.b.health == 0 and fight.world.phase == Phase.PAUSE and fight.a.wins == 1
    fight.until(lambda: fight.b.act == Act.LYING)
    fight.until(lambda: fight.a.act == Act.CHEER)
