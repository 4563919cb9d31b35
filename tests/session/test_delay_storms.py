"""Delays that change all the time, over bad networks: nothing is lost, nobody dies, and all know the delays in the end."""

from __future__ import annotations

import random

import pytest

import rollstep as rs
from rollstep.replay import verify
from rollstep.testing import Impairment, Network, Safety
from tests.games.box import game as box

ROUGH = "rtt=100ms,jitter=60ms,loss=20%,duplicate=10%,reorder=10%"
CASES = {
    "a window": (ROUGH, {"players": 2}),
    "lockstep": (ROUGH, {"players": 2, "window": 0}),
    "groups": (ROUGH, {"players": 4, "groups": [(0, 3), (1, 2)], "window": 10}),
    "commit": (ROUGH, {"players": 3, "window": 0, "delay": 10, "commit": True}),
    "at every edge": ("rtt=1900ms,jitter=100ms,loss=5%", {"players": 3, "groups": [(0, 2), (1,)], "window": 60, "delay": 16}),
}


def change_at_times(draw, peer):
    """Now and then another delay, at once, soon, or in a frame that never comes."""
    if peer.frame and draw.random() < 0.1:
        least = 0 if peer.window else 1
        peer.set_delay(draw.choice((16, least, draw.randint(1, 16))), player=draw.choice((None, *peer.local_players)),
                       at_frame=draw.choice((0, peer.frame + draw.randint(0, 40), 1 << 40)))
        return 1
    return 0


@pytest.mark.parametrize("case", CASES)
def test_delays_that_change_all_the_time_over_a_bad_network_cost_no_frame_and_become_known(case, tmp_path, frames=160):
    spec, options = CASES[case]
    net, draw, watch = Network(seed=2, impairment=Impairment.parse(spec)), random.Random(2), Safety()
    paths = [tmp_path / f"{i}.rsr" for i in range(len(options.get("groups", range(options["players"]))))]
    peers = net.join(box, record=paths, **{"delay": 4, **options})
    changes = 0

    def each(peer):
        nonlocal changes
        watch(peer)
        changes += change_at_times(draw, peer)

    assert net.run(peers, until=lambda: all(peer.confirmed >= frames for peer in peers), each=each, limit_ms=120_000), "dead"
    assert changes > 30 and len(set(watch.agree(frames))) > frames // 2
    assert net.run(peers, until=lambda: len({peer.delays for peer in peers}) == 1, each=watch, limit_ms=20_000), \
        [peer.delays for peer in peers]
    for peer in peers:
        peer.close()
    report = verify(box, [(path.name, rs.read_replay(path)) for path in paths])
    assert report.verified, report.message
