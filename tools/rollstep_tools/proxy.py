"""The bad network of `rollstep match`: a UDP proxy between the peers, one seeded link per direction."""

from __future__ import annotations

import selectors
import socket

from rollstep.testing import Impairment, Link

#: Datagrams taken from one socket before the others have their turn.
MOST_AT_ONCE = 64


class Proxy:
    """Peer i talks to socket (i, j) when it means j; what comes in there leaves from socket (j, i) to j.

    So each peer sees each other one at an address of its own, as it would on a real network.
    """

    def __init__(self, players: int, impairment: Impairment, seed: int, selector: selectors.BaseSelector) -> None:
        self.links: dict[tuple[int, int], Link] = {}
        self._sockets: dict[tuple[int, int], socket.socket] = {}
        self._addresses: dict[int, tuple[str, int]] = {}
        for i in range(players):
            for j in range(players):
                if i != j:
                    self.links[i, j] = Link(impairment, f"{seed} {i} {j}")
                    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    made.bind(("127.0.0.1", 0))
                    made.setblocking(False)
                    self._sockets[i, j] = made
                    selector.register(made, selectors.EVENT_READ, (i, j))

    def address(self, i: int, j: int) -> tuple[str, int]:
        """Where peer i finds peer j."""
        host, port = self._sockets[i, j].getsockname()
        return host, port

    def attach(self, player: int, port: int) -> None:
        """Peer `player` is bound to this port."""
        self._addresses[player] = ("127.0.0.1", port)

    def take(self, pair: tuple[int, int], now_us: int) -> None:
        """Datagrams have arrived at the socket of this pair."""
        for _ in range(MOST_AT_ONCE):
            try:
                data, address = self._sockets[pair].recvfrom(2048)
            except OSError:
                return
            if address == self._addresses.get(pair[0]):
                self.links[pair].send(data, now_us)

    def deliver(self, now_us: int) -> None:
        """Send on what has been under way for long enough."""
        for (i, j), link in self.links.items():
            for data in link.arrived(now_us):
                if j in self._addresses:
                    try:
                        self._sockets[j, i].sendto(data, self._addresses[j])
                    except OSError:
                        pass

    def next_us(self) -> int | None:
        """When the next datagram is to be sent on."""
        return min((link.next_us for link in self.links.values() if link.next_us is not None), default=None)

    def lost(self, player: int) -> int:
        """Datagrams of this player that the network lost."""
        return sum(link.lost for (i, _), link in self.links.items() if i == player)

    def close(self) -> None:
        for made in self._sockets.values():
            made.close()
