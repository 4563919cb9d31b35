"""`Trace`: a match on a simulated network in a few lines that people can read, change and send.

    game demo_game:game
    players 2
    seed 1
    net mobile,loss=5%          # all links, as Impairment.parse reads it
    link 0 1 loss=20%           # from 0 to 1 alone
    at 1200ms cut 0 1           # nothing passes between them; `cut 0`: between 0 and all others
    at 3s heal
    at 4s rebind 1              # another address, as when a router forgets
    at 5s pause 0 800ms         # the process does not run
    at 6s crash 1               # gone without a goodbye
    play 20s

There are also, at a time:

    leave 1                     # gone with a goodbye
    delay 0 4                   # another input delay, in frames
    net wifi                    # all links are like this from now on
    link 0 1 wifi               # and this direction
    flip 0                      # a bit of its state is turned over, as by bad memory: a desync

What is not said has its usual value; only `play` must be there. A trace and a version of rollstep are the match: all that
is random comes from the seed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..checks import in_range, shown
from ..errors import UsageError
from ..game import MAX_PLAYERS
from ..rollback.arena import MAX_WINDOW
from ..wire.input_packet import MAX_DELAY
from .impairment import Impairment

MAX_LINES = 10_000
MAX_MS = 24 * 3600 * 1000
MAX_DRIFT_PPM = 100_000

_TIME = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?(ms|s)", re.ASCII)
#: What may happen, and what each takes: a player, a time, frames, a network; `?` may be left out.
VERBS: dict[str, tuple[str, ...]] = {
    "cut": ("player", "player?"), "heal": ("player?", "player?"), "rebind": ("player",), "pause": ("player", "time"),
    "crash": ("player",), "leave": ("player",), "net": ("network",), "link": ("player", "player", "network"),
    "delay": ("player", "delay"), "flip": ("player",)}
_USES = {"time": "800ms", "network": "rtt=80ms,loss=5%", "delay": "4"}


@dataclass(frozen=True)
class Action:
    """What happens at a time: a verb of VERBS and what it takes; times in milliseconds, networks as text."""

    at_ms: int
    verb: str
    arguments: tuple[Any, ...] = ()

    def words(self) -> str:
        """As it stands in a trace, without its time."""
        kinds = VERBS[self.verb]
        return " ".join([self.verb, *(_time(value) if kind == "time" else str(value)
                                      for kind, value in zip(kinds, self.arguments, strict=False))]).rstrip()

    def __str__(self) -> str:
        return f"at {_time(self.at_ms)} {self.words()}"


@dataclass(frozen=True)
class Trace:
    """A match: `str(trace)` is its text, and `Trace.parse` reads that.

    game        module:attribute that it was played with; None leaves it open. `rollstep lab` imports it when pyproject.toml or
                --game names it, not because a trace does
    links       (from, to, network) where one direction differs from `net`
    drifts_ppm  by player, how much faster its clock runs
    """

    play_ms: int
    game: str | None = None
    players: int = 2
    seed: int = 1
    net: str = ""
    links: tuple[tuple[int, int, str], ...] = ()
    delay: int = 1
    window: int = 8
    timeout_ms: int = 10_000
    drifts_ppm: dict[int, int] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Trace:
        """Read a trace. Raises UsageError naming the line, and what to write."""
        lines = text.splitlines()
        in_range("lines of a trace", len(lines), 0, MAX_LINES)
        found: dict[str, Any] = {}
        links: list[tuple[int, int, str]] = []
        actions: list[Action] = []
        drifts: dict[int, int] = {}
        for number, line in enumerate(lines, start=1):
            words = line.split("#", maxsplit=1)[0].split()
            if not words:
                continue
            try:
                if words[0] == "at":
                    actions.append(_action(words))
                elif words[0] == "link":
                    links.append(_arguments("link", words[1:]))
                elif words[0] == "clock":
                    player, ppm = _clock(words[1:])
                    drifts[player] = ppm
                else:
                    name, value = _setting(words)
                    if name in found:
                        raise UsageError(f"{words[0]} stands there twice")
                    found[name] = value
            except UsageError as error:
                raise UsageError(f"trace line {number} {shown(' '.join(words))}: {error}") from None
        if "play_ms" not in found:
            raise UsageError("a trace ends in how long to play, such as: play 20s")
        actions.sort(key=lambda action: action.at_ms)
        trace = cls(links=tuple(links), actions=tuple(actions), drifts_ppm=drifts, **found)
        trace._check()
        return trace

    def __str__(self) -> str:
        usual = Trace(play_ms=0)
        lines = [f"game {self.game}"] if self.game is not None else []
        lines += [f"players {self.players}", f"seed {self.seed}"]
        lines += [f"net {self.net}"] if self.net else []
        for name in ("delay", "window"):
            lines += [f"{name} {getattr(self, name)}"] if getattr(self, name) != getattr(usual, name) else []
        lines += [f"timeout {_time(self.timeout_ms)}"] if self.timeout_ms != usual.timeout_ms else []
        lines += [f"clock {player} {ppm:+}ppm" for player, ppm in self.drifts_ppm.items()]
        lines += [f"link {source} {target} {net}".rstrip() for source, target, net in self.links]
        return "\n".join([*lines, *map(str, self.actions), f"play {_time(self.play_ms)}"]) + "\n"

    def _check(self) -> None:
        """Every player that is named plays, and nothing happens after the end."""
        named = [player for source, target, _ in self.links for player in (source, target)] + list(self.drifts_ppm)
        named += [value for action in self.actions for kind, value in zip(VERBS[action.verb], action.arguments, strict=False)
                  if kind.startswith("player")]
        if named and max(named) >= self.players:
            raise UsageError(f"the trace names player {max(named)}; {self.players} play, 0 to {self.players - 1}: say players "
                             f"{max(named) + 1}, or name another")
        if self.actions and self.actions[-1].at_ms > self.play_ms:
            raise UsageError(f"{str(self.actions[-1])!r} is after the end: play {_time(self.actions[-1].at_ms)} at least")


# ---------------------------------------------------------------------------- words

def _time(ms: int) -> str:
    return f"{ms // 1000}s" if ms % 1000 == 0 else f"{ms}ms"


def _read_time(text: str, most: int = MAX_MS) -> int:
    match = _TIME.fullmatch(text)
    if match is None or (match[3] == "ms" and match[2]):
        raise UsageError(f"{shown(text)} is no time: write 800ms, 3s or 1.25s")
    ms = int(match[1]) if match[3] == "ms" else int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0"))
    if ms > most:
        raise UsageError(f"{text} is longer than {_time(most)}")
    return ms


def _number(name: str, text: str, low: int, high: int) -> int:
    try:
        value = int(text) if len(text) < 20 else None
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise UsageError(f"{shown(text)} is no {name}: give a whole number from {low} to {high}")
    return value


def _read(kind: str, text: str) -> Any:
    """One word that a verb takes."""
    kind = kind.rstrip("?")
    if kind == "time":
        return _read_time(text)
    if kind == "network":
        Impairment.parse(text)
        return text
    return _number(kind, text, 0, MAX_PLAYERS - 1 if kind == "player" else MAX_DELAY)


def _arguments(verb: str, words: list[str]) -> Any:
    kinds = VERBS[verb]
    least = sum(not kind.endswith("?") for kind in kinds)
    if kinds[-1:] == ("network",) and len(words) == least - 1:
        words = [*words, ""]                                # a perfect network is written as nothing
    if not least <= len(words) <= len(kinds):
        players = iter(range(MAX_PLAYERS))      # two that are named are not the same
        uses = [str(next(players)) if kind.startswith("player") else _USES[kind.rstrip("?")] for kind in kinds]
        ways = dict.fromkeys(" ".join([verb, *uses[:count]]) for count in (len(kinds), least))
        raise UsageError(f"write {', or '.join(ways)}")
    return tuple(_read(kind, word) for kind, word in zip(kinds, words, strict=False))


def _action(words: list[str]) -> Action:
    if len(words) < 3 or words[2] not in VERBS:
        raise UsageError(f"write a time and what happens then, such as: at 3s heal ({', '.join(VERBS)})")
    return Action(_read_time(words[1]), words[2], _arguments(words[2], words[3:]))


def _clock(words: list[str]) -> tuple[int, int]:
    if len(words) != 2 or not words[1].endswith("ppm"):
        raise UsageError("write a player and how much faster its clock runs, such as: clock 1 +5000ppm")
    return _read("player", words[0]), _number("drift", words[1][:-3], -MAX_DRIFT_PPM, MAX_DRIFT_PPM)


def _setting(words: list[str]) -> tuple[str, Any]:
    """(field of Trace, value)."""
    numbers = {"players": (1, MAX_PLAYERS), "seed": (0, (1 << 63) - 1), "delay": (0, MAX_DELAY), "window": (0, MAX_WINDOW)}
    name, rest = words[0], words[1:]
    if name == "net" and len(rest) <= 1:
        return "net", _read("network", rest[0] if rest else "")
    if len(rest) != 1 or name not in (*numbers, "game", "play", "timeout"):
        raise UsageError("write one of: game MODULE:NAME, players 2, seed 1, net mobile, link 0 1 loss=5%, delay 1, window 8, "
                         "timeout 10s, clock 1 +5000ppm, at 3s heal, play 20s; no spaces within a network")
    if name in ("play", "timeout"):
        return f"{name}_ms", _read_time(rest[0])
    return name, _number(name, rest[0], *numbers[name]) if name in numbers else rest[0]
