"""The proofs that compiled code is deterministic, taken before it is saved.

types_lowering (`prove_types`: what numba made of each statement, with file and line) and ir (`prove`: the LLVM IR). What
can be seen in the source is refused earlier, by source.py. AUDIT.md lists the rules of all three. May import compile,
errors and rules.
"""

from .ir import prove

__all__ = ["prove"]
