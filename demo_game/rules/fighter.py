"""One fighter: what its buttons start, how it moves, what ends by itself."""

import rollstep as rs
from rollstep import Vec2, fx

from ..world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP, Act, Effect, Move

ATTACKS = FAST | HEAVY | SHOT | THROW
#: What may follow what in a chain: only a higher rank. By Move.
RANK = (0, 2, 1, 3, 9, 9, 4, 9)
NO_MOVE = -1
#: Where the count of frames in an act stops, so that it never wraps while somebody waits for another match.
MOST_SINCE = 60_000
ZERO = fx(0)


@rs.sim
def happen(world, kind, player, x, y, frame):
    """Something to see and to hear, by a player, at a place of the stage; `frame` is that of the step."""
    world.effects.emit(frame, kind, player, int(x), int(y))


@rs.sim
def enter(fighter, act):
    fighter.act = act
    fighter.since = 0


@rs.sim
def on_floor(fighter):
    """Its feet touch the floor and are not just leaving it."""
    return fighter.pos.y <= 0 and fighter.vel.y <= 0


@rs.sim
def is_free(fighter):
    """On its feet and able to start anything."""
    return fighter.act in (Act.STAND, Act.WALK, Act.RETREAT, Act.CROUCH)


@rs.sim
def attack_frames(move):
    return move.startup + move.active + move.recovery


@rs.sim
def way(buttons):
    """-1, 0 or 1: where the direction keys point to."""
    return (1 if buttons & RIGHT else 0) - (1 if buttons & LEFT else 0)


@rs.sim
def remember(fighter, buttons, body):
    """Keep what was pressed: an attack for some frames, so that an early press counts; a tap, as the first half of a dash.

    An attack keeps whether DOWN was held, and is not forgotten while a blow freezes the fighter. True when this frame's
    tap is the second half.
    """
    pressed = buttons & ~fighter.held
    fighter.held = buttons
    if fighter.freeze == 0:
        fighter.wish_left = max(fighter.wish_left - 1, 0)
    fighter.tap_left = max(fighter.tap_left - 1, 0)
    if pressed & ATTACKS:
        fighter.wish = pressed & ATTACKS | buttons & DOWN
        fighter.wish_left = body.wish_frames
    tapped = way(pressed)
    dashes = False
    if tapped and way(buttons) == tapped:
        dashes = fighter.tap_left > 0 and fighter.tap == tapped
        fighter.tap = tapped
        fighter.tap_left = 0 if dashes else body.tap_frames
    return dashes


@rs.sim
def asks_for_throw(fighter):
    """The last press is THROW, or FAST and HEAVY together."""
    return fighter.wish_left > 0 and (fighter.wish & THROW or (fighter.wish & FAST and fighter.wish & HEAVY))


@rs.sim
def wanted_move(fighter):
    """The attack that the last press asks for, or NO_MOVE."""
    if fighter.wish_left == 0:
        return NO_MOVE
    wish = fighter.wish
    if not on_floor(fighter):
        if wish & HEAVY:
            return Move.AIR_HEAVY
        return Move.AIR_FAST if wish & FAST else NO_MOVE
    if asks_for_throw(fighter):
        return Move.THROW
    if wish & SHOT:
        return Move.SHOT
    low = wish & DOWN
    if wish & HEAVY:
        return Move.LOW_HEAVY if low else Move.HEAVY
    return Move.LOW_FAST if low else Move.FAST


@rs.sim
def start_attack(world, player, move, frame):
    fighter = world.fighters[player]
    enter(fighter, Act.ATTACK)
    fighter.move = move
    fighter.low = move in (Move.LOW_FAST, Move.LOW_HEAVY)
    fighter.landed = False
    fighter.wish_left = 0
    if on_floor(fighter):
        fighter.vel = Vec2(0, 0)
    heavy = move in (Move.HEAVY, Move.LOW_HEAVY, Move.AIR_HEAVY)
    happen(world, Effect.HEAVY_SWING if heavy else Effect.SWING, player, fighter.pos.x, fighter.pos.y + 70, frame)


@rs.sim
def may_chain(fighter, move, tables):
    """An attack that has touched may be left for a stronger one, on the floor."""
    return (fighter.act == Act.ATTACK and fighter.landed and on_floor(fighter) and tables.moves[fighter.move].chains
            and RANK[move] < 9 and RANK[move] > RANK[fighter.move])


@rs.sim
def control(world, player, buttons, tables, frame):
    """What the buttons start."""
    fighter = world.fighters[player]
    body = tables.body
    dashes = remember(fighter, buttons, body)
    if fighter.freeze > 0:
        return
    move = wanted_move(fighter)
    if move == Move.SHOT and world.shots[player].alive:
        move = NO_MOVE
    if is_free(fighter):
        if move >= 0:
            start_attack(world, player, move, frame)
        elif dashes:
            enter(fighter, Act.DASH if way(buttons) == fighter.facing else Act.BACKDASH)
            happen(world, Effect.DASH, player, fighter.pos.x, 0, frame)
        elif buttons & UP:
            enter(fighter, Act.SQUAT)
            fighter.vel = Vec2(0, 0)
        else:
            walk(fighter, buttons, body)
    elif fighter.act == Act.DASH and move >= 0:
        start_attack(world, player, move, frame)
        fighter.vel = Vec2(body.walk * fighter.facing, 0)
    elif fighter.act == Act.JUMP and move >= 0:
        start_attack(world, player, move, frame)
    elif move >= 0 and may_chain(fighter, move, tables):
        start_attack(world, player, move, frame)


@rs.sim
def walk(fighter, buttons, body):
    """Stand, walk or crouch, as the directions say."""
    ahead = way(buttons) * fighter.facing
    if buttons & DOWN:
        wanted, speed = Act.CROUCH, ZERO
    elif ahead > 0:
        wanted, speed = Act.WALK, body.walk
    elif ahead < 0:
        wanted, speed = Act.RETREAT, -body.retreat
    else:
        wanted, speed = Act.STAND, ZERO
    if fighter.act != wanted:
        enter(fighter, wanted)
    fighter.vel = Vec2(speed * fighter.facing, 0)


@rs.sim
def advance(world, player, tables, frame):
    """One frame of flight, friction and of whatever ends by itself. Nothing while it is frozen by a blow."""
    fighter = world.fighters[player]
    if fighter.freeze > 0:
        fighter.freeze -= 1
        return
    fighter.since = min(fighter.since + 1, MOST_SINCE)
    fly(fighter, tables.body)
    if fighter.act == Act.SQUAT:
        if fighter.since >= tables.body.squat_frames:
            enter(fighter, Act.JUMP)
            fighter.vel = Vec2(tables.body.air_walk * way(fighter.held), tables.body.jump)
            happen(world, Effect.JUMP, player, fighter.pos.x, 0, frame)
    elif on_floor(fighter):
        fighter.vel = Vec2(fighter.vel.x, 0)
        if fighter.act == Act.JUMP or (fighter.act == Act.ATTACK and fighter.move in (Move.AIR_FAST, Move.AIR_HEAVY)):
            enter(fighter, Act.LAND)
            fighter.vel = Vec2(0, 0)
            happen(world, Effect.LAND, player, fighter.pos.x, 0, frame)
        elif fighter.act == Act.TUMBLE:
            enter(fighter, Act.LYING)
            happen(world, Effect.SLAM, player, fighter.pos.x, 0, frame)
        else:
            expire(fighter, tables)
    elif fighter.act == Act.ATTACK and fighter.since >= attack_frames(tables.moves[fighter.move]):
        enter(fighter, Act.JUMP)


@rs.sim
def fly(fighter, body):
    """Where the speed takes it."""
    vel = fighter.vel
    if not on_floor(fighter):
        vel -= Vec2(0, body.gravity)
    elif fighter.act in (Act.HIT, Act.BLOCK, Act.LYING, Act.CHEER, Act.DEFEAT, Act.ATTACK, Act.LAND, Act.GETUP):
        vel = Vec2(vel.x * body.friction, 0)
    elif fighter.act == Act.DASH:
        vel = Vec2(body.dash * fighter.facing, 0)
    elif fighter.act == Act.BACKDASH:
        vel = Vec2(body.backdash * -fighter.facing * (body.backdash_frames - fighter.since) / body.backdash_frames, 0)
    pos = fighter.pos + vel
    fighter.pos = Vec2(pos.x, max(pos.y, 0))
    fighter.vel = vel


@rs.sim
def length(fighter, tables):
    """Frames after which what it does is over by itself; 0: never."""
    act, body = fighter.act, tables.body
    if act == Act.DASH:
        return body.dash_frames
    if act == Act.BACKDASH:
        return body.backdash_frames
    if act == Act.LAND:
        return body.land_frames
    if act == Act.GETUP:
        return body.getup_frames
    if act == Act.ATTACK:
        return attack_frames(tables.moves[fighter.move])
    return body.lying_frames if act == Act.LYING and fighter.health > 0 else 0


@rs.sim
def expire(fighter, tables):
    """The end of what lasts a number of frames on the floor."""
    if fighter.act in (Act.HIT, Act.BLOCK):
        fighter.stun = max(fighter.stun - 1, 0)
        if fighter.stun == 0:
            enter(fighter, Act.CROUCH if fighter.low else Act.STAND)
    elif length(fighter, tables) and fighter.since >= length(fighter, tables):
        if fighter.act == Act.LYING:
            enter(fighter, Act.GETUP)
        else:
            enter(fighter, Act.CROUCH if fighter.act == Act.ATTACK and fighter.low else Act.STAND)
    if is_free(fighter):
        fighter.juggled = False
        fighter.combo = 0
