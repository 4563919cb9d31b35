"""Whether two peers would compute the same match: their records, held against each other field by field."""

from __future__ import annotations

from ..checks import shown
from ..errors import IncompatiblePeer
from ..wire.control import Record
from ..wire.input_packet import MAX_DELAY


def compare(ours: Record, theirs: Record) -> IncompatiblePeer | None:
    """The first difference that matters; None when the two can play. `ours.receiver` is whom we take the other for."""
    game = theirs.game if theirs.game.isprintable() else shown(theirs.game)     # it goes to terminals
    pairs: list[tuple[str, object, object]] = [
        ("game", ours.game, game), ("number of players", ours.players, theirs.players),
        ("player", ours.receiver, theirs.slot), ("player", ours.slot, theirs.receiver),
        ("division of the players among peers", _divided(ours), _divided(theirs)),
        ("fps", ours.fps, theirs.fps), ("commit and reveal", ours.reveals, theirs.reveals),
        ("sealing", ours.sealed, theirs.sealed),
        ("layout of state and input", ours.layout.hex(), theirs.layout.hex()),
        ("content", ours.content.hex(), theirs.content.hex()),
        ("rules", ours.rules.hex(), theirs.rules.hex()),
    ]
    for what, mine, yours in pairs:
        if mine != yours:
            return IncompatiblePeer(what, mine, yours)
    if max(theirs.delays) > MAX_DELAY:
        return IncompatiblePeer("input delay", f"at most {MAX_DELAY}", max(theirs.delays))
    if min(ours.delays) == ours.window == min(theirs.delays) == theirs.window == 0:
        return IncompatiblePeer("input delay", 0, "0: in lockstep (window 0) one of the two needs a delay to start")
    return None


def claims(slot: int, receiver: int, sender: int, addressed: int) -> IncompatiblePeer | None:
    """Whether a greeting from `sender` to `addressed` contradicts our places: we are `slot`, and the other is `receiver`."""
    if sender == slot:
        return IncompatiblePeer("player", f"{slot}", f"{sender}: two peers claim one player")
    if (sender, addressed) != (receiver, slot):
        return IncompatiblePeer("player", f"{slot} with {receiver}", f"{sender}, and it takes us for {addressed}")
    return None


def _divided(record: Record) -> str:
    """Who plays whom, as people say it."""
    groups = [[str(p) for p, owner in enumerate(record.owners) if owner == peer] for peer in sorted(set(record.owners))]
    return ", ".join("+".join(group) for group in groups)
