"""What a game talks to: `host` and `join`, `p2p`, `local`, `playback`, `synctest`, `batch`, and the protocols that can be
given in place of UDP and the clock.

p2p (a peer), hosting (the ways to make one), local, playback, synctest, batch; what they are made of: terms (arguments,
checked), meeting (handshakes and addresses), promises (commit and reveal), inquests and report (what a desync was), recording
(a match into a replay), effects (what is seen and heard once), offline (what needs no network), sweep (a batch's matches in
one call), transport (protocols), stats, shared.
May import net, replay, rollback, io and below. The names that matter: `p2p`, `P2P`, `synctest`.
"""

from ..rollback import prepare
from .batch import Batch, ReplayBatch, batch, batch_replays
from .effects import EffectEvent
from .hosting import host, join, p2p
from .local import Local, local
from .p2p import P2P
from .playback import Playback, playback
from .stats import SessionStats
from .synctest import SyncTest, synctest
from .transport import Clock, Transport

__all__ = ["P2P", "Batch", "Clock", "EffectEvent", "Local", "Playback", "ReplayBatch", "SessionStats", "SyncTest", "Transport",
           "batch", "batch_replays", "host", "join", "local", "p2p", "playback", "prepare", "synctest"]
