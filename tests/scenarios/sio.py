"""A Socket.IO client for tests that are not asynchronous: python-socketio on a loop of its own."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Self

import socketio

from tests.conftest import eventually

_SECONDS = 30


class Sio:
    """A connection to `/`, and what it was told."""

    def __init__(self, base: str, token: str) -> None:
        self.told: list[tuple[str, Any]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._client = socketio.AsyncClient()
        self._client.on("*", lambda event, data: self.told.append((event, data)))
        self._run(self._client.connect(base, auth={"token": token}, transports=["websocket"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._client.disconnect())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    def call(self, event: str, data: dict[str, Any]) -> Any:
        """Send an event; what it is acknowledged with."""
        return self._run(self._client.call(event, data, timeout=_SECONDS))

    def next(self, event: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """What an event said, once one has come that fits."""
        return eventually(
            lambda: next((data for name, data in list(self.told) if name == event and fits(data)), None),
            f"a Socket.IO event {event}",
        )

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)
