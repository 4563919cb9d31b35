"""Lockstep with commit and reveal: nobody sees an input before it has bound itself to its own, and no promise is broken."""

from __future__ import annotations

import hashlib
import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep import i64, u8
from rollstep.replay import verify
from rollstep.testing import Impairment, Network, VirtualClock
from rollstep.wire import reveal
from rollstep.wire.input_packet import MAX_DATAGRAM
from tests.games.box import game as box
from tests.rollback.test_several_players import crowd

from .scenario import BENIGN, Ledger, events, play
from .test_raising_games import game as cells
from .test_raising_games import play_until_it_raises


@rs.struct
class Keys:
    keys: rs.Array[u8] = rs.array(64)


@rs.struct
class Sum:
    total: i64


def start(world, tick):
    world.total = tick.seed


def add(world, inputs, tick):
    for i in range(tick.players):
        for key in inputs[i].keys:
            world.total = world.total * 31 + key


#: The largest inputs that there are, of many players.
broad = rs.Game("broad", state=Sum, input=Keys, players=(2, 16), init=start, step=add)

#: In the open, as most of what follows reads, changes or forges what travels.
OPTIONS = {"window": 0, "commit": True, "sealed": False}
SEALED = {**OPTIONS, "sealed": True}
ROUGH = "rtt=60ms,jitter=20ms,loss=20%,duplicate=5%"


@pytest.mark.parametrize(("players", "groups"), [(2, None), (4, None), (4, [(0, 2), (1, 3)]), (3, [(0, 1), (2,)])])
@pytest.mark.parametrize("spec", ["", ROUGH])
def test_a_match_with_commitments_is_played_and_verified(players, groups, spec, tmp_path):
    paths = [tmp_path / f"{i}.rsr" for i in range(len(groups or range(players)))]
    _, peers = play(box, spec, players=players, groups=groups, frames=200, delay=6, record=paths, **SEALED)
    for peer in peers:
        assert set(peer.stats.dropped) <= BENIGN and peer.stats.rollbacks == 0
        peer.close()
    report = verify(box, [(path.name, rs.read_replay(path)) for path in paths])
    assert report.verified, report.message


def test_delays_change_in_play_with_commitments_as_well():
    net, peers = play(box, ROUGH, players=2, frames=100, delay=5, **OPTIONS)
    peers[0].set_delay(12)
    peers[1].set_delay(2)
    net.play(peers, frames=300)
    assert [peer.delays for peer in peers] == [(12, 2)] * 2
    assert peers[0].checksum(300) == peers[1].checksum(300)


class Presses:
    """Presses one key from a frame on, and nothing before."""

    def __init__(self, key, since=0):
        self._key, self._since = key, since

    def input(self, frame):
        return bytes([self._key if frame >= self._since else 0])


class Wire(Ledger):
    """A transport around another that shows its owner's envelopes, and lets them be changed: `alter(envelope)` or None."""

    def __init__(self, inner, alter=lambda envelope: envelope):
        super().__init__(inner)
        self.alter, self.seen = alter, []

    def send(self, data, address):
        envelope = reveal.parse(data)
        if envelope is None:
            super().send(data, address)
        elif (changed := self.alter(envelope)) is not None:
            super().send(reveal.pack(changed), address)

    def receive(self):
        arrived = super().receive()
        self.seen += [envelope for data, _ in arrived if (envelope := reveal.parse(data)) is not None]
        return arrived


def with_wire(alter, players=2, spec="rtt=30ms", **options):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    wires = [Wire(net.endpoint(p)) for p in range(players)]
    peers = net.join(box, players=players, transport=wires, **{"delay": 4, **OPTIONS, **options})
    net.run(peers, until=lambda: all(peer.confirmed >= 60 for peer in peers))
    wires[1].alter = alter
    return net, peers, wires


def inner_start_and_count(inner):
    return int.from_bytes(inner[5:7], "little"), inner[7]


def test_whoever_keeps_its_commitment_back_is_shown_no_input_for_that_frame():
    net, peers, wires = with_wire(lambda envelope: replace(envelope, commitments=()))
    wires[1].seen.clear()
    promised = peers[0]._promises._commitments._remotes[1].promised
    frame = peers[0].frame
    net.run(peers, until=lambda: False, limit_ms=2000)
    shown = max(start + count for start, count in map(inner_start_and_count, (e.inner for e in wires[1].seen)))
    assert promised <= shown <= promised + 4, "promises that were on their way"
    assert shown == peers[0]._promises._commitments._remotes[1].promised, "an input was shown to one who had promised nothing"
    assert peers[0].phase == "stalled" and peers[0].frame <= frame + 8
    wires[1].alter = lambda envelope: envelope
    net.play(peers, frames=200)
    assert peers[0].checksum(200) == peers[1].checksum(200)


@pytest.mark.parametrize("players", [2, 3])
def test_who_shows_something_else_than_it_promised_is_found_and_the_match_stops_before_it(players):
    def other_input(envelope):
        inner = bytearray(envelope.inner)
        if len(inner) > 11 and inner[0] == 1:
            inner[-1] ^= 1                                     # the last literal of the tokens: an input byte
        return replace(envelope, inner=bytes(inner))

    net, peers, _ = with_wire(other_input, players=players)
    honest = [peer for peer in peers if peer.player != 1]
    net.run(peers, until=lambda: any(events(net, peer.player, rs.FalseReveal) for peer in honest), limit_ms=5000)
    finder = next(peer for peer in honest if peer.phase == "frozen")
    (found,) = events(net, finder.player, rs.FalseReveal)
    assert found.players == (1,) and finder.confirmed <= found.frame and finder.frame <= found.frame + 1
    assert finder.due() == 0 and finder.advance(b"\0") is False
    finder.close()
    rest = [peer for peer in peers if peer is not finder]
    net.run(rest, until=lambda: all(events(net, peer.player, rs.Disconnected) for peer in rest), limit_ms=20_000)
    reasons = {event.reason for event in events(net, rest[0].player, rs.Disconnected) if event.player == finder.player}
    assert reasons == {"stopped at an input that was not what was promised"}


def test_who_takes_a_promise_back_is_not_listened_to():
    changes = []

    def other_promise(envelope):
        if not envelope.commitments:
            return envelope
        changes.append(1)
        return replace(envelope, commitments=tuple(c if len(changes) % 2 else bytes(16) for c in envelope.commitments))

    net, peers, _ = with_wire(other_promise)
    assert net.run(peers, until=lambda: bool(events(net, 0, rs.FalseReveal)), limit_ms=5000), "what was heard first counts"
    assert peers[0].stats.dropped["commitment"] > 0


def test_who_never_shows_its_input_is_waited_for_and_named():
    net, peers, _ = with_wire(lambda envelope: replace(envelope, nonces=()))
    net.run(peers, until=lambda: bool(events(net, 0, rs.Stalled)), limit_ms=2000)
    (stalled,) = events(net, 0, rs.Stalled)[-1:]
    assert stalled.waiting_for == (1,)


@pytest.mark.parametrize(("options", "words"), [({"window": 8}, "window=0"), ({"delay": 0}, "a round trip")])
def test_what_cannot_be_with_commitments_is_refused_with_what_to_give(options, words):
    net = Network(seed=1)
    with pytest.raises(rs.UsageError, match=words):
        net.join(box, players=2, **{"delay": 4, **OPTIONS, **options})


def test_peers_that_disagree_about_commitments_refuse_each_other():
    net = Network(seed=1)
    peers = net.join(box, players=2, window=0, delay=4, commit=[True, False])
    with pytest.raises(rs.IncompatiblePeer, match="commit and reveal"):
        net.run(peers, until=lambda: False, limit_ms=5000)


def test_round_trips_are_measured_from_when_an_input_may_be_shown_whatever_the_delays():
    _, peers = play(box, "rtt=60ms", players=2, frames=200, delay=[12, 4], **OPTIONS)
    plain = play(box, "rtt=60ms", players=2, frames=200, delay=[12, 4], window=0)[1]
    for peer, other in zip(peers, plain, strict=True):
        assert abs(max(peer.stats.rtt_ms) - max(other.stats.rtt_ms)) <= 17, "a frame at most"


# ------------------------------------------------------------------ the order of things, in all that a peer says


class Witness(Ledger):
    """A transport that holds its owner to the rules, in each envelope that it sends (with frames below 65,536).

    firsts: for each peer the first frame that needs a promise.
    """

    def __init__(self, inner, firsts):
        super().__init__(inner)
        self.heard = dict(firsts)                       # promises of each peer that came in, and our own that went out
        self.said = {}
        self.shown = 0

    def send(self, data, address):
        envelope = reveal.parse(data)
        if envelope is not None:
            assert len(data) <= MAX_DATAGRAM
            start, count = inner_start_and_count(envelope.inner)
            end = max(start + count, envelope.first_nonce + len(envelope.nonces) if envelope.nonces else 0)
            assert all(end <= heard for peer, heard in self.heard.items() if peer != self.address), "shown too early"
            self.shown = max(self.shown, end)
            for frame, promise in enumerate(envelope.commitments, envelope.first_commitment):
                assert self.said.setdefault(frame, promise) == promise, "another promise than to somebody else"
        super().send(data, address)

    def receive(self):
        arrived = super().receive()
        for data, address in arrived:
            envelope = reveal.parse(data)
            if envelope is not None and envelope.first_commitment <= self.heard[address]:
                self.heard[address] = max(self.heard[address], envelope.first_commitment + len(envelope.commitments))
        return arrived


def witnessed(game, players, groups, delay, spec, paths, seed=1):
    groups = groups or [(p,) for p in range(players)]
    net = Network(seed=seed, impairment=Impairment.parse(spec))
    firsts = {group[0]: delay for group in groups}
    wires = [Witness(net.endpoint(group[0]), firsts) for group in groups]
    return net, net.join(game, players=players, groups=groups, delay=delay, transport=wires, record=paths, **OPTIONS), wires


MANY = [(0, 1, 2, 3, 4, 5), (6, 7), (8,), (9,), (10, 11, 12), (13, 14, 15)]


@pytest.mark.parametrize(("game", "players", "groups", "frames"), [
    (box, 2, None, 200), (box, 4, [(0, 3), (1,), (2,)], 120), (broad, 4, [(0, 2), (1,), (3,)], 120),
    (crowd, 16, MANY, 60), pytest.param(box, 8, None, 200, marks=pytest.mark.heavy),
    pytest.param(crowd, 16, None, 40, marks=pytest.mark.heavy)])
def test_however_rough_the_link_nothing_is_shown_before_all_have_promised(game, players, groups, frames, tmp_path):
    paths = [tmp_path / f"{i}.rsr" for i in range(len(groups or range(players)))]
    net, peers, wires = witnessed(game, players, groups, 4, ROUGH, paths)
    chance = random.Random(players)
    for goal in range(frames // 2, frames + 1, frames // 2):
        net.play(peers, frames=goal, limit_ms=60_000)
        for peer in peers:
            for p in peer.local_players:
                peer.set_delay(chance.randint(4, 16), player=p)
    assert len({peer.checksum(frames) for peer in peers}) == 1
    net.run(peers, until=lambda: all(peer.delays == peers[0].delays for peer in peers), limit_ms=5000)
    assert len({peer.delays for peer in peers}) == 1
    for peer, wire in zip(peers, wires, strict=True):
        assert wire.shown >= frames and set(peer.stats.dropped) <= BENIGN
        peer.close()
        stats = peer.stats
        assert (stats.packets_sent, stats.bytes_sent, stats.packets_received) == (wire.sent, wire.bytes, wire.received)
        assert stats.rollbacks == stats.predictions == stats.mispredictions == 0
    report = verify(game, [(path.name, rs.read_replay(path)) for path in paths])
    assert report.verified, report.message


def test_inputs_as_large_as_can_be_are_played_over_a_rough_link():
    _, peers = play(broad, ROUGH, players=9, groups=[tuple(range(8)), (8,)], frames=60, delay=8, **OPTIONS)
    assert all(set(peer.stats.dropped) <= BENIGN for peer in peers)
    with pytest.raises(rs.UsageError, match="576 bytes; the limit is 512"):
        play(broad, "", players=10, groups=[tuple(range(9)), (9,)], delay=8, **OPTIONS)


def test_nothing_that_is_sent_tells_of_an_input_that_is_only_promised():
    def all_that_is_told(key):
        net, peers, wires = with_wire(lambda envelope: envelope, entropy=None)     # else both runs have the same nonces
        wires[1].seen.clear()
        since = peers[0].frame + 1
        bots = [Presses(key, since)]                        # 1 says nothing any more
        net.run(peers[:1], until=lambda: peers[0].phase == "stalled", bots=bots, limit_ms=1000)
        net.run(peers[:1], until=lambda: False, bots=bots, limit_ms=500)
        wires[1].receive()
        core = peers[0]._core
        assert peers[0]._promises._commitments.reveal <= since + 4 and core.got(0) >= since + 6
        assert {core.row(frame)[0] for frame in range(since + 4, core.got(0))} == {key}, "promised, and not shown"
        return [replace(envelope, commitments=(b"?",) * len(envelope.commitments), nonces=(b"?",) * len(envelope.nonces))
                for envelope in wires[1].seen], {promise for envelope in wires[1].seen for promise in envelope.commitments}
    (told, promises), (told_otherwise, other_promises) = map(all_that_is_told, (1, 200))
    assert told == told_otherwise and len(promises) == len(other_promises) >= 2
    assert not promises & other_promises


# ------------------------------------------------------------------ dishonest peers


def test_whoever_promises_as_late_as_it_can_still_promises_before_it_sees():
    net, peers, wires = with_wire(lambda envelope: envelope)
    history, promised, seen = [], 0, 0

    def late(envelope):
        """Each promise 80 ms after it could have been made."""
        nonlocal promised
        history.append((net.now_us, envelope.first_commitment + len(envelope.commitments)))
        end = max((end for at, end in history if at <= net.now_us - 80_000), default=0)
        kept = envelope.commitments[:max(0, end - envelope.first_commitment)]
        promised = max(promised, envelope.first_commitment + len(kept))
        return replace(envelope, commitments=kept)

    def watch(peer):
        nonlocal seen
        seen = max([seen, *(sum(inner_start_and_count(envelope.inner)) for envelope in wires[1].seen)])
        wires[1].seen.clear()
        assert seen <= promised or peer.confirmed < 100
    wires[1].alter = late
    assert net.run(peers, until=lambda: all(peer.confirmed >= 300 for peer in peers), each=watch, limit_ms=60_000)
    assert promised >= seen > 290 and peers[0].stats.stalls > 50
    assert peers[0].checksum(300) == peers[1].checksum(300)


def test_a_promise_to_one_of_two_shows_nothing_of_the_other():
    net = Network(seed=1, impairment=Impairment.parse("rtt=30ms"))
    wires = [Wire(net.endpoint(p)) for p in range(3)]
    peers = net.join(box, players=3, transport=wires, delay=4, **OPTIONS)
    net.play(peers, frames=60)
    send = wires[2].send

    def sends(data, address):
        envelope = reveal.parse(data)
        if envelope is not None and address == 1:
            data = reveal.pack(replace(envelope, commitments=()))
        send(data, address)
    wires[2].send = sends
    net.run(peers, until=lambda: all(peer.phase == "stalled" for peer in peers), limit_ms=2000)
    net.run(peers, until=lambda: False, limit_ms=1000)
    promised = {p: peers[p]._promises._commitments._remotes[2].promised for p in (0, 1)}
    assert promised[0] > promised[1]
    assert max(peers[p]._core.got(1) for p in (0, 2)) == promised[1], "1 was promised nothing more, and shows nothing more"
    assert max(events(net, 0, rs.Stalled)[-1].waiting_for) == 1
    wires[2].send = send
    net.play(peers, frames=200)
    assert len({peer.checksum(200) for peer in peers}) == 1


class Face(Ledger):
    """The transport of one of two sessions that are the same peer to others: both hear all, each speaks to one."""

    def __init__(self, endpoint, speaks_to):
        super().__init__(endpoint)
        self._speaks_to = speaks_to
        self.other, self._heard = self, []

    def send(self, data, address):
        if address == self._speaks_to:
            super().send(data, address)

    def receive(self):
        arrived = super().receive()
        self.other._heard += arrived
        arrived, self._heard = self._heard + arrived * (self.other is not self), []
        return arrived


def repeated(name):
    """Entropy that is the same each time: both faces are one instance, with the same nonces."""
    drawn = itertools.count()
    return lambda count: hashlib.shake_256(f"{name} {next(drawn)}".encode()).digest(count)


def test_who_plays_one_thing_to_one_and_another_to_the_other_stops_the_match():
    """To each of the two its promises and inputs belong together; the checksums tell them that they play different matches."""
    net = Network(seed=1, impairment=Impairment.parse("rtt=30ms"))
    faces = [Face(net.endpoint(2), other) for other in (0, 1)]
    faces[0].other, faces[1].other = faces[1], faces[0]
    entropies = [net.entropy(0), net.entropy(1), repeated(2)]
    one, other, left = net.join(box, players=3, delay=4, transport=[net.endpoint(0), net.endpoint(1), faces[0]],
                                entropy=entropies, **OPTIONS)
    right = net.join(box, players=3, delay=4, transport=faces[1], entropy=[None, None, repeated(2)], **OPTIONS)[2]
    everyone, honest = [one, other, left, right], [one, other]
    bots = [Presses(1), Presses(2), Presses(4, since=60), Presses(8, since=60)]
    net.run(everyone, until=lambda: all(peer.phase == "playing" for peer in everyone), bots=bots, limit_ms=5000)
    assert net.run(everyone, until=lambda: all(events(net, peer.player, rs.DesyncDetected) for peer in honest), bots=bots,
                   limit_ms=5000), [(peer.phase, peer.confirmed) for peer in everyone]
    for peer in honest:
        (found,) = events(net, peer.player, rs.DesyncDetected)
        assert 64 < found.frame <= 72 and peer.phase == "frozen" and peer.frame < 80


@pytest.mark.parametrize("nonces", [lambda own: tuple(bytes(16) for _ in own), lambda own: own[::-1], lambda own: own[1:]])
def test_nonces_that_open_no_promise_stop_the_match(nonces):
    net, peers, _ = with_wire(lambda envelope: replace(envelope, nonces=nonces(envelope.nonces)), spec="rtt=100ms")
    assert net.run(peers, until=lambda: bool(events(net, 0, rs.FalseReveal)), limit_ms=5000)
    (found,) = events(net, 0, rs.FalseReveal)
    assert found.players == (1,) and peers[0].confirmed <= found.frame and peers[0].phase == "frozen"


def test_whoever_waits_and_repeats_the_promises_of_another_is_found():
    net, peers, wires = with_wire(lambda envelope: envelope, players=3)
    heard = {}

    def parrots(envelope):
        for seen in wires[1].seen:
            heard.update(enumerate(seen.commitments, seen.first_commitment))
        frames = range(envelope.first_commitment, envelope.first_commitment + len(envelope.commitments))
        return replace(envelope, commitments=tuple(heard[frame] for frame in frames if frame in heard))
    wires[1].seen.clear()
    wires[1].alter = parrots
    assert net.run(peers, until=lambda: bool(events(net, 0, rs.FalseReveal) or events(net, 2, rs.FalseReveal)), limit_ms=5000)
    assert {event.players for p in (0, 2) for event in events(net, p, rs.FalseReveal)} == {(1,)}


def test_inputs_without_an_envelope_are_not_listened_to():
    net, peers, wires = with_wire(lambda envelope: None)
    before = peers[0].frame
    forged, seen = net.endpoint(1), []
    wires[1].alter = lambda envelope: seen.append(envelope.inner)
    for _ in range(30):
        net.run(peers, until=lambda: False, limit_ms=30)
        for inner in seen:
            forged.send(inner, 0)
        seen.clear()
    assert peers[0].stats.dropped["kind"] > 20 and peers[0].frame < before + 10 and peers[0].phase == "stalled"


def test_envelopes_in_a_match_without_promises_are_not_listened_to():
    net = Network(seed=1, impairment=Impairment.parse("rtt=30ms"))
    peers = net.join(box, players=2, window=0, delay=4, sealed=False)
    net.play(peers, frames=60)
    for _ in range(5):
        net.endpoint(1).send(reveal.pack(reveal.Envelope(0, 0, 60, (bytes(16),), 60, (bytes(16),), b"\1" + bytes(9))), 0)
    net.play(peers, frames=120)
    assert peers[0].stats.dropped["kind"] == 5 and peers[0].checksum(120) == peers[1].checksum(120)


# ------------------------------------------------------------------ what else the network may bring


class Memory(Witness):
    """Remembers what its owner has sent."""

    def __init__(self, inner, firsts):
        super().__init__(inner, firsts)
        self.kept = []

    def send(self, data, address):
        if data[0] == reveal.ENVELOPE:
            self.kept.append(data)
        super().send(data, address)


def remembered(frames=40, spec="rtt=30ms,jitter=10ms"):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    wires = [Memory(net.endpoint(p), {0: 4, 1: 4}) for p in range(2)]
    peers = net.join(box, players=2, transport=wires, delay=4, **OPTIONS)
    net.play(peers, frames=frames)
    return net, peers, wires


chances = st.floats(0, 1, exclude_max=True)
replays = st.tuples(st.just("again"), chances, st.just(0))
cuts = st.tuples(st.just("cut"), chances, chances)
far = st.integers(1000, 64_000)
noise = st.builds(reveal.Envelope, ack=far, opened=far, first_commitment=far, first_nonce=far,
                  commitments=st.lists(st.binary(min_size=16, max_size=16), max_size=30).map(tuple),
                  nonces=st.lists(st.binary(min_size=16, max_size=16), max_size=30).map(tuple), inner=st.binary(max_size=9))
forgeries = noise.map(reveal.pack) | st.binary(max_size=10).map(lambda tail: b"\x20" + tail) | st.just(b"\x20" * 1300)


@settings(max_examples=12)
@given(st.lists(replays | cuts | forgeries, min_size=1, max_size=60))
def test_honest_play_goes_on_whatever_is_replayed_late_cut_or_forged_without_the_knowledge_of_a_promise(attacks):
    net, peers, wires = remembered()
    for attack in attacks:
        net.run(peers, until=lambda: False, limit_ms=11)
        data = attack
        if isinstance(attack, tuple):
            kind, which, where = attack
            data = wires[1].kept[int(which * len(wires[1].kept))]
            inner = len(data) - len(reveal.parse(data).inner)
            if kind == "cut":
                data = data[:int(where * (inner + 10))]     # within the pieces, or the head of what is inside
        net.endpoint(1).send(data, 0)
    goal = peers[0].confirmed + 30
    net.play(peers, frames=goal, limit_ms=5000)
    assert peers[0].checksum(goal) == peers[1].checksum(goal) and peers[0].stats.stalls < 20


close = st.integers(20, 90)
blanks = st.lists(st.just(bytes(16)), max_size=36).map(tuple)
plausible = st.builds(reveal.Envelope, ack=close, opened=close, first_commitment=close, first_nonce=close, commitments=blanks,
                      nonces=blanks, inner=st.binary(max_size=30)).map(reveal.pack)


@settings(max_examples=12)
@given(st.lists(plausible | st.binary(max_size=200).map(lambda tail: b"\x20" + tail), max_size=60))
def test_forgeries_that_could_be_from_a_peer_raise_nothing_and_show_nothing_too_early(forged):
    net, peers, _ = remembered()
    for data in forged:
        net.run(peers, until=lambda: False, limit_ms=7)
        net.endpoint(1).send(data, 0)
    net.run(peers, until=lambda: False, limit_ms=300)       # the witness looks at all that is shown, by its own count
    for peer in peers:
        assert peer.phase in ("playing", "stalled", "frozen", "over") and peer.confirmed <= peer._promises._commitments.trusted
        peer.close()


def test_more_envelopes_at_once_than_wait_for_a_call_are_all_taken_in():
    net, peers, wires = remembered()
    net.endpoint(0).receive()
    for data in (wires[1].kept * 3)[:200]:
        net.link(1, 0).send(data, net.now_us)
    before = peers[0].stats
    net.run(peers, until=lambda: peers[0].stats.packets_received >= before.packets_received + 200, limit_ms=200)
    assert not peers[0].stats.dropped.keys() - before.dropped.keys()
    net.play(peers, frames=100)
    assert peers[0].checksum(100) == peers[1].checksum(100)


def test_a_peer_that_was_away_is_caught_up_with():
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms,loss=5%"))
    endpoints = [net.endpoint(p) for p in range(3)]
    peers = net.join(box, players=3, transport=endpoints, delay=16, **OPTIONS)
    net.play(peers, frames=60)
    net.cut(1)
    net.run(peers, until=lambda: False, limit_ms=3000)
    assert all(peer.phase == "stalled" for peer in peers)
    net.heal()
    net.play(peers, frames=200, limit_ms=10_000)
    assert len({peer.checksum(200) for peer in peers}) == 1


def test_a_step_that_raises_is_raised_by_all_at_the_same_frame():
    net = Network(seed=1, impairment=Impairment.parse(ROUGH))
    peers = net.join(cells, players=3, delay=5, **OPTIONS)
    raised = play_until_it_raises(net, peers, bad_player=1, bad_from=100)
    assert len(raised) == 3 and len({str(error) for error in raised.values()}) == 1
    assert {peer.confirmed for peer in peers} == {105}


def test_whoever_leaves_leaves_the_others_with_the_same_frames_and_a_replay(tmp_path):
    paths = [tmp_path / f"{p}.rsr" for p in range(3)]
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms,jitter=20ms,loss=20%"))
    peers = net.join(box, players=3, delay=6, record=paths, **OPTIONS)
    net.play(peers, frames=100)
    peers[2].close()
    rest = peers[:2]
    net.run(rest, until=lambda: all(events(net, peer.player, rs.Disconnected) for peer in rest), limit_ms=20_000)
    net.run(rest, until=lambda: False, limit_ms=1000)
    assert all(peer.phase == "over" and peer.confirmed >= 100 for peer in rest)
    for peer in rest:
        peer.close()
    report = verify(box, [(path.name, rs.read_replay(path)) for path in paths])
    assert report.verified, report.message


def test_envelopes_of_the_last_match_promise_nothing_in_the_next_one():
    net = Network(seed=1, impairment=Impairment.parse("rtt=200ms,jitter=100ms,duplicate=30%"))
    peers = net.join(box, players=2, delay=12, **OPTIONS)
    net.play(peers, frames=100)
    for peer in peers:
        peer.close()
    nonces = [bytes([7, p]) * 8 for p in range(2)]
    again = net.join(box, players=2, delay=12, nonce=nonces, **OPTIONS)
    net.play(again, frames=100, limit_ms=20_000)
    assert again[0].checksum(100) == again[1].checksum(100) != peers[0].checksum(100)


def test_promises_are_bound_to_a_number_that_the_peers_of_one_match_share_and_no_other_match_has():
    numbers = []
    for seed in (1, 2):
        net = Network(seed=seed)                            # the peers' nonces are drawn from it
        peers = net.join(box, players=3, delay=4, **OPTIONS)
        net.play(peers, frames=5)
        (number,) = {peer._promises._commitments._match for peer in peers}
        numbers.append(number)
    assert len(set(numbers)) == 2 and all(len(number) == 16 for number in numbers)


def test_a_host_and_a_joiner_play_with_promises():
    net = Network(seed=1, impairment=Impairment.parse(ROUGH))
    host = rs.host(box, transport=net.endpoint("10.0.0.1:7000"), clock=VirtualClock(net), delay=6, **OPTIONS)
    joiner = rs.join(box, host.join_line, transport=net.endpoint("10.0.0.2:7000"), clock=VirtualClock(net), delay=8, **OPTIONS)
    net.play([host, joiner], frames=100, limit_ms=20_000)
    assert host.checksum(100) == joiner.checksum(100) and set(host.stats.dropped) <= BENIGN


@pytest.mark.parametrize(("rtt", "plain", "promised"), [(30, 1, 2), (100, 3, 6)])
def test_promises_need_twice_the_delay_and_with_a_frame_to_spare_one_datagram_per_frame(rtt, plain, promised):
    def stalls_and_datagrams(delay, commit):
        net = Network(seed=1, impairment=Impairment.parse(f"rtt={rtt}ms"))
        peers = net.join(box, players=2, window=0, delay=delay, commit=commit, sealed=False)
        net.play(peers, frames=60)
        before = peers[0].stats
        net.play(peers, frames=260)
        after = peers[0].stats
        return after.stalls, (after.packets_sent - before.packets_sent) / (after.frames - before.frames)
    assert stalls_and_datagrams(plain, False)[0] == stalls_and_datagrams(promised, True)[0] == 0
    assert stalls_and_datagrams(promised - 1, True)[0] > 50
    assert stalls_and_datagrams(promised + 1, True) == (0, 1.0)


@pytest.mark.heavy
def test_a_match_with_promises_passes_the_sixteen_bits_of_its_frame_numbers():
    net = Network(seed=1)
    peers = net.join(box, players=2, delay=2, **OPTIONS)
    net.play(peers, frames=66_000, limit_ms=1_200_000)
    assert peers[0].checksum(66_000) == peers[1].checksum(66_000)
    assert all(set(peer.stats.dropped) <= BENIGN for peer in peers)
