"""The proof on types, shown on functions that never met the rewriter: what numba would compile, and the proof refuses."""

import ctypes
import math
import random

import numba
import numpy as np
import pytest
from numba import types

from rollstep import StepError
from rollstep.audit.types_lowering import prove_types, violations
from rollstep.compile import INNER_FLAGS, cache_folder, jit, native
from rollstep.fixed import fx
from rollstep.fixed.lowering import OPERATORS
from tests.games import box

ADD, MUL, LT = (OPERATORS["compiled"][name] for name in ("add", "mul", "lt"))
BIG = np.uint64(1 << 63)
TABLE = np.arange(4)
CLOCK = ctypes.CDLL(None).clock
CLOCK.restype, CLOCK.argtypes = ctypes.c_long, []


@numba.njit
def foreign(n):
    return n


@numba.njit(fastmath=True)
def fast(n):
    return n


@numba.njit(parallel=True)
def spread(n):
    for _ in numba.prange(n):
        pass
    return n


def float_literal(n):
    return int(n * 0.5)  # HERE


def division(n):
    return int(n / 2)  # HERE


def root(n):
    return int(math.sqrt(n))  # HERE


def pi(n):
    return int(math.pi)  # HERE


def float_moved(n):
    x = float(n)  # HERE
    return int(x)


def dice(n):
    return random.randint(0, 6)  # HERE


def numpy_dice(n):
    return np.random.randint(6)  # HERE


def clock(n):
    return CLOCK()  # HERE


def python_again(n):
    with numba.objmode(m="int64"):  # HERE
        m = n
    return ADD(m, 0)


def one_dict(n):
    d = {1: n}  # HERE
    return d[1]


def one_set(n):
    return len({n, 1})  # HERE


def one_list(n):
    values = [n]  # HERE
    values.append(2)
    return len(values)


def reflected(n):
    return max([n, 1])  # HERE


def comprehension(n):
    return len([i * i for i in range(n)])  # HERE


def text(n):
    return len(str(n))  # HERE


def text_compared(n):
    s = "a"  # HERE
    return n if s == "b" else 1


def hashed(n):
    return hash(n)  # HERE


def empty(n):
    return len(np.empty(n, np.int64))  # HERE


def frozen_array(n):
    return TABLE[n]  # HERE


def unsigned(n):
    return n if np.uint64(3) != BIG else 1  # HERE


def small(n):
    return np.int32(n)  # HERE


def foreign_helper(n):
    return foreign(n)  # HERE


def fast_helper(n):
    return fast(n)  # HERE


def parallel_helper(n):
    return spread(n)  # HERE


def own_plus(n):
    return n + 1  # HERE


def own_minus(n):
    return -n  # HERE


def augmented(n):
    n += 1  # HERE
    return n


def printed(n):
    print(n)  # HERE
    return n


def counted(n):
    yield n  # HERE


def summed(n):
    return sum((n, 1))  # HERE


def unset(n):
    if LT(n, 3):
        k = 5
    return k  # HERE


def unset_in_a_loop(n):
    for i in range(n):
        k = i
    return ADD(k, 1)  # HERE


def flag_times_fixed(n):
    k = True if LT(n, 3) else 5
    return int_of(MUL(k, HALF))  # HERE


def flag_returned(n):
    return int_of(MUL(bool_or_int(n), HALF))  # HERE


def flag_returned_from_a_variable(n):
    return int_of(MUL(bool_or_int_kept(n), HALF))  # HERE


def flag_in_a_tuple(n):
    pair = (True, 1) if LT(n, 3) else (5, 1)
    return int_of(MUL(pair[0], HALF))  # HERE


HALF = fx("0.5")


@jit
def bool_or_int(n):
    if LT(n, 3):
        return True
    return n


@jit
def bool_or_int_kept(n):
    k = True if LT(n, 3) else 5
    if LT(n, 2):
        k = 7
    return k


@jit
def int_of(x):
    return OPERATORS_INT(x)


OPERATORS_INT = OPERATORS["compiled"]["int_"]

REFUSED = {
    float_literal: "float-conversion", division: "numba-call", root: "float-function", pi: "float-conversion",
    float_moved: "float-conversion", dice: "random", numpy_dice: "random", clock: "numba-call", python_again: "objmode",
    one_dict: "dict", one_set: "set", one_list: "list", reflected: "list", comprehension: "list", text: "text",
    text_compared: "text", hashed: "hash-order", empty: "allocation", frozen_array: "allocation", unsigned: "unsigned",
    small: "numpy-value", foreign_helper: "foreign-njit", fast_helper: "fastmath", parallel_helper: "parallel",
    own_plus: "numba-call", own_minus: "numba-call", augmented: "numba-call", printed: "outside-world", counted: "generator",
    summed: "numba-call", unset: "unassigned", unset_in_a_loop: "unassigned", flag_times_fixed: "bool-as-int",
    flag_returned: "bool-as-int", flag_returned_from_a_variable: "bool-as-int", flag_in_a_tuple: "bool-as-int",
}


def typed(function):
    """What numba makes of a function of one int, whatever it is."""
    dispatcher = numba.njit(**INNER_FLAGS)(function)
    dispatcher.compile((types.int64,))
    return dispatcher


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", REFUSED, ids=lambda function: function.__name__)
def test_a_function_that_never_met_the_rewriter_is_refused_at_its_line(function):
    with pytest.raises(StepError) as caught:
        prove_types(typed(function), "raw")
    found = [(finding.rule, finding.line) for finding in caught.value.findings]
    lines = open(__file__).read().splitlines()
    first = function.__code__.co_firstlineno
    here = next(n for n in range(first, first + 9) if "# HERE" in lines[n - 1])
    assert (REFUSED[function], here) in found, str(caught.value)
    assert all(finding.file == __file__ for finding in caught.value.findings)


ACCEPTED_TOTAL = (1, (2, True))


def accepted(n):
    k = True if LT(n, 3) else 5
    if k and bool_or_int(n):
        n = ADD(n, k)
    for i in range(n):
        for j, weight in enumerate((3, 4)):
            n = ADD(n, ADD(ADD(i, j), weight))
    if ACCEPTED_TOTAL[1][1]:
        return n
    raise ValueError


def test_operators_of_the_engine_loops_and_tuples_are_accepted_and_a_bool_counts_as_the_int_that_it_is():
    prove_types(typed(accepted), "raw")


def test_the_proof_walks_through_every_helper():
    deep = jit(float_literal)

    @jit
    def middle(n):
        return deep(n)

    found = list(violations(typed(lambda n: middle(n)), "raw"))
    assert {finding.line for finding in found} == {float_literal.__code__.co_firstlineno + 1}


def test_a_function_that_was_not_compiled_has_no_proof():
    assert [finding.rule for finding in violations(jit(accepted), "raw")] == ["numba-call"]


def test_what_the_proof_refuses_is_never_cached():
    def build():
        raw = jit(float_literal)
        return lambda n: raw(n)
    with pytest.raises(StepError, match=r"test_types.py:\d+: .*\[float-conversion\]"):
        native("refused", 1, "float_literal", build, prove_types=prove_types)
    assert not list(cache_folder().glob("refused-*"))


def test_the_games_of_the_tests_pass_in_every_compiled_way(monkeypatch, tmp_path):
    from rollstep.audit import types_lowering
    from rollstep.runner import compiled_init, compiled_step

    seen = []

    def recording(dispatcher, name):
        seen.append((name, list(violations(dispatcher, name))))
    monkeypatch.setenv("ROLLSTEP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(types_lowering, "prove_types", recording)
    compiled_step.cache_clear()
    for way in ("compiled", "checked"):
        compiled_step(box.game, way)
    compiled_init(box.game)
    compiled_step.cache_clear()
    assert seen == [("step-box-compiled", []), ("step-box-checked", []), ("init-box-compiled", [])]
