"""How long each player was not heard, and what is said of it: interrupted, restored, lost."""

from __future__ import annotations

from .events import Interrupted, Restored

_MS = 1_000_000


class Silence:
    """One player's silence against the timeout of a session. Times in nanoseconds."""

    def __init__(self, player: int, now_ns: int, timeout_ms: int) -> None:
        self._player, self._timeout_ms = player, timeout_ms
        self._heard_ns = now_ns
        self._interrupted = False

    @property
    def interrupted_after_ms(self) -> int:
        """Silence that is worth a word: a third of the timeout, at least a second, or half of a timeout below two."""
        return max(self._timeout_ms // 3, min(1000, self._timeout_ms // 2))

    def length_ms(self, now_ns: int, heard_ns: int = 0) -> int:
        """How long nothing was heard; `heard_ns` is when the player was heard last, if that is newer than the last update."""
        return max(0, now_ns - max(self._heard_ns, heard_ns)) // _MS

    def lost(self, now_ns: int) -> bool:
        """Whether the timeout has passed."""
        return now_ns - self._heard_ns > self._timeout_ms * _MS

    def update(self, heard_ns: int, now_ns: int) -> Interrupted | Restored | None:
        """Called each turn with when the player was last heard; what changed."""
        before, self._heard_ns = self._heard_ns, max(self._heard_ns, heard_ns)
        if self._interrupted and self._heard_ns > before:
            self._interrupted = False
            return Restored(self._player, (self._heard_ns - before) // _MS)
        if not self._interrupted and self.length_ms(now_ns) > self.interrupted_after_ms:
            self._interrupted = True
            return Interrupted(self._player, self.length_ms(now_ns), self._timeout_ms)
        return None
