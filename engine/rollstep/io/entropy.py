"""Randomness for nonces and secrets; never for anything that is computed twice."""

from __future__ import annotations

import os

from ..wire.control import NONCE_BYTES
from ..wire.join_line import SECRET_BYTES


def nonce() -> bytes:
    """A fresh nonce."""
    return os.urandom(NONCE_BYTES)


def secret() -> bytes:
    """A fresh secret of a join line."""
    return os.urandom(SECRET_BYTES)
