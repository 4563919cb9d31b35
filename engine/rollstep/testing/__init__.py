"""The public test kit: a network in one process, in virtual time, from one seed; what must hold on it; and matches as text.

    impairment  what a bad link does, as text: "mobile,loss=5%"
    profiles    networks with names, and the sources of their figures
    link        one direction under way; also in the tools' proxy
    draws       its random words
    network     `Network`, its clock and transports: links, partitions, rebindings, pauses, crashes
    bots        seeded inputs for any game
    oracles     `Safety` and `Liveness`
    flips       a bit of a peer's state turned over
    trace       a match in a few readable lines
    stage       a trace being played, with the oracles watching

May import session and below. The names that matter: `Network`, `Impairment`, `Bot`, `Safety`, `Trace`.
"""

from .bots import Bot
from .flips import flip
from .impairment import Impairment
from .link import Link
from .network import Network, VirtualClock
from .oracles import Liveness, Safety, Stuck
from .profiles import PROFILES, Profile
from .stage import Outcome, Stage, Tell, play_trace
from .trace import Action, Trace

__all__ = ["PROFILES", "Action", "Bot", "Impairment", "Link", "Liveness", "Network", "Outcome", "Profile", "Safety", "Stage",
           "Stuck", "Tell", "Trace", "VirtualClock", "flip", "play_trace"]
