"""The compiled core alone: every datagram ends where its memory ends, and behind it is an unmapped page.

The core stands in the middle of a match, in one of several situations. It hears some wrong datagrams, plays on with whatever it
has been made to believe, and is put back.
"""

from __future__ import annotations

import functools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rollstep.rollback import RAISED, Core
from rollstep.state.lines import aligned
from rollstep.testing import Bot
from rollstep.wire.input_packet import AHEAD, MAX_DATAGRAM, REASONS, RING

from ..guarded import Guarded
from .game import game
from .mutate import mutated
from .target import Found, Journal

#: Datagrams of a chunk. The core plays a frame after every PLAYS of them.
CHUNK, PLAYS = 128, 12
#: Datagrams of each peer that are mutated, and ticks that one is under way.
KEPT, LATENCY = 40, 3
FRAME_US = 16_667


@dataclass(frozen=True)
class Plan:
    """One situation: who plays what, with which delays and window, for how many ticks."""

    groups: tuple[tuple[int, ...], ...]
    delays: tuple[int, ...]
    window: int
    ticks: int
    hidden: bool = False        # as with commit and reveal: the newest own inputs may not be seen yet

    @property
    def players(self) -> int:
        """How many play."""
        return len(self.delays)


PLANS = {
    "two": Plan(((0,), (1,)), (0, 3), 8, 120),
    "at the start": Plan(((0,), (1,)), (2, 0), 8, 4),
    "near a limit": Plan(((0,), (1,)), (1, 1), 60, 65_500),
    "three": Plan(((0,), (1,), (2,)), (0, 1, 16), 12, 300),
    "against three": Plan(((0,), (1, 2, 3)), (1, 0, 4, 7), 8, 300),
    "two and two": Plan(((0, 3), (1, 2)), (0, 2, 2, 5), 20, 270),
    "lockstep": Plan(((0,), (1,)), (4, 4), 0, 200, hidden=True),
}


class Situation:
    """A core in the middle of a match, what its peers told it, and the way back to that moment."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._kept: list[Guarded] = []
        self.core = self._make(0, self._guarded)
        others = [self._make(i) for i in range(1, len(plan.groups))]
        self.heard: dict[int, list[bytes]] = {group[0]: [] for group in plan.groups[1:]}
        self.now_us = 0
        self._play(others)
        core = self.core
        self.size, self._start = len(core._arena), bytes(core._bytes)
        names = ("rx_at", "rx_length", "rx_from", "frame", "ack", "told", "got", "accepted")
        self._at = {name: core._at[name] for name in names}
        self._refused = slice(core._at["refused"], core._at["refused"] + len(REASONS))
        self._pads = [bytes(core.pad), *(Bot(game, player=0, seed=n).input(0) * len(plan.groups[0]) for n in range(9))]

    def _make(self, place: int, allocate: Callable[[int], Any] = aligned) -> Core:
        plan = self.plan
        return Core(game, player=plan.groups[place][0], players=plan.players, delays=plan.delays, window=plan.window, seed=1,
                    groups=plan.groups, allocate=allocate)

    def _guarded(self, size: int) -> Any:
        self._kept.append(Guarded(size))
        return self._kept[-1].bytes

    def _play(self, others: Sequence[Core]) -> None:
        cores = {core.player: core for core in (self.core, *others)}
        bots = {p: Bot(game, player=p, seed=1) for p in range(self.plan.players)}
        way: list[list[tuple[int, int, bytes]]] = [[] for _ in range(LATENCY)]
        for _ in range(self.plan.ticks):
            self.now_us += FRAME_US
            for source, target, data in way.pop(0):
                cores[target].receive(source, data)
            sent: list[tuple[int, int, bytes]] = []
            for core in cores.values():
                if self.plan.hidden:
                    core.limit(reveal=core.got(core.player) - 2, trusted=1 << 60, tx_bytes=MAX_DATAGRAM)
                core.set_input(b"".join(bots[p].input(core.frame) for p in core.local_players))
                core.advance(self.now_us)
                sent += [(core.player, q, data) for q, data in core.outgoing()]
            way.append(sent)
            for source, target, data in sent:
                if target == self.core.player:
                    self.heard[source] = [*self.heard[source][1 - KEPT:], data]
        self.core.exchange(self.now_us, -1)
        for heard in self.heard.values():
            heard += heard[-LATENCY:] * (KEPT // LATENCY)     # half of them news

    def back(self) -> None:
        """As it was."""
        self.core._bytes[:] = self._start
        self.core.pending = 0

    def hear(self, sender: int, data: bytes) -> None:
        """One datagram, at the very end of the memory. Raises what the core raises, and AssertionError for what may not be."""
        core, at, n = self.core, self._at, len(data)
        numbers = core.numbers
        if n <= MAX_DATAGRAM:
            numbers[at["rx_at"]] = self.size - n
            core._bytes[self.size - n:] = data
        numbers[at["rx_length"]], numbers[at["rx_from"]] = n, sender
        core.pending = 1
        before = sum(numbers[self._refused]) + numbers[at["accepted"]]
        core.exchange(self.now_us, -1)
        assert sum(numbers[self._refused]) + numbers[at["accepted"]] == before + 1, "it was not counted once"
        frame = numbers[at["frame"]]
        for q in core.remotes:
            assert numbers[at["ack"] + q] <= numbers[at["told"] + q], "more is acknowledged than was sent"
        for p in range(self.plan.players):
            assert numbers[at["got"] + p] <= frame + AHEAD < core.confirmed + RING, "frames beyond what is kept"

    def play(self, n: int) -> None:
        """A frame, if there is room, with whatever was believed."""
        self.core.set_input(self._pads[n % len(self._pads)])
        self.now_us += FRAME_US
        if self.core.advance(self.now_us) & RAISED:
            raise AssertionError("the step raised, which this game's never does")
        for _, data in self.core.outgoing():
            assert 0 < len(data) <= MAX_DATAGRAM

    def counts(self) -> Counter[str]:
        """What came of the datagrams since the last way back."""
        refused = self.core.stats.refused
        start = memoryview(self._start)[:len(self.core.numbers) * 8].cast("q")
        counts = Counter({why: refused[why] - start[self._refused.start + i] for i, why in enumerate(REASONS) if i})
        counts["accepted"] = self.core.stats.packets_accepted - start[self._at["accepted"]]
        return +counts


@functools.cache
def situation(name: str) -> Situation:
    """One of PLANS, made once."""
    return Situation(PLANS[name])


class Cores:
    """The target."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def plan(self, number: int) -> tuple[str, list[tuple[int, bytes]]]:
        """(situation, (sender, datagram)) of a chunk."""
        draw = random.Random(f"cores {self._seed} {number}")
        name = draw.choice(list(PLANS))
        heard = situation(name).heard
        senders = list(heard)
        strangers = (0, -1, 99, 1 << 40, -(1 << 63))
        datagrams = []
        for _ in range(CHUNK):
            sender = draw.choice(senders)
            data = mutated(draw, heard[sender])
            datagrams.append((sender if draw.random() < 0.99 else draw.choice(strangers), data))
        return name, datagrams

    def chunk(self, number: int, journal: Journal) -> Counter[str]:
        """See Target."""
        name, datagrams = self.plan(number)
        return self._attack(name, datagrams, lambda i: journal.note(number, i))

    def replay(self, case: dict[str, Any]) -> None:
        """See Target."""
        self._attack(case["situation"], [(sender, bytes.fromhex(data)) for sender, data in case["datagrams"]], lambda i: None)

    def _attack(self, name: str, datagrams: Sequence[tuple[int, bytes]], note: Callable[[int], None]) -> Counter[str]:
        at = situation(name)
        at.back()
        for i, (sender, data) in enumerate(datagrams):
            note(i)
            try:
                at.hear(sender, data)
                if i % PLAYS == 0:
                    at.play(i)
            except Exception as error:
                raise Found(f"{name}, {type(error).__name__}: {error}", case_of(name, datagrams[:i + 1])) from error
        return at.counts()


def case_of(name: str, datagrams: Sequence[tuple[int, bytes]]) -> dict[str, Any]:
    """What replay() takes."""
    return {"situation": name, "datagrams": [[sender, data.hex()] for sender, data in datagrams]}
