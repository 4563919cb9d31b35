"""Keys and gamepads become buttons. The gamepads are SDL's virtual ones, so they take the whole way through pygame."""

import functools
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_game.pads import Pads, Plugged, Unplugged
from demo_game.pads.actions import BUTTONS, Layout, cancel_opposites, conflict, default_layouts
from demo_game.pads.keyboard import Keyboard
from demo_game.pads.keys import CODES, NAMES, key_code, key_label, key_name
from demo_game.pads.latch import Latch
from demo_game.world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP

from .virtual_gamepad import JOYSTICK, VirtualGamepad

A, B, START = 0, 1, 6       # buttons of a virtual gamepad
SHARED = True


@dataclass
class Keys:
    keys: tuple[Layout, Layout] = field(default_factory=default_layouts)


class Table:
    """The pads, and SDL's events through `handle` in between."""

    def __init__(self) -> None:
        self.pads = Pads(Keys())
        self.gamepads: list[VirtualGamepad] = []

    def plug(self, *kind: int, player: int | None = 0) -> VirtualGamepad:
        """A gamepad comes, and is `player`'s."""
        self.gamepads.append(VirtualGamepad(*kind))
        name = "Virtual Joystick" if JOYSTICK in kind else "Virtual Controller"
        assert self.news() == [Plugged(player, name)]
        return self.gamepads[-1]

    def news(self) -> list[Plugged | Unplugged]:
        return [news for event in pygame.event.get() if (news := self.pads.handle(event)) is not None]

    def actions(self) -> list[str]:
        return [action for event in pygame.event.get() if (action := self.pads.menu_action(event)) is not None]

    def read(self, player: int, shared: bool = False) -> int:
        self.news()
        return self.pads.read(player, shared)


def key(code: int, down: bool = True) -> pygame.Event:
    return pygame.Event(pygame.KEYDOWN if down else pygame.KEYUP, key=code)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.display.set_mode((64, 36))
    pygame.event.get()
    table = Table()
    yield table
    for gamepad in table.gamepads:
        gamepad.unplug()
    pygame.quit()


# ---------------------------------------------------------------------------- keyboards

def test_each_player_has_a_half_of_the_keyboard(table: Table) -> None:
    for code in (pygame.K_d, pygame.K_f, pygame.K_LEFT, pygame.K_o):
        table.pads.handle(key(code))
    assert table.pads.read(0) == RIGHT | FAST
    assert table.pads.read(1) == LEFT | SHOT


def test_against_the_bot_both_halves_are_one_players(table: Table) -> None:
    table.pads.handle(key(pygame.K_d))
    table.pads.handle(key(pygame.K_p))
    assert table.pads.read(0, SHARED) == RIGHT | THROW
    assert table.pads.read(1, SHARED) == RIGHT | THROW


def test_a_tap_between_two_reads_shows_once(table: Table) -> None:
    table.pads.handle(key(pygame.K_f))
    table.pads.handle(key(pygame.K_f, down=False))
    assert [table.pads.buttons(0), table.pads.read(0), table.pads.read(0)] == [FAST, FAST, 0]


def test_a_held_key_that_is_let_go_for_a_moment_makes_a_new_press(table: Table) -> None:
    table.pads.handle(key(pygame.K_f))
    assert table.pads.read(0) == FAST
    table.pads.handle(key(pygame.K_f, down=False))
    table.pads.handle(key(pygame.K_f))
    assert [table.pads.read(0) for _ in range(3)] == [0, FAST, FAST]


def test_opposite_directions_are_none_also_from_two_devices(table: Table) -> None:
    for code in (pygame.K_a, pygame.K_d, pygame.K_w):
        table.pads.handle(key(code))
    assert table.pads.read(0) == UP
    table.pads.handle(key(pygame.K_a, down=False))
    assert table.pads.read(0) == UP | RIGHT
    table.pads.handle(key(pygame.K_LEFT))
    table.pads.handle(key(pygame.K_DOWN))
    assert table.pads.read(0, SHARED) == 0


def test_of_two_keys_for_an_action_the_second_keeps_it_held(table: Table) -> None:
    table.pads.handle(key(pygame.K_w))
    table.pads.handle(key(pygame.K_SPACE))
    table.pads.handle(key(pygame.K_w, down=False))
    assert table.pads.read(0) == UP
    table.pads.handle(key(pygame.K_SPACE, down=False))
    assert table.pads.read(0) == 0


def test_without_the_focus_nothing_is_held(table: Table) -> None:
    gamepad = table.plug()
    gamepad.button(A, True)
    table.pads.handle(key(pygame.K_f))
    assert table.read(0) == FAST
    table.pads.handle(pygame.Event(pygame.WINDOWFOCUSLOST))
    assert table.pads.read(0) == 0
    table.pads.handle(key(pygame.K_f, down=False))
    assert table.pads.read(0) == 0


def test_bound_keys_replace_the_old_ones_at_once(table: Table) -> None:
    settings = Keys()
    settings.keys[0]["fast"] = ["x", "lshift"]
    table.pads.handle(key(pygame.K_f))
    table.pads.bind(settings)
    assert table.pads.read(0) == 0
    table.pads.handle(key(pygame.K_f))
    assert table.pads.read(0) == 0
    table.pads.handle(key(pygame.K_LSHIFT))
    assert table.pads.read(0) == FAST
    assert ("fast blow", "X or Left Shift") in table.pads.describe(0)


# ---------------------------------------------------------------------------- gamepads

def test_buttons_cross_and_stick_of_a_gamepad(table: Table) -> None:
    gamepad = table.plug()
    for number, button in enumerate([FAST, HEAVY, SHOT, THROW, 0, 0, 0, 0, 0, SHOT, THROW, UP, DOWN, LEFT, RIGHT]):
        gamepad.button(number, True)
        assert table.read(0) == button
        gamepad.button(number, False)
        assert table.read(0) == 0
    for axis, way, button in ((0, -1, LEFT), (0, 1, RIGHT), (1, -1, UP), (1, 1, DOWN)):
        gamepad.axis(axis, way)
        assert table.read(0) == button
        gamepad.axis(axis, 0)
        assert table.read(0) == 0


def test_a_stick_near_its_threshold_does_not_flutter(table: Table) -> None:
    gamepad = table.plug()
    seen = []
    for way in (0.3, 0.45, 0.55, 0.45, 0.4, 0.55, 0.3):
        gamepad.axis(0, way)
        seen.append(table.read(0))
    assert seen == [0, 0, RIGHT, RIGHT, RIGHT, RIGHT, 0]


def test_a_stick_thrown_from_side_to_side_is_never_both(table: Table) -> None:
    gamepad = table.plug()
    gamepad.axis(0, -1)
    assert table.read(0) == LEFT
    gamepad.axis(0, 1)
    assert table.read(0) == RIGHT


def test_an_unknown_joystick_works_by_its_numbers(table: Table) -> None:
    gamepad = table.plug(JOYSTICK)
    gamepad.axis(1, 1)
    gamepad.button(2, True)
    assert table.read(0) == DOWN | SHOT
    gamepad.axis(1, 0)
    gamepad.button(2, False)
    gamepad.hat(1 | 8)
    assert table.read(0) == UP | LEFT
    gamepad.hat(0)
    assert table.read(0) == 0


def test_two_gamepads_are_two_players_and_one_when_shared(table: Table) -> None:
    first, second = table.plug(), table.plug(JOYSTICK, player=1)
    first.button(A, True)
    second.button(B, True)
    assert (table.read(0), table.read(1)) == (FAST, HEAVY)
    assert table.read(0, SHARED) == FAST | HEAVY


def test_a_third_gamepad_is_a_spare(table: Table) -> None:
    for player in range(2):
        table.plug(player=player)
    spare = table.plug(JOYSTICK, player=None)
    spare.button(A, True)
    table.news()
    assert (table.pads.read(0), table.pads.read(1), table.pads.read(0, SHARED)) == (0, 0, FAST)
    spare.unplug()
    assert table.news() == [Unplugged(None, "Virtual Joystick")]


def test_unplugging_releases_all_and_tells_and_plugging_in_restores(table: Table) -> None:
    first, second = table.plug(), table.plug(JOYSTICK, player=1)
    first.axis(0, 1)
    first.button(A, True)
    assert table.read(0) == RIGHT | FAST
    first.unplug()
    assert table.news() == [Unplugged(0, "Virtual Controller")]
    assert table.pads.read(0) == 0 and table.pads.gamepad_of(0) is None
    second.button(A, True)
    assert (table.read(0), table.read(1)) == (0, FAST)         # nobody moved up
    again = table.plug(player=0)
    again.button(B, True)
    assert table.read(0) == HEAVY


def test_both_unplugged_find_back_in_any_order(table: Table) -> None:
    for gamepad in (table.plug(), table.plug(JOYSTICK, player=1)):
        gamepad.unplug()
    assert table.news() == [Unplugged(0, "Virtual Controller"), Unplugged(1, "Virtual Joystick")]
    table.plug(JOYSTICK, player=1)
    table.plug(player=0)


def test_another_gamepad_replaces_a_broken_one(table: Table) -> None:
    table.plug().unplug()
    assert table.news() == [Unplugged(0, "Virtual Controller")]
    table.plug(JOYSTICK, player=0)


def test_gamepads_from_before_the_start_are_there_without_news(table: Table) -> None:
    gamepad = VirtualGamepad()
    table.gamepads.append(gamepad)
    table.pads = Pads(Keys())
    assert table.pads.gamepad_of(0) == "Virtual Controller"
    gamepad.button(A, True)
    assert table.news() == []
    assert table.pads.read(0) == FAST


def test_without_joysticks_the_keyboard_works(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise pygame.error("no such bus")
    monkeypatch.setattr(pygame.joystick, "init", broken)
    pads = Pads(Keys())
    assert pads.no_gamepads_because == "no gamepads: no such bus; the keyboard works"
    pads.handle(key(pygame.K_f))
    assert pads.read(0) == FAST


# ---------------------------------------------------------------------------- menus

def test_a_stick_moves_a_menu_once_for_each_push(table: Table) -> None:
    gamepad = table.plug()
    actions = []
    for way in (0.2, 0.6, 0.8, 1, 0.45, 0.9, 0.1, 0.7, 0, -1):
        gamepad.axis(1, way)
        actions += table.actions()
    assert actions == ["down", "down", "up"]


def test_buttons_and_keys_in_a_menu(table: Table) -> None:
    gamepad = table.plug()
    actions = []
    for number in (A, B, START, 4, 11, 12, 13, 14):
        for down in (True, False):
            gamepad.button(number, down)
            actions += table.actions()
    assert actions == ["choose", "back", "choose", "back", "up", "down", "left", "right"]
    codes = {pygame.K_RETURN: "choose", pygame.K_SPACE: "choose", pygame.K_ESCAPE: "back", pygame.K_LEFT: "left",
             pygame.K_w: "up", pygame.K_k: "choose", pygame.K_l: "back", pygame.K_z: None}
    assert {code: table.pads.menu_action(key(code)) for code in codes} == codes
    assert all(table.pads.menu_action(key(code, down=False)) is None for code in codes)


def test_the_order_of_handle_and_menu_action_does_not_matter(table: Table) -> None:
    event = key(pygame.K_f)
    assert table.pads.menu_action(event) == "choose"
    assert table.pads.handle(event) is None
    assert table.pads.menu_action(event) == "choose"
    assert table.pads.read(0) == FAST
    table.gamepads.append(VirtualGamepad())
    news = []
    for event in pygame.event.get():
        assert table.pads.menu_action(event) is None
        news.append(table.pads.handle(event))
    assert [entry for entry in news if entry is not None] == [Plugged(0, "Virtual Controller")]
    table.gamepads[0].button(A, True)
    actions = []
    for event in pygame.event.get():
        table.pads.handle(event)
        actions.append(table.pads.menu_action(event))
    assert [action for action in actions if action is not None] == ["choose"]


def test_a_stick_held_from_the_match_does_not_move_the_menu_after_it(table: Table) -> None:
    gamepad = table.plug()
    gamepad.axis(0, 0.8)
    table.news()
    gamepad.axis(0, 1)
    assert table.actions() == []


def test_escape_and_start_pause(table: Table) -> None:
    gamepad = table.plug()
    gamepad.button(START, True)
    assert [table.pads.asks_for_pause(event) for event in pygame.event.get()].count(True) == 1
    assert table.pads.asks_for_pause(key(pygame.K_ESCAPE))
    assert not table.pads.asks_for_pause(key(pygame.K_f))
    assert table.pads.read(0) == FAST                           # start is no button of a fighter


# ---------------------------------------------------------------------------- words

def test_every_key_has_a_name_that_leads_back_to_it() -> None:
    assert all(key_code(name) == code and key_name(code) == name for code, name in NAMES.items())
    assert set(NAMES) == set(CODES.values())
    assert key_code("no such key") is None and key_name(-5) is None
    assert [key_label(name) for name in ("a", "left", "kp1", "kp_plus", "f10")] == \
        ["A", "Left arrow", "Keypad 1", "Keypad Plus", "F10"]


def test_the_default_layouts_are_whole_and_apart() -> None:
    layouts = default_layouts()
    assert conflict(layouts) is None
    for layout in layouts:
        assert set(layout) == set(BUTTONS)
        assert all(key_code(name) is not None for names in layout.values() for name in names)
    layouts[1]["fast"].append("f")
    assert conflict(layouts) == '"f" is both fast of the left layout and fast of the right one'


# ---------------------------------------------------------------------------- properties

@given(st.lists(st.one_of(st.integers(0, 255), st.none()), max_size=40))
def test_a_latch_loses_no_change_and_invents_none(history: list[int | None]) -> None:
    """A level is set, None reads. What a read shows differs from the one before only where something has changed in between."""
    latch, level, shown, changed = Latch(), 0, 0, 0
    for entry in history:
        if entry is not None:
            changed |= entry ^ level
            level = entry
            latch.set(entry)
            continue
        assert latch.peek() == latch.peek()
        before, shown = shown, latch.read()
        assert changed & (shown ^ before) == changed                    # each change is seen
        assert (shown ^ level) & ~changed == 0                          # what did not change is shown as it is
        changed = shown ^ level                                         # to be seen next time
    latch.read()
    assert latch.read() == level


@given(st.integers(0, 255))
def test_opposites_never_come_through(buttons: int) -> None:
    result = cancel_opposites(buttons)
    assert result & ~buttons == 0
    assert result & (LEFT | RIGHT) != LEFT | RIGHT and result & (UP | DOWN) != UP | DOWN
    assert result & (FAST | HEAVY | SHOT | THROW) == buttons & (FAST | HEAVY | SHOT | THROW)
    assert cancel_opposites(result) == result


LEFT_KEYS = {code: BUTTONS[action] for action, names in default_layouts()[0].items() for code in map(key_code, names)}


@given(st.lists(st.tuples(st.sampled_from(sorted(LEFT_KEYS)), st.booleans())))
def test_what_is_held_in_the_end_is_read_in_the_end(presses: list[tuple[int, bool]]) -> None:
    keyboard = Keyboard(default_layouts()[0])
    held = set()
    for code, down in presses:
        keyboard.key(code, down)
        (held.add if down else held.discard)(code)
    keyboard.latch.read()
    assert keyboard.latch.read() == functools.reduce(operator.or_, (LEFT_KEYS[code] for code in held), 0)
