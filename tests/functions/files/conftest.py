"""People who send files."""

import pytest

from tests.configured import configured


@pytest.fixture(scope="module")
def owner(world):
    return world.doctor()


@pytest.fixture(scope="module")
def stranger(world):
    return world.doctor()


@pytest.fixture(autouse=True)
def many_uploads():
    with configured(RATE_LIMIT_UPLOADS_PER_MINUTE="1000"):
        yield
