"""A state machine that does to a match whatever a network can, and judges safety always, liveness whenever all is whole again.

Hypothesis draws the steps and shrinks what fails; the error's last lines are the trace, which `rollstep lab` plays again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from rollstep.errors import RollstepError
from rollstep.testing import PROFILES, Stage, Trace
from tests.games.box import game as box

#: Who is left waits for so long for one who was killed.
TIMEOUT_MS = 10_000
NETS = ["", "rtt=100ms", *PROFILES, "rtt=60ms,jitter=60ms,loss=20%,duplicate=10%,reorder=10%", "burst=5%,recover=10%",
        "rtt=30ms,bandwidth=8kB/s,queue=2kB"]
DAMAGE = ["corrupt=10%", "truncate=10%", "rtt=80ms,loss=5%,corrupt=5%,truncate=5%"]
PLAYERS = st.integers(0, 3)
networks = st.sampled_from(NETS + DAMAGE)
times = st.sampled_from([10, 100, 500, 1000, 2000])
HEADLINE = "the trace, for `rollstep lab`:"


def trace_of(error: BaseException) -> str:
    """The trace in what a machine raised."""
    (note,) = [note for note in getattr(error, "__notes__", []) if note.startswith(HEADLINE)]
    return note.removeprefix(HEADLINE).strip() + "\n"


class Machine(RuleBasedStateMachine):
    """One match per example."""

    game, name = box, "tests.games.box:game"
    stage: Stage | None = None
    moved: int | None = None

    @initialize(players=st.integers(2, 4), seed=st.integers(0, 3), net=networks, delay=st.integers(0, 3),
                window=st.sampled_from([8, 2, 15]), drift=st.sampled_from([0, 5000, -10_000]))
    def begin(self, players: int, seed: int, net: str, delay: int, window: int, drift: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.failed = False
        trace = Trace(play_ms=0, game=self.name, players=players, seed=seed, net=net, delay=delay, window=window,
                      timeout_ms=TIMEOUT_MS, drifts_ppm={1: drift} if drift else {})
        self.stage = Stage(trace, self.game, folder=Path(self.folder.name))

    @contextmanager
    def told(self) -> Iterator[Stage]:
        """What goes wrong within is told with the trace."""
        assert self.stage is not None
        try:
            yield self.stage
        except (RollstepError, AssertionError) as error:
            self.failed = True
            error.add_note(f"{HEADLINE}\n{self.stage.done}")
            raise

    def act(self, verb: str, *arguments: Any) -> None:
        """Unless it names a player who does not play."""
        assert self.stage is not None
        if all(p < len(self.stage.peers) for p in arguments if type(p) is int) or verb in ("pause", "delay"):
            with self.told() as stage:
                stage.act(verb, *arguments)

    @rule(ms=times)
    def play(self, ms: int) -> None:
        with self.told() as stage:
            stage.play(ms)

    @rule(one=PLAYERS, other=PLAYERS)
    def cut(self, one: int, other: int) -> None:
        self.act("cut", *((one,) if one == other else (one, other)))

    @rule()
    def heal(self) -> None:
        self.act("heal")

    @rule()
    def goes_on(self) -> None:
        with self.told() as stage:
            stage.recover()
        self.moved = None

    @rule(player=PLAYERS, ms=times)
    def pause(self, player: int, ms: int) -> None:
        if player < len(self.stage.peers):
            self.act("pause", player, ms)

    @rule(player=PLAYERS)
    @precondition(lambda self: all(peer.confirmed for peer in self.stage.peers))    # who is not known yet cannot be followed
    def rebind(self, player: int) -> None:
        if self.moved in (None, player):        # of two who move at once, neither hears of the other again
            self.moved = player
            self.act("rebind", player)

    @rule(net=networks)
    def change(self, net: str) -> None:
        self.act("net", net)

    @rule(one=PLAYERS, other=PLAYERS, net=networks)
    def change_one_way(self, one: int, other: int, net: str) -> None:
        if one != other:
            self.act("link", one, other, net)

    @rule(player=PLAYERS, delay=st.integers(0, 6))
    def delay(self, player: int, delay: int) -> None:
        if player < len(self.stage.peers):
            self.act("delay", player, delay)

    @rule(player=PLAYERS)
    @precondition(lambda self: self.stage.now_ms > 2000)
    def crash(self, player: int) -> None:
        self.act("crash", player)

    @rule(player=PLAYERS)
    @precondition(lambda self: self.stage.now_ms > 2000)
    def leave(self, player: int) -> None:
        if player < len(self.stage.peers) and self.stage.peers[player] in self.stage.here:
            self.act("leave", player)

    def teardown(self) -> None:
        if self.stage is None:
            return
        try:
            if not self.failed:
                with self.told() as stage:
                    stage.recover()
                    stage.finish()
        finally:
            self.folder.cleanup()
