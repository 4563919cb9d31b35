"""A game's own predictor: it changes what is guessed, and never what is confirmed."""

from __future__ import annotations

import pytest

import rollstep as rs
from rollstep import i64, u8
from tests.rollback.mesh import Mesh

from .scenario import play

ROUGH = "rtt=120ms,jitter=20ms,loss=5%"


@rs.struct
class Pad:
    key: u8
    push: bool


@rs.struct
class World:
    last: rs.Array[u8] = rs.array(4)
    total: i64


def init(world, tick):
    world.total = tick.seed % 1_000_003


def step(world, inputs, tick):
    for i in range(tick.players):
        world.last[i] = inputs[i].key
        world.total = world.total % 1_000_003 * 31 + inputs[i].key + int(inputs[i].push)


@rs.sim
def next_key(key):
    return (key + 3) % 251


def counts_on(world, guess, player, tick):
    guess.key = next_key(world.last[player])
    guess.push = tick.frame % 2 == 0


def raises_at_times(world, guess, player, tick):
    guess.key = 99
    guess.push = True
    if tick.frame % 3 == 0:
        raise ValueError("no idea")
    guess.key = next_key(world.last[player])


class Counts:
    """Presses what the predictor expects, except every tenth time."""

    def __init__(self, player: int, delay: int) -> None:
        self.player, self.delay = player, delay

    def input(self, frame: int) -> bytes:
        plays = frame + self.delay
        skipped = plays // 10
        return bytes([(plays * 3 + skipped * 7 + self.player) % 251, plays % 2 == 0])


def make(predict):
    return rs.Game("counting", state=World, input=Pad, players=(2, 4), init=init, step=step, predict=predict)


def missed(game, **options):
    bots = [Counts(p, 1) for p in range(2)]
    _, peers = play(game, ROUGH, frames=300, bots=bots, delay=1, **options)
    assert all(peer.stats.predictions > 250 for peer in peers)
    return max(peer.stats.mispredicted for peer in peers)


@pytest.mark.parametrize("way", ["compiled", "checked", "interpreted"])
def test_a_game_that_knows_its_players_is_wrong_less_often(way):
    game = make(counts_on)
    own, repeat, blank = (missed(game, predictor=predictor, way=way) for predictor in (None, "repeat", "blank"))
    assert own < 0.3 < 0.9 < min(repeat, blank)


def test_its_own_predictor_is_the_default_and_part_of_no_digest():
    with_it, without = make(counts_on), make(None)
    assert with_it.digests == without.digests
    play(with_it, ROUGH, frames=60, predictor=["game", "repeat"])
    with pytest.raises(rs.UsageError, match="has none"):
        play(without, "", frames=10, predictor="game")


@pytest.mark.parametrize("predict", [counts_on, raises_at_times])
def test_compiled_and_interpreted_guess_the_same_and_a_guess_that_raises_repeats(predict):
    mesh = Mesh(make(predict), players=3, windows=10, network="rtt=120ms,jitter=40ms,loss=10%", twins=(0, 1), predictor=2)
    mesh.bots = [Counts(p, 0) for p in range(3)]
    mesh.play(200)
    mesh.check()
    assert all(mesh.rollbacks) and not mesh.raised
    assert all((core.stats.failed_guesses > 50) == (predict is raises_at_times) for core in mesh.cores)


def test_a_predictor_cannot_change_the_state_or_desync_a_match():
    def cheats(world, guess, player, tick):
        world.total = 0

    game = make(cheats)
    with pytest.raises(rs.RollstepError, match="read-only"):
        rs.prepare(game)


def test_what_could_desync_a_step_is_refused_in_a_predictor_with_its_line():
    def allocates(world, guess, player, tick):
        keys = [1, 2]
        guess.key = keys[0]

    with pytest.raises(rs.StepError, match="list"):
        make(allocates)
    with pytest.raises(rs.StepError, match=r"predict\(world, guess, player, tick\)"):
        make(step)
