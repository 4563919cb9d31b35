"""The program as a person meets it: real windows on a virtual screen, keys, two processes, screenshots.

They play in real time, so most are `heavy`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rollstep as rs
from demo_game import game
from demo_game.world import Ending, Phase
from rollstep.replay import verify

from .desktop import MISSING, ROOT, Desktop, Program, until

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: apt install xvfb xdotool x11-apps")

#: Colours of the health bars' filled part lie in this band of the canvas.
WIDTH, HEIGHT = 640, 360


@pytest.fixture
def desktop():
    with Desktop() as desktop:
        yield desktop


def replays(home: Path) -> list[Path]:
    return sorted((home / "replays").glob("*.rsr"))


def proved(*paths: Path) -> rs.Replay:
    """The first of these replays, when they are one true match."""
    read = [(path.name, rs.read_replay(path)) for path in paths]
    report = verify(game, read)
    assert report.verified, report.message
    return read[0][1]


def phases(replay: rs.Replay) -> set[tuple[Phase, Ending]]:
    """What a replay goes through."""
    seen = set()
    with rs.playback(replay, game) as playback:
        while playback.advance():
            seen.add((playback.state.phase, playback.state.ending))
    return seen


def colours(picture: np.ndarray) -> int:
    """How many different colours there are: a drawn picture has many, an empty window one."""
    flat = picture.reshape(-1, 3).astype(np.uint32)
    return len(np.unique(flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2]))


def drawn(desktop: Desktop, window: str) -> np.ndarray | None:
    """The picture in a window, once there is one."""
    picture = desktop.screenshot(window)
    return picture if colours(picture) > 100 else None


def started_match(desktop: Desktop, program: Program) -> None:
    program.hear("screen: MATCH")
    desktop.focus(program)


def read_and_left(desktop: Desktop, program: Program) -> None:
    """Why a match ended is read, and the program left from the menu that follows."""
    desktop.focus(program)
    desktop.key("Return")
    program.hear("screen: ROLLSTEP")
    desktop.key("Escape")


# ---------------------------------------------------------------------------- alone

def test_the_menu_opens_is_walked_by_keys_and_left(desktop, tmp_path):
    program = desktop.start("--say", "--mute", home=tmp_path)
    program.hear("screen: ROLLSTEP")
    desktop.focus(program)
    window = desktop.window_of(program)
    first = until(lambda: drawn(desktop, window), "menu")
    desktop.key("Down", "Down", "Down", "Down", "Down", "Return")
    program.hear("screen: SETTINGS")
    desktop.key("Right", "Escape")
    program.hear("screen: ROLLSTEP")
    second = desktop.screenshot(window)
    assert (first != second).any()
    desktop.key("Escape")
    assert program.leave() == 0
    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["volume"] == 90


@pytest.mark.heavy
def test_from_the_menu_to_a_finished_match_of_two_by_keys(desktop, tmp_path):
    program = desktop.start("--say", "--mute", home=tmp_path)
    program.hear("screen: ROLLSTEP")
    desktop.focus(program)
    desktop.key("Return")
    program.hear("screen: MATCH")
    for number in (1, 2):
        program.hear("phase: fight", f"round {number}")
        # player 1 dashes (for as long as five other keys take), strikes, and waits as long as the blow lasts
        while not program.heard_since("phase: pause"):
            desktop.key("d", "d", *["s"] * 5, "g", *["s"] * 12)
    program.hear("phase: done")
    picture = desktop.screenshot(desktop.window_of(program))
    assert colours(picture) > 200
    desktop.key("Escape")
    program.hear("screen: PAUSE")
    desktop.key("Up", "Return")
    program.hear("note: Replay")
    desktop.key("Escape")
    assert program.leave() == 0
    replay = proved(*replays(tmp_path))
    assert (Phase.DONE, Ending.PERFECT) in phases(replay)


def test_a_window_closed_in_the_middle_of_a_match_keeps_its_replay(desktop, tmp_path):
    program = desktop.start("--say", "--mute", "--bot", "hard", "--auto", "medium", home=tmp_path)
    started_match(desktop, program)
    program.hear("phase: fight")
    window = desktop.window_of(program)
    until(lambda: drawn(desktop, window), "fight")
    desktop.close_window(window)
    assert program.leave() == 0
    assert proved(*replays(tmp_path)).frames >= 100


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_is_asked_to_end_finishes_its_replay(desktop, ending, tmp_path):
    program = desktop.start("--say", "--mute", "--bot", "easy", "--auto", "hard", home=tmp_path)
    started_match(desktop, program)
    program.hear("phase: fight")
    program.process.send_signal(ending)
    assert program.leave() == 0
    assert proved(*replays(tmp_path)).frames >= 100


def test_a_window_of_odd_size_shows_whole_pixels_between_black_borders(desktop, tmp_path):
    program = desktop.start("--say", "--mute", "--scale", "1", home=tmp_path)
    program.hear("screen: ROLLSTEP")
    window = desktop.window_of(program)
    desktop.xdotool("windowsize", "--sync", window, "1300", "760")

    def resized() -> np.ndarray | None:
        picture = desktop.screenshot(window)
        if picture.shape[:2] != (760, 1300):
            return None
        inside = picture[20:740, 10:1290]
        borders = picture.astype(int).sum() - inside.astype(int).sum()
        return picture if borders == 0 and colours(inside) > 100 else None
    picture = until(resized, "picture between black borders", patience_s=30)
    inside = picture[20:740, 10:1290]
    blocks = inside.reshape(360, 2, 640, 2, 3)
    assert (blocks == blocks[:, :1, :, :1]).all(), "each pixel of the canvas is 2 by 2 of the window"
    program.process.send_signal(signal.SIGTERM)
    assert program.leave() == 0


# ---------------------------------------------------------------------------- two machines

def pair(desktop: Desktop, tmp_path: Path, *arguments: str, guest: tuple[str, ...] = ()) -> tuple[Program, Program]:
    """A host and who joined it by the line that it printed; both windows side by side."""
    host = desktop.start("--say", "--mute", "--scale", "1", "--host", "0", "--advertise", "127.0.0.1", "--auto", "medium",
                         *arguments, home=tmp_path / "host")
    line = host.hear("127.0.0.1:")
    guest_program = desktop.start("--say", "--mute", "--scale", "1", "--join", line, "--auto", "hard", *(guest or arguments),
                                  home=tmp_path / "guest", position=(660, 0))
    return host, guest_program


@pytest.mark.heavy
def test_two_programs_meet_by_the_join_line_and_one_is_closed_in_mid_match(desktop, tmp_path):
    host, guest = pair(desktop, tmp_path)
    for program in (host, guest):
        program.hear("event: Synchronized")
        program.hear("phase: fight")
    picture = desktop.screenshot()
    assert colours(picture[:360, :640]) > 200 and colours(picture[:360, 660:1300]) > 200
    guest.process.send_signal(signal.SIGTERM)
    assert guest.leave() == 0
    host.hear("event: Disconnected", "left")
    host.hear("screen: THE MATCH IS OVER")
    read_and_left(desktop, host)
    assert host.leave() == 0
    proved(*replays(tmp_path / "host"), *replays(tmp_path / "guest"))


@pytest.mark.heavy
def test_two_programs_play_to_a_frame_and_agree(desktop, tmp_path):
    host, guest = pair(desktop, tmp_path, "--frames", "600", "--stats")
    assert host.leave() == 0 and guest.leave() == 0
    for program in (host, guest):
        facts = json.loads(next(line for line in reversed(program.lines) if line.startswith("{")))
        assert facts["pictures"] > 300
    assert proved(*replays(tmp_path / "host"), *replays(tmp_path / "guest")).frames == 600


def test_other_tables_are_refused_on_both_sides_with_clear_words(desktop, tmp_path):
    other = tmp_path / "content"
    other.mkdir()
    for path in (ROOT / "demo_game" / "content").glob("*.toml"):
        (other / path.name).write_text(path.read_text().replace("damage = 42", "damage = 420"))
    host, guest = pair(desktop, tmp_path, guest=("--content", str(other)))
    for program in (host, guest):
        program.hear("screen: REFUSED")
        read_and_left(desktop, program)
        assert program.leave() == 1
        assert "tables (content/*.toml) differ" in program.said


def test_a_wrong_join_line_is_told_before_any_window_opens(tmp_path):
    run = subprocess.run([sys.executable, "-m", "demo_game", "--join", "nonsense"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2 and "join line" in run.stderr


def test_a_developers_key_turns_a_bit_over_and_the_report_opens_on_both_sides(desktop, tmp_path):
    host, guest = pair(desktop, tmp_path)
    for program in (host, guest):
        program.hear("event: Synchronized")
        program.hear("phase: fight")
    desktop.focus(host)
    desktop.key("F9")                   # nothing: only with the overlay open
    desktop.key("F2", "F9")
    frame = host.hear("note: bit 3 of World.fighters[0].health turned over in frame").split()[-1]
    told = [program.hear(f"event: DesyncExplained(frame={frame},", "path='World.fighters[0].health'")
            for program in (host, guest)]
    for program in (host, guest):
        program.hear("screen: DESYNC")
    here, there = ([int(text) for text in re.findall(r"(?:ours|theirs)=(-?\d+)", line)] for line in told)
    assert here == there[::-1] and here[0] ^ here[1] == 8
    picture = until(lambda: desktop.screenshot() if colours(desktop.screenshot()[:360, :640]) > 50 else None, "report")
    assert (picture[:360, :640] != picture[:360, 660:1300]).any(), "each side shows its own values first"
    for program in (host, guest):
        read_and_left(desktop, program)
        assert program.leave() == 1
    folders = [next((tmp_path / name / "replays" / "desyncs").iterdir()) for name in ("host", "guest")]
    run = subprocess.run([sys.executable, "-m", "rollstep_tools", "replay", "diff", *map(str, folders), "--json"], cwd=ROOT,
                         capture_output=True, text=True)
    found = json.loads(run.stdout)
    assert run.returncode == 5 and (found["frame"], found["path"]) == (int(frame), "World.fighters[0].health")
    assert found["right"] == str(folders[1])


# ---------------------------------------------------------------------------- replays, rollstep match --view

def test_a_golden_replay_is_watched_to_its_end(desktop, tmp_path):
    golden = min((ROOT / "replays").glob("*.rsr"), key=lambda path: path.stat().st_size if "box" not in path.name
                 and "nasty" not in path.name else 1 << 30)
    program = desktop.start("--say", "--mute", "--replay", str(golden), "--frames", "60", home=tmp_path)
    program.hear("screen: REPLAY")
    assert program.leave() == 0


def test_another_games_replay_is_refused(desktop, tmp_path):
    program = desktop.start("--say", "--mute", "--replay", str(ROOT / "replays" / "box-four.rsr"), home=tmp_path)
    program.hear("screen: THIS CANNOT BE STARTED")
    read_and_left(desktop, program)
    assert program.leave() == 1 and "box" in program.said


@pytest.mark.heavy
def test_rollstep_match_shows_both_peers_side_by_side_and_proves_the_match(desktop, tmp_path):
    program = desktop.start("match", "demo_game:game", "--view", "auto", "--frames", "400", "--json", home=tmp_path,
                            command=("-m", "rollstep_tools"))
    program.hear("in windows")
    found: set[str] = set()

    def both() -> bool | None:
        names = [desktop.xdotool("getwindowname", window).strip() for window in desktop.windows()]
        found.update(name for name in names if re.fullmatch(r"rollstep fighter: player \d", name))
        return len(found) == 2 or None
    until(both, "two windows")
    assert program.leave() == 0
    result = json.loads("\n".join(program.lines)[(text := "\n".join(program.lines)).index("{\n"):text.rindex("}") + 1])
    assert result["verified"] and all(peer["rollbacks"] > 0 for peer in result["peers"])


def test_without_a_display_the_program_says_so_and_what_to_do(tmp_path):
    env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    run = subprocess.run([sys.executable, "-m", "demo_game"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert run.returncode == 2 and "no window can be opened" in run.stderr and not run.stdout


def test_without_pygame_the_program_says_how_it_is_installed(tmp_path):
    (tmp_path / "pygame.py").write_text("raise ImportError('it is not there')")
    run = subprocess.run([sys.executable, "-m", "demo_game"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)},
                         capture_output=True, text=True)
    assert run.returncode == 2 and "(it is not there); install it with: pip install" in run.stderr and not run.stdout
    assert "Traceback" not in run.stderr


def test_without_a_display_the_match_says_that_it_plays_without_windows(tmp_path):
    env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    run = subprocess.run([sys.executable, "-m", "rollstep_tools", "match", "--view", "auto", "--frames", "120"], cwd=ROOT,
                         env=env, capture_output=True, text=True)
    assert run.returncode == 0 and "without windows: there is no display" in run.stderr
