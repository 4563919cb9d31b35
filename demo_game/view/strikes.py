"""The drawings of the attacks: wind-up, contact, follow-through, aimed at the hit boxes of the tables.

Each attack is drawn by two or three key poses. The contact pose is shifted and its limb stretched until fist or foot
is where the move's box is, so a change of the frame data moves the drawing along.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..tables import Box, MoveTable, Tables
from ..world import Move
from .poses import CROUCH, STANCE, TUCKED, Reel
from .skeleton import Joints, Point, Pose, blend, joints, lifted

Tip = Literal["near_hand", "near_foot", "near_knee", "hands"]

#: Drawings of each phase at most; a shorter phase has one for each frame.
STARTUP_DRAWINGS, ACTIVE_DRAWINGS, RECOVERY_DRAWINGS = 4, 2, 5
#: Frames that the first active drawing, the one with the streak, is shown.
STREAK_FRAMES = 2
#: Pixels of a body that may move beyond its drawn place to bring a tip to its box.
LUNGE = 16.0


@dataclass(frozen=True, slots=True)
class Strike:
    """The key poses of one attack."""

    start: Pose     # what it begins from and ends in
    windup: Pose
    contact: Pose
    tip: Tip        # what hits
    height: float   # where in the box the tip goes, 0 its bottom, 1 its top


STRIKES: dict[Move, Strike] = {
    Move.FAST: Strike(
        STANCE,
        replace(STANCE, hips=(-5, 45), lean=2, near_hand=(-12, 74), far_hand=(30, 80), turn=1.15),
        Pose(hips=(8, 45), lean=15, curl=2, turn=-0.9, head=-6, near_hand=(61, 80), far_hand=(4, 64), near_foot=(-22, 6),
             near_toe=-22, far_foot=(31, 5), face="shout", breeze=188),
        "near_hand", 0.4),
    Move.HEAVY: Strike(
        STANCE,
        Pose(hips=(3, 49), lean=-2, curl=8, turn=0.3, near_foot=(20, 40), near_toe=-20, far_foot=(6, 5), near_hand=(-4, 66),
             far_hand=(22, 82), breeze=200),
        Pose(hips=(17, 51), lean=-26, curl=-2, turn=-0.6, head=16, near_foot=(80, 76), near_toe=64, far_foot=(8, 5),
             far_toe=-4, near_hand=(-18, 58), far_hand=(22, 82), face="shout", breeze=170),
        "near_foot", 0.5),
    Move.LOW_FAST: Strike(
        CROUCH,
        replace(CROUCH, hips=(-4, 26), lean=6, near_foot=(-2, 12), near_toe=-20, near_hand=(6, 46)),
        replace(CROUCH, hips=(3, 27), lean=-8, curl=6, turn=0.2, head=6, near_foot=(54, 11), near_toe=48, far_foot=(12, 5),
                near_hand=(-10, 44), far_hand=(22, 60)),
        "near_foot", 0.45),
    Move.LOW_HEAVY: Strike(
        CROUCH,
        replace(CROUCH, hips=(-6, 30), lean=30, curl=16, turn=1.1, near_foot=(-30, 6), near_toe=-30, near_hand=(8, 34),
                far_hand=(24, 36)),
        Pose(hips=(20, 22), lean=-34, curl=-6, turn=-0.4, head=22, near_foot=(76, 8), near_toe=34, far_foot=(14, 5), far_toe=0,
             near_hand=(-26, 10), far_hand=(22, 62), hand="open", face="shout", breeze=160),
        "near_foot", 0.42),
    Move.AIR_FAST: Strike(
        TUCKED,
        replace(TUCKED, lean=-4, near_foot=(-8, 30), near_hand=(18, 86), far_hand=(28, 92)),
        Pose(hips=(18, 46), lean=-4, curl=8, turn=-0.4, head=8, near_foot=(20, 20), near_toe=-64, far_foot=(-16, 10),
             far_toe=-60, near_hand=(-12, 62), far_hand=(32, 90), face="shout", breeze=170),
        "near_knee", 0.5),
    Move.AIR_HEAVY: Strike(
        TUCKED,
        replace(TUCKED, hips=(-2, 60), lean=20, curl=16, near_foot=(8, 40), far_foot=(-2, 38), near_hand=(-8, 82),
                far_hand=(20, 92)),
        Pose(hips=(14, 58), lean=-20, curl=-4, turn=-0.5, head=20, near_foot=(62, 24), near_toe=-4, far_foot=(2, 36),
             far_toe=-40, near_hand=(-24, 82), far_hand=(24, 88), face="shout", breeze=130),
        "near_foot", 0.34),
    Move.SHOT: Strike(
        STANCE,
        Pose(hips=(-9, 41), lean=-2, curl=10, turn=1.2, head=4, near_hand=(-22, 52), far_hand=(-14, 60), near_foot=(-26, 5),
             far_foot=(20, 5), hand="palm", energy=1.0, breeze=330, far_elbow=-1),
        Pose(hips=(6, 42), lean=22, curl=4, turn=-0.2, head=-12, near_hand=(52, 66), far_hand=(54, 72), near_foot=(-26, 5),
             near_toe=-18, far_foot=(32, 5), hand="palm", face="shout", breeze=186),
        "hands", 0.5),
    Move.THROW: Strike(
        STANCE,
        replace(STANCE, hips=(-4, 43), lean=16, near_hand=(-4, 56), far_hand=(16, 60), hand="open"),
        Pose(hips=(6, 44), lean=22, curl=6, turn=-0.1, head=-12, near_hand=(50, 70), far_hand=(52, 78), near_foot=(-20, 5),
             near_toe=-18, far_foot=(30, 5), hand="open", face="shout", breeze=190),
        "hands", 0.7),
}


def tip_front(solved: Joints, tip: Tip) -> float:
    """How far forward the drawn tip reaches, the dark line around it counted."""
    if tip == "near_foot":
        return max(solved.near_foot[0] + 5.5, solved.near_toe[0] + 4)
    if tip == "near_knee":
        return solved.near_knee[0] + 8
    return solved.near_hand[0] + 6.5 if tip == "near_hand" else max(solved.near_hand[0], solved.far_hand[0]) + 8.5


def aimed(strike: Strike, box: Box) -> Pose:
    """The contact pose with its tip at the front of the box."""
    pose = strike.contact
    wanted = float(box.front)
    level = box.bottom + (box.top - box.bottom) * strike.height
    # the body goes along for some of the way, the limb for the rest
    miss = wanted - tip_front(joints(pose), strike.tip)
    lunge = max(-LUNGE, min(LUNGE, miss * (1.0 if strike.tip == "near_knee" else 0.4)))
    feet = pose.near_foot, pose.far_foot
    pose = lifted(pose, lunge, 0)
    if strike.start is not TUCKED and strike.tip in ("near_hand", "hands"):
        pose = replace(pose, near_foot=feet[0], far_foot=feet[1])
    if strike.tip == "near_knee":
        return pose
    names = ("near_hand", "far_hand") if strike.tip == "hands" else (strike.tip,)
    drop = level - sum(getattr(pose, name)[1] for name in names) / len(names)
    pose = _shifted(pose, names, 0, drop)
    for _ in range(4):      # where the tip is drawn depends on how the limb bends
        miss = wanted - tip_front(joints(pose), strike.tip)
        pose = _shifted(pose, names, miss, 0)
    return pose


def _shifted(pose: Pose, names: tuple[str, ...], x: float, y: float) -> Pose:
    changes: dict[str, Any] = {name: (getattr(pose, name)[0] + x, getattr(pose, name)[1] + y) for name in names}
    return replace(pose, **changes)


def reel(move: Move, tables: Tables) -> Reel:
    """All drawings of an attack: startup, active, recovery, in this order; `counts` says how many of each."""
    strike, numbers = STRIKES[move], tables.moves[move]
    contact = aimed(strike, numbers.hit)
    startup, active, recovery = counts(numbers)
    poses = [_wind(strike, contact, move, (k + 1) / startup) for k in range(startup)]
    streak = _streak(strike.windup, contact, strike.tip)
    settled = blend(contact, strike.windup, 0.04)
    poses += [replace(contact, streak=streak), settled][:active]
    for k in range(recovery):
        share = (k + 1) / (recovery + 1)
        poses.append(blend(contact, replace(strike.start, breeze=contact.breeze), _ease(share)))
    return tuple(poses)


def counts(numbers: MoveTable) -> tuple[int, int, int]:
    """How many drawings the phases of a move have."""
    return (min(STARTUP_DRAWINGS, int(numbers.startup)), min(ACTIVE_DRAWINGS, -(-int(numbers.active) // STREAK_FRAMES)),
            min(RECOVERY_DRAWINGS, int(numbers.recovery)))


def _wind(strike: Strike, contact: Pose, move: Move, share: float) -> Pose:
    """Startup: into the wind-up quickly, held there, and on the way out of it at the very end."""
    if share < 0.95:
        pose = blend(strike.start, strike.windup, min(1.0, share * 1.6))
    else:
        pose = blend(strike.windup, contact, 0.0 if move == Move.SHOT else 0.34)
    return replace(pose, energy=share, wave=share * 5) if move == Move.SHOT else pose


def _ease(share: float) -> float:
    return share * share * (3 - 2 * share)


_TIP_PLACE: dict[Tip, Callable[[Joints], Point]] = {
    "near_hand": lambda j: j.near_hand,
    "near_foot": lambda j: j.near_toe,
    "near_knee": lambda j: j.near_knee,
    "hands": lambda j: j.near_hand,
}


def _streak(before: Pose, contact: Pose, tip: Tip) -> tuple[Point, ...]:
    """The arc of the tip between two drawings, bulging away from the body."""
    if tip == "hands":
        return ()
    ax, ay = _TIP_PLACE[tip](joints(before))
    bx, by = _TIP_PLACE[tip](joints(contact))
    cx, cy = (ax + bx) / 2 + (by - ay) * 0.22, (ay + by) / 2 - (bx - ax) * 0.22
    path = []
    for step in range(9):
        t = step / 8
        a, c, b = (1 - t) ** 2, 2 * t * (1 - t), t * t
        path.append((a * ax + c * cx + b * bx, a * ay + c * cy + b * by))
    return tuple(path)
