"""What could differ between peers and shows in the source is refused, with the file, the line and what to write instead."""

import pytest

from rollstep import StepError, UsageError
from rollstep.game import LANGUAGE
from rollstep.source import Program
from tests.source.written import imported

PRELUDE = """
import enum
import math
import os
import random
import time
from random import randint
import rollstep as rs
from rollstep import Fixed, Vec2, cos, fx, sim, sin, sqrt

SPEED, WEIGHTS, TABLE, NAMES = 0.5, [1, 2], {1: 2}, {1}
BIG, DEEP, TEXT, NOTHING = 1 << 63, (1, (2, 0.5)), "text", object()
FACTOR = lambda x: x

class Mood(enum.IntEnum):
    CALM = 0

class Box:
    size = 1

def unmarked(world):
    world.n = 1

@sim
def marked(world, amount):
    world.n = amount

@sim
def value(world):
    world.n += 1
    return world.n

@sim
def with_default(world, amount=0.5):
    world.n = amount

@sim
def loops(world):
    back(world)

@sim
def back(world):
    loops(world)

@sim
def gathers(*worlds):
    pass

@sim
def names(world, *, amount):
    pass

@sim
def yields(world):
    yield world
"""

# what is forbidden, the body of the step (its last line is the offender, or the one marked HERE), words of the hint
BODIES = [
    ("float literal", "world.x = 0.5", 'write fx("0.5")'),
    ("negative float", "world.x = -0.25", 'write fx("0.25")'),
    ("float in a call", "marked(world, 1.5)", 'write fx("1.5")'),
    ("float in fx", "world.x = fx(0.5)", 'write fx("0.5")'),
    ("bad text in fx", 'world.x = fx("abc")', "write a number such as"),
    ("fx out of range", 'world.x = fx("3000000000")', "is outside"),
    ("complex", "world.x = 1j", "cannot be in a step"),
    ("text", 'world.x = "left"', 'text belongs in fx("...")'),
    ("bytes", 'world.x = b"left"', "cannot be in a step"),
    ("ellipsis", "world.x = ...", "cannot be in a step"),
    ("int too big", "world.n = 9223372036854775808", "does not fit a signed 64-bit integer"),
    ("int too small", "world.n = -9223372036854775809", "does not fit a signed 64-bit integer"),
    ("dict", "best = {1: 2}", "keep values in the struct"),
    ("set", "best = {1, 2}", "order differs between processes"),
    ("list", "best = [1, 2]", "it allocates"),
    ("list comprehension", "best = [i for i in range(3)]", "write a for loop"),
    ("set comprehension", "best = {i for i in range(3)}", "write a for loop"),
    ("dict comprehension", "best = {i: i for i in range(3)}", "write a for loop"),
    ("generator", "best = max(i for i in range(3))", "write a for loop"),
    ("lambda", "best = lambda x: x", "marked @sim"),
    ("walrus", "if (n := world.n) > 1:\n    world.n = n", "a statement of its own", 1),
    ("f-string", 'best = f"{world.n}"', "text is made while drawing"),
    ("try", "try:\n    world.n = 1\nexcept ValueError:\n    pass", "test the condition beforehand", 1),
    ("with", "with world:\n    pass", "with cannot be in a step", 1),
    ("import", "import math", "top of the module"),
    ("from import", "from math import sin", "top of the module"),
    ("global", "global SPEED\nSPEED = 1", "keep the value in the struct", 1),
    ("inner function", "def inner():\n    pass", "mark them @sim", 1),
    ("inner class", "class Inner:\n    pass", "cannot be in a step", 1),
    ("match", "match world.n:\n    case 1:\n        pass", "write if and elif", 1),
    ("del", "n = 1\ndel n", "del cannot be in a step"),
    ("starred call", "marked(*world.pair)", "each argument by itself"),
    ("starred target", "first, *rest = world.pair", "assign to a name"),
    ("slice", "for n in world.row[1:2]:\n    pass", "write a for loop", 1),
    ("power", "world.n = world.n ** 2", "write products out"),
    ("augmented power", "world.n **= 2", "write products out"),
    ("matrix product", "world.n = world.n @ 2", "write products out"),
    ("is", "if world.n is None:\n    pass", "write == or !=", 1),
    ("is not", "if world.n is not None:\n    pass", "write == or !=", 1),
    ("in a variable", "if 1 in world.row:\n    pass", "write `x in (A, B)`", 1),
    ("in among comparisons", "if 0 < world.n in (1, 2):\n    pass", "a comparison of its own", 1),
    ("value compared twice", "if 0 < value(world) < 9:\n    pass", "put it in a variable first", 1),
    ("value searched", "if value(world) in (1, 2):\n    pass", "put it in a variable first", 1),
    ("loop into a field", "for world.n in range(3):\n    pass", "counts in a plain name", 1),
    ("await", "world.n = yields(world)", "cannot yield", -1),
    ("raise computed text", "raise ValueError(world.n)", "constant text"),
    ("raise from", 'raise ValueError("x") from None', None),
    ("raise again", "raise", "write raise Kind"),
    ("raise no exception", "raise Box()", "not an exception class"),
    ("assert computed text", "assert world.n, world.n", "constant text"),
    ("unmarked helper", "unmarked(world)", "write @sim above it"),
    ("math.sin", "world.x = math.sin(world.x)", "math.sin cannot be called in a step"),
    ("random", "world.n = random.random()", "random() cannot be called|cannot be used|cannot be called"),
    ("randint", "world.n = randint(1, 6)", "cannot be called|cannot be used|only modules"),
    ("time", "world.n = time.time()", "time.time cannot be called in a step"),
    ("os", "world.n = os.getpid()", "os.getpid (posix) cannot be called in a step"),
    ("print", "print(world.n)", "print() cannot be called"),
    ("hash", "world.n = hash(world.n)", "hash() cannot be called"),
    ("id", "world.n = id(world)", "id() cannot be called"),
    ("sorted", "for n in sorted(world.row):\n    pass", "sorted() cannot be called", 1),
    ("sum", "world.n = sum(world.row)", "sum() cannot be called"),
    ("round", "world.n = round(world.x)", "use Fixed and int()"),
    ("float()", "world.n = float(world.n)", "use Fixed and int()"),
    ("open", "open(1)", "open() cannot be called"),
    ("eval", "eval(1)", "eval() cannot be called"),
    ("class", "box = Box()", "cannot be called in a step"),
    ("min of one", "world.n = min(world.row)", "two or more values"),
    ("min with a key", "world.n = min(1, 2, key=abs)", "positional arguments"),
    ("int with a base", "world.n = int(1, 2)", "takes one value"),
    ("keywords to the engine", "world.p = Vec2(x=1, y=2)", "positional arguments"),
    ("keywords to a method", "world.x = world.p.dot(other=world.p)", "plain arguments"),
    ("captured float", "world.x = SPEED", 'write SPEED = fx("0.5")'),
    ("captured list", "world.n = WEIGHTS[0]", "which can change: use a tuple"),
    ("captured dict", "world.n = TABLE[1]", "which can change: use a tuple"),
    ("captured set", "for n in NAMES:\n    pass", "which can change: use a tuple", 1),
    ("captured big int", "world.n = BIG", "does not fit a signed 64-bit integer"),
    ("captured float, deep", "world.n = DEEP[0]", "DEEP[1][1] = 0.5 is a float"),
    ("captured text", "world.n = TEXT", "a step uses int, bool, Fixed"),
    ("captured object", "world.n = NOTHING", "a step uses int, bool, Fixed"),
    ("captured function", "world.n = marked", "is a function: call it"),
    ("captured module", "world.n = math", "a step uses int, bool, Fixed"),
    ("captured lambda", "world.n = FACTOR(1)", "is not marked"),
    ("math.pi", "world.x = math.pi", "is a float"),
    ("attribute of a class", "world.n = Box.size", "only modules and IntEnum classes"),
    ("a name that is not there", "world.n = missing", "missing is not defined"),
    ("a member that is not there", "world.n = Mood.WILD", "Mood.WILD does not exist"),
    ("default that is a float", "with_default(world)", "default amount = 0.5 is a float"),
    ("too few arguments", "marked(world)", "missing a required argument: 'amount'"),
    ("too many arguments", "marked(world, 1, 2)", "too many positional arguments"),
    ("unknown keyword", "marked(world, amuont=2)", "unexpected keyword argument|missing a required argument"),
    ("double star", "marked(world, **TABLE)", "missing a required argument|each argument by itself"),
    ("star parameter", "gathers(world)", "plain positional arguments", -1),
    ("keyword-only parameter", "names(world, amount=1)", "plain positional arguments", -1),
    ("recursion", "loops(world)", "write a loop with a bound", -1),
    ("unset after an if", "if world.n > 0:\n    k = 5\nworld.n = k", "k may have no value here"),
    ("unset after a for loop", "for k in range(world.n):\n    pass\nworld.n = k", "k may have no value here"),
    ("unset after a while loop", "while world.n > 0:\n    k = 5\n    world.n -= 1\nworld.n = k", "k may have no value here"),
    ("unset on the way of one break",
     "while True:\n    if world.n:\n        break\n    k = 1\n    break\nworld.n = k", "k may have no value here"),
    ("counted before it is set", "k += 1", "k may have no value here"),
    ("the engine's own names", "rs_add = world.n", "names that begin with rs_"),
]


@pytest.mark.parametrize("row", BODIES, ids=[row[0] for row in BODIES])
def test_it_is_refused_at_its_line_with_what_to_write(row, tmp_path):
    _, body, hint, *where = row
    lines = body.split("\n")
    text = f"{PRELUDE}\n\ndef step(world, inputs, tick):\n    world.n = 1\n" + "".join(f"    {line}\n" for line in lines)
    module = imported(tmp_path, text)
    with pytest.raises(StepError) as caught:
        Program([module.step], LANGUAGE)
    place, _, message = str(caught.value).partition(": ")
    file, _, line = place.rpartition(":")
    assert file == module.__file__
    assert hint is None or any(words in message for words in hint.split("|")), message
    offender = where[0] if where else len(lines)
    if offender > 0:                                     # -1: the line is that of a helper, checked below
        total = text.count("\n") - len(lines)
        assert int(line) == total + offender
    else:
        assert text.split("\n")[int(line) - 1].startswith(("def ", "@sim", "FACTOR"))


def test_a_function_that_was_never_in_a_file_is_refused():
    namespace: dict = {}
    exec("def step(world, inputs, tick):\n    pass", namespace)
    with pytest.raises(StepError, match="must be written in a file"):
        Program([namespace["step"]], LANGUAGE)


def test_what_is_no_function_is_refused():
    class Callable:
        def __call__(self, world, inputs, tick):
            pass

    for thing in (Callable(), len, 3):
        with pytest.raises(UsageError, match="is not a Python function"):
            Program([thing], LANGUAGE)


def test_a_captured_variable_of_an_outer_function_is_looked_at_too():
    speed = 0.5

    def step(world, inputs, tick):
        world.x = speed
    with pytest.raises(StepError, match=r'speed = 0\.5 is a float'):
        Program([step], LANGUAGE)


def test_nonlocal_is_refused():
    count = 0

    def step(world, inputs, tick):
        nonlocal count
        count += 1
    with pytest.raises(StepError, match="keep the value in the struct"):
        Program([step], LANGUAGE)
    assert count == 0
