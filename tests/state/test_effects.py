"""Effects in a state: what is kept, what overflows, how the ways agree; and all that can be done with any state."""

from __future__ import annotations

import enum
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep import StepError, Trap, UsageError, Vec2, fx, i8, i16, i64, u8
from rollstep.runner import Interpreted
from rollstep.state import Layout
from tests.games.sparks import BACK, CAPACITY, FIRE, FRAMES, LEFT, RIGHT, Kind, Pad, Spot, World, game
from tests.source.written import imported


class Sound(enum.IntEnum):
    NONE = 0
    BANG = 1
    CLICK = 7


@rs.struct
class Small:
    effects: rs.Effects[Sound, None] = rs.effects(4, frames=3)
    after: i64


@pytest.fixture(scope="module")
def ways() -> dict[str, Any]:
    found = {way: game.runner(way, players=2, seed=1) for way in ("compiled", "checked", "interpreted")}
    found["interpreted checked"] = Interpreted(game, players=2, seed=1, checked=True)
    return found


def outcome(runner: Any, state: bytes, row: bytes, frame: int) -> Any:
    after = bytearray(state)
    try:
        runner.step(after, row, frame)
    except Trap as trap:
        return str(trap)
    return bytes(after)


def row(*pads: Any) -> bytes:
    return b"".join(map(bytes, pads)) + bytes(game.row_size - 2 * len(pads))


# ---------------------------------------------------------------------------- what is kept

def test_all_zeros_is_a_ring_without_effects():
    small = Small()
    assert not any(bytes(small)) and len(small.effects) == 0 and list(small.effects) == [] and repr(small.effects) == "[]"
    assert (small.effects.capacity, small.effects.emitted, small.effects.dropped) == (4, 0, 0)


def test_an_effect_is_kept_with_all_it_tells():
    world = World()
    world.effects.emit(7, Kind.BUMP, -3, Vec2(1, 2), -5, fx("0.5"), True)
    (effect,) = world.effects
    assert (effect.frame, effect.kind, effect.id) == (7, Kind.BUMP, -3)
    assert effect.data == Spot(place=Vec2(1, 2), force=-5, glow=fx("0.5"), loud=True)


def test_a_place_that_is_taken_again_holds_nothing_of_its_last_effect():
    world = World()
    for _ in range(CAPACITY):
        world.effects.emit(0, Kind.BUMP, 1 << 40, Vec2(-1, -1), -1, fx(-1), True)
    for _ in range(CAPACITY):
        world.effects.emit(100, Kind.NONE, 0, Vec2(0, 0), 0, 0, False)
    assert all(effect.data == Spot() and (effect.id, effect.kind, effect.frame) == (0, 0, 100) for effect in world.effects)


def test_the_newest_are_kept_in_their_order():
    effects = Small().effects
    for frame in range(0, 30, 3):
        effects.emit(frame, Sound.BANG, frame * 10)
    assert [(effect.frame, effect.id) for effect in effects] == [(18, 180), (21, 210), (24, 240), (27, 270)]
    assert (effects.emitted, effects.dropped, len(effects)) == (10, 0, 4)
    assert list(effects.kept()) == [6, 7, 8, 9] and effects.at(8).id == 240
    assert effects.raws(range(8, 9)) == [bytes(effects.at(8))]


def test_what_had_to_make_room_too_soon_is_counted():
    effects = Small().effects
    for i in range(4):
        effects.emit(10, Sound.BANG, i)
    effects.emit(13, Sound.BANG, 4)     # frame 10 is three frames ago: that is what was promised
    assert effects.dropped == 0
    effects.emit(12, Sound.BANG, 5)     # its frame is that of the last one, 13
    assert effects.dropped == 0 and list(effects)[-1].frame == 13
    for i in range(3):
        effects.emit(14, Sound.BANG, i)
    assert (effects.emitted, effects.dropped) == (9, 1)     # two of frame 10, then one of frame 13


@pytest.mark.parametrize(("given", "match"), [
    ((1, Sound.BANG, 0, 5), r"emit\(\) takes frame, kind, id: 3 arguments, not 4"),
    ((fx(1), Sound.BANG, 0), "takes an int as frame, not Fixed"), ((1, 0.5, 0), "takes an int as kind, not float"),
    ((1, Sound.BANG, "x"), "takes an int as id, not str"),
])
def test_an_effect_that_tells_something_else_is_refused_and_nothing_is_kept(given, match):
    small = Small()
    with pytest.raises(TypeError, match=match):
        small.effects.emit(*given)
    assert not any(bytes(small))


def test_effects_of_a_state_that_is_handed_out_are_read_only():
    with pytest.raises(UsageError, match="effects is read-only here"):
        Small.view(bytes(Small())).effects.emit(1, Sound.BANG, 0)
    with pytest.raises(UsageError, match=r"effects are effects: emit\(\) them"):
        Small().effects = 3


# ---------------------------------------------------------------------------- declarations

@pytest.mark.parametrize(("capacity", "frames"), [(0, 16), (65_537, 16), ("4", 16), (4, 0), (4, 257), (True, 16)])
def test_a_capacity_out_of_range_is_refused_with_the_range(capacity, frames):
    with pytest.raises(UsageError, match=r"effects: (capacity|frames)=.*: give a whole number from 1 to (65536|256)"):
        rs.effects(capacity, frames=frames)


def declared(kind: Any, data: Any, value: Any = None) -> type[Any]:
    return rs.struct(type("World", (), {"__annotations__": {"fx": rs.Effects[kind, data]}, "fx": value or rs.effects(3)}))


@rs.struct
class Listed:
    marks: rs.Array[u8] = rs.array(2)


class NoZero(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize(("kind", "data", "value", "match"), [
    (rs.Fixed, None, None, r"World\.fx: the kind of an effect is an IntEnum or i8\.\.u64, not Fixed"),
    (Sound, Listed, None, r"World\.fx: what an effect tells is one value, or a struct of up to 16 single values, which Listed"),
    (Sound, float, None, "a float cannot be in a struct"),
    (NoZero, None, None, r"Effect\.kind needs a member of NoZero with the value 0"),
    (Sound, NoZero, None, r"Effect\.data needs a member of NoZero with the value 0"),
    (Sound, None, rs.pool(3), r"World\.fx: write fx: Effects\[kind, data\] = effects\(capacity\)"),
])
def test_what_is_no_effect_is_refused_where_it_is_declared(kind, data, value, match):
    with pytest.raises(UsageError, match=match):
        declared(kind, data, value)


def test_the_capacity_of_effects_makes_no_pool():
    with pytest.raises(UsageError, match=r"write x: Pool\[struct\] = pool\(capacity\)"):
        rs.struct(type("World", (), {"__annotations__": {"x": rs.Pool[Spot]}, "x": rs.effects(3)}))
    with pytest.raises(UsageError, match="a state has its effects once"):
        rs.struct(type("World", (), {"__annotations__": {"x": rs.Array[rs.Effects[Sound, None]]}, "x": rs.array(3)}))


@rs.struct
class Two:
    inner: Small
    effects: rs.Effects[i16, None] = rs.effects(2)


def nothing(world, tick):
    pass


def quiet(world, inputs, tick):
    pass


def test_a_game_has_its_effects_once_and_in_its_state():
    def made(**changes: Any) -> rs.Game:
        return rs.Game("x", **{"state": Small, "input": Pad, "players": 1, "init": nothing, "step": quiet} | changes)
    assert made().effects == "effects" and made(state=Spot).effects is None
    with pytest.raises(UsageError, match="Two has effects in effects, inner; a game has them once"):
        made(state=Two)
    with pytest.raises(UsageError, match="Game input: Small holds effects, which belong into the state"):
        made(input=rs.struct(type("Small", (), {"__annotations__": {"e": rs.Effects[i8, None]}, "e": rs.effects(1)})))
    with pytest.raises(UsageError, match="Game content: Small holds effects"):
        made(content=Small())


@pytest.mark.parametrize("data", [None, u8, i64, rs.Fixed, Vec2, rs.Angle, Sound, bool])
@pytest.mark.parametrize("kind", [Sound, i8, rs.u64])
def test_an_effect_may_tell_one_value_of_any_kind(kind, data):
    world = declared(kind, data)()
    value = {rs.Fixed: fx("1.5"), Vec2: Vec2(1, 2), rs.Angle: rs.Angle.degrees(90)}.get(data, 1)
    world.fx.emit(3, 1, 2, *([] if data is None else [value]))
    (effect,) = world.fx
    assert (effect.frame, effect.kind, effect.id) == (3, 1, 2) and getattr(effect, "data", None) == (value if data else None)


# ---------------------------------------------------------------------------- in a step

def test_the_ways_agree_on_a_match_with_effects(ways):
    states = {way: bytes(runner.start()) for way, runner in ways.items()}
    draw = random.Random(3)
    for frame in range(120):
        pads = [Pad(buttons=draw.choice((0, LEFT, RIGHT, FIRE, RIGHT | FIRE))) for _ in range(2)]
        states = {way: outcome(runner, states[way], row(*pads), frame) for way, runner in ways.items()}
        assert len(set(states.values())) == 1
    effects = World.view(states["compiled"]).effects
    assert effects.emitted > CAPACITY and effects.dropped == 0 and {e.kind for e in effects} >= {Kind.SHOT, Kind.BUMP}


TRAPPED = r"frame 9: .*sparks\.py:\d+: effects: an effect that is too young would have to make room: give effects\(\) a larger"


def test_an_overflow_is_counted_in_play_and_traps_when_checked(ways):
    state, pads = bytes(ways["compiled"].start()), row(Pad(storm=CAPACITY + 3))
    plain = outcome(ways["compiled"], state, pads, 9)
    assert plain == outcome(ways["interpreted"], state, pads, 9)
    effects = World.view(plain).effects
    assert effects.emitted == 1 + CAPACITY + 3 and effects.dropped == 1 + 3      # START of frame 0 is too young as well
    assert outcome(ways["checked"], state, pads, 9) == outcome(ways["interpreted checked"], state, pads, 9)
    for way in ("checked", "interpreted checked"):
        with pytest.raises(Trap, match=TRAPPED) as caught:
            ways[way].step(bytearray(state), pads, 9)
        assert caught.value.frame == 9 and caught.value.file.endswith("sparks.py") and caught.value.line > 50


def test_a_step_that_goes_back_in_time_traps_when_checked(ways):
    state = outcome(ways["compiled"], bytes(ways["compiled"].start()), row(Pad(buttons=FIRE)), 20)
    after = outcome(ways["compiled"], state, row(Pad(buttons=BACK)), 20)
    assert after == outcome(ways["interpreted"], state, row(Pad(buttons=BACK)), 20)
    assert [effect.frame for effect in World.view(after).effects] == [0, 20, 20]
    for way in ("checked", "interpreted checked"):
        with pytest.raises(Trap, match=r"effects: frames do not go back from one effect to the next: give tick\.frame"):
            ways[way].step(bytearray(state), row(Pad(buttons=BACK)), 20)


@settings(max_examples=40)
@given(st.binary(min_size=game.state_size, max_size=game.state_size), st.integers(0, 15), st.integers(0, 40),
       st.sampled_from([0, 1, -1, 1 << 62, -1 << 63, (1 << 63) - 1]), st.integers(-5, 1 << 40))
def test_the_ways_agree_whatever_the_bytes_are(ways, data, buttons, storm, emitted, frame):
    world = World.view(bytearray(data))
    for walker in world.walkers:        # what follows is about the ring
        walker.x = walker.held = walker.cooling = 0
    world.effects._books.emitted = emitted
    state, pads = bytes(world._memory), row(Pad(buttons=buttons, storm=storm), Pad(buttons=FIRE, storm=3))
    plain, checked = (outcome(ways[way], state, pads, frame) for way in ("interpreted", "interpreted checked"))
    assert outcome(ways["compiled"], state, pads, frame) == plain
    assert outcome(ways["checked"], state, pads, frame) == checked
    assert checked == plain or "effects: " in checked


HEAD = """
import enum
import rollstep as rs
from rollstep import Vec2, fx, i16, u8

class Kind(enum.IntEnum):
    NONE = 0
    HIT = 1

@rs.struct
class Spot:
    x: i16
    place: Vec2

@rs.struct
class World:
    effects: rs.Effects[Kind, Spot] = rs.effects(4)
    counts: rs.Array[rs.i64] = rs.array(3)

@rs.struct
class Pad:
    buttons: u8

def init(world, tick):
    pass

def step(world, inputs, tick):
    frame = tick.frame
    {line}

game = rs.Game("written", state=World, input=Pad, players=1, init=init, step=step)
"""


LINE = HEAD.split("\n").index("    {line}") + 1


@pytest.mark.parametrize(("line", "match"), [
    ("world.effects.emit(frame)", r"emit\(\) takes 3 to 19 arguments, not 1"),
    ("world.effects.emit(frame, Kind.HIT, 0)", r"effects\.emit\(\) takes frame, kind, id, x, place: 5 arguments, not 3"),
    ("world.effects.emit(frame, Kind.HIT, 0, 1, 2)", r"World\.effects\.emit\(\): place takes a Vec2, not int"),
    ("world.effects.emit(frame, Kind.HIT, 0, fx('0.5'), Vec2(0, 0))", r"emit\(\): x takes an int, not Fixed: write int\(x\)"),
    ("world.effects.emit(fx(1), Kind.HIT, 0, 1, Vec2(0, 0))", r"emit\(\) takes an int as frame, not Fixed"),
    ("tick.emit(frame, Kind.HIT, 0)", r"emit\(\) is a method of effects, not of"),
    ("world.effects = 3", r"World\.effects are effects: emit\(\) them"),
    ("world.effects.size", r"effects are effects and have no 'size' in a step; they have emit\(\), capacity, emitted"),
    ("for e in world.effects: world.counts[0] += e.id", "a for loop does not run over"),
    ("world.effects.emit(frame, kind=Kind.HIT)", "methods with plain arguments"),
])
def test_a_step_that_emits_wrongly_is_refused_with_its_line(tmp_path, line, match):
    with pytest.raises(StepError, match=match) as caught:
        imported(tmp_path, HEAD.format(line=line)).game.runner("compiled", players=1, seed=1)
    assert any(finding.line == LINE for finding in caught.value.findings)


def test_counts_are_read_in_a_step_as_they_are_at_that_point(tmp_path):
    body = "\n    ".join(["world.effects.emit(frame, Kind.HIT, 0, 1, Vec2(0, 0))",
                          "world.counts[0] = world.effects.emitted * 100 + world.effects.capacity",
                          "for i in range(5): world.effects.emit(frame, Kind.HIT, i, i, Vec2(0, i))",
                          "world.counts[1] = world.effects.dropped"])
    made = imported(tmp_path, HEAD.format(line=body)).game
    states = []
    for way in ("compiled", "interpreted"):
        runner = made.runner(way, players=1, seed=1)
        state = runner.start()
        runner.step(state, bytes(made.row_size), 3)
        states.append(bytes(state))
    world = made.state.view(states[0])
    assert states[0] == states[1] and list(world.counts) == [104, 2, 0]
    assert [effect.data.x for effect in world.effects] == [1, 2, 3, 4]


# ---------------------------------------------------------------------------- what can be done with any state

def filled() -> Any:
    world = World()
    for i in range(5):
        world.effects.emit(i, Kind.SHOT, i, Vec2(i, 0), i, fx(1), True)
    return world


def test_a_difference_names_the_effect():
    ours, theirs = filled(), filled()
    theirs.effects._places[3].data.force = 9
    theirs.effects._books.dropped = 1
    assert [str(found).split(" (")[0] for found in rs.diff(ours, theirs)] == [
        "World.effects.dropped is 0", "World.effects[3].data.force is 3"]


def test_a_layout_with_effects_goes_through_a_file():
    data = json.loads(json.dumps(World.layout.to_json()))
    stored = Layout.from_json(data)
    assert stored.digest() == World.layout.digest() and stored.to_json() == World.layout.to_json()
    assert declared(Sound, None).layout.digest() != declared(Sound, None, rs.effects(3, frames=5)).layout.digest()
    for change, match in (({"frames": 0}, "frames=0"), ({"frames": "x"}, "is not an effect"), ({"frames": 4}, None),
                          ({"struct": None}, "is not effects of 1"), ({"shape": [2]}, "is not effects of 1")):
        field = dict(data["fields"][1], **change)
        wrong = dict(data, fields=[data["fields"][0], field, *data["fields"][2:]])
        if match is None:
            assert Layout.from_json(wrong).digest() != World.layout.digest()
        else:
            with pytest.raises(UsageError, match=match):
                Layout.from_json(wrong)


def test_the_forms_of_a_state_show_its_effects():
    world = filled()
    assert rs.from_json(World, json.loads(json.dumps(rs.to_json(world)))) == world
    assert rs.from_numpy(World, rs.to_numpy(world)) == world
    assert rs.to_numpy(world)["effects"]["_elements"]["id"][:6].tolist() == [0, 1, 2, 3, 4, 0]
    assert [(effect.kind, effect.data.place.x) for effect in rs.floats(world).effects][:2] == [(2, 0.0), (2, 1.0)]
    World.layout.validate(bytes(world))


def effects_of(n: int, force: Any = i16, frames: int = FRAMES) -> type[Any]:
    spot = rs.struct(type("Spot", (), {"__annotations__": {"force": force, "loud": bool}}))
    kept = rs.effects(n, frames=frames)
    return rs.struct(type("World", (), {"__annotations__": {"effects": rs.Effects[Kind, spot]}, "effects": kept}))


def test_effects_migrate_to_other_data_and_not_to_another_capacity():
    old = effects_of(4)()
    for i in range(6):
        old.effects.emit(i, Kind.SHOT, i, -i, True)
    new = rs.migrate(bytes(old), type(old), effects_of(4, i64, frames=3))
    assert [(e.frame, e.id, e.data.force) for e in new.effects] == [(i, i, -i) for i in range(2, 6)]
    assert new.effects.emitted == 6
    with pytest.raises(UsageError, match=r"no place for World\.effects \(Effects of 4 for 10 frames, now Effects of 8 for 10"):
        rs.migrate(bytes(old), type(old), effects_of(8))
    assert len(rs.migrate(bytes(old), type(old), effects_of(8), dropped=("World.effects",)).effects) == 0
    assert rs.layout_diff(effects_of(4), effects_of(8, i64, frames=3)) == [
        "World.effects: Effects of 8 for 3 frames, was Effects of 4 for 10 frames", "World.effects[].data.force: i64, was i16"]
