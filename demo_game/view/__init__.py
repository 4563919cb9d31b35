"""What a match looks like: pixel art drawn by code, from the state alone.

It may import world, tables, rollstep, numpy and pygame, never the rules; nothing here writes into a state. Start with
`Scene` (a match), `write` (words) and `present` (the canvas into a window).
"""

from .network import NetworkFacts, draw_network
from .scene import Scene
from .text import text_width, write
from .window import HEIGHT, WIDTH, present

__all__ = ["HEIGHT", "WIDTH", "NetworkFacts", "Scene", "draw_network", "present", "text_width", "write"]
