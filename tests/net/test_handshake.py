"""Hellos in any order and with any loss end in one match, or in one mismatch that both sides name."""

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.errors import IncompatiblePeer
from rollstep.net.handshake import REFUSAL_US, RETRY_US, Handshake
from rollstep.wire.control import UNKNOWN, WIRE_VERSION, Hello, Known, Record, parse
from rollstep.wire.input_packet import MAX_DELAY


def record(slot, players=2, **other):
    fields = {"nonce": bytes((slot + 1,)) * 16, "slot": slot, "owners": tuple(range(players)), "fps": 60,
              "delays": (1,), "window": 8, "reveals": False, "layout": b"L" * 16, "content": b"C" * 16,
              "rules": b"R" * 16, "game": "arena"}
    return Record(**{**fields, **other})


class Room:
    """Handshakes that send each other hellos; `loses` says which get lost."""

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
    assert peer.missing == (1,) and peer.undecided == (1, 2) and not peer.complete


def asks(peer, player=0, now=0):
    """The hello with which a peer asks another."""
    return parse(next(data for q, data in peer.packets(now) if q == player))


def test_who_is_complete_sends_no_more_but_answers_who_asks_again_during_play():
    room = Room([record(0), record(1)]).meet()
    for peer in room.peers:
        peer.start()
        assert peer.packets(10**9) == []
    answer = parse(room.peers[0].receive(1, asks(Handshake(record(1))), 10**9))      # every answer was lost there
    assert answer.record == record(0) and answer.known.heard == record(1).nonce and not answer.asks
    assert answer.known.room != UNKNOWN and room.peers[0].complete


def test_an_answer_is_never_answered():
    room = Room([record(0, 3), record(1, 3)])
    answer = parse(room.peers[1].receive(0, asks(room.peers[0], 1), 0))
    assert not answer.asks and room.peers[0].receive(1, answer, 0) is None


def test_nobody_starts_before_all_others_have_named_the_same_room():
    room = Room([record(p, 3) for p in range(3)])
    room.loses = lambda p, q: 2 in (p, q) and room.now < 1_000_000
    for _ in range(50):
        room.pass_time()
    assert not any(peer.complete for peer in room.peers) and room.peers[0].missing == (2,)
    assert room.peers[0].undecided == (1, 2)
    room.meet()
    assert room.peers[0].undecided == () and len({asks_room(peer) for peer in room.peers}) == 1


def asks_room(peer):
    """The room that a peer would name."""
    other = next(p for p in range(3) if p != peer.record.slot)
    hello = Hello(WIRE_VERSION, other, peer.record.slot, True, Known(), record(other, 3))
    return parse(peer.receive(other, hello, 0)).known.room


def test_the_same_hello_again_changes_nothing():
    room = Room([record(0), record(1)]).meet()
    peer, seed = room.peers[0], room.peers[0].seed
    for now in range(5):
        assert peer.receive(1, asks(Handshake(record(1))), now) is not None
    assert peer.complete and peer.seed == seed and peer.refusal(10**9) is None


@pytest.mark.parametrize("change", [{"nonce": b"x" * 16}, {"rules": b"x" * 16}, {"delays": (3,)}])
def test_after_the_start_a_second_peer_at_the_same_address_gets_no_answer_and_changes_nothing(change):
    room = Room([record(0), record(1)]).meet()
    peer, seed = room.peers[0], room.peers[0].seed
    assert peer.start() == [record(0), record(1)]
    assert peer.receive(1, asks(Handshake(record(1, **change))), 0) is None
    peer.forget(1)
    assert peer.complete and peer.seed == seed and peer.records[1] == record(1) and peer.refusal(10**9) is None


def test_before_the_start_a_newcomer_takes_the_place_of_the_one_before():
    room = Room([record(0), record(1)]).meet()
    peer, newcomer = room.peers[0], Handshake(record(1, nonce=b"x" * 16))
    answer = parse(peer.receive(1, asks(newcomer), 0))
    assert not peer.complete and answer.known.heard == b"x" * 16 and answer.known.turn == 2
    newcomer.receive(0, answer, 0)
    peer.receive(1, parse(newcomer.receive(0, asks(peer, 1, RETRY_US), 0)), 0)
    assert peer.complete and newcomer.complete and peer.seed == newcomer.seed


def test_a_hello_of_a_dead_process_that_comes_late_starts_nothing():
    """It even says that its sender heard us: but that was before we had heard of the newcomer."""
    peer, dead, newcomer = Handshake(record(0)), Handshake(record(1)), Handshake(record(1, nonce=b"x" * 16))
    dead.receive(0, asks(peer, 1), 0)
    late = asks(dead)
    newcomer.receive(0, parse(peer.receive(1, asks(newcomer), 0)), 0)
    assert newcomer.complete, "the newcomer has started"
    newcomer.start()
    peer.receive(1, late, 0)
    assert not peer.complete
    peer.receive(1, parse(newcomer.receive(0, asks(peer, 1, RETRY_US), 0)), 0)    # asked again, the newcomer answers
    assert not peer.complete, "that answer was to an older turn"
    peer.receive(1, parse(newcomer.receive(0, asks(peer, 1, 2 * RETRY_US), 0)), 0)
    assert peer.complete and peer.seed == newcomer.seed


def test_an_acknowledgement_of_an_earlier_start_of_ours_does_not_count():
    other = Handshake(record(1))
    other.receive(0, asks(Handshake(record(0, nonce=b"x" * 16)), 1), 0)
    peer = Handshake(record(0))
    peer.receive(1, asks(other), 0)
    assert not peer.complete


def test_a_newcomer_that_fits_replaces_one_that_did_not_before_anything_is_raised():
    peer = Handshake(record(0))
    peer.receive(1, asks(Handshake(record(1, fps=30))), 0)
    peer.receive(1, asks(Handshake(record(1, nonce=b"x" * 16))), 1000)
    assert peer.refusal(10**9) is None and peer.nonce(1) == b"x" * 16


def test_who_is_forgotten_is_missing_again_and_may_come_back():
    room = Room([record(0), record(1)]).meet()
    room.peers[0].forget(1)
    assert room.peers[0].missing == (1,) and not room.peers[0].complete
    room.peers[1] = Handshake(record(1, nonce=b"x" * 16))
    room.meet()
    assert room.peers[0].seed == room.peers[1].seed


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
    room = Room([record(0, delays=(0,), window=0), record(1, delays=(MAX_DELAY,), window=32)]).meet()
    assert not room.refused and [r.delays for r in room.peers[0].records] == [(0,), (MAX_DELAY,)]


def test_a_delay_that_no_core_takes_is_a_mismatch():
    room = Room([record(0), record(1, delays=(MAX_DELAY + 1,))])
    for _ in range(200):
        room.pass_time()
    assert room.refused[0].what == "input delay" and room.refused[0].theirs == MAX_DELAY + 1


def test_two_peers_that_neither_predict_nor_delay_would_wait_for_each_other_and_are_told_so():
    room = Room([record(0, delays=(0,), window=0), record(1, delays=(0,), window=0)]).meet()
    assert {error.what for error in room.refused.values()} == {"input delay"} and sorted(room.refused) == [0, 1]
    for other in ({"delays": (1,), "window": 0}, {"delays": (0,), "window": 1}):
        assert not Room([record(0, delays=(0,), window=0), record(1, **other)]).meet().refused


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
