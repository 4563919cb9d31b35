"""Keyboards and gamepads as the `Pad.buttons` of a player, and as steps through a menu.

`Pads` is all that the app needs. Below it: `keyboard` and `gamepad` turn events into bits, `latch` keeps what happens between
two frames, `seats` knows whose gamepad it is, `actions` and `keys` have the words. Imports pygame, `world` and nothing else of
the game.
"""

from .pads import MenuAction, Pads, Plugged, Unplugged

__all__ = ["MenuAction", "Pads", "Plugged", "Unplugged"]
