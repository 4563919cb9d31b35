"""What an author may write: every idiom passes, and runs three ways alike."""

import pytest

import rollstep as rs
from tests.source.written import package

FAR = """
    from rollstep import Vec2
    FAR = 99
    DEEP = Vec2(1, 2)
"""

GAME = '''
from __future__ import annotations
import enum, functools
import rollstep as rs
from rollstep import Fixed, Vec2, cos, fx, sim, sin, sqrt
import {far} as other

K = 7
TRIPLE = (1, 2, 3)
TABLE2 = ((1, 2), (3, 4))
MAXI = (1 << 63) - 1

class Mood(enum.IntEnum):
    CALM = 0
    ANGRY = 1

class Keys(enum.IntFlag):
    LEFT = 1
    RIGHT = 2

class Broken(Exception):
    pass

@rs.struct
class Body:
    pos: Vec2
    hp: rs.i16

@rs.struct
class World:
    n: rs.i64
    x: Fixed
    p: Vec2
    on: bool
    mood: Mood
    cells: rs.Array[rs.i64] = rs.array(4)
    grid: rs.Array[rs.i32] = rs.array(2, 3)
    bodies: rs.Array[Body] = rs.array(3)

@rs.struct
class Pad:
    buttons: rs.u8

def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper

@sim
def with_defaults(world, a=1, b=K, c=Mood.ANGRY):
    return a + b * 10 + c * 100 + world.n
@sim
def divided(a: int, b: int) -> tuple[int, int]:
    """Both."""
    return a // b, a % b
@sim
def nothing(world): pass
@logged
@sim
def wrapped(world): return world.n + 1
@sim
def clamp(value, low, high):
    return max(low, min(value, high))
@sim
def choose(world):
    if world.n & 1:
        return Mood.ANGRY
    return Mood.CALM
@sim
def sum_of(cells):
    total = 0
    for c in cells:
        total += c
    return total
@sim
def move(body, by):
    body.pos += by
    if body.hp > 0:
        body.hp -= 1
    return
@sim
def first_free(world):
    for i, c in enumerate(world.cells):
        if c == 0:
            return i
    return -1
@sim
def early(n):
    if n > 10: return 10
    if n < 0: return 0
    return n
@sim
def nested_ret(world):
    return (world.x, early(world.n))

@sim
def wants(world):
    return world.n > 0 and (world.n & 4 or (world.n & 1 and world.n & 2))

def init(world, tick):
    world.n = 2
    world.x = fx("1.5")
    world.p = Vec2(3, fx("-0.25"))
    for i in range(4):
        world.cells[i] = i * i - 2
    for i, body in enumerate(world.bodies):
        body.pos = Vec2(i, -i)
        body.hp = 10 + i
'''

# the bodies of steps, an empty line between two
IDIOMS = '''
world.n = K

world.n = closure_k

world.n = with_defaults(world, b=3) + with_defaults(world, 1, c=2)

a, b, c = TRIPLE
world.n = a + b + c

(a, b), c = (1, 2), 3
world.n = a + b + c

for i, c in enumerate(world.cells):
    world.n += c + i

for i, c in enumerate(world.cells, 5):
    world.n += c + i

for a, b in zip(world.cells, TRIPLE):
    world.n += a * b

for i, (a, b) in enumerate(zip(world.cells, TRIPLE)):
    world.n += a * b + i

q, r = divided(world.n, 3)
world.n = q + r

i = 0
while True:
    i += 1
    if i > 5:
        break
world.n = i

world.on = 0 < world.n < 10

world.on = 0 <= world.n < world.cells[0] <= 10

world.n = 3 if world.on else 4

world.n = 3 if world.on else 4 if world.n > 2 else 5

world.n = Mood.ANGRY

world.on = world.n == Mood.CALM

world.n = other.FAR

world.n = other.DEEP.x.raw

n: int = 3
world.n = n

"""doc"""
world.n = 1

for c in world.cells:
    if c == 3:
        break
else:
    world.n = 7

while world.n < 3:
    world.n += 1
else:
    world.on = True

world.cells[0], world.cells[1] = world.cells[1], world.cells[0]

i, j = 1, 2
world.cells[i], world.cells[j] = world.cells[j], world.cells[i]

world.grid[1, 2] += 3
world.grid[1][0] -= 2

for row in world.grid:
    for v in row:
        world.n += v

world.bodies[1].pos += Vec2(1, fx("0.5"))

world.bodies[world.n].hp -= 1

b = world.bodies[0]
b.hp += 3
b.pos = Vec2(b.pos.x, 0)

world.bodies[0] = world.bodies[1]

world.bodies[0], world.bodies[1] = world.bodies[1], world.bodies[0]

world.on = not world.on and (world.n > 3 or world.n < -3) or not world.n

world.on = world.n & 1

world.n = (world.n << 3) ^ ~world.n & 0xFF | 1

world.n = world.n & -world.n

world.n = max(1, world.n, 3, 4) + min(1, 2, world.n)

world.x = max(world.x, fx("0.5"), 1)

if world.n in (1, 2, Mood.ANGRY):
    world.n = 0

if world.n not in (Mood.CALM, 5):
    world.n += 1

assert world.n >= 0, "never below zero"

if world.n > 1000000:
    raise ValueError("too much")

if world.n > 1000000:
    raise Broken

nothing(world)
pass

world.n = abs(-3) + abs(world.n) + int(world.x) + bool(world.n)

world.n = int(True) + True

if world.n > 4:
    return
world.n += 1

for i in range(3):
    if i == 1:
        continue
    world.n += i

for i in range(10, 0, -3):
    world.n += i

for _ in range(3):
    world.n += 1

world.n += len(world.cells) + len(TRIPLE) + len(inputs)

for p in range(tick.players):
    if inputs[p].buttons & 1:
        world.n += 1

world.n = TRIPLE[1] + TABLE2[1][0] + TRIPLE[world.n & 1]

for lo, hi in TABLE2:
    world.n += lo * hi

world.x += world.x * fx("0.25") / 3 - world.n

world.x = -world.x // 2 % 3

v = world.p
world.p += Vec2(1, 1)
world.x = v.x - world.p.x

world.n = wrapped(world)

world.n = clamp(world.n, low=0, high=9)

world.n = tick.frame % 60 + tick.seed % 7

world.n = 1_000_000 + 0x10 + 0b11 + 0o7

world.x = fx(world.n) + Fixed(2) + Fixed.from_raw(5)

world.on = world.p == Vec2(0, 0)

world.on = True if world.x else False

if world.x:
    world.n = 1

k = 0
for i in range(4):
    k |= 1 << i
    k ^= i
    k &= 0xFF
    k <<= 1
    k >>= 1
    k //= 1
    k %= 1000
    k *= 3
world.n = k

mood = world.mood
world.mood = Mood.ANGRY if mood == Mood.CALM else Mood.CALM

world.mood = choose(world)

e = enumerate(world.cells)
for i, c in e: world.n += c

r = range(3)
for i in r: world.n += i

hit = False
for c in world.cells:
    if c > 2:
        hit = True
if hit:
    world.n = 1

best = -1
for i in range(4):
    if best < 0 or world.cells[i] > world.cells[best]:
        best = i
world.n = best

best = None
world.n = 3

world.n += world.on

world.n = world.cells[True]

world.n = Mood.ANGRY.value

world.n = sum_of(world.cells)

move(world.bodies[0], world.p)

pair = (world.n, world.x)
world.n = pair[0]
world.x = pair[1]

pair = (1, 2)
a, b = pair
world.n = a - b

for body in world.bodies:
    body.hp -= 1
    if body.hp < -3: body.hp = 100

for a in range(3):
    for b in range(a):
        if a == b: break
        world.n += a * b

not_used = inputs[0]
world.n = not_used.buttons

world.n = (world.n + 1) % len(world.cells)

global_like = fx("1/60")
world.x += global_like

world.x = sqrt(abs(world.x)) + sin(world.x) + cos(world.x)

if world.on: pass
elif world.n > 2: world.n = 1
else: world.n = 2

world.n = Keys.LEFT | Keys.RIGHT

a = world.n; b = a + 1; world.n = b

world.n = -(-world.n // 2)

world.n = +world.n

world.n = world.n > 2

world.n = (world.n > 2) + (world.n > 3) * 2

world.n = first_free(world)

world.x, world.n = fx(1), 2

world.bodies[0].pos, world.bodies[1].pos = world.bodies[1].pos, world.bodies[0].pos

world.n = Keys.RIGHT.value

done = world.n > 3
while not done:
    world.n += 1
    done = world.n > 3

step_by = 2
for i in range(0, 8, step_by): world.n += i

for i in range(world.n & 3): world.n += i

for i in range(len(world.cells) - 1, -1, -1): world.n += world.cells[i]

world.n = early(world.n)

x = fx(0)
for b in world.bodies:
    x += b.pos.x
world.x = x

del_me = 3
world.n = del_me

world.n = nested_ret(world)[1]

world.n = MAXI

world.n = -9223372036854775808

x = y = world.n % 1000 + 1
world.n = x * y

world.p = Vec2(1, 2) * (world.x % 3)
world.x = world.p.dot(world.p) + world.p.length()

for p in range(tick.players):
    if inputs[p].buttons & Keys.RIGHT:
        world.n += 1

k = True if world.on else 5
world.n += k

world.n = world.n if world.on else True

low, high = min(world.n, 3), max(world.n, 3)
world.n = low * high

world.n, world.x = world.n + 1, world.x + world.n

for body in world.bodies:
    for other_body in world.bodies:
        if body.pos != other_body.pos:
            body.hp += 1

if world.n > 2: return
else: world.n += 5
world.n += 7

for i in range(4):
    for j in range(3 - i):
        if world.cells[j] < world.cells[j + 1]:
            world.cells[j], world.cells[j + 1] = world.cells[j + 1], world.cells[j]

facing = -1 if world.x < 0 else 1
world.x += facing * fx("0.25")

world.bodies[tick.frame % len(world.bodies)].hp = world.n & 0x7F

if wants(world):
    world.n += 2
world.n += 1

dice = rs.dice(tick, 3)
world.n = dice.integer(0, 1, 6)
if dice.chance(1, fx("0.5")):
    world.x = dice.fixed(2, 0, 1)

rs.dice(tick, Mood.ANGRY).shuffle(world.cells)

world.n = rs.Random(tick.seed, tick.frame, 4).choice(world.n, TRIPLE)

angle = rs.Angle.degrees(30) + rs.Angle.turns(fx("0.25")) * world.n
world.p = Vec2(cos(angle), sin(angle)) * 2

world.x = rs.lerp(world.x, fx(3), fx("0.5")) + rs.clamp(world.x, 0, 1) + rs.sign(world.x)

world.n = rs.floor(world.x) + rs.ceil(world.x) + rs.round(world.x)

if world.p.within(Vec2(0, 0), 3):
    world.p = world.p.normalized() * 4
world.x = world.p.distance(Vec2(1, 1))
'''.strip().split("\n\n")


@pytest.fixture(scope="module")
def three_ways(tmp_path_factory):
    """The states of each idiom after eight frames: one step plays them all, the frame says which."""
    folder = tmp_path_factory.mktemp("idioms")
    text = GAME
    for i, body in enumerate(IDIOMS):
        lines = "".join(f"        {line}\n" for line in body.split("\n"))
        text += f"\ndef made_{i}():\n    closure_k = 11\n    @sim\n    def idiom(world, inputs, tick):\n{lines}"
        text += f"    return idiom\nidiom_{i} = made_{i}()\n"
    text += "\ndef step(world, inputs, tick):\n    which = tick.frame // 8\n"
    text += "".join(f"    if which == {i}:\n        idiom_{i}(world, inputs, tick)\n" for i in range(len(IDIOMS)))
    made = package(folder, far=FAR, game=text)["game"]
    game = rs.Game("idioms", state=made.World, input=made.Pad, players=2, init=made.init, step=made.step)
    return {way: [states(game, way, i) for i in range(len(IDIOMS))] for way in ("compiled", "checked", "interpreted")}, game


def states(game, way, which):
    runner = game.runner(way, players=2, seed=3)
    state = runner.start()
    seen = [bytes(state)]
    for frame in range(which * 8, which * 8 + 8):
        runner.step(state, bytes([frame % 4, 2]), frame)
        seen.append(bytes(state))
    return seen


@pytest.mark.parametrize("which", range(len(IDIOMS)), ids=[body.split("\n")[0] for body in IDIOMS])
def test_it_passes_and_runs_three_ways_alike(which, three_ways):
    runs, _ = three_ways
    assert runs["compiled"][which] == runs["checked"][which] == runs["interpreted"][which]


def test_there_are_many_of_them_and_most_move_the_world(three_ways):
    runs, game = three_ways
    moving = sum(len(set(seen)) > 1 for seen in runs["interpreted"])
    assert len(IDIOMS) >= 100 and moving > 0.8 * len(IDIOMS)
    assert {warning.rule for warning in game.program.warnings} == {"unbounded-while", "decorator"}
