"""`Stage`: a trace being played, with both oracles watching. `play_trace` plays one from its first line to its last.

A state machine drives a stage step by step and keeps what it did as a trace; `rollstep lab` plays the trace. Both are the
same match, as actions happen at the same virtual times between the same calls of Network.run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..compile import Way
from ..errors import Diverged
from ..game import Game
from ..net.events import DesyncDetected, Event
from ..session import P2P
from .bots import Bot
from .flips import flip
from .impairment import Impairment
from .network import Network
from .oracles import ENDED, Liveness, Safety, Stuck
from .trace import Action, Trace

#: What is told of: when in milliseconds, whose event or None, what.
Tell = Callable[[int, int | None, Event | str], None]
#: Round trips, lost datagrams, a stall before and after: what is in the way for so much less than a timeout ends no match.
MARGIN_MS = 2000
#: After a desync the peers have so long to tell what differs; one that hears nothing gives up after 5 s.
EXPLAIN_MS = 10_000


class Stage:
    """The peers of a trace on their network. Its actions are not played by themselves: `act` and `play` do.

    folder  where the peers record, as player0.rsr, player1.rsr...; None: nowhere
    tell    called with (milliseconds, player, event) for each event as it happens, with (milliseconds, None, text) for actions
    bots    in place of the seeded ones, by player

    `done` is what was acted so far, as a trace. Raises Diverged or Stuck from wherever an oracle notices.
    """

    def __init__(self, trace: Trace, game: Game, *, folder: Path | None = None, way: Way = "compiled",
                 tell: Tell | None = None, bots: list[Any] | None = None) -> None:
        self.game, self.done = game, dataclasses.replace(trace, actions=(), play_ms=0)
        self.net = Network(seed=trace.seed, impairment=Impairment.parse(trace.net))
        self.safety, self.liveness = Safety(), Liveness()
        self.files = [folder / f"player{p}.rsr" for p in range(trace.players)] if folder is not None else []
        self._tell = tell
        self._told: dict[int, int] = {}
        self._disturbed_since: int | None = None
        self._disturbed_ms = self._paused_until_ms = 0
        self._someone_left = False
        self.peers: list[P2P] = self.net.join(
            game, players=trace.players, delay=trace.delay, window=trace.window, timeout_ms=trace.timeout_ms,
            connect_timeout_ms=trace.timeout_ms, way=way, record=self.files or None,
            drift_ppm=[trace.drifts_ppm.get(p, 0) for p in range(trace.players)])
        for source, target, spec in trace.links:
            self.net.set_link(source, target, Impairment.parse(spec))
        self._bots = bots if bots is not None else [Bot(game, player=p, seed=trace.seed) for p in range(trace.players)]

    @property
    def now_ms(self) -> int:
        """Since the beginning."""
        return self.net.now_us // 1000

    @property
    def here(self) -> list[P2P]:
        """Peers that have neither left nor crashed."""
        return [peer for peer in self.peers if peer.phase != "closed" and not self.net.crashed(peer)]

    @property
    def may_end(self) -> bool:
        """Whether the match may end: somebody left, or something was in the way for as long as a timeout, all in all."""
        return self._someone_left or self._disturbance_ms() > self.done.timeout_ms - MARGIN_MS

    def act(self, verb: str, *arguments: Any) -> None:
        """Let an action of `trace.VERBS` happen now."""
        action = Action(self.now_ms, verb, arguments)
        self.done = dataclasses.replace(self.done, actions=(*self.done.actions, action), play_ms=self.now_ms)
        self._say(action.words())
        getattr(self, f"_{verb}")(*arguments)

    def play(self, ms: int) -> None:
        """Let time pass. Raises Diverged for a desync, be it one or a false alarm."""
        end = self.net.now_us + ms * 1000
        self.net.run(self.peers, until=lambda: self.net.now_us >= end, bots=self._bots, each=self._watch, limit_ms=ms)
        self.done = dataclasses.replace(self.done, play_ms=self.now_ms)

    def recover(self) -> int:
        """The network is whole again: the milliseconds after which all went on (or, where `may_end`, ended). Raises Stuck."""
        if self._disturbed_since is not None:
            self.act("heal")
        if self._paused_until_ms > self.now_ms:
            self.play(self._paused_until_ms - self.now_ms)
        took = self.liveness(self.net, self.peers, bots=self._bots, each=self._watch, may_end=self.may_end)
        self.done = dataclasses.replace(self.done, play_ms=self.now_ms)
        return took

    def finish(self) -> None:
        """Everybody who is left leaves; what was recorded is compared and resimulated. Raises Diverged."""
        for peer in self.here:
            peer.close()
        # a match that never began has no files
        files = [file for file in self.files if file.exists()]
        if files and any(peer.confirmed for peer in self.peers):
            self.safety.replays(self.game, files)

    def explain(self) -> None:
        """States differ: let the peers notice, find out what does, and tell it. Nothing is judged any more."""
        for _ in range(1 + len(self.peers)):
            try:
                self.net.run(self.peers, until=lambda: all(peer.phase in ENDED and peer.settled for peer in self.here),
                             bots=self._bots, each=self._tell_events, limit_ms=EXPLAIN_MS)
                break
            except Exception as error:      # a step may well raise on such a state; the others have more to say
                self._say(f"the step of one raised {type(error).__name__}: {error}")

    def _tell_events(self, peer: P2P) -> None:
        events = self.net.events[peer.player]
        told = self._told.get(peer.player, 0)
        if told < len(events):
            self._told[peer.player] = len(events)
            for event in events[told:]:
                self._say(event, peer.player)

    def _watch(self, peer: P2P) -> None:
        self._tell_events(peer)
        self.safety(peer)
        found = next((event for event in self.net.events[peer.player] if isinstance(event, DesyncDetected)), None) \
            if peer.phase == "frozen" else None
        if found is not None:       # a session that has frozen as it advanced tells it with its next poll
            raise Diverged(found.frame, "the chain of checksums", f"{found.ours:08x}", f"{found.theirs:08x}",
                           detail=f" (player {peer.player} about player {found.player}: a desync, or a false alarm)")

    def _say(self, what: Event | str, player: int | None = None) -> None:
        if self._tell is not None:
            self._tell(self.now_ms, player, what)

    def _disturbance_ms(self) -> int:
        return self._disturbed_ms + (0 if self._disturbed_since is None else self.now_ms - self._disturbed_since)

    # ------------------------------------------------------------------ actions, by the verbs of a trace

    def _cut(self, source: int, target: int | None = None) -> None:
        self.net.cut(source, target)
        if self._disturbed_since is None:
            self._disturbed_since = self.now_ms

    def _heal(self, source: int | None = None, target: int | None = None) -> None:
        self.net.heal(source, target)
        self._disturbed_ms = self._disturbance_ms()
        whole = source is None
        self._disturbed_since = None if whole or self._disturbed_since is None else self.now_ms

    def _rebind(self, player: int) -> None:
        self._say(f"player {player} is now at {self.net.rebind(player)}")

    def _pause(self, player: int, ms: int) -> None:
        self.net.pause(player, ms)
        self._disturbed_ms += ms
        self._paused_until_ms = max(self._paused_until_ms, self.now_ms + ms)

    def _crash(self, player: int) -> None:
        self.net.crash(player)
        self._someone_left = True

    def _leave(self, player: int) -> None:
        self.peers[player].close()
        self._someone_left = True

    def _net(self, spec: str) -> None:
        self.net.set_links(Impairment.parse(spec))

    def _link(self, source: int, target: int, spec: str) -> None:
        self.net.set_link(source, target, Impairment.parse(spec))

    def _delay(self, player: int, delay: int) -> None:
        if self.peers[player].phase in ("playing", "stalled"):
            self.peers[player].set_delay(max(delay, 0 if self.done.window else 1))

    def _flip(self, player: int) -> None:
        if self.peers[player].confirmed:
            (name, _, _), *_ = self.peers[player].game.state.layout.leaves()
            frame = flip(self.peers[player], name)
            self._say(f"player {player}: a bit of {name} in frame {frame} is flipped")


@dataclass
class Outcome:
    """How a trace ended. verdict: "kept" (both oracles are content), "unsafe" or "stuck", with a message."""

    verdict: str
    message: str
    stage: Stage


def play_trace(trace: Trace, game: Game, *, folder: Path | None = None, way: Way = "compiled",
               tell: Tell | None = None, bots: list[Any] | None = None) -> Outcome:
    """Play a whole trace, heal what is cut in the end, see that play goes on, and compare the replays (see Stage)."""
    stage = Stage(trace, game, folder=folder, way=way, tell=tell, bots=bots)
    try:
        for action in trace.actions:
            stage.play(action.at_ms - stage.now_ms)
            stage.act(action.verb, *action.arguments)
        stage.play(trace.play_ms - stage.now_ms)
        took = stage.recover()
        ended = any(peer.phase in ENDED for peer in stage.peers)
        stage.finish()
    except Diverged as error:
        stage.explain()
        return Outcome("unsafe", str(error), stage)
    except Stuck as error:
        return Outcome("stuck", str(error), stage)
    confirmed = min(peer.confirmed for peer in stage.peers)
    how = "the match has ended, as it may" if ended else "play goes on"
    return Outcome("kept", f"{confirmed} frames confirmed, alike by all; {how}, {took} ms after all was whole again", stage)
