"""Frame numbers near every limit: a match moved there plays on as the one from frame 0, byte for byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from rollstep.rollback.arena import NEVER, Peer
from rollstep.rollback.lab import Lab
from tests.games import box

#: Numbers of the arena that count frames (or datagrams, whose low bits pass a limit alike).
FRAMES = ("frame", "done", "summed", "got", "ack", "told", "peer_at", "rx_sequence", "tx_sequence", "peer_frame", "heard_chain",
          "bad", "raised", "stuck", "desync")
BEFORE, AFTER = 300, 900


def lab(players: int) -> Lab:
    draw = np.random.default_rng(1)
    return Lab(box.game, players=players, inputs=draw.integers(0, 16, (players, 256, 1), dtype=np.uint8), latency_frames=4,
               window=9, delays=[0, 3, 1][:players], seed=1)


def move(lab: Lab, frames: int) -> None:
    """Every peer, and what is on its way, as if so many frames more had been played. A multiple of 256: no ring turns."""
    for p in range(lab.players):
        memory = lab.peers[0, p]
        for field in Peer.layout.fields:  # type: ignore[attr-defined]
            if field.name in FRAMES:
                numbers = memory[field.offset:field.offset + field.size].view(np.int64)
                numbers += np.where((numbers >= 0) & (numbers < NEVER), frames, 0)
        tick = Peer.view(memory).tick_at  # type: ignore[attr-defined]
        memory[tick:tick + 8].view(np.int64)[0] += frames
    for slot in lab.links.reshape(-1, lab.links.shape[-1]):
        low = [(number + frames) & 0xFFFF for number in struct.unpack_from("<HHH", slot, 9)]
        struct.pack_into("<HHH", slot, 9, *low)


def facts(lab: Lab) -> list[bytes]:
    """The memory of each peer, without the low bits that datagrams have of frame numbers."""
    found = []
    for p in range(lab.players):
        peer, memory = Peer.view(lab.peers[0, p]), lab.peers[0, p].copy()  # type: ignore[attr-defined]
        memory[peer.rx_at:] = 0
        found.append(memory.tobytes())
    return found


@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("limit", [1 << 15, 1 << 16, 1 << 17, 1 << 31, 1 << 32, 1 << 48])
def test_a_match_passes_every_limit_of_a_number_as_if_it_were_none(limit, players):
    near, far = lab(players), lab(players)
    for one in (near, far):
        one.play(BEFORE)
    offset = limit - (BEFORE + AFTER // 2) // 256 * 256
    move(far, offset)
    for one in (near, far):
        one.play(AFTER)
    assert far.peer(0, 0).frame - AFTER < limit < far.peer(0, 0).frame
    move(far, -offset)
    assert facts(far) == facts(near)
    assert all(near.peer(0, p).resimulated > AFTER and near.peer(0, p).desync == NEVER for p in range(players))
