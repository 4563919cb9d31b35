"""UDP: one non-blocking IPv4 socket per session."""

from __future__ import annotations

import select
import socket
from typing import Any

from ..errors import UsageError

#: Larger than any datagram we accept; what is longer arrives cut and is refused by its size.
RECEIVE_BYTES = 2048
#: Datagrams taken in per call, so that a flood cannot hold the frame up.
MOST_AT_ONCE = 256

#: An address outside, of the block that is reserved for documentation (RFC 5737).
SOMEWHERE = ("192.0.2.1", 9)
LOOPBACK = "127.0.0.1"

Address = tuple[str, int]


class UdpTransport:
    """A `Transport` over a UDP socket bound to `host`:`port` (0: any free port)."""

    def __init__(self, port: int = 0, host: str = "0.0.0.0") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            raise UsageError(f"UDP port {port} on {host} cannot be used ({error}); choose another, "
                             "or 0 for any that is free") from None
        self._socket.setblocking(False)

    @property
    def address(self) -> Address:
        """Where the socket is bound."""
        host, port = self._socket.getsockname()
        return str(host), int(port)

    def send(self, data: bytes, address: Any) -> None:
        """Send, or lose it: a full buffer and an unreachable host are what loss looks like here."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            pass

    def receive(self) -> list[tuple[bytes, Address]]:
        """What has arrived, at most MOST_AT_ONCE datagrams."""
        arrived: list[tuple[bytes, Address]] = []
        for _ in range(MOST_AT_ONCE):
            try:
                data, address = self._socket.recvfrom(RECEIVE_BYTES)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                continue  # an ICMP message about an earlier datagram
            arrived.append((data, address))
        return arrived

    def wait(self, seconds: float) -> None:
        """Sleep until a datagram is in, at most this long."""
        select.select([self._socket], [], [], max(0.0, seconds))

    def close(self) -> None:
        self._socket.close()


def lan_host() -> str:
    """This machine's IPv4 address in its network, as others see it; 127.0.0.1 when it is in none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)  # of UDP: it only picks the route, and with it our address
        except OSError:
            return LOOPBACK
        found = str(probe.getsockname()[0])
    return found if found != "0.0.0.0" else LOOPBACK


def resolve(address: Any) -> Address:
    """(host, port) with a numeric host, from such a pair or from "host:port"; UsageError when there is none."""
    try:
        if isinstance(address, str):
            host, _, port = address.rpartition(":")
            address = (host, int(port))
        host, port = address
        if not 0 < int(port) <= 65535:
            raise ValueError("a port is 1 to 65535")
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, ValueError, TypeError, OverflowError, UnicodeError) as error:
        raise UsageError(f'peer address {address!r}: give ("host", port) or "host:port" ({error})') from None
    numeric = found[0][4]
    return str(numeric[0]), int(numeric[1])
