"""A peer whose memory was changed: both sides notice, freeze, and the replays say where."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep.replay import verify
from rollstep.testing import Impairment, Network
from tests.games.box import World
from tests.games.box import game as box

from .scenario import events

BUMPS = next(at for path, _, at in World.layout.leaves() if path == "World.boxes[0].bumps")  # type: ignore[attr-defined]


def _cheat(peer: rs.P2P) -> None:
    """Change a field behind the engine's back, in the state and in every snapshot, so that no rollback heals it."""
    core = peer._core
    assert core is not None
    snapshots = range(core._number("snapshots_at"), core._number("snapshots_end"), core._number("slot_size"))
    for at in (core._number("state_at"), *snapshots):
        core._bytes[at + BUMPS] ^= 1


@pytest.mark.parametrize("spec", ["", "rtt=80ms,jitter=20ms,loss=5%", "rtt=240ms"])
@pytest.mark.parametrize("players", [2, 4])
def test_a_desync_is_detected_by_everybody_and_nobody_plays_on(spec, players, tmp_path):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    paths = [tmp_path / f"{p}.rsr" for p in range(players)]
    peers = net.join(box, players=players, record=paths)
    net.play(peers, frames=200)
    cheated_at = peers[1].confirmed
    _cheat(peers[1])
    assert net.run(peers, until=lambda: all(events(net, p.player, rs.DesyncDetected) for p in peers), limit_ms=3000), \
        [p.phase for p in peers]
    for peer in peers:
        (found,) = events(net, peer.player, rs.DesyncDetected)
        assert cheated_at <= found.frame <= cheated_at + 60
        assert (found.player == 1) or peer.player == 1
        assert found.ours != found.theirs
        assert peer.due() == 0 and peer.advance(b"\0") is False
    for peer in peers:
        peer.close()
    report = verify(box, [(path.name, rs.read_replay(path)) for path in paths])
    assert report.verdict == "diverged" and report.exit_code == 5
    assert report.frame is not None and report.frame >= cheated_at
    guilty = verify(box, [(paths[1].name, rs.read_replay(paths[1]))])
    assert guilty.verdict == "diverged"
    assert verify(box, [(paths[0].name, rs.read_replay(paths[0]))]).verified


def test_the_other_side_of_a_frozen_peer_learns_why():
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms"))
    peers = net.join(box, players=2)
    net.play(peers, frames=100)
    _cheat(peers[1])
    net.run(peers, until=lambda: any(p.phase == "frozen" for p in peers))
    first = next(p for p in peers if p.phase == "frozen")
    other = peers[1 - first.player]
    first.close()
    net.run([other], until=lambda: bool(events(net, other.player, rs.Disconnected)), bots=None, limit_ms=5000)
    assert events(net, other.player, rs.Disconnected) == [rs.Disconnected(first.player, "stopped at a desync")]
