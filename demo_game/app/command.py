"""The command line of the fighter, and what its main menu starts."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .start import Starter

DEFAULT_PORT = 7000
LEVELS = ("easy", "medium", "hard")
LIMITS = (("frames", 1, 10_000_000), ("delay", 0, 16), ("scale", 1, 8), ("hz", 30, 1000), ("host", 0, 65_535))


def parser() -> argparse.ArgumentParser:
    """All arguments. Without any, the menu opens."""
    top = argparse.ArgumentParser(prog="python -m demo_game", description="A one-on-one fighter on rollstep.")
    what = top.add_mutually_exclusive_group()
    what.add_argument("--versus", action="store_true", help="start a match of two at this keyboard")
    what.add_argument("--bot", choices=LEVELS, help="start a match against a bot")
    what.add_argument("--host", nargs="?", type=int, const=DEFAULT_PORT, metavar="PORT",
                      help=f"wait for another player at this UDP port (default {DEFAULT_PORT}; 0: any) and print the join line")
    what.add_argument("--join", metavar="LINE", help="join the match of a join line")
    what.add_argument("--replay", metavar="FILE", type=Path, help="watch a replay")
    top.add_argument("--advertise", metavar="HOST[:PORT]", help="with --host: the address in the join line (default: this "
                                                                "machine's address in its network)")
    top.add_argument("--auto", choices=LEVELS, help="let a bot play for you")
    top.add_argument("--frames", type=int, metavar="N", help="leave after so many frames of a match or replay")
    top.add_argument("--record", metavar="FILE", type=Path, help="where to put the replay (default: a new name in the "
                                                                 "replay folder)")
    top.add_argument("--delay", type=int, metavar="FRAMES", help="input delay, 0 to 16 (default: the setting)")
    top.add_argument("--scale", type=int, metavar="N", help="window of N times 640x360 (default: the setting)")
    top.add_argument("--hz", type=int, metavar="N", help="pictures a second, 30 to 1000 (default: the display's rate)")
    top.add_argument("--boxes", action="store_true", help="show boxes and frame data (F1)")
    top.add_argument("--network", action="store_true", help="show the network overlay (F2)")
    top.add_argument("--mute", action="store_true", help="no sound")
    top.add_argument("--content", metavar="DIR", type=Path, help="read the tables from another folder")
    top.add_argument("--say", action="store_true", help="tell on stderr what happens: screens, events of sessions, rounds")
    top.add_argument("--stats", action="store_true", help="print what frames cost as JSON when leaving")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit code: 0, 2 for what cannot be, 1 when a match or its replay broke, or it was refused."""
    given = parser().parse_args(arguments)
    from rollstep import RollstepError
    try:
        return _run(given)
    except RollstepError as error:
        print(f"fighter: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(given: argparse.Namespace) -> int:
    from rollstep.checks import in_range

    for name, low, high in LIMITS:
        if getattr(given, name) is not None:
            in_range(f"--{name}", getattr(given, name), low, high)
    if given.advertise and given.host is None:
        from rollstep import UsageError
        raise UsageError("--advertise goes with --host")
    if given.join is not None:
        from rollstep import JoinLine
        JoinLine.parse(given.join)      # before any window opens
    _need_pygame()
    from ..fighter import game, make_game
    if given.content is not None:
        game = make_game(given.content)

    from ..settings import load, settings_path
    from .program import Program
    from .start import Starter

    path = settings_path()
    settings, complaints = load(path)
    if given.scale is not None:
        settings.scale = given.scale
    program = Program(game, settings, settings_path=path, mute=given.mute, hz=given.hz,
                      **({"say": _say} if given.say else {}))
    starter = Starter(program, given)
    for complaint in complaints:
        program.note(complaint)
        print(f"fighter: {complaint}", file=sys.stderr)
    _begin(given, starter)()
    for ending in (signal.SIGTERM, signal.SIGHUP):     # HUP: its terminal was closed
        signal.signal(ending, lambda *_: program.stop())
    program.run()
    if given.stats:
        json.dump(starter.facts(), sys.stdout)
        print()
    for failure in program.failures:
        print(f"fighter: {failure}", file=sys.stderr)
    return 1 if program.failures else 0


def _need_pygame() -> None:
    from rollstep import UsageError
    try:
        import pygame  # noqa: F401
    except ImportError as error:
        raise UsageError(f"pygame cannot be loaded ({error}); install it with: pip install -e '.[demo]'") from None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _begin(given: argparse.Namespace, starter: Starter) -> Callable[[], None]:
    """What the arguments ask for."""
    from ..world import Level

    if given.versus:
        return starter.versus
    if given.bot:
        return lambda: starter.against_bot(Level[given.bot.upper()])
    if given.host is not None:
        return lambda: starter.host(given.host)
    if given.join is not None:
        return lambda: starter.join(given.join)
    if given.replay is not None:
        return lambda: starter.watch(given.replay)
    return starter.menu
