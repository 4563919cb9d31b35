"""Snapshots of confirmed frames outlive the window, and a bit can be turned over in the newest of them."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.rollback import Core, arena
from rollstep.rollback.flips import flip
from rollstep.state import xxh64
from rollstep.testing import Bot, Impairment, Network
from rollstep.wire.input_packet import SUMS
from tests.games import box, nasty
from tests.rollback.mesh import Twins


def cores(*, window: int = 8, kept: int = SUMS, game: rs.Game = box.game, way: str = "compiled") -> list[Core]:
    return [Core(game, player=p, players=2, delays=[1, 1], window=window, seed=3, way=way, kept=kept)  # type: ignore[arg-type]
            for p in (0, 1)]


@pytest.mark.parametrize("window", [0, 8, 60])
@pytest.mark.parametrize("spec", ["", "rtt=160ms,jitter=80ms,loss=10%"])
def test_every_kept_state_is_the_one_that_was_summed(window, spec):
    net, seen = Network(seed=2, impairment=Impairment.parse(spec)), 0
    peers = net.join(box.game, players=2, window=window, delay=2)

    def look(peer: rs.P2P) -> None:
        nonlocal seen
        core = peer._core
        if core is None or peer.frame % 40:
            return
        for f in range(max(1, core.kept_from, core.confirmed - SUMS + 1), core.confirmed + 1):
            state = core.kept(f)
            assert state is not None and xxh64(state) == core.checksum(f)
            seen += 1
        assert core.kept(core.confirmed + 1) is None and (core.kept_from == 0 or core.kept(core.kept_from - 1) is None)
        assert core.confirmed - core.kept_from >= min(core.confirmed, SUMS - 1), "as long as checksums"
    assert net.run(peers, until=lambda: all(p.confirmed >= 300 for p in peers), each=look, limit_ms=60_000)
    assert seen > 1000


def test_the_oldest_kept_state_is_whole_however_few_are_kept(monkeypatch):
    monkeypatch.setattr(arena, "KEPT_BYTES", 4 * 384)
    net, seen = Network(seed=2, impairment=Impairment.parse("rtt=60ms")), 0
    peers = net.join(box.game, players=2)

    def look(peer: rs.P2P) -> None:
        nonlocal seen
        core = peer._core
        if core is not None and 0 < core.kept_from <= core.confirmed:
            state = core.kept(core.kept_from)
            assert state is not None and xxh64(state) == core.checksum(core.kept_from)
            seen += 1
    assert net.run(peers, until=lambda: all(p.confirmed >= 100 for p in peers), each=look)
    assert seen > 50


def test_large_states_are_kept_as_far_as_memory_allows_and_never_less_than_the_window():
    def slots(core: Core) -> int:
        return (core._number("snapshots_end") - core._number("snapshots_at")) // core._number("slot_size")
    assert slots(cores()[0]) == 8 + 1 + SUMS < arena.PLACES and slots(cores(window=60)[0]) < arena.PLACES
    assert slots(cores(kept=0)[0]) == 9

    @rs.struct
    class Vast:
        cells: rs.Array[rs.i64] = rs.array(1 << 17)

    def nothing(world, tick):
        pass

    def idle(world, inputs, tick):
        pass
    vast = rs.Game("vast", state=Vast, input=box.Pad, players=2, init=nothing, step=idle)
    assert slots(cores(game=vast, way="interpreted")[0]) == 9 + 32


@pytest.mark.parametrize("game", [box.game, nasty.game])
def test_a_flip_leaves_a_compiled_and_an_interpreted_core_with_the_same_memory(game):
    twins = Twins(game, player=0, players=2, delays=[0, 0], window=8, seed=1, kept=SUMS)
    other = Core(game, player=1, players=2, delays=[0, 0], window=8, seed=1, kept=SUMS)
    bot = Bot(box.game, player=0, seed=1)
    for frame in range(40):
        for core in (twins, other):
            core.set_input(bot.input(frame) if game is box.game else bytes([frame, frame // 16, 0, 0]))
            core.advance(frame * 16_667)
        for _, data in other.outgoing():
            if frame % 5 == 0:
                twins.receive(1, data)
        for _, data in twins.outgoing():
            other.receive(0, data)
        if frame in (12, 30):
            before = twins.confirmed
            twins._both(lambda core: flip(core, 8, 3, 1))
            assert twins.confirmed >= before > 0 and twins.kept(before) is not None
    assert twins.desync is not None or other.desync is not None


def test_a_flipped_state_is_summed_again_and_nothing_before_it_changes():
    a, b = cores()
    for frame in range(60):
        for core, peer in ((a, b), (b, a)):
            core.set_input(bytes([frame & 15]))
            core.advance(frame * 16_667)
            for _, data in core.outgoing():
                peer.receive(core.player, data)
    f = a.confirmed
    before, earlier = a.kept(f), [a.checksum(i) for i in range(1, f)]
    assert flip(a, 3, 7, 2_000_000) == f
    after = a.kept(f)
    assert a.simulated > f or bytes(a.state)[3] == after[3]
    assert before is not None and after is not None
    assert [i for i in range(len(before)) if before[i] != after[i]] == [3] and before[3] ^ after[3] == 128
    assert a.checksum(f) == xxh64(after) and [a.checksum(i) for i in range(1, f)] == earlier
    for at, bit in ((-1, 0), (1 << 20, 0), (0, 8)):
        with pytest.raises(rs.UsageError):
            flip(a, at, bit, 0)
    with pytest.raises(rs.UsageError, match="no confirmed frame"):
        flip(cores()[0], 0, 0, 0)


def test_a_flip_in_lockstep_is_in_the_state_that_the_next_step_takes():
    a, b = cores(window=0)
    for frame in range(40):
        for core, peer in ((a, b), (b, a)):
            core.set_input(b"\0")
            core.advance(frame * 16_667)
            for _, data in core.outgoing():
                peer.receive(core.player, data)
    a.exchange(1_000_000)
    assert a.confirmed == a.simulated > 10
    f, at = a.confirmed, next(at for path, _, at in box.World.layout.leaves() if path == "World.boxes[7].bumps")
    flip(a, at, 2, 1_000_000)
    kept = a.kept(f)
    assert kept is not None and bytes(a.state)[at] == kept[at] == 4
