"""numba lives here: the flags, the cache, and how a function becomes an address.

Three ways to run one program (source.py):

    compiled     numba; integers wrap, every index is checked
    checked      the same, trapping on overflow and on stores that do not fit
    interpreted  plain Python over the same bytes, no numba: the oracle

The cache is ours because numba's goes stale: it notices neither an edit in a helper of another module nor a changed
`NUMBA_*` variable. An entry's name is a digest of the program's rewritten source and constants, the engine's own
sources, the versions of numba, llvmlite and Python, the flags, and the processor. Entries are pickles, so the
folder is private (mode 0700) and one that others may write is refused. Code is proved before it is saved:
loaded code has no text left to prove.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import os
import pickle
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .errors import InternalError, UsageError
from .explain import explained

Way = Literal["compiled", "checked", "interpreted"]
WAYS: tuple[Way, ...] = ("compiled", "checked", "interpreted")

#: Inner functions: reached from compiled code only. No fastmath, no parallel, no reference counting of arguments.
INNER_FLAGS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True,
                               "error_model": "numpy", "boundscheck": False, "fastmath": False}
#: Entry points keep the Python wrapper: it is how Python calls them.
ENTRY_FLAGS: dict[str, Any] = {**INNER_FLAGS, "no_cpython_wrapper": False}

Proof = Callable[[str, str], None]
TypeProof = Callable[[Any, str], None]
Progress = Callable[[str], None]
_progress: Progress | None = None
_lock = threading.RLock()


def on_progress(report: Progress | None) -> None:
    """Call `report` with one line of text when something has to be compiled (it is silent when the cache has it)."""
    global _progress
    _progress = report


def jit(function: Callable[..., Any]) -> Any:
    """An inner function of compiled code, one for each combination of kinds that it is called with."""
    from .inner_lowering import Inner
    return Inner(function, INNER_FLAGS)


@dataclass(frozen=True)
class Native:
    """A compiled function of int64 arguments: `call` from Python, `address` for the pointer calls of compiled code."""

    call: Callable[..., int]
    address: int
    keep: object
    was_cached: bool


def native(name: str, arguments: int, key: str, build: Callable[[], Callable[..., Any]], *, returns: bool = True,
           frees: bool = False, prove: Proof | None = None, prove_types: TypeProof | None = None) -> Native:
    """The function that `build()` makes, from the cache or compiled now.

    `build` returns a plain function of `arguments` int64 values (it is called on a cache miss only); `key` is
    everything its code depends on beside the engine. `prove_types(entry, name)` and `prove(llvm_ir, name)` run
    before the result is saved. One that `frees` lets other threads of Python run while it does.
    """
    with _lock:
        import numba
        from numba.core import types
        from numba.core.registry import cpu_target
        from numba.core.runtime import rtsys

        from .inner_lowering import Inner
        if numba.config.DISABLE_JIT:
            raise UsageError('NUMBA_DISABLE_JIT is set, so nothing can be compiled; unset it, or choose way="interpreted"')
        rtsys.initialize(cpu_target.target_context)  # loaded code names its symbols, and nothing else may have
        path = cache_folder() / f"{name}-{_digest(key, returns, frees, cpu_target.target_context.codegen().magic_tuple())}.bin"
        result = _load(path, cpu_target.target_context)
        cached = result is not None
        if result is None:
            if _progress is not None:
                _progress(f"compiling {name} (once; the result is kept)")
            with _no_collections():
                entry = Inner(build(), {**ENTRY_FLAGS, "nogil": frees})
                result = _compile(entry, (types.int64,) * arguments, types.int64 if returns else types.void, name)
                if prove_types is not None:
                    prove_types(entry, name)
                if prove is not None:
                    prove(result.library.get_llvm_str(), name)
            _save(path, result)
        address = result.library.get_pointer_to_function(result.fndesc.llvm_func_name)
        return Native(result.entry_point, address, result, cached)


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """numba makes many objects and few cycles: looking for them took a tenth of a compilation. Memory: 25 MB for the demo."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _compile(entry: Any, arguments: tuple[Any, ...], returns: Any, name: str) -> Any:
    try:
        return entry.entry(arguments, returns)
    except Exception as error:      # numba's own, and what its parts raise on what they do not know
        raise explained(error, name) from error


# ---------------------------------------------------------------------------- the cache

def cache_folder() -> Path:
    """Where compiled code is kept: $ROLLSTEP_CACHE_DIR, else the user's cache folder. Made private when missing."""
    given = os.environ.get("ROLLSTEP_CACHE_DIR")
    if given:
        folder = Path(given)
    else:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        folder = Path(home) / "rollstep"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.stat()
    except OSError as error:
        raise UsageError(f"the cache folder {folder} cannot be made ({error.strerror}); "
                         "name another with ROLLSTEP_CACHE_DIR") from None
    if hasattr(os, "getuid") and (facts.st_uid != os.getuid() or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise UsageError(f"others may write to the cache folder {folder}, and loading from it runs code; "
                         f"run `chmod 700 {folder}` or name another with ROLLSTEP_CACHE_DIR")
    return folder


def _digest(*parts: object) -> str:
    h = hashlib.sha256()
    for part in (engine_digest(), sys.version, _versions(), sorted(INNER_FLAGS.items()),
                 sorted((k, v) for k, v in os.environ.items() if k.startswith("NUMBA_")), *parts):
        h.update(repr(part).encode() + b"\0")
    return h.hexdigest()[:32]


def _versions() -> tuple[str, ...]:
    import llvmlite
    import numba
    import numpy

    return numba.__version__, llvmlite.__version__, numpy.__version__


@functools.cache
def engine_digest() -> str:
    """A digest of the engine's own sources: an edited engine is another engine."""
    h = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        h.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return h.hexdigest()


def _load(path: Path, context: Any) -> Any:
    """The entry, or None when there is none or it cannot be used (then it is compiled and written anew)."""
    from numba.core.compiler import CompileResult

    try:
        data = path.read_bytes()
        digest, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != digest:
            return None
        return CompileResult._rebuild(context, *pickle.loads(body))
    except FileNotFoundError:
        return None
    except Exception:  # a damaged entry must never stop a match
        return None


def _save(path: Path, result: Any) -> None:
    from numba.core import serialize

    body = serialize.dumps(result._reduce())
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    except OSError:
        return  # a full or read-only disk costs the next start a compilation, nothing else
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(body).digest() + body)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def check_way(way: str, name: str = "way") -> Way:
    """`way` itself, or UsageError that names the argument."""
    if way not in WAYS:
        raise UsageError(f"{name}={way!r}: choose one of {', '.join(WAYS)}")
    return way


def need(condition: bool, message: str) -> None:
    """An invariant of the engine's own."""
    if not condition:
        raise InternalError(message)
