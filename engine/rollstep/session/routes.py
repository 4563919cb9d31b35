"""The ways of a match's datagrams: where each peer's go, under which seal, and whose are known by where they come from.

What is known is found once and used in each frame, until a peer is heard from elsewhere, or under other keys: then the routes
are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ..rollback import Core
from ..wire.input_packet import KINDS
from ..wire.sealing import Opener
from .meeting import Meeting

#: First bytes of input packets that are not sealed.
PLAIN = tuple(bytes([kind]) for kind in sorted(KINDS))
#: A peer, what its datagrams begin with, and what opens them; None: they are not sealed.
Line = tuple[int, bytes | tuple[bytes, ...], Opener | None]
#: How to send what the core has for a peer: (send, address, seal, place of its length, its bytes).
Way = tuple[Callable[[bytes, Any], None], Any, Callable[[bytes], bytes], int, memoryview]


class Routes:
    """Those of one session; nothing in them before `start`.

    here      the peers that are not gone, as the session keeps them
    sealed    whether input packets are sealed
    transmit  the transport's send
    send      send(datagram, address), which counts
    """

    def __init__(self, meeting: Meeting, here: AbstractSet[int], *, sealed: bool, transmit: Callable[[bytes, Any], None],
                 send: Callable[[bytes, Any], None]) -> None:
        self._meeting, self._here, self._sealed = meeting, here, sealed
        self._transmit, self._send = transmit, send
        self._core: Core | None = None
        self._direct = False
        self._mine: Sequence[int] = ()
        self._told_before: dict[int, int] = {}      # frames of ours that peers were told before they moved
        self._known_at: dict[int, Any] = {}         # where peers are, as far as events have told
        #: By address, whose input packets need no second look.
        self.lines: dict[Any, Line] = {}
        #: Where the core's datagrams go.
        self.ways: list[Way] = []

    def start(self, core: Core, mine: Sequence[int], *, direct: bool) -> None:
        """The match begins. mine: our players; direct: whether the core takes input packets as they come."""
        self._core, self._mine, self._direct = core, mine, direct
        self._known_at = {peer: self._meeting.address(peer) for peer in core.remotes}
        self._mark(self._meeting.probation.peers)
        self.renew()

    def renew(self) -> None:
        """Somebody is reached otherwise than before, or not any more."""
        core, meeting = self._core, self._meeting
        if core is None:
            return
        self.ways = [(self._send_warily if meeting.probation.holds(peer) else self._transmit, meeting.address(peer),
                      self._seal(peer), at, out) for peer, at, out in core.out]
        if self._direct:
            lines = {meeting.address(peer): self._line(peer) for peer in sorted(self._here)}
            self.lines = {address: line for address, line in lines.items() if line is not None}

    def follow(self) -> None:
        """Peers are heard from other addresses than before, or over another link."""
        self._mark(self._meeting.moved)
        self._meeting.moved.clear()
        self._meeting.rerouted = False
        self.renew()

    def change(self, peer: int) -> tuple[Any, Any] | None:
        """(old, new) address of a peer that is somewhere else than it was when this was asked before."""
        old, new = self._known_at[peer], self._meeting.address(peer)
        self._known_at[peer] = new
        return (old, new) if old != new else None

    def prove(self) -> None:
        """Who has acknowledged what was sent after it moved is where it seems to be."""
        assert self._core is not None
        for peer in self._meeting.probation.peers:
            if peer not in self._here or self._core.acked_by(peer) > self._told_before[peer]:
                self._meeting.prove(peer)
                self.renew()

    def seek(self, peer: int, told: Mapping[int, bytes]) -> None:
        """Who is not heard may still be where it was before it seemed to move: what it was told last is told there as well."""
        for address in self._meeting.former(peer):
            self._send(self._seal(peer)(told[peer]), address)

    def tell(self, peer: int, text: bytes) -> None:
        """A frame's text for a peer, sealed where such are."""
        self._send(self._seal(peer)(text), self._meeting.address(peer))

    def tell_sealed(self, peer: int, text: bytes) -> None:
        """What is rare is sealed in every match."""
        self._send(self._meeting.sealer(peer)(text), self._meeting.address(peer))

    def _mark(self, moved: Iterable[int]) -> None:
        """What these acknowledge beyond what is sent by now was sent to where they are now."""
        if self._core is not None:
            self._told_before |= dict.fromkeys(moved, max(map(self._core.got, self._mine)))

    def _line(self, peer: int) -> Line | None:
        """How a peer's input packets are known and opened; None when the meeting has to look at them."""
        if not self._sealed:
            return peer, PLAIN, None
        link = self._meeting.settled(peer)
        return None if link is None else (peer, link.prefix, link.opener)

    def _seal(self, peer: int) -> Callable[[bytes], bytes]:
        """What makes a text for a peer into a datagram."""
        return self._meeting.sealer(peer) if self._sealed else bytes

    def _send_warily(self, data: bytes, address: Any) -> None:
        """Where it is not proved that the peer is there: not more than came from there allows."""
        if self._meeting.probation.spend(address, len(data)):
            self._transmit(data, address)
