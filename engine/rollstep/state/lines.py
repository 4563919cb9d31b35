"""Memory in whole cache lines: where an arena, a state or a snapshot begins must not make one slower than another."""

from __future__ import annotations

from typing import Any

import numpy as np

LINE = 64


def whole_lines(size: int) -> int:
    """Bytes, rounded up to cache lines."""
    return -(-size // LINE) * LINE


def aligned(*shape: int) -> Any:
    """Zeros as a uint8 array that begins with a cache line."""
    size = int(np.prod(shape))
    raw = np.zeros(size + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start:start + size].reshape(shape)
