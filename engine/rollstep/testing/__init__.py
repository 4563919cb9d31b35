"""The public test kit: a network in one process, in virtual time, from one seed.

impairment (what a bad link does), profiles (networks with names), link (one direction under way; also in the tools' proxy),
draws (its random words), network (`Network`, its clock and transports), bots (seeded inputs for any game). May import session
and below. The names that matter: `Network`, `Impairment`, `Bot`.
"""

from .bots import Bot
from .impairment import Impairment
from .link import Link
from .network import Network, VirtualClock
from .profiles import PROFILES

__all__ = ["PROFILES", "Bot", "Impairment", "Link", "Network", "VirtualClock"]
