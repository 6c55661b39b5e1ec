"""People who send files."""

import pytest


@pytest.fixture(scope="module")
def owner(world):
    return world.doctor()


@pytest.fixture(scope="module")
def stranger(world):
    return world.doctor()
