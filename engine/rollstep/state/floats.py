"""A state as floats, for drawing: the same names over the same bytes, nothing copied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..fixed import Angle, Fixed, Vec2
from .effects import EffectsView
from .pool import Handles, PoolView
from .schema import StructView
from .views import ArrayView


class Point(NamedTuple):
    """A Vec2 as floats."""

    x: float
    y: float


def floats(value: Any) -> Any:
    """A struct, array, pool, effects or value with floats in the place of numbers that are none: Fixed as float, Vec2 as
    `Point`, Angle as radians. Fields and elements are read when they are asked for, read-only; ints, bools and enums stay
    what they are.
    """
    if isinstance(value, Fixed | Angle):
        return value.to_float()
    if isinstance(value, Vec2):
        return Point(value.x.to_float(), value.y.to_float())
    if isinstance(value, StructView):
        return Floats(value)
    if isinstance(value, PoolView):
        return FloatPool(value)
    if isinstance(value, EffectsView):
        return tuple(map(floats, value))
    return FloatArray(value) if isinstance(value, ArrayView) else value


class Floats:
    """A struct whose fields are read as floats."""

    __slots__ = ("_view",)

    def __init__(self, view: StructView) -> None:
        self._view = view

    def __getattr__(self, name: str) -> Any:
        return floats(getattr(self._view, name))

    def __repr__(self) -> str:
        return f"Floats({self._view!r})"


class FloatArray:
    """An array whose elements are read as floats."""

    __slots__ = ("_array",)

    def __init__(self, array: ArrayView) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: int | tuple[int, ...]) -> Any:
        return floats(self._array[index])

    def __iter__(self) -> Iterator[Any]:
        return map(floats, self._array)

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"


class FloatPool:
    """A pool whose elements are read as floats."""

    __slots__ = ("_pool",)

    def __init__(self, pool: PoolView) -> None:
        self._pool = pool

    def alive(self, handle: int) -> bool:
        return self._pool.alive(handle)

    def handles(self) -> Handles:
        return self._pool.handles()

    def __len__(self) -> int:
        return len(self._pool)

    def __getitem__(self, handle: int) -> Any:
        return floats(self._pool[handle])

    def __iter__(self) -> Iterator[Any]:
        return map(floats, self._pool)

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"
