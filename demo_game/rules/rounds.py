"""Rounds and matches: how they start, how they end, and who wants another one."""

import rollstep as rs
from rollstep import Vec2

from ..world import FAST, Act, Effect, Ending, Phase
from .combat import KNOCK_OUT_FREEZE, break_free
from .fighter import enter, happen, is_free, on_floor

#: Frames after the end of a match before anybody can ask for another one.
REST_FRAMES = 60
#: Frames of a pause after which fighters cheer or give in.
BOW_FRAMES = 45


@rs.sim
def start_round(world, tables, frame):
    world.phase = Phase.INTRO
    world.ending = Ending.NONE
    world.clock = tables.rounds.intro_frames
    world.round += 1
    for i in range(2):
        fighter = world.fighters[i]
        side = 1 - 2 * i
        fighter.pos = Vec2(tables.stage.start_x * -side, 0)
        fighter.vel = Vec2(0, 0)
        fighter.facing = side
        fighter.health = tables.body.health
        fighter.low = False
        fighter.stun = 0
        fighter.freeze = 0
        fighter.combo = 0
        fighter.juggled = False
        fighter.landed = False
        fighter.wish_left = 0
        fighter.tap_left = 0
        fighter.ready = False
        world.shots[i].alive = False
        enter(fighter, Act.STAND)
    happen(world, Effect.ROUND, 0, 0, 0, frame)


@rs.sim
def start_fight(world, tables, frame):
    world.phase = Phase.FIGHT
    world.clock = tables.rounds.frames
    happen(world, Effect.BELL, 0, 0, 0, frame)


@rs.sim
def judge(world, tables, frame):
    """The end of a round: a knock-out, both at once, or time. A draw counts for both."""
    a, b = world.fighters[0], world.fighters[1]
    if a.health > 0 and b.health > 0 and world.clock > 0:
        return
    if a.health == 0 and b.health == 0:
        world.ending = Ending.DOUBLE_KNOCK_OUT
    elif a.health == 0 or b.health == 0:
        world.ending = Ending.PERFECT if max(a.health, b.health) == tables.body.health else Ending.KNOCK_OUT
    else:
        world.ending = Ending.TIME_DRAW if a.health == b.health else Ending.TIME_OVER
    if a.health >= b.health:
        a.wins += 1
    if b.health >= a.health:
        b.wins += 1
    if a.health == 0 or b.health == 0:
        a.freeze = KNOCK_OUT_FREEZE
        b.freeze = KNOCK_OUT_FREEZE
        happen(world, Effect.KNOCK_OUT, 0 if b.health == 0 else 1, 0, 0, frame)
    else:
        happen(world, Effect.TIME, 0, 0, 0, frame)
        if a.act == Act.HOLD or b.act == Act.HOLD:      # nobody is thrown any more
            break_free(world, 0 if a.act == Act.HOLD else 1, frame)
    world.shots[0].alive = False
    world.shots[1].alive = False
    world.phase = Phase.PAUSE
    world.clock = tables.rounds.pause_frames


@rs.sim
def bow(world, tables):
    """After a round: whoever stands shows how it went."""
    if world.phase == Phase.PAUSE and world.clock > tables.rounds.pause_frames - BOW_FRAMES:
        return
    for i in range(2):
        fighter, other = world.fighters[i], world.fighters[1 - i]
        if on_floor(fighter) and is_free(fighter):
            enter(fighter, Act.DEFEAT if fighter.health < max(other.health, 1) else Act.CHEER)
            fighter.vel = Vec2(0, 0)


@rs.sim
def end_pause(world, tables, frame):
    """To the next round, or to the end of the match."""
    a, b = world.fighters[0], world.fighters[1]
    if a.wins < tables.rounds.to_win and b.wins < tables.rounds.to_win:
        start_round(world, tables, frame)
        return
    world.phase = Phase.DONE
    world.matches = min(world.matches + 1, 255)
    world.clock = REST_FRAMES
    happen(world, Effect.VICTORY, 0 if a.wins >= b.wins else 1, 0, 0, frame)


@rs.sim
def ask_again(world, player, pressed):
    """In DONE, FAST says that a player wants another match."""
    if world.clock == 0 and pressed & FAST:
        world.fighters[player].ready = True


@rs.sim
def start_again(world, tables, frame):
    """Another match when both want one."""
    a, b = world.fighters[0], world.fighters[1]
    if a.ready and b.ready:
        world.round = 0
        a.wins = 0
        b.wins = 0
        start_round(world, tables, frame)
