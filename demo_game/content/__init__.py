"""The numbers of the game: TOML files beside this module, checked field by field and compiled into `Tables`.

schema (what a field may be), load (files into Tables). No pygame.
"""

from .load import FOLDER, load
from .schema import ContentError

__all__ = ["FOLDER", "ContentError", "load"]
