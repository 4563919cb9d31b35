"""Buttons between two reads: nothing that was pressed or released in between is lost."""


class Latch:
    """A set of buttons as bits. `read` shows each button's level, but a tap that began and ended since the last read
    shows once, and so does letting go of a held button for a moment."""

    __slots__ = ("_changed", "_level", "_shown")

    def __init__(self) -> None:
        self._level = 0     # now
        self._shown = 0     # at the last read
        self._changed = 0   # at least once since

    @property
    def level(self) -> int:
        return self._level

    def set(self, level: int) -> None:
        self._changed |= level ^ self._level
        self._level = level

    def peek(self) -> int:
        unseen = self._changed & ~(self._level ^ self._shown)   # went there and back
        return self._level ^ unseen

    def read(self) -> int:
        """Once per simulated frame."""
        self._shown = self.peek()
        self._changed = 0
        return self._shown

    def release(self) -> None:
        """All up, without a trace: the focus is gone, the gamepad is unplugged."""
        self._level = self._changed = 0
