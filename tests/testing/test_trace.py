"""A trace is text that people write and that is read back as it was; what is wrong is named by its line, with what to write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep.errors import UsageError
from rollstep.net.events import DesyncDetected, DesyncExplained, Event
from rollstep.testing import PROFILES, Action, Trace, play_trace, trace
from rollstep.testing.stage import EXPLAIN_MS
from rollstep.testing.trace import VERBS
from tests.games.box import game as box

FULL = """\
game tests.games.box:game
players 3
seed 4
net wifi,loss=5%
delay 2
window 10
timeout 5s
clock 1 +5000ppm
clock 2 -200ppm
link 0 1 loss=20%
link 1 0
at 1200ms cut 0 1
at 2s cut 2
at 3s heal
at 4s rebind 1
at 5s pause 0 800ms
at 6s net
at 6s link 0 2 mobile
at 6500ms delay 1 4
at 7s flip 2
at 8s leave 0
at 9s crash 1
play 20s
"""


def test_a_trace_with_every_line_is_read_and_written_as_it_was():
    trace = Trace.parse(FULL)
    assert str(trace) == FULL
    assert {action.verb for action in trace.actions} == set(VERBS)
    assert trace.actions[0] == Action(1200, "cut", (0, 1)) and trace.drifts_ppm == {1: 5000, 2: -200}
    assert trace.links == ((0, 1, "loss=20%"), (1, 0, ""))


def test_the_text_about_traces_can_be_read_as_one_and_names_every_action():
    about = (trace.__doc__ or "").partition("send.\n")[2]
    match, _, more = about.partition("\nWhat is not said")[0].partition("There are also, at a time:\n")
    more = "\n".join(f"at 1s {line.strip()}" for line in more.splitlines() if line.strip())
    assert {action.verb for action in Trace.parse(f"{more}\n{match}").actions} == set(VERBS)


def test_comments_blanks_and_any_order_are_fine():
    text = "\n# a match\n\nplay 1.25s   # how long\n  at 1s heal\nat 500ms cut 0 1\nplayers   2\n"
    assert Trace.parse(text) == Trace(play_ms=1250, actions=(Action(500, "cut", (0, 1)), Action(1000, "heal")))


TIMES = st.integers(0, 10_000)
PLAYERS = st.integers(0, 3)
NETS = st.sampled_from(["", "rtt=80ms,loss=5%", *PROFILES])
WORDS = {"player": PLAYERS, "time": TIMES, "network": NETS, "delay": st.integers(0, 16)}
ACTIONS = st.sampled_from(sorted(VERBS)).flatmap(lambda verb: st.builds(
    Action, TIMES, st.just(verb), st.tuples(*[WORDS[kind.rstrip("?")] for kind in VERBS[verb]])))


@given(st.builds(Trace, play_ms=st.just(10_000), game=st.none() | st.just("a.b:c"), players=st.just(4),
                 seed=st.integers(0, 2**63 - 1), net=NETS,
                 links=st.lists(st.tuples(PLAYERS, PLAYERS, NETS), max_size=3).map(tuple),
                 delay=st.integers(0, 16), window=st.integers(0, 60), timeout_ms=TIMES,
                 drifts_ppm=st.dictionaries(PLAYERS, st.integers(-1000, 1000)),
                 actions=st.lists(ACTIONS, max_size=6).map(lambda actions: tuple(sorted(actions, key=lambda a: a.at_ms)))))
def test_any_trace_is_read_back_as_it_was_written(trace):
    assert Trace.parse(str(trace)) == trace


@pytest.mark.parametrize(("line", "remedy"), [
    ("at 3x heal", "write 800ms, 3s or 1.25s"), ("at 1.5ms heal", "write 800ms"), ("at 3s", "such as: at 3s heal"),
    ("at 3s hail", "cut, heal, rebind"), ("at 3s cut", "write cut 0 1, or cut 0"), ("at 3s cut 0 1 2", "write cut 0 1"),
    ("at 3s rebind", "write rebind 0"), ("at 3s rebind one", "'one' is no player: give a whole number from 0 to 15"),
    ("at 3s rebind 16", "from 0 to 15"), ("at 3s pause 0", "write pause 0 800ms"), ("at 3s pause 0 80", "is no time"),
    ("at 3s link 0 1 loss=5", "such as loss=5%"), ("at 3s delay 0 17", "from 0 to 16"), ("net loss=101%", "at most 100%"),
    ("net rtt=80ms, loss=5%", "no spaces within a network"), ("players 0", "from 1 to 16"), ("players", "write one of"),
    ("seed -1", "from 0"), ("seed " + "9" * 300, "from 0"), ("window 61", "from 0 to 60"),
    ("clock 1", "such as: clock 1 +5000ppm"),
    ("clock 1 5%", "such as: clock 1"), ("clock 1 +200000ppm", "from -100000"), ("colour red", "write one of"),
    ("timeout soon", "is no time"), ("play 25h", "is no time"), ("play 999999s", "longer than")])
def test_a_line_that_cannot_be_is_named_with_what_to_write_instead(line, remedy):
    with pytest.raises(UsageError) as caught:
        Trace.parse(f"# first\n{line}\n" + ("" if line.startswith("play") else "play 10s\n"))
    assert "trace line 2 " in str(caught.value) and remedy in str(caught.value)


@pytest.mark.parametrize(("text", "remedy"), [
    ("players 2\n", "play 20s"), ("", "play 20s"), ("at 1s crash 2\nplay 2s", "names player 2; 2 play, 0 to 1: say players 3"),
    ("clock 5 +1ppm\nplay 2s", "names player 5"), ("link 0 3 lan\nplay 2s", "names player 3"),
    ("at 3s heal\nplay 2s", "'at 3s heal' is after the end: play 3s at least"),
    ("seed 1\nseed 2\nplay 1s", "stands there twice"),
    ("\n" * 10_001 + "play 1s", "lines of a trace")])
def test_a_trace_that_cannot_be_played_says_why(text, remedy):
    with pytest.raises(UsageError) as caught:
        Trace.parse(text)
    assert remedy in str(caught.value)


@given(st.text(max_size=80) | st.lists(st.sampled_from(FULL.split()), max_size=12).map(" ".join))
def test_any_text_is_a_trace_or_a_usage_error(text):
    try:
        assert isinstance(Trace.parse(text), Trace)
    except UsageError:
        pass


def story(text: str) -> tuple[str, list[tuple[int, int | None, Event | str]]]:
    told: list = []
    outcome = play_trace(Trace.parse(text), box, tell=lambda *line: told.append(line))
    return outcome.verdict, told


def test_a_trace_is_the_same_story_each_time_and_its_actions_are_told_at_their_time():
    verdict, told = story(FULL)
    assert (verdict, told) == story(FULL)
    acts = [(ms, what) for ms, player, what in told if player is None and not str(what).startswith("player ")]
    assert verdict == "unsafe", "a bit was flipped"
    assert acts[:5] == [(1200, "cut 0 1"), (2000, "cut 2"), (3000, "heal"), (4000, "rebind 1"), (5000, "pause 0 800ms")]
    assert story(FULL.replace("at 7s flip 2\n", ""))[0] == "kept"


@pytest.mark.parametrize(("players", "differing"), [(2, [(0, 1), (1, 0)]), (3, [(0, 1), (1, 0), (1, 2), (2, 1)])])
def test_after_a_flip_the_peers_find_out_what_differs_and_that_is_told_too(players, differing):
    verdict, told = story(f"players {players}\nnet rtt=60ms\nat 2s flip 1\nplay 5s\n")
    detected = {player for _, player, what in told if isinstance(what, DesyncDetected)}
    explained = [(player, what.player, what.path) for _, player, what in told if isinstance(what, DesyncExplained)]
    assert verdict == "unsafe" and 1 in detected
    assert sorted(explained) == [(player, other, "World.boxes[0].pos.x") for player, other in differing]


@rs.struct
class Fuse:
    burnt: rs.i64
    left: rs.i64


@rs.struct
class Pad:
    buttons: rs.u8


def nothing(fuse, tick):
    pass


def burn(fuse, inputs, tick):
    fuse.left += 10 // (1 - fuse.burnt)


fuse = rs.Game("fuse", state=Fuse, input=Pad, players=2, init=nothing, step=burn)


@pytest.mark.parametrize("net", ["", "rtt=60ms", "rtt=100ms,loss=30%"])
def test_after_a_flip_on_which_the_step_raises_the_verdict_is_the_desync_and_the_others_tell_of_it(net):
    told: list = []
    trace = Trace.parse(f"net {net}\nat 2s flip 1\nplay 5s\n")
    outcome = play_trace(trace, fuse, tell=lambda *line: told.append(line))
    assert outcome.verdict == "unsafe"
    assert {player for _, player, what in told if isinstance(what, DesyncExplained)} >= {0}


def test_after_a_flip_in_the_dark_nobody_is_waited_for_without_end():
    verdict, told = story("net rtt=60ms\nat 2s cut 0 1\nat 2s flip 1\nplay 5s\n")
    assert verdict == "unsafe" and told[-1][0] <= 2000 + EXPLAIN_MS


def test_who_left_or_was_cut_off_for_long_may_end_a_match_and_nobody_else():
    assert story("net rtt=40ms\ntimeout 3s\nat 2s leave 1\nplay 4s\n")[0] == "kept"
    assert story("net rtt=40ms\ntimeout 3s\nat 2s cut 0 1\nplay 9s\n")[0] == "kept"
    assert story("net rtt=40ms\ntimeout 3s\nat 2s net loss=100%\nplay 9s\n")[0] == "stuck"
