"""The replay file: inputs, and the chain of checksums that proves what they led to.

format (chunks and their limits), writer, reader, verify (is it true?). Reading a file never imports or runs what it
names. May import game, runner, state and below; never rollback, net or io.
The names that matter: `read_replay`, `ReplayWriter`, `verify`.
"""

from .format import Header
from .reader import Replay, read_replay
from .verify import Report, verify
from .writer import ReplayWriter, check

__all__ = ["Header", "Replay", "ReplayWriter", "Report", "check", "read_replay", "verify"]
