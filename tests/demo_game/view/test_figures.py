"""The drawings: there is one for whatever a fighter does, and fists and feet are where the frame data hits."""

from typing import Any

import numpy as np
import pytest

from demo_game.content import load
from demo_game.view.drawing import MovePhase, all_reels, attack_name, drawing_of, phase_of
from demo_game.view.figure import draw_figure
from demo_game.view.look import LOOKS
from demo_game.view.plate import FOOT_X, FOOT_Y
from demo_game.view.skeleton import FOREARM, SHIN, STRETCH, THIGH, UPPER_ARM, Pose, blend, joints
from demo_game.view.sprites import Sprites
from demo_game.world import Act, Move
from rollstep import Vec2, fx

from .scenes import TABLES, act, pixels, shown, world

REELS = all_reels(TABLES)


@pytest.fixture(scope="module")
def sprites() -> Sprites:
    return Sprites(TABLES)


@pytest.mark.parametrize("low", [False, True])
@pytest.mark.parametrize("what", list(Act))
def test_every_act_has_a_drawing_at_any_time(what: Act, low: bool) -> None:
    for move in Move:
        for since in (*range(90), 5_000, 65_535):
            state = act(world(), 0, what, since, low=low, move=move, stun=since % 20)
            name, number = drawing_of(shown(state).fighters[0], TABLES)
            assert 0 <= number < len(REELS[name])


@pytest.mark.parametrize("move", list(Move))
def test_the_phases_of_an_attack_share_no_drawing(move: Move) -> None:
    numbers = TABLES.moves[move]
    seen: dict[MovePhase, set[int]] = {phase: set() for phase in MovePhase}
    for since in range(numbers.startup + numbers.active + numbers.recovery):
        state = act(world(), 0, Act.ATTACK, since, move=move)
        seen[phase_of(numbers, since)[0]].add(drawing_of(shown(state).fighters[0], TABLES)[1])
    startup, active, recovery = seen.values()
    assert startup and active and recovery
    assert max(startup) < min(active) and max(active) < min(recovery)
    assert len(startup | active | recovery) == len(REELS[attack_name(move)])


def test_a_jump_is_drawn_by_its_speed() -> None:
    numbers = []
    for speed in ("12", "6", "0", "-6", "-12"):
        state = act(world(), 0, Act.JUMP, 5, vel=Vec2(fx(0), fx(speed)))
        numbers.append(drawing_of(shown(state).fighters[0], TABLES)[1])
    assert numbers == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("player", [0, 1])
def test_the_left_is_the_mirrored_right(sprites: Sprites, player: int) -> None:
    for name in ("stand", "attack_heavy", "tumble"):
        right, left = sprites.get(player, (name, 1), 1), sprites.get(player, (name, 1), -1)
        assert (pixels(right.surface) == pixels(left.surface)[:, ::-1]).all()
        # both ends are as far from the middle of the feet
        assert left.left == -(right.left + right.surface.get_width())
        assert left.top == right.top


@pytest.mark.parametrize("look", LOOKS, ids=["first", "second"])
@pytest.mark.parametrize("move", [move for move in Move if move != Move.SHOT])
def test_the_limb_reaches_the_front_of_its_box(move: Move, look: Any) -> None:
    numbers = TABLES.moves[move]
    for since in range(numbers.startup, numbers.startup + min(2, numbers.active)):
        state = act(world(), 0, Act.ATTACK, since, move=move)
        name, number = drawing_of(shown(state).fighters[0], TABLES)
        ink = draw_figure(REELS[name][number], look) > 0
        rows = ink[FOOT_Y - numbers.hit.top:FOOT_Y - numbers.hit.bottom]
        reach = np.flatnonzero(rows.any(axis=0)).max() + 1 - FOOT_X
        assert abs(reach - numbers.hit.front) <= 6


@pytest.mark.parametrize("move", [Move.FAST, Move.HEAVY, Move.LOW_FAST, Move.AIR_HEAVY])
def test_other_frame_data_move_the_limb(move: Move) -> None:
    tables: Any = load()
    reach = []
    for change in (-10, 8):
        tables.moves[move].hit.front = TABLES.moves[move].hit.front + change
        startup = tables.moves[move].startup
        name, number = drawing_of(shown(act(world(), 0, Act.ATTACK, startup, move=move)).fighters[0], tables)
        ink = draw_figure(all_reels(tables)[name][number], LOOKS[0]) > 0
        reach.append(np.flatnonzero(ink.any(axis=0)).max() - FOOT_X)
    assert reach[1] - reach[0] == pytest.approx(18, abs=6)


def test_no_drawing_is_cut_off_by_its_plate() -> None:
    for name, reel in REELS.items():
        for number, pose in enumerate(reel):
            ink = draw_figure(pose, LOOKS[number % 2]) > 0
            assert not (ink[0].any() or ink[-1].any() or ink[:, 0].any() or ink[:, -1].any()), (name, number)
            assert ink.sum() > 1_500, (name, number)


def test_a_standing_fighter_fills_its_hurt_box(sprites: Sprites) -> None:
    sprite = sprites.get(0, ("stand", 0), 1)
    assert -sprite.top == pytest.approx(TABLES.body.standing.top, abs=8)
    crouching = sprites.get(0, ("crouch", 0), 1)
    assert -crouching.top == pytest.approx(TABLES.body.crouching.top, abs=16)


def test_limbs_keep_their_length_and_stretch_only_so_far() -> None:
    near = joints(Pose(near_hand=(10, 70)))
    assert np.hypot(*np.subtract(near.near_shoulder, near.near_elbow)) == pytest.approx(UPPER_ARM)
    far = joints(Pose(near_hand=(900, 70), near_foot=(-900, 5)))
    assert np.hypot(*np.subtract(far.near_shoulder, far.near_hand)) == pytest.approx((UPPER_ARM + FOREARM) * STRETCH)
    assert np.hypot(*np.subtract(far.near_hip, far.near_foot)) == pytest.approx((THIGH + SHIN) * STRETCH)


def test_a_blend_ends_in_both_poses() -> None:
    a, b = Pose(), Pose(hips=(8, 30), lean=40, face="hurt")
    assert blend(a, b, 0.0) == a
    assert blend(a, b, 1.0) == b
    assert blend(a, b, 0.5).hips == (3, 38.5)
