"""The network overlay: how the connection is, and how deep each of the last frames was rolled back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pygame

from .colour import Colour
from .pixels import blank
from .text import write

_WIDTH, _HEIGHT = 196, 78
_BARS = 90
_GOOD: Colour = (110, 226, 130)
_FAIR: Colour = (250, 210, 90)
_BAD: Colour = (255, 98, 84)
_DIM: Colour = (150, 146, 170)


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What the overlay tells. None where the connection does not know yet."""

    ping_ms: float | None = None
    delay_frames: int = 0           # input delay
    window_frames: int = 8          # the deepest rollback that is allowed
    ahead_frames: float = 0.0       # how far this peer runs ahead of the other
    rollbacks: Sequence[int] = field(default=())    # frames rolled back in each of the last frames, newest last
    silent_ms: float = 0.0          # since the last packet
    sent_kbps: float | None = None
    loss_percent: float | None = None


def draw_network(surface: pygame.Surface, facts: NetworkFacts, x: int = 8, y: int = 270) -> pygame.Rect:
    """Draw the panel with its upper left corner at (x, y)."""
    panel = _panel()
    rect = surface.blit(panel, (x, y))
    ping = facts.ping_ms
    _pair(surface, x + 6, y + 6, "ping", "--" if ping is None else f"{ping:.0f} ms",
          _DIM if ping is None else _judge(ping, 80, 160))
    _pair(surface, x + 76, y + 6, "delay", f"{facts.delay_frames} f", (255, 255, 255))
    _pair(surface, x + 136, y + 6, "ahead", f"{facts.ahead_frames:+.1f}", _judge(abs(facts.ahead_frames), 1.5, 4))
    silent = facts.silent_ms
    if silent >= 250:
        _pair(surface, x + 6, y + 17, "silent", f"{silent / 1000:.1f} s", _judge(silent, 500, 1500))
    else:
        _pair(surface, x + 6, y + 17, "sent", "--" if facts.sent_kbps is None else f"{facts.sent_kbps:.0f} kbit/s", _DIM)
    if facts.loss_percent is not None:
        _pair(surface, x + 116, y + 17, "loss", f"{facts.loss_percent:.0f}%", _judge(facts.loss_percent, 2, 10))
    _draw_bars(surface, facts, pygame.Rect(x + 8, y + 30, _BARS * 2, 38))
    return rect


def _draw_bars(surface: pygame.Surface, facts: NetworkFacts, area: pygame.Rect) -> None:
    """One bar a frame; the dotted line is the window."""
    window = max(1, facts.window_frames)
    step = max(1, (area.height - 4) // window)
    limit = area.bottom - window * step
    for x in range(area.left, area.right, 4):
        surface.fill(_DIM, (x, limit - 1, 2, 1))
    surface.fill(_DIM, (area.left, area.bottom, area.width, 1))
    recent = list(facts.rollbacks)[-_BARS:]
    for number, depth in enumerate(recent, start=_BARS - len(recent)):
        if depth > 0:
            height = min(depth, window) * step
            surface.fill(depth_colour(depth, window), (area.left + number * 2, area.bottom - height, 2, height))


def depth_colour(depth: int, window: int) -> Colour:
    """Green while few frames are simulated again, red when the window is nearly used up."""
    return _judge(depth / max(1, window), 0.34, 0.75)


def _judge(value: float, fair: float, bad: float) -> Colour:
    return _GOOD if value < fair else _FAIR if value < bad else _BAD


def _pair(surface: pygame.Surface, x: int, y: int, name: str, value: str, colour: Colour) -> None:
    width = write(surface, name, x, y, colour=_DIM, shadow=False)
    write(surface, value, x + width + 4, y, colour=colour, shadow=False)


_PANEL: list[pygame.Surface] = []


def _panel() -> pygame.Surface:
    if not _PANEL:
        panel = blank(_WIDTH, _HEIGHT)
        panel.fill((14, 12, 26))
        pygame.draw.rect(panel, (62, 56, 92), panel.get_rect(), 1)
        panel.set_alpha(215)
        _PANEL.append(panel)
    return _PANEL[0]
