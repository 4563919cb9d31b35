"""What a person has chosen, kept in settings.json between two runs. Nothing of it is part of a match.

The file is in $XDG_CONFIG_HOME/rollstep-fighter (~/.config/...), replays are in $XDG_DATA_HOME/rollstep-fighter/replays
(~/.local/share/...). ROLLSTEP_FIGHTER_HOME names one folder for both instead.

Nothing here raises for what is in the file or wrong with the disk: loading and saving return complaints, sentences to show.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .pads.actions import BUTTONS, Layout, conflict, default_layouts
from .pads.keys import key_code
from .world import Level

FOLDER, FILE = "rollstep-fighter", "settings.json"
HOME_VARIABLE = "ROLLSTEP_FIGHTER_HOME"
NAME_LETTERS, JOIN_LINE_LETTERS, KEYS_AN_ACTION = 24, 500, 4
SIDES = ("left", "right")
BOT_LEVELS = {level.name.lower(): level for level in Level if level is not Level.HUMAN}


@dataclass
class Settings:
    volume: int = 80            # percent
    music_volume: int = 50
    reduced_motion: bool = False
    scale: int = 0              # of the picture of 640 by 360; 0: as large as fits
    fullscreen: bool = False
    draw_hz: int = 0            # 0: as the display
    input_delay: int = 1        # frames
    name: str = "Player"
    bot_level: Level = Level.MEDIUM
    join_line: str = ""         # the last one
    replay_folder: str = ""     # "": the usual one; `replays` is the path
    keys: tuple[Layout, Layout] = field(default_factory=default_layouts)
    #: The file as it was loaded: what a newer version has written there is kept when this one saves.
    document: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def replays(self) -> Path:
        """The folder for replays; it may not be there yet."""
        if self.replay_folder:
            return _path(self.replay_folder)
        return _folder("XDG_DATA_HOME", ".local/share") / "replays"


def settings_path() -> Path:
    return _folder("XDG_CONFIG_HOME", ".config") / FILE


def load(path: str | os.PathLike[str] | None = None) -> tuple[Settings, list[str]]:
    """The settings, and what was wrong with the file. No file: the defaults. A bad value: the default for this field.

    A file that is no JSON object is renamed to settings.json.bad, so that saving does not destroy what is in it.
    """
    file = Path(path) if path is not None else settings_path()
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(document, dict):
            raise ValueError(f"not an object in braces, but {_shown(document)}")
    except (FileNotFoundError, NotADirectoryError):
        return Settings(), []
    except (OSError, ValueError, RecursionError) as error:
        return Settings(), [_set_aside(file, error)]
    settings, complaints = Settings(document=document), []
    for name, check in CHECKS.items():
        if name in document:
            try:
                setattr(settings, name, check(document[name]))
            except ValueError as error:
                complaints.append(f"{file}: {name} is {_shown(document[name])}; it must be {error}. "
                                  f"Using {_shown(_plain(getattr(settings, name)))}.")
    if "keys" in document:
        settings.keys, wrong = _layouts(document["keys"])
        complaints += [f"{file}: {text}" for text in wrong]
    return settings, complaints


def save(settings: Settings, path: str | os.PathLike[str] | None = None) -> str | None:
    """Write the file, whole or not at all. None, or why it could not be written."""
    # A settings file that is a link (to a repository of dotfiles, say) stays one.
    file = Path(os.path.realpath(path if path is not None else settings_path()))
    known = {name: _plain(getattr(settings, name)) for name in CHECKS}
    known["keys"] = dict(zip(SIDES, settings.keys, strict=True))
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        text = json.dumps(_merged(settings.document, known), indent=2) + "\n"
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(new, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    except (OSError, ValueError, RecursionError) as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        return f"{file}: the settings were not saved ({_reason(error)}); they hold until the game is closed."
    return None


# -------------------------------------------------------------------------------------------------- the fields

def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value
    return check


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _text(least: int, most: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most or not value.isprintable():
            raise ValueError(f"a text of {least} to {most} letters in quotes, in one line")
        return value
    return check


def _level(value: object) -> Level:
    if not isinstance(value, str) or value not in BOT_LEVELS:
        raise ValueError("one of " + ", ".join(map(_shown, BOT_LEVELS)))
    return BOT_LEVELS[value]


# All fields but `keys`: what they must be.
CHECKS: dict[str, Callable[[object], object]] = {
    "volume": _whole(0, 100),
    "music_volume": _whole(0, 100),
    "reduced_motion": _truth,
    "scale": _whole(0, 8),
    "fullscreen": _truth,
    "draw_hz": _whole(0, 1000),
    "input_delay": _whole(0, 8),
    "name": _text(1, NAME_LETTERS),
    "bot_level": _level,
    "join_line": _text(0, JOIN_LINE_LETTERS),
    "replay_folder": _text(0, 4096),
}


def _layouts(value: object) -> tuple[tuple[Layout, Layout], list[str]]:
    """Keys as {"left": {"fast": ["f"], ...}, "right": ...}; actions that are not there keep their default."""
    layouts = default_layouts()
    if not isinstance(value, dict):
        return layouts, [f'keys is {_shown(value)}; it must be an object with "left" and "right". Using the default keys.']
    complaints = []
    for side, layout in zip(SIDES, layouts, strict=True):
        given = value.get(side, {})
        if not isinstance(given, dict):
            complaints.append(f"keys.{side} is {_shown(given)}; it must be an object with keys for actions. Using the default.")
            continue
        for action in BUTTONS:
            if action not in given:
                continue
            names = given[action]
            if _are_keys(names):
                layout[action] = names
            else:
                complaints.append(f"keys.{side}.{action} is {_shown(names)}; it must be a list of 1 to {KEYS_AN_ACTION} names "
                                  f'of keys like "a", "left", "kp1" (not "escape"). Using {_shown(layout[action])}.')
    wrong = conflict(layouts)
    if wrong is not None:
        complaints.append(f"keys: {wrong}; a key can move one player only. Using the default keys.")
        layouts = default_layouts()
    return layouts, complaints


def _are_keys(names: object) -> bool:
    """Escape leaves a match: bound to an action, there would be no way out."""
    return (isinstance(names, list) and 1 <= len(names) <= KEYS_AN_ACTION
            and all(isinstance(name, str) and name != "escape" and key_code(name) is not None for name in names))


# -------------------------------------------------------------------------------------------------- files

def _folder(variable: str, usual: str) -> Path:
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return _path(home)
    base = Path(os.environ.get(variable, ""))
    if not base.is_absolute():      # the XDG standard: a relative path is to be ignored
        base = _path("~") / usual
    return base / FOLDER


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:        # nobody's home: take "~" as it stands
        return Path(text)


def _set_aside(file: Path, error: Exception) -> str:
    """Rename a file that cannot be read; never over one that was set aside earlier."""
    aside = file.with_name(file.name + ".bad")
    count = 1
    while os.path.lexists(aside):
        count += 1
        aside = file.with_name(f"{file.name}.bad{count}")
    problem = f"{file} cannot be read ({_reason(error)})"
    try:
        file.rename(aside)
    except OSError as failure:
        return f"{problem}, and not be renamed to {aside.name} ({_reason(failure)}). Using the default settings."
    return f"{problem}; it is kept as {aside.name}. Using the default settings."


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`new` over `old`, at every depth."""
    result = dict(old)
    for name, value in new.items():
        before = old.get(name)
        result[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def _plain(value: Any) -> Any:
    """As it stands in the file."""
    return value.name.lower() if isinstance(value, Level) else value


def _shown(value: object) -> str:
    """A value in a complaint: as in the file, not longer than a line."""
    try:
        text = json.dumps(value)
    except RecursionError:
        return "something nested very deep"
    return text if len(text) <= 60 else text[:57] + "..."


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
