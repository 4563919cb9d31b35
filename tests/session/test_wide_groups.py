"""As many players on one peer as there can be, with the largest inputs, all of them new in every frame."""

from __future__ import annotations

import random

import pytest

import rollstep as rs
from rollstep import i64, u8
from rollstep.game import MAX_INPUT_BYTES, MAX_PLAYERS
from rollstep.testing import Impairment, Network, Safety
from rollstep.wire.input_packet import MAX_DATAGRAM

from .scenario import BENIGN


@rs.struct
class Pad:
    keys: rs.Array[u8] = rs.array(MAX_INPUT_BYTES)


@rs.struct
class World:
    total: i64


def init(world, tick):
    world.total = tick.seed % 1_000_000_007


def step(world, inputs, tick):
    for i in range(tick.players):
        for key in inputs[i].keys:
            world.total = (world.total * 31 + key) % 1_000_000_007


game = rs.Game("wide", state=World, input=Pad, players=(2, MAX_PLAYERS), init=init, step=step)


class Noise:
    """Every byte is another in every frame."""

    def __init__(self, player: int) -> None:
        self._draw = random.Random(player)

    def input(self, frame: int) -> bytes:
        return self._draw.randbytes(MAX_INPUT_BYTES)


@pytest.mark.parametrize(("groups", "options"), [
    ([tuple(range(15)), (15,)], {"window": 10, "delay": 2}),
    ([tuple(range(8)), tuple(range(8, 16))], {"window": 0, "delay": 8, "commit": True}),
    ([(0,), tuple(range(1, 8)), tuple(range(8, 16))], {"window": 60, "delay": 16})])
def test_the_most_players_with_the_largest_inputs_play_though_few_frames_fit_a_datagram(groups, options, frames=30):
    net, watch = Network(seed=1, impairment=Impairment.parse("rtt=50ms,jitter=20ms,loss=10%,duplicate=10%")), Safety()
    peers = net.join(game, players=16, groups=groups, **options)
    bots = [[Noise(p) for p in group] for group in groups]
    assert net.run(peers, until=lambda: all(peer.confirmed >= frames for peer in peers), each=watch, bots=bots, limit_ms=30_000)
    assert len(set(watch.agree(frames))) > frames - options["delay"] - 2
    for peer in peers:
        assert set(peer.stats.dropped) <= BENIGN
        if len(peer.local_players) > 1:
            assert MAX_DATAGRAM // 2 < peer.stats.bytes_sent / peer.stats.packets_sent <= MAX_DATAGRAM
