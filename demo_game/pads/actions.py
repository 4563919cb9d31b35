"""The words for the buttons of a pad, in the settings, and on the controls screen; and the keys that they have by default."""

from ..world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP

#: Keys of one player: the names of keys for each action.
Layout = dict[str, list[str]]

BUTTONS = {"left": LEFT, "right": RIGHT, "up": UP, "down": DOWN, "fast": FAST, "heavy": HEAVY, "shot": SHOT, "throw": THROW}
LABELS = {LEFT: "left", RIGHT: "right", UP: "jump", DOWN: "crouch", FAST: "fast blow", HEAVY: "heavy blow", SHOT: "shot",
          THROW: "throw"}
ALL = sum(BUTTONS.values())
OPPOSITES = (LEFT | RIGHT, UP | DOWN)


def default_layouts() -> tuple[Layout, Layout]:
    """Two people at one laptop: letters only, two rows of two beside each hand, nothing that moves with the language."""
    left: Layout = {"left": ["a"], "right": ["d"], "up": ["w", "space"], "down": ["s"],
                    "fast": ["f"], "heavy": ["g"], "shot": ["r"], "throw": ["t"]}
    right: Layout = {"left": ["left"], "right": ["right"], "up": ["up"], "down": ["down"],
                     "fast": ["k", "kp1"], "heavy": ["l", "kp2"], "shot": ["o", "kp4"], "throw": ["p", "kp5"]}
    return left, right


def cancel_opposites(buttons: int) -> int:
    """Left and right at once are neither, as are up and down: no fighter could do both."""
    for pair in OPPOSITES:
        if buttons & pair == pair:
            buttons &= ~pair
    return buttons


def conflict(layouts: tuple[Layout, Layout]) -> str | None:
    """What is wrong with two layouts together: a key that would move both players."""
    left, right = ({name: action for action, names in layout.items() for name in names} for layout in layouts)
    for name in left:
        if name in right:
            return f'"{name}" is both {left[name]} of the left layout and {right[name]} of the right one'
    return None
