"""`rollstep match`: processes, UDP, a bad network, replays, and the proof that the peers computed the same match."""

from __future__ import annotations

import argparse
import json
import selectors
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rich.console import Console

from rollstep import Game, RollstepError, UsageError, read_replay
from rollstep.checks import in_range
from rollstep.replay import Report
from rollstep.replay import verify as verify_replays
from rollstep.testing import Impairment

from . import show
from .cli import INTERNAL, write_json
from .clock import ScaledClock
from .load import load_game
from .proxy import Proxy

#: How much faster time runs with --fast, by the number of players that share this machine.
FAST = {2: 16, 3: 8, 4: 6}
FAST_MANY = 3
MAX_FRAMES = 1_000_000
TIMEOUT_MS = 10_000
#: Eight processes on a small machine take their time to start.
CONNECT_TIMEOUT_MS = 60_000


@dataclass
class Peer:
    """One child process."""

    player: int
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    buffer: bytes = b""
    result: dict[str, Any] | None = None
    frame: int = 0


@dataclass
class Plan:
    """What was asked for, checked."""

    game: Game
    name: str
    players: int
    speed: int
    folder: Path
    impairment: Impairment
    given: argparse.Namespace
    replays: list[Path] = field(default_factory=list)


def run(given: argparse.Namespace) -> int:
    """The whole command; the exit code."""
    notes = show.notes()
    plan = _plan(given)
    with show.compiling(notes):
        plan.game.runner("compiled", players=plan.players, seed=0)
        _prepare(plan.game)
    started = time.monotonic()
    peers, lost = _play(plan, notes)
    seconds = time.monotonic() - started
    report = _prove(plan, peers, notes)
    return _tell(plan, peers, lost, report, seconds)


def _prepare(game: Game) -> None:
    from rollstep.rollback import prepare
    prepare(game, "compiled")


def _plan(given: argparse.Namespace) -> Plan:
    """Check everything before anything starts."""
    game, name = load_game(given.game, given.app_dir)
    players = game.check_players(given.players if given.players is not None else max(2, game.min_players))
    in_range("--players", players, 2, 8)
    in_range("--frames", given.frames, 1, MAX_FRAMES)
    in_range("--delay", given.delay, 0, 16)
    in_range("--window", given.window, 0, 32)
    impairment = Impairment.parse(given.net)
    if given.record:
        folder = Path(given.record)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--record {folder} cannot be made ({error.strerror})") from None
    else:
        folder = Path(tempfile.mkdtemp(prefix="rollstep-match-"))
    plan = Plan(game, name, players, FAST.get(players, FAST_MANY) if given.fast else 1, folder, impairment, given)
    plan.replays = [folder / f"{_file_name(game.name)}-{given.seed}-player{p}.rsr" for p in range(players)]
    for path in plan.replays:
        if path.exists():
            raise UsageError(f"{path} exists; a replay never overwrites one: give another --record or --seed")
    return plan


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)


# ---------------------------------------------------------------------------- playing

def _start(plan: Plan, player: int, proxy: Proxy) -> Peer:
    config = {"game": plan.name, "app_dir": str(Path(plan.given.app_dir).resolve()), "player": player,
              "frames": plan.given.frames, "seed": plan.given.seed, "delay": plan.given.delay,
              "window": plan.given.window, "speed": plan.speed, "timeout_ms": TIMEOUT_MS * plan.speed,
              "connect_timeout_ms": CONNECT_TIMEOUT_MS * plan.speed,
              "replay": str(plan.replays[player]),
              "peers": {other: proxy.address(player, other) for other in range(plan.players) if other != player}}
    errors = tempfile.TemporaryFile()
    process = subprocess.Popen([sys.executable, "-m", "rollstep_tools.peer", json.dumps(config)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
    return Peer(player, process, errors)


def _play(plan: Plan, notes: Console) -> tuple[list[Peer], list[int]]:
    """Run the processes and the network between them until all have ended."""
    clock = ScaledClock(plan.speed)
    peers: list[Peer] = []
    with selectors.DefaultSelector() as selector, show.progress(notes) as bars:
        proxy = Proxy(plan.players, plan.impairment, plan.given.seed, selector)
        task = bars.add_task("playing", total=plan.given.frames)
        try:
            for player in range(plan.players):
                peer = _start(plan, player, proxy)
                peers.append(peer)
                assert peer.process.stdout is not None
                selector.register(peer.process.stdout, selectors.EVENT_READ, peer)
            open_ = len(peers)
            while open_:
                now = clock.now_ns() // 1000
                proxy.deliver(now)
                upcoming = proxy.next_us()
                timeout = 0.2 if upcoming is None else min(0.2, max(0.0, clock.seconds((upcoming - now) * 1000)))
                for key, _ in selector.select(timeout):
                    if not isinstance(key.data, Peer):
                        proxy.take(key.data, clock.now_ns() // 1000)
                    elif not _listen(key.data, proxy):
                        selector.unregister(key.fileobj)
                        open_ -= 1
                bars.update(task, completed=min(peer.frame for peer in peers))
        finally:
            for peer in peers:
                if peer.process.poll() is None and peer.result is None:
                    peer.process.kill()
                peer.process.wait()
            proxy.close()
    return peers, [proxy.lost(player) for player in range(plan.players)]


def _listen(peer: Peer, proxy: Proxy) -> bool:
    """Take in what a peer says; False at its end."""
    assert peer.process.stdout is not None
    data = peer.process.stdout.read1(65536)  # type: ignore[attr-defined]
    *lines, peer.buffer = (peer.buffer + data).split(b"\n")
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            continue  # the game printed something
        if not isinstance(said, dict):
            continue
        if "port" in said:
            proxy.attach(peer.player, said["port"])
        peer.frame = said.get("frame", peer.frame)
        if "result" in said:
            peer.result = said["result"]
            peer.frame = said["result"]["frames"]
    return bool(data)


# ---------------------------------------------------------------------------- proving and telling

def _prove(plan: Plan, peers: list[Peer], notes: Console) -> Report:
    """Compare and resimulate the replays; also when a peer failed, to say what is left."""
    try:
        replays = [(path.name, read_replay(path, allow_truncated=True)) for path in plan.replays]
        with show.compiling(notes), show.progress(notes) as bars:
            tasks = {way: bars.add_task(f"resimulating {way}", total=max(1, max(r.frames for _, r in replays)))
                     for way in ("compiled", "interpreted")}
            return verify_replays(plan.game, replays,
                                  progress=lambda way, frame, _: bars.update(tasks[way], completed=frame))
    except RollstepError as error:
        return Report("unproved", str(error))


def _trouble(plan: Plan, peer: Peer) -> str | None:
    """Why a peer did not play to the end."""
    if peer.result is None:
        peer.errors.seek(0)
        last = peer.errors.read().decode(errors="replace").strip().splitlines()
        return f"player {peer.player}: the process ended with {peer.process.returncode}: {last[-1] if last else 'no message'}"
    if peer.result["error"]:
        return f"player {peer.player}: {peer.result['error']}"
    if peer.result["frames"] < plan.given.frames:
        return f"player {peer.player}: only {peer.result['frames']} frames"
    return None


def _tell(plan: Plan, peers: list[Peer], lost: list[int], report: Report, seconds: float) -> int:
    given = plan.given
    troubles = [text for peer in peers if (text := _trouble(plan, peer)) is not None]
    verified = report.verified and not troubles and len(report.peers) == plan.players
    results = [{**(peer.result or {"error": "the process died", "frames": 0}), "player": peer.player,
                "packets_dropped": lost[peer.player]} for peer in peers]
    console = show.words(given.json)
    played = given.frames / plan.game.fps * 1.0
    columns = [f"player {peer.player}" for peer in peers]
    rows = [(title, [_cell(result, key, played) for result in results]) for title, key in (
        ("frames", "frames"), ("rollbacks", "rollbacks"), ("deepest rollback", "deepest_rollback"),
        ("resimulated frames", "resimulated_frames"), ("stalls", "stalls"), ("packets sent", "packets_sent"),
        ("packets lost", "packets_dropped"), ("bytes per second", "bytes_per_second"),
        ("CPU µs per frame", "cpu_us_per_frame"), ("final checksum", "final_checksum"))]
    net = given.net or "a perfect network"
    console.print()
    console.print(show.table(f"{plan.game.name}: {plan.players} processes over UDP, {net}, seed {given.seed}", columns, rows))
    for text in troubles:
        console.print(text, markup=False, soft_wrap=True)
    console.print(f"{'VERIFIED' if verified else 'NOT VERIFIED'}  {report.message}", markup=False, soft_wrap=True,
                  style="bold green" if verified else "bold red")
    console.print(f"replays: {plan.folder}", markup=False, soft_wrap=True)
    code = 0 if verified else (report.exit_code or (5 if any("desync" in t for t in troubles) else INTERNAL))
    if given.json:
        write_json({"game": plan.game.name, "frames": given.frames, "seed": given.seed, "net": given.net,
                    "players": plan.players, "delay": given.delay, "window": given.window, "seconds": round(seconds, 3),
                    "peers": results, "verified": verified, "verdict": report.verdict, "message": report.message,
                    "troubles": troubles, "exit_code": code})
    return code


def _cell(result: dict[str, Any], key: str, seconds: float) -> Any:
    if key == "bytes_per_second":
        return round(result["bytes_sent"] / seconds) if "bytes_sent" in result else "-"
    value = result.get(key)
    return "-" if value is None else value
