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
    return [_sentence(WHAT.get(error.what, error.what)), f"here: {_short(error.ours)}, there: {_short(error.theirs)}",
            "Both need the same version of the game, with the same tables."]


def disconnected(event: rs.Disconnected, *, started: bool) -> list[str]:
    """A player is gone."""
    if not started:
        return [_sentence(event.reason), "Is the line right, and the other side still waiting?"]
    return [f"Player {event.player + 1} is gone: {event.reason}."]


def desynced(event: rs.DesyncDetected) -> list[str]:
    """Two peers computed different states."""
    return [f"DESYNC at frame {event.frame}: the two of you computed different matches.",
            f"checksum here {event.ours:08x}, at player {event.player + 1} {event.theirs:08x}",
            "The match is frozen. Both sides are finding out what differs ..."]


def explained(event: rs.DesyncExplained) -> list[str]:
    """What two peers have found out about their desync, beside the field and its values.

    People count players from 1, fields and the names of files from 0.
    """
    lines = [f"{event.more} more field{'s' * (event.more != 1)} differ{'s' * (event.more == 1)}."] if event.more else []
    if event.note:
        lines.append(f"Not found out: {event.note}.")
    if event.folder is not None:
        lines += [f"Report: {event.folder}", "`rollstep replay diff A B` with both sides' folders tells which one is right;",
                  "with one folder it tells whose state the inputs lead to."]
    if event.path or event.folder is not None:
        lines.append("Player 1 is fighters[0] in a field, and player0 in a file's name.")
    return lines


def waiting(players: tuple[int, ...], seconds: float) -> str:
    """While no frame can start."""
    names = " and ".join(f"player {player + 1}" for player in players)
    return f"waiting for {names or 'the network'}: {seconds:.1f} s"


def interrupted(player: int, silent_ms: int, timeout_ms: int) -> str:
    """While a player is silent."""
    left = max(0, timeout_ms - silent_ms) / 1000
    return f"connection to player {player + 1} interrupted: silent for {silent_ms / 1000:.1f} s, given up in {left:.0f} s"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else text[:21] + "..."
