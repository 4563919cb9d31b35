"""Fields of a state as they are drawn, by their paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import UsageError
from ..state import to_numpy
from ..state.floats import Point
from ..state.schema import StructView, layout_of
from .fields import Numbers
from .motion import Motion


class Drawn:
    """What a game draws of its state, at any time between two frames.

        drawn = rs.Drawn(World, {"ships.pos": 40.0, "ships.heading": 1.0, "bullets.pos": 60.0})
        ...
        drawn.observe(session.state, session.frame, corrected=rollbacks_have_grown)     # after each advance
        ...
        for ship, (x, y) in enumerate(drawn.at("ships.pos", session.fraction)):
        for handle, (x, y) in drawn.at("bullets.pos", session.fraction).items():

    state   the struct
    paths   numbers of it, and for each the distance beyond which it is drawn where it is, at once (`Motion.snap`). An array or
            a pool in a path stands for all of its elements, `ships[0].pos` for one. An Angle is radians, and goes the shorter
            way round
    turns   paths of other numbers that are angles in radians
    ids     by path, the name of an int that says which element is in a place of its last array: one that has changed says that
            another is there now, which does not come sliding from where the last one was. Pools know it by their handles
    keep    and `least`: see `Motion`

    Raises UsageError for a path that leads to no numbers, naming the fields that there are.
    """

    def __init__(self, state: type[Any], paths: Mapping[str, float], *, turns: Iterable[str] = (),
                 ids: Mapping[str, str] | None = None, keep: float = 0.65, least: float = 0.0) -> None:
        self._layout = layout_of(state)
        turning, ids = set(turns), dict(ids or {})
        for path in (*turning, *ids):
            if path not in paths:
                raise UsageError(f"{path!r} is not among the paths: {', '.join(paths)}")
        self._numbers = {path: Numbers(self._layout, path, id=ids.get(path)) for path in paths}
        self._motions: dict[str, Motion] = {}
        for path, numbers in self._numbers.items():
            self._motions[path] = Motion(snap=paths[path], keep=keep, least=least,
                                         turns=path in turning or numbers.kind == "angle")
        self._keys: dict[str, Any] = {}

    def observe(self, state: Any, frame: int, *, corrected: bool = False) -> None:
        """Take the newest state; a frame that was simulated again is observed again. Copies what it keeps.

        corrected  a rollback has changed what this state follows from: `session.stats.rollbacks` has grown
        """
        if not isinstance(state, StructView) or state.layout != self._layout:
            raise UsageError(f"observe: give a {self._layout.name}, not {type(state).__name__}")
        array = to_numpy(state)
        for path, numbers in self._numbers.items():
            values, self._keys[path], identities = numbers.read(array)
            self._motions[path].observe(frame, values, identities, corrected=corrected)

    def reset(self) -> None:
        """What comes next has nothing to do with what was: a seek, another match."""
        for motion in self._motions.values():
            motion.reset()

    def at(self, path: str, fraction: float = 1.0) -> Any:
        """Where to draw what the path names, at this time between the last two frames (a session's `fraction`).

        One number is a float, one Vec2 a Point. Of arrays: an array of their shape, with one more dimension of 2 for Vec2. With
        a pool in the path: a dict by handle, or by (index, handle) when there is an array around it.
        """
        numbers = self._numbers.get(path)
        if numbers is None:
            raise UsageError(f"at({path!r}): give one of the paths: {', '.join(self._numbers)}")
        values = self._motions[path].at(fraction)
        pair = numbers.kind == "vec2"
        if numbers.shape is None:
            things = [Point(*row) for row in values.tolist()] if pair else values[:, 0].tolist()
            keys = self._keys[path].tolist()
            return {key[0] if len(key) == 1 else tuple(key): thing for key, thing in zip(keys, things, strict=True)}
        if numbers.shape == ():
            return Point(*values[0].tolist()) if pair else float(values[0, 0])
        return values.reshape(*numbers.shape, 2) if pair else values.reshape(numbers.shape)
