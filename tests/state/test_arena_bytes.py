"""Raw bytes of an arena: only behind its struct and within its size, in every way alike."""

from __future__ import annotations

import numpy as np
import pytest

from rollstep import Array, array, i64, struct
from rollstep.compile import native
from rollstep.fixed.operators import PLAIN
from rollstep.language import Language
from rollstep.source import Program
from rollstep.state import memory
from rollstep.state.memory import digest, get8, move, put8, put64


@struct
class Small:
    size: i64
    bytes_at: i64
    words: Array[i64] = array(2)


FIRST, SIZE = 32, 64
PRIMITIVES = (get8, put8, put64, move, digest)


def touch(c, what, at, n):
    if what == 0:
        return get8(c, at)
    if what == 1:
        put8(c, at, n)
    elif what == 2:
        put64(c, at, n)
    elif what == 3:
        move(c, at, c.bytes_at, n)
    elif what == 4:
        move(c, c.bytes_at, at, n)
    else:
        return digest(c, at, n)
    return c.words[1]


def spill(c, what, at, n):
    """A field is read before and after a raw byte is stored next to it."""
    before = c.words[1]
    put8(c, at, n)
    return before * 1000 + c.words[1]


def interpreted(root, raw, *arguments):
    run = Program([root], Language(functions=PRIMITIVES, marked=False)).build(PLAIN)[root]
    return run(Small.view(raw), *arguments)


def compiled(root, raw, *arguments):
    program = Program([root], Language(functions=PRIMITIVES, marked=False))

    def build():
        from rollstep.compile import jit
        from rollstep.fixed.lowering import OPERATORS
        from rollstep.state.lowering import Ref, at, setter

        run = program.build(OPERATORS["compiled"], jit=jit, setter=setter, module=__name__)[root]
        ref = Ref(Small.layout)

        def entry(address, what, place, n):
            return run(at(ref, address), what, place, n)
        return entry
    import rollstep.state.kernels_lowering  # noqa: F401  registers the primitives

    memory_ = np.frombuffer(raw, np.uint8)
    return native(f"bytes-{root.__name__}", 4, program.exact_text(), build).call(memory_.ctypes.data, *arguments)


def arena():
    raw = bytearray(SIZE + 8)       # eight bytes too many, so that a wrong access harms nobody
    view = Small.view(raw)
    view.size, view.bytes_at, view.words[1] = SIZE, FIRST, 7
    return raw


def outcome(run, root, *arguments):
    """What it returns, and the bytes afterwards; or that it was refused, and nothing has changed."""
    raw = arena()
    given = memoryview(raw)[:SIZE] if run is interpreted else raw
    try:
        return run(root, given, *arguments), bytes(raw)
    except IndexError:
        assert raw == arena()
        return "refused"


@pytest.mark.parametrize("run", [interpreted, compiled])
@pytest.mark.parametrize(("what", "n", "first", "last"), [
    (0, 0, FIRST, SIZE - 1), (1, 200, FIRST, SIZE - 1), (2, -5, FIRST, SIZE - 8), (3, 0, FIRST, SIZE), (4, 0, FIRST, SIZE),
    (5, 16, FIRST, SIZE - 16), (5, 0, FIRST, SIZE)],
    ids=["get8", "put8", "put64", "move to", "move from", "digest", "digest of nothing"])
def test_bytes_are_reached_behind_the_struct_and_within_the_size_alone(run, what, n, first, last):
    for at in (first, first + 1, last):
        assert outcome(run, touch, what, at, n) != "refused"
    for at in (0, 8, first - 1, last + 1, SIZE + 1, -1, -(1 << 63), (1 << 63) - 1):
        assert outcome(run, touch, what, at, n) == "refused", at


@pytest.mark.parametrize("what", range(6))
@pytest.mark.parametrize(("at", "n"), [(FIRST, -1), (FIRST, 1 << 62), (FIRST, -(1 << 63)), (SIZE - 8, 8), (FIRST + 8, 8)])
def test_both_ways_do_the_same(what, at, n):
    assert outcome(interpreted, touch, what, at, n) == outcome(compiled, touch, what, at, n)


@pytest.mark.parametrize("run", [interpreted, compiled])
def test_a_field_keeps_its_value_when_bytes_beside_it_change(run):
    assert outcome(run, spill, 0, FIRST, 255)[0] == 7007


def test_the_size_that_python_checks_is_the_memory_itself():
    raw = bytearray(SIZE)
    with pytest.raises(IndexError, match=r"bytes 31\.\.32 are outside those behind the struct, 32\.\.64"):
        memory.get8(Small.view(raw), 31)
