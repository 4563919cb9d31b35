"""The settings file: what is saved comes back, what is wrong is named, nothing is lost."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_game.pads.actions import BUTTONS, default_layouts
from demo_game.settings import CHECKS, HOME_VARIABLE, Settings, load, save, settings_path
from demo_game.world import Level


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "somewhere" / "settings.json"


def write(file: Path, text: str | bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


# ---------------------------------------------------------------------------- scenarios

def test_without_a_file_there_are_the_defaults_and_no_complaints(file: Path) -> None:
    assert load(file) == (Settings(), [])
    assert not file.parent.exists()


def test_what_is_saved_comes_back(file: Path) -> None:
    settings = Settings(volume=0, reduced_motion=True, scale=3, draw_hz=144, input_delay=2, name="Ümit", bot_level=Level.HARD,
                        join_line="127.0.0.1:7000/abc", replay_folder="~/fights")
    settings.keys[0]["fast"] = ["x", "lshift"]
    assert save(settings, file) is None
    assert load(file) == (settings, [])
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]       # no temporary file is left


def test_a_bad_value_is_named_and_costs_this_field_alone(file: Path) -> None:
    write(file, '{"volume": 300, "name": "", "bot_level": "human", "fullscreen": 1, "music_volume": 20, "input_delay": true}')
    settings, complaints = load(file)
    assert settings == Settings(music_volume=20)
    assert complaints == [
        f"{file}: volume is 300; it must be a whole number from 0 to 100. Using 80.",
        f"{file}: fullscreen is 1; it must be true or false. Using false.",
        f"{file}: input_delay is true; it must be a whole number from 0 to 8. Using 1.",
        f'{file}: name is ""; it must be a text of 1 to 24 letters in quotes, in one line. Using "Player".',
        f'{file}: bot_level is "human"; it must be one of "easy", "medium", "hard". Using "medium".',
    ]


def test_a_bad_key_is_named_and_the_other_keys_stay(file: Path) -> None:
    write(file, json.dumps({"keys": {"left": {"fast": ["x"], "heavy": ["no such key"], "shot": "r", "throw": []},
                                     "right": {"up": ["escape"], "down": ["j"]}}}))
    settings, complaints = load(file)
    left, right = default_layouts()
    assert settings.keys == (left | {"fast": ["x"]}, right | {"down": ["j"]})
    assert [text.split(": ", 1)[1].split(";")[0] for text in complaints] == [
        'keys.left.heavy is ["no such key"]', 'keys.left.shot is "r"', "keys.left.throw is []", 'keys.right.up is ["escape"]']
    assert all('names of keys like "a", "left", "kp1"' in text for text in complaints)


def test_a_key_for_both_players_gives_the_default_keys(file: Path) -> None:
    write(file, '{"keys": {"left": {"fast": ["k"]}}}')
    settings, complaints = load(file)
    assert settings == Settings()
    assert complaints == [f'{file}: keys: "k" is both fast of the left layout and fast of the right one; '
                          "a key can move one player only. Using the default keys."]


LONG_NUMBER, DEEP = b'{"volume": 1' + b"0" * 5000 + b"}", b"[" * 100_000


@pytest.mark.parametrize("text", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"null", LONG_NUMBER, DEEP])
def test_a_file_that_cannot_be_read_is_kept_aside(file: Path, text: bytes) -> None:
    write(file, text)
    settings, (complaint,) = load(file)
    assert settings == Settings()
    assert complaint.startswith(f"{file} cannot be read (") and "kept as settings.json.bad" in complaint
    assert file.with_name("settings.json.bad").read_bytes() == text and not file.exists()


def test_the_second_bad_file_does_not_replace_the_first(file: Path) -> None:
    for text in ("first", "second"):
        write(file, text)
        load(file)
    assert file.with_name("settings.json.bad").read_text() == "first"
    assert file.with_name("settings.json.bad2").read_text() == "second"


def test_a_folder_in_the_place_of_the_file_is_kept_aside_too(file: Path) -> None:
    file.mkdir(parents=True)
    _settings, (complaint,) = load(file)
    assert "Is a directory" in complaint
    assert save(Settings(), file) is None
    assert load(file) == (Settings(), [])


def test_a_bad_file_that_cannot_be_renamed_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Path, _target: Path) -> Path:
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr(Path, "rename", refuse)
    write(file, "{")
    _settings, (complaint,) = load(file)
    assert "and not be renamed to settings.json.bad (Permission denied)" in complaint
    assert file.read_text() == "{"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file")
    file = tmp_path / "blocked" / "settings.json"
    complaint = save(Settings(), file)
    assert complaint is not None and complaint.startswith(f"{file}: the settings were not saved (")
    assert load(file) == (Settings(), [])


def test_a_write_that_fails_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(Settings(volume=11), file)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", full)
    complaint = save(Settings(volume=22), file)
    assert complaint is not None and "No space left on device" in complaint
    assert load(file)[0].volume == 11
    assert len(list(file.parent.iterdir())) == 1


def test_fields_of_a_newer_version_are_kept(file: Path) -> None:
    write(file, '{"volume": 5, "theme": {"dark": true}, "keys": {"left": {"taunt": ["z"], "fast": ["x"]}, "third": {}}}')
    settings, complaints = load(file)
    assert complaints == []
    settings.volume = 6
    save(settings, file)
    saved = json.loads(file.read_text())
    assert (saved["volume"], saved["theme"], saved["keys"]["third"]) == (6, {"dark": True}, {})
    assert saved["keys"]["left"]["taunt"] == ["z"] and saved["keys"]["left"]["fast"] == ["x"]


def test_a_settings_file_that_is_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    file.parent.mkdir()
    file.symlink_to(real)
    save(Settings(volume=7), file)
    assert file.is_symlink() and load(real)[0].volume == 7


def test_where_the_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (HOME_VARIABLE, "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings_path() == tmp_path / ".config/rollstep-fighter/settings.json"
    assert Settings().replays == tmp_path / ".local/share/rollstep-fighter/replays"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative/is/ignored")
    assert settings_path() == tmp_path / ".config/rollstep-fighter/settings.json"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    assert settings_path() == tmp_path / "c/rollstep-fighter/settings.json"
    assert Settings().replays == tmp_path / "d/rollstep-fighter/replays"
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "one"))
    assert save(Settings(volume=1)) is None and load()[0].volume == 1
    assert (tmp_path / "one/settings.json").exists() and Settings().replays == tmp_path / "one/replays"
    assert Settings(replay_folder="~/fights").replays == tmp_path / "fights"


def test_every_field_is_checked() -> None:
    assert {*CHECKS, "keys", "document"} == set(Settings.__dataclass_fields__)
    assert all(check(default) == default for name, check in CHECKS.items()
               if not isinstance(default := getattr(Settings(), name), Level))


# ---------------------------------------------------------------------------- properties

numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([10**400, -1, 101]))
words = st.text(max_size=6)
junk = st.recursive(st.one_of(st.none(), st.booleans(), numbers, words),
                    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
                    max_leaves=8)
key_lists = st.lists(st.sampled_from(["a", "k", "z", "?"]))
layouts = st.dictionaries(st.sampled_from([*BUTTONS, "taunt"]), st.one_of(junk, key_lists))
documents = st.fixed_dictionaries({}, optional={
    **dict.fromkeys(CHECKS, junk), "newer": junk,
    "keys": st.one_of(junk, st.fixed_dictionaries({}, optional={"left": layouts, "right": st.one_of(layouts, junk)}))})


@given(document=documents)
def test_any_object_loads_and_what_is_saved_of_it_is_right(tmp_path_factory: pytest.TempPathFactory,
                                                           document: dict[str, Any]) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(document))
    settings, complaints = load(file)
    assert all(str(file) in text and "\n" not in text for text in complaints)
    assert save(settings, file) is None
    again, none = load(file)
    assert again == settings and none == []
    if "newer" in document:
        assert json.dumps(json.loads(file.read_text())["newer"]) == json.dumps(document["newer"])


@given(text=st.binary(max_size=60))
def test_any_bytes_load_and_are_not_lost(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    file = folder / "settings.json"
    file.write_bytes(text)
    load(file)
    assert [path.read_bytes() for path in folder.iterdir()] == [text]
