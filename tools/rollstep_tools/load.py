"""Which game a command is about. Named on the command line or in pyproject.toml; never by a replay or a trace."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from rollstep import P2P, Game, RollstepError, UsageError


class Viewer(Protocol):
    """A window for one peer of `rollstep match --view`, named by `viewer = "module:class"` beside `game`."""

    def __init__(self, match: P2P) -> None:
        """Opens the window; the match is still connecting."""

    def input(self, match: P2P) -> Any | None:
        """The input for the next frame; None leaves it to the match's bot."""

    def frame(self, match: P2P) -> None:
        """After each frame."""

    def draw(self, match: P2P) -> bool:
        """Every time the peer wakes up: draw if there is a reason to. False when the window was closed."""

    def close(self) -> None:
        """In the end, whatever happened."""


def load_game(name: str | None, app_dir: str) -> tuple[Game, str]:
    """The game and the name it was found by. Puts `app_dir` on the import path. Raises UsageError."""
    folder = Path(app_dir)
    if not folder.is_dir():
        raise UsageError(f"--app-dir {app_dir} is no folder")
    sys.path.insert(0, str(folder.resolve()))
    if name is None:
        name = _configured(folder)
    module, attribute = _import("game", name, "demo_game:game")
    game = getattr(module, attribute, None)
    if not isinstance(game, Game):
        found = ", ".join(key for key, value in vars(module).items() if isinstance(value, Game)) or "none"
        raise UsageError(f"game {name!r}: {attribute} in {module.__name__} is no rollstep.Game (games there: {found})")
    return game, name


def load_viewer(app_dir: str) -> type[Viewer]:
    """The viewer that pyproject.toml names; `app_dir` is on the import path already. Raises UsageError."""
    name = configured(app_dir, "viewer")
    if name is None:
        raise UsageError('no viewer: put viewer = "module:class" under [tool.rollstep] in pyproject.toml')
    module, attribute = _import("viewer", name, "my_window:Viewer")
    viewer: type[Viewer] | None = getattr(module, attribute, None)
    if viewer is None:
        raise UsageError(f"viewer {name!r}: there is no {attribute} in {module.__name__}")
    return viewer


def _import(what: str, name: str, example: str) -> tuple[ModuleType, str]:
    """The module and the attribute that module:attribute names. Raises UsageError."""
    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise UsageError(f"{what} {name!r}: write module:attribute, such as {example}")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")    # it greets whoever imports it, a tool as well
    try:
        with contextlib.redirect_stdout(sys.stderr):    # what a game prints is no result of ours
            return importlib.import_module(module_name), attribute
    except ModuleNotFoundError as error:
        raise UsageError(f"{what} {name!r}: {error}; run from its folder or give --app-dir") from error
    except RollstepError:
        raise
    except (Exception, SystemExit) as error:   # whatever its code does when it is run is not rollstep's bug
        words = " ".join(str(error).split())
        raise UsageError(f"{what} {name!r} cannot be imported: {type(error).__name__}: {words}") from error


def configured(app_dir: str | Path, key: str) -> str | None:
    """A text under [tool.rollstep] in pyproject.toml; None when there is none."""
    path = Path(app_dir) / "pyproject.toml"
    try:
        with path.open("rb") as file:
            value = tomllib.load(file).get("tool", {}).get("rollstep", {}).get(key)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    return value if isinstance(value, str) else None


def _configured(folder: Path) -> str:
    name = configured(folder, "game")
    if name is None:
        raise UsageError('which game? Name it as module:attribute, or put game = "module:attribute" under '
                         f"[tool.rollstep] in {folder / 'pyproject.toml'}")
    return name
