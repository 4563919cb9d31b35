"""Who has which gamepad: the first is player 0's, the second player 1's, more are spares.

A gamepad that is unplugged leaves its seat free. It comes back to it, known by its GUID (which tells models apart, not two
of the same model: of two equal ones, either takes the free seat). Another gamepad may take a free seat, as a replacement.
"""

from collections.abc import Iterator

from .gamepad import Gamepad

PLAYERS = 2


class Seats:
    def __init__(self) -> None:
        self._seats: list[Gamepad | None] = [None] * PLAYERS
        self._guids: list[str | None] = [None] * PLAYERS      # who sat there last
        self._spares: list[Gamepad] = []

    def __iter__(self) -> Iterator[Gamepad]:
        yield from (gamepad for gamepad in self._seats if gamepad is not None)
        yield from self._spares

    def of(self, player: int) -> Gamepad | None:
        return self._seats[player]

    def find(self, instance: int) -> Gamepad | None:
        return next((gamepad for gamepad in self if gamepad.instance == instance), None)

    def add(self, gamepad: Gamepad) -> int | None:
        """The player whose it is now; None for a spare."""
        free = [player for player in range(PLAYERS) if self._seats[player] is None]
        own = [player for player in free if self._guids[player] == gamepad.guid]
        if not free:
            self._spares.append(gamepad)
            return None
        player = (own or free)[0]
        self._seats[player], self._guids[player] = gamepad, gamepad.guid
        return player

    def remove(self, gamepad: Gamepad) -> int | None:
        """The player who has lost it; None for a spare. A spare does not move up: nobody's hands are on it."""
        if gamepad in self._spares:
            self._spares.remove(gamepad)
            return None
        player = self._seats.index(gamepad)
        self._seats[player] = None
        return player
