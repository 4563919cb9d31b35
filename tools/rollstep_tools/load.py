"""Which game a command is about. Named on the command line or in pyproject.toml; never by a replay."""

from __future__ import annotations

import importlib
import sys
import tomllib
from pathlib import Path

from rollstep import Game, RollstepError, UsageError


def load_game(name: str | None, app_dir: str) -> tuple[Game, str]:
    """The game and the name it was found by. Puts `app_dir` on the import path. Raises UsageError."""
    folder = Path(app_dir)
    if not folder.is_dir():
        raise UsageError(f"--app-dir {app_dir} is no folder")
    sys.path.insert(0, str(folder.resolve()))
    if name is None:
        name = _configured(folder)
    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise UsageError(f"game {name!r}: write module:attribute, such as demo_game:game")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UsageError(f"game {name!r}: {error}; run from its folder or give --app-dir") from error
    except RollstepError:
        raise
    except (Exception, SystemExit) as error:   # whatever its code does when it is run is not rollstep's bug
        words = " ".join(str(error).split())
        raise UsageError(f"game {name!r} cannot be imported: {type(error).__name__}: {words}") from error
    game = getattr(module, attribute, None)
    if not isinstance(game, Game):
        found = ", ".join(key for key, value in vars(module).items() if isinstance(value, Game)) or "none"
        raise UsageError(f"game {name!r}: {attribute} in {module_name} is no rollstep.Game (games there: {found})")
    return game, name


def _configured(folder: Path) -> str:
    path = folder / "pyproject.toml"
    try:
        with path.open("rb") as file:
            name = tomllib.load(file).get("tool", {}).get("rollstep", {}).get("game")
    except FileNotFoundError:
        name = None
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    if not isinstance(name, str):
        raise UsageError('which game? Name it as module:attribute, or put game = "module:attribute" under '
                         f"[tool.rollstep] in {path}")
    return name
