"""Commit and reveal without a network: what honest peers tell each other over any link, and what dishonest ones may try."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.net.commitments import Commitments
from rollstep.wire import reveal
from rollstep.wire.input_packet import RING, near
from rollstep.wire.reveal import Envelope, commitment, nonce_of

MATCH = bytes(range(16))


def press(peer, frame):
    """What a peer plays in a frame, here."""
    return bytes((peer, frame & 3))


class Peer:
    """One peer of a match: its promises, its inputs, and the inputs that it has seen."""

    def __init__(self, me, firsts, inputs=press):
        self.me, self.firsts = me, firsts
        self.known = dict(firsts)                       # frames whose inputs are there, by peer
        self.seen = {}
        self.press = inputs
        self.inner = b""
        self.promises = Commitments(match=MATCH, me=me, firsts=firsts, secret=bytes((me,)) * 16, inputs=self.inputs)

    def inputs(self, peer, frame):
        return self.press(self.me, frame) if peer == self.me else self.seen[peer, frame]

    def plays(self, frames=1):
        """Inputs of its own for some more frames."""
        self.known[self.me] += frames
        self.promises.promise(self.known[self.me])

    def says(self, peer):
        """(envelope, the inputs that go with it: those that it opens, and all after them), as a session makes them."""
        shown = min(self.promises.reveal, self.known[self.me])
        words = self.promises.envelope(peer, self.inner, self.known[self.me])
        first = near(self.known[self.me], words.first_nonce, 16)
        return words, {frame: self.press(self.me, frame) for frame in range(first, shown)}

    def hears(self, peer, said):
        """The same from another peer. Whether it keeps its word."""
        envelope, inputs = said
        honest = self.promises.take(peer, envelope)
        for frame, data in inputs.items():
            self.seen.setdefault((peer, frame), data)
            if frame == self.known[peer]:
                self.known[peer] += 1
        self.promises.open(peer, self.known[peer])
        return honest


def match(players=2, first=1):
    firsts = dict.fromkeys(range(players), first) if isinstance(first, int) else dict(enumerate(first))
    return [Peer(p, firsts) for p in range(players)]


def talk(*peers):
    """Everybody says what it has to say, and everybody hears it."""
    said = [(one, other, one.says(other.me)) for one in peers for other in peers if one is not other]
    return [other.hears(one.me, words) for one, other, words in said]


def settle(*peers, frames):
    """They talk until everybody believes everybody up to here."""
    for _ in range(20):
        assert all(talk(*peers))
        if all(peer.promises.trusted == frames for peer in peers):
            return
    raise AssertionError(f"believed up to {[peer.promises.trusted for peer in peers]} of {frames}")


def alone(first=1):
    """A peer that has played some frames, and the other one, whose part the test plays by hand."""
    peer = Peer(0, {0: first, 1: first})
    peer.plays(10)
    return peer


def envelope(ack=0, opened=0, first=1, commitments=(), first_nonce=1, nonces=(), inner=b""):
    numbers = {name: frame & 0xFFFF for name, frame in
               (("ack", ack), ("opened", opened), ("first_commitment", first), ("first_nonce", first_nonce))}
    return Envelope(**numbers, commitments=tuple(commitments), nonces=tuple(nonces), inner=inner)


def honest_words(frames, first=1, peer=1, inputs=press):
    """(commitments, nonces) of an honest peer for some frames."""
    nonces = [nonce_of(bytes((peer,)) * 16, frame) for frame in range(first, first + frames)]
    return [commitment(MATCH, peer, frame, nonce, inputs(peer, frame)) for frame, nonce in enumerate(nonces, first)], nonces


# ------------------------------------------------------------------ honest peers

@pytest.mark.parametrize("players", [2, 3, 16])
def test_honest_peers_promise_show_and_believe_every_frame(players):
    peers = match(players)
    for _ in range(30):
        for peer in peers:
            peer.plays()
        assert all(talk(*peers))
    settle(*peers, frames=31)
    assert all(peer.promises.reveal == 31 and peer.promises.false is None for peer in peers)


def test_an_input_takes_two_trips_a_promise_and_itself():
    peers = match()
    for peer in peers:
        peer.plays(5)
    assert [peer.says(1 - peer.me)[1] for peer in peers] == [{}, {}], "nothing is shown before the other one has promised"
    talk(*peers)
    assert [peer.promises.trusted for peer in peers] == [1, 1]
    talk(*peers)
    assert [peer.promises.trusted for peer in peers] == [6, 6]


def test_frames_before_the_first_input_need_no_promise():
    slow, fast = match(first=(16, 1))
    fast.plays(12)
    assert max(fast.says(0)[1]) == 12, "whoever has said nothing yet cannot choose: its inputs up to 16 are zeros"
    talk(slow, fast)
    assert slow.promises.opened_by(1) == 13


@given(st.data())
def test_over_a_link_that_loses_doubles_and_jumbles_nothing_is_shown_too_early_and_all_is_opened(draw):
    firsts = draw.draw(st.lists(st.integers(1, 16), min_size=2, max_size=4))
    start = draw.draw(st.sampled_from([0, 65_500, (1 << 32) - 30]))
    peers = match(len(firsts), [start + first for first in firsts])
    under_way = []
    for _ in range(draw.draw(st.integers(1, 60))):
        peer = draw.draw(st.sampled_from(peers))
        if draw.draw(st.booleans()) and peer.known[peer.me] < min(other.promises.trusted for other in peers) + 40:
            peer.plays(draw.draw(st.integers(1, 8)))
        other = draw.draw(st.sampled_from([other for other in peers if other is not peer]))
        words = peer.says(other.me)
        for frame in words[1]:
            assert all(third.known[third.me] > frame for third in peers), "shown before somebody had an input of its own"
        under_way.append((peer, other, words))
        if draw.draw(st.booleans()):
            one, other, words = under_way[draw.draw(st.integers(0, len(under_way) - 1))]
            assert other.hears(one.me, words)
    last = max(peer.known[peer.me] for peer in peers)
    for peer in peers:
        peer.plays(last - peer.known[peer.me])
    settle(*peers, frames=last)
    for old in under_way:
        assert old[1].hears(old[0].me, old[2]), "an old envelope takes nothing back"
    assert all(peer.promises.trusted == last and peer.promises.false is None for peer in peers)


def test_frame_numbers_pass_sixteen_bits():
    peers = match(first=65_500)
    for _ in range(100):
        for peer in peers:
            peer.plays()
        assert all(talk(*peers))
    settle(*peers, frames=65_600)


def test_a_backlog_that_fills_every_datagram_drains_over_wide_inputs():
    peers = match()
    for peer in peers:
        peer.plays(112)
        peer.inner = bytes(reveal.INNER_BYTES)
    rounds = 0
    while min(peer.promises.trusted for peer in peers) < 113:
        assert all(talk(*peers)) and rounds < 25
        assert all(len(reveal.pack(peer.says(1 - peer.me)[0])) <= 1200 for peer in peers)
        rounds += 1


def test_what_is_done_with_is_kept_no_longer():
    peers = match(3)
    for _ in range(1000):
        for peer in peers:
            peer.plays()
        talk(*peers)
        for peer in peers:
            remotes = peer.promises._remotes.values()
            assert len(peer.promises._own) < 8 and all(len(r.commitments) < 8 and len(r.nonces) < 8 for r in remotes)


# ------------------------------------------------------------------ peers that are not

def test_who_promises_nothing_is_shown_nothing_whatever_else_it_says():
    peer = alone()
    promises, nonces = honest_words(10)
    inputs = {frame: press(1, frame) for frame in range(1, 11)}
    peer.hears(1, (envelope(ack=11, nonces=nonces), inputs))
    assert peer.says(1)[1] == {} and peer.promises.trusted == 1
    assert peer.says(1)[0].nonces == ()
    peer.hears(1, (envelope(commitments=promises[:4]), inputs))
    assert sorted(peer.says(1)[1]) == [1, 2, 3, 4] and peer.promises.trusted == 1
    peer.hears(1, (envelope(nonces=nonces), inputs))
    assert peer.promises.trusted == 5, "and believed only as far as it had promised"


def test_one_of_three_that_promises_nothing_stops_the_showing_to_all():
    one, other, silent = match(3)
    for peer in (one, other, silent):
        peer.plays(5)
    for _ in range(5):
        talk(one, other)
    assert one.says(other.me)[1] == one.says(silent.me)[1] == {}
    one.hears(silent.me, silent.says(one.me))
    assert set(one.says(other.me)[1]) == set(range(1, 6)) and other.says(one.me)[1] == {}


def test_promises_count_in_order_only():
    peer = alone()
    promises, _ = honest_words(10)
    peer.hears(1, (envelope(first=3, commitments=promises[2:]), {}))
    assert peer.promises.reveal == 1
    peer.hears(1, (envelope(first=1, commitments=promises[:2]), {}))
    assert peer.promises.reveal == 3


def test_the_promise_that_was_heard_first_counts_and_a_change_is_noticed():
    peer = alone()
    promises, nonces = honest_words(3)
    assert peer.hears(1, (envelope(commitments=promises), {}))
    assert not peer.hears(1, (envelope(commitments=[bytes(16)] * 3), {}))
    assert peer.hears(1, (envelope(nonces=nonces), {frame: press(1, frame) for frame in (1, 2, 3)}))
    assert peer.promises.trusted == 4 and peer.promises.false is None


@pytest.mark.parametrize("frame", [1, 2, 3])
def test_another_input_than_promised_is_found_at_its_frame(frame):
    peer = alone()
    promises, nonces = honest_words(3)
    shown = {f: press(1, f) if f != frame else b"\1\7" for f in (1, 2, 3)}
    peer.hears(1, (envelope(commitments=promises), {}))
    peer.hears(1, (envelope(nonces=nonces), shown))
    assert peer.promises.false == (1, frame) and peer.promises.trusted == frame
    peer.hears(1, (envelope(nonces=nonces), shown))
    assert peer.promises.trusted == frame, "nothing is believed after it"


@pytest.mark.parametrize("nonce", [bytes(16), nonce_of(b"\1" * 16, 2), nonce_of(b"\0" * 16, 1)])
def test_another_nonce_than_promised_opens_nothing(nonce):
    peer = alone()
    promises, _ = honest_words(1)
    peer.hears(1, (envelope(commitments=promises), {}))
    peer.hears(1, (envelope(nonces=[nonce]), {1: press(1, 1)}))
    assert peer.promises.false == (1, 1) and peer.promises.trusted == 1


def test_whoever_repeats_the_promises_of_another_cannot_open_them_with_its_inputs():
    peers = match(3)
    one, other, parrot = peers
    one.plays(3)
    other.plays(3)
    said = one.says(parrot.me)[0]
    other.hears(parrot.me, (said, {}))
    other.hears(one.me, one.says(other.me))
    one.hears(other.me, other.says(one.me))
    one.hears(parrot.me, (said, {}))
    shown, inputs = one.says(parrot.me)
    assert shown.nonces and inputs, "the promises of one were repeated word by word, and so it shows what it plays"
    other.hears(parrot.me, (replace(shown, commitments=()), inputs))
    assert other.promises.false == (parrot.me, 1)


@pytest.mark.parametrize("changed", [{"match": bytes(16)}, {"frame": 2}, {"peer": 2}])
def test_a_promise_made_for_another_match_frame_or_peer_is_none_for_this_one(changed):
    peer = alone()
    nonce = nonce_of(b"\1" * 16, 1)
    stale = commitment(**{"match": MATCH, "peer": 1, "frame": 1, "nonce": nonce, "inputs": press(1, 1)} | changed)
    peer.hears(1, (envelope(commitments=[stale], nonces=[nonce]), {1: press(1, 1)}))
    assert peer.promises.false == (1, 1)


@pytest.mark.parametrize("lie", [{"ack": 12}, {"opened": 12}, {"ack": 0x7FFF}, {"opened": 0x7FFF}, {"ack": 0x8001}])
def test_an_acknowledgement_of_what_was_never_said_is_not_believed(lie):
    one, other = match()
    one.plays(10)
    one.hears(1, (envelope(**lie), {}))
    other.plays(10)
    settle(one, other, frames=11)


def test_who_promises_ahead_without_end_is_listened_to_for_half_a_ring():
    peer = alone()
    promises, _ = honest_words(1000)
    for at in range(0, 1000, 50):
        peer.hears(1, (envelope(first=1 + at, commitments=promises[at:at + 50]), {}))
    assert peer.promises.reveal == 1 + RING // 2 and len(peer.promises._remotes[1].commitments) == RING // 2


words = st.integers(0, 0xFFFF) | st.integers(0, 40) | st.integers(0xFFF0, 0xFFFF)
lies = st.builds(envelope, ack=words, opened=words, first=words, first_nonce=words,
                 commitments=st.lists(st.sampled_from([bytes(16), *honest_words(20)[0]]), max_size=40),
                 nonces=st.lists(st.sampled_from([bytes(16), *honest_words(20)[1]]), max_size=40))


@given(st.lists(lies, max_size=20), st.integers(0, 40))
def test_no_lies_raise_or_make_anyone_show_what_is_not_promised_or_believe_what_is_not_shown(told, shown):
    peer = alone()
    limits = peer.promises.reveal, peer.promises.trusted
    for lie in told:
        peer.hears(1, (lie, {frame: press(1, frame) for frame in range(1, shown + 1)}))
        assert peer.promises.reveal >= limits[0] and limits[1] <= peer.promises.trusted <= min(peer.promises.reveal, shown + 1)
        limits = peer.promises.reveal, peer.promises.trusted
        data = reveal.pack(peer.says(1)[0])
        assert len(data) <= 1200 and reveal.parse(data) is not None
    remote = peer.promises._remotes[1]
    assert max(len(remote.commitments), len(remote.nonces)) <= RING // 2
    believed = range(1, peer.promises.trusted)
    given_out = {piece for lie in told for piece in lie.nonces}
    assert all(nonce_of(b"\1" * 16, frame) in given_out for frame in believed)
