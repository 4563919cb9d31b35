"""`Mesh`: N cores joined by seeded links in virtual time, held to a straight simulation of what they confirm.

One tick is one frame: first every peer takes in what has arrived, then every peer advances and sends. So the fastest
datagram needs one tick: with L = max(1, latency in frames), an input delay of d and nothing lost, a peer predicts
L - d frames when that is positive, and nothing at all otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rollstep.game import Game
from rollstep.rollback import ADVANCED, RAISED, Core
from rollstep.rollback.arena import Peer
from rollstep.testing import Bot, Impairment, Link
from tests.games import nasty

#: A confirmed row and checksum are looked at again this many frames later (128 checksums are kept).
LATER = 100
#: Ticks per frame, and some, after which play counts as dead.
PATIENCE = 30


class TokenBot(Bot):
    """A bot for the nasty game: its token is what the step wants in the frame where the input plays."""

    def __init__(self, game: Game, *, player: int, seed: int, delay: int) -> None:
        super().__init__(game, player=player, seed=seed)
        self._delay = delay

    def input(self, frame: int) -> bytes:
        data = bytearray(super().input(frame))
        data[1] = nasty.token(frame + self._delay)
        return bytes(data)


def make_bot(game: Game, *, player: int, seed: int, delay: int) -> Bot:
    if game is nasty.game:
        return TokenBot(game, player=player, seed=seed, delay=delay)
    return Bot(game, player=player, seed=seed)


def arena(core: Core, *blank: str) -> bytes:
    """The core's whole memory. Blanked are its step's address (each way has its own) and the named numbers."""
    memory = bytearray(core._bytes)
    for field in Peer.layout.fields:
        if field.name in ("step", "guess", *blank):
            memory[field.offset:field.offset + field.size] = bytes(field.size)
    return bytes(memory)


class Twins:
    """A compiled and an interpreted core in the place of one: fed the same calls, they must stay the same to the byte."""

    def __init__(self, game: Game, **options: Any) -> None:
        self.pair = [Core(game, way=way, **options) for way in ("compiled", "interpreted")]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pair[0], name)

    def receive(self, player: int, datagram: bytes) -> bool:
        return self._both(lambda core: core.receive(player, datagram))

    def set_input(self, data: bytes) -> None:
        self._both(lambda core: core.set_input(data))

    def advance(self, now_us: int) -> int:
        return self._both(lambda core: core.advance(now_us))

    def set_delay(self, player: int, delay: int, at_frame: int) -> None:
        self._both(lambda core: core.set_delay(player, delay, at_frame))

    def exchange(self, now_us: int) -> int:
        return self._both(lambda core: core.exchange(now_us))

    def raise_confirmed(self) -> None:
        self._both(lambda core: core.raise_confirmed())

    def _both(self, call: Any) -> Any:
        outcomes: list[Any] = []
        for core in self.pair:
            try:
                outcomes.append((call(core), None))
            except Exception as error:
                outcomes.append((None, error))
        (result, error), (oracle, oracle_error) = outcomes
        assert result == oracle and repr(error) == repr(oracle_error), f"compiled {outcomes[0]}, interpreted {outcomes[1]}"
        assert arena(self.pair[0]) == arena(self.pair[1]), f"the arenas differ at frame {self.frame}"
        if error is not None:
            raise error
        return result


class Mesh:
    """`delays` is one number or one per player, `windows` one or one per peer. `twins` (peers by place) play compiled and
    interpreted at once. `groups` are the players of each peer, one each unless given.

    With `may_raise`, what the step raises is kept in `raised` by peer; else it comes out. `changes` by frame are (player,
    delay) that come into force there.
    """

    def __init__(self, game: Game, *, players: int = 2, delays: int | Sequence[int] = 0, windows: int | Sequence[int] = 8,
                 network: str | Impairment = "", seed: int = 1, way: str = "compiled", twins: Sequence[int] = (),
                 may_raise: bool = False, groups: Sequence[tuple[int, ...]] | None = None, predictor: int = 0) -> None:
        self.game, self.players, self.seed = game, players, seed
        self.groups = [(p,) for p in range(players)] if groups is None else list(groups)
        self.everyone = range(len(self.groups))
        self.delays = [delays] * players if isinstance(delays, int) else list(delays)
        self.windows = [windows] * len(self.groups) if isinstance(windows, int) else list(windows)
        self.changes: dict[int, list[tuple[int, int]]] = {}
        impairment = network if isinstance(network, Impairment) else Impairment.parse(network)
        self.cores: list[Any] = []
        for p, group in enumerate(self.groups):
            options: dict[str, Any] = {"player": group[0], "players": players, "delays": self.delays,
                                       "window": self.windows[p], "seed": seed, "groups": self.groups, "predictor": predictor}
            self.cores.append(Twins(game, **options) if p in twins else Core(game, way=way, **options))  # type: ignore
        self.bots = [make_bot(game, player=p, seed=seed, delay=self.delays[p]) for p in range(players)]
        self.links = {(p, q): Link(impairment, f"{seed} {p} {q}") for p in self.everyone for q in self.everyone if p != q}
        self.frame_us = 1_000_000 // game.fps
        self.now_us = self.ticks = 0
        self.may_raise = may_raise
        self.raised: dict[int, Exception] = {}
        self.taken = [0] * len(self.groups)        # datagrams given to each core
        self.waits = [0] * len(self.groups)
        self.inputs: list[list[bytes]] = [[bytes(game.input_size)] * delay for delay in self.delays]    # by player
        self.rows: list[list[bytes]] = [[] for _ in self.everyone]      # confirmed, by peer
        self.sums: list[list[int]] = [[] for _ in self.everyone]        # sums[p][f]: of state f + 1

    # ------------------------------------------------------------------ play

    def play(self, frames: int) -> None:
        """Until every peer has played and confirmed this many frames; AssertionError when play dies."""
        end = self.ticks + frames * PATIENCE + 2000
        while any(core.confirmed < frames for core in self.cores):
            assert self.ticks < end, f"dead: confirmed {[c.confirmed for c in self.cores]} of {frames}"
            self.tick(frames)

    def tick(self, frames: int = 1 << 60, playing: Sequence[int] | None = None) -> None:
        """One frame's time. Peers that have `frames` frames, or are not `playing`, start no more, but answer."""
        self.ticks += 1
        self.now_us += self.frame_us
        for (p, q), link in self.links.items():
            for data in link.arrived(self.now_us):
                self.deliver(p, q, data)
        for p, core in enumerate(self.cores):
            self.call(p, core.frame < frames and (playing is None or p in playing))

    def deliver(self, p: int, q: int, data: bytes) -> None:
        """A datagram of p reaches q."""
        peer = self.groups[p][0]
        if not self.cores[q].receive(peer, data):
            self.call(q, False)
            assert self.cores[q].receive(peer, data)
        self.taken[q] += 1

    def call(self, p: int, want: bool) -> None:
        core = self.cores[p]
        frame, possible = core.frame, core.can_advance if core.pending == 0 else None
        inputs = [self.bots[player].input(frame) for player in self.groups[p]]
        core.set_input(b"".join(inputs))
        for player, delay in self.changes.get(frame, ()):
            if player in self.groups[p]:
                core.set_delay(player, delay, frame)
        try:
            flags = core.advance(self.now_us) if want else core.exchange(self.now_us)
            assert not want or possible in (None, bool(flags & ADVANCED)), "can_advance told something else"
            if flags & RAISED:
                core.raise_confirmed()
        except Exception as error:
            if not self.may_raise:
                raise
            assert repr(self.raised.setdefault(p, error)) == repr(error)
        if core.frame > frame:
            for player, data in zip(self.groups[p], inputs, strict=True):
                self._give(player, frame, data)
        else:
            self.waits[p] += want
        for peer, datagram in core.outgoing():
            q = next(i for i, group in enumerate(self.groups) if group[0] == peer)
            self.links[p, q].send(datagram, self.now_us)
        assert core.desync is None, f"peer {p} sees a desync {core.desync}"
        self._record(p, core)

    def _give(self, player: int, frame: int, data: bytes) -> None:
        """What becomes of an input that was given for the frame that starts as number `frame`."""
        for changed, delay in self.changes.get(frame, ()):
            if changed == player:
                self.delays[player] = delay
        given, plays = self.inputs[player], frame + self.delays[player]
        while len(given) < plays:
            given.append(given[-1] if given else bytes(len(data)))
        if len(given) == plays:
            given.append(data)

    def _record(self, p: int, core: Any) -> None:
        rows, sums = self.rows[p], self.sums[p]
        assert core.confirmed >= len(rows), "something confirmed was unconfirmed"
        for f in range(len(rows), core.confirmed):
            rows.append(core.row(f))
            sums.append(core.checksum(f + 1))
            if f >= LATER:
                self._unchanged(p, f - LATER)

    def _unchanged(self, p: int, f: int) -> None:
        assert self.cores[p].row(f) == self.rows[p][f], f"peer {p}: the confirmed inputs of frame {f} changed"
        assert self.cores[p].checksum(f + 1) == self.sums[p][f], f"peer {p}: the confirmed checksum {f + 1} changed"

    # ------------------------------------------------------------------ the truth

    def check(self, *, moved: bool = True) -> None:
        """After play(): one history, it is the one of the inputs that were given, and it was simulated rightly."""
        size, count = self.game.input_size, min(len(rows) for rows in self.rows)
        given = [b"".join(inputs[f] for inputs in self.inputs).ljust(self.game.row_size, b"\0") for f in range(count)]
        runner = self.game.runner("compiled", players=self.players, seed=self.seed)
        state = runner.start()
        start = bytes(state)
        truth = runner.run(state, b"".join(given), 0, count)
        for p, core in enumerate(self.cores):
            assert [row[:size * self.players] for row in self.rows[p][:count]] == \
                [row[:size * self.players] for row in given], f"peer {p} confirmed inputs that nobody gave"
            wrong = [f + 1 for f in range(count) if self.sums[p][f] != truth[f]]
            assert not wrong, f"peer {p} confirmed wrong states, first {wrong[0]}"
            for f in range(max(0, len(self.rows[p]) - LATER), len(self.rows[p])):
                self._unchanged(p, f)
            if core.simulated == count:
                assert bytes(core.state) == bytes(state)[:len(bytes(core.state))]
            self._check_counters(p, core)
        if moved:
            assert bytes(state) != start and len(set(truth)) > count * 3 // 4, "the game hardly moved"

    def _check_counters(self, p: int, core: Any) -> None:
        stats = core.stats
        assert stats.frames == core.frame
        if not self.changes:
            assert all(core.frame == len(self.inputs[player]) - self.delays[player] for player in self.groups[p])
        assert stats.deepest_rollback <= self.windows[p]
        assert stats.rollbacks <= stats.resimulated_frames <= stats.rollbacks * self.windows[p]
        assert stats.rollbacks <= stats.mispredictions <= stats.predictions
        assert stats.stalls == self.waits[p]
        assert stats.packets_accepted + sum(stats.refused.values()) + core.pending == self.taken[p]

    @property
    def rollbacks(self) -> list[int]:
        return [core.stats.rollbacks for core in self.cores]

    @property
    def deepest(self) -> list[int]:
        return [core.stats.deepest_rollback for core in self.cores]

    @property
    def refused(self) -> int:
        return sum(sum(core.stats.refused.values()) for core in self.cores)
