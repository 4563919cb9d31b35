"""What is compiled how often: every function costs 40 ms."""

from __future__ import annotations

from numba import types

from rollstep.compile import ENTRY_FLAGS, jit
from rollstep.inner_lowering import Inner


def test_a_helper_that_is_called_with_two_constants_is_compiled_once():
    @jit
    def double(number):
        return number * 2

    calls = Inner(lambda: double(3) + double(4), ENTRY_FLAGS).entry((), types.int64)
    assert calls.entry_point() == 14
    assert len(double.overloads) == 1
