"""Real clients of the gateway: `websockets` for /ws, python-socketio for Socket.IO."""

import json
import time
from typing import Any, Self
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect


class Ws:
    """A plain socket that remembers everything it was sent."""

    def __init__(self, base: str, path: str = "/ws", *, auth: dict[str, Any] | None = None, **query: str) -> None:
        options = {name: query.pop(name) for name in ("origin", "additional_headers") if name in query}
        url = base.replace("http", "ws", 1) + path + ("?" + urlencode(query) if query else "")
        connecting = connect(url, max_size=None, max_queue=None, compression=None, ping_interval=None, **options)
        self.raw: ClientConnection = connecting.__enter__()
        self.frames: list[dict[str, Any]] = []
        self._looked = 0
        if auth is not None:
            self.send("auth", auth)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.raw.close()

    def send(self, event: str, data: Any = None, ref: str | None = None) -> None:
        self.raw.send(json.dumps({"event": event, "data": data or {}} | ({"ref": ref} if ref else {})))

    def ask(self, event: str, data: Any = None) -> dict[str, Any]:
        """A command and its acknowledgement, or the error."""
        ref = f"r{time.monotonic_ns()}"
        self.send(event, data, ref)
        deadline = time.monotonic() + 60
        # An event may overtake the answer, and is still to come for whoever waits for it afterwards.
        while not (found := [f for f in self.frames if f.get("ref") == ref]):
            self.receive(max(0.01, deadline - time.monotonic()))
        return found[0]

    def receive(self, seconds: float = 60) -> dict[str, Any]:
        frame = json.loads(self.raw.recv(timeout=seconds))
        self.frames.append(frame)
        return frame

    def next(self, wanted: Any, seconds: float = 60) -> dict[str, Any]:
        """The next frame that is `wanted` (an event's name, or a condition), now or to come."""
        fits = wanted if callable(wanted) else lambda frame: frame["event"] == wanted
        deadline = time.monotonic() + seconds
        while True:
            while self._looked < len(self.frames):
                self._looked += 1
                if fits(self.frames[self._looked - 1]):
                    return self.frames[self._looked - 1]
            self.receive(max(0.01, deadline - time.monotonic()))

    def until(self, last: str, event: str = "message:received") -> list[str]:
        """Contents of the messages that arrive, up to and with `last`."""
        said: list[str] = []
        while not said or said[-1] != last:
            said.append(self.next(event)["data"]["content"])
        return said

    def closed(self, seconds: float = 60) -> int:
        """The code with which the other side closes."""
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                self.receive(deadline - time.monotonic())
        except ConnectionClosed as end:
            if end.rcvd is None:
                raise AssertionError("closed without a code") from end
            return end.rcvd.code
        raise AssertionError("still open")

    @property
    def cursor(self) -> str:
        """Of the last frame that had one."""
        return next(f["cursor"] for f in reversed(self.frames) if "cursor" in f)


def signed_in(base: str, who: Any, **query: str) -> Ws:
    """A socket of an account, greeted."""
    socket = Ws(base, auth={"token": who.token, **query})
    socket.next("connected")
    return socket
