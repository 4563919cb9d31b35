"""Randomness for keys, nonces and secrets; never for anything that is computed twice."""

from __future__ import annotations

import os


def system(count: int) -> bytes:
    """So many bytes that nobody can guess."""
    return os.urandom(count)
