"""The memory of one peer's core: one struct of numbers, then regions of raw bytes at offsets that the struct names.

It is made once and never grows. Being a struct, it can be viewed, diffed and interpreted like any game's state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..checks import in_range
from ..errors import UsageError
from ..game import MAX_PLAYERS, Game
from ..state import Array, array, i64, struct
from ..state.lines import aligned, whole_lines
from ..wire import input_packet as wire

#: No frame.
NEVER = 1 << 60
#: Received datagrams that wait for one call.
ROWS = 32
MAX_WINDOW = 60
#: Places of the ring that says where each frame's snapshot is; more than there are snapshots.
PLACES = 256
#: What snapshots of confirmed frames may take beside those that the window needs.
KEPT_BYTES = 32 << 20
#: Frames whose leads are kept for time sync (net/time_sync.py).
SAMPLES = 30
#: How a missing input is predicted: as the player's last one, with nothing pressed, or as the game says.
REPEAT, BLANK, GAME = 0, 1, 2


@struct
class Peer:
    """The numbers of the core. Frame f's state is the one before step f; times are microseconds.

    Players are numbered from 0. A peer plays one or several of them and goes by its first: what is by peer stands at that
    player's place.
    """

    size: i64                     # bytes of the arena; first, because raw access is checked against it
    # shape
    players: i64
    me: i64                       # this peer
    remotes: i64                  # how many other peers
    input_size: i64
    row_size: i64                 # bytes of the inputs of all players
    state_size: i64
    slot_size: i64                # bytes between snapshots
    window: i64
    frame_us: i64
    predictor: i64
    # places
    tick_at: i64
    state_at: i64                 # where the step runs
    snapshots_at: i64             # window + 1 of them at least: those beyond hold confirmed frames
    snapshots_end: i64
    inputs_at: i64                # row of frame f: inputs_at + f % RING * row_size; received, or what was predicted
    pad_at: i64                   # the inputs of the local players for the next frame, in order
    scratch_at: i64
    legal_at: i64                 # bitmap of the legal values of each input byte
    rx_at: i64
    tx_at: i64
    step: i64                     # address of the compiled step
    guess: i64                    # and of the compiled predictor
    # progress
    frame: i64                    # frames started
    done: i64                     # frames simulated: the state is the one before step `done`
    bad: i64                      # first frame that was simulated with a wrong prediction
    news: i64                     # 1 when inputs came in during this call
    fresh: i64                    # 1 when a frame started in this call
    raised: i64                   # a fully confirmed frame whose step raises
    stuck: i64                    # a predicted frame whose step raised, until inputs come in
    summed: i64                   # states up to this frame are final and have checksums
    reveal: i64                   # own inputs of frames below this one may be sent,
    revealed: i64                 # and below this one they could be sent already
    tx_limit: i64                 # bytes of a datagram, at most
    trusted: i64                  # frames below this one may be taken for confirmed when their inputs are in
    desync: i64                   # first frame whose chain differed from a peer's
    desync_player: i64
    desync_ours: i64
    desync_theirs: i64
    packed: i64                   # frames in the datagram that was built last
    sampled: i64                  # frames with samples, at most SAMPLES; whoever used them sets it to 0
    # statistics
    steps: i64                    # calls of the step,
    copies: i64                   # copies of a state,
    digests: i64                  # and checksums of one: the work that window and players bound
    resimulated: i64
    waits: i64
    raised_predicted: i64
    failed_guesses: i64           # the game's predictor raised, or guessed what no input may have
    predicted: i64                # inputs that were simulated as predictions, and came in
    mispredicted: i64
    accepted: i64
    sent: i64
    sent_bytes: i64
    refused: Array[i64] = array(8)               # by reason, see wire.REASONS
    depths: Array[i64] = array(MAX_WINDOW + 1)   # rollbacks by how many frames they went back
    # players
    delay: Array[i64] = array(MAX_PLAYERS)       # of a remote player what it said last
    new_delay: Array[i64] = array(MAX_PLAYERS)   # of a local player
    new_delay_at: Array[i64] = array(MAX_PLAYERS)
    got: Array[i64] = array(MAX_PLAYERS)         # frames of inputs that are known
    owner: Array[i64] = array(MAX_PLAYERS)       # the peer
    # peers
    remote: Array[i64] = array(MAX_PLAYERS)      # remote peers; the first `remotes` places count
    group: Array[i64] = array(MAX_PLAYERS)       # players, one peer's after the other's
    group_at: Array[i64] = array(MAX_PLAYERS)    # where a peer's players stand in `group`,
    group_size: Array[i64] = array(MAX_PLAYERS)  # and how many they are
    gone: Array[i64] = array(MAX_PLAYERS)        # 1: nothing is sent to it any more
    ack: Array[i64] = array(MAX_PLAYERS)         # frames that they have of all our players
    told: Array[i64] = array(MAX_PLAYERS)        # frames of ours that were sent to them
    peer_at: Array[i64] = array(MAX_PLAYERS)     # frames that they have started
    rx_sequence: Array[i64] = array(MAX_PLAYERS)
    tx_sequence: Array[i64] = array(MAX_PLAYERS)
    tx_length: Array[i64] = array(MAX_PLAYERS)   # by place in `remote`
    rtt: Array[i64] = array(MAX_PLAYERS)
    lead: Array[i64] = array(MAX_PLAYERS)        # how far we run ahead of them, 1/64 frame, smoothed
    their_lead: Array[i64] = array(MAX_PLAYERS)  # what they say of themselves, 1/64 frame
    heard_at: Array[i64] = array(MAX_PLAYERS)
    heard_chain: Array[i64] = array(MAX_PLAYERS)
    samples: Array[i64] = array(MAX_PLAYERS, SAMPLES)   # half the difference of both leads, 1/64 frame
    peer_frame: Array[i64] = array(MAX_PLAYERS, wire.PEER_SUMS)
    peer_chain: Array[i64] = array(MAX_PLAYERS, wire.PEER_SUMS)
    less: Array[i64] = array(MAX_PLAYERS)        # of the datagram at hand: frames that are missing at the end, by place
    # rings
    place: Array[i64] = array(PLACES)            # of the snapshot of frame f, at f % PLACES
    sums: Array[i64] = array(wire.SUMS)
    chains: Array[i64] = array(wire.SUMS)
    sent_at: Array[i64] = array(wire.RING)
    changed: Array[i64] = array(wire.RING)       # whose input in frame f is another than before: a bit for each local player
    rx_length: Array[i64] = array(ROWS)
    rx_from: Array[i64] = array(ROWS)


OFFSETS = {field.name: field.offset for field in Peer.layout.fields}  # type: ignore[attr-defined]


def check_delays(delays: Sequence[int], players: int) -> None:
    """Raise UsageError unless these are the input delays of so many players."""
    if len(delays) != players:
        raise UsageError(f"delays={list(delays)}: give one delay for each of the {players} players")
    for delay in delays:
        in_range("delay", delay, 0, wire.MAX_DELAY)


def make_arena(game: Game, *, groups: Sequence[Sequence[int]], me: int, delays: Sequence[int], window: int, seed: int,
               predictor: int, kept: int = 0, allocate: Callable[[int], Any] = aligned) -> Any:
    """A zeroed, 64-byte-aligned uint8 array with its numbers set; the state of frame 0 is not in it yet.

    groups: the players of each peer; together they are 0 to len(delays) - 1, each once. me: the place of ours in `groups`.
    kept: snapshots of confirmed frames to keep, 0 to SUMS; as many of them as fit into KEPT_BYTES are.
    allocate: where the memory comes from, so many zeroed bytes.
    """
    players, locals_ = len(delays), len(groups[me])
    others = max((len(group) for i, group in enumerate(groups) if i != me), default=0)
    slot_size = whole_lines(game.state_size)
    snapshots = slot_size * (window + 1 + min(in_range("kept", kept, 0, wire.SUMS), KEPT_BYTES // slot_size))
    regions: dict[str, int] = {
        "tick_at": game.tick_layout.size, "state_at": game.state_size, "snapshots_at": snapshots,
        "inputs_at": game.row_size * wire.RING, "pad_at": game.input_size * locals_,
        "scratch_at": game.input_size * others * wire.MOST_FRAMES, "legal_at": 32 * game.input_size,
        "rx_at": wire.MAX_DATAGRAM * ROWS, "tx_at": wire.MAX_DATAGRAM * (len(groups) - 1),
    }
    size = whole_lines(Peer.layout.size)  # type: ignore[attr-defined]
    places = {}
    for name, length in regions.items():
        places[name] = size
        size += whole_lines(length)
    memory = allocate(size)
    numbers: Any = Peer.view(memory)  # type: ignore[attr-defined]
    first = [group[0] for group in groups]
    for name, value in {
        **places, "size": size, "players": players, "me": first[me], "remotes": len(groups) - 1,
        "input_size": game.input_size, "row_size": game.row_size, "state_size": game.state_size, "slot_size": slot_size,
        "snapshots_end": places["snapshots_at"] + snapshots, "window": window, "predictor": predictor,
        "frame_us": 1_000_000 // game.fps, "bad": NEVER, "raised": NEVER, "stuck": NEVER, "desync": NEVER,
        "reveal": NEVER, "trusted": NEVER, "tx_limit": wire.MAX_DATAGRAM,
    }.items():
        setattr(numbers, name, value)
    numbers.place[0] = places["snapshots_at"]
    at = 0
    for group in groups:
        numbers.group_at[group[0]], numbers.group_size[group[0]] = at, len(group)
        for p in group:
            numbers.group[at], numbers.owner[p] = p, group[0]
            numbers.delay[p] = numbers.got[p] = delays[p]
            numbers.new_delay_at[p] = NEVER
            at += 1
    for i, q in enumerate(q for q in first if q != first[me]):
        numbers.remote[i] = q
        numbers.ack[q] = numbers.told[q] = min(delays[p] for p in groups[me])
        for j in range(wire.PEER_SUMS):
            numbers.peer_frame[q, j] = -1
    legal = game.legal_input_bytes()
    memory[places["legal_at"]:places["legal_at"] + len(legal)] = np.frombuffer(legal, np.uint8)
    tick = game.tick_bytes(seed=seed, players=players)
    memory[places["tick_at"]:places["tick_at"] + len(tick)] = np.frombuffer(tick, np.uint8)
    return memory
