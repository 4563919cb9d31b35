"""Two records of one match held against each other: replays without states, reports with them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, replace

import pytest

import rollstep as rs
from rollstep.replay import Replay, desync, read_replay
from rollstep.replay.comparing import Record, compare, explain
from rollstep.replay.desync import DesyncReport, fields_of, read_report
from rollstep.state import chain, xxh64
from tests.games import box
from tests.replay import files


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Replay:
    """Player 0's replay of a match of 300 frames."""
    return read_replay(files.record(tmp_path_factory.mktemp("match"))[0])


def with_(of: Replay, *, name: str = "b", row: tuple[int, int, int] | None = None, chains: dict[int, int] | None = None,
          frames: int | None = None, **header: object) -> Record:
    """The same replay with (frame, player, value) in place of an input, other chains, fewer frames or another header."""
    rows = bytearray(of.rows)
    if row is not None:
        rows[row[0] * 2 + row[1]] = row[2]
    rows = rows[:(frames if frames is not None else of.frames) * 2]
    return Record(name, replace(of, rows=bytes(rows), chains=of.chains if chains is None else chains,
                                header=replace(of.header, **header)))


def test_a_replay_is_equal_to_itself_and_to_one_that_is_shorter(whole):
    a = Record("a", whole)
    for b, frames in ((with_(whole), 300), (with_(whole, frames=250, chains={120: whole.chains[120]}), 250)):
        for found in (compare(a, b), compare(b, a), compare(a, b, files.game)):
            assert (found.verdict, found.exit_code, found.frames, found.frame) == ("equal", 0, frames, None)


def test_inputs_that_differ_are_told_by_frame_player_and_field(whole):
    a, b = Record("a", whole), with_(whole, row=(77, 1, 200), chains={120: 1, 240: 2, 300: 3})
    found = compare(a, b)
    assert (found.exit_code, found.frame, found.path, found.theirs) == (6, 77, "Pad.buttons", 200)
    assert "the inputs of player 1 in frame 77 differ: Pad.buttons is " in found.message


def test_states_that_part_before_the_inputs_do_come_first(whole):
    b = with_(whole, row=(200, 0, 200), chains={**whole.chains, 120: 5, 240: 6, 300: 7})
    found = compare(Record("a", whole), b)
    assert (found.exit_code, found.frame, found.after, found.path) == (5, 120, 0, None)
    assert found.message.startswith("the states differ before frame 120, after frame 0; in which field is not known")


def test_with_a_game_the_inputs_tell_who_is_right(whole):
    a, b = Record("a", whole), with_(whole, chains={**whole.chains, 240: 6, 300: 7})
    assert compare(a, b, files.game).right == compare(b, a, files.game).right == "a"
    both = with_(whole, name="a", chains={**whole.chains, 240: 8, 300: 9})
    assert compare(both, b, files.game).right == "neither"
    assert compare(a, b).right is None and compare(a, b).frame == 240 and compare(a, b).after == 120


def test_with_a_game_a_checksum_that_only_one_has_counts_too(whole):
    a = with_(whole, name="a", chains={120: whole.chains[120]})
    b = with_(whole, chains={120: whole.chains[120], 240: 5})
    assert compare(a, b).verdict == "equal"
    found = compare(a, b, files.game)
    assert (found.exit_code, found.frame, found.right) == (5, 240, "a")


def ending(whole: Replay, frames: int, *, name: str, wrong: bool = False) -> Record:
    """A replay of a match that ended there, with checksums at 120, 240 and its last frame."""
    runner = files.game.runner("interpreted", players=2, seed=whole.header.seed)
    state, value = runner.start(), 0
    rows = b"".join(whole.row(f) + bytes(files.game.row_size - 2) for f in range(frames))
    for checksum in runner.run(state, rows, 0, frames):
        value = chain(value, checksum)
    kept = {frame: whole.chains[frame] for frame in (120, 240)}
    return with_(whole, name=name, frames=frames, chains={**kept, frames: value ^ wrong})


def test_with_a_game_checksums_behind_the_last_one_that_both_have_are_judged_file_by_file(whole):
    a, b, bad, worse = (ending(whole, frames, name=name, wrong=wrong) for frames, name, wrong in (
        (285, "a", False), (290, "b", False), (290, "b", True), (285, "a", True)))
    found = compare(a, b, files.game)
    assert (found.exit_code, found.after) == (0, 285) and "unproved" not in found.message
    for found in (compare(a, bad, files.game), compare(bad, a, files.game)):
        assert (found.exit_code, found.frame, found.after, found.right) == (5, 290, 240, "a")
        assert found.message == ("b: its checksum for frame 290 is not what its inputs lead to, the one for frame 240 is; all "
                                 "checksums of a are what they lead to")
    found = compare(worse, bad, files.game)
    assert (found.exit_code, found.frame, found.after, found.right) == (5, 285, 240, "neither")
    assert "a: its checksum for frame 285 is not" in found.message and "nor is that of b for frame 290" in found.message


def test_rules_that_lead_elsewhere_judge_neither_of_two_files_that_agree(whole):
    def stand(world, inputs, tick):
        pass
    other = rs.Game("boxes", state=box.World, input=box.Pad, players=2, init=box.init, step=stand, content=files.Sizes())
    found = compare(ending(whole, 285, name="a"), ending(whole, 290, name="b"), other)
    assert (found.verdict, found.after) == ("equal", 240)
    assert found.message.endswith("the frames after it are unproved; this game's rules do not prove them")


def test_without_a_game_it_is_told_up_to_where_checksums_prove_it(whole):
    found = compare(ending(whole, 285, name="a"), ending(whole, 290, name="b", wrong=True))
    assert (found.verdict, found.after) == ("equal", 240)
    assert found.message == ("the inputs of 285 frames are equal, and all checksums that both have, up to frame 240; the "
                             "frames after it are unproved; with a game they are played again")
    assert "unproved" not in compare(Record("a", whole), with_(whole)).message


def test_two_replays_of_which_nothing_is_checked_are_not_proved(whole):
    found = compare(with_(whole, chains={}), with_(whole, chains={}))
    assert (found.verdict, found.exit_code) == ("unproved", 9)


@pytest.mark.parametrize(("header", "code", "words"), [
    ({"game": "other"}, 4, "their game differs (boxes and other)"), ({"content": "00"}, 4, "their content differs"),
    ({"fps": 30}, 4, "their fps differs"), ({"match": "00"}, 6, "not of one match: their match ids differ ("),
    ({"seed": 5}, 6, "their seeds differ"), ({"delays": (3, 3)}, 6, "their delays differ")])
def test_what_is_not_one_match_is_told(whole, header, code, words):
    found = compare(Record("a", whole), with_(whole, **header))
    assert found.exit_code == code and words in found.message


def test_of_other_structs_the_change_is_named(whole):
    state = rs.struct(type("World", (), {"__annotations__": {"boxes": rs.Array[box.Box], "more": rs.u8},
                                         "boxes": rs.array(8)})).layout.to_json()
    found = compare(Record("a", whole), with_(whole, layout="00", state=state))
    assert found.exit_code == 4 and "World.more" in found.message


# ---------------------------------------------------------------------------- reports

def report_of(whole: Replay, frame: int, player: int, ours: bytes, theirs: bytes, **changes: object) -> Record:
    count, fields = fields_of(box.World.layout, ours, theirs)
    found = DesyncReport(frame=frame, exact=True, state_frame=frame, player=player, other=1 - player,
                         header=asdict(replace(whole.header, player=player)), differing=count, fields=fields, ours=ours,
                         theirs=theirs)
    return Record(f"report {player}", replace(whole, chains=dict(whole.chains)), replace(found, **changes))


@pytest.fixture
def states(whole) -> tuple[bytes, bytes]:
    """What the inputs of 150 frames lead to, and the same with a bit turned over."""
    runner = files.game.runner("interpreted", players=2, seed=whole.header.seed)
    state = runner.start()
    runner.run(state, b"".join(whole.row(f) + bytes(files.game.row_size - 2) for f in range(150)), 0, 150)
    other = bytearray(state)
    other[40] ^= 4
    return bytes(state), bytes(other)


def test_two_reports_name_the_field_that_each_side_really_had(whole, states):
    a, b = report_of(whole, 150, 0, *states), report_of(whole, 150, 1, states[1], states[0])
    found = compare(a, b, files.game)
    assert (found.exit_code, found.frame, found.after, found.path) == (5, 150, 149, "World.boxes[0].bumps")
    assert found.right == "report 0" and found.differing == 1
    lied = report_of(whole, 150, 1, states[1], states[1])
    assert compare(a, lied).path == "World.boxes[0].bumps", "what it has counts, not what it says of us"


def test_a_report_and_the_other_sides_replay_are_enough(whole, states):
    a, b = report_of(whole, 150, 0, *states), with_(whole, player=1)
    for found in (compare(a, b, files.game), compare(b, a, files.game)):
        assert (found.frame, found.path, found.right) == (150, "World.boxes[0].bumps", "report 0")


def test_one_report_tells_its_findings_and_who_is_right(whole, states):
    found = explain(report_of(whole, 150, 1, states[1], states[0]), files.game)
    assert "blaming" not in found.message, "among two there is nobody else"
    assert (found.exit_code, found.path, found.right, found.names) == (5, "World.boxes[0].bumps", "player 0",
                                                                      ("player 1", "player 0"))
    bare = explain(report_of(whole, 150, 0, b"", b"", state_frame=None, note="nobody answered"), files.game)
    assert bare.path is None and "nobody answered" in bare.message and bare.exit_code == 5


def test_among_three_one_sides_inputs_blame_nobody(tmp_path):
    whole = read_replay(files.record(tmp_path, box.game, players=3)[0])
    runner = box.game.runner("interpreted", players=3, seed=whole.header.seed)
    state = runner.start()
    runner.run(state, b"".join(whole.row(f) + bytes(box.game.row_size - 3) for f in range(150)), 0, 150)
    ours, theirs = bytes(state), bytes([state[0] ^ 1]) + bytes(state)[1:]
    a, b = report_of(whole, 150, 0, ours, theirs), report_of(whole, 150, 1, theirs, ours)
    for found in (explain(a, box.game), compare(a, replace(b, replay=None), box.game)):
        assert found.right in ("player 0", "report 0") and "the inputs as player 0 received them" in found.message
        assert "before blaming anybody" in found.message
    assert "blaming" not in compare(a, b, box.game).message + explain(a).message
    assert "before blaming anybody" in "\n".join(a.report.words())


def test_a_step_that_raises_on_the_way_is_no_proof_of_anything(whole, states):
    def fall(world, inputs, tick):
        raise ValueError
    other = rs.Game("boxes", state=box.World, input=box.Pad, players=2, init=box.init, step=fall, content=files.Sizes())
    assert explain(report_of(whole, 150, 0, *states), other).right is None


def test_a_report_that_was_written_is_read_back(whole, states, tmp_path):
    made = replace(report_of(whole, 150, 0, *states).report, checksums=[(149, 1, 1), (150, *map(xxh64, states))],
                   inputs=[(149, [{"buttons": 1}, {"buttons": 0}])], facts={"python": "3"}, note="a word",
                   replay=b"whatever")
    folder = made.write(tmp_path / "new" / "place")
    read = read_report(folder)
    assert read == replace(made, inputs=(), header=read.header) and read.header["match"] == made.header["match"]
    assert made.write(tmp_path / "new" / "place").name == "desync-150-player0-2"


@pytest.mark.parametrize("change", [
    {"frame": -1}, {"frame": 1.5}, {"frame": None}, {"player": 99}, {"format": 2}, {"header": 3}, {"header": {}},
    {"state_frame": -1}, {"checksums": 3}, {"checksums": [1]}, {"checksums": [{"frame": 1, "ours": "xyz", "theirs": ""}]},
    {"state": {}}, {"state": None}, {"game": 3}, {"delays": 5}, {"fps": [1] * 100}, {"seed": 10 ** 4000}, {"players": 99},
    {"game": "\x1b[31mred"}, {"player": 1}, {"other": 2}, {"note": "\x1b]0;owned\x07"}, {"note": ["x"]}, {"note": "x" * 1001}],
    ids=lambda change: str(change)[:40])
def test_a_report_that_somebody_has_changed_is_malformed(whole, states, tmp_path, change):
    folder = report_of(whole, 150, 0, *states).report.write(tmp_path)
    data = json.loads((folder / "report.json").read_text())
    within = data if change.keys() <= data.keys() else data["header"]
    within.update(change)
    (folder / "report.json").write_text(json.dumps(data))
    with pytest.raises(rs.MalformedReplay) as caught:
        read_report(folder)
    named, text = str(caught.value)[:len(str(folder))], str(caught.value)[len(str(folder)):]
    assert named == str(folder) and text.endswith("copy the folder again from where the match wrote it")
    assert text.isprintable() and len(text) < 250


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("name", ["report.json", "ours.bin", "theirs.bin", "replay.rsr"])
def test_a_pipe_in_a_report_is_refused_and_not_waited_for(whole, states, tmp_path, name):
    folder = replace(report_of(whole, 150, 0, *states).report, replay=b"whatever").write(tmp_path)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(rs.MalformedReplay, match=f"{name}: this is no regular file"):
        read_report(folder)


def told(whole: Replay, ours: bytes, theirs: bytes, **changes: object) -> DesyncReport:
    """A report with the checksums that both sides told of the states."""
    made = report_of(whole, 150, 0, ours, theirs, checksums=[(150, xxh64(ours), xxh64(theirs))], **changes).report
    assert made is not None
    return made


@pytest.mark.parametrize("name", ["ours.bin", "theirs.bin"])
@pytest.mark.parametrize("damage", [1, 384])
def test_a_state_that_is_not_the_one_whose_checksum_was_told_is_not_believed(whole, states, tmp_path, name, damage):
    folder = told(whole, *states).write(tmp_path)
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(bytes(byte ^ 0x5a for byte in data[:damage]) + data[damage:])
    with pytest.raises(rs.MalformedReplay, match=rf"{name} is not the state before frame 150: its checksum is [0-9a-f]{{16}}, "
                                                 r"report\.json has [0-9a-f]{16}; copy the folder again"):
        read_report(folder)


def test_of_a_state_that_was_read_in_part_the_differences_that_were_told_count(whole, states, tmp_path):
    """Not all was read, or the other side lied about its checksum: the report is as it was written, and stays readable."""
    other = bytearray(states[1])
    other[80] ^= 1
    made = replace(told(whole, *states), checksums=[(150, xxh64(states[0]), xxh64(bytes(other)))],
                   note="1 more parts of the states differ and were not read")
    folder = made.write(tmp_path)
    assert read_report(folder).theirs == states[1]
    (folder / "theirs.bin").write_bytes(bytes(states[1][:-1]) + b"!")
    with pytest.raises(rs.MalformedReplay, match=r"theirs\.bin is not the state"):
        read_report(folder)


@pytest.mark.parametrize("missing", [["ours.bin"], ["theirs.bin"], ["ours.bin", "theirs.bin"]])
def test_a_state_that_is_missing_is_named(whole, states, tmp_path, missing):
    folder = told(whole, *states).write(tmp_path)
    for name in missing:
        (folder / name).unlink()
    with pytest.raises(rs.MalformedReplay, match=f"{missing[0]} is missing; copy the folder again"):
        read_report(folder)


def test_states_of_no_bytes_are_no_states(whole, states, tmp_path):
    folder = told(whole, *states).write(tmp_path)
    for name in ("ours.bin", "theirs.bin"):
        (folder / name).write_bytes(b"")
    with pytest.raises(rs.MalformedReplay, match="has 384"):
        read_report(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_broken_report_is_named_and_is_no_chunk(whole, states, tmp_path, content):
    folder = told(whole, *states).write(tmp_path)
    (folder / "report.json").write_bytes(content)
    with pytest.raises(rs.MalformedReplay, match=r": report\.json ") as caught:
        read_report(folder)
    assert "chunk" not in str(caught.value).removeprefix(str(folder))


@pytest.mark.parametrize(("name", "content"), [
    ("report.json", b""), ("report.json", b"[" * 100_000), ("report.json", b'{"format": NaN}'), ("ours.bin", b"x"),
    ("theirs.bin", b""), ("ours.bin", bytes(1 << 20))])
def test_files_that_are_no_report_are_malformed(whole, states, tmp_path, name, content):
    folder = report_of(whole, 150, 0, *states).report.write(tmp_path)
    (folder / name).write_bytes(content)
    with pytest.raises(rs.MalformedReplay, match=rf"^{re.escape(str(folder))}: .*; copy the folder again"):
        read_report(folder)


def test_states_of_another_size_are_malformed_and_more_than_a_report_holds_is_not_read(whole, states, tmp_path, monkeypatch):
    folder = report_of(whole, 150, 0, *states).report.write(tmp_path)
    for name in ("ours.bin", "theirs.bin"):
        (folder / name).write_bytes(bytes(8))
    with pytest.raises(rs.MalformedReplay, match="has 384"):
        read_report(folder)
    monkeypatch.setattr(desync, "MOST_JSON_BYTES", 100)
    with pytest.raises(rs.MalformedReplay, match="longer than 100 bytes"):
        read_report(folder)


def test_a_folder_without_a_report_is_a_usage_error(tmp_path):
    with pytest.raises(rs.UsageError, match=r"holds no report\.json"):
        read_report(tmp_path)
