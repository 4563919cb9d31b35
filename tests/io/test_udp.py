"""Real sockets on loopback: two sessions in one process, and the transport by itself."""

from __future__ import annotations

import errno
import os
import resource
import socket

import pytest

import rollstep as rs
from rollstep.io import udp
from rollstep.io.udp import MOST_ERRORS, UdpTransport, lan_host, resolve
from rollstep.testing import Bot, Network, VirtualClock
from tests.games.box import game as box


def has_ipv6() -> bool:
    try:
        UdpTransport(host="::1").close()
    except rs.UsageError:
        return False
    return True


ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


def play(*matches: rs.P2P, frames: int = 60) -> None:
    """Until all have confirmed these frames, alike."""
    bots = [Bot(match.game, player=match.player, seed=1) for match in matches]
    while min(match.confirmed for match in matches) < frames:
        for match, bot in zip(matches, bots, strict=True):
            assert match.phase in ("connecting", "playing", "stalled")
            match.poll()
            for _ in range(match.due()):
                match.advance(bot.input(match.frame))
        matches[0].wait()
    assert len({tuple(match.checksum(f) for f in range(1, frames + 1)) for match in matches}) == 1


@pytest.mark.parametrize("hosts", [("127.0.0.1", "127.0.0.1"), pytest.param(("::1", "::1"), marks=ipv6)])
def test_two_sessions_over_real_sockets_confirm_the_same_states(hosts):
    first, second = (UdpTransport(host=host) for host in hosts)
    with rs.p2p(box, player=0, peers={1: second.address}, transport=first) as a, \
            rs.p2p(box, player=1, peers={0: first.address}, transport=second) as b:
        play(a, b)
        assert a.stats.send_errors == {} == b.stats.send_errors


@pytest.mark.parametrize("there", ["127.0.0.1", pytest.param("::1", marks=ipv6)])
def test_a_session_on_all_interfaces_plays_with_one_on_a_single_one_of_either_family(there):
    everywhere, single = UdpTransport(), UdpTransport(host=there)
    host, port = (there, everywhere.address[1])
    with rs.p2p(box, player=0, peers={1: single.address}, transport=everywhere) as a, \
            rs.p2p(box, player=1, peers={0: (host, port)}, transport=single) as b:
        play(a, b)


def test_the_transport_gives_what_arrived_and_its_sender_and_never_waits():
    a, b = UdpTransport(host="127.0.0.1"), UdpTransport(host="127.0.0.1")
    assert b.receive() == []
    for i in range(3):
        a.send(bytes([i]), b.address)
    b.wait(5)
    assert b.receive() == [(bytes([i]), a.address) for i in range(3)]
    a.close()
    b.close()


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=ipv6)])
def test_an_address_is_the_same_whichever_way_a_datagram_came_and_can_be_answered(host):
    everywhere, single = UdpTransport(), UdpTransport(host=host)
    for _ in range(2):
        single.send(b"ping", (host, everywhere.address[1]))
        everywhere.wait(5)
        (data, sender), = everywhere.receive()
        assert (data, sender) == (b"ping", single.address) and resolve(single.address) == sender
        everywhere.send(b"pong", sender)
        single.wait(5)
        assert single.receive() == [(b"pong", (host, everywhere.address[1]))]
    assert everywhere.trouble is None and not everywhere.send_errors
    everywhere.close()
    single.close()


@ipv6
def test_a_link_local_address_keeps_its_interface():
    assert resolve(("fe80::7%lo", 7000)) == resolve("[fe80::7%lo]:7000") == (f"fe80::7%{socket.if_nametoindex('lo')}", 7000)
    native = ("fe80::7", 7000, 0, socket.if_nametoindex("lo"))
    assert udp._of_both(udp._plain(native)) == native
    assert udp._plain(udp._of_both(("10.0.0.7", 7000))) == ("10.0.0.7", 7000)


def test_a_system_without_ipv6_has_ipv4(monkeypatch):
    class OnlyFour(socket.socket):
        def __init__(self, family=-1, *rest, **options):
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
            super().__init__(family, *rest, **options)

    monkeypatch.setattr(socket, "socket", OnlyFour)
    a, b = UdpTransport(), UdpTransport(host="127.0.0.1")
    assert a.address[0] == "0.0.0.0"
    a.send(b"x", b.address)
    b.wait(5)
    assert b.receive() == [(b"x", ("127.0.0.1", a.address[1]))]
    a.send(b"x", ("::1", 7000))
    assert a.send_errors == {"family": 1} and a.trouble == "there is no IPv6 here"
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
    assert a.send_errors["size"] == 1 and a.trouble == "it is too large for the way"
    a.send(b"", ("255.255.255.255", 9))   # which needs a permission that we do not ask for
    assert a.send_errors["forbidden"] == 1
    a.send(b"", ("127.0.0.1",))
    a.send(b"", "127.0.0.1:7000")
    a.send(b"", None)
    assert sum(a.send_errors.values()) == 5 and set(a.send_errors) == {"size", "forbidden", "family"}
    a.send(b"x", address)
    assert a.trouble is None, "one that goes out ends the trouble"
    a.close()
    a.send(b"x", address)                 # a socket that died
    assert a.receive() == [] and a.send_errors["other"] == 1 + MOST_ERRORS, "a dead socket is not asked for ever"


class Sick(UdpTransport):
    """A transport whose socket fails as the system's would."""

    def __init__(self, number: int) -> None:
        super().__init__(host="127.0.0.1")
        self.real, self.failing = self._socket, True
        sick = self

        class Failing:
            def __getattr__(self, name):
                return getattr(sick.real, name)

            def sendto(self, data, address):
                if sick.failing:
                    raise OSError(number, os.strerror(number))
                return sick.real.sendto(data, address)

            def recvfrom(self, size):
                if sick.failing:
                    raise OSError(number, os.strerror(number))
                return sick.real.recvfrom(size)

            def fileno(self):
                return sick.real.fileno()
        self._socket = Failing()


@pytest.mark.parametrize(("number", "reason"), [
    (errno.ENETUNREACH, "unreachable"), (errno.EHOSTUNREACH, "unreachable"), (errno.ENETDOWN, "down"),
    (errno.EADDRNOTAVAIL, "no address"), (errno.ENOBUFS, "full"), (errno.EPERM, "forbidden"), (errno.ECONNREFUSED, "refused"),
    (errno.EIO, "other")])
def test_what_cannot_be_sent_is_lost_and_counted_by_its_reason_and_the_end_says_it(number, reason):
    sick, well = Sick(number), UdpTransport(host="127.0.0.1")
    net = Network()
    with rs.p2p(box, player=0, peers={1: well.address}, transport=sick, clock=VirtualClock(net)) as match:
        events: list[rs.Event] = []
        while match.phase == "connecting":
            net.now_us += 50_000
            events += match.poll()
        *progress, gone = events
        assert progress and all(isinstance(event, rs.Connecting) for event in progress)
        assert isinstance(gone, rs.Disconnected) and gone.reason.startswith(f"no answer from 127.0.0.1:{well.address[1]} for")
        assert gone.reason.endswith(f"; the last datagram could not be sent: {sick.trouble}")
        assert set(match.stats.send_errors) == {reason} and match.stats.send_errors[reason] > 2
    well.close()


def test_a_network_that_comes_back_in_time_costs_nothing_but_time():
    sick, well = Sick(errno.ENETUNREACH), UdpTransport(host="127.0.0.1")
    net = Network()
    with rs.p2p(box, player=0, peers={1: well.address}, transport=sick, clock=VirtualClock(net)) as a, \
            rs.p2p(box, player=1, peers={0: sick.address}, transport=well, clock=VirtualClock(net)) as b:
        for _ in range(100):
            net.now_us += 50_000
            assert all(isinstance(event, rs.Connecting) for event in (*a.poll(), *b.poll()))
        assert a.stats.send_errors["unreachable"] >= 40
        sick.failing = False
        for _ in range(100):
            net.now_us += 50_000
            a.poll()
            b.poll()
            if a.phase == b.phase == "playing":
                break
        assert a.phase == b.phase == "playing" and sick.trouble is None


def test_waiting_works_with_more_than_a_thousand_files_open():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1200:
        pytest.skip("this process may not open as many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        a, b = UdpTransport(host="127.0.0.1"), UdpTransport(host="127.0.0.1")
        b.send(b"x", a.address)
        a.wait(5)
        assert a.receive() == [(b"x", b.address)]
        a.wait(0.001)
        a.close()
        b.close()
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# ---------------------------------------------------------------------------- ports

@pytest.mark.parametrize("holder", ["", "127.0.0.1", pytest.param("::", marks=ipv6)])
def test_a_port_that_somebody_has_is_refused_with_who_and_what_to_do(holder):
    taken = UdpTransport(host=holder)
    port = taken.address[1]
    with pytest.raises(rs.UsageError, match=f"UDP port {port} cannot be used: a program has it already, perhaps a second "
                                            "copy of this .the system says: Address already in use.; choose another"):
        rs.host(box, port=port)
    taken.close()
    rs.host(box, port=port).close()


def test_a_port_or_an_address_that_cannot_be_had_says_why():
    with pytest.raises(rs.UsageError, match=r"on 203\.0\.113\.7 cannot be used: no interface of this machine has that address"):
        UdpTransport(host="203.0.113.7")
    assert "it is reserved" in udp._refused(OSError(errno.EACCES, "Permission denied"))
    assert "Input/output error; choose another" in udp._refused(OSError(errno.EIO, os.strerror(errno.EIO)))
    for port in (-1, 65536, "7000", None, 1.0):
        with pytest.raises(rs.UsageError, match="give 1 to 65535, or 0"):
            UdpTransport(port)  # type: ignore[arg-type]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may have any port")
def test_a_port_of_the_system_is_refused():
    with pytest.raises(rs.UsageError, match="it is reserved"):
        UdpTransport(1)


# ---------------------------------------------------------------------------- names

@pytest.mark.parametrize("given", ["127.0.0.1:7000", ("127.0.0.1", 7000), "localhost:7000", ("127.0.0.1", "7000")])
def test_an_address_is_resolved_to_a_numeric_one(given):
    assert resolve(given) == ("127.0.0.1", 7000)


@pytest.mark.parametrize("given", ["[::1]:7000", ("::1", 7000), ("0:0::1", 7000), " [::1]:7000\n"])
def test_an_ipv6_address_too(given):
    assert resolve(given) == ("::1", 7000)


FOUR, SIX = (socket.AF_INET, 0, 0, "", ("127.0.0.7", 7000)), (socket.AF_INET6, 0, 0, "", ("::1", 7000, 0, 0))
NOWHERE = (socket.AF_INET, 0, 0, "", ("255.255.255.255", 7000))     # no socket of ours may send there


@pytest.mark.parametrize(("found", "taken"), [
    ([SIX, FOUR], "127.0.0.7"), ([FOUR, SIX], "127.0.0.7"), pytest.param([SIX], "::1", marks=ipv6),
    pytest.param([NOWHERE, SIX], "::1", marks=ipv6), ([NOWHERE, FOUR], "127.0.0.7"), ([NOWHERE], "255.255.255.255")])
def test_of_several_addresses_the_first_of_ipv4_with_a_route_is_taken_else_of_ipv6(found, taken):
    assert resolve("two.example:7000", look_up=lambda *_: found) == (taken, 7000)


@pytest.mark.parametrize(("code", "words"), [
    (socket.EAI_NONAME, "'nobody.example' cannot be looked up, there is no such name: look at its spelling"),
    (socket.EAI_AGAIN, "'nobody.example' cannot be looked up, no name server answers: look whether this machine is in a")])
def test_a_name_that_cannot_be_found_is_told_with_the_remedy(code, words):
    def fails(*_):
        raise socket.gaierror(code, "the system's words")
    with pytest.raises(rs.UsageError, match=words) as caught:
        resolve("nobody.example:7000", look_up=fails)
    assert "the system's words" in str(caught.value) and "'nobody.example:7000'" in str(caught.value)


def test_a_name_that_no_name_can_be_is_refused():
    for name in ("a" * 70, "a..b", "nobody.invalid"):
        with pytest.raises(rs.UsageError, match="cannot be looked up"):
            resolve((name, 7000), look_up=socket.getaddrinfo if name != "nobody.invalid" else _no_such)
    with pytest.raises(rs.UsageError, match="neither an IPv4 nor"):
        resolve("a.example:7000", look_up=lambda *_: [])


def _no_such(*_):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(("given", "words"), [
    ("::1:7000", "an IPv6 host is written in brackets"), ("7000", "there is no port"), ("h:x", "a port is"),
    ("h:٣", "a port is"),
    (":7000", "a host is a text"), ("[]:7000", "a host is a text"), ("h:0", "a port is 1 to 65535"), ("h:65536", "a port is"),
    (("h",), "a host is a text"), (("h", 1, 2), "a host is a text"), (None, "a host is a text"), (7000, "a host is a text"),
    ("h:" + "9" * 5000, r"'h:9{42}\.\.\.: give"),
    ((None, 7000), "a host is a text"), (("h", 7.5), "a port is"), (("h", None), "a port is"), ("]:7000", "a host is")])
def test_what_is_no_address_is_named(given, words):
    with pytest.raises(rs.UsageError, match=words):
        resolve(given)


# ---------------------------------------------------------------------------- lines

def test_a_host_and_a_joiner_meet_over_real_sockets_by_the_line_alone():
    with rs.host(box, advertise="127.0.0.1") as host:
        assert host.join_line is not None and host.join_line.startswith(f"127.0.0.1:{host.address[1]}/")
        with rs.join(box, host.join_line) as joiner:
            play(host, joiner)


@ipv6
def test_a_line_with_an_ipv6_address_is_joined():
    for advertise, transport in (("::1", None), (None, UdpTransport(host="::1"))):
        with rs.host(box, advertise=advertise, transport=transport) as host:
            assert host.join_line is not None and host.join_line.startswith(f"[::1]:{host.address[1]}/")
            with rs.join(box, host.join_line) as joiner:
                play(host, joiner, frames=10)
    with rs.host(box, advertise="[2001:db8::7]:7001") as host:
        assert str(host.join_line).startswith("[2001:db8::7]:7001/")


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
