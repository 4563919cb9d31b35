"""Peers agree on who plays and on a seed that none of them chose, whatever is lost, late, doubled or started again."""

import dataclasses
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.net.agreement import MOST_US, MOST_WAITED_US, REDRAWS, RETRY_US, Agreement, match_seed
from rollstep.wire.control import UNKNOWN, Agree, commitment, pack_agree, parse

LATENCY_US = 40_000


class Table:
    """Agreements that talk over links of one latency; what `lost` says of is lost."""

    def __init__(self, players, lost=lambda source, target: False):
        self.now_us, self.lost, self.drawn = 0, lost, itertools.count(1)
        self.under_way = []
        self.all = {p: self.new(p, players) for p in range(players)}
        self.starts = {}
        for p, q in itertools.permutations(range(players), 2):
            self.all[p].meet(q, self.all[q]._instance)

    def new(self, p, players):
        return Agreement(p, bytes([next(self.drawn)] * 8), [q for q in range(players) if q != p],
                         lambda: bytes([next(self.drawn)] * 16))

    def restart(self, p):
        self.all[p] = self.new(p, len(self.all))
        for q in self.all:
            if q != p:
                self.all[q].meet(p, self.all[p]._instance)
                self.all[p].meet(q, self.all[q]._instance)

    def send(self, source, target, agree):
        if not self.lost(source, target):
            self.under_way.append((self.now_us + LATENCY_US, source, target, self.all[target], agree))

    def run(self, ms):
        for _ in range(ms):
            self.now_us += 1000
            for message in [m for m in self.under_way if m[0] <= self.now_us]:
                self.under_way.remove(message)
                _, source, target, reader, agree = message
                if reader is self.all[target] and reader.take(source, agree, self.now_us):
                    self.send(target, source, reader.say(source, self.now_us, echo=agree.stamp))
            for p, agreement in self.all.items():
                for q in agreement.due(self.now_us):
                    self.send(p, q, agreement.say(q, self.now_us))
                if agreement.complete and agreement.start_us <= self.now_us:
                    self.starts.setdefault(p, self.now_us)


@pytest.mark.parametrize("players", [2, 3, 8])
def test_all_have_the_same_nonces_and_start_at_one_time(players):
    table = Table(players)
    table.run(1000)
    assert len({tuple(a.nonces) for a in table.all.values()}) == 1 and len(set(table.all[0].nonces)) == players
    assert max(table.starts.values()) - min(table.starts.values()) <= 2000
    assert len({match_seed(a.nonces) for a in table.all.values()}) == 1


@pytest.mark.parametrize("players", [2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_half_of_the_words_lost_only_makes_it_take_longer(players, seed):
    chance = random.Random(seed)
    table = Table(players, lost=lambda source, target: chance.random() < 0.5)
    table.run(4000)
    assert all(a.complete for a in table.all.values()) and len({tuple(a.nonces) for a in table.all.values()}) == 1


def test_nobody_shows_its_nonce_before_it_has_the_commitments_of_all():
    told = []
    table = Table(3, lost=lambda source, target: source == 2)
    send = table.send
    table.send = lambda source, target, agree: (told.append(agree), send(source, target, agree))
    table.run(1000)
    assert told and all(agree.nonce == UNKNOWN and not agree.ready for agree in told)
    assert not any(a.complete for a in table.all.values()) and table.all[0].undecided == (2,), "1 waits as we do"
    table.lost = lambda source, target: False
    table.run(1000)
    assert all(a.complete for a in table.all.values())


def test_a_nonce_that_is_not_what_was_promised_is_not_taken():
    table = Table(2)
    one, two = table.all[0], table.all[1]
    table.run(20)
    honest = two.say(0, table.now_us)
    one.take(1, honest, table.now_us)
    lie = Agree(honest.commitment, one.say(1, table.now_us).room, b"l" * 16, ready=True)
    one.take(1, lie, table.now_us)
    assert not one.complete and b"l" * 16 not in one.nonces
    nonce = next(n for n in (two._nonce,) if commitment(n, two._instance, 1) == honest.commitment)
    one.take(1, Agree(honest.commitment, lie.room, nonce, ready=True), table.now_us)
    assert one.complete and one.nonces == [one._nonce, nonce]


def test_who_is_started_again_makes_another_room_with_nonces_that_were_not_shown_before():
    table = Table(3)
    shown = []
    send = table.send
    table.send = lambda source, target, agree: (shown.append((source, agree.nonce)), send(source, target, agree))
    table.run(130)                                          # nonces are shown, nobody has started
    before = {nonce for _, nonce in shown if nonce != UNKNOWN}
    assert before and not table.starts
    table.restart(2)
    table.run(1000)
    assert all(a.complete for a in table.all.values())
    (nonces,) = {tuple(a.nonces) for a in table.all.values()}
    assert not before & set(nonces)


class Chooser:
    """At its place a peer looks at the others' nonces and takes its own commitment back, in one way or another."""

    def __init__(self, table, me, way):
        self.table, self.me, self.way, self.seeds = table, me, way, []
        table.all[me].due = self.due

    def due(self, now_us):
        mine = self.table.all[self.me]
        seen = [r.nonce for _, r in sorted(mine._remotes.items())]
        if UNKNOWN not in seen and seen not in self.seeds:
            self.seeds.append(seen)
            if self.way == "restarts":
                self.table.restart(self.me)
                self.table.all[self.me].due = self.due
            elif self.way == "leaves":
                for q in self.table.all:
                    if q != self.me:
                        self.table.all[q].forget(self.me)
                        self.table.all[q].meet(self.me, mine._instance)
            mine._draw_nonce()
            mine._room = mine._digest()
        return Agreement.due(self.table.all[self.me], now_us)


@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("way", ["draws", "restarts", "leaves"])
def test_who_takes_its_part_back_after_it_saw_the_others_sees_a_few_seeds_only_and_is_named(players, way):
    table = Table(players)
    chooser = Chooser(table, 1, way)
    table.run(10_000)
    assert len(chooser.seeds) == 1 + REDRAWS
    honest = [a for p, a in table.all.items() if p != 1]
    assert not any(a.complete for a in honest) and any(a.spoilt[0] == 1 for a in honest)
    assert all(len(a._voided) == 1 + REDRAWS for a in honest)
    assert all(a.say(1, table.now_us).nonce == UNKNOWN for a in honest)


def test_a_process_that_is_started_again_after_nonces_were_shown_plays_a_few_times():
    table = Table(2)
    for _ in range(REDRAWS):
        table.run(100)
        assert table.all[0]._shown
        table.restart(1)
    table.run(1000)
    assert all(a.complete for a in table.all.values()) and table.all[0].spoilt is None


def test_words_of_an_old_room_that_arrive_late_prove_nothing():
    table = Table(2)
    table.run(400)
    old = [table.all[1].say(0, table.now_us, echo=5)]
    table.restart(1)
    for agree in old:
        table.all[0].take(1, agree, table.now_us)
    assert not table.all[0].complete
    table.run(1000)
    assert all(a.complete for a in table.all.values())
    assert table.all[0].nonces == table.all[1].nonces


class Alone:
    """An agreement with others, whose parts the test plays; they have promised, and are in one room with it."""

    def __init__(self, players=2):
        drawn = itertools.count(1)
        self.one = Agreement(0, b"i" * 8, range(1, players), lambda: bytes([next(drawn)] * 16))
        for p in range(1, players):
            self.one.meet(p, self.instance(p))
        for p in range(1, players):
            self.says(p)

    def instance(self, p):
        return bytes([100 + p] * 8)

    def says(self, p, now_us=1000, nonce=None, room=None, promised=None, order=0, **rest):
        """Player p, whose nonce is bytes of its number, says something in our room."""
        promised = commitment(bytes([200 + p] * 16), self.instance(p), p) if promised is None else promised
        room = self.room if room is None else room
        return self.one.take(p, Agree(promised, room, UNKNOWN if nonce is None else nonce, **rest), now_us, order=order)

    def shows(self, p, now_us=1000, **rest):
        return self.says(p, now_us, nonce=bytes([200 + p] * 16), **rest)

    @property
    def room(self):
        return self.one.say(1, 1000).room


def test_nobody_starts_before_each_has_shown_its_nonce_and_said_that_it_is_ready_in_this_room():
    for wrong in ({}, {"ready": False}, {"room": b"another " * 2, "ready": True}):
        at = Alone()
        at.shows(1)
        at.says(1, **wrong)
        assert not at.one.complete and at.one.undecided == (1,), wrong
        at.says(1, ready=True)
        assert at.one.complete
    at = Alone()
    at.says(1, ready=True)
    assert not at.one.complete and at.one.undecided == (1,), "its nonce is not there"
    at.shows(1, room=b"another " * 2, ready=True)
    at.says(1, ready=True)
    assert not at.one.complete and at.one.undecided == (1,), "what was shown in another room does not count in ours"


def test_who_is_furthest_behind_keeps_the_others_and_is_named():
    at = Alone(players=4)
    assert at.one.undecided == (1, 2, 3), "they have promised, and that is all"
    at.says(1)
    at.says(2)
    assert at.one.undecided == (3,), "it has not named our room"
    at.says(3)
    at.says(1, room=b"another " * 2)
    assert at.one.undecided == (1,)
    for p in (1, 3):
        at.shows(p)
    assert at.one.undecided == (2,)
    at.shows(2)
    at.says(1, ready=True)
    assert at.one.undecided == (2, 3)


def test_a_word_that_newer_ones_have_overtaken_changes_nothing_and_is_answered():
    at = Alone()
    at.shows(1, ready=True, order=7)
    assert at.one.complete
    for order in (0, 6):
        assert at.says(1, room=UNKNOWN, promised=b"p" * 32, order=order, asks=True) and at.one.complete
        assert not at.says(1, room=b"another " * 2, order=order) and at.one.complete
    at.one.meet(1, at.instance(1))
    at.says(1, room=b"another " * 2, order=0)
    assert not at.one.complete, "over another link it counts anew"


def test_who_was_ready_and_names_another_room_is_asked_again_and_named():
    at = Alone(players=3)
    for p in (1, 2):
        at.says(p)
    at.shows(1, ready=True)
    at.says(1, room=b"another " * 2)
    at.shows(2, ready=True)
    assert not at.one.complete and at.one.undecided == (1,)
    at.one.due(2_000_000)
    for p in (1, 2):
        at.one.say(p, 2_000_000)
    assert at.one.due(3_000_000) == [1], "not once, but until it answers"
    at.says(1)
    assert at.one.complete and not at.one.undecided


def test_who_promises_something_else_after_it_saw_our_nonce_gets_another():
    at = Alone()
    at.says(1)
    seen = at.one.say(1, 1000).nonce
    at.shows(1, ready=True)
    assert seen != UNKNOWN and at.one.complete
    chosen = commitment(b"chosen by theirs", at.instance(1), 1)
    at.says(1, promised=chosen, ready=True)
    assert not at.one.complete and at.one.say(1, 1000).nonce == UNKNOWN
    at.says(1, promised=chosen, ready=True)
    assert not at.one.complete, "the nonce of the old promise counts no more"
    at.says(1, promised=chosen, nonce=b"chosen by theirs", ready=True)
    assert at.one.complete and at.one.nonces[1] == b"chosen by theirs" and at.one.say(1, 1000).nonce not in (seen, UNKNOWN)


def test_a_peer_that_leaves_or_is_started_again_makes_all_of_them_say_it_anew():
    for change in (lambda one: one.forget(2), lambda one: one.meet(2, b"new born")):
        at = Alone(players=3)
        for p in (1, 2):
            at.says(p)
        seen = at.one.say(1, 1000).nonce
        for p in (1, 2):
            at.shows(p, ready=True)
        assert at.one.complete and seen != UNKNOWN
        change(at.one)
        assert not at.one.complete and at.one.undecided == (2,)
        said = at.one.say(1, 9_000_000)
        assert (said.room, said.nonce, said.ready, said.since) == (UNKNOWN, UNKNOWN, False, 0)
        assert said.commitment != commitment(seen, b"i" * 8, 0)
    at.one.meet(1, at.instance(1))
    at.says(2)
    assert at.room != UNKNOWN, "another link with the same process changes nothing"


def test_a_ready_peer_that_repeats_it_does_not_put_the_start_off():
    at = Alone()
    at.shows(1, 1000, ready=True)
    start = at.one.start_us
    for now in range(2000, 100_000, 1000):
        at.shows(1, now, ready=True)
    assert at.one.start_us == start


def test_only_questions_are_answered_and_asked_again_when_it_is_time():
    at = Alone()
    assert at.says(1, asks=True) and not at.says(1)
    (peer,) = at.one.due(0)
    at.one.say(peer, 0)
    assert at.one.due(0) == at.one.due(RETRY_US - 1) == [] and at.one.due(RETRY_US) == [1]
    at.shows(1, ready=True)
    at.one.start()
    assert at.says(1, asks=True) and not at.says(1), "two would else answer each other without end"


def test_who_waits_for_hours_can_still_say_since_when():
    at = Alone()
    at.shows(1)
    said = at.one.say(1, 1000 + (5 << 32))
    assert said.ready and said.since == 2**32 - 1 and parse(pack_agree(said)) == said


def test_after_the_start_only_who_waits_in_the_same_room_is_answered_and_nothing_changes():
    table = Table(2)
    table.run(500)
    one = table.all[0]
    nonces, room = one.nonces, table.all[1].say(0, table.now_us).room
    one.start()
    asks = table.all[1].say(0, table.now_us)
    assert one.take(1, asks, table.now_us) and one.say(1, table.now_us, echo=asks.stamp).ready
    assert not one.take(1, Agree(b"x" * 32, b"y" * 16, asks=True), table.now_us)
    assert one.nonces == nonces and one.say(1, table.now_us).room == room and one.complete


@given(st.lists(st.builds(Agree, commitment=st.binary(min_size=32, max_size=32), room=st.binary(min_size=16, max_size=16),
                          nonce=st.binary(min_size=16, max_size=16), ready=st.booleans(), asks=st.booleans(),
                          stamp=st.integers(0, 2**32 - 1), echo=st.integers(0, 2**32 - 1), since=st.integers(0, 2**32 - 1)),
                max_size=20))
def test_a_peer_that_says_anything_keeps_nobody_ready_and_moves_no_start_out_of_reach(agrees):
    table = Table(2)
    one = table.all[0]
    for agree in agrees:
        one.take(1, agree, 10_000_000)
        one.say(1, 10_000_000, echo=agree.stamp)
    assert not one.complete
    table.run(1000)
    assert one.complete and one.start_us <= 12_000_000


@pytest.mark.parametrize("lie", [{"ready": False}, {"room": UNKNOWN, "nonce": UNKNOWN, "ready": False}])
def test_who_says_again_and_again_that_it_is_ready_only_now_does_not_put_off_the_start(lie):
    table = Table(3)
    table.run(400)
    one, true = table.all[0], table.all[2].say(0, table.now_us)
    start_us = one.start_us
    assert one.complete
    for _ in range(20):
        table.now_us += 20_000
        one.take(2, dataclasses.replace(true, **lie), table.now_us)
        one.take(2, dataclasses.replace(true, since=0), table.now_us)
        assert one.complete and one.start_us == start_us


@pytest.mark.parametrize("ago", [2_000_000, 4_900_000])
def test_a_false_echo_puts_the_start_off_by_a_second_at_most(ago):
    table = Table(3)
    send = table.send

    def false(source, target, agree):
        if (source, target) == (2, 0) and agree.echo:
            agree = dataclasses.replace(agree, echo=table.now_us + LATENCY_US - ago & 0xFFFFFFFF)
        send(source, target, agree)
    table.send = false
    table.run(4000)
    assert 900_000 < table.starts[0] - table.starts[1] <= MOST_WAITED_US // 2


def test_a_round_trip_that_cannot_be_is_not_believed():
    one = Table(2).all[0]
    for ago, believed in ((MOST_US + 1, None), (1 << 31, None), (MOST_US, MOST_US), (-1, MOST_US)):
        one.take(1, Agree(bytes(32), echo=10**7 - ago & 0xFFFFFFFF), 10**7)
        assert one._remotes[1].rtt_us == believed


def test_a_round_trip_is_that_of_a_question_of_ours_and_the_shortest_counts():
    one = Table(2).all[0]
    one.take(1, Agree(bytes(32), asks=True, echo=10**7 - 5), 10**7)     # a question answers nothing
    one.take(1, Agree(bytes(32)), 4000)                                 # nor does what has no number of ours
    assert one._remotes[1].rtt_us is None
    for ago, believed in ((900, 900), (500, 500), (800, 500)):
        one.take(1, Agree(bytes(32), echo=10**7 - ago), 10**7)
        assert one._remotes[1].rtt_us == believed


def test_who_is_alone_is_ready_at_once():
    alone = Agreement(0, bytes(8), [], lambda: bytes(16))
    assert alone.complete
    assert alone.start_us == 0 and alone.nonces == [bytes(16)]
