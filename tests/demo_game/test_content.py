"""The tables of the game: the shipped ones load; what is wrong with others is said with file, line, field, value, limit."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from demo_game import game
from demo_game.content import FOLDER, ContentError, load
from demo_game.content.lines import find_lines
from demo_game.content.load import MAX_BYTES
from demo_game.fighter import make_game
from demo_game.world import Height, Level, Move, Pad, World
from rollstep import fx

FILES = ("fighter.toml", "moves.toml", "match.toml")


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def complaints(folder: Path) -> list[str]:
    """What is wrong with the tables of a folder, without its path."""
    with pytest.raises(ContentError) as caught:
        load(folder)
    return str(caught.value).replace(f"{folder}/", "").split("\n")


# ---------------------------------------------------------------------------- good ones

def test_the_shipped_tables_load_as_they_are_written():
    tables = load()
    assert tables.body.walk == fx("3.1") and tables.body.health == 1000
    assert tables.moves[Move.LOW_FAST].height == Height.LOW and tables.moves[Move.HEAVY].hit.front == 88
    assert tables.moves[Move.FAST].chains and not tables.moves[Move.SHOT].chains
    assert tables.brains[Level.HARD - 1].guard > tables.brains[Level.EASY - 1].guard
    assert tables.palettes[0].skin == 0xE8B088 and tables.palettes[1].glow == 0x52C8FF
    assert bytes(tables) == game.content_bytes


def test_the_frame_data_make_a_game():
    """A fast blow is fast, a heavy one heavy; no blow is free to guard against for ever, none is safe when it knocks down."""
    moves = load().moves
    for move in (Move.FAST, Move.HEAVY, Move.LOW_FAST, Move.LOW_HEAVY, Move.SHOT):
        table = moves[move]
        left = table.active + table.recovery       # until it is over, when it touches on its first active frame
        assert table.blockstun <= left, f"{move.name} is at best even when it is guarded"
        assert table.hitstun - left <= moves[Move.FAST].startup or move == Move.SHOT, f"{move.name} leads to no loop"
        assert table.hitstun > table.blockstun and table.damage > 3 * table.chip
    assert moves[Move.FAST].startup < moves[Move.LOW_FAST].startup < moves[Move.HEAVY].startup < moves[Move.SHOT].startup
    sweep = moves[Move.LOW_HEAVY]
    assert sweep.active + sweep.recovery - sweep.blockstun > moves[Move.HEAVY].startup, "a guarded sweep is punished"


def test_other_tables_are_another_game_with_the_same_rules(folder):
    edit(folder / "moves.toml", "damage = 42", "damage = 43")
    other = make_game(folder)
    assert other.digests.content != game.digests.content
    assert (other.digests.layout, other.digests.rules) == (game.digests.layout, game.digests.rules)


@pytest.mark.parametrize(("old", "new"), [
    ("walk = 3.1", "walk = 3"), ("walk = 3.1", "walk = 0x3"), ("walk = 3.1", "walk = 3.123456789"),
    ("walk = 3.1", "walk = 1e1"),
    ("[body]", "[ body ]"), ("health = 1000", '"health" = 1_000'), ("\n", "\r\n"), ("# How", "\ufeff# How"),
])
def test_any_way_of_writing_toml_will_do(folder, old, new):
    path = folder / "fighter.toml"
    path.write_bytes(path.read_text().replace(old, new, -1 if old == "\n" else 1).encode())
    load(folder)


# ---------------------------------------------------------------------------- broken ones

@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    ("moves.toml", "startup = 4\n", "", ":5: fast.startup is missing: it takes a whole number of frames from 1 to 60"),
    ("moves.toml", "chip = 4", "chips = 4", ":11: fast.chips = 4: there is no such field; did you mean chip?"),
    ("moves.toml", "chip = 4", "zzz = 4", ":11: fast.zzz = 4: there is no such field; it has startup, active, "),
    ("moves.toml", "damage = 42", 'damage = "42"', ':10: fast.damage = "42": takes a whole number of points from 1 to 9999'),
    ("moves.toml", "damage = 42", "damage = 42.5", ":10: fast.damage = 42.5: takes a whole number"),
    ("moves.toml", "damage = 42", "damage = true", ":10: fast.damage = true: takes a whole number"),
    ("moves.toml", "damage = 42", "damage = 10000", ":10: fast.damage = 10000: takes a whole number of points from 1 to"),
    ("moves.toml", "damage = 42", "damage = 1979-05-27", ":10: fast.damage = 1979-05-27: takes"),
    ("moves.toml", "chains = true", "chains = 1", ":18: fast.chains = 1: takes true or false"),
    ("fighter.toml", "walk = 3.1", "walk = true", ":6: body.walk = true: takes a number of pixels per frame from 0 to 20"),
    ("fighter.toml", "walk = 3.1", "walk = 3.1234567891", ":6: body.walk = 3.1234567891: takes a number of "
                                                           "pixels per frame from 0 to 20, with at most nine decimals"),
    ("fighter.toml", "walk = 3.1", "walk = -0.1", ":6: body.walk = -0.1: takes"),
    ("fighter.toml", "walk = 3.1", "walk = nan", ":6: body.walk = NaN: takes"),
    ("fighter.toml", "walk = 3.1", "walk = inf", ":6: body.walk = Infinity: takes"),
    ("fighter.toml", "walk = 3.1", "walk = 1e-999", ":6: body.walk = 1E-999: takes"),
    ("fighter.toml", "health = 1000", f"health = 0x{'f' * 9000}", ":5: body.health = (too long to show): takes"),
    ("fighter.toml", "health = 1000", 'health = "a\\u0000\\n"', ':5: body.health = "a\\x00\\n": takes'),
    ("fighter.toml", "health = 1000", f"health{'.a' * 3000} = 1", ":4: body.health = "),
    ("match.toml", '"#e8b088"', '"#e8b08"', ':35: palette.0.skin = "#e8b08": takes a colour such as "#ff9a3c"'),
    ("match.toml", '"#e8b088"', '"#+8b088"', ':35: palette.0.skin = "#+8b088": takes a colour'),
    ("match.toml", '"#52c8ff"', '"blue"', ':48: palette.1.glow = "blue": takes a colour'),
    ("match.toml", '"#52c8ff"', "0x52c8ff", ":48: palette.1.glow = 5425407: takes a colour"),
    ("moves.toml", 'height = "low"', 'height = "lower"', ':41: low_fast.height = "lower": takes one of "mid", "high", '),
    ("moves.toml", 'height = "grab"', 'height = "mid"', ':122: throw.height = "mid": takes "grab"'),
    ("moves.toml", 'height = "mid"', 'height = "grab"', ':9: fast.height = "grab": takes "mid", "high" or "low"'),
    ("fighter.toml", "front = 19", "front = -19", ":25: body.standing.front = -19: must be greater than back = -19"),
    ("fighter.toml", "top = 108", "top = -1", ":25: body.standing.top = -1: must be greater than bottom = 0"),
    ("fighter.toml", "top = 70", "top = 109", ":26: body.crouching.top = 109: takes at most standing.top = 108"),
    ("fighter.toml", "top = 108", "up = 108", ":25: body.standing.up = 108: there is no such field"),
    ("fighter.toml", "standing = {", "standing = 5 #", ":25: body.standing = 5: takes a table"),
    ("fighter.toml", "standing = {", "sitting = {", "body.standing is missing: give a box { back, front, bottom, top }"),
    ("fighter.toml", "start_x = 95", "start_x = 290", ":37: stage.start_x = 290: takes at most half of furthest = 560"),
    ("fighter.toml", "gravity = 0.68", "gravity = 0", ":14: body.gravity = 0: takes at least jump / 60, here 0.21"),
    ("fighter.toml", "speed = 6.2", "speed = 30", ":30: shot.speed = 30: takes at most twice half = 13"),
    ("moves.toml", "launch = 7.4", "launch = 40.0", ":130: throw.launch = 40: takes at most 60 times body.gravity, here 30"),
    ("fighter.toml", "[shot]", "[shoot]", ": [shot] is missing"),
    ("fighter.toml", "[shot]", "[shoot]", ":29: [shoot]: there is no such table; the file has body, shot, stage"),
    ("match.toml", "[bot.easy]", "[bot.eazy]", ":10: [bot.eazy]: there is no such table; the file has bot.easy, "),
    ("match.toml", "[bot.easy]", "[bot.eazy]", "[bot.easy] is missing"),
    ("match.toml", "[rounds]", "[[rounds]]", ":3: rounds = [{'to_win': 2, "),
    ("match.toml", "[rounds]", "more = 1\n[rounds]", ":3: [more]: there is no such table"),
    ("match.toml", "[[palette]]", "[[palette]]\n[[palette]]", ":34: [[palette]] 3 times: takes 2"),
    ("match.toml", "[[palette]]", "[[palettes]]", "[palette.1] is missing"),
    ("match.toml", "to_win = 2", "to_win = = 2", ":4: Invalid value (column 10)"),
    ("match.toml", "to_win = 2", "to_win = 2\nto_win = 2", ":5: Cannot overwrite a value (column 11)"),
    ("match.toml", "to_win = 2", "to_win = 1e" + "9" * 50, ": "),
    ("match.toml", "to_win = 2", "to_win = " + "[" * 3000, ": its values are nested too deeply"),
])
def test_what_is_wrong_is_said_with_file_line_field_value_and_limit(folder, file, old, new, expected):
    if "launch" in new:     # with less gravity
        edit(folder / "fighter.toml", "gravity = 0.68", "gravity = 0.5")
    edit(folder / file, old, new)
    found = complaints(folder)
    assert any(line.startswith(file + expected) if expected.startswith(":") else expected in line for line in found), found
    assert all(line.startswith(FILES) for line in found), "each line names a file"


def test_all_that_is_wrong_is_said_at_once_but_not_without_end(folder):
    edit(folder / "fighter.toml", "walk = 3.1", "walk = -1")
    edit(folder / "moves.toml", "startup = 4", "startup = 0")
    edit(folder / "match.toml", "to_win = 2", "to_win = 99")
    assert [line.partition(": ")[0] for line in complaints(folder)] == ["fighter.toml:6", "moves.toml:6", "match.toml:4"]
    (folder / "moves.toml").write_text("".join(f"[a{i}]\n" for i in range(100)))
    found = complaints(folder)
    assert len(found) == 13 and re.fullmatch(r"\.\.\. and \d+ more", found[-1])


@pytest.mark.parametrize(("data", "expected"), [
    (b"\xff\xfe", "moves.toml:1: byte 0xff is not UTF-8; save the file as UTF-8"),
    (b"a = 1\nb = '\xe4'", "moves.toml:2: byte 0xe4 is not UTF-8"),
    (b"#" * (MAX_BYTES + 1), f"moves.toml: it has more than {MAX_BYTES} bytes"),
    (b"", "moves.toml: [fast] is missing"),
    (b"\0", "moves.toml:1: "),
])
def test_files_that_hold_no_tables(folder, data, expected):
    (folder / "moves.toml").write_bytes(data)
    assert complaints(folder)[0].startswith(expected)


def test_files_that_cannot_be_read(folder):
    (folder / "moves.toml").unlink()
    (folder / "match.toml").unlink()
    (folder / "match.toml").mkdir()
    assert complaints(folder) == ["moves.toml cannot be read (No such file or directory)",
                                  "match.toml cannot be read (Is a directory)"]
    assert len(complaints(folder / "nowhere")) == 3
    assert all(line.endswith("(Not a directory)") for line in complaints(folder / "fighter.toml"))


def test_lines_are_found_for_all_that_is_in_the_shipped_files():
    for name in FILES:
        text = (FOLDER / name).read_text()
        rows = text.split("\n")
        for place, number in find_lines(text).items():
            last = place.rpartition(".")[2]
            row = rows[number - 1]
            assert row.startswith((f"{last} =", f"[{place}]", f"[{place}.")) or row == "[[palette]]", place


# ---------------------------------------------------------------------------- fuzz

def load_text(folder: Path, name: str, data: bytes) -> rs.Game | None:
    """The game with one file replaced, or None when its tables are refused as they should be."""
    for other in FILES:
        (folder / other).write_bytes(data if other == name else (FOLDER / other).read_bytes())
    try:
        return make_game(folder)
    except ContentError as error:
        assert str(error) and all(str(folder) in line or line.startswith("... and ") for line in str(error).split("\n"))
        return None


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@settings(max_examples=150)
@given(name=st.sampled_from(FILES), data=st.one_of(
    st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text("[]{}=.,\"'#\n 019abe_-+:T", max_size=120).map(str.encode)))
def test_no_text_brings_out_anything_but_a_content_error(place, name, data):
    assert load_text(place, name, data) is None


VALUES = st.one_of(
    st.integers(-300, 300).map(str), st.integers().map(str), st.decimals(-50, 50, places=3).map(str),
    st.sampled_from(["true", "false", '"mid"', '"high"', '"low"', '"grab"', "[]", "{}", "{ back = 1 }", "1e400", "-inf", "''",
                     '"#ffffff"', "07:32:00", "0x7fffffffffffffffffff", "[[[1]]]", "0.0000000001", "-0.0", "1e-9"]))


@settings(max_examples=80)
@given(name=st.sampled_from(FILES), seed=st.integers(0, 1 << 30), value=VALUES)
def test_a_changed_value_is_played_or_refused(place, name, seed, value):
    """Any one value of the shipped files made another. What loads can be played: no overflow, no value that does not fit."""
    rows = (FOLDER / name).read_text().split("\n")
    draw = random.Random(seed)
    at = draw.choice([i for i, row in enumerate(rows) if " = " in row])
    key, _, old = rows[at].partition(" = ")
    rows[at] = f"{key} = " + (re.sub(r"-?\d+", value, old, count=1) if old.startswith("{") and draw.random() < 0.7 else value)
    play(load_text(place, name, "\n".join(rows).encode()))


@settings(max_examples=60)
@given(name=st.sampled_from(FILES), seed=st.integers(0, 1 << 30))
def test_cut_doubled_and_swapped_lines_are_played_or_refused(place, name, seed):
    rows = (FOLDER / name).read_text().split("\n")
    draw = random.Random(seed)
    for _ in range(draw.randint(1, 3)):
        i, j = draw.randrange(len(rows)), draw.randrange(len(rows))
        kind = draw.randrange(4)
        if kind == 0:
            del rows[i]
        elif kind == 1:
            rows.insert(j, rows[i])
        elif kind == 2:
            rows[i], rows[j] = rows[j], rows[i]
        else:
            rows[i] = rows[i][:draw.randint(0, len(rows[i]))]
    play(load_text(place, name, "\n".join(rows).encode()))


@settings(max_examples=15)
@given(seed=st.integers(0, 1 << 30))
def test_tables_with_every_number_at_random_are_played(place, seed):
    """Numbers drawn from the whole of what each field takes: the rules hold for all of them."""
    draw = random.Random(seed)
    for name in FILES:
        (place / name).write_bytes((FOLDER / name).read_bytes())
    for _ in range(20):
        name = draw.choice(FILES)
        text = (place / name).read_text()
        spots = list(re.finditer(r"^(\w+) = (-?[\d.]+)$", text, re.MULTILINE))
        spot = draw.choice(spots)
        value = draw.choice([0, 1, 2, 9, 30, 40, 60, 90, 120, 200, 600, 9999, draw.randint(0, 300)])
        changed = f"{text[:spot.start()]}{spot[1]} = {value}{text[spot.end():]}"
        (place / name).write_text(changed)
        try:
            load(place)
        except ContentError:
            (place / name).write_text(text)
    play(make_game(place), 1200)


def play(made: rs.Game | None, frames: int = 400) -> None:
    """A second or more of bots, in the way that traps."""
    if made is not None:
        runner = made.runner("checked", players=2, seed=1)
        state = runner.start()
        row = bytes(Pad(bot=Level.HARD)) * 2
        runner.run(state, row * frames, 0, frames)
        assert all(-1 <= fighter.facing <= 1 for fighter in World.view(state).fighters)
