"""How a fighter moves, and what a press of a button is kept for."""

from __future__ import annotations

import pytest

from demo_game.world import Act, Effect, Move
from rollstep import Vec2, fx

from .fight import BODY, EDGE, FREE, TABLES, D, F, Fight, H, L, R, S, U, frames_of

# ---------------------------------------------------------------------------- walking

def test_walking_goes_on_at_one_speed_and_retreat_is_slower(fight):
    fight.stand(-100, 300)
    for frame in range(1, 21):
        fight.play(R, R)
        assert fight.a.pos.x == -100 + frame * BODY.walk and fight.a.act == Act.WALK
        assert fight.b.pos.x == 300 + frame * BODY.retreat and fight.b.act == Act.RETREAT
    fight.play()
    assert [f.act for f in (fight.a, fight.b)] == [Act.STAND, Act.STAND] and fight.a.vel == fight.b.vel == Vec2(0, 0)


def test_left_and_right_together_are_neither(fight):
    start = fight.a.pos
    fight.play(L | R, frames=10)
    assert fight.a.act == Act.STAND and fight.a.pos == start


def test_who_crouches_stays_where_it_is(fight):
    start = fight.a.pos
    fight.play(D | R, frames=10)
    assert fight.a.act == Act.CROUCH and fight.a.pos == start and fight.a.since == 10
    fight.play()
    assert fight.a.act == Act.STAND


def test_nobody_passes_a_wall(fight):
    fight.stand(-EDGE + 10, -EDGE + 200)
    fight.play(L, frames=30)
    assert fight.a.pos == Vec2(-EDGE, 0) and fight.a.act == Act.RETREAT


def test_two_who_walk_into_each_other_stop_body_at_body(fight):
    for _ in range(120):
        fight.play(R, L)
        assert fight.gap >= 2 * BODY.half_width - 4 * BODY.walk
    assert fight.gap > 2 * BODY.half_width - 2 * BODY.walk and fight.a.pos.x == -fight.b.pos.x


def test_one_who_walks_pushes_one_who_stands_until_the_wall(fight):
    fight.stand(EDGE - 100, EDGE - 50)
    fight.play(R, frames=120)
    assert fight.b.pos.x == EDGE and fight.gap >= 2 * BODY.half_width - BODY.walk


@pytest.mark.parametrize("who", ["a", "b", "both"])
def test_nobody_leaves_the_other_farther_than_the_screen(fight, who):
    fight.stand(-200, 200)
    for _ in range(120):
        fight.play(L if who != "b" else 0, R if who != "a" else 0)
        assert fight.gap <= TABLES.stage.furthest
    assert fight.gap == TABLES.stage.furthest
    if who == "both":
        assert fight.a.pos.x == -fight.b.pos.x
    else:       # whoever stands is not dragged along
        assert (fight.b.pos.x if who == "a" else -fight.a.pos.x) == 200


def test_a_fighter_turns_to_the_other_when_it_is_free_and_not_before(fight):
    fight.stand(0, 60)
    fight.begin(Move.HEAVY)
    fight.b.pos = Vec2(-60, 0)
    for _ in range(frames_of(Move.HEAVY) - 2):
        fight.play()
        assert fight.a.facing == 1 and fight.b.facing == 1
    fight.play(frames=2)
    assert fight.a.facing == -1 and fight.a.act == Act.STAND


# ---------------------------------------------------------------------------- dashes

def test_two_taps_forward_are_a_dash_as_long_and_as_fast_as_in_the_tables(fight):
    fight.stand(-200, 200)
    fight.play(R)
    fight.play()
    fight.play(R)
    assert fight.a.act == Act.DASH and Effect.DASH in fight.effects()
    x = fight.a.pos.x
    fight.play(frames=BODY.dash_frames - 2)
    assert fight.a.act == Act.DASH
    fight.play()
    assert fight.a.act == Act.STAND and fight.a.pos.x == x + BODY.dash * (BODY.dash_frames - 1)
    before = fight.a.pos
    fight.play(frames=10)
    assert fight.a.pos == before, "it does not slide on"


@pytest.mark.parametrize("pause", range(1, 16))
def test_a_dash_needs_quick_taps(pause):
    fight = Fight().stand(-200, 200)
    fight.play(R)
    fight.play(frames=pause)
    fight.play(R)
    assert (fight.a.act == Act.DASH) == (pause < BODY.tap_frames - 1)


def test_a_held_direction_is_one_tap(fight):
    fight.stand(-200, 200).play(R, frames=5)
    assert fight.a.act == Act.WALK
    fight.play()
    fight.play(L)
    assert fight.a.act == Act.RETREAT, "two taps of two directions are no dash"
    fight.play(R)
    assert fight.a.act == Act.WALK


def test_three_taps_are_one_dash(fight):
    fight.stand(-300, 200)
    for buttons in (R, 0, R, 0, R, 0):
        fight.play(buttons)
    fight.until(lambda: fight.a.act == Act.STAND)
    fight.play(R)
    assert fight.a.act == Act.WALK


def test_two_taps_backward_are_a_backdash_that_slows_down(fight):
    fight.stand(-100, 100)
    for buttons in (L, 0, L):
        fight.play(buttons)
    assert fight.a.act == Act.BACKDASH
    speeds = []
    while fight.a.act == Act.BACKDASH:
        speeds.append(-fight.a.vel.x)
        fight.play()
    assert len(speeds) == BODY.backdash_frames - 1 and speeds == sorted(speeds, reverse=True) and speeds[-1] > 0
    assert fight.a.facing == 1


def test_a_dash_can_be_left_for_an_attack(fight):
    fight.stand(-200, 200)
    for buttons in (R, 0, R, 0, F):
        fight.play(buttons)
    assert (fight.a.act, fight.a.move) == (Act.ATTACK, Move.FAST) and 0 < fight.a.vel.x < BODY.dash


def test_a_dash_cannot_be_left_for_a_guard(fight):
    fight.stand(-150, 150)
    for buttons in (R, 0, R, L, L):
        fight.play(buttons)
    assert fight.a.act == Act.DASH


# ---------------------------------------------------------------------------- jumps

@pytest.mark.parametrize(("buttons", "speed"), [(U, fx(0)), (U | L, -BODY.air_walk), (U | R, BODY.air_walk)])
def test_a_jump_is_a_parabola_that_lands_where_it_must(fight, buttons, speed):
    fight.stand(-100, 300)
    fight.play(buttons)
    assert fight.a.act == Act.SQUAT
    fight.play(buttons, frames=BODY.squat_frames - 1)
    assert fight.a.act == Act.JUMP and fight.a.pos == Vec2(-100, 0) and Effect.JUMP in fight.effects()
    height, up, x, frames = fx(0), BODY.jump, fx(-100), 0
    while True:
        fight.play()
        frames += 1
        up -= BODY.gravity
        height, x = height + up, x + speed
        if height <= 0:
            break
        assert fight.a.pos == Vec2(x, height) and fight.a.act == Act.JUMP
    assert 30 < frames < 45
    assert fight.a.pos == Vec2(x, 0) and fight.a.act == Act.LAND and Effect.LAND in fight.effects()
    fight.play(frames=BODY.land_frames - 1)
    assert fight.a.act == Act.LAND
    fight.play()
    assert fight.a.act == Act.STAND and fight.a.pos.x == x


def test_a_fighter_in_the_air_cannot_turn_in_its_flight(fight):
    fight.stand(-100, 300).play(U | R, frames=BODY.squat_frames)
    fight.play(L, frames=10)
    assert fight.a.vel.x == BODY.air_walk and fight.a.act == Act.JUMP


def test_the_direction_of_a_jump_is_that_held_when_it_leaves_the_floor(fight):
    fight.stand(-100, 300).play(U)
    fight.play(L, frames=BODY.squat_frames - 1)
    assert fight.a.vel.x == -BODY.air_walk


def test_up_held_jumps_again_after_landing(fight):
    fight.play(U, frames=60)
    assert fight.a.act in (Act.SQUAT, Act.JUMP) and fight.a.since < 30


def test_one_who_jumps_over_the_other_turns_round_after_landing(fight):
    fight.stand(-35, 35).play(U | R, frames=BODY.squat_frames)
    fight.until(lambda: fight.a.act == Act.LAND)
    fight.play()
    assert fight.gap < 0 and (fight.a.facing, fight.b.facing) == (-1, 1)


def test_a_cornered_fighter_can_jump_out_of_the_corner(fight):
    fight.cornered()
    fight.play(R, U | L, frames=BODY.squat_frames)
    for _ in range(60):
        fight.play(R, L)
    assert fight.gap < 0


@pytest.mark.parametrize("frame", range(1, 9))
def test_no_press_on_the_way_to_a_jump_cancels_it(frame):
    """The frame on which a jump has begun and the feet are still on the floor is no second chance for a blow there."""
    for press in (F, H, S, F | H, 128):
        fight = Fight().stand(-200, 200)
        fight.play(U, frames=frame)
        fight.play(U | press, frames=9)
        assert fight.a.act == Act.JUMP or fight.a.move in (Move.AIR_FAST, Move.AIR_HEAVY)
        assert fight.a.pos.y > 0


def test_nobody_guards_or_walks_in_the_frames_before_and_after_a_jump(fight):
    fight.stand(-100, 200).play(U)
    fight.play(L, frames=BODY.squat_frames - 2)
    assert fight.a.act == Act.SQUAT and fight.a.pos.x == -100
    fight.until(lambda: fight.a.act == Act.LAND)
    x = fight.a.pos.x
    fight.play(L, frames=BODY.land_frames)
    assert fight.a.pos.x == x and fight.a.act in FREE


# ---------------------------------------------------------------------------- presses that are kept

@pytest.mark.parametrize("early", range(1, 12))
def test_an_early_press_counts_for_some_frames(early):
    """A press in the recovery starts the next attack on the first free frame, if it is not older than wish_frames."""
    fight = Fight().stand(-200, 200)
    fight.begin(Move.FAST)
    free = frames_of(Move.FAST)             # the frame, from 0, on which the next attack can start
    fight.play(frames=free - early - 1)
    fight.play(H)
    fight.play(frames=early)
    assert (fight.a.act == Act.ATTACK) == (early < BODY.wish_frames)
    if early < BODY.wish_frames:
        assert fight.a.move == Move.HEAVY and fight.a.since == 1


def test_a_held_button_attacks_once(fight):
    fight.stand(-200, 200).play(F, frames=100)
    assert fight.a.act == Act.STAND and fight.a.since > 100 - frames_of(Move.FAST) - 5


def test_the_last_press_counts(fight):
    fight.stand(-200, 200).begin(Move.FAST)
    fight.play(frames=frames_of(Move.FAST) - 4)
    fight.play(H)
    fight.play(F)
    fight.until(lambda: fight.a.since == 1)
    assert fight.a.move == Move.FAST


def test_a_press_is_kept_through_the_freeze_of_a_blow(fight):
    """A heavy blow freezes for longer than a press is kept: who presses as it lands still gets the chain."""
    assert TABLES.moves[Move.HEAVY].hitstop > BODY.wish_frames
    fight.close().hit(Move.HEAVY)
    fight.play(S)
    fight.play(frames=TABLES.moves[Move.HEAVY].hitstop)
    assert (fight.a.act, fight.a.move) == (Act.ATTACK, Move.SHOT)


def test_a_press_is_forgotten_when_a_blow_comes(fight):
    fight.close()
    fight.begin(Move.FAST)
    fight.play(0, 0, frames=TABLES.moves[Move.FAST].startup - 2)
    fight.play(0, H)
    assert fight.b.act == Act.HIT and fight.b.wish_left == 0


def test_a_press_in_the_intro_counts_when_the_bell_rings(fight):
    for frames in (1, BODY.wish_frames, BODY.wish_frames + 1):
        fight = Fight(intro=True)
        fight.play(frames=TABLES.rounds.intro_frames - frames)
        fight.play(F)
        fight.play(frames=frames - 1)
        assert fight.a.act == Act.STAND
        fight.play()
        assert (fight.a.act == Act.ATTACK) == (frames < BODY.wish_frames)


@pytest.mark.parametrize(("buttons", "move"), [
    (F, Move.FAST), (H, Move.HEAVY), (D | F, Move.LOW_FAST), (D | H, Move.LOW_HEAVY), (S, Move.SHOT), (128, Move.THROW),
    (F | H, Move.THROW), (S | H, Move.SHOT), (D | S, Move.SHOT), (R | F, Move.FAST),
])
def test_buttons_name_moves(fight, buttons, move):
    fight.stand(-200, 200).play(buttons)
    assert (fight.a.act, fight.a.move, fight.a.low) == (Act.ATTACK, move, move in (Move.LOW_FAST, Move.LOW_HEAVY))


@pytest.mark.parametrize(("buttons", "move"), [(F, Move.AIR_FAST), (H, Move.AIR_HEAVY), (F | H, Move.AIR_HEAVY), (S, None)])
def test_buttons_name_moves_in_the_air(fight, buttons, move):
    fight.stand(-200, 200).play(U, frames=BODY.squat_frames + 5)
    fight.play(buttons)
    assert (fight.a.act == Act.ATTACK and fight.a.move == move) if move is not None else fight.a.act == Act.JUMP


def test_an_attack_in_the_air_ends_on_the_floor(fight):
    fight.stand(-200, 200).play(U, frames=BODY.squat_frames + 28)
    fight.play(H)
    fight.until(lambda: fight.a.pos.y == 0)
    assert fight.a.act == Act.LAND


def test_an_attack_in_the_air_that_ends_there_is_a_jump_again(fight):
    fight.stand(-200, 200).play(U, frames=BODY.squat_frames + 1)
    fight.play(F, frames=frames_of(Move.AIR_FAST))
    assert fight.a.act == Act.JUMP and fight.a.pos.y > 0
