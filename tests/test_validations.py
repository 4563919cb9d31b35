"""The list of validations: every check still stands where it says, its test exists, and some of them are tried."""

from __future__ import annotations

import pytest

from tests.validations import ROOT, VALIDATIONS, missed_by


def test_each_check_stands_once_in_the_module_that_is_named():
    for validation in VALIDATIONS:
        source = (ROOT / "engine/rollstep" / validation.module).read_text()
        assert source.count(validation.text) == 1, validation.name
        assert validation.without != validation.text, validation.name


def test_each_check_has_a_name_of_its_own_and_a_test_that_exists():
    assert len({validation.name for validation in VALIDATIONS}) == len(VALIDATIONS)
    for validation in VALIDATIONS:
        path, _, name = validation.test.partition("::")
        assert (ROOT / path).is_file(), validation.name
        assert not name or f"def {name.partition('[')[0]}(" in (ROOT / path).read_text(), validation.name


@pytest.mark.heavy
@pytest.mark.parametrize("validation", VALIDATIONS[3::9], ids=lambda validation: validation.name)
def test_a_check_that_is_taken_out_is_missed(validation):
    missed, words = missed_by(validation)
    assert missed, words
