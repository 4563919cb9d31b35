"""What one call of the core may cost: never more than the window and the players allow, whatever the network does."""

from __future__ import annotations

from typing import Any

import pytest

from rollstep.rollback import Core
from tests.games import box, nasty
from tests.rollback.mesh import Mesh

SPECS = ("", "rtt=240ms,jitter=120ms,loss=30%,duplicate=20%", "rtt=900ms,jitter=300ms,loss=10%")


class Counted(Mesh):
    """Notes the most that any call did."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.most = {"steps": 0, "copies": 0, "checksums": 0, "packets_sent": 0, "copies beside steps": 0}

    def call(self, p: int, want: bool) -> None:
        before = self.cores[p].stats
        super().call(p, want)
        after = self.cores[p].stats
        did = {name: getattr(after, name) - getattr(before, name) for name in ("steps", "copies", "checksums", "packets_sent")}
        did["copies beside steps"] = did["copies"] - did["steps"]
        self.most = {name: max(most, did[name]) for name, most in self.most.items()}


@pytest.mark.parametrize("game", [box.game, nasty.game])
@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(("players", "window"), [(2, 0), (2, 1), (2, 8), (3, 30), (4, 60)])
def test_no_call_does_more_than_its_window_and_players_allow(game, spec, players, window):
    mesh = Counted(game, players=players, windows=window, delays=2, network=spec)
    mesh.play(150)
    mesh.check()
    most = mesh.most
    assert most["steps"] <= window + 1 and most["checksums"] <= window + 1
    assert most["copies beside steps"] <= 1, "the one that a rollback begins with"
    assert most["packets_sent"] == players - 1
    if spec.startswith("rtt=240ms") and window == 8:
        assert most["steps"] > window // 2, "the scenario does not come near the bound"


def test_the_depths_of_rollbacks_add_up_to_what_was_simulated_again():
    mesh = Mesh(box.game, players=3, windows=20, network="rtt=160ms,jitter=80ms,loss=10%")
    mesh.play(400)
    for core in mesh.cores:
        stats = core.stats
        assert stats.rollbacks == sum(stats.depths) > 50
        assert stats.resimulated_frames == sum(depth * n for depth, n in enumerate(stats.depths))
        assert stats.steps == stats.frames + stats.resimulated_frames
        assert stats.deepest_rollback == len(stats.depths) - 1 > 3 and stats.depths[-1] > 0
        assert stats.predictions >= stats.mispredictions >= stats.rollbacks


@pytest.mark.parametrize("predictor", [0, 1])
def test_predictors_change_what_is_guessed_and_not_what_is_confirmed(predictor):
    mesh = Mesh(box.game, players=2, windows=12, network="rtt=160ms,jitter=40ms", predictor=predictor)
    mesh.play(300)
    mesh.check()
    rows, core = mesh.rows[0], mesh.cores[0]
    changed = sum(rows[f][1] != (rows[f - 1][1] if predictor == 0 else 0) for f in range(100, 300))
    assert 0.5 * changed < core.stats.mispredictions * 200 / 300 < 2 * changed + 40
    assert all(mesh.rollbacks)


def test_a_core_says_what_it_takes_for_its_groups():
    for groups in ([(0,), (1,)], [(0, 1), (1, 2)], [(0, 1, 2), ()], [(0, 3), (1, 2)]):
        with pytest.raises(Exception, match="groups"):
            Core(box.game, player=0, players=3, delays=[0] * 3, window=8, seed=1, groups=groups)
