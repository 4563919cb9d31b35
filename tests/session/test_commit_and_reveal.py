"""Lockstep with commit and reveal: nobody sees an input before it has bound itself to its own, and no promise is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

import rollstep as rs
from rollstep.replay import verify
from rollstep.testing import Impairment, Network
from rollstep.wire import reveal
from tests.games.box import game as box

from .scenario import events, play

OPTIONS = {"window": 0, "commit": True}
ROUGH = "rtt=60ms,jitter=20ms,loss=20%,duplicate=5%"


@pytest.mark.parametrize(("players", "groups"), [(2, None), (4, None), (4, [(0, 2), (1, 3)]), (3, [(0, 1), (2,)])])
@pytest.mark.parametrize("spec", ["", ROUGH])
def test_a_match_with_commitments_is_played_and_verified(players, groups, spec, tmp_path):
    paths = [tmp_path / f"{i}.rsr" for i in range(len(groups or range(players)))]
    _, peers = play(box, spec, players=players, groups=groups, frames=200, delay=6, record=paths, **OPTIONS)
    for peer in peers:
        assert set(peer.stats.dropped) <= {"early"} and peer.stats.rollbacks == 0
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


class Wire:
    """A transport around another that shows its owner's envelopes, and lets them be changed: `alter(envelope)` or None."""

    def __init__(self, inner, alter=lambda envelope: envelope):
        self._inner, self.address, self.alter = inner, inner.address, alter
        self.wait, self.close = inner.wait, inner.close
        self.seen = []

    def send(self, data, address):
        envelope = reveal.parse(data)
        if envelope is None:
            self._inner.send(data, address)
        elif (changed := self.alter(envelope)) is not None:
            self._inner.send(reveal.pack(changed), address)

    def receive(self):
        arrived = list(self._inner.receive())
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
