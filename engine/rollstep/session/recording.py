"""A running match into a replay: what stands in its header, and confirmed frames, each once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..game import Game
from ..replay import Header, ReplayWriter
from ..rollback import Core
from ..version import VERSION


def start_replay(path: str | os.PathLike[str], game: Game, metadata: Mapping[str, Any] | None, *, nonces: Sequence[bytes],
                 delays: Sequence[int], player: int, seed: int, window: int) -> ReplayWriter:
    """The file of one peer's match. The match id comes from all nonces: it is the same in every peer's."""
    digests = game.digests
    match = hashlib.sha256(b"rollstep match\n" + b"".join(nonces)).hexdigest()[:32]
    header = Header(format=1, engine=f"rollstep {VERSION}", game=game.name, layout=digests.layout.hex(),
                    content=digests.content.hex(), rules=digests.rules.hex(), state=game.state.layout.to_json(),
                    input=game.input.layout.to_json(), input_size=game.input_size, players=len(delays), player=player,
                    fps=game.fps, seed=seed, delays=tuple(delays), window=window, match=match)
    return ReplayWriter(path, header, game.content_bytes, metadata)


class Recording:
    """Takes from the core what has become final since the last call. `every` frames at a time, to keep it cheap."""

    def __init__(self, core: Core, writer: ReplayWriter) -> None:
        self._core, self._writer = core, writer
        self._row_bytes = core.game.input_size * core.players

    @property
    def error(self) -> OSError | None:
        """Why writing stopped, if it did."""
        return self._writer.error

    def update(self, every: int = 32) -> None:
        """Called each frame."""
        core, writer = self._core, self._writer
        confirmed = core.confirmed
        if confirmed - writer.frames >= every:
            for f in range(writer.frames, confirmed):
                writer.frame(core.row(f)[:self._row_bytes], core.chain(f + 1))

    def close(self, facts: Mapping[str, Any]) -> None:
        """Write what is left, the facts and the end."""
        self.update(every=1)
        self._writer.close(facts)
