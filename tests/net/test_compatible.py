"""Two records that would not compute the same match: each difference is named, on both sides, and none is overlooked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollstep.net.compatible import claims, compare
from rollstep.wire.control import Record
from rollstep.wire.input_packet import MAX_DELAY

OURS = Record(b"instance", 0, 1, (0, 1, 1), 60, (1,), 8, False, True, b"L" * 16, b"C" * 16, b"R" * 16, "box")
THEIRS = replace(OURS, instance=b"another!", slot=1, receiver=0, delays=(2, 3))


def both(ours: Record, theirs: Record) -> list[str | None]:
    """What each of the two says is different."""
    return [None if found is None else found.what for found in (compare(ours, theirs), compare(theirs, ours))]


def test_what_may_differ_differs():
    assert both(OURS, THEIRS) == both(OURS, replace(THEIRS, window=0, delays=(0, MAX_DELAY))) == [None, None]


@pytest.mark.parametrize(("what", "change"), [
    ("game", {"game": "chess"}), ("number of players", {"owners": (0, 1, 1, 1), "delays": (1, 1, 1)}),
    ("player", {"slot": 2}), ("player", {"receiver": 2}),
    ("division of the players among peers", {"owners": (0, 1, 0), "delays": (1,)}), ("fps", {"fps": 50}),
    ("commit and reveal", {"reveals": True}), ("sealing", {"sealed": False}),
    ("layout of state and input", {"layout": bytes(16)}), ("content", {"content": bytes(16)}), ("rules", {"rules": bytes(16)}),
])
def test_each_difference_is_named_by_both(what, change):
    assert both(OURS, replace(THEIRS, **change)) == [what, what]


def test_the_name_of_another_game_reaches_nobodys_terminal_raw():
    for game, told in (("\x1b[2Jbox\n", r"'\x1b[2Jbox\n'"), ("Дурак", "Дурак")):
        found = compare(OURS, replace(THEIRS, game=game))
        assert str(found) == f"we and the peer differ in game: ours box, theirs {told}"


@pytest.mark.parametrize("delays", [(MAX_DELAY + 1, 1), (1, MAX_DELAY + 1), (255, 255)])
def test_a_delay_that_nobody_may_have_is_refused(delays):
    assert compare(OURS, replace(THEIRS, delays=delays)).what == "input delay"


def test_two_without_a_delay_would_wait_for_each_other_in_lockstep_and_for_nobody_else():
    ours, theirs = replace(OURS, window=0, delays=(0,)), replace(THEIRS, window=0, delays=(0, 3))
    assert both(ours, theirs) == ["input delay", "input delay"]
    for one, other in ((replace(ours, window=1), theirs), (ours, replace(theirs, window=1)),
                       (replace(ours, delays=(1,)), theirs), (ours, replace(theirs, delays=(1, 1)))):
        assert both(one, other) == [None, None]


def test_a_greeting_contradicts_us_when_it_is_of_somebody_else_or_for_somebody_else():
    assert claims(0, 1, 1, 0) is None
    assert "two peers claim one player" in str(claims(0, 1, 0, 1))
    for sender, addressed in ((2, 0), (1, 2), (2, 1)):
        assert claims(0, 1, sender, addressed).what == "player"
