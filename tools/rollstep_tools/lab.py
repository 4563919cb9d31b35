"""`rollstep lab`: a trace played again and told, or what networks cost; in one process, in virtual time."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rollstep import P2P, Game, UsageError, prepare
from rollstep.checks import in_range, shown
from rollstep.game import MAX_PLAYERS
from rollstep.net.events import Event, Resumed, Stalled
from rollstep.rollback.arena import MAX_WINDOW
from rollstep.testing import PROFILES, Impairment, Outcome, Stage, Trace, play_trace
from rollstep.wire.input_packet import MAX_DELAY

from . import show
from .cli import write_json
from .load import configured, load_game

EXIT_CODES = {"kept": 0, "unsafe": 5, "stuck": 10}
#: A stall that jitter explains; a trace tells how many there were.
SHORT_STALL_MS = 100
MAX_TRACE_BYTES = 1 << 20
MAX_MINUTES = 24 * 60
ALL = "all"
#: What --profile is played with where nothing else is said; a trace says it itself.
USUAL = {"minutes": 10.0, "players": None, "seed": 1, "delay": 1, "window": 8}

#: Figures of a peer: what is shown, its key in JSON, how those of several peers become one.
FIGURES: tuple[tuple[str, str, Callable[[list[Any]], Any]], ...] = (
    ("frames", "frames", min), ("rollbacks", "rollbacks", sum), ("deepest rollback", "deepest_rollback", max),
    ("resimulated frames", "resimulated_frames", sum), ("predictions", "predictions", sum), ("misses", "misses", sum),
    ("stalls", "stalls", sum), ("frames stalled", "frames_stalled", sum), ("packets sent", "packets_sent", sum),
    ("packets lost", "packets_lost", sum), ("packets refused", "packets_refused", sum),
    ("bytes per second", "bytes_per_second", lambda values: round(sum(values) / len(values))),
    ("round trip in ms", "rtt_ms", max))
#: What two of them mean, below each table.
MEANT = ("round trip: until a frame's inputs are acknowledged, the wait for the next frame of both sides included: up to two "
         "frames more than the network takes",
         "packets refused: datagrams that came in and were not used, such as doubled or damaged ones, and all before the start "
         "or after the end (SessionStats.dropped has the reasons)")
TOGETHER = ("of all peers together: sums, but for frames: of the peer that has confirmed the fewest; deepest rollback and "
            "round trip: the greatest of any; bytes per second: the mean of a peer")


def run(given: argparse.Namespace) -> int:
    """The whole command; the exit code."""
    if given.trace is not None and given.profile is not None:
        raise UsageError("lab: a TRACE and --profile: give one of the two")
    if given.trace is None and given.profile is None:
        raise UsageError("lab: give a TRACE to play again, or --profile with a network "
                         f"({', '.join(PROFILES)}, {ALL}, or such as rtt=80ms,loss=5%)")
    if given.trace is None:
        for name, usual in USUAL.items():
            if getattr(given, name) is None:
                setattr(given, name, usual)
        return _compare(given)
    for name in USUAL:
        if getattr(given, name) is not None:
            raise UsageError(f"lab: --{name} is for --profile; a trace says itself what is played")
    return _replay(given)


# ---------------------------------------------------------------------------- a trace

def _replay(given: argparse.Namespace) -> int:
    trace = Trace.parse(_text(given.trace))
    game, _ = load_game(_game_of(trace, given), given.app_dir)
    _prepare(game, trace.players)
    story: list[tuple[int, int | None, Event | str]] = []
    with tempfile.TemporaryDirectory(prefix="rollstep-lab-") as folder:
        outcome = play_trace(trace, game, folder=Path(folder), tell=lambda *line: story.append(line))
    console = show.words(given.json)
    for ms, player, what in story if given.all else _without_short_stalls(story):
        who = "" if player is None else f"player {player}  "
        console.print(f"{ms / 1000:9.3f} s  {who}{what}", markup=False, soft_wrap=True)
    peers = _all_figures(outcome.stage)
    _table(console, _by_player(peers))
    code = EXIT_CODES[outcome.verdict]
    _verdict(console, outcome)
    if given.json:
        write_json({"verdict": outcome.verdict, "message": outcome.message, "exit_code": code, "trace": str(trace),
                    "peers": peers, "story": [{"ms": ms, "player": player, "what": str(what)} for ms, player, what in story]})
    return code


def _game_of(trace: Trace, given: argparse.Namespace) -> str | None:
    """What to load: --game, or what pyproject.toml has. A trace only says which it was played with: whoever sends one shall not
    choose what is imported here. Raises UsageError for another one.
    """
    if given.game is not None or trace.game in (None, configured(given.app_dir, "game")):
        return given.game
    raise UsageError(f"the trace is of game {shown(trace.game)}, which is not the one in pyproject.toml; a trace does not "
                     "choose what is imported: if you trust that module, say --game with its name")


def _text(name: str) -> str:
    """The trace's text. Raises UsageError."""
    try:
        if name == "-":
            return sys.stdin.read(MAX_TRACE_BYTES)
        with open(name, encoding="utf-8") as file:
            return file.read(MAX_TRACE_BYTES)
    except OSError as error:
        raise UsageError(f"trace {name} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"trace {name} cannot be read (this is no text in UTF-8)") from None


def _without_short_stalls(story: list[tuple[int, int | None, Event | str]]) -> list[tuple[int, int | None, Event | str]]:
    """Without the stalls that were soon over, but for a word on how many those were."""
    short, open_at = set(), {}
    for i, (_, player, what) in enumerate(story):
        if isinstance(what, Stalled):
            open_at[player] = i
        elif isinstance(what, Resumed) and what.stalled_ms < SHORT_STALL_MS and player in open_at:
            short |= {i, open_at.pop(player)}
    kept = [line for i, line in enumerate(story) if i not in short]
    if short:
        stalls = "1 stall" if len(short) == 2 else f"{len(short) // 2} stalls"
        kept.append((story[-1][0], None, f"and {stalls} below {SHORT_STALL_MS} ms; --all tells them"))
    return kept


# ---------------------------------------------------------------------------- networks

def _compare(given: argparse.Namespace) -> int:
    if not 0 < given.minutes <= MAX_MINUTES:
        raise UsageError(f"--minutes {given.minutes}: give a number above 0, at most {MAX_MINUTES}")
    networks = list(PROFILES) if given.profile == ALL else [given.profile]
    for network in networks:
        Impairment.parse(network)
    game, name = load_game(given.game, given.app_dir)
    players = game.check_players(given.players if given.players is not None else max(2, game.min_players))
    in_range("--players", players, 2, MAX_PLAYERS)
    in_range("--seed", given.seed, 0, (1 << 63) - 1)
    in_range("--delay", given.delay, 0, MAX_DELAY)
    in_range("--window", given.window, 0, MAX_WINDOW)
    _prepare(game, players)
    notes, console = show.notes(), show.words(given.json)
    outcomes, figures = {}, {}
    for network in networks:
        notes.print(f"  playing {network or 'a perfect network'}", markup=False, soft_wrap=True)
        trace = Trace(play_ms=round(given.minutes * 60_000), game=name, players=players, seed=given.seed, net=network,
                      delay=given.delay, window=given.window)
        with tempfile.TemporaryDirectory(prefix="rollstep-lab-") as folder:
            outcomes[network] = play_trace(trace, game, folder=Path(folder))
        figures[network] = _all_figures(outcomes[network].stage)
    console.print("", f"{game.name}: {players} players, {given.minutes:g} min of virtual time, seed {given.seed}", sep="\n",
                  markup=False, soft_wrap=True)
    _table(console, figures if len(networks) > 1 else _by_player(figures[networks[0]]))
    if len(networks) > 1:
        console.print(TOGETHER, markup=False)
    for network, outcome in outcomes.items():
        _verdict(console, outcome, network)
    codes = [EXIT_CODES[outcome.verdict] for outcome in outcomes.values()]
    code = EXIT_CODES["unsafe"] if EXIT_CODES["unsafe"] in codes else max(codes)
    if given.json:
        write_json({"game": game.name, "minutes": given.minutes, "players": players, "seed": given.seed, "delay": given.delay,
                    "window": given.window, "exit_code": code,
                    "networks": {network: {"spec": PROFILES[network].spec if network in PROFILES else network,
                                           "verdict": outcome.verdict, "message": outcome.message, "peers": figures[network]}
                                 for network, outcome in outcomes.items()}})
    return code


# ---------------------------------------------------------------------------- both

def _prepare(game: Game, players: int) -> None:
    with show.compiling(show.notes()):
        game.runner("compiled", players=game.check_players(players), seed=0)
        prepare(game)


def _all_figures(stage: Stage) -> list[dict[str, Any]]:
    return [_figures(stage, peer) for peer in stage.peers]


def _figures(stage: Stage, peer: P2P) -> dict[str, Any]:
    """What a peer's match was like."""
    stats, player = peer.stats, peer.player
    others = [other.player for other in stage.peers if other is not peer]
    seconds = max(1, stage.now_ms) / 1000
    return {"player": player, "frames": peer.confirmed, "rollbacks": stats.rollbacks,
            "deepest_rollback": stats.deepest_rollback, "resimulated_frames": stats.resimulated_frames,
            "predictions": stats.predictions, "misses": stats.mispredictions,
            "stalls": sum(isinstance(event, Stalled) for event in stage.net.events.get(player, ())),
            "frames_stalled": stats.stalls, "packets_sent": stats.packets_sent,
            "packets_lost": sum(stage.net.link(player, other).lost for other in others),
            "packets_refused": sum(stats.dropped.values()), "bytes_per_second": round(stats.bytes_sent / seconds),
            "rtt_ms": max((stats.rtt_ms[other] for other in others), default=0)}


def _by_player(figures: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {f"player {of_one['player']}": [of_one] for of_one in figures}


def _table(console: Any, columns: Mapping[str, list[dict[str, Any]]]) -> None:
    """One column for each name, of one peer or of several taken together."""
    rows = [(title, [together([peer[key] for peer in peers]) for peers in columns.values()])
            for title, key, together in FIGURES]
    for table in show.tables(console, list(columns), rows):
        console.print(table)
    for words in MEANT:
        console.print(words, markup=False)


def _verdict(console: Any, outcome: Outcome, network: str = "") -> None:
    kept = outcome.verdict == "kept"
    word, of = "SAFE AND LIVE" if kept else outcome.verdict.upper(), f"{network}: " if network else ""
    console.print(f"{word}  {of}{outcome.message}", markup=False, soft_wrap=True, style="bold green" if kept else "bold red")
