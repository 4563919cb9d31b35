"""What happens in a session, in words for players."""

from __future__ import annotations

import rollstep as rs

WHAT = {
    "wire version": "rollstep is of another version there",
    "game": "this is another game",
    "number of players": "the match is for another number of players",
    "layout of state and input": "the game is of another version there",
    "content": "the tables (content/*.toml) differ",
    "rules": "the rules of the game differ: one of you has another version",
    "fps": "the frame rates differ",
    "input delay": "the input delay does not fit",
    "player": "that seat is taken",
}


def refused(error: rs.IncompatiblePeer) -> list[str]:
    """Why two peers do not play together, and what to do."""
    return [f"{WHAT.get(error.what, error.what)}.".capitalize(), f"here: {_short(error.ours)}   there: {_short(error.theirs)}",
            "Both need the same version of the game, with the same tables."]


def disconnected(event: rs.Disconnected, *, started: bool) -> list[str]:
    """A player is gone."""
    if not started:
        return ["Nobody answered.", event.reason, "Is the line right, and the other side still waiting?"]
    return [f"Player {event.player + 1} is gone.", event.reason]


def desynced(event: rs.DesyncDetected) -> list[str]:
    """Two peers computed different states."""
    return [f"DESYNC at frame {event.frame}: the two of you computed different matches.",
            f"checksum here {event.ours:08x}, at player {event.player + 1} {event.theirs:08x}",
            "The match is frozen. Both sides are finding out what differs ..."]


def explained(event: rs.DesyncExplained) -> list[str]:
    """What two peers have found out about their desync, beside the field and its values."""
    lines = [f"{event.more} more field{'s' * (event.more != 1)} differ{'s' * (event.more == 1)}."] if event.more else []
    if event.note:
        lines.append(f"Not found out: {event.note}.")
    if event.folder is not None:
        lines += [f"Report: {event.folder}", "`rollstep replay diff` with it tells which side is right."]
    return lines


def waiting(players: tuple[int, ...], seconds: float) -> str:
    """While no frame can start."""
    names = " and ".join(f"player {player + 1}" for player in players)
    return f"waiting for {names or 'the network'}   {seconds:.1f} s"


def interrupted(player: int, silent_ms: int, timeout_ms: int) -> str:
    """While a player is silent."""
    left = max(0, timeout_ms - silent_ms) / 1000
    return f"connection to player {player + 1} interrupted: silent for {silent_ms / 1000:.1f} s, given up in {left:.0f} s"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else text[:21] + "..."
