"""twins.c as a library: compiled with the C compiler that is there, called as compiled steps are called."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rollstep import InternalError, UsageError

SOURCE = Path(__file__).with_name("twins.c")
FLAGS = ("-O3", "-march=native")
#: numba's convention: where the result and the exception go, then the arguments; 0 when nothing was raised.
STEP = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 5)
_FRAMES = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)
_HASH_ALL = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int64)


def compiled_c(folder: Path, source: Path, flags: Sequence[str]) -> tuple[tuple[str, ...], str, ctypes.CDLL]:
    """(flags, the compiler's name and version, the library) of one C file. Raises UsageError when it cannot be compiled."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise UsageError("the benchmark compares with C, and there is no C compiler `cc` on the PATH; "
                         "on Debian: sudo apt install gcc")
    library = folder / f"{source.stem}.so"
    command = [compiler, *FLAGS, *flags, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or ["no message"]
        raise UsageError(f"{' '.join(command)} failed: {words[-1]}")
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout
    return (*FLAGS, *flags), (version.splitlines() or [compiler])[0], ctypes.CDLL(str(library))


class Twins:
    """The C side. Raises UsageError when there is no compiler, or when it fails."""

    def __init__(self, folder: Path, *, flags: Sequence[str] = ()) -> None:
        self.flags, self.compiler, self._library = compiled_c(folder, SOURCE, flags)

    def step(self, name: str) -> Callable[..., int]:
        """A loop over arrays, by its name."""
        return STEP((name, self._library))

    def frames(self, name: str) -> Callable[[Any, int, Any], None]:
        """f(state, count, sums): that many frames of the collisions."""
        return _FRAMES((name, self._library))

    def hash_all(self) -> Callable[[int, int, int, int], int]:
        """f(function, address, n, times): `times` sums of one buffer by an XXH64 of C's convention, folded into one."""
        return _HASH_ALL(("hash_all", self._library))

    def check_size(self, struct: str, size: int) -> None:
        """The struct of steps.py and the one of twins.c are the same memory, or InternalError."""
        ask = getattr(self._library, f"{struct}_size")
        ask.restype = ctypes.c_uint64
        if ask() != size:
            raise InternalError(f"bench: {struct} takes {ask()} bytes in twins.c and {size} in steps.py")
