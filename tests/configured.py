"""The API of this test process under other settings, for the length of one test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def configured(**variables: str) -> Iterator[None]:
    """With these environment variables, and everything that was made from the ones before forgotten."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    _forget()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
        _forget()


def _forget() -> None:
    from shared import clients
    from shared.auth import federated
    from shared.config import settings

    settings.cache_clear()
    clients.storage.cache_clear()
    federated.verifier.cache_clear()
