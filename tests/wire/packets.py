"""The input packet written a second time, as its documentation says; games whose inputs have any size; verdicts."""

import contextlib
import functools
import struct

import rollstep as rs
from rollstep import i64, u8
from rollstep.rollback import REFUSED, Core
from tests.rollback.mesh import arena


@functools.cache
def game_with_inputs_of(size):
    """A game that only adds up what it is given."""
    @rs.struct
    class Pad:
        keys: rs.Array[u8] = rs.array(size)

    @rs.struct
    class World:
        total: i64

    def step(world, inputs, tick):
        for i in range(tick.players):
            for key in inputs[i].keys:
                world.total = world.total * 31 + key

    def init(world, tick):
        world.total = tick.seed

    return rs.Game(f"inputs of {size}", state=World, input=Pad, players=(2, 4), init=init, step=step)


def pair(game, *, delays=(0, 0), window=60, way="compiled"):
    return [Core(game, player=p, players=2, delays=delays, window=window, seed=1, way=way) for p in (0, 1)]


def encode(inputs, *, start, ack, before=None, sequence=1, lead=0, chain=None, delays=None, ahead=0, kind=None, announce=None,
           less=b"", tokens=None):
    """A datagram with these frames of inputs; `before` is the input of frame start - 1.

    Of a peer that plays several, a frame's input is that of all its players, and `less` has a byte for each.
    """
    size = len(inputs[0]) if inputs else 0
    stream, last = b"", before or bytes(size)
    for data in inputs:
        stream += bytes(a ^ b for a, b in zip(data, last, strict=True))
        last = data
    if kind is None:
        kind = 1 + 4 * (chain is not None) + 8 * (delays is not None)
    head = struct.pack("<BHHHBbb", kind, sequence & 0xFFFF, ack & 0xFFFF, start & 0xFFFF,
                       len(inputs) if announce is None else announce, lead, ahead)
    if chain is not None:
        head += struct.pack("<BI", chain[0] & 255, chain[1] & 0xFFFFFFFF)
    head += bytes(delays or b"") + less
    return head + (to_tokens(stream) if tokens is None else tokens)


def to_tokens(stream):
    """(zeros << 4 | n), then n bytes; zeros at the end are not written."""
    out, at = b"", 0
    stream = stream.rstrip(b"\0")
    while at < len(stream):
        zeros = next(i for i in range(len(stream)) if stream[at + i]) if stream[at] == 0 else 0
        if zeros > 15:
            out, at = out + b"\xf0", at + 15
            continue
        at += zeros
        n = next((i for i in range(min(15, len(stream) - at)) if stream[at + i] == 0), min(15, len(stream) - at))
        out += bytes((zeros << 4 | n,)) + stream[at:at + n]
        at += n
    return out


def clone(core):
    """Another core in the very same situation."""
    other = Core(core.game, player=core.player, players=core.players, delays=[0] * core.players,
                 window=core._number("window"), way=way_of(core), seed=core._oracle._tick.seed,
                 groups=[core.local_players, *others(core)])
    step = other._number("step")
    other._bytes[:] = core._bytes
    other.numbers[other._at["step"]] = step
    other.flags = core.flags
    return other


def others(core):
    """The players of each other peer."""
    peers = {}
    for p in range(core.players):
        peers.setdefault(core._number("owner", p), []).append(p)
    return [players for peer, players in peers.items() if peer != core.player]


def way_of(core):
    return "interpreted" if core._handle == 0 else "compiled"


def traces(core):
    """The memory of a core without what a refused datagram may touch: its row, the scratch, the counters."""
    memory = bytearray(arena(core, "refused", "rx_length", "rx_from", "less"))
    for first, end in (("rx_at", "tx_at"), ("scratch_at", "legal_at")):
        at, end_at = core._number(first), core._number(end)
        memory[at:end_at] = bytes(end_at - at)
    return bytes(memory)


def verdict(core, player, datagram):
    """What a core in this situation says to a datagram: None, or the reason to refuse it. A refused one leaves no trace."""
    with_it, without = clone(core), clone(core)
    before = dict(with_it.stats.refused)
    assert with_it.receive(player, datagram)
    flags = 0
    with contextlib.suppress(ValueError):                  # a forged input may make the nasty game raise
        flags = with_it.exchange(10**9)
    without.exchange(10**9)
    (why,) = [reason for reason, n in with_it.stats.refused.items() if n > before[reason]] or [None]
    assert bool(flags & REFUSED) == (why is not None)
    assert (with_it.stats.packets_accepted > without.stats.packets_accepted) == (why is None)
    if why is not None:
        assert with_it.stats.refused[why] == before[why] + 1
        assert traces(with_it) == traces(without), f"a datagram refused for its {why} left a trace"
    return why
