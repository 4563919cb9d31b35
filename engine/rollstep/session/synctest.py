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
from ..rollback.arena import MAX_WINDOW
from ..state import differences, xxh64
from .effects import WithEffects

#: Frames that one rollback of a sync test can go back: as far as a session predicts.
MAX_DISTANCE = MAX_WINDOW


class SyncTest(WithEffects):
    """One process plays all players; after each frame some frames are rolled back and resimulated, in one call.

    How many is drawn anew each frame, 1 to `max_distance`, as a fixed distance misses what repeats with it; or it is
    `distance` each time (as many as there are, before), as the rollbacks of a steady connection are. Both are 1 to 60.
    `against` resimulates in another way ("interpreted" against "compiled" compares the two). advance() raises Diverged,
    naming frame and field, and what the step itself raises; nothing has happened then. A frame of a small game takes
    about 80 µs, 8 frames back and compiled.
    """

    def __init__(self, game: Game, *, players: int, seed: int = 0, way: Way = "compiled", against: Way | None = None,
                 max_distance: int = 8, distance: int | None = None, distance_seed: int = 0) -> None:
        in_range("max_distance", max_distance, 1, MAX_DISTANCE)
        if distance is not None:
            in_range("distance", distance, 1, MAX_DISTANCE)
        in_range("seed", seed, -1 << 63, (1 << 63) - 1)
        in_range("distance_seed", distance_seed, -1 << 63, (1 << 63) - 1)
        self.game, self.players = game, game.check_players(players)
        self._play = game.runner(check_way(way), players=players, seed=seed)
        self._again = game.runner(way if against is None else check_way(against, "against"), players=players, seed=seed)
        self._distance, self._random = distance, random.Random(distance_seed)
        self._state = self._play.start()
        kept = max_distance if distance is None else distance
        self._snapshots: deque[bytes] = deque([bytes(self._state)], maxlen=kept + 1)
        self._sums: deque[int] = deque(maxlen=kept)     # of the state after each kept row
        self._rows: deque[bytes] = deque(maxlen=kept)
        self.frame = 0
        self.rollbacks = 0
        self.phase = "playing"

    @property
    def state(self) -> Any:
        """The state before the next frame, read-only."""
        return self.game.state.view(self._state, readonly=True)

    @property
    def confirmed(self) -> int:
        """Frames that no rollback goes back to any more."""
        return max(0, self.frame - (self._rows.maxlen or 0))

    @property
    def checksum(self) -> int:
        """XXH64 of the state."""
        return self._sums[-1] if self._sums else xxh64(self._state)

    def advance(self, inputs: Sequence[Any]) -> None:
        """One frame with one input per player, then a rollback."""
        if len(inputs) != self.players:
            raise UsageError(f"advance() takes one input per player, {self.players}, not {len(inputs)}")
        row = b"".join(self.game.input_bytes(value) for value in inputs).ljust(self.game.row_size, b"\0")
        self._sums += self._play.run(self._state, row, self.frame, 1)
        self.frame += 1
        self._rows.append(row)
        self._snapshots.append(bytes(self._state))
        have = len(self._rows)
        self._roll_back(min(self._distance, have) if self._distance is not None else self._random.randint(1, have))

    def _roll_back(self, distance: int) -> None:
        self.rollbacks += 1
        first, rows = self.frame - distance, b"".join(list(self._rows)[-distance:])
        state, wanted = bytearray(self._snapshots[-1 - distance]), list(self._sums)[-distance:]
        try:
            sums = self._again.run(state, rows, first, distance)
        except Exception as error:
            raise self._raised(error, first, distance) from error
        if sums != wanted or state != self._snapshots[-1]:
            raise self._diverged(sums, wanted, state, first)

    def _raised(self, error: Exception, first: int, distance: int) -> Diverged:
        """Name the frame: step by step, it raises again."""
        state, at = bytearray(self._snapshots[-1 - distance]), first
        for row in list(self._rows)[-distance:]:
            try:
                self._again.step(state, row, at)
            except Exception:
                break
            at += 1
        return Diverged(at, self.game.state.layout.name, "a state", f"{type(error).__name__} ({error})",
                        detail=f" (resimulated from frame {first})")

    def _diverged(self, sums: list[int], wanted: list[int], last: bytearray, first: int) -> Diverged:
        """Name the field of the first state that differs: when it is not the last, the frames up to it run again."""
        distance = len(wanted)
        wrong = next((i for i in range(distance) if sums[i] != wanted[i]), distance - 1)
        state = last
        if wrong < distance - 1:
            state = bytearray(self._snapshots[-1 - distance])
            self._again.run(state, b"".join(list(self._rows)[-distance:][:wrong + 1]), first, wrong + 1)
        found = differences(self.game.state.layout, self._snapshots[wrong - distance], bytes(state), limit=1)
        detail = f" (resimulated from frame {first})"
        if not found:       # it came out right this time: then it depends on something outside of the state
            return Diverged(first + wrong, self.game.state.layout.name, f"{wanted[wrong]:016x}", f"{sums[wrong]:016x}",
                            detail=detail + "; once more, it came out right")
        return Diverged(first + wrong, found[0].path, found[0].ours, found[0].theirs, detail=detail)


def synctest(game: Game, *, players: int, seed: int = 0, way: Way = "compiled", against: Way | None = None,
             max_distance: int = 8, distance: int | None = None, distance_seed: int = 0) -> SyncTest:
    """Test that rolling back and computing again comes out the same, frame by frame: `test.advance([input, input])`.

    players, seed  of the match
    way, against   how it is played, and how it is resimulated; the same unless given
    max_distance   frames that a rollback goes back, at most, 1 to 60; each time another number
    distance       or always this number, 1 to 60
    distance_seed  of the numbers that are drawn

    Raises UsageError for what cannot be. See SyncTest.
    """
    return SyncTest(game, players=players, seed=seed, way=way, against=against, max_distance=max_distance,
                    distance=distance, distance_seed=distance_seed)
