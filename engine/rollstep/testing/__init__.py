"""The public test kit: a network in one process, in virtual time, from one seed.

impairment (what a bad link does, also used by the tools' proxy), network (`Network`, its clock and transports),
bots (seeded inputs for any game), flips (a bit of a peer's
state turned over). May import session and below. The names that matter: `Network`, `Impairment`, `Bot`.
"""

from .bots import Bot
from .flips import flip
from .impairment import Impairment, Link
from .network import Network, VirtualClock

__all__ = ["Bot", "Impairment", "Link", "Network", "VirtualClock", "flip"]
