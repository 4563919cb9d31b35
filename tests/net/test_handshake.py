"""Hellos in any order and with any loss end in one match, or in one mismatch that both sides name."""

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.errors import IncompatiblePeer
from rollstep.net.handshake import REFUSAL_US, RETRY_US, Handshake
from rollstep.wire.control import WIRE_VERSION, Record, parse
from rollstep.wire.input_packet import MAX_DELAY


def record(slot, players=2, **other):
    fields = {"nonce": bytes((slot + 1,)) * 16, "slot": slot, "players": players, "fps": 60, "delay": 1, "window": 8,
              "layout": b"L" * 16, "content": b"C" * 16, "rules": b"R" * 16, "game": "arena"}
    return Record(**{**fields, **other})


class Room:
    """Handshakes that send each other hellos, and input packets once complete; `loses` says which get lost."""

    def __init__(self, records, loses=lambda p, q: False, born=None):
        self.peers = [Handshake(r) for r in records]
        self.loses, self.now, self.refused = loses, 0, {}
        self.born = born or [0] * len(records)
        self.hellos = 0

    def awake(self, p):
        return p < len(self.peers) and self.now >= self.born[p] and p not in self.refused

    def send(self, p, q, data):
        """A datagram from p to q, and whatever it is answered with."""
        self.hellos += 1
        assert self.hellos < 10_000, "hellos without end"
        if self.awake(q) and not self.loses(p, q):
            answer = self.peers[q].receive(p, parse(data), self.now)
            if answer is not None:
                self.send(q, p, answer)

    def pass_time(self, us=10_000):
        for p, peer in enumerate(self.peers):
            if not self.awake(p):
                continue
            for q, data in peer.packets(self.now):
                self.send(p, q, data)
            if peer.complete:
                for q in range(len(self.peers)):
                    if q != p and self.awake(q) and not self.loses(p, q):
                        self.peers[q].heard_input(p)
            refusal = peer.refusal(self.now)
            if refusal is not None:
                self.refused[p] = refusal
        self.now += us

    def meet(self, limit_us=3_000_000):
        while not all(p in self.refused or peer.complete for p, peer in enumerate(self.peers)):
            assert self.now < limit_us, f"complete: {[peer.complete for peer in self.peers]}, refused: {self.refused}"
            self.pass_time()
        return self


def lost_are(fates):
    """Datagrams get lost as the list says, in the order in which they are sent; what comes after arrives."""
    rest = iter(fates)
    return lambda p, q: next(rest, False)


@pytest.mark.parametrize("players", [2, 3, 4, 8])
def test_peers_that_hear_each_other_are_complete_at_once(players):
    room = Room([record(p, players) for p in range(players)]).meet()
    assert room.now <= 20_000
    assert all(peer.missing == () for peer in room.peers)


@pytest.mark.parametrize("fates", list(itertools.product([False, True], repeat=8)))
def test_two_peers_complete_whichever_of_the_first_datagrams_get_lost(fates):
    room = Room([record(0), record(1)], lost_are(fates)).meet()
    assert room.peers[0].seed == room.peers[1].seed and room.now <= 10 * RETRY_US


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("one_way", [None, (0, 1), (1, 0), (2, 0)])
def test_three_peers_complete_in_whatever_order_they_come_and_one_direction_is_dead_at_first(order, one_way):
    born = [order.index(p) * 350_000 for p in range(3)]
    room = Room([record(p, 3) for p in range(3)], born=born)
    room.loses = lambda p, q: (p, q) == one_way and room.now < 1_500_000
    room.meet()
    assert len({peer.seed for peer in room.peers}) == 1
    assert [r.slot for r in room.peers[2].records] == [0, 1, 2]


def test_three_peers_that_each_miss_the_first_answer_of_another_do_not_wait_in_a_ring():
    first = {(1, 0), (2, 1), (0, 2)}                       # 0 -> 1 -> 2 -> 0 arrive, the other direction does not
    room = Room([record(p, 3) for p in range(3)])
    room.loses = lambda p, q: (p, q) in first and room.now < 50_000
    room.meet()


@given(st.integers(2, 6), st.integers(0, 99), st.integers(0, 80))
def test_any_number_of_peers_completes_with_any_loss_and_any_time_of_arrival(players, seed, percent):
    draw = random.Random(seed)
    born = [draw.randrange(0, 1_000_000, 10_000) for _ in range(players)]
    room = Room([record(p, players) for p in range(players)], lambda p, q: draw.randrange(100) < percent, born)
    room.meet(limit_us=60_000_000)
    assert len({peer.seed for peer in room.peers}) == 1 and not room.refused


def test_a_silent_peer_is_asked_ten_times_a_second_and_named_as_missing():
    peer = Handshake(record(0, 3))
    sent = [q for now in range(0, 1_000_000, 1000) for q, _ in peer.packets(now)]
    assert sent == [1, 2] * (1_000_000 // RETRY_US)
    assert peer.missing == (1, 2) and not peer.complete
    (_, hello), = [packet for packet in Handshake(record(2, 3)).packets(0) if packet[0] == 0]
    peer.receive(2, parse(hello), 0)
    assert peer.missing == (1,) and not peer.complete


def test_who_is_complete_sends_no_more_but_answers_who_asks_again_during_play():
    room = Room([record(0), record(1)]).meet()
    assert room.peers[0].packets(10**9) == []
    asks = Handshake(record(1)).packets(0)[0][1]           # its answer was lost
    answer = parse(room.peers[0].receive(1, parse(asks), 10**9))
    assert answer.has_yours and answer.record == record(0)
    assert room.peers[0].complete


def test_an_input_packet_says_that_its_sender_has_our_hello_but_not_who_it_is():
    peer = Handshake(record(0))
    peer.heard_input(1)
    assert not peer.complete and peer.missing == (1,)
    peer.receive(1, parse(Handshake(record(1)).packets(0)[0][1]), 0)
    assert not peer.complete, "nothing says yet that ours arrived"
    peer.heard_input(1)
    assert peer.complete


def test_the_same_hello_again_changes_nothing():
    room = Room([record(0), record(1)]).meet()
    peer, seed = room.peers[0], room.peers[0].seed
    hello = Handshake(record(1)).packets(0)[0][1]
    for now in range(5):
        assert peer.receive(1, parse(hello), now) is not None
    assert peer.complete and peer.seed == seed and peer.refusal(10**9) is None


@pytest.mark.parametrize("change", [{"nonce": b"x" * 16}, {"rules": b"x" * 16}, {"delay": 3}])
def test_a_second_peer_at_the_same_address_gets_no_answer_and_changes_nothing(change):
    room = Room([record(0), record(1)]).meet()
    peer, seed = room.peers[0], room.peers[0].seed
    assert peer.receive(1, parse(Handshake(record(1, **change)).packets(0)[0][1]), 0) is None
    assert peer.complete and peer.seed == seed and peer.records[1] == record(1) and peer.refusal(10**9) is None


MISMATCHES = {
    "game": {"game": "chess"}, "number of players": {"players": 3}, "fps": {"fps": 30},
    "layout of state and input": {"layout": b"l" * 16}, "content": {"content": b"c" * 16}, "rules": {"rules": b"r" * 16},
}


@pytest.mark.parametrize("what", MISMATCHES)
@pytest.mark.parametrize("fates", list(itertools.product([False, True], repeat=3)))
def test_a_mismatch_is_named_on_both_sides_with_both_values(what, fates):
    theirs = record(1, **MISMATCHES[what])
    room = Room([record(0), theirs], lost_are(fates)).meet()
    assert sorted(room.refused) == [0, 1]
    (name,) = MISMATCHES[what]
    shown = [getattr(r, name) for r in (record(0), theirs)]
    shown = [s.hex() if isinstance(s, bytes) else s for s in shown]
    for p, error in room.refused.items():
        assert isinstance(error, IncompatiblePeer)
        assert (error.what, error.ours, error.theirs) == (what, shown[p], shown[1 - p])
        assert what in str(error)
    assert not any(peer.complete for peer in room.peers)


def test_delays_windows_and_nonces_may_differ():
    room = Room([record(0, delay=0, window=0), record(1, delay=MAX_DELAY, window=32)]).meet()
    assert not room.refused and [r.delay for r in room.peers[0].records] == [0, MAX_DELAY]


def test_a_delay_that_no_core_takes_is_a_mismatch():
    room = Room([record(0), record(1, delay=MAX_DELAY + 1)])
    for _ in range(200):
        room.pass_time()
    assert room.refused[0].what == "input delay" and room.refused[0].theirs == MAX_DELAY + 1


def test_two_peers_that_neither_predict_nor_delay_would_wait_for_each_other_and_are_told_so():
    room = Room([record(0, delay=0, window=0), record(1, delay=0, window=0)]).meet()
    assert {error.what for error in room.refused.values()} == {"input delay"} and sorted(room.refused) == [0, 1]
    for other in ({"delay": 1, "window": 0}, {"delay": 0, "window": 1}):
        assert not Room([record(0, delay=0, window=0), record(1, **other)]).meet().refused


def test_another_wire_version_is_a_mismatch_on_both_sides():
    ours, theirs = Handshake(record(0)), Handshake(record(1))

    def other_version(data):
        return parse(data[:6] + bytes((WIRE_VERSION + 1,)) + data[7:])
    for peer, player, other in ((ours, 1, theirs), (theirs, 0, ours)):
        assert peer.receive(player, other_version(other.packets(0)[0][1]), 0) is not None, "it answers, to be understood"
        error = peer.refusal(REFUSAL_US)
        assert (error.what, error.ours, error.theirs) == ("wire version", WIRE_VERSION, WIRE_VERSION + 1)


def test_two_peers_that_claim_one_slot_are_a_mismatch_on_both_sides():
    peers = [Handshake(record(0)), Handshake(replace(record(0), nonce=b"z" * 16))]   # each takes the other for player 1
    for a, b in (peers, peers[::-1]):
        b.receive(1, parse(a.packets(0)[0][1]), 0)
    for peer in peers:
        assert peer.refusal(REFUSAL_US).what == "player" and "claim one player" in str(peer.refusal(REFUSAL_US))


def test_a_peer_at_the_wrong_address_is_a_mismatch():
    ours = Handshake(record(0, 3))
    hello = next(data for q, data in Handshake(record(2, 3)).packets(0) if q == 0)
    ours.receive(1, parse(hello), 0)                       # player 2 where player 1 was expected
    assert ours.refusal(REFUSAL_US).what == "player"
    ours = Handshake(record(0, 3))
    hello = next(data for q, data in Handshake(record(1, 3)).packets(0) if q == 2)
    ours.receive(1, parse(hello), 0)                       # it takes us for player 2
    assert ours.refusal(REFUSAL_US).what == "player"


def test_a_refusal_waits_until_the_other_side_can_know_but_no_longer_than_a_second():
    peer, other = Handshake(record(0)), Handshake(record(1, fps=30))
    peer.receive(1, parse(other.packets(0)[0][1]), 5000)
    assert peer.refusal(5000) is None and peer.refusal(5000 + REFUSAL_US - 1) is None
    assert peer.refusal(5000 + REFUSAL_US).what == "fps"
    other.receive(0, parse(peer.packets(0)[0][1]), 6000)
    answer = other.receive(0, parse(peer.packets(RETRY_US)[0][1]), 6000)
    peer.receive(1, parse(answer), 7000)
    assert peer.refusal(7000).what == "fps"


def test_the_seed_is_the_same_for_all_and_depends_on_every_nonce():
    def seed_of(*nonces):
        room = Room([record(p, len(nonces), nonce=nonce) for p, nonce in enumerate(nonces)]).meet()
        (seed,) = {peer.seed for peer in room.peers}
        return seed
    a, b, c, d = (bytes((n,)) * 16 for n in range(4))
    seeds = [seed_of(a, b, c), seed_of(d, b, c), seed_of(a, d, c), seed_of(a, b, d), seed_of(b, a, c), seed_of(a, b),
             seed_of(a, b, c[:15] + b"\3")]
    assert len(set(seeds)) == len(seeds)
    assert all(-(1 << 63) <= seed < 1 << 63 for seed in seeds) and min(seeds) < 0 < max(seeds)
