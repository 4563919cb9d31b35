"""Pools: a fixed number of places for elements that come and go, such as bullets.

In memory a pool is a struct: its books, then a place for each element (`pool_kind`). All zeros is an empty pool. A *handle*
names one element for as long as it lives: its place + 1 in the high bits, in the low 46 the number of its spawning. So it is
never 0, it repeats after 2**46 spawns of its pool, and it fits no field of less than eight bytes: one that was cut names
nothing, which shows at its first use.

The algorithms are written once, in the language of steps, and run by numba or by Python, like fixed/kernels.py. They hold
for any bytes: no place outside is touched, and no loop runs longer than there are places.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import UsageError
from ..fixed.operators import PLAIN
from ..language import Language
from ..source import Program
from .kinds import Kind, i64, kind_of
from .layout import ELEMENTS, Layout
from .views import ArrayView, refuse_read_only

#: Bits of a handle for the number of the spawning.
SERIAL_BITS = 46
SERIAL_MASK = (1 << SERIAL_BITS) - 1
#: A difference of two such numbers below this says that the first is the newer one.
HALF_ROUND = 1 << SERIAL_BITS - 1
#: Places that one pool can have: the bits that are left in a positive int64.
MAX_CAPACITY = 1 << 16


def pool_kind(element: Kind, capacity: int, where: str) -> Kind:
    """The kind of a pool of `capacity` structs; UsageError names `where`."""
    if element.layout is None:
        raise UsageError(f"{where}: a pool holds structs, not {element.name}")
    if holds_pool(element.layout):
        raise UsageError(f"{where}: {element.name} holds a pool itself, whose handles would start anew with each spawn(); "
                         "put that pool beside this one, and a handle of the owner into its elements")
    word, name = kind_of(i64, where), f"Pool[{element.name}]"
    layout = Layout.pack(name, [
        ("count", word, ()),                # elements that live
        ("used", word, ()),                 # places from here on were never taken
        ("free", word, ()),                 # the place that was given back last, plus 1; 0 when there is none
        ("spawned", word, ()),              # the number of the last spawning
        ("handles", word, (capacity,)),     # of the living; of a place that was given back, minus the next one's `free`
        (ELEMENTS, element, (capacity,)),
    ])
    return Kind("pool", name, layout.size, layout.align, layout=layout)


def holds_pool(layout: Layout) -> bool:
    """Whether a pool is anywhere in this struct."""
    return any(field.kind.code == "pool" or (field.kind.layout is not None and holds_pool(field.kind.layout))
               for field in layout.fields)


# ---------------------------------------------------------------------------- the algorithms

def clear(elements: Any, place: int) -> None:
    """Zero one element: the primitive that each way has its own of."""
    assert isinstance(elements, ArrayView)
    elements.clear(place)


def spawn(pool: Any) -> int:
    """Take a place: the one given back last, else the first that was never used. Its handle, 0 when all are taken."""
    place = pool.free - 1
    if place >= 0:
        pool.free = max(-pool.handles[place], 0)
    else:
        place = pool.used
        if place == len(pool.handles):
            return 0
        pool.used = place + 1
    pool.spawned = (pool.spawned + 1) & SERIAL_MASK
    handle = (place + 1) << SERIAL_BITS | pool.spawned
    pool.handles[place] = handle
    clear(pool._elements, place)
    pool.count = pool.count + 1
    return handle


def find(pool: Any, handle: int) -> int:
    """The place of the living element with this handle, -1 when there is none."""
    place = (handle >> SERIAL_BITS) - 1
    if 0 <= place < len(pool.handles) and pool.handles[place] == handle:
        return place
    return -1


def despawn(pool: Any, handle: int) -> bool:
    """Give a place back; whether there was something to give back."""
    place = find(pool, handle)
    if place < 0:
        return False
    pool.handles[place] = -max(pool.free, 0)
    pool.free = place + 1
    pool.count = pool.count - 1
    return True


def following(pool: Any, place: int, newest: int) -> int:
    """The first place from `place` >= 0 on whose element lives, and lived when `newest` was the last spawning; else -1."""
    end = min(pool.used, len(pool.handles))
    while place < end:
        handle = pool.handles[place]
        if handle >> SERIAL_BITS == place + 1 and (newest - handle) & SERIAL_MASK < HALF_ROUND:
            return place
        place = place + 1
    return -1


def count(pool: Any) -> int:
    """How many live."""
    return min(max(pool.count, 0), len(pool.handles))


@functools.cache
def program() -> Program:
    """The algorithms, rewritten."""
    return Program((spawn, find, despawn, following, count), Language(functions=(clear,), marked=False))


@functools.cache
def _made() -> dict[Callable[..., Any], Any]:
    return program().build(PLAIN)


# ---------------------------------------------------------------------------- as Python sees them

class PoolView:
    """A pool over bytes: `books` is the whole as a struct, `elements` its places. schema.Pool says what it can do."""

    __slots__ = ("_books", "_elements", "_name")

    def __init__(self, books: Any, elements: ArrayView, name: str) -> None:
        self._books, self._elements, self._name = books, elements, name

    @property
    def capacity(self) -> int:
        return len(self._elements)

    def spawn(self) -> int:
        refuse_read_only(self._books._memory, self._name)
        return _made()[spawn](self._books)

    def despawn(self, handle: int) -> bool:
        refuse_read_only(self._books._memory, self._name)
        return _made()[despawn](self._books, self._handle(handle))

    def alive(self, handle: int) -> bool:
        return _made()[find](self._books, self._handle(handle)) >= 0

    def handles(self) -> Handles:
        return Handles(self)

    def __getitem__(self, handle: int) -> Any:
        return self._elements[self._place(handle)]

    def __setitem__(self, handle: int, value: Any) -> None:
        self._elements[self._place(handle)] = value

    def __len__(self) -> int:
        return _made()[count](self._books)

    def __iter__(self) -> Iterator[Any]:
        return map(self._elements.__getitem__, self.places())

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"

    def places(self) -> Iterator[int]:
        """The places of those that live now and still live at their turn."""
        return self._places(self._books.spawned)

    def _places(self, newest: int) -> Iterator[int]:
        place = -1
        while (place := _made()[following](self._books, place + 1, newest)) >= 0:
            yield place

    def _handle(self, given: Any) -> int:
        if not isinstance(given, int):
            raise TypeError(f"{self._name} takes a handle, which is an int, not {type(given).__name__}")
        return int(given)

    def _place(self, handle: Any) -> int:
        place = _made()[find](self._books, self._handle(handle))
        if place < 0:
            raise IndexError(f"{self._name}: nothing lives under the handle {handle}"
                             + (", which spawn() gives when the pool is full" if handle == 0 else ": ask alive(handle) first"))
        return place


class Handles:
    """What `pool.handles()` gives: the handles in the order of iteration."""

    __slots__ = ("_pool",)

    def __init__(self, pool: PoolView) -> None:
        self._pool = pool

    def __iter__(self) -> Iterator[int]:
        return map(self._pool._books.handles.__getitem__, self._pool.places())


# ---------------------------------------------------------------------------- as a step calls them

def _of_a_pool(name: str) -> Callable[..., Any]:
    def call(pool: Any, *arguments: Any) -> Any:
        if not isinstance(pool, PoolView):
            raise TypeError(f"{name}() takes a pool, not {type(pool).__name__}")
        return getattr(pool, name)(*arguments)
    return call


#: The methods of a pool as operators of a step; they are the same in every way.
OPERATORS: dict[str, Callable[..., Any]] = {f"m_{name}": _of_a_pool(name) for name in ("spawn", "despawn", "alive", "handles")}
