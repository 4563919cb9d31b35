"""A peer from inside: what it really says, and whether the others would believe a lie of it.

A real session plays; what it tells one of the others is made wrong before it is sealed. Most of that is refused. What would
be believed, and is not true, is a peer's lie about itself: the match cannot go on as it was, so it is kept back where it must.
"""

from __future__ import annotations

from typing import Any

from rollstep import P2P
from rollstep.rollback import Core
from rollstep.wire import control, inquest, reveal
from rollstep.wire.input_packet import KINDS, PEER_SUMS, SUMS

#: Texts of one peer that are made wrong later.
KEPT = 48
#: What an honest peer says seldom or never.
SELDOM = (control.pack_bye(control.LEFT), control.pack_agree(control.Agree(bytes(32))),
          inquest.pack(inquest.Sums(40, 1, 0, tuple(range(60)))), inquest.pack(inquest.Part(0, 0, bytes(100))))


class Insider:
    """What `liar` can say to `victim`."""

    def __init__(self, liar: P2P, victim: P2P) -> None:
        self.liar, self.victim = liar, victim
        self.said = list(SELDOM)
        self._shadow: Core | None = None
        self._fresh = False

    def listen(self) -> None:
        """Note what it says now."""
        core, promises = self.liar._core, self.liar._promises
        if core is None or self.victim.player not in core.remotes:
            return
        texts = core.outgoing() if promises is None else promises.outgoing()
        news = [text for peer, text in texts if peer == self.victim.player and text]
        self.said = [*SELDOM, *self.said[len(SELDOM):][1 - KEPT:], *news]

    def seal(self, text: bytes) -> bytes | None:
        """The datagram of a text; None before there are keys."""
        meeting = self.liar._meeting
        if self.victim.player in meeting.missing:
            return None
        return meeting.sealer(self.victim.player)(text)

    def leaves(self, text: bytes) -> bool:
        """Whether this is a farewell."""
        return isinstance(control.parse(text), control.Bye)

    def believed(self, text: bytes) -> bool:
        """Whether the victim would believe something that is not so, or take it for a farewell."""
        kind = text[0] if text else -1
        if kind in control.CONTROL:
            return control.parse(text) is not None
        if kind in inquest.KINDS:
            return isinstance(inquest.parse(text), inquest.Sums)    # of checksums that are not ours: a desync, if it were so
        if kind == reveal.ENVELOPE:
            return reveal.parse(text) is not None and text not in self.said
        return kind in KINDS and self.victim._promises is None and self._misleads(text)

    def heard(self) -> None:
        """The victim had a turn: what was sent to it has been taken in."""
        self._fresh = False

    def _misleads(self, text: bytes) -> bool:
        """Whether the victim, after all that waits for it, would believe this. What it may believe stays in the shadow: the
        next text may be refused without it and believed with it."""
        truth, victim, me = self.liar._core, self.victim._core, self.liar.player
        if truth is None or victim is None:
            return True
        shadow = self._copy(victim)
        before = bytes(shadow._bytes)
        accepted, got = shadow.stats.packets_accepted, [shadow.got(p) for p in self.liar.local_players]
        shadow.receive(me, text)
        shadow.exchange(0, -1)
        misled = shadow.stats.packets_accepted > accepted and self._is_false(shadow, truth, got)
        if misled:
            shadow._bytes[:] = before
        return misled

    def _is_false(self, shadow: Core, truth: Core, got: list[int]) -> bool:
        """Whether a core that has just heard the liar believes of it what is not so. got: what it knew before."""
        me, size = self.liar.player, truth.game.input_size
        for p, known in zip(self.liar.local_players, got, strict=True):
            for f in range(known, shadow.got(p)):
                if f >= truth.got(p) or shadow.row(f)[p * size:(p + 1) * size] != truth.row(f)[p * size:(p + 1) * size]:
                    return True
        if shadow.acked_by(me) > min(truth.got(p) for p in self.victim.local_players):
            return True
        if shadow._number("rx_sequence", me) > truth._number("tx_sequence", self.victim.player):
            return True
        chain = shadow._number("heard_chain", me)
        at = me * PEER_SUMS + chain % PEER_SUMS
        return chain >= 0 and (chain > truth.confirmed or shadow._number("peer_frame", at) != chain
                               or shadow._number("peer_chain", at) != truth.chain(chain) & 0xFFFFFFFF)

    def _copy(self, core: Core) -> Core:
        if self._shadow is None:
            self._shadow = Core(core.game, player=core.player, players=core.players, delays=[0] * core.players,
                                window=self.victim.window, seed=0, groups=list(self.victim._groups.values()), kept=SUMS)
        shadow = self._shadow
        if not self._fresh:
            self._fresh = True
            shadow._bytes[:] = core._bytes      # one game, one way: the address of the step is the same
            shadow.pending = core.pending
            shadow.exchange(0, -1)
        return shadow


def truth_of(peer: P2P) -> dict[str, Any]:
    """Where a peer is, for messages."""
    return {"phase": peer.phase, "frame": peer.frame, "confirmed": peer.confirmed, "dropped": dict(peer.stats.dropped)}
