"""Gamepads that exist only in SDL, for tests: they come, press buttons, move sticks and go like real ones.

Needs pygame.joystick initialized; what a gamepad does arrives with the next `pygame.event.get()`.
"""

import ctypes
from functools import cache
from pathlib import Path

import pygame

JOYSTICK, GAMEPAD = 0, 1        # SDL_JoystickType: SDL has a mapping for the second alone


@cache
def _sdl() -> ctypes.CDLL:
    """The SDL that pygame has loaded, not another one of the system."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    path = next(line.split(maxsplit=5)[5] for line in maps if "/libSDL2-2" in line)
    sdl = ctypes.CDLL(path)
    sdl.SDL_JoystickOpen.restype = ctypes.c_void_p
    sdl.SDL_JoystickClose.argtypes = [ctypes.c_void_p]
    sdl.SDL_JoystickSetVirtualAxis.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int16]
    sdl.SDL_JoystickSetVirtualButton.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint8]
    sdl.SDL_JoystickSetVirtualHat.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint8]
    return sdl


class VirtualGamepad:
    """A gamepad of 6 axes and 15 buttons in SDL's order, or with `JOYSTICK` a plain one of 2 axes, 4 buttons and a hat."""

    def __init__(self, kind: int = GAMEPAD) -> None:
        axes, buttons, hats = (6, 15, 0) if kind == GAMEPAD else (2, 4, 1)
        device = _sdl().SDL_JoystickAttachVirtual(kind, axes, buttons, hats)
        assert device >= 0, pygame.get_error()
        self.instance: int = _sdl().SDL_JoystickGetDeviceInstanceID(device)
        self._joystick = _sdl().SDL_JoystickOpen(device)

    def button(self, number: int, down: bool) -> None:
        assert _sdl().SDL_JoystickSetVirtualButton(self._joystick, number, down) == 0

    def axis(self, number: int, way: float) -> None:
        """`way` is -1..1."""
        assert _sdl().SDL_JoystickSetVirtualAxis(self._joystick, number, round(way * 32_767)) == 0

    def hat(self, bits: int) -> None:
        """1 up, 2 right, 4 down, 8 left."""
        assert _sdl().SDL_JoystickSetVirtualHat(self._joystick, 0, bits) == 0

    def unplug(self) -> None:
        for device in range(_sdl().SDL_NumJoysticks()):
            if _sdl().SDL_JoystickGetDeviceInstanceID(device) == self.instance:
                assert _sdl().SDL_JoystickDetachVirtual(device) == 0
                _sdl().SDL_JoystickClose(self._joystick)
                return
