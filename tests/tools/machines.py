"""Two machines in one: network namespaces with a cable between them, for tests of real processes over a real network stack.

Everything is inside the namespaces that a test makes here, and goes with them.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
#: Prefixes of the two machines' addresses; the machine's number follows.
FOUR, SIX = "10.77.0.", "fd77::"
PORT = 7000
#: After this a test has failed: a bound for what hangs, not a time that anything is expected to take.
AT_MOST_S = 200.0


def ip(*arguments: str) -> str:
    """`ip ...`; raises CalledProcessError."""
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, timeout=60).stdout


@functools.cache
def why_not() -> str | None:
    """Why this machine has no network namespaces for us; None when it has."""
    if shutil.which("ip") is None:
        return "there is no ip command (iproute2)"
    name = f"rollstep-{os.getpid()}-try"
    try:
        ip("netns", "add", name)
        try:
            ip("-n", name, "link", "add", "name", "try1", "type", "veth", "peer", "name", "try2")
        finally:
            ip("netns", "del", name)
    except (subprocess.SubprocessError, OSError) as error:
        return f"network namespaces cannot be made here ({getattr(error, 'stderr', '') or error})"
    return None


@dataclass
class Machine:
    """One namespace: machine 1 or 2, with one interface, `cable`."""

    number: int
    name: str

    def ip(self, *arguments: str) -> str:
        return ip("-n", self.name, *arguments)

    def run(self, *command: str) -> str:
        return subprocess.run(["ip", "netns", "exec", self.name, *command], check=True, capture_output=True, text=True,
                              timeout=60).stdout

    @property
    def four(self) -> str:
        return f"{FOUR}{self.number}"

    @property
    def six(self) -> str:
        return f"{SIX}{self.number}"

    @property
    def link_local(self) -> str:
        """With the interface by which the other machine reaches it, which has the same name there."""
        shown = json.loads(self.ip("-j", "addr", "show", "dev", "cable"))
        return next(a["local"] for a in shown[0]["addr_info"] if a["local"].startswith("fe80:")) + "%cable"

    def address(self) -> None:
        """Give the interface its addresses (an IPv6 one is lost when it goes down)."""
        self.ip("addr", "replace", f"{self.four}/24", "dev", "cable")
        with contextlib.suppress(subprocess.CalledProcessError):
            self.ip("addr", "replace", f"{self.six}/64", "dev", "cable", "nodad")

    def up(self) -> None:
        self.ip("link", "set", "cable", "up")
        self.address()

    def down(self) -> None:
        self.ip("link", "set", "cable", "down")


@contextlib.contextmanager
def two_machines(*, ipv6: bool = True, mtu: int = 1500) -> Iterator[tuple[Machine, Machine]]:
    """Two namespaces with a cable, up and addressed."""
    both = Machine(1, f"rollstep-{os.getpid()}-1"), Machine(2, f"rollstep-{os.getpid()}-2")
    made: list[Machine] = []
    try:
        for machine in both:
            ip("netns", "add", machine.name)
            made.append(machine)
            for what in ("all", "default"):
                machine.run("sh", "-c", f"echo {int(not ipv6)} > /proc/sys/net/ipv6/conf/{what}/disable_ipv6; "
                                        f"echo 0 > /proc/sys/net/ipv6/conf/{what}/accept_dad")
        ip("-n", both[0].name, "link", "add", "name", "cable", "type", "veth", "peer", "name", "cable", "netns", both[1].name)
        for machine in both:
            machine.ip("link", "set", "cable", "mtu", str(mtu))
            machine.ip("link", "set", "lo", "up")
            machine.up()
        yield both
    finally:
        for machine in made:
            ip("netns", "del", machine.name)


@dataclass
class Process:
    """A peer of `rollstep match` on one of the machines, and what it has said so far."""

    player: int
    popen: subprocess.Popen[bytes]
    events: list[str] = field(default_factory=list)
    frame: int = 0
    result: dict[str, Any] | None = None
    buffer: bytes = b""

    def has(self, *kinds: str) -> bool:
        """Whether each of these events has come."""
        return all(any(event.startswith(f"{kind}(") for event in self.events) for kind in kinds)


def start(machine: Machine, player: int, other: str, folder: Path, *, frames: int = 600, speed: int = 4,
          timeout_ms: int = 10_000, connect_timeout_ms: int = 60_000) -> Process:
    """One process on a machine, at port PORT; its other player is at `other`. Timeouts are of real time."""
    config = {"game": "tests.games.box:game", "app_dir": str(ROOT), "frames": frames, "seed": 3, "delay": 2, "window": 8,
              "commit": False, "view": "no", "speed": speed, "timeout_ms": timeout_ms * speed, "player": player, "port": PORT,
              "connect_timeout_ms": connect_timeout_ms * speed, "replay": str(folder / f"{player}.rsr"),
              "peers": {1 - player: [other, PORT]}}
    command = ["ip", "netns", "exec", machine.name, sys.executable, "-m", "rollstep_tools.peer", json.dumps(config)]
    return Process(player, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT))


def listen(processes: list[Process], heard: Callable[[Process], None] = lambda process: None) -> None:
    """Until all have ended. `heard` is called with a process whenever it has said something. Whatever happens, none is left."""
    end = time.monotonic() + AT_MOST_S
    try:
        with selectors.DefaultSelector() as selector:
            for process in processes:
                assert process.popen.stdout is not None
                selector.register(process.popen.stdout, selectors.EVENT_READ, process)
            while selector.get_map():
                ready = selector.select(max(0.0, end - time.monotonic()))
                assert ready, [(process.player, process.frame, process.events) for process in processes]
                for key, _ in ready:
                    if not _read(key.data):
                        selector.unregister(key.fileobj)
                    heard(key.data)
    finally:
        for process in processes:
            if process.popen.poll() is None and process.result is None:
                process.popen.kill()
            process.popen.wait(60)
            assert process.popen.stdout is not None
            process.popen.stdout.close()


def _read(process: Process) -> bool:
    assert process.popen.stdout is not None
    data = process.popen.stdout.read1(65536)  # type: ignore[attr-defined]
    *lines, process.buffer = (process.buffer + data).split(b"\n")
    for said in map(json.loads, lines):
        if "event" in said:
            process.events.append(said["event"])
        process.frame = said.get("frame", process.frame)
        process.result = said.get("result", process.result)
    return bool(data)
