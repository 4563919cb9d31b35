"""peer.c as a library: its header, its compilation, its calls.

The header is written from the engine's own structs and constants, so that the twin works on the very memory that the core
works on and every byte can be compared; when a field or a constant changes, the twin follows.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rollstep.fixed.kernels import SEGMENTS
from rollstep.rollback import arena, frame
from rollstep.rollback.lab import Plan
from rollstep.wire import input_packet

from .twins import compiled_c

HERE = Path(__file__).parent
SOURCE = HERE / "peer.c"
BOX = HERE / "box.h"
#: What peer.c reads of the arena's shape, as fields or, with constants=True, as numbers that the compiler sees.
SHAPE = ("players", "input_size", "row_size", "state_size", "slot_size", "window", "tick_at", "state_at", "snapshots_at",
         "snapshots_end", "inputs_at", "pad_at", "scratch_at", "legal_at", "rx_at", "tx_at")
_I64 = ctypes.c_int64
_PLAY = ctypes.CFUNCTYPE(_I64, ctypes.c_void_p, _I64, _I64)
_BATCH = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, *[_I64] * 7)
_RUN = ctypes.CFUNCTYPE(_I64, ctypes.c_void_p, ctypes.c_void_p, _I64, ctypes.c_void_p, _I64, _I64, ctypes.c_void_p, _I64)


def _struct(name: str, layout: Any) -> str:
    members = "".join(f"    i64 {f.name}{''.join(f'[{n}]' for n in f.shape)};\n" for f in layout.fields)
    return f"struct {name} {{\n{members}}};\n_Static_assert(sizeof(struct {name}) == {layout.size}, \"{name}\");\n"


def header(shape: Any | None = None) -> str:
    """peer.h. `shape` is the numbers of a peer that become constants."""
    numbers = {name: value for module in (input_packet, frame, arena) for name, value in sorted(vars(module).items())
               if name.isupper() and isinstance(value, int)}
    lines = [f"#define {name} ((i64){value})" for name, value in numbers.items()]
    lines += [f"#define {name.upper()}(c) " + (f"((c)->{name})" if shape is None else f"((i64){getattr(shape, name)})")
              for name in SHAPE]
    return "\n".join(["/* Written by bench/peer.py. */", _struct("peer", arena.Peer.layout),  # type: ignore[attr-defined]
                      _struct("plan", Plan.layout),  # type: ignore[attr-defined]
                      "struct tick { i64 frame, seed, players; };", *lines,
                      f"static const i64 SEGMENTS[] = {{{', '.join(f'{value}LL' for value in SEGMENTS)}}};", ""])


class PeerTwin:
    """The C side of a game, for any number of players and, where the step allows it, any size of its state; with `shape` for
    that shape alone. `folder` is made. Raises UsageError when there is no compiler, or when it fails.
    """

    def __init__(self, folder: Path, twin: Path, *, flags: Sequence[str] = (), shape: Any | None = None) -> None:
        folder.mkdir()
        (folder / "peer.h").write_text(header(shape))
        self.flags, self.compiler, self._library = compiled_c(
            folder, SOURCE, [f"-I{folder}", f"-I{HERE}", f'-DTWIN="{twin.resolve()}"', *flags])

    def play(self) -> Callable[[int, int, int], int]:
        """f(plan, first tick, ticks): what the compiled loop of `Lab` does, with the same arguments."""
        return _PLAY(("play", self._library))

    def run_batch(self) -> Callable[..., None]:
        """f(states, ticks, chains, inputs, matches, players, first, count, input size, state size, tick size)."""
        return _BATCH(("run_batch", self._library))

    def run_steps(self) -> Callable[..., int]:
        """f(state, rows, row size, tick, first, count, sums, state size): what `Runner.run` does."""
        return _RUN(("run_steps", self._library))
