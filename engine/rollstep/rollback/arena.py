"""The memory of one peer's core: one struct of numbers, then regions of raw bytes at offsets that the struct names.

It is made once and never grows. Being a struct, it can be viewed, diffed and interpreted like any game's state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..game import MAX_PLAYERS, Game
from ..state import Array, array, i64, struct
from ..wire import input_packet as wire

#: No frame.
NEVER = 1 << 60
#: Received datagrams that wait for one call.
ROWS = 32
MAX_WINDOW = 32


@struct
class Peer:
    """The numbers of the core. Frame f's state is the one before step f; times are microseconds."""

    size: i64                     # bytes of the arena; first, because raw access is checked against it
    # shape
    players: i64
    me: i64
    input_size: i64
    row_size: i64                 # bytes of the inputs of all players
    state_size: i64
    slot_size: i64                # bytes between snapshots
    slots: i64                    # window + 1
    window: i64
    packet_frames: i64            # frames of input per datagram, at most
    frame_us: i64
    # places
    tick_at: i64
    state_at: i64                 # where the step runs
    snapshots_at: i64             # the one of frame f: snapshots_at + f % slots * slot_size
    inputs_at: i64                # row of frame f: inputs_at + f % RING * row_size; received, or what was predicted
    pad_at: i64                   # the local input for the next frame
    scratch_at: i64
    legal_at: i64                 # bitmap of the legal values of each input byte
    rx_at: i64
    tx_at: i64
    step: i64                     # address of the compiled step
    # progress
    frame: i64                    # frames started: local inputs are committed below frame + delay
    done: i64                     # frames simulated: the state is the one before step `done`
    bad: i64                      # first frame that was simulated with a wrong prediction
    news: i64                     # 1 when inputs came in during this call
    raised: i64                   # a fully confirmed frame whose step raises
    stuck: i64                    # a predicted frame whose step raised, until inputs come in
    summed: i64                   # states up to this frame are final and have checksums
    desync: i64                   # first frame whose chain differed from a peer's
    desync_player: i64
    desync_ours: i64
    desync_theirs: i64
    # statistics
    rollbacks: i64
    deepest: i64
    resimulated: i64
    waits: i64
    raised_predicted: i64
    predicted: i64
    mispredicted: i64
    accepted: i64
    refused: Array[i64] = array(8)               # by reason, see wire.REASONS
    # players
    delay: Array[i64] = array(MAX_PLAYERS)
    got: Array[i64] = array(MAX_PLAYERS)         # frames of inputs that are known
    ack: Array[i64] = array(MAX_PLAYERS)         # frames of ours that they have
    rx_sequence: Array[i64] = array(MAX_PLAYERS)
    tx_sequence: Array[i64] = array(MAX_PLAYERS)
    tx_length: Array[i64] = array(MAX_PLAYERS)
    rtt: Array[i64] = array(MAX_PLAYERS)
    lead: Array[i64] = array(MAX_PLAYERS)        # how far we run ahead of them, 1/64 frame, smoothed
    their_lead: Array[i64] = array(MAX_PLAYERS)  # what they say of themselves, 1/64 frame
    heard_at: Array[i64] = array(MAX_PLAYERS)
    heard_chain: Array[i64] = array(MAX_PLAYERS)
    peer_frame: Array[i64] = array(MAX_PLAYERS, wire.PEER_SUMS)
    peer_chain: Array[i64] = array(MAX_PLAYERS, wire.PEER_SUMS)
    # rings
    sums: Array[i64] = array(wire.SUMS)
    chains: Array[i64] = array(wire.SUMS)
    sent_at: Array[i64] = array(wire.RING)
    rx_length: Array[i64] = array(ROWS)
    rx_from: Array[i64] = array(ROWS)


OFFSETS = {field.name: field.offset for field in Peer.layout.fields}  # type: ignore[attr-defined]


def make_arena(game: Game, *, player: int, players: int, delays: Sequence[int], window: int, seed: int) -> Any:
    """A zeroed, 64-byte-aligned uint8 array with its numbers set; the state of frame 0 is not in it yet."""
    regions: dict[str, int] = {
        "tick_at": game.tick_layout.size, "state_at": game.state_size,
        "snapshots_at": _line(game.state_size) * (window + 1), "inputs_at": game.row_size * wire.RING,
        "pad_at": game.input_size, "scratch_at": game.input_size * wire.UNACKED,
        "legal_at": 32 * game.input_size, "rx_at": wire.MAX_DATAGRAM * ROWS, "tx_at": wire.MAX_DATAGRAM * players,
    }
    size = _line(Peer.layout.size)  # type: ignore[attr-defined]
    places = {}
    for name, length in regions.items():
        places[name] = size
        size += _line(length)
    raw = np.zeros(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    memory = raw[start:start + size]
    numbers: Any = Peer.view(memory)  # type: ignore[attr-defined]
    for name, value in {
        **places, "size": size, "players": players, "me": player, "input_size": game.input_size,
        "row_size": game.row_size, "state_size": game.state_size, "slot_size": _line(game.state_size),
        "slots": window + 1, "window": window, "packet_frames": wire.frames_per_packet(game.input_size),
        "frame_us": 1_000_000 // game.fps, "bad": NEVER, "raised": NEVER, "stuck": NEVER, "desync": NEVER,
    }.items():
        setattr(numbers, name, value)
    for p in range(players):
        numbers.delay[p] = numbers.got[p] = delays[p]
        numbers.ack[p] = delays[player]
        for i in range(wire.PEER_SUMS):
            numbers.peer_frame[p, i] = -1
    legal = game.legal_input_bytes()
    memory[places["legal_at"]:places["legal_at"] + len(legal)] = np.frombuffer(legal, np.uint8)
    tick = game.tick_bytes(seed=seed, players=players)
    memory[places["tick_at"]:places["tick_at"] + len(tick)] = np.frombuffer(tick, np.uint8)
    return memory


def _line(size: int) -> int:
    """Rounded up to cache lines."""
    return -(-size // 64) * 64
