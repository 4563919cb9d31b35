"""What a session needs from the world: datagrams and a clock. Give your own for Steam, relays, WebRTC or a test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Protocol


class Transport(Protocol):
    """Unreliable datagrams. An address is any hashable value that the transport understands.

    Where it has them, a session also uses: `address`, where it is bound; `send_errors`, how many datagrams it could not
    send, by reason; `trouble`, why the newest could not be sent, in words, or None.
    """

    def send(self, data: bytes, address: Any) -> None:
        """Send a datagram of at most 1,200 bytes, or lose it; never raises and never waits."""
        ...

    def receive(self) -> Iterable[tuple[bytes, Hashable]]:
        """What has arrived since the last call, as (datagram, sender); never waits."""
        ...

    def wait(self, seconds: float) -> None:
        """Sleep until something arrives, at most this long."""
        ...

    def close(self) -> None:
        """Called once, when the session closes."""
        ...


class Clock(Protocol):
    """Time that never goes back."""

    def now_ns(self) -> int:
        """Nanoseconds of any epoch."""
        ...

    def seconds(self, duration_ns: int) -> float:
        """How long a process sleeps for a duration of this clock (a fast clock sleeps less)."""
        ...


@contextlib.contextmanager
def owned(given: Transport | None, make: Callable[[], Transport]) -> Iterator[Transport]:
    """The given transport, or one of our own that is closed when the session cannot be made."""
    used = given if given is not None else make()
    try:
        yield used
    except BaseException:
        if given is None:
            used.close()
        raise
