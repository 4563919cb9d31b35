"""The cache of compiled code, seen by processes that start one after the other."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import rollstep

FILES = {
    "far.py": """
        from rollstep import fx, sim
        SPEED, FACTOR = 3, fx("0.5")

        @sim
        def moved(n):
            return n + SPEED + int(FACTOR)
    """,
    "near.py": """
        from rollstep import sim
        from far import moved

        @sim
        def twice(n):
            return moved(moved(n))
    """,
    "game.py": """
        import rollstep as rs
        from near import twice

        @rs.struct
        class World:
            n: rs.i64

        @rs.struct
        class Pad:
            buttons: rs.u8

        def init(world, tick):
            world.n = 100

        def step(world, inputs, tick):
            world.n = twice(world.n)

        game = rs.Game("cached", state=World, input=Pad, players=1, init=init, step=step)
    """,
}
ENGINE = Path(rollstep.__file__).parents[1]
PLAY = """
import json, rollstep
said = []
rollstep.on_progress(said.append)
try:
    from game import game, World
    runner = game.runner("compiled", players=1, seed=0)
    state = runner.start()
    runner.run(state, bytes(10), 0, 10)
    print(json.dumps({"said": said, "n": World.view(state).n}))
except rollstep.RollstepError as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
"""
STEP, LOOP = (f"compiling {name} (once; the result is kept)" for name in ("step-cached-compiled", "runner"))


class Place:
    """A folder with the game and one with its compiled code."""

    def __init__(self, root: Path) -> None:
        self.game, self.cache = root / "game", root / "cache"

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.game / file
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def play(self, **variables: str) -> dict[str, Any]:
        """What a new process says and gets."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "ROLLSTEP_"))}
        ours = {"ROLLSTEP_CACHE_DIR": str(self.cache), "PYTHONPATH": os.pathsep.join(map(str, (self.game, ENGINE))),
                "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, "-c", PLAY], capture_output=True, text=True, timeout=300, check=False,
                              env=kept | ours | variables)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""                         # no word of warning on any way
        return json.loads(done.stdout)

    def entry(self, start: str) -> Path:
        (found,) = self.cache.glob(f"{start}-*.bin")
        return found


@pytest.fixture(scope="module")
def compiled_once(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("compiled_once"))
    place.game.mkdir()
    for name, text in FILES.items():
        (place.game / name).write_text(textwrap.dedent(text))
    assert place.play() == {"said": [STEP, LOOP], "n": 160}
    return place


@pytest.fixture
def place(compiled_once, tmp_path):
    """A copy that a test may spoil."""
    shutil.copytree(compiled_once.game.parent, tmp_path, dirs_exist_ok=True)
    return Place(tmp_path)


def test_the_second_start_compiles_nothing(place):
    before = sorted(place.cache.iterdir())
    assert place.play() == {"said": [], "n": 160}
    assert sorted(place.cache.iterdir()) == before and place.cache.stat().st_mode & 0o777 == 0o700


def test_a_constant_two_modules_away_is_noticed(place):
    place.edit("far.py", "FACTOR = 3", "FACTOR = 5")
    assert place.play() == {"said": [STEP], "n": 200}
    place.edit("far.py", "FACTOR = 5", "FACTOR = 3")
    assert place.play() == {"said": [], "n": 160}        # the old entry is still there
    place.edit("far.py", '"0.5"', '"1.5"')
    assert place.play() == {"said": [STEP], "n": 180}


def test_a_helper_two_modules_away_is_noticed(place):
    place.edit("far.py", "n + SPEED", "n - SPEED")
    assert place.play() == {"said": [STEP], "n": 40}


def test_a_comment_and_a_moved_line_are_not_compiled_again(place):
    place.edit("far.py", "    return n + SPEED", "\n\n    # forward\n    return n + SPEED")
    assert place.play() == {"said": [], "n": 160}


def test_a_changed_struct_is_compiled_again(place):
    place.edit("game.py", "    n: rs.i64", "    first: rs.u8\n    n: rs.i64")
    assert place.play() == {"said": [STEP], "n": 160}


def flipped(data: bytes) -> bytes:
    return data[:len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1:]


DAMAGES = {"flipped": flipped, "cut": lambda data: data[:len(data) // 2], "empty": lambda data: b"",
           "longer": lambda data: data + b"x", "other": lambda data: b"not a pickle at all" * 10}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_compiled_again_without_a_word(place, damage):
    entry = place.entry("step-cached-compiled")
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    assert place.play() == {"said": [STEP], "n": 160}
    assert len(entry.read_bytes()) == len(whole)         # and written anew


def test_another_setting_of_numba_is_another_entry(place):
    assert place.play(NUMBA_OPT="1") == {"said": [STEP, LOOP], "n": 160}
    assert len(list(place.cache.glob("step-cached-compiled-*.bin"))) == 2
    assert place.play() == {"said": [], "n": 160}


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_may_write_is_refused_with_what_to_run(place, mode):
    place.cache.chmod(mode)
    error = place.play()["error"]
    assert error.startswith("UsageError: others may write to the cache folder")
    assert f"chmod 700 {place.cache}" in error and "ROLLSTEP_CACHE_DIR" in error
    place.cache.chmod(0o755)                             # others may read it
    assert place.play() == {"said": [], "n": 160}


def test_a_folder_that_cannot_be_made_is_refused_with_the_variable(place):
    (place.game.parent / "file").touch()
    error = place.play(ROLLSTEP_CACHE_DIR=str(place.game.parent / "file" / "cache"))["error"]
    assert error.startswith("UsageError: the cache folder") and "name another with ROLLSTEP_CACHE_DIR" in error


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a folder that nobody can write to, not even root")
def test_a_folder_that_cannot_be_written_costs_a_compilation_and_nothing_else(place):
    assert place.play(ROLLSTEP_CACHE_DIR="/proc/self") == {"said": [STEP, LOOP], "n": 160}


def test_nothing_but_whole_entries_is_left_behind(place):
    place.play()
    assert all(path.suffix == ".bin" and path.stat().st_mode & 0o077 == 0 for path in place.cache.iterdir())


def test_pythons_collector_rests_during_a_compilation_and_is_left_as_it_was(monkeypatch):
    import gc

    from rollstep import StepError
    from rollstep.compile import native

    seen = []

    def build():
        seen.append(gc.isenabled())
        return lambda a: a

    def refuse(text, name):
        raise StepError("no")
    for before in (True, False):
        (gc.enable if before else gc.disable)()
        try:
            with pytest.raises(StepError, match=r"^no$"):
                native("collector", 1, "", build, prove=refuse)
            assert gc.isenabled() is before
        finally:
            gc.enable()
    assert seen == [False, False]
