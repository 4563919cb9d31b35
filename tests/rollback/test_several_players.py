"""Peers that play for several players, and delays that change while they play."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep import i64, u8
from rollstep.testing import Bot
from tests.games import box, nasty
from tests.rollback.mesh import Mesh


@rs.struct
class Pad:
    key: u8


@rs.struct
class Crowd:
    total: i64
    last: rs.Array[u8] = rs.array(16)


def gather(world, tick):
    world.total = tick.seed


def shout(world, inputs, tick):
    for i in range(tick.players):
        world.total = world.total * 31 + inputs[i].key * (i + 1)
        world.last[i] = inputs[i].key


crowd = rs.Game("crowd", state=Crowd, input=Pad, players=(2, 16), init=gather, step=shout)

LOSSY = "rtt=100ms,jitter=40ms,loss=20%,duplicate=5%"


@pytest.mark.parametrize("groups", [[(0, 1), (2,)], [(0, 2), (1, 3)], [(0,), (1, 2, 3)], [(0, 3), (1,), (2,)],
                                    [(0, 1, 2, 3)]])
@pytest.mark.parametrize("game", [box.game, nasty.game])
def test_peers_that_play_several_confirm_the_inputs_that_were_given(game, groups):
    players = sum(map(len, groups))
    mesh = Mesh(game, players=players, groups=groups, windows=12, network=LOSSY, delays=[0, 3, 1, 2][:players], twins=(0,))
    mesh.play(200)
    mesh.check()
    assert all(mesh.rollbacks) or len(groups) == 1


def test_sixteen_players_on_six_peers_agree():
    groups = [(0, 1, 2, 3, 4, 5), (6, 7), (8,), (9,), (10, 11, 12), (13, 14, 15)]
    mesh = Mesh(crowd, players=16, groups=groups, windows=10, network="rtt=80ms,loss=10%", delays=1)
    mesh.play(150)
    mesh.check()
    assert all(mesh.rollbacks)


@pytest.mark.parametrize("groups", [[(0,), (1,)], [(0, 1), (2,)]])
@pytest.mark.parametrize("window", [0, 8])
def test_delays_that_grow_and_shrink_in_play_lose_no_frame(groups, window):
    players = sum(map(len, groups))
    mesh = Mesh(box.game, players=players, groups=groups, windows=window, network=LOSSY, delays=2, twins=(0,))
    mesh.changes = {30: [(0, 7)], 60: [(0, 1), (1, 16)], 61: [(players - 1, 5)], 100: [(1, 0 if window else 3)], 140: [(0, 12)]}
    mesh.play(300)
    mesh.check()
    assert [core.delay(p) for core in mesh.cores for p in (0, players - 1)] == \
        [12, {2: 0 if window else 3, 3: 5}[players]] * len(groups)


@settings(max_examples=40)
@given(changes=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 2), st.integers(0, 16)), max_size=12),
       window=st.integers(1, 60), spec=st.sampled_from(["", "rtt=60ms", LOSSY, "rtt=400ms,loss=30%"]))
def test_whatever_the_delays_do_everybody_confirms_one_history(changes, window, spec):
    mesh = Mesh(box.game, players=3, groups=[(0, 1), (2,)], windows=window, network=spec, delays=1)
    for frame, player, delay in changes:
        mesh.changes.setdefault(frame, []).append((player, delay))
    mesh.play(180)
    mesh.check()


def test_a_delay_changes_at_the_frame_that_was_asked_for():
    mesh = Mesh(box.game, delays=0, windows=8, network="rtt=30ms")
    mesh.bots = [Bot(box.game, player=p, seed=1) for p in (0, 1)]
    for _ in range(10):
        mesh.tick()
    mesh.cores[0].set_delay(0, 4, 20)
    while mesh.cores[0].frame < 20:
        mesh.tick()
        assert mesh.cores[0].delay(0) == 0 and mesh.cores[0].got(0) == mesh.cores[0].frame
    mesh.tick()
    assert mesh.cores[0].delay(0) == 4 and mesh.cores[0].got(0) == 21 + 4
    kept = mesh.cores[0].row(19)[:1]
    assert [mesh.cores[0].row(f)[:1] for f in range(20, 24)] == [kept] * 4, "the last input fills the gap"
    for _ in range(40):
        mesh.tick()
    assert mesh.cores[1].delay(0) == 4, "the other was told"
