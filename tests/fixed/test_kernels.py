"""The integer algorithms on words that Fixed's operators reach rarely or never: division and the square root at 128 bits."""

import functools
import math
import platform

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
    quotient = ((high % d) << 64 | low) // d
    assert run(kernels.two_by_one_portable, high % d, low, d) == quotient
    for form in (kernels.two_by_one, kernels.two_by_one_portable):
        assert compiled(form)(wrap(high % d), wrap(low), wrap(d)) == wrap(quotient), form


@functools.cache
def compiled(kernel):
    """A kernel of three words as machine code."""
    from numba import njit

    from rollstep.compile import ENTRY_FLAGS
    from rollstep.fixed.lowering import _built
    called = kernel if kernel in kernels.PRIMITIVES else _built(kernels)[kernel]

    @njit("int64(int64, int64, int64)", **ENTRY_FLAGS)
    def entry(a, b, c):
        return called(a, b, c)
    return entry


def test_a_processor_without_this_division_gives_the_same_quotients(monkeypatch):
    from numba import njit

    from rollstep.compile import ENTRY_FLAGS, jit
    from rollstep.fixed import lowering

    def division():
        kernel = kernels.program().build(PLAIN, jit=jit)[kernels.fixed_by_fixed]
        made = njit("int64(int64, int64)", **ENTRY_FLAGS)(lambda a, b: kernel(a, b))
        (text,) = made.inspect_llvm().values()
        return made, "asm sideeffect" in text
    here, native = division()
    monkeypatch.setattr(lowering, "has_divq", lambda triple: False)
    elsewhere, assembly = division()
    assert native == (platform.machine() in ("x86_64", "AMD64")) and not assembly
    edges = [sign * (1 << n) + off for n in (0, 1, 31, 32, 33, 62) for sign in (1, -1) for off in (-1, 0, 1)] + [-1 << 63]
    for a in edges:
        for b in filter(None, edges):
            assert here(a, b) == elsewhere(a, b) == MADE[kernels.fixed_by_fixed](a, b), (a, b)


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
