"""A pose, in the few numbers that an animator thinks in, and the joints that follow from it.

A pose says where the hips are, how the trunk leans and where hands and feet go; elbows and knees follow by the law of
cosines. All is in pixels of a fighter who looks right, from the middle of the feet, y up. "Near" limbs are on the
viewer's side, "far" ones on the other; angles are degrees, positive leans forward.
"""

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

Point = tuple[float, float]
Hand = Literal["fist", "palm", "open"]
Face = Literal["calm", "shout", "hurt", "shut", "grin"]

#: Lengths of the bones: waist, chest, neck to the middle of the head, arms, legs.
WAIST, CHEST, NECK = 16.0, 20.0, 13.5
UPPER_ARM, FOREARM = 17.0, 16.0
THIGH, SHIN = 25.5, 24.5
#: A limb may be drawn this much longer than its bones to reach its target.
STRETCH = 1.3


@dataclass(frozen=True, slots=True)
class Pose:
    """Everything that tells one drawing from another."""

    hips: Point = (-2, 47)
    lean: float = 8         # of the whole trunk
    curl: float = 4         # of the chest, in addition
    turn: float = 1         # 1: the chest is open to the viewer with the far shoulder in front; -1: the near one is
    head: float = 0         # tilt against the world
    near_hand: Point = (14, 66)
    far_hand: Point = (27, 78)
    near_foot: Point = (-19, 5)     # the ankles
    far_foot: Point = (18, 5)
    near_toe: float = 0     # 0: the sole is flat, positive: the toes point up
    far_toe: float = 0
    near_elbow: int = 1     # 1: the elbow points down or back, -1: up or forward
    far_elbow: int = 1
    near_knee: int = 1      # 1: the knee points forward
    far_knee: int = 1
    spin: float = 0         # the whole figure, clockwise, about the hips
    breeze: float = 200     # where the loose ends of cloth and hair point to: 180 is back, 270 down
    wave: float = 0         # phase of their flutter
    hand: Hand = "fist"
    face: Face = "calm"
    energy: float = 0       # of a shot that gathers between the hands, 0..1
    streak: tuple[Point, ...] = ()  # the way that the striking hand or foot has just come, oldest first


@dataclass(frozen=True, slots=True)
class Joints:
    """The places that a figure is painted from."""

    hips: Point
    waist: Point
    neck: Point
    head: Point
    near_shoulder: Point
    far_shoulder: Point
    near_elbow: Point
    far_elbow: Point
    near_hand: Point
    far_hand: Point
    near_hip: Point
    far_hip: Point
    near_knee: Point
    far_knee: Point
    near_foot: Point
    far_foot: Point
    near_toe: Point
    far_toe: Point
    tilt: float         # of the head, in degrees


def blend(a: Pose, b: Pose, share: float) -> Pose:
    """Between two poses; what is no number comes from the nearer one."""
    values: dict[str, Any] = {}
    for field in fields(Pose):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if field.name == "streak":
            values[field.name] = ()
        elif isinstance(x, tuple):
            values[field.name] = tuple(p + (q - p) * share for p, q in zip(x, y, strict=True))
        elif isinstance(x, str) or field.name.endswith(("elbow", "knee")):
            values[field.name] = x if share < 0.5 else y
        else:
            values[field.name] = x + (y - x) * share
    return Pose(**values)


def moved(pose: Pose, x: float, y: float) -> Pose:
    """The pose with hips and hands moved, the feet where they are."""
    return replace(pose, hips=(pose.hips[0] + x, pose.hips[1] + y),
                   near_hand=(pose.near_hand[0] + x, pose.near_hand[1] + y),
                   far_hand=(pose.far_hand[0] + x, pose.far_hand[1] + y))


def lifted(pose: Pose, x: float, y: float) -> Pose:
    """The whole pose moved."""
    pose = moved(pose, x, y)
    return replace(pose, near_foot=(pose.near_foot[0] + x, pose.near_foot[1] + y),
                   far_foot=(pose.far_foot[0] + x, pose.far_foot[1] + y))


def joints(pose: Pose) -> Joints:
    """Solve the pose."""
    hips = pose.hips
    waist = _toward(hips, pose.lean, WAIST)
    neck = _toward(waist, pose.lean + pose.curl, CHEST)
    spine = math.radians(pose.lean + pose.curl)
    # shoulders sit below the neck, apart along the line that the chest faces
    ahead = (math.cos(spine), -math.sin(spine))
    low = (neck[0] - math.sin(spine) * 5, neck[1] - math.cos(spine) * 5)
    half = 9.0 * pose.turn
    near_shoulder = (low[0] - ahead[0] * half, low[1] - ahead[1] * half)
    far_shoulder = (low[0] + ahead[0] * half * 0.8, low[1] + ahead[1] * half * 0.8)
    near_hip, far_hip = (hips[0] - 4.0 * pose.turn, hips[1] - 1), (hips[0] + 4.0 * pose.turn, hips[1] - 1)
    head = _toward(neck, pose.lean * 0.35 + pose.head, NECK)
    near_elbow, near_hand = _reach(near_shoulder, pose.near_hand, UPPER_ARM, FOREARM, -pose.near_elbow)
    far_elbow, far_hand = _reach(far_shoulder, pose.far_hand, UPPER_ARM, FOREARM, -pose.far_elbow)
    near_knee, near_foot = _reach(near_hip, pose.near_foot, THIGH, SHIN, pose.near_knee)
    far_knee, far_foot = _reach(far_hip, pose.far_foot, THIGH, SHIN, pose.far_knee)
    solved = Joints(hips, waist, neck, head, near_shoulder, far_shoulder, near_elbow, far_elbow, near_hand, far_hand,
                    near_hip, far_hip, near_knee, far_knee, near_foot, far_foot,
                    _toe(near_foot, pose.near_toe), _toe(far_foot, pose.far_toe), pose.lean * 0.35 + pose.head)
    return _spun(solved, pose.spin) if pose.spin else solved


def _toward(start: Point, angle: float, length: float) -> Point:
    """`length` up from `start`, leaning forward by `angle`."""
    turn = math.radians(angle)
    return start[0] + math.sin(turn) * length, start[1] + math.cos(turn) * length


def _toe(ankle: Point, angle: float) -> Point:
    turn = math.radians(angle)
    # a flat sole is on the floor: the toe joint is lower than the ankle
    x, y = 11.0, -2.0
    return ankle[0] + x * math.cos(turn) - y * math.sin(turn), ankle[1] + x * math.sin(turn) + y * math.cos(turn)


def _reach(start: Point, target: Point, upper: float, lower: float, bend: int) -> tuple[Point, Point]:
    """The middle joint and the end of a limb of two bones; out of reach, the limb stretches a little, then falls short."""
    dx, dy = target[0] - start[0], target[1] - start[1]
    distance = math.hypot(dx, dy) or 1e-6
    longest = (upper + lower) * STRETCH
    if distance > longest:
        dx, dy, distance = dx * longest / distance, dy * longest / distance, longest
    factor = max(1.0, distance / (upper + lower))
    upper, lower = upper * factor, lower * factor
    distance = max(distance, abs(upper - lower) + 0.5)
    cosine = (upper ** 2 + distance ** 2 - lower ** 2) / (2 * upper * distance)
    angle = math.atan2(dy, dx) + bend * math.acos(max(-1.0, min(1.0, cosine)))
    middle = (start[0] + math.cos(angle) * upper, start[1] + math.sin(angle) * upper)
    return middle, (start[0] + dx, start[1] + dy)


def _spun(solved: Joints, spin: float) -> Joints:
    turn = math.radians(spin)
    cosine, sine = math.cos(turn), math.sin(turn)
    cx, cy = solved.hips
    values: dict[str, Any] = {}
    for field in fields(Joints):
        value = getattr(solved, field.name)
        if isinstance(value, tuple):
            x, y = value[0] - cx, value[1] - cy
            value = (cx + x * cosine + y * sine, cy - x * sine + y * cosine)
        values[field.name] = value
    values["tilt"] = solved.tilt + spin
    return Joints(**values)
