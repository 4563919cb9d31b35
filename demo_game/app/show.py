"""Pictures and sounds of a running session, whatever kind it is."""

from __future__ import annotations

from collections import deque
from typing import Any

import pygame

import rollstep as rs

from ..sound.cues import heard
from ..sound.mixer import Mixer
from ..view import NetworkFacts, Scene, draw_network
from ..view.network import BARS

#: The developers' key, while the network is shown: who reads about the match may also break it.
HINT = "F9: flip one bit of our state"


class Show:
    """Give it each new frame of a session; draw when you like."""

    def __init__(self, scene: Scene, mixer: Mixer) -> None:
        self.scene, self._mixer = scene, mixer
        self.boxes = False
        self.network = False
        self._depths: deque[int] = deque(maxlen=BARS)
        self._resimulated = 0
        self._rollbacks = 0
        self._sent: deque[int] = deque(maxlen=60)

    def handle(self, event: pygame.Event) -> None:
        """F1 shows boxes and frame data, F2 the network."""
        if event.type == pygame.KEYDOWN and event.key == pygame.K_F1:
            self.boxes = not self.boxes
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_F2:
            self.network = not self.network

    def asks_for_desync(self, event: pygame.Event, session: Any) -> bool:
        """F9, with the hint on the screen."""
        return event.type == pygame.KEYDOWN and event.key == pygame.K_F9 and self.network and session.phase == "playing"

    def frame(self, session: Any) -> None:
        """After each advance. Runs every frame: about 0.16 ms."""
        state, frame = session.state, session.frame
        stats = session.stats
        rollbacks, self._rollbacks = self._rollbacks, stats.rollbacks
        self.scene.observe(state, frame, confirmed=session.confirmed, corrected=self._rollbacks > rollbacks)
        self._mixer.update(heard(session.effects(), frame), self.scene.camera().x)
        if self.network:
            self._depths.append(stats.resimulated_frames - self._resimulated)
            self._resimulated = stats.resimulated_frames
            self._sent.append(stats.bytes_sent)

    def jump(self, session: Any) -> None:
        """The session is somewhere else now: a seek, a start. Nothing that happened before is heard."""
        session.effects()
        self._mixer.forget()
        self.scene.reset()
        self.scene.observe(session.state, session.frame)

    def draw(self, canvas: pygame.Surface, session: Any, *, between: bool = False) -> None:
        """The newest frame, or, `between` frames, the moment on the way to it that the session's clock says."""
        self.scene.draw(canvas, session.fraction if between else 1.0, boxes=self.boxes)

    def draw_network(self, canvas: pygame.Surface, session: rs.P2P) -> None:
        """The overlay of a match of two, when it is switched on and there is a connection."""
        if not self.network or session.phase == "connecting":
            return
        stats, other = session.stats, 1 - session.player
        seconds = len(self._sent) / session.game.fps
        sent = (self._sent[-1] - self._sent[0]) * 8 / 1000 / seconds if len(self._sent) > 1 else None
        draw_network(canvas, NetworkFacts(
            round_trip_ms=stats.rtt_ms[other] if stats.rtt_ms else None, delay_frames=session.delay,
            window_frames=session.window, ahead_frames=stats.ahead_frames[other] if stats.ahead_frames else 0.0,
            rollbacks=self._depths, silent_ms=stats.silent_ms[other] if stats.silent_ms else 0, sent_kbps=sent),
            hint=HINT if session.phase == "playing" else "")
