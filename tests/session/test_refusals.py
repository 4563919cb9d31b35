"""Peers that would not compute the same match, and arguments that cannot be: found before frame 0, with a remedy."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.testing import Impairment, Network, VirtualClock
from rollstep.wire import control
from rollstep.wire.greeting import Greeter
from tests.games.box import game as box
from tests.replay import tally

game = tally.version(players=2)


@pytest.mark.parametrize(("what", "theirs"), [
    ("game", box), ("rules", tally.version(tally.wrong_step, players=2)),
    ("content", tally.version(content=tally.Limits(most=5), players=2)),
    ("layout of state and input", tally.version(state=tally.LongerSums, players=2)),
    ("fps", tally.version(fps=50, players=2)),
], ids=["game", "rules", "content", "layout", "fps"])
@pytest.mark.parametrize("spec", ["", "rtt=100ms,loss=20%"])
def test_a_mismatch_is_refused_on_both_sides_and_names_what_differs(what, theirs, spec):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    peers = net.join([game, theirs], players=2)
    refused: dict[int, rs.IncompatiblePeer] = {}
    while len(refused) < 2 and net.now_us < 10_000_000:
        net.now_us += 1000
        for peer in peers:
            if peer.player not in refused:
                try:
                    assert waits(peer.poll())
                except rs.IncompatiblePeer as error:
                    refused[peer.player] = error
                assert peer.frame == 0 and peer.due() == 0
    assert {p: error.what for p, error in refused.items()} == {0: what, 1: what}
    assert (refused[0].ours, refused[0].theirs) == (refused[1].theirs, refused[1].ours)


def test_two_peers_that_claim_one_player_are_refused():
    net = Network(seed=1)
    pair = [rs.p2p(game, player=0, peers={1: other}, transport=net.endpoint(me), clock=VirtualClock(net))
            for me, other in (("a", "b"), ("b", "a"))]
    errors = []
    for _ in range(5000):
        net.now_us += 1000
        for peer in list(pair):
            try:
                peer.poll()
            except rs.IncompatiblePeer as error:
                errors.append(error)
                pair.remove(peer)
    assert [error.what for error in errors] == ["player", "player"]
    assert "two peers claim one player" in str(errors[0])


def waits(events):
    """Nothing but the word that the session is still connecting."""
    return all(isinstance(event, rs.Connecting) for event in events)


def of_version(version, greeter, sender, receiver):
    """A knock as another version would send it: something in it, and our tag around it."""
    body = bytearray(greeter.knock(sender, receiver, b"whatever")[:-16])
    body[6] = version
    return greeter._close(bytes(body))


def test_another_wire_version_is_named():
    net = Network(seed=1)
    (peer, _) = net.join(game, players=2)
    net.link(1, 0).send(of_version(77, Greeter(), 1, 0), net.now_us)
    with pytest.raises(rs.IncompatiblePeer) as refused:
        for _ in range(3000):
            net.now_us += 1000
            peer.poll()
    assert (refused.value.what, refused.value.ours, refused.value.theirs) == ("wire version", control.WIRE_VERSION, 77)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"player": 2}, "player=2"), ({"peers": {}}, "tally is for 2 players, not 1"), ({"peers": {0: "b"}}, "each once"),
    ({"peers": {1: "b", 2: "b"}}, "not 3"), ({"delay": 17}, "delay=17"), ({"delay": 1.0}, "whole number"),
    ({"window": -1}, "window=-1"), ({"window": 61}, "window=61"), ({"timeout_ms": 5}, "timeout_ms=5"),
    ({"nonce": b"short"}, "give 16 bytes"), ({"nonce": bytes(16)}, "not all of them 0"),
    ({"way": "fast"}, "choose one of compiled"), ({"secret": "a text that is long"}, "give 10 bytes or more.*not a str"),
    ({"entropy": 5}, "entropy=5: give a function"),
])
def test_an_argument_that_cannot_be_is_named_with_its_limits(arguments, words):
    net = Network()
    given = {"player": 0, "peers": {1: "b"}, "transport": net.endpoint("a"), **arguments}
    with pytest.raises(rs.UsageError, match=words):
        rs.p2p(game, **given)


@pytest.mark.parametrize("name", ["secret", "identity", "nonce"])
def test_what_may_be_secret_is_not_shown(name):
    with pytest.raises(rs.UsageError) as wrong:
        rs.p2p(game, player=0, peers={1: "b"}, transport=Network().endpoint("a"), **{name: b"verysecr"})
    assert str(wrong.value).startswith(f"{name}: give ") and str(wrong.value).endswith("not 8 bytes")
    assert "verysecr" not in str(wrong.value)


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:99999", "127.0.0.1:x", ("127.0.0.1",), 5, None])
def test_an_address_that_is_none_is_refused_with_an_example(address):
    with pytest.raises(rs.UsageError, match="host:port"):
        rs.p2p(game, player=0, peers={1: address})


def test_a_port_that_is_taken_is_refused_with_a_remedy():
    with rs.p2p(game, player=0, peers={1: "127.0.0.1:9"}) as first, \
            pytest.raises(rs.UsageError, match="choose another"):
        rs.p2p(game, player=0, peers={1: "127.0.0.1:9"}, port=first.address[1])


@pytest.mark.parametrize("value", [b"", b"123", 3, None, "x"])
def test_an_input_that_is_none_is_refused_and_nothing_happens(value):
    net = Network()
    peers = net.join(game, players=2)
    net.play(peers, frames=5)
    frame = peers[0].frame
    with pytest.raises(rs.UsageError, match="an input of tally is a Pad or 2 bytes"):
        peers[0].advance(value)
    assert peers[0].frame == frame


def test_advancing_before_the_peers_have_met_is_a_mistake():
    peer = Network().join(game, players=2)[0]
    with pytest.raises(rs.UsageError, match="before Synchronized"):
        peer.advance(b"\0")


def test_a_replay_that_exists_is_never_overwritten(tmp_path):
    path = tmp_path / "old.rsr"
    path.write_bytes(b"precious")
    with pytest.raises(rs.UsageError, match="never overwrites"):
        Network().join(game, players=2, record=[path, None])
    assert path.read_bytes() == b"precious"


def test_a_replay_that_cannot_be_is_refused_before_the_peers_have_met(tmp_path):
    with pytest.raises(rs.UsageError, match="no folder"):
        Network().join(game, players=2, record=[tmp_path / "none" / "a.rsr", None])
    with pytest.raises(rs.UsageError, match="metadata"):
        Network().join(game, players=2, record=[tmp_path / "a.rsr", None], metadata={"picture": object()})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [{"peers": [1]}, {"predictor": ["repeat"]}, {"record": 5}, {"metadata": 5},
                                       {"commit": "no", "window": 0}])
def test_arguments_of_another_type_are_named(arguments):
    net = Network(seed=1)
    with pytest.raises(rs.UsageError, match=next(iter(arguments))):
        rs.p2p(box, transport=net.endpoint(0), **{"player": 0, "peers": {1: 1}, **arguments})
