"""Every verdict of verify, with what it names: the file, the player, the frame, the field."""

from __future__ import annotations

import json
import weakref
from dataclasses import replace

import pytest

import rollstep as rs
from rollstep import runner
from rollstep.fixed import operators
from rollstep.replay import verify
from rollstep.state import chain

from . import files, tally

FRAMES = 300


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Both files of one match."""
    return [rs.read_replay(path) for path in files.record(tmp_path_factory.mktemp("pair"), tally.game, frames=FRAMES)]


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    paths = files.record(tmp_path_factory.mktemp("four"), tally.game, players=4, frames=FRAMES)
    return [rs.read_replay(path) for path in paths]


def judged(replays, game=tally.game, **options):
    """The report about files called p0, p1, ..."""
    report = verify(game, [(f"p{i}", replay) for i, replay in enumerate(replays)], **options)
    assert json.loads(json.dumps(report.to_json()))["exit_code"] == report.exit_code
    assert report.message.isprintable() and report.verified == (report.exit_code == 0)
    return report


def verdict(report):
    return report.verdict, report.exit_code, report.frame


def cut(replay, frames):
    """As if the file had ended there."""
    return replace(replay, rows=replay.rows[:frames * replay.row_size], cut_at=1234,
                   chains={frame: value for frame, value in replay.chains.items() if frame <= frames})


def pressed(replay, player, frame, *, byte=1):
    """Another input of one player in one frame."""
    rows = bytearray(replay.rows)
    rows[frame * replay.row_size + 2 * player + byte] ^= 9
    return replace(replay, rows=bytes(rows))


# ---------------------------------------------------------------------------- verified

def test_one_file_is_verified_alone(pair):
    report = judged(pair[:1])
    assert verdict(report) == ("verified", 0, None)
    assert report.peers == (0,) and "player 0's file alone" in report.message and report.rules == "same"
    assert report.frames == report.good_frames == pair[0].frames and report.ways == ("compiled", "interpreted")
    assert len(report.checksums) == report.frames and report.final_checksum == f"{report.checksums[-1]:016x}"


def test_the_files_of_all_peers_are_verified_together(pair, four):
    assert len({replay.frames for replay in pair}) <= 2
    assert "2 peers agree" in judged(pair).message and judged(pair).verified
    report = judged(four, ways=("compiled", "checked", "interpreted"))
    assert report.verified and report.peers == (0, 1, 2, 3) and "4 peers agree" in report.message
    assert "compiled and checked and interpreted" in report.message


def test_two_copies_of_one_peers_file_are_one_peer(pair):
    report = judged([pair[1], pair[1], pair[1]])
    assert report.verified and report.peers == (1,) and "player 1's file alone" in report.message


def test_progress_is_told_for_each_way(pair):
    told = []
    judged(pair, progress=lambda *facts: told.append(facts))
    frames = max(replay.frames for replay in pair)
    assert told == [("compiled", frames, frames), ("interpreted", frames, frames)]


def test_nothing_to_verify_is_a_usage_error(pair):
    with pytest.raises(rs.UsageError, match="at least one replay"):
        verify(tally.game, [])
    with pytest.raises(rs.UsageError, match="one way"):
        judged(pair, ways=())
    with pytest.raises(rs.UsageError, match="way='fast'"):
        judged(pair, ways=("fast",))


# ---------------------------------------------------------------------------- incompatible

@pytest.mark.parametrize(("game", "words"), [
    (tally.version(name="other"), "p0 is a replay of 'tally', not of 'other'"),
    (tally.version(state=tally.LongerSums), "p0: its layout differs"),
    (tally.version(content=tally.Limits(most=5)), "p0: its content differs"),
    (tally.version(fps=30), "p0: its fps differs"), (tally.version(players=3), "p0: its number of players differs"),
])
def test_a_replay_of_another_game_layout_or_content_is_incompatible(pair, game, words):
    report = judged(pair[:1], game)
    assert verdict(report) == ("incompatible", 4, None) and words in report.message and report.good_frames == 0


def test_another_layout_is_told_field_by_field_unless_the_file_speaks_nonsense_of_its_own(pair):
    longer = tally.version(state=tally.LongerSums)
    said = judged(pair[:1], longer).message
    assert said.endswith("; since then LongerSums: LongerSums, was Sums; LongerSums.turns: u16[5], was u16[4])")
    for nonsense in ({}, {"name": "Sums", "size": 1, "fields": [{"name": "\x1b[2J"}]}):
        said = judged([replace(pair[0], header=replace(pair[0].header, state=nonsense))], longer).message
        assert said.endswith(f"here {longer.digests.layout.hex()})")

    class Wide:
        """Many other fields."""
    Wide.__annotations__ = {f"f{i}": rs.u8 for i in range(9)}
    assert judged(pair[:1], tally.version(state=rs.struct(Wide))).message.endswith("; 8 more changes)")


def test_content_that_is_not_what_its_digest_says_is_incompatible(pair):
    report = judged([pair[0], replace(pair[1], content=bytes(8))])
    assert report.verdict == "incompatible" and report.message.startswith("p1: ")


# ---------------------------------------------------------------------------- other rules

def test_other_rules_that_lead_to_the_same_states_are_proved_harmless_and_strict_refuses_them(pair):
    changed = tally.version(tally.tidier_step)
    report = judged(pair, changed)
    assert report.verified and report.rules == "changed" and "lead to the same states" in report.message
    strict = judged(pair, changed, strict=True)
    assert strict.verdict == "incompatible" and "rules differ" in strict.message
    assert judged(pair, strict=True).verified


def test_other_rules_that_lead_elsewhere_diverge_at_the_next_checksum(pair):
    report = judged(pair, tally.version(tally.wrong_step))
    assert verdict(report) == ("diverged", 5, 240)      # wrong from frame 130 on: good at 120, wrong at 240
    assert report.rules == "changed" and report.good_frames == 120 and "good up to frame 120" in report.message
    assert report.message.endswith("; the rules have changed since")


# ---------------------------------------------------------------------------- inputs

@pytest.mark.parametrize(("player", "frame"), [(0, 0), (1, 77), (1, FRAMES - 1)])
def test_peers_that_disagree_about_an_input_are_told_whose_and_when(pair, player, frame):
    report = judged([pair[0], pressed(pair[1], player, frame)])
    assert verdict(report) == ("inputs", 6, frame) and report.good_frames == frame
    assert f"about the input of player {player} in frame {frame}" in report.message
    assert "p0" in report.message and "p1" in report.message


def test_two_long_files_are_compared_beyond_the_end_of_a_short_one(four):
    report = judged([cut(four[0], 100), four[1], pressed(four[2], 3, 200), four[3]])
    assert verdict(report) == ("inputs", 6, 200) and "player 3 in frame 200" in report.message


@pytest.mark.parametrize(("what", "value", "words"), [
    ("seed", -5, "seeds"), ("match", "00", "match ids"), ("delays", (1, 2), "delays"), ("rules", "00" * 16, "rules")])
def test_files_of_two_matches_are_not_compared(pair, what, value, words):
    report = judged([pair[0], replace(pair[1], header=replace(pair[1].header, **{what: value}))])
    assert verdict(report) == ("inputs", 6, None)
    assert f"p1 and p0 are not of one match: their {words} differ (" in report.message


def test_an_input_byte_that_means_nothing_is_named(pair):
    rows = bytearray(pair[1].rows)
    rows[2 * (2 * 41 + 1)] = 7          # player 1's key in frame 41
    report = judged([pair[0], replace(pair[1], rows=bytes(rows))])
    assert verdict(report) == ("inputs", 6, 41)
    assert "p1: the input of player 1 in frame 41 is not legal (byte 0 is 7)" in report.message


# ---------------------------------------------------------------------------- states

@pytest.mark.parametrize("frame", [120, 240, "last"])
def test_a_recorded_state_that_its_inputs_do_not_lead_to_is_named(pair, frame):
    frame = pair[0].frames if frame == "last" else frame
    wrong = replace(pair[0], chains={**pair[0].chains, frame: 1})
    report = judged([wrong])
    good = {120: 0, 240: 120}.get(frame, 240)
    assert verdict(report) == ("diverged", 5, frame) and report.good_frames == good
    assert f"p0: what it recorded for frame {frame}" in report.message and f"good up to frame {good}" in report.message


def ending(replay, frames, sums, **wrong):
    """The file of a match that ended there, with the checksum of its last frame; `last` in place of that one."""
    value = 0
    for one in sums[:frames]:
        value = chain(value, one)
    kept = {frame: known for frame, known in replay.chains.items() if frame < frames}
    return replace(replay, rows=replay.rows[:frames * replay.row_size], chains={**kept, frames: wrong.get("last", value)})


@pytest.mark.parametrize("order", [1, -1])
def test_after_a_desync_a_file_is_good_up_to_its_own_last_checksum_and_not_up_to_that_of_another(pair, order):
    sums = judged(pair[:1]).checksums
    right, wrong = ending(pair[0], 287, sums), ending(pair[1], 290, sums, last=1)
    report = judged([right, wrong][::order])
    assert verdict(report) == ("diverged", 5, 290) and report.good_frames == 240
    assert "what it recorded for frame 290" in report.message and "(good up to frame 240)" in report.message
    assert judged([wrong]).good_frames == 240, "as it is told of that file alone"


def test_files_that_part_are_good_up_to_the_last_frame_of_which_both_have_a_checksum(pair):
    sums = judged(pair[:1]).checksums
    more = ending(pair[0], 200, sums).chains
    ours = replace(pair[0], chains={**pair[0].chains, **more})
    report = judged([ours, replace(pair[1], chains={**pair[1].chains, 240: 1})])
    assert verdict(report) == ("diverged", 5, 240) and report.good_frames == 120


def test_a_forged_input_is_found_by_the_states_it_leads_to(pair):
    rows = bytearray(pair[0].rows)
    at = next(frame for frame in range(130, 240) if rows[4 * frame] == tally.Key.ADD) * 4
    rows[at + 1] ^= 1
    assert verdict(judged([replace(pair[0], rows=bytes(rows))])) == ("diverged", 5, 240)


def test_peers_that_recorded_different_states_are_named_even_when_neither_is_the_first(four):
    wrong = replace(four[2], chains={**four[2].chains, 240: 1})
    report = judged([replace(four[0], chains={}), four[1], wrong])
    assert verdict(report) == ("diverged", 5, 240) and report.good_frames == 120
    assert "p1" in report.message and "p2" in report.message


def test_two_ways_that_differ_are_told_apart_by_frame_and_field(pair, monkeypatch):
    real = operators.PLAIN["sub"]
    monkeypatch.setitem(operators.PLAIN, "sub", lambda a, b: real(a, b) + (a == 1234567))
    monkeypatch.setattr(runner, "_built", weakref.WeakKeyDictionary())
    seed = replace(pair[0], header=replace(pair[0].header, seed=5), chains={})
    assert judged([seed]).verdict == "unproved", "an operator that is hardly ever wrong"
    monkeypatch.setitem(operators.PLAIN, "sub", lambda a, b: real(a, b) + 1)
    monkeypatch.setattr(runner, "_built", weakref.WeakKeyDictionary())
    report = judged(pair)
    rows = pair[0].rows
    first = next(f for f in range(FRAMES) if tally.Key.TAKE in (rows[4 * f], rows[4 * f + 2]))
    assert verdict(report) == ("diverged", 5, first) and report.path == "Sums.total" and report.good_frames == first
    assert f"compiled and the interpreted step differ in frame {first}: Sums.total is" in report.message


@pytest.mark.parametrize("ways", [("compiled", "interpreted"), ("interpreted",), ("checked",)])
def test_a_step_that_raises_is_a_verdict_with_its_frame(pair, ways):
    report = judged(pair, tally.version(tally.raising_step), ways=ways)
    assert verdict(report) == ("diverged", 5, 270) and report.good_frames == 270
    assert f"the {ways[0]} step raises ValueError: enough in frame 270" in report.message


def test_a_wrong_state_before_the_frame_that_raises_comes_first(pair):
    wrong = replace(pair[0], chains={**pair[0].chains, 120: 1})
    assert verdict(judged([wrong], tally.version(tally.raising_step))) == ("diverged", 5, 120)


def test_an_init_that_raises_is_a_verdict(pair):
    report = judged(pair, tally.version(init=tally.raising_start))
    assert verdict(report) == ("diverged", 5, 0) and "init raises ValueError: no start" in report.message


# ---------------------------------------------------------------------------- truncated, unproved

def test_a_file_that_was_cut_is_truncated_and_told_how_far_it_is_good(pair):
    report = judged([pair[0], cut(pair[1], 250)])
    assert verdict(report) == ("truncated", 8, None) and report.good_frames == 250
    assert "p1 ends in the middle (byte 1234); good up to frame 250" in report.message
    assert "proved up to frame 240" in judged([cut(pair[1], 250)]).message
    wrong = cut(replace(pair[1], chains={120: 1}), 250)
    assert judged([wrong]).verdict == "diverged", "what is there is proved all the same"


def test_a_file_without_checksums_is_not_proved(pair):
    bare = replace(pair[0], chains={})
    for replays, name in (([bare], "p0"), ([pair[1], bare], "p1"), ([bare, bare], "p0")):
        report = judged(replays)
        assert verdict(report) == ("unproved", 9, None) and report.message.startswith(f"not proved: {name} ")
    assert judged([bare]).good_frames == 0


def test_a_file_without_its_last_checksum_is_proved_up_to_the_one_before(pair):
    chains = {frame: value for frame, value in pair[0].chains.items() if frame != pair[0].frames}
    report = judged([replace(pair[0], chains=chains)])
    assert verdict(report) == ("unproved", 9, None) and report.good_frames == 240
    assert "proved up to 240" in report.message


def test_an_empty_match_proves_nothing(pair):
    report = judged([replace(replay, rows=b"", chains={}) for replay in pair])
    assert verdict(report) == ("unproved", 9, None) and report.final_checksum is None
