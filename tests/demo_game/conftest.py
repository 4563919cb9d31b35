"""A fight in each way in which people and proofs see it."""

import pytest

from .fight import Fight


@pytest.fixture(params=["interpreted", "compiled"])
def fight(request):
    return Fight(request.param)
