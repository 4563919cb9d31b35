# The public names of rollstep, each exported once, here.
#
#   fixed     numbers: Fixed, fx, Vec2, Angle, their functions: sqrt, sin, ... pow, floor, lerp ...; Random, dice
#   state     structs: struct, Array, array, i8 .. u64; floats: a state as drawing wants it;
#             diff, Difference, DigestTree: where two states differ
#   game      Game: structs + content + init + step + fps
#   source    sim: the mark of a helper that a step may call
#   session   what a game talks to: host, join, p2p, local, playback, synctest, prepare, and the protocols Transport
#             and Clock; JoinLine is what host and join agree on
#   net       the events that a session reports
#   replay    read_replay
#   errors    the error tree
#
# Everything else may change without notice, but for rollstep.testing (the public test kit). Importing rollstep
# loads neither numba nor pygame: code is compiled when a session or a runner is first made.

"""A rollback and lockstep engine: a game is a struct and a step, everything else is a shell around it."""

from .compile import on_progress
from .errors import (
    Diverged,
    IncompatiblePeer,
    IncompatibleReplay,
    InternalError,
    MalformedReplay,
    PeerError,
    ReplayError,
    RollstepError,
    StepError,
    Trap,
    TruncatedReplay,
    UsageError,
)
from .fixed import (
    Angle,
    Fixed,
    Random,
    Vec2,
    acos,
    asin,
    atan,
    atan2,
    ceil,
    clamp,
    copysign,
    cos,
    dice,
    direction,
    exp,
    exp2,
    floor,
    fx,
    hypot,
    lerp,
    log,
    log2,
    polar,
    pow,
    rotate,
    round,
    sign,
    sin,
    sqrt,
    tan,
    trunc,
)
from .game import Game
from .net.events import (
    DesyncDetected,
    Disconnected,
    Event,
    Interrupted,
    Restored,
    Resumed,
    Stalled,
    Synchronized,
)
from .replay import read_replay
from .session import (
    P2P,
    Clock,
    Local,
    Playback,
    SessionStats,
    SyncTest,
    Transport,
    host,
    join,
    local,
    p2p,
    playback,
    prepare,
    synctest,
)
from .source import sim
from .state import Array, Difference, DigestTree, array, diff, floats, i8, i16, i32, i64, struct, u8, u16, u32, u64
from .version import VERSION
from .wire.join_line import JoinLine

__version__ = VERSION

__all__ = [
    "P2P",
    "Angle",
    "Array",
    "Clock",
    "DesyncDetected",
    "Difference",
    "DigestTree",
    "Disconnected",
    "Diverged",
    "Event",
    "Fixed",
    "Game",
    "IncompatiblePeer",
    "IncompatibleReplay",
    "InternalError",
    "Interrupted",
    "JoinLine",
    "Local",
    "MalformedReplay",
    "PeerError",
    "Playback",
    "Random",
    "ReplayError",
    "Restored",
    "Resumed",
    "RollstepError",
    "SessionStats",
    "Stalled",
    "StepError",
    "SyncTest",
    "Synchronized",
    "Transport",
    "Trap",
    "TruncatedReplay",
    "UsageError",
    "Vec2",
    "__version__",
    "acos",
    "array",
    "asin",
    "atan",
    "atan2",
    "ceil",
    "clamp",
    "copysign",
    "cos",
    "dice",
    "diff",
    "direction",
    "exp",
    "exp2",
    "floats",
    "floor",
    "fx",
    "host",
    "hypot",
    "i8",
    "i16",
    "i32",
    "i64",
    "join",
    "lerp",
    "local",
    "log",
    "log2",
    "on_progress",
    "p2p",
    "playback",
    "polar",
    "pow",
    "prepare",
    "read_replay",
    "rotate",
    "round",
    "sign",
    "sim",
    "sin",
    "sqrt",
    "struct",
    "synctest",
    "tan",
    "trunc",
    "u8",
    "u16",
    "u32",
    "u64",
]
