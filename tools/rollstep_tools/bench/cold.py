"""What a cold compilation costs: one step of 200 lines, as a game and as the float64 that it would be without rollstep.

    python -m rollstep_tools.bench.cold fixed|float FOLDER

Both sides come from `arena.txt`, so they are the same lines: a number such as `fx("0.98")` is `0.98` for the other. The
game's step is rewritten, typed, compiled, proved and saved to an empty cache. Its twin is numba's njit of the same
functions with the same flags, over a numpy array of records. A process of its own compiles each; what is timed starts with
numba and the engine imported, and ends with machine code. Prints the seconds.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

STRUCTS = """import rollstep as rs
from rollstep import Fixed, fx, sin, cos, sqrt, sim, u8, i16, i32


@rs.struct
class Ship:
    x: Fixed
    y: Fixed
    vx: Fixed
    vy: Fixed
    heading: Fixed
    energy: Fixed
    heat: i16
    stun: i16
    reload: i16
    falls: i16
    score: i16
    shielded: u8


@rs.struct
class Shot:
    x: Fixed
    y: Fixed
    vx: Fixed
    vy: Fixed
    life: i16
    owner: u8


@rs.struct
class World:
    spawn: i32
    round: i32
    ships: rs.Array[Ship] = rs.array(4)
    shots: rs.Array[Shot] = rs.array(32)


@rs.struct
class Pad:
    buttons: u8


def start(world, tick):
    world.spawn = 1


"""
_FLOATS = """import numba
from math import sin, cos, sqrt
from rollstep.compile import INNER_FLAGS

sim = numba.njit(**INNER_FLAGS)

"""
LINES = Path(__file__).with_name("arena.txt")


def write(side: str, folder: Path) -> Path:
    """The source of one side."""
    source = LINES.read_text()
    if side == "float":
        source = _FLOATS + re.sub(r'fx\("([^"]+)"\)', r"\1", source)
    else:
        source = STRUCTS + source
    path = folder / f"arena_{side}.py"
    path.write_text(source)
    return path


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = made
    spec.loader.exec_module(made)
    return made


def _records(layout: Any) -> Any:
    """A struct's layout as numpy has it, every Fixed a float64."""
    import numpy as np

    members = []
    for field in layout.fields:
        kind = field.kind
        base = _records(kind.layout) if kind.layout is not None else np.dtype(
            np.float64 if kind.code == "fixed" else f"{'i' if kind.signed else 'u'}{kind.size}")
        members.append((field.name, base, field.shape) if field.shape else (field.name, base))
    return np.dtype(members, align=True)


def fixed(folder: Path) -> float:
    """Seconds from the module's functions to machine code, proved and saved."""
    import numba  # noqa: F401  not a part of what is timed

    import rollstep as rs
    from rollstep.runner import compiled_step
    made = module(write("fixed", folder))
    start = time.perf_counter()
    game = rs.Game("arena", state=made.World, input=made.Pad, players=4, init=made.start, step=made.step)
    native = compiled_step(game, "compiled")
    took = time.perf_counter() - start
    assert not native.was_cached, "the cache was not empty"
    return took


def floats(folder: Path) -> float:
    """Seconds from the module's functions to machine code."""
    import numba
    import numpy as np

    from rollstep.compile import ENTRY_FLAGS
    structs = module(write("fixed", folder))
    made = module(write("float", folder))
    world, inputs, tick = (numba.types.Array(numba.from_dtype(records), 1, "C") for records in (
        _records(structs.World.layout), _records(structs.Pad.layout), np.dtype([("frame", np.int64)])))
    start = time.perf_counter()
    step = numba.njit(**ENTRY_FLAGS)(made.step)

    def entry(world: Any, inputs: Any, tick: Any) -> None:
        step(world[0], inputs, tick[0])
    numba.njit(**ENTRY_FLAGS)(entry).compile((world, inputs, tick))
    return time.perf_counter() - start


if __name__ == "__main__":
    print({"fixed": fixed, "float": floats}[sys.argv[1]](Path(sys.argv[2])))
