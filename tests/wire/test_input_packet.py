"""Input packets between two cores: what arrives is what was sent, within one datagram, for ever."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollstep.rollback import ADVANCED
from rollstep.testing import Bot
from rollstep.wire.input_packet import MAX_DATAGRAM, UNACKED
from tests.games import box
from tests.rollback.mesh import Mesh
from tests.wire.packets import encode, game_with_inputs_of, pair

SIZES = (1, 3, 37, 64)
WORST = {
    "every byte new each frame": lambda f, b: (f & 1) * 255,
    "every other byte": lambda f, b: (f & 1) * 255 * (b & 1),
    "fifteen and a gap": lambda f, b: (f & 1) * 255 * (b % 16 != 15),
    "sixteen and a gap": lambda f, b: (f & 1) * 255 * (b % 17 != 16),
    "the last byte": lambda f, b: (f & 1) * (b == 63),
    "nothing": lambda f, b: 0,
}


@st.composite
def talks(draw):
    """Inputs of both sides by frame, how many of 256 datagrams get lost, the draws for that, the delays."""
    size, frames = draw(st.sampled_from(SIZES)), draw(st.integers(1, 80))
    palettes = [draw(st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=5)) for _ in range(2)]
    picks = [draw(st.binary(min_size=frames, max_size=frames)) for _ in range(2)]
    inputs = [[palette[pick % len(palette)] for pick in own] for palette, own in zip(palettes, picks, strict=True)]
    delay = st.integers(0, 16)
    return size, inputs, draw(st.integers(0, 256)), draw(st.binary(min_size=100, max_size=100)), (draw(delay), draw(delay))


@given(talks())
def test_whatever_gets_lost_the_receiver_ends_up_with_exactly_the_senders_inputs(talk):
    size, inputs, lost, draws, delays = talk
    cores = pair(game_with_inputs_of(size), delays=delays)
    sent = [[bytes(size)] * delay for delay in delays]
    fates = iter(draws)
    turn = 0
    while any(core.frame < len(inputs[0]) for core in cores):
        turn += 1
        assert turn < 300, "dead"
        for me, other in ((0, 1), (1, 0)):
            core, f = cores[me], cores[me].frame
            want = f < len(inputs[me])
            core.set_input(inputs[me][f] if want else bytes(size))
            if (core.advance(turn) if want else core.exchange(turn)) & ADVANCED:
                sent[me].append(inputs[me][f])
            ((_, datagram),) = core.outgoing()
            assert len(datagram) <= MAX_DATAGRAM
            if next(fates, 256) >= lost:                   # at the end everything gets through
                cores[other].receive(me, datagram)
    for turn in range(1000, 1008):
        for me, other in ((0, 1), (1, 0)):
            cores[me].exchange(turn)
            cores[other].receive(me, cores[me].outgoing()[0][1])
    for me, other in ((0, 1), (1, 0)):
        assert cores[other].got(me) == len(sent[me]) and cores[me].acked == len(sent[me])
        for f, data in enumerate(sent[me]):
            assert cores[other].row(f)[me * size:(me + 1) * size] == data, f"frame {f}"
        assert not any(cores[other].stats.refused.values())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pattern", WORST)
def test_unacknowledged_frames_of_any_input_arrive_in_turns_of_as_many_as_fit_one_datagram(size, pattern):
    us, them = pair(game_with_inputs_of(size), delays=(16, 16))
    given_, longest = [bytes(size)] * 16, 0
    for f in range(60):                                    # they hear nothing of us, we hear all of them
        data = bytes(WORST[pattern](f, b) for b in range(size))
        us.set_input(data)
        if us.advance(f) & ADVANCED:
            given_.append(data)
        them.advance(f)
        us.receive(1, them.outgoing()[0][1])
        longest = max(longest, len(us.outgoing()[0][1]))
    while us.got(0) - us.acked < UNACKED:
        data = bytes(WORST[pattern](us.frame, b) for b in range(size))
        us.set_input(data)
        assert us.advance(100) & ADVANCED
        given_.append(data)
    assert not us.can_advance and len(us.outgoing()[0][1]) <= MAX_DATAGRAM
    longest = max(longest, len(us.outgoing()[0][1]))
    assert not pattern.startswith("every byte") or longest > min(UNACKED * size, MAX_DATAGRAM - 2 * size - 20)
    turns = 0
    while us.acked < len(given_):
        them.receive(0, us.outgoing()[0][1])
        them.exchange(200 + turns)
        us.receive(1, them.outgoing()[0][1])
        us.exchange(200 + turns)
        turns += 1
    worst = size + size // 15 + 2
    assert turns == 1 if pattern in ("nothing", "the last byte") else turns <= -(-UNACKED // (1180 // worst - 1))
    assert [them.row(f)[:size] for f in range(len(given_))] == given_


@pytest.mark.parametrize("size", SIZES)
def test_the_bytes_on_the_wire_are_as_documented(size):
    us, them = pair(game_with_inputs_of(size), delays=(2, 0))
    draw = random.Random(size)
    given_, last = [bytes(size)] * 2, bytes(size)
    for f in range(30):
        last = bytes(draw.choice((0, 0, 0, byte, draw.randrange(256))) for byte in last)
        us.set_input(last)
        us.advance(f * 16_667)
        given_.append(last)
        (_, datagram), start = us.outgoing()[0], us.acked
        frames = given_[start:start + datagram[7]]
        assert len(frames) == len(given_) - start or len(datagram) > MAX_DATAGRAM - 2 * size - 20, "as many as fit"
        chain = (us.confirmed, us.chain(us.confirmed)) if us.confirmed and f % 4 == 3 else None
        delays = [2] if f % 16 == 1 else None
        lead = struct.unpack_from("<b", datagram, 8)[0]
        assert datagram == encode(frames, start=start, before=given_[start - 1], ack=us.got(1), sequence=f + 1, lead=lead,
                                  chain=chain, delays=delays, ahead=start + len(frames) - us.frame)
        assert lead == max(-128, min(127, us.lead(1) >> 3))
        if f % 3 == 0:
            them.receive(0, datagram)
            them.advance(f * 16_667)
            us.receive(1, them.outgoing()[0][1])
    assert us.confirmed > 5


def test_round_trip_and_lead_are_measured_in_the_units_they_say():
    mesh = Mesh(box.game, delays=0, windows=32, network="rtt=190ms")
    for _ in range(400):
        mesh.tick()
    for p, core in enumerate(mesh.cores):
        assert core.rtt_us(1 - p) == 12 * mesh.frame_us, "95 ms are 6 turns each way"
        assert abs(core.lead(1 - p)) <= 64, "both play at the same pace, at the same frame"
        assert abs(core.lead(1 - p) - core.their_lead(1 - p)) <= 16
        assert core.heard_at_us(1 - p) == mesh.now_us


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 3)])
def test_of_reordered_packets_the_newest_speaks_of_leads_and_is_when_we_heard_last(order):
    us, _ = pair(box.game)
    for turn, sequence in enumerate(order):
        us.receive(1, encode([], start=0, ack=0, sequence=sequence, lead=10 * sequence))
        us.exchange(1000 + turn)
    assert us.their_lead(0) == 0 and us.their_lead(1) == 30 * 8, "an eighth of a frame on the wire, a sixty-fourth here"
    assert us.heard_at_us(1) == 1000 + order.index(3)


@pytest.mark.parametrize("behind", [3, 10])
def test_who_runs_ahead_knows_by_how_much_and_the_other_says_so_too(behind):
    mesh = Mesh(box.game, delays=0, windows=32, network="rtt=60ms")
    for tick in range(400):
        mesh.tick(playing=(0, 1) if tick >= behind else (0,))
    ahead, late = mesh.cores
    assert ahead.frame - late.frame == behind
    assert abs((ahead.lead(1) - ahead.their_lead(1)) / 128 - behind) < 0.5
    assert abs((late.lead(0) - late.their_lead(0)) / 128 + behind) < 0.5


def test_frame_packet_and_ack_numbers_survive_the_wrap_of_their_sixteen_bits():
    frames = 70_000
    mesh = Mesh(box.game, windows=8, network="rtt=80ms,jitter=40ms,loss=5%,duplicate=2%", seed=3)
    mesh.bots = [Bot(box.game, player=p, seed=3) for p in (0, 1)]
    mesh.play(frames)
    mesh.check(moved=False)
    assert mesh.refused == 0 and all(n > 5000 for n in mesh.rollbacks)
    assert all(core._number("tx_sequence", 1 - p) > 65_536 for p, core in enumerate(mesh.cores))
    assert all(core._number("rx_sequence", 1 - p) > 65_536 for p, core in enumerate(mesh.cores))
