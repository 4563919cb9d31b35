"""Greetings that somebody overheard and plays back, to whomever: they prove nothing, and no match ends by them."""

from __future__ import annotations

from typing import Any

import pytest

import rollstep as rs
from rollstep.session.meeting import MOST_LOAD
from rollstep.testing import Impairment, Network, Safety
from rollstep.wire.control import pack_record
from rollstep.wire.greeting import GREETINGS, INITIATION, PROLOGUE, RESPONSE, Greeter, psk
from rollstep.wire.noise import Noise
from tests.games.box import game as box

from .scenario import Ledger

SECRET = b"a secret of all"


class Overheard(Ledger):
    """Keeps the greetings that it sends."""

    def __init__(self, inner: Any, heard: list[bytes]) -> None:
        super().__init__(inner)
        self._heard = heard
        self.answers: list[Any] = []            # to whom it answered a call

    def send(self, data: bytes, address: Any) -> None:
        if data[0] in GREETINGS:
            self._heard.append(data)
        if data[0] == RESPONSE:
            self.answers.append(address)
        super().send(data, address)


@pytest.mark.parametrize("secret", [SECRET, None])
@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("under", ["no name", "another peer's name"])
def test_greetings_played_back_to_everybody_keep_no_match_from_starting(secret, players, under):
    net = Network(seed=2, impairment=Impairment.parse("rtt=80ms,jitter=20ms,loss=20%"))
    heard: list[bytes] = []
    peers = net.join(box, players=players, secret=secret, transport=[Overheard(net.endpoint(p), heard) for p in range(players)])
    watch, played = Safety(), 0

    def each(peer: rs.P2P) -> None:
        nonlocal played
        watch(peer)
        for data in heard[-6:] + heard[:3]:
            for target in range(players):
                source = "stranger" if under == "no name" else (target + 1) % players
                net.link(source, target).send(data, net.now_us)
                played += 1
    assert net.run(peers, until=lambda: all(p.confirmed >= 100 for p in peers), each=each, limit_ms=30_000)
    watch.agree(100)
    assert played > 500


@pytest.mark.parametrize("secret", [SECRET, None])
@pytest.mark.parametrize("player", [0, 1])
def test_who_waits_for_somebody_and_hears_its_own_echo_goes_on_waiting(secret, player):
    net, heard = Network(seed=2, impairment=Impairment.parse("rtt=20ms")), list[bytes]()
    peers = net.join(box, players=2, secret=secret, transport=[Overheard(net.endpoint(p), heard) for p in range(2)])

    def each(peer: rs.P2P) -> None:
        for data in heard[-3:]:
            net.link(1 - player, player).send(data, net.now_us)
    net.run([peers[player]], until=lambda: False, each=each, limit_ms=8000)
    assert heard and peers[player].phase == "connecting"
    net.play(peers, frames=30)


def test_while_a_peer_is_there_nobody_who_claims_its_place_is_answered():
    net, heard = Network(seed=2, impairment=Impairment.parse("rtt=20ms")), list[bytes]()
    taps = [Overheard(net.endpoint(p), heard) for p in range(3)]
    peers = net.join(box, players=3, secret=SECRET, transport=taps)
    net.run(peers[:2], until=lambda: not peers[0]._meeting.missing[1:], limit_ms=2000)
    late = rs.p2p(box, player=1, peers={0: 0, 2: 2}, transport=net.endpoint("late"), clock=peers[0]._clock, secret=SECRET,
                  entropy=net.entropy("late"))
    net.run([*peers[:2], late], until=lambda: False, limit_ms=3000)
    assert "late" not in taps[0].answers and peers[0].stats.dropped["held"] > 5 and late.phase == "connecting"
    net.play(peers, frames=30)


def test_calls_with_a_good_cookie_are_answered_a_bounded_number_of_times_a_second():
    """Whoever hears us at its address and knows the secret: each of its calls is another, and costs us a handshake."""
    net, heard = Network(seed=2), list[bytes]()
    tap = Overheard(net.endpoint(0), heard)
    victim, other = net.join(box, players=2, secret=SECRET, transport=[tap, net.endpoint(1)])
    net.set_link("x", 0, Impairment())
    meeting, draw = victim._meeting, net.entropy("x")
    for n in range(400):
        noise = Noise(initiator=True, psk=psk(SECRET), prologue=PROLOGUE, ephemeral=draw(32))
        message = noise.write(n.to_bytes(4, "little") + pack_record(other._meeting._channels[0].record))
        cookie = meeting._cookies.of("x", net.now_us * 1000)
        net.link("x", 0).send(meeting._greeter.initiation(1, 0, n, message, cookie), net.now_us)
    net.run([victim], until=lambda: False, limit_ms=900)
    assert len(tap.answers) == MOST_LOAD and victim.stats.dropped["load"] > 100
    net.run([victim], until=lambda: False, limit_ms=1000)
    net.play([victim, other], frames=30)


def test_a_cookie_that_is_played_back_from_anywhere_is_answered_once_and_to_where_the_peer_is():
    net, heard = Network(seed=2), list[bytes]()
    tap = Overheard(net.endpoint(1), heard)
    caller = net.join(box, players=2, secret=SECRET, transport=[net.endpoint(0), tap])[1]
    net.run([caller], until=lambda: bool(heard), limit_ms=100)
    greeter, calls = Greeter(SECRET), len(heard)
    cookie = greeter.cookie(0, 1, next(greeter.open(data).link for data in heard if data[0] == INITIATION), b"c" * 16)
    for _ in range(300):
        net.endpoint("victim").send(cookie, 1)
    net.run([caller], until=lambda: False, limit_ms=50)
    assert len(heard) - calls <= 2 and net.endpoint("victim").receive() == []
