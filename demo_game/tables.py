"""The numbers of the game as structs: what `content/*.toml` is compiled into.

They are content: read-only in a step, compared by the peers, kept in every replay. `content/` reads and
checks the files.
"""

import rollstep as rs
from rollstep import Fixed, i16, u8, u16, u32

from .world import Height


@rs.struct
class Box:
    """A rectangle in front of a fighter who looks right, from the middle of the feet."""

    back: i16
    front: i16
    bottom: i16
    top: i16


@rs.struct
class MoveTable:
    """One attack, in frames, pixels and points of health."""

    startup: u8         # frames before it can touch,
    active: u8          # while it can,
    recovery: u8        # and after
    height: Height
    damage: i16
    chip: i16           # damage through a guard
    hitstun: u8
    blockstun: u8
    hitstop: u8         # frames in which both freeze
    push: Fixed         # speed given to whoever is hit
    block_push: Fixed
    launch: Fixed       # upward speed; above zero it knocks down
    chains: bool        # its recovery may be left for a stronger attack when it has touched
    hit: Box


@rs.struct
class Body:
    """How a fighter moves. Speeds are pixels per frame."""

    health: i16
    walk: Fixed
    retreat: Fixed
    dash: Fixed
    dash_frames: u8
    backdash: Fixed
    backdash_frames: u8
    jump: Fixed
    air_walk: Fixed
    gravity: Fixed
    friction: Fixed     # share of the speed that is left after a frame of being pushed
    squat_frames: u8
    land_frames: u8
    lying_frames: u8
    getup_frames: u8
    tap_frames: u8      # between two taps that make a dash
    wish_frames: u8     # for which an early press of an attack is kept
    half_width: i16     # bodies do not overlap
    standing: Box       # what can be hit
    crouching: Box
    jumping: Box


@rs.struct
class ShotTable:
    speed: Fixed
    height: i16         # of its middle above the floor
    half: i16           # half its size
    life: u16           # frames


@rs.struct
class Stage:
    half_width: i16     # the walls, from the middle
    start_x: i16
    furthest: i16       # distance that two fighters can have


@rs.struct
class Rounds:
    to_win: u8
    frames: i16
    intro_frames: i16
    pause_frames: i16


@rs.struct
class Brain:
    """How strong a bot of one level is. Chances are of 256."""

    reaction_frames: u8  # between two decisions
    guard: u8            # to guard against a blow that is coming
    aggression: u8       # to come near and to strike
    punish: u8           # to strike when the other cannot guard
    shoot: u8
    grab: u8


@rs.struct
class Palette:
    """Colours as 0xRRGGBB."""

    skin: u32
    hair: u32
    cloth: u32
    trim: u32
    glove: u32
    glow: u32            # of its shots, and of its name


@rs.struct
class Tables:
    body: Body
    moves: rs.Array[MoveTable] = rs.array(8)
    shot: ShotTable
    stage: Stage
    rounds: Rounds
    brains: rs.Array[Brain] = rs.array(3)
    palettes: rs.Array[Palette] = rs.array(2)
