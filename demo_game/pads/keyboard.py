"""One layout of the keyboard as a pad."""

from .actions import BUTTONS, LABELS, Layout
from .keys import key_code, key_label
from .latch import Latch


class Keyboard:
    def __init__(self, layout: Layout) -> None:
        self.latch = Latch()
        self._down: set[int] = set()
        self.bind(layout)

    def bind(self, layout: Layout) -> None:
        """Take other keys. What is held now counts as let go."""
        self._layout = layout
        self._buttons: dict[int, int] = {}      # key code: buttons; a key may have two
        for action, names in layout.items():
            for code in map(key_code, names):
                if code is not None:
                    self._buttons[code] = self._buttons.get(code, 0) | BUTTONS[action]
        self.release()

    def key(self, code: int, down: bool) -> None:
        if code not in self._buttons:
            return
        if down:
            self._down.add(code)
        else:
            self._down.discard(code)
        level = 0
        for held in self._down:     # two keys may share a button: it is up when both are
            level |= self._buttons[held]
        self.latch.set(level)

    def buttons_of(self, code: int) -> int:
        return self._buttons.get(code, 0)

    def release(self) -> None:
        self._down.clear()
        self.latch.release()

    def describe(self) -> list[tuple[str, str]]:
        """(what it does, keys) for the controls screen."""
        return [(LABELS[button], " or ".join(map(key_label, self._layout.get(action, []))))
                for action, button in BUTTONS.items()]
