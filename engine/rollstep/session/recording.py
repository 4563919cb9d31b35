"""A running match into a replay: confirmed frames only, each once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

from ..game import Game
from ..replay import Header, ReplayWriter
from ..rollback import Core
from ..wire.control import Record


def replay_header(game: Game, records: list[Record], *, player: int, seed: int, window: int, engine: str) -> Header:
    """The header of one peer's file. The match id comes from all nonces: it is the same in every peer's."""
    digests = game.digests
    match = hashlib.sha256(b"rollstep match\n" + b"".join(record.nonce for record in records)).hexdigest()[:32]
    return Header(format=1, engine=engine, game=game.name, layout=digests.layout.hex(), content=digests.content.hex(),
                  rules=digests.rules.hex(), state=game.state.layout.to_json(), input=game.input.layout.to_json(),
                  input_size=game.input_size, players=len(records), player=player, fps=game.fps, seed=seed,
                  delays=tuple(record.delay for record in records), window=window, match=match)


class Recording:
    """Takes from the core what has become final since the last call. `every` frames at a time, to keep it cheap."""

    def __init__(self, core: Core, path: str | os.PathLike[str], header: Header,
                 metadata: Mapping[str, Any] | None) -> None:
        self._core = core
        self._writer = ReplayWriter(path, header, core.game.content_bytes, metadata)
        self._row_bytes = header.input_size * header.players

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
        self.update(every=1)
        self._writer.close(facts)
