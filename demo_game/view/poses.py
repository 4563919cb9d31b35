"""The drawings of all acts but the attacks: reels of poses, by name.

A reel is the poses of one act in order; `drawing.py` picks the one for a frame. The numbers are drawn by eye: to change
one, render a contact sheet (`python -m tests.demo_game.view.sheet DIRECTORY`).
"""

import math
from dataclasses import replace

from .skeleton import Pose, blend, moved

Reel = tuple[Pose, ...]

_TURN = 2 * math.pi

STANCE = Pose()
CROUCH = Pose(hips=(-9, 27), lean=19, curl=8, near_foot=(-13, 5), far_foot=(16, 5), near_hand=(14, 47), far_hand=(25, 59),
              head=-6)
GUARD = replace(STANCE, hips=(-7, 46), lean=-4, curl=6, near_hand=(13, 82), far_hand=(18, 90), near_foot=(-24, 5), head=8)
GUARD_LOW = replace(CROUCH, hips=(-7, 25), lean=4, curl=12, near_hand=(14, 58), far_hand=(19, 68), head=8)
TUCKED = Pose(hips=(0, 56), lean=14, curl=10, near_foot=(-10, 28), far_foot=(9, 34), near_toe=-30, far_toe=-20,
              near_hand=(12, 72), far_hand=(24, 82), breeze=205)


def _cycle(count: int) -> list[float]:
    return [k / count for k in range(count)]


def _standing() -> Reel:
    return tuple(replace(moved(STANCE, 0.4 * math.sin(_TURN * t), 1.3 * math.sin(_TURN * t)), wave=_TURN * t,
                         curl=4 + 2 * math.sin(_TURN * t), breeze=204 + 4 * math.cos(_TURN * t)) for t in _cycle(8))


def _crouching() -> Reel:
    return tuple(replace(moved(CROUCH, 0, 0.9 * math.sin(_TURN * t)), wave=_TURN * t, breeze=208) for t in _cycle(4))


def _step(t: float, stride: float, height: float) -> tuple[tuple[float, float], float]:
    """Ankle and toe angle of a foot at phase `t` of a step forward: half of it on the floor, half in the air."""
    t %= 1.0
    if t < 0.5:
        return (stride * (1 - 4 * t), 5), 0.0
    swing = (t - 0.5) * 2
    return (stride * (2 * swing - 1), 5 + height * math.sin(math.pi * swing)), -34 * math.cos(math.pi * swing / 2) + 10 * swing


def _walking(base: Pose, stride: float, height: float, *, backward: bool = False) -> Reel:
    poses = []
    for t in _cycle(8):
        phase = -t if backward else t
        near, near_toe = _step(phase, stride, height)
        far, far_toe = _step(phase + 0.5, stride, height)
        pose = moved(base, 0, 1.6 * math.cos(2 * _TURN * t + 0.6))
        sway = 3.5 * math.sin(_TURN * t)
        poses.append(replace(pose, near_foot=(near[0] - 3, near[1]), far_foot=(far[0] + 3, far[1]), near_toe=near_toe,
                             far_toe=far_toe, turn=1 + 0.1 * math.sin(_TURN * t), wave=-_TURN * t,
                             near_hand=(pose.near_hand[0] - sway, pose.near_hand[1] + sway * 0.4),
                             far_hand=(pose.far_hand[0] + sway, pose.far_hand[1])))
    return tuple(poses)


_LEAP = Pose(hips=(2, 54), lean=4, curl=-4, near_foot=(-14, 16), far_foot=(10, 34), near_toe=-62, far_toe=-30,
             near_hand=(-14, 58), far_hand=(20, 104), breeze=250, far_elbow=-1)
_FALL = Pose(hips=(-2, 54), lean=16, curl=6, near_foot=(-16, 22), far_foot=(12, 20), near_toe=-35, far_toe=-25,
             near_hand=(-20, 84), far_hand=(28, 90), breeze=130)
_JUMPING: Reel = (_LEAP, blend(_LEAP, TUCKED, 0.6), TUCKED, blend(TUCKED, _FALL, 0.6), _FALL)
_SQUATTING: Reel = (blend(STANCE, replace(CROUCH, near_hand=(-18, 40), far_hand=(4, 40), lean=26), 0.6),
                    replace(CROUCH, hips=(-2, 29), near_hand=(-20, 36), far_hand=(-2, 38), lean=30))
_LANDING: Reel = (replace(CROUCH, hips=(-2, 29), near_hand=(-14, 44), far_hand=(26, 44), lean=24, breeze=130),
                  blend(CROUCH, STANCE, 0.45))

_SPRINT = Pose(hips=(4, 42), lean=38, curl=8, head=-20, near_hand=(-16, 54), far_hand=(38, 62), near_foot=(-30, 10),
               far_foot=(24, 10), near_toe=-50, far_toe=10, breeze=184)
_DASHING: Reel = (
    _SPRINT,
    replace(_SPRINT, hips=(5, 44), near_foot=(4, 18), far_foot=(2, 5), near_hand=(12, 58), far_hand=(22, 56), far_toe=0,
            wave=2),
    replace(_SPRINT, near_foot=(26, 9), far_foot=(-28, 10), near_hand=(30, 64), far_hand=(-4, 56), near_toe=12, far_toe=-50,
            wave=4),
)
_HOP = Pose(hips=(-8, 46), lean=-12, curl=10, head=10, near_hand=(8, 70), far_hand=(20, 82), near_foot=(-26, 12),
            far_foot=(16, 14), near_toe=-20, far_toe=18, breeze=350)
_BACKDASHING: Reel = (replace(_HOP, lean=-4, near_foot=(-18, 6), far_foot=(18, 10)), _HOP,
                      replace(_HOP, hips=(-6, 40), lean=8, near_foot=(-24, 5), far_foot=(12, 5), near_toe=0, far_toe=0,
                              breeze=300))

_REEL_BACK = Pose(hips=(-6, 45), lean=-24, curl=-18, head=-26, turn=0.5, near_hand=(-34, 66), far_hand=(16, 62),
                  near_foot=(-22, 5), far_foot=(20, 6), far_toe=20, near_elbow=1, breeze=20, wave=1, hand="open", face="hurt")
_DOUBLED = Pose(hips=(-9, 44), lean=28, curl=26, head=26, near_hand=(16, 50), far_hand=(20, 56), near_foot=(-20, 5),
                far_foot=(16, 5), breeze=60, hand="fist", face="hurt")
_HIT_HIGH: Reel = (blend(STANCE, _REEL_BACK, 0.7), _REEL_BACK, blend(_REEL_BACK, _DOUBLED, 0.6), blend(_DOUBLED, STANCE, 0.55))
_HIT_BODY: Reel = (blend(STANCE, _DOUBLED, 0.75), _DOUBLED, blend(_DOUBLED, STANCE, 0.3), blend(_DOUBLED, STANCE, 0.65))
_CROUCH_REEL = replace(CROUCH, hips=(-8, 26), lean=-22, curl=-14, head=-22, near_hand=(-30, 46), far_hand=(14, 40), breeze=20,
                       face="hurt", hand="open")
_HIT_LOW: Reel = (blend(CROUCH, _CROUCH_REEL, 0.7), _CROUCH_REEL, blend(_CROUCH_REEL, CROUCH, 0.4),
                  blend(_CROUCH_REEL, CROUCH, 0.75))
_BLOCK_HIGH: Reel = (replace(moved(GUARD, -4, -2), lean=-10, face="shut", breeze=340), GUARD)
_BLOCK_LOW: Reel = (replace(moved(GUARD_LOW, -4, -1), lean=-4, face="shut", breeze=340), GUARD_LOW)

_FLUNG = Pose(hips=(0, 42), lean=-8, curl=-22, head=-24, near_hand=(-22, 84), far_hand=(20, 86), near_foot=(8, 4),
              far_foot=(26, 14), near_toe=-30, far_toe=-20, near_elbow=-1, hand="open", face="hurt")


def _tumbling() -> Reel:
    """Off the feet and over on the back."""
    poses = []
    for step, spin in enumerate((-18, -40, -62, -78, -88, -92)):
        fold = step / 5
        poses.append(replace(_FLUNG, spin=spin, hips=(-4, 40 - 17 * fold ** 2), curl=-22 + 34 * fold,
                             near_foot=(8 + 10 * fold, 4 + 6 * fold - 16 * fold ** 2),
                             far_foot=(26 - 4 * fold, 14 - 16 * fold ** 2), breeze=30 + 30 * fold, wave=step))
    return tuple(poses)


_LAID = Pose(hips=(0, 12), lean=2, curl=-6, head=-4, spin=-90, near_hand=(-8, 34), far_hand=(8, 60), near_foot=(-3, -36),
             far_foot=(2, -38), near_toe=0, far_toe=-6, breeze=186, wave=2, hand="open", face="shut", near_elbow=-1)
_LYING: Reel = (replace(_LAID, near_foot=(16, -34), far_foot=(24, -28), near_hand=(12, 44), curl=10, hips=(0, 14)),
                _LAID)

_KNEEL = Pose(hips=(-6, 26), lean=30, curl=14, head=8, near_hand=(10, 26), far_hand=(22, 30), near_foot=(-24, 8),
              far_foot=(14, 5),
              near_toe=-58, breeze=240, face="shut")
_RISING: Reel = (
    replace(_LAID, spin=-66, hips=(-2, 13), curl=16, near_foot=(14, -26), far_foot=(24, -16), near_hand=(-18, 22), head=14),
    replace(CROUCH, hips=(-10, 18), lean=-14, curl=26, near_foot=(-4, 5), far_foot=(18, 5), near_hand=(-26, 6),
            far_hand=(16, 34),
            head=12),
    replace(_KNEEL, face="calm"),
    blend(_KNEEL, CROUCH, 0.7),
    blend(CROUCH, STANCE, 0.6),
)

_PROUD = Pose(hips=(0, 50), lean=-3, curl=-5, head=-6, turn=0.8, near_hand=(-12, 52), far_hand=(16, 118), near_foot=(-12, 5),
              far_foot=(12, 5), far_elbow=1, face="grin", near_elbow=1)


def _cheering() -> Reel:
    wind_up = replace(_PROUD, hips=(-1, 44), lean=10, curl=8, far_hand=(14, 66), near_hand=(-6, 56), head=4)
    top = tuple(replace(moved(_PROUD, 0, 1.2 * math.sin(_TURN * t)), wave=_TURN * t, breeze=206) for t in _cycle(4))
    return (wind_up, blend(wind_up, _PROUD, 0.6), *top)


def _defeated() -> Reel:
    down = tuple(replace(moved(_KNEEL, 0, 1.2 * math.sin(_TURN * t)), wave=_TURN * t, head=22) for t in _cycle(4))
    return (blend(STANCE, _DOUBLED, 0.6), blend(_DOUBLED, _KNEEL, 0.6), *down)


_GRIP = Pose(hips=(6, 44), lean=22, curl=6, turn=0.2, near_hand=(40, 74), far_hand=(42, 80), near_foot=(-18, 5),
             far_foot=(24, 5),
             hand="open", face="calm")
_HOLDING: Reel = (
    _GRIP,
    replace(_GRIP, hips=(0, 38), lean=10, near_hand=(28, 62), far_hand=(30, 68), face="shout"),
    replace(_GRIP, hips=(0, 46), lean=-8, curl=-4, near_hand=(14, 104), far_hand=(20, 106), near_foot=(-16, 5),
            far_foot=(18, 5),
            face="shout", head=-8),
    replace(_GRIP, hips=(-2, 48), lean=-16, curl=-10, near_hand=(-6, 114), far_hand=(4, 116), face="shout", head=-10),
    replace(_GRIP, hips=(4, 46), lean=14, near_hand=(24, 100), far_hand=(30, 98), face="shout"),
    replace(_GRIP, hips=(10, 38), lean=46, curl=14, near_hand=(42, 42), far_hand=(46, 46), far_foot=(28, 5), face="shout"),
)


def _thrown() -> Reel:
    """Carried over the head of the thrower: the feet leave the floor and describe an arc; about the hips."""
    struggle = replace(_FLUNG, hips=(-4, 45), near_hand=(14, 72), far_hand=(24, 76), near_foot=(-10, 5), far_foot=(12, 5),
                       curl=6, head=-10)
    poses = [struggle]
    for step, spin in enumerate((30, 78, 112, 150, 205)):
        poses.append(replace(_FLUNG, hips=(0, 45), spin=spin, near_foot=(4 + 6 * (step % 2), 6), far_foot=(22, 16),
                             wave=step, breeze=80))
    return tuple(poses)


#: All reels of this module.
REELS: dict[str, Reel] = {
    "stand": _standing(),
    "walk": _walking(replace(STANCE, lean=12), 21, 9),
    "retreat": _walking(replace(GUARD, hips=(-4, 46), near_hand=(14, 72), far_hand=(26, 84), lean=0), 16, 6, backward=True),
    "crouch": _crouching(),
    "squat": _SQUATTING,
    "jump": _JUMPING,
    "land": _LANDING,
    "dash": _DASHING,
    "backdash": _BACKDASHING,
    "hit_high": _HIT_HIGH,
    "hit_body": _HIT_BODY,
    "hit_low": _HIT_LOW,
    "block_high": _BLOCK_HIGH,
    "block_low": _BLOCK_LOW,
    "tumble": _tumbling(),
    "lying": _LYING,
    "getup": _RISING,
    "cheer": _cheering(),
    "defeat": _defeated(),
    "hold": _HOLDING,
    "thrown": _thrown(),
}

