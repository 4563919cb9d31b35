"""The devices of both players, fed with pygame's events, read once per simulated frame."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import pygame
from pygame._sdl2 import controller

from ..world import DOWN, FAST, HEAVY, LEFT, RIGHT, UP
from .actions import ALL, Layout, cancel_opposites
from .gamepad import DESCRIPTION, SELECT, START, Gamepad
from .keyboard import Keyboard
from .latch import Latch
from .seats import Seats

MenuAction = Literal["up", "down", "left", "right", "choose", "back"]

# These work whatever is bound, so that no settings file can lock anybody out of the menus.
MENU_KEYS: dict[int, MenuAction] = {
    pygame.K_UP: "up", pygame.K_DOWN: "down", pygame.K_LEFT: "left", pygame.K_RIGHT: "right",
    pygame.K_RETURN: "choose", pygame.K_KP_ENTER: "choose", pygame.K_SPACE: "choose",
    pygame.K_ESCAPE: "back", pygame.K_BACKSPACE: "back",
}
# In this order: what an event presses at once counts as the first of these.
MENU_BUTTONS: dict[int, MenuAction] = {
    START: "choose", FAST: "choose", SELECT: "back", HEAVY: "back", UP: "up", DOWN: "down", LEFT: "left", RIGHT: "right",
}


@dataclass(frozen=True, slots=True)
class Plugged:
    """A gamepad is there. It is `player`'s, or a spare (None)."""

    player: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Unplugged:
    """A gamepad is gone; `player` has lost it (None: it was a spare). A good moment to pause."""

    player: int | None
    name: str


class KeySettings(Protocol):
    """What is read of `settings.Settings`."""

    keys: tuple[Layout, Layout]


class Pads:
    """Make it when the display is initialized. Gamepads that are plugged in already are there at once, without an event."""

    def __init__(self, settings: KeySettings) -> None:
        self.no_gamepads_because: str | None = None
        self._keyboards = tuple(Keyboard(layout) for layout in settings.keys)
        self._seats = Seats()
        self._last: pygame.Event | None = None          # `handle` and `menu_action` get the same event, in any order
        self._news: Plugged | Unplugged | None = None
        self._pressed = 0
        pygame.register_quit(self.close)    # an open controller that outlives pygame.quit() crashes when it is collected
        try:
            pygame.joystick.init()
            controller.init()
            for device in range(pygame.joystick.get_count()):
                self._plug(device)
        except (pygame.error, NotImplementedError) as error:
            self.no_gamepads_because = f"no gamepads: {error}; the keyboard works"

    def bind(self, settings: KeySettings) -> None:
        """Take the keys of changed settings."""
        for keyboard, layout in zip(self._keyboards, settings.keys, strict=True):
            keyboard.bind(layout)

    def close(self) -> None:
        """Let go of the gamepads; pygame.quit() does it."""
        for gamepad in list(self._seats):
            self._seats.remove(gamepad)
            gamepad.close()
        controller.quit()

    # ------------------------------------------------------------------ events in

    def handle(self, event: pygame.Event) -> Plugged | Unplugged | None:
        """Take an event in, of any type; every event goes through here. Tells when a gamepad has come or gone."""
        self._take(event)
        return self._news

    def menu_action(self, event: pygame.Event) -> MenuAction | None:
        """What an event means in a menu: keys and buttons when they go down, a stick when it leaves the middle."""
        self._take(event)
        if event.type == pygame.KEYDOWN and event.key in MENU_KEYS:
            return MENU_KEYS[event.key]
        return next((action for bit, action in MENU_BUTTONS.items() if self._pressed & bit), None)

    def asks_for_pause(self, event: pygame.Event) -> bool:
        """Escape, or a gamepad's Start."""
        self._take(event)
        return bool(self._pressed & START) or (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE)

    def release_all(self) -> None:
        """As if nothing were held, until it is pressed again."""
        for device in (*self._keyboards, *self._seats):
            device.release()

    def _take(self, event: pygame.Event) -> None:
        if event is self._last:
            return
        self._last, self._news, self._pressed = event, None, 0
        match event.type:
            case pygame.KEYDOWN | pygame.KEYUP:
                self._key(event.key, event.type == pygame.KEYDOWN)
            case pygame.WINDOWFOCUSLOST:
                self.release_all()
            case pygame.JOYDEVICEADDED:
                self._news = self._plug(event.device_index)
            case pygame.JOYDEVICEREMOVED:
                self._news = self._unplug(event.instance_id)
            case _ if (gamepad := self._seats.find(getattr(event, "instance_id", -1))) is not None:
                self._pressed = gamepad.handle(event)

    def _key(self, code: int, down: bool) -> None:
        for keyboard in self._keyboards:
            keyboard.key(code, down)
            if down:
                self._pressed |= keyboard.buttons_of(code)

    def _plug(self, device: int) -> Plugged | None:
        try:
            gamepad = Gamepad(device)
        except pygame.error:    # gone again, or not ours to open: as if it had never been there
            return None
        if self._seats.find(gamepad.instance) is not None:
            return None         # SDL announces what was there at the start as well
        return Plugged(self._seats.add(gamepad), gamepad.name)

    def _unplug(self, instance: int) -> Unplugged | None:
        gamepad = self._seats.find(instance)
        if gamepad is None:
            return None
        player = self._seats.remove(gamepad)
        gamepad.close()
        return Unplugged(player, gamepad.name)

    # ------------------------------------------------------------------ buttons out

    def read(self, player: int, shared: bool = False) -> int:
        """`Pad.buttons` for the next frame; call it once per simulated frame. A tap since the last call is in it.

        `shared`: one person at this machine, whose are both layouts and all gamepads, whichever player they are in the match.
        """
        return _joined(latch.read() for latch in self._latches(player, shared))

    def buttons(self, player: int, shared: bool = False) -> int:
        """What `read` would give, left for it to take."""
        return _joined(latch.peek() for latch in self._latches(player, shared))

    def _latches(self, player: int, shared: bool) -> list[Latch]:
        if shared:
            return [device.latch for device in (*self._keyboards, *self._seats)]
        gamepad = self._seats.of(player)
        return [self._keyboards[player].latch, *([gamepad.latch] if gamepad is not None else [])]

    # ------------------------------------------------------------------ words for the controls screen

    def describe(self, player: int) -> list[tuple[str, str]]:
        """(action, keys) of a player's keyboard layout."""
        return self._keyboards[player].describe()

    def describe_gamepad(self) -> list[tuple[str, str]]:
        """(action, buttons) of every gamepad that SDL knows."""
        return list(DESCRIPTION)

    def gamepad_of(self, player: int) -> str | None:
        """The name of a player's gamepad."""
        gamepad = self._seats.of(player)
        return gamepad.name if gamepad is not None else None


def _joined(levels: Iterable[int]) -> int:
    """Several devices as one pad."""
    together = 0
    for level in levels:
        together |= level
    return cancel_opposites(together & ALL)
