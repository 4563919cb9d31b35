"""Randomness for nonces; never for anything that is computed twice."""

from __future__ import annotations

import os

from ..wire.control import NONCE_BYTES


def nonce() -> bytes:
    """A fresh nonce."""
    return os.urandom(NONCE_BYTES)
