"""A step that raises on inputs that everybody knows: every peer says so, at the same frame, with the same last good state."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep import i64, u8
from rollstep.testing import Impairment, Network

from .scenario import events


@rs.struct
class Pad:
    key: u8


@rs.struct
class World:
    total: i64
    cells: rs.Array[u8] = rs.array(200)


def init(world, tick):
    world.total = tick.seed


def step(world, inputs, tick):
    for i in range(tick.players):
        world.total = world.total * 31 + inputs[i].key
        world.cells[inputs[i].key] += 1


game = rs.Game("cells", state=World, input=Pad, players=(2, 4), init=init, step=step)


#: No frame is the bad one.
STEADY = 1 << 30


class Presses:
    """Presses other keys all the time; from one frame on the key that the step cannot take."""

    def __init__(self, player: int, bad_from: int) -> None:
        self.player, self.bad_from = player, bad_from

    def input(self, frame: int) -> bytes:
        return bytes([250 if frame >= self.bad_from else (frame // 7 + self.player) % 100])


def play_until_it_raises(net, peers, bad_player, bad_from, limit_ms=20_000):
    """What each peer raised; the others are played on."""
    bots = [Presses(peer.player, bad_from if peer.player == bad_player else STEADY) for peer in peers]
    return run(net, peers, bots, until=lambda raised: len(raised) == len(peers), limit_ms=limit_ms)


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


@pytest.mark.parametrize("players", [2, 4])
@pytest.mark.parametrize("spec", ["", "rtt=80ms,jitter=20ms,loss=20%", "rtt=240ms"])
@pytest.mark.parametrize("window", [0, 8, 60])
def test_what_a_confirmed_frame_raises_comes_out_of_every_peer_at_the_same_state(players, spec, window, tmp_path):
    net = Network(seed=1, impairment=Impairment.parse(spec))
    paths = [tmp_path / f"{p}.rsr" for p in range(players)]
    peers = net.join(game, players=players, window=window, delay=2, record=paths)
    raised = play_until_it_raises(net, peers, bad_player=1, bad_from=60)
    assert sorted(raised) == list(range(players)), f"only {sorted(raised)} raised"
    assert len({str(error) for error in raised.values()}) == 1
    bad = 62
    assert {peer.confirmed for peer in peers} == {bad} and len({bytes(peer.state) for peer in peers}) == 1
    assert {peer.phase for peer in peers} == {"over"}
    for peer in peers:
        assert peer.due() == 0 and peer.advance(b"\0") is False and peer.poll() == []
        assert not events(net, peer.player, rs.DesyncDetected)
    for peer in peers:
        peer.close()
    assert {rs.read_replay(path).frames for path in paths} == {bad}


def test_the_error_names_frame_file_and_line_of_the_step():
    net = Network(seed=1)
    peers = net.join(game, players=2)
    raised = play_until_it_raises(net, peers, bad_player=0, bad_from=30)
    for error in raised.values():
        notes = " ".join([str(error), *getattr(error, "__notes__", ())])
        assert "in frame 31, at" in notes and "test_raising_games.py" in notes
        line = next(i for i, text in enumerate(open(__file__).read().splitlines(), 1) if "world.cells[inputs" in text)
        assert f"line {line}" in notes or f":{line}" in notes, notes


def test_a_peer_whose_others_vanish_raises_when_they_count_as_gone():
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(game, players=2, timeout_ms=2000, delay=4)
    steady = [Presses(0, STEADY), Presses(1, STEADY)]
    net.run(peers, until=lambda: peers[0].frame >= 40, bots=steady)
    net.set_link(0, 1, Impairment(loss_ppm=1_000_000))     # nothing of ours arrives any more
    raised = play_until_it_raises(net, peers, bad_player=0, bad_from=peers[0].frame, limit_ms=10_000)
    assert sorted(raised) == [0] and {peer.phase for peer in peers} == {"over"}
    assert events(net, 0, rs.Disconnected) and events(net, 1, rs.Disconnected)


@pytest.mark.parametrize("players", [2, 3, 4])
@pytest.mark.parametrize("window", [0, 8])
@pytest.mark.parametrize("spec", ["", "rtt=80ms,jitter=20ms,loss=20%", "rtt=240ms", "rtt=60ms,jitter=100ms,loss=40%"])
def test_the_error_reaches_every_peer_before_it_sees_another_leave_though_games_end_at_once(spec, window, players):
    """As with a `with`: whoever raises is closed in the same moment; and a game that hears that somebody left ends too."""
    for seed in range(3):
        net = Network(seed=seed, impairment=Impairment.parse(spec))
        here = net.join(game, players=players, window=window, delay=2)
        bots = {peer.player: Presses(peer.player, 60 if peer.player == 1 else STEADY) for peer in here}
        raised = set()
        while here:
            net.now_us += 1000
            assert net.now_us < 30_000_000, [(peer.phase, peer.frame) for peer in here]
            for peer in list(here):
                try:
                    gone = [event for event in peer.poll() if isinstance(event, rs.Disconnected)]
                    assert not gone, f"seed {seed}: player {peer.player} saw {gone}, raised: {raised}"
                    for _ in range(peer.due()):
                        peer.advance(bots[peer.player].input(peer.frame))
                except IndexError:
                    raised.add(peer.player)
                    peer.close()
                    here.remove(peer)
        assert raised == set(range(players))


def test_a_peer_that_raises_though_we_do_not_is_gone_with_a_word_when_it_is_silent():
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(game, players=2, timeout_ms=2000)
    net.run(peers, until=lambda: peers[0].frame >= 40, bots=[Presses(0, STEADY), Presses(1, STEADY)])
    peers[1]._raising = False                       # a step that is not the same there: the worst that can be
    peers[1].close()
    net.run(peers[:1], until=lambda: peers[0].phase == "over", bots=[Presses(0, STEADY)], limit_ms=5000)
    assert events(net, 0, rs.Disconnected) == [rs.Disconnected(1, "stopped at an error of its step")]


def test_a_peer_that_never_says_that_it_raises_is_not_waited_for_longer_than_the_timeout():
    net = Network(seed=1, impairment=Impairment.parse("rtt=60ms"))
    peers = net.join(game, players=2, timeout_ms=2000, delay=2)
    net.run(peers, until=lambda: peers[0].frame >= 40, bots=[Presses(0, STEADY), Presses(1, STEADY)])
    bots = [Presses(0, peers[0].frame), Presses(1, STEADY)]
    raised: dict[int, Exception] = {}
    began = net.now_us
    while not raised and net.now_us < began + 10_000_000:     # player 1 stands in a menu: it polls and starts no frame
        net.now_us += 1000
        peers[1].poll()
        try:
            peers[0].poll()
            for _ in range(peers[0].due()):
                peers[0].advance(bots[0].input(peers[0].frame))
        except IndexError as error:
            raised[0] = error
        if peers[1].frame < bots[0].bad_from + 2 and peers[1].due():
            peers[1].advance(bots[1].input(0))
    assert raised and net.now_us - began < 2_500_000
