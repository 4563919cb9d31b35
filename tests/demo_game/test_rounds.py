"""Rounds and matches: how they start, how they end, and who wants another one."""

from __future__ import annotations

import pytest

from demo_game.rules.rounds import BOW_FRAMES, REST_FRAMES
from demo_game.world import Act, Effect, Ending, Move, Phase
from rollstep import Vec2

from .fight import BODY, FREE, TABLES, D, F, Fight, H, L, R, S, T, U, game_with

ROUNDS = TABLES.rounds
FAST = TABLES.moves[Move.FAST]


def strike_down(fight, *, left=True):
    """One of them, with little health, is hit. It waits for the bell."""
    if fight.world.phase == Phase.INTRO:
        fight.play(frames=fight.world.clock)
    fight.close()
    (fight.b if left else fight.a).health = 1
    fight.play(F if left else 0, 0 if left else F, frames=FAST.startup)
    fight.play()


def win(fight, rounds, *, left=True):
    for _ in range(rounds):
        strike_down(fight, left=left)
        fight.until(lambda: fight.world.phase != Phase.PAUSE)


# ---------------------------------------------------------------------------- start

@pytest.mark.parametrize("buttons", [R, L, U, D, F, H, S, T, R | H, U | R])
def test_nobody_acts_in_the_intro(buttons):
    fight = Fight(intro=True)
    assert fight.world.phase == Phase.INTRO and fight.world.round == 1 and fight.world.clock == ROUNDS.intro_frames
    for _ in range(ROUNDS.intro_frames):
        fight.play(buttons, buttons)
        assert fight.a.act == fight.b.act == Act.STAND
        assert (fight.a.pos, fight.b.pos) == (Vec2(-TABLES.stage.start_x, 0), Vec2(TABLES.stage.start_x, 0))
    assert fight.world.phase == Phase.FIGHT and fight.world.clock == ROUNDS.frames and fight.effects() == [Effect.BELL]


def test_a_round_starts_face_to_face_with_full_health(fight):
    assert [f.health for f in fight.world.fighters] == [BODY.health] * 2
    assert (fight.a.facing, fight.b.facing) == (1, -1)
    assert (fight.a.pos.x, fight.b.pos.x) == (-TABLES.stage.start_x, TABLES.stage.start_x)


# ---------------------------------------------------------------------------- endings

def test_a_knock_out_ends_the_round(fight):
    fight.a.health = 500
    strike_down(fight)
    assert fight.b.health == 0 and (fight.a.wins, fight.b.wins) == (1, 0)
    assert fight.world.phase == Phase.PAUSE and fight.world.ending == Ending.KNOCK_OUT
    assert fight.b.act == Act.TUMBLE and fight.a.freeze == fight.b.freeze > 20, "time stands still for a moment"
    fight.until(lambda: fight.b.act == Act.LYING)
    fight.until(lambda: fight.a.act == Act.CHEER, limit=BOW_FRAMES)
    fight.until(lambda: fight.world.phase == Phase.INTRO)
    assert fight.b.act == Act.STAND and fight.world.round == 2


@pytest.mark.parametrize("left", [True, False])
def test_who_has_lost_no_health_wins_perfectly(fight, left):
    strike_down(fight, left=left)
    assert fight.world.ending == Ending.PERFECT and (fight.a.wins, fight.b.wins) == ((1, 0) if left else (0, 1))
    assert next(e for e in fight.world.effects if e.kind == Effect.KNOCK_OUT).id == (0 if left else 1)


@pytest.mark.parametrize("health", [(1, 1), (1, FAST.damage), (FAST.damage - 1, 5)])
def test_a_double_knock_out_is_a_win_for_both(fight, health):
    fight.close()
    fight.a.health, fight.b.health = health
    fight.play(F, F, frames=FAST.startup)
    assert [(f.health, f.wins, f.act) for f in fight.world.fighters] == [(0, 1, Act.TUMBLE)] * 2
    assert fight.world.ending == Ending.DOUBLE_KNOCK_OUT
    fight.until(lambda: fight.world.phase == Phase.INTRO)
    assert [f.act for f in fight.world.fighters] == [Act.STAND] * 2


@pytest.mark.parametrize(("health", "wins", "ending"), [
    ((500, 499), (1, 0), Ending.TIME_OVER), ((1, 500), (0, 1), Ending.TIME_OVER), ((7, 7), (1, 1), Ending.TIME_DRAW),
    ((1000, 3), (1, 0), Ending.TIME_OVER),
])
def test_when_time_is_over_more_health_wins_and_a_tie_is_a_win_for_both(fight, health, wins, ending):
    fight.a.health, fight.b.health = health
    fight.world.clock = 100
    fight.play(frames=99)
    assert fight.world.phase == Phase.FIGHT and fight.world.clock == 1
    fight.play()
    assert fight.world.phase == Phase.PAUSE and fight.world.ending == ending and Effect.TIME in fight.effects()
    assert (fight.a.wins, fight.b.wins) == wins
    fight.play(frames=BOW_FRAMES)
    acts = {(1, 0): (Act.CHEER, Act.DEFEAT), (0, 1): (Act.DEFEAT, Act.CHEER), (1, 1): (Act.CHEER, Act.CHEER)}
    assert (fight.a.act, fight.b.act) == acts[wins]


def test_a_round_lasts_as_long_as_in_the_tables(fight):
    assert fight.until(lambda: fight.world.phase != Phase.FIGHT, limit=ROUNDS.frames) == ROUNDS.frames
    assert fight.world.ending == Ending.TIME_DRAW


def test_a_blow_on_the_last_frame_still_counts(fight):
    fight.close()
    fight.world.clock = FAST.startup
    fight.play(F, frames=FAST.startup)
    assert fight.world.ending == Ending.TIME_OVER and fight.a.wins == 1 and fight.b.wins == 0


def test_a_knock_out_on_the_last_frame_is_a_knock_out(fight):
    fight.close()
    fight.world.clock, fight.b.health, fight.a.health = FAST.startup, 1, 900
    fight.play(F, frames=FAST.startup)
    assert fight.world.ending == Ending.KNOCK_OUT


# ---------------------------------------------------------------------------- the pause

@pytest.mark.parametrize("moves", ["walk", "dash", "backdash", "jump", "attack", "shot"])
def test_who_was_on_its_way_when_time_ran_out_comes_to_rest(fight, moves):
    program = {"walk": [L], "dash": [R, 0, R], "backdash": [L, 0, L], "jump": [U | L] * 6, "attack": [H], "shot": [S]}[moves]
    fight.stand(-200, 200)
    fight.world.clock = len(program) + 3
    for buttons in program:
        fight.play(buttons)
    fight.play(program[-1], frames=3)
    assert fight.world.phase == Phase.PAUSE
    fight.until(lambda: fight.a.act in (*FREE, Act.CHEER), limit=60, a=program[-1])
    fight.play(program[-1])
    place = fight.a.pos
    fight.play(program[-1], frames=30)
    assert fight.a.pos == place and fight.a.act in (Act.STAND, Act.CHEER)
    assert not fight.world.shots[0].alive


def test_who_is_thrown_when_time_runs_out_is_let_go(fight):
    fight.close().begin(Move.THROW)
    fight.until(lambda: fight.b.act == Act.THROWN)
    fight.world.clock = 2
    fight.play(frames=2)
    assert fight.world.ending == Ending.TIME_DRAW and fight.a.act == fight.b.act == Act.BLOCK
    fight.play(frames=120)
    assert fight.a.act == fight.b.act == Act.CHEER and fight.b.health == BODY.health


def test_who_lies_when_time_runs_out_gets_up_and_shows_how_it_went(fight):
    fight.close().hit(Move.LOW_HEAVY)
    fight.world.clock = 3
    fight.until(lambda: fight.b.act == Act.DEFEAT, limit=140)
    assert fight.a.act == Act.CHEER and fight.world.phase == Phase.PAUSE


def test_who_gets_up_after_the_pause_still_shows_how_it_went():
    def change(tables):
        tables.body.lying_frames, tables.body.getup_frames = 120, 120
        tables.rounds.pause_frames, tables.rounds.to_win = 60, 1
    fight = Fight(game=game_with(change)).close()
    fight.hit(Move.LOW_HEAVY)
    fight.world.clock = 3
    fight.until(lambda: fight.b.act == Act.DEFEAT)
    assert fight.world.phase == Phase.DONE and fight.a.act == Act.CHEER


@pytest.mark.parametrize("buttons", [F, H, S, T, R, U | L])
def test_buttons_do_nothing_in_the_pause_and_the_next_round_starts_afresh(buttons):
    fight = Fight()
    strike_down(fight)
    happened = fight.world.hits
    for frame in range(ROUNDS.pause_frames - 2):
        fight.play((buttons, 0)[frame & 1], (0, buttons)[frame & 1])
        assert fight.world.phase == Phase.PAUSE and fight.world.hits == happened
        assert fight.a.act in (Act.ATTACK, Act.STAND, Act.CHEER) and fight.b.act in (Act.TUMBLE, Act.LYING)
    fight.play(frames=2)
    assert fight.world.phase == Phase.INTRO and fight.world.round == 2 and fight.world.ending == Ending.NONE
    assert [f.health for f in fight.world.fighters] == [BODY.health] * 2
    assert (fight.a.pos, fight.b.pos) == (Vec2(-TABLES.stage.start_x, 0), Vec2(TABLES.stage.start_x, 0))


def test_a_shot_of_the_last_round_is_gone_in_the_next(fight):
    fight.stand(-260, 260).begin(Move.SHOT)
    fight.until(lambda: fight.world.shots[0].alive)
    fight.world.clock = 1
    fight.play()
    assert not fight.world.shots[0].alive
    fight.until(lambda: fight.world.phase == Phase.FIGHT, limit=400)
    fight.play(S)
    assert fight.a.act == Act.ATTACK


# ---------------------------------------------------------------------------- matches

@pytest.mark.parametrize("winners", ["aa", "bb", "aba", "baa", "abb"])
def test_the_best_of_three_rounds_wins(winners):
    fight = Fight()
    for number, winner in enumerate(winners, 1):
        assert fight.world.round == number and fight.world.matches == 0
        win(fight, 1, left=winner == "a")
    assert fight.world.phase == Phase.DONE and fight.world.matches == 1
    assert (fight.a.wins, fight.b.wins) == (winners.count("a"), winners.count("b"))
    victory = [e for e in fight.world.effects if e.kind == Effect.VICTORY]
    assert [e.id for e in victory] == [0 if winners[-1] == "a" else 1]


def test_two_double_knock_outs_are_a_match_that_nobody_wins(fight):
    for _ in range(2):
        fight.play(frames=fight.world.clock if fight.world.phase == Phase.INTRO else 0)
        fight.close()
        fight.a.health = fight.b.health = 1
        fight.play(F, F, frames=FAST.startup)
        fight.until(lambda: fight.world.phase != Phase.PAUSE)
    assert fight.world.phase == Phase.DONE and (fight.a.wins, fight.b.wins) == (2, 2)


def test_after_the_match_nobody_moves_until_both_ask_for_another(fight):
    def places():
        return [(round(f.pos.x.to_float(), 3), f.pos.y, f.facing, f.act, f.health) for f in fight.world.fighters]
    win(fight, 2)
    fight.play(frames=60)
    still = places()
    for frame in range(200):    # every button but FAST
        fight.play(frame & ~F & 255, frame * 7 & ~F & 255)
    assert places() == still and fight.world.phase == Phase.DONE
    fight.play(F)
    assert fight.a.ready and not fight.b.ready and fight.world.phase == Phase.DONE
    fight.play(frames=100)
    fight.play(0, F)
    assert fight.world.phase == Phase.INTRO and fight.world.round == 1 and (fight.a.wins, fight.b.wins) == (0, 0)
    assert not fight.a.ready and not fight.b.ready and fight.world.matches == 1


def test_a_press_too_soon_after_the_match_asks_for_nothing(fight):
    win(fight, 2)
    for _ in range(REST_FRAMES // 2 - 1):
        fight.play(F, F)
        fight.play()
        assert not fight.a.ready and not fight.b.ready


def test_a_button_held_since_before_asks_for_nothing(fight):
    win(fight, 2)
    fight.play(F, F, frames=REST_FRAMES * 2)
    assert not fight.a.ready and fight.world.phase == Phase.DONE


def test_match_after_match_is_counted(fight):
    for number in range(1, 4):
        win(fight, 2, left=number & 1 == 1)
        assert fight.world.matches == number
        fight.play(frames=REST_FRAMES)
        fight.play(F, F)
        assert fight.world.phase == Phase.INTRO


def test_the_count_of_matches_and_of_frames_in_an_act_stops_before_it_wraps():
    fight = Fight("checked")
    fight.world.matches = 255
    win(fight, 2)
    assert fight.world.matches == 255
    fight.a.since = fight.b.since = 59_990
    fight.play(frames=6_000)
    assert 59_990 < fight.a.since <= 65_535
