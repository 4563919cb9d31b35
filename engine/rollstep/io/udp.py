"""UDP: one non-blocking socket per session, for IPv4 and IPv6 alike where the system has both; addresses and names.

An address is (numeric host, port), the same for the same sender however it came in: ("192.168.0.7", 7000),
("2001:db8::7", 7000), and with the number of the interface where the host means nothing without it, ("fe80::7%3", 7000).

What cannot be sent is lost, as on any network, and counted by reason (`send_errors`). A socket is never made anew: one that is
bound to no interface outlives all of them, one that is bound to an address works again as soon as the address is back, and
from another port we would be somebody else.
"""

from __future__ import annotations

import errno
import select
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

from ..checks import shown
from ..errors import UsageError

#: Larger than any datagram we accept; what is longer arrives cut and is refused by its size.
RECEIVE_BYTES = 2048
#: Datagrams taken in per call, so that a flood cannot hold the frame up; and errors, of a socket that gives nothing else.
MOST_AT_ONCE = 256
MOST_ERRORS = 8

#: Addresses outside, of the blocks that are reserved for documentation (RFC 5737, RFC 3849).
SOMEWHERE = ("192.0.2.1", 9)
SOMEWHERE_6 = ("2001:db8::1", 9, 0, 0)
LOOPBACK = "127.0.0.1"
#: As which IPv4 addresses appear on a socket of both (RFC 4291).
_MAPPED = "::ffff:"

Address = tuple[str, int]

#: Why a datagram could not be sent, in words; everything else is "other".
REASONS = {errno.ENETUNREACH: "unreachable", errno.EHOSTUNREACH: "unreachable", errno.ENETDOWN: "down", errno.EHOSTDOWN: "down",
           errno.EADDRNOTAVAIL: "no address", errno.EAGAIN: "full", errno.EWOULDBLOCK: "full", errno.ENOBUFS: "full",
           errno.ENOMEM: "full", errno.ECONNREFUSED: "refused", errno.ECONNRESET: "refused", errno.EMSGSIZE: "size",
           errno.EPERM: "forbidden", errno.EACCES: "forbidden", errno.EAFNOSUPPORT: "family", errno.EINVAL: "no address"}
_WORDS = {"unreachable": "there is no route to it", "down": "the network is down", "no address": "our own address is gone",
          "full": "buffers are full", "refused": "nobody listens there", "size": "it is too large for the way",
          "forbidden": "a firewall here forbids it", "family": "there is no IPv6 here", "other": "an error of the socket"}


class UdpTransport:
    """A `Transport` over a UDP socket.

    port  0: any free one. Raises UsageError when it cannot be had
    host  the numeric address of one interface; unless given, all of them, IPv6 too where the system has it
    """

    def __init__(self, port: int = 0, host: str = "") -> None:
        self._socket = _bound(port, host)
        self._socket.setblocking(False)
        self._both = self._socket.family == socket.AF_INET6
        #: Datagrams that could not be sent, by reason (REASONS).
        self.send_errors: Counter[str] = Counter()
        self._trouble: str | None = None

    @property
    def address(self) -> Address:
        """Where the socket is bound; ("::", port) is everywhere."""
        return _plain(self._socket.getsockname())

    @property
    def trouble(self) -> str | None:
        """Why the newest datagram could not be sent, in words; None when it could."""
        return self._trouble

    def send(self, data: bytes, address: Any) -> None:
        """Send, or lose it: a full buffer and an unreachable host are what loss looks like here."""
        try:
            self._socket.sendto(data, _of_both(address) if self._both else address)
        except (OSError, ValueError, TypeError) as error:
            self._failed(error)
        else:
            self._trouble = None

    def receive(self) -> list[tuple[bytes, Address]]:
        """What has arrived, at most MOST_AT_ONCE datagrams."""
        arrived: list[tuple[bytes, Address]] = []
        errors = 0
        while len(arrived) < MOST_AT_ONCE and errors < MOST_ERRORS:
            try:
                data, address = self._socket.recvfrom(RECEIVE_BYTES)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                self._failed(error)  # an ICMP message about an earlier datagram
                errors += 1
                continue
            arrived.append((data, _plain(address) if self._both else address))
        return arrived

    def wait(self, seconds: float) -> None:
        """Sleep until a datagram is in, at most this long."""
        try:
            select.select([self._socket], [], [], max(0.0, seconds))
        except ValueError:  # a process with more than 1024 files open; milliseconds, but any file
            poll = select.poll()
            poll.register(self._socket, select.POLLIN)
            poll.poll(max(0, round(seconds * 1000)))

    def close(self) -> None:
        self._socket.close()

    def _failed(self, error: Exception) -> None:
        # an address of the other family is gaierror, whose numbers are its own
        family = isinstance(error, socket.gaierror) or not isinstance(error, OSError)
        reason = "family" if family else REASONS.get(getattr(error, "errno", None) or 0, "other")
        self.send_errors[reason] += 1
        self._trouble = _WORDS[reason]


def _plain(address: Any) -> Address:
    """An address of a socket, as a session knows it."""
    host, port, *rest = address
    if host.startswith(_MAPPED) and "." in host:
        host = host[len(_MAPPED):]
    elif rest and rest[1]:
        host = f"{host}%{rest[1]}"
    return host, port


def _of_both(address: Any) -> tuple[str, int, int, int]:
    """The same as a socket for IPv4 and IPv6 takes it."""
    host, port = address
    if ":" not in host:
        return _MAPPED + host, port, 0, 0
    host, _, interface = host.partition("%")
    return host, port, 0, int(interface or 0)


def _bound(port: int, host: str) -> socket.socket:
    if type(port) is not int or not 0 <= port <= 65535:
        raise UsageError(f"port={port!r}: give 1 to 65535, or 0 for any that is free")
    try:
        if host and ":" not in host:
            return _open(socket.AF_INET, (host, port))
        try:
            return _open(socket.AF_INET6, (host or "::", port))
        except OSError as error:
            if host or error.errno in (errno.EADDRINUSE, errno.EACCES, errno.EPERM):
                raise
            return _open(socket.AF_INET, ("0.0.0.0", port))   # a system without IPv6
    except OSError as error:
        raise UsageError(f"UDP port {port}{f' on {host}' if host else ''} cannot be used: {_refused(error)}") from None


def _open(family: socket.AddressFamily, address: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6 and address[0] == "::":
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(address)
    except BaseException:
        made.close()
        raise
    return made


def _refused(error: OSError) -> str:
    """Why there is no such port, and what to do."""
    what = f"the system says: {error.strerror or error}"
    if error.errno == errno.EADDRINUSE:
        return f"a program has it already, perhaps a second copy of this ({what}); choose another, or 0 for any that is free"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"it is reserved ({what}); choose one from 1024 on, or 0 for any that is free"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"no interface of this machine has that address ({what}); give one of its own, or none for all"
    return f"{what}; choose another, or 0 for any that is free"


# ---------------------------------------------------------------------------- addresses and names

def lan_host() -> str:
    """This machine's address in its network, as others see it: IPv4, or IPv6 where there is no other; 127.0.0.1 when it is in
    none. Sends nothing."""
    return _own_address(socket.AF_INET, SOMEWHERE) or _own_address(socket.AF_INET6, SOMEWHERE_6) or LOOPBACK


def _own_address(family: socket.AddressFamily, there: Any) -> str | None:
    """From which address we would send there; None when there is no route."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(there)  # of UDP: it only picks the route, and with it our address
            found = _plain(probe.getsockname())[0]
    except OSError:
        return None
    return found if found not in ("0.0.0.0", "::") else None


def resolve(address: Any, *, look_up: Callable[..., Any] = socket.getaddrinfo) -> Address:
    """(numeric host, port) from such a pair, or from "host:port"; an IPv6 host stands in brackets: "[::1]:7000".

    Of a name with several addresses the first IPv4 one is taken that there is a route to, else the first IPv6 one: ports
    are forwarded, and lines written, for IPv4. Looking a name up may take as long as the system's resolver
    does, seconds without a network; a numeric address takes none. Raises UsageError with what to do.
    """
    host, port = _split(address)
    try:
        found = look_up(host, port, socket.AF_UNSPEC, socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise UsageError(_unresolved(address, host, error)) from None
    usable = [entry for family in (socket.AF_INET, socket.AF_INET6) for entry in found if entry[0] == family]
    if not usable:
        raise UsageError(f"peer address {address!r}: {host!r} has neither an IPv4 nor an IPv6 address")
    routed = (entry for entry in usable if _own_address(entry[0], entry[4]) is not None)
    return _plain(next(routed, usable[0])[4])


def _split(address: Any) -> Address:
    """(host, port) as they were given, in their ranges."""
    why = "a host is a text, and a port is 1 to 65535"
    host, port = address if isinstance(address, tuple | list) and len(address) == 2 else (None, None)
    if isinstance(address, str):
        host, colon, port = address.strip().rpartition(":")
        if not colon:
            why = "there is no port"
        elif ":" in host and not (host[0] == "[" and host[-1] == "]"):
            host, why = None, "an IPv6 host is written in brackets: [::1]:7000"
        else:
            host = host.removeprefix("[").removesuffix("]")
    if isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= 5:
        port = int(port)
    if type(host) is not str or not host or type(port) is not int or not 0 < port <= 65535:
        raise UsageError(f'peer address {shown(address)}: give ("host", port) or "host:port" ({why})')
    return host, port


def _unresolved(address: Any, host: str, error: Exception) -> str:
    code = error.errno if isinstance(error, socket.gaierror) else None
    if code == socket.EAI_AGAIN:
        remedy = "no name server answers: look whether this machine is in a network, or give a numeric address"
    else:
        remedy = "there is no such name: look at its spelling, or give a numeric address"
    return f"peer address {address!r}: {host!r} cannot be looked up, {remedy} ({error})"
