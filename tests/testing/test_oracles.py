"""The oracles see what they are for: confirmed states that differ or change, replays that disagree, play that stands still."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from rollstep.errors import Diverged, UsageError
from rollstep.testing import Bot, Impairment, Liveness, Network, Safety, Stuck, flip
from rollstep.testing.oracles import LATER
from tests.games.box import game as box


def told(player: int, confirmed: int, change: dict[int, int] | None = None) -> SimpleNamespace:
    """What Safety asks a session for."""
    return SimpleNamespace(player=player, confirmed=confirmed, checksum=lambda f: (change or {}).get(f, 1000 + f))


def test_states_that_differ_are_named_by_frame_and_players():
    safety = Safety()
    safety(told(0, 50))
    with pytest.raises(Diverged, match=r"frame 30: the checksum is 0+7 on one side, 0+406 on the other \(players 1 and 0\)"):
        safety(told(1, 50, {30: 7}))


@pytest.mark.parametrize(("frame", "later"), [(50, 1), (31, LATER), (1, LATER)])
def test_a_confirmed_state_that_changes_is_seen_with_the_next_frame_or_later(frame, later):
    safety = Safety()
    for confirmed in range(1, frame + later):
        safety(told(0, confirmed))
    with pytest.raises(Diverged, match=f"frame {frame}: .*player 0: a confirmed state changed"):
        safety(told(0, frame + later, {frame: 7}))


def test_confirming_less_than_before_is_no_small_thing():
    safety = Safety()
    safety(told(0, 50))
    with pytest.raises(Diverged, match="takes back"):
        safety(told(0, 49))


def test_frames_that_were_not_seen_are_told_to_the_caller():
    safety = Safety()
    safety(told(0, 10))
    with pytest.raises(UsageError, match="call it after each turn"):
        safety(told(0, 300))


def test_agreement_needs_two_who_have_confirmed_as_much():
    safety = Safety()
    safety(told(0, 50))
    with pytest.raises(Stuck, match="50"):
        safety.agree(10)
    safety(told(1, 9))
    with pytest.raises(Stuck, match=r"\{0: 50, 1: 9\}"):
        safety.agree(10)
    safety(told(1, 10))
    assert safety.agree(10) == [1000 + f for f in range(1, 11)] and safety.seen(1)[10] == 1010
    safety.forget(1)
    assert safety.seen(1) == []
    safety(told(1, 5))


def test_replays_of_a_match_agree_with_what_was_seen_and_one_that_was_cheated_does_not(tmp_path):
    for cheat in (False, True):
        folder = tmp_path / str(cheat)
        folder.mkdir()
        files = [folder / f"{p}.rsr" for p in range(2)]
        net, safety = Network(seed=1, impairment=Impairment.parse("rtt=60ms")), Safety()
        peers = net.join(box, players=2, record=files)
        net.play(peers, frames=60, each=safety)
        if cheat:
            for peer in peers:
                flip(peer, "World.boxes[0].bumps")          # alike on both sides: only who computes it anew can tell
        net.run(peers, until=lambda: False, limit_ms=2000)
        for peer in peers:
            peer.close()
        if cheat:
            with pytest.raises(Diverged):
                safety.replays(box, files)
        else:
            report = safety.replays(box, files)
            assert report.verified and report.frames > 100


def test_a_replay_that_a_crash_cut_short_is_good_as_far_as_it_goes(tmp_path):
    files = [tmp_path / f"{p}.rsr" for p in range(2)]
    net, safety = Network(seed=1, impairment=Impairment.parse("rtt=60ms")), Safety()
    peers = net.join(box, players=2, record=files, timeout_ms=1000)
    net.play(peers, frames=200, each=safety)
    net.crash(peers[1])
    assert Liveness()(net, peers, each=safety, may_end=True) >= 900
    peers[0].close()
    assert safety.replays(box, files).verdict == "truncated"


def test_play_that_goes_on_takes_its_frames_and_play_that_does_not_is_told_with_who_stands_where():
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(box, players=2)
    bots = [Bot(box, player=p, seed=1) for p in range(2)]
    net.play(peers, frames=60, bots=bots)
    assert 400 < Liveness()(net, peers, bots=bots) < 700
    net.cut(0, 1)
    with pytest.raises(Stuck, match=r"within 3000 ms: player 0 stalled at frame \d+, \d+ confirmed; player 1 stalled"):
        Liveness(within_ms=3000)(net, peers, bots=bots)
    with pytest.raises(Stuck, match="ended though nobody left"):
        Liveness(within_ms=20_000)(net, peers, bots=bots)
    assert Liveness()(net, peers, bots=bots, may_end=True) == 0
