"""What is heard of a match's effects, and when. That each is told once is the engine's: tests/session/test_effects.py."""

from typing import Any

import pytest

from demo_game.sound.cues import LATE_FRAMES, NO_CHANGES, WHEN_SURE, heard
from demo_game.world import Effect, Spot
from rollstep import EffectEvent

HIT = Effect.HIT


def event(what: Any, kind: Effect = HIT, frame: int = 10, number: int = 0) -> EffectEvent:
    return EffectEvent(what, number, frame, kind, 0, Spot(x=5))


def test_a_guess_is_heard_at_once_and_its_confirmation_is_not():
    started = event("started")
    assert heard([started], 11).start == [started]
    assert heard([event("confirmed")], 15) is NO_CHANGES


def test_a_hit_that_never_happened_is_cancelled_and_what_came_instead_is_heard():
    wrong, right = event("cancelled"), event("started", Effect.BLOCK, number=1)
    changes = heard([wrong, right], 12)
    assert (changes.start, changes.cancel) == ([right], [wrong])


def test_what_a_rollback_finds_in_the_past_is_heard_late_or_not_at_all():
    assert heard([event("started")], 11 + LATE_FRAMES).start
    assert heard([event("started")], 12 + LATE_FRAMES) is NO_CHANGES


@pytest.mark.parametrize("kind", sorted(WHEN_SURE))
def test_what_ends_a_round_is_heard_when_it_is_sure_however_late(kind):
    assert heard([event("started", kind)], 11) is NO_CHANGES
    sure = event("confirmed", kind)
    assert heard([sure], 100).start == [sure]


def test_a_quiet_frame_is_no_change():
    assert heard([], 1) is NO_CHANGES
