"""Whole sessions by their public names: what a frame costs in Python, what it leaves in memory, what it sends."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rollstep import P2P, Game, InternalError, p2p
from rollstep.io.udp import UdpTransport
from rollstep.testing import Impairment, Network
from rollstep.wire import input_packet

from .inputs import people

FRAME_NS = 16_666_667
LOOPBACK = "127.0.0.1"
Turn = Callable[[], None]


class Line:
    """A transport in memory: what is sent arrives `latency` frames later, in order."""

    def __init__(self, name: int, lines: dict[int, Line], latency: int) -> None:
        self.name, self._lines, self._latency = name, lines, latency
        self._waiting: deque[list[tuple[bytes, int]]] = deque([[] for _ in range(latency + 1)])

    def send(self, data: bytes, address: Any) -> None:
        self._lines[address]._waiting[-1].append((data, self.name))

    def receive(self) -> list[tuple[bytes, int]]:
        return self._waiting[0]

    def pass_frame(self) -> None:
        self._waiting.popleft()
        self._waiting.append([])

    def wait(self, seconds: float) -> None:
        """Nobody waits here."""

    def close(self) -> None:
        """Nothing is open."""


class FrameClock:
    """A clock that stands still until the next frame."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    def seconds(self, duration_ns: int) -> float:
        return 0.0


class Table:
    """Sessions of one match around one clock: `frame()` is one frame of each, as a game would do it."""

    def __init__(self, game: Game, transports: list[Any], addresses: list[Any], pass_frame: Turn,
                 sealed: bool) -> None:
        self.clock, self._pass_frame = FrameClock(), pass_frame
        count = range(len(transports))
        self.peers: list[P2P] = [
            p2p(game, player=i, peers={j: addresses[j] for j in count if j != i}, transport=transports[i], clock=self.clock,
                delay=0, window=10, nonce=bytes([i + 1]) * 16, sealed=sealed) for i in count]
        self._inputs = [[bot.input(f) for f in range(4096)] for bot in (people(game, i, 1) for i in count)]
        for _ in range(10_000):
            self.frame()
            if all(peer.confirmed > 30 for peer in self.peers):
                return
        raise InternalError(f"bench: the match did not start: {[peer.phase for peer in self.peers]}")

    def frame(self) -> None:
        for peer, inputs in zip(self.peers, self._inputs, strict=True):
            peer.poll()
            for _ in range(peer.due()):
                peer.advance(inputs[peer.frame & 4095])
        self.clock.ns += FRAME_NS
        self._pass_frame()

    def play(self, frames: int) -> None:
        for _ in range(frames):
            self.frame()

    def check(self) -> None:
        """All peers have the same states, or InternalError."""
        last = min(peer.confirmed for peer in self.peers)
        if len({peer.checksum(last) for peer in self.peers}) != 1:
            raise InternalError("bench: the sessions of a match have other states: nothing is printed")

    def turn(self, frames: int) -> float:
        """Nanoseconds of processor time per peer and frame."""
        before, start = sum(peer.frame for peer in self.peers), time.thread_time_ns()
        self.play(frames)
        return (time.thread_time_ns() - start) / (sum(peer.frame for peer in self.peers) - before)


def in_turns(tables: Sequence[Table], repeats: int, frames: int) -> list[float]:
    """What each table takes per peer and frame: the median of `repeats` turns, in which all play one after the other."""
    took = [[table.turn(frames) for table in tables] for _ in range(repeats)]
    for table in tables:
        table.check()
    return [statistics.median(times) for times in zip(*took, strict=True)]


def in_memory(game: Game, players: int, latency: int = 4, *, sealed: bool = False) -> Table:
    """A match over transports in memory; in the open unless told otherwise."""
    lines: dict[int, Line] = {}
    for i in range(players):
        lines[i] = Line(i, lines, latency)

    def pass_frame() -> None:
        for line in lines.values():
            line.pass_frame()
    return Table(game, list(lines.values()), list(range(players)), pass_frame, sealed)


@contextmanager
def over_udp(game: Game, players: int, *, sealed: bool = False) -> Iterator[Table]:
    """A match over real sockets of this machine; in the open unless told otherwise."""
    sockets = [UdpTransport(0, LOOPBACK) for _ in range(players)]
    try:
        yield Table(game, sockets, [socket.address for socket in sockets], lambda: None, sealed)
    finally:
        for socket in sockets:
            socket.close()


# ---------------------------------------------------------------------------- memory

def python_growth(table: Table, frames: int) -> int:
    """Bytes that Python holds more after `frames` frames than before, by tracemalloc. The table is warm."""
    gc.collect()
    tracemalloc.start()
    try:
        table.play(frames)          # what is kept of each frame, such as the newest datagrams, is replaced, not added
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        table.play(frames)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def compiled_allocations(run: Turn) -> int:
    """Allocations that compiled code makes in `run`, as numba's runtime counts them."""
    from numba.core.runtime import _nrt_python, rtsys

    was = _nrt_python.memsys_stats_enabled()
    _nrt_python.memsys_enable_stats()
    try:
        before = rtsys.get_allocation_stats().alloc
        run()
        return int(rtsys.get_allocation_stats().alloc - before)
    finally:
        if not was:
            _nrt_python.memsys_disable_stats()


# ---------------------------------------------------------------------------- the wire

class _Counting:
    """A transport that notes the sizes of the input packets that go out."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.address = inner, inner.address
        self.receive, self.wait, self.close = inner.receive, inner.wait, inner.close
        self.sizes: list[int] = []

    def send(self, data: bytes, address: Any) -> None:
        if data[0] in input_packet.KINDS:
            self.sizes.append(len(data))
        self._inner.send(data, address)


def payloads(game: Game, *, loss_percent: int, frames: int, rtt_ms: int = 100) -> tuple[float, int, float]:
    """(mean, 99th percentile, datagrams per frame and peer) of two sessions' input packets, in virtual time."""
    network = Network(seed=loss_percent, impairment=Impairment.parse(f"rtt={rtt_ms}ms,loss={loss_percent}%"))
    counting = [_Counting(network.endpoint(p)) for p in range(2)]
    peers = network.join(game, players=2, transport=counting, window=10, sealed=False)
    bots = [people(game, p, 1) for p in range(2)]
    network.play(peers, frames=60, bots=bots)
    for transport in counting:
        transport.sizes.clear()
    began = sum(peer.frame for peer in peers)
    network.play(peers, frames=60 + frames, bots=bots)
    sizes = sorted(size for transport in counting for size in transport.sizes)
    return sum(sizes) / len(sizes), sizes[len(sizes) * 99 // 100], len(sizes) / (sum(peer.frame for peer in peers) - began)
