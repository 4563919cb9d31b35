"""The processes of `rollstep match`, one per player, and the network between them: started, listened to, ended."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from rollstep.testing import Impairment

from .clock import ScaledClock
from .proxy import Proxy

#: How long the network sleeps at most, when nothing is under way.
LONGEST_WAIT_S = 0.2
#: For a process that has closed its stdout to end by itself, with an exit code of its own.
TEARDOWN_S = 5.0


@dataclass
class Peer:
    """One child process: what it has said so far, how many of its datagrams the network lost, and whether it was stopped
    because the match could not begin."""

    player: int
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    buffer: bytes = b""
    result: dict[str, Any] | None = None
    started: bool = False
    frame: int = 0
    no_window: str | None = None
    lost: int = 0
    stopped: bool = False

    def last_words(self) -> str:
        """The last line that it wrote to stderr."""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no message"


def play(configs: Sequence[Mapping[str, Any]], *, impairment: Impairment, seed: int, speed: int,
         heard: Callable[[Peer], None] = lambda peer: None) -> list[Peer]:
    """Run one process per config (see peer.py; `peers` is added here) until all have ended.

    `heard` is called with a peer whenever it has said something.
    """
    clock = ScaledClock(speed)
    players = range(len(configs))
    peers: list[Peer] = []
    running = len(configs)
    with selectors.DefaultSelector() as selector:
        proxy = Proxy(len(configs), impairment, seed, selector)
        try:
            for player, config in enumerate(configs):
                peer = _start(player, {**config, "peers": {q: proxy.address(player, q) for q in players if q != player}})
                peers.append(peer)
                assert peer.process.stdout is not None
                selector.register(peer.process.stdout, selectors.EVENT_READ, peer)
            while running:
                now = clock.now_ns() // 1000
                proxy.deliver(now)
                upcoming = proxy.next_us()
                timeout = LONGEST_WAIT_S if upcoming is None else clock.seconds((upcoming - now) * 1000)
                for key, _ in selector.select(min(LONGEST_WAIT_S, max(0.0, timeout))):
                    if not isinstance(key.data, Peer):
                        proxy.take(key.data, clock.now_ns() // 1000)
                    elif _listen(key.data, proxy):
                        heard(key.data)
                    else:
                        selector.unregister(key.fileobj)
                        running -= 1
                        if not key.data.started and not key.data.stopped:
                            _stop([peer for peer in peers if peer is not key.data])
        finally:
            for peer in peers:
                _end(peer, patience_s=0 if running else TEARDOWN_S)
                peer.lost = proxy.lost(peer.player)
            proxy.close()
    return peers


def _start(player: int, config: Mapping[str, Any]) -> Peer:
    errors = tempfile.TemporaryFile()
    process = subprocess.Popen([sys.executable, "-m", "rollstep_tools.peer", json.dumps(config)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
    return Peer(player, process, errors)


def _stop(peers: Sequence[Peer]) -> None:
    """One has ended before the match began: the others would wait for it until their time is over."""
    for peer in peers:
        if peer.result is None and not peer.started and peer.process.poll() is None:
            peer.stopped = True
            peer.process.kill()


def _end(peer: Peer, patience_s: float) -> None:
    """Wait for a process; one that has no result is killed when the patience is over."""
    try:
        peer.process.wait(patience_s)
    except subprocess.TimeoutExpired:
        if peer.result is None:
            peer.process.kill()
        peer.process.wait()


def _listen(peer: Peer, proxy: Proxy) -> bool:
    """Take in what a peer says; False at its end."""
    assert peer.process.stdout is not None
    data = peer.process.stdout.read1(65536)  # type: ignore[attr-defined]
    *lines, peer.buffer = (peer.buffer + data).split(b"\n")
    for line in lines:
        said = json.loads(line)
        if "port" in said:
            proxy.attach(peer.player, said["port"])
        peer.frame = said.get("frame", peer.frame)
        peer.started = said.get("started", peer.started)
        peer.no_window = said.get("no_window", peer.no_window)
        if "result" in said:
            peer.result = said["result"]
            peer.frame = said["result"]["frames"]
    return bool(data)
