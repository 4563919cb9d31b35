"""The sync test: every frame is rolled back and computed again, and must come out the same."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from typing import Any

from ..checks import in_range
from ..compile import Way, check_way
from ..errors import Diverged, UsageError
from ..game import Game
from ..state import differences, xxh64


class SyncTest:
    """One process plays all players; after each frame a random number of frames is rolled back and resimulated.

    The distance is drawn anew each frame: a fixed one misses what repeats with it. `against` resimulates in another
    way ("interpreted" against "compiled" compares the two). advance() raises Diverged, naming frame and field, and what
    the step itself raises; nothing has happened then.
    """

    def __init__(self, game: Game, *, players: int, seed: int = 0, way: Way = "compiled", against: Way | None = None,
                 max_distance: int = 8, distance_seed: int = 0) -> None:
        in_range("max_distance", max_distance, 1, 64)
        in_range("seed", seed, -1 << 63, (1 << 63) - 1)
        self.game, self.players = game, game.check_players(players)
        self._play = game.runner(check_way(way), players=players, seed=seed)
        self._again = game.runner(check_way(against or way), players=players, seed=seed)
        self._random = random.Random(distance_seed)
        self._state = self._play.start()
        self._snapshots: deque[bytes] = deque([bytes(self._state)], maxlen=max_distance + 1)
        self._rows: deque[bytes] = deque(maxlen=max_distance)
        self.frame = 0
        self.rollbacks = 0

    @property
    def state(self) -> Any:
        """The state before the next frame, read-only."""
        return self.game.state.view(self._state, readonly=True)

    @property
    def checksum(self) -> int:
        """XXH64 of the state."""
        return xxh64(self._state)

    def advance(self, inputs: Sequence[Any]) -> None:
        """One frame with one input per player, then a rollback of 1 to max_distance frames."""
        if len(inputs) != self.players:
            raise UsageError(f"advance() takes one input per player, {self.players}, not {len(inputs)}")
        row = b"".join(self.game.input_bytes(value) for value in inputs).ljust(self.game.row_size, b"\0")
        self._play.step(self._state, row, self.frame)
        self.frame += 1
        self._rows.append(row)
        self._snapshots.append(bytes(self._state))
        distance = self._random.randint(1, len(self._rows))
        self.rollbacks += 1
        first = self.frame - distance
        state = bytearray(self._snapshots[-1 - distance])
        for i in range(distance):
            try:
                self._again.step(state, self._rows[i - distance], first + i)
            except Exception as error:
                raise Diverged(first + i, self.game.state.layout.name, "a state", f"{type(error).__name__} ({error})",
                               detail=f" (resimulated from frame {first})") from error
            ours = self._snapshots[i - distance]
            if state != ours:
                found = differences(self.game.state.layout, ours, bytes(state), limit=1)[0]
                raise Diverged(first + i, found.path, found.ours, found.theirs,
                               detail=f" (resimulated from frame {first})")


def synctest(game: Game, *, players: int, seed: int = 0, way: Way = "compiled", against: Way | None = None,
             max_distance: int = 8, distance_seed: int = 0) -> SyncTest:
    """A SyncTest; see there."""
    return SyncTest(game, players=players, seed=seed, way=way, against=against, max_distance=max_distance,
                    distance_seed=distance_seed)
