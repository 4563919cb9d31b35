"""A match on the screen: it follows from the state, and changes nothing in it."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from demo_game.view import Scene
from demo_game.view.boxes import HURT, STRIKE
from demo_game.view.camera import FLOOR_ROW, aim, shake
from demo_game.view.hud import BAR_TOP, BAR_WIDTH, bar_rect
from demo_game.view.motion import SNAP_PIXELS, Motion
from demo_game.view.snapshot import Snapshot
from demo_game.view.window import WIDTH
from demo_game.world import Act, Effect, Ending, Move, Phase
from rollstep import Vec2

from .scenes import TABLES, act, columns_of, drawn, happen, shown, world

SHAKING = (Effect.HEAVY_HIT, Effect.SLAM, Effect.KNOCK_OUT)


@pytest.fixture(scope="module")
def shared() -> Scene:
    """The layers and sprites are made once; what it remembers of a match is forgotten by `fresh`."""
    return Scene(TABLES)


@pytest.fixture
def scene(shared: Scene) -> Scene:
    made = Scene.__new__(Scene)
    made.__dict__.update(shared.__dict__)
    made._motion, made._now, made._hud, made._knocked_out = Motion(), None, type(shared._hud)(TABLES), (-1, 0)
    return made


def test_before_the_first_state_the_stage_is_empty(scene: Scene) -> None:
    assert drawn(scene).any()


def test_the_same_state_gives_the_same_pixels(scene: Scene) -> None:
    state = act(world(), 0, Act.ATTACK, 5, move=Move.FAST)
    happen(state, Effect.CLASH, 96)
    scene.observe(state, 100)
    first = drawn(scene)
    scene.observe(state, 100)
    assert (drawn(scene) == first).all()


@pytest.mark.parametrize("boxes", [False, True])
def test_drawing_changes_nothing_in_the_state(scene: Scene, boxes: bool) -> None:
    state = act(world(), 1, Act.ATTACK, 9, move=Move.HEAVY)
    state.shots[0].alive = True
    for kind in Effect:
        happen(state, kind, 98)
    before = bytes(state)
    scene.observe(state, 100)
    drawn(scene, boxes=boxes)
    assert bytes(state) == before


def test_what_was_observed_is_kept_when_the_memory_changes(scene: Scene) -> None:
    state = world()
    scene.observe(state, 100)
    first = drawn(scene)
    state.fighters[0].pos = Vec2(-200, 0)
    state.fighters[1].health = 1
    assert (drawn(scene) == first).all()


@pytest.mark.parametrize("kind", [kind for kind in Effect if kind not in (
    Effect.NONE, Effect.SWING, Effect.HEAVY_SWING, Effect.ROUND, Effect.BELL, Effect.TIME, Effect.VICTORY)])
def test_an_effect_is_seen_and_is_gone_when_the_state_has_it_no_more(scene: Scene, kind: Effect) -> None:
    state = world()
    scene.observe(state, 100)
    without = drawn(scene)
    happen(state, kind, 98, x=150)
    scene.observe(state, 100)
    assert (drawn(scene) != without).any()
    scene.observe(world(), 100)
    assert (drawn(scene) == without).all()


def test_an_effect_of_the_future_is_not_seen(scene: Scene) -> None:
    state = world()
    scene.observe(state, 100)
    without = drawn(scene)
    happen(state, Effect.HEAVY_HIT, 104)
    scene.observe(state, 100)
    assert (drawn(scene) == without).all()


@pytest.mark.parametrize("kind", SHAKING)
def test_the_shake_is_a_function_of_age_and_ends(kind: Effect) -> None:
    state = world()
    happen(state, kind, 100)
    shakes = [shake(shown(state, 100 + age)) for age in range(60)]
    assert any(shakes_x or shakes_y for shakes_x, shakes_y in shakes)
    assert shakes == [shake(shown(state, 100 + age)) for age in range(60)]
    assert shakes[-1] == (0, 0)


@pytest.mark.parametrize("kind", SHAKING)
def test_reduced_motion_has_no_shake(scene: Scene, kind: Effect) -> None:
    scene.reduced_motion = True
    state = world()
    happen(state, kind, 100)
    for frame in range(100, 130):
        scene.observe(state, frame)
        camera = scene.camera()
        assert (camera.shake_x, camera.shake_y) == (0, 0)


def test_reduced_motion_stills_the_stage(scene: Scene) -> None:
    scene.reduced_motion = True
    state = world()
    pictures = []
    for frame in (100, 130):
        scene.observe(state, frame)
        pictures.append(drawn(scene))
    assert (pictures[0] == pictures[1]).all()


@pytest.mark.parametrize("health", [0, 1, 250, 500, 1000])
@pytest.mark.parametrize("player", [0, 1])
def test_a_bar_is_as_long_as_the_health(scene: Scene, player: int, health: int) -> None:
    state = world()
    state.fighters[player].health = health
    scene.observe(state, 101)
    picture = drawn(scene)
    empty = columns_of(picture, (44, 22, 46), BAR_TOP + 4)
    full = bar_rect(player, 1.0)
    inside = empty[(empty >= full.left) & (empty < full.right)]
    assert len(inside) == BAR_WIDTH - round(BAR_WIDTH * health / TABLES.body.health)


def test_a_loss_is_red_for_a_while_and_drains(scene: Scene) -> None:
    state = world()
    scene.observe(state, 100)
    state.fighters[1].health = 400
    widths = []
    for frame in range(101, 260):
        scene.observe(state, frame)
        widths.append(scene._hud.lost_share(1))
    assert widths[0] == widths[20] == 1.0
    assert widths[-1] == pytest.approx(0.4)
    assert all(a >= b for a, b in pairwise(widths))


def test_the_boxes_are_where_the_tables_say(scene: Scene) -> None:
    state = act(world(left=-40, right=40), 0, Act.ATTACK, TABLES.moves[Move.HEAVY].startup, move=Move.HEAVY)
    scene.observe(state, 100)
    picture = drawn(scene, boxes=True)
    hit, standing = TABLES.moves[Move.HEAVY].hit, TABLES.body.standing
    middle = WIDTH // 2 - 40
    strike = columns_of(picture, STRIKE, FLOOR_ROW - hit.top)
    assert (strike.min(), strike.max() + 1) == (middle + hit.back, middle + hit.front)
    hurt = columns_of(picture, HURT, FLOOR_ROW - standing.top)
    assert hurt.min() == middle + standing.back
    # the other one looks left: its box is mirrored
    assert hurt.max() + 1 == WIDTH // 2 + 40 - standing.back


def test_there_is_no_strike_box_before_the_active_frames(scene: Scene) -> None:
    for since, visible in ((8, False), (9, True), (12, True), (13, False)):
        scene.observe(act(world(), 0, Act.ATTACK, since, move=Move.HEAVY), 100)
        row = FLOOR_ROW - TABLES.moves[Move.HEAVY].hit.top
        assert (len(columns_of(drawn(scene, boxes=True), STRIKE, row)) > 0) == visible


def test_every_act_and_every_phase_can_be_drawn(scene: Scene) -> None:
    for number, what in enumerate(Act):
        state = act(act(world(), 0, what, 3), 1, Act.HOLD if what == Act.THROWN else Act.STAND, 3)
        state.phase = list(Phase)[number % len(Phase)]
        scene.observe(state, 100 + number)
        drawn(scene, boxes=True)


def test_the_camera_stays_in_the_stage() -> None:
    half = int(TABLES.stage.half_width)
    assert aim(-100, 60, half) == -20
    assert aim(-420, -400, half) == -(half - WIDTH // 2)
    assert aim(400, 420, half) == half - WIDTH // 2


def _observe(motion: Motion, state: Any, frame: int, *, corrected: bool = False) -> None:
    now: Snapshot = shown(state, frame)
    motion.observe(now, [(fighter.x, fighter.y) for fighter in now.fighters], corrected=corrected)


def test_a_place_is_between_the_last_two_frames() -> None:
    motion, state = Motion(), world(left=0)
    _observe(motion, state, 100)
    state.fighters[0].pos = Vec2(8, 4)
    _observe(motion, state, 101)
    assert motion.place(0, 0.0) == (0, 0)
    assert motion.place(0, 0.25) == (2, 1)
    assert motion.place(0, 1.0) == (8, 4)


@pytest.mark.parametrize("distance", [3, 16, 100, 500])
def test_what_no_rollback_has_changed_is_shown_as_it_is(distance: int) -> None:
    motion, state = Motion(), world(left=0)
    _observe(motion, state, 100)
    state.fighters[0].pos = Vec2(distance, 0)
    _observe(motion, state, 101)
    assert motion.place(0, 1.0) == (distance, 0)


def _corrected(*, walked: int = 0, x: int, y: int = 0, frames: int = 14) -> list[tuple[float, float]]:
    """Places from frame 100 on of a fighter who walks so many pixels a frame, and is at (x, y) after a rollback."""
    motion, state = Motion(), world(left=-2 * walked)
    for frame in (98, 99, 100):
        _observe(motion, state, frame)
        state.fighters[0].pos += Vec2(walked, 0)
    places = [motion.place(0, 1.0)]
    state.fighters[0].pos = Vec2(x, y)
    for frame in range(101, 101 + frames):
        _observe(motion, state, frame, corrected=frame == 101)
        places.append(motion.place(0, 1.0))
    return places


def test_a_correction_is_worked_off_in_a_few_frames() -> None:
    xs = [x for x, _ in _corrected(x=40)]
    steps = np.diff(xs)
    assert 0 < steps.max() <= 20 and (steps >= 0).all()
    assert xs[5] > 35 and xs[-1] == 40


def test_who_is_where_it_was_expected_walks_on_through_a_rollback() -> None:
    assert [x for x, _ in _corrected(walked=3, x=3, frames=1)] == [0, 3]


def test_a_correction_does_not_put_feet_into_the_floor() -> None:
    motion, state = Motion(), world(left=0)
    for frame, height in ((100, 20), (101, 8), (102, 0), (103, 0)):
        state.fighters[0].pos = Vec2(0, height)
        _observe(motion, state, frame, corrected=frame == 102)
        assert motion.place(0, 1.0)[1] >= 0


def test_a_great_correction_is_shown_at_once() -> None:
    assert _corrected(x=int(SNAP_PIXELS) + 1)[1] == (SNAP_PIXELS + 1, 0)


def test_who_is_let_go_comes_down_from_where_it_was_carried(scene: Scene) -> None:
    state = act(act(world(left=-25, right=25), 0, Act.HOLD, 9), 1, Act.THROWN, 9)
    scene.observe(state, 100)
    carried = scene.places()[1]
    scene.observe(act(act(state, 0, Act.BLOCK), 1, Act.BLOCK), 101)
    free = [scene.places()[1]]
    for frame in range(102, 116):
        scene.observe(state, frame)
        free.append(scene.places()[1])
    # half of the way at most, and then all of it
    assert abs(free[0][0] - carried[0]) <= abs(25 - carried[0]) / 2
    assert carried[1] > free[0][1] >= carried[1] / 2 and free[-1] == (25, 0)


def test_a_new_round_is_not_slid_into() -> None:
    motion, state = Motion(), world(left=0)
    _observe(motion, state, 100)
    state.fighters[0].pos, state.round = Vec2(90, 0), 2
    _observe(motion, state, 101, corrected=True)
    assert motion.place(0, 0.0) == (90, 0)


def test_a_repaired_frame_keeps_where_the_motion_came_from() -> None:
    motion, state = Motion(), world(left=0)
    _observe(motion, state, 100)
    for x in (6, 3):        # frame 101 as predicted, and as it was
        state.fighters[0].pos = Vec2(x, 0)
        _observe(motion, state, 101)
    assert motion.place(0, 0.0) == (0, 0)
    assert motion.place(0, 1.0) == (3, 0)


def _knocked_out(frame: int) -> Any:
    state = world()
    state.phase, state.ending, state.clock = Phase.PAUSE, Ending.KNOCK_OUT, TABLES.rounds.pause_frames - (frame - 101)
    state.fighters[1].health, state.fighters[0].wins = 0, 1
    happen(state, Effect.KNOCK_OUT, 101)
    return state


def test_a_knock_out_that_was_none_is_not_told(scene: Scene) -> None:
    scene.observe(world(), 100, confirmed=96)
    told = [scene._hud.board]
    for frame in (101, 102):
        scene.observe(_knocked_out(frame), frame, confirmed=frame - 4)
        told.append(scene._hud.board)
        camera = scene.camera()
        assert (camera.shake_x, camera.shake_y) == (0, 0)
    assert told == [told[0]] * 3 and told[0] is not None and told[0].phase == Phase.FIGHT
    scene.observe(world(), 103, confirmed=102)
    fight = scene._hud.board
    assert fight is not None and fight.frame == 103


def test_a_knock_out_is_told_when_it_is_sure_and_seen_from_its_beginning(scene: Scene) -> None:
    at_once, ages, phases = [], [], []
    for frame in range(101, 112):
        scene.reset()
        scene.observe(_knocked_out(frame), frame)
        at_once.append(scene.camera())
    scene.reset()
    scene.observe(world(), 100, confirmed=96)
    for frame in range(101, 112):
        scene.observe(_knocked_out(frame), frame, confirmed=frame - 4)
        assert scene._now is not None and scene._hud.board is not None
        ages += [happening.age for happening in scene._now.happenings]
        phases.append(scene._hud.board.phase)
        if frame >= 105:
            camera, same = scene.camera(), at_once[frame - 105]
            assert (camera.shake_x, camera.shake_y) == (same.shake_x, same.shake_y)
    assert ages == list(range(7))
    assert phases == [Phase.FIGHT] * 4 + [Phase.PAUSE] * 7


def test_the_warm_up_draws_everything_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scene: Any = Scene(TABLES)
    block = np.pad(np.ones((4, 4), np.uint8), ((100, 72), (90, 138)))
    monkeypatch.setattr("demo_game.view.sprites.draw_figure", lambda pose, look: block)
    steps = list(scene.warm_up())
    total = steps[0][1]
    assert steps == [(done, total) for done in range(1, total + 1)]
    monkeypatch.setattr("demo_game.view.sprites.draw_figure", None)     # nothing is left to draw
    for what in Act:
        scene.observe(act(world(), 0, what, 2), 100)
        drawn(scene)
