"""`struct`, and what its fields are: `Array` with `array`, `Pool` with `pool`, `Effects` with `effects`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any, Generic, TypeVar, cast, dataclass_transform, get_args, get_origin, overload

from ..checks import in_range
from ..errors import UsageError
from ..rules import nearest
from .effects import MAX_FRAMES, effects_kind
from .kinds import kind_of
from .layout import Layout
from .pool import MAX_CAPACITY, pool_kind
from .views import field_property

T = TypeVar("T")
K = TypeVar("K", bound=int)
D = TypeVar("D")

#: A state larger than this is a mistake in a shape, not a game.
MAX_STRUCT_BYTES = 16 << 20

_classes: dict[tuple[Layout, bool], type[StructView]] = {}


class Array(Generic[T]):
    """In an annotation: `ships: Array[Ship] = array(2)`. What a struct hands out behaves like this."""

    def __len__(self) -> int:
        raise NotImplementedError("Array is written in annotations only")

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: tuple[int, ...]) -> T: ...
    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("Array is written in annotations only")

    def __setitem__(self, index: int | tuple[int, ...], value: T) -> None:
        raise NotImplementedError("Array is written in annotations only")

    def __iter__(self) -> Iterator[T]:
        raise NotImplementedError("Array is written in annotations only")


class Pool(Generic[T]):
    """In an annotation: `bullets: Pool[Bullet] = pool(64)`, up to 64 structs that come and go.

    `spawn()` gives a *handle*: an int other than 0, for a field of type i64, that names one element as long as it lives and
    none afterwards, also when its place is taken by another (2**46 spawns later it may come again). An element's place is
    fixed: `bullet = world.bullets[handle]` names it like an element of an array.

    A loop runs over the elements, or over `handles()`, in the order of their places. It meets those that lived when it
    began and still live at their turn: what is spawned meanwhile is not met, also where it takes the place of another.
    """

    @property
    def capacity(self) -> int:
        """How many can live at once."""
        raise NotImplementedError("Pool is written in annotations only")

    def spawn(self) -> int:
        """The handle of a new element, whose fields are zero; 0 when the pool is full."""
        raise NotImplementedError("Pool is written in annotations only")

    def despawn(self, handle: int) -> bool:
        """End an element. False when it does not live (any more): then nothing happens."""
        raise NotImplementedError("Pool is written in annotations only")

    def alive(self, handle: int) -> bool:
        """Whether there is an element under this handle."""
        raise NotImplementedError("Pool is written in annotations only")

    def handles(self) -> Iterator[int]:
        """For a loop: the handles of the living."""
        raise NotImplementedError("Pool is written in annotations only")

    def __len__(self) -> int:
        """How many live."""
        raise NotImplementedError("Pool is written in annotations only")

    def __getitem__(self, handle: int) -> T:
        """The element under this handle; IndexError when there is none."""
        raise NotImplementedError("Pool is written in annotations only")

    def __setitem__(self, handle: int, value: T) -> None:
        raise NotImplementedError("Pool is written in annotations only")

    def __iter__(self) -> Iterator[T]:
        raise NotImplementedError("Pool is written in annotations only")


class Effects(Generic[K, D]):
    """In an annotation: `effects: Effects[Kind, Spot] = effects(32)`, the newest 32 things to be seen or heard once.

    `Kind` is an IntEnum or one of i8..u64. `Spot` is what an effect tells beside its kind: one value, a struct of single
    values, or None for nothing. It is a field of the game's state itself, one at most; `session.effects()` says which
    effects have started, were cancelled by a rollback, and are confirmed.

    A loop, outside a step, runs over those that are kept, oldest first: structs with `frame`, `id`, `kind` and `data`.
    """

    @property
    def capacity(self) -> int:
        """How many are kept."""
        raise NotImplementedError("Effects is written in annotations only")

    @property
    def emitted(self) -> int:
        """How many there were since the start."""
        raise NotImplementedError("Effects is written in annotations only")

    @property
    def dropped(self) -> int:
        """How many had to make room for newer ones too soon: within the frames that effects() promises."""
        raise NotImplementedError("Effects is written in annotations only")

    def emit(self, frame: int, kind: K, id: int, *data: Any) -> None:
        """Something happened in this frame, which is `tick.frame`; data are the fields of `Spot` in their order.

        The id is the game's choice: of effects that a rollback may move by some frames, kind and id tell which is which, such
        as the number of the player or the handle of the bullet. In the checked way an effect traps when it drops another,
        and when the frame is older than that of the last.
        """
        raise NotImplementedError("Effects is written in annotations only")

    def __len__(self) -> int:
        """How many there are to loop over."""
        raise NotImplementedError("Effects is written in annotations only")

    def __iter__(self) -> Iterator[Effect[K, D]]:
        raise NotImplementedError("Effects is written in annotations only")


class Effect(Generic[K, D]):
    """An effect in its place, for annotations."""

    frame: int
    id: int
    kind: K
    data: D


class _Capacity:
    def __init__(self, capacity: int) -> None:
        self.capacity = capacity


class _Kept(_Capacity):
    def __init__(self, capacity: int, frames: int) -> None:
        super().__init__(capacity)
        self.frames = frames


def effects(capacity: int, *, frames: int = 16) -> Any:
    """The capacity of a field of effects, 1 to 65536: `effects(32)`.

    frames  1 to 256: for so many frames an effect must be kept. More than the prediction window of a session, or it may miss
            one. Where `capacity` is too small for that, `dropped` counts, and the checked way traps
    """
    in_range("effects: capacity", capacity, 1, MAX_CAPACITY)
    in_range("effects: frames", frames, 1, MAX_FRAMES)
    return _Kept(capacity, frames)


def pool(capacity: int) -> Any:
    """The capacity of a pool field, 1 to 65536 elements: `pool(64)`."""
    if type(capacity) is not int or not 1 <= capacity <= MAX_CAPACITY:
        raise UsageError(f"pool({capacity!r}): give a capacity from 1 to {MAX_CAPACITY}")
    return _Capacity(capacity)


class _Shape:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape


def array(*shape: int) -> Any:
    """The shape of an array field, one positive length per dimension: `array(2)`, `array(10, 20)`."""
    if not shape or any(type(n) is not int or n < 1 for n in shape):
        raise UsageError(f"array{shape!r}: give one or more lengths of at least 1")
    return _Shape(shape)


class StructView:
    """What every struct class can do. Fields are attributes; `_memory` and `_base` say where they lie."""

    __slots__ = ("_base", "_memory")
    layout: Layout
    _checked = False

    def __init__(self, **fields: Any) -> None:
        self._memory = memoryview(bytearray(self.layout.size))
        self._base = 0
        for name, value in fields.items():
            if name not in {field.name for field in self.layout.fields}:
                raise UsageError(f"{self.layout.name} has no field {name!r}; "
                                 f"it has {', '.join(field.name for field in self.layout.fields)}"
                                 f"{nearest(name, (field.name for field in self.layout.fields))}")
            try:
                setattr(self, name, value)
            except TypeError as error:
                raise TypeError(f"{self.layout.name}: {error}") from None

    @classmethod
    def _over(cls, memory: memoryview, base: int) -> Any:
        self = cls.__new__(cls)
        self._memory, self._base = memory, base
        return self

    @classmethod
    def view(cls, buffer: Any, offset: int = 0, *, readonly: bool = False) -> Any:
        """The struct at `offset` of a bytes-like object; nothing is copied."""
        memory = memoryview(buffer).cast("B")
        if offset < 0 or offset + cls.layout.size > len(memory):
            raise UsageError(f"{cls.layout.name} takes {cls.layout.size} bytes; "
                             f"the buffer has {len(memory)}, from offset {offset}")
        return cls._over(memory.toreadonly() if readonly else memory, offset)

    def copy(self) -> Any:
        """An independent copy with its own bytes."""
        return type(self)._over(memoryview(bytearray(bytes(self))), 0)

    def __bytes__(self) -> bytes:
        return bytes(self._memory[self._base:self._base + self.layout.size])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, StructView) and other.layout == self.layout:
            return bytes(self) == bytes(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.layout.name}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in self.layout.fields)})"


@dataclass_transform(kw_only_default=True)
def struct(cls: type[T]) -> type[T]:
    """Make a class of annotated fields into a struct: flat little-endian memory with names.

    Fields are i8..u64, bool, Fixed, Vec2, Angle, an IntEnum (one byte), another struct, `Array[kind] = array(n)`,
    `Pool[struct] = pool(n)`, or `Effects[kind, data] = effects(n)`.
    `Ship(heat=3)` is a fresh one, zero elsewhere; `Ship.view(buffer)` names bytes that are there.
    Raises UsageError naming the field that cannot be laid out.
    """
    members = []
    for name, annotation in _annotations(cls).items():
        where = f"{cls.__name__}.{name}"
        check_name(name, where)
        shape: tuple[int, ...] = ()
        default = cls.__dict__.get(name)
        if get_origin(annotation) is Effects or annotation is Effects:
            if not isinstance(default, _Kept) or annotation is Effects:
                raise UsageError(f"{where}: write {name}: Effects[kind, data] = effects(capacity)")
            of, data = get_args(annotation)
            carried = None if data in (None, type(None)) else kind_of(data, where)
            members.append((name, effects_kind(kind_of(of, where), carried, default.capacity, default.frames, where), shape))
            continue
        if get_origin(annotation) is Pool or annotation is Pool:
            if type(default) is not _Capacity or annotation is Pool:
                raise UsageError(f"{where}: write {name}: Pool[struct] = pool(capacity)")
            (annotation,) = get_args(annotation)
            members.append((name, pool_kind(kind_of(annotation, where), default.capacity, where), shape))
            continue
        if get_origin(annotation) is Array or annotation is Array:
            if not isinstance(default, _Shape) or annotation is Array:
                raise UsageError(f"{where}: write {name}: Array[kind] = array(length)")
            (annotation,) = get_args(annotation)
            shape = default.shape
            if get_origin(annotation) is Pool:
                raise UsageError(f"{where}: for an array of pools put the pool into a struct, and make an array of these")
            if get_origin(annotation) is Effects:
                raise UsageError(f"{where}: a state has its effects once; their ids tell whose they are")
        elif default is not None:
            raise UsageError(f"{where}: a struct starts as zero and has no defaults; set the value in init")
        members.append((name, kind_of(annotation, where), shape))
    if not members:
        raise UsageError(f"struct {cls.__name__} has no fields")
    layout = Layout.pack(cls.__name__, members)
    if layout.size > MAX_STRUCT_BYTES:
        raise UsageError(f"struct {cls.__name__} takes {layout.size} bytes; the limit is {MAX_STRUCT_BYTES}")
    made = _make(layout, False)
    made.__doc__, made.__module__, made.__qualname__ = cls.__doc__, cls.__module__, cls.__qualname__
    _classes[layout, False] = made
    return cast("type[T]", made)


def check_name(name: str, where: str) -> None:
    """Raise UsageError when a view needs this name for itself."""
    if name.startswith("_") or name == "layout" or hasattr(StructView, name):
        raise UsageError(f"{where}: this name is taken by the struct itself; choose another")


def layout_of(given: Layout | type[Any]) -> Layout:
    """The layout of a struct class, or the layout itself; UsageError for anything else."""
    layout = given if isinstance(given, Layout) else getattr(given, "layout", None)
    if not isinstance(layout, Layout):
        raise UsageError(f"{given!r}: give a class marked @struct, or a Layout")
    return layout


def view_class(layout: Layout, checked: bool = False) -> type[StructView]:
    """The view class of a layout; `checked` traps on stores that do not fit."""
    found = _classes.get((layout, checked))
    if found is None:
        found = _classes[layout, checked] = _make(layout, checked)
    return found


def _make(layout: Layout, checked: bool) -> type[StructView]:
    names: dict[str, Any] = {field.name: field_property(field, checked) for field in layout.fields}
    return type(layout.name, (StructView,), {"__slots__": (), "layout": layout, "_checked": checked, **names})


def _annotations(cls: type) -> dict[str, Any]:
    """The evaluated annotations, also under `from __future__ import annotations` and inside a function."""
    frame = sys._getframe(2)
    names = {**frame.f_globals, **frame.f_locals}
    try:
        return inspect.get_annotations(cls, globals=vars(sys.modules[cls.__module__]), locals=names, eval_str=True)
    except Exception as error:
        raise UsageError(f"struct {cls.__name__}: an annotation cannot be evaluated: {error}") from error
