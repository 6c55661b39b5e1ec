"""One gateway: from the feed to its sockets.

What the feed has found final goes through one worker, in order: those events that are for sockets here are read
together, checked per recipient, and put into the sockets' queues. A socket that comes with a cursor is first given
what it missed; what happens meanwhile is held for it. The replay is a query at a time T, which has everything committed
until T; of what comes live, the socket takes only what was committed after T. So each event reaches it once.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from realtime.eventlog import Logged, replayed
from realtime.feed import MOST_REPLAYED, Feed
from realtime.hydrate import INTERNAL, Data, Hydrator
from realtime.identity import Who, new_unit, recheck
from realtime.position import Position, behind, cursor
from realtime.sockets import Close, Frame, Socket, Sockets
from shared import clients, metrics
from shared.config import Settings
from shared.errors import DatabaseUnavailable
from shared.events import EVENT_LIFE, SESSION_ENDED
from shared.realtime import Presence

log = logging.getLogger("consentmd.realtime")

#: Events read and checked together: about as many documents as one batch should ask for.
_AT_ONCE = 50
_MEASURED_EVERY = 60.0
_RECHECKED_AT_ONCE = 100


class Gateway:
    """Sockets, and what keeps them supplied. For one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sockets = Sockets(settings.realtime_sockets_per_user)
        self.draining = False
        self._feed = Feed(settings, self._found)
        self._batches: asyncio.Queue[tuple[list[Logged], int]] = asyncio.Queue()
        self._hydrator = Hydrator()
        self._hydrating = asyncio.Lock()
        self._told = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._delivered = 0
        self._lag = 0.0

    # Life

    def start(self) -> None:
        """Begin to follow the log."""
        for work in (self._feed.run(), self._distribute(), self._recheck(), self._measure(), self._renew_presence()):
            self.spawn(work)

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run something beside, for as long as the gateway runs."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("gateway task failed", exc_info=problem)

    @property
    def ready(self) -> bool:
        """Whether it follows the log and takes new sockets."""
        return self._feed.started.is_set() and not self.draining

    async def drain(self, seconds: float = 5.0) -> None:
        """Take no new sockets, send what waits, and close every socket with 1012."""
        self.draining = True
        for socket in self.sockets:
            socket.close(Close.RESTART)
        deadline = time.monotonic() + seconds
        while len(self.sockets) and time.monotonic() < deadline:  # noqa: ASYNC110 - a second's wait, once
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """End everything that runs beside."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # The log

    async def _found(self, ready: list[Logged], until: int) -> None:
        self._batches.put_nowait((ready, until))

    async def _distribute(self) -> None:
        while True:
            events, until = await self._batches.get()
            while not self._batches.empty():
                more, until = self._batches.get_nowait()
                events += more
            for first in range(0, len(events), _AT_ONCE):
                await self._deliver(events[first : first + _AT_ONCE])
            self._told = until

    async def _deliver(self, events: Sequence[Logged]) -> None:
        work: list[tuple[Logged, list[Socket]]] = []
        for logged in events:
            here = self.sockets.of(logged.event.user_ids)
            if logged.event.event in INTERNAL:
                self._internal(logged, here)
                continue
            live = []
            for socket in here:
                if socket.held is not None:
                    socket.hold(logged)
                elif logged.position.time > socket.floor:
                    live.append(socket)
            if live:
                work.append((logged, live))
        if not work:
            return
        made = await self._hydrate([(logged, [s.who for s in sockets]) for logged, sockets in work])
        now = time.time()
        for logged, sockets in work:
            place = cursor(logged.position, clients.sealer())
            for socket in sockets:
                data = made.get((logged.event.id, socket.who.session_id))
                if data is not None and socket.transport.takes(logged.event.event):
                    socket.put(Frame(logged.event.event, data, logged.event.id, place))
                    self._delivered += 1
            self._lag = max(self._lag, now - logged.position.time / 1e9)

    @staticmethod
    def _internal(logged: Logged, here: Sequence[Socket]) -> None:
        if logged.event.event == SESSION_ENDED:
            for socket in here:
                if socket.who.session_id == logged.event.ids["sessionId"]:
                    socket.close(Close.SESSION_ENDED)

    async def _hydrate(self, work: list[tuple[Logged, list[Who]]]) -> dict[tuple[str, str], Data]:
        """Payloads of events; waits for a database that is away, since skipping them would lose them."""
        wait = 0.1
        while True:
            try:
                async with self._hydrating:
                    return await asyncio.to_thread(self._hydrator, work)
            except Exception as problem:
                if not isinstance(problem, DatabaseUnavailable):
                    log.exception("events wait")
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)

    # Sockets

    async def join(self, socket: Socket) -> None:
        """Supply a socket from now on; one that came with a cursor first with what it missed."""
        await self._feed.started.wait()
        self.sockets.add(socket)
        place = cursor(socket.since or behind(self._told or self._feed.log.settled), clients.sealer())
        socket.put(Frame("connected", self._welcome(socket), None, place))
        if socket.since is not None:
            await self._replay(socket, socket.since)

    def _welcome(self, socket: Socket) -> Data:
        return {
            "message": "Connected",
            "socketId": socket.id,
            "userId": socket.who.id,
            "replaying": socket.since is not None,
            "serverTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    async def _replay(self, socket: Socket, since: Position) -> None:
        while True:
            try:
                found, read_time = await self._feed.of_user(socket.who.id, since)
                break
            except Exception as lost:
                log.warning("replay waits", extra={"reason": type(lost).__name__})
                await asyncio.sleep(1)
                if socket.closing is not None:
                    return
        too_old = since.time < (time.time() - EVENT_LIFE.total_seconds()) * 1e9
        if too_old or len(found) > MOST_REPLAYED:
            await socket.put_patiently(
                Frame("resync", {"reason": "TOO_OLD" if too_old else "TOO_MUCH"}, None,
                      cursor(behind(read_time), clients.sealer()))
            )  # fmt: skip
            missed = []
        else:
            missed = [m for m in replayed(found, since, int(time.time() * 1e9)) if m.position.time <= read_time]
        socket.floor = read_time
        await self._give(socket, missed)
        while socket.held:
            held = [socket.held.popleft() for _ in range(len(socket.held))]
            await self._give(socket, [h for h in held if h.position.time > read_time])
        socket.held = None
        if socket.closing is None:
            socket.put(Frame("replayed", {"count": len(missed)}, None, None))

    async def _give(self, socket: Socket, events: Sequence[Logged]) -> None:
        told = [e for e in events if e.event.event not in INTERNAL and socket.transport.takes(e.event.event)]
        for first in range(0, len(told), _AT_ONCE):
            part = told[first : first + _AT_ONCE]
            made = await self._hydrate([(logged, [socket.who]) for logged in part])
            for logged in part:
                data = made.get((logged.event.id, socket.who.session_id))
                if data is not None:
                    place = cursor(logged.position, clients.sealer())
                    await socket.put_patiently(Frame(logged.event.event, data, logged.event.id, place))
                    self._delivered += 1

    def leave(self, socket: Socket) -> None:
        """Supply a socket no longer."""
        self.sockets.remove(socket)
        if socket.closing is Close.SLOW_CONSUMER:
            metrics.emit(metrics.Metric.REALTIME_SLOW_SOCKETS, 1)

    # Sessions

    async def _recheck(self) -> None:
        """Close the sockets of sessions that are over; looks at each at the end of its session and now and then."""
        every = self.settings.realtime_recheck_seconds
        due: dict[str, float] = {}
        while True:
            await asyncio.sleep(min(every, 5.0))
            now, clock = time.monotonic(), datetime.now(UTC)
            here = {socket.id: socket for socket in self.sockets if socket.closing is None}
            due = {key: at for key, at in due.items() if key in here}
            asked = [
                socket
                for key, socket in here.items()
                if due.setdefault(key, socket.opened + every) <= now or socket.who.ends_at <= clock
            ]
            for first in range(0, len(asked), _RECHECKED_AT_ONCE):
                part = asked[first : first + _RECHECKED_AT_ONCE]
                with contextlib.suppress(DatabaseUnavailable):
                    for socket, who in zip(part, await asyncio.to_thread(recheck, [s.who for s in part]), strict=True):
                        due[socket.id] = now + every
                        if who is None:
                            socket.close(Close.SESSION_ENDED)
                        else:
                            socket.who = who

    # Presence

    async def _renew_presence(self) -> None:
        """Keep the presence of sockets that have joined chats."""
        while True:
            await asyncio.sleep(self.settings.realtime_lease_seconds / 2)
            present = [s for s in self.sockets if s.chats and s.closing is None]
            for first in range(0, len(present), _RECHECKED_AT_ONCE):
                part = [(s.id, s.who.id, sorted(s.chats)) for s in present[first : first + _RECHECKED_AT_ONCE]]
                with contextlib.suppress(DatabaseUnavailable):
                    await asyncio.to_thread(self._lease, part)

    def _lease(self, part: Sequence[tuple[str, str, list[str]]]) -> None:
        unit = new_unit()
        until = unit.now + timedelta(seconds=self.settings.realtime_lease_seconds)
        for socket_id, user_id, chats in part:
            unit.put(Presence(id=socket_id, user_id=user_id, chat_ids=chats, until=until, expires_at=until))
        unit.commit()

    # Figures

    async def _measure(self) -> None:
        while True:
            await asyncio.sleep(_MEASURED_EVERY)
            metrics.emit(metrics.Metric.REALTIME_SOCKETS, len(self.sockets))
            metrics.emit(metrics.Metric.REALTIME_DELIVERED, self._delivered)
            metrics.emit(metrics.Metric.REALTIME_LAG, round(self._lag * 1000))
            self._delivered, self._lag = 0, 0.0
