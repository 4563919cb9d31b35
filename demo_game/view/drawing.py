"""Which drawing shows a fighter now: from what it does to (reel, number), and when a move is in which phase."""

from enum import IntEnum

from ..tables import MoveTable, Tables
from ..world import Act, Move
from . import strikes
from .poses import REELS, Reel
from .snapshot import FighterShown

Key = tuple[str, int]


class MovePhase(IntEnum):
    STARTUP = 0
    ACTIVE = 1
    RECOVERY = 2


def phase_of(numbers: MoveTable, since: int) -> tuple[MovePhase, int, int]:
    """The phase of a move that began `since` frames ago, the frames since that phase began, and how long it lasts."""
    startup, active, recovery = int(numbers.startup), int(numbers.active), int(numbers.recovery)
    if since < startup:
        return MovePhase.STARTUP, since, startup
    if since < startup + active:
        return MovePhase.ACTIVE, since - startup, active
    return MovePhase.RECOVERY, min(since - startup - active, max(0, recovery - 1)), max(1, recovery)


def attack_name(move: Move) -> str:
    """The reel of an attack."""
    return f"attack_{move.name.lower()}"


def all_reels(tables: Tables) -> dict[str, Reel]:
    """Every drawing that a match can show."""
    return REELS | {attack_name(move): strikes.reel(move, tables) for move in Move}


#: Acts that repeat: (reel, frames of a drawing).
_LOOPS: dict[Act, tuple[str, int]] = {
    Act.STAND: ("stand", 7),
    Act.WALK: ("walk", 3),
    Act.RETREAT: ("retreat", 4),
    Act.CROUCH: ("crouch", 12),
    Act.DASH: ("dash", 4),
}


def drawing_of(fighter: FighterShown, tables: Tables) -> Key:
    """The key of the drawing; the number is inside the reel for any state."""
    act, since, body = fighter.act, fighter.since, tables.body
    if act in _LOOPS:
        name, frames = _LOOPS[act]
        return name, since // frames % len(REELS[name])
    if act == Act.ATTACK:
        return _attack(fighter.move, tables.moves[fighter.move], since)
    if act == Act.HIT:
        # two ways to take a blow; the health decides, because it stays the same for as long as the blow is felt
        name = "hit_low" if fighter.low else "hit_body" if fighter.health % 3 == 0 else "hit_high"
        return name, 0 if since < 2 else 1 if since < 7 and fighter.stun > 8 else 2 if fighter.stun > 5 else 3
    if act == Act.BLOCK:
        return "block_low" if fighter.low else "block_high", 0 if fighter.freeze > 0 or since < 3 else 1
    if act == Act.JUMP:
        return "jump", _by_rise(fighter.rise, tables.body.jump.to_float())
    if act in (Act.CHEER, Act.DEFEAT):
        name = act.name.lower()
        return name, since // 6 if since < 12 else 2 + (since - 12) // 10 % 4
    name, frames = {
        Act.SQUAT: ("squat", int(body.squat_frames)),
        Act.LAND: ("land", int(body.land_frames)),
        Act.BACKDASH: ("backdash", int(body.backdash_frames)),
        Act.TUMBLE: ("tumble", 20),
        Act.LYING: ("lying", 12),
        Act.GETUP: ("getup", int(body.getup_frames)),
        Act.HOLD: ("hold", int(tables.moves[Move.THROW].hitstun)),
        Act.THROWN: ("thrown", int(tables.moves[Move.THROW].hitstun)),
    }[act]
    return name, _part(since, frames, len(REELS[name]))


def _attack(move: Move, numbers: MoveTable, since: int) -> Key:
    phase, at, frames = phase_of(numbers, since)
    counts = strikes.counts(numbers)
    if phase == MovePhase.ACTIVE:
        number = min(at // strikes.STREAK_FRAMES, counts[phase] - 1)
    else:
        number = _part(at, frames, counts[phase])
    return attack_name(move), max(0, min(sum(counts[:phase]) + number, sum(counts) - 1))


def _part(since: int, frames: int, drawings: int) -> int:
    """The drawing of an act that lasts `frames` and is then held."""
    return max(0, min(since * drawings // max(1, frames), drawings - 1))


def _by_rise(rise: float, jump: float) -> int:
    share = rise / jump
    return 0 if share > 0.62 else 1 if share > 0.3 else 2 if share > -0.3 else 3 if share > -0.62 else 4
