"""What must hold on any network: safety (no two peers ever confirm different states) and liveness (play goes on)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..compile import Way
from ..errors import Diverged, RollstepError, TruncatedReplay, UsageError
from ..game import Game
from ..replay import Report, read_replay, verify
from ..session import P2P
from ..wire.input_packet import SUMS
from .network import Network

#: A confirmed checksum is looked at again so many frames later; a session keeps SUMS of them.
LATER = 100
#: Verdicts on replays that a crash or an early end explains; nothing in such a file contradicts another.
WHOLE_SO_FAR = ("verified", "truncated", "unproved")
#: Phases in which no frame starts any more.
ENDED = ("over", "frozen", "closed")


class Stuck(RollstepError):
    """A match that should go on does not: the message says who stands where."""


class Safety:
    """Called after each turn of a session (`Network.run(..., each=safety)`): every peer's confirmed states are those of the
    others, by checksum, and what is confirmed never changes. Raises Diverged naming the frame and the players.

        net, safety = Network(seed=1, impairment=Impairment.parse("mobile")), Safety()
        peers = net.join(game, players=2)
        net.play(peers, frames=600, each=safety)
        safety.agree(500)                                   # and all have confirmed so many

    Each confirmed state is read when it is new, once more with the next, and LATER frames after; about 4 µs a frame.
    """

    def __init__(self) -> None:
        self._seen: dict[int, list[int]] = {}           # by player, the checksums of states 0, 1, 2...
        self._looked: dict[int, int] = {}               # and up to which they were read again

    def __call__(self, peer: P2P) -> None:
        player, confirmed = peer.player, peer.confirmed
        seen = self._seen.setdefault(player, [0])
        last = len(seen) - 1
        if confirmed == last:
            return
        if confirmed < last:
            raise Diverged(confirmed, "the last confirmed frame", confirmed, last,
                           detail=f" (player {player} takes back what it has confirmed)")
        oldest = confirmed - SUMS + 1
        if oldest > last + 1:
            raise UsageError(f"safety sees player {player} at frame {confirmed} after {last}: call it after each turn of a "
                             f"session, {SUMS} checksums are kept")
        for frame in (last, *range(max(self._looked.get(player, 0) + 1, oldest), confirmed - LATER + 1)):
            if frame >= max(1, oldest) and peer.checksum(frame) != seen[frame]:
                raise _differ(frame, seen[frame], peer.checksum(frame), f"player {player}: a confirmed state changed")
        self._looked[player] = max(confirmed - LATER, 0)
        for frame in range(last + 1, confirmed + 1):
            mine = peer.checksum(frame)
            seen.append(mine)
            for other, theirs in self._seen.items():
                if frame < len(theirs) and theirs[frame] != mine:
                    raise _differ(frame, mine, theirs[frame], f"players {player} and {other}")

    def forget(self, player: int) -> None:
        """A peer was started again: what its former start confirmed does not count."""
        self._seen.pop(player, None)
        self._looked.pop(player, None)

    def seen(self, player: int) -> list[int]:
        """The checksums of states 0, 1, 2... that a peer has confirmed, by its first player."""
        return list(self._seen.get(player, ()))

    def agree(self, frames: int) -> list[int]:
        """The checksums of states 1 to `frames`, which two peers at least have confirmed, all of them alike. Raises Stuck when
        one has not."""
        if len(self._seen) < 2 or any(len(seen) <= frames for seen in self._seen.values()):
            raise Stuck(f"{frames} frames were not confirmed by all: "
                        f"{ {player: len(seen) - 1 for player, seen in self._seen.items()} }")
        return next(iter(self._seen.values()))[1:frames + 1]

    def replays(self, game: Game, files: Sequence[str | os.PathLike[str]], *, ways: Sequence[Way] = ("compiled",)) -> Report:
        """The peers' replays, once they are closed, tell one match, and it is the one that was seen. A file that a crash cut
        short is good as far as it goes. Raises Diverged."""
        replays = []
        for file in files:
            with contextlib.suppress(TruncatedReplay):      # a crash has left nothing of it
                replays.append((Path(file).name, read_replay(file, allow_truncated=True)))
        report = verify(game, replays, ways=ways)
        if report.verdict not in WHOLE_SO_FAR:
            raise Diverged(report.frame or 0, report.path or "the match", "as played", "as computed",
                           detail=f": {report.message}")
        for player, seen in self._seen.items():
            for frame, (ours, theirs) in enumerate(zip(seen[1:], report.checksums, strict=False), start=1):
                if ours != theirs:
                    raise _differ(frame, ours, theirs, f"player {player} and the replay")
        return report


def _differ(frame: int, ours: int, theirs: int, who: str) -> Diverged:
    return Diverged(frame, "the checksum", f"{ours:016x}", f"{theirs:016x}", detail=f" ({who})")


class Liveness:
    """Within `within_ms` of virtual time, every peer confirms `frames` more; call it when the network is whole again.

        net.cut(0, 1)                                       # as in Safety's example
        net.run(peers, until=lambda: False, each=safety, limit_ms=2000)
        net.heal()
        took_ms = Liveness(within_ms=5000)(net, peers, each=safety)

    may_end  somebody has left or was killed, or nothing passed for longer than the timeout: then the match may end instead.
             It must do one or the other, within the timeout and `within_ms`.
    """

    def __init__(self, *, within_ms: int = 10_000, frames: int = 30) -> None:
        self.within_ms, self.frames = within_ms, frames

    def __call__(self, net: Network, peers: Sequence[P2P], *, bots: Sequence[Any] | None = None,
                 each: Callable[[P2P], None] | None = None, may_end: bool = False) -> int:
        """Let time pass; the milliseconds that it took. Raises Stuck."""
        began, goals = net.now_us, [peer.confirmed + self.frames for peer in peers]
        waiting = list(zip(peers, goals, strict=True))

        def all_there() -> bool:
            while waiting and (waiting[-1][0].confirmed >= waiting[-1][1] or waiting[-1][0].phase in ENDED
                               or net.crashed(waiting[-1][0])):
                waiting.pop()
            return not waiting
        limit_ms = self.within_ms + (max((peer.timeout_ms for peer in peers), default=0) if may_end else 0)
        there = net.run(peers, until=all_there, bots=bots, each=each, limit_ms=limit_ms)
        ended = [peer for peer in peers if peer.phase in ENDED and not net.crashed(peer)]
        if not there or (ended and not may_end):
            stands = "; ".join(f"player {peer.player} {peer.phase} at frame {peer.frame}, {peer.confirmed} confirmed"
                               for peer in peers if not net.crashed(peer))
            raise Stuck(f"the match does not go on within {limit_ms} ms: {stands}" if not there else
                        f"the match has ended though nobody left: {stands}")
        return (net.now_us - began) // 1000
