"""Where the other players are: their addresses, of which one may still be unknown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

#: A seat whose player was heard within this time is not given to another address.
HOLD_NS = 500_000_000


class Seats:
    """The address of each remote player; None for a seat that waits for whoever proves to belong to the match.

    `movable` seats (of matches with a secret) may be claimed from another address before the match starts: the process
    was started again on another port, or it sees us from another address than we see it.
    """

    def __init__(self, peers: Mapping[int, Any], *, movable: bool) -> None:
        self._address: dict[int, Any] = dict(sorted(peers.items()))
        self._player = {address: p for p, address in self._address.items() if address is not None}
        self._movable = movable
        self._claimed_ns: dict[int, int] = {}

    @property
    def players(self) -> list[int]:
        """All remote players, in order."""
        return list(self._address)

    @property
    def movable(self) -> bool:
        """Whether a seat may be claimed from an address that is none of ours."""
        return self._movable

    def address(self, player: int) -> Any:
        """Where a player is, or None."""
        return self._address[player]

    def player_at(self, address: Hashable) -> int | None:
        """Who is at an address."""
        return self._player.get(address)

    def claim(self, player: int, address: Hashable, now_ns: int) -> bool:
        """Somebody who proved to belong to the match says to be `player`; whether the seat is now at this address."""
        here = self._address.get(player)
        if player not in self._address:
            return False
        if here != address:
            heard_ns = self._claimed_ns.get(player)
            held = heard_ns is not None and now_ns - heard_ns < HOLD_NS
            if not self._movable or held or address in self._player:
                return False
            self._player.pop(here, None)
            self._address[player] = address
            self._player[address] = player
        self._claimed_ns[player] = now_ns
        return True

    def empty(self, player: int) -> None:
        """A player left: the seat may be claimed at once."""
        self._claimed_ns.pop(player, None)
