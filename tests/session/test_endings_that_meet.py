"""Two ends of a match at once: a step that raises, players that leave, a desync. Each is told, whichever comes first."""

from __future__ import annotations

import pytest

from rollstep.testing import Impairment, Network

from .test_raising_games import Presses, game

STEADY = 1 << 30


def run(net, peers, bots, *, until, limit_ms=20_000):
    """Play on; what each peer raised, by player."""
    raised: dict[int, Exception] = {}
    end = net.now_us + limit_ms * 1000
    while not until(raised) and net.now_us < end:
        net.now_us += 1000
        for peer, bot in zip(peers, bots, strict=True):
            if peer.phase == "closed":
                continue
            try:
                net.events.setdefault(peer.player, []).extend(peer.poll())
                for _ in range(peer.due()):
                    peer.advance(bot.input(peer.frame))
            except IndexError as error:
                assert peer.player not in raised, "raised twice"
                raised[peer.player] = error
    return raised


@pytest.mark.parametrize("later_ms", [80, 150])
def test_who_leaves_after_the_step_has_raised_keeps_it_from_nobody(later_ms):
    raised, peers, _ = left_as_it_raises(later_ms)
    assert sorted(raised) == [0, 1, 2] and {peer.confirmed for peer in peers} == {61}
    assert len({str(error) for error in raised.values()}) == 1


def left_as_it_raises(later_ms):
    """Player 2 leaves shortly after frame 61 has started, whose step raises; player 0 hears of player 1 late, of 2 early."""
    net = Network(seed=1, impairment=Impairment.parse("rtt=20ms"))
    net.set_link(1, 0, Impairment.parse("rtt=200ms"))
    peers = net.join(game, players=3, window=12, delay=1)
    bots = [Presses(0, STEADY), Presses(1, 60), Presses(2, STEADY)]
    run(net, peers, bots, until=lambda _: peers[2].frame > 61)
    leaves_at = net.now_us + later_ms * 1000
    raised = run(net, peers, bots, until=lambda _: net.now_us >= leaves_at)
    peers[2].close()
    raised |= run(net, peers, bots, until=lambda _: False, limit_ms=3000)
    return raised, peers, net
