"""The network overlay: how the connection is, and how deep each of the last frames was rolled back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pygame

from .colour import Colour
from .pixels import panel
from .text import write

#: Frames that have a bar.
BARS = 72
_WIDTH, _LINE, _GRAPH = 2 * BARS + 12, 10, 22
_GOOD: Colour = (110, 226, 130)
_FAIR: Colour = (250, 210, 90)
_BAD: Colour = (255, 98, 84)
_DIM: Colour = (166, 162, 186)
_WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What the overlay tells. None where the connection does not know yet."""

    round_trip_ms: float | None = None      # with the wait for a frame, as answers travel with frames
    delay_frames: int = 0           # input delay
    window_frames: int = 8          # the deepest rollback that is allowed
    ahead_frames: float = 0.0       # how far this peer runs ahead of the other
    rollbacks: Sequence[int] = field(default=())    # frames rolled back in each of the last frames, newest last
    silent_ms: float = 0.0          # since the last packet
    sent_kbps: float | None = None


def draw_network(surface: pygame.Surface, facts: NetworkFacts, x: int = 8, y: int = 110, *, hint: str = "") -> pygame.Rect:
    """Draw the panel with its upper left corner at (x, y): below combos, above heads. `hint` is its last line."""
    sheet = panel(_WIDTH, 5 * _LINE + _GRAPH + (_LINE + 4 if hint else 0) + 12)
    rect = surface.blit(sheet, (x, y))
    for number, (name, value, colour) in enumerate(lines_of(facts)):
        write(surface, name, x + 6, y + 5 + number * _LINE, colour=_DIM, shadow=False)
        write(surface, value, rect.right - 6, y + 5 + number * _LINE, colour=colour, align="right", shadow=False)
    _draw_bars(surface, facts, pygame.Rect(x + 6, y + 5 + 5 * _LINE, 2 * BARS, _GRAPH))
    write(surface, hint, x + 6, rect.bottom - _LINE - 2, colour=_WHITE, shadow=False)
    return rect


def lines_of(facts: NetworkFacts) -> list[tuple[str, str, Colour]]:
    """What each number is, the number with its unit, and whether it is good."""
    trip, delay, silent, sent = facts.round_trip_ms, facts.delay_frames, facts.silent_ms, facts.sent_kbps
    return [
        ("round trip + frame wait", *(("--", _DIM) if trip is None else (f"{trip:.0f} ms", _judge(trip, 80, 160)))),
        ("input delay", f"{delay} frame{'s' * (delay != 1)}", _WHITE),
        ("ahead of the other", f"{facts.ahead_frames:+.1f} frames", _judge(abs(facts.ahead_frames), 1.5, 4)),
        ("nothing heard for", f"{silent / 1000:.1f} s", _judge(silent, 500, 1500)) if silent >= 250 else
        ("sending", "--" if sent is None else f"{sent:.0f} kbit/s", _WHITE),
        ("frames rolled back", f"at most {facts.window_frames}", _DIM)]


def _draw_bars(surface: pygame.Surface, facts: NetworkFacts, area: pygame.Rect) -> None:
    """One bar a frame; the dotted line is the window."""
    window = max(1, facts.window_frames)
    highest = area.height - 4
    for x in range(area.left, area.right, 4):
        surface.fill(_DIM, (x, area.bottom - highest - 1, 2, 1))
    surface.fill(_DIM, (area.left, area.bottom, area.width, 1))
    recent = list(facts.rollbacks)[-BARS:]
    for number, depth in enumerate(recent, start=BARS - len(recent)):
        if depth > 0:
            height = max(1, min(depth, window) * highest // window)
            surface.fill(depth_colour(depth, window), (area.left + number * 2, area.bottom - height, 2, height))


def depth_colour(depth: int, window: int) -> Colour:
    """Green while few frames are simulated again, red when the window is nearly used up."""
    return _judge(depth / max(1, window), 0.34, 0.75)


def _judge(value: float, fair: float, bad: float) -> Colour:
    return _GOOD if value < fair else _FAIR if value < bad else _BAD
