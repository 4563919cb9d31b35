"""Pools: elements come and go under handles; a handle never names another; the ways agree, whatever the bytes are."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Fixed, StepError, UsageError, Vec2, fx, i64, u8
from rollstep.runner import Interpreted
from rollstep.state.pool import SERIAL_BITS, SERIAL_MASK
from tests.games.pools import CAPACITY, Bullet, Do, Pad, World, game
from tests.source.written import imported

INT_MIN, INT_MAX = -1 << 63, (1 << 63) - 1


@pytest.fixture(scope="module")
def ways() -> dict[str, Any]:
    found = {way: game.runner(way, players=1, seed=1) for way in ("compiled", "checked", "interpreted")}
    found["interpreted checked"] = Interpreted(game, players=1, seed=1, checked=True)
    return found


def outcome(runner: Any, state: bytes, row: bytes) -> Any:
    after = bytearray(state)
    try:
        runner.step(after, row, 0)
    except (ArithmeticError, IndexError) as error:
        return type(error), str(error)
    return bytes(after)


def agreed(ways: dict[str, Any], state: bytes, pad: Any) -> Any:
    """What a step makes of a state, the same in all ways; the checked ones may trap instead, alike."""
    row = bytes(pad)
    plain, checked = outcome(ways["interpreted"], state, row), outcome(ways["interpreted checked"], state, row)
    assert outcome(ways["compiled"], state, row) == plain
    assert outcome(ways["checked"], state, row) == checked
    assert checked == plain or checked[0] is rs.Trap
    return plain


pads = st.builds(lambda do, which: Pad(do=do, which=which), st.sampled_from(Do), st.integers(0, 255))


# ---------------------------------------------------------------------------- handles

def test_a_new_pool_is_empty_and_all_zeros():
    world = World()
    assert not any(bytes(world)) and len(world.bullets) == 0 and world.bullets.capacity == CAPACITY
    assert list(world.bullets) == list(world.bullets.handles()) == [] and repr(world.bullets) == "[]"
    assert not world.bullets.alive(0) and not world.bullets.despawn(0) and not any(bytes(world))


def test_an_element_is_reached_by_its_handle_as_long_as_it_lives():
    bullets = World().bullets
    handle = bullets.spawn()
    bullets[handle].age = 7
    assert handle and bullets.alive(handle) and bullets[handle].age == 7 and len(bullets) == 1
    assert bullets.despawn(handle) is True and bullets.despawn(handle) is False
    assert not bullets.alive(handle) and len(bullets) == 0
    with pytest.raises(IndexError, match=f"bullets: nothing lives under the handle {handle}: ask alive"):
        bullets[handle].age = 8
    with pytest.raises(IndexError, match="nothing lives"):
        bullets[handle] = Bullet()


def test_a_place_that_is_taken_again_is_zero_and_its_old_handle_stays_dead():
    bullets = World().bullets
    old = [bullets.spawn() for _ in range(CAPACITY)]
    for element in bullets:
        element.age, element.pos, element.marks[2] = -1, Vec2(-1, -1), 255
    bullets.despawn(old[2])
    new = bullets.spawn()
    assert bullets[new] == Bullet() and not bullets.alive(old[2]) and new not in old
    assert bullets[old[1]].age == bullets[old[3]].age == -1


def test_a_full_pool_gives_no_handle_and_says_so_when_it_is_used():
    bullets = World().bullets
    handles = [bullets.spawn() for _ in range(CAPACITY)]
    assert all(handles) and bullets.spawn() == 0 and len(bullets) == CAPACITY
    with pytest.raises(IndexError, match=r"handle 0, which spawn\(\) gives when the pool is full"):
        bullets[0]
    bullets.despawn(handles[3])
    assert bullets.spawn() and bullets.spawn() == 0


def test_a_handle_never_comes_back():
    bullets, seen = World().bullets, set()
    for _ in range(200):
        handle = bullets.spawn()
        assert handle not in seen and 0 < handle <= INT_MAX
        seen.add(handle)
        bullets.despawn(handle)


def test_a_handle_that_was_cut_to_a_smaller_field_names_nothing_at_once():
    world = World()
    world.small = handle = world.bullets.spawn()
    assert world.bullets.alive(handle) and not world.bullets.alive(world.small)


@pytest.mark.parametrize("handle", [-1, 1, CAPACITY, INT_MIN, INT_MAX, 1 << 46, 9 << 46, 1 << 80, True])
def test_a_number_that_is_no_handle_names_nothing(handle):
    bullets = World().bullets
    bullets.spawn()
    assert not bullets.alive(handle) and not bullets.despawn(handle)
    with pytest.raises(IndexError, match="nothing lives"):
        bullets[handle]


@pytest.mark.parametrize("handle", [fx(1), 0.5, None, "1", (1, 1)])
def test_a_handle_is_an_int(handle):
    bullets = World().bullets
    for use in (bullets.alive, bullets.despawn, bullets.__getitem__):
        with pytest.raises(TypeError, match="bullets takes a handle, which is an int, not "):
            use(handle)


def test_the_count_of_spawns_goes_round_without_harm():
    world = World()
    world.bullets._books.spawned = SERIAL_MASK - 1
    handles = [world.bullets.spawn() for _ in range(4)]
    assert [handle & SERIAL_MASK for handle in handles] == [SERIAL_MASK, 0, 1, 2] and all(handles)
    assert list(world.bullets.handles()) == handles
    for handle in world.bullets.handles():
        world.bullets.despawn(handle)
        world.bullets.spawn()
    assert len(world.bullets) == 4


# ---------------------------------------------------------------------------- loops

def test_a_loop_runs_in_the_order_of_places():
    bullets = World().bullets
    handles = [bullets.spawn() for _ in range(4)]
    for i, handle in enumerate(handles):
        bullets[handle].age = i
    bullets.despawn(handles[1])
    assert [bullet.age for bullet in bullets] == [0, 2, 3]
    handles[1] = bullets.spawn()
    assert list(bullets.handles()) == handles and [bullet.age for bullet in bullets] == [0, 0, 2, 3]


def test_a_loop_does_not_meet_what_is_spawned_meanwhile_nor_what_has_gone():
    bullets = World().bullets
    handles = [bullets.spawn() for _ in range(3)]
    met = []
    for handle in bullets.handles():
        met.append(handle)
        bullets.despawn(handles[1])             # before its turn
        bullets.spawn()                         # takes that place, then new ones
    assert met == [handles[0], handles[2]] and len(bullets) == 4
    assert len([None for _ in bullets]) == 4


def test_each_loop_over_handles_begins_anew():
    bullets = World().bullets
    all_of_them = bullets.handles()
    assert list(all_of_them) == []
    handle = bullets.spawn()
    assert list(all_of_them) == list(all_of_them) == [handle]


class Model:
    """A pool by Python's own lists."""

    def __init__(self) -> None:
        self.places: list[int] = [0] * CAPACITY
        self.back: list[int] = []
        self.used = self.spawned = 0

    def spawn(self) -> int:
        if not self.back and self.used == CAPACITY:
            return 0
        if self.back:
            place = self.back.pop()
        else:
            place, self.used = self.used, self.used + 1
        self.spawned += 1
        self.places[place] = (place + 1) << SERIAL_BITS | self.spawned
        return self.places[place]

    def despawn(self, handle: int) -> bool:
        if not handle or handle not in self.places:
            return False
        self.back.append(self.places.index(handle))
        self.places[self.back[-1]] = 0
        return True


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=60))
def test_a_pool_does_what_a_model_of_it_does(actions):
    bullets, model, handles = World().bullets, Model(), [0]
    for spawns, which in actions:
        if spawns:
            handles.append(model.spawn())
            assert bullets.spawn() == handles[-1]
        else:
            handle = handles[which % len(handles)]
            assert bullets.despawn(handle) == model.despawn(handle)
        living = [handle for handle in model.places if handle]
        assert list(bullets.handles()) == living and len(bullets) == len(living)
        assert all(bullets.alive(handle) == (handle in living) for handle in handles)


# ---------------------------------------------------------------------------- in a step

@settings(max_examples=60)
@given(st.lists(pads, min_size=5, max_size=40))
def test_any_play_comes_out_the_same_in_all_ways(ways, actions):
    state = bytes(ways["compiled"].start())
    for pad in actions:
        made = agreed(ways, state, pad)
        state = made if isinstance(made, bytes) else state


def test_the_plays_meet_every_outcome(ways):
    """That the comparison above proves something: full, stale, alive, gone, zero, met and not met."""
    def play(state: bytes, *pads: tuple[Do, int]) -> Any:
        for do, which in pads:
            state = agreed(ways, state, Pad(do=do, which=which))
        return World.view(state) if isinstance(state, bytes) else state

    start = bytes(ways["compiled"].start())
    assert start == bytes(ways["interpreted"].start())
    full = play(start, (Do.SPAWN, 1), (Do.SPAWN, 2), (Do.SPAWN, 3), (Do.SPAWN, 4), (Do.SPAWN, 5))
    assert all(full.kept[i] for i in range(1, 5)) and full.kept[5] == 0 and len(full.bullets) == CAPACITY
    assert play(bytes(full), (Do.COUNT, 0)).result == 100 * CAPACITY + CAPACITY
    assert play(bytes(full), (Do.USE, 1)).bullets[full.kept[1]].age == 1
    assert play(bytes(full), (Do.ASK, 1)).result == 1 and play(bytes(full), (Do.CUT, 1)).result == 0
    gone = play(bytes(full), (Do.DESPAWN, 1))
    assert gone.result == 1 and len(gone.bullets) == CAPACITY - 1 and play(bytes(gone), (Do.DESPAWN, 1)).result == 0
    stale = play(bytes(gone), (Do.SPAWN, 6), (Do.USE, 1))
    assert stale[0] is IndexError and "nothing lives under" in stale[1]
    assert play(bytes(full), (Do.USE, 5))[1].startswith("bullets: nothing lives under the handle 0, which spawn()")
    assert play(bytes(gone), (Do.LOOP, 8)).visits == CAPACITY - 1 and len(play(bytes(gone), (Do.LOOP, 8)).bullets) == CAPACITY
    assert play(bytes(full), (Do.LOOP, 16)).visits < CAPACITY
    assert play(bytes(full), (Do.PAIRS, 0)).visits == CAPACITY ** 2
    assert len(play(bytes(full), (Do.SWEEP, 0)).bullets) == CAPACITY - 1
    assert play(start, (Do.ALL, 0)).visits == CAPACITY - 1
    assert play(bytes(full), (Do.COPY, 1 | 2 << 5)).bullets[full.kept[1]].pos == full.bullets[full.kept[2]].pos


words = st.one_of(st.sampled_from([0, 1, -1, 2, CAPACITY, CAPACITY + 1, -CAPACITY, 1 << 32, INT_MIN, INT_MIN + 1, INT_MAX]),
                  st.builds(lambda place, serial: place << SERIAL_BITS | serial, st.integers(-1, CAPACITY + 1),
                            st.integers(0, 9)),
                  st.integers(INT_MIN, INT_MAX))


@settings(max_examples=300)
@given(st.lists(words, min_size=4 + CAPACITY, max_size=4 + CAPACITY), st.lists(words, min_size=8, max_size=8),
       st.lists(pads, min_size=1, max_size=6))
def test_whatever_the_bytes_of_a_pool_are_it_stays_within_its_places_and_the_ways_agree(ways, books, kept, actions):
    world = World(before=-1, after=-1)
    view = world.bullets._books
    view.count, view.used, view.free, view.spawned = books[:4]
    for i in range(CAPACITY):
        view.handles[i] = books[4 + i]
    for i in range(8):
        world.kept[i] = kept[i]
    state = bytes(world)
    for pad in actions:
        assert 0 <= len(World.view(state).bullets) <= CAPACITY
        assert len(list(World.view(state).bullets)) <= CAPACITY and repr(World.view(state))
        made = agreed(ways, state, pad)
        state = made if isinstance(made, bytes) else state
        assert World.view(state).before == World.view(state).after == -1
        assert World.view(state).visits <= (CAPACITY ** 2 if pad.do == Do.PAIRS else 2 * CAPACITY)


def test_a_match_with_pools_is_rolled_back_like_any_other():
    test = rs.synctest(game, players=1, seed=3, against="interpreted")
    dice, most, spawned = random.Random(1), 0, 0
    harmless = [do for do in Do if do not in (Do.USE, Do.COPY)]         # these raise on a stale handle
    for _ in range(300):
        do = dice.choice([Do.SPAWN, Do.LOOP, Do.SWEEP, dice.choice(harmless)])
        test.advance([bytes(Pad(do=do, which=dice.randrange(256)))])
        most, spawned = max(most, len(test.state.bullets)), test.state.bullets._books.spawned
    assert test.rollbacks == 300 and most == CAPACITY and spawned > 90


PRELUDE = """
from rollstep import fx, sim

def init(world, tick):
    pass

def step(world, inputs, tick):
    """


@rs.struct
class Content:
    bullets: rs.Pool[Bullet] = rs.pool(2)


@pytest.mark.parametrize(("line", "hint"), [
    ("world.bullets = world.bullets", r"World\.bullets is a pool: spawn\(\) and despawn\(\) its elements"),
    ("world.bullets.free = 1", "has no field 'free' that can be set"),
    ("world.result = world.bullets.used", "bullets is a pool and has no 'used'; it has capacity"),
    ("world.bullets.capacity = 1", "has no field 'capacity' that can be set"),
    ("world.result = world.bullets[fx(1)].age", "bullets takes a handle, which is an int, not Fixed"),
    ("world.result = world.bullets.alive(fx(1))", "bullets takes a handle, which is an int, not Fixed"),
    ("world.result = world.kept.spawn()", r"spawn\(\) is a method of pools, not of"),
    ("if world.bullets: world.result = 1", r"bullets is a pool, neither true nor false: write len\(bullets\) > 0"),
    ("for handle in world.bullets.handles: world.result = 1", r"bullets is a pool and has no 'handles'; it has .*handles\(\)"),
    ("world.bullets[world.result] = world.kept", r"World\.bullets\[\.\.\.\] takes a Bullet"),
    ("world.bullets[world.result].speed = 1", "Bullet has no field 'speed'"),
    ("tick.content.bullets.spawn()", "bullets is read-only: a step changes its state alone"),
    ("tick.content.bullets.despawn(1)", "bullets is read-only: a step changes its state alone"),
    ("for bullet in tick.content.bullets: bullet.age = 1", "Bullet.age is read-only"),
])
def test_a_wrong_use_in_a_step_is_refused_with_file_and_line(line, hint, tmp_path):
    module = imported(tmp_path, PRELUDE + line + "\n")
    made = rs.Game("refused", state=World, input=Pad, players=1, init=module.init, step=module.step, content=Content())
    with pytest.raises(StepError, match=rf"^{module.__file__}:8: .*{hint}"):
        made.runner("compiled", players=1, seed=0)


@pytest.mark.parametrize(("line", "hint"), [
    ("world.result = 0 < world.bullets.spawn() < 9", r"spawn\(\) stands where its value is compared twice"),
    ("world.result = world.bullets.spawn() in (1, 2)", r"spawn\(\) stands where its value is compared twice"),
    ("world.bullets.spawn(3)", r"spawn\(\) takes 0 arguments, not 1"),
    ("world.bullets.despawn()", r"despawn\(\) takes 1 arguments, not 0"),
])
def test_what_the_source_shows_is_refused_when_the_game_is_made(line, hint, tmp_path):
    module = imported(tmp_path, PRELUDE + line + "\n")
    with pytest.raises(StepError, match=rf"^{module.__file__}:8: .*{hint}"):
        rs.Game("refused", state=World, input=Pad, players=1, init=module.init, step=module.step)


# ---------------------------------------------------------------------------- as memory

def test_its_paths_are_those_that_a_step_would_write():
    paths = [path for path, _, _ in World.layout.leaves()]
    assert paths[:6] == ["World.before", "World.bullets.count", "World.bullets.used", "World.bullets.free",
                         "World.bullets.spawned", "World.bullets.handles[0]"]
    assert "World.bullets[3].pos" in paths and "World.bullets[4].marks[2]" in paths
    ours, theirs = World(), World()
    for world in (ours, theirs):
        world.bullets[world.bullets.spawn()].age = 1
    theirs.bullets[next(iter(theirs.bullets.handles()))].age = 2
    (found,) = rs.diff(ours, theirs)
    assert (found.path, found.ours, found.theirs) == ("World.bullets[0].age", 1, 2)


def test_its_layout_says_what_it_holds_and_another_capacity_is_another_layout():
    (field,) = [field for field in World.layout.to_json()["fields"] if field["name"] == "bullets"]
    assert field["kind"] == "pool" and field["struct"]["name"] == "Pool[Bullet]"
    names = [inner["name"] for inner in field["struct"]["fields"]]
    assert names == ["count", "used", "free", "spawned", "handles", "_elements"]

    def with_pool(capacity: int) -> Any:
        return rs.struct(type("Other", (), {"__annotations__": {"b": rs.Pool[Bullet]}, "b": rs.pool(capacity)})).layout
    assert with_pool(3).digest() == with_pool(3).digest() != with_pool(4).digest()
    assert with_pool(3).size == 4 * 8 + 3 * (8 + Bullet.layout.size)


def test_a_pool_of_a_read_only_state_can_be_drawn_and_not_changed():
    memory = bytearray(World.layout.size)
    handle = World.view(memory).bullets.spawn()
    bullets = World.view(memory, readonly=True).bullets
    assert [bullet.age for bullet in bullets] == [0] and bullets.alive(handle) and len(bullets) == 1
    before = bytes(memory)
    for change in (bullets.spawn, lambda: bullets.despawn(handle), lambda: bullets.despawn(0),
                   lambda: setattr(bullets[handle], "age", 1), lambda: bullets.__setitem__(handle, Bullet())):
        with pytest.raises(UsageError, match="is read-only here"):
            change()
    assert memory == before
    with pytest.raises(UsageError, match="bullets is a pool: spawn"):
        World().bullets = bullets


def test_a_pool_is_drawn_as_floats_under_the_same_handles():
    world = World()
    handle = world.bullets.spawn()
    world.bullets[handle].pos = Vec2(fx("0.5"), -2)
    shown = rs.floats(world).bullets
    assert shown[handle].pos == (0.5, -2.0) and [bullet.pos.x for bullet in shown] == [0.5]
    assert list(shown.handles()) == [handle] and shown.alive(handle) and len(shown) == 1


def test_a_digest_tree_finds_what_differs_in_a_pool_by_a_readable_path():
    ours = World()
    handles = [ours.bullets.spawn() for _ in range(3)]
    theirs = ours.copy()
    theirs.bullets[handles[2]].marks[1] = 4
    theirs.bullets.despawn(handles[0])
    tree, data = rs.DigestTree(World.layout), bytes(theirs)
    paths = [node.path for node in tree.differing(bytes(ours), lambda keys: tree.digests(data, keys))]
    assert paths == ["World.bullets.count", "World.bullets.free", "World.bullets.handles[0]", "World.bullets[2].marks[1]"]
    assert [found.path for found in rs.diff(ours, theirs)] == paths


def test_a_struct_with_a_pool_is_copied_pool_and_all():
    world = World()
    handle = world.bullets.spawn()
    other = world.copy()
    world.bullets.despawn(handle)
    assert other.bullets.alive(handle) and not world.bullets.alive(handle)
    assert "bullets=[Bullet(" in repr(other)


@rs.struct
class Owner:
    bullets: rs.Pool[Bullet] = rs.pool(2)


@pytest.mark.parametrize(("annotation", "default", "hint"), [
    (rs.Pool[Bullet], None, r"write bullets: Pool\[struct\] = pool\(capacity\)"),
    (rs.Pool[Bullet], rs.array(3), r"write bullets: Pool\[struct\] = pool\(capacity\)"),
    (rs.Pool, rs.pool(3), r"write bullets: Pool\[struct\] = pool\(capacity\)"),
    (rs.Array[Bullet], rs.pool(3), r"write bullets: Array\[kind\] = array\(length\)"),
    (i64, rs.pool(3), "no defaults"),
    (rs.Pool[i64], rs.pool(3), "a pool holds structs, not i64"),
    (rs.Pool[Fixed], rs.pool(3), "a pool holds structs, not Fixed"),
    (rs.Pool[float], rs.pool(3), "write Fixed"),
    (rs.Pool[Owner], rs.pool(3), "Owner holds a pool itself"),
    (rs.Array[rs.Pool[Bullet]], rs.array(2), "put the pool into a struct, and make an array of these"),
    (rs.Pool[rs.Pool[Bullet]], rs.pool(2), "is not a kind of field"),
])
def test_a_pool_that_cannot_be_laid_out_is_named(annotation, default, hint):
    namespace = {"__annotations__": {"bullets": annotation}} | ({} if default is None else {"bullets": default})
    with pytest.raises(UsageError, match=hint) as caught:
        rs.struct(type("Ship", (), namespace))
    assert "Ship.bullets" in str(caught.value)


@pytest.mark.parametrize("capacity", [0, -1, 65537, 1.5, True, None])
def test_a_capacity_is_a_number_of_places(capacity):
    with pytest.raises(UsageError, match="give a capacity from 1 to 65536"):
        rs.pool(capacity)


def test_the_largest_pool_has_handles_too():
    @rs.struct
    class Dot:
        x: u8

    @rs.struct
    class Sky:
        dots: rs.Pool[Dot] = rs.pool(65536)
    sky = Sky()
    sky.dots._books.used = 65535
    handle = sky.dots.spawn()
    assert 0 < handle <= INT_MAX and sky.dots.alive(handle) and sky.dots.spawn() == 0


def test_an_array_of_structs_with_pools_is_the_way_to_several():
    @rs.struct
    class Sides:
        sides: rs.Array[Owner] = rs.array(2)
    both = Sides()
    handle = both.sides[1].bullets.spawn()
    assert both.sides[1].bullets.alive(handle) and not both.sides[0].bullets.alive(handle)


def test_an_input_has_no_pool():
    @rs.struct
    class Dot:
        x: u8

    @rs.struct
    class Hand:
        dots: rs.Pool[Dot] = rs.pool(1)
    with pytest.raises(UsageError, match="Game input: Hand holds a pool"):
        rs.Game("hands", state=World, input=Hand, players=1, init=game.init, step=game.step)
