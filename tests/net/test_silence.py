"""Silence: a word when it gets long, another when it ends, and the timeout."""

import pytest

from rollstep.net.events import Interrupted, Restored
from rollstep.net.silence import Silence

MS = 1_000_000


@pytest.mark.parametrize(("timeout_ms", "after_ms"), [(10_000, 3333), (3000, 1000), (2500, 1000), (2000, 1000),
                                                      (1000, 500), (100, 50)])
def test_the_word_comes_after_a_third_of_the_timeout_but_not_before_a_second_or_half_of_it(timeout_ms, after_ms):
    silence, said = Silence(1, 0, timeout_ms), []
    for now_ms in range(timeout_ms):
        event = silence.update(0, now_ms * MS)
        said += [event] if event else []
    assert said == [Interrupted(1, after_ms + 1, timeout_ms)] and silence.interrupted_after_ms == after_ms


def test_the_end_of_a_silence_is_said_once_with_its_length_and_only_if_its_beginning_was():
    silence = Silence(2, 0, 3000)
    assert silence.update(0, 900 * MS) is None
    assert silence.update(900 * MS, 900 * MS) is None
    assert silence.update(900 * MS, 2000 * MS) == Interrupted(2, 1100, 3000)
    assert silence.update(2500 * MS, 2500 * MS) == Restored(2, 1600)
    assert silence.update(2500 * MS, 2600 * MS) is None and silence.length_ms(2600 * MS) == 100


def test_the_timeout_is_over_when_it_is_over():
    silence = Silence(0, 5 * MS, 1000)
    assert not silence.lost(1005 * MS) and silence.lost(1005 * MS + 1)
    assert silence.length_ms(0) == 0, "a time before the last word is no silence"
