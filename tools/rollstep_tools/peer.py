"""One player of `rollstep match`, a process of its own. Configuration as JSON in argv; reports as JSON lines on stdout
(what the game itself prints goes to stderr).

    {"port": n}              where it listens
    {"no_window": "why"}     with --view auto, when there can be none
    {"started": true}        everybody is there
    {"event": "..."}         what poll() gives, as it comes
    {"frame": n}             progress
    {"result": {...}}        at the end
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rollstep import P2P, DesyncDetected, DesyncExplained, Disconnected, FalseReveal, Synchronized, p2p
from rollstep.testing import Bot
from rollstep.wire.input_packet import SUMS

from .clock import ScaledClock
from .load import Viewer, load_game, load_viewer

#: Between two reports of progress.
REPORT_S = 0.1


def nonce(seed: int, player: int) -> bytes:
    """A player's part in the match's seed, from the seed on the command line: the same match each time."""
    return hashlib.sha256(f"rollstep match {seed} {player}".encode()).digest()[:16]


def reporter() -> Callable[..., None]:
    """`say(name=value)`, which has stdout to itself from now on."""
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**line: Any) -> None:
        print(json.dumps(line), file=lines, flush=True)
    return say


def explained(event: DesyncExplained) -> str:
    """A desync in one line."""
    what = f"{event.path} is {event.ours} here, {event.theirs} at player {event.player}" if event.path else event.note
    return f"desync at frame {event.frame}: {what}" + (f"; report: {event.folder}" if event.folder is not None else "")


def _finished(match: P2P, frames: int) -> bool:
    """Whether nobody needs this peer any more."""
    if match.phase in ("over", "frozen"):
        return match.frame == 0 or match.settled
    return match.frame >= frames and match.settled


def _open_viewer(config: dict[str, Any], match: P2P, say: Callable[..., None]) -> Viewer | None:
    """The window, where one is wanted. With "auto" one that cannot be opened is told, and the bot plays unseen."""
    if config["view"] == "no":
        return None
    try:
        return load_viewer(config["app_dir"])(match)
    except Exception as error:
        if config["view"] == "yes":
            raise
        say(no_window=" ".join(str(error).split()))
        return None


def play(config: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    """The whole match of one peer; what happened."""
    game, _ = load_game(config["game"], config["app_dir"])
    player, frames = config["player"], config["frames"]
    bot = Bot(game, player=player, seed=config["seed"])
    peers = {int(p): tuple(address) for p, address in config["peers"].items()}
    result: dict[str, Any] = {"events": [], "error": None, "gone": None, "closed": False}
    with p2p(game, player=player, peers=peers, port=config.get("port", 0), clock=ScaledClock(config["speed"]),
             delay=config["delay"], window=config["window"], commit=config["commit"], record=config["replay"],
             reports=Path(config["replay"]).parent, nonce=nonce(config["seed"], player),
             metadata={"bots": config["seed"]}, timeout_ms=config["timeout_ms"],
             connect_timeout_ms=config["connect_timeout_ms"]) as match:
        say(port=match.address[1])
        viewer = _open_viewer(config, match, say)
        gc.collect()
        gc.freeze()
        started = time.process_time()
        reported = time.monotonic()
        try:
            while not _finished(match, frames):
                match.wait()
                for event in match.poll():
                    result["events"].append(str(event))
                    say(event=str(event))
                    if isinstance(event, Synchronized):
                        say(started=True)
                        started = time.process_time()
                    elif isinstance(event, DesyncDetected):
                        result["error"] = f"desync at frame {event.frame}"
                    elif isinstance(event, DesyncExplained):
                        result["error"] = explained(event)
                    elif isinstance(event, FalseReveal):
                        result["error"] = f"frame {event.frame}: players {event.players} show another input than they promised"
                    elif isinstance(event, Disconnected):
                        result["gone"] = result["gone"] or f"player {event.player} is gone: {event.reason}"
                if match.frame < frames:
                    for _ in range(min(match.due(), frames - match.frame)):
                        pressed = viewer.input(match) if viewer is not None else None
                        if not match.advance(bot.input(match.frame) if pressed is None else pressed):
                            break
                        if viewer is not None:
                            viewer.frame(match)
                if viewer is not None and not viewer.draw(match):
                    result["closed"] = True
                    break
                if time.monotonic() - reported >= REPORT_S:
                    reported = time.monotonic()
                    say(frame=match.confirmed)
        except Exception as error:  # the step's own, too: the parent tells it
            result["error"] = f"{type(error).__name__}: {error}"
        finally:
            if viewer is not None:
                viewer.close()
        cpu = time.process_time() - started
        if match.recording_error is not None:
            result["error"] = result["error"] or f"the replay could not be written: {match.recording_error}"
        stats = match.stats
        confirmed = match.confirmed
        # of so many frames, for a match in which not all ended at one
        first = max(1, confirmed - SUMS + 1)
        kept = {frame: f"{match.checksum(frame):016x}" for frame in range(first, confirmed + 1)}
        result |= {"kept": kept, "final_checksum": kept.get(confirmed)}
    result |= {"frames": confirmed, "rollbacks": stats.rollbacks, "deepest_rollback": stats.deepest_rollback,
               "resimulated_frames": stats.resimulated_frames, "stalls": stats.stalls,
               "packets_sent": match.stats.packets_sent, "bytes_sent": match.stats.bytes_sent,
               "packets_refused": sum(stats.dropped.values()), "send_errors": dict(stats.send_errors),
               "cpu_us_per_frame": round(cpu * 1e6 / max(1, confirmed), 1), "replay": config["replay"]}
    return result


def main() -> int:
    say = reporter()
    say(result=play(json.loads(sys.argv[1]), say))
    return 0


if __name__ == "__main__":
    sys.exit(main())
