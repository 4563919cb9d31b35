"""A frozen match explains itself: an inquest with each peer whose states may differ, and what becomes of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from ..net.events import DesyncDetected, DesyncExplained
from ..net.inquest import AGREED, ASK_NS, Inquest, parting
from ..rollback import Core
from ..wire import inquest as wire
from ..wire.inquest import MOST_SUMS, Sums
from .recording import InputLog
from .report import Reporter


def checksums_of(core: Core) -> Sums:
    """What a peer tells first: the checksums of its newest confirmed frames."""
    last = core.confirmed
    first = max(1, last - MOST_SUMS + 1)
    return Sums(first, core.chain(first - 1) if first > 1 else 0, core.kept_from,
                tuple(core.checksum(f) for f in range(first, last + 1)))


class Inquests:
    """Those of one session.

    send    send(peer, message)
    log     all inputs, when reports are to be written into `folder`
    """

    def __init__(self, core: Core, send: Callable[[int, bytes], None], log: InputLog | None,
                 folder: str | os.PathLike[str] | None) -> None:
        self._core, self._send, self._log = core, send, log
        self._reporter = Reporter(core, log, folder)
        self._open: dict[int, Inquest] = {}     # by peer
        self._told: set[int] = set()            # whose are over and reported
        self._ours = Sums(1, 0, 0, ())
        self._noticed = 0
        self._suspect: int | None = None        # the one of whom we know that its states differ
        self._next_look_ns: dict[int, int] = {}     # at what a peer asks, by peer

    @property
    def busy(self) -> bool:
        """Whether somebody may still need us to find out what differs."""
        return any(inquest.busy for inquest in self._open.values())

    @property
    def error(self) -> OSError | None:
        """Why a report could not be written, if so."""
        return self._reporter.error

    def update(self) -> None:
        """Called each frame: keeps the inputs, when there will be a report."""
        if self._log is not None:
            self._log.update()

    def accuse(self, peer: int, message: Sums | wire.Part, now_ns: int) -> DesyncDetected | None:
        """A peer asks while we play: whether its checksums are not ours. That it asks freezes nothing; checksums that differ
        do, false ones as well: nobody can tell those from a desync, and who told them is named.

        Costs 0.2 ms, so of one peer so many are looked at in a second as an honest one sends, twice over.
        """
        if not isinstance(message, Sums) or now_ns < self._next_look_ns.get(peer, now_ns):
            return None
        self._next_look_ns[peer] = now_ns + ASK_NS // 2
        ours = checksums_of(self._core)
        found = parting(ours, message)
        if found is None:
            return None
        mine, theirs = (sums.chain_at(found.frame) & 0xFFFFFFFF for sums in (ours, message))
        return DesyncDetected(found.frame, peer, mine, theirs)

    def begin(self, found: DesyncDetected, peers: Iterable[int], now_ns: int) -> None:
        """The match is frozen. Who of the others agrees with us is not known yet: all are asked."""
        self._ours, self._noticed, self._suspect = checksums_of(self._core), found.frame, found.player
        layout = self._core.game.state.layout
        self._open = {peer: Inquest(self._ours, layout, self._core.kept, now_ns) for peer in sorted(peers)}

    def take(self, peer: int, message: Sums | wire.Part, now_ns: int) -> None:
        """A message of a peer came in."""
        inquest = self._open.get(peer)
        if inquest is not None:
            inquest.take(message, now_ns)

    def tend(self, now_ns: int) -> list[DesyncExplained]:
        """Send what is due; what was found out since."""
        explained = []
        for peer, inquest in self._open.items():
            for message in inquest.packets(now_ns):
                self._send(peer, message)
            if not inquest.busy and peer not in self._told:
                explained += self._explain(peer, inquest)
        return explained

    def left(self, peer: int) -> None:
        """A peer is gone."""
        if peer in self._open:
            self._open[peer].give_up("the other side has left")

    def close(self) -> None:
        """The session ends: what is known by now goes into the reports."""
        for peer, inquest in self._open.items():
            inquest.give_up("this side has left")
            if peer not in self._told:
                self._explain(peer, inquest)

    def _explain(self, peer: int, inquest: Inquest) -> list[DesyncExplained]:
        """An inquest is over. Who agrees with us, or has said nothing and was not suspected, is no news."""
        self._told.add(peer)
        if inquest.phase == AGREED or (inquest.theirs is None and peer != self._suspect):
            return []
        return [self._reporter.explain(peer, self._noticed, inquest.findings, self._ours, inquest.theirs)]
