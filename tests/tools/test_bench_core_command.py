"""`rollstep bench core`: every byte of both sides is equal or nothing is printed. No test depends on how fast anything is."""

from __future__ import annotations

import json
import re
import shutil
import sys

import numpy as np
import pytest

import rollstep as rs
from rollstep_tools.bench import box, core, figures, inputs, matches, peer, sessions, starts, twins
from rollstep_tools.cli import main

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
UNOPTIMISED = ["-O0"]                # compiles faster, computes the same
GAME = """import rollstep as rs
from rollstep import Fixed, fx, i32, u8, u16


@rs.struct
class Duck:
    place: Fixed
    quacks: i32
    bread: u16


@rs.struct
class Pond:
    ducks: rs.Array[Duck] = rs.array(3)
    round: i32


@rs.struct
class Pad:
    swim: u8
    loud: bool


@rs.struct
class Rules:
    speed: Fixed


def init(pond, tick):
    for i in range(tick.players):
        pond.ducks[i].place = fx(i)


def step(pond, inputs, tick):
    pond.round += 1
    for i in range(tick.players):
        duck = pond.ducks[i]
        duck.place = duck.place * fx("0.75") + tick.content.speed * (inputs[i].swim & 3)
        if inputs[i].loud:
            duck.quacks += tick.seed + 1
        if tick.frame % 7 == 0:
            duck.bread += i + 1


game = rs.Game("pond", state=Pond, input=Pad, players=(2, 3), init=init, step=step, content=Rules(speed=fx("1.5")))
"""
TWIN = """struct duck { i64 place; int32_t quacks; uint16_t bread; };
struct pond { struct duck ducks[3]; int32_t round; };

static inline int32_t step(uint8_t *state, const uint8_t *inputs, const struct tick *tick) {
    struct pond *pond = (struct pond *)state;
    i64 speed = *(const i64 *)(tick + 1);
    pond->round++;
    for (i64 i = 0; i < tick->players; i++) {
        struct duck *duck = &pond->ducks[i];
        duck->place = fixed_mul(duck->place, (i64)3 << 30) + speed * (inputs[2 * i] & 3);
        if (inputs[2 * i + 1]) duck->quacks += (int32_t)tick->seed + 1;
        if (tick->frame % 7 == 0) duck->bread += (uint16_t)(i + 1);
    }
    return 0;
}
"""


@pytest.fixture
def pond(tmp_path):
    """The arguments that name another game and its twin."""
    (tmp_path / "pond_bench.py").write_text(GAME)
    (tmp_path / "pond.h").write_text(TWIN)
    yield ["--game", "pond_bench:game", "--twin", str(tmp_path / "pond.h"), "--app-dir", str(tmp_path)]
    sys.modules.pop("pond_bench", None)
    sys.path.remove(str(tmp_path))


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    return peer.PeerTwin(tmp_path_factory.mktemp("bench") / "twin", peer.BOX, flags=UNOPTIMISED)


def pair(twin, players=2, **options):
    game = box.game(players, core.SMALL)
    return matches.Pair(game, lambda shape: twin, players=players, inputs=inputs.held(game, players), **options)


# ---------------------------------------------------------------------------- matches

@needs_cc
@pytest.mark.parametrize(("players", "options"), [(2, {}), (4, {"latency_frames": 3}), (2, {"window": 2, "latency_frames": 9}),
                                                  (3, {"matches": 5, "delays": [0, 2, 1]})])
def test_the_peer_in_c_leaves_the_same_bytes_as_the_core(players, options, twin):
    made = pair(twin, players, **options)
    took = made.time(3, 100)
    assert len(took) == 2 and min(took) > 0
    facts = made.facts()
    assert facts.summed > 60 and facts.sent > 300 and facts.steps > facts.frame
    assert facts.waits == 0 or "window" in options


@needs_cc
@pytest.mark.parametrize(("flag", "group"), [("-DPERTURB_STEP=1", "match"), ("-DPERTURB=1", "batch")])
def test_a_step_in_c_that_is_wrong_by_the_least_stops_the_benchmark(flag, group, capsys):
    assert main(["bench", "core", "--quick", "--only", group, "--players", "2", f"--cflag={flag}"]) == 70
    shown = capsys.readouterr()
    assert "other bytes in C than in rollstep" in shown.err and "nothing is printed" in shown.err and shown.out == ""


@needs_cc
@pytest.mark.parametrize(("name", "line", "wrong"), [
    ("peer.h", "#define CHAIN_EVERY ((i64)4)", "#define CHAIN_EVERY ((i64)8)"),
    ("peer.c", "c->lead[q] += (8 * (8 * c->frame - there) - c->lead[q]) >> 3;",
     "c->lead[q] += (8 * (8 * c->frame - there) - c->lead[q]) >> 4;"),
    ("peer.c", "c->copies++;\n        if (step", "if (step")],
    ids=["fewer chains", "another time sync", "a copy that is not counted"])
def test_a_peer_in_c_that_does_other_work_stops_it_though_its_states_are_right(name, line, wrong, tmp_path, monkeypatch):
    text = peer.header() if name == "peer.h" else peer.SOURCE.read_text()
    assert text.count(line) == 1
    if name == "peer.h":
        monkeypatch.setattr(peer, "header", lambda shape: text.replace(line, wrong))
    else:
        (tmp_path / "peer.c").write_text(text.replace(line, wrong))
        monkeypatch.setattr(peer, "SOURCE", tmp_path / "peer.c")
    with pytest.raises(rs.InternalError, match="peers have other bytes in C than in rollstep"):
        pair(peer.PeerTwin(tmp_path / "twin", peer.BOX, flags=UNOPTIMISED)).time(1, 50)


@needs_cc
def test_steps_alone_are_compared_as_well(twin, tmp_path):
    game = box.game(2, core.SMALL)
    wrong = peer.PeerTwin(tmp_path / "wrong", peer.BOX, flags=[*UNOPTIMISED, "-DPERTURB_STEP=1"])
    assert min(matches.bare_steps(game, 2, twin, inputs.held(game, 2), 1, 100)) > 0
    with pytest.raises(rs.InternalError, match="the steps give other states in C than in rollstep"):
        matches.bare_steps(game, 2, wrong, inputs.held(game, 2), 1, 100)
    assert min(matches.batch_steps(game, 2, twin, inputs.held(game, 2), 2, matches=3)) > 0
    with pytest.raises(rs.InternalError, match="the matches of a batch have other states in C than in rollstep"):
        matches.batch_steps(game, 2, wrong, inputs.held(game, 2), 1, matches=3)


@needs_cc
def test_in_every_frame_eight_are_played_again(tmp_path):
    made = core.CoreBench(tmp_path, quick=True).pair(2, restless=True, latency=8)
    made.time(1, 200)
    facts = made.facts()
    assert facts.resimulated > 8 * (facts.frame - 20) and facts.depths[8] > facts.frame - 20


# ---------------------------------------------------------------------------- the command

@needs_cc
def test_another_game_is_measured_against_a_twin_of_its_own(pond, capsys):
    assert main(["bench", "core", "--quick", "--only", "match", "batch", "states", *pond, "--players", "3", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {f["what"] for f in shown["figures"]} == {
        "match, 3 players", "match, 3 players, all back 8", "20 matches, 3 players", "steps alone, 3 players",
        "20 matches by batch, 3 players"}
    assert all(f["ratio"] > 0 and f["value"] > 0 and f["theirs"] > 0 for f in shown["figures"])
    assert {"cpu", "compiler", "flags", "python", "numba", "llvm", "llvm_cpu", "numba_flags", "inputs", "figures",
            "missed", "judged"} == set(shown)
    assert shown["missed"] == 0 and all(f["holds"] is f["most"] is f["most_ratio"] is None for f in shown["figures"])


@needs_cc
def test_quick_figures_are_shown_and_not_judged_and_it_is_said_below_them_that_they_mean_nothing(capsys):
    assert main(["bench", "core", "--quick", "--only", "match", "--players", "2"]) == 0
    shown = capsys.readouterr().out
    assert "match, 2 players" in shown and "judged  no: --quick" in shown and "MISSED" not in shown and "holds" not in shown
    assert "its figures mean nothing" in shown.splitlines()[-1]


@needs_cc
def test_a_twin_of_another_game_that_does_not_fit_is_refused(pond, tmp_path, capsys):
    (tmp_path / "pond.h").write_text(TWIN.replace("i + 1", "i + 2"))
    assert main(["bench", "core", "--quick", "--only", "match", *pond]) == 70
    assert "nothing is printed" in capsys.readouterr().err
    (tmp_path / "pond.h").write_text("int step;")
    assert main(["bench", "core", "--quick", "--only", "match", *pond]) == 2
    assert "failed: " in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "words"), [
    (["--repeats", "0"], "--repeats 0: give 1 or more"), (["--quick", "--strict"], "quick figures are not judged"),
    (["--game", "a:b"], "--game and --twin belong together"),
    (["--twin", "a.c"], "--game and --twin belong together"), (["--players", "9"], "--players 9: the box game's bench"),
    (["--states", "1001"], "--states 1001: give multiples of 8 from 256"),
    (["--game", "tests.games.box:game", "--twin", "no.h", "--only", "match"], "--twin no.h is no file")])
def test_what_cannot_be_measured_is_refused_in_one_line(arguments, words, capsys):
    assert main(["bench", "core", *arguments]) == 2
    shown = capsys.readouterr()
    assert words in shown.err and shown.err.count("\n") == 1 and shown.out == ""


def test_without_a_compiler_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(twins.shutil, "which", lambda name: None)
    assert main(["bench", "core", "--quick", "--only", "match"]) == 2
    assert "no C compiler `cc`" in capsys.readouterr().err


def test_a_plot_without_matplotlib_is_refused_before_anything_is_measured(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.delitem(sys.modules, "rollstep_tools.bench.plot", raising=False)
    assert main(["bench", "core", "--plot", "a.png"]) == 2
    assert "--plot needs matplotlib: pip install 'rollstep[plot]'" in capsys.readouterr().err


def test_the_curves_are_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    from rollstep_tools.bench import plot

    curves = {"size": [(256, 800.0, 700.0), (1 << 20, 5e5, 5e5)], "depth": [(1, 900.0, 800.0), (8, 2e3, 2e3)]}
    plot.draw(tmp_path / "a.png", curves)
    assert (tmp_path / "a.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    with pytest.raises(rs.UsageError, match="cannot be written"):
        plot.draw(tmp_path / "nowhere" / "a.png", curves)


def test_a_figure_holds_when_all_that_was_asked_does(capsys):
    one = figures.Figure("a", "b", 150.0, theirs=100.0, most=200.0, most_ratio=1.2)
    assert one.holds is False and one.ratio == 1.5
    assert figures.Figure("a", "b", 150.0, theirs=140.0, most=200.0, most_ratio=1.2).holds is True
    assert figures.Figure("a", "b", 250.0, theirs=240.0, most=200.0, most_ratio=1.2).holds is False
    assert figures.Figure("a", "b", 1.0).holds is None
    assert figures.Figure("a", "b", None, absent="no such thing", most=5.0).holds is None
    from rich.console import Console
    Console(width=150).print(figures.table([one, figures.Figure("c", "d", None, absent="no such thing", most=5e3)]))
    shown = capsys.readouterr().out
    assert "MISSED" in shown and "1.50" in shown and "no such thing" in shown and "5 µs" in shown


def test_the_table_is_whole_at_80_columns(capsys):
    from rich.console import Console
    rows = [figures.Figure("match", "match, 4 players, all back 8", 838.2, theirs=100.0, most=700.0, most_ratio=1.2),
            figures.Figure("session", "compiled code allocates in 1,000 frames", 0.0, "times", most=0.0),
            figures.Figure("session", "Python grows in 1,000 frames", -1234.0, "bytes", most=1024.0),
            figures.Figure("wire", "payload, 20% loss, mean", 12.345, "bytes", most=18.0),
            figures.Figure("starts", "edit of 100 lines, first in a process", 2.9e9, per="process", most=7e8)]
    Console(width=80).print(figures.table(rows))
    shown = capsys.readouterr().out
    assert "…" not in shown and "match, 4 players, all back 8" in shown and "a sealed one is 25 bytes longer" in shown
    for cells in (["838 ns", "100 ns", "8.38", "1.2×, 700 ns", "MISSED"], ["0", "0", "holds"], ["-1,234 B", "1,024 B", "holds"],
                  ["12.3 B", "18 B", "holds"], ["2.9 s", "700 ms", "MISSED"]):
        assert any(re.search(r"\s+".join(map(re.escape, cells)), line) for line in shown.splitlines()), cells


# ---------------------------------------------------------------------------- sessions

def test_a_session_keeps_no_memory_and_its_core_allocates_none():
    table = sessions.in_memory(box.game(2, core.SMALL), 2)
    table.play(300)
    assert table.peers[0].stats.rollbacks > 10
    assert sessions.python_growth(table, 300) < 1024
    assert sessions.compiled_allocations(lambda: table.play(300)) == 0
    table.check()


def test_what_is_kept_or_allocated_would_be_seen():
    import numba

    table = sessions.in_memory(box.game(2, core.SMALL), 2)
    kept, frame = [], table.frame

    def hoard():
        kept.append(bytes(100))
        frame()
    table.frame = hoard
    assert sessions.python_growth(table, 100) > 10_000
    make = numba.njit(lambda: np.zeros(1000).sum())
    make()
    assert sessions.compiled_allocations(make) == 1


def test_sessions_with_other_states_stop_the_benchmark(monkeypatch):
    table = sessions.in_memory(box.game(2, core.SMALL), 2)
    monkeypatch.setattr(table.peers[0], "checksum", lambda frame: 1)
    with pytest.raises(rs.InternalError, match="the sessions of a match have other states"):
        sessions.in_turns([table], 1, 5)


@pytest.mark.parametrize("sealed", [False, True])
def test_sessions_are_timed_over_real_sockets(sealed):
    with sessions.over_udp(box.game(2, core.SMALL), 2, sealed=sealed) as table:
        assert min(sessions.in_turns([table], 2, 30)) > 0
        assert min(peer.confirmed for peer in table.peers) > 60
        stats = table.peers[0].stats
        assert (stats.bytes_sent / stats.packets_sent > 25) == sealed


@pytest.mark.parametrize("loss", [0, 20])
def test_a_frame_is_one_small_datagram(loss):
    mean, p99, per_frame = sessions.payloads(box.game(2, core.SMALL), loss_percent=loss, frames=600)
    assert core.MEAN_BYTES >= mean > 10 and core.P99_BYTES >= p99 > mean and 0.9 < per_frame < 1.01


def test_inputs_are_held_as_the_benchmark_says():
    game = box.game(2, core.SMALL)
    held, restless = inputs.held(game, 2), inputs.restless(game, 2)
    assert 0.2 < (held[:, 1:] != held[:, :-1]).mean() < 0.26            # a quarter is drawn anew, one time in 256 the same
    assert (restless[:, 1:] != restless[:, :-1]).all() and not (restless[0] == restless[1]).all()
    assert 0.88 < inputs.bits_of_people() < 0.89


# ---------------------------------------------------------------------------- starts

def test_the_step_of_the_starts_has_a_hundred_lines_and_an_edit_that_matters():
    text = starts.source()
    assert 100 <= sum(1 for line in text.splitlines() if line.strip()) < 150
    assert text.count(starts.EDIT) == 1


@pytest.mark.heavy
def test_starts_are_timed_in_processes_of_their_own(tmp_path):
    made = list(core.CoreBench(tmp_path, quick=True).starts())
    assert [f.what for f in made] == list(core.START_WORDS.values())
    cold, warm, edit, again = (f.value for f in made)
    assert cold > max(edit, again, warm) and min(edit, again, warm) > 0
