"""`P2P`: one peer of a match, as a game sees it.

    with p2p(game, player=0, port=7000, peers={1: "192.168.0.7:7000"}, record="duel.rsr") as match:
        while window.open:
            match.wait()                     # until a frame is due or a datagram is in
            for event in match.poll():       # sockets, timers -> events; acks flow even in a stall
                ...
            for _ in range(match.due()):
                match.advance(pad.read())
            draw(match.state)

Phases: connecting -> playing <-> stalled -> over (a player is gone, or the step raised) or frozen (a desync was found). In
the last two no frame starts any more; `poll` still confirms, with whoever is left, the frames that were started.

A peer may play for several players, `player=(0, 1)`; `advance` then takes the input of each. Events are about players.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

from ..checks import in_range
from ..errors import IncompatiblePeer, UsageError
from ..io.clock import SystemClock
from ..net.agreement import match_seed
from ..net.budget import Budget
from ..net.events import (
    AddressChanged,
    Connecting,
    DelayChanged,
    DesyncDetected,
    Disconnected,
    Event,
    FalseReveal,
    Resumed,
    Stalled,
    Synchronized,
)
from ..net.pacing import Pacer
from ..net.silence import Silence
from ..net.time_sync import TimeSync
from ..rollback import ADVANCED, DESYNC, RAISED, ROOM, SAMPLED, Core, prepare
from ..wire import control, input_packet, inquest
from ..wire.greeting import GREETINGS
from ..wire.input_packet import KINDS
from ..wire.sealing import MAX_TEXT, OVERHEAD, SEALED
from .effects import WithEffects
from .inquests import Inquests
from .meeting import Meeting, shown_address
from .promises import ENVELOPES, Promises
from .recording import InputLog, Recording, replay_header, start_replay
from .routes import Routes
from .shared import Closing, check_kept, limited
from .stats import SessionStats
from .terms import Terms
from .transport import Clock, Transport

#: How often a session looks after its peers when no frame starts.
TICK_NS = 30_000_000
#: How soon it answers what comes in then: two that wait for a third would else answer each other without end.
ANSWER_NS = 5_000_000
#: Silence after which a peer is looked for at the addresses that it had before.
SEEK_MS = 250
#: How often it looks who is silent, and whose delay has changed.
LOOK_NS = 100_000_000
#: How often a session says that it is still connecting.
PROGRESS_NS = 1_000_000_000
#: Farewell of a peer whose step raised.
STOPPED_AT_AN_ERROR = control.REASONS[control.RAISED]
#: A stall that no jitter explains.
LONG_STALL_NS = 250_000_000


class P2P(Closing, WithEffects):
    """See the module's text, and `p2p`, `host` and `join` for the arguments.

    game, players, window, timeout_ms, recorded_to: as they were given. local_players: whose inputs advance() takes;
    player: the first of them. join_line: what the other player types to join a match that we host, else None.
    """

    def __init__(self, terms: Terms, *, transport: Transport, clock: Clock | None, join_line: str | None = None) -> None:
        self._terms = terms
        self.game, self.players, self.window = terms.game, terms.players, terms.window
        self.player, self.local_players = terms.me, terms.locals
        self.join_line, self.timeout_ms, self.recorded_to = join_line, terms.timeout_ms, terms.record
        self._transport, self._clock = transport, clock if clock is not None else SystemClock()
        # what each frame uses, found once
        self._receive, self._now_ns, self._input_bytes = transport.receive, self._clock.now_ns, terms.game.input_bytes
        self._locals = len(terms.locals)
        self._inputs = ENVELOPES if terms.commit else KINDS     # first bytes of what inputs come in
        self._now = 0
        self._groups, self._owners = terms.groups, terms.owners     # peers go by their first players
        self._here = set(terms.addresses)               # peers that are not gone
        prepare(terms.game, terms.way)
        self._pacer = Pacer(terms.game.fps)
        self._tick_ns = max(TICK_NS, 2 * self._pacer.period_ns)
        self._core: Core | None = None
        self._sync: TimeSync | None = None
        self._recording: Recording | None = None
        self._events: list[Event] = []
        self._dropped: Counter[str] = Counter()
        self._sent = self._sent_bytes = self._received = self._stalls = 0
        self._began = self._clock.now_ns()
        self._next_progress = self._began + PROGRESS_NS
        self._budget = Budget(terms.addresses, fps=terms.game.fps, now_ns=self._began)
        self._meeting = Meeting(terms.greeting(), terms.addresses, secret=terms.secret, identity=terms.identity,
                                nonce=terms.nonces().__next__, entropy=terms.entropy,
                                connect_timeout_ms=terms.connect_timeout_ms, now_ns=self._began, send=self._send,
                                dropped=self._dropped, budget=self._budget)
        self._routes = Routes(self._meeting, self._here, sealed=terms.sealed, transmit=transport.send, send=self._send)
        self._silence: dict[int, Silence] = {}
        self._stalled_since: int | None = None
        self._next_tick = self._next_look = 0
        self._raising: bool | None = None               # None: nothing to raise; True: when the others do too; False: done
        self._raise_by = 0                              # or then, when they do not say so
        self._raisers: set[int] = set()                 # peers that said that they raise
        self._diverged = False
        self._inquests: Inquests | None = None
        self._promises: Promises | None = None
        self._deceived = False
        self._keeps = terms.record is not None or terms.reports is not None     # each call looks at what was confirmed
        self.phase = "connecting"
        blank = terms.game.runner("interpreted", players=terms.players, seed=0).start()
        self._blank = terms.game.state.view(blank, readonly=True)

    # ------------------------------------------------------------------ the five verbs

    def wait(self, at_most_s: float | None = None) -> None:
        """Sleep until a frame is due, a timer runs out or a datagram is in.

        at_most_s  seconds, for a loop that also draws between two frames
        """
        now = self._clock.now_ns()
        until = self._wake_ns(now)
        if until > now and self.phase != "closed":
            self._transport.wait(limited(self._clock.seconds(until - now), at_most_s))

    def poll(self) -> list[Event]:
        """Take in datagrams, look after timers, resend what is missing; what happened since the last call.

        Raises IncompatiblePeer when a peer would not compute the same match, and, once, what the step raises on a frame
        whose inputs are all confirmed: every other peer can then raise it as well, and the state is the last good one.
        No datagram, however wrong, raises.
        """
        self._now = now = self._now_ns()
        core, routes = self._core, self._routes
        for data, address in self._receive():
            self._received += 1
            line = routes.lines.get(address)
            if line is None or core is None or not data.startswith(line[1]):
                self._take(data, address, now)
                continue
            peer, _, opener = line
            text = data if opener is None else opener.open(data)
            if text is None:
                assert opener is not None
                self._dropped[opener.why] += 1
            elif not text or text[0] not in KINDS:
                self._take_text(peer, text, len(data), now)
            elif not self._budget.take(peer, len(data)):
                self._dropped["budget"] += 1
            elif not core.receive(peer, text):
                self._call(core, now)
                core.receive(peer, text)
        if core is not None:
            if now >= self._next_tick or now >= self._next_look or self.phase != "playing":
                self._tend(core, now)
        else:
            self._budget.look(now)
            self._next_tick = now + TICK_NS
            if self.phase == "connecting":
                self._connect(now)
        if not self._events:
            return []
        events, self._events = self._events, []
        return events

    def due(self) -> int:
        """Frames to advance now: 0 while connecting, stalled or over, mostly 1 else."""
        core = self._core
        if core is None or self.phase not in ("playing", "stalled"):
            return 0
        self._now = now = self._now_ns()
        count = self._pacer.due(now)
        if count == 0:
            return 0
        if core.flags & ROOM and self.phase == "playing":
            return count
        if core.pending:
            self._call(core, now)
            if core.flags & ROOM and self.phase == "playing":
                return count
        if self.phase in ("playing", "stalled"):
            self._stall(core, now, count)
        return 0

    def advance(self, *inputs: Any) -> bool:
        """One frame with one input per local player. False when it could not start; then nothing happened.

        Its time is that of the last due() or poll(). Raises UsageError for an input that is none.
        """
        core = self._core
        if core is None:
            raise UsageError(f"advance() {self._too_soon()}: call it due() times")
        if len(inputs) != self._locals:
            raise UsageError(f"advance() takes one input for each local player, {self._locals}, not {len(inputs)}")
        data = self._input_bytes(inputs[0])
        core.pad[:] = data if self._locals == 1 else data + b"".join(map(self._input_bytes, inputs[1:]))
        if self.phase != "playing":
            return False
        flags = self._call(core, self._now, 1)
        if flags & ADVANCED:
            if flags & SAMPLED:
                self._synchronize(core, self._now)
            return True
        self._stall(core, self._now, 1)
        return False

    def set_delay(self, delay: int, *, player: int | None = None, at_frame: int = 0) -> None:
        """Change the input delay while playing: 0 to 16 frames, from 1 on in lockstep (window 0).

        player    one of local_players; all of them unless given
        at_frame  the frame that starts with the new delay, so that peers can agree on one; unless given, or when it has
                  started already, the next. One change waits at a time: the newest

        Where the delay grows, the frames in between repeat the player's last input; where it shrinks, as many inputs are left
        out. Everybody is told by DelayChanged. Raises UsageError.
        """
        core = self._core
        if core is None or self.phase == "closed":
            raise UsageError(f"set_delay() {self._too_soon()}: give the delay to the session when it is made")
        if player is not None and player not in self.local_players:
            raise UsageError(f"set_delay(player={player!r}): choose one of the local players {self.local_players}")
        in_range("delay", delay, 0 if self.window else 1, input_packet.MAX_DELAY)
        in_range("at_frame", at_frame, 0, 1 << 40)
        for p in self.local_players if player is None else (player,):
            core.set_delay(p, delay, at_frame)

    def close(self) -> None:
        """Say goodbye, finish the replay, close the transport. May be called twice."""
        if self.phase == "closed":
            return
        reason = control.LEFT if self._raising is None else control.RAISED
        if self.phase == "frozen":
            reason = control.DECEIVED if self._deceived else control.DESYNCED
        self.phase = "closed"
        if self._inquests is not None:
            self._inquests.close()
        self._meeting.say_goodbye(reason)
        if self._recording is not None:
            stats = self.stats
            self._recording.close({"rollbacks": stats.rollbacks, "deepest_rollback": stats.deepest_rollback,
                                   "resimulated_frames": stats.resimulated_frames, "stalls": stats.stalls,
                                   "mispredictions": stats.mispredictions, "packets_sent": stats.packets_sent,
                                   "bytes_sent": stats.bytes_sent})
        self._transport.close()

    # ------------------------------------------------------------------ facts

    @property
    def state(self) -> Any:
        """The newest state, read-only, over the engine's own memory: `.copy()` keeps it."""
        return self._core.state if self._core is not None else self._blank

    @property
    def wake_ns(self) -> int:
        """When poll() and due() are to be called next, by the session's clock, unless a datagram is in before: for an event
        loop of your own in place of wait()."""
        return self._wake_ns(self._clock.now_ns())

    @property
    def frame(self) -> int:
        """Frames started."""
        return self._core.frame if self._core is not None else 0

    @property
    def confirmed(self) -> int:
        """Frames that nothing can change any more."""
        return self._core.confirmed if self._core is not None else 0

    @property
    def settled(self) -> bool:
        """Nobody who is left needs us for the frames that we have started: a good moment to leave.

        They are confirmed here, and the others have started them too and have our inputs for them. When a player is
        gone, this is about the frames for which its inputs came in; when the match is frozen, about what differs.
        """
        core = self._core
        if core is None or self._inquests is None:
            return False
        if self.phase == "frozen":
            return not self._inquests.busy
        last = min([core.frame, *(core.got(p) for peer in core.remotes if peer not in self._here
                                  for p in self._groups[peer])])
        return core.confirmed >= last and all(core.acked_by(p) >= last and core.started_by(p) >= last for p in self._here)

    @property
    def delay(self) -> int:
        """The input delay of our first player, in frames."""
        return self._core.delay(self.player) if self._core is not None else self._terms.delays[0]

    @property
    def delays(self) -> tuple[int, ...]:
        """The input delays of all players, of others as far as we were told; only ours count before Synchronized."""
        if self._core is None:
            known = dict(zip(self.local_players, self._terms.delays, strict=True))
            return tuple(known.get(p, 0) for p in range(self.players))
        return self._core.delays

    @property
    def fraction(self) -> float:
        """How much of the newest frame's time has passed, 0 to 1; 1 while no frame starts. For drawing between two frames."""
        return self._pacer.permille(self._clock.now_ns()) / 1000 if self.phase == "playing" else 1.0

    @property
    def address(self) -> Any:
        """Where the transport is bound, if it says so."""
        return getattr(self._transport, "address", None)

    @property
    def _send_errors(self) -> dict[str, int]:
        return dict(getattr(self._transport, "send_errors", {}))

    @property
    def identities(self) -> dict[int, bytes | None]:
        """For each other player, the Ed25519 public key that its peer has proved to hold; None when it showed none."""
        known = self._meeting.identities
        return {p: known[peer] for peer, group in sorted(self._groups.items()) if peer in known for p in group}

    @property
    def recording_error(self) -> OSError | None:
        """Why the replay stopped being written, if it did."""
        return self._recording.error if self._recording is not None else None

    @property
    def report_error(self) -> OSError | None:
        """Why the report of a desync could not be written, if so."""
        return self._inquests.error if self._inquests is not None else None

    def checksum(self, frame: int) -> int:
        """XXH64 of the state before `frame`, for one of the last 128 confirmed frames."""
        check_kept(frame, self.confirmed)
        assert self._core is not None
        return self._core.checksum(frame)

    @property
    def stats(self) -> SessionStats:
        """The figures."""
        core = self._core
        everyone = range(self.players)
        if core is None:
            return SessionStats(packets_sent=self._sent, bytes_sent=self._sent_bytes, packets_received=self._received,
                                dropped=dict(self._dropped), send_errors=self._send_errors, rtt_ms=(0,) * self.players,
                                ahead_frames=(0.0,) * self.players, silent_ms=(0,) * self.players)
        c, now = core.stats, self._clock.now_ns()
        peer_of = self._owners
        own = self._promises is None    # envelopes are counted as they are sent
        around = OVERHEAD * self._terms.sealed
        silent = {peer: silence.length_ms(now, core.heard_at_us(peer) * 1000) for peer, silence in self._silence.items()}
        return SessionStats(
            frames=c.frames, confirmed=core.confirmed, rollbacks=c.rollbacks, rollback_depths=c.depths,
            resimulated_frames=c.resimulated_frames, predictions=c.predictions, mispredictions=c.mispredictions,
            failed_guesses=c.failed_guesses,
            stalls=self._stalls, dropped=dict(self._dropped + Counter(c.refused)), send_errors=self._send_errors,
            packets_sent=self._sent + c.packets_sent * own,
            bytes_sent=self._sent_bytes + (c.bytes_sent + around * c.packets_sent) * own,
            packets_received=self._received, received=tuple(map(core.got, everyone)),
            rtt_ms=tuple(core.rtt_us(peer_of[p]) // 1000 for p in everyone),
            silent_ms=tuple(silent.get(peer_of[p], 0) for p in everyone),
            ahead_frames=tuple((core.lead(peer_of[p]) - core.their_lead(peer_of[p])) / 128 for p in everyone))

    # ------------------------------------------------------------------ inside

    def _too_soon(self) -> str:
        return "after close()" if self.phase == "closed" else "before Synchronized"

    def _next_answer(self, core: Core) -> int:
        """When the core is to be called though no frame starts: soon when something came in while nothing starts."""
        waits = core.pending and self.phase != "playing"
        return min(self._next_tick, self._next_tick - self._tick_ns + ANSWER_NS) if waits else self._next_tick

    def _wake_ns(self, now: int) -> int:
        if self.phase != "playing":
            return min(self._next_answer(self._core), self._next_look) if self._core is not None else self._next_tick
        if now < self._pacer.next_ns + 2 * self._pacer.period_ns:
            return min(self._next_tick, self._pacer.next_ns)  # else nobody asks for frames any more
        return self._next_tick

    def _send(self, data: bytes, address: Any) -> None:
        if not self._meeting.probation.spend(address, len(data)):
            return
        self._sent += 1
        self._sent_bytes += len(data)
        self._transport.send(data, address)

    def _take(self, data: bytes, address: Any, now: int) -> None:
        """A datagram that is no plain input packet of a peer: size, type, authenticity; the rest is the business of others."""
        meeting = self._meeting
        if not 0 < len(data) <= input_packet.MAX_DATAGRAM:
            self._dropped["size"] += 1
        elif data[0] == SEALED:
            opened = meeting.open(data, address, now)
            if meeting.rerouted:
                self._routes.follow()
            if opened is not None:
                self._take_text(*opened, len(data), now)
        elif data[0] in GREETINGS:
            meeting.greet(data, address, now)
        elif self._terms.sealed or data[0] not in self._inputs:
            self._dropped["kind"] += 1
        elif (peer := meeting.peer_at(address)) is None:
            self._dropped["foreign"] += 1
        else:
            self._take_text(peer, data, len(data), now)

    def _take_text(self, peer: int, text: bytes, size: int, now: int) -> None:
        """What a peer says, in a datagram of this size, other than its plain input packets."""
        if not self._budget.take(peer, size):
            self._dropped["budget"] += 1
            return
        core, kind = self._core, text[0] if text else -1
        if kind in control.CONTROL:
            farewell = self._meeting.hear(peer, text, now)
            if farewell == STOPPED_AT_AN_ERROR and (self._raising is not None or self.phase in ("playing", "stalled")):
                self._raisers.add(peer)         # it stays until we raise as well, or it is silent
            elif farewell is not None:
                self._lose(peer, farewell, now)
        elif kind in inquest.KINDS:
            self._take_inquest(peer, text, now)
        elif kind not in self._inputs:
            self._dropped["kind"] += 1
        elif core is None:
            self._meeting.take_early(peer)
        elif peer not in self._here:
            self._dropped["late"] += 1
        elif self._promises is not None:
            if not self._promises.take(peer, text):
                self._call(core, now)
                self._promises.take(peer, text)
        elif not core.receive(peer, text):
            self._call(core, now)
            core.receive(peer, text)

    def _take_inquest(self, peer: int, data: bytes, now: int) -> None:
        """A peer's match is frozen: what it says of its states. Ours freezes if they are really others."""
        message, inquests = inquest.parse(data), self._inquests
        if message is None or inquests is None or peer not in self._here:
            self._dropped["inquest"] += 1
            return
        if not self._diverged:
            found = inquests.accuse(peer, message, now)
            if found is None:       # they agree, or our confirmed frames have not got that far: it asks again
                self._dropped["inquest"] += 1
                return
            self._freeze(found, now)
        inquests.take(peer, message, now)

    def _freeze(self, found: DesyncDetected, now: int) -> None:
        """States differ: no frame starts any more; find out where."""
        assert self._inquests is not None
        self.phase, self._diverged = "frozen", True
        self._events.append(found)
        self._inquests.begin(found, self._here, now)

    def _connect(self, now: int) -> None:
        try:
            start_ns = self._meeting.tend(now)
        except IncompatiblePeer:
            self.phase = "over"
            raise
        if start_ns is not None:
            self._next_tick = min(self._next_tick, start_ns)
        if start_ns is not None and now >= start_ns:
            self._start(now)
        elif (gave_up := self._meeting.gave_up(now)) is not None:
            peer, reason = gave_up
            self._lose(peer, reason + self._trouble, now)
        elif start_ns is None and now >= self._next_progress and not self._meeting.refused:
            self._next_progress = now + PROGRESS_NS
            missing = [p for peer in self._meeting.awaited for p in self._groups[peer]]
            self._events.append(Connecting(tuple(sorted(missing)), (now - self._began) // 1_000_000))

    @property
    def _trouble(self) -> str:
        """What to add to a reason, when it is our own machine that cannot send."""
        trouble = getattr(self._transport, "trouble", None)
        return f"; the last datagram could not be sent: {trouble}" if trouble else ""

    def _start(self, now: int) -> None:
        terms, records, nonces = self._terms, self._meeting.start(now), self._meeting.nonces
        known = {p: delay for r in records for p, delay in zip(r.locals, r.delays, strict=True)}
        delays = [known[p] for p in range(self.players)]
        seed = match_seed(nonces)
        core = Core(self.game, player=self.player, players=self.players, delays=delays, window=self.window, seed=seed,
                    way=terms.way, groups=list(self._groups.values()), predictor=terms.predictor,
                    kept=input_packet.SUMS)
        match: dict[str, Any] = {"nonces": nonces, "delays": delays, "player": self.player, "seed": seed, "window": self.window}
        if terms.record is not None:
            self._recording = Recording(core, start_replay(terms.record, self.game, terms.metadata, **match))
        log = InputLog(core, replay_header(self.game, **match)) if terms.reports is not None else None
        self._inquests = Inquests(core, self._routes.tell_sealed, log, terms.reports)
        if terms.commit:
            firsts = {peer: min(delays[p] for p in group) for peer, group in self._groups.items()}
            self._promises = Promises(core, nonces, firsts, terms.entropy(16), self._groups, self._dropped)
        self._core = core
        self._told_delays = tuple(delays)
        if terms.sealed and not terms.commit:
            core.limit(tx_bytes=MAX_TEXT)
        self._routes.start(core, self.local_players, direct=self._promises is None)
        self._silence = {peer: Silence(peer, now, self.timeout_ms) for peer in core.remotes}
        self._pacer.start(now)
        self._sync = TimeSync(now)
        self.phase = "playing"
        self._events.append(Synchronized(self.players, seed))

    def _tend(self, core: Core, now: int) -> None:
        """What goes on beside the frames: silence, stalls, the last frames of a match."""
        if self.phase == "closed":
            return
        if self._diverged and self._inquests is not None:
            self._events += self._inquests.tend(now)
        if now >= self._next_answer(core):
            self._call(core, now)
            if self._raising is not None:
                self._meeting.say_goodbye(control.RAISED, times=1)
        if self._raising and (self._here <= self._raisers or now >= self._raise_by):
            self._raising = False
            core.raise_confirmed()
        if self.phase == "stalled" and core.room >= self._room_to_resume(core, now):
            self._look(core, now)       # who is heard again is told before play goes on
            if self.phase == "stalled":
                self._resume(core, now)
        if now >= self._next_look and not core.pending:
            self._look(core, now)

    def _resume(self, core: Core, now: int) -> None:
        assert self._stalled_since is not None and self._sync is not None
        self._events.append(Resumed(core.frame, (now - self._stalled_since) // 1_000_000))
        self._stalled_since = None
        self.phase = "playing"
        self._pacer.start(now)
        self._sync.settle(now)
        core.samples()      # those from before the stall

    def _room_to_resume(self, core: Core, now: int) -> int:
        """Frames that must have room before a stall ends.

        After a long stall we are ahead of whoever was away, by all that the window allows, and would stall again at
        each late packet. So we let the other catch up first, until both are at one frame as far as the round trip tells,
        or until half of the window is free. (Whoever is last always sees the whole window free, so nobody waits for ever.)
        """
        assert self._stalled_since is not None
        if now - self._stalled_since < LONG_STALL_NS:
            return 1
        latency = max((core.rtt_us(peer) * self.game.fps // 2_000_000 - min(map(core.delay, self._groups[peer]))
                       for peer in self._here), default=0)
        return max(1, min(self.window - latency, 1 + self.window // 2))

    def _look(self, core: Core, now: int) -> None:
        """Who is somewhere else, or silent, and for how long; whose input delay changed. Nothing that came in waits to be
        taken in."""
        self._next_look = now + LOOK_NS
        self._budget.look(now)
        if self._meeting.probation:
            self._routes.prove()
        for peer in sorted(self._here):
            moved = self._routes.change(peer)
            if moved is not None:
                self._events += [AddressChanged(p, *map(shown_address, moved)) for p in self._groups[peer]]
            change = self._silence[peer].update(core.heard_at_us(peer) * 1000, now)
            if self._silence[peer].lost(now):
                self._lose(peer, STOPPED_AT_AN_ERROR if peer in self._raisers else
                           f"silent for {self.timeout_ms} ms{self._trouble}", now)
            elif self._silence[peer].length_ms(now) >= SEEK_MS and self._meeting.former(peer):
                self._routes.seek(peer, dict(core.outgoing() if self._promises is None else self._promises.outgoing()))
            if change is not None and self.phase in ("playing", "stalled"):
                self._events += [dataclasses.replace(change, player=p) for p in self._groups[peer]]
        if self.phase == "stalled":
            self._end_stall(core, now)
        delays = self.delays
        if delays != self._told_delays:
            self._events += [DelayChanged(p, new, core.frame) for p, (old, new) in
                             enumerate(zip(self._told_delays, delays, strict=True)) if old != new]
            self._told_delays = delays

    def _call(self, core: Core, now: int, new_frame: int = 0) -> int:
        """A call of the core, and what follows each: datagrams out, confirmed frames into the replay, desyncs noticed.

        When no frame starts for a while, whatever the reason, a timer keeps acks and resends going.
        """
        if self._promises is not None:
            return self._call_with_promises(core, self._promises, now, new_frame)
        flags = core.exchange(now // 1000, new_frame)
        numbers = core.numbers
        for send, address, seal, at, out in self._routes.ways:
            send(seal(out[:numbers[at]].tobytes()), address)
        self._next_tick = now + self._tick_ns
        if flags & (DESYNC | RAISED) or now >= self._next_look or self._keeps:
            self._notice(core, flags, now)
        return flags

    def _call_with_promises(self, core: Core, promises: Promises, now: int, new_frame: int) -> int:
        """The same in a match with commit and reveal: what came in is held against its promises before it may be played."""
        core.exchange(now // 1000, -1)
        promises.check()
        flags = core.exchange(now // 1000, new_frame)
        for peer, data in promises.outgoing():
            self._routes.tell(peer, data)
        if promises.false is not None and self.phase in ("playing", "stalled"):
            peer, frame = promises.false
            self.phase, self._deceived = "frozen", True
            self._events.append(FalseReveal(frame, self._groups[peer]))
        self._next_tick = now + self._tick_ns
        self._notice(core, flags, now)
        return flags

    def _notice(self, core: Core, flags: int, now: int) -> None:
        """What a call has brought, beside datagrams."""
        if self._recording is not None:
            self._recording.update()
        if self._inquests is not None:
            self._inquests.update()
        if flags & DESYNC and not self._diverged and core.desync is not None:
            self._freeze(DesyncDetected(*core.desync), now)
        if flags & RAISED and self._raising is None:
            # the others need our inputs for that frame to raise alike: it comes out of poll() when they say that they do
            self._raising, self._raise_by = True, now + self.timeout_ms * 1_000_000
            if self.phase != "frozen":
                self.phase = "over"
        if now >= self._next_look:
            self._look(core, now)

    def _stall(self, core: Core, now: int, frames: int) -> None:
        self._stalls += frames
        if self.phase == "playing":
            self.phase = "stalled"
            self._stalled_since = now
            self._events.append(Stalled(core.frame, self._waited_for(core)))

    def _waited_for(self, core: Core) -> tuple[int, ...]:
        """Who keeps us: the players whose inputs are missing, or those of the peers who do not say that they have ours."""
        if core.unacknowledged:
            acked = {peer: core.acked_by(peer) for peer in self._here}
            return tuple(p for peer, has in sorted(acked.items()) if has == min(acked.values()) for p in self._groups[peer])
        known = {p: core.got(p) for p in range(self.players) if p not in self.local_players}
        if self._promises is not None:
            known = {p: min(got, self._promises.opened_by(self._owners[p])) for p, got in known.items()}
        return tuple(p for p, got in known.items() if got == min(known.values()))

    def _end_stall(self, core: Core, now: int) -> None:
        """Nobody waits longer than `stall_timeout_ms` for somebody who is heard."""
        limit = self._terms.stall_timeout_ms
        if limit is not None and self._stalled_since is not None and now - self._stalled_since >= limit * 1_000_000:
            for peer in sorted({self._owners[p] for p in self._waited_for(core)} & self._here):
                self._lose(peer, f"kept us waiting for {limit} ms", now)

    def _synchronize(self, core: Core, now: int) -> None:
        assert self._sync is not None
        skip = self._sync.decide(core.samples(), now)
        if skip:
            self._pacer.hold(skip)
        self._pacer.speed_ppm = self._sync.speed_ppm

    def _lose(self, peer: int, reason: str, now: int) -> None:
        """A peer is gone: no new frame starts."""
        if peer not in self._here:
            return
        self._here.remove(peer)
        if self._inquests is not None:
            self._inquests.left(peer)
        core = self._core
        if core is not None:
            if core.pending:
                self._call(core, now)  # the last inputs of whoever left still count
            core.drop(peer)
            self._routes.renew()
        if self.phase != "frozen":
            self.phase = "over"
        self._events += [Disconnected(p, reason) for p in self._groups[peer]]
