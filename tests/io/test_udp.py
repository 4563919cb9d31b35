"""Real sockets on loopback: two sessions in one process, and the transport by itself."""

from __future__ import annotations

import socket

import pytest

import rollstep as rs
from rollstep.io.udp import UdpTransport, lan_host, resolve
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


def test_a_host_and_a_joiner_meet_over_real_sockets_by_the_line_alone():
    with rs.host(box, advertise="127.0.0.1") as host:
        assert host.join_line is not None and host.join_line.startswith(f"127.0.0.1:{host.address[1]}/")
        with rs.join(box, host.join_line) as joiner:
            bots = [Bot(box, player=p, seed=1) for p in range(2)]
            while min(host.confirmed, joiner.confirmed) < 60:
                for match, bot in ((host, bots[0]), (joiner, bots[1])):
                    assert match.phase in ("connecting", "playing", "stalled")
                    match.poll()
                    for _ in range(match.due()):
                        match.advance(bot.input(match.frame))
                host.wait()
            assert [host.checksum(f) for f in range(1, 61)] == [joiner.checksum(f) for f in range(1, 61)]


def test_the_line_of_a_host_has_an_address_of_this_machine():
    found = lan_host()
    assert resolve((found, 7000)) == (found, 7000) and found != "0.0.0.0"
    with rs.host(box) as host:
        assert str(host.join_line).startswith(f"{found}:{host.address[1]}/")


def test_a_machine_without_a_network_has_its_loopback(monkeypatch):
    def unreachable(self, address):
        raise OSError("Network is unreachable")
    monkeypatch.setattr(socket, "socket", type("Lonely", (socket.socket,), {"connect": unreachable}))
    assert lan_host() == "127.0.0.1"
