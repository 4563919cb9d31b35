"""The compiled core: input rings, prediction, snapshots, rollback, resimulation.

arena (its memory), frame (what happens each frame, rewritten like a step), memory and lowering (the call of the
game's step), core (the class that sessions use), lab (many matches in one compiled call), flips (a bit that turns
over, for tests of desyncs).
May import wire, game and below; never net or io.
The three names that matter: `Core`, `run_frame`, `Peer`.
"""

from .core import Core, CoreStats, prepare
from .frame import ADVANCED, DESYNC, RAISED, REFUSED, ROOM, SAMPLED, WAITING

__all__ = ["ADVANCED", "DESYNC", "RAISED", "REFUSED", "ROOM", "SAMPLED", "WAITING", "Core", "CoreStats", "prepare"]
