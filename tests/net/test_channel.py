"""The handshake of two peers: keys on both sides, whatever is lost, doubled, late, forged or started again."""

import hashlib
import itertools
import random

import pytest

from rollstep.net import channel
from rollstep.net.channel import ANSWERING, CALLING, OFFERS, Channel
from rollstep.wire.control import Record
from rollstep.wire.greeting import COOKIE, INITIATION, KNOCK, RESPONSE, Greeter, psk

SECRET = b"secret 123"
STATES = {"absent", "calling", "linked", "recalling", "offered"}


def record(slot, receiver, instance):
    return Record(instance, slot, receiver, (0, 1), 60, (1,), 8, False, True, b"L" * 16, b"C" * 16, b"R" * 16, "box")


class Side:
    """One peer's channel, and what its session would do with greetings."""

    names = itertools.count()

    def __init__(self, slot, secret=SECRET):
        drawn, name = itertools.count(), next(self.names)
        self.greeter, self.links = Greeter(secret), {}
        self.channel = Channel(record(slot, 1 - slot, name.to_bytes(8, "big")), key=psk(secret), greeter=self.greeter,
                               links=self.links,
                               entropy=lambda n: hashlib.shake_256(f"{name} {next(drawn)}".encode()).digest(n))

    def take(self, data):
        """A datagram came in; what goes back."""
        if data[0] == 0x43:
            link = self.links.get(data[:5])
            if link is not None and link.opener.open(data) is not None:
                self.channel.proven(link)
            return []
        greeting, answer = self.greeter.open(data), None
        if greeting is None:
            return []
        if greeting.kind == INITIATION:
            answer = self.channel.repeated(greeting) or self.channel.initiation(greeting)
        elif greeting.kind == KNOCK:
            answer = self.channel.knock(greeting)
        elif greeting.kind == COOKIE:
            answer = self.channel.cookie(greeting)
        elif greeting.kind == RESPONSE and self.channel.response(greeting):
            answer = self.channel.link.sealer.seal(b"proof")
        return [] if answer is None else [answer]

    def tick(self, now_us):
        greeting = self.channel.tick(now_us)
        again = self.channel.link.sealer.seal(b"still") if self.channel.link is not None else None
        return [data for data in (greeting, again) if data is not None]


def talk(pair, ms, *, loss=0.0, double=0.0, seed=1, since_ms=0):
    """Both talk for a while; all that was sent."""
    chance, under_way, said = random.Random(seed), [[], []], []
    for now in range(since_ms, since_ms + ms, 10):
        for i, side in enumerate(pair):
            arrived, under_way[i] = under_way[i], []
            out = [answer for data in arrived for answer in side.take(data)] + (side.tick(now * 1000) if now % 50 == 0 else [])
            for data in out:
                said.append((i, data))
                for _ in range(1 + (chance.random() < double)):
                    if chance.random() >= loss:
                        under_way[1 - i].append(data)
            chance.shuffle(under_way[1 - i])
    return said


def linked(pair):
    one, other = (side.channel.link for side in pair)
    return one is not None and other is not None and one.hash == other.hash \
        and other.opener.open(one.sealer.seal(b"hello")) == b"hello" and one.opener.open(other.sealer.seal(b"you")) == b"you"


def test_two_peers_have_keys_after_one_question_and_one_answer():
    pair = [Side(0), Side(1)]
    talk(pair, 200)
    assert linked(pair) and [side.channel.state for side in pair] == ["linked", "linked"]
    assert pair[0].channel.link.caller is False and pair[1].channel.link.caller is True
    assert pair[0].channel.link.record == pair[1].channel.record and pair[1].channel.link.record == pair[0].channel.record


@pytest.mark.parametrize("seed", range(10))
def test_loss_and_doubles_only_make_it_take_longer(seed):
    pair = [Side(0), Side(1)]
    talk(pair, 6000, loss=0.5, double=0.3, seed=seed)
    assert linked(pair) and all(len(side.links) <= 1 + OFFERS for side in pair)


def test_who_has_another_secret_gets_no_keys_and_no_answer():
    pair = [Side(0), Side(1, secret=b"another 123")]
    said = talk(pair, 1000)
    assert not any(side.channel.link for side in pair) and not any(data[0] == RESPONSE for _, data in said)


@pytest.mark.parametrize("who", [0, 1])
def test_who_is_started_again_gets_new_keys_and_the_old_ones_are_gone(who):
    pair = [Side(0), Side(1)]
    talk(pair, 300)
    old = pair[who].channel.link
    pair[who] = Side(who)
    talk(pair, 1000, since_ms=300)
    assert linked(pair) and pair[1 - who].channel.link.record.instance == pair[who].channel.record.instance
    assert old.prefix not in pair[who].links and all(len(side.links) == 1 for side in pair)


def test_a_call_that_is_played_again_makes_an_offer_and_no_link():
    pair = [Side(0), Side(1)]
    said = talk(pair, 300)
    call = next(data for _, data in said if data[0] == INITIATION)
    fresh = Side(0)
    (answer,) = fresh.take(call)
    assert fresh.take(call) == [answer], "the same call gets the same answer"
    proof = next(data for i, data in said if i == 1 and data[0] == 0x43)
    fresh.take(proof)
    fresh.take(next(iter(fresh.links)) + proof[5:])
    assert fresh.channel.link is None and fresh.channel.state == "offered" and len(fresh.links) == 1


def test_offers_are_few_however_many_call():
    answerer = Side(0)
    for n in range(30):
        caller = Side(1)
        (call,) = caller.tick(n)
        assert answerer.take(call)
    assert len(answerer.links) == OFFERS and answerer.channel.link is None
    (proof,) = caller.take(answerer.take(call)[0])
    answerer.take(proof)
    assert linked([answerer, caller])


def test_an_answer_to_another_call_or_a_forged_one_leaves_the_call_standing():
    one, two, caller = Side(0), Side(0), Side(1)
    (call,) = caller.tick(0)
    (answer,), (other,) = one.take(call), two.take(Side(1).tick(0)[0])
    assert caller.take(other) == []
    for at in range(17, len(answer) - 16, 7):
        broken = bytearray(answer[:-16])
        broken[at] ^= 1
        assert caller.take(caller.greeter._close(bytes(broken))) == []
    assert caller.channel.state == "calling"
    assert caller.take(answer) and caller.channel.state == "linked"


@pytest.mark.parametrize("number", [7, 8, 1 << 31])
def test_a_number_that_was_changed_on_its_way_is_no_number_even_with_a_good_tag(number):
    """Without a secret everybody can make the tag, and these numbers stand in the open: the handshake repeats them."""
    answerer, caller = Side(0), Side(1)
    (call,) = caller.tick(0)
    def changed(data, at):
        body = bytearray(data[:-16])
        body[at:at + 4] = (int.from_bytes(body[at:at + 4], "little") ^ number).to_bytes(4, "little")
        return caller.greeter._close(bytes(body))
    assert answerer.take(changed(call, 9)) == [] and answerer.channel.state == "absent" and not answerer.links
    (answer,) = answerer.take(call)
    assert caller.take(changed(answer, 13)) == caller.take(changed(answer, 9)) == [] and caller.channel.state == "calling"
    (proof,) = caller.take(answer)
    answerer.take(proof)
    assert linked([answerer, caller])


def test_a_cookie_is_repeated_and_only_the_one_that_answers_our_call():
    caller, greeter = Side(1), Greeter(SECRET)
    assert caller.take(greeter.cookie(0, 1, 0, b"c" * 16)) == [], "there is no call yet"
    (call,) = caller.tick(0)
    link = greeter.open(call).link
    assert caller.take(greeter.cookie(0, 1, link ^ 1, b"c" * 16)) == []
    (again,) = caller.take(greeter.cookie(0, 1, link, b"c" * 16))
    assert greeter.open(again).cookie == b"c" * 16 and greeter.open(again).body == greeter.open(call).body


def test_cookies_played_back_make_nobody_call_more_often_than_the_first_and_the_newest_is_repeated():
    caller, greeter = Side(1), Greeter(SECRET)
    (call,) = caller.tick(0)
    link = greeter.open(call).link
    said = [data for n in range(1000) for data in caller.take(greeter.cookie(0, 1, link, bytes([1 + n % 3]) * 16))]
    assert len(said) == 1
    (again,) = caller.tick(channel.RETRY_US)
    assert greeter.open(again).cookie == b"\1" * 16


def test_a_knock_of_who_is_linked_with_us_changes_nothing():
    pair = [Side(0), Side(1)]
    said = talk(pair, 300)
    assert pair[1].take(next(data for _, data in said if data[0] == KNOCK)) == [] and pair[1].channel.state == "linked"
    knocks = [Side(0).tick(0)[0] for _ in range(2)]
    assert pair[1].take(knocks[0]) and pair[1].channel.state == "recalling"
    assert pair[1].take(knocks[0]) == pair[1].take(knocks[1]) == [], "one call at a time is enough"


def test_after_the_start_nothing_but_the_link_counts():
    pair = [Side(0), Side(1)]
    talk(pair, 300)
    pair[0].take(Side(1).tick(0)[0])
    for side in pair:
        side.channel.start()
    assert linked(pair) and pair[0].take(Side(1).tick(0)[0]) == [] and pair[1].take(Side(0).tick(0)[0]) == []
    assert all(len(side.links) == 1 and side.channel.tick(10**9) is None for side in pair)


def test_who_calls_and_who_knocks_does_so_ten_times_a_second_until_there_is_a_link():
    for side in (Side(0), Side(1)):
        (first,) = side.tick(0)
        assert side.tick(0) == side.tick(channel.RETRY_US - 1) == [] and side.tick(channel.RETRY_US) == [first]
    answerer = Side(0)
    answerer.take(Side(1).tick(0)[0])
    (knock,) = answerer.tick(0)
    assert answerer.channel.state == "offered" and answerer.greeter.open(knock).kind == KNOCK, "an offer is no link"


def test_only_what_a_side_has_made_itself_is_its_echo():
    sides = [Side(0), Side(1)]
    made = [side.greeter.open(side.tick(0)[0]) for side in sides]
    assert [[side.channel.made(greeting) for greeting in made] for side in sides] == [[True, False], [False, True]]
    assert sides[1].channel.made(Greeter(SECRET).open(Greeter(SECRET).knock(1, 0, sides[1].channel.record.instance)))


def test_a_caller_that_hears_nothing_calls_again_and_keeps_its_link_meanwhile():
    pair = [Side(0), Side(1)]
    talk(pair, 300)
    caller, now = pair[1].channel, 10**6
    link, call = caller.link, caller.silent()
    assert pair[1].greeter.open(call).kind == INITIATION and (caller.state, caller.link) == ("recalling", link)
    assert caller.silent() is None and caller.tick(now) == call
    asked = pair[1].greeter.open(caller.cookie(pair[1].greeter.open(Greeter(SECRET).cookie(
        0, 1, pair[1].greeter.open(call).link, b"c" * 16))))
    assert asked.cookie == b"c" * 16 and linked(pair)
    answerer = pair[0].channel
    (answer,) = pair[0].take(call)
    assert answerer.state == "linked" and linked(pair), "a call alone changes nothing"
    (proof,) = pair[1].take(answer)
    pair[0].take(proof)
    assert linked(pair) and caller.link is not link and link.prefix not in pair[1].links
    caller.silent()
    caller.forget()
    assert (caller.state, caller.link) == ("absent", None) and not pair[1].links


def test_who_calls_takes_no_calls_and_does_no_work_for_them(monkeypatch):
    """The one with the lower slot never calls: somebody plays with the numbers."""
    caller, greeter = Side(1), Greeter(SECRET)
    monkeypatch.setattr(caller.channel, "_noise", lambda **_: pytest.fail("a handshake was begun"))
    assert caller.take(greeter.initiation(0, 1, 7, bytes(100))) == [] and caller.channel.state == "absent"


def test_an_offer_of_before_a_farewell_is_no_link_and_the_link_in_use_is_no_news():
    pair = [Side(0), Side(1)]
    talk(pair, 300)
    answerer = pair[0].channel
    assert not answerer.proven(answerer.link)
    (answer,) = pair[0].take(Side(1).tick(0)[0])
    offer = next(link for prefix, link in pair[0].links.items() if link is not answerer.link)
    used = answerer.link.prefix
    answerer.forget()
    assert answer and used not in pair[0].links and not answerer.proven(offer) and answerer.link is None


def test_whoever_calls_and_calls_takes_no_link_from_who_has_one_and_fills_no_memory():
    answerer = Side(0)
    offers = [answerer.take(Side(1).tick(0)[0]) for _ in range(OFFERS - 2)]
    caller = Side(1)
    (proof,) = caller.take(answerer.take(caller.tick(0)[0])[0])
    answerer.take(proof)
    assert offers and linked([answerer, caller])
    for _ in range(3 * OFFERS):
        assert answerer.take(Side(1).tick(0)[0])
        assert len(answerer.links) <= 1 + OFFERS and answerer.channel.link.prefix in answerer.links
    assert linked([answerer, caller])


def test_no_two_links_have_one_number_though_chance_draws_it_twice():
    answerer = Side(0)
    draw = answerer.channel._entropy
    drawn = iter([b"same"] * 3 + [b"else"] * 2 + [b"more"] * 9)
    answerer.channel._entropy = lambda n: next(drawn) if n == 4 else draw(n)
    for _ in range(3):
        assert answerer.take(Side(1).tick(0)[0])
    assert [prefix[2:] for prefix in answerer.links] == [b"ame", b"lse", b"ore"]


@pytest.mark.parametrize("table", [CALLING, ANSWERING], ids=["calling", "answering"])
def test_every_state_of_a_table_is_reached_and_left_again(table):
    reached = {"absent"} | {state for state, _ in table.values()}
    assert reached == {state for state, _ in table} <= STATES
    actions = {action for _, action in table.values()}
    assert actions <= {"call", "repeat", "knock", "offer", "adopt", "forget"}
    assert channel.RETRY_US > 0
