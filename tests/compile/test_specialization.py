"""What is compiled how often: every function costs 25 ms."""

from __future__ import annotations

import numba

from rollstep.compile import jit


def test_a_helper_that_is_called_with_two_constants_is_compiled_once():
    @jit
    def double(number):
        return number * 2

    @numba.njit
    def calls():
        return double(3) + double(4)

    assert calls() == 14
    assert len(double.overloads) == 1
