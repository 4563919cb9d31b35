"""What a session tells its game. Plain values; `poll()` returns them in the order in which they happened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Connecting:
    """Still waiting for others, for this long; comes once a second. `missing` are the players that have not answered; once all
    have, those for whom the rest is waiting."""

    missing: tuple[int, ...]
    waited_ms: int


@dataclass(frozen=True)
class Synchronized:
    """Every peer is there and agrees on the game; frame 0 can start. `seed` is what `tick.seed` will be."""

    players: int
    seed: int


@dataclass(frozen=True)
class Stalled:
    """No frame can start: the inputs of these players are missing for longer than the prediction window, or they have not said
    for too long that ours arrived. They may be waiting for somebody else themselves."""

    frame: int
    waiting_for: tuple[int, ...]


@dataclass(frozen=True)
class Resumed:
    """Play goes on after a stall of this length."""

    frame: int
    stalled_ms: int


@dataclass(frozen=True)
class Interrupted:
    """Nothing was heard of a player for `silent_ms`; after `timeout_ms` it counts as gone. Comes once per silence.

    It comes after a third of the timeout, but not before a second (or half of a timeout below two seconds).
    """

    player: int
    silent_ms: int
    timeout_ms: int


@dataclass(frozen=True)
class Restored:
    """An interrupted player is heard again, after this silence."""

    player: int
    silent_ms: int


@dataclass(frozen=True)
class Disconnected:
    """A player is gone: no new frame starts. What is confirmed stays so; the others still settle what they started."""

    player: int
    reason: str


@dataclass(frozen=True)
class AddressChanged:
    """A player is heard from another address than before, and answered there: its router or its network changed. It has proved
    to be the same. Addresses are texts for people."""

    player: int
    old: str
    new: str


@dataclass(frozen=True)
class DelayChanged:
    """A player's input delay is another now. Others are told every sixteenth packet: `frame` is ours when we noticed."""

    player: int
    delay: int
    frame: int


@dataclass(frozen=True)
class DesyncDetected:
    """The chains of checksums differ at this confirmed frame. The match is frozen.

    ours, theirs  the low 32 bits of both chains, which are all that a packet carries

    A chain tells that states differ, not which. With `reports=`, report.json has the checksums of the states themselves, whole
    (64 bits) and of both sides, and replay.rsr has our chain.
    """

    frame: int
    player: int
    ours: int
    theirs: int


@dataclass(frozen=True)
class DesyncExplained:
    """After DesyncDetected, and once for each player whose state is another: what differs.

    frame   the first whose states differ; when `note` says so, the first whose states could be compared
    path    the first field that differs, in order of address, such as `World.ships[1].vel.x`; "" when none could be named
    ours    its value here, as an int or as text,
    theirs  and there, as the other side says
    more    how many other fields are known to differ
    folder  of the report, when the session writes reports and could write this one
    note    what could not be found out, and why; "" when everything could

    The other side needs nothing more of us: close() is fine from here on.
    """

    frame: int
    player: int
    path: str
    ours: int | str | None
    theirs: int | str | None
    more: int = 0
    folder: str | None = None
    note: str = ""


@dataclass(frozen=True)
class FalseReveal:
    """With commit and reveal: the inputs of these players for this frame are not those that they had committed themselves to.
    The match is frozen before it."""

    frame: int
    players: tuple[int, ...]


Event = (Connecting | Synchronized | Stalled | Resumed | Interrupted | Restored | Disconnected | AddressChanged | DelayChanged
         | DesyncDetected | DesyncExplained | FalseReveal)
