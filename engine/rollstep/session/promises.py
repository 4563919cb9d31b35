"""Commit and reveal around one peer's core: envelopes in and out, and up to where the core may show and believe."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from ..errors import UsageError
from ..game import Game
from ..net.commitments import Commitments
from ..rollback import Core
from ..wire import reveal

#: First bytes of the datagrams that belong to this module.
ENVELOPES = frozenset((reveal.ENVELOPE,))
#: Bytes of all local players' inputs for one frame, at most: one frame must find place in an envelope.
MOST_INPUT_BYTES = 512


def check_commit(game: Game, window: int, delays: Sequence[int], players: int) -> None:
    """Raise UsageError unless a match with these can be played by commit and reveal."""
    if window != 0:
        raise UsageError(f"commit=True, window={window}: predicting would show the input too early; give window=0")
    if min(delays) == 0:
        raise UsageError(f"commit=True, delay={min(delays)}: an input has to travel twice before it is played; give a delay of "
                         "1 frame at least, and about a round trip for play without stalls")
    if game.input_size * players > MOST_INPUT_BYTES:
        raise UsageError(f"commit=True: the inputs of {players} local players of {game.name} take {game.input_size * players} "
                         f"bytes; the limit is {MOST_INPUT_BYTES}")


class Promises:
    """The commitments of one session.

    nonces  of all peers, in order: they make the match's own number
    firsts  for each peer the first frame that has an input of its own
    secret  what our nonces are made of
    groups  the players of each peer
    dropped where datagrams that were not used are counted, by reason
    """

    def __init__(self, core: Core, nonces: Sequence[bytes], firsts: Mapping[int, int], secret: bytes,
                 groups: Mapping[int, tuple[int, ...]], dropped: Counter[str]) -> None:
        self._core, self._groups, self._dropped = core, groups, dropped
        match = hashlib.sha256(b"rollstep promises\n" + b"".join(nonces)).digest()[:16]
        self._commitments = Commitments(match=match, me=core.player, firsts=firsts, secret=secret, inputs=self._inputs)
        self._limit()

    @property
    def false(self) -> tuple[int, int] | None:
        """(peer, frame) of the first input that is not what was promised."""
        return self._commitments.false

    def opened_by(self, peer: int) -> int:
        """Frames of a peer's inputs that are what it promised."""
        return self._commitments.opened_by(peer)

    def take(self, peer: int, data: bytes) -> bool:
        """An envelope came in. False when the core's queue is full: call it first, and come again."""
        if self._core.full:
            return False
        envelope = reveal.parse(data)
        if envelope is None:
            self._dropped["envelope"] += 1
            return True
        if not self._commitments.take(peer, envelope):
            self._dropped["commitment"] += 1
        return self._core.receive(peer, envelope.inner)

    def check(self) -> None:
        """After a call that took inputs in: what may be believed, and shown, from here on."""
        for peer in self._core.remotes:
            self._commitments.open(peer, self._known(peer))
        self._limit()

    def outgoing(self) -> list[tuple[int, bytes]]:
        """(peer, envelope) around what the last call of the core wrote."""
        known = self._known(self._core.player)
        self._commitments.promise(known)
        return [(peer, reveal.pack(self._commitments.envelope(peer, data, known))) for peer, data in self._core.outgoing()]

    def _limit(self) -> None:
        self._core.limit(reveal=self._commitments.reveal, trusted=self._commitments.trusted, tx_bytes=reveal.INNER_BYTES)

    def _known(self, peer: int) -> int:
        """Frames for which the inputs of all players of a peer are known."""
        return min(map(self._core.got, self._groups[peer]))

    def _inputs(self, peer: int, frame: int) -> bytes:
        row, size = self._core.row(frame), self._core.game.input_size
        return b"".join(row[p * size:(p + 1) * size] for p in self._groups[peer])
