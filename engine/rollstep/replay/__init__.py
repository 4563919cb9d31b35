"""The replay file: inputs, and the chain of checksums that proves what they led to.

format (chunks and their limits), writer, reader, compatible (does it belong to this game?), verify (is it true?), timeline
(any frame's state), desync (the folder of a report), comparing (where two files or
folders part). Reading a file never imports or runs what it
names. May import game, runner, state and below; never rollback, net or io.
The names that matter: `read_replay`, `ReplayWriter`, `verify`.
"""

from .compatible import belongs
from .format import Header
from .reader import Replay, read_replay
from .timeline import Timeline
from .verify import Report, verify
from .writer import ReplayWriter, check

__all__ = ["Header", "Replay", "ReplayWriter", "Report", "Timeline", "belongs", "check", "read_replay", "verify"]
