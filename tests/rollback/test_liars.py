"""A peer that speaks the protocol and lies in one number: the others play on with each other and with it, and stay equal."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from rollstep.rollback import SAMPLED, Core
from rollstep.rollback.frame import BELIEVED
from rollstep.wire.input_packet import CHAIN, DELAYS, HEAD
from tests.games import box
from tests.rollback.mesh import Mesh
from tests.wire.packets import encode

LIAR = 2
#: (offset, bytes) of what a datagram says, and the numbers that stand there instead, as differences.
LIES: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "sequence, ahead": (1, 2, (1, 2, 1000, 32_766)),
    "sequence, back": (1, 2, (-1, -1000, -32_767)),
    "ack of what was never sent": (3, 2, (17, 64, 255, 256, 10_000, 32_000)),
    "ack that goes back": (3, 2, (-1, -64, -32_000)),
    "start beyond a gap": (5, 2, (60, 256, 10_000, 32_000)),
    "start before the match": (5, 2, (-5000, -32_000)),
    "more frames than there are": (7, 1, (113, 120, 255)),
    "lead": (8, 1, (127, 128, 64, 192)),
    "how far it is": (9, 1, (100, 128, 20, 236)),
}


class Liar(Mesh):
    """Peer 2 sends each datagram twice: as it is, and with a lie."""

    def __init__(self, lie: Callable[[bytearray, random.Random], bool], **options: object) -> None:
        super().__init__(box.game, players=3, delays=1, network="rtt=80ms,jitter=30ms,loss=5%", **options)  # type: ignore
        self._lie, self._draw, self.lies = lie, random.Random(1), 0

    def deliver(self, p: int, q: int, data: bytes) -> None:
        if p == LIAR:
            false = bytearray(data)
            if self._lie(false, self._draw):
                self.lies += 1
                super().deliver(p, q, bytes(false))
        super().deliver(p, q, data)


def judge(mesh: Liar, frames: int = 400) -> None:
    mesh.play(frames)
    mesh.check()
    assert mesh.lies > frames // 10 and all(mesh.rollbacks)
    for core in mesh.cores[:LIAR]:
        assert core.acked_by(1 - core.player) >= frames - 40, "what the honest have of each other is not the liar's business"
        assert core.got(1 - core.player) >= frames


@pytest.mark.parametrize("what", LIES)
def test_a_lie_in_one_number_harms_nobody(what):
    at, size, differences = LIES[what]

    def lie(data: bytearray, draw: random.Random) -> bool:
        value = int.from_bytes(data[at:at + size], "little") + draw.choice(differences)
        data[at:at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")
        return True
    mesh = Liar(lie)
    judge(mesh)
    if "ack of" in what or "start" in what or "more" in what:
        assert all(core.stats.refused["range"] > 100 for core in mesh.cores[:LIAR])
    else:
        assert all(core.stats.packets_accepted > 100 for core in mesh.cores[:LIAR])


@pytest.mark.parametrize("frames", [0, -100, 100])
def test_a_false_chain_is_a_desync_with_who_told_it_and_with_nobody_else(frames):
    def lie(data: bytearray, draw: random.Random) -> bool:
        if not data[0] & CHAIN:
            return False
        data[HEAD] = (data[HEAD] + frames) % 256
        data[HEAD + 1] ^= frames == 0
        return True
    mesh = Liar(lie)
    with pytest.raises(AssertionError, match="sees a desync"):
        mesh.play(400)
    found = [core.desync for core in mesh.cores]
    assert found[LIAR] is None
    assert {desync[1] for desync in found if desync is not None} == {LIAR}


def test_delays_that_change_in_every_datagram_harm_nobody():
    def lie(data: bytearray, draw: random.Random) -> bool:
        if data[0] & DELAYS:
            data[HEAD + 5 * bool(data[0] & CHAIN)] = draw.choice((0, 5, 16, 17, 255))
        return bool(data[0] & DELAYS)
    mesh = Liar(lie)
    mesh.lies += 40
    judge(mesh)
    assert all(0 <= core.delay(LIAR) <= 16 for core in mesh.cores)


def test_a_sender_that_says_to_have_everything_gets_what_it_says_no_more_and_takes_nothing_from_the_others():
    """Acks of all that was sent, though half of it is lost: it waits for ever for that. The others have it all."""
    mesh = Liar(lambda data, draw: False)
    mesh.lies = 1000
    claimed = 0
    for _ in range(600):
        mesh.tick()
        for core in mesh.cores[:LIAR]:
            told = core._number("told", LIAR)
            core.receive(LIAR, encode([], start=core.got(LIAR), ack=told))
            claimed += 1
            mesh.taken[core.player] += 1
            assert core.acked_by(LIAR) <= told
    ahead = [core.frame for core in mesh.cores]
    assert ahead[LIAR] <= min(ahead[:LIAR]) and claimed == 1200
    for core in mesh.cores[:LIAR]:
        assert min(core.acked_by(1 - core.player), core.got(1 - core.player)) >= core.frame - 40
        assert not core.stats.refused["range"], "it is its own loss"


@pytest.mark.parametrize(("ahead", "lead"), [(-90, 127), (-90, -128), (90, -128), (90, 127)])
def test_what_a_peer_says_of_its_frames_moves_no_sample_further_than_is_believed(ahead, lead):
    core = Core(box.game, player=0, players=2, delays=[1, 1], window=60, seed=1)
    for f in range(200):
        near = max(-128, min(127, ahead if ahead < 0 else min(ahead, core.got(1) + 1)))
        core.receive(1, encode([b"\0"], start=core.got(1), ack=core.got(0), sequence=f + 1, lead=lead, ahead=near))
        core.advance(f * 16_667)
        if core.flags & SAMPLED:
            assert all(abs(sample) <= BELIEVED for samples in core.samples() for sample in samples)
    assert core.stats.packets_accepted == 200 and abs(core.lead(1)) > 2 * BELIEVED
