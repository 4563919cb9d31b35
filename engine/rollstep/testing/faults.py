"""A fault in a peer's memory, to see that it is found: by the peers, by the oracles, and by whoever reads their reports."""

from __future__ import annotations

from ..errors import UsageError
from ..session import P2P


def flip_bit(peer: P2P, *, path: str | None = None, bit: int = 0) -> str:
    """Flip one bit of a peer's state and of all its snapshots, so that no rollback heals it, as bad memory or a cheat would.

    path  a field as `Layout.leaves` names it, such as "World.boxes[0].bumps"; the first one unless given
    bit   which of its bits, from 0 on

    Returns the field's path. Raises UsageError before the match has begun, and for a field that is not there.
    """
    core = peer._core
    if core is None:
        raise UsageError("flip_bit() before Synchronized: there is no state yet")
    leaves = {name: (at, kind) for name, kind, at in peer.game.state.layout.leaves()}
    name = path if path is not None else next(iter(leaves))
    if name not in leaves:
        raise UsageError(f"flip_bit(path={name!r}): there is no such field; the first are {', '.join(list(leaves)[:5])}")
    at, kind = leaves[name]
    if not 0 <= bit < 8 * kind.size:
        raise UsageError(f"flip_bit(bit={bit!r}): {name} has {8 * kind.size} bits")
    snapshots = range(core._number("snapshots_at"), core._number("snapshots_end"), core._number("slot_size"))
    for start in (core._number("state_at"), *snapshots):
        core._bytes[start + at + bit // 8] ^= 1 << bit % 8
    return name
