"""`Terms`: what a peer was asked to play by, checked: who plays where, with which delays, window, predictor and limits."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checks import in_range, kind_of
from ..compile import Way, check_way
from ..errors import UsageError
from ..game import Game
from ..io.entropy import system
from ..net.channel import Entropy
from ..replay import check as check_replay
from ..rollback.arena import BLANK, GAME, MAX_WINDOW, REPEAT
from ..wire import control, input_packet
from ..wire.identity import Identity
from .promises import check_commit

#: 80 bits: what nobody can guess by trying.
LEAST_SECRET_BYTES = 10
PREDICTORS = {"repeat": REPEAT, "blank": BLANK, "game": GAME}


@dataclass(frozen=True)
class Terms:
    """The arguments of `p2p` that are not a transport or a clock.

    groups     the players of each peer, by the first of them, which the peer goes by; ours is `me`
    addresses  of the other peers; None for a seat that is open
    predictor  a number of rollback/arena.py
    nonce      our part of the seed when it is given, else None
    entropy    where everything comes from that nobody may guess
    secret     of the match, None when it has none
    """

    game: Game
    me: int
    groups: Mapping[int, tuple[int, ...]]
    addresses: Mapping[int, Any]
    delays: tuple[int, ...]
    window: int
    predictor: int
    commit: bool
    record: str | os.PathLike[str] | None
    reports: str | os.PathLike[str] | None
    metadata: Mapping[str, Any] | None
    nonce: bytes | None
    entropy: Entropy
    secret: bytes | None
    sealed: bool
    identity: Identity | None
    way: Way
    timeout_ms: int
    connect_timeout_ms: int | None
    stall_timeout_ms: int | None

    @property
    def players(self) -> int:
        """How many play."""
        return sum(map(len, self.groups.values()))

    @property
    def locals(self) -> tuple[int, ...]:
        """Our players."""
        return self.groups[self.me]

    @property
    def owners(self) -> tuple[int, ...]:
        """The peer of each player."""
        peer_of = {p: peer for peer, group in self.groups.items() for p in group}
        return tuple(peer_of[p] for p in range(self.players))

    def greeting(self) -> control.Record:
        """What the other peers are told, and compare with their own; of a new instance, and not for anybody yet."""
        digests = self.game.digests
        return control.Record(self.entropy(control.INSTANCE_BYTES), self.me, self.me, self.owners, self.game.fps, self.delays,
                              self.window, self.commit, self.sealed, digests.layout, digests.content, digests.rules,
                              self.game.name)

    def nonces(self) -> Iterator[bytes]:
        """Our parts of the seed, one after the other: a part that was shown to peers who then changed is not used."""
        given = self.nonce
        while True:
            yield self.entropy(control.NONCE_BYTES) if given is None else given
            given = None if given is None else hashlib.sha256(b"rollstep next nonce\n" + given).digest()[:control.NONCE_BYTES]


def terms(game: Game, *, player: Any, peers: Mapping[Any, Any], delay: Any, window: int, predictor: str | None, commit: bool,
          record: str | os.PathLike[str] | None, reports: str | os.PathLike[str] | None, metadata: Mapping[str, Any] | None,
          nonce: bytes | None, way: Way, timeout_ms: int, connect_timeout_ms: int | None, stall_timeout_ms: int | None,
          secret: bytes | None, sealed: bool, identity: Identity | None, entropy: Entropy | None) -> Terms:
    """See `p2p`. Raises UsageError, which names the argument and what it takes."""
    if not isinstance(game, Game):
        raise UsageError(f"game={game!r}: give a rollstep.Game")
    if not isinstance(peers, Mapping):
        raise UsageError(f"peers={peers!r}: give the other peers' addresses by their players, {{1: \"host:port\"}}")
    if type(commit) is not bool:
        raise UsageError(f"commit={commit!r}: give True or False")
    ours, others = _players(player), {_players(key): address for key, address in peers.items()}
    delays = _delays(delay, player if len(ours) > 1 else ours)
    everyone = sorted(p for group in (ours, *others) for p in group)
    if everyone != list(range(game.check_players(len(everyone)))):
        raise UsageError(f"peers={list(peers)}, player={player}: together they must be 0 to {len(everyone) - 1}, each once")
    if len(set(peers.values())) != len(peers):
        raise UsageError("two peers have the same address; for one peer that plays several, name its players together: "
                         "{(1, 2): address}")
    in_range("window", window, 0, MAX_WINDOW)
    if commit:
        check_commit(game, window, delays, len(ours))
    in_range("timeout_ms", timeout_ms, 100, 3_600_000)
    if connect_timeout_ms is not None:
        in_range("connect_timeout_ms", connect_timeout_ms, 100, 3_600_000)
    if stall_timeout_ms is not None:
        in_range("stall_timeout_ms", stall_timeout_ms, 100, 3_600_000)
    if nonce is not None and (not isinstance(nonce, bytes) or len(nonce) != control.NONCE_BYTES or nonce == control.UNKNOWN):
        raise UsageError(f"nonce: give {control.NONCE_BYTES} bytes, not all of them 0; not {kind_of(nonce)}")
    if secret is not None and (not isinstance(secret, bytes) or len(secret) < LEAST_SECRET_BYTES):
        raise UsageError(f"secret: give {LEAST_SECRET_BYTES} bytes or more, the same to all peers, or None; "
                         f"not {kind_of(secret)}")
    if entropy is not None and not callable(entropy):
        raise UsageError(f"entropy={entropy!r}: give a function of a number that returns so many bytes")
    if type(sealed) is not bool:
        raise UsageError(f"sealed={sealed!r}: give True or False")
    if identity is not None and not isinstance(identity, Identity):
        raise UsageError(f"identity: give a rollstep.Identity, as Identity(private) makes one of 32 bytes; not "
                         f"{kind_of(identity)}")
    if record is not None and not isinstance(record, str | os.PathLike):
        raise UsageError(f"record={record!r}: give a path")
    if reports is not None:
        _check_folder(reports)
    if metadata is not None and not isinstance(metadata, Mapping):
        raise UsageError(f"metadata={metadata!r}: give a mapping of JSON values")
    if record is not None:
        check_replay(record, game.content_bytes, metadata)
    return Terms(game, ours[0], {group[0]: group for group in sorted([ours, *others])},
                 {group[0]: address for group, address in others.items()}, delays, window, _predictor(game, predictor),
                 commit, record, reports, metadata, nonce, entropy or system, secret, sealed, identity, check_way(way),
                 timeout_ms, connect_timeout_ms, stall_timeout_ms)


def _check_folder(reports: Any) -> None:
    if not isinstance(reports, str | os.PathLike) or (Path(reports).exists() and not Path(reports).is_dir()):
        raise UsageError(f"reports={reports!r}: give the path of a folder; it is made when there is something to report")


def _players(given: Any) -> tuple[int, ...]:
    """The players of one peer, in order."""
    players = given if isinstance(given, tuple | list) else (given,)
    if not players or any(type(p) is not int for p in players):
        raise UsageError(f"player={given!r} (or such a key of peers) names no players: give a number, or a tuple of numbers "
                         "for a peer that plays several")
    return tuple(sorted(players))


def _delays(given: Any, players: Sequence[int]) -> tuple[int, ...]:
    """The delay of each local player, in the order of their numbers; given in that of `players`."""
    delays = tuple(given) if isinstance(given, tuple | list) else (given,) * len(players)
    if len(delays) != len(players):
        raise UsageError(f"delay={given!r}: give one number, or one for each of the local players {players}")
    return tuple(in_range("delay", delay, 0, input_packet.MAX_DELAY) for _, delay in sorted(zip(players, delays, strict=True)))


def _predictor(game: Game, name: str | None) -> int:
    if name is None:
        return REPEAT if game.predictor is None else GAME
    if not isinstance(name, str) or name not in PREDICTORS:
        raise UsageError(f"predictor={name!r}: choose one of {', '.join(PREDICTORS)}")
    if name == "game" and game.predictor is None:
        raise UsageError(f'predictor="game": {game.name} has none; give it a function, Game(..., predict=...)')
    return PREDICTORS[name]
