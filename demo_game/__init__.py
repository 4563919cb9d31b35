"""A one-on-one fighter on rollstep.

    world     the structs of a match, and the words in which rules and view talk about it
    tables    the structs of its content; content/ reads them from TOML
    rules     the step; knows no pygame
    view      pictures from a state alone; knows no rules
    sound     sounds, and which of them to play when frames are rolled back
    app       windows, menus, sessions: `python -m demo_game`

`rollstep match demo_game:game` plays it without a window.
"""

from .fighter import game

__all__ = ["game"]
