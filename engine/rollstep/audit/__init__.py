"""The proof that compiled code is deterministic, taken on the LLVM IR before it is saved.

ir (`prove`). What can be seen in the source is refused earlier, with file and line, by source.py.
May import errors only. The one name that matters: `prove`.
"""

from .ir import prove

__all__ = ["prove"]
