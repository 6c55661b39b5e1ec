"""People who talk."""

from tests.functions.chats.conftest import talkers

__all__ = ["talkers"]
