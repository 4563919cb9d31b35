"""Between two frames, and after a wrong prediction: what a game draws. In floats, so never inside a step.

between (one value on its way to another), motion (where things are drawn: on their way, and without a jump after a rollback),
drawn (the same for fields of a state, by their paths), fields (the numbers under a path). May import state and below; nothing
of the engine imports it, and no step may call it: source.py refuses what is not marked `sim`.
The names that matter: `Drawn`, `Motion`, `between`.
"""

from .between import between
from .drawn import Drawn
from .motion import Motion

__all__ = ["Drawn", "Motion", "between"]
