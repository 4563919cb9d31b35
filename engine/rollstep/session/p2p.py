"""`P2P`: one peer of a match, as a game sees it.

    with p2p(game, player=0, port=7000, peers={1: "192.168.0.7:7000"}, record="duel.rsr") as match:
        while window.open:
            match.wait()                     # until a frame is due or a datagram is in
            for event in match.poll():       # sockets, timers -> events; acks flow even in a stall
                ...
            for _ in range(match.due()):
                match.advance(pad.read())
            draw(match.state)

Phases: connecting -> playing <-> stalled -> over (a player is gone) or frozen (a desync was found). In the last two no
frame starts any more; `poll` still confirms, with whoever is left, the frames that were started.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..checks import in_range
from ..compile import Way, check_way
from ..errors import IncompatiblePeer, UsageError
from ..game import Game
from ..io.clock import SystemClock
from ..io.entropy import nonce as fresh_nonce
from ..io.udp import UdpTransport, resolve
from ..net.events import DesyncDetected, Disconnected, Event, Resumed, Stalled, Synchronized
from ..net.handshake import match_seed
from ..net.pacing import Pacer
from ..net.silence import Silence
from ..net.time_sync import TimeSync
from ..replay import check as check_replay
from ..rollback import ADVANCED, Core, prepare
from ..rollback.arena import MAX_WINDOW
from ..wire import control, input_packet
from .meeting import Meeting
from .recording import Recording, start_replay
from .shared import Closing, check_kept, limited
from .stats import SessionStats
from .transport import Clock, Transport, owned

#: How often a session looks after its peers when no frame starts.
TICK_NS = 30_000_000
#: A stall that no jitter explains.
LONG_STALL_NS = 250_000_000


class P2P(Closing):
    """See the module's text, and `p2p`, `host` and `join` for the arguments.

    game, player, players, delay, window, timeout_ms, recorded_to: as they were given. local_players: whose inputs advance()
    takes. join_line: what the other player types to join a match that we host, else None.
    """

    def __init__(self, game: Game, *, player: int, peers: Mapping[int, Any], transport: Transport, clock: Clock | None,
                 delay: int, window: int, record: str | os.PathLike[str] | None, metadata: Mapping[str, Any] | None,
                 nonce: bytes | None, way: Way, timeout_ms: int, connect_timeout_ms: int | None, secret: bytes | None = None,
                 join_line: str | None = None) -> None:
        players = game.check_players(len(peers) + 1)
        in_range("player", player, 0, players - 1)
        in_range("delay", delay, 0, input_packet.MAX_DELAY)
        in_range("window", window, 0, MAX_WINDOW)
        in_range("timeout_ms", timeout_ms, 100, 3_600_000)
        if connect_timeout_ms is not None:
            in_range("connect_timeout_ms", connect_timeout_ms, 100, 3_600_000)
        nonce = fresh_nonce() if nonce is None else nonce
        if len(nonce) != control.NONCE_BYTES:
            raise UsageError(f"nonce has {len(nonce)} bytes; it takes {control.NONCE_BYTES}")
        if sorted([*peers, player]) != list(range(players)):
            raise UsageError(f"peers={sorted(peers)}, player={player}: together they must be 0 to {players - 1}, each once")
        if len(set(peers.values())) != len(peers):
            raise UsageError("two peers have the same address")
        self.game, self.player, self.players = game, player, players
        self.local_players, self.join_line, self.timeout_ms = (player,), join_line, timeout_ms
        self._transport, self._clock = transport, clock if clock is not None else SystemClock()
        self._remotes = sorted(peers)
        self._here = set(peers)  # players that are not gone
        self.delay, self.window, self.recorded_to = delay, window, record
        self._metadata, self._way = metadata, check_way(way)
        if record is not None:
            check_replay(record, game.content_bytes, metadata)
        digests = game.digests
        own = control.Record(nonce, player, players, game.fps, delay, window, digests.layout, digests.content,
                             digests.rules, game.name)
        prepare(game, self._way)
        self._pacer = Pacer(game.fps)
        self._core: Core | None = None
        self._sync: TimeSync | None = None
        self._recording: Recording | None = None
        self._events: list[Event] = []
        self._dropped: Counter[str] = Counter()
        self._sent = self._sent_bytes = self._received = self._stalls = 0
        self._meeting = Meeting(own, peers, secret=secret, connect_timeout_ms=connect_timeout_ms, now_ns=self._clock.now_ns(),
                                send=self._send, dropped=self._dropped)
        self._silence: dict[int, Silence] = {}
        self._stalled_since: int | None = None
        self._next_tick = 0
        self.phase = "connecting"
        self._blank = game.state.view(game.runner("interpreted", players=players, seed=0).start(), readonly=True)

    # ------------------------------------------------------------------ the five verbs

    def wait(self, at_most_s: float | None = None) -> None:
        """Sleep until a frame is due, a timer runs out or a datagram is in.

        at_most_s  seconds, for a loop that also draws between two frames
        """
        now = self._clock.now_ns()
        until = self._next_tick
        if self.phase == "playing" and now < self._pacer.next_ns + 2 * self._pacer.period_ns:
            until = min(until, self._pacer.next_ns)  # else nobody asks for frames any more
        if until > now and self.phase != "closed":
            self._transport.wait(limited(self._clock.seconds(until - now), at_most_s))

    def poll(self) -> list[Event]:
        """Take in datagrams, look after timers, resend what is missing; what happened since the last call.

        Raises IncompatiblePeer when a peer would not compute the same match, and what the step raises on a
        frame whose inputs are all confirmed. No datagram, however wrong, raises.
        """
        now = self._clock.now_ns()
        for data, address in self._transport.receive():
            self._received += 1
            self._take(data, address, now)
        if self._core is None:
            self._next_tick = now + TICK_NS
        if self.phase == "connecting":
            self._connect(now)
        elif self._core is not None:
            self._tend(self._core, now)
        events, self._events = self._events, []
        return events

    def due(self) -> int:
        """Frames to advance now: 0 while connecting, stalled or over, mostly 1 else."""
        core = self._core
        if core is None or self.phase not in ("playing", "stalled"):
            return 0
        now = self._clock.now_ns()
        count = self._pacer.due(now)
        if count == 0:
            return 0
        if not core.can_advance and core.pending:
            self._call(core, now)
        if self.phase == "stalled" or not core.can_advance:
            self._stall(core, now, count)
            return 0
        return count

    def advance(self, *inputs: Any) -> bool:
        """One frame with one input per local player. False when it could not start; then nothing happened.

        Raises UsageError for an input that is none, and what the step raises on a confirmed frame.
        """
        core = self._core
        if core is None:
            raise UsageError("advance() before Synchronized: call it due() times")
        if len(inputs) != 1:
            raise UsageError(f"advance() takes the input of the one local player, not {len(inputs)}")
        core.set_input(self.game.input_bytes(inputs[0]))
        if self.phase != "playing":
            return False
        now = self._clock.now_ns()
        flags = self._call(core, now, new_frame=True)
        if not flags & ADVANCED:
            self._stall(core, now, 1)
            return False
        self._synchronize(core, now)
        return True

    def close(self) -> None:
        """Say goodbye, finish the replay, close the transport. May be called twice."""
        if self.phase == "closed":
            return
        reason = control.DESYNCED if self.phase == "frozen" else control.LEFT
        self.phase = "closed"
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
        gone, this is about the frames for which its inputs came in.
        """
        core = self._core
        if core is None:
            return False
        last = min([core.frame, *(core.got(p) for p in self._remotes if p not in self._here)])
        return core.confirmed >= last and all(core.acked_by(p) >= last and core.started_by(p) >= last for p in self._here)

    @property
    def fraction(self) -> float:
        """How much of the newest frame's time has passed, 0 to 1; 1 while no frame starts. For drawing between two frames."""
        return self._pacer.permille(self._clock.now_ns()) / 1000 if self.phase == "playing" else 1.0

    @property
    def address(self) -> Any:
        """Where the transport is bound, if it says so."""
        return getattr(self._transport, "address", None)

    @property
    def recording_error(self) -> OSError | None:
        """Why the replay stopped being written, if it did."""
        return self._recording.error if self._recording is not None else None

    def checksum(self, frame: int) -> int:
        """XXH64 of the state before `frame`, for one of the last 128 confirmed frames."""
        check_kept(frame, self.confirmed)
        assert self._core is not None
        return self._core.checksum(frame)

    @property
    def stats(self) -> SessionStats:
        """The figures."""
        sent = {"packets_sent": self._sent, "bytes_sent": self._sent_bytes, "packets_received": self._received}
        core = self._core
        if core is None:
            return SessionStats(dropped=dict(self._dropped), silent_ms=(0,) * self.players, **sent)  # type: ignore[arg-type]
        c = core.stats
        dropped = dict(self._dropped) | {reason: n for reason, n in c.refused.items() if n}
        everyone, now = range(self.players), self._clock.now_ns()
        return SessionStats(
            frames=c.frames, confirmed=core.confirmed, rollbacks=c.rollbacks, deepest_rollback=c.deepest_rollback,
            resimulated_frames=c.resimulated_frames, predictions=c.predictions, mispredictions=c.mispredictions,
            stalls=self._stalls, dropped=dropped, **sent,
            rtt_ms=tuple(core.rtt_us(p) // 1000 for p in everyone),
            silent_ms=tuple(self._silence[p].length_ms(now) if p in self._silence else 0 for p in everyone),
            ahead_frames=tuple((core.lead(p) - core.their_lead(p)) / 128 for p in everyone))

    # ------------------------------------------------------------------ inside

    def _send(self, data: bytes, address: Any) -> None:
        self._sent += 1
        self._sent_bytes += len(data)
        self._transport.send(data, address)

    def _take(self, data: bytes, address: Any, now: int) -> None:
        """One datagram: size, type, sender; the rest is the business of whoever takes it."""
        player = self._meeting.player_at(address)
        if not 0 < len(data) <= input_packet.MAX_DATAGRAM:
            self._dropped["size"] += 1
        elif data[0] in control.KINDS:
            left = self._meeting.take(data, address, now)
            if left is not None:
                self._lose(*left, now)
        elif player is None:
            self._dropped["foreign"] += 1
        elif data[0] in input_packet.KINDS:
            self._take_input(player, data, now)
        else:
            self._dropped["kind"] += 1

    def _take_input(self, player: int, data: bytes, now: int) -> None:
        core = self._core
        if core is None:
            self._meeting.take_early(player)
        elif player in self._here:
            if not core.receive(player, data):
                self._call(core, now)
                core.receive(player, data)
        else:
            self._dropped["late"] += 1

    def _connect(self, now: int) -> None:
        try:
            complete = self._meeting.tend(now)
        except IncompatiblePeer:
            self.phase = "over"
            raise
        if complete:
            self._start(now)
        elif (gave_up := self._meeting.gave_up(now)) is not None:
            self._lose(*gave_up, now)

    def _start(self, now: int) -> None:
        records = self._meeting.start()
        nonces, delays = [r.nonce for r in records], [r.delay for r in records]
        seed = match_seed(nonces)
        core = Core(self.game, player=self.player, players=self.players, delays=delays,
                    window=self.window, seed=seed, way=self._way)
        if self.recorded_to is not None:
            self._recording = Recording(core, start_replay(
                self.recorded_to, self.game, self._metadata, nonces=nonces, delays=delays, player=self.player, seed=seed,
                window=self.window))
        self._core = core
        self._silence = {p: Silence(p, now, self.timeout_ms) for p in self._remotes}
        self._pacer.start(now)
        self._sync = TimeSync(self._remotes, now)
        self.phase = "playing"
        self._events.append(Synchronized(self.players, seed))

    def _tend(self, core: Core, now: int) -> None:
        """What goes on beside the frames: silence, stalls, the last frames of a match."""
        if self.phase == "closed":
            return
        if now >= self._next_tick or (core.pending and self.phase != "playing"):
            self._call(core, now)
        if self.phase == "stalled" and core.room >= self._room_to_resume(core, now):
            assert self._stalled_since is not None and self._sync is not None
            self._events.append(Resumed(core.frame, (now - self._stalled_since) // 1_000_000))
            self._stalled_since = None
            self.phase = "playing"
            self._pacer.start(now)
            self._sync.settle(now)
        if not core.pending:
            self._listen(core, now)

    def _room_to_resume(self, core: Core, now: int) -> int:
        """Frames that must have room before a stall ends.

        After a long stall we are ahead of whoever was away, by all that the window allows, and would stall again at
        each late packet. So we let the other catch up first, until both are at one frame as far as the round trip tells,
        or until half of the window is free. (Whoever is last always sees the whole window free, so nobody waits for ever.)
        """
        assert self._stalled_since is not None
        if now - self._stalled_since < LONG_STALL_NS:
            return 1
        latency = max((core.rtt_us(p) * self.game.fps // 2_000_000 - core.delay(p) for p in self._here), default=0)
        return max(1, min(self.window - latency, 1 + self.window // 2))

    def _listen(self, core: Core, now: int) -> None:
        """Who is silent, and for how long."""
        for p in sorted(self._here):
            change = self._silence[p].update(core.heard_at_us(p) * 1000, now)
            if self._silence[p].lost(now):
                self._lose(p, f"silent for {self.timeout_ms} ms", now)
            elif change is not None and self.phase in ("playing", "stalled"):
                self._events.append(change)

    def _call(self, core: Core, now: int, *, new_frame: bool = False) -> int:
        """A call of the core, and what follows each: datagrams out, confirmed frames into the replay, desyncs noticed.

        When no frame starts for a while, whatever the reason, a timer keeps acks and resends going.
        """
        try:
            flags = core.advance(now // 1000) if new_frame else core.exchange(now // 1000)
        finally:
            # also when the step raised: the others need our last inputs to raise alike
            for p, data in core.outgoing():
                if p in self._here:
                    self._send(data, self._meeting.address(p))
        self._next_tick = now + max(TICK_NS, 2 * self._pacer.period_ns)
        if self._recording is not None:
            self._recording.update()
        if core.desync is not None and self.phase in ("playing", "stalled"):
            self.phase = "frozen"
            self._events.append(DesyncDetected(*core.desync))
        return flags

    def _stall(self, core: Core, now: int, frames: int) -> None:
        self._stalls += frames
        if self.phase == "playing":
            self.phase = "stalled"
            self._stalled_since = now
            known = {p: core.got(p) for p in self._remotes}
            waiting = tuple(p for p, got in known.items() if got == min(known.values()))
            self._events.append(Stalled(core.frame, waiting))

    def _synchronize(self, core: Core, now: int) -> None:
        assert self._sync is not None
        for p in self._remotes:
            self._sync.sample(p, core.lead(p), core.their_lead(p))
        skip = self._sync.decide(now)
        if skip:
            self._pacer.hold(skip)
        self._pacer.speed_ppm = self._sync.speed_ppm

    def _lose(self, player: int, reason: str, now: int) -> None:
        """A player is gone: no new frame starts."""
        if player not in self._here:
            return
        if self._core is not None and self._core.pending:
            self._call(self._core, now)  # the last inputs of whoever left still count
        self._here.remove(player)
        if self.phase != "frozen":
            self.phase = "over"
        self._events.append(Disconnected(player, reason))


def p2p(game: Game, *, player: int, peers: Mapping[int, Any], port: int = 0, transport: Transport | None = None,
        clock: Clock | None = None, delay: int = 1, window: int = 8, record: str | os.PathLike[str] | None = None,
        metadata: Mapping[str, Any] | None = None, nonce: bytes | None = None, way: Way = "compiled",
        timeout_ms: int = 10_000, connect_timeout_ms: int | None = 30_000) -> P2P:
    """Join a match as `player`; `peers` are the others by player, as "host:port" or (host, port).

    port       the local UDP port (0: any); or give a `transport` of your own, then addresses are what it takes
    delay      input delay in frames, 0 to 16; each peer chooses its own
    window     prediction window in frames, 0 (lockstep) to 32
    record     a path for the replay; it must not exist
    metadata   kept in the replay, JSON values
    nonce      16 bytes of this peer's part in the seed; random unless given (for reproducible matches)
    timeout_ms silence after which a player counts as gone
    connect_timeout_ms  how long to wait for the others at first; None: for ever

    Compiles what is needed (see `on_progress`). Raises UsageError for what cannot be.
    """
    if transport is None:
        peers = {p: resolve(address) for p, address in peers.items()}
    elif None in peers.values():
        raise UsageError(f"peers={dict(peers)}: every peer needs an address; to wait for one that is not known, use host")
    with owned(transport, lambda: UdpTransport(port)) as used:
        return P2P(game, player=player, peers=peers, transport=used, clock=clock, delay=delay,
                   window=window, record=record, metadata=metadata, nonce=nonce, way=way,
                   timeout_ms=timeout_ms, connect_timeout_ms=connect_timeout_ms)
