"""The numbers of the fight. They are content: read-only in a step, compared by the peers, kept in every replay."""

import rollstep as rs
from rollstep import Fixed, fx, i16, u16


@rs.struct
class Tables:
    """Lengths are in frames (60 a second), distances in pixels of a stage 384 wide, speeds in pixels per frame."""

    walk: Fixed
    air_walk: Fixed
    jump: Fixed
    gravity: Fixed
    stage_half: Fixed          # the walls, from the middle
    body_half: Fixed           # half the width of a fighter: they do not overlap
    start_x: Fixed

    startup: u16               # of the attack: before it can hit,
    active: u16                # while it can,
    recovery: u16              # and after
    reach: Fixed               # from the middle of the attacker
    height: Fixed              # an opponent higher than this is missed
    damage: i16
    chip: i16                  # damage through a block
    hitstun: u16
    blockstun: u16
    push: Fixed                # speed given to whoever is hit
    block_push: Fixed
    friction: Fixed            # of being pushed, per frame

    health: i16
    round_frames: i16
    pause_frames: i16          # between rounds
    rounds_to_win: i16


TABLES = Tables(
    walk=fx("2.25"), air_walk=fx("2"), jump=fx("7.5"), gravity=fx("0.45"),
    stage_half=fx(192), body_half=fx(14), start_x=fx(60),
    startup=5, active=4, recovery=12, reach=fx(46), height=fx(40),
    damage=90, chip=8, hitstun=18, blockstun=12, push=fx("4.5"), block_push=fx("3"), friction=fx("0.86"),
    health=1000, round_frames=60 * 60, pause_frames=90, rounds_to_win=2,
)
