"""Real sockets on loopback: two sessions in one process, and the transport by itself."""

from __future__ import annotations

import socket

import pytest

import rollstep as rs
from rollstep.io.udp import UdpTransport, resolve
from rollstep.testing import Bot
from tests.games.box import game as box


def test_two_sessions_over_real_sockets_confirm_the_same_states():
    first, second = UdpTransport(host="127.0.0.1"), UdpTransport(host="127.0.0.1")
    with rs.p2p(box, player=0, peers={1: second.address}, transport=first) as a, \
            rs.p2p(box, player=1, peers={0: first.address}, transport=second) as b:
        bots = [Bot(box, player=p, seed=1) for p in range(2)]
        while min(a.confirmed, b.confirmed) < 60:
            for match, bot in ((a, bots[0]), (b, bots[1])):
                assert match.phase in ("connecting", "playing", "stalled")
                match.poll()
                for _ in range(match.due()):
                    match.advance(bot.input(match.frame))
            a.wait()
        assert [a.checksum(f) for f in range(1, 61)] == [b.checksum(f) for f in range(1, 61)]


def test_the_transport_gives_what_arrived_and_its_sender_and_never_waits():
    a, b = UdpTransport(host="127.0.0.1"), UdpTransport(host="127.0.0.1")
    assert b.receive() == []
    for i in range(3):
        a.send(bytes([i]), b.address)
    b.wait(5)
    assert b.receive() == [(bytes([i]), a.address) for i in range(3)]
    a.close()
    b.close()


def test_sending_into_the_void_raises_nothing():
    a = UdpTransport(host="127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        address = gone.getsockname()
    for _ in range(3):
        a.send(b"anybody?", address)      # ICMP answers come back as errors of later calls
        assert a.receive() == []
    a.send(bytes(70_000), address)        # larger than any datagram
    a.close()


@pytest.mark.parametrize("given", ["127.0.0.1:7000", ("127.0.0.1", 7000), "localhost:7000"])
def test_an_address_is_resolved_to_a_numeric_one(given):
    assert resolve(given) == ("127.0.0.1", 7000)
