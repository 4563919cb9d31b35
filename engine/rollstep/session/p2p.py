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
from types import TracebackType
from typing import Any

from ..checks import in_range
from ..compile import Way, check_way
from ..errors import UsageError
from ..game import Game
from ..io.clock import SystemClock
from ..io.entropy import nonce as fresh_nonce
from ..io.udp import UdpTransport, resolve
from ..net.events import DesyncDetected, Disconnected, Event, Resumed, Stalled, Synchronized
from ..net.handshake import Handshake
from ..net.pacing import Pacer
from ..net.time_sync import TimeSync
from ..replay import check as check_replay
from ..rollback import ADVANCED, Core, prepare
from ..rollback.arena import MAX_WINDOW
from ..version import VERSION
from ..wire import control, input_packet
from .recording import Recording, replay_header
from .stats import SessionStats
from .transport import Clock, Transport

#: How often a session looks after its peers when no frame starts.
TICK_NS = 30_000_000
#: Farewells sent, as some may be lost.
FAREWELLS = 5


class P2P:
    """See the module's text, and `p2p` for the arguments."""

    def __init__(self, game: Game, *, player: int, peers: Mapping[int, Any], transport: Transport, clock: Clock,
                 delay: int, window: int, record: str | os.PathLike[str] | None, metadata: Mapping[str, Any] | None,
                 nonce: bytes, way: Way, timeout_ms: int, connect_timeout_ms: int) -> None:
        players = game.check_players(len(peers) + 1)
        in_range("player", player, 0, players - 1)
        in_range("delay", delay, 0, input_packet.MAX_DELAY)
        in_range("window", window, 0, MAX_WINDOW)
        in_range("timeout_ms", timeout_ms, 100, 3_600_000)
        in_range("connect_timeout_ms", connect_timeout_ms, 100, 3_600_000)
        if sorted([*peers, player]) != list(range(players)):
            raise UsageError(f"peers={sorted(peers)}, player={player}: together they must be 0 to {players - 1}, each once")
        if len(set(peers.values())) != len(peers):
            raise UsageError("two peers have the same address")
        self.game, self.player, self.players = game, player, players
        self._transport, self._clock = transport, clock
        self._addresses = dict(sorted(peers.items()))
        self._player_at = {address: p for p, address in self._addresses.items()}
        self._here = set(self._addresses)  # players that are not gone
        self._record_to, self._metadata, self._window, self._way = record, metadata, window, check_way(way)
        self._timeout_ns, self._connect_timeout_ns = timeout_ms * 1_000_000, connect_timeout_ms * 1_000_000
        if record is not None:
            check_replay(record, game.content_bytes, metadata)
        digests = game.digests
        self._record = control.Record(nonce, player, players, game.fps, delay, window, digests.layout, digests.content,
                                      digests.rules, game.name)
        prepare(game, self._way)
        self._handshake = Handshake(self._record)
        self._pacer = Pacer(game.fps)
        self._core: Core | None = None
        self._sync: TimeSync | None = None
        self._recording: Recording | None = None
        self._events: list[Event] = []
        self._dropped: Counter[str] = Counter()
        self._sent = self._sent_bytes = self._received = self._stalls = 0
        self._heard = dict.fromkeys(self._addresses, 0)
        self._started_ns = clock.now_ns()
        self._stalled_since: int | None = None
        self._next_tick = 0
        self.phase = "connecting"
        self._blank = game.state.view(game.runner("interpreted", players=players, seed=0).start(), readonly=True)

    # ------------------------------------------------------------------ the five verbs

    def wait(self) -> None:
        """Sleep until a frame is due, a timer runs out or a datagram is in."""
        now = self._clock.now_ns()
        until = self._next_tick
        if self.phase == "playing" and now < self._pacer.next_ns + 2 * self._pacer.period_ns:
            until = min(until, self._pacer.next_ns)  # else nobody asks for frames any more
        if until > now and self.phase != "closed":
            self._transport.wait(self._clock.seconds(until - now))

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
        for p in self._addresses:
            for _ in range(FAREWELLS):
                self._send(p, control.pack_bye(self._record, p, reason))
        if self._recording is not None:
            stats = self.stats
            self._recording.close({"rollbacks": stats.rollbacks, "deepest_rollback": stats.deepest_rollback,
                                   "resimulated_frames": stats.resimulated_frames, "stalls": stats.stalls,
                                   "mispredictions": stats.mispredictions, "packets_sent": stats.packets_sent,
                                   "bytes_sent": stats.bytes_sent})
        self._transport.close()

    def __enter__(self) -> P2P:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

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
        last = min([core.frame, *(core.got(p) for p in self._addresses if p not in self._here)])
        return core.confirmed >= last and all(core.acked_by(p) >= last and core.started_by(p) >= last for p in self._here)

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
        if self._core is None or not max(0, self.confirmed - input_packet.SUMS) < frame <= self.confirmed:
            raise UsageError(f"checksum({frame}): only the last {input_packet.SUMS} confirmed frames are kept "
                             f"(confirmed: {self.confirmed})")
        return self._core.checksum(frame)

    @property
    def stats(self) -> SessionStats:
        """The figures."""
        sent = {"packets_sent": self._sent, "bytes_sent": self._sent_bytes, "packets_received": self._received}
        core = self._core
        if core is None:
            return SessionStats(dropped=dict(self._dropped), **sent)  # type: ignore[arg-type]
        c = core.stats
        dropped = dict(self._dropped) | {reason: n for reason, n in c.refused.items() if n}
        everyone = range(self.players)
        return SessionStats(
            frames=c.frames, confirmed=core.confirmed, rollbacks=c.rollbacks, deepest_rollback=c.deepest_rollback,
            resimulated_frames=c.resimulated_frames, predictions=c.predictions, mispredictions=c.mispredictions,
            stalls=self._stalls, dropped=dropped, **sent,
            rtt_ms=tuple(core.rtt_us(p) // 1000 for p in everyone),
            ahead_frames=tuple((core.lead(p) - core.their_lead(p)) / 128 for p in everyone))

    # ------------------------------------------------------------------ inside

    def _send(self, player: int, data: bytes) -> None:
        self._sent += 1
        self._sent_bytes += len(data)
        self._transport.send(data, self._addresses[player])

    def _take(self, data: bytes, address: Any, now: int) -> None:
        """One datagram: size, type, sender; the rest is the business of whoever takes it."""
        player = self._player_at.get(address)
        if player is None:
            self._dropped["foreign"] += 1
        elif not 0 < len(data) <= input_packet.MAX_DATAGRAM:
            self._dropped["size"] += 1
        elif data[0] in input_packet.KINDS:
            self._take_input(player, data, now)
        elif data[0] in control.KINDS:
            self._take_control(player, data, now)
        else:
            self._dropped["kind"] += 1

    def _take_input(self, player: int, data: bytes, now: int) -> None:
        core = self._core
        if core is None:
            self._handshake.heard_input(player)
            self._dropped["early"] += 1
        elif player in self._here:
            if not core.receive(player, data):
                self._call(core, now)
                core.receive(player, data)
        else:
            self._dropped["late"] += 1

    def _take_control(self, player: int, data: bytes, now: int) -> None:
        message = control.parse(data)
        if isinstance(message, control.Hello):
            answer = self._handshake.receive(player, message, now // 1000)
            if answer is not None:
                self._send(player, answer)
        elif message is not None and message.receiver == self.player and message.sender == player \
                and message.nonce == self._handshake.nonce(player):
            self._lose(player, control.REASONS.get(message.reason, "left"), now)
        else:
            self._dropped["control"] += 1

    def _connect(self, now: int) -> None:
        for p, data in self._handshake.packets(now // 1000):
            self._send(p, data)
        refusal = self._handshake.refusal(now // 1000)
        if refusal is not None:
            self.phase = "over"
            raise refusal
        if self._handshake.complete:
            self._start(now)
        elif now - self._started_ns > self._connect_timeout_ns:
            missing = self._handshake.missing or tuple(self._addresses)
            self._lose(missing[0], f"no answer within {self._connect_timeout_ns // 10**9} s", now)

    def _start(self, now: int) -> None:
        records, seed = self._handshake.records, self._handshake.seed
        core = Core(self.game, player=self.player, players=self.players, delays=[r.delay for r in records],
                    window=self._window, seed=seed, way=self._way)
        if self._record_to is not None:
            header = replay_header(self.game, records, player=self.player, seed=seed, window=self._window,
                                   engine=f"rollstep {VERSION}")
            self._recording = Recording(core, self._record_to, header, self._metadata)
        self._core = core
        self._heard = dict.fromkeys(self._addresses, now)
        self._pacer.start(now)
        self._sync = TimeSync(list(self._addresses), now)
        self.phase = "playing"
        self._events.append(Synchronized(self.players, seed))

    def _tend(self, core: Core, now: int) -> None:
        """What goes on beside the frames: silence, stalls, the last frames of a match."""
        if self.phase == "closed":
            return
        if now >= self._next_tick or (core.pending and self.phase != "playing"):
            self._call(core, now)
        if self.phase == "stalled" and core.can_advance:
            assert self._stalled_since is not None and self._sync is not None
            self._events.append(Resumed(core.frame, (now - self._stalled_since) // 1_000_000))
            self._stalled_since = None
            self.phase = "playing"
            self._pacer.start(now)
            self._sync.settle(now)
        for p in sorted(self._here):
            heard = max(self._heard[p], core.heard_at_us(p) * 1000)
            if now - heard > self._timeout_ns and not core.pending:
                self._lose(p, f"silent for {self._timeout_ns // 10**6} ms", now)

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
                    self._send(p, data)
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
            known = {p: core.got(p) for p in self._addresses}
            waiting = tuple(p for p, got in known.items() if got == min(known.values()))
            self._events.append(Stalled(core.frame, waiting))

    def _synchronize(self, core: Core, now: int) -> None:
        assert self._sync is not None
        for p in self._addresses:
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
        timeout_ms: int = 10_000, connect_timeout_ms: int = 30_000) -> P2P:
    """Join a match as `player`; `peers` are the others by player, as "host:port" or (host, port).

    port       the local UDP port (0: any); or give a `transport` of your own, then addresses are what it takes
    delay      input delay in frames, 0 to 16; each peer chooses its own
    window     prediction window in frames, 0 (lockstep) to 32
    record     a path for the replay; it must not exist
    metadata   kept in the replay, JSON values
    nonce      16 bytes of this peer's part in the seed; random unless given (for reproducible matches)
    timeout_ms silence after which a player counts as gone

    Compiles what is needed (see `on_progress`). Raises UsageError for what cannot be.
    """
    if nonce is None:
        nonce = fresh_nonce()
    if len(nonce) != control.NONCE_BYTES:
        raise UsageError(f"nonce has {len(nonce)} bytes; it takes {control.NONCE_BYTES}")
    if transport is None:
        peers = {p: resolve(address) for p, address in peers.items()}
    own = transport if transport is not None else UdpTransport(port)
    try:
        return P2P(game, player=player, peers=peers, transport=own, clock=clock or SystemClock(), delay=delay,
                   window=window, record=record, metadata=metadata, nonce=nonce, way=way, timeout_ms=timeout_ms,
                   connect_timeout_ms=connect_timeout_ms)
    except BaseException:
        if transport is None:
            own.close()
        raise
