"""The integer algorithms on words that Fixed's operators reach rarely or never: division and the square root at 128 bits."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rollstep.fixed import kernels
from rollstep.fixed.number import wrap
from rollstep.fixed.operators import PLAIN

TOP = (1 << 64) - 1
MADE = kernels.program().build(PLAIN)
words = st.one_of(st.integers(0, TOP), st.sampled_from([0, 1, 1 << 32, 1 << 63, (1 << 63) + 1, TOP - 1, TOP]),
                  st.integers(1, 64).flatmap(lambda n: st.integers(0, (1 << n) - 1)))


def run(kernel, *args: int) -> int:
    """On words without sign."""
    return MADE[kernel](*map(wrap, args)) & TOP


@given(words, words, words.filter(bool))
@example(9226567331993913391, 18446744073709551484, 9226567331993913402)    # the last, rarest correction
@example(9223372036858718843, 18446744073709100961, 9223372036858718856)
@example(9223372046894634125, TOP, 9223372046894634134)
@example(TOP - 1, TOP, TOP)
@example((1 << 63) - 1, TOP, 1 << 63)
@example(0, 0, 1)
@example(TOP, TOP, 1)
def test_two_words_by_one_are_divided_exactly(high, low, d):
    assert run(kernels.divide, high, low, d) == ((high << 64 | low) // d) & TOP


@given(words, words)
@example(0, 0)
@example(0, 1)
@example(0, TOP)
@example(1 << 63, 0)
@example((1 << 63) - 1, TOP)
def test_the_root_of_two_words_is_the_nearest_integer(high, low):
    n = min(high << 64 | low, 1 << 127)
    assert run(kernels.root, n >> 64, n & TOP) == (math.isqrt(4 * n) + 1) // 2


@pytest.mark.parametrize("kernel", [kernels.fixed_by_fixed, kernels.fixed_by_int, kernels.int_by_fixed])
def test_a_zero_divisor_raises(kernel):
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        MADE[kernel](5, 0)
