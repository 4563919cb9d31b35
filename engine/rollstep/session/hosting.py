"""The ways into a match of several machines: `p2p`, which names all peers, and `host` and `join`, a match of two by a line.

    with rs.host(game, port=7000) as match:          with rs.join(game, line) as match:
        show(match.join_line)                            ...
        ...

The host is player 0, the joiner player 1; after that both are a `P2P` as any other. The line holds the host's address and
a secret. The joiner's address need not be known: the seat is open for whoever proves to know the secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..checks import kind_of
from ..compile import Way
from ..errors import UsageError
from ..game import Game
from ..io.entropy import system
from ..io.udp import UdpTransport, lan_host, resolve
from ..net.channel import Entropy
from ..wire.identity import Identity
from ..wire.join_line import SECRET_BYTES, JoinLine, address_text, is_ipv6, parse_address
from .p2p import P2P
from .terms import terms
from .transport import Clock, Transport, owned

HOST, JOINER = 0, 1


def p2p(game: Game, *, player: int | Sequence[int], peers: Mapping[Any, Any], port: int = 0,
        transport: Transport | None = None, clock: Clock | None = None, delay: int | Sequence[int] = 1, window: int = 8,
        predictor: str | None = None, commit: bool = False, record: str | os.PathLike[str] | None = None,
        reports: str | os.PathLike[str] | None = None, metadata: Mapping[str, Any] | None = None, nonce: bytes | None = None,
        secret: bytes | None = None, sealed: bool = True, identity: Identity | None = None, entropy: Entropy | None = None,
        way: Way = "compiled", timeout_ms: int = 10_000, connect_timeout_ms: int | None = 30_000,
        stall_timeout_ms: int | None = None) -> P2P:
    """Join a match as `player`; `peers` are the others by player, as "host:port" or (host, port).

    player     from 0 on; a tuple when several players play here. In `peers` as well: {1: "...", (2, 3): "..."}.
               Together they are 0 to the number of players less 1, each once; 2 to 16 players
    port       the local UDP port (0: any); or give a `transport` of your own, then addresses are what it takes
    delay      input delay in frames, 0 to 16, or one for each local player; each peer chooses its own
    window     prediction window in frames, 0 (lockstep) to 60
    predictor  what stands for an input that is not there yet: "repeat" (the player's last one), "blank" (zeros) or "game"
               (what the game's own `predict` says; the default when it has one). It may differ from peer to peer
    commit     commit and reveal, in lockstep (window 0) and with a delay of 1 at least, for all peers alike: everybody sends
               a digest of its input first, and the input when the digests of all others are in, so nobody can look
               ahead; what is not what was promised is FalseReveal. Needs about a round trip of delay instead of half of one
    record     a path for the replay; it must not exist
    reports    a folder for the reports of desyncs, which is made when there is one; None: no reports. All inputs are kept in
               memory then, deflated: some 3 KB a minute
    metadata   kept in the replay, JSON values
    nonce      16 bytes of this peer's part in the seed; random unless given (for reproducible matches)
    secret     10 bytes or more that all peers of the match have and nobody else: proves who belongs to it. Take a new one for
               each match, or greetings of an old one can be played back. Without one, everything is encrypted all the same,
               but whoever can send from a peer's address may take its place
    sealed     False, for all peers alike: input packets travel in the open, for networks that nobody else is on. A `secret`
               then keeps others from joining and from speaking for a peer, but not from reading or forging inputs
    identity   an Ed25519 `Identity` to prove to the others; what they prove is in `identities`
    entropy    entropy(n): n bytes that nobody can guess, for tests that are to be the same each time
    timeout_ms silence after which a player counts as gone
    connect_timeout_ms  how long to wait for the others at first; None: for ever
    stall_timeout_ms    how long a peer that is heard may keep the match waiting (a pause menu, a lag switch) before it counts
               as gone; None: for ever

    Compiles what is needed (see `on_progress`). Raises UsageError for what cannot be.
    """
    if transport is None and isinstance(peers, Mapping):
        peers = {p: resolve(address) for p, address in peers.items()}
    elif isinstance(peers, Mapping) and None in peers.values():
        raise UsageError(f"peers={dict(peers)}: every peer needs an address; to wait for one that is not known, use host")
    with owned(transport, lambda: UdpTransport(port)) as used:
        return P2P(terms(game, player=player, peers=peers, delay=delay, window=window, predictor=predictor, commit=commit,
                         record=record, reports=reports, metadata=metadata, nonce=nonce, way=way, timeout_ms=timeout_ms,
                         connect_timeout_ms=connect_timeout_ms, stall_timeout_ms=stall_timeout_ms, secret=secret,
                         sealed=sealed, identity=identity, entropy=entropy), transport=used, clock=clock)


def host(game: Game, *, port: int = 0, advertise: str | None = None, transport: Transport | None = None,
         clock: Clock | None = None, delay: int = 1, window: int = 8, predictor: str | None = None, commit: bool = False,
         record: str | os.PathLike[str] | None = None, reports: str | os.PathLike[str] | None = None,
         metadata: Mapping[str, Any] | None = None, nonce: bytes | None = None, secret: bytes | None = None,
         sealed: bool = True, identity: Identity | None = None, entropy: Entropy | None = None, way: Way = "compiled",
         timeout_ms: int = 10_000, connect_timeout_ms: int | None = None, stall_timeout_ms: int | None = None) -> P2P:
    """Open a match for two as player 0, and wait for whoever comes with `match.join_line`.

    advertise  the address in the line: "host", or "host:port" where a router forwards another port ("[host]:port" of IPv6);
               this machine's own in its network unless given (IPv4 if it has one, 127.0.0.1 when it is in none). Of a
               `transport` of your own: what a joiner's transport takes
    secret     11 bytes, for reproducible lines; random unless given
    connect_timeout_ms  how long to wait for the other player; None: until close()

    The phase is "connecting" meanwhile. The other arguments are those of `p2p`. Raises UsageError for what cannot be.
    """
    _for_two(game)
    own_secret = secret if secret is not None else system(SECRET_BYTES)
    if not isinstance(own_secret, bytes) or len(own_secret) != SECRET_BYTES:
        raise UsageError(f"secret: give {SECRET_BYTES} bytes, not {kind_of(own_secret)}")
    with owned(transport, lambda: UdpTransport(port)) as used:
        name, number = _advertised(advertise, used)
        return P2P(terms(game, player=HOST, peers={JOINER: None}, delay=delay, window=window, predictor=predictor,
                         commit=commit, record=record, reports=reports, metadata=metadata, nonce=nonce, way=way,
                         timeout_ms=timeout_ms, connect_timeout_ms=connect_timeout_ms, stall_timeout_ms=stall_timeout_ms,
                         secret=own_secret, sealed=sealed, identity=identity, entropy=entropy),
                   transport=used, clock=clock, join_line=str(JoinLine(name, number, own_secret)))


def join(game: Game, line: str, *, port: int = 0, transport: Transport | None = None, clock: Clock | None = None,
         delay: int = 1, window: int = 8, predictor: str | None = None, commit: bool = False,
         record: str | os.PathLike[str] | None = None, reports: str | os.PathLike[str] | None = None,
         metadata: Mapping[str, Any] | None = None, nonce: bytes | None = None, sealed: bool = True,
         identity: Identity | None = None, entropy: Entropy | None = None, way: Way = "compiled", timeout_ms: int = 10_000,
         connect_timeout_ms: int | None = 30_000, stall_timeout_ms: int | None = None) -> P2P:
    """Join the match of a host as player 1, by its `join_line`.

    Dashes, blanks and capitals in the line do not matter. A `transport` of your own is given the line's address as the
    text "host:port". A name in it is looked up here, and that may take seconds where no name server answers; the line of
    `host` has a number unless told otherwise. The other arguments are those of `p2p`. Raises UsageError, for a line too:
    it names the part that is wrong. A host that does not answer is an event: Disconnected.
    """
    _for_two(game)
    parsed = JoinLine.parse(line)
    address = resolve(parsed.address) if transport is None else parsed.address
    with owned(transport, lambda: UdpTransport(port)) as used:
        return P2P(terms(game, player=JOINER, peers={HOST: address}, delay=delay, window=window, predictor=predictor,
                         commit=commit, record=record, reports=reports, metadata=metadata, nonce=nonce, way=way,
                         timeout_ms=timeout_ms, connect_timeout_ms=connect_timeout_ms, stall_timeout_ms=stall_timeout_ms,
                         secret=parsed.secret, sealed=sealed, identity=identity, entropy=entropy), transport=used, clock=clock)


def _for_two(game: Game) -> None:
    if not game.min_players <= 2 <= game.max_players:
        raise UsageError(f"host and join are for two players, and {game.name} is not: name all peers with p2p")


def _advertised(advertise: str | None, transport: Transport) -> tuple[str, int]:
    """The address that stands in the line."""
    if advertise is not None and ":" in advertise and not is_ipv6(advertise):
        return parse_address(advertise, "advertise")
    bound = getattr(transport, "address", None)
    if isinstance(bound, str):
        bound = parse_address(bound, "the transport's address")
    if not (isinstance(bound, tuple) and len(bound) == 2):
        raise UsageError('advertise="host:port" is needed: the transport does not say where it is bound')
    name, port = bound
    if advertise is None:
        advertise = lan_host() if name in ("0.0.0.0", "::") else str(name)
    return parse_address(address_text(advertise, port), "advertise")
