"""Fields of a state as they are drawn: by path, arrays and pools as a whole, each thing known as itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rollstep as rs
from rollstep import Angle, Fixed, Vec2, fx, i32, u8
from rollstep.testing import Impairment, Network
from tests.games.box import World as BoxWorld
from tests.games.box import game as box


@rs.struct
class Ship:
    pos: Vec2
    heading: Angle
    tilt: Fixed
    fuel: i32
    wings: rs.Array[Fixed] = rs.array(2)
    alive: bool


@rs.struct
class Bullet:
    pos: Vec2
    spin: Angle


@rs.struct
class Shot:
    pos: Vec2
    born: i32


@rs.struct
class Gun:
    bullets: rs.Pool[Bullet] = rs.pool(4)


@rs.struct
class World:
    boss: Ship
    score: i32
    ships: rs.Array[Ship] = rs.array(2, 3)
    shots: rs.Array[Shot] = rs.array(2)
    bullets: rs.Pool[Bullet] = rs.pool(4)
    guns: rs.Array[Gun] = rs.array(2)
    heat: rs.Array[u8] = rs.array(3)


PATHS = {"boss.pos": 100.0, "boss.heading": 2.0, "boss.tilt": 2.0, "score": 1e9, "ships.pos": 100.0, "ships.wings": 100.0,
         "ships[1,2].fuel": 1e9, "shots.pos": 100.0, "bullets.pos": 100.0, "bullets.spin": 4.0, "guns.bullets.pos": 100.0,
         "heat": 1e9}


def test_each_path_gives_what_it_names_in_its_own_shape():
    drawn, world = rs.Drawn(World, PATHS, turns=["boss.tilt"]), World()
    drawn.observe(world, 1)
    world.boss.pos, world.boss.heading, world.boss.tilt, world.score = Vec2(4, 8), Angle.degrees(90), fx(1), 10
    world.ships[1, 2].pos, world.ships[1, 2].wings[1], world.ships[1, 2].fuel, world.heat[2] = Vec2(-2, 0), fx("0.5"), 6, 250
    drawn.observe(world, 2)
    assert drawn.at("boss.pos", 0.5) == (2.0, 4.0) and drawn.at("boss.pos").x == 4.0
    assert drawn.at("boss.heading", 0.5) == pytest.approx(math.pi / 4) and drawn.at("boss.tilt", 0.5) == 0.5
    assert drawn.at("score", 0.25) == 2.5 and drawn.at("ships[1,2].fuel", 0.5) == 3.0
    places = drawn.at("ships.pos", 0.5)
    assert places.shape == (2, 3, 2) and places[1, 2].tolist() == [-1.0, 0.0] and np.count_nonzero(places) == 1
    assert drawn.at("ships.wings").shape == (2, 3, 2) and drawn.at("ships.wings")[1, 2, 1] == 0.5
    assert drawn.at("heat", 0.5).tolist() == [0, 0, 125]
    assert drawn.at("bullets.pos") == drawn.at("guns.bullets.pos") == {}


def test_numbers_are_those_that_floats_shows():
    drawn, world = rs.Drawn(World, PATHS), World()
    world.boss.pos, world.boss.tilt = Vec2(fx("-3.25"), fx("1e-9")), Fixed.from_raw(-1)
    world.boss.heading = Angle.from_raw(0xFFFFFFFF)
    drawn.observe(world, 1)
    for path in ("pos", "heading", "tilt"):
        assert drawn.at(f"boss.{path}") == getattr(rs.floats(world.boss), path)


def test_an_angle_goes_the_shorter_way_round():
    drawn, world = rs.Drawn(World, PATHS, turns=["boss.tilt"]), World()
    world.boss.heading, world.boss.tilt = Angle.degrees(350), fx("6.2")
    drawn.observe(world, 1)
    world.boss.heading, world.boss.tilt = Angle.degrees(10), fx("0.1")
    drawn.observe(world, 2)
    for path, degrees in (("boss.heading", 0.0), ("boss.tilt", math.degrees((6.2 + 0.1 - math.tau) / 2))):
        assert math.remainder(math.degrees(drawn.at(path, 0.5)), 360) == pytest.approx(degrees, abs=1e-3)


def test_elements_of_a_pool_are_known_by_their_handles_and_new_ones_do_not_slide():
    drawn, world = rs.Drawn(World, PATHS), World()
    first, second = world.bullets.spawn(), world.bullets.spawn()
    world.bullets[first].pos, world.bullets[second].pos = Vec2(10, 0), Vec2(20, 0)
    drawn.observe(world, 1)
    world.bullets.despawn(first)
    third = world.bullets.spawn()       # in the place of the first
    world.bullets[second].pos, world.bullets[third].pos = Vec2(22, 0), Vec2(90, 50)
    drawn.observe(world, 2)
    assert drawn.at("bullets.pos", 0.5) == {second: (21.0, 0.0), third: (90.0, 50.0)}
    assert set(drawn.at("bullets.spin")) == {second, third} == {int(h) for h in world.bullets.handles()}
    world.bullets.despawn(second)
    world.bullets.despawn(third)
    drawn.observe(world, 3)
    assert drawn.at("bullets.pos", 0.5) == {}


def test_a_pool_within_an_array_is_drawn_by_index_and_handle():
    drawn, world = rs.Drawn(World, PATHS), World()
    handles = [world.guns[i].bullets.spawn() for i in range(2)]
    assert handles[0] == handles[1]
    for i in range(2):
        world.guns[i].bullets[handles[i]].pos = Vec2(i, 7)
    drawn.observe(world, 1)
    assert drawn.at("guns.bullets.pos") == {(0, handles[0]): (0.0, 7.0), (1, handles[1]): (1.0, 7.0)}


def test_a_place_whose_id_has_changed_holds_another_thing():
    drawn, plain, world = rs.Drawn(World, PATHS, ids={"shots.pos": "born"}), rs.Drawn(World, PATHS), World()
    for d in (drawn, plain):
        d.observe(world, 1)
    world.shots[0].pos, world.shots[1].pos, world.shots[1].born = Vec2(8, 0), Vec2(8, 0), 2
    for d in (drawn, plain):
        d.observe(world, 2)
    assert plain.at("shots.pos", 0.5).tolist() == [[4, 0], [4, 0]] and drawn.at("shots.pos", 0.5).tolist() == [[4, 0], [8, 0]]


def test_nothing_of_a_state_is_kept_but_its_numbers():
    drawn, world = rs.Drawn(World, PATHS), World()
    world.boss.pos = Vec2(1, 1)
    drawn.observe(world, 1)
    world.boss.pos = Vec2(9, 9)
    assert drawn.at("boss.pos") == (1.0, 1.0)
    drawn.reset()
    with pytest.raises(rs.UsageError, match="no frame was observed"):
        drawn.at("boss.pos")


def test_after_rollbacks_of_a_real_match_nothing_jumps():
    """Over a network that makes guesses wrong, what is drawn goes on from where it was, also where the state jumps."""
    net = Network(seed=7, impairment=Impairment.parse("rtt=160ms,loss=5%"))
    peers, path = net.join(box, players=2), "boxes[1].pos"
    drawn, true, shown, rollbacks, corrected = rs.Drawn(BoxWorld, {path: 30.0}), [], [], 0, []

    def look(peer):
        nonlocal rollbacks
        if peer.player == 0 and (not true or peer.frame != true[-1][0]):
            drawn.observe(peer.state, peer.frame, corrected=peer.stats.rollbacks > rollbacks)
            if peer.stats.rollbacks > rollbacks:
                corrected.append(len(true))
            rollbacks = peer.stats.rollbacks
            true.append((peer.frame, rs.floats(peer.state).boxes[1].pos))
            assert not shown or drawn.at(path, 0.0) == shown[-1], "from where it was"
            shown.append(drawn.at(path))

    assert net.run(peers, until=lambda: len(true) >= 500, each=look)
    assert len(corrected) > 40 and len(set(shown)) > 250, "hardly anything was corrected, or moved"
    states = [place for _, place in true]

    def jerk(places, n):
        return math.dist(places[n], [2 * b - a for a, b in zip(places[n - 2], places[n - 1], strict=True)])
    worst = sorted(corrected, key=lambda n: jerk(states, n))[-15:]
    assert sum(jerk(shown, n) for n in worst) < 0.6 * sum(jerk(states, n) for n in worst)


@pytest.mark.parametrize(("path", "words"), [
    ("boss", "leads to Ship; give one that leads to numbers"), ("boss.alive", "leads to bool"),
    ("bos.pos", "World has no field 'bos'; it has boss, score"), ("boss.pos.x", "pos is no struct and has no x"),
    ("ships[5,0].pos", r"ships\[5,0\] is not in ships, of the shape \(2, 3\)"),
    ("ships[1].pos", "is not in ships"), ("bullets[0].pos", "is not in bullets"), ("", "is no field"),
    ("boss..pos", "is no field"), ("score[0]", "is not in score"), ("bullets", "leads to Pool"),
])
def test_a_path_that_leads_to_no_numbers_is_refused(path, words):
    with pytest.raises(rs.UsageError, match=words):
        rs.Drawn(World, {path: 1.0})


@pytest.mark.parametrize(("options", "words"), [
    ({"turns": ["boss.turn"]}, "'boss.turn' is not among the paths: boss.pos, "), ({"ids": {"x": "born"}}, "'x' is not among"),
    ({"ids": {"boss.pos": "born"}}, "no array of structs"), ({"ids": {"ships.pos": "tilt"}}, "tilt is Fixed; an id is an int"),
    ({"ids": {"ships.pos": "born"}}, "Ship has no field 'born'"), ({"keep": 2}, "keep=2"),
    ({"ids": {"heat": "a"}}, "no array of structs"),
])
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(rs.UsageError, match=words):
        rs.Drawn(World, PATHS, **options)


def test_what_was_not_asked_for_and_another_struct_are_refused():
    drawn = rs.Drawn(World, {"score": 5.0})
    with pytest.raises(rs.UsageError, match=r"at\('boss.pos'\): give one of the paths: score"):
        drawn.at("boss.pos")
    with pytest.raises(rs.UsageError, match="give a World, not Ship"):
        drawn.observe(Ship(), 1)
