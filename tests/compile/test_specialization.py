"""What is compiled how often: every function costs 40 ms."""

from __future__ import annotations

import numba
from numba import types

from rollstep.compile import ENTRY_FLAGS, jit
from rollstep.fixed import kernels
from rollstep.fixed.lowering import _built
from rollstep.inner_lowering import Inner


def test_a_helper_that_is_called_with_two_constants_is_compiled_once():
    @jit
    def double(number):
        return number * 2

    calls = Inner(lambda: double(3) + double(4), ENTRY_FLAGS).entry((), types.int64)
    assert calls.entry_point() == 14
    assert len(double.overloads) == 1


def test_a_function_that_numba_compiles_itself_is_not_bound_to_the_engines_own_of_the_same_name():
    sine, cosine, slow, turns, rounded = (_built(kernels)[f] for f in (
        kernels.sine, kernels.cosine, kernels.sine_of_turns, kernels.turns, kernels.rounded_sine))

    def counted(n):                             # calls enough that not all are inlined
        found = 0
        for i in range(n):
            raw = i * 4_000_037
            if sine(raw) != rounded(slow(turns(raw))):
                found += 1
            found += (cosine(raw) & 0) + (cosine(raw + 1) & 0)
        return found
    results = set()
    for _ in range(3):
        results.add(Inner(counted, ENTRY_FLAGS).entry((types.int64,), types.int64).entry_point(1000))
        results.add(numba.njit("int64(int64)", **ENTRY_FLAGS)(counted)(1000))
    assert results == {0}
