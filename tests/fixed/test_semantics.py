"""The tables of engine/NUMBERS.md are the meaning of every operator: the ways are held to them, and they to the ways.

Each row becomes a case of one game. Its formula is computed here with Python's own integers, beside the engine.
"""

import ast
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Angle, Fixed, Vec2, i64, u8, u16
from rollstep.fixed.operators import PLAIN
from rollstep.language import BINARY, BUILTIN_OPERATORS, COMPARE, METHODS, UNARY
from rollstep.runner import Interpreted
from tests.source.written import imported

PAGE = (Path(__file__).parents[2] / "engine" / "NUMBERS.md").read_text()
INT_MIN, INT_MAX = -1 << 63, (1 << 63) - 1
LETTERS = {"int": "i", "Fixed": "f", "Vec2": "v", "Angle": "a"}
#: Operators whose meaning is a function's (accuracy is tested elsewhere), and made-up ones that take no operand of a table.
FUNCTIONS = {"m_normalized", "m_to_radians", "angle_radians", "random", "m_bits", "m_integer", "m_fixed", "m_chance"}


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@dataclass(frozen=True)
class Row:
    expression: str
    kinds: tuple[str, ...]
    gives: str
    formula: str

    def __str__(self) -> str:
        return f"{self.expression} of {', '.join(self.kinds)}"


ROWS = [Row(expression, tuple(kinds.split(", ")), gives, formula) for expression, kinds, gives, formula in rows("Operators")]
FIELDS = {field: (bounds, stores, reads) for field, bounds, stores, reads in rows("Fields")}


def operator_of(expression: str) -> str:
    """The rewriter's name for the operator of a row."""
    node = ast.parse(expression, mode="eval").body
    match node:
        case ast.BinOp():
            return BINARY[type(node.op)]
        case ast.UnaryOp():
            return UNARY[type(node.op)]
        case ast.Compare():
            return COMPARE[type(node.ops[0])]
        case ast.Call(func=ast.Name(id=name)):
            return {"min": "min2", "max": "max2", "fx": "fx", "Vec2": "vec2", **BUILTIN_OPERATORS}[name]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="Angle"), attr=name)):
            return "angle_" + name.removeprefix("from_")
        case ast.Call(func=ast.Attribute(attr=name)):
            assert name in METHODS
            return f"m_{name}"
    raise AssertionError(expression)


def test_the_page_has_every_operator_for_every_combination_of_kinds_and_no_other():
    from rollstep.fixed.lowering import _table

    page = [(operator_of(row.expression), "".join(LETTERS[kind] for kind in row.kinds)) for row in ROWS]
    assert len(page) == len(set(page))
    code = {(name, kinds) for name, codes in _table(False).items() for kinds in codes} - {("truediv", "ii")}
    assert set(page) == {(name, kinds) for name, kinds in code if name not in FUNCTIONS}
    assert {name for name, _ in code} == set(PLAIN)


# ---------------------------------------------------------------------------- the formulas, by Python's integers

class Misfit(Exception):
    """The checked way traps here."""


def evaluate(formula: str, values: dict[str, Any], checked: bool) -> Any:
    """The raw or int of a formula, a pair of raws, or a bool."""
    def fit(value: int) -> int:
        if INT_MIN <= value <= INT_MAX:
            return value
        if checked:
            raise Misfit
        return (value - INT_MIN) % (1 << 64) + INT_MIN

    def nearest(n: int, d: int) -> int:
        if d == 0:
            raise ZeroDivisionError
        size = (2 * abs(n) + abs(d)) // (2 * abs(d))
        return size if (n < 0) == (d < 0) else -size

    def root(n: int) -> int:
        return (math.isqrt(4 * n) + 1) // 2

    def amount(n: int) -> int:
        if checked and not 0 <= n <= 63:
            raise Misfit
        return n % 64

    known = {"fit": fit, "fx": lambda i: fit(i * (1 << 32)), "nearest": nearest, "root": root, "amount": amount,
             "toward_zero": lambda n, d: abs(n) // d * (1 if n >= 0 else -1), "ONE": 1 << 32, "TURN": 1 << 32,
             "min": min, "max": max, "abs": abs}
    both = formula.startswith("each: ")
    made = eval(formula.removeprefix("each: "), {"__builtins__": {}}, known | values)
    if both:
        return tuple(fit(part) for part in made)
    return made if isinstance(made, bool) else fit(made)


# ---------------------------------------------------------------------------- the same in the three ways

@rs.struct
class World:
    i0: i64
    i1: i64
    i2: i64
    f0: Fixed
    f1: Fixed
    f2: Fixed
    v0: Vec2
    v1: Vec2
    a0: Angle
    a1: Angle
    int_: i64
    fixed: Fixed
    vec2: Vec2
    angle: Angle
    truth: bool


@rs.struct
class Pad:
    case: u16


RESULT = {"int": "int_", "Fixed": "fixed", "Vec2": "vec2", "Angle": "angle", "bool": "truth"}
HEADER = """
from rollstep import *


def init(world, tick):
    pass


"""


@pytest.fixture(scope="module")
def ways(tmp_path_factory) -> dict[str, Any]:
    """One function for some rows: one with all would take the compiler long."""
    text, calls = HEADER, []
    for start in range(0, len(ROWS), 20):
        text += f"@sim\ndef some_{start}(world, case):\n"
        for i, row in enumerate(ROWS[start:start + 20], start):
            fields = {name: f"world.{LETTERS[kind]}{place}"
                      for place, (name, kind) in enumerate(zip("abc", row.kinds, strict=False))}
            value = re.sub(r"\b[abc]\b", lambda name, fields=fields: fields[name[0]], row.expression)
            text += f"    if case == {i}:\n        world.{RESULT[row.gives]} = {value}\n"
        calls.append(f"    some_{start}(world, inputs[0].case)\n")
    text += "\n\ndef step(world, inputs, tick):\n" + "".join(calls)
    made = imported(tmp_path_factory.mktemp("semantics"), text)
    game = rs.Game("semantics", state=World, input=Pad, players=1, init=made.init, step=made.step)
    found = {way: game.runner(way, players=1, seed=1) for way in ("compiled", "checked", "interpreted")}
    found["interpreted checked"] = Interpreted(game, players=1, seed=1, checked=True)
    return found


EDGES = sorted({sign * (1 << power) + off for power in (0, 5, 6, 31, 32, 33, 62) for sign in (1, -1) for off in (-1, 0, 1)}
               | {0, INT_MIN, INT_MIN + 1, INT_MAX, 3 << 31, 90 << 32, 360 << 32})
words = st.one_of(st.sampled_from(EDGES), st.integers(INT_MIN, INT_MAX), st.integers(-300, 300), st.integers(-1 << 40, 1 << 40))


def check(ways: dict[str, Any], i: int, numbers: list[int]) -> None:
    row = ROWS[i]
    world, values = World(), {}
    for place, (name, kind) in enumerate(zip("abc", row.kinds, strict=False)):
        one, two = numbers[place], numbers[place + 1]
        if kind == "int":
            value, made = one, one
        elif kind == "Fixed":
            value, made = one, Fixed.from_raw(one)
        elif kind == "Angle":
            value, made = one % (1 << 32), Angle.from_raw(one)
        else:
            value, made = Pair(one, two), Vec2(Fixed.from_raw(one), Fixed.from_raw(two))
        values[name] = value
        setattr(world, f"{LETTERS[kind]}{place}", made)
    for way, runner in ways.items():
        state = bytearray(bytes(world))
        try:
            expected = evaluate(row.formula, values, "checked" in way)
        except (Misfit, ZeroDivisionError) as error:
            wanted = rs.Trap if isinstance(error, Misfit) else ZeroDivisionError
            with pytest.raises((rs.Trap, ZeroDivisionError)) as caught:
                runner.step(state, bytes(Pad(case=i)), 0)
            assert type(caught.value) is wanted, (way, str(row), values)
            assert state == bytes(world)
            continue
        runner.step(state, bytes(Pad(case=i)), 0)
        found = getattr(World.view(state), RESULT[row.gives])
        found = (found.x.raw, found.y.raw) if row.gives == "Vec2" else getattr(found, "raw", found)
        assert (found, type(found)) == (expected, type(expected)), (way, str(row), values)


@dataclass(frozen=True)
class Pair:
    x: int
    y: int


@pytest.mark.parametrize("i", range(len(ROWS)), ids=list(map(str, ROWS)))
def test_all_ways_compute_what_the_page_says(ways, i):
    for one in EDGES:
        for two in EDGES[::3]:
            check(ways, i, [one, two, one + 1 if one < INT_MAX else 7, two])

    @settings(max_examples=40)
    @given(st.lists(words, min_size=4, max_size=4))
    def any_operands(numbers):
        check(ways, i, numbers)
    any_operands()


# ---------------------------------------------------------------------------- fields

Fields = rs.struct(type("Fields", (), {"__annotations__": {
    "source": i64, **{f"of_{name}": {"bool": bool}.get(name) or getattr(rs, name) for name in FIELDS},
    **{f"back_{name}": i64 for name in FIELDS}}}))


@rs.struct
class Choice:
    case: u8


@pytest.fixture(scope="module")
def stores(tmp_path_factory) -> dict[str, Any]:
    text = HEADER + "def step(world, inputs, tick):\n" + "".join(
        f"    if inputs[0].case == {i}:\n        world.of_{name} = world.source\n        world.back_{name} = world.of_{name}\n"
        for i, name in enumerate(FIELDS))
    made = imported(tmp_path_factory.mktemp("stores"), text)
    game = rs.Game("stores", state=Fields, input=Choice, players=1, init=made.init, step=made.step)
    found = {way: game.runner(way, players=1, seed=1) for way in ("compiled", "checked", "interpreted")}
    found["interpreted checked"] = Interpreted(game, players=1, seed=1, checked=True)
    return found


def test_the_page_has_every_kind_of_integer_field():
    from rollstep.state import kinds

    assert set(FIELDS) == {name for name in vars(kinds) if re.fullmatch(r"[iu](8|16|32|64)", name)} | {"bool"}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_takes_stores_and_gives_what_the_page_says(stores, name):
    bounds, stored, read = FIELDS[name]
    low, high = map(int, bounds.split(".."))
    sizes = {field.name: field for field in Fields.layout.fields}

    @settings(max_examples=100)
    @given(st.one_of(words, st.integers(-70000, 70000),
                     st.sampled_from([low, high, max(low - 1, INT_MIN), min(high + 1, INT_MAX)])))
    def store(value):
        for way, runner in stores.items():
            state = bytearray(bytes(Fields(source=value)))
            case = bytes(Choice(case=list(FIELDS).index(name)))
            if "checked" in way and not low <= value <= high:
                with pytest.raises(rs.Trap):
                    runner.step(state, case, 0)
                continue
            runner.step(state, case, 0)
            field = sizes[f"of_{name}"]
            kept = int.from_bytes(state[field.offset:field.offset + field.size], "little")
            assert kept == eval(stored, {"a": value}) and getattr(Fields.view(state), f"back_{name}") == eval(read, {"a": kept})
    store()
