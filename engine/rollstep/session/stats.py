"""The figures of a session. Always on; reading them costs some microseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SessionStats:
    """Counters since the start.

    frames started, confirmed; rollbacks, and in `rollback_depths` how many of them went back 0, 1, 2... frames; frames
    resimulated; predictions: inputs of a player for a frame that were simulated before they came in, and how many of
    them were wrong; failed_guesses: how often the game's own predictor raised, or guessed what is no input; stalls:
    deadlines at which no frame could start (a long stall has more of them than the match has frames); packets and bytes of
    datagrams (without UDP and IP headers); `dropped` counts received datagrams by the reason for which they were not used,
    `send_errors` those that the transport could not send, by its own reason (io/udp.py: REASONS).

    Why one was dropped. Nobody can tell from whom: size (empty, or longer than a datagram); kind (its first byte is none that
    is expected); foreign (from none of the peers); link (sealed for a handshake that there is not, or no more); seal (it does
    not open: changed, or made by somebody else); replay (opened before, or too old to tell); tag (a greeting that was not made
    with the secret of this match); cookie, load (too many calls at once); budget (more than is looked at, see net/budget.py:
    also of a peer). Of a peer: greeting (not what the handshake waits for; after the start, any); held (its place is taken by
    somebody who was heard a moment ago); control, identity, envelope, inquest (a message that is none, a key that is not
    proved, talk of a desync that there is not); commitment (a promise taken back); early (inputs before the start here); late
    (of a peer that is gone). Of an input packet: range (frames, acks, delays that cannot be), tokens, value (inputs that are
    cut, or that no player can give).

    By player, 0 for ourselves: rtt_ms, from a datagram of ours until its ack is taken in, with what it waits for frames;
    ahead_frames, how far we run ahead; silent_ms, how long nothing valid was heard; received, frames of inputs that are known.
    """

    frames: int = 0
    confirmed: int = 0
    rollbacks: int = 0
    rollback_depths: tuple[int, ...] = ()
    resimulated_frames: int = 0
    predictions: int = 0
    mispredictions: int = 0
    failed_guesses: int = 0
    stalls: int = 0
    packets_sent: int = 0
    bytes_sent: int = 0
    packets_received: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    send_errors: Mapping[str, int] = field(default_factory=dict)
    rtt_ms: tuple[int, ...] = ()
    ahead_frames: tuple[float, ...] = ()
    silent_ms: tuple[int, ...] = ()
    received: tuple[int, ...] = ()

    @property
    def deepest_rollback(self) -> int:
        """In frames."""
        return max(0, len(self.rollback_depths) - 1)

    @property
    def mispredicted(self) -> float:
        """The share of predictions that were wrong, 0 to 1."""
        return self.mispredictions / self.predictions if self.predictions else 0.0
