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


@dataclass
class Peer:
    """One child process: what it has said so far, and how many of its datagrams the network lost."""

    player: int
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    buffer: bytes = b""
    result: dict[str, Any] | None = None
    frame: int = 0
    lost: int = 0

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
    with selectors.DefaultSelector() as selector:
        proxy = Proxy(len(configs), impairment, seed, selector)
        try:
            for player, config in enumerate(configs):
                peer = _start(player, {**config, "peers": {q: proxy.address(player, q) for q in players if q != player}})
                peers.append(peer)
                assert peer.process.stdout is not None
                selector.register(peer.process.stdout, selectors.EVENT_READ, peer)
            running = len(peers)
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
        finally:
            for peer in peers:
                if peer.process.poll() is None and peer.result is None:
                    peer.process.kill()
                peer.process.wait()
                peer.lost = proxy.lost(peer.player)
            proxy.close()
    return peers


def _start(player: int, config: Mapping[str, Any]) -> Peer:
    errors = tempfile.TemporaryFile()
    process = subprocess.Popen([sys.executable, "-m", "rollstep_tools.peer", json.dumps(config)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
    return Peer(player, process, errors)


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
        if "result" in said:
            peer.result = said["result"]
            peer.frame = said["result"]["frames"]
    return bool(data)
