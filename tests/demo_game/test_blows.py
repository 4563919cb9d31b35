"""Blows, guards, stun, pushes, chains, juggles and the corner."""

from __future__ import annotations

import pytest

from demo_game.world import Act, Effect, Height, Move
from rollstep import Vec2

from .fight import (
    BODY,
    EDGE,
    FREE,
    PRESS,
    TABLES,
    D,
    F,
    Fight,
    H,
    L,
    R,
    S,
    U,
    frames_of,
    game_with,
    mirrored_buttons,
    slide,
)

FLOOR = (Move.FAST, Move.HEAVY, Move.LOW_FAST, Move.LOW_HEAVY)
AIR = (Move.AIR_FAST, Move.AIR_HEAVY)
BLOWS = (*FLOOR, *AIR)


def name(value):
    return value.name.lower() if isinstance(value, Move) else str(value)


def drop_in(fight, move, *, guard=0):
    """Player 0 falls on the other with an attack in the air; `guard` is what the other holds."""
    fight.close()
    fight.a.pos, fight.a.vel, fight.a.act = Vec2(-40, 40), Vec2(0, -1), Act.ATTACK
    fight.a.move, fight.a.since, fight.a.landed = move, TABLES.moves[move].startup - 1, False
    fight.play(0, guard)


def blow(fight, move, *, guard=0):
    """Player 0 does any blow on the other, who holds `guard`, until it meets."""
    if move in AIR:
        drop_in(fight, move, guard=guard)
    else:
        fight.close().hit(move, other=guard)


# ---------------------------------------------------------------------------- frame data

@pytest.mark.parametrize("move", FLOOR, ids=name)
def test_a_move_hits_on_its_active_frames_alone(move):
    table = TABLES.moves[move]
    for frame in range(1, frames_of(move) + 1):
        fight = Fight().stand(-200, 200)
        fight.begin(move)
        fight.play(frames=max(frame - 2, 0))
        fight = fight if frame > 1 else Fight().stand(-200, 200)
        fight.stand(-25, 25)
        fight.play(PRESS[move])
        assert (fight.world.hits == 1) == (table.startup <= frame < table.startup + table.active), frame


@pytest.mark.parametrize("move", [*FLOOR, Move.SHOT, Move.THROW], ids=name)
def test_a_move_that_meets_nothing_lasts_as_long_as_in_the_tables(fight, move):
    fight.stand(-200, 200)
    fight.begin(move)
    fight.play(frames=frames_of(move) - 2)
    assert fight.a.act == Act.ATTACK and fight.a.since == frames_of(move) - 1
    fight.play()
    assert fight.a.act == (Act.CROUCH if move in (Move.LOW_FAST, Move.LOW_HEAVY) else Act.STAND)


@pytest.mark.parametrize("move", FLOOR, ids=name)
def test_a_move_reaches_as_far_as_its_box(fight, move):
    reach = TABLES.moves[move].hit.front - BODY.standing.back
    for gap, hits in ((reach, 0), (reach - 1, 1)):
        one = Fight().stand(0, gap)
        one.begin(move)
        one.play(frames=frames_of(move))
        assert one.world.hits == hits


def test_a_standing_fast_blow_goes_over_one_who_crouches_and_a_heavy_one_does_not():
    for move, touches in ((Move.FAST, False), (Move.HEAVY, True)):
        fight = Fight().close()
        fight.play(0, D)
        fight.begin(move, other=D)
        fight.play(0, D, frames=10)
        assert (fight.world.hits == 1) == touches


def test_a_low_blow_goes_under_one_who_jumps(fight):
    fight.close()
    fight.play(0, U, frames=BODY.squat_frames + 3)
    fight.begin(Move.LOW_HEAVY)
    fight.play(frames=14)
    assert fight.world.hits == 0


def test_nobody_hits_behind_the_back(fight):
    fight.begin(Move.HEAVY)
    fight.play(frames=TABLES.moves[Move.HEAVY].startup - 2)
    fight.stand(0, -60)
    fight.play(frames=TABLES.moves[Move.HEAVY].active)
    assert fight.a.facing == 1 and fight.world.hits == 0


@pytest.mark.parametrize("move", BLOWS, ids=name)
def test_one_attack_hits_once(fight, move):
    blow(fight, move)
    for _ in range(40):
        fight.b.pos = Vec2(fight.a.pos.x + 45, fight.b.pos.y)
        fight.play()
    assert fight.world.hits == 1


# ---------------------------------------------------------------------------- being hit

@pytest.mark.parametrize("move", BLOWS, ids=name)
def test_a_blow_takes_its_damage_freezes_both_and_stuns(fight, move):
    table = TABLES.moves[move]
    blow(fight, move)
    assert fight.b.health == BODY.health - table.damage and fight.b.combo == 1
    assert fight.a.freeze == fight.b.freeze == table.hitstop
    assert fight.effects()[-1] == (Effect.HEAVY_HIT if move in (Move.HEAVY, Move.LOW_HEAVY, Move.AIR_HEAVY) else Effect.HIT)
    before = fight.a.pos, fight.b.pos, fight.a.since
    fight.play(R, R, frames=table.hitstop)
    assert (fight.a.pos, fight.b.pos, fight.a.since) == before and fight.a.freeze == fight.b.freeze == 0
    if table.launch > 0:
        assert fight.b.act == Act.TUMBLE
        return
    fight.play(0, 0, frames=table.hitstun - 1)
    assert fight.b.act == Act.HIT
    fight.play()
    assert fight.b.act == Act.STAND and fight.b.combo == 0


@pytest.mark.parametrize("move", [Move.FAST, Move.HEAVY, Move.LOW_FAST], ids=name)
def test_who_is_hit_is_pushed_back(fight, move):
    table = TABLES.moves[move]
    blow(fight, move)
    x = fight.b.pos.x
    fight.play(frames=table.hitstop + table.hitstun)
    assert fight.b.pos.x == x + slide(table.push, table.hitstun)
    fight.play(frames=10)
    assert fight.b.pos.x == x + slide(table.push, table.hitstun), "who is free again stands still"


def test_who_is_hit_while_crouching_stays_low(fight):
    fight.close().play(0, D)
    fight.begin(Move.LOW_FAST, other=D)
    fight.until(lambda: fight.world.hits == 1, b=D)
    assert fight.b.act == Act.HIT and fight.b.low
    fight.until(lambda: fight.b.act != Act.HIT)
    assert fight.b.act == Act.CROUCH
    fight.play()
    assert fight.b.act == Act.STAND


def test_who_is_hit_out_of_an_attack_does_not_go_on_with_it(fight):
    fight.close().play(0, H)
    fight.begin(Move.FAST, other=H)
    fight.play(0, H, frames=TABLES.moves[Move.FAST].startup - 1)
    assert fight.b.act == Act.HIT
    fight.play(0, H, frames=50)
    assert fight.world.hits == 1 and fight.a.health == BODY.health


def test_both_who_strike_at_once_are_both_hit(fight):
    fight.close().play(F, F, frames=TABLES.moves[Move.FAST].startup)
    assert [f.act for f in (fight.a, fight.b)] == [Act.HIT, Act.HIT]
    assert fight.a.health == fight.b.health == BODY.health - TABLES.moves[Move.FAST].damage
    assert fight.a.vel.x == -fight.b.vel.x


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("at", [0, EDGE - 21, 21 - EDGE])
def test_in_a_trade_of_unequal_blows_both_freeze_alike_and_neither_side_is_better_off(swap, at):
    """Also at a wall, which gives a push back only to who has not been hit itself."""
    heavy, fast = TABLES.moves[Move.HEAVY], TABLES.moves[Move.FAST]
    fight = Fight().stand(at - 21, at + 21)
    for frame in range(heavy.startup):
        mine = H if frame == 0 else 0
        theirs = F if frame == heavy.startup - fast.startup else 0
        fight.play(*((theirs, mine) if swap else (mine, theirs)))
    light, strong = (fight.a, fight.b) if swap else (fight.b, fight.a)
    assert fight.world.hits == 2
    assert light.health == BODY.health - heavy.damage and strong.health == BODY.health - fast.damage
    assert light.freeze == strong.freeze == heavy.hitstop
    assert abs(light.vel.x) == heavy.push and abs(strong.vel.x) == fast.push


# ---------------------------------------------------------------------------- guards

GUARDS = [(move, low, (TABLES.moves[move].height == Height.MID) or (TABLES.moves[move].height == Height.LOW) == low)
          for move in BLOWS for low in (False, True) if not (move == Move.FAST and low)]


@pytest.mark.parametrize(("move", "low", "guarded"), GUARDS, ids=name)
def test_a_guard_stops_the_heights_that_it_is_for(fight, move, low, guarded):
    table = TABLES.moves[move]
    held = R | (D if low else 0)
    fight.close().play(0, held)
    fight.b.pos = Vec2(BODY.half_width, 0)
    if move in AIR:
        drop_in(fight, move, guard=held)
    else:
        fight.begin(move, other=held)
        fight.until(lambda: fight.a.landed, b=held)
    if guarded:
        assert fight.b.health == BODY.health - table.chip and fight.b.act == Act.BLOCK and fight.b.low == low
        assert (fight.world.hits, fight.world.blocked) == (0, 1) and Effect.BLOCK in fight.effects()
        fight.play(frames=table.hitstop + table.blockstun - 1)
        assert fight.b.act == Act.BLOCK
        fight.play()
        assert fight.b.act in (Act.STAND, Act.CROUCH)
    else:
        assert fight.b.health == BODY.health - table.damage and fight.world.blocked == 0


@pytest.mark.parametrize("move", FLOOR, ids=name)
def test_a_guarded_blow_pushes_and_no_guard_stuns_longer_than_a_hit(fight, move):
    table = TABLES.moves[move]
    held = R if table.height == Height.MID else R | D
    fight.close().hit(move, other=held)
    x = fight.b.pos.x
    fight.play(frames=table.hitstop + table.blockstun)
    assert fight.b.pos.x == x + slide(table.block_push, table.blockstun)
    assert table.blockstun < table.hitstun and table.chip < table.damage // 4


def test_who_does_not_hold_away_does_not_guard(fight):
    for held in (0, L, D, L | D):
        fight = Fight().close()
        fight.begin(Move.HEAVY, other=held)
        fight.until(lambda fight=fight: fight.a.landed, b=held)
        assert fight.world.hits == 1 and fight.world.blocked == 0


def test_a_guard_holds_until_its_stun_is_over_whatever_is_pressed(fight):
    """A second blow that comes within the stun is blocked too, at the height that is held then."""
    fight.close().hit(Move.FAST, other=R)
    fight.play(D | F, D)
    fight.play(D, D, frames=TABLES.moves[Move.FAST].hitstop)
    assert fight.a.move == Move.LOW_FAST
    fight.until(lambda: fight.world.blocked == 2, b=D)
    assert fight.b.low


def test_a_guard_opened_at_the_wrong_height_is_hit_in_the_middle_of_a_chain(fight):
    fight.close().hit(Move.FAST, other=R)
    fight.play(D | F, R)
    fight.play(D, R, frames=TABLES.moves[Move.FAST].hitstop)
    fight.until(lambda: fight.world.hits == 1, b=R)
    assert fight.b.act == Act.HIT


def test_nobody_guards_in_the_air_in_a_dash_or_in_an_attack(fight):
    for before, act in (([U | R] * 6, Act.JUMP), ([R, 0, R], Act.BACKDASH), ([F], Act.ATTACK)):
        fight = Fight().stand(-200, 100)
        for buttons in before:
            fight.play(0, buttons)
        assert fight.b.act == act
        fight.a.pos = Vec2(fight.b.pos.x - 45, fight.b.pos.y)
        fight.a.act, fight.a.move, fight.a.since = Act.ATTACK, Move.HEAVY, TABLES.moves[Move.HEAVY].startup - 1
        fight.a.landed = False
        fight.play(0, R)
        assert fight.world.hits == 1 and fight.world.blocked == 0


def test_a_guarded_blow_can_be_the_last(fight):
    fight.close()
    fight.b.health = TABLES.moves[Move.HEAVY].chip
    fight.hit(Move.HEAVY, other=R)
    assert fight.b.health == 0 and fight.b.act == Act.TUMBLE and fight.a.wins == 1


def test_who_lands_behind_the_other_is_guarded_by_holding_away_from_where_it_came(fight):
    """A blow pushes where the attacker looks, and one in the air does not turn: the guard follows the push."""
    for held, guarded in ((R, True), (L, False)):
        fight = Fight().close()
        fight.play(0, held)
        fight.b.pos = Vec2(0, 0)
        fight.a.pos, fight.a.vel, fight.a.act, fight.a.facing = Vec2(4, 60), Vec2(0, -1), Act.ATTACK, 1
        fight.a.move, fight.a.since, fight.a.landed = Move.AIR_HEAVY, TABLES.moves[Move.AIR_HEAVY].startup - 1, False
        fight.play(0, held)
        assert (fight.world.blocked == 1) == guarded and fight.world.hits == 1 - guarded


# ---------------------------------------------------------------------------- chains

RANKS = {Move.FAST: 0, Move.LOW_FAST: 1, Move.HEAVY: 2, Move.LOW_HEAVY: 3, Move.SHOT: 4}


@pytest.mark.parametrize("second", RANKS, ids=name)
@pytest.mark.parametrize("first", FLOOR, ids=name)
def test_what_has_touched_is_followed_by_what_is_stronger(first, second):
    fight = Fight().close()
    fight.hit(first)
    fight.play()
    fight.play(PRESS[second])
    fight.play(frames=TABLES.moves[first].hitstop)
    chained = TABLES.moves[first].chains and RANKS[second] > RANKS[first]
    assert (fight.a.move == second and first != second) == (chained and first != second)
    assert chained == (fight.a.act == Act.ATTACK and fight.a.since <= TABLES.moves[first].hitstop and fight.a.move == second
                       and not fight.a.landed)


def test_a_chain_needs_a_touch(fight):
    fight.stand(-200, 200)
    fight.begin(Move.FAST)
    for _ in range(frames_of(Move.FAST) - 2):
        fight.play(0)
        fight.play(H)
        if fight.a.act == Act.ATTACK and fight.a.move == Move.HEAVY:
            break
    assert fight.frame >= TABLES.rounds.intro_frames + frames_of(Move.FAST)


def test_a_guard_is_touched_too(fight):
    fight.close().hit(Move.FAST, other=R)
    fight.play(H, R)
    fight.play(0, R, frames=TABLES.moves[Move.FAST].hitstop)
    assert fight.a.move == Move.HEAVY


def test_there_is_no_chain_to_a_throw(fight):
    fight.close().hit(Move.FAST)
    fight.play(128)
    fight.play(frames=TABLES.moves[Move.FAST].hitstop + 3)
    assert fight.a.move == Move.FAST


@pytest.mark.parametrize("last", [Move.SHOT, Move.LOW_HEAVY], ids=name)
@pytest.mark.parametrize("place", ["middle", "corner"])
def test_fast_low_heavy_and_a_shot_or_a_sweep_are_one_combo(fight, place, last):
    """The other holds every guard that it can, and gets none in: the first blow decides."""
    fight.close() if place == "middle" else fight.cornered()
    fight.hit(Move.FAST)
    total = TABLES.moves[Move.FAST].damage
    for count, move in enumerate((Move.LOW_FAST, Move.HEAVY, last), 2):
        low = D if TABLES.moves[move].height == Height.LOW else 0
        fight.play(PRESS[move], R | low)
        fight.until(lambda count=count: fight.world.hits + fight.world.blocked == count, b=R | low)
        assert fight.world.blocked == 0 and fight.b.combo == count
        total += TABLES.moves[move].damage * (11 - count) // 10
    assert fight.b.health == BODY.health - total
    assert 180 <= total <= 260, "a full chain is a fifth to a fourth of all health"


def test_each_blow_of_a_combo_takes_less_and_the_last_ones_still_something(fight):
    fight.close()
    for combo, share in ((0, 10), (1, 9), (5, 5), (6, 4), (40, 4)):
        fight = Fight().close()
        fight.begin(Move.HEAVY)
        fight.play(frames=TABLES.moves[Move.HEAVY].startup - 2)
        fight.b.act, fight.b.stun, fight.b.combo = Act.HIT, 9, combo
        fight.play()
        assert fight.b.combo == combo + 1
        assert fight.b.health == BODY.health - TABLES.moves[Move.HEAVY].damage * share // 10


@pytest.mark.parametrize("place", ["middle", "corner"])
@pytest.mark.parametrize("move", [Move.FAST, Move.LOW_FAST, Move.HEAVY], ids=name)
def test_the_same_blow_again_and_again_is_no_combo(move, place):
    """However early it is pressed, the other has time for a guard in between: no infinite."""
    fight = Fight().close() if place == "middle" else Fight().cornered()
    low = D if TABLES.moves[move].height == Height.LOW else 0
    fight.hit(move)
    for frame in range(120):
        fight.play(PRESS[move] if frame & 1 else R | low & D, R | low)
        assert fight.b.combo <= 1
    assert fight.world.hits == 1


# ---------------------------------------------------------------------------- the floor and the air

def test_a_sweep_knocks_down_and_nothing_touches_who_lies_or_gets_up(fight):
    fight.close().hit(Move.LOW_HEAVY)
    assert fight.b.act == Act.TUMBLE
    fight.until(lambda: fight.b.act == Act.LYING)
    assert Effect.SLAM in fight.effects()
    lying = fight.until(lambda: fight.b.act != Act.LYING)
    rising = fight.until(lambda: fight.b.act != Act.GETUP)
    assert (lying, rising) == (BODY.lying_frames, BODY.getup_frames) and fight.b.act == Act.STAND

    fight = Fight().close()
    fight.hit(Move.LOW_HEAVY)
    fight.until(lambda: fight.b.act == Act.LYING)
    while fight.b.act in (Act.LYING, Act.GETUP):
        fight.b.pos = Vec2(fight.a.pos.x + 45, 0)
        fight.play((0, D | F)[fight.frame & 1], R | D)
    assert fight.world.hits == 1


def test_who_gets_up_can_guard_on_the_first_free_frame(fight):
    """A blow that is active when the other rises is stopped by a guard that was held long before."""
    fight.close().hit(Move.LOW_HEAVY)
    fight.until(lambda: fight.b.act == Act.GETUP)
    fight.play(0, R, frames=BODY.getup_frames - 1)
    fight.b.pos = Vec2(fight.a.pos.x + 45, 0)
    fight.a.act, fight.a.move, fight.a.since, fight.a.landed = Act.ATTACK, Move.HEAVY, TABLES.moves[Move.HEAVY].startup, False
    fight.play(0, R)
    assert fight.b.act == Act.BLOCK and fight.world.blocked == 1


def test_a_blow_in_the_air_knocks_down(fight):
    fight.close()
    fight.play(0, U, frames=BODY.squat_frames + 2)
    fight.begin(Move.FAST)
    fight.until(lambda: fight.world.hits == 1)
    assert fight.b.act == Act.TUMBLE and fight.b.vel.y > 0 and not fight.b.juggled


def test_the_frame_on_which_a_jump_leaves_the_floor_is_in_the_air(fight):
    fight.close().play(F, U)
    fight.play(0, U, frames=BODY.squat_frames - 1)
    assert TABLES.moves[Move.FAST].startup == BODY.squat_frames, "the blow is active as the jump begins"
    assert fight.b.act == Act.TUMBLE and fight.world.hits == 1


def test_who_was_hit_twice_in_the_air_is_left_alone_until_it_stands_again(fight):
    fight.cornered()
    fight.b.pos, fight.b.act = Vec2(EDGE, 60), Act.JUMP
    hits = []
    for _ in range(120):
        if fight.b.pos.y > 0 and fight.b.act == Act.TUMBLE:      # attack after attack, with no frame between
            fight.a.act, fight.a.move, fight.a.landed, fight.a.freeze = Act.ATTACK, Move.HEAVY, False, 0
            fight.a.since = TABLES.moves[Move.HEAVY].startup
        fight.play(H)
        hits.append(fight.world.hits)
        if fight.b.act == Act.STAND:
            break
    assert hits[-1] == 2 and fight.b.act == Act.STAND and not fight.b.juggled and fight.b.combo == 0


def test_a_body_that_flies_stays_within_the_walls(fight):
    fight.cornered()
    fight.b.health = 1
    fight.hit(Move.HEAVY)
    for _ in range(80):
        fight.play()
        assert fight.b.pos.x <= EDGE
    assert fight.b.act == Act.LYING


# ---------------------------------------------------------------------------- the corner

def test_the_wall_gives_a_push_back_to_who_struck(fight):
    for held in (0, R):
        fight = Fight().cornered()
        fight.hit(Move.HEAVY, other=held)
        x = fight.a.pos.x
        assert fight.b.pos.x == EDGE
        fight.until(lambda fight=fight: fight.a.act in FREE)
        push = TABLES.moves[Move.HEAVY].block_push if held else TABLES.moves[Move.HEAVY].push
        assert fight.b.pos.x == EDGE and 2 * push < x - fight.a.pos.x < 6 * push


def test_away_from_the_wall_who_strikes_stays(fight):
    fight.close().hit(Move.HEAVY)
    x = fight.a.pos.x
    fight.until(lambda: fight.a.act in FREE)
    assert fight.a.pos.x == x


def test_a_string_of_guarded_blows_in_the_corner_pushes_the_attacker_out_of_reach():
    """Nobody is held in the corner by blows alone: each attack that starts anew is farther away."""
    fight = Fight().cornered()
    gaps = []
    for _ in range(6):
        before = fight.world.blocked
        for frame in range(40):
            fight.play(F if frame == 0 else 0, R)
        if fight.world.blocked == before:
            break
        gaps.append(fight.gap)
    assert 1 <= len(gaps) <= 4 and gaps == sorted(gaps)


# ---------------------------------------------------------------------------- other numbers

def test_a_game_with_other_numbers_is_played_by_them():
    def change(tables):
        tables.moves[Move.FAST].damage = 777
        tables.moves[Move.FAST].startup = 1
    fight = Fight(game=game_with(change)).close()
    fight.play(F)
    assert fight.b.health == BODY.health - 777


def test_mirrored_buttons_are_their_own_mirror():
    assert all(mirrored_buttons(mirrored_buttons(b)) == b for b in range(256))
    assert mirrored_buttons(L | D | S) == R | D | S
