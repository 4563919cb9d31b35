"""Commit and reveal: nobody sees an input before everybody has bound itself to its own for that frame.

Each peer promises first (a commitment for the frame), and shows its input and the nonce only when the promises of all others
for that frame are in. So whoever waits to see what the others do has already said what it does itself. What is shown is held
against the promise before the frame is played; a peer that shows something else is found by everybody whom it shows it to.

An input passes the network twice, as a promise and as itself, so it takes a round trip where it took half of one. The smallest
delay at which nobody stalls in lockstep (window 0, delays alike, no jitter); and what a peer sends to another one at 60 frames
per second with a frame to spare (at the smallest delay each frame takes two datagrams, and twice the bytes):

    round trip     without: frames, bytes/s      with
    30 ms          1, 700                        2, 5,300
    60 ms          2, 700                        4, 9,100
    100 ms         3, 740                        6, 13,000
    150 ms         5, 770                        10, 20,700
    200 ms         6, 800                        12, 24,700

What promises cannot do: make somebody show an input (who never does is waited for, and named in Stalled), or name a peer that
promises and shows one thing to you and another to me (we find a desync).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..wire.input_packet import RING, near
from ..wire.reveal import Envelope, commitment, nonce_of, room_for

Inputs = Callable[[int, int], bytes]


class _Remote:
    def __init__(self, first: int, our_first: int) -> None:
        self.promised = first                       # frames below have commitments, or none is needed
        self.opened = first                         # frames below are held against them
        self.commitments: dict[int, bytes] = {}
        self.nonces: dict[int, bytes] = {}
        self.has_ours = our_first                   # frames of ours whose commitments they have,
        self.opened_ours = our_first                # and that they have held against them


class Commitments:
    """The promises of one match.

    match   16 bytes that all peers have alike
    me      our peer
    firsts  for each peer the first frame that has an input of its own: before it all are zeros
    secret  16 bytes or more that nobody else knows
    inputs  inputs(peer, frame): the inputs of all its players in a frame, for one of the last RING frames
    """

    def __init__(self, *, match: bytes, me: int, firsts: Mapping[int, int], secret: bytes, inputs: Inputs) -> None:
        self._match, self._me, self._secret, self._inputs = match, me, secret, inputs
        self._remotes = {peer: _Remote(first, firsts[me]) for peer, first in sorted(firsts.items()) if peer != me}
        self._own: dict[int, bytes] = {}            # commitments that somebody may still need
        self._made = firsts[me]
        #: (peer, frame) of the first input that is not what was promised.
        self.false: tuple[int, int] | None = None

    @property
    def reveal(self) -> int:
        """Own inputs of frames below may be shown: everybody has promised its own."""
        return min(remote.promised for remote in self._remotes.values())

    @property
    def trusted(self) -> int:
        """Frames below are what everybody promised."""
        return min(remote.opened for remote in self._remotes.values())

    def opened_by(self, peer: int) -> int:
        """Frames of a peer that were held against its promises."""
        return self._remotes[peer].opened

    def promise(self, known: int) -> None:
        """Own inputs are known below this frame."""
        for frame in range(self._made, known):
            self._own[frame] = commitment(self._match, self._me, frame, nonce_of(self._secret, frame),
                                          self._inputs(self._me, frame))
        self._made = max(self._made, known)
        needed = min(remote.has_ours for remote in self._remotes.values())
        for frame in [frame for frame in self._own if frame < needed]:
            del self._own[frame]

    def take(self, peer: int, envelope: Envelope) -> bool:
        """What a peer says. False when it takes back a promise: that is not listened to."""
        remote = self._remotes[peer]
        remote.has_ours = _forward(remote.has_ours, envelope.ack, self._made)
        remote.opened_ours = _forward(remote.opened_ours, envelope.opened, self._made)
        honest = True
        first = near(remote.promised, envelope.first_commitment, 16)
        for frame, promise in enumerate(envelope.commitments, first):
            if frame in remote.commitments:
                honest = honest and remote.commitments[frame] == promise
            elif frame == remote.promised and frame < remote.opened + RING // 2:
                remote.commitments[frame] = promise
                remote.promised += 1
        first = near(remote.opened, envelope.first_nonce, 16)
        for frame, nonce in enumerate(envelope.nonces, first):
            if remote.opened <= frame < remote.promised:
                remote.nonces.setdefault(frame, nonce)
        return honest

    def open(self, peer: int, known: int) -> None:
        """The inputs of a peer's players are known below this frame: hold them against its promises."""
        remote = self._remotes[peer]
        while self.false is None and remote.opened < known and remote.opened in remote.nonces:
            frame = remote.opened
            shown = commitment(self._match, peer, frame, remote.nonces[frame], self._inputs(peer, frame))
            if shown != remote.commitments[frame]:
                self.false = peer, frame
                return
            del remote.nonces[frame], remote.commitments[frame]
            remote.opened += 1

    def envelope(self, peer: int, inner: bytes, known: int) -> Envelope:
        """What a peer is told beside an input packet; own inputs are known below `known`."""
        remote, room = self._remotes[peer], room_for(inner)
        shown = min(self.reveal, known)
        nonces = range(remote.opened_ours, min(shown, remote.opened_ours + room // 2))
        promises = range(remote.has_ours, min(self._made, remote.has_ours + room - len(nonces)))
        return Envelope(remote.promised, remote.opened, promises.start, tuple(self._own[frame] for frame in promises),
                        nonces.start, tuple(nonce_of(self._secret, frame) for frame in nonces), inner)


def _forward(old: int, low: int, most: int) -> int:
    """A number that only grows, from its low bits; one beyond `most` is a lie."""
    new = near(old, low, 16)
    return new if old < new <= most else old
