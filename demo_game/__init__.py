"""A one-on-one fighter on rollstep.

rules (the struct and the step; no pygame), tables (the frame data: the content that the peers agree on).
`rollstep match demo_game:game` plays it.
"""

from .rules import game

__all__ = ["game"]
