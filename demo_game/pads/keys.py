"""Names of keys: what stands in the settings, and what a person is shown.

A name is pygame's constant without `K_` in small letters ("a", "left", "kp1", "semicolon"), so it is known without a window.
"""

import pygame.constants


def _codes() -> dict[str, int]:
    found: dict[str, int] = {}
    for constant in dir(pygame.constants):
        if constant.startswith("K_") and constant != "K_UNKNOWN":
            found[constant[2:].lower()] = getattr(pygame.constants, constant)
    return found


CODES = _codes()
# Of two names for a key (KP1 and KP_1) the shorter.
NAMES = {code: name for name, code in sorted(CODES.items(), key=lambda item: -len(item[0]))}

LABELS = {
    "left": "Left arrow", "right": "Right arrow", "up": "Up arrow", "down": "Down arrow", "return": "Enter",
    "kp_enter": "Keypad Enter", "lshift": "Left Shift", "rshift": "Right Shift", "lctrl": "Left Ctrl", "rctrl": "Right Ctrl",
    "lalt": "Left Alt", "ralt": "Right Alt", "semicolon": ";", "comma": ",", "period": ".", "slash": "/", "quote": "'",
    "minus": "-", "equals": "=", "leftbracket": "[", "rightbracket": "]", "backslash": "\\", "backquote": "`",
}


def key_code(name: str) -> int | None:
    """The code in pygame's events; None for a name that is none."""
    return CODES.get(name.lower())


def key_name(code: int) -> str | None:
    """The name for the settings; None for a key that has none and cannot be bound."""
    return NAMES.get(code)


def key_label(name: str) -> str:
    """For people: "kp1" is "Keypad 1"."""
    if name in LABELS:
        return LABELS[name]
    if name.startswith("kp"):
        return f"Keypad {name[2:].strip('_').capitalize()}"
    return name.capitalize()
