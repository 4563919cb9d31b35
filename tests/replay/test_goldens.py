"""The golden replays are still true, every way they can be run. They change only by `make goldens`."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.replay import ReplayWriter, verify
from tests.goldens import FOLDER, GOLDENS, Golden


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_a_golden_replay_shows_what_it_is_for(golden: Golden):
    assert any(map(golden.shows, golden.states())), golden.pins


@pytest.mark.parametrize("golden", [pytest.param(golden, marks=[pytest.mark.heavy] * (golden.frames > 10_000), id=golden.name)
                                    for golden in GOLDENS])
def test_a_golden_replay_is_verified_compiled_and_interpreted(golden: Golden):
    report = verify(golden.game, [(golden.path.name, rs.read_replay(golden.path))])
    assert report.verified, report.message
    assert report.frames >= golden.frames
    assert len(set(report.checksums)) > golden.frames // 2, "nothing moved"


@pytest.mark.parametrize("golden", [g for g in GOLDENS if g.name != "nasty"], ids=lambda golden: golden.name)
def test_no_golden_of_a_decent_game_traps_in_the_checked_way(golden: Golden):
    report = verify(golden.game, [(golden.path.name, rs.read_replay(golden.path))], ways=("checked",))
    assert report.verified, report.message


def test_every_golden_replay_has_a_line_in_the_readme_and_the_other_way_round():
    text = (FOLDER / "README.md").read_text()
    assert {path.stem for path in FOLDER.glob("*.rsr")} == {golden.name for golden in GOLDENS}
    for golden in GOLDENS:
        assert f"| `{golden.name}` | {golden.pins} |" in text


@pytest.mark.parametrize(("name", "least", "most"), [("fighter-stormy", 2000, 3584), ("fighter-calm", 500, 1536)])
def test_another_minute_of_random_presses_or_of_bots_takes_few_kilobytes(tmp_path, name, least, most):
    """A bot's buttons are not recorded, only that it plays: what is left are the checksums."""
    replay = rs.read_replay(FOLDER / f"{name}.rsr")
    sizes = []
    for minutes in (1, 2):
        writer = ReplayWriter(tmp_path / f"{minutes}.rsr", replay.header, replay.content)
        for frame in range(3600 * minutes):
            at = frame % replay.frames
            writer.frame(replay.row(at), replay.chains.get(at + 1, 0) + frame)
        writer.close()
        sizes.append((tmp_path / f"{minutes}.rsr").stat().st_size)
    assert least < sizes[1] - sizes[0] <= most


def test_the_rules_that_a_golden_was_recorded_with_are_today_s():
    """A change of the engine must not look like a change of a game's rules; one of the rules means `make goldens`."""
    for golden in GOLDENS:
        assert rs.read_replay(golden.path).header.rules == golden.game.digests.rules.hex(), golden.name
