"""The program in this process, on SDL's dummy screen: gamepads that come and go, pauses, replays, what matches leave behind."""

from __future__ import annotations

import argparse
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import pytest

import rollstep as rs
from demo_game import game
from demo_game.app import words
from demo_game.app.command import parser
from demo_game.app.menus import Message
from demo_game.app.program import Program, wrap
from demo_game.app.start import Starter
from demo_game.app.theatre import Theatre, replay_menu
from demo_game.app.viewer import Viewer
from demo_game.settings import Settings, load
from demo_game.view import HEIGHT, WIDTH, Scene, text_width
from demo_game.world import FAST, RIGHT, Pad, Phase
from rollstep.replay import verify
from rollstep.testing import Network

from .virtual_gamepad import VirtualGamepad

ROOT = Path(__file__).parents[2]
#: Turns of the loop after which a test gives up; one takes up to a sixtieth of a second.
MANY = 6000


class Stage:
    """A program and what it has said; driven turn by turn."""

    def __init__(self, home: Path) -> None:
        self.said: list[str] = []
        self.settings, _ = load(home / "settings.json")
        self.settings.scale = 1
        self.settings.replay_folder = str(home / "replays")
        self.program = Program(game, self.settings, settings_path=home / "settings.json", say=self.said.append, mute=True)
        self.starter = Starter(self.program, self.given())
        self.gamepads: list[VirtualGamepad] = []

    @staticmethod
    def given(*arguments: str) -> argparse.Namespace:
        return parser().parse_args(arguments)

    def until(self, happens: Callable[[], bool]) -> None:
        """Turn until it is so."""
        for _ in range(MANY):
            if happens():
                return
            self.program.turn()
        raise AssertionError(f"it did not happen; it said {self.said[-20:]}")

    def hear(self, part: str) -> None:
        """Turn until something with this part has been said since the last time."""
        start = len(self.said)
        self.until(lambda: any(part in text for text in self.said[start:]))

    @property
    def title(self) -> str:
        return self.program.screens[-1].title if self.program.screens else ""

    def key(self, key: int) -> None:
        for kind in (pygame.KEYDOWN, pygame.KEYUP):
            pygame.event.post(pygame.Event(kind, key=key, mod=0, unicode="", scancode=0))
        self.program.turn()

    def plug(self) -> VirtualGamepad:
        self.gamepads.append(VirtualGamepad())
        return self.gamepads[-1]

    def replays(self) -> list[Path]:
        return sorted(Path(self.settings.replay_folder).glob("*.rsr"))

    def match(self) -> rs.Local:
        """The session of the match that is shown."""
        return next(screen.session for screen in self.program.screens if screen.title == "MATCH")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    stage = Stage(tmp_path)
    yield stage
    stage.program.close()
    for gamepad in stage.gamepads:
        gamepad.unplug()
    pygame.quit()


# ---------------------------------------------------------------------------- gamepads

def test_a_gamepad_plays_player_1_and_pulling_it_out_pauses_the_match(stage):
    gamepad = stage.plug()
    stage.starter.versus()
    stage.until(lambda: stage.title == "MATCH" and stage.match().state.phase == Phase.FIGHT)
    x = stage.match().state.fighters[0].pos.x
    gamepad.axis(0, 1.0)
    stage.until(lambda: stage.match().state.fighters[0].pos.x > x + 20)
    assert stage.match().state.fighters[0].held & RIGHT and stage.match().state.fighters[1].held == 0
    gamepad.unplug()
    stage.gamepads.clear()
    stage.until(lambda: "unplugged" in stage.title)
    assert stage.match().paused
    frame = stage.match().frame
    for _ in range(10):
        stage.program.turn()
    assert stage.match().frame == frame, "nothing moves behind the pause"
    other = stage.plug()
    stage.until(lambda: any("is here for player 1" in text for text in stage.said))
    stage.key(pygame.K_ESCAPE)
    assert stage.title == "MATCH" and not stage.match().paused
    other.button(0, True)
    stage.until(lambda: bool(stage.match().state.fighters[0].held & FAST))
    assert not stage.match().state.fighters[0].held & RIGHT, "the stick of the old gamepad was let go"


# ---------------------------------------------------------------------------- matches and what they leave

def test_a_match_that_is_left_from_its_menu_leaves_a_replay_that_is_true_and_can_be_watched(stage):
    stage.starter.menu()
    stage.key(pygame.K_DOWN)
    stage.key(pygame.K_RETURN)          # against the bot
    stage.until(lambda: stage.title == "MATCH" and stage.match().frame > 150)
    stage.key(pygame.K_ESCAPE)
    assert stage.title == "PAUSE"
    stage.key(pygame.K_UP)
    stage.key(pygame.K_RETURN)          # leave the match
    assert stage.title == "ROLLSTEP"
    path, = stage.replays()
    assert verify(game, [(path.name, rs.read_replay(path))]).verified
    for _ in range(3):
        stage.key(pygame.K_DOWN)
    stage.key(pygame.K_RETURN)
    assert stage.title == "REPLAYS"
    stage.key(pygame.K_RETURN)
    stage.until(lambda: stage.title == "REPLAY")
    theatre = stage.program.screens[-1]
    stage.key(pygame.K_END)
    assert theatre.playback.frame == theatre.playback.frames == theatre.playback.proved
    stage.key(pygame.K_LEFT)
    stage.key(pygame.K_SPACE)
    assert theatre.playback.paused
    frame = theatre.playback.frame
    stage.key(pygame.K_PERIOD)
    assert theatre.playback.frame == min(frame + 1, theatre.playback.frames)
    stage.key(pygame.K_COMMA)
    assert theatre.playback.frame == frame
    stage.key(pygame.K_ESCAPE)
    assert stage.title == "REPLAYS"


def test_the_window_closed_at_any_time_finishes_the_replay(stage):
    stage.starter.versus()
    stage.until(lambda: stage.title == "MATCH" and stage.match().frame > 30)
    pygame.event.post(pygame.Event(pygame.QUIT))
    stage.program.turn()
    assert not stage.program.screens
    path, = stage.replays()
    assert verify(game, [(path.name, rs.read_replay(path))]).verified


def test_a_replay_folder_that_cannot_be_made_costs_the_replay_and_not_the_match(stage, tmp_path):
    (tmp_path / "file").write_text("")
    stage.settings.replay_folder = str(tmp_path / "file" / "replays")
    stage.starter.versus()
    stage.until(lambda: stage.title == "MATCH" and stage.match().frame > 10)
    assert any("no replays" in text for text in stage.said)


def test_a_replay_folder_that_cannot_be_written_costs_the_replay_and_not_the_match(stage, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)         # for root everything can be written
    stage.starter.versus()
    stage.until(lambda: stage.title == "MATCH" and stage.match().frame > 10)
    assert any("no replays" in text for text in stage.said) and not stage.replays()


def test_a_disk_that_fails_costs_the_replay_and_is_told_in_the_end(stage):
    stage.starter.versus()
    stage.until(lambda: stage.title == "MATCH" and stage.match().frame > 10)
    stage.match()._writer._stop(OSError(28, "No space left on device"))
    frame = stage.match().frame
    stage.until(lambda: stage.match().frame > frame + 10)
    stage.program.quit()
    assert stage.program.failures == ["The replay could not be written: [Errno 28] No space left on device"]


def test_a_match_from_the_command_line_is_left_from_its_menu_too(stage):
    stage.starter.versus()
    stage.until(lambda: stage.title == "MATCH" and stage.match().frame > 10)
    stage.key(pygame.K_ESCAPE)
    stage.key(pygame.K_UP)
    stage.key(pygame.K_RETURN)
    assert not stage.program.screens
    assert len(stage.replays()) == 1


def test_a_match_with_others_goes_on_behind_its_menu_and_the_controls(stage):
    stage.starter.host(0)
    stage.until(lambda: stage.title == "MATCH")
    host = stage.match()
    with rs.join(game, f"127.0.0.1:{host.join_line.rpartition(':')[2]}") as guest:
        def goes_on() -> None:
            frame = host.frame

            def played() -> bool:
                guest.poll()
                for _ in range(guest.due()):
                    guest.advance(Pad())
                return host.frame > frame + 30
            stage.until(played)
        goes_on()
        stage.key(pygame.K_ESCAPE)
        goes_on()
        stage.key(pygame.K_DOWN)
        stage.key(pygame.K_RETURN)
        assert stage.title == "CONTROLS"
        goes_on()
        guest.close()
        stage.until(lambda: stage.title == "THE MATCH IS OVER")


def test_a_desync_is_told_line_by_line_and_escape_leads_to_the_menu_for_a_match_of_the_command_line_too(stage):
    stage.starter = Starter(stage.program, stage.given("--network"))
    stage.starter.host(0)
    stage.until(lambda: stage.title == "MATCH")
    with rs.join(game, f"127.0.0.1:{stage.match().join_line.rpartition(':')[2]}") as guest:
        def play(until: Callable[[], bool]) -> None:
            def played() -> bool:
                guest.poll()
                for _ in range(guest.due()):
                    guest.advance(Pad())
                return until()
            stage.until(played)
        play(until=lambda: stage.match().frame > 30)
        stage.key(pygame.K_F9)
        play(until=lambda: stage.title == "DESYNC")
    stage.key(pygame.K_ESCAPE)
    assert stage.title == "ROLLSTEP"
    title, frame, what, report, *_ = stage.program.failures[0].splitlines()
    assert (title, frame[:8], report[:9]) == ("DESYNC", "  Frame ", "  Report:")
    assert what == "  World.fighters[0].health is 992 here, 1000 at player 2."


def test_what_a_desync_tells_names_players_from_1_and_says_what_replay_diff_needs():
    folder = "desyncs/desync-9-player0"
    lines = words.explained(rs.DesyncExplained(9, 1, "World.fighters[0].health", 1, 9, 0, folder, ""))
    assert lines == [f"Report: {folder}", "`rollstep replay diff A B` with both sides' folders tells which one is right;",
                     "with one folder it tells whose state the inputs lead to.",
                     "Player 1 is fighters[0] in a field, and player0 in a file's name."]


def test_a_match_that_nobody_answered_is_told_in_sentences_and_without_a_fight_behind(stage):
    stage.starter.join("127.0.0.1:9/CHJPC-SV8D5-N6PV3-DDSRY")
    stage.until(lambda: stage.title == "MATCH")
    reason = "no answer from 127.0.0.1:9 for 30 s: it is not there"
    stage.program.screens[-1]._hear(rs.Disconnected(0, reason))     # as after half a minute
    message = stage.program.screens[-1]
    assert message.title == "NOBODY ANSWERED"
    assert message.lines == [f"N{reason[1:]}.", "Is the line right, and the other side still waiting?"]
    shown, expected = pygame.Surface((WIDTH, HEIGHT)), pygame.Surface((WIDTH, HEIGHT))
    message.draw(shown)
    Message(stage.program, message.title, message.lines).draw(expected)
    assert pygame.image.tobytes(shown, "RGB") == pygame.image.tobytes(expected, "RGB")


def test_f9_in_a_window_of_rollstep_match_turns_a_bit_over_while_the_network_is_shown(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("ROLLSTEP_FIGHTER_HOME", str(tmp_path))
    monkeypatch.setattr(Scene, "warm_up", lambda self: iter(()))
    net = Network(seed=1)
    peers = net.join(game, players=2)
    net.play(peers, frames=30)
    viewer = Viewer(peers[0])

    def press(key: int) -> None:
        pygame.event.post(pygame.Event(pygame.KEYDOWN, key=key, mod=0, unicode="", scancode=0))
        viewer.draw(peers[0])
    press(pygame.K_F2)
    press(pygame.K_F9)                  # nothing: the overlay is closed
    net.play(peers, frames=60)
    press(pygame.K_F2)
    press(pygame.K_F9)
    assert net.run(peers, until=lambda: all(peer.phase == "frozen" for peer in peers), limit_ms=20_000)
    viewer.close()


def test_lines_are_as_long_as_the_screen_allows_and_too_long_words_are_cut():
    assert wrap("") == [""]
    assert wrap("i " * 100) == [" ".join("i" * 100)]
    lines = wrap("a " + "W" * 450 + " b")
    assert lines[0] == "a" and lines[-1].endswith("W b") and "".join(lines).count("W") == 450
    assert all(text_width(line) <= WIDTH - 40 for line in lines)


def test_what_cannot_be_started_ends_a_run_that_nobody_watches(stage, tmp_path):
    stage.starter = Starter(stage.program, stage.given("--frames", "10", "--record", str(tmp_path / "no" / "folder.rsr")))
    stage.starter.versus()
    stage.until(lambda: not stage.program.screens)
    assert "there is no folder" in stage.program.failures[0]


def test_a_replay_whose_rules_stop_ends_a_run_that_nobody_watches(stage, monkeypatch):
    replay = rs.read_replay(ROOT / "replays" / "perfect.rsr")
    film = rs.playback(replay, game)
    film.seek(100)
    monkeypatch.setattr(film._timeline, "frames", 100)      # as if the step of frame 100 had raised
    show = stage.starter._show(("A", "B"))
    stage.program.go(Theatre(stage.program, film, show, limit=5000))
    stage.until(lambda: not stage.program.screens)


def test_space_at_the_end_of_a_replay_plays_it_again(stage):
    stage.starter.watch(ROOT / "replays" / "perfect.rsr")
    stage.until(lambda: stage.title == "REPLAY")
    film = stage.program.screens[-1].playback
    stage.key(pygame.K_END)
    assert film.phase == "over"
    stage.key(pygame.K_SPACE)
    assert film.phase == "playing" and film.frame < 60
    stage.key(pygame.K_SPACE)
    assert film.phase == "paused"


def test_a_cut_replay_is_shown_and_a_damaged_one_is_refused_in_words(stage, tmp_path):
    whole = ROOT / "replays" / "fighter-calm.rsr"
    cut = tmp_path / "cut.rsr"
    cut.write_bytes(whole.read_bytes()[:-200])
    stage.starter.menu()
    stage.starter.watch(cut)
    stage.until(lambda: stage.title == "REPLAY")
    stage.program.back()
    damaged = tmp_path / "damaged.rsr"
    shutil.copy(whole, damaged)
    with damaged.open("r+b") as file:
        file.seek(40)
        file.write(b"\xff")
    stage.starter.watch(damaged)
    assert stage.title == "THIS CANNOT BE SHOWN"


def test_the_list_of_replays_leaves_out_what_is_none(stage, tmp_path):
    folder = tmp_path / "replays"
    (folder / "folder.rsr").mkdir(parents=True)
    (folder / "link.rsr").symlink_to(tmp_path / "nowhere")
    shutil.copy(ROOT / "replays" / "perfect.rsr", folder / "mine.rsr")
    stage.starter.menu()
    stage.program.go(replay_menu(stage.program, stage.starter.watch))
    assert stage.program.screens[-1].chosen.text == "mine"
    stage.key(pygame.K_RETURN)
    stage.until(lambda: stage.title == "REPLAY")


@pytest.mark.parametrize("folder", ["/" + "x" * 4000, "/proc/self/mem", "/nowhere"])
def test_a_folder_that_cannot_be_listed_has_no_replays(stage, folder):
    stage.starter.menu()
    stage.settings.replay_folder = folder
    stage.program.go(replay_menu(stage.program, stage.starter.watch))
    assert "none yet" in stage.program.screens[-1].chosen.text
    stage.key(pygame.K_RETURN)
    assert stage.title == "ROLLSTEP"


# ---------------------------------------------------------------------------- settings

def test_settings_hold_at_once_and_are_kept(stage, tmp_path):
    stage.starter.menu()
    for _ in range(5):
        stage.key(pygame.K_DOWN)
    stage.key(pygame.K_RETURN)
    assert stage.title == "SETTINGS"
    for _ in range(4):
        stage.key(pygame.K_DOWN)
    stage.key(pygame.K_RIGHT)
    assert stage.settings.reduced_motion
    kept, complaints = load(tmp_path / "settings.json")
    assert kept.reduced_motion and not complaints and isinstance(kept, Settings)


# ---------------------------------------------------------------------------- whatever is pressed

KEYS = [pygame.K_UP, pygame.K_DOWN, pygame.K_LEFT, pygame.K_RIGHT, *[pygame.K_RETURN] * 3, pygame.K_ESCAPE, pygame.K_SPACE,
        pygame.K_F1, pygame.K_F2, pygame.K_F11, pygame.K_HOME, pygame.K_END, pygame.K_PERIOD, pygame.K_COMMA,
        pygame.K_BACKSPACE, pygame.K_DELETE, pygame.K_v, pygame.K_a, pygame.K_d, pygame.K_f, pygame.K_t]


def anything(draw: random.Random) -> pygame.Event:
    """An event as careless hands, broken devices and window managers make them."""
    return draw.choice([
        *[lambda: pygame.Event(draw.choice([pygame.KEYDOWN, pygame.KEYUP]), key=draw.choice(KEYS), unicode="", scancode=0,
                               mod=draw.choice([0, pygame.KMOD_CTRL]))] * 12,
        lambda: pygame.Event(pygame.TEXTINPUT, text=draw.choice(["a", "\n", "127.0.0.1:1/AAAAA", "漢" * 99])),
        lambda: pygame.Event(pygame.JOYDEVICEREMOVED, instance_id=draw.randint(-1, 9)),
        lambda: pygame.Event(pygame.JOYDEVICEADDED, device_index=draw.randint(0, 9), guid="x"),
        lambda: pygame.Event(pygame.WINDOWFOCUSLOST, window=None),
        lambda: pygame.Event(pygame.MOUSEBUTTONDOWN, pos=(3, 3), button=1),
    ])()


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_pressed_on_whatever_screen_nothing_breaks(stage, seed):
    draw = random.Random(seed)
    seen = set()
    for _ in range(350):
        if not stage.program.screens:
            stage.starter.menu()
        seen.add(stage.title)
        pygame.event.post(anything(draw))
        stage.program.turn()
    assert len(seen) >= 3
    stage.program.quit()
    for path in stage.replays():
        assert rs.read_replay(path).cut_at is None


# ---------------------------------------------------------------------------- the pictures

def test_the_readmes_pictures_are_those_of_the_goldens(stage, tmp_path, monkeypatch):
    from demo_game.app import pictures

    monkeypatch.setattr(pictures, "FOLDER", tmp_path)
    pictures.draw_moments()
    for name in pictures.MOMENTS:
        drawn, kept = (pygame.surfarray.array3d(pygame.image.load(folder / f"{name}.png")).astype(int)
                       for folder in (tmp_path, ROOT / "demo_game" / "pictures"))
        # another processor may round a pixel of a figure's edge the other way
        assert (abs(drawn - kept).max(axis=2) > 8).mean() < 0.002, f"{name}.png is another picture: run `make pictures`"
