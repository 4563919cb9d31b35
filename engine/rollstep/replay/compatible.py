"""Does a replay belong to a game? What is asked before anything runs."""

from __future__ import annotations

from ..errors import IncompatibleReplay, MalformedReplay, UsageError
from ..game import Game
from ..state import Layout, layout_diff
from .reader import Replay

#: Changes of a layout that one message tells.
MAX_CHANGES = 4
#: What tells matches apart, as people say it of two.
OF_ONE_MATCH = {"match": "match ids", "seed": "seeds", "players": "numbers of players", "delays": "delays", "rules": "rules"}


def mismatch(game: Game, replay: Replay) -> tuple[str, object, object] | None:
    """(what, ours, the file's) of the first thing that differs, or None. Other rules are no mismatch."""
    header, digests = replay.header, game.digests
    for what, ours, theirs in (
            ("game", game.name, header.game), ("layout", digests.layout.hex(), header.layout),
            ("content", digests.content.hex(), header.content), ("fps", game.fps, header.fps),
            ("size of an input", game.input_size, header.input_size)):
        if ours != theirs:
            return what, ours, theirs
    if not game.min_players <= header.players <= game.max_players:
        return "number of players", f"{game.min_players} to {game.max_players}", header.players
    if replay.content != game.content_bytes:
        return "content", "what its digest says", "other bytes than its digest says"
    return None


def belongs(game: Game, replay: Replay) -> None:
    """Raise IncompatibleReplay for a replay of another game, layout or content, MalformedReplay for an input that nobody can
    press.
    """
    found = mismatch(game, replay)
    if found is not None:
        detail = layout_changes(game, replay) if found[0] == "layout" else ""
        raise IncompatibleReplay(*found, engine=replay.header.engine, detail=detail)
    illegal = illegal_input(game, replay)
    if illegal is not None:
        raise MalformedReplay(illegal[1])


def layout_changes(game: Game, replay: Replay) -> str:
    """What the game's structs have otherwise than the file says of its own, in a few words; nothing when it says nonsense."""
    try:
        lines = [line for stored, now in ((replay.header.state, game.state), (replay.header.input, game.input))
                 for line in layout_diff(Layout.from_json(stored), now)]
    except UsageError:
        return ""
    more = [f"{len(lines) - MAX_CHANGES} more changes"] if len(lines) > MAX_CHANGES else []
    return "; ".join(["since then " + lines[0], *lines[1:MAX_CHANGES], *more]) if lines else ""


def rules_changed(game: Game, replay: Replay) -> bool:
    """Whether the game's rules are not those that the replay was recorded with."""
    return game.digests.rules.hex() != replay.header.rules


def illegal_input(game: Game, replay: Replay) -> tuple[int, str] | None:
    """(frame, what is wrong) of the first input that nobody can press, or None."""
    for at, legal in enumerate(game.input.layout.legal_bytes()):
        if legal is not None:
            for first in range(at, len(replay.rows), game.input_size):
                if replay.rows[first] not in legal:
                    frame, player = divmod(first // game.input_size, replay.header.players)
                    return frame, (f"the input of player {player} in frame {frame} is not legal "
                                   f"(byte {at} is {replay.rows[first]})")
    return None
