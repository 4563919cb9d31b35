"""The bots: a player's buttons computed from the world inside the step, so that every peer and every replay has them alike.

A bot decides anew every few frames, which is its reaction time; its chances are content (`Brain`).
"""

import rollstep as rs

from ..world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP, Act, Height, Move, Phase, Plan
from .fighter import is_free, on_floor

#: Distances in pixels: where blows reach, where a shot or a leap is better.
NEAR, MIDDLE, FAR = 92, 190, 300
MASK32 = 0xFFFFFFFF


@rs.sim
def dice(tick, player, salt):
    """0 to 255, a function of seed, frame, player and what it is for. The mixing stays below 64 bits."""
    x = (tick.seed ^ tick.seed >> 32 ^ tick.frame * 0x3C6EF35F ^ player * 0x51ED270B ^ salt * 0x2545F491) & MASK32
    x = (x ^ x >> 16) * 0x7FEB352D & MASK32
    x = (x ^ x >> 15) * 0x2C1B3C6D & MASK32
    return (x ^ x >> 16) & 255


@rs.sim
def threatens(me, other, shot, tables, gap):
    """Whether a blow or a shot is coming that could reach me."""
    if shot.alive and abs(shot.pos.x - me.pos.x) < 70 and (me.pos.x - shot.pos.x) * shot.facing > 0:
        return True
    move = tables.moves[other.move]
    return other.act == Act.ATTACK and other.since < move.startup + move.active and gap < NEAR + 40


@rs.sim
def is_open(other, tables):
    """Whether the other cannot guard now."""
    move = tables.moves[other.move]
    misses = other.act == Act.ATTACK and other.since >= move.startup + move.active
    return misses or other.act in (Act.LAND, Act.HIT, Act.BACKDASH)


@rs.sim
def decide(tick, player, me, other, shot, gap, brain):
    """What to do next."""
    tables = tick.content
    if threatens(me, other, shot, tables, gap) and dice(tick, player, 1) < brain.guard:
        return Plan.GUARD
    if other.act in (Act.LYING, Act.TUMBLE, Act.GETUP):
        return Plan.RETREAT if gap < NEAR else Plan.WAIT
    luck = dice(tick, player, 2)
    if gap < NEAR:
        if is_open(other, tables) and dice(tick, player, 3) < brain.punish:
            return Plan.STRIKE
        if dice(tick, player, 4) < brain.grab:
            return Plan.GRAB
        if luck < brain.aggression:
            return Plan.SWEEP if luck & 3 == 0 else Plan.STRIKE
        return Plan.GUARD if luck & 1 else Plan.RETREAT
    if dice(tick, player, 5) < brain.shoot and gap > MIDDLE:
        return Plan.SHOOT
    if luck < brain.aggression:
        if gap < FAR and luck & 7 == 0:
            return Plan.LEAP
        return Plan.DASH_IN if gap > MIDDLE and luck & 3 == 1 else Plan.APPROACH
    return Plan.RETREAT if luck & 3 == 0 and gap < MIDDLE else Plan.WAIT


@rs.sim
def guard_buttons(other, tables, back):
    """Away from the other, as high as the blow asks."""
    high = other.act == Act.ATTACK and tables.moves[other.move].height == Height.HIGH
    return back if high else back | DOWN


@rs.sim
def combo_buttons(me, gap):
    """Strike, and follow what has touched with something stronger."""
    if me.act == Act.ATTACK and me.landed:
        if me.move == Move.FAST:
            return DOWN | FAST
        if me.move == Move.LOW_FAST:
            return HEAVY
        return SHOT
    if not on_floor(me):
        return HEAVY
    return FAST if gap < 70 else HEAVY


@rs.sim
def press(me, buttons):
    """Attacks count when they are pressed anew: let go in between."""
    return buttons & ~(me.held & (FAST | HEAVY | SHOT | THROW | UP))


@rs.sim
def buttons_for(plan, me, other, tables, gap):
    """The buttons that carry out a plan on this frame."""
    ahead = RIGHT if other.pos.x > me.pos.x else LEFT
    back = LEFT + RIGHT - ahead
    if plan == Plan.GUARD:
        return guard_buttons(other, tables, back)
    if plan == Plan.RETREAT:
        return back
    if plan == Plan.APPROACH:
        return ahead if gap > 60 else 0
    if plan == Plan.DASH_IN:
        if me.act == Act.DASH:
            return press(me, FAST) if gap < NEAR else ahead
        return 0 if me.held & ahead else ahead
    if plan == Plan.STRIKE:
        return combo_buttons(me, gap) if not is_free(me) or gap < NEAR else ahead
    if plan == Plan.SWEEP:
        return DOWN | HEAVY if me.act == Act.CROUCH else DOWN
    if plan == Plan.SHOOT:
        return SHOT
    if plan == Plan.GRAB:
        return THROW if gap < 60 else ahead
    if plan == Plan.LEAP:
        if on_floor(me):
            return ahead | UP
        return HEAVY if me.vel.y < 0 and gap < NEAR else 0
    return 0


@rs.sim
def think(world, player, level, tick):
    """The buttons of a bot."""
    me, other, shot = world.fighters[player], world.fighters[1 - player], world.shots[1 - player]
    brain = tick.content.brains[level - 1]
    if world.phase != Phase.FIGHT:
        return press(me, FAST) if world.phase == Phase.DONE else 0
    gap = abs(other.pos.x - me.pos.x)
    # a throw is broken by reflex, as is a chain gone on with
    if me.act == Act.THROWN:
        return press(me, THROW) if dice(tick, player, 6) < brain.guard // 8 else 0
    if me.plan_left == 0:
        me.plan = decide(tick, player, me, other, shot, gap, brain)
        me.plan_left = brain.reaction_frames + dice(tick, player, 7) % 8
    else:
        me.plan_left -= 1
    return press(me, buttons_for(me.plan, me, other, tick.content, gap))
