"""The game as rollstep knows it."""

from pathlib import Path

import rollstep as rs

from .content import FOLDER, load
from .rules import start_match, step
from .world import Pad, World


def make_game(content: Path = FOLDER) -> rs.Game:
    """The fighter with the tables in a folder. Raises ContentError."""
    return rs.Game("fighter", state=World, input=Pad, players=2, init=start_match, step=step, fps=60, content=load(content))


game = make_game()
