"""Greetings that are whole and well tagged, and still not for us, not from where they should be, too many, or too late."""

from __future__ import annotations

import copy

import pytest

import rollstep as rs
from rollstep.net.channel import Link, _read
from rollstep.session.meeting import FORMER, LOAD, MOST_LOAD, SETTLED_NS
from rollstep.testing import Impairment, Network, Safety, VirtualClock
from rollstep.wire.control import pack_record
from rollstep.wire.greeting import COOKIE, NO_COOKIE, PROLOGUE, RESPONSE, Greeter, psk
from rollstep.wire.noise import Noise
from tests.games.box import game as box

from .scenario import events
from .test_greetings_played_back import SECRET, Overheard
from .test_refusals import of_version


def waiting(secret: bytes | None = SECRET, players: int = 2) -> tuple[Network, list[rs.P2P], list[Overheard]]:
    """Peers that have not met yet."""
    net = Network(seed=2)
    taps = [Overheard(net.endpoint(p), []) for p in range(players)]
    return net, net.join(box, players=players, secret=secret, transport=taps), taps


def call(net: Network, peers: list[rs.P2P], n: int, secret: bytes = SECRET, sender: int = 1, receiver: int = 0,
         cookie: bytes = NO_COOKIE) -> bytes:
    """A true call of player 1, the n-th: whoever knows the secret can make as many as it likes."""
    noise = Noise(initiator=True, psk=psk(secret), prologue=PROLOGUE, ephemeral=net.entropy(f"call {n}")(32))
    message = noise.write(n.to_bytes(4, "little") + pack_record(peers[1]._meeting._channels[0].record))
    return Greeter(secret).initiation(sender, receiver, n, message, cookie)


def passes(net: Network, peers: list[rs.P2P], ms: int) -> None:
    net.run(peers, until=lambda: False, limit_ms=ms)


def test_without_a_secret_only_the_addresses_that_were_given_are_heard():
    net, peers, taps = waiting(secret=None)
    net.endpoint("stranger").send(call(net, peers, 1, b""), 0)
    passes(net, peers[:1], 10)
    assert taps[0].answers == [] and peers[0].stats.dropped == {"foreign": 1}
    net.endpoint(1).send(call(net, peers, 1, b""), 0)
    passes(net, peers[:1], 10)
    assert taps[0].answers == [1]
    net.play(peers, frames=30)


def test_noise_from_where_a_peer_should_be_is_not_told_as_another_secret():
    for data, told in ((bytes([COOKIE]) + bytes(60), "no answer from 1 for"),
                       (Greeter(b"of another match").knock(1, 0, b"instance"), "no match with 1 for")):
        net = Network(seed=2)
        one = net.join(box, players=2, secret=SECRET, connect_timeout_ms=1000)[0]
        net.endpoint(1).send(data, 0)
        passes(net, [one], 1500)
        assert events(net, 0, rs.Disconnected)[0].reason.startswith(told)


@pytest.mark.parametrize("players", [2, 3])
def test_with_a_secret_an_overheard_greeting_ends_no_match_of_somebody_who_waits(players):
    net, peers, _ = waiting(players=players)
    greeter = Greeter(SECRET)
    # of an earlier run of player 1, or of one who called somebody else: played back from where 0 should be
    heard = greeter.knock(1, 0, b"earlier!") if players == 2 else greeter.knock(2, 0, peers[2]._meeting._record.instance)
    for _ in range(4):
        net.link(0, 1).send(heard, net.now_us)
        passes(net, peers[1:], 1000)
    net.play(peers, frames=30)


def test_a_contradiction_is_the_reason_that_is_given_when_the_peer_has_not_come_in_time():
    net = Network(seed=2)
    peers = [rs.p2p(box, player=1, peers={0: 1 - at}, transport=net.endpoint(at), clock=VirtualClock(net), secret=SECRET,
                    connect_timeout_ms=5000) for at in (0, 1)]
    passes(net, peers, 4900)
    with pytest.raises(rs.IncompatiblePeer, match="two peers claim one player"):
        passes(net, peers, 200)


def test_who_knows_only_how_greetings_are_tagged_makes_no_call():
    net, peers, taps = waiting()
    body = call(net, peers, 1, b"another secret")[:-16]
    net.endpoint("stranger").send(Greeter(SECRET)._close(body), 0)
    passes(net, peers[:1], 10)
    assert taps[0].answers == [] and peers[0].stats.dropped == {"greeting": 1}


@pytest.mark.parametrize(("sender", "receiver"), [(9, 0), (255, 0), (0, 0), (1, 2), (1, 1), (1, 255)])
def test_a_greeting_of_who_is_not_in_the_match_or_for_somebody_else_is_counted_and_not_answered(sender, receiver):
    net, peers, taps = waiting()
    greeter, stranger = Greeter(SECRET), net.endpoint("stranger")
    greetings = [call(net, peers, 1, sender=sender, receiver=receiver), greeter.response(sender, receiver, 1, 2, bytes(80)),
                 greeter.cookie(sender, receiver, 1, bytes(16)), greeter.knock(sender, receiver, b"instance"),
                 greeter.version(sender, receiver)]
    for data in greetings:
        stranger.send(data, 0)
    passes(net, peers[:1], 4000)
    assert taps[0].answers == [] and net.link(0, "stranger").sent == 0
    assert peers[0].stats.dropped == {"greeting": len(greetings)}
    net.play(peers, frames=30)


def test_only_who_calls_or_wants_to_be_called_can_contradict_us():
    """An answer that names others may be an echo of another match at this address."""
    net, peers, _ = waiting(secret=None)
    greeter = Greeter()
    for data in (greeter.response(5, 0, 1, 2, bytes(80)), greeter.cookie(5, 0, 1, bytes(16)), greeter.version(5, 0)):
        net.endpoint(1).send(data, 0)
    passes(net, peers[:1], 4000)
    assert peers[0].phase == "connecting" and peers[0].stats.dropped["greeting"] == 3
    net.play(peers, frames=30)


def test_at_the_address_of_a_peer_that_is_here_nobody_refuses_us_in_the_name_of_another():
    net, peers, _ = waiting(secret=None, players=3)
    passes(net, peers[:2], 300)
    assert peers[0]._meeting.missing == (2,)
    net.endpoint(1).send(of_version(77, Greeter(), 2, 0), 0)
    passes(net, peers[:2], 4000)
    assert peers[0].phase == "connecting"
    net.play(peers, frames=30)


def test_another_version_of_nobody_in_the_match_is_no_reason_to_refuse():
    net, peers, _ = waiting()
    net.endpoint("stranger").send(of_version(77, Greeter(SECRET), 9, 0), 0)
    passes(net, peers[:1], 4000)
    net.play(peers, frames=30)


def test_a_contradiction_is_forgotten_when_the_peer_is_there():
    net, peers, _ = waiting(secret=None, players=3)
    net.endpoint(1).send(of_version(77, Greeter(), 1, 0), 0)
    passes(net, peers[:1], 500)
    passes(net, peers[:2], 4000)
    net.play(peers, frames=30)


def test_nobody_starts_with_a_peer_that_does_not_fit_though_it_does_not_mind():
    net = Network(seed=2, impairment=Impairment.parse("rtt=20ms"))
    lenient, strict = net.join(box, players=2, sealed=[True, False])
    lenient._meeting._refuse = lambda *_: None
    with pytest.raises(rs.IncompatiblePeer, match="sealing"):
        net.run([lenient, strict], until=lambda: strict.phase == "playing", limit_ms=5000)
    assert strict.phase == "over" and strict.frame == 0


def test_those_who_wait_for_a_third_do_not_answer_each_others_answers():
    net, peers, taps = waiting(players=3)
    for source, target in ((0, 1), (1, 0)):
        net.set_link(source, target, Impairment.parse("rtt=4ms"))
    passes(net, peers[:2], 3000)
    assert sum(peer.stats.packets_sent for peer in peers[:2]) < 300 and taps


def test_addresses_that_a_peer_had_are_few_and_those_of_others_stay_theirs():
    net, peers, _ = waiting(players=3)
    meeting = peers[0]._meeting
    net.play(peers, frames=10)
    meeting._move(1, 2)
    meeting._move(2, "elsewhere")
    assert meeting.peer_at(2) == 1 and meeting.peer_at("elsewhere") == 2
    first = peers[0]._meeting.former(1)[0]
    for place in [f"{n % 10}" for n in range(60)]:
        meeting._move(1, place)
        meeting.prove(1)
        former = meeting.former(1)
        assert len(set(former)) == len(former) <= FORMER and first in former
    assert meeting.peer_at(2) is None and "8" in meeting.former(1)


def test_a_word_about_versions_is_not_answered_with_another():
    """Two of different versions would else never stop."""
    net, peers, _ = waiting()
    word = bytearray(Greeter(SECRET).version(1, 0)[:-16])
    word[6] = 77
    net.endpoint("older").send(Greeter(SECRET)._close(bytes(word)), 0)
    net.endpoint("other").send(of_version(77, Greeter(SECRET), 1, 0), 0)
    passes(net, peers[:1], 500)
    assert net.link(0, "older").sent == 0 and net.link(0, "other").sent == 1


def test_a_knock_in_the_name_of_a_peer_that_is_heard_makes_no_call():
    net, peers, _ = waiting(players=3)
    passes(net, peers[:2], 300)
    assert peers[1]._meeting._channels[0].state == "linked"
    before = dict(peers[1].stats.dropped)
    net.endpoint("stranger").send(Greeter(SECRET).knock(0, 1, b"another!"), 1)
    passes(net, peers[:2], 20)
    assert peers[1].stats.dropped["held"] == before.get("held", 0) + 1 and peers[1]._meeting._channels[0].state == "linked"
    net.play(peers, frames=30)


def test_a_call_that_comes_again_costs_no_handshake_and_is_answered_alike():
    net, peers, taps = waiting()
    data = call(net, peers, 1)
    for _ in range(5 * LOAD):
        net.endpoint("a").send(data, 0)
    passes(net, peers[:1], 500)
    assert taps[0].answers == ["a"] * 5 * LOAD and "cookie" not in peers[0].stats.dropped
    assert len({data for data in taps[0]._heard if data[0] == RESPONSE}) == 1
    assert len(peers[0]._meeting.links) == 1


def test_in_each_second_so_many_calls_are_answered_at_once_and_the_others_are_asked_for_a_cookie():
    net, peers, taps = waiting()
    calls = iter(range(1, 1000))
    for second in range(1, 4):
        for _ in range(2 * LOAD + 1):
            net.endpoint("a").send(call(net, peers, next(calls)), 0)
        passes(net, peers[:1], 1100)
        asked = sum(data[0] == COOKIE for data in taps[0]._heard)
        assert (len(taps[0].answers), asked) == (second * LOAD, second * (LOAD + 1))
        assert peers[0].stats.dropped["cookie"] == asked


def test_with_a_cookie_the_calls_of_each_second_are_bounded_too():
    net, peers, taps = waiting()
    calls = iter(range(1, 1000))
    for second in range(1, 3):
        for _ in range(MOST_LOAD + 50):
            cookie = peers[0]._meeting._cookies.of("a", net.now_us * 1000)
            net.endpoint("a").send(call(net, peers, next(calls), cookie=cookie), 0)
        passes(net, peers[:1], 1100)
        assert len(taps[0].answers) == second * MOST_LOAD and peers[0].stats.dropped["load"] == second * 50


# ------------------------------------------------------------------ links that were offered before the start


def offered(peers: list[rs.P2P]) -> Link:
    """Player 1 has called 0 a second time before the start, and was answered: its end of that link."""
    one, other = peers[0]._meeting._channels[1], peers[1]._meeting._channels[0]
    greeter = Greeter(SECRET)
    greeting = greeter.open(one.initiation(greeter.open(other.silent())))
    waits, noise = other._call, copy.copy(other._call.noise)
    record = _read(noise, greeting)
    other.state, other._call = "linked", None           # the answer is still under way
    return other._made(noise, waits.link, greeting.link, record, caller=True)


def begun() -> tuple[Network, list[rs.P2P], Link, Safety]:
    net, peers, _ = waiting(players=3)
    for source in range(3):
        for target in range(3):
            if source != target:
                net.set_link(source, target, Impairment.parse("rtt=100ms"))
    passes(net, peers[:2], 400)
    link, watch = offered(peers), Safety()
    assert net.run(peers, until=lambda: all(peer.phase == "playing" for peer in peers), each=watch, limit_ms=3000)
    return net, peers, link, watch


def test_a_link_of_before_the_start_is_not_taken_from_a_peer_that_is_heard_over_another():
    net, peers, link, watch = begun()
    net.run(peers, until=lambda: False, each=watch, limit_ms=1000)
    channel, held = peers[0]._meeting._channels[1], peers[0].stats.dropped.get("held", 0)
    used, text = channel.link, dict(peers[1]._core.outgoing())[0]
    assert channel.unsettled
    net.endpoint("copy").send(link.sealer.seal(text), 0)
    net.run(peers, until=lambda: False, each=watch, limit_ms=20)
    assert channel.link is used and peers[0].stats.dropped["held"] == held + 1
    net.run(peers, until=lambda: False, each=watch, limit_ms=SETTLED_NS // 1_000_000)
    gone = peers[0].stats.dropped.get("link", 0)
    net.endpoint("copy").send(link.sealer.seal(text), 0)
    net.run(peers, until=lambda: False, each=watch, limit_ms=20)
    assert not channel.unsettled and peers[0].stats.dropped["link"] == gone + 1
    assert peers[0]._meeting.address(1) == 1 and not events(net, 0, rs.AddressChanged)


def test_a_caller_that_took_the_link_of_before_the_start_is_followed_though_the_old_one_was_heard_last():
    net, peers, link, watch = begun()
    net.run(peers, until=lambda: False, each=watch, limit_ms=300)
    mine = peers[1]._meeting._channels[0]
    assert mine.proven(link)
    peers[1]._routes.renew()
    goal = max(peer.confirmed for peer in peers) + 120
    assert net.run(peers, until=lambda: all(peer.confirmed >= goal for peer in peers), each=watch, limit_ms=10_000)
    assert peers[0]._meeting._channels[1].link.hash == link.hash
    watch.agree(goal)
