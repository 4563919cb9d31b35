"""XXH64, plain and compiled, against the xxhash package; and the chain over checksums."""

import functools

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from rollstep.compile import native
from rollstep.state import chain, xxh64

DATA = bytes((i * i * 7 + i >> 3) & 255 for i in range(4096))
MASK = (1 << 64) - 1


@functools.cache
def compiled():
    def build():
        from rollstep.state.kernels_lowering import xxh64

        return lambda address, n: xxh64(address, n)
    return native("test-xxh64", 2, "", build)


def compiled_xxh64(data: bytes) -> int:
    memory = np.frombuffer(data or b"\0", np.uint8)
    return compiled().call(memory.ctypes.data, len(data)) & MASK


def test_every_short_length_has_the_published_checksum():
    for n in range(200):
        assert xxh64(DATA[:n]) == xxhash.xxh64_intdigest(DATA[:n]), n


@pytest.mark.parametrize("seed", [1, 0x9E3779B185EBCA87, MASK])
def test_a_seed_changes_it_as_published(seed):
    for n in (0, 3, 8, 31, 32, 33, 100):
        assert xxh64(DATA[:n], seed) == xxhash.xxh64_intdigest(DATA[:n], seed)


def test_the_compiled_one_gives_the_same_for_every_whole_number_of_words():
    for n in range(0, 1024, 8):
        assert compiled_xxh64(DATA[:n]) == xxhash.xxh64_intdigest(DATA[:n]), n


@given(st.binary(max_size=600))
def test_any_bytes_give_the_published_checksum_both_ways(data):
    assert xxh64(data) == xxh64(bytearray(data)) == xxh64(memoryview(data)) == xxhash.xxh64_intdigest(data)
    words = data[:len(data) & ~7]
    assert compiled_xxh64(words) == xxhash.xxh64_intdigest(words)


def test_a_place_that_is_not_aligned_is_read_all_the_same():
    memory = np.frombuffer(DATA, np.uint8)
    for offset in range(1, 8):
        got = compiled().call(memory.ctypes.data + offset, 104) & MASK
        assert got == xxhash.xxh64_intdigest(DATA[offset:offset + 104])


@given(st.lists(st.integers(0, MASK), min_size=2, max_size=8), st.data())
def test_the_chain_notices_a_changed_a_swapped_and_a_missing_checksum(sums, data):
    def whole(values):
        return functools.reduce(chain, values, 0)

    at = data.draw(st.integers(0, len(sums) - 2))
    changed, swapped = list(sums), list(sums)
    changed[at] ^= 1 << data.draw(st.integers(0, 63))
    swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
    assert whole(changed) != whole(sums) and 0 <= whole(sums) <= MASK
    assert (whole(swapped) == whole(sums)) is (swapped == sums)
    if sums[0] != 0:
        assert whole(sums[1:]) != whole(sums)


def test_the_chain_is_one_round_of_xxh64():
    lanes = xxhash.xxh64_intdigest(bytes(32))                # four lanes, one round each, from the specification's constants
    assert lanes == xxh64(bytes(32)) and chain(0, 0) == 0 and chain(0, 1) != chain(1, 0)
