"""Memory between unmapped pages: an access one byte outside ends the process (Linux)."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np

PAGE = mmap.PAGESIZE


class Guarded:
    """`size` zeroed bytes that end at an unmapped page (or begin after one), with their address; kept as long as this is."""

    def __init__(self, size: int, *, at_start: bool = False) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        pages = -(-size // PAGE)
        self.map = mmap.mmap(-1, (pages + 2) * PAGE)
        whole = np.frombuffer(self.map, np.uint8)
        begin = whole.ctypes.data
        for place in (begin, begin + (pages + 1) * PAGE):
            if libc.mprotect(ctypes.c_void_p(place), PAGE, 0) != 0:
                raise OSError(ctypes.get_errno(), "mprotect")
        offset = PAGE if at_start else (pages + 1) * PAGE - size
        self.bytes: Any = whole[offset:offset + size]
        self.address: int = begin + offset
