"""Documentation that is switched off."""

from collections.abc import Iterator

import pytest

from shared.config import settings


@pytest.fixture
def switched_off(cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SWAGGER_ENABLED", "false")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
