"""One gamepad or joystick as a pad.

A device that SDL knows (its game controller mapping) has named buttons, wherever the maker has put them. Any other
joystick has axes 0 and 1 or a hat for directions, and buttons 0 to 3 in the order of our own.
"""

from contextlib import suppress

import pygame
from pygame._sdl2 import controller

from ..world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP
from .latch import Latch

# Buttons that a fighter does not know but the menus do, above the bits of `Pad.buttons`.
START, SELECT = 256, 512

BY_NAME = {
    pygame.CONTROLLER_BUTTON_A: FAST, pygame.CONTROLLER_BUTTON_B: HEAVY,
    pygame.CONTROLLER_BUTTON_X: SHOT, pygame.CONTROLLER_BUTTON_Y: THROW,
    pygame.CONTROLLER_BUTTON_LEFTSHOULDER: SHOT, pygame.CONTROLLER_BUTTON_RIGHTSHOULDER: THROW,
    pygame.CONTROLLER_BUTTON_DPAD_LEFT: LEFT, pygame.CONTROLLER_BUTTON_DPAD_RIGHT: RIGHT,
    pygame.CONTROLLER_BUTTON_DPAD_UP: UP, pygame.CONTROLLER_BUTTON_DPAD_DOWN: DOWN,
    pygame.CONTROLLER_BUTTON_START: START, pygame.CONTROLLER_BUTTON_BACK: SELECT,
}
BY_NUMBER = {0: FAST, 1: HEAVY, 2: SHOT, 3: THROW}
STICK = {0: (LEFT, RIGHT), 1: (UP, DOWN)}       # axis: (negative, positive); the left stick's for both kinds of device

PRESS, LET_GO = 0.5, 0.35       # of an axis's way: two thresholds, so that a stick held near one does not flutter

DESCRIPTION = [("left, right", "stick or cross"), ("jump, crouch", "stick or cross"), ("fast blow", "A"), ("heavy blow", "B"),
               ("shot", "X or left shoulder"), ("throw", "Y or right shoulder"), ("pause", "Start")]


class Gamepad:
    """Opens the device with this index; pygame.error when it cannot be opened."""

    def __init__(self, device: int) -> None:
        self.latch = Latch()
        self._joystick = pygame.joystick.Joystick(device)
        self._controller = controller.Controller(device) if controller.is_controller(device) else None
        self.instance: int = self._joystick.get_instance_id()
        self.guid: str = self._joystick.get_guid()
        self.name: str = self._joystick.get_name()
        self._down: set[int] = set()    # numbers of buttons
        self._stick = 0
        self._hats: dict[int, int] = {}

    def handle(self, event: pygame.Event) -> int:
        """Take an event of this device in; the bits that it has pressed anew, START and SELECT among them.

        A device with a mapping sends each event twice, as a controller's and as a joystick's: one kind counts.
        """
        before = self.latch.level
        mapped = self._controller is not None
        match event.type:
            case pygame.CONTROLLERBUTTONDOWN | pygame.CONTROLLERBUTTONUP if mapped:
                self._button(event.button, event.type == pygame.CONTROLLERBUTTONDOWN)
            case pygame.CONTROLLERAXISMOTION if mapped:
                self._axis(event.axis, event.value / 32_767)
            case pygame.JOYBUTTONDOWN | pygame.JOYBUTTONUP if not mapped:
                self._button(event.button, event.type == pygame.JOYBUTTONDOWN)
            case pygame.JOYAXISMOTION if not mapped:
                self._axis(event.axis, event.value)
            case pygame.JOYHATMOTION if not mapped:
                x, y = event.value
                self._hats[event.hat] = (LEFT if x < 0 else RIGHT if x > 0 else 0) | (DOWN if y < 0 else UP if y > 0 else 0)
            case _:
                return 0
        self.latch.set(self._level())
        return self.latch.level & ~before

    def _button(self, number: int, down: bool) -> None:
        if down:
            self._down.add(number)
        else:
            self._down.discard(number)

    def _axis(self, axis: int, value: float) -> None:
        if axis not in STICK:
            return
        for way, bit in zip((-value, value), STICK[axis], strict=True):
            if way >= PRESS:
                self._stick |= bit
            elif way < LET_GO:
                self._stick &= ~bit

    def _level(self) -> int:
        names = BY_NAME if self._controller is not None else BY_NUMBER
        level = self._stick
        for bits in self._hats.values():
            level |= bits
        for number in self._down:
            level |= names.get(number, 0)
        return level

    def release(self) -> None:
        self._down.clear()
        self._hats.clear()
        self._stick = 0
        self.latch.release()

    def close(self) -> None:
        with suppress(pygame.error):    # it may be unplugged
            if self._controller is not None:
                self._controller.quit()
            self._joystick.quit()
