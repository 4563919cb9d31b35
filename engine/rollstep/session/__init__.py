"""What a game talks to: `p2p`, `synctest` and `prepare`, and the protocols that can be given in place of UDP and the clock.

transport (protocols), stats, recording (a match into a replay), p2p, synctest.
May import net, replay, rollback, io and below. The names that matter: `p2p`, `P2P`, `synctest`.
"""

from ..rollback import prepare
from .p2p import P2P, p2p
from .stats import SessionStats
from .synctest import SyncTest, synctest
from .transport import Clock, Transport

__all__ = ["P2P", "Clock", "SessionStats", "SyncTest", "Transport", "p2p", "prepare", "synctest"]
