"""Random steps: Hypothesis draws the source of a game whose every expression is legal, over every kind of value.

Divisors are made non-zero and indices are brought inside (most of them), so that a frame usually runs to its end.
"""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

HEADER = '''
import enum

import rollstep as rs
from rollstep import *


class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 7
    WILD = 200


@rs.struct
class Part:
    n: i32
    tiny: i8
    f: Fixed
    on: bool
    deep: rs.Array[i16] = rs.array(2, 3)


@rs.struct
class World:
    b8: i8
    b16: i16
    b32: i32
    b64: i64
    c8: u8
    c16: u16
    c32: u32
    c64: u64
    on: bool
    mood: Mood
    f0: Fixed
    f1: Fixed
    v0: Vec2
    v1: Vec2
    a0: Angle
    a1: Angle
    row: rs.Array[i64] = rs.array(5)
    parts: rs.Array[Part] = rs.array(3)


@rs.struct
class Pad:
    buttons: u8
    stick: i8


LIMITS = (3, -7, 1 << 40)
SPEED = fx("-1.75")
NORTH = Angle.degrees(90)


def init(world, tick):
    pass


'''
FOOTER = '''
game = rs.Game("random", state=World, input=Pad, players=2, init=init, step=step)
'''

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
INTS = [0, 1, -1, 2, 7, 31, 63, 64, 127, 128, 255, -128, 32768, 1 << 31, -(1 << 31), 1 << 32, (1 << 53) + 1, 1 << 62,
        (1 << 63) - 1, -(1 << 63)]
FIXED = ['fx("0.5")', 'fx("-0.000001")', "fx(3)", 'fx("1/3")', "fx(-40000)", 'fx("2147483647.5")', "SPEED", "Fixed.from_raw(1)"]


@dataclass
class Scope:
    """What an expression may name, by kind, in one function."""

    names: dict[str, list[str]]
    helpers: list[str] = field(default_factory=list)
    fresh: int = 0


def world_scope(helpers: list[str]) -> Scope:
    return Scope({
        "int": [f"world.{name}" for name in ("b8", "b16", "b32", "b64", "c8", "c16", "c32", "c64", "mood")]
        + ["inputs[0].buttons", "inputs[1].stick", "tick.frame", "world.row[2]", "world.parts[1].n",
           "world.parts[0].deep[1, 2]", "Mood.WILD", "LIMITS[2]", "len(world.row)"],
        "bool": ["world.on", "world.parts[2].on"],
        "fixed": ["world.f0", "world.f1", "world.parts[1].f"], "vec2": ["world.v0", "world.v1"],
        "angle": ["world.a0", "world.a1"],
    }, helpers)


def part_scope() -> Scope:
    return Scope({"int": ["part.n", "part.tiny", "part.deep[0][1]", "x"], "bool": ["part.on"], "fixed": ["part.f"],
                  "vec2": ["Vec2(part.f, x)"], "angle": ["Angle.degrees(part.tiny)"]})


class Writer:
    """Draws expressions and statements as text."""

    def __init__(self, draw: Any, scope: Scope) -> None:
        self.draw, self.scope = draw, scope

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def value(self, kind: str, depth: int) -> str:
        return getattr(self, kind)(depth)

    def leaf(self, kind: str, *literals: str) -> str:
        return self.pick(*self.scope.names[kind], *literals)

    def int(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("int", *map(str, INTS))
        form = self.pick(*"++--**//%&|^<>~nammifbx[dr")
        a = self.int(depth - 1)
        match form:
            case "+" | "-" | "*" | "&" | "|" | "^":
                return f"({a} {form} {self.int(depth - 1)})"
            case "/" | "%":
                return f"({a} {'//' if form == '/' else '%'} ({self.int(depth - 1)} | 1))"
            case "<" | ">":
                return f"({a} {form}{form} {self.pick(self.int(depth - 1), '3', '(' + self.int(0) + ' & 15)')})"
            case "~" | "n":
                return f"(~{a})" if form == "~" else f"(-{a})"
            case "a":
                return f"abs({a})"
            case "m":
                return f"{self.pick('min', 'max')}({a}, {self.int(depth - 1)}, {self.int(0)})"
            case "i":
                return f"({a} if {self.bool(depth - 1)} else {self.int(depth - 1)})"
            case "f":
                return f"{self.pick('int', 'floor', 'ceil', 'round', 'sign')}({self.fixed(depth - 1)})"
            case "b":
                return f"({self.bool(depth - 1)} + {a})"
            case "x":
                return f"{self.fixed(depth - 1)}.raw" if self.pick(True, False) else f"{self.angle(depth - 1)}.raw"
            case "[":
                return f"world.row[{a} % 5]" if "world.b8" in self.scope.names["int"] else f"part.deep[{a} & 1, 2]"
            case "d":
                return f"Random({a}, 3, {self.int(0)}).integer({self.int(0)}, -5, {self.pick('5', '1 << 62')})"
        if self.scope.helpers:
            return f"{self.pick(*self.scope.helpers)}(world.parts[{self.int(0)} % 3], {a})"
        return a

    def bool(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("bool", "True")
        kind = self.pick("int", "int", "fixed", "mixed", "vec2", "angle", "and", "not", "in", "within", "chain")
        match kind:
            case "int" | "fixed":
                return f"({self.value(kind, depth - 1)} {self.pick(*COMPARISONS)} {self.value(kind, depth - 1)})"
            case "mixed":
                return f"({self.fixed(depth - 1)} {self.pick(*COMPARISONS)} {self.int(depth - 1)})"
            case "vec2" | "angle":
                return f"({self.value(kind, depth - 1)} {self.pick('==', '!=')} {self.value(kind, depth - 1)})"
            case "and":
                return f"({self.bool(depth - 1)} {self.pick('and', 'or')} {self.bool(depth - 1)})"
            case "not":
                return f"(not {self.value(self.pick('bool', 'int', 'fixed'), depth - 1)})"
            case "in":
                return f"({self.leaf('int')} in ({self.int(0)}, {self.int(0)}))"
            case "within":
                return f"{self.vec2(depth - 1)}.within({self.vec2(0)}, {self.value(self.pick('int', 'fixed'), 0)})"
        return f"({self.int(0)} <= {self.leaf('int')} < {self.int(0)})"

    def fixed(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("fixed", *FIXED)
        a = self.fixed(depth - 1)
        match self.pick(*"+-**//%nmifvsatldq"):
            case "+" | "-" | "*" as form:
                b = self.value(self.pick("fixed", "int"), depth - 1)
                return self.pick(f"({a} {form} {b})", f"({b} {form} {a})")
            case "/":
                return f"({a} {self.pick('/', '//')} ({self.pick('fx(2)', '3', 'fx(-1) / 7', '(' + self.int(0) + ' | 1)')}))"
            case "%":
                return f"({a} % {self.pick('fx(2)', '-3', 'Fixed.from_raw(5)')})"
            case "n":
                return f"(-{a})"
            case "m":
                return f"{self.pick('min', 'max')}({a}, {self.value(self.pick('fixed', 'int'), depth - 1)})"
            case "i":
                return f"({a} if {self.bool(depth - 1)} else {self.fixed(depth - 1)})"
            case "f":
                return f"fx({self.int(depth - 1)})"
            case "v":
                v, w = self.vec2(depth - 1), self.vec2(0)
                return f"{v}.{self.pick('x', 'y', 'length()', f'dot({w})', f'cross({w})', f'distance({w})')}"
            case "s":
                return f"{self.pick('sin', 'cos')}({self.value(self.pick('fixed', 'angle'), depth - 1)})"
            case "a":
                return f"{self.pick('atan', 'abs')}({a})"
            case "t":
                return f"{self.angle(depth - 1)}.{self.pick('to_turns', 'signed_turns', 'to_degrees', 'to_radians')}()"
            case "l":
                return f"lerp({a}, {self.fixed(0)}, {self.fixed(0)})"
            case "d":
                return f"Random({self.int(0)}, {self.int(0)}, 1).fixed(2, -1, {self.pick('1', 'fx(9)')})"
        return f"sqrt(max({a}, 0))"

    def vec2(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("vec2", "Vec2(1, -2)")
        a = self.vec2(depth - 1)
        match self.pick(*"+-**/ncirN"):
            case "+" | "-" as form:
                return f"({a} {form} {self.vec2(depth - 1)})"
            case "*":
                return f"({a} * {self.value(self.pick('fixed', 'int'), depth - 1)})"
            case "/":
                return f"({a} / {self.pick('fx(2)', '3', '-7')})"
            case "n":
                return f"(-{a})"
            case "c":
                x, y = (self.value(self.pick("fixed", "int"), depth - 1) for _ in "xy")
                return f"Vec2({x}, {y})"
            case "i":
                return f"({a} if {self.bool(depth - 1)} else {self.vec2(depth - 1)})"
            case "r":
                return f"rotate({a}, {self.angle(depth - 1)})"
        return f"{a}.normalized()"

    def angle(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("angle", "NORTH")
        a = self.angle(depth - 1)
        return self.pick(f"({a} + {self.angle(depth - 1)})", f"({a} - {self.angle(0)})", f"(-{a})",
                         f"({a} * {self.int(depth - 1)})", f"Angle.degrees({self.fixed(depth - 1)})",
                         f"Angle.turns({self.fixed(0)})", f"Angle.from_raw({self.int(0)})",
                         f"direction({self.vec2(depth - 1)})")

    # ------------------------------------------------------------------ statements

    def place(self) -> tuple[str, str]:
        """(what can be assigned to, its kind)."""
        if "world.b8" in self.scope.names["int"]:
            return self.pick(
                *((f"world.{name}", "int") for name in ("b8", "b16", "b32", "b64", "c8", "c16", "c32", "c64", "on")),
                ("world.f0", "fixed"), ("world.f1", "fixed"), ("world.v0", "vec2"), ("world.v1", "vec2"), ("world.a0", "angle"),
                (f"world.row[{self.int(0)} % 5]", "int"), ("world.parts[1].n", "int"), ("world.parts[0].deep[1, 2]", "int"),
                (f"world.parts[{self.int(0)} % 3].f", "fixed"), ("world.parts[2].tiny", "int"))
        return self.pick(("part.n", "int"), ("part.tiny", "int"), ("part.f", "fixed"), ("part.deep[1, 0]", "int"))

    def statement(self, indent: str, depth: int) -> list[str]:
        form = self.pick("set", "set", "set", "augment", "local", "if", "for", "alias", "swap", "while")
        if form in ("if", "for", "while") and depth <= 0:
            form = "set"
        inside = indent + "    "
        match form:
            case "augment":
                place, kind = self.place()
                operators = {"int": "+-*^|", "fixed": "+-*", "vec2": "+-", "angle": "+-"}
                return [f"{indent}{place} {self.pick(*operators[kind])}= {self.value(kind, 2)}"]
            case "local" if indent == "    ":
                kind = self.pick("int", "fixed", "vec2", "angle", "bool")
                line = f"{indent}t{self.scope.fresh} = {self.value(kind, 2)}"
                self.scope.names[kind].append(f"t{self.scope.fresh}")
                self.scope.fresh += 1
                return [line]
            case "if":
                return [f"{indent}if {self.bool(2)}:", *self.statement(inside, depth - 1), f"{indent}else:",
                        *self.statement(inside, depth - 1)]
            case "for":
                bounds = self.pick("3", f"({self.int(1)}) & 7", "-4, 9, 5", "6, 0, -2")
                return [f"{indent}for i{depth} in range({bounds}):",
                        *self.statement(inside, depth - 1)]
            case "while":
                n = f"n{depth}_{self.scope.fresh}"
                self.scope.fresh += 1
                return [f"{indent}{n} = {self.int(1)} & 3", f"{indent}while {n} > 0:", f"{inside}{n} -= 1",
                        *self.statement(inside, depth - 1)]
            case "alias" if self.scope.helpers:
                return [f"{indent}other = world.parts[{self.int(0)} % 3]", f"{indent}other.n = {self.int(2)}",
                        f"{indent}world.parts[{self.int(0)} % 3] = other", f"{indent}other.f = {self.fixed(1)}"]
            case "swap" if self.scope.helpers:
                return [f"{indent}world.row[0], world.row[{self.int(0)} % 5] = world.row[4], {self.int(1)}"]
        place, kind = self.place()
        return [f"{indent}{place} = {self.value(kind, 3)}"]


@st.composite
def programs(draw: Any, statements: int = 25) -> str:
    """The source of a module with a `game`."""
    text = HEADER
    for i in range(2):
        writer = Writer(draw, part_scope())
        lines = [line for _ in range(3) for line in writer.statement("    ", 1)]
        text += f"@rs.sim\ndef helper_{i}(part, x):\n" + "\n".join(lines) + f"\n    return {writer.int(2)}\n\n\n"
    writer = Writer(draw, world_scope(["helper_0", "helper_1"]))
    lines = [line for _ in range(statements) for line in writer.statement("    ", 2)]
    return text + "def step(world, inputs, tick):\n" + "\n".join(lines) + "\n\n" + FOOTER


def pieces(module: Any) -> SimpleNamespace:
    """The game of an imported program, and its runners."""
    from rollstep.runner import Interpreted

    game = module.game
    ways = {way: game.runner(way, players=2, seed=5) for way in ("compiled", "checked", "interpreted")}
    return SimpleNamespace(game=game, ways=ways, checked=Interpreted(game, players=2, seed=5, checked=True))
