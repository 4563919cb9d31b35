"""Projectiles."""

from __future__ import annotations

import pytest

from demo_game.world import Act, Effect, Move
from rollstep import Vec2

from .fight import BODY, EDGE, TABLES, D, Fight, L, R, S, U, frames_of

SHOT = TABLES.moves[Move.SHOT]


def flying(fight):
    """Player 0 has launched a shot, far away."""
    fight.stand(-260, 260).begin(Move.SHOT)
    fight.play(frames=SHOT.startup - 1)
    assert fight.world.shots[0].alive and Effect.LAUNCH_SHOT in fight.effects()
    return fight


def test_a_shot_leaves_the_hands_on_its_first_active_frame_and_flies_at_one_speed(fight):
    flying(fight)
    shot = fight.world.shots[0]
    assert shot.pos == Vec2(-260 + SHOT.hit.front + TABLES.shot.speed, TABLES.shot.height) and shot.facing == 1
    for frame in range(2, 30):
        fight.play()
        assert shot.pos.x == -260 + SHOT.hit.front + TABLES.shot.speed * frame


def test_a_shot_hits_whom_it_meets_once(fight):
    flying(fight)
    fight.until(lambda: fight.world.hits == 1)
    assert fight.b.health == BODY.health - SHOT.damage and fight.b.act == Act.HIT and not fight.world.shots[0].alive
    assert fight.b.freeze == SHOT.hitstop and fight.a.freeze == 0, "who shot from afar does not freeze"
    fight.play(frames=60)
    assert fight.world.hits == 1


@pytest.mark.parametrize("held", [R, R | D])
def test_a_shot_is_guarded_standing_and_crouching(fight, held):
    flying(fight)
    fight.until(lambda: fight.world.blocked == 1, b=held)
    assert fight.b.health == BODY.health - SHOT.chip and fight.b.act == Act.BLOCK and not fight.world.shots[0].alive


def test_one_can_jump_over_a_shot(fight):
    flying(fight)
    fight.until(lambda: fight.world.shots[0].pos.x > 260 - 110)
    fight.play(0, U, frames=BODY.squat_frames)
    fight.until(lambda: fight.world.shots[0].pos.x > 300)
    assert fight.world.hits == 0 and fight.b.act == Act.JUMP


def test_one_cannot_duck_under_a_shot(fight):
    flying(fight)
    fight.until(lambda: fight.world.hits == 1, b=D)


def test_each_player_has_one_shot_at_a_time(fight):
    flying(fight)
    fight.play(frames=frames_of(Move.SHOT) - SHOT.startup)
    assert fight.a.act == Act.STAND and fight.world.shots[0].alive
    fight.play(S)
    assert fight.a.act == Act.STAND
    fight.world.shots[0].alive = False
    fight.play()
    assert fight.a.act == Act.ATTACK, "the press was kept"


def test_a_shot_goes_out_when_its_life_is_over_or_it_has_left_the_stage(fight):
    flying(fight)
    shot = fight.world.shots[0]
    while shot.alive:
        fight.stand(-260, 260)
        shot.pos = Vec2(0, shot.pos.y)
        fight.play()
    assert shot.since == TABLES.shot.life

    fight = Fight().stand(EDGE - 200, EDGE - 260)
    fight.play()
    assert fight.a.facing == -1
    fight.stand(EDGE, EDGE - 60)
    fight.a.facing = 1
    fight.a.act, fight.a.move, fight.a.since, fight.a.landed = Act.ATTACK, Move.SHOT, SHOT.startup - 1, False
    fight.play()
    assert not fight.world.shots[0].alive, "launched into the wall"


def test_two_shots_that_meet_destroy_each_other(fight):
    fight.stand(-200, 200).play(S, S, frames=SHOT.startup)
    assert fight.world.shots[0].alive and fight.world.shots[1].alive
    fight.until(lambda: not fight.world.shots[0].alive)
    assert not fight.world.shots[1].alive and Effect.CLASH in fight.effects()
    fight.play(frames=80)
    assert fight.world.hits == fight.world.blocked == 0


def test_a_shot_flies_through_who_lies(fight):
    flying(fight)
    fight.b.pos, fight.b.act, fight.b.since = Vec2(fight.world.shots[0].pos.x + 60, 0), Act.LYING, 0
    fight.until(lambda: fight.world.shots[0].pos.x > fight.b.pos.x + 60)
    assert fight.world.hits == 0 and fight.b.act == Act.LYING


def test_who_is_hit_before_the_launch_does_not_shoot(fight):
    fight.close().play(S)
    fight.play(0, 16, frames=8)
    assert fight.a.act == Act.HIT
    fight.play(frames=40)
    assert not fight.world.shots[0].alive


def test_a_shot_and_a_blow_on_one_frame_both_count(fight):
    fight.close().begin(Move.HEAVY)
    fight.play(frames=TABLES.moves[Move.HEAVY].startup - 2)
    shot = fight.world.shots[0]
    shot.alive, shot.facing, shot.pos = True, 1, Vec2(fight.b.pos.x - 20, TABLES.shot.height)
    fight.play()
    assert fight.world.hits == 2 and fight.b.combo == 2
    assert fight.b.freeze == max(SHOT.hitstop, TABLES.moves[Move.HEAVY].hitstop)


def test_a_shot_pushes_where_it_flies(fight):
    flying(fight)
    fight.b.pos = Vec2(200, 0)
    fight.until(lambda: fight.world.hits == 1, b=L)
    assert fight.b.vel.x == SHOT.push


def test_two_shots_at_once_point_blank_hit_both(fight):
    fight.close().play(S, S, frames=SHOT.startup)
    assert [f.act for f in (fight.a, fight.b)] == [Act.HIT, Act.HIT] and fight.a.health == fight.b.health
