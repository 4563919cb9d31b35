"""Many matches at once: each is what it would be alone, on any number of threads, and one that raises stops no other."""

from __future__ import annotations

import sys
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep.replay import Replay
from rollstep.state import chain
from rollstep.testing import Bot, Network, VirtualClock
from tests.games.box import Pad
from tests.games.box import game as box
from tests.games.edges import integers
from tests.games.nasty import TokenBot, token
from tests.games.nasty import game as nasty
from tests.replay import tally
from tests.runner import test_raising
from tests.runner.test_raising import game as tank

LIMITS = sys.modules["rollstep.session.batch"]      # the function has its name


def pressed(game: rs.Game, frames: int, matches: int, players: int) -> np.ndarray:
    """What the players of each match press: of each match something else."""
    data = np.zeros((frames, matches, players, game.input_size), np.uint8)
    for m in range(matches):
        for p in range(players):
            bot = TokenBot(player=p, delay=0, seed=m) if game is nasty else Bot(game, player=p, seed=1 + m)
            for frame in range(frames):
                data[frame, m, p] = np.frombuffer(bot.input(frame), np.uint8)
    return data


def alone(game: rs.Game, data: np.ndarray, match: int, seed: int) -> tuple[bytes, int, int]:
    """(state, checksum, chain) that the interpreted step comes to."""
    frames, _, players, _ = data.shape
    runner = game.runner("interpreted", players=players, seed=seed)
    state, link = runner.start(), 0
    sums = runner.run(state, b"".join(data[f, match].tobytes().ljust(game.row_size, b"\0") for f in range(frames)), 0, frames)
    for checksum in sums:
        link = chain(link, checksum)
    return bytes(state), sums[-1], link


@pytest.mark.parametrize("way", ["compiled", "interpreted"])
@pytest.mark.parametrize(("game", "players"), [(box, 2), (box, 8), (nasty, 3), (integers, 2)], ids=str)
def test_each_match_is_what_it_would_be_alone(game, players, way):
    data, seeds = pressed(game, 60, 3, players), [7, -1 << 63, 99]
    many = rs.batch(game, matches=3, players=players, seeds=seeds, threads=2, chains=True, way=way)
    many.advance(data)
    assert many.frames.tolist() == [60] * 3 and not many.errors
    assert len(set(many.checksums.tolist())) == 3, "the matches hardly differ"
    for m, seed in enumerate(seeds):
        state, checksum, link = alone(game, data, m, seed)
        assert (bytes(many.state(m)), many.checksums[m], many.chains[m]) == (state[:game.state.layout.size], checksum, link)
        assert many.states[m].tobytes() == bytes(many.state(m))


DATA = pressed(box, 40, 9, 3)
WANTED = [alone(box, DATA, m, m) for m in range(9)]


@given(matches=st.integers(1, 9), threads=st.integers(1, 11), cuts=st.lists(st.integers(0, 40), max_size=4))
@settings(max_examples=60)
def test_a_result_depends_neither_on_the_number_of_matches_nor_on_threads_nor_on_how_frames_are_given(matches, threads, cuts):
    many = rs.batch(box, matches=matches, players=3, threads=threads, chains=True)
    bounds = [0, *sorted(cuts), 40]
    for first, last in pairwise(bounds):
        many.advance(DATA[first:last, :matches])
    for m in range(matches):
        assert (many.checksums[m], many.chains[m]) == WANTED[m][1:]


@pytest.mark.heavy
def test_a_thousand_matches_of_ten_thousand_frames_come_out_the_same_on_any_number_of_threads():
    def drawn():
        draw = np.random.default_rng(3)
        return (draw.integers(0, 256, (500, 1000, 2, integers.input_size), dtype=np.uint8) for _ in range(20))
    batches = [rs.batch(integers, matches=1000, players=2, threads=threads) for threads in (1, 2, 7)]
    one = rs.batch(integers, matches=1, players=2, seeds=[617])
    for block in drawn():
        for many in batches:
            many.advance(block)
        one.advance(block[:, 617:618])
    first, *others = (many.checksums.tolist() for many in batches)
    assert all(found == first for found in others) and first[617] == one.checksums[0] and len(set(first)) == 1000


def test_other_threads_of_python_run_while_a_batch_advances(monkeypatch):
    """Seen, not timed: with so long an interval nobody gets the interpreter's lock unless the compiled call gives it away."""
    many, ran, over, seen = rs.batch(box, matches=50, players=2), [0], threading.Event(), []
    data, run, interval = np.repeat(pressed(box, 1, 50, 2), 500, axis=0), many._sweep.run, sys.getswitchinterval()

    def count():
        while not over.is_set():
            ran[0] += 1
            time.sleep(0)

    def watched():
        before = ran[0]
        run()
        seen.append(ran[0] > before)

    many.advance(data[:1])      # compiled by now
    monkeypatch.setattr(many._sweep, "run", watched)
    other = threading.Thread(target=count)
    sys.setswitchinterval(1000)
    try:
        other.start()
        while not any(seen) and len(seen) < 1000:
            many.advance(data)
    finally:
        sys.setswitchinterval(interval)
        over.set()
        other.join()
    assert any(seen)


def test_checksums_cost_nothing_until_they_are_asked_for_and_chains_are_asked_for_ahead():
    many = rs.batch(box, matches=2, players=2)
    many.advance(pressed(box, 5, 2, 2))
    assert len(many.checksums) == 2
    with pytest.raises(rs.UsageError, match="chains=True"):
        _ = many.chains


# ---------------------------------------------------------------------------- inputs

def test_inputs_may_be_bytes_a_structured_array_or_those_of_a_session():
    data = pressed(nasty, 20, 2, 2)
    one, two, three = (rs.batch(nasty, matches=2, players=2) for _ in range(3))
    one.advance(data)
    two.advance(data.view(nasty.input.layout.dtype()).reshape(20, 2, 2))
    for frame in range(20):
        three.advance([[nasty.input.view(bytearray(data[frame, m, 0])), data[frame, m, 1].tobytes()] for m in range(2)])
    assert one.checksums.tolist() == two.checksums.tolist() == three.checksums.tolist()


def test_an_array_may_lie_in_memory_as_it_likes():
    data = pressed(box, 30, 3, 2)
    shapes = [data, np.asfortranarray(data), data[::-1][::-1], np.repeat(data, 2, axis=2)[:, :, ::2],
              np.stack([data] * 3, axis=-1)[..., 1]]
    found = []
    for given_ in shapes:
        many = rs.batch(box, matches=3, players=2)
        many.advance(given_)
        found.append(many.checksums.tolist())
    assert all(sums == found[0] for sums in found)
    same = rs.batch(box, matches=3, players=2, seeds=[1, 1, 1])
    same.advance(np.broadcast_to(data[:, :1], data.shape))
    assert len(set(same.checksums.tolist())) == 1


def test_players_who_do_not_play_press_nothing():
    """The step may look at all inputs: those after the last player's are zeros, not the next match's."""
    def step(world, inputs, tick):
        for i in range(3):
            world.total += inputs[i].amount
    game = tally.version(step)
    many = rs.batch(game, matches=2, players=1, seeds=[0, 0])
    many.advance(np.array([[1, 5], [1, 70]] * 10, np.uint8).reshape(10, 2, 1, 2))
    assert many.states["total"].tolist() == [50, 700]


@pytest.mark.parametrize(("inputs", "words"), [
    (np.zeros((1, 2, 2), np.uint8), r"shaped \(1, 2, 2\); give one of uint8 shaped \(frames, 2, 2, 1\)"),
    (np.zeros((1, 3, 2, 1), np.uint8), "shaped"), (np.zeros((1, 2, 2, 1), np.int64), "an array of int64"),
    (np.zeros((5, 2, 2, 2), np.uint8), "shaped"), ([], "0 lists for 2 matches"),
    (None, "inputs of one frame: give a list, not None"), ([b"\0\0", b"\0\0"], "inputs of match 0: give a list, not b"),
    ([[Pad(), Pad()]], "1 lists for 2 matches"),
    ([[Pad()], [Pad()]], "inputs of match 0: 1 for 2 players"), ([[Pad(), Pad()], [Pad(), 5]], "an input of box is a Pad"),
])
def test_inputs_of_another_shape_are_refused_and_nothing_happens(inputs, words):
    many = rs.batch(box, matches=2, players=2)
    before = many.checksums.tolist()
    with pytest.raises(rs.UsageError, match=words):
        many.advance(inputs)
    assert many.frames.tolist() == [0, 0] and many.checksums.tolist() == before


def test_a_bool_or_enum_that_means_nothing_is_refused_with_its_place():
    many = rs.batch(nasty, matches=3, players=2)
    data = pressed(nasty, 4, 3, 2)
    data[2, 1, 0, 2] = 7
    with pytest.raises(rs.UsageError, match=r"inputs\[2, 1, 0\]: byte 2 is 7, .*; legal are \[0, 3, 200\]"):
        many.advance(data)
    assert many.frames.tolist() == [0, 0, 0]


# ---------------------------------------------------------------------------- a step that raises

@pytest.mark.parametrize("way", ["compiled", "interpreted"])
@pytest.mark.parametrize("at_once", [1, 7, 60])
def test_a_match_that_raises_stands_still_and_the_others_go_on(way, at_once):
    data = pressed(nasty, 60, 4, 2)
    data[33, 2, 1, 1] = 99          # player 0 has moved by then
    data[16, 0, 0, 1] = 98
    many = rs.batch(nasty, matches=4, players=2, threads=2, chains=True, way=way)
    for first in range(0, 60, at_once):
        many.advance(data[first:first + at_once])
    assert many.frames.tolist() == [16, 60, 33, 60] and set(many.errors) == {0, 2}
    for m, frame in ((0, 16), (1, 60), (2, 33), (3, 60)):
        assert (many.checksums[m], many.chains[m]) == alone(nasty, data[:frame], m, m)[1:]
    error = many.errors[2]
    assert isinstance(error, ValueError) and str(error) == "a token that nobody sent"
    assert error.__notes__[0].startswith("in frame 33, at ") and "nasty.py:" in error.__notes__[0]


def test_a_trap_of_the_checked_way_says_frame_file_and_line():
    many = rs.batch(tank, matches=2, players=1, way="checked")
    many.advance(np.array([[1, 0], [2, 0], [3, 0]], np.uint8).reshape(3, 2, 1, 1))
    trap = many.errors[0]
    assert many.frames.tolist() == [1, 1] and isinstance(trap, rs.Trap)
    assert (trap.frame, trap.file, trap.line) == (1, test_raising.__file__, test_raising.PUMP_LINE)


def test_matches_that_all_raise_are_told_one_by_one_and_a_batch_of_them_does_nothing_more():
    many = rs.batch(nasty, matches=5, players=1, threads=3)
    data = pressed(nasty, 40, 5, 1)
    data[np.arange(5) * 3, np.arange(5), 0, 1] = token(20) + 1
    many.advance(data)
    assert many.frames.tolist() == [0, 3, 6, 9, 12] and sorted(many.errors) == [0, 1, 2, 3, 4]
    before = many.checksums.tolist()
    many.advance(pressed(nasty, 5, 5, 1))
    assert many.checksums.tolist() == before and many.frames.tolist() == [0, 3, 6, 9, 12]
    with pytest.raises(TypeError):
        many.errors[0] = None       # told, not to be changed


@pytest.mark.parametrize("way", ["compiled", "interpreted"])
def test_a_match_may_begin_anew_also_one_that_has_raised(way):
    data = pressed(nasty, 30, 3, 2)
    data[20, 1, 0, 1] = 99
    many = rs.batch(nasty, matches=3, players=2, seeds=[5, 6, 7], chains=True, way=way)
    many.advance(data)
    assert set(many.errors) == {1}
    many.restart(1)
    many.restart(2, seed=8)
    assert not many.errors and many.frames.tolist() == [30, 0, 0] and many.chains.tolist()[1:] == [0, 0]
    fresh = pressed(nasty, 12, 3, 2)
    fresh[:, 0, :, 1] = [[token(30 + frame)] * 2 for frame in range(12)]
    many.advance(fresh)
    assert many.frames.tolist() == [42, 12, 12] and not many.errors
    for m, seed in ((1, 6), (2, 8)):
        assert (many.checksums[m], many.chains[m]) == alone(nasty, fresh, m, seed)[1:]


# ---------------------------------------------------------------------------- what is shown, what is refused

def test_states_are_seen_in_place_and_not_written():
    many = rs.batch(box, matches=2, players=2)
    view, array = many.state(1), many.states
    before = bytes(view)
    many.advance(pressed(box, 30, 2, 2))
    assert bytes(view) == array[1].tobytes() != before and array["boxes"]["pos"].shape == (2, 8, 2)
    assert all(many.states.ctypes.data % 64 == 0 and stride % 64 == 0 for stride in many.states.strides)
    with pytest.raises(rs.UsageError, match="read-only"):
        view.boxes[0].bumps = 1
    with pytest.raises(ValueError, match="read-only"):
        array["boxes"]["bumps"] = 1


@pytest.mark.parametrize(("options", "words"), [
    ({"matches": 0}, "matches=0: give a whole number from 1 to 1000000"), ({"matches": 1_000_001}, "matches="),
    ({"matches": 2.0}, "matches=2.0"), ({"players": 9}, "box is for 2 to 8 players"), ({"threads": 0}, "threads=0: give"),
    ({"threads": 65}, "threads=65"), ({"seeds": [1]}, "seeds: 1 for 2 matches"),
    ({"seeds": 5}, "seeds: give a list, not 5"), ({"seeds": [1, 1 << 63]}, r"seeds\[1\]=9223"),
    ({"seeds": [1, "x"]}, r"seeds\[1\]='x'"), ({"way": "fast"}, "way='fast'"),
])
def test_bad_arguments_are_refused_in_one_line(options, words):
    with pytest.raises(rs.UsageError, match=words) as caught:
        rs.batch(box, **{"matches": 2, "players": 2, **options})
    assert "\n" not in str(caught.value)


def test_states_beyond_the_bound_are_refused_before_memory_is_taken(monkeypatch):
    monkeypatch.setattr(LIMITS, "MAX_BYTES", 10_000)
    with pytest.raises(rs.UsageError, match=r"of a batch can take 10000 bytes; make several batches of at most 26 matches"):
        rs.batch(box, matches=27, players=2)
    assert rs.batch(box, matches=26, players=2).matches == 26


def test_init_that_raises_is_told():
    with pytest.raises(ValueError, match="no start"):
        rs.batch(tally.version(init=tally.raising_start), matches=2, players=1)


# ---------------------------------------------------------------------------- replays

@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[str]:
    """Matches of one, two and three players, of 500, 310 and 125 frames."""
    folder, found = tmp_path_factory.mktemp("batch"), []
    for players, frames in ((1, 500), (2, 310), (3, 125)):
        path = str(folder / f"{players}.rsr")
        with rs.local(tally.game, players=players, seed=players, record=path, clock=VirtualClock(Network())) as match:
            bots = [Bot(tally.game, player=p, seed=3) for p in range(players)]
            match.poll()
            while match.frame < frames:
                match.advance(*(bot.input(match.frame) for bot in bots))
        found.append(path)
    return found


@pytest.mark.parametrize("way", ["compiled", "interpreted"])
@pytest.mark.parametrize(("threads", "stride", "chains_bytes"), [(1, None, 16 << 20), (2, 50, 16 << 20), (3, None, 8 * 3 * 17)])
def test_replays_are_verified_together(files, way, threads, stride, chains_bytes, monkeypatch):
    monkeypatch.setattr(LIMITS, "_CHAINS_BYTES", chains_bytes)
    films = rs.batch_replays(tally.game, [files[0], rs.read_replay(files[1]), files[2]], threads=threads, way=way)
    assert films.lengths.tolist() == [500, 310, 125] and not films.verified.any()
    for n in range(1 if stride is None else 10):
        films.advance(stride)
        assert stride is None or films.frames.tolist() == [min(length, 50 * (n + 1)) for length in films.lengths]
    assert films.proved.tolist() == [500, 310, 125] == films.frames.tolist()
    assert films.verified.all() and not films.errors and not films.diverged
    assert [int(link) for link in films.chains] == [replay.chains[replay.frames] for replay in films.replays]
    films.advance()
    films.advance(3)
    assert films.frames.tolist() == [500, 310, 125], "over is over"


def test_rules_that_lead_elsewhere_or_raise_are_found_in_each_replay_alone(files):
    films = rs.batch_replays(tally.version(tally.wrong_step), files)
    films.advance()
    assert films.proved.tolist() == [120, 120, 125] and films.diverged == {0: 240, 1: 240}
    assert films.verified.tolist() == [False, False, True]
    films = rs.batch_replays(tally.version(tally.raising_step), files, threads=2)
    films.advance()
    assert films.frames.tolist() == [270, 270, 125] and films.diverged == {0: 271, 1: 271} and set(films.errors) == {0, 1}
    assert films.verified.tolist() == [False, False, True] and "in frame 270" in films.errors[1].__notes__[0]


def test_a_replay_that_was_cut_or_changed_is_not_verified(files, tmp_path):
    whole = rs.read_replay(files[1])
    changed = Replay(whole.header, whole.content, rows=whole.rows[:100] + bytes([1, 9]) + whole.rows[102:], chains=whole.chains)
    cut = tmp_path / "cut.rsr"
    with open(files[0], "rb") as file:
        cut.write_bytes(file.read()[:-30])
    films = rs.batch_replays(tally.game, [whole, changed, cut])
    films.advance()
    assert films.verified.tolist() == [True, False, False] and films.diverged == {1: 120}


def test_a_replay_of_another_game_is_refused_with_its_name(files):
    with pytest.raises(rs.IncompatibleReplay) as caught:
        rs.batch_replays(box, files[1:])
    assert caught.value.__notes__ == [f"in {files[1]}"]
    with pytest.raises(rs.UsageError, match="give at least one"):
        rs.batch_replays(tally.game, [])


def test_a_single_path_is_not_taken_for_many(tmp_path):
    with pytest.raises(rs.UsageError, match="list"):
        rs.batch_replays(box, str(tmp_path / "one.rsr"))
