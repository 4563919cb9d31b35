"""Bars, clock, pips, combos and announcements over the fight."""

import pygame

from ..tables import Tables
from ..world import Ending, Phase
from .colour import Colour, from_hex, mix
from .pixels import blank
from .snapshot import Snapshot
from .text import banner, write, write_banner
from .window import WIDTH
from .words import Announcement, announcement

BAR_WIDTH, BAR_HEIGHT, BAR_TOP = 254, 13, 22
#: Columns at which the bars begin, at the clock; they grow outward.
INNER = (WIDTH // 2 - 28, WIDTH // 2 + 28)
#: The red of a loss waits for this many frames, then drains by this share of the bar per frame.
LOSS_WAIT, LOSS_DRAIN = 34, 0.012
_LOW_HEALTH = 0.25

_RIM: Colour = (24, 14, 34)
_GOLD: tuple[Colour, Colour] = ((255, 238, 150), (232, 120, 40))
_CALM_CLOCK: tuple[Colour, Colour] = ((255, 255, 255), (206, 190, 226))
_ALARM: tuple[Colour, Colour] = ((255, 226, 130), (222, 40, 44))


class Hud:
    """All that is written over the fight; it remembers how much of a loss has drained, and what was sure at last."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._glows = [from_hex(tables.palettes[player].glow) for player in range(2)]
        self._lost = [1.0, 1.0]     # the share of health where the red of a loss ends
        self._waits = [0, 0]
        self._frame: int | None = None
        self.board: Snapshot | None = None     # what clock, pips and announcements tell
        self._panel = _shade(WIDTH, 58)

    def observe(self, shown: Snapshot, confirmed: int | None = None) -> None:
        """Drain the red by the frames that have passed. The end of a round is told when it is confirmed (None: now)."""
        ended = shown.frame - (self._tables.rounds.pause_frames - shown.clock) if shown.phase == Phase.PAUSE else -1
        if self.board is None or confirmed is None or ended <= confirmed:
            self.board = shown
        first, passed = self._frame is None, max(0, min(60, shown.frame - (self._frame or 0)))
        self._frame = shown.frame
        for player, fighter in enumerate(shown.fighters):
            health = self.share(shown, player)
            if first or shown.phase == Phase.INTRO or health >= self._lost[player]:
                self._lost[player], self._waits[player] = health, LOSS_WAIT
            elif fighter.combo or fighter.stun:
                self._waits[player] = LOSS_WAIT     # while the blows go on, the whole loss stays in sight
            else:
                drain = max(0, passed - self._waits[player])
                self._waits[player] = max(0, self._waits[player] - passed)
                self._lost[player] = max(health, self._lost[player] - drain * LOSS_DRAIN)

    def share(self, shown: Snapshot, player: int) -> float:
        """Health in 0..1."""
        return max(0.0, min(1.0, shown.fighters[player].health / max(1, self._tables.body.health)))

    def lost_share(self, player: int) -> float:
        """Where the red of the loss ends, in 0..1."""
        return self._lost[player]

    def draw(self, surface: pygame.Surface, shown: Snapshot, names: tuple[str, str], *, calm: bool = False) -> None:
        """Draw it. Runs every frame, about 0.15 ms."""
        board = self.board or shown
        surface.blit(self._panel, (0, 0), special_flags=pygame.BLEND_RGB_MULT)
        for player in range(2):
            self._bar(surface, shown, player, calm=calm)
            self._name(surface, board, player, names[player])
            self._combo(surface, shown, player)
        self._clock(surface, board, calm=calm)
        words = announcement(board, self._tables, names)
        if words is not None:
            _announce(surface, words, calm=calm)

    def warm(self, number: int) -> None:
        """Draw the clock's and combos' digits of one number ahead of their need."""
        seconds = number % 100
        for scale in (3, 4) if seconds <= 10 else (3,):
            banner(f"{seconds:02d}", *(_ALARM if seconds <= 10 else _CALM_CLOCK), scale)
        banner(str(seconds), *_GOLD, 4)

    def _bar(self, surface: pygame.Surface, shown: Snapshot, player: int, *, calm: bool) -> None:
        frame = bar_rect(player, 1.0).inflate(4, 4)
        surface.fill(_RIM, frame.inflate(2, 2))
        surface.fill((232, 220, 236), frame)
        surface.fill((44, 22, 46), frame.inflate(-4, -4))
        surface.fill((196, 36, 46), bar_rect(player, self._lost[player]))
        share = self.share(shown, player)
        rect = bar_rect(player, share)
        if not rect.width:
            return
        low = share <= _LOW_HEALTH
        top, bottom = ((255, 150, 70), (226, 62, 40)) if low else ((255, 240, 120), (240, 150, 40))
        if low and not calm and shown.phase == Phase.FIGHT and shown.frame // 8 % 2:
            top, bottom = (255, 236, 200), (255, 130, 90)
        for line in range(rect.height):
            surface.fill(mix(top, bottom, line / (rect.height - 1)), (rect.left, rect.top + line, rect.width, 1))
        surface.fill(mix(top, (255, 255, 255), 0.7), (rect.left, rect.top + 2, rect.width, 2))

    def _name(self, surface: pygame.Surface, shown: Snapshot, player: int, name: str) -> None:
        y = BAR_TOP + BAR_HEIGHT + 7
        outer = bar_rect(player, 1.0)
        if player == 0:
            write(surface, name, outer.left, y, colour=mix(self._glows[0], (255, 255, 255), 0.45))
        else:
            write(surface, name, outer.right, y, colour=mix(self._glows[1], (255, 255, 255), 0.45), align="right")
        for pip in range(self._tables.rounds.to_win):
            x = INNER[0] - 8 - pip * 15 if player == 0 else INNER[1] + 8 + pip * 15
            won = pip < shown.fighters[player].wins
            _diamond(surface, x, y + 4, 6, _RIM)
            _diamond(surface, x, y + 4, 4, (255, 206, 84) if won else (72, 50, 84))
            if won:
                _diamond(surface, x - 1, y + 3, 1, (255, 255, 230))

    def _combo(self, surface: pygame.Surface, shown: Snapshot, player: int) -> None:
        """Beside the attacker: the blows that the other has taken in a row."""
        count = shown.fighters[1 - player].combo
        if count < 2 or shown.phase == Phase.INTRO:
            return
        side = 96 if player == 0 else WIDTH - 96
        write_banner(surface, str(count), side - 26, 92, top=_GOLD[0], bottom=_GOLD[1], scale=4)
        write(surface, "HITS", side + 2, 88, size=2, colour=(255, 232, 150))

    def _clock(self, surface: pygame.Surface, shown: Snapshot, *, calm: bool) -> None:
        rounds = self._tables.rounds
        box = pygame.Rect(0, 0, 48, 34)
        box.center = (WIDTH // 2, BAR_TOP + 6)
        surface.fill(_RIM, box.inflate(2, 2))
        surface.fill((60, 40, 78), box)
        surface.fill((38, 24, 54), box.inflate(-4, -4))
        left = {Phase.INTRO: rounds.frames, Phase.FIGHT: shown.clock}.get(shown.phase)
        if left is None:        # the clock of a pause is not the round's
            text = "00" if shown.ending in (Ending.TIME_OVER, Ending.TIME_DRAW) else "KO"
            write_banner(surface, text, box.centerx - 1, box.centery, top=_ALARM[0], bottom=_ALARM[1], scale=3)
            return
        seconds = clock_seconds(int(left))
        hurry = seconds <= 10
        top, bottom = _ALARM if hurry else _CALM_CLOCK
        swell = hurry and not calm and shown.phase == Phase.FIGHT and left % 60 > 50
        write_banner(surface, f"{seconds:02d}", box.centerx - 1, box.centery, top=top, bottom=bottom, scale=4 if swell else 3)


def clock_seconds(frames: int) -> int:
    """What the clock shows: 1 until the last frame of the last second."""
    return max(0, -(-frames // 60))


def bar_rect(player: int, share: float) -> pygame.Rect:
    """The place of a bar that is full to this share; it empties towards the clock."""
    width = round(BAR_WIDTH * max(0.0, min(1.0, share)))
    left = INNER[0] - width if player == 0 else INNER[1]
    return pygame.Rect(left, BAR_TOP, width, BAR_HEIGHT)


def _announce(surface: pygame.Surface, words: Announcement, *, calm: bool) -> None:
    top, bottom = _ALARM if words.alarm else _GOLD
    shown = 1.0 if calm else min(1.0, (words.age + 1) / 7)
    scale = 8 if len(words.text) <= 6 else 6 if len(words.text) <= 11 else 4
    write_banner(surface, words.text, WIDTH // 2, 132, top=top, bottom=bottom, scale=scale, shown=shown)
    if words.below:
        write(surface, words.below, WIDTH // 2, 176, size=2, colour=(255, 244, 214), align="center")


def _diamond(surface: pygame.Surface, x: int, y: int, size: int, colour: Colour) -> None:
    pygame.draw.polygon(surface, colour, [(x - size, y), (x, y - size), (x + size, y), (x, y + size)])


def _shade(width: int, height: int) -> pygame.Surface:
    """A strip to multiply with: darkens the sky behind the bars, less and less downwards."""
    strip = blank(width, height)
    for y in range(height):
        level = round(150 + 105 * y / height)
        strip.fill((level, level, min(255, level + 12)), (0, y, width, 1))
    return strip
