"""A match on the screen: stage, fighters, shots, effects and what is written over them."""

from collections.abc import Iterator
from dataclasses import replace

import pygame

from ..tables import Tables
from ..world import Act, Effect, World
from .boxes import draw_boxes
from .camera import FLOOR_ROW, Camera, aim, shake
from .colour import from_hex
from .drawing import drawing_of
from .effects import Brush, draw_effect
from .hud import Hud
from .motion import Motion, Place
from .pixels import blank
from .shots import ShotSprites
from .snapshot import FighterShown, Snapshot, snapshot
from .sprites import Sprites
from .stage import Stage
from .throwing import carried

#: Who is drawn over whom: who strikes is in front, who suffers behind.
_BEHIND = (Act.HIT, Act.THROWN, Act.TUMBLE, Act.LYING, Act.DEFEAT, Act.BLOCK)
_IN_FRONT = (Act.ATTACK, Act.HOLD)


class Scene:
    """Shows one match. `observe` each simulated frame, `draw` as often as the screen wants.

    `names` and `reduced_motion` may be changed at any time.
    """

    def __init__(self, tables: Tables, *, names: tuple[str, str] = ("PLAYER 1", "PLAYER 2"),
                 reduced_motion: bool = False) -> None:
        self.names, self.reduced_motion = names, reduced_motion
        self._tables = tables
        self._sprites = Sprites(tables)
        self._stage = Stage(int(tables.stage.half_width))
        self._glows = [from_hex(tables.palettes[player].glow) for player in range(2)]
        self._shots = [ShotSprites(glow) for glow in self._glows]
        self._hud = Hud(tables)
        self._motion = Motion()
        self._shadows = [_shadow(width) for width in range(58, 18, -8)]
        self._now: Snapshot | None = None
        self._knocked_out = (-1, 0)     # in which frame, and how many frames later it was shown

    def observe(self, state: World, frame: int, *, confirmed: int | None = None, corrected: bool = False) -> None:
        """Take the newest state; `frame` is its number. A frame that was simulated again is observed again.

        `confirmed`: frames that nothing can change any more (None: all), for what is told only when it is sure.
        `corrected`: a rollback has changed frames that were observed. Copies what it keeps; about 0.1 ms.
        """
        confirmed = frame if confirmed is None else confirmed
        now = self._now = self._sure(snapshot(state, frame), confirmed)
        self._motion.observe(now, self._true_places(now), corrected=corrected)
        self._hud.observe(now, confirmed)

    def _sure(self, shown: Snapshot, confirmed: int) -> Snapshot:
        """A knock-out is seen when nothing can take it back any more, and then from its beginning."""
        happenings = []
        for happening in shown.happenings:
            if happening.kind == Effect.KNOCK_OUT:
                if happening.frame > confirmed:
                    continue
                if happening.frame != self._knocked_out[0]:
                    self._knocked_out = (happening.frame, happening.age if confirmed < shown.frame else 0)
                happening = replace(happening, age=happening.age - self._knocked_out[1])
            happenings.append(happening)
        return replace(shown, happenings=tuple(happenings))

    def _true_places(self, now: Snapshot) -> list[Place]:
        """Where the frame has the fighters; a thrown one is in the other's arms."""
        places = [(fighter.x, fighter.y) for fighter in now.fighters]
        for player, fighter in enumerate(now.fighters):
            holder = now.fighters[1 - player]
            if fighter.act == Act.THROWN and holder.act == Act.HOLD:
                places[player] = carried(holder, places[1 - player], places[player], self._tables)
        return places

    def reset(self) -> None:
        """The next frame has nothing to do with the last one: a seek, another match."""
        self._motion, self._hud, self._now, self._knocked_out = Motion(), Hud(self._tables), None, (-1, 0)

    def warm_up(self) -> Iterator[tuple[int, int]]:
        """Draw all sprites into the cache, about 15 ms at each step; yields (done, total)."""
        for done, total in self._sprites.warm():
            self._hud.warm(done)
            yield done, total

    def camera(self, fraction: float = 1.0) -> Camera:
        """Where the screen is."""
        x = aim(self._motion.place(0, fraction)[0], self._motion.place(1, fraction)[0], int(self._tables.stage.half_width))
        if self.reduced_motion or self._now is None:
            return Camera(x)
        return Camera(x, *shake(self._now))

    def draw(self, surface: pygame.Surface, fraction: float = 1.0, *, boxes: bool = False) -> None:
        """Draw the match on a canvas of 640x360. `fraction` is the time since the newest frame, 1 the newest as it is.

        Runs every frame: about 1 ms once the sprites are drawn.
        """
        now, calm = self._now, self.reduced_motion
        camera = self.camera(fraction)
        self._stage.draw(surface, camera, now.frame if now else 0, still=calm)
        if now is None:
            return
        places = self.places(fraction)
        for place in places:
            self._draw_shadow(surface, camera, place)
        for player in sorted((1, 0), key=lambda player: _nearness(now.fighters[player].act)):
            self._draw_fighter(surface, camera, player, now.fighters[player], places[player])
        self._draw_shots(surface, camera, now, fraction)
        for happening in now.happenings:
            draw_effect(Brush(surface, camera, self._glows[happening.player & 1], calm), happening)
        self._stage.draw_front(surface, camera, now.frame, still=calm)
        if boxes:
            # the boxes are where the shown fighters are
            first, second = (replace(f, x=x, y=y) for f, (x, y) in zip(now.fighters, places, strict=True))
            draw_boxes(surface, replace(now, fighters=(first, second)), self._tables, camera)
        self._hud.draw(surface, now, self.names, calm=calm)

    def places(self, fraction: float = 1.0) -> list[Place]:
        """Where in the stage both fighters are drawn."""
        return [self._motion.place(player, fraction) for player in range(2)] if self._now is not None else []

    def _draw_fighter(self, surface: pygame.Surface, camera: Camera, player: int, fighter: FighterShown, place: Place) -> None:
        sprite = self._sprites.get(player, drawing_of(fighter, self._tables), fighter.facing)
        x, y = camera.column(place[0]), camera.row(place[1])
        if fighter.act == Act.HIT and fighter.freeze and not self.reduced_motion:
            x += 2 if fighter.freeze % 4 < 2 else -2      # the blow quivers in the body that took it
        surface.blit(sprite.surface, (x + sprite.left, y + sprite.top))

    def _draw_shadow(self, surface: pygame.Surface, camera: Camera, place: Place) -> None:
        shadow = self._shadows[min(len(self._shadows) - 1, int(max(0.0, place[1]) / 32))]
        x = camera.column(place[0]) - shadow.get_width() // 2
        surface.blit(shadow, (x, FLOOR_ROW + camera.shake_y - shadow.get_height() // 2), special_flags=pygame.BLEND_RGB_MULT)

    def _draw_shots(self, surface: pygame.Surface, camera: Camera, now: Snapshot, fraction: float) -> None:
        for player, shot in enumerate(now.shots):
            if shot.alive:
                # a shot flies straight: where it was a moment ago follows from its speed
                back = self._tables.shot.speed.to_float() * shot.facing * (1 - fraction) if shot.since else 0.0
                self._shots[player].draw(surface, camera.column(shot.x - back), camera.row(shot.y), shot.facing, shot.since)


def _nearness(act: Act) -> int:
    return 0 if act in _BEHIND else 2 if act in _IN_FRONT else 1


def _shadow(width: int) -> pygame.Surface:
    """An ellipse to multiply with, darker in the middle."""
    height = max(5, width // 5)
    surface = blank(width, height)
    surface.fill((255, 255, 255))
    pygame.draw.ellipse(surface, (168, 156, 184), surface.get_rect())
    pygame.draw.ellipse(surface, (116, 100, 142), surface.get_rect().inflate(-width // 4, -2))
    return surface
