"""Any frame of a replay: the state is what resimulating from the start gives, and what was recorded is held against it."""

from __future__ import annotations

import pickle
import random
from dataclasses import replace

import pytest

import rollstep as rs
from rollstep.replay import Timeline, timeline
from rollstep.testing import Bot, Network, VirtualClock

from . import tally


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> rs.replay.Replay:
    """A match of 500 frames."""
    path, net = tmp_path_factory.mktemp("timeline") / "a.rsr", Network()
    with rs.local(tally.game, players=2, seed=5, record=path, clock=VirtualClock(net)) as match:
        bots = [Bot(tally.game, player=p, seed=3) for p in range(2)]
        match.poll()
        while match.frame < 500:
            match.advance(*(bot.input(match.frame) for bot in bots))
    return rs.read_replay(path)


def states(replay) -> list[bytes]:
    """The states before frames 0 to the last, by the oracle."""
    runner = tally.game.runner("interpreted", players=2, seed=replay.header.seed)
    state = runner.start()
    found = [bytes(state)]
    for frame in range(replay.frames):
        runner.step(state, replay.row(frame).ljust(tally.game.row_size, b"\0"), frame)
        found.append(bytes(state))
    return found


@pytest.mark.parametrize("way", ["compiled", "interpreted"])
@pytest.mark.parametrize("kept_bytes", [64 << 20, 200, 1])
def test_every_frame_has_its_state_however_it_is_reached(recorded, way, kept_bytes, monkeypatch):
    monkeypatch.setattr(timeline, "KEPT_BYTES", kept_bytes)
    wanted, line, draw = states(recorded), Timeline(tally.game, recorded, way), random.Random(1)
    for _ in range(200):
        frame = draw.choice((draw.randint(0, 500), min(line.frame + draw.randint(0, 3), 500), 0, 500, 60, 120))
        line.go_to(frame)
        assert line.frame == frame and line.state == wanted[frame]
    line.go_to(500)
    assert line.proved == 500 and line.diverged_at is None and line.error is None
    assert len(line._kept) * len(line.state) <= max(kept_bytes, 2 * len(line.state))
    assert sorted(line._kept) == [i * line.every for i in range(len(line._kept))]


class Counting:
    """A runner that counts its frames."""

    def __init__(self, runner) -> None:
        self.runner, self.frames = runner, 0

    def run(self, state, rows, first, count):
        self.frames += count
        return self.runner.run(state, rows, first, count)


def test_going_back_costs_few_steps_and_going_ahead_each_step_once(recorded):
    line = Timeline(tally.game, recorded, "interpreted")
    line._runner = counting = Counting(line._runner)
    line.go_to(500)
    assert counting.frames == 500
    for frame in (499, 61, 60, 59, 0, 480, 479, 1):
        counting.frames = 0
        line.go_to(frame)
        assert counting.frames < line.every == 60, frame
    counting.frames = 0
    line.go_to(30)
    line.go_to(31)
    assert counting.frames == 30, "from where it was, not from the start"


def test_going_back_frame_by_frame_costs_hardly_more_than_going_ahead(recorded, monkeypatch):
    """Each stretch between two kept states runs once more, and leaves states on its way: here 12 at most."""
    line = Timeline(tally.game, recorded, "interpreted")
    monkeypatch.setattr(timeline, "NEAR_BYTES", 12 * len(line.state))
    wanted = states(recorded)
    line.go_to(500)
    line._runner = counting = Counting(line._runner)
    for frame in range(499, -1, -1):
        line.go_to(frame)
        assert line.state == wanted[frame] and len(line._near) <= 12
    assert counting.frames < 500 * 5
    line.go_to(500)
    assert (line.proved, line.diverged_at) == (500, None)
    monkeypatch.undo()
    line.go_to(499)
    counting.frames = 0
    for frame in range(498, 440, -1):
        line.go_to(frame)
    assert counting.frames <= 60, "one stretch, once"


def test_what_was_recorded_is_held_against_what_is_computed_as_it_comes(recorded):
    line = Timeline(tally.game, recorded)
    proved = []
    for frame in range(501):
        line.go_to(frame)
        proved.append(line.proved)
    assert sorted(set(proved)) == [0, 120, 240, 360, 480, 500] and proved[119:121] == [0, 120]


def test_rules_that_lead_elsewhere_are_noticed_at_the_next_recorded_chain(recorded):
    line = Timeline(tally.version(tally.wrong_step), recorded)
    assert line.rules_changed and line.diverged_at is None
    line.go_to(239)
    assert line.diverged_at is None
    line.go_to(240)
    assert (line.proved, line.diverged_at) == (120, 240)
    line.go_to(500)
    line.go_to(50)
    line.go_to(300)
    assert (line.proved, line.diverged_at, line.frames) == (120, 240, 500)


def test_rules_that_were_only_tidied_are_proved_all_the_same(recorded):
    line = Timeline(tally.version(tally.tidier_step), recorded)
    line.go_to(500)
    assert line.rules_changed and (line.proved, line.diverged_at) == (500, None)
    assert not Timeline(tally.game, recorded).rules_changed


@pytest.mark.parametrize("way", ["compiled", "interpreted"])
@pytest.mark.parametrize("stride", [1, 7, 500])
def test_a_step_that_raises_ends_the_replay_before_that_frame(recorded, way, stride):
    line = Timeline(tally.version(tally.raising_step), recorded, way)
    for frame in range(0, 501, stride):
        line.go_to(frame)
    line.go_to(500)
    assert line.frame == line.frames == 270 and line.state == states(recorded)[270]
    assert isinstance(line.error, ValueError) and line.diverged_at == 271 and line.proved == 240
    line.go_to(100)
    assert line.frame == 100


@pytest.mark.parametrize(("game", "what"), [
    (tally.version(name="other"), "game"), (tally.version(state=tally.LongerSums), "layout"),
    (tally.version(content=tally.Limits(most=5)), "content"), (tally.version(fps=30), "fps"),
    (tally.version(players=3), "number of players"),
])
def test_a_replay_of_another_game_layout_or_content_is_refused_with_both_values_and_a_remedy(recorded, game, what):
    with pytest.raises(rs.IncompatibleReplay) as refused:
        Timeline(game, recorded)
    error = refused.value
    assert error.what == what and error.ours != error.theirs
    text = str(error)
    assert text.startswith(f"the replay's {what} differs: ours {error.ours}, the file's {error.theirs}")
    assert "open it with" in text and "rollstep 0" in text and "\n" not in text
    assert ("(since then LongerSums: LongerSums, was Sums; LongerSums.turns: u16[5], was u16[4])" in text) == (what == "layout")


def test_an_input_that_nobody_can_press_is_refused(recorded):
    rows = bytearray(recorded.rows)
    rows[4 * 41 + 2] = 7
    with pytest.raises(rs.MalformedReplay, match="the input of player 1 in frame 41 is not legal"):
        Timeline(tally.game, replace(recorded, rows=bytes(rows)))


@pytest.mark.parametrize("frame", [-1, 501, 1.0, None, True])
def test_a_frame_that_is_not_there_is_refused(recorded, frame):
    line = Timeline(tally.game, recorded)
    with pytest.raises(rs.UsageError, match=r"frame=.*from 0 to 500"):
        line.go_to(frame)


def test_an_incompatible_replay_can_be_sent_to_another_process():
    error = pickle.loads(pickle.dumps(rs.IncompatibleReplay("game", "a", "b", engine="rollstep 9", detail="so")))
    assert (error.what, error.ours, error.theirs, error.engine, error.detail) == ("game", "a", "b", "rollstep 9", "so")
    assert "written by rollstep 9" in str(error)
