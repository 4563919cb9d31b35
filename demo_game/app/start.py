"""How matches and replays are started: from the main menu or from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rollstep as rs

from ..world import Level
from .loading import Chore, Compiler, Loading
from .menus import Choice, Controls, Menu, Message, TypeLine, copy, settings_menu
from .playing import Playing, Seats
from .program import Program, Screen
from .show import Show
from .theatre import Theatre, replay_menu


class Starter:
    """Makes sessions and the screens that run them. `given` are the arguments of the command line."""

    def __init__(self, program: Program, given: argparse.Namespace) -> None:
        self._program, self._given = program, given
        self._compiler = Compiler(program.game)
        self._pictures = Chore(program.scene.warm_up())
        program.chore, program.home = self._pictures, self.menu

    # ------------------------------------------------------------------ menus

    def menu(self) -> None:
        """The main menu. What a match needs is compiled behind it."""
        program = self._program
        self._compiler.start()
        program.go(Menu(program, "ROLLSTEP", [
            Choice("Two players", self.versus),
            Choice("Against the bot", lambda: self.against_bot(program.settings.bot_level)),
            Choice("Host a match", lambda: self.host(0)),
            Choice("Join a match", self.ask_join),
            Choice("Replays", lambda: program.go(replay_menu(program, self.watch))),
            Choice("Settings", lambda: program.go(settings_menu(program))),
            Choice("Controls", lambda: program.go(Controls(program))),
            Choice("Leave", program.quit),
        ], hint="arrows or a gamepad: choose · Enter: take · F11: full screen", banner=True))

    def ask_join(self) -> None:
        """For the join line."""
        def typed(text: str) -> str | None:
            try:
                rs.JoinLine.parse(text)
            except rs.UsageError as error:
                return str(error)
            self._program.settings.join_line = text.strip()
            self._program.save_settings()
            self._program.back()
            self.join(text)
            return None
        self._program.go(TypeLine(self._program, "JOIN", ["Type or paste the line that the host sees."],
                                  self._program.settings.join_line, typed))

    # ------------------------------------------------------------------ matches

    def versus(self) -> None:
        """Two people at this machine."""
        self._local(Seats(names=("PLAYER 1", "PLAYER 2")), "versus")

    def against_bot(self, level: Level) -> None:
        """One person against a bot."""
        self._local(Seats(bots={1: level}, names=(self._name, f"{level.name} BOT")), "bot")

    def _local(self, seats: Seats, kind: str) -> None:
        self._auto(seats)

        def make() -> Playing:
            session = rs.local(self._program.game, players=2, record=self._record(kind))
            return Playing(self._program, session, seats, self._show(seats.names), limit=self._given.frames)
        self._load(make)

    def host(self, port: int) -> None:
        """Wait for somebody with our join line."""
        seats = self._auto(Seats(local=(0,), names=(self._name, "GUEST")))

        def make() -> Playing:
            session = rs.host(self._program.game, port=port, advertise=self._given.advertise, delay=self._delay,
                              record=self._record("host"), reports=self._program.reports)
            print(session.join_line, flush=True)
            copied = copy(session.join_line)
            lines = ["The other player chooses Join a match, and types or pastes this line:", "", session.join_line, "",
                     "It is on the clipboard." if copied else "It stands in the terminal, too.", "",
                     f"From a terminal: python -m demo_game --join {session.join_line}"]
            return Playing(self._program, session, seats, self._show(seats.names), invitation=lines,
                           limit=self._given.frames)
        self._load(make)

    def join(self, line: str) -> None:
        """Join whoever printed this line."""
        seats = self._auto(Seats(local=(1,), names=("HOST", self._name)))

        def make() -> Playing:
            session = rs.join(self._program.game, line, delay=self._delay, record=self._record("join"),
                              reports=self._program.reports)
            return Playing(self._program, session, seats, self._show(seats.names), invitation=[f"at {line}"],
                           limit=self._given.frames)
        self._load(make)

    def watch(self, path: Path) -> None:
        """A replay."""
        program = self._program
        try:
            replay = rs.read_replay(path, allow_truncated=True)
        except rs.RollstepError as error:
            if not program.screens:
                raise
            program.go(Message(program, "THIS CANNOT BE SHOWN", [str(error)]))
            return

        def make() -> Theatre:
            return Theatre(program, rs.playback(replay, program.game), self._show(("PLAYER 1", "PLAYER 2")),
                           limit=self._given.frames)
        self._load(make)

    # ------------------------------------------------------------------ parts

    @property
    def _name(self) -> str:
        """Ours, in capitals as all names over a fight."""
        return self._program.settings.name.upper()

    @property
    def _delay(self) -> int:
        return self._given.delay if self._given.delay is not None else self._program.settings.input_delay

    def _auto(self, seats: Seats) -> Seats:
        """With --auto a bot plays for whoever sits here."""
        if self._given.auto:
            for player in seats.local:
                seats.bots.setdefault(player, Level[self._given.auto.upper()])
        return seats

    def _record(self, kind: str) -> Path | None:
        """Where the replay goes: as the command line says the first time, then always a new name."""
        path, self._given.record = self._given.record, None
        return path if path is not None else self._program.replay_path(kind)

    def _show(self, names: tuple[str, str]) -> Show:
        program = self._program
        program.scene.names, program.scene.reduced_motion = names, program.settings.reduced_motion
        show = Show(program.scene, program.mixer)
        show.boxes, show.network = self._given.boxes, self._given.network
        return show

    def _load(self, make: Callable[[], Screen]) -> None:
        """Everything ready, then the screen that `make` makes; an error in it is told."""
        program = self._program

        def then() -> None:
            try:
                screen = make()
            except rs.RollstepError as error:
                screen = Message(program, "THIS CANNOT BE STARTED", [str(error)])
                program.fail(str(error))
                if self._given.frames is not None:      # nobody is there to read
                    program.quit()
                    return
            program.replace(screen)
        program.go(Loading(program, self._compiler, self._pictures, then))

    def facts(self) -> dict[str, Any]:
        """For --stats: milliseconds of work for each picture of a match (without waiting), and how many there were."""
        work = sorted(self._program.work_ms)
        at = (lambda share: round(work[min(len(work) - 1, int(len(work) * share))], 2)) if work else (lambda share: None)
        return {"pictures": len(work), "work_ms_p50": at(0.5), "work_ms_p99": at(0.99), "work_ms_max": at(1.0)}
