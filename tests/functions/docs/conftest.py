"""Documentation that is switched off."""

from collections.abc import Iterator

import pytest

from tests.configured import configured


@pytest.fixture
def switched_off(cloud) -> Iterator[None]:
    with configured(SWAGGER_ENABLED="false"):
        yield
