"""Datagrams that come late, or claim less than is known: what was known stays."""

from __future__ import annotations

import pytest

from rollstep.rollback import Core
from rollstep.wire.input_packet import MAX_DATAGRAM, PEER_SUMS
from tests.wire.packets import clone, encode, game_with_inputs_of, pair, verdict

WAYS = pytest.mark.parametrize("way", ["compiled", "interpreted"])
NOTHING = bytes(2)


def hears(core: Core, *datagrams: bytes, now: int = 10**6) -> Core:
    for datagram in datagrams:
        core.receive(1, datagram)
    core.exchange(now)
    assert not any(core.stats.refused.values())
    return core


def playing(way: str, frames: int = 20) -> Core:
    """Player 0 has started some frames and told of them; of player 1 as many came in."""
    core, _ = pair(game_with_inputs_of(2), way=way)
    for f in range(frames):
        core.set_input(NOTHING)
        core.advance(f)
    return hears(core, encode([NOTHING] * frames, start=0, ack=5, sequence=100))


@WAYS
def test_an_ack_that_goes_back_is_an_old_one(way):
    core = hears(playing(way), encode([], start=20, ack=15, sequence=101))
    for ack in (14, 5, 0, -1, -32_000):
        hears(core, encode([], start=20, ack=ack, sequence=102))
        assert core.acked == 15


@WAYS
def test_delays_of_an_old_datagram_are_old(way):
    core = hears(playing(way), encode([], start=20, ack=5, sequence=110, delays=[7]))
    assert hears(core, encode([], start=20, ack=5, sequence=109, delays=[3])).delay(1) == 7
    assert hears(core, encode([], start=20, ack=5, sequence=110, delays=[4])).delay(1) == 7
    assert hears(core, encode([], start=20, ack=5, sequence=111, delays=[5])).delay(1) == 5


@WAYS
def test_the_advantage_of_an_old_datagram_is_old(way):
    core = hears(playing(way), encode([], start=20, ack=5, sequence=110, lead=9), now=3_000_000)
    hears(core, encode([], start=20, ack=5, sequence=109, lead=-9), now=4_000_000)
    assert (core.their_lead(1), core.heard_at_us(1)) == (72, 3_000_000), "nor does it show that the peer is there"


@WAYS
def test_a_chain_that_waits_for_ours_is_not_pushed_out_by_a_later_one(way):
    core = playing(way)
    ahead = core.confirmed + 10
    hears(core, encode([], start=20, ack=5, sequence=101, chain=(ahead, 1234)),
          encode([], start=20, ack=5, sequence=102, chain=(ahead + PEER_SUMS, 99)))
    for f in range(20):
        core.set_input(NOTHING)
        core.advance(10**6 + f)
        core.receive(1, encode([NOTHING], start=20 + f, ack=core.got(0), sequence=103 + f))
    core.exchange(2 * 10**6)
    assert core.desync is not None and core.desync[0] == ahead and core.desync[3] == 1234


@WAYS
def test_a_cut_datagram_is_refused_for_its_size_whatever_stood_in_its_place_before(way):
    core = clone(playing(way))
    good = encode([], start=20, ack=5, sequence=101)
    for before in (b"\xff", b"\0", b"\1"):
        core._bytes[core._number("rx_at"):core._number("tx_at")] = before * (core._number("tx_at") - core._number("rx_at"))
        assert [verdict(core, 1, good[:n]) for n in range(10)] == ["size"] * 10
    assert core._number("tx_at") - core._number("rx_at") >= MAX_DATAGRAM * 32
