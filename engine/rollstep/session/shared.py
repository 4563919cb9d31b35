"""What all sessions have alike: they are context managers, sleep when told, and keep the checksums of their newest frames."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ..errors import UsageError
from ..wire.input_packet import SUMS


class Closing:
    """`with session:` ends in session.close()."""

    def close(self) -> None:
        """The end of the session. May be called twice."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def limited(seconds: float, at_most_s: float | None) -> float:
    """How long a wait() sleeps: no longer than it was asked to, and not for less than nothing."""
    return seconds if at_most_s is None else min(seconds, max(0.0, at_most_s))


def check_kept(frame: int, confirmed: int) -> None:
    """Raise UsageError unless the checksum of state `frame` is still kept when so many frames are confirmed."""
    if not max(0, confirmed - SUMS) < frame <= confirmed:
        raise UsageError(f"checksum({frame}): only the last {SUMS} confirmed frames are kept (confirmed: {confirmed})")
