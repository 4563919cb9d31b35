"""A match on the screen: two people at one keyboard, against the bot, or over the network."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pygame

import rollstep as rs

from ..view import HEIGHT, WIDTH, text_width, write
from ..world import Ending, Level, Pad, Phase
from . import words
from .desync import Report, turn_a_bit
from .menus import Choice, Controls, Menu, Message
from .program import Program, Screen, draw_lines, shade
from .show import Show

#: A stall is told when it is longer than people overlook.
TELL_STALL_S = 0.25


@dataclass
class Seats:
    """Who plays where. `bots` by player; `local` are the players at this machine."""

    local: tuple[int, ...] = (0, 1)
    bots: dict[int, Level] = field(default_factory=dict)
    names: tuple[str, str] = ("PLAYER 1", "PLAYER 2")

    @property
    def shared(self) -> bool:
        """One person has all keys and gamepads."""
        return len(self.local) - len(self.bots) <= 1


class Playing(Screen):
    """Runs a session: `rs.local`, `rs.host` and `rs.join` alike."""

    title = "MATCH"
    sounds = False
    live = True

    def __init__(self, program: Program, session: Any, seats: Seats, show: Show, *, invitation: Sequence[str] = (),
                 limit: int | None = None) -> None:
        """`limit`: leave the program after so many frames."""
        self._program, self.session, self._seats, self._show = program, session, seats, show
        self._invitation, self._limit = list(invitation), limit
        self._online = len(seats.local) < 2
        self._stalled: tuple[float, tuple[int, ...]] | None = None
        self._silent: set[int] = set()
        self._phase: tuple[Phase, Ending, int] | None = None
        self._desync: rs.DesyncDetected | None = None
        self._ended = False
        self._started = False
        self._asked_at = time.monotonic()
        show.jump(session)
        program.pads.release_all()
        program.mixer.music(True)

    # ------------------------------------------------------------------ keys

    def handle(self, event: pygame.Event) -> None:
        self._show.handle(event)
        if self._online and self._show.asks_for_desync(event, self.session):
            self._program.note(turn_a_bit(self.session))
        if self._program.pads.asks_for_pause(event):
            self.pause()

    def note(self, text: str) -> None:
        if not self._online:
            self.pause(text)

    def pause(self, title: str = "") -> None:
        """The menu over the match. A match with others goes on behind it."""
        if not self._online:
            self.session.paused = True
        self._program.pads.release_all()
        self._program.go(PauseMenu(self._program, self, title or ("MENU" if self._online else "PAUSE")))

    def resume(self) -> None:
        """Back from the menu."""
        if not self._online and self.session.phase != "closed":
            self.session.paused = False
        self._program.pads.release_all()

    # ------------------------------------------------------------------ frames

    def update(self) -> bool:
        session = self.session
        try:
            for event in session.poll():
                self._hear(event)
            due = session.due() if self._limit is None else min(session.due(), self._limit - session.frame)
            for _ in range(due):
                if not session.advance(*self._inputs()):
                    break
                self._show.frame(session)
                self._say_phase(session.state)
        except rs.IncompatiblePeer as error:
            self._end("REFUSED", words.refused(error), failed=True)
        except rs.RollstepError as error:
            self._end("THE MATCH STOPPED", [str(error)], failed=True)
        if self._ended:
            return True
        if session.frame == self._limit and session.settled:
            self._program.quit()
        return due > 0

    def _say_phase(self, world: Any) -> None:
        phase = (Phase(world.phase), Ending(world.ending), world.round)
        if phase != self._phase:
            self._phase = phase
            self._program.say(f"phase: {phase[0].name} round {phase[2]} {phase[1].name}".lower())

    def _inputs(self) -> list[Pad]:
        seats, pads = self._seats, self._program.pads
        return [Pad(bot=seats.bots[player]) if player in seats.bots else
                Pad(buttons=pads.read(player, shared=seats.shared)) for player in seats.local]

    def _hear(self, event: rs.Event) -> None:
        self._program.say(f"event: {event}")
        match event:
            case rs.Synchronized():
                self._started = True
                self._show.jump(self.session)
            case rs.Stalled(waiting_for=players):
                self._stalled = (time.monotonic(), players)
            case rs.Resumed():
                self._stalled = None
            case rs.Interrupted():
                self._silent.add(event.player)
            case rs.Restored():
                self._silent.discard(event.player)
            case rs.Disconnected() if self._desync is not None:
                pass        # what is known by now is explained
            case rs.Disconnected():
                self._end("THE MATCH IS OVER" if self._started else "NOBODY ANSWERED",
                          words.disconnected(event, started=self._started), failed=not self._started)
            case rs.DesyncDetected():
                self._desync = event
            case rs.DesyncExplained():
                self._explain(event)

    def _explain(self, event: rs.DesyncExplained) -> None:
        """The report of a desync."""
        what = f"{event.path} is {event.ours} here, {event.theirs} at player {event.player + 1}." if event.path else ""
        lines = [f"Frame {event.frame}.", what, *words.explained(event)]
        self._end(Report.title, [line for line in lines if line], failed=True, report=event)

    def _end(self, title: str, lines: list[str], *, failed: bool = False, report: rs.DesyncExplained | None = None) -> None:
        """Nothing more will happen: finish the replay, say why."""
        if self._ended:
            return
        self._ended = True
        if failed:
            self._program.fail("\n  ".join([title, *lines]))
        path = self._finish()
        if self._limit is not None:     # nobody is there to read
            self._program.quit()
            return
        while self._program.screens[-1] is not self:    # its menu
            self._program.back()
        # the fight alone: the overlays tell of a moment that is over; of a match that never was there is no picture
        behind = self._show.scene.draw if self.session.frame else None
        self._program.replace(Message(self._program, title, [*lines, *path], behind=behind) if report is None else
                              Report(self._program, report, path, behind=self._show.scene.draw))

    def _finish(self) -> list[str]:
        """Close the session; where the replay is."""
        self.session.close()
        error, path = self.session.recording_error, self.session.recorded_to
        if error is not None:
            text = f"The replay could not be written: {error}"
            self._program.fail(text)
            return [text]
        return [f"Replay: {path}"] if path is not None and self.session.frame else []

    def close(self) -> None:
        self._program.mixer.music(False)
        if not self._ended:
            self._ended = True
            for line in self._finish():
                self._program.note(line)

    def wait(self, seconds: float) -> None:
        self.session.wait(seconds)

    # ------------------------------------------------------------------ pictures

    def draw(self, canvas: pygame.Surface) -> None:
        if self.session.phase == "connecting":
            self._draw_waiting(canvas)
        else:
            self._show.draw(canvas, self.session, between=self._program.draws_between)
            if self._online:
                self._show.draw_network(canvas, self.session)
            self._draw_trouble(canvas)

    def _draw_waiting(self, canvas: pygame.Surface) -> None:
        self._program.draw_backdrop(canvas)
        shade(canvas, 150)
        text, dots = "WAITING FOR THE OTHER PLAYER", "." * (1 + int(2 * (time.monotonic() - self._asked_at)) % 3)
        write(canvas, text + dots, (WIDTH - text_width(text, 2)) // 2, 110, size=2, colour=(255, 214, 120))
        draw_lines(canvas, self._invitation, 160)
        write(canvas, "Esc: menu", WIDTH // 2, HEIGHT - 30, align="center", colour=(150, 144, 170))

    def _draw_trouble(self, canvas: pygame.Surface) -> None:
        lines = words.desynced(self._desync) if self._desync is not None else []
        if self._stalled is not None and time.monotonic() - self._stalled[0] > TELL_STALL_S:
            lines.append(words.waiting(self._stalled[1], time.monotonic() - self._stalled[0]))
        for player in sorted(self._silent):
            lines.append(words.interrupted(player, self.session.stats.silent_ms[player], self.session.timeout_ms))
        if lines:
            # below the feet: above, announcements and the network's numbers are in the way
            top = HEIGHT - 16 - 13 * len(lines)
            shade(canvas, 190, (90, top - 6, WIDTH - 180, 10 + 13 * len(lines)))
            draw_lines(canvas, lines, top, colour=(255, 214, 120))


class PauseMenu(Menu):
    """Over a running match: a local one stands still, one with others goes on."""

    live = True

    def __init__(self, program: Program, playing: Playing, title: str) -> None:
        super().__init__(program, title, [
            Choice("Go on", program.back), Choice("Controls", lambda: program.go(Controls(program, over=self))),
            Choice("Leave the match", lambda: program.leave(playing))])
        self._playing = playing

    def update(self) -> bool:
        return self._playing.update()

    def wait(self, seconds: float) -> None:
        self._playing.wait(seconds)

    def draw(self, canvas: pygame.Surface) -> None:
        self._playing.draw(canvas)
        shade(canvas, 120)
        self.draw_choices(canvas)

    def close(self) -> None:
        self._playing.resume()
