"""Effects of a match with rollbacks: each is started once, and then cancelled or confirmed once, on every peer alike."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep import EffectEvent, UsageError, Vec2
from rollstep.session.effects import MOVED_FRAMES, EffectTracker
from rollstep.testing import Impairment, Network
from tests.games.box import game as box
from tests.games.sparks import CAPACITY, FIRE, LEFT, RIGHT, Kind, Pad, World, game

Told = tuple[str, int, int, int]        # what, frame, kind, id


class Script:
    """Effects of a timeline that a test writes down, as (kind, id, frame) in the order of frames."""

    def __init__(self) -> None:
        self.tracker = EffectTracker()
        self.life = Life()

    def update(self, shown: list[tuple[Kind, int, int]], frame: int, confirmed: int) -> list[Told]:
        world = World()
        for kind, id, at in shown:
            world.effects.emit(at, kind, id, Vec2(id, at), 0, 0, False)
        events = self.tracker.update(world.effects, frame, confirmed)
        self.life.take(events, confirmed)
        return [(event.what, event.frame, event.kind, event.id) for event in events]


class Life:
    """Holds a session's events to their rule, and keeps what came of them."""

    def __init__(self) -> None:
        self.open: dict[int, EffectEvent] = {}
        self.over: set[int] = set()
        self.confirmed: list[EffectEvent] = []
        self.cancelled = 0

    def take(self, events: list[EffectEvent], confirmed: int) -> None:
        for event in events:
            if event.what == "started":
                assert event.number not in self.open and event.number not in self.over, "started twice"
                self.open[event.number] = event
                continue
            start = self.open.pop(event.number)     # raises when it has not started, or is over
            assert (start.kind, start.id) == (event.kind, event.id)
            self.over.add(event.number)
            if event.what == "confirmed":
                assert event.frame < confirmed
                self.confirmed.append(event)
            else:
                assert event.what == "cancelled"
                self.cancelled += 1

    def names(self) -> list[tuple[int, int, int, bytes]]:
        return [(event.frame, event.kind, event.id, bytes(event.data)) for event in self.confirmed]


SHOT, BUMP, START = Kind.SHOT, Kind.BUMP, Kind.START


# ---------------------------------------------------------------------------- timelines

def test_a_guess_is_told_at_once_and_once_and_confirmed_when_it_is_sure():
    script = Script()
    assert script.update([(SHOT, 0, 10)], 11, 5) == [("started", 10, SHOT, 0)]
    assert script.update([(SHOT, 0, 10)], 12, 6) == []
    assert script.update([(SHOT, 0, 10)], 13, 10) == []
    assert script.update([(SHOT, 0, 10)], 14, 11) == [("confirmed", 10, SHOT, 0)]
    assert script.update([(SHOT, 0, 10)], 15, 15) == []


def test_an_effect_that_never_happened_is_cancelled_once():
    script = Script()
    script.update([(SHOT, 0, 10)], 11, 5)
    assert script.update([(BUMP, 1, 10)], 12, 11) == [
        ("cancelled", 10, SHOT, 0), ("started", 10, BUMP, 1), ("confirmed", 10, BUMP, 1)]
    assert script.update([(BUMP, 1, 10)], 13, 12) == []


def test_an_effect_that_a_rollback_moves_is_the_same_one():
    script = Script()
    script.update([(SHOT, 0, 10)], 13, 5)
    assert script.update([(SHOT, 0, 13)], 14, 8) == []
    assert script.update([(SHOT, 0, 12)], 15, 13) == [("confirmed", 12, SHOT, 0)]


def test_an_effect_moved_too_far_is_another_one():
    script = Script()
    script.update([(SHOT, 0, 10)], 11, 5)
    later = 10 + MOVED_FRAMES + 1
    assert script.update([(SHOT, 0, later)], later + 1, 11) == [("cancelled", 10, SHOT, 0), ("started", later, SHOT, 0)]


def test_another_id_or_another_kind_is_not_the_same():
    script = Script()
    script.update([(SHOT, 0, 10)], 11, 5)
    assert script.update([(SHOT, 1, 10)], 12, 5) == [("cancelled", 10, SHOT, 0), ("started", 10, SHOT, 1)]
    assert script.update([(BUMP, 1, 10)], 12, 5) == [("cancelled", 10, SHOT, 1), ("started", 10, BUMP, 1)]


def test_one_id_that_is_used_again_is_as_many_effects():
    script = Script()
    assert script.update([(SHOT, 0, 10), (SHOT, 0, 10), (SHOT, 0, 15)], 16, 5) == [
        ("started", 10, SHOT, 0), ("started", 10, SHOT, 0), ("started", 15, SHOT, 0)]
    assert script.update([(SHOT, 0, 14), (SHOT, 0, 19)], 20, 12) == [("cancelled", 15, SHOT, 0)]
    assert script.update([(SHOT, 0, 14), (SHOT, 0, 19), (SHOT, 0, 20)], 21, 20) == [
        ("started", 20, SHOT, 0), ("confirmed", 14, SHOT, 0), ("confirmed", 19, SHOT, 0)]


def test_a_confirmed_effect_does_not_stand_for_the_next_with_its_id():
    script = Script()
    assert [told[0] for told in script.update([(SHOT, 0, 10)], 11, 11)] == ["started", "confirmed"]
    assert script.update([(SHOT, 0, 10), (SHOT, 0, 12)], 13, 11) == [("started", 12, SHOT, 0)]
    assert script.update([(SHOT, 0, 10)], 14, 13) == [("cancelled", 12, SHOT, 0)]


def test_an_effect_that_comes_back_after_it_was_cancelled_is_told_again():
    script = Script()
    script.update([(SHOT, 0, 10)], 11, 5)
    assert script.update([], 12, 7) == [("cancelled", 10, SHOT, 0)]
    assert script.update([(SHOT, 0, 10)], 13, 11) == [("started", 10, SHOT, 0), ("confirmed", 10, SHOT, 0)]


def test_what_a_ring_is_too_small_for_is_lost_and_counted():
    script = Script()
    burst = [(SHOT, id, 10) for id in range(CAPACITY)]
    script.update(burst, 11, 5)
    assert script.tracker.lost == 0
    more = [*burst, (BUMP, 0, 11), (BUMP, 1, 11)]
    assert script.update(more, 12, 5) == [      # nobody knows whether these two have happened
        ("cancelled", 10, SHOT, 0), ("cancelled", 10, SHOT, 1), ("started", 11, BUMP, 0), ("started", 11, BUMP, 1)]
    assert script.tracker.lost == 0             # a rollback may still bring them back into sight
    assert script.update(burst, 12, 5) == [
        ("cancelled", 11, BUMP, 0), ("cancelled", 11, BUMP, 1), ("started", 10, SHOT, 0), ("started", 10, SHOT, 1)]
    told = script.update(more, 12, 12)
    assert script.tracker.lost == 2 and len([one for one in told if one[0] == "confirmed"]) == CAPACITY
    assert script.update(more, 13, 13) == []


def test_an_effect_of_a_frame_that_has_not_come_is_an_error_of_the_game():
    with pytest.raises(UsageError, match=r"for frame 1000, but the newest state is that of frame 12: emit\(tick\.frame"):
        Script().update([(SHOT, 0, 1000)], 12, 5)


entries = st.tuples(st.sampled_from([SHOT, BUMP]), st.integers(0, 1), st.integers(0, 29))
FRAMES, WINDOW = 30, 11


@st.composite
def timelines(draw: st.DrawFn) -> tuple[list[Any], list[tuple[list[Any], int, int]]]:
    """The truth, and what is shown at each look until all is confirmed: the truth up to there, then a guess, which is the
    truth with some of it missing, some moved, and some that never happens."""
    truth = draw(st.lists(entries, max_size=16))
    looks, confirmed, frame, guess = [], 0, 0, []
    while frame < FRAMES:
        frame = min(FRAMES, frame + draw(st.integers(1, 4)))
        if draw(st.booleans()):
            confirmed = draw(st.integers(max(confirmed, frame - WINDOW), frame))
            moved, without = draw(st.integers(-4, 4)), draw(st.integers(0, 3))
            guess = [(kind, id, at + moved * ((at + id) % 2)) for i, (kind, id, at) in enumerate(truth) if i % 4 != without]
            guess += draw(st.lists(entries, max_size=3))
        confirmed = max(confirmed, frame - WINDOW)
        seen = [e for e in truth if e[2] < confirmed] + [e for e in guess if confirmed <= e[2] < frame]
        looks.append((seen, frame, confirmed))
    return truth, [*looks, (truth, FRAMES, FRAMES), (truth, FRAMES + 1, FRAMES + 1)]


@settings(max_examples=60)      # each is a whole match
@given(timelines())
def test_whatever_is_guessed_the_truth_is_confirmed_once_and_in_order(timeline):
    truth, looks = timeline
    script = Script()
    for shown, frame, confirmed in looks:
        shown = sorted(shown, key=lambda entry: entry[2])
        script.update(shown, frame, confirmed)
        told = Counter((event.kind, event.id) for event in script.life.open.values())
        assert told == Counter((kind, id) for kind, id, at in shown if at >= confirmed), "what is told is what is shown"
    assert not script.life.open and script.tracker.lost == 0
    assert [(event.kind, event.id, event.frame) for event in script.life.confirmed] == sorted(truth, key=lambda entry: entry[2])


# ---------------------------------------------------------------------------- matches

class Masher:
    """Never holds anything for long, so that guesses are wrong."""

    def __init__(self, player: int, seed: int) -> None:
        self._random = random.Random(f"{seed} {player}")
        self._inputs: list[bytes] = []

    def input(self, frame: int) -> bytes:
        while len(self._inputs) <= frame:
            buttons = self._random.choice((0, LEFT, RIGHT, FIRE, LEFT | FIRE, RIGHT | FIRE))
            self._inputs += [bytes(Pad(buttons=buttons))] * self._random.randint(1, 5)
        return self._inputs[frame]


def match(spec: str, players: int, seed: int, every: int = 1, frames: int = 300,
          **options: Any) -> tuple[list[rs.P2P], list[Life]]:
    """A match until all have confirmed `frames`; each peer asks for its effects in every so many turns that had a frame."""
    net = Network(seed=seed, impairment=Impairment.parse(spec))
    peers = net.join(game, players=players, **options)
    lives, asked = [Life() for _ in peers], [0] * players

    def each(peer: rs.P2P) -> None:
        if peer.frame >= asked[peer.player]:
            lives[peer.player].take(peer.effects(), peer.confirmed)
            asked[peer.player] = peer.frame + every
    assert net.run(peers, until=lambda: all(peer.confirmed >= frames for peer in peers), each=each,
                   bots=[Masher(p, seed) for p in range(players)], limit_ms=60_000)
    for peer, life in zip(peers, lives, strict=True):
        life.take(peer.effects(), peer.confirmed)
    return peers, lives


def straight(tmp_path: Any, frames: int) -> list[tuple[int, int, int, bytes]]:
    """What a recorded match tells without a network, interpreted."""
    life = Life()
    with rs.playback(tmp_path / "match.rsr", game, way="interpreted") as film:
        while film.frame < frames and film.advance():
            life.take(film.effects(), film.confirmed)
    return life.names()


@pytest.mark.parametrize(("spec", "players", "every"), [
    ("rtt=80ms,jitter=20ms,loss=5%", 2, 1), ("rtt=160ms,jitter=40ms,loss=10%", 3, 3), ("rtt=200ms,jitter=60ms,loss=20%", 2, 4)])
def test_every_peer_confirms_the_effects_of_the_match_that_was(tmp_path, spec, players, every):
    peers, lives = match(spec, players, seed=5, every=every, record=[tmp_path / "match.rsr", *[None] * (players - 1)])
    peers[0].close()
    assert all(peer.stats.rollbacks > 30 for peer in peers) and sum(life.cancelled for life in lives) > 0
    frames = min(peer.confirmed for peer in peers)
    truth = straight(tmp_path, frames)
    assert len(truth) > 30 and {kind for _, kind, _, _ in truth} == {START, SHOT, BUMP}
    for peer, life in zip(peers, lives, strict=True):
        assert [one for one in life.names() if one[0] < frames] == truth
        # what is still open is what its newest state shows
        newest = [(e.kind, e.id) for e in peer.state.effects if e.frame >= peer.confirmed]
        assert Counter((e.kind, e.id) for e in life.open.values()) == Counter(newest)
        assert peer.lost_effects == 0 and peer.state.effects.dropped == 0


def test_in_lockstep_nothing_is_ever_cancelled():
    _, lives = match("rtt=60ms,jitter=10ms", 2, seed=2, frames=120, window=0, delay=4)
    assert all(life.cancelled == 0 and len(life.confirmed) > 10 and not life.open for life in lives)


@pytest.mark.heavy
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(2, 4), st.integers(20, 240), st.integers(0, 60), st.integers(0, 25),
       st.integers(1, 6))
def test_on_any_network_all_peers_confirm_one_list(seed, players, rtt, jitter, loss, every):
    peers, lives = match(f"rtt={rtt}ms,jitter={jitter}ms,loss={loss}%", players, seed, every)
    frames = min(peer.confirmed for peer in peers)
    first, *others = [[one for one in life.names() if one[0] < frames] for life in lives]
    assert first and all(other == first for other in others) and all(peer.lost_effects == 0 for peer in peers)


def test_a_game_without_effects_tells_none():
    net = Network(seed=1)
    peers = net.join(box, players=2)
    assert peers[0].effects() == []
    net.play(peers, frames=20)
    assert peers[0].effects() == [] and peers[0].lost_effects == 0


def test_nothing_is_told_before_a_match_starts():
    net = Network(seed=1)
    peers = net.join(game, players=2)
    assert peers[0].effects() == [] and len(peers[0].state.effects) == 1     # of no match yet
    net.play(peers, frames=1)
    events = peers[0].effects()
    assert [(event.what, event.kind) for event in events[:1]] == [("started", START)]


# ---------------------------------------------------------------------------- without a network

def test_on_one_machine_an_effect_starts_and_is_confirmed_at_once():
    with rs.local(game, players=2, way="interpreted") as sofa:
        assert sofa.effects() == []
        sofa.poll()
        assert [(event.what, event.kind, event.frame) for event in sofa.effects()] == [("started", START, 0)]
        sofa.advance(Pad(buttons=FIRE), Pad())
        start, sure, also = sofa.effects()
        assert (start.what, start.kind, start.id, start.frame) == ("started", SHOT, 0, 0)
        assert (sure.what, sure.kind, also.what, also.number) == ("confirmed", START, "confirmed", start.number)
        assert (also.data.place, also.data.force) == (Vec2(0, rs.fx("0.5")), 0)
        sofa.advance(Pad(), Pad())
        assert sofa.effects() == [] and start.data.loud is False     # a copy: the state has gone on


def test_frames_between_two_looks_are_made_up_for_as_far_as_the_ring_goes():
    with rs.local(game, players=1, way="interpreted") as sofa:
        sofa.poll()
        for _ in range(5):
            sofa.advance(Pad(storm=4))
        assert len([event for event in sofa.effects() if event.what == "confirmed"]) == 1 + 20 and sofa.lost_effects == 0
        for _ in range(9):
            sofa.advance(Pad(storm=4))
        assert len([event for event in sofa.effects() if event.what == "confirmed"]) == CAPACITY
        assert sofa.lost_effects == 9 * 4 - CAPACITY


@pytest.fixture
def film(tmp_path):
    with rs.local(game, players=2, way="interpreted", record=tmp_path / "sofa.rsr") as sofa:
        sofa.poll()
        for frame in range(120):
            sofa.advance(Pad(buttons=FIRE if frame % 10 == 5 else 0), Pad())
    with rs.playback(tmp_path / "sofa.rsr", game, way="interpreted") as film:
        yield film


def shots(session: Any) -> list[int]:
    """Frames of shots that start, each of which must be confirmed as well."""
    events = session.effects()
    started = [event.frame for event in events if event.what == "started" and event.kind == SHOT]
    assert [event.frame for event in events if event.what == "confirmed" and event.kind == SHOT] == started
    return started


def test_after_a_seek_only_what_comes_then_is_told(film):
    for _ in range(30):
        film.advance()
    assert shots(film) == [5, 15, 25]
    film.seek(90)
    assert shots(film) == []
    for _ in range(20):
        film.advance()
    assert shots(film) == [95, 105]
    film.seek(20)
    assert shots(film) == []
    for _ in range(10):
        film.advance()
    assert shots(film) == [25]


def test_a_step_back_tells_nothing_and_the_way_forward_tells_it_again(film):
    for _ in range(6):
        film.advance()
    assert shots(film) == [5]
    film.step_back()
    assert shots(film) == []
    film.advance()
    assert shots(film) == [5]


def test_a_seek_takes_back_what_was_not_yet_sure(film):
    film.effects()          # START, of a frame that has not been played: it is not confirmed
    film.seek(50)
    assert [(event.what, event.kind) for event in film.effects()] == [("cancelled", START)]
