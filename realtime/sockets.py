"""Sockets of this gateway: what waits for each, and who has which."""

import asyncio
import json
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from realtime.eventlog import Logged
from realtime.identity import Who
from realtime.position import Position


class Close(IntEnum):
    """Why a socket is closed (RFC 6455 §7.4; 4000–4999 are ours)."""

    GOING_AWAY = 1001
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 1012
    UNAUTHORIZED = 4001
    SESSION_ENDED = 4002
    BAD_FRAME = 4007
    SLOW_CONSUMER = 4008
    TOO_FAST = 4009
    REPLACED = 4010


@dataclass(frozen=True)
class Frame:
    """What is sent to a client. `id` and `cursor` only where it is an event of the log."""

    event: str
    data: dict[str, Any]
    id: str | None = None
    cursor: str | None = None
    #: Answers to a client's own frame carry the `ref` it gave.
    ref: str | None = None

    def text(self) -> str:
        """As `/ws` sends it."""
        made: dict[str, Any] = {"event": self.event, "data": self.data}
        for name in ("id", "cursor", "ref"):
            if (value := getattr(self, name)) is not None:
                made[name] = value
        return json.dumps(made, separators=(",", ":"), ensure_ascii=False)


#: Where the server puts what drops a connection at once, in the extensions of its ASGI scope.
ABORT = "consentmd.abort"


class Transport(Protocol):
    """How frames reach one client."""

    #: Whether this socket is meant for an event (Socket.IO's namespaces divide them).
    def takes(self, event: str) -> bool: ...

    async def send(self, frame: Frame) -> None:
        """Send, and wait while the network does not take more."""

    async def close(self, code: Close) -> None: ...

    def abort(self) -> None:
        """Drop the connection, whatever is on its way."""


class Allowance:
    """A token bucket."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._rate, self._burst = per_second, float(burst)
        self._left, self._at = float(burst), time.monotonic()

    def take(self) -> bool:
        """Take one; False when there is none."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Socket:
    """One client's connection, once it is known whose it is.

    Frames wait in a queue of bounded length for the network to take them. A socket whose queue is full is closed: its
    client comes back with the cursor of the last frame it got.
    """

    def __init__(self, transport: Transport, who: Who, since: Position | None, *, waiting: int) -> None:
        self.id = str(uuid.uuid4())
        self.transport = transport
        self.who = who
        self.since = since
        #: While it is given what it missed, what happens meanwhile is held here.
        self.held: deque[Logged] | None = deque() if since is not None else None
        #: It has everything up to this commit time (nanoseconds).
        self.floor = 0
        self.chats: set[str] = set()
        self.closing: Close | None = None
        #: Set together with `closing`: a writer that waits for the network cannot look.
        self.closed = asyncio.Event()
        self.opened = time.monotonic()
        self._limit = waiting
        self._queue: deque[Frame] = deque()
        self._wake = asyncio.Event()
        self._space = asyncio.Event()
        self._space.set()

    def put(self, frame: Frame) -> None:
        """Send a frame when the network takes it; closes the socket when too many wait."""
        if self.closing is not None:
            return
        if len(self._queue) >= self._limit:
            self.close(Close.SLOW_CONSUMER)
            return
        self._queue.append(frame)
        self._wake.set()

    async def put_patiently(self, frame: Frame) -> None:
        """The same for replays, whose pace is the client's: wait until half the queue is free."""
        while self.closing is None and len(self._queue) >= self._limit // 2:
            self._space.clear()
            await self._space.wait()
        self.put(frame)

    def hold(self, logged: Logged) -> None:
        """Keep an event until the replay is through."""
        if self.held is None:
            raise LookupError("nothing is replayed to this socket")
        self.held.append(logged)
        if len(self.held) > 4 * self._limit:
            self.close(Close.SLOW_CONSUMER)

    def close(self, code: Close) -> None:
        """Close once what waits has been sent (at once when that is why)."""
        if self.closing is None:
            self.closing = code
            self.closed.set()
            self._wake.set()
            self._space.set()

    async def write(self) -> Close:
        """Send what is put, until the socket is to be closed; why that is. Frames before `close` are sent first."""
        while True:
            while self._queue and self.closing not in _AT_ONCE:
                frame = self._queue.popleft()
                if len(self._queue) < self._limit // 2:
                    self._space.set()
                await self.transport.send(frame)
            if self.closing is not None:
                return self.closing
            self._wake.clear()
            if not self._queue:
                await self._wake.wait()


_AT_ONCE = frozenset({Close.SLOW_CONSUMER, Close.SESSION_ENDED})


class Sockets:
    """Every socket here, by user."""

    def __init__(self, most_per_user: int) -> None:
        self._of: defaultdict[str, dict[str, Socket]] = defaultdict(dict)
        self._most = most_per_user
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Any:
        return (socket for own in list(self._of.values()) for socket in list(own.values()))

    def add(self, socket: Socket) -> None:
        """Take a socket in; the oldest of a user with too many is closed."""
        own = self._of[socket.who.id]
        alive = [each for each in own.values() if each.closing is None]
        if len(alive) >= self._most:
            alive[0].close(Close.REPLACED)
        own[socket.id] = socket
        self._count += 1

    def remove(self, socket: Socket) -> None:
        """Forget a socket."""
        own = self._of.get(socket.who.id, {})
        if own.pop(socket.id, None) is not None:
            self._count -= 1
        if not own:
            self._of.pop(socket.who.id, None)

    def of(self, user_ids: Iterable[str]) -> list[Socket]:
        """The open sockets of these users."""
        return [s for user_id in user_ids for s in self._of.get(user_id, {}).values() if s.closing is None]
