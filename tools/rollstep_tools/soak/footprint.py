"""How much a session holds: what is reachable from it through its own objects and the containers in them."""

from __future__ import annotations

from typing import Any

_CONTAINERS = (list, tuple, set, frozenset)
#: Objects of these packages are gone through; a game, its code and whatever else they hold are the same all the time.
_OURS = ("rollstep.session", "rollstep.net", "rollstep.wire", "rollstep.rollback")


def footprint(root: Any) -> int:
    """The number of elements, and of the bytes in byte strings, that hang on this object."""
    seen: set[int] = set()
    todo, total = [root], 0
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, bytes | bytearray):
            total += len(thing)
        elif isinstance(thing, int):
            total += thing.bit_length() // 64
        elif isinstance(thing, dict):
            total += len(thing)
            todo += [*thing.keys(), *thing.values()]
        elif isinstance(thing, _CONTAINERS) or type(thing).__name__ == "deque":
            total += len(thing)
            todo += list(thing)
        elif type(thing).__module__.startswith(_OURS):
            todo += [value for name in _names(type(thing)) if (value := getattr(thing, name, None)) is not None]
            todo += list(getattr(thing, "__dict__", {}).values())
    return total


def _names(kind: type) -> list[str]:
    return [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]
