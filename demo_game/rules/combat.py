"""Where fighters meet: walls, bodies, blows, guards, throws and shots.

Both sides of a meeting are judged on the same picture, so nobody has an advantage from being player 0.
"""

import rollstep as rs
from rollstep import Vec2

from ..world import DOWN, Act, Effect, Height, Move
from .fighter import asks_for_throw, enter, happen, is_free, on_floor, way

#: Pixels per frame by which two bodies that overlap give way, each.
GIVE_WAY = 5
#: Frames in which whoever is grabbed can break free.
BREAK_FRAMES = 12
BREAK_SPEED = 6
#: Share of the damage, in tenths, that is lost with each blow of a combo, and what always remains.
COMBO_LOSS, COMBO_LEAST = 1, 4
#: Speed at which a body that was hit in the air or knocked out goes up.
JUGGLE_LIFT = 5
KNOCK_OUT_FREEZE = 26


@rs.sim
def sign(value):
    return (1 if value > 0 else 0) - (1 if value < 0 else 0)


# ---------------------------------------------------------------------------- room

@rs.sim
def is_solid(fighter):
    return fighter.act not in (Act.LYING, Act.TUMBLE, Act.THROWN)


@rs.sim
def keep_apart(a, b, tables):
    """Two bodies push each other out, half each. In the very same place the upper one goes back, or each does."""
    body = tables.body
    gap = b.pos.x - a.pos.x
    overlap = 2 * body.half_width - abs(gap)
    if overlap > 0 and abs(a.pos.y - b.pos.y) < body.crouching.top and is_solid(a) and is_solid(b):
        side = sign(gap)
        if side == 0:
            side = a.facing if a.pos.y > b.pos.y else -b.facing
            if a.pos.y == b.pos.y and a.facing == b.facing:
                side = 1
        half = min(overlap / 2, GIVE_WAY) * side
        a.pos = Vec2(a.pos.x - half, a.pos.y)
        b.pos = Vec2(b.pos.x + half, b.pos.y)


@rs.sim
def keep_in_sight(a, b, a_from, b_from, tables):
    """Fighters cannot leave each other farther than the screen: who moved away gives its share of it back."""
    side = sign(b.pos.x - a.pos.x)
    excess = (b.pos.x - a.pos.x) * side - tables.stage.furthest
    if excess > 0:
        a_away = max((a_from - a.pos.x) * side, 0)
        b_away = max((b.pos.x - b_from) * side, 0)
        if a_away + b_away > 0:
            a.pos = Vec2(a.pos.x + excess * a_away / (a_away + b_away) * side, a.pos.y)
            b.pos = Vec2(b.pos.x - excess * b_away / (a_away + b_away) * side, b.pos.y)


@rs.sim
def keep_inside(fighter, tables):
    edge = tables.stage.half_width - tables.body.half_width
    fighter.pos = Vec2(max(min(fighter.pos.x, edge), -edge), fighter.pos.y)


@rs.sim
def settle_room(world, a_from, b_from, tables):
    """After both have moved; `a_from` and `b_from` are their x before."""
    a, b = world.fighters[0], world.fighters[1]
    keep_in_sight(a, b, a_from, b_from, tables)
    keep_inside(a, tables)
    keep_inside(b, tables)
    keep_apart(a, b, tables)
    # at a wall, whoever is not against it gives way for both
    shift_a, shift_b = a.pos.x, b.pos.x
    keep_inside(a, tables)
    keep_inside(b, tables)
    shift_a, shift_b = a.pos.x - shift_a, b.pos.x - shift_b
    a.pos = Vec2(a.pos.x + shift_b, a.pos.y)
    b.pos = Vec2(b.pos.x + shift_a, b.pos.y)
    for i in range(2):
        fighter, other = world.fighters[i], world.fighters[1 - i]
        side = sign(other.pos.x - fighter.pos.x)
        if side and (is_free(fighter) or fighter.act in (Act.SQUAT, Act.LAND, Act.GETUP)):
            fighter.facing = side


# ---------------------------------------------------------------------------- blows

@rs.sim
def is_low(fighter):
    return fighter.act == Act.CROUCH or (fighter.low and fighter.act in (Act.HIT, Act.BLOCK, Act.ATTACK))


@rs.sim
def hurt_box(fighter, body):
    if not on_floor(fighter):
        return body.jumping
    return body.crouching if is_low(fighter) else body.standing


@rs.sim
def can_be_hit(fighter):
    return not fighter.juggled and fighter.act not in (Act.LYING, Act.GETUP, Act.THROWN, Act.HOLD)


@rs.sim
def overlaps(box, pos, facing, left, right, bottom, top):
    """Whether a box of somebody at `pos` touches a rectangle of the stage."""
    near, far = pos.x + box.back * facing, pos.x + box.front * facing
    return (min(near, far) < right and left < max(near, far)
            and pos.y + box.bottom < top and bottom < pos.y + box.top)


@rs.sim
def touches(attacker, target, tables):
    """Whether an attack meets the other on this frame.

    A grab also needs somebody on its feet, and not on the very frame on which it got free: it may still jump.
    """
    if attacker.act != Act.ATTACK or attacker.landed or not can_be_hit(target):
        return False
    move = tables.moves[attacker.move]
    if attacker.move == Move.SHOT or attacker.since < move.startup or attacker.since >= move.startup + move.active:
        return False
    if move.height == Height.GRAB and (not on_floor(target) or target.act in (Act.SQUAT, Act.HIT, Act.BLOCK)
                                       or (is_free(target) and target.since == 0)):
        return False
    reach = move.hit
    near, far = attacker.pos.x + reach.back * attacker.facing, attacker.pos.x + reach.front * attacker.facing
    return overlaps(hurt_box(target, tables.body), target.pos, target.facing, min(near, far), max(near, far),
                    attacker.pos.y + reach.bottom, attacker.pos.y + reach.top)


@rs.sim
def guards(target, height, away):
    """Whether the target blocks a blow that pushes it `away`: it holds away from it, or is blocking already."""
    if not on_floor(target) or not (target.act == Act.BLOCK or (is_free(target) and way(target.held) == away)):
        return False
    low = target.held & DOWN
    return height == Height.MID or (height == Height.LOW if low else height == Height.HIGH)


@rs.sim
def take_blow(world, player, kind, away, x, y, tables, frame):
    """Player `player` takes a blow of this kind. True when it was guarded."""
    target = world.fighters[player]
    move = tables.moves[kind]
    target.freeze = max(target.freeze, move.hitstop)
    target.wish_left = 0
    if guards(target, move.height, away):
        target.health = max(target.health - move.chip, 0)
        target.low = target.held & DOWN != 0
        target.stun = move.blockstun
        target.vel = Vec2(move.block_push * away, 0)
        enter(target, Act.BLOCK)
        world.blocked += 1
        happen(world, Effect.BLOCK, 1 - player, x, y, frame)
        if target.health == 0:
            knock_off(target, move.push * away, JUGGLE_LIFT)
        return True
    share = max(10 - COMBO_LOSS * target.combo, COMBO_LEAST)
    target.health = max(target.health - max(move.damage * share // 10, 1), 0)
    target.combo = min(target.combo + 1, 99)
    world.hits += 1
    heavy = kind in (Move.HEAVY, Move.LOW_HEAVY, Move.AIR_HEAVY)
    happen(world, Effect.HEAVY_HIT if heavy else Effect.HIT, 1 - player, x, y, frame)
    if target.act == Act.TUMBLE:
        target.juggled = True
    if not on_floor(target) or move.launch > 0 or target.health == 0:
        knock_off(target, move.push * away, max(move.launch, JUGGLE_LIFT))
    else:
        target.low = is_low(target)
        target.stun = move.hitstun
        target.vel = Vec2(move.push * away, 0)
        enter(target, Act.HIT)
    return False


@rs.sim
def knock_off(target, push, lift):
    """Off its feet, until it lies."""
    target.vel = Vec2(push, lift)
    target.low = False
    enter(target, Act.TUMBLE)


@rs.sim
def strike(world, player, trades, tables, frame):
    """The attack of this player has met the other; `trades`: so has the other's."""
    attacker, target = world.fighters[player], world.fighters[1 - player]
    move = tables.moves[attacker.move]
    away = attacker.facing
    attacker.landed = True
    x = (attacker.pos.x + move.hit.front * away + target.pos.x) / 2
    y = attacker.pos.y + (move.hit.bottom + move.hit.top) // 2
    cornered = abs(target.pos.x) >= tables.stage.half_width - tables.body.half_width
    guarded = take_blow(world, 1 - player, attacker.move, away, x, y, tables, frame)
    attacker.freeze = max(attacker.freeze, move.hitstop)
    if cornered and on_floor(attacker) and not trades:   # the wall gives the push back
        attacker.vel = Vec2((move.block_push if guarded else move.push) * -away, 0)


# ---------------------------------------------------------------------------- throws

@rs.sim
def grab(world, player, frame):
    attacker, target = world.fighters[player], world.fighters[1 - player]
    enter(attacker, Act.HOLD)
    enter(target, Act.THROWN)
    attacker.vel = Vec2(0, 0)
    target.vel = Vec2(0, 0)
    target.low = False
    target.facing = -attacker.facing
    target.wish_left = 0
    happen(world, Effect.GRAB, player, (attacker.pos.x + target.pos.x) / 2, 80, frame)


@rs.sim
def break_free(world, player, frame):
    """Both let go and are pushed apart; `player` broke the grab."""
    for i in range(2):
        fighter = world.fighters[i]
        fighter.stun = 14
        fighter.low = False
        fighter.wish_left = 0
        fighter.vel = Vec2(BREAK_SPEED * -fighter.facing, 0)
        enter(fighter, Act.BLOCK)
    x = (world.fighters[0].pos.x + world.fighters[1].pos.x) / 2
    happen(world, Effect.BREAK_FREE, player, x, 80, frame)


@rs.sim
def carry(world, player, tables, frame):
    """A throw goes on: the held one can break free at first; in the end it flies, backward if the thrower holds back."""
    thrower, held = world.fighters[player], world.fighters[1 - player]
    move = tables.moves[Move.THROW]
    if thrower.act != Act.HOLD:
        return
    if asks_for_throw(held) and held.since <= BREAK_FRAMES:
        break_free(world, 1 - player, frame)
    elif thrower.since >= move.hitstun:
        if way(thrower.held) == -thrower.facing:
            thrower.facing = -thrower.facing
        side = thrower.facing
        held.pos = Vec2(thrower.pos.x + tables.body.half_width * 2 * side, 30)
        keep_inside(held, tables)
        held.facing = -side
        held.combo = 1
        held.health = max(held.health - move.damage, 0)
        held.freeze = move.hitstop
        knock_off(held, move.push * side, move.launch)
        held.juggled = True
        world.hits += 1
        thrower.freeze = move.hitstop
        enter(thrower, Act.ATTACK)      # what is left of the move
        thrower.since = move.startup + move.active
        happen(world, Effect.HEAVY_HIT, player, held.pos.x, 70, frame)


# ---------------------------------------------------------------------------- shots

@rs.sim
def launch(world, player, tables, frame):
    """A shot leaves the hands on the first active frame of its move."""
    fighter, shot = world.fighters[player], world.shots[player]
    if fighter.act == Act.ATTACK and fighter.move == Move.SHOT and not fighter.landed \
            and fighter.freeze == 0 and fighter.since == tables.moves[Move.SHOT].startup:
        fighter.landed = True
        shot.alive = True
        shot.facing = fighter.facing
        shot.since = 0
        shot.pos = Vec2(fighter.pos.x + tables.moves[Move.SHOT].hit.front * fighter.facing, tables.shot.height)
        happen(world, Effect.LAUNCH_SHOT, player, shot.pos.x, shot.pos.y, frame)


@rs.sim
def fly_shot(world, player, tables):
    shot = world.shots[player]
    if shot.alive:
        shot.since += 1
        shot.pos += Vec2(tables.shot.speed * shot.facing, 0)
        if shot.since >= tables.shot.life or abs(shot.pos.x) > tables.stage.half_width + tables.shot.half:
            shot.alive = False


@rs.sim
def clash(world, tables, frame):
    """Two shots that meet destroy each other."""
    a, b = world.shots[0], world.shots[1]
    if a.alive and b.alive and abs(a.pos.x - b.pos.x) < 2 * tables.shot.half:
        a.alive = False
        b.alive = False
        happen(world, Effect.CLASH, 0, (a.pos.x + b.pos.x) / 2, tables.shot.height, frame)


@rs.sim
def shot_touches(world, player, tables):
    """Whether the shot of this player meets the other fighter."""
    shot, target, half = world.shots[player], world.fighters[1 - player], tables.shot.half
    return shot.alive and can_be_hit(target) and overlaps(
        hurt_box(target, tables.body), target.pos, target.facing, shot.pos.x - half, shot.pos.x + half,
        shot.pos.y - half, shot.pos.y + half)


# ---------------------------------------------------------------------------- all of it

@rs.sim
def meet(world, tables, frame):
    """Everything in which the two fighters touch, on the picture of this frame."""
    a, b = world.fighters[0], world.fighters[1]
    for i in range(2):
        launch(world, i, tables, frame)
    for i in range(2):
        fly_shot(world, i, tables)
    clash(world, tables, frame)
    for i in range(2):
        carry(world, i, tables, frame)
    first, second = touches(a, b, tables), touches(b, a, tables)
    first_shot, second_shot = shot_touches(world, 0, tables), shot_touches(world, 1, tables)
    first_grabs, second_grabs = first and a.move == Move.THROW, second and b.move == Move.THROW
    if first_grabs and second_grabs:
        break_free(world, 0, frame)
    elif first_grabs and not second and not second_shot:
        a.landed = True
        grab(world, 0, frame)
    elif second_grabs and not first and not first_shot:
        b.landed = True
        grab(world, 1, frame)
    first_strikes, second_strikes = first and not first_grabs, second and not second_grabs
    if first_strikes:
        strike(world, 0, second_strikes, tables, frame)
    if second_strikes:
        strike(world, 1, first_strikes, tables, frame)
    for i in range(2):
        shot = world.shots[i]
        if (second_shot if i else first_shot) and can_be_hit(world.fighters[1 - i]):
            shot.alive = False
            take_blow(world, 1 - i, Move.SHOT, shot.facing, shot.pos.x, shot.pos.y, tables, frame)
