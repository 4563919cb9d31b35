"""What could differ between peers and shows in the source is refused, with the file, the line and what to write instead."""

import pickle

import pytest

from rollstep import StepError, UsageError
from rollstep.game import LANGUAGE
from rollstep.source import Program
from tests.source.written import imported


def test_every_place_is_told_at_once_in_the_order_of_the_lines(tmp_path):
    module = imported(tmp_path, """
        import math
        from rollstep import sim

        @sim
        def helper(world):
            world.x = math.sin(world.x)
            return [1]

        def step(world, inputs, tick):
            if world.n > 0.5:
                world.n = 1
            world.n = helper(world) + hash(1)
            for i in range(3):
                world.n = {}
                world.n += 1.5
    """)
    with pytest.raises(StepError) as caught:
        Program([module.step], LANGUAGE)
    error = caught.value
    assert [(f.line, f.rule) for f in error.findings] == [(7, "float-function"), (8, "list"), (11, "float-literal"),
                                                          (13, "hash-order"), (15, "dict"), (16, "float-literal")]
    assert str(error).splitlines() == [f"{f.file}:{f.line}: {f.message} [{f.rule}]" for f in error.findings]
    assert (error.rule, error.line) == ("float-function", 7)
    again = pickle.loads(pickle.dumps(error))
    assert again.findings == error.findings and str(again) == str(error)


def test_a_variable_of_a_refused_statement_is_not_told_as_unset_too(tmp_path):
    module = imported(tmp_path, """
        def step(world, inputs, tick):
            if (n := world.n) > 1:
                world.n = n
    """)
    with pytest.raises(StepError) as caught:
        Program([module.step], LANGUAGE)
    assert len(caught.value.findings) == 1


BOUNDED = [
    "i = 0\nwhile i < 8:\n    i += 1",
    "i = 0\nwhile i < LIMIT and world.n:\n    i += 2",
    "i = 0\nwhile i <= len(world.row):\n    i += 1",
    "n = world.n\nwhile n > 0:\n    n >>= 1",
    "n = world.n\nwhile n > 0:\n    n //= 2",
]
UNBOUNDED = [
    "while True:\n    if world.n:\n        break",
    "while world.n > 0:\n    world.n -= 1",
    "i = 0\nwhile i < 8:\n    i -= 1",
    "i = 0\nwhile i < 8:\n    if world.n:\n        i += 1",
    "i = 0\nwhile i < 8:\n    if world.n:\n        continue\n    i += 1",
    "i = 0\nwhile i < world.n:\n    i += 1",
    "i = 0\nwhile i < 8:\n    i += 1\n    i = 0",
    "n = world.n\nwhile n != 0:\n    n >>= 1",
    "n = world.n\nwhile n > 0:\n    n //= 1",
]


@pytest.mark.parametrize("body", BOUNDED + UNBOUNDED)
def test_a_while_loop_that_nothing_bounds_is_a_warning_at_its_line(body, tmp_path):
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    program = Program([imported(tmp_path, f"LIMIT = 3\ndef step(world, inputs, tick):\n{lines}").step], LANGUAGE)
    loop = next(n for n, line in enumerate(body.split("\n"), 3) if line.startswith("while"))
    assert [(w.rule, w.line) for w in program.warnings] == ([] if body in BOUNDED else [("unbounded-while", loop)])


def test_what_wraps_a_function_is_a_warning(tmp_path):
    program = Program([imported(tmp_path, """
        import functools
        from rollstep import sim

        def logged(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)
            return wrapper

        @logged
        @sim
        def helper(world):
            world.n = 1

        def step(world, inputs, tick):
            helper(world)
    """).step], LANGUAGE)
    assert [(w.rule, w.line) for w in program.warnings] == [("decorator", 11)]
    assert "helper without what wraps it" in program.warnings[0].message


def test_a_forgotten_mark_says_where_the_function_is(tmp_path):
    module = imported(tmp_path, """
        def helper(world):
            world.n = 1

        def step(world, inputs, tick):
            helper(world)
    """)
    with pytest.raises(StepError, match=r"helper \(.*\.py:2\) is not marked: write @sim above it") as caught:
        Program([module.step], LANGUAGE)
    assert caught.value.line == 6


def test_a_wrong_number_of_arguments_says_what_the_function_wants_and_where_it_is(tmp_path):
    module = imported(tmp_path, """
        from rollstep import sim

        @sim
        def helper(world, amount):
            world.n = amount

        def step(world, inputs, tick):
            helper(world)
    """)
    with pytest.raises(StepError, match=r"'amount'; it is helper\(world, amount\), at .*\.py:4 \[arguments\]") as caught:
        Program([module.step], LANGUAGE)
    assert caught.value.line == 9


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
