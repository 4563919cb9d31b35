"""The integer algorithms on words that Fixed's operators reach rarely or never: division and the square root at 128 bits."""

import functools
import math
import platform

import numpy as np
import pytest
from hypothesis import example, given, settings
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


def sine_by_one_polynomial(raw: int) -> int:
    """What `sine` means, without the polynomials for each part of a turn."""
    size = wrap(abs(raw))
    s = MADE[kernels.rounded_sine](MADE[kernels.sine_of_turns](MADE[kernels.turns](size)))
    return -s if raw < 0 and size > 0 else s


def cosine_by_one_polynomial(raw: int) -> int:
    angle = MADE[kernels.turns](wrap(abs(raw)))
    return MADE[kernels.rounded_sine](MADE[kernels.sine_of_turns](wrap(angle + (1 << 62))))


@settings(max_examples=2000)
@given(st.one_of(st.integers(-1 << 63, (1 << 63) - 1), st.integers(-1 << 36, 1 << 36)))
@example(0)
@example(-1)
@example(-1 << 63)
@example((1 << 63) - 1)
def test_the_fast_sine_and_cosine_are_the_slow_ones_to_the_bit(raw):
    assert MADE[kernels.sine](raw) == sine_by_one_polynomial(raw)
    assert MADE[kernels.cosine](raw) == cosine_by_one_polynomial(raw)


@given(st.one_of(st.integers(0, (1 << 32) - 1), st.sampled_from([n << 30 for n in range(4)])))
def test_the_fast_sine_and_cosine_of_an_angle_are_the_slow_ones_to_the_bit(angle):
    for kernel, quarter in ((kernels.angle_sine, 0), (kernels.angle_cosine, 1 << 62)):
        slow = MADE[kernels.sine_of_turns](wrap((angle << 32) + quarter))
        assert MADE[kernel](angle) == MADE[kernels.rounded_sine](slow)


def test_where_the_fast_sine_is_farthest_off_it_is_within_half_of_the_doubt():
    for segment in range(256):
        for share in (-1, -0.951, -0.809, -0.588, -0.309, 0, 0.309, 0.588, 0.809, 0.951, 0.9999999):
            u = wrap((segment << 56) + int(share * (1 << 55)))
            assert abs(MADE[kernels.near_sine](u) - MADE[kernels.sine_of_turns](u)) < kernels.DOUBT // 2, (segment, share)


def test_a_million_angles_compiled_fast_are_those_compiled_slow():
    from numba import njit

    from rollstep.compile import ENTRY_FLAGS
    from rollstep.fixed.lowering import _built
    fast, turns, slow, rounded = (_built(kernels)[f] for f in (kernels.sine, kernels.turns, kernels.sine_of_turns,
                                                              kernels.rounded_sine))

    @njit("int64(int64[:])", **ENTRY_FLAGS)
    def different(raws):
        found = 0
        for raw in raws:
            if raw >= 0 and fast(raw) != rounded(slow(turns(raw))):
                found += 1
            if raw < 0 and raw != -raw and fast(raw) != -rounded(slow(turns(-raw))):
                found += 1
        return found
    raws = np.random.default_rng(1).integers(-1 << 63, (1 << 63) - 1, 500_000)
    assert different(raws) == different(raws >> 29) == 0
