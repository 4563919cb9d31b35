"""`rollstep match`: processes, UDP, a bad network, replays, and the proof that the peers computed the same match."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from rollstep import Game, RollstepError, UsageError, prepare, read_replay
from rollstep.checks import in_range
from rollstep.game import MAX_PLAYERS
from rollstep.replay import Report
from rollstep.replay import verify as verify_replays
from rollstep.replay.verify import EXIT_CODES
from rollstep.rollback.arena import MAX_WINDOW
from rollstep.testing import Impairment
from rollstep.wire.input_packet import MAX_DELAY

from . import show
from .cli import write_json
from .load import configured, load_game
from .processes import Peer, play

#: How much faster time runs with --fast, by the number of players that share this machine.
FAST = {2: 32, 3: 16, 4: 12}
FAST_MANY = 5
MAX_FRAMES = 1_000_000
#: Of a game's name in the names of its replays; a file's name has 255 at most on the usual file systems.
MOST_NAME_BYTES = 128
NOT_PROVED = EXIT_CODES["unproved"]
TIMEOUT_MS = 10_000
#: Eight processes on a small machine take their time to start.
CONNECT_TIMEOUT_MS = 60_000


@dataclass
class Plan:
    """What was asked for, checked."""

    game: Game
    name: str
    players: int
    speed: int
    view: str
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
        prepare(plan.game)
    started = time.monotonic()
    peers = _play(plan, notes)
    seconds = time.monotonic() - started
    return _tell(plan, peers, _prove(plan, notes), seconds)


def _plan(given: argparse.Namespace) -> Plan:
    """Check everything before anything starts."""
    if given.named and given.game:
        raise UsageError(f"two games: {given.named} and --game {given.game}")
    game, name = load_game(given.named or given.game, given.app_dir)
    players = game.check_players(given.players if given.players is not None else max(2, game.min_players))
    in_range("--players", players, 2, MAX_PLAYERS)
    in_range("--frames", given.frames, 1, MAX_FRAMES)
    in_range("--delay", given.delay, 0, MAX_DELAY)
    in_range("--window", given.window, 0, MAX_WINDOW)
    if given.commit and (given.window != 0 or given.delay == 0):
        raise UsageError(f"--commit, --window {given.window}, --delay {given.delay}: it is for lockstep, and an input travels "
                         "twice before it is played; give --window 0 and a --delay of 1 at least")
    if given.window == given.delay == 0:
        raise UsageError("--window 0 and --delay 0: in lockstep a frame needs all its inputs, and none is on its way before it "
                         "starts; give a --delay of 1 at least, or a --window")
    impairment = Impairment.parse(given.net)
    view = given.view if _wants_windows(given) else "no"
    if given.record:
        folder = Path(given.record)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--record {folder} cannot be made ({error.strerror})") from None
    else:
        folder = Path(tempfile.mkdtemp(prefix="rollstep-match-"))
    plan = Plan(game, name, players, FAST.get(players, FAST_MANY) if given.fast else 1, view, folder, impairment, given)
    plan.replays = [folder / f"{_file_name(game.name)}-{given.seed}-player{p}.rsr" for p in range(players)]
    for path in plan.replays:
        if path.exists():
            raise UsageError(f"{path} exists; a replay never overwrites one: give another --record or --seed")
    return plan


def _wants_windows(given: argparse.Namespace) -> bool:
    """Whether the peers show windows. "auto" says what it does."""
    if given.view == "no":
        return False
    viewer = configured(given.app_dir, "viewer")
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if given.view == "yes":
        if given.fast:
            raise UsageError("--view yes and --fast: nobody can watch that; leave one out")
        if viewer is None:
            raise UsageError('--view yes: no viewer; put viewer = "module:class" under [tool.rollstep] in pyproject.toml')
        if not screen:
            raise UsageError("--view yes: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)")
        return True
    reason = ("no viewer is named in pyproject.toml" if viewer is None else "--fast" if given.fast else
              None if screen else "there is no display")
    show.notes().print(f"playing without windows: {reason}" if reason else
                       "playing in windows, one per peer; whoever presses a key there takes over from the bot",
                       markup=False, soft_wrap=True)
    return reason is None


def _file_name(name: str) -> str:
    """A game's name as the beginning of a file's, which has place for as many bytes."""
    letters = "".join(c if c.isalnum() else "-" for c in name)
    return letters.encode()[:MOST_NAME_BYTES].decode(errors="ignore")


# ---------------------------------------------------------------------------- playing

def _play(plan: Plan, notes: Console) -> list[Peer]:
    given = plan.given
    common = {"game": plan.name, "app_dir": str(Path(given.app_dir).resolve()), "frames": given.frames, "seed": given.seed,
              "delay": given.delay, "window": given.window, "commit": given.commit, "view": plan.view, "speed": plan.speed,
              "timeout_ms": TIMEOUT_MS * plan.speed, "connect_timeout_ms": CONNECT_TIMEOUT_MS * plan.speed}
    configs = [{**common, "player": player, "replay": str(path)} for player, path in enumerate(plan.replays)]
    frames = [0] * plan.players
    windowless: set[int] = set()
    with show.progress(notes) as bars:
        task = bars.add_task("playing", total=given.frames)

        def heard(peer: Peer) -> None:
            frames[peer.player] = peer.frame
            bars.update(task, completed=min(frames))
            if peer.no_window is not None and peer.player not in windowless:
                windowless.add(peer.player)
                notes.print(f"player {peer.player} plays without a window: {peer.no_window}", markup=False, soft_wrap=True)
        return play(configs, impairment=plan.impairment, seed=given.seed, speed=plan.speed, heard=heard)


# ---------------------------------------------------------------------------- proving and telling

def _prove(plan: Plan, notes: Console) -> Report:
    """Compare and resimulate the replays; also when a peer failed, to say what is left."""
    if not any(path.exists() for path in plan.replays):
        return Report("unproved", "the match never began, so there is no replay")
    try:
        replays = [(path.name, read_replay(path, allow_truncated=True)) for path in plan.replays]
        with show.compiling(notes), show.progress(notes) as bars:
            tasks = {way: bars.add_task(f"resimulating {way}", total=max(1, max(r.frames for _, r in replays)))
                     for way in ("compiled", "interpreted")}
            return verify_replays(plan.game, replays,
                                  progress=lambda way, frame, _: bars.update(tasks[way], completed=frame))
    except RollstepError as error:
        return Report("unproved", str(error))


def _trouble(plan: Plan, peer: Peer, closed: bool) -> str | None:
    """Why a peer did not play to the end. When somebody `closed` a window, the match just ended there."""
    if peer.stopped:
        return None
    if peer.result is None:
        return f"player {peer.player}: the process ended with {peer.process.returncode}: {peer.last_words()}"
    if peer.result["error"]:
        return f"player {peer.player}: {peer.result['error']}"
    if peer.result["frames"] < plan.given.frames and not closed:
        return f"player {peer.player}: {peer.result['gone'] or 'only ' + str(peer.result['frames']) + ' frames'}"
    return None


def _tell(plan: Plan, peers: list[Peer], report: Report, seconds: float) -> int:
    given = plan.given
    closed = any(peer.result is not None and peer.result["closed"] for peer in peers)
    troubles = [text for peer in peers if (text := _trouble(plan, peer, closed)) is not None]
    verified = report.verified and not troubles and len(report.peers) == plan.players
    message = report.message if verified or not report.verified else f"the match did not run to its end; {report.message}"
    if closed and not any(peer.started for peer in peers):
        message = "a window was closed before the match had begun"
    else:
        message += _closing(peers, given.frames)
    results = [{**(peer.result or {"error": "the process died", "frames": 0}), "player": peer.player,
                "packets_dropped": peer.lost} for peer in peers]
    common = _common(results)
    console = show.words(given.json)
    columns = [f"player {peer.player}" for peer in peers]
    alike = len({result["frames"] for result in results if result["frames"]}) < 2
    rows = [(title, [_cell(result, key, plan.game.fps) for result in results]) for title, key in (
        ("frames", "frames"), ("rollbacks", "rollbacks"), ("deepest rollback", "deepest_rollback"),
        ("resimulated frames", "resimulated_frames"), ("frames stalled", "stalls"), ("packets sent", "packets_sent"),
        ("packets lost", "packets_dropped"), ("bytes per second", "bytes_per_second"),
        ("CPU µs per frame", "cpu_us_per_frame"),
        ("final checksum" if alike else f"checksum at {common}", "common_checksum"))]
    net = given.net or "a perfect network"
    title = f"{plan.game.name}: {plan.players} processes over UDP, {net}, seed {given.seed}"
    console.print("", title, sep="\n", soft_wrap=True, markup=False)
    for table in show.tables(console, columns, rows):
        console.print(table)
    for text in troubles:
        console.print(text, markup=False, soft_wrap=True)
    console.print(f"{'VERIFIED' if verified else 'NOT VERIFIED'}  {message}", markup=False, soft_wrap=True,
                  style="bold green" if verified else "bold red")
    console.print(f"replays: {plan.folder}", markup=False, soft_wrap=True)
    code = 0 if verified else (report.exit_code or (5 if any("desync" in t for t in troubles) else NOT_PROVED))
    if given.json:
        write_json({"game": plan.game.name, "frames": given.frames, "seed": given.seed, "net": given.net,
                    "players": plan.players, "delay": given.delay, "window": given.window, "seconds": round(seconds, 3),
                    "peers": results, "common_frame": common,
                    "verified": verified, "verdict": report.verdict, "message": message,
                    "troubles": troubles, "exit_code": code})
    return code


def _closing(peers: list[Peer], frames: int) -> str:
    """Where somebody's window ended the match before all its frames were played, and whose; nothing when none did."""
    ends = [(peer.result["frames"], peer.player) for peer in peers if peer.result is not None and peer.result["closed"]]
    if not ends or min(ends)[0] >= frames:
        return ""
    return f"; the match was ended at frame {min(ends)[0]} by player {min(ends)[1]}'s window"


def _common(results: list[dict[str, Any]]) -> int | None:
    """The last frame that all have who played any. Each result gets its checksum there, in place of all that its peer kept:
    checksums of two different frames differ in every match.
    """
    frame = min((result["frames"] for result in results if result["frames"]), default=None)
    for result in results:
        result["common_checksum"] = result.pop("kept", {}).get(str(frame))
    return frame


def _cell(result: dict[str, Any], key: str, fps: int) -> Any:
    if key == "bytes_per_second":   # of what was played: a match may end early
        sent, frames = result.get("bytes_sent"), result["frames"]
        return "-" if sent is None or not frames else round(sent * fps / frames)
    value = result.get(key)
    return "-" if value is None else value
