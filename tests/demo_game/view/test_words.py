"""Letters, announcements and the network panel."""

import string

import numpy as np
import pygame
import pytest

from demo_game.view import NetworkFacts, draw_network, text_width, write
from demo_game.view.boxes import FACTS, facts_of
from demo_game.view.camera import FLOOR_ROW
from demo_game.view.glyphs import GLYPHS
from demo_game.view.hud import bar_rect, clock_seconds
from demo_game.view.network import depth_colour, lines_of
from demo_game.view.text import ink, write_banner
from demo_game.view.words import Announcement, announcement
from demo_game.world import Act, Ending, Move, Phase

from .scenes import TABLES, act, canvas, pixels, shown, world

PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
NAMES = ("ANNA", "BEN")


def test_every_printable_character_has_its_own_glyph() -> None:
    assert set(PRINTABLE) <= set(GLYPHS)
    shapes = {(rows, len(rows[0])) for rows in GLYPHS.values()}
    assert len(shapes) == len(GLYPHS)


@pytest.mark.parametrize("character", sorted(GLYPHS))
def test_a_glyph_is_a_rectangle_with_ink_in_it(character: str) -> None:
    rows = GLYPHS[character]
    assert 7 <= len(rows) <= 9
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows[0]) <= 5
    assert ("#" in "".join(rows)) == (character != " ")


def test_digits_are_equally_wide() -> None:
    assert len({text_width(digit) for digit in string.digits}) == 1


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_width_is_that_of_the_ink(size: int) -> None:
    surface = canvas()
    width = write(surface, "Hit", 40, 20, size=size, shadow=False)
    columns = np.flatnonzero(pixels(surface).any(axis=(0, 2)))
    assert width == text_width("Hit", size)
    assert (columns.min(), columns.max() + 1) == (40, 40 + width)


def test_a_line_is_aligned_at_its_place() -> None:
    for align, left in (("left", 100), ("center", 100 - text_width("HEH") // 2), ("right", 100 - text_width("HEH"))):
        surface = canvas()
        write(surface, "HEH", 100, 20, align=align, shadow=False)
        assert np.flatnonzero(pixels(surface).any(axis=(0, 2))).min() == left


def test_an_unknown_character_is_a_question_mark() -> None:
    assert (ink("\N{SNOWMAN}") == ink("?")).all()
    assert write(canvas(), "", 0, 0) == 0


def test_a_banner_is_centred() -> None:
    rect = write_banner(canvas(), "K.O.", 320, 130, top=(255, 255, 255), bottom=(200, 40, 40), scale=6)
    assert abs(rect.centerx - 320) <= 1 and abs(rect.centery - 130) <= 1


def _said(ending: Ending, clock: int) -> Announcement | None:
    state = world()
    state.phase, state.ending, state.clock = Phase.PAUSE, ending, clock
    state.fighters[0].health = 0
    return announcement(shown(state), TABLES, NAMES)


def test_each_ending_is_announced_in_its_own_way() -> None:
    said = {}
    for ending in Ending:
        if ending != Ending.NONE:
            late = _said(ending, 10)
            assert late is not None
            said[ending] = (late.text, late.below)
    assert len(set(said.values())) == len(said)
    assert said[Ending.KNOCK_OUT] == ("BEN WINS", "")
    assert said[Ending.PERFECT] == ("PERFECT!", "BEN WINS")
    assert said[Ending.TIME_DRAW][0] == "DRAW"
    assert said[Ending.DOUBLE_KNOCK_OUT][0] == "DOUBLE K.O."


def test_a_knock_out_is_called_before_its_winner() -> None:
    for ending in (Ending.KNOCK_OUT, Ending.PERFECT):
        first = _said(ending, TABLES.rounds.pause_frames - 5)
        assert first is not None and first.text == "K.O."


def test_a_round_is_announced_then_begun_then_left_alone() -> None:
    state = world()
    state.phase, state.round = Phase.INTRO, 2
    texts = []
    for clock in range(TABLES.rounds.intro_frames, 0, -1):
        state.clock = clock
        said = announcement(shown(state), TABLES, NAMES)
        texts.append(said.text if said else None)
    assert texts[0] == "ROUND 2" and texts[-1] == "FIGHT!"
    state.phase, state.clock = Phase.FIGHT, TABLES.rounds.frames - 1
    said = announcement(shown(state), TABLES, NAMES)
    assert said is not None and said.text == "FIGHT!"
    state.clock = TABLES.rounds.frames - 120
    assert announcement(shown(state), TABLES, NAMES) is None


def test_the_end_of_a_match_names_its_winner() -> None:
    state = world()
    state.phase = Phase.DONE
    state.fighters[1].wins = 2
    said = announcement(shown(state), TABLES, NAMES)
    assert said is not None
    assert (said.text, said.below) == ("BEN WINS", "FAST: REMATCH")


@pytest.mark.parametrize(("frames", "seconds"), [(3600, 60), (3599, 60), (61, 2), (60, 1), (1, 1), (0, 0), (-3, 0)])
def test_the_clock_shows_zero_only_at_the_end(frames: int, seconds: int) -> None:
    assert clock_seconds(frames) == seconds


def test_the_network_panel_has_a_bar_for_each_rolled_back_frame() -> None:
    pictures = []
    for rollbacks in ((), (0, 0, 3), (0, 0, 8)):
        surface = canvas()
        rect = draw_network(surface, NetworkFacts(round_trip_ms=40, rollbacks=rollbacks))
        assert surface.get_rect().contains(rect)
        pictures.append(pixels(surface))
    without, shallow, deep = pictures
    low, high = (shallow != without).any(axis=2), (deep != without).any(axis=2)
    assert 0 < low.any(axis=1).sum() < high.any(axis=1).sum()
    assert low.any(axis=0).sum() == 2       # one bar, two columns wide


@pytest.mark.parametrize("window", [1, 8, 64])
def test_the_deepest_rollback_reaches_the_dotted_line_and_no_words_above_it(window: int) -> None:
    pictures = []
    for rollbacks in ((), (window,)):
        surface = canvas()
        rect = draw_network(surface, NetworkFacts(window_frames=window, rollbacks=rollbacks))
        pictures.append(pixels(surface))
    rows = np.flatnonzero((pictures[0] != pictures[1]).any(axis=(1, 2)))
    assert rect.bottom - 26 <= rows.min() <= rect.bottom - 22


def test_a_deeper_rollback_has_a_warmer_colour() -> None:
    assert len({depth_colour(depth, 8) for depth in (1, 4, 8)}) == 3


def test_the_panel_knows_a_connection_that_has_said_nothing() -> None:
    draw_network(canvas(), NetworkFacts(silent_ms=1800))


def test_overlays_lie_above_the_heads_and_leave_bars_combos_and_each_other_free() -> None:
    network = draw_network(canvas(), NetworkFacts(), hint="F9")
    combos = pygame.Rect(40, 76, 112, 32)
    assert network.bottom <= FLOOR_ROW - TABLES.body.standing.top
    assert network.collidelist([*FACTS, combos]) == -1
    for player, facts in enumerate(FACTS):
        assert facts.collidelist([combos, bar_rect(player, 1.0), FACTS[1 - player]]) == -1


@pytest.mark.parametrize("facts", [
    NetworkFacts(), NetworkFacts(round_trip_ms=1234, delay_frames=16, window_frames=64, ahead_frames=-63.5, silent_ms=99_000),
    NetworkFacts(round_trip_ms=1234, sent_kbps=9999)])
def test_each_number_of_the_network_is_named_and_has_room_beside_its_name(facts: NetworkFacts) -> None:
    width = draw_network(canvas(), facts).width
    for name, value, _ in lines_of(facts):
        assert name and text_width(name) + text_width(value) + 4 <= width - 12


@pytest.mark.parametrize("move", Move)
def test_the_numbers_of_a_fighter_have_room_in_their_panel(move: Move) -> None:
    fighter = shown(act(world(), 0, Act.ATTACK, 199, move=move, stun=99, freeze=99)).fighters[0]
    numbers = TABLES.moves[move]
    assert text_width(facts_of(fighter)) <= FACTS[0].width - 12
    assert 5 * (numbers.startup + numbers.active + numbers.recovery) <= FACTS[0].width - 12
