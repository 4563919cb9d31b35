"""Any match under any faults is safe, and goes on when they are over; a broken engine is caught and told in a few lines."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from rollstep.errors import Diverged
from rollstep.testing import Network, Stuck, Trace, play_trace
from tests.games.box import game as box

from .machine import PLAYERS, Machine, trace_of

#: Without Hypothesis's own explanation of a failure: the trace is one, and replays.
PLAIN = settings(phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False)
MATCHES = settings(PLAIN, max_examples=25, stateful_step_count=15)
LONGER_MATCHES = settings(PLAIN, max_examples=400, stateful_step_count=40)
#: Enough to find what is broken on purpose.
FEW = settings(PLAIN, max_examples=200, stateful_step_count=8)


def test_matches_are_safe_and_go_on_whatever_the_network_does():
    run_state_machine_as_test(Machine, settings=MATCHES)


@pytest.mark.heavy
def test_more_and_longer_matches_are_safe_and_go_on():
    run_state_machine_as_test(Machine, settings=LONGER_MATCHES)


class BadMemory(Machine):
    """An engine in which a bit may change by itself."""

    @rule(player=PLAYERS)
    def flip(self, player: int) -> None:
        self.act("flip", player)


def test_a_bit_that_changes_by_itself_is_caught_and_told_in_a_few_lines_that_replay():
    with pytest.raises(Diverged) as caught:
        run_state_machine_as_test(BadMemory, settings=FEW)
    text = trace_of(caught.value)
    assert len(text.splitlines()) <= 8 and " flip " in text
    outcome = play_trace(Trace.parse(text), box)
    assert outcome.verdict == "unsafe" and outcome.message == str(caught.value)


def test_a_network_that_does_not_heal_is_caught_and_told_in_a_few_lines_that_replay(monkeypatch):
    monkeypatch.setattr(Network, "heal", lambda self, source=None, target=None: None)
    with pytest.raises(Stuck) as caught:
        run_state_machine_as_test(Machine, settings=FEW)
    text = trace_of(caught.value)
    assert len(text.splitlines()) <= 8 and " cut " in text
    assert play_trace(Trace.parse(text), box).verdict == "stuck"
    monkeypatch.undo()
    assert play_trace(Trace.parse(text), box).verdict == "kept"
