"""The fight: walk, jump, one attack with startup, active and recovery frames, block, health, best of three rounds.

All that happens in a match follows from `World`, the inputs and this step. Both fighters move first, then both
attacks are judged on the same picture, so nobody has an advantage from being player 0.
"""

import enum

import rollstep as rs
from rollstep import Vec2, fx, i8, i16, i32, u8, u16

from .tables import TABLES

LEFT, RIGHT, UP, ATTACK, BLOCK = 1, 2, 4, 8, 16
ZERO = fx(0)


class Act(enum.IntEnum):
    STAND = 0
    WALK = 1
    JUMP = 2
    STRIKE = 3
    GUARD = 4
    HIT = 5
    GUARD_HIT = 6
    DOWN = 7
    CHEER = 8


class Phase(enum.IntEnum):
    FIGHT = 0
    PAUSE = 1      # a round is over
    DONE = 2       # the match is over


@rs.struct
class Fighter:
    pos: Vec2      # y is the height of the feet above the floor
    vel: Vec2
    facing: i8     # 1 looks right, -1 left
    act: Act
    since: u16     # frames in this act
    held: u8       # buttons of the last frame: an attack starts on the press
    landed: bool   # this strike has hit
    health: i16
    wins: u8


@rs.struct
class World:
    fighters: rs.Array[Fighter] = rs.array(2)
    phase: Phase
    clock: i16     # frames left of the round or the pause
    round: u8
    hits: i32
    blocked: i32


@rs.struct
class Pad:
    buttons: u8


def start_match(world, tick):
    start_round(world, tick.content)


@rs.sim
def start_round(world, tables):
    world.phase = Phase.FIGHT
    world.clock = tables.round_frames
    world.round += 1
    for i in range(2):
        fighter = world.fighters[i]
        side = 1 - 2 * i
        fighter.pos = Vec2(tables.start_x * -side, 0)
        fighter.vel = Vec2(0, 0)
        fighter.facing = side
        fighter.health = tables.health
        enter(fighter, Act.STAND)


@rs.sim
def enter(fighter, act):
    fighter.act = act
    fighter.since = 0
    fighter.landed = False


@rs.sim
def on_floor(fighter):
    return fighter.pos.y <= 0


@rs.sim
def is_free(fighter):
    return fighter.act in (Act.STAND, Act.WALK, Act.GUARD)


@rs.sim
def control(fighter, buttons, tables):
    """What the buttons start."""
    pressed = buttons & ~fighter.held
    fighter.held = buttons
    way = (1 if buttons & RIGHT else 0) - (1 if buttons & LEFT else 0)
    if is_free(fighter):
        if pressed & ATTACK:
            enter(fighter, Act.STRIKE)
            fighter.vel = Vec2(0, 0)
        elif buttons & BLOCK:
            if fighter.act != Act.GUARD:
                enter(fighter, Act.GUARD)
            fighter.vel = Vec2(0, 0)
        elif buttons & UP:
            enter(fighter, Act.JUMP)
            fighter.vel = Vec2(tables.air_walk * way, tables.jump)
        else:
            wanted = Act.WALK if way else Act.STAND
            if fighter.act != wanted:
                enter(fighter, wanted)
            fighter.vel = Vec2(tables.walk * way, 0)
    elif fighter.act == Act.JUMP and pressed & ATTACK:
        enter(fighter, Act.STRIKE)


@rs.sim
def move(fighter, tables):
    """Where the fighter goes, and what ends by itself."""
    slowing = fighter.act in (Act.HIT, Act.GUARD_HIT, Act.DOWN, Act.CHEER)
    vel = fighter.vel
    if not on_floor(fighter) or vel.y > 0:
        vel -= Vec2(0, tables.gravity)
    elif slowing:
        vel = Vec2(vel.x * tables.friction, 0)
    pos = fighter.pos + vel
    if pos.y <= 0:
        pos = Vec2(pos.x, 0)
        vel = Vec2(vel.x, ZERO)
        if fighter.act == Act.JUMP:
            enter(fighter, Act.STAND)
    edge = tables.stage_half - tables.body_half
    fighter.pos = Vec2(max(min(pos.x, edge), -edge), pos.y)
    fighter.vel = vel
    fighter.since += 1
    if fighter.act == Act.STRIKE and fighter.since >= tables.startup + tables.active + tables.recovery:
        enter(fighter, Act.STAND if on_floor(fighter) else Act.JUMP)
    elif (fighter.act == Act.HIT and fighter.since >= tables.hitstun) or \
            (fighter.act == Act.GUARD_HIT and fighter.since >= tables.blockstun):
        enter(fighter, Act.STAND)


@rs.sim
def keep_apart(a, b, tables):
    """Two bodies push each other out, half each; at a wall the other gives way. Who lands on the other's middle goes back."""
    gap = b.pos.x - a.pos.x
    overlap = 2 * tables.body_half - abs(gap)
    if overlap > 0 and abs(a.pos.y - b.pos.y) < tables.height:
        if gap == 0:
            side = a.facing if a.pos.y > b.pos.y else -b.facing
        else:
            side = 1 if gap > 0 else -1
        edge = tables.stage_half - tables.body_half
        half = overlap / 2 * side
        a.pos = Vec2(max(min(a.pos.x - half, edge), -edge), a.pos.y)
        b.pos = Vec2(max(min(b.pos.x + half, edge), -edge), b.pos.y)


@rs.sim
def reaches(attacker, target, tables):
    """Whether a strike hits on this frame."""
    if attacker.act != Act.STRIKE or attacker.landed:
        return False
    if attacker.since < tables.startup or attacker.since >= tables.startup + tables.active:
        return False
    ahead = (target.pos.x - attacker.pos.x) * attacker.facing
    return 0 <= ahead <= tables.reach and abs(target.pos.y - attacker.pos.y) < tables.height


@rs.sim
def take_hit(world, target, attacker, tables):
    attacker.landed = True
    away = attacker.facing
    if target.act in (Act.GUARD, Act.GUARD_HIT) and target.facing == -away:
        target.health = max(target.health - tables.chip, 0)
        target.vel = Vec2(tables.block_push * away, 0)
        enter(target, Act.GUARD_HIT)
        world.blocked += 1
    else:
        target.health = max(target.health - tables.damage, 0)
        target.vel = Vec2(tables.push * away, 0)
        enter(target, Act.HIT)
        world.hits += 1


@rs.sim
def judge(world, tables):
    """The end of a round: a knock-out, both at once, or time."""
    a, b = world.fighters[0], world.fighters[1]
    if a.health > 0 and b.health > 0 and world.clock > 0:
        return
    if a.health >= b.health:
        a.wins += 1
    if b.health >= a.health:
        b.wins += 1
    for i in range(2):
        fighter, other = world.fighters[i], world.fighters[1 - i]
        enter(fighter, Act.DOWN if fighter.health < max(other.health, 1) else Act.CHEER)
    world.phase = Phase.PAUSE
    world.clock = tables.pause_frames


@rs.sim
def fight(world, inputs, tables):
    a, b = world.fighters[0], world.fighters[1]
    control(a, inputs[0].buttons, tables)
    control(b, inputs[1].buttons, tables)
    move(a, tables)
    move(b, tables)
    keep_apart(a, b, tables)
    for i in range(2):
        fighter, other = world.fighters[i], world.fighters[1 - i]
        if is_free(fighter) and other.pos.x != fighter.pos.x:
            fighter.facing = 1 if other.pos.x > fighter.pos.x else -1
    first, second = reaches(a, b, tables), reaches(b, a, tables)
    if first:
        take_hit(world, b, a, tables)
    if second:
        take_hit(world, a, b, tables)
    judge(world, tables)


def step(world, inputs, tick):
    tables = tick.content
    world.clock -= 1
    if world.phase == Phase.FIGHT:
        fight(world, inputs, tables)
    else:
        for i in range(2):
            world.fighters[i].held = inputs[i].buttons
            move(world.fighters[i], tables)
        if world.phase == Phase.PAUSE and world.clock <= 0:
            over = world.fighters[0].wins >= tables.rounds_to_win or world.fighters[1].wins >= tables.rounds_to_win
            if over:
                world.phase = Phase.DONE
            else:
                start_round(world, tables)
        world.clock = max(world.clock, 0)


game = rs.Game("fighter", state=World, input=Pad, players=2, init=start_match, step=step, fps=60, content=TABLES)
