"""`rollstep bench numbers`: every row, what it is compared with, and the ratio that it should stay within."""

from __future__ import annotations

import argparse
import ctypes
import importlib
import importlib.metadata
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rollstep import InternalError, UsageError
from rollstep.compile import INNER_FLAGS, native
from rollstep.runner import compiled_step
from rollstep.state.lines import aligned

from ..cli import BENCH_GROUPS
from . import steps
from .measure import BATCH_S, Row, in_turns, tell
from .twins import STEP, Twins

ONE = 1 << 32
Memory = np.ndarray[Any, Any]
#: Frames of one call of the collisions, and bytes that are summed.
FRAMES = 60
SIZES = (64, 4096, 65536, 1 << 20)


class Bench:
    """One run. `repeats` turns per row, each side for `batch_s` in a turn; cold compilations have turns of their own."""

    def __init__(self, folder: Path, *, repeats: int = 15, batch_s: float = BATCH_S, cold_repeats: int = 5,
                 flags: Sequence[str] = ()) -> None:
        self.folder, self.repeats, self.batch_s, self.cold_repeats = folder, repeats, batch_s, cold_repeats
        self.twins = Twins(folder, flags=flags)
        self.random = np.random.default_rng(1)

    def rows(self, groups: Sequence[str] = BENCH_GROUPS) -> Iterator[Row]:
        """Raises InternalError when two sides that should give the same bytes do not."""
        for group in groups:
            yield from getattr(self, group)()

    # ------------------------------------------------------------------ loops over arrays

    def loop(self, name: str, memory: Memory, others: Sequence[tuple[str, Memory]] = ()) -> list[float]:
        """Nanoseconds per number: ours, the twin's of the same name, and those of other C loops on memory of their own."""
        game = steps.game(name, getattr(steps, name))
        self.twins.check_size("numbers", game.state_size)
        ours, theirs = _aligned(memory), _aligned(memory)
        sides = [self._call(STEP(compiled_step(game, "compiled").address), ours), self._call(self.twins.step(name), theirs)]
        for side in sides:
            side()
        _same(name, ours.tobytes(), theirs.tobytes())
        sides += [self._call(self.twins.step(other), own) for other, own in others]
        return [1e9 * s / (steps.N * steps.ROUNDS) for s in in_turns(sides, self.repeats, self.batch_s)]

    def _call(self, function: Callable[..., int], memory: Memory) -> Callable[[], None]:
        spare = ctypes.create_string_buffer(64)             # what numba's convention passes beside the state
        address, other = memory.ctypes.data, ctypes.addressof(spare)

        def call(keep: Any = (memory, spare)) -> None:
            if function(other, other + 8, address, other + 16, other + 32) != 0:
                raise InternalError("bench: a measured step raised")
        return call

    def arithmetic(self) -> Iterator[Row]:
        """+, * and / of Fixed: a up to 2**8, b from 2**-12 to 2**10, of both signs."""
        memory = np.zeros((3, steps.N), np.int64)
        memory[0] = memory[2] = self.random.integers(-1 << 40, 1 << 40, steps.N)
        memory[1] = self.random.integers(1 << 20, 1 << 42, steps.N) * self.random.choice([-1, 1], steps.N)
        for what, name, against, target in (("a + b", "add", "C", 1.1), ("a * b", "multiply", "C, __int128", 1.1),
                                            ("a / b", "divide_all", f"C, {_division()}", 1.5)):
            ours, theirs = self.loop(name, memory)
            yield Row(what, "number", against, ours, theirs, target)

    def roots(self) -> Iterator[Row]:
        """The square root of 0 to 2**18."""
        memory = np.zeros((3, steps.N), np.int64)
        memory[0] = self.random.integers(0, 1 << 50, steps.N)
        ours, theirs = self.loop("sqrt_all", memory)
        yield Row("sqrt(a)", "number", "C, same algorithm", ours, theirs, 1.2)

    def angles(self) -> Iterator[Row]:
        """Sine and cosine over three ranges; libm gets the float64 of the same angles, which are chosen to be exact there."""
        for name in ("sin", "cos"):
            for words, limit in (("a turn", int(math.pi * ONE)), ("16 turns", 100 * ONE), ("all angles", 1 << 63)):
                memory = np.zeros((3, steps.N), np.int64)
                memory[0] = self.random.integers(-limit, limit, steps.N) & ~0x7FF
                floats = _aligned(memory / ONE)
                ours, theirs, libm = self.loop(f"{name}_all", memory, [(f"libm_{name}", floats)])
                self._near(name, memory[0], floats)
                yield Row(f"{name}(a), {words}", "number", "C, one polynomial", ours, theirs)
                yield Row(f"{name}(a), {words}", "number", "C, libm's float64", ours, libm, 0.7)

    def _near(self, name: str, raws: Memory, floats: Memory) -> None:
        """Ours and libm's are the same to 0.51 units of Fixed, which is what `sin` and `cos` promise."""
        ours = np.zeros((3, steps.N), np.int64)
        ours[0] = raws
        self._call(STEP(compiled_step(steps.game(f"{name}_all", getattr(steps, f"{name}_all")), "compiled").address), ours)()
        if (np.abs(ours[2] - floats[2] * ONE) > 0.51).any():
            raise InternalError(f"bench: {name} and libm's differ by more than 0.51 units: nothing is printed")

    # ------------------------------------------------------------------ a game

    def collisions(self) -> Iterator[Row]:
        """A thousand bodies in a grid, by `Runner.run`: the step with its bounds checks, and the checksum of each state."""
        game = steps.game("collide", steps.collide, steps.Bodies, steps.scatter)
        runner = game.runner("compiled", players=1, seed=0)
        ours = runner.start()
        self.twins.check_size("bodies", len(ours))
        theirs, floats = np.frombuffer(ours, np.uint8).copy(), np.frombuffer(ours, np.uint8).copy()
        places = floats[:32 * steps.BODIES]
        places.view(np.float64)[:] = places.view(np.int64) / ONE
        rows, sums = bytes(game.row_size * FRAMES), np.zeros(FRAMES, np.uint64)
        fixed, double = self.twins.frames("collide"), self.twins.frames("float_collide")

        def twin(function: Callable[[Any, int, Any], None], memory: Memory) -> Callable[[], None]:
            return lambda: function(memory.ctypes.data, FRAMES, sums.ctypes.data)
        twin(fixed, theirs)()
        _same("collide", bytes(np.array(runner.run(ours, rows, 0, FRAMES), np.uint64)) + bytes(ours),
              sums.tobytes() + theirs.tobytes())
        took = in_turns([lambda: runner.run(ours, rows, 0, FRAMES), twin(fixed, theirs), twin(double, floats)],
                        self.repeats, self.batch_s)
        mine, c, c_double = (1e9 * s / FRAMES for s in took)
        yield Row("1,000 bodies collide", "frame", "C, Q32.32", mine, c, 1.15)
        yield Row("1,000 bodies collide", "frame", "C, float64", mine, c_double)

    # ------------------------------------------------------------------ checksums

    def checksums(self) -> Iterator[Row]:
        """One buffer, many times: ours in a compiled loop, the xxhash package's own machine code in a loop of C.

        A call from Python would cost seven times as long as 64 bytes take. Without the package there are no rows.
        """
        sum_of = _package_xxh64()
        if sum_of is None:
            return
        ours, theirs = native("bench-xxh64", 3, "", _build_xxh64), self.twins.hash_all()
        for n in SIZES:
            data = self.random.integers(0, 256, n, np.uint8)
            times, address = max(1, (1 << 18) // n), data.ctypes.data
            _same(f"XXH64 of {n} bytes", ours.call(address, n, times) % (1 << 64), theirs(sum_of, address, n, times))

            def mine(address: int = address, n: int = n, times: int = times) -> None:
                ours.call(address, n, times)

            def package(address: int = address, n: int = n, times: int = times) -> None:
                theirs(sum_of, address, n, times)
            a, b = in_turns([mine, package], self.repeats, self.batch_s)
            yield Row(f"XXH64 of {n:,} bytes", "sum", "xxhash, called from C", 1e9 * a / times, 1e9 * b / times, 1.11)

    # ------------------------------------------------------------------ compilation

    def cold(self) -> Iterator[Row]:
        """A step of 200 lines from an empty cache, a process each; its twin is numba's njit of the same lines in float64."""
        best = {"fixed": math.inf, "float": math.inf}
        for _ in range(self.cold_repeats):
            for side in best:
                best[side] = min(best[side], self._cold(side))
        yield Row("cold compilation, 200 lines", "step", "numba, float64", 1e9 * best["fixed"], 1e9 * best["float"], 1.3)

    def _cold(self, side: str) -> float:
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            done = subprocess.run([sys.executable, "-m", "rollstep_tools.bench.cold", side, place], capture_output=True,
                                  text=True, env={**os.environ, "ROLLSTEP_CACHE_DIR": f"{place}/cache"})
        if done.returncode != 0:
            raise InternalError(f"bench: compiling the {side} step failed: {(done.stderr.strip().splitlines() or [''])[-1]}")
        return float(done.stdout)


def _aligned(memory: Memory) -> Memory:
    """A copy at a multiple of 64 bytes: where memory lies must not make one side faster."""
    made: Memory = aligned(memory.nbytes).view(memory.dtype).reshape(memory.shape)
    made[:] = memory
    return made


def _same(what: str, ours: Any, theirs: Any) -> None:
    if ours != theirs:
        raise InternalError(f"bench: {what} gives other bytes in C than in rollstep: nothing is printed")


def _division() -> str:
    return "divq" if platform.machine() in ("x86_64", "AMD64") else "unsigned __int128"


def _build_xxh64() -> Callable[..., Any]:
    from rollstep.state.kernels_lowering import xxh64 as compiled

    def run(address: Any, n: Any, times: Any) -> Any:
        all_ = 0
        for i in range(times):
            all_ ^= compiled(address, n) + i
        return all_
    return run


def _package_xxh64() -> int | None:
    """The address of XXH64 in the xxhash package's extension module; None without the package or the symbol."""
    try:
        function = ctypes.CDLL(importlib.import_module("xxhash._xxhash").__file__).XXH64
    except (ImportError, OSError, AttributeError):
        return None
    return ctypes.cast(function, ctypes.c_void_p).value


def facts(bench: Bench) -> dict[str, Any]:
    """What the figures depend on beside the code."""
    return {**machine(), "compiler": bench.twins.compiler, "flags": " ".join(bench.twins.flags),
            "xxhash": _package_version("xxhash")}


def machine() -> dict[str, Any]:
    """The machine and what compiles on it."""
    import llvmlite.binding as llvm
    import numba

    return {"cpu": _cpu(), "python": platform.python_version(), "numba": numba.__version__,
            "llvm": ".".join(map(str, llvm.llvm_version_info)), "llvm_cpu": numba.config.CPU_NAME or llvm.get_host_cpu_name(),
            "numba_flags": " ".join(f"{name}={value}" for name, value in INNER_FLAGS.items())}


def _package_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed, so nothing is compared with it"


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
        return next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def run(given: argparse.Namespace) -> int:
    """`rollstep bench numbers`: 0 when it ran; with --strict 1 when a target is missed."""
    from ..show import compiling, notes

    if given.repeats < 1:
        raise UsageError(f"--repeats {given.repeats}: give 1 or more")
    with tempfile.TemporaryDirectory(prefix="rollstep-bench-") as folder, compiling(notes()):
        bench = Bench(Path(folder), repeats=given.repeats, cold_repeats=min(given.repeats, 5))
        rows = list(bench.rows(given.only or BENCH_GROUPS))
        about = facts(bench)
    return tell(given, about, "rows", rows, table)


def table(rows: Sequence[Row]) -> Any:
    """The rows for people."""
    from rich.table import Table

    made = Table()
    for name, justify in (("what", "left"), ("against", "left"), ("ours", "right"), ("theirs", "right"), ("ratio", "right"),
                          ("target", "right"), ("", "left")):
        made.add_column(name, justify=justify)              # type: ignore[arg-type]
    for row in rows:
        verdict = {True: "holds", False: "MISSED", None: ""}[row.holds]
        made.add_row(row.what, row.against, _time(row.ours), _time(row.theirs), f"{row.ratio:.2f}",
                     "" if row.target is None else f"{row.target:.2f}", verdict)
    return made


def _time(ns: float) -> str:
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.2f} {unit}"
    return f"{ns:.2f} ns"
