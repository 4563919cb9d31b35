"""Watching a replay: at its speed or another, back and forth, with the truth told about it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import rollstep as rs
from rollstep.testing import Bot, Impairment, Network, VirtualClock
from tests.games.box import Pad, init
from tests.games.box import game as box
from tests.replay import tally


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """Player 0's file of a match of more than 300 frames over a network."""
    found = tmp_path_factory.mktemp("playback") / "0.rsr"
    net = Network(seed=4, impairment=Impairment.parse("rtt=60ms,loss=5%"))
    peers = net.join(box, players=2, record=[found, None], metadata={"stage": "roof"})
    net.play(peers, frames=300)
    for peer in peers:
        peer.close()
    return found


def watch(replay: Any, game: rs.Game = box, **options: Any) -> tuple[Network, rs.Playback]:
    net = Network()
    return net, rs.playback(replay, game, clock=VirtualClock(net), **options)


def run(net: Network, film: rs.Playback, ms: int) -> int:
    """Let time pass as a viewer's loop does; how many frames were shown."""
    before = film.frame
    for _ in range(ms):
        net.now_us += 1000
        film.wait()
        assert film.poll() == []
        for _ in range(film.due()):
            assert film.advance() or film.error
    return film.frame - before


def test_a_match_is_watched_from_its_first_frame_to_its_last(path):
    replay = rs.read_replay(path)
    net, film = watch(path)
    assert (film.phase, film.frame, film.frames, film.players) == ("playing", 0, replay.frames, 2)
    assert film.header == replay.header and film.metadata == {"stage": "roof"} and not film.truncated
    assert run(net, film, 1000) in (60, 61)
    run(net, film, 10_000)
    assert (film.phase, film.frame, film.due(), film.advance(), film.fraction) == ("over", replay.frames, 0, False, 1.0)
    assert (film.proved, film.diverged_at, film.rules_changed, film.error) == (replay.frames, None, False, None)


def test_the_state_is_that_of_the_match(path):
    replay = rs.read_replay(path)
    runner = box.runner("interpreted", players=2, seed=replay.header.seed)
    state = runner.start()
    rows = b"".join(replay.row(f).ljust(box.row_size, b"\0") for f in range(200))
    runner.run(state, rows, 0, 200)
    _, film = watch(replay)
    view = film.state
    film.seek(200)
    assert bytes(view) == bytes(state)[:len(bytes(view))], "one view, over the present state"
    with pytest.raises(rs.UsageError, match="read-only"):
        film.state.boxes[0].bumps = 1


def test_the_inputs_are_those_that_the_next_frame_takes(path):
    replay = rs.read_replay(path)
    _, film = watch(replay)
    for frame in (0, 17, 250, replay.frames - 1):
        film.seek(frame)
        assert film.inputs == tuple(Pad(buttons=byte) for byte in replay.row(frame))
    film.seek(replay.frames)
    assert film.inputs == tuple(Pad(buttons=byte) for byte in replay.row(replay.frames - 1))
    assert len({film.inputs[0].buttons for frame in range(0, 300, 10) if film.seek(frame) is None}) > 3


@pytest.mark.parametrize(("percent", "frames"), [(25, 30), (50, 60), (100, 120), (200, 240), (33, 39)])
def test_the_speed_is_an_exact_share_of_the_matchs(path, percent, frames):
    net, film = watch(path)
    film.speed_percent = percent
    assert film.speed_percent == percent and film.phase == "playing"
    assert frames <= run(net, film, 2000) <= frames + 1


def test_a_speed_that_is_changed_all_the_time_neither_stops_nor_hurries_the_film(path):
    net, film = watch(path)
    for n in range(200):
        film.speed_percent = (50, 150)[n % 2]
        run(net, film, 10)
    assert 115 <= film.frame <= 125


def test_a_pause_stands_still_and_a_frame_may_be_advanced_by_hand(path):
    net, film = watch(path)
    run(net, film, 500)
    film.paused = True
    assert film.phase == "paused" and run(net, film, 1000) == 0
    frame = film.frame
    assert film.advance() and film.frame == frame + 1 and film.phase == "paused"
    film.seek(200)
    assert film.phase == "paused" and film.due() == 0
    film.paused = False
    assert run(net, film, 1000) in (60, 61)


def test_a_step_back_undoes_an_advance(path):
    _, film = watch(path)
    film.paused = True
    shown = [(film.frame, bytes(film.state), film.inputs)]
    for _ in range(130):
        assert film.advance()
        shown.append((film.frame, bytes(film.state), film.inputs))
    for frame, state, inputs in shown[-2::-1]:
        assert film.step_back() and (film.frame, bytes(film.state), film.inputs) == (frame, state, inputs)
        assert film.phase == "paused" and film.due() == 0
    assert not film.step_back() and film.frame == 0
    assert film.advance() and bytes(film.state) == shown[1][1]


def test_a_film_that_plays_goes_on_from_where_it_was_stepped_back_to(path):
    net, film = watch(path)
    film.seek(film.frames)
    for _ in range(30):
        assert film.step_back()
    assert (film.phase, film.proved) == ("playing", film.frames) and run(net, film, 2000) == 30
    film.close()
    assert not film.step_back() and film.frame == film.frames


def test_a_replay_sought_backwards_and_at_random_a_thousand_times_shows_the_same_states(path):
    _, film = watch(path)
    forward = [bytes(film.state)]
    while film.advance():
        forward.append(bytes(film.state))
    assert film.phase == "over" and len(set(forward)) > 200, "the match hardly moved"
    draw, n = random.Random(5), 0
    while n < 1000:
        if n % 3 == 0:
            film.seek(draw.randint(0, film.frames))
        elif n % 3 == 1:
            film.seek(draw.randint(0, film.frame))
        else:
            film.step_back()
        n += 1
        assert bytes(film.state) == forward[film.frame], (n, film.frame)
    assert (film.proved, film.diverged_at, film.error) == (film.frames, None, None)


def test_after_the_end_a_seek_plays_on(path):
    net, film = watch(path)
    film.seek(film.frames)
    assert film.phase == "over" and run(net, film, 500) == 0
    film.seek(film.frames - 30)
    assert film.phase == "playing" and run(net, film, 2000) == 30 and film.phase == "over"


@pytest.mark.parametrize("frame", [-1, 10_000, 1.5, None])
def test_a_seek_outside_of_the_replay_is_refused(path, frame):
    _, film = watch(path)
    film.seek(10)
    with pytest.raises(rs.UsageError, match="frame="):
        film.seek(frame)
    assert film.frame == 10


@pytest.mark.parametrize("percent", [0, -100, 801, 100.0, "100"])
def test_a_speed_that_cannot_be_is_refused(path, percent):
    _, film = watch(path)
    with pytest.raises(rs.UsageError, match="speed_percent="):
        film.speed_percent = percent
    assert film.speed_percent == 100


def test_a_file_that_was_cut_is_shown_up_to_there(path, tmp_path):
    data = path.read_bytes()
    (tmp_path / "cut.rsr").write_bytes(data[:-40])
    _net, film = watch(tmp_path / "cut.rsr")
    assert film.truncated and film.frames > 200
    film.seek(film.frames)
    assert film.phase == "over"


def test_a_replay_without_frames_is_over_at_once(tmp_path):
    with rs.local(box, players=3, record=tmp_path / "empty.rsr") as match:
        match.poll()
    _net, film = watch(tmp_path / "empty.rsr")
    assert (film.phase, film.frames, film.due()) == ("over", 0, 0) and film.inputs == (Pad(), Pad(), Pad())


def test_a_closed_film_shows_nothing_more(path):
    with rs.playback(path, box) as film:
        assert film.phase == "playing"
    film.close()
    assert (film.phase, film.due(), film.advance()) == ("closed", 0, False)
    with pytest.raises(rs.UsageError, match="closed"):
        film.seek(0)


def test_rules_that_lead_elsewhere_or_raise_are_told_and_the_film_goes_on_as_far_as_it_can(tmp_path):
    path, net = tmp_path / "tally.rsr", Network()
    with rs.local(tally.game, players=2, record=path, clock=VirtualClock(net)) as match:
        bots = [Bot(tally.game, player=p, seed=3) for p in range(2)]
        match.poll()
        while match.frame < 400:
            match.advance(*(bot.input(match.frame) for bot in bots))
    net, film = watch(path, tally.version(tally.wrong_step))
    run(net, film, 8000)
    assert (film.phase, film.frame, film.rules_changed, film.proved, film.diverged_at) == ("over", 400, True, 120, 240)
    net, film = watch(path, tally.version(tally.raising_step))
    run(net, film, 8000)
    assert (film.phase, film.frame, film.frames) == ("over", 270, 400) and str(film.error) == "enough"


def test_a_replay_of_another_game_is_refused(path):
    other = rs.Game("other", state=box.state, input=box.input, players=(2, 8), init=init, step=box.step)
    with pytest.raises(rs.IncompatibleReplay, match="open it with the game that it names"):
        rs.playback(path, other)


def test_what_cannot_be_opened_is_told_as_by_read_replay(tmp_path):
    with pytest.raises(rs.UsageError, match="cannot be read"):
        rs.playback(tmp_path / "none.rsr", box)
    (tmp_path / "x.rsr").write_bytes(b"no replay at all")
    with pytest.raises(rs.MalformedReplay):
        rs.playback(tmp_path / "x.rsr", box)
