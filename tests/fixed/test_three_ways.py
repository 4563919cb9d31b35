"""Every operator and function of a step, on every pair of kinds: compiled, checked and interpreted give the same bytes.

One game holds all cases; an input chooses which one runs, so that one that raises stands alone.
"""

import enum
import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Angle, Fixed, Random, Vec2, fx, i8, i16, i32, i64, u8, u16, u32, u64
from rollstep.fixed import ARITHMETIC, FUNCTIONS
from rollstep.fixed.functions import KERNELS
from rollstep.fixed.number import INT_MAX, INT_MIN, wrap
from rollstep.runner import Interpreted
from tests.source.written import imported

EDGES = sorted({sign * (1 << power) + off for power in (0, 7, 16, 31, 32, 33, 62) for sign in (1, -1) for off in (-1, 0, 1)}
               | {0, 1 << 48, INT_MIN, INT_MIN + 1, INT_MAX})
FEW = [0, 1, -1, 3, 64, -(1 << 31), 1 << 31, 1 << 32, -(1 << 32), (1 << 32) + 1, 1 << 62, INT_MIN, INT_MAX]
words = st.one_of(st.sampled_from(EDGES), st.integers(INT_MIN, INT_MAX), st.integers(-300, 300),
                  st.integers(-1 << 40, 1 << 40))


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 7
    WILD = 200


@rs.struct
class World:
    a: i64
    b: i64
    f: Fixed
    g: Fixed
    v: Vec2
    w: Vec2
    p: Angle
    q: Angle
    flag: bool
    mood: Mood
    whole: i64
    fixed: Fixed
    vector: Vec2
    angle: Angle
    truth: bool
    byte: i8
    ubyte: u8
    short: i16
    ushort: u16
    int_: i32
    uint: u32
    ulong: u64
    row: rs.Array[i8] = rs.array(3)


@rs.struct
class Pad:
    case: u8
    unused: u8


# ---------------------------------------------------------------------------- the cases: (expression, field that takes it)

KINDS = {"i": ("a", "b"), "f": ("f", "g"), "v": ("v", "w")}


def binary(symbol: str, kinds: str) -> str:
    return f"{KINDS[kinds[0]][0]} {symbol} {KINDS[kinds[1]][1]}"


PYTHON = {"a << 65": "a << 1", "a >> 70": "a >> 6", "a << -1": "a << 63", "a >> -64": "a"}   # amounts are taken modulo 64
NUMBERS = ("ii", "ff", "fi", "if")
CASES: list[tuple[str, str]] = [
    *((binary(s, kinds), "whole" if kinds == "ii" else "fixed") for s in ("+", "-", "*", "//", "%") for kinds in NUMBERS),
    *((binary("/", kinds), "fixed") for kinds in ("ff", "fi", "if")),
    *((binary(s, "ii"), "whole") for s in ("&", "|", "^", "<<", ">>")),
    *((binary(s, kinds), "truth") for s in ("<", "<=", ">", ">=", "==", "!=") for kinds in NUMBERS),
    *((binary(s, "vv"), "truth") for s in ("==", "!=")),
    *((binary(s, "vv"), "vector") for s in ("+", "-")),
    *((binary("*", kinds), "vector") for kinds in ("vf", "vi", "fv", "iv")),
    *((binary("/", kinds), "vector") for kinds in ("vf", "vi")),
    *((f"{name}({binary(',', kinds)})", "whole" if kinds == "ii" else "fixed") for name in ("min", "max") for kinds in NUMBERS),
    ("min(a, f, b, g)", "fixed"), ("max(a, b, 3)", "whole"),
    ("-a", "whole"), ("+a", "whole"), ("~a", "whole"), ("abs(a)", "whole"), ("int(a)", "whole"),
    ("-f", "fixed"), ("+f", "fixed"), ("abs(f)", "fixed"), ("int(f)", "whole"), ("-v", "vector"), ("+v", "vector"),
    ("not a", "truth"), ("not f", "truth"), ("bool(a)", "truth"), ("bool(f)", "truth"), ("a < b <= f", "truth"),
    *((f"{function.__name__}({', '.join('fg'[:function.__code__.co_argcount])})", "fixed") for function in KERNELS),
    ("direction(v)", "angle"), ("sin(p)", "fixed"), ("cos(p)", "fixed"), ("rotate(v, p)", "vector"), ("polar(f, p)", "vector"),
    ("polar(a, p)", "vector"), ("p + q", "angle"), ("p - q", "angle"), ("-p", "angle"), ("+p", "angle"), ("p * a", "angle"),
    ("a * p", "angle"), ("p == q", "truth"), ("p != q", "truth"), ("p.raw", "whole"), ("p.to_turns()", "fixed"),
    ("p.signed_turns()", "fixed"), ("p.to_degrees()", "fixed"), ("p.to_radians()", "fixed"), ("Angle.from_raw(a)", "angle"),
    ("Angle.turns(f)", "angle"), ("Angle.turns(a)", "angle"), ("Angle.degrees(f)", "angle"), ("Angle.degrees(a)", "angle"),
    ("Angle.radians(f)", "angle"), ("Random(a, b, 3).bits(a)", "whole"), ("Random(a, b, 3).integer(7, a, b)", "whole"),
    ("Random(a, a, b).integer(b, 1, 6)", "whole"), ("Random(a, 1, b).fixed(2, f, g)", "fixed"),
    ("Random(b, 1, b).fixed(2, 0, 1)", "fixed"), ("Random(a, 1, b).chance(2, f)", "truth"),
    ("Random(a, b, 4).choice(9, (3, 5, 7))", "whole"), ("Random(a, b, 4).choice(9, row)", "whole"),
    ("pow(f, a)", "fixed"), ("pow(f, 3)", "fixed"), ("pow(f, g % 4)", "fixed"), ("hypot(f, g)", "fixed"),
    *((f"{name}({x})", "whole") for name in ("floor", "ceil", "trunc", "round", "sign") for x in "fa"),
    ("copysign(f, g)", "fixed"), ("copysign(a, f)", "whole"), ("clamp(f, a, g)", "fixed"), ("clamp(a, b, 9)", "whole"),
    ("lerp(f, g, v.x)", "fixed"), ("lerp(v, w, f)", "vector"),
    ("v.dot(w)", "fixed"), ("v.cross(w)", "fixed"), ("v.length()", "fixed"), ("v.distance(w)", "fixed"),
    ("v.within(w, f)", "truth"), ("v.within(w, b)", "truth"), ("v.normalized()", "vector"),
    ("v.x", "fixed"), ("(v - w).y", "fixed"),
    ("fx(a)", "fixed"), ("Fixed(b)", "fixed"), ("Fixed.from_raw(a)", "fixed"), ("f.raw", "whole"), ("Vec2(a, f)", "vector"),
    ("flag + a", "whole"), ("flag - flag", "whole"), ("flag & a", "whole"), ("a << flag", "whole"), ("~flag", "whole"),
    ("-flag", "whole"), ("flag < a", "truth"), ("min(flag, a)", "whole"), ("abs(flag)", "whole"), ("flag ^ flag", "whole"),
    ("mood + a", "whole"), ("mood == a", "truth"), ("~mood", "whole"), ("mood % b", "whole"),
    ("a if f else b", "whole"), ("a and b", "whole"), ("f or g", "fixed"), ("bool(f) and not a", "truth"),
    *(("a", field) for field in ("byte", "ubyte", "short", "ushort", "int_", "uint", "ulong", "truth", "mood", "fixed")),
    *((expression, "whole") for expression in PYTHON),
    ("flag", "byte"), ("f", "fixed"), ("v", "vector"), ("row[a]", "whole"),
]

HEADER = """
from rollstep import *


def init(world, tick):
    pass


def step(world, inputs, tick):
    case = inputs[0].case
    a, b, f, g, v, w = world.a, world.b, world.f, world.g, world.v, world.w
    flag, mood, row, p, q = world.flag, world.mood, world.row, world.p, world.q
"""


@pytest.fixture(scope="module")
def ways(tmp_path_factory) -> dict[str, Any]:
    text = HEADER + "".join(f"    if case == {i}:\n        world.{field} = {expression}\n"
                            for i, (expression, field) in enumerate(CASES))
    made = imported(tmp_path_factory.mktemp("all_operators"), text)
    game = rs.Game("all operators", state=World, input=Pad, players=1, init=made.init, step=made.step)
    found = {way: game.runner(way, players=1, seed=1) for way in ("compiled", "checked", "interpreted")}
    found["interpreted checked"] = Interpreted(game, players=1, seed=1, checked=True)
    return found


def outcome(runner: Any, state: bytes, row: bytes) -> Any:
    """The bytes after one frame, or what it raised."""
    after = bytearray(state)
    try:
        runner.step(after, row, 0)
    except (ArithmeticError, ValueError, IndexError, TypeError) as error:
        return type(error), str(error)
    return bytes(after)


def agree(ways: dict[str, Any], case: int, one: int, two: int) -> None:
    world = World(a=one, b=two, f=Fixed.from_raw(one), g=Fixed.from_raw(two), flag=bool(one & 1),
                  p=Angle.from_raw(one), q=Angle.from_raw(two >> 3),
                  v=Vec2(Fixed.from_raw(one), Fixed.from_raw(two)), w=Vec2(Fixed.from_raw(two), Fixed.from_raw(wrap(one * 3))),
                  mood=(Mood.CALM, Mood.ANGRY, Mood.WILD)[two % 3])
    state, row = bytes(world), bytes(Pad(case=case))
    plain, checked = outcome(ways["interpreted"], state, row), outcome(ways["interpreted checked"], state, row)
    assert outcome(ways["compiled"], state, row) == plain
    assert outcome(ways["checked"], state, row) == checked
    if checked != plain:                                  # the checked way says the same, or traps
        assert checked[0] is rs.Trap
    assert plain == as_python(world, *CASES[case])


KNOWN = {"Fixed": Fixed, "Vec2": Vec2, "fx": fx, "Angle": Angle, "Random": Random,
         **{function.__name__: function for function in (*FUNCTIONS, *ARITHMETIC)}}


def as_python(world: Any, expression: str, field: str) -> Any:
    """The same case by Python's own integers and by Fixed, without the rewriter."""
    names = {name: getattr(world, name) for name in ("a", "b", "f", "g", "v", "w", "flag", "mood", "row", "p", "q")}
    if "<<" in expression or ">>" in expression:
        names["b"] &= 63
    try:
        value = eval(PYTHON.get(expression, expression), KNOWN, names)
        if field == "fixed" and expression.startswith(("min", "max", "clamp")):
            value = as_stored_fixed(expression, names)
        after = world.copy()
        setattr(after, field, wrap(value) if type(value) is int else value)
    except (ArithmeticError, ValueError, IndexError) as error:
        return type(error), str(error)
    return bytes(after)


def as_stored_fixed(expression: str, names: dict[str, Any]) -> Fixed:
    """min and max of mixed kinds compare what the ints become as Fixed, not what they were."""
    return eval(expression, KNOWN, {name: fx(value) if name in "abfg" else value for name, value in names.items()})


@pytest.mark.parametrize("case", range(len(CASES)), ids=[f"{field} = {expression}" for expression, field in CASES])
def test_on_the_edges_the_ways_agree(ways, case):
    for one, two in itertools.product(FEW, FEW):
        agree(ways, case, one, two)


@pytest.mark.parametrize("case", range(len(CASES)), ids=[f"{field} = {expression}" for expression, field in CASES])
def test_on_any_operands_the_ways_agree(ways, case):
    @settings(max_examples=60)
    @given(words, words)
    def run(one, two):
        agree(ways, case, one, two)
    run()


def test_the_cases_raise_trap_and_wrap(ways):
    """That the comparison above meets all three outcomes, so that it proves something."""
    def case(expression, field):
        return bytes(Pad(case=CASES.index((expression, field))))

    state = bytes(World(a=INT_MAX, b=1, f=fx("-0.5"), g=fx(0)))
    assert World.view(outcome(ways["compiled"], state, case("a + b", "whole"))).whole == INT_MIN
    assert outcome(ways["checked"], state, case("a + b", "whole"))[0] is rs.Trap
    assert outcome(ways["compiled"], state, case("f / g", "fixed")) == (ZeroDivisionError, "division by zero")
    assert outcome(ways["compiled"], state, case("sqrt(f)", "fixed"))[0] is ValueError
    assert outcome(ways["compiled"], state, case("row[a]", "whole"))[0] is IndexError
    assert "does not fit" in outcome(ways["checked"], state, case("a + b", "whole"))[1]
    assert math.prod(len(ways[way].start()) for way in ways) == len(state) ** 4
