"""A process that is killed and started again while the peers meet: the new one plays, or nobody does; never two matches."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

import rollstep as rs
from rollstep.net.agreement import REDRAWS
from rollstep.testing import Bot, Impairment, Network, Safety, VirtualClock
from tests.games.box import game as box


class Table:
    """Players at a network, each of whom can be killed (no farewell) and started again at the same address."""

    def __init__(self, spec: str, players: int, *, seed: int = 1, born_ms: dict[int, int] | None = None) -> None:
        self.net = Network(seed=seed, impairment=Impairment.parse(spec))
        self.players, self.seed = players, seed
        self.starts: dict[int, int] = dict.fromkeys(range(players), 0)
        self.born_us = {p: (born_ms or {}).get(p, 0) * 1000 for p in range(players)}
        self.peers: dict[int, rs.P2P] = {}
        self.bots = [Bot(box, player=p, seed=seed) for p in range(players)]
        self.events: dict[int, list[Any]] = {p: [] for p in range(players)}
        self.watch = Safety()

    def start(self, player: int) -> None:
        self.starts[player] += 1
        nonce = hashlib.sha256(f"{self.seed} {player} {self.starts[player]}".encode()).digest()[:16]
        self.events[player] = []
        self.peers[player] = rs.p2p(box, player=player, peers={p: p for p in range(self.players) if p != player},
                                    transport=self.net.endpoint(player), clock=VirtualClock(self.net), nonce=nonce,
                                    timeout_ms=2000, connect_timeout_ms=4000)

    def kill(self, player: int) -> None:
        del self.peers[player]
        self.watch.forget(player)

    def turn(self, end_us: int) -> None:
        """What happens next, at most up to a time."""
        unborn = [p for p in range(self.players) if self.starts[p] == 0]
        here = sorted(self.peers)
        turns = self.net.pass_time([self.peers[p] for p in here], min([end_us, *(self.born_us[p] for p in unborn)]))
        for p in unborn:
            if self.net.now_us >= self.born_us[p]:
                self.start(p)
        for p in set(range(self.players)) - set(here):
            self.net.arrived(p)                            # nobody listens: what arrives is lost
        for p in (here[i] for i in turns):
            peer = self.peers[p]
            self.events[p] += peer.poll()
            for _ in range(peer.due()):
                peer.advance(self.bots[p].input(peer.frame))
            self.watch(peer)

    def pass_ms(self, ms: int) -> None:
        end_us = self.net.now_us + ms * 1000
        while self.net.now_us < end_us:
            self.turn(end_us)

    def ends(self, limit_ms: int = 20_000) -> str:
        """"played" when all have confirmed 30 frames, "over" when every peer gave up with a word."""
        end_us = self.net.now_us + limit_ms * 1000
        while self.net.now_us < end_us:
            self.turn(end_us)
            assert not any(isinstance(event, rs.DesyncDetected) for events in self.events.values() for event in events)
            if len(self.peers) == self.players and all(peer.confirmed >= 30 for peer in self.peers.values()):
                self.watch.agree(30)
                return "played"
            if all(peer.phase == "over" for peer in self.peers.values()):
                for p in self.peers:
                    assert any(isinstance(event, rs.Disconnected) for event in self.events[p]), p
                return "over"
        raise AssertionError({p: (peer.phase, peer.frame, peer.confirmed) for p, peer in self.peers.items()})


#: Rough enough that hellos get lost, doubled and overtake each other.
ROUGH = "rtt=60ms,jitter=40ms,loss=30%,duplicate=10%,reorder=20%"


def restart(spec: str, players: int, killed_ms: int, back_ms: int, *, seed: int = 1, who: int = 1) -> tuple[str, Table]:
    """Player `who` is killed after so many ms and is back so much later."""
    table = Table(spec, players, seed=seed)
    table.pass_ms(killed_ms)
    table.kill(who)
    table.pass_ms(back_ms)
    started_before = {p for p, peer in table.peers.items() if peer.phase != "connecting"}
    table.start(who)
    ended = table.ends()
    if not started_before:
        assert ended == "played" or any(peer.frame for p, peer in table.peers.items() if p != who), \
            "nobody had started without the new process, so all could have played"
    if ended == "over":
        assert table.peers[who].frame == 0, "who came too late has not started"
    return ended, table


@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("killed_ms", [5, 35, 65, 95, 150])
def test_a_peer_killed_in_any_phase_of_the_handshake_and_started_again_plays_or_nobody_does(players, killed_ms):
    for back_ms in (0, 40):
        restart("rtt=60ms", players, killed_ms, back_ms)


@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_the_same_on_a_bad_network(players, seed):
    endings = {restart(ROUGH, players, killed_ms, back_ms, seed=seed, who=seed % players)[0]
               for killed_ms in (20, 90, 160) for back_ms in (0, 15)}
    assert "played" in endings


@pytest.mark.heavy
@pytest.mark.parametrize("players", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3, 15))
def test_the_same_on_many_bad_networks(players, seed):
    for killed_ms in range(1, 240, 34):
        for back_ms in (0, 15, 200):
            restart(ROUGH, players, killed_ms, back_ms, seed=seed, who=seed % players)


@pytest.mark.parametrize("spec", ["rtt=60ms", ROUGH])
def test_a_peer_restarted_before_the_other_side_was_there_plays(spec):
    table = Table(spec, 2, born_ms={0: 1000})
    table.pass_ms(500)
    table.kill(1)
    table.pass_ms(100)
    table.start(1)
    assert table.ends() == "played"


def test_a_peer_killed_while_two_wait_for_a_third_plays_after_its_restart():
    table = Table(ROUGH, 3, born_ms={2: 3000})
    table.pass_ms(1000)
    for _ in range(3):
        table.kill(1)
        table.pass_ms(100)
        table.start(1)
        table.pass_ms(300)
    assert table.ends() == "played"
    started = [[e for e in events if isinstance(e, rs.Synchronized)] for events in table.events.values()]
    assert started == [started[0]] * 3 and len(started[0]) == 1


def test_who_is_restarted_after_the_match_began_never_starts_and_is_told_so():
    ended, table = restart("rtt=60ms", 2, 1000, 100)
    assert ended == "over"
    assert table.events[0][-1] == rs.Disconnected(1, "silent for 2000 ms")
    assert [event for event in table.events[1] if not isinstance(event, rs.Connecting)] == [rs.Disconnected(
        0, "no answer from 0 for 4 s, though it is playing: it began with an earlier start of this player")]


def test_who_is_started_again_each_time_it_could_see_our_part_of_the_seed_is_named():
    table = Table("rtt=60ms", 2)
    table.pass_ms(1)
    agreement = table.peers[0]._meeting._agreement
    for n in range(1 + REDRAWS):
        while not agreement._shown:
            table.pass_ms(1)
        table.kill(1)
        table.start(1)
        while len(agreement._voided) == n:
            table.pass_ms(1)
    while table.peers[0].phase == "connecting":
        table.pass_ms(1)
    assert table.events[0][-1] == rs.Disconnected(1, f"1 changed its part of the seed {1 + REDRAWS} times after ours was shown")


def test_a_peer_that_leaves_before_the_match_began_leaves_its_place_free():
    table = Table("rtt=60ms", 3, born_ms={2: 2000})
    table.pass_ms(1000)
    table.peers[1].close()
    table.kill(1)
    table.pass_ms(200)
    table.start(1)
    assert table.ends() == "played"
