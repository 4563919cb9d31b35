"""The command line: arguments, and errors as exit codes. Heavy modules are imported by the command that needs them.

    0 verified or done    2 usage    3 malformed file    4 incompatible layout or content    5 states diverge
    6 inputs disagree     8 truncated    9 not proved    10 a match that does not go on    70 a bug in rollstep
    130 interrupted    141 whoever read the output has left, as `head` does
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rollstep.errors import RollstepError

INTERNAL, UNREAD = 70, 141
BENCH_GROUPS = ("arithmetic", "roots", "angles", "collisions", "checksums", "cold")
CORE_GROUPS = ("match", "states", "batch", "session", "wire", "starts")
SOAK_TARGETS = ("parsers", "cores", "matches")
GAME_HELP = 'the game as module:attribute (default: the one under [tool.rollstep] game = "..." in pyproject.toml)'


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="rollstep", description="Rollback and lockstep matches: play them, prove them.")
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    match = commands.add_parser("match", help="play a whole match between processes over UDP, and prove it",
                                description="One process per player, real UDP through a proxy that behaves like a bad "
                                            "network, seeded bots; then the peers' replays are compared and resimulated.")
    match.add_argument("named", nargs="?", metavar="GAME", help=GAME_HELP)
    match.add_argument("--game", help="the same as GAME")
    match.add_argument("--frames", type=int, default=1800, help="length of the match (default 1800)")
    match.add_argument("--seed", type=int, default=1, help="seed of bots, network and match (default 1)")
    match.add_argument("--net", default="rtt=80ms,jitter=20ms,loss=5%", metavar="SPEC",
                       help='the network, such as "rtt=80ms,jitter=20ms,loss=5%%,duplicate=1%%,reorder=1%%" (the first '
                            'three are the default; "" is a perfect one)')
    match.add_argument("--players", type=int, help="how many play (default: as few as the game allows)")
    match.add_argument("--delay", type=int, default=1, help="input delay in frames, 0 to 16 (default 1)")
    match.add_argument("--window", type=int, default=8, help="prediction window in frames, 0 to 60; 0 is lockstep (default 8)")
    match.add_argument("--commit", action="store_true", help="in lockstep: commit to each input before any is shown")
    match.add_argument("--record", metavar="DIR", help="where to put the replays (default: a new temporary folder)")
    match.add_argument("--view", choices=("yes", "auto", "no"), default="no",
                       help="show a window per peer; auto: where there is a display (default no)")
    match.add_argument("--fast", action="store_true", help="run time faster: as fast as this machine goes")
    _common(match)

    replay = commands.add_parser("replay", help="look at replays and prove them").add_subparsers(
        dest="replay_command", metavar="COMMAND", required=True)
    verify = replay.add_parser("verify", help="resimulate one replay, or compare those of several peers",
                               description="One file is resimulated compiled and interpreted; several are also compared: "
                                           "the same match seen by different peers.")
    verify.add_argument("files", nargs="+", metavar="FILE")
    verify.add_argument("--game", help=GAME_HELP)
    verify.add_argument("--strict", action="store_true", help="refuse a replay made with other rules, even if they lead to "
                                                              "the same states")
    _common(verify)
    info = replay.add_parser("info", help="what a file says about itself; needs no game")
    info.add_argument("file", metavar="FILE")
    info.add_argument("--json", action="store_true", help="one JSON object on stdout")
    diff = replay.add_parser("diff", help="where two replays part, or what the report of a desync says",
                             usage="rollstep replay diff [-h] [--game GAME] [--app-dir DIR] [--json] A [B]",
                             description="Two replays, or folders that a match has written about its desync: the first frame "
                                         "in which inputs or states differ, the field and both values. One folder: its "
                                         "findings. With a game, also whose state the inputs lead to: among three players or "
                                         "more these are one side's inputs, and both folders are needed to blame anybody.")
    diff.add_argument("records", nargs="+", metavar="A [B]", help="a replay, or the folder of a report; A alone is a folder")
    diff.add_argument("--game", help=GAME_HELP)
    _common(diff)
    bench = commands.add_parser("bench", help="measure, beside C in the same run").add_subparsers(
        dest="bench_command", metavar="COMMAND", required=True)
    numbers = bench.add_parser("numbers", help="Fixed, checksums, a step and its compilation against C",
                               description="Each row is rollstep's time and C's, taken in turns; both give the same bytes, or "
                                           "nothing is printed. Needs a C compiler (cc).")
    numbers.add_argument("--only", nargs="+", metavar="GROUP", choices=BENCH_GROUPS,
                         help=f"these rows alone: {', '.join(BENCH_GROUPS)}")
    numbers.add_argument("--repeats", type=int, default=15, help="turns of each row; the fastest counts (default 15)")
    numbers.add_argument("--strict", action="store_true", help="exit with 1 when a target is missed")
    numbers.add_argument("--json", action="store_true", help="one JSON object on stdout; words go to stderr")

    core = bench.add_parser("core", help="matches, sessions and the wire against a whole peer in C",
                            description="Matches over a link in memory, in compiled code, beside a peer in C on memory of "
                                        "the same layout: every byte must be equal, or nothing is printed. Then sessions in "
                                        "Python, datagrams, and starts. Needs a C compiler (cc). See engine/CORE.md.")
    core.add_argument("--only", nargs="+", metavar="GROUP", choices=CORE_GROUPS,
                      help=f"these figures alone: {', '.join(CORE_GROUPS)}")
    core.add_argument("--players", nargs="+", type=int, metavar="N", help="how many play (default 2 and 4)")
    core.add_argument("--states", nargs="+", type=int, metavar="BYTES", help="sizes of state of the group `states`")
    core.add_argument("--game", help="another game, as module:attribute; with --twin")
    core.add_argument("--twin", metavar="FILE", help="the step of --game in C; engine/CORE.md says what it looks like")
    core.add_argument("--cflag", action="append", metavar="FLAG", help="one more flag for the C compiler, as --cflag=-DX=1")
    core.add_argument("--plot", metavar="FILE", help="draw cost against state size and rollback depth (PNG; needs matplotlib)")
    core.add_argument("--repeats", type=int, default=15, help="turns of each figure; the median counts (default 15)")
    core.add_argument("--quick", action="store_true", help="little work, to see that it runs: the figures mean nothing")
    core.add_argument("--strict", action="store_true", help="exit with 1 when a target is missed")
    _common(core)

    audit = commands.add_parser("audit", help="prove that every peer computes a game alike",
                                description="Names the functions that init and step reach and the constants that they hold, "
                                            "compiles them, and proves source, types and machine code. Exit code 0: clean; 2: "
                                            "refused, with each place, its rule (engine/AUDIT.md) and what to write instead.")
    audit.add_argument("named", nargs="?", metavar="GAME", help=GAME_HELP)
    audit.add_argument("--game", help="the same as GAME")
    audit.add_argument("--layout", action="store_true", help="show where each field lies in memory instead")
    audit.add_argument("--numbers", action="store_true", help="hold the functions of Fixed to their promises; needs no game")
    audit.add_argument("--samples", type=int, default=1_000_000, metavar="N",
                       help="with --numbers: random inputs for each function (default 1000000)")
    _common(audit)

    lab = commands.add_parser("lab", help="play matches on a simulated network, in virtual time",
                              description="Either a trace, a match and its faults in a few lines (rollstep/testing/trace.py), "
                                          "played again and told event by event; or a network for some minutes, with what it "
                                          "costs in rollbacks, stalls and bytes; what it calls round trip has the wait for "
                                          "frames in it. The same seed, the same match. Exit code 5: two peers confirmed "
                                          "different states; 10: a match does not go on.")
    lab.add_argument("trace", nargs="?", metavar="TRACE", help="a file, or - for stdin; the game that it names must be that of "
                                                                    "pyproject.toml, or say --game")
    lab.add_argument("--all", action="store_true", help="with a trace: tell of short stalls as well")
    lab.add_argument("--profile", metavar="NET",
                     help='a network such as mobile or "wifi,loss=5%%"; all: every one that has a name, a column for each, of '
                          "all its peers together")
    lab.add_argument("--minutes", type=float, help="how long, in virtual time (default 10)")
    lab.add_argument("--players", type=int, help="how many play (default: as few as the game allows)")
    lab.add_argument("--seed", type=int, help="seed of bots, network and match (default 1)")
    lab.add_argument("--delay", type=int, help="input delay in frames, 0 to 16 (default 1)")
    lab.add_argument("--window", type=int, help="prediction window in frames, 0 to 60; 0 is lockstep (default 8)")
    lab.add_argument("--game", help=GAME_HELP)
    _common(lab)

    soak = commands.add_parser("soak", help="send millions of wrong datagrams to everything that reads one",
                               description="Honest datagrams made wrong, by grammar and at random, with keys and without: "
                                           "to the parsers, to the compiled core in memory that ends at an unmapped page, and "
                                           "to whole matches, which must go on with equal states. Exit code 70: something was "
                                           "found.")
    soak.add_argument("--datagrams", metavar="N", help="how many, such as 300k or 2M (default 10M, or what --minutes allows)")
    soak.add_argument("--minutes", type=float, metavar="M", help="how long, at most")
    soak.add_argument("--seed", type=int, default=1, help="the same seed sends the same datagrams (default 1)")
    soak.add_argument("--only", nargs="+", choices=SOAK_TARGETS, metavar="TARGET",
                      help=f"of {', '.join(SOAK_TARGETS)} these alone")
    soak.add_argument("--found", default="soak-found.json", metavar="FILE",
                      help="where what was found is written (default soak-found.json)")
    soak.add_argument("--replay", metavar="FILE", help="run what was found again")
    soak.add_argument("--json", action="store_true", help="one JSON object on stdout; words go to stderr")
    return top


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--app-dir", default=".", metavar="DIR", help="put on the import path (default: .)")
    command.add_argument("--json", action="store_true", help="one JSON object on stdout; words go to stderr")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    try:
        try:
            return _main(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _let_go()
        return UNREAD


def _let_go() -> None:
    """What could not be written is dropped, or Python would try it again at its exit and say that it failed."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())


def _main(arguments: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")   # names from files, on a terminal that has no such letters
    top = parser()
    given = top.parse_args(arguments)
    if given.version:
        from rollstep.version import VERSION
        print(f"rollstep {VERSION}")
        return 0
    if given.command is None:
        top.print_help()
        return 2
    from rollstep.errors import RollstepError
    try:
        return _run(given)
    except RollstepError as error:
        code, verdict = _judge(error)
        return _failed(given, code, verdict, str(error))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:
        import traceback
        traceback.print_exc()
        return _failed(given, INTERNAL, "internal", f"{type(error).__name__}: {error}; this is a bug in rollstep, please "
                                                    "report it with the lines above")


def _run(given: argparse.Namespace) -> int:
    if given.command == "match":
        from .match import run
        return run(given)
    if given.command == "bench":
        if given.bench_command == "core":
            from .bench.core import run as run_core
            return run_core(given)
        from .bench.numbers import run as run_numbers
        return run_numbers(given)
    if given.command == "audit":
        from .audit import run as run_audit
        return run_audit(given)
    if given.command == "lab":
        from .lab import run as run_lab
        return run_lab(given)
    if given.command == "soak":
        from .soak.run import run as run_soak
        return run_soak(given)
    if given.replay_command == "diff":
        from .differences import run as run_diff
        return run_diff(given)
    from . import replays
    return replays.verify(given) if given.replay_command == "verify" else replays.info(given)


def _judge(error: RollstepError) -> tuple[int, str]:
    """(exit code, verdict) of an error."""
    from rollstep import errors

    table: list[tuple[type[RollstepError], int, str]] = [
        (errors.UsageError, 2, "usage"), (errors.MalformedReplay, 3, "malformed"),
        (errors.TruncatedReplay, 8, "truncated"), (errors.IncompatibleReplay, 4, "incompatible"),
        (errors.PeerError, 4, "incompatible"), (errors.Diverged, 5, "diverged")]
    return next(((code, verdict) for kind, code, verdict in table if isinstance(error, kind)), (INTERNAL, "internal"))


def _failed(given: argparse.Namespace, code: int, verdict: str, message: str) -> int:
    print(f"rollstep: {message}", file=sys.stderr)
    if getattr(given, "json", False):
        write_json({"verdict": verdict, "verified": False, "exit_code": code, "message": message})
    return code


def write_json(data: dict[str, Any]) -> None:
    """The one object on stdout."""
    json.dump(data, sys.stdout, indent=2)
    sys.stdout.write("\n")
