"""Structs as NumPy's structured arrays: the same bytes under `Layout.dtype`. NumPy is loaded at the first call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ..checks import shown
from ..errors import UsageError
from .schema import StructView, layout_of

if TYPE_CHECKING:
    import numpy

T = TypeVar("T")


def to_numpy(view: Any) -> numpy.ndarray[Any, Any]:
    """A structured array of no dimensions over a struct's own bytes, nothing copied: `to_numpy(world)["ships"]["pos"]` has the
    shape (ships, 2) and the raws of their places. A store through it shows in the struct and is not checked; over a read-only
    struct it is read-only. For drawing and tools, never inside a step.
    """
    import numpy as np

    if not isinstance(view, StructView):
        raise UsageError(f"to_numpy({shown(view)}): give a struct")
    return np.ndarray((), view.layout.dtype(), view._memory, view._base)


def from_numpy(cls: type[T], array: Any) -> T:
    """A struct of this class with the values of a structured array (or one element of it) that has its `Layout.dtype`.

    Raises UsageError for another type or shape, and for a bool or enum that means nothing; what lies in gaps is left out.
    """
    import numpy as np

    layout = layout_of(cls)
    given = np.asarray(array)
    if given.shape != () or given.dtype != layout.dtype():
        raise UsageError(f"from_numpy: an array of shape {given.shape} and type {shown(given.dtype)}; give one element "
                         f"of the type {layout.name}.layout.dtype()")
    made: Any = cls()
    _assign(to_numpy(made), given)
    layout.validate(bytes(made))
    return made


def _assign(target: numpy.ndarray[Any, Any], given: numpy.ndarray[Any, Any]) -> None:
    """Field by field: NumPy copies the gaps of a whole element, too."""
    for name in target.dtype.names or ():
        if target[name].dtype.names is None:
            target[name][...] = given[name]
        else:
            _assign(target[name], given[name])
