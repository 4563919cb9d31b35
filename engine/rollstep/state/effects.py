"""Effects: a ring of the newest things that are to be seen or heard once, such as sparks and sounds.

In memory they are a struct: two counts, then a place for each effect that is kept (`effects_kind`). All zeros is an empty ring.
The effect with the number n since the start lies in place n % capacity, and frames never go down from one to the next. The ring
is part of the state, so a rollback takes back what a wrong guess has emitted, and checksums cover it.

The algorithms are written once, as those of pool.py, and hold for any bytes: no place outside is touched.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from ..checks import in_range
from ..errors import Trap, UsageError
from ..fixed.operators import PLAIN
from ..language import MOST_DATA, Language
from ..source import Program
from .kinds import Kind, i64, kind_of
from .layout import ELEMENTS, Layout
from .views import ArrayView, refuse_read_only

#: Frames for which effects can be kept for sure: several times the longest prediction window.
MAX_FRAMES = 256

#: What is wrong with emitting an effect now.
BACK, FULL = 1, 2
_TROUBLE = {BACK: "frames do not go back from one effect to the next: give tick.frame",
            FULL: "an effect that is too young would have to make room: give effects() a larger capacity, or fewer frames"}


def effects_kind(kind: Kind, data: Kind | None, capacity: int, frames: int, where: str) -> Kind:
    """The kind of a ring of `capacity` effects that are kept for `frames` frames at least; UsageError names `where`."""
    in_range(f"{where}: frames", frames, 1, MAX_FRAMES)
    if kind.code not in ("enum", "int"):
        raise UsageError(f"{where}: the kind of an effect is an IntEnum or i8..u64, not {kind.name}")
    fields = data.layout.fields if data is not None and data.layout is not None else ()
    if (data is not None and data.code in ("pool", "effects")) or len(fields) > MOST_DATA or any(
            field.shape or field.kind.layout is not None for field in fields):
        raise UsageError(f"{where}: what an effect tells is one value, or a struct of up to {MOST_DATA} single values, "
                         f"which {data.name if data is not None else ''} is not")
    word = kind_of(i64, where)
    members: list[tuple[str, Kind, tuple[int, ...]]] = [("frame", word, ()), ("id", word, ()), ("kind", kind, ())]
    if data is not None:
        members.append(("data", data, ()))
    effect = Layout.pack("Effect", members)
    for path, one, _ in effect.leaves():
        if one.legal_bytes is not None and 0 not in one.legal_bytes:
            raise UsageError(f"{where}: {path} needs a member of {one.name} with the value 0: places that are free hold zeros")
    place = Kind("struct", effect.name, effect.size, effect.align, layout=effect)
    layout = Layout.pack("Effects", [
        ("emitted", word, ()),              # since the start
        ("dropped", word, ()),              # that were overwritten within `frames` frames
        (ELEMENTS, place, (capacity,)),
    ])
    return Kind("effects", layout.name, layout.size, layout.align, layout=layout, frames=frames)


def holds_effects(layout: Layout) -> bool:
    """Whether effects are anywhere in this struct."""
    return any(field.kind.code == "effects" or (field.kind.layout is not None and holds_effects(field.kind.layout))
               for field in layout.fields)


# ---------------------------------------------------------------------------- the algorithms

def trouble(ring: Any, frame: int, frames: int) -> int:
    """What is wrong with emitting an effect in this frame: 0, BACK or FULL."""
    n = len(ring._elements)
    if ring.emitted > 0 and frame < ring._elements[(ring.emitted - 1) % n].frame:
        return BACK
    if ring.emitted >= n and frame - ring._elements[ring.emitted % n].frame < frames:
        return FULL
    return 0


def take(ring: Any, frame: int, frames: int) -> int:
    """The place of the next effect, whose frame is set: the given one, or that of the last effect if it is newer."""
    n = len(ring._elements)
    if trouble(ring, frame, frames) == BACK:
        frame = ring._elements[(ring.emitted - 1) % n].frame
    if trouble(ring, frame, frames) == FULL:
        ring.dropped = ring.dropped + 1
    place = ring.emitted % n
    ring.emitted = ring.emitted + 1
    ring._elements[place].frame = frame
    return place


@functools.cache
def program() -> Program:
    """The algorithms, rewritten."""
    return Program((trouble, take), Language(marked=False))


@functools.cache
def _made() -> dict[Callable[..., Any], Any]:
    return program().build(PLAIN)


def trap_text(name: str, wrong: int) -> str:
    """What the checked way says."""
    return f"{name}: {_TROUBLE[wrong]}"


# ---------------------------------------------------------------------------- as Python sees them

class EffectsView:
    """Effects over bytes: `books` is the whole as a struct, `places` its effects. schema.Effects says what it can do."""

    __slots__ = ("_books", "_checked", "_frames", "_name", "_places", "_size")

    def __init__(self, books: Any, places: ArrayView, name: str, frames: int, checked: bool) -> None:
        self._books, self._places, self._name, self._frames, self._checked = books, places, name, frames, checked
        self._size = books.layout.fields[-1].kind.size

    @property
    def capacity(self) -> int:
        return len(self._places)

    @property
    def emitted(self) -> int:
        return int(self._books.emitted)

    @property
    def dropped(self) -> int:
        return int(self._books.dropped)

    def emit(self, frame: int, kind: int, id: int, *data: Any) -> None:
        refuse_read_only(self._books._memory, self._name)
        for what, given in (("frame", frame), ("kind", kind), ("id", id)):
            if not isinstance(given, int):
                raise TypeError(f"{self._name}.emit() takes an int as {what}, not {type(given).__name__}")
        wanted = data_fields(self._books.layout)
        if len(data) != len(wanted):
            raise TypeError(wrong_data(self._name, wanted, len(data)))
        if self._checked and (wrong := _made()[trouble](self._books, frame, self._frames)):
            raise Trap(trap_text(self._name, wrong))
        place = self._places[_made()[take](self._books, frame, self._frames)]
        place.kind, place.id = kind, id
        if wanted == ("data",):
            place.data = data[0]
        else:
            for name, value in zip(wanted, data, strict=True):
                setattr(place.data, name, value)

    def kept(self) -> range:
        """The numbers, since the start, of those that are kept."""
        emitted = self.emitted
        return range(max(emitted - self.capacity, 0), emitted)

    def at(self, number: int) -> Any:
        """The effect with this number, one of `kept`."""
        return self._places[number % self.capacity]

    def raws(self, numbers: range) -> list[bytes]:
        """The bytes of these, among `kept`."""
        memory, base, size, n = self._places._memory, self._places._base, self._size, self.capacity
        return [bytes(memory[at:at + size]) for at in (base + number % n * size for number in numbers)]

    def __len__(self) -> int:
        return len(self.kept())

    def __iter__(self) -> Iterator[Any]:
        return map(self.at, self.kept())

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"


def data_fields(ring: Layout) -> tuple[str, ...]:
    """The names of what emit() takes after the id; ("data",) for a single value, which has none."""
    effect = ring.fields[-1].kind.layout
    assert effect is not None
    if effect.fields[-1].name != "data":
        return ()
    data = effect.fields[-1].kind.layout
    return ("data",) if data is None else tuple(field.name for field in data.fields)


def wrong_data(name: str, wanted: tuple[str, ...], given: int) -> str:
    """What is said when emit() has too few or too many arguments."""
    return f"{name}.emit() takes {', '.join(('frame', 'kind', 'id', *wanted))}: {3 + len(wanted)} arguments, not {3 + given}"


# ---------------------------------------------------------------------------- as a step calls them

def _emit(ring: Any, *arguments: Any) -> None:
    if not isinstance(ring, EffectsView):
        raise TypeError(f"emit() is a method of effects, not of {type(ring).__name__}")
    ring.emit(*arguments)


#: The method of effects as an operator of a step; it is the same in every way.
OPERATORS: dict[str, Callable[..., Any]] = {"m_emit": _emit}
