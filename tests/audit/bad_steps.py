"""Steps that must be refused: for each the rule, the body, words of the remedy, and which of its lines is the place.

The place is the last line of the body, the numbered one, or (-1) the first line of the helper that is named.
"""

PRELUDE = '''
import copy
import datetime
import enum
import functools
import hashlib
import heapq
import math
import os
import random
import secrets
import sys
import threading
import time
from decimal import Decimal
from math import sin as float_sin
from random import randint

import numba
import numpy as np

import rollstep as rs
from rollstep import Fixed, Vec2, cos, fx, sim, sin, sqrt

SPEED, WEIGHTS, TABLE, NAMES = 0.5, [1, 2], {1: 2}, {1}
BIG, DEEP, TEXT, NOTHING = 1 << 63, (1, (2, 0.5)), "text", object()
UNSIGNED, SMALL, SINGLE, GRID = np.uint64(5), np.int32(5), np.float32(0.5), np.zeros(4)
DICE, NUMPY_DICE, LOCK, PRICE = random.Random(1), np.random.default_rng(1), threading.Lock(), Decimal("0.5")
FACTOR = lambda x: x
LEVEL = 1

class Mood(enum.IntEnum):
    CALM = 0

class Plain(enum.Enum):
    ONE = 1

class Box:
    size = 1

@rs.struct
class World:
    n: rs.i64
    x: Fixed
    p: Vec2
    on: bool
    row: rs.Array[rs.i64] = rs.array(4)

@rs.struct
class Pad:
    buttons: rs.u8

def harder():
    global LEVEL
    LEVEL += 1

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
def with_list(world, amounts=[]):
    world.n = 1

@sim
def loops(world):
    back(world)

@sim
def back(world):
    loops(world)

@sim
def again(n):
    return again(n - 1)

@sim
def gathers(*worlds):
    pass

@sim
def names(world, *, amount):
    pass

@sim
def yields(world):
    yield world

@functools.cache
@sim
def cached(n):
    return n

@numba.njit
def compiled(n):
    return n

@numba.njit(fastmath=True)
def fast(n):
    return n

@numba.njit(parallel=True)
def spread(n):
    return n

def init(world, tick):
    world.n = 1
'''

# what is forbidden, its rule, the body of the step, words of what to write instead, the line when it is not the last
BODIES = [
    ("float literal", "float-literal", "world.x = 0.5", 'write fx("0.5")'),
    ("negative float", "float-literal", "world.x = -0.25", 'write fx("0.25")'),
    ("float in a call", "float-literal", "marked(world, 1.5)", 'write fx("1.5")'),
    ("float in fx", "float-literal", "world.x = fx(0.5)", 'write fx("0.5")'),
    ("bad text in fx", "fixed-literal", 'world.x = fx("abc")', "write a number such as"),
    ("fx out of range", "fixed-literal", 'world.x = fx("3000000000")', "is outside"),
    ("complex", "float-literal", "world.x = 1j", "cannot be in a step"),
    ("text", "text", 'world.x = "left"', 'text belongs in fx("...")'),
    ("bytes", "text", 'world.x = b"left"', "cannot be in a step"),
    ("ellipsis", "statement", "world.x = ...", "cannot be in a step"),
    ("int too big", "int-range", "world.n = 9223372036854775808", "does not fit a signed 64-bit integer"),
    ("int too small", "int-range", "world.n = -9223372036854775809", "does not fit a signed 64-bit integer"),
    ("dict", "dict", "best = {1: 2}", "keep values in the struct"),
    ("set", "set", "best = {1, 2}", "order differs between processes"),
    ("list", "list", "best = [1, 2]", "it allocates"),
    ("list comprehension", "list", "best = [i for i in range(3)]", "write a for loop"),
    ("set comprehension", "set", "best = {i for i in range(3)}", "write a for loop"),
    ("dict comprehension", "dict", "best = {i: i for i in range(3)}", "write a for loop"),
    ("generator", "generator", "best = max(i for i in range(3))", "write a for loop"),
    ("lambda", "inner-function", "best = lambda x: x", "marked @sim"),
    ("walrus", "statement", "if (n := world.n) > 1:\n    world.n = n", "a statement of its own", 1),
    ("f-string", "text", 'best = f"{world.n}"', "text is made while drawing"),
    ("try", "statement", "try:\n    world.n = 1\nexcept ValueError:\n    pass", "test the condition beforehand", 1),
    ("with", "statement", "with world:\n    pass", "with cannot be in a step", 1),
    ("import", "statement", "import math", "top of the module"),
    ("from import", "statement", "from math import sin", "top of the module"),
    ("global", "mutable-global", "global SPEED\nSPEED = 1", "keep the value in the struct", 1),
    ("inner function", "inner-function", "def inner():\n    pass", "mark them @sim", 1),
    ("inner class", "statement", "class Inner:\n    pass", "cannot be in a step", 1),
    ("match", "statement", "match world.n:\n    case 1:\n        pass", "write if and elif", 1),
    ("del", "statement", "n = 1\ndel n", "del cannot be in a step"),
    ("starred call", "arguments", "marked(*world.pair)", "each argument by itself"),
    ("starred target", "assignment", "first, *rest = world.pair", "assign to a name"),
    ("slice", "slice", "for n in world.row[1:2]:\n    pass", "write a for loop", 1),
    ("power", "power", "world.n = world.n ** 2", "write products out"),
    ("augmented power", "power", "world.n **= 2", "write products out"),
    ("matrix product", "power", "world.n = world.n @ 2", "write v.dot(w)"),
    ("is", "identity", "if world.n is None:\n    pass", "write == or !=", 1),
    ("is not", "identity", "if world.n is not None:\n    pass", "write == or !=", 1),
    ("in a variable", "membership", "if 1 in world.row:\n    pass", "write `x in (A, B)`", 1),
    ("in among comparisons", "membership", "if 0 < world.n in (1, 2):\n    pass", "a comparison of its own", 1),
    ("value compared twice", "evaluated-twice", "if 0 < value(world) < 9:\n    pass", "put it in a variable first", 1),
    ("value searched", "evaluated-twice", "if value(world) in (1, 2):\n    pass", "put it in a variable first", 1),
    ("loop into a field", "assignment", "for world.n in range(3):\n    pass", "counts in a plain name", 1),
    ("await", "generator", "world.n = yields(world)", "cannot yield", -1),
    ("raise computed text", "raise", "raise ValueError(world.n)", "constant text"),
    ("raise from", "raise", 'raise ValueError("x") from None', None),
    ("raise again", "raise", "raise", "write raise Kind"),
    ("raise no exception", "raise", "raise Box()", "not an exception class"),
    ("assert computed text", "raise", "assert world.n, world.n", "constant text"),
    ("unmarked helper", "unmarked", "unmarked(world)", "write @sim above it"),
    ("math.sin", "float-function", "world.x = math.sin(world.x)", "math.sin cannot be called in a step"),
    ("random", "random", "world.n = random.random()", "random() cannot be called|cannot be used|cannot be called"),
    ("randint", "random", "world.n = randint(1, 6)", "cannot be called|cannot be used|only modules"),
    ("time", "clock", "world.n = time.time()", "time.time cannot be called in a step"),
    ("os", "outside-world", "world.n = os.getpid()", "os.getpid (posix) cannot be called in a step"),
    ("print", "outside-world", "print(world.n)", "print() cannot be called"),
    ("hash", "hash-order", "world.n = hash(world.n)", "hash() cannot be called"),
    ("id", "hash-order", "world.n = id(world)", "id() cannot be called"),
    ("sorted", "allocation", "for n in sorted(world.row):\n    pass", "sorted() cannot be called", 1),
    ("sum", "foreign-call", "world.n = sum(world.row)", "sum() cannot be called"),
    ("round", "float-conversion", "world.n = round(world.x)", "use Fixed and int()"),
    ("float()", "float-conversion", "world.n = float(world.n)", "use Fixed and int()"),
    ("open", "outside-world", "open(1)", "open() cannot be called"),
    ("eval", "foreign-call", "eval(1)", "eval() cannot be called"),
    ("class", "foreign-call", "box = Box()", "cannot be called in a step"),
    ("min of one", "arguments", "world.n = min(world.row)", "two or more values"),
    ("min with a key", "arguments", "world.n = min(1, 2, key=abs)", "positional arguments"),
    ("int with a base", "arguments", "world.n = int(1, 2)", "takes one value"),
    ("keywords to the engine", "arguments", "world.p = Vec2(x=1, y=2)", "positional arguments"),
    ("keywords to a method", "arguments", "world.x = world.p.dot(other=world.p)", "plain arguments"),
    ("captured float", "float-constant", "world.x = SPEED", 'write SPEED = fx("0.5")'),
    ("captured list", "mutable-global", "world.n = WEIGHTS[0]", "which can change: use a tuple"),
    ("captured dict", "mutable-global", "world.n = TABLE[1]", "which can change: use a tuple"),
    ("captured set", "mutable-global", "for n in NAMES:\n    pass", "which can change: use a tuple", 1),
    ("captured big int", "int-range", "world.n = BIG", "does not fit a signed 64-bit integer"),
    ("captured float, deep", "float-constant", "world.n = DEEP[0]", "DEEP[1][1] = 0.5 is a float"),
    ("captured text", "text", "world.n = TEXT", "a step uses int, bool, Fixed"),
    ("captured object", "foreign-value", "world.n = NOTHING", "a step uses int, bool, Fixed"),
    ("captured function", "foreign-value", "world.n = marked", "is a function: call it"),
    ("captured module", "foreign-value", "world.n = math", "a step uses int, bool, Fixed"),
    ("captured lambda", "unmarked", "world.n = FACTOR(1)", "is not marked"),
    ("math.pi", "float-constant", "world.x = math.pi", "is a float"),
    ("attribute of a class", "foreign-value", "world.n = Box.size", "only modules and IntEnum classes"),
    ("a name that is not there", "name", "world.n = missing", "missing is not defined"),
    ("a member that is not there", "name", "world.n = Mood.WILD", "Mood.WILD does not exist"),
    ("default that is a float", "float-constant", "with_default(world)", "default amount = 0.5 is a float"),
    ("too few arguments", "arguments", "marked(world)", "missing a required argument: 'amount'"),
    ("too many arguments", "arguments", "marked(world, 1, 2)", "too many positional arguments"),
    ("unknown keyword", "arguments", "marked(world, amuont=2)", "unexpected keyword argument|missing a required argument"),
    ("double star", "arguments", "marked(world, **TABLE)", "missing a required argument|each argument by itself"),
    ("star parameter", "arguments", "gathers(world)", "plain positional arguments", -1),
    ("keyword-only parameter", "arguments", "names(world, amount=1)", "plain positional arguments", -1),
    ("recursion", "recursion", "loops(world)", "write a loop with a bound", -1),
    ("unset after an if", "unassigned", "if world.n > 0:\n    k = 5\nworld.n = k", "k may have no value here"),
    ("unset after a for loop", "unassigned", "for k in range(world.n):\n    pass\nworld.n = k", "k may have no value here"),
    ("unset after a while loop", "unassigned",
     "while world.n > 0:\n    k = 5\n    world.n -= 1\nworld.n = k", "k may have no value here"),
    ("unset on the way of one break", "unassigned",
     "while True:\n    if world.n:\n        break\n    k = 1\n    break\nworld.n = k", "k may have no value here"),
    ("counted before it is set", "unassigned", "k += 1", "k may have no value here"),
    ("the engine's own names", "source", "rs_add = world.n", "names that begin with rs_"),
    ("an int of a float", "float-conversion", "world.n = int(1.5)", 'int(fx("1.5"))'),
    ("an int of text", "float-conversion", 'world.n = int("3")', "write the whole number itself"),
    ("to_float", "float-conversion", "world.n = int(world.x.to_float())", "stay with Fixed"),
    ("scientific notation", "float-literal", "world.x = 1e3", 'write fx("1000")'),
    ("float in Vec2", "float-literal", "world.p = Vec2(0.5, 1)", 'write fx("0.5")'),
    ("float in Fixed", "float-literal", "world.x = Fixed(0.5)", 'write fx("0.5")'),
    ("division by zero in fx", "fixed-literal", 'world.x = fx("1/0")', "write a number such as"),
    ("math.sin by another name", "float-function", "world.x = float_sin(world.x)", "write rs.sin"),
    ("math.sqrt", "float-function", "world.x = math.sqrt(world.x)", "write rs.sqrt"),
    ("math.floor", "float-function", "world.n = math.floor(world.x)", "floor|int(x // 1)"),
    ("math.inf", "float-constant", "world.x = math.inf", 'write fx("2147483647")'),
    ("math.tau", "float-constant", "world.x = math.tau", 'write fx("6.28318530717959")'),
    ("np.cos", "float-function", "world.x = np.cos(world.x)", "write rs.cos"),
    ("np.abs", "float-function", "world.n = np.abs(world.n)", "write abs(x)"),
    ("np.pi", "float-constant", "world.x = np.pi", 'write fx("3.14159265358979")'),
    ("np.empty", "allocation", "a = np.empty(3)", "use an array field in the struct"),
    ("np.zeros", "allocation", "a = np.zeros(3)", "use an array field in the struct"),
    ("np.array", "allocation", "a = np.array((1, 2))", "use an array field in the struct"),
    ("np.random", "random", "world.n = np.random.randint(6)", "use rs.dice(tick, STREAM)"),
    ("np.uint64", "unsigned", "world.n = np.uint64(3)", "write a plain int"),
    ("np.int32", "numpy-value", "world.n = np.int32(3)", "write a plain int"),
    ("captured unsigned", "unsigned", "world.n = world.n + UNSIGNED", "write UNSIGNED = 5"),
    ("captured np.int32", "numpy-value", "world.n = SMALL", "write SMALL = 5"),
    ("captured np.float32", "float-constant", "world.x = SINGLE", 'write SINGLE = fx("0.5")'),
    ("captured NumPy array", "mutable-global", "world.n = GRID[0]", "use a tuple, or content"),
    ("a method of a captured list", "mutable-global", "WEIGHTS.append(1)", "use a tuple, or content"),
    ("a store into a captured list", "mutable-global", "WEIGHTS[0] = 1", "use a tuple, or content"),
    ("captured Decimal", "foreign-value", "world.x = PRICE", "a step uses int, bool, Fixed"),
    ("an int that a function changes", "mutable-global", "world.n = LEVEL", "is changed by `global LEVEL`"),
    ("random.choice", "random", "world.n = random.choice((1, 2))", "use rs.dice(tick, STREAM)"),
    ("random.shuffle", "random", "random.shuffle(world.row)", "use rs.dice(tick, STREAM)"),
    ("a generator of random numbers", "random", "world.n = DICE.randint(1, 6)", "use rs.dice(tick, STREAM)"),
    ("a generator of NumPy's", "random", "world.n = NUMPY_DICE.integers(6)", "use rs.dice(tick, STREAM)"),
    ("secrets", "random", "world.n = secrets.randbelow(6)", "use rs.dice(tick, STREAM)"),
    ("os.urandom", "random", "world.n = os.urandom(1)[0]", "use rs.dice(tick, STREAM)"),
    ("perf_counter_ns", "clock", "world.n = time.perf_counter_ns()", "count frames: tick.frame"),
    ("datetime.now", "clock", "world.n = datetime.datetime.now().second", "count frames: tick.frame"),
    ("sleep", "clock", "time.sleep(1)", "count frames: tick.frame"),
    ("hash of text", "hash-order", 'world.n = hash("left")', "it differs between processes"),
    ("hashlib", "foreign-call", 'world.n = hashlib.sha256(b"x").digest()[0]', "functions marked @sim"),
    ("environment", "foreign-value", 'world.n = os.environ["X"]', "a step sees its struct|a step uses int"),
    ("sys.maxsize", "outside-world", "world.n = sys.maxsize", "write the number"),
    ("a lock", "outside-world", "LOCK.acquire()", "do this while drawing or before the match"),
    ("a thread's number", "outside-world", "world.n = threading.get_ident()", "do this while drawing or before the match"),
    ("input", "outside-world", "world.n = input()", "read the inputs: inputs[player]"),
    ("objmode", "objmode", "with numba.objmode():\n    world.n = 1", "do it outside of the step", 1),
    ("prange", "parallel", "for i in numba.prange(3):\n    world.n += i", "plain for loop over range(n)", 1),
    ("njit helper", "foreign-njit", "world.n = compiled(world.n)", "write @sim instead of @njit"),
    ("fastmath helper", "fastmath", "world.n = fast(world.n)", "write @sim instead of @njit"),
    ("parallel helper", "parallel", "world.n = spread(world.n)", "write @sim instead of @njit"),
    ("cached helper", "mutable-global", "world.n = cached(1)", "mark the function with @sim alone"),
    ("direct recursion", "recursion", "world.n = again(3)", "write a loop with a bound", -1),
    ("text joined", "text", 'a = "a" + "b"', "text belongs in fx"),
    ("str()", "text", "a = str(world.n)", "make text while drawing"),
    ("list()", "list", "a = list(world.row)", "use an array in the struct, or a tuple"),
    ("dict()", "dict", "a = dict()", "keep values in the struct"),
    ("set()", "set", "for n in set((1, 2)):\n    pass", "the bits of an integer", 1),
    ("bytearray", "allocation", "a = bytearray(3)", "use an array in the struct"),
    ("a copy", "allocation", "a = copy.copy(world)", "use an array in the struct"),
    ("a heap", "allocation", "heapq.heappush(WEIGHTS, 1)", "use an array in the struct"),
    ("any", "foreign-call", "world.on = any((world.on, world.on))", "with `or`"),
    ("reversed", "foreign-call", "for n in reversed(world.row):\n    pass", "range(n - 1, -1, -1)", 1),
    ("map", "generator", "for n in map(abs, world.row):\n    pass", "write a for loop", 1),
    ("next", "generator", "world.n = next(iter(world.row))", "write a for loop with a break"),
    ("pow()", "power", "world.n = pow(world.n, 2)", "write the product out|rs.pow"),
    ("divmod", "foreign-call", "world.n = divmod(world.n, 2)[0]", "write a // b and a % b"),
    ("isinstance", "foreign-call", "if isinstance(world.n, int):\n    pass", "leave the test away", 1),
    ("getattr", "foreign-call", 'world.n = getattr(world, "n")', "name the field"),
    ("setattr", "foreign-call", 'setattr(world, "n", 3)', "name the field"),
    ("globals", "foreign-call", 'world.n = globals()["LEVEL"]', "functions marked @sim"),
    ("a plain enum", "foreign-value", "world.n = Plain.ONE", "enum.IntEnum"),
    ("an enum called", "foreign-call", "world.n = Mood(0)", "store it as it is"),
    ("a misspelt name", "name", "world.n = wrold.n", "did you mean world?"),
    ("a misspelt member", "name", "world.n = Mood.CAML", "did you mean CALM?"),
    ("a default that is a list", "mutable-global", "with_list(world)", "use a tuple, or content"),
    ("double star with all arguments", "arguments", "marked(world, 1, **TABLE)", "pass each argument by itself"),
    ("a lambda called", "call", "world.n = (lambda n: n)(3)", "call functions by name"),
    ("an iterator returned", "generator", "return zip(world.row, world.row)", "where the loop is"),
    ("int / int", "int-division", "world.n = world.n / 2", "write a // b, or fx(a) / b"),
    ("int /= int", "int-division", "world.n /= 2", "write a // b, or fx(a) / b"),
    ("a bool that may be an int, times a Fixed", "bool-as-int",
     "k = True if world.on else 5\nworld.x = k * fx(2)", "int(flag)"),
    ("a sum of Fixed that starts with 0", "mixed-kinds",
     "total = 0\nfor i in range(3):\n    total += world.x", "start total with fx(0)", 1),
    ("None on one way", "kind", "world.n = 1 if world.on else None", "return a value of one kind"),
    ("the memory behind a struct", "field", "world._memory[0] = 1", "it has n, x, p, on, row"),
    ("the layout of a struct", "field", "world.n = world.layout.size", "it has n, x, p, on, row"),
    ("a store into an input", "read-only", "inputs[0].buttons = 1", "a step changes its state alone"),
    ("a store into the tick", "read-only", "tick.frame += 1", "a step changes its state alone"),
    ("a Vec2 as a condition", "truth", "if world.p:\n    pass", "compare it", 1),
    ("a Fixed as an index", "index", "world.n = world.row[world.x]", "integer indices"),
    ("a field called", "method", "world.n = world.n()", "a field is read without parentheses"),
    ("an array called", "method", "world.n = world.row(3)", "a field is read without parentheses"),
    ("a method of an array", "method", "world.n = world.row.sum()", "a function is called by its name"),
    ("a method of an int", "method", "world.n = world.n.bit_length()", "did you mean length?"),
    ("a misspelt method", "method", "world.x = world.p.lenght()", "did you mean length?"),
    ("too many arguments of a method", "arguments", "world.x = world.p.length(1)", "length() takes 0 arguments, not 1"),
    ("a loop over an int", "loop", "for i in world.n:\n    pass", "range(n)", 1),
    ("a Vec2 unpacked", "unpacking", "x, y = world.p", "write x, y = v.x, v.y"),
    ("kinds returned", "kind", "world.on = world.n + world.p", "does not take"),
    ("a method that is not there", "method", "world.x = world.x.sqrt()", "it is a function, rs.sqrt(x)"),
    ("enumerate of nothing", "arguments", "for i, n in enumerate():\n    pass", "takes 1 to 2 arguments", 1),
    ("len of nothing", "arguments", "world.n = len()", "takes 1 arguments"),
    ("raise a field", "raise", "raise world.n", "not an exception class"),
    ("an element that a tuple does not have", "index", "world.n = (1, 2)[2]", "its first has the number 0"),
]
