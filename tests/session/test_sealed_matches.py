"""What others on the network see of a match and can do to it: nothing of either, but to be in the way."""

from __future__ import annotations

import collections
from typing import Any

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network, Safety, VirtualClock
from rollstep.wire.greeting import COOKIE, INITIATION, RESPONSE
from rollstep.wire.input_packet import KINDS
from rollstep.wire.sealing import SEALED
from tests.games.box import game as box
from tests.games.box import init, step

from .scenario import Ledger, events

SECRET = b"0123456789"
named = rs.Game("a name in full", state=box.state, input=box.input, players=2, init=init, step=step)
ROUGH = "rtt=60ms,jitter=20ms,loss=5%,duplicate=5%,reorder=5%"


class Tap(Ledger):
    """A transport that keeps all that it sent."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.heard: list[tuple[bytes, Any]] = []

    def send(self, data: bytes, address: Any) -> None:
        self.heard.append((data, address))
        super().send(data, address)


class Nat(Ledger):
    """A transport whose address others see changes; what is sent to the old one is lost."""

    def __init__(self, net: Network, name: str) -> None:
        super().__init__(net.endpoint(name))
        self._net = net

    def rebind(self, name: str) -> None:
        self._inner = self._net.endpoint(name)
        self.address = name


def tapped(spec: str = ROUGH, seed: int = 1, game: rs.Game = box, **options: Any) -> tuple[Network, list[rs.P2P], list[Tap]]:
    net = Network(seed=seed, impairment=Impairment.parse(spec))
    taps = [Tap(net.endpoint(p)) for p in range(2)]
    return net, net.join(game, players=2, transport=taps, secret=SECRET, **options), taps


class Shouts:
    """Presses keys that would be seen anywhere."""

    def input(self, frame: int) -> bytes:
        return bytes([0xA5 if frame % 2 else 0x5A])


def is_noise(content: bytes) -> bool:
    """Whether bytes are spread as those of noise are: a chi-square test with 255 degrees of freedom, wrong once in 10^7."""
    counts, mean = collections.Counter(content), len(content) / 256
    return sum((counts[byte] - mean) ** 2 / mean for byte in range(256)) < 400


def test_a_capture_of_a_match_holds_no_inputs_no_names_and_nothing_that_repeats():
    net, peers, taps = tapped(game=named)
    net.play(peers, frames=1500, bots=[Shouts(), Shouts()])
    everything = [data for tap in taps for data, _ in tap.heard]
    sealed = [data for data in everything if data[0] == SEALED]
    assert len(sealed) > 2500 and {data[0] for data in everything} <= {SEALED, INITIATION, RESPONSE, 0x44}
    content = b"".join(data[9:] for data in sealed)
    for plain in (b"a name in full", b"\xA5" * 4, peers[0].game.digests.rules, peers[0]._meeting.nonces[0], SECRET):
        expected = len(content) / 256 ** len(plain)
        assert content.count(plain) <= 4 * expected + 4, plain
    assert is_noise(content)
    assert len({data[9:25] for data in sealed}) == len(sealed)
    for data in everything:
        assert SECRET not in data and b"a name" not in data


def test_the_same_match_in_the_open_is_no_noise():
    """So that the test above can fail."""
    net, peers, taps = tapped(game=named, sealed=False)
    net.play(peers, frames=300, bots=[Shouts(), Shouts()])
    assert not is_noise(b"".join(data[9:] for tap in taps for data, _ in tap.heard if data[0] in KINDS))


@pytest.mark.parametrize("who", [0, 1])
def test_a_peer_whose_address_changes_in_play_is_followed(who):
    net = Network(seed=3, impairment=Impairment.parse("rtt=60ms,jitter=10ms,loss=5%"))
    nats = [Nat(net, f"10.0.0.{p}:1") for p in range(2)]
    peers = [rs.p2p(box, player=p, peers={1 - p: f"10.0.0.{1 - p}:1"}, transport=nats[p], clock=VirtualClock(net),
                    secret=SECRET) for p in range(2)]
    watch = Safety()
    goal = 0
    for turn in range(2, 5):
        goal += 200
        assert net.run(peers, until=lambda goal=goal: all(p.confirmed >= goal for p in peers), each=watch, limit_ms=20_000)
        nats[who].rebind(f"10.0.9.{who}:{turn}")
    watch.agree(600)
    changes = [(event.player, event.old, event.new) for event in events(net, 1 - who, rs.AddressChanged)]
    assert changes == [(who, f"10.0.0.{who}:1", f"10.0.9.{who}:2"), (who, f"10.0.9.{who}:2", f"10.0.9.{who}:3")]
    assert not events(net, who, rs.AddressChanged) and not events(net, 1 - who, rs.Interrupted)


def test_what_is_played_again_from_elsewhere_moves_nobody():
    net, peers, taps = tapped("rtt=60ms,jitter=10ms")
    watch, thief = Safety(), net.endpoint("thief")

    def each(peer: rs.P2P) -> None:
        watch(peer)
        for data, address in taps[1].heard[-40:-20:5]:
            thief.send(data, address)
    assert net.run(peers, until=lambda: all(p.confirmed >= 400 for p in peers), each=each, limit_ms=20_000)
    watch.agree(400)
    assert peers[0].stats.dropped["replay"] > 100 and not events(net, 0, rs.AddressChanged)
    assert net.link(0, "thief").sent == 0


def test_a_capture_of_one_match_is_worth_nothing_in_the_next():
    net, peers, taps = tapped()
    net.play(peers, frames=100)
    old = [data for data, _ in taps[1].heard]
    again = Network(seed=2, impairment=Impairment.parse("rtt=20ms"))
    second = again.join(box, players=2, secret=SECRET)

    def each(peer: rs.P2P) -> None:
        if old:
            again.endpoint(1).send(old.pop(0), 0)
    assert again.run(second, until=lambda: all(p.confirmed >= 200 for p in second), each=each, limit_ms=20_000)
    assert not old and second[0].checksum(200) == second[1].checksum(200)
    assert not any(again.events[p][-1:] == [rs.Disconnected] for p in (0, 1))


@pytest.mark.parametrize("other", [SECRET[::-1], None])
def test_peers_with_different_secrets_never_meet_and_say_so(other):
    net = Network(seed=1)
    peers = net.join(box, players=2, secret=[SECRET, other], connect_timeout_ms=2000)
    net.run(peers, until=lambda: all(p.phase == "over" for p in peers))
    ours = "another secret than ours, or with none"
    assert [events(net, p, rs.Disconnected)[0].reason for p in (0, 1)] == [
        f"no match with {1 - p} for 2 s: somebody greets us from there, with {told}"
        for p, told in enumerate((ours, ours if other is not None else "a secret, and we have none"))]
    assert all(p.stats.dropped["tag"] > 5 for p in peers)


def test_only_both_alike_play_sealed_or_in_the_open():
    net = Network(seed=1)
    peers = net.join(box, players=2, sealed=[True, False])
    refused = []
    for _ in range(3000):
        net.now_us += 1000
        for peer in list(peers):
            try:
                peer.poll()
            except rs.IncompatiblePeer as error:
                refused.append((error.what, error.ours, error.theirs))
                peers.remove(peer)
    assert sorted(refused) == [("sealing", False, True), ("sealing", True, False)]


# ------------------------------------------------------------------ identities


def test_peers_show_who_they_are_and_are_believed_when_they_can_prove_it():
    ours = rs.Identity(bytes(range(32)))
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms,loss=10%"))
    peers = net.join(box, players=3, identity=[ours, rs.Identity(b"i" * 32), None], secret=SECRET)
    assert peers[1].identities == {0: None, 2: None}
    net.play(peers, frames=30)
    assert peers[1].identities == {0: ours.public, 2: None}
    assert peers[2].identities[0] == ours.public and rs.fingerprint(ours.public).count("-") == 4


def test_a_proof_that_was_made_for_another_link_proves_nothing():
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(box, players=3, identity=[rs.Identity(b"a" * 32), rs.Identity(b"b" * 32), None], secret=SECRET)
    liar = peers[2]

    class Borrowed:
        """Shows the key and the proof that 0 gave it, to 1."""

        public = rs.Identity(b"a" * 32).public

        def sign(self, bound: bytes) -> bytes:
            return rs.Identity(b"a" * 32).sign(b"of another link" + bound)
    liar._meeting._identity = Borrowed()  # type: ignore[assignment]
    net.play(peers, frames=30)
    assert peers[1].identities == {0: rs.Identity(b"a" * 32).public, 2: None} and peers[1].stats.dropped["identity"] > 0


class Shown:
    """An identity whose proofs others can pick up."""

    def __init__(self, private: bytes) -> None:
        self.inner, self.proofs = rs.Identity(private), list[bytes]()
        self.public = self.inner.public

    def sign(self, bound: bytes) -> bytes:
        self.proofs.append(self.inner.sign(bound))
        return self.proofs[-1]


def test_a_proof_that_is_given_back_to_whoever_made_it_or_passed_on_to_a_third_proves_nothing():
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(box, players=3, secret=SECRET)
    honest = Shown(b"a" * 32)

    class Borrowed:
        public = honest.public

        def sign(self, bound: bytes) -> bytes:
            return honest.proofs[0]
    peers[0]._meeting._identity = honest  # type: ignore[assignment]
    assert net.run(peers[:2], until=lambda: bool(peers[1].identities[0]), limit_ms=1000)
    peers[1]._meeting._identity = Borrowed()  # type: ignore[assignment]
    assert net.run(peers[:2], until=lambda: peers[0].stats.dropped.get("identity", 0) == 1, limit_ms=1000)
    assert peers[1].identities[0] == honest.public and peers[0].identities[1] is None, "what was said on this very link"
    net.play(peers, frames=30)
    assert peers[2].identities == {0: honest.public, 1: None} and peers[2].stats.dropped["identity"] > 0
    assert "identity" not in peers[1].stats.dropped, "who shows none, or a true one, is no liar"


def test_the_first_identity_that_is_proved_on_a_link_stays():
    net = Network(seed=1, impairment=Impairment.parse("rtt=20ms"))
    first, second = rs.Identity(b"a" * 32), rs.Identity(b"b" * 32)
    peers = net.join(box, players=3, identity=[None, first, None], secret=SECRET)
    net.run(peers[:2], until=lambda: False, limit_ms=500)
    peers[1]._meeting._identity = second
    peers[1]._meeting._proofs.clear()
    net.run(peers[:2], until=lambda: False, limit_ms=500)
    assert peers[0].identities[1] == first.public
    net.play(peers, frames=30)
    assert peers[0].identities[1] == first.public


def test_an_identity_is_proved_and_looked_at_once_for_each_link_however_often_it_is_said():
    class Forger(rs.Identity):
        signed = 0

        def sign(self, hash: bytes) -> bytes:
            self.signed += 1
            return bytes(64)
    net, forger = Network(seed=1, impairment=Impairment.parse("rtt=20ms")), Forger(b"a" * 32)
    peers = net.join(box, players=3, identity=[None, forger, None], secret=SECRET)
    net.run(peers[:2], until=lambda: False, limit_ms=1000)
    assert (forger.signed, peers[0].stats.dropped["identity"]) == (1, 1)
    net.play(peers, frames=30)
    assert forger.signed == 2 and [p.stats.dropped.get("identity", 0) for p in peers] == [1, 0, 1]
    assert peers[0].identities == {1: None, 2: None} and peers[2].identities == {0: None, 1: None}


@pytest.mark.parametrize("farewell", [True, False])
def test_who_takes_a_place_does_not_take_the_identity_of_whoever_had_it(farewell):
    net = Network(seed=1, impairment=Impairment.parse("rtt=20ms"))
    known = rs.Identity(b"a" * 32)
    peers = net.join(box, players=3, identity=[None, known, None], secret=SECRET)
    net.run(peers[:2], until=lambda: False, limit_ms=500)
    assert peers[0].identities[1] == known.public
    if farewell:
        peers[1].close()
        net.run(peers[:1], until=lambda: False, limit_ms=100)
        assert peers[0].identities[1] is None
    net.run(peers[:1], until=lambda: False, limit_ms=1000)
    peers[1] = rs.p2p(box, player=1, peers={0: 0, 2: 2}, transport=net.endpoint(1), clock=VirtualClock(net), secret=SECRET)
    net.play(peers, frames=30)
    assert peers[0].identities[1] is None


# ------------------------------------------------------------------ load


def test_a_flood_of_calls_costs_a_bounded_number_of_handshakes_and_who_hears_us_gets_through():
    net = Network(seed=1, impairment=Impairment.parse("rtt=20ms"))
    host = rs.host(box, transport=net.endpoint("host"), clock=VirtualClock(net), secret=b"s" * 11, advertise="h:1")
    calls: list[bytes] = []
    for n in range(200):                                    # somebody with the line, who calls and calls, from many addresses
        one = rs.join(box, host.join_line, transport=net.endpoint(f"flood {n}"), clock=VirtualClock(net))
        one._transport.send = lambda data, address: calls.append(data)
        one.poll()
    joiner = rs.join(box, host.join_line, transport=(tap := Tap(net.endpoint("joiner"))), clock=VirtualClock(net))
    tap.send = lambda data, address: (tap.heard.append((data, address)), tap._inner.send(data, "host"))
    answered = Ledger(net.endpoint("host"))

    def each(peer: rs.P2P) -> None:
        if peer is host and calls:
            for n in range(5):
                if calls:
                    net.endpoint(f"flood {len(calls) + n}").send(calls.pop(), "host")
    assert net.run([host, joiner], until=lambda: host.phase == joiner.phase == "playing", each=each, limit_ms=20_000)
    assert host.stats.dropped["cookie"] > 50 and answered.sent == 0
    assert sum(net.link("host", f"flood {n}").sent for n in range(210)) <= 200, "an answer each at most, and each is smaller"


def test_nothing_that_strangers_send_is_answered_with_more_bytes_than_it_has():
    net = Network(seed=1)
    tap = Tap(net.endpoint("host"))
    host = rs.host(box, transport=tap, clock=VirtualClock(net), secret=b"s" * 11, advertise="h:1")
    joiner = rs.join(box, host.join_line, transport=(mine := Tap(net.endpoint("joiner"))), clock=VirtualClock(net))
    mine.send = lambda data, address: mine.heard.append((data, address))
    for _ in range(50):
        net.now_us += 20_000
        joiner.poll()
    for n, (data, _) in enumerate(mine.heard):
        net.endpoint(f"mirror {n}").send(data, "host")
    net.run([host], until=lambda: False, limit_ms=1000)
    received = sum(len(data) for data, _ in mine.heard)
    sent = collections.Counter(data[0] for data, _ in tap.heard)
    assert sent[RESPONSE] + sent[COOKIE] > 0 and sum(len(data) for data, _ in tap.heard) < received / 2
