"""Where a thrown body is drawn: the rules leave it standing until it flies, the screen shows it carried over."""

import math

from ..tables import Tables
from ..world import Move
from .motion import Place
from .snapshot import FighterShown

#: Share of the throw before the body leaves the floor, the height over the thrower, and where the rules let it go.
_PULL, _TOP, _RELEASE = 0.24, 58.0, 30.0


def carried(holder: FighterShown, holder_place: Place, held_place: Place, tables: Tables) -> Place:
    """The feet of the carried body: pulled near, lifted over the head, thrown down in front."""
    frames = max(1, int(tables.moves[Move.THROW].hitstun))
    share = min(1.0, holder.since / frames)
    away = (held_place[0] - holder_place[0]) * holder.facing
    near = min(away, 30.0)
    if share < _PULL:
        return holder_place[0] + holder.facing * (away + (near - away) * share / _PULL), 0.0
    lift = (share - _PULL) / (1 - _PULL)
    # the arc goes back over the head before it comes down in front
    ahead = near + (2 * int(tables.body.half_width) - near) * lift - 38 * math.sin(math.pi * lift)
    height = _TOP * math.sin(math.pi * min(1.0, lift * 1.15) * 0.86) + _RELEASE * lift * lift * 0.6
    return holder_place[0] + holder.facing * ahead, height
