"""Scenes with few administrators."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def only_administrator(cloud, *accounts) -> Iterator[None]:
    """For a while `accounts` are the only active administrators. No endpoint can make it so: each keeps one."""
    active = [found for found in cloud.stored("users", "role", "Admin") if found.to_dict()["isActive"]]
    others = [found.reference for found in active if found.id not in {account.id for account in accounts}]
    for other in others:
        other.update({"isActive": False})
    try:
        yield
    finally:
        for other in others:
            other.update({"isActive": True})
