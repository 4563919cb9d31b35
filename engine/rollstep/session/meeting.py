"""How the peers of one match find each other: control messages in and out, who sits where, how long we wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from ..net.handshake import Handshake
from ..net.seats import Seats
from ..wire import control
from ..wire.join_line import address_text
from ..wire.seal import Seal

#: Farewells sent, as some may be lost.
FAREWELLS = 5


class Meeting:
    """The control messages of one session, before the match and during it.

    peers               the others' addresses by their first player; None for a seat that is open
    secret              proves that a message belongs to this match; None when there is none. With one, seats move to
                        whoever proves it, until the match starts
    connect_timeout_ms  None: wait for ever
    send                send(datagram, address)
    dropped             where datagrams that were not used are counted, by reason
    """

    def __init__(self, record: control.Record, peers: Mapping[int, Any], *, secret: bytes | None,
                 connect_timeout_ms: int | None, now_ns: int, send: Callable[[bytes, Any], None],
                 dropped: Counter[str]) -> None:
        self._record = record
        self._handshake = Handshake(record)
        self._seats = Seats(peers, movable=secret is not None)
        self._seal = Seal(secret or b"")
        self._timeout_ms, self._began_ns = connect_timeout_ms, now_ns
        self._send, self._dropped = send, dropped
        self._early: set[int] = set()
        self._origins: dict[bytes, Hashable] = {}   # where each nonce came from first
        self._started = False

    @property
    def players(self) -> list[int]:
        """The other peers, each by its first player."""
        return self._seats.players

    def address(self, player: int) -> Any:
        """Where a player is; None when its seat is open."""
        return self._seats.address(player)

    def player_at(self, address: Hashable) -> int | None:
        """Who is at an address."""
        return self._seats.player_at(address)

    def take(self, data: bytes, address: Hashable, now_ns: int) -> tuple[int, str] | None:
        """A control message came in. Hellos are answered; a farewell during the match is (player, reason)."""
        player = self._seats.player_at(address)
        if player is None and (self._started or not self._seats.movable):
            self._dropped["foreign"] += 1
            return None
        message = self._seal.open(data)
        if message is None:
            self._dropped["tag"] += 1
            return None
        parsed = control.parse(message)
        if isinstance(parsed, control.Hello):
            self._take_hello(parsed.sender if player is None else player, parsed, address, now_ns)
            return None
        if player is None or parsed is None or parsed.receiver != self._record.slot or parsed.sender != player \
                or parsed.nonce != self._handshake.nonce(player):
            self._dropped["control"] += 1
            return None
        if self._started:
            return player, control.REASONS.get(parsed.reason, "left")
        self._handshake.forget(player)
        self._seats.empty(player)
        return None

    def _take_hello(self, player: int, hello: control.Hello, address: Hashable, now_ns: int) -> None:
        if self._seats.movable and hello.record is not None and self._is_copy(hello.record.nonce, address):
            self._dropped["copy"] += 1
            return
        if not self._seats.claim(player, address, now_ns):
            self._dropped["foreign"] += 1
            return
        answer = self._handshake.receive(player, hello, now_ns // 1000)
        if answer is not None:
            self._send(self._seal.close(answer), address)

    def _is_copy(self, nonce: bytes, address: Hashable) -> bool:
        """Whether a hello is one that somebody overheard: our own, or a joiner's that came from elsewhere before. It would
        pass for a second peer in our seat, or keep the seat from others."""
        return nonce == self._record.nonce or self._origins.setdefault(nonce, address) != address

    def take_early(self, player: int) -> None:
        """Inputs came in before the match started here: this player's has."""
        self._early.add(player)
        self._dropped["early"] += 1

    def tend(self, now_ns: int) -> bool:
        """Send the hellos that are due; whether everybody is there. Raises IncompatiblePeer."""
        for player, message in self._handshake.packets(now_ns // 1000):
            address = self._seats.address(player)
            if address is not None:
                self._send(self._seal.close(message), address)
        refusal = self._handshake.refusal(now_ns // 1000)
        if refusal is not None:
            raise refusal
        return self._handshake.complete

    def start(self) -> list[control.Record]:
        """The match begins: the records of all players, in order."""
        self._started = True
        return self._handshake.start()

    def gave_up(self, now_ns: int) -> tuple[int, str] | None:
        """(player, reason) when we have waited long enough."""
        if self._timeout_ms is None or now_ns - self._began_ns <= self._timeout_ms * 1_000_000:
            return None
        player = (*self._handshake.missing, *self._handshake.undecided)[0]
        address, time = self._seats.address(player), f"{self._timeout_ms / 1000:g} s"
        where = address_text(*address) if isinstance(address, tuple) and len(address) == 2 else str(address)
        if player not in self._handshake.missing:
            return player, f"{where} answers, but did not start with us within {time}: it waits for others or plays already"
        if player in self._early:
            return player, (f"no answer from {where} for {time}, though it is playing: "
                            "it began with an earlier start of this player")
        if address is None:
            return player, f"nobody joined within {time}"
        return player, f"no answer from {where} for {time}: it is not there, plays already, or a firewall is in between"

    def say_goodbye(self, reason: int) -> None:
        """Tell everybody that we leave."""
        for player in self._seats.players:
            address = self._seats.address(player)
            for _ in range(FAREWELLS * (address is not None)):
                self._send(self._seal.close(control.pack_bye(self._record, player, reason)), address)
