"""ARCHITECTURE.md tells what the engine does."""

from tests import diagrams


def test_the_state_machines_of_the_page_are_those_that_run():
    assert diagrams.current() == diagrams.text(), "python -m tests.diagrams writes them"
