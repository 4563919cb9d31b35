"""No two peers ever confirm different states, whatever the network does, and play always goes on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollstep.testing import Impairment
from tests.games import box, nasty
from tests.rollback.mesh import Mesh

FRAMES = 400
GAMES = {"one byte": box.game, "four bytes": nasty.game}


def played(frames=FRAMES, game=box.game, **options):
    mesh = Mesh(game, **options)
    mesh.play(frames)
    mesh.check()
    assert mesh.refused == 0, "an honest datagram was refused"
    assert [core.frame for core in mesh.cores] == [core.confirmed for core in mesh.cores] == [frames] * mesh.players
    return mesh


@pytest.mark.parametrize("players", [2, 3, 4, 8])
@pytest.mark.parametrize("latency_ms", [0, 40, 120, 240])
@pytest.mark.parametrize("delay", [0, 1, 3, 16])
@pytest.mark.parametrize("window", [1, 8, 32])
def test_on_a_steady_network_peers_roll_back_as_far_as_the_latency_demands(players, latency_ms, delay, window):
    mesh = played(players=players, delays=delay, windows=window, network=Impairment(latency_us=latency_ms * 1000))
    late = max(1, -(-latency_ms * 1000 // mesh.frame_us)) - delay
    assert mesh.deepest == [max(0, min(late, window))] * players
    assert all(n > FRAMES // 40 for n in mesh.rollbacks) if late > 0 else mesh.rollbacks == [0] * players
    assert all(n > 0 for n in mesh.waits) if late > window else mesh.waits == [0] * players


@pytest.mark.parametrize("players", [2, 3, 4, 8])
@pytest.mark.parametrize("window", [1, 8, 32])
@pytest.mark.parametrize("network", ["rtt=60ms,jitter=60ms", "rtt=240ms,jitter=100ms,loss=5%,duplicate=5%,reorder=5%",
                                     "rtt=80ms,jitter=20ms,loss=20%,duplicate=20%", "rtt=100ms,reorder=30%",
                                     "duplicate=100%", "loss=20%"])
def test_on_a_bad_network_every_peer_confirms_the_one_true_match(players, window, network):
    mesh = played(players=players, windows=window, network=network, seed=players * 100 + window)
    assert all(n > FRAMES // 40 for n in mesh.rollbacks)
    links = mesh.links.values()
    assert ("loss" in network) == any(link.lost for link in links)
    assert ("duplicate" in network) == any(link.doubled for link in links)


@pytest.mark.parametrize("players", [2, 3, 4, 8])
@pytest.mark.parametrize("delays", [(1, 1), (3, 3), (16, 16), (0, 1), (0, 3), (16, 1)])
@pytest.mark.parametrize(("network", "there_and_back"), [
    ("", 2), ("rtt=240ms", 16), ("rtt=160ms,jitter=80ms,loss=20%,duplicate=5%,reorder=5%", 17)])
def test_lockstep_never_predicts_and_waits_only_when_the_delays_are_too_short(players, delays, network, there_and_back):
    delays = [delays[0]] + [delays[1]] * (players - 1)
    mesh = played(150, players=players, delays=delays, windows=0, network=network)
    assert mesh.rollbacks == [0] * players
    assert all(core.stats.predictions == 0 for core in mesh.cores)
    fits = sum(sorted(delays)[:2]) >= there_and_back
    assert max(mesh.waits) <= 8 if fits else max(mesh.waits) > 70


@pytest.mark.parametrize("network", ["", "rtt=120ms", "rtt=120ms,jitter=60ms,loss=20%"])
@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(("delays", "windows"), [((0, 16, 3), (8, 1, 32)), ((16, 0, 0), (0, 32, 8)), ((1, 3, 0), (32, 0, 1))])
def test_peers_with_delays_and_windows_of_their_own_play_one_match(game, network, delays, windows):
    mesh = played(game=GAMES[game], players=3, delays=delays, windows=windows, network=network)
    assert sum(mesh.rollbacks) > (FRAMES // 40 if network else 0)  # once the token stalled them, nothing is late
    assert all(n == 0 for n, window in zip(mesh.rollbacks, windows, strict=True) if window == 0)


@pytest.mark.parametrize("network", ["", "rtt=80ms", "rtt=240ms,jitter=100ms,loss=20%,duplicate=5%,reorder=5%"])
@pytest.mark.parametrize("players", [2, 3, 4])
def test_inputs_of_several_bytes_and_edge_integers_stay_in_agreement(players, network):
    mesh = played(game=nasty.game, players=players, network=network)
    assert all(n > FRAMES // 40 for n in mesh.rollbacks)
    assert all(core.stats.mispredictions > core.stats.rollbacks // 2 for core in mesh.cores)


def test_a_game_for_one_player_needs_no_network():
    mesh = played(game=nasty.game, players=1, windows=0)
    assert mesh.ticks == FRAMES and mesh.rollbacks == mesh.waits == [0]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(("players", "window", "network"), [
    (2, 8, ""), (2, 8, "rtt=80ms,jitter=40ms,loss=5%"), (3, 1, "rtt=40ms,loss=20%,duplicate=20%"), (2, 32, "rtt=240ms")])
def test_interpreted_peers_confirm_what_compiled_ones_do(game, players, window, network):
    options = {"game": GAMES[game], "players": players, "windows": window, "network": network}
    compiled, interpreted = (played(60, way=way, **options) for way in ("compiled", "interpreted"))
    assert interpreted.sums == compiled.sums and interpreted.rows == compiled.rows
    assert all(interpreted.rollbacks)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(("players", "delays", "window", "network"), [
    (2, 0, 8, "rtt=120ms"), (2, 1, 0, "rtt=40ms,loss=20%"), (4, 3, 8, "rtt=160ms,jitter=60ms,loss=20%,duplicate=9%"),
    (2, 16, 32, "rtt=1s,jitter=200ms")])
def test_a_compiled_and_an_interpreted_core_fed_the_same_calls_have_the_same_memory(game, players, delays, window, network):
    mesh = played(100, GAMES[game], players=players, delays=delays, windows=window, network=network, twins=[0])
    assert window == 0 or mesh.rollbacks[0] > 0


def test_play_goes_on_after_a_network_that_was_dead_for_ten_seconds():
    mesh = Mesh(box.game, players=3, network="rtt=60ms")
    mesh.play(100)
    lost = Impairment(loss_ppm=1_000_000)
    healthy = {pair: link.impairment for pair, link in mesh.links.items()}
    for link in mesh.links.values():
        link.impairment = lost
    for _ in range(600):
        mesh.tick()
    stuck = [core.frame for core in mesh.cores]
    assert max(stuck) <= 100 + 8 + 3, "nobody may run further than the window"
    for pair, link in mesh.links.items():
        link.impairment = healthy[pair]
    mesh.play(300)
    mesh.check()


def test_a_peer_nobody_hears_stops_before_it_runs_out_of_frames_to_resend():
    mesh = Mesh(box.game, delays=[16, 16], windows=32)
    mesh.links[0, 1].impairment = Impairment(loss_ppm=1_000_000)
    for _ in range(300):
        mesh.tick()
    assert mesh.cores[1].frame == 16 + 32, "the silent one's first inputs are known, then the window"
    assert mesh.cores[0].frame == 96, "96 frames may be unacknowledged"
    mesh.links[0, 1].impairment = Impairment()
    mesh.play(400)
    mesh.check()


networks = st.builds(Impairment, latency_us=st.integers(0, 250_000), jitter_us=st.integers(0, 120_000),
                     loss_ppm=st.integers(0, 300_000), duplicate_ppm=st.integers(0, 500_000),
                     reorder_ppm=st.integers(0, 300_000))


@st.composite
def matches(draw):
    """Any match that can be played: at most one peer has neither a delay nor a window."""
    game = draw(st.sampled_from([box.game, nasty.game]))
    players = draw(st.integers(2, min(5, game.max_players)))
    delays = draw(st.lists(st.integers(0, 16), min_size=players, max_size=players))
    windows = draw(st.lists(st.integers(0, 32), min_size=players, max_size=players))
    stiff = [p for p in range(players) if delays[p] == windows[p] == 0]
    for p in stiff[1:]:
        delays[p] = 1
    return Mesh(game, players=players, delays=delays, windows=windows, network=draw(networks), seed=draw(st.integers(0, 999)))


def proves_itself(mesh, frames):
    mesh.play(frames)
    mesh.check()
    assert mesh.refused == 0
    assert all(core.confirmed == frames for core in mesh.cores)


@settings(max_examples=40)
@given(matches())
def test_any_match_on_any_network_is_played_to_the_same_end(mesh):
    proves_itself(mesh, 120)


@pytest.mark.heavy
@settings(max_examples=800)
@given(matches())
def test_many_more_matches_on_many_more_networks_are_played_to_the_same_end(mesh):
    proves_itself(mesh, 500)
