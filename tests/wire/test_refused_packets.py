"""A datagram that is wrong is refused for the first reason that applies, counted, and leaves no trace."""

import random
from operator import xor

import pytest

from rollstep.rollback import Core
from rollstep.rollback.arena import Peer
from rollstep.wire.input_packet import AHEAD, MAX_DATAGRAM, MAX_DELAY, MOST_FRAMES, REASONS
from tests.games import box, nasty
from tests.rollback.mesh import Mesh
from tests.wire.packets import clone, encode, game_with_inputs_of, pair, to_tokens, verdict

WAYS = pytest.mark.parametrize("way", ["compiled", "interpreted"])


class Situation:
    """A core in the middle of a match, and an honest continuation to make wrong. Player 1 has a delay of 16 frames."""

    def __init__(self, way, ticks=60, game=nasty.game):
        mesh = Mesh(game, delays=(0, 16), windows=8, network="rtt=60ms", way=way)
        for _ in range(ticks):
            mesh.tick()
        self.core = mesh.cores[0]
        self.core.exchange(mesh.now_us)                    # nothing waits any more
        self.game, self.got, self.given, self.frame = game, self.core.got(1), self.core.got(0), self.core.frame
        size = game.input_size
        self.last = self.core.row(self.got - 1)[size:2 * size]

    def inputs(self, count, first=None):
        first = self.got if first is None else first
        return [bytes((9 + f % 3, nasty.token(f), 200, f & 1)) for f in range(first, first + count)]

    def datagram(self, count=3, **fields):
        inputs = fields.pop("inputs", None)
        if inputs is None:
            inputs = self.inputs(count)
        return encode(inputs, **{"start": self.got, "ack": self.given, "before": self.last, "sequence": 999, **fields})

    def says(self, datagram, player=1):
        return verdict(self.core, player, datagram)


@WAYS
def test_an_honest_datagram_is_accepted_up_to_each_limit(way):
    at = Situation(way)
    most = at.frame + AHEAD - at.got
    assert 0 < most < MOST_FRAMES
    for datagram in (at.datagram(), at.datagram(count=0), at.datagram(count=most), at.datagram(ack=at.given - 1),
                     at.datagram(chain=(at.frame, 1)), at.datagram(lead=-128), at.datagram(lead=127), at.datagram(sequence=0),
                     at.datagram(start=at.got - 2, before=at.core.row(at.got - 3)[4:8],
                                 inputs=[at.core.row(at.got - 2)[4:8], at.last, *at.inputs(2)]),
                     at.datagram(start=0, before=bytes(4)), at.datagram(tokens=b"\xc0", count=3)):
        assert at.says(datagram) is None, datagram.hex()


@WAYS
def test_an_accepted_datagram_is_applied_whole(way):
    at = Situation(way)
    core, inputs = clone(at.core), at.inputs(5)
    core.receive(1, at.datagram(inputs=inputs))
    core.exchange(0)
    assert core.got(1) == at.got + 5 and core.acked == at.given
    assert [core.row(at.got + i)[4:8] for i in range(5)] == inputs


@WAYS
def test_a_datagram_of_the_wrong_size_or_sender_is_refused(way):
    at = Situation(way)
    good = at.datagram()
    assert [at.says(good[:n]) for n in range(10)] == ["size"] * 10
    assert at.says(good.ljust(MAX_DATAGRAM, b"\1")) == "tokens"
    assert at.says(good.ljust(MAX_DATAGRAM + 1, b"\1")) == at.says(bytes(70_000)) == "size"
    with_chain = at.datagram(count=0, chain=(at.frame, 7))
    assert [at.says(with_chain[:n]) for n in range(10, 16)] == ["size"] * 5 + [None]
    with_delay = at.datagram(count=0, delays=[3])
    assert [at.says(with_delay[:n]) for n in (10, 11)] == ["size", None]
    assert [at.says(good, player=p) for p in (0, 2, 3, 8, -1, 1 << 40, -(1 << 63))] == ["size"] * 7


@WAYS
def test_a_datagram_of_another_kind_is_refused(way):
    at = Situation(way, ticks=20)
    assert {at.says(at.datagram(kind=kind)) for kind in range(256) if kind not in (1, 5, 9, 13)} == {"kind"}


@WAYS
def test_acks_of_what_was_never_sent_are_refused(way):
    at = Situation(way)
    assert at.says(at.datagram(ack=at.given)) is None
    for beyond in (1, 2, 64, 255, 256, 10_000, 30_000):
        assert at.says(at.datagram(ack=at.given + beyond)) == "range", beyond


@WAYS
def test_acks_of_frames_that_are_ours_but_were_not_sent_yet_are_refused(way):
    """What a full datagram has left out, and what commit and reveal holds back: who acknowledges it would never get it."""
    core, _ = pair(game_with_inputs_of(64), way=way)
    core.limit(reveal=1 << 60, trusted=1 << 60, tx_bytes=300)
    draw = random.Random(1)
    for f in range(20):
        core.set_input(draw.randbytes(64))
        core.advance(f)
    told = core.outgoing()[0][1][7]
    assert core.got(0) == 20 and 0 < told < 6
    assert [verdict(core, 1, encode([], start=0, ack=ack)) for ack in (told, told + 1, 20, 21)] == [None, *["range"] * 3]
    core.receive(1, encode([], start=0, ack=told))
    core.exchange(21)
    further = told + core.outgoing()[0][1][7]
    assert told < further and verdict(core, 1, encode([], start=0, ack=further)) is None, "what was sent later counts as well"
    core.limit(reveal=further, trusted=1 << 60, tx_bytes=MAX_DATAGRAM)
    core.receive(1, encode([], start=0, ack=further, sequence=2))
    core.exchange(22)
    assert verdict(core, 1, encode([], start=0, ack=further + 1)) == "range", "this one is not to be seen yet"
    assert core.acked == further


@WAYS
def test_frames_beyond_a_gap_before_the_match_or_too_far_ahead_are_refused(way):
    at = Situation(way)
    for start in (at.got + 1, at.got + 63, at.got + 30_000, -1, -100, at.got - 40_000):
        assert at.says(at.datagram(start=start)) == "range", start
    most = at.frame + AHEAD - at.got
    for count in (most + 1, MOST_FRAMES):
        assert at.says(at.datagram(count=count)) == "range", count
        assert at.says(at.datagram(count=count, ahead=60)) == "range", "though it has not started them"
    for count in (MOST_FRAMES + 1, 255):
        assert at.says(at.datagram(announce=count, inputs=[], start=0)) == "range", count
    early = Situation(way, ticks=1)
    assert early.says(early.datagram(chain=(-1, 0))) == "range", "a chain of a frame before the match"


@WAYS
def test_more_frames_than_one_datagram_may_hold_are_refused_even_when_all_are_known(way):
    core, other = pair(game_with_inputs_of(64), way=way)
    for f in range(MOST_FRAMES + 5):
        other.set_input(bytes(64))
        other.advance(f)
        core.advance(f)
        core.receive(1, other.outgoing()[0][1])
        core.exchange(f)
        other.receive(0, core.outgoing()[0][1])
    assert core.got(1) == MOST_FRAMES + 5
    assert verdict(core, 1, encode([bytes(64)] * MOST_FRAMES, start=0, ack=0)) is None
    assert verdict(core, 1, encode([bytes(64)] * (MOST_FRAMES + 1), start=0, ack=0)) == "range"


@WAYS
def test_a_frame_that_the_sender_cannot_have_reached_and_a_delay_out_of_range_are_refused(way):
    at = Situation(way)
    reached = at.got + 3
    for ahead in (-128, -(at.frame + AHEAD - reached + 1), reached + 1):
        if -128 <= ahead <= 127 and not 0 <= reached - ahead <= at.frame + AHEAD:
            assert at.says(at.datagram(ahead=ahead)) == "range", ahead
    assert at.says(at.datagram(ahead=-(at.frame + AHEAD - reached))) is None
    assert at.says(at.datagram(delays=[MAX_DELAY])) is None
    assert {at.says(at.datagram(delays=[delay])) for delay in (MAX_DELAY + 1, 100, 255)} == {"range"}


@WAYS
def test_of_a_peer_that_plays_several_what_is_left_out_must_be_zero_and_no_more_than_all(way):
    core = Core(game_with_inputs_of(2), player=0, players=3, delays=[0, 0, 0], window=8, seed=1, way=way,
                groups=[(0,), (1, 2)])
    both = [b"aabb", b"ccdd", b"ee\0\0"]
    def send(frames=both, **fields):
        return encode(frames, start=0, ack=0, **fields)
    assert verdict(core, 1, send(both[:2], less=bytes(2))) is None
    # the stream has each player's own changes: what is left out of the third frame is no change
    stream = b"aabb" + bytes(map(xor, b"ccdd", b"aabb")) + bytes(map(xor, b"ee", b"cc"))
    honest = send(less=bytes((0, 1)), tokens=to_tokens(stream + bytes(2)))
    assert verdict(core, 1, honest) is None
    core.receive(1, honest)
    core.exchange(1)
    assert (core.got(1), core.got(2)) == (3, 2) and core.row(1)[2:6] == b"ccdd"
    fresh = Core(game_with_inputs_of(2), player=0, players=3, delays=[0, 0, 0], window=8, seed=1, way=way,
                 groups=[(0,), (1, 2)])
    assert verdict(fresh, 1, send(less=bytes((0, 1)), tokens=to_tokens(stream + b"\0\1"))) == "value"
    assert verdict(fresh, 1, send(less=bytes((0, 4)))) == "range"
    assert verdict(fresh, 1, send(less=b"\0", tokens=b"")) == "size"
    assert verdict(fresh, 2, send(less=bytes(2))) == "size", "the second player of a peer sends nothing of its own"


@WAYS
def test_tokens_that_do_not_fill_the_frames_exactly_or_less_are_refused(way):
    at = Situation(way)
    for tokens in (b"\x00", b"\x10\x00", b"\x01\x05\x00", b"\x02\x05", b"\x0f" + b"\1" * 14, b"\xf0", b"\xd0", b"\xc1\1",
                   b"\x0d" + b"\1" * 13, b"\x01\0" * 13, b"\xf1\1" * 80, b"\xff" * 200):
        assert at.says(at.datagram(count=3, tokens=tokens)) == "tokens", tokens.hex()
    assert at.says(at.datagram(count=0, tokens=b"\x10")) == "tokens"
    assert at.says(at.datagram(count=0, tokens=b"")) is None


@WAYS
@pytest.mark.parametrize("frame", [0, 1, 9])
def test_bytes_that_no_enum_and_no_bool_can_have_are_refused_in_whichever_frame(way, frame):
    at = Situation(way)
    inputs = at.inputs(10)
    honest = inputs[frame]
    values = range(256) if way == "compiled" and frame == 1 else (0, 1, 2, 3, 4, 128, 199, 200, 201, 255)
    for mood in values:
        inputs[frame] = honest[:2] + bytes((mood, honest[3]))
        assert at.says(at.datagram(inputs=inputs)) == (None if mood in (0, 3, 200) else "value"), mood
    for push in values:
        inputs[frame] = honest[:3] + bytes((push,))
        assert at.says(at.datagram(inputs=inputs)) == (None if push in (0, 1) else "value"), push


def test_illegal_bytes_in_frames_that_are_known_already_change_nothing():
    at = Situation("compiled")
    core = clone(at.core)
    before = [core.row(f) for f in range(at.got - 2, at.got)]
    core.receive(1, at.datagram(start=at.got - 2, inputs=[bytes((1, 2, 77, 99))] * 2, before=bytes(4)))
    core.exchange(0)
    assert [core.row(f) for f in range(at.got - 2, at.got)] == before and core.got(1) == at.got


@WAYS
def test_every_reason_has_its_own_counter_and_none_hides_another(way):
    at = Situation(way)
    core = clone(at.core)
    wrong = {"size": b"\1", "kind": at.datagram(kind=2), "range": at.datagram(ack=at.given + 1),
             "tokens": at.datagram(tokens=b"\0"), "value": at.datagram(inputs=[bytes((0, 0, 1, 0))])}
    assert list(wrong) == list(REASONS[1:])
    for times, datagram in enumerate(wrong.values(), 1):
        for _ in range(times):
            core.receive(1, datagram)
    core.receive(1, at.datagram())
    core.exchange(0)
    assert core.stats.refused == {reason: times for times, reason in enumerate(wrong, 1)}
    assert core.stats.packets_accepted == at.core.stats.packets_accepted + 1
    assert core.got(1) == at.got + 3, "the honest one behind them counts"


def test_a_full_queue_says_so_and_takes_no_more():
    core = clone(Situation("compiled", game=box.game).core)
    datagram = core.outgoing()[0][1]
    taken = [core.receive(1, datagram) for _ in range(40)]
    assert taken == [True] * len(Peer().rx_length) + [False] * 8
    core.exchange(0)
    assert core.receive(1, datagram)
