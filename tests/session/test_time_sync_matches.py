"""Real sessions with clocks that differ: over minutes both sides see the same mean frame advantage, within half a frame.

The advantage of a peer is how many frames it has started beyond those of the other whose inputs it has: as far as it
predicts. It is looked at whenever a frame starts, after half a minute for finding the other's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

import rollstep as rs
from rollstep.net.pacing import MAX_PPM
from rollstep.net.time_sync import MOST_LEFT_OUT
from rollstep.testing import Impairment, Network
from tests.games.box import game as box

SECOND_US = 1_000_000
SETTLED_US = 30 * SECOND_US
ASYMMETRIC = Impairment(latency_us=20_000), Impairment(latency_us=80_000, jitter_us=30_000)


@dataclass
class Seen:
    """Of one peer: its advantages, and the frame with which they begin."""

    first: int = 0
    advantages: list[float] = field(default_factory=list)

    @property
    def mean(self) -> float:
        return sum(self.advantages) / len(self.advantages)


@dataclass
class Measured:
    peers: Sequence[rs.P2P]
    seen: Sequence[Seen]
    lead: float = 0         # of the first peer over the second, in frames, over time: what nobody inside can measure

    def spread(self) -> float:
        """Between the peers with the largest and the smallest mean advantage, in frames."""
        means = [s.mean for s in self.seen]
        return max(means) - min(means)

    def worst_half_minute(self) -> float:
        """The same for the first two peers in the worst 30 seconds."""
        a, b = (s.advantages for s in self.seen[:2])
        return max(abs(sum(a[i:i + 1800]) - sum(b[i:i + 1800])) / 1800 for i in range(0, min(len(a), len(b)) - 1799, 300))

    def fps(self, seconds: int) -> list[float]:
        return [len(s.advantages) / seconds for s in self.seen]


def measure(net: Network, peers: Sequence[rs.P2P], *, seconds: int = 120, from_us: int = SETTLED_US) -> Measured:
    """Play; what was seen after `from_us`."""
    found = Measured(peers, [Seen() for _ in peers])
    last_us, area, lead = from_us, 0, 0

    def look(peer: rs.P2P) -> None:
        nonlocal last_us, area, lead
        if net.now_us < from_us:
            return
        area += (net.now_us - last_us) * lead
        last_us, lead = net.now_us, peers[0].frame - peers[1].frame
        seen = found.seen[peer.player]
        if not seen.first:
            seen.first = peer.frame
        if peer.frame == seen.first + len(seen.advantages) + 1:
            received = peer.stats.received if len(peers) > 2 else ()
            behind = sum(received[q.player] for q in peers if q is not peer) / (len(peers) - 1) if received \
                else peer._core.got(1 - peer.player)
            seen.advantages.append(peer.frame - behind)

    end = from_us + seconds * SECOND_US
    assert not net.run(peers, until=lambda: False, each=look, limit_ms=(end - net.now_us) // 1000)
    assert all(peer.phase == "playing" for peer in peers)
    found.lead = area / (last_us - from_us)
    return found


@pytest.mark.parametrize("drift_ppm", [(0, 0), (10_000, 0), (0, 10_000), (5_000, -5_000)], ids=str)
@pytest.mark.parametrize("spec", ["rtt=30ms", "rtt=80ms,jitter=20ms,loss=5%", "rtt=150ms,jitter=60ms,loss=10%",
                                  "rtt=40ms,jitter=40ms,loss=20%,reorder=5%"])
def test_clocks_a_hundredth_apart_and_jittery_links_leave_the_mean_advantages_equal(spec, drift_ppm):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    peers = net.join(box, players=2, delay=2, drift_ppm=list(drift_ppm))
    found = measure(net, peers)
    assert found.spread() <= 0.25 and found.worst_half_minute() <= 0.5
    assert abs(found.lead) <= 0.25
    middle = 60 * (1 + sum(drift_ppm) / 2 / 10**6)
    assert all(abs(fps - middle) < 0.06 for fps in found.fps(120)), "both follow the middle, a thousandth at most beside it"
    assert min(p.stats.rollbacks for p in peers) > 0 or spec == "rtt=30ms"


@pytest.mark.parametrize("drift_ppm", [(0, 0), (10_000, 0), (0, 10_000)], ids=str)
def test_over_a_link_that_is_slower_one_way_both_wait_equally_long_which_shifts_the_frames_by_half_the_difference(drift_ppm):
    net = Network(seed=1)
    net.set_link(0, 1, ASYMMETRIC[0])
    net.set_link(1, 0, ASYMMETRIC[1])
    peers = net.join(box, players=2, delay=2, drift_ppm=list(drift_ppm))
    found = measure(net, peers)
    assert found.spread() <= 0.5
    assert abs(found.lead - (20 - (80 + 15)) / 2 * 60 / 1000) <= 0.5, "half of 75 ms or less: inherent, and right"


@pytest.mark.parametrize("drift_ppm", [(0, 0, 0, 0), (10_000, 0, 0, 0), (0, 10_000, 10_000, 10_000),
                                       (5_000, 3_000, -2_000, -5_000)], ids=str)
def test_four_peers_with_clocks_a_hundredth_apart_keep_together(drift_ppm):
    net = Network(seed=1, impairment=Impairment.parse("rtt=80ms,jitter=40ms,loss=5%"))
    peers = net.join(box, players=4, delay=2, drift_ppm=list(drift_ppm))
    found = measure(net, peers, seconds=60)
    assert found.spread() <= 0.5
    slowest, fastest = 60 * (1 + min(drift_ppm) / 10**6), 60 * (1 + max(drift_ppm) / 10**6)
    assert all(slowest - 0.1 <= fps <= fastest + 0.1 for fps in found.fps(60)), "noise of many slows nobody down"


def test_the_clock_of_the_other_is_found_within_half_a_minute():
    net = Network(seed=1, impairment=Impairment.parse("rtt=150ms,jitter=60ms,loss=10%"))
    found = measure(net, net.join(box, players=2, delay=2, drift_ppm=[10_000, 0]), from_us=10 * SECOND_US, seconds=60)
    assert found.spread() <= 0.5


@pytest.mark.parametrize("says", [-128, 127])
def test_a_peer_that_lies_about_its_advantage_slows_the_other_by_no_more_than_the_clamp(says):
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms,jitter=20ms"))
    peers = net.join(box, players=2, delay=2)
    honest, liar = peers
    assert net.run(peers, until=lambda: all(peer.phase == "playing" for peer in peers))
    assert honest._core is not None and liar._core is not None
    core, honestly = liar._core, liar._core.exchange

    def lies(now_us: int, want: int = 0) -> int:
        flags = honestly(now_us, want)
        for _, _, datagram in core.out:
            datagram[8] = says & 255
        return flags

    core.exchange = lies  # type: ignore[method-assign]
    speeds: set[int] = set()
    end = net.now_us + 60 * SECOND_US
    net.run(peers, until=lambda: net.now_us >= end, each=lambda peer: speeds.add(honest._pacer.speed_ppm))
    assert honest._core.their_lead(1) == says * 8, "the lie arrived"
    assert 60 * 60 * (1 - MAX_PPM / 10**6) - MOST_LEFT_OUT <= honest.frame <= 60 * 60 * (1 + MAX_PPM / 10**6) + 1
    assert all(abs(speed) <= MAX_PPM for speed in speeds)
    assert abs(honest.frame - liar.frame) <= 4, "it is believed as far as what we see ourselves allows"
