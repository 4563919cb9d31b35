"""What the peers agree on: the structs of a match, and the words in which rules and view talk about it.

Distances are pixels of a picture 640 by 360, y is the height above the floor; times are frames, 60 a second.
"""

import enum

import rollstep as rs
from rollstep import Vec2, i8, i16, i32, u8, u16

#: Bits of `Pad.buttons`.
LEFT, RIGHT, UP, DOWN, FAST, HEAVY, SHOT, THROW = 1, 2, 4, 8, 16, 32, 64, 128


class Act(enum.IntEnum):
    """What a fighter is doing. `Fighter.since` counts the frames in it."""

    STAND = 0
    WALK = 1        # forward
    RETREAT = 2     # backward; it blocks
    CROUCH = 3      # with back held it blocks low
    SQUAT = 4       # the frames before a jump leaves the floor
    JUMP = 5
    LAND = 6
    DASH = 7
    BACKDASH = 8
    ATTACK = 9      # `Fighter.move` says which
    HOLD = 10       # throwing: the other is THROWN
    THROWN = 11
    HIT = 12        # `low` tells standing from crouching, as in BLOCK
    BLOCK = 13
    TUMBLE = 14     # knocked off the feet, in the air
    LYING = 15
    GETUP = 16
    CHEER = 17
    DEFEAT = 18


class Move(enum.IntEnum):
    """The attacks; an index into `Tables.moves`."""

    FAST = 0
    HEAVY = 1
    LOW_FAST = 2
    LOW_HEAVY = 3
    AIR_FAST = 4
    AIR_HEAVY = 5
    SHOT = 6
    THROW = 7


class Height(enum.IntEnum):
    """Which guard stops a blow."""

    MID = 0         # either
    HIGH = 1        # standing only
    LOW = 2         # crouching only
    GRAB = 3        # none; the target must stand on its feet


class Phase(enum.IntEnum):
    INTRO = 0       # "round 1": nobody can act
    FIGHT = 1
    PAUSE = 2       # a round is over; `World.ending` says how
    DONE = 3        # the match is over: both may ask for another one with FAST


class Ending(enum.IntEnum):
    NONE = 0
    KNOCK_OUT = 1
    PERFECT = 2     # without losing any health
    DOUBLE_KNOCK_OUT = 3
    TIME_OVER = 4
    TIME_DRAW = 5


class Effect(enum.IntEnum):
    """Something to see and to hear once."""

    NONE = 0
    SWING = 1
    HEAVY_SWING = 2
    HIT = 3
    HEAVY_HIT = 4
    BLOCK = 5
    LAUNCH_SHOT = 6
    CLASH = 7       # two shots meet
    GRAB = 8
    SLAM = 9        # a body falls on the floor
    BREAK_FREE = 10
    JUMP = 11
    LAND = 12
    DASH = 13
    ROUND = 14      # a round is announced
    BELL = 15       # ... and starts
    KNOCK_OUT = 16
    TIME = 17
    VICTORY = 18    # the match is over


class Level(enum.IntEnum):
    """Who plays: a person, or a bot of this strength."""

    HUMAN = 0
    EASY = 1
    MEDIUM = 2
    HARD = 3


class Plan(enum.IntEnum):
    """What a bot is up to."""

    WAIT = 0
    APPROACH = 1
    RETREAT = 2
    STRIKE = 3
    SHOOT = 4
    LEAP = 5
    GUARD = 6
    GRAB = 7
    SWEEP = 8
    DASH_IN = 9


@rs.struct
class Pad:
    """One player's input for one frame."""

    buttons: u8
    bot: Level      # a bot's level: its buttons are computed in the step, so it is part of the match, of every replay


@rs.struct
class Fighter:
    pos: Vec2       # of the feet
    vel: Vec2
    facing: i8      # 1 looks right, -1 left
    act: Act
    move: Move      # of ATTACK and HOLD
    low: bool       # crouching, for HIT, BLOCK and ATTACK
    since: u16      # frames in this act
    stun: u8        # frames of HIT or BLOCK that are left
    freeze: u8      # frames in which nothing moves: the weight of a blow
    landed: bool    # this attack has touched the other
    juggled: bool   # hit in the air: nothing more touches it until it lies
    health: i16
    wins: u8
    combo: u8       # blows in a row that this fighter has taken

    held: u8        # buttons of the last frame
    wish: u8        # an attack button pressed a moment ago, with DOWN if that was held; kept until it can be obeyed
    wish_left: u8
    tap: i8         # the direction tapped last, and how long a second tap still makes a dash
    tap_left: u8

    plan: Plan      # of a bot
    plan_left: u8
    ready: bool     # wants another match


@rs.struct
class Shot:
    """A projectile; each player has one at most."""

    alive: bool
    facing: i8
    since: u16
    pos: Vec2


@rs.struct
class Spot:
    """Where an effect is seen, and from where it is heard."""

    x: i16
    y: i16


@rs.struct
class World:
    fighters: rs.Array[Fighter] = rs.array(2)
    shots: rs.Array[Shot] = rs.array(2)
    phase: Phase
    ending: Ending
    round: u8
    matches: u8     # played to their end
    clock: i16      # frames left of the phase
    blocked: i32    # blows since the start
    hits: i32
    effects: rs.Effects[Effect, Spot] = rs.effects(32)     # an effect's id is the player who did it
