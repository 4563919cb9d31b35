"""A match of two by a join line: the joiner comes from anywhere, and nobody without the line is answered."""

from __future__ import annotations

from typing import Any

import pytest

import rollstep as rs
from rollstep.testing import Bot, Impairment, Network, Safety, VirtualClock
from rollstep.wire import control
from rollstep.wire.greeting import Greeter
from rollstep.wire.join_line import EXAMPLE, JoinLine
from tests.games.box import game as box
from tests.games.box import init, step

from .scenario import events
from .test_refusals import of_version, waits

HERE = "10.0.0.1:7000"
SECRET = bytes(range(11))


def make_host(net: Network, game: rs.Game = box, **options: Any) -> rs.P2P:
    return rs.host(game, transport=net.endpoint(HERE), clock=VirtualClock(net), secret=SECRET, nonce=b"host" * 4, **options)


def make_joiner(net: Network, line: str | None, where: str = "10.0.0.2:5000", game: rs.Game = box, **options: Any) -> rs.P2P:
    assert line is not None
    options = {"nonce": where.encode().ljust(16, b"x")[:16], **options}
    return rs.join(game, line, transport=net.endpoint(where), clock=VirtualClock(net), **options)


def idle(world, inputs, tick):
    pass


def other_box(**changes: Any) -> rs.Game:
    given = {"state": box.state, "input": box.input, "players": (2, 8), "init": init, "step": step, **changes}
    return rs.Game("box", **given)


def sent(net: Network, where: str) -> int:
    """Datagrams from the host to an address."""
    return net.link(HERE, where).sent


@pytest.mark.parametrize("spec", ["", "rtt=80ms,jitter=20ms,loss=20%"])
def test_a_host_and_a_joiner_play_one_match(spec):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    host = make_host(net, delay=2)
    assert host.join_line is not None and host.join_line.startswith(f"{HERE}/")
    assert (host.player, host.players, host.local_players, host.phase) == (0, 2, (0,), "connecting")
    joiner = make_joiner(net, host.join_line.lower())
    assert (joiner.player, joiner.join_line, joiner.local_players) == (1, None, (1,))
    watch = Safety()
    assert net.run([host, joiner], until=lambda: min(host.confirmed, joiner.confirmed) >= 200, each=watch, limit_ms=30_000)
    watch.agree(200)
    assert events(net, 0, rs.Synchronized) == events(net, 1, rs.Synchronized) != []
    assert not events(net, 0, rs.AddressChanged), "where it was before the start is nobody's business"


def test_a_host_waits_for_as_long_as_it_takes_and_sends_nothing_meanwhile():
    net = Network(seed=1)
    host = make_host(net)
    end = net.now_us + 120_000_000
    net.run([host], until=lambda: net.now_us >= end)
    assert host.phase == "connecting" and waits(net.events[0]) and host.stats.packets_sent == 0
    assert net.events[0][-1].missing == (1,) and 118_000 < net.events[0][-1].waited_ms < 120_000
    net.play([host, make_joiner(net, host.join_line)], frames=30)


def test_a_host_that_was_given_a_time_says_that_nobody_came():
    net = Network(seed=1)
    host = make_host(net, connect_timeout_ms=2500)
    net.run([host], until=lambda: host.phase == "over")
    *before, last = net.events[0]
    assert last == rs.Disconnected(1, "nobody joined within 2.5 s") and len(before) == 2 and waits(before)


def test_a_joiner_whose_host_is_not_there_is_told_so():
    net = Network(seed=1)
    joiner = make_joiner(net, EXAMPLE, connect_timeout_ms=30_000)
    net.run([joiner], until=lambda: joiner.phase == "over")
    assert waits(net.events[1][:-1]) and net.events[1][-1] == rs.Disconnected(
        0, "no answer from 192.168.0.7:7000 for 30 s: it is not there, plays already, has another secret or line than ours, "
        "or a firewall is in between")
    assert 30_000_000 <= net.now_us < 30_100_000


def test_a_joiner_that_slept_through_its_time_plays_if_the_answer_is_there_when_it_wakes_up():
    net = Network(seed=1, impairment=Impairment.parse("rtt=20ms"))
    host = make_host(net)
    joiner = make_joiner(net, host.join_line)
    joiner.poll()
    net.run([host], until=lambda: False, limit_ms=40_000)
    assert waits(joiner.poll())
    net.play([host, joiner], frames=30)


@pytest.mark.parametrize("where", ["10.0.0.2:5000", "10.0.0.2:6000"])
@pytest.mark.parametrize("killed_ms", [20, 50, 80, 400])
def test_a_joiner_that_was_killed_and_started_again_plays_from_the_same_port_or_another(where, killed_ms):
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    host = make_host(net, timeout_ms=2000)
    first = make_joiner(net, host.join_line)
    end = net.now_us + killed_ms * 1000
    net.run([host, first], until=lambda: net.now_us >= end)
    second = make_joiner(net, host.join_line, where, nonce=b"second" + bytes(10), connect_timeout_ms=3000)
    net.run([host, second], until=lambda: "over" in (host.phase, second.phase) or second.confirmed >= 50, limit_ms=20_000)
    if host.phase == "playing":
        assert host.frame and second.frame and host.checksum(50) == second.checksum(50)
    else:                                                  # the match had begun with the first
        assert killed_ms >= 80 and second.frame == 0
        assert events(net, 0, rs.Disconnected) and not any(isinstance(e, rs.DesyncDetected) for e in net.events[0])


def test_a_joiner_that_leaves_before_the_start_leaves_the_seat_to_the_next():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    host = make_host(net)
    first = make_joiner(net, host.join_line)
    end = net.now_us + 45_000                              # its call is there, the answer is not back
    net.run([host, first], until=lambda: net.now_us >= end)
    first.close()
    second = make_joiner(net, host.join_line, "10.0.0.3:5000")
    net.play([host, second], frames=30)


def test_of_two_joiners_one_plays_and_the_other_is_told():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    host = make_host(net)
    pair = [make_joiner(net, host.join_line, f"10.0.0.{n}:5000", connect_timeout_ms=3000) for n in (2, 3)]
    bots = [Bot(box, player=p, seed=1) for p in (0, 1, 1)]
    net.run([host, *pair], until=lambda: pair[1].phase == "over" and pair[0].confirmed > 100, bots=bots, limit_ms=10_000)
    assert host.phase == pair[0].phase == "playing"
    (left,) = [event for event in net.events[1] if isinstance(event, rs.Disconnected)]
    assert "10.0.0.1:7000" in left.reason and "plays already" in left.reason
    assert host.stats.dropped["held"] + host.stats.dropped["foreign"] > 5


def test_of_two_joiners_the_second_plays_when_the_first_leaves_before_the_start():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    host = make_host(net)
    first, second = (make_joiner(net, host.join_line, f"10.0.0.{n}:5000") for n in (2, 3))
    net.run([host, first, second], until=lambda: host._meeting.missing == (), limit_ms=2000)
    first.close()
    net.play([host, second], frames=30, limit_ms=5000)


@pytest.mark.parametrize(("what", "theirs"), [
    ("rules", other_box(step=idle)), ("fps", other_box(fps=30)), ("game", rs.Game(
        "boxes", state=box.state, input=box.input, players=2, init=init, step=step)),
])
@pytest.mark.parametrize("spec", ["rtt=60ms", "rtt=100ms,loss=20%"])
def test_a_mismatch_is_refused_on_both_sides(what, theirs, spec):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    host = make_host(net)
    pair, refused = [host, make_joiner(net, host.join_line, game=theirs)], {}
    while len(refused) < 2 and net.now_us < 10_000_000:
        net.now_us += 1000
        for peer in pair:
            if peer.player not in refused:
                try:
                    assert waits(peer.poll())
                except rs.IncompatiblePeer as error:
                    refused[peer.player] = error.what
    assert refused == {0: what, 1: what} and {peer.phase for peer in pair} == {"over"}


def test_another_wire_version_is_named_to_whoever_has_the_line():
    net = Network(seed=1)
    host = make_host(net)
    net.endpoint("10.0.0.9:1").send(of_version(77, Greeter(SECRET), 1, 0), HERE)
    with pytest.raises(rs.IncompatiblePeer, match="wire version"):
        net.run([host], until=lambda: False, limit_ms=3000)
    assert sent(net, "10.0.0.9:1") > 0


def test_who_does_not_know_the_secret_gets_no_answer():
    net = Network(seed=1)
    host = make_host(net)
    address = JoinLine.parse(str(host.join_line))
    stranger = make_joiner(net, str(JoinLine(address.host, address.port, b"guessed.  .")), connect_timeout_ms=1000)
    plain = rs.p2p(box, player=1, peers={0: HERE}, transport=net.endpoint("10.0.0.3:1"), clock=VirtualClock(net),
                   connect_timeout_ms=1000)
    net.run([host, stranger, plain], until=lambda: stranger.phase == plain.phase == "over")
    assert host.phase == "connecting" and host.stats.packets_sent == 0
    assert host.stats.dropped["tag"] >= 18
    for data in (b"\x01" + bytes(20), b"\x77" + bytes(20), b"\x43" + bytes(40)):
        net.endpoint("10.0.0.4:1").send(data, HERE)
    net.run([host], until=lambda: (host.stats.dropped.get("kind"), host.stats.dropped.get("link")) == (2, 1), limit_ms=1000)
    assert host.stats.packets_sent == 0
    net.play([host, make_joiner(net, host.join_line, "10.0.0.5:1")], frames=30)


def overheard(peer: rs.P2P) -> list[bytes]:
    """What a peer sends from now on, as somebody beside it hears it."""
    heard: list[bytes] = []
    send = peer._transport.send
    peer._transport.send = lambda data, address: (heard.append(data), send(data, address))[1]
    return heard


def test_a_recorded_call_that_is_sent_again_from_elsewhere_does_not_take_the_seat_for_long():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    host = make_host(net)
    joiner = make_joiner(net, host.join_line)
    thief, heard = net.endpoint("6.6.6.6:6"), overheard(joiner)

    def each(peer: rs.P2P) -> None:
        if heard and net.now_us % 5000 == 0:
            thief.send(heard[0], HERE)
    assert net.run([host, joiner], until=lambda: min(host.confirmed, joiner.confirmed) >= 100, each=each, limit_ms=20_000)


def test_a_recorded_call_does_not_keep_the_seat_from_the_next_joiner():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    host = make_host(net)
    first = make_joiner(net, host.join_line)
    thief, heard = net.endpoint("6.6.6.6:6"), overheard(first)
    net.run([host, first], until=lambda: False, limit_ms=45)        # then the first joiner is killed

    def each(peer: rs.P2P) -> None:
        if net.now_us % 300_000 == 0:
            thief.send(heard[0], HERE)
    net.run([host], until=lambda: False, limit_ms=1500, each=each)
    second = make_joiner(net, host.join_line, "10.0.0.3:5000")
    assert net.run([host, second], until=lambda: min(host.confirmed, second.confirmed) >= 30, each=each, limit_ms=5000)
    assert host._meeting.address(1) == "10.0.0.3:5000"


@pytest.mark.parametrize("which", ["host", "joiner"])
def test_what_comes_back_as_an_echo_is_no_refusal_and_no_peer(which):
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    host = make_host(net)
    joiner = make_joiner(net, host.join_line)
    echoed = {"host": host, "joiner": joiner}[which]
    heard = overheard(echoed)
    for _ in range(3):
        net.run([host, joiner], until=lambda: bool(heard), limit_ms=1000)
        net.endpoint(joiner.address if which == "host" else HERE).send(heard.pop(), echoed.address)
        assert net.run([host, joiner], until=lambda: False, limit_ms=50) is False
    net.play([host, joiner], frames=30)


def test_a_farewell_that_is_not_sealed_with_the_keys_of_the_match_is_no_farewell():
    net = Network(seed=1)
    host = make_host(net)
    joiner = make_joiner(net, host.join_line)
    net.play([host, joiner], frames=30)
    bye = control.pack_bye(control.LEFT)
    sealed = host._meeting.sealer(1)(bye)                   # what the host itself would send: keys of the other direction
    prefix = joiner._meeting.sealer(0)(bye)[:9]
    for data in (bye, sealed, prefix + bye + bytes(16), prefix + sealed[9:]):
        net.endpoint("10.0.0.2:5000").send(data, HERE)
    net.play([host, joiner], frames=90)
    assert sum(host.stats.dropped[reason] for reason in ("kind", "link", "seal")) == 4 and host.phase == "playing"
    joiner.close()
    net.run([host], until=lambda: host.phase == "over", limit_ms=1000)
    assert events(net, 0, rs.Disconnected) == [rs.Disconnected(1, "left")]


@pytest.mark.parametrize(("advertise", "address"), [
    (None, HERE), ("example.org", "example.org:7000"), ("example.org:99", "example.org:99"), ("10.9.8.7", "10.9.8.7:7000"),
])
def test_the_line_has_the_address_that_is_advertised(advertise, address):
    with make_host(Network(), advertise=advertise) as host:
        assert JoinLine.parse(str(host.join_line)).address == address


class Nowhere:
    """A transport that does not say where it is bound."""

    def send(self, data, address):
        pass

    def receive(self):
        return []

    def wait(self, seconds):
        pass

    def close(self):
        pass


@pytest.mark.parametrize(("options", "words"), [
    ({"advertise": "a b"}, "advertise is 'a b:7000'"), ({"advertise": "h:0"}, "advertise is 'h:0'"),
    ({"secret": b"short"}, "give 11 bytes, not 5 bytes"),
    ({"secret": "text"}, "give 11 bytes, not a str"), ({"transport": Nowhere()}, "is needed"),
    ({"connect_timeout_ms": 1}, "connect_timeout_ms=1"), ({"delay": 99}, "delay=99"),
])
def test_arguments_of_a_host_that_cannot_be_are_refused_with_a_remedy(options, words):
    with pytest.raises(rs.UsageError, match=words):
        rs.host(box, **{"transport": Network().endpoint(HERE), **options})


def test_a_game_that_two_cannot_play_is_refused():
    trio = other_box(players=(3, 8))
    for call in (lambda: rs.host(trio), lambda: rs.join(trio, EXAMPLE)):
        with pytest.raises(rs.UsageError, match="host and join are for two players, and box is not"):
            call()


def test_a_wrong_line_is_refused_before_anything_is_opened():
    with pytest.raises(rs.UsageError, match="no '/'"):
        rs.join(box, "192.168.0.7:7000", port=-1)


def test_an_open_seat_is_for_hosts_only():
    with pytest.raises(rs.UsageError, match="use host"):
        rs.p2p(box, player=0, peers={1: None}, transport=Nowhere())
