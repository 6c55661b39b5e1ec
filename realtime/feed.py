"""The event log as it grows: one Firestore listener over all shards, watched over.

Listeners are known to stop without a word (python-firestore issues 18, 399), so silence is not believed: after
`REALTIME_WATCHDOG_SECONDS` without a snapshot the log is asked by a query, and if that finds what the listener should
have told, or the silence goes on, the listener is begun anew. It is begun anew every `REALTIME_RENEWAL_SECONDS` in any
case, so that what it watches stays small. Each beginning goes back by an overlap; the log drops what it has seen.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

from realtime.eventlog import EventLog, Logged
from realtime.position import Position
from shared import clients, metrics
from shared.config import Settings
from shared.events import EVENT_OVERLAP, EVENT_SHARDS, Event
from shared.store.document import decode

log = logging.getLogger("consentmd.realtime")

#: Events of one replay; a client that missed more is told to load its state again.
MOST_REPLAYED: Final = 5_000
#: Rounds of the watchdog without a snapshot before the listener is begun anew although nothing was missed.
_PATIENCE: Final = 8
_ON_ITS_WAY: Final = 2.0
_LONGEST_WAIT: Final = 10.0
_QUERY_SECONDS: Final = 20.0

#: Takes what has become final, and the time up to which that is everything (nanoseconds).
Sink = Callable[[list[Logged], int], Awaitable[None]]


class Renew(Exception):  # noqa: N818 - an event, not an error
    """The listener is to be begun anew; the message says why."""


class Feed:
    """Reads the log for one gateway and hands it to `sink` in order."""

    def __init__(self, settings: Settings, sink: Sink) -> None:
        self._settings = settings
        self._sink = sink
        self._log: EventLog | None = None
        self.started = asyncio.Event()

    @property
    def log(self) -> EventLog:
        """What has been seen of the log, once `started`."""
        if self._log is None:
            raise LookupError("the feed has not been started")
        return self._log

    async def run(self) -> None:
        """Follow the log for ever; errors are waited out."""
        wait = 0.1
        while True:
            began = time.monotonic()
            try:
                await self._catch_up()
                self.started.set()
                await self._follow()
            except Renew as due:
                log.info("listener renewed", extra={"reason": str(due)})
                continue
            except asyncio.CancelledError:
                raise
            except Exception as lost:
                log.warning("listener lost", extra={"reason": type(lost).__name__})
            wait = 0.1 if time.monotonic() - began > 30 else min(wait * 2, _LONGEST_WAIT)
            await asyncio.sleep(wait)

    async def _catch_up(self) -> int:
        """Take in by a query what may have been missed; how many events that were."""
        if self._log is None:
            # Only the database knows what time it is there.
            self._log = EventLog((await self.now())[1])
            return 0
        found, read_time = await self.since(self.log.settled)
        missed = sum(self.log.add(each) for each in found)
        await self._settle(read_time)
        return missed

    async def _settle(self, until: int) -> None:
        late = self.log.late
        ready = self.log.settle(until)
        if self.log.late > late:
            log.error("events became visible late", extra={"count": self.log.late - late})
        await self._sink(ready, self.log.settled)

    async def _follow(self) -> None:
        """Listen until something is wrong with the listener."""
        silent = 0
        ends = time.monotonic() + self._settings.realtime_renewal_seconds
        stream = await self._listen(_earlier(self.log.settled))
        responses = aiter(stream)
        upcoming = asyncio.ensure_future(anext(responses))
        try:
            while time.monotonic() < ends:
                done, _ = await asyncio.wait({upcoming}, timeout=self._settings.realtime_watchdog_seconds)
                if not done:
                    silent += 1
                    # What was committed a moment ago may be on its way; what does not come now never will.
                    if await self._catch_up() and not (await asyncio.wait({upcoming}, timeout=_ON_ITS_WAY))[0]:
                        metrics.emit(metrics.Metric.REALTIME_LISTENER_SILENT, 1)
                        raise Renew("SILENT")
                    if silent >= _PATIENCE:
                        raise Renew("NO_SNAPSHOT")
                    continue
                response = upcoming.result()
                upcoming = asyncio.ensure_future(anext(responses))
                if await self._take(response):
                    silent = 0
            raise Renew("DUE")
        finally:
            upcoming.cancel()
            stream.cancel()
            with contextlib.suppress(BaseException):
                await upcoming

    async def _take(self, response: Any) -> bool:
        """Take in one response of the listener; whether it was a snapshot, behind which the log is final."""
        kind = response.WhichOneof("response_type")
        if kind == "document_change":
            if 1 in response.document_change.target_ids:
                self.log.add(_logged(response.document_change.document))
        elif kind == "target_change":
            change = response.target_change
            if change.HasField("cause") and change.cause.code:
                raise Renew("REFUSED")
            if change.target_change_type == change.REMOVE:
                raise Renew("REMOVED")
            if change.target_change_type == change.NO_CHANGE and not change.target_ids and change.HasField("read_time"):
                await self._settle(_nanoseconds(change.read_time))
                return True
        return False

    # Firestore

    async def _listen(self, since: datetime) -> Any:
        from google.cloud.firestore_v1.types import firestore as types

        client = clients.async_firestore()
        database = client._database_string  # noqa: SLF001 - the async client has no listener of its own
        query = self._query(client, since)._to_protobuf()  # noqa: SLF001
        target = types.Target(
            query=types.Target.QueryTarget(parent=f"{database}/documents", structured_query=query), target_id=1
        )

        api = client._firestore_api  # noqa: SLF001
        metadata = [*client._rpc_metadata, ("google-cloud-resource-prefix", database)]  # noqa: SLF001
        # Written, not iterated: a task that waits for ever to say more would outlive the loop it waits in.
        stream = await api.listen(metadata=metadata, timeout=None)
        await stream.write(types.ListenRequest(database=database, add_target=target))
        return _Raw(stream)

    @staticmethod
    def _query(client: Any, since: datetime) -> Any:
        from google.cloud.firestore_v1.base_query import FieldFilter

        return (
            client.collection(Event.collection)
            .where(filter=FieldFilter("shard", "in", list(range(EVENT_SHARDS))))
            .where(filter=FieldFilter("committedAt", ">=", since))
            .order_by("committedAt")
        )

    async def now(self) -> tuple[list[Logged], int]:
        """The database's time."""
        client = clients.async_firestore()
        # A query that can find nothing still says when it was run.
        return await self._run(self._query(client, datetime(9000, 1, 1, tzinfo=UTC)).limit(1))

    async def since(self, time_ns: int) -> tuple[list[Logged], int]:
        """Events committed since, and some before; and the time of which that is everything."""
        return await self._run(self._query(clients.async_firestore(), _earlier(time_ns)))

    async def of_user(self, user_id: str, since: Position) -> tuple[list[Logged], int]:
        """A user's events since a position, and some before; and the time of which that is everything."""
        from google.cloud.firestore_v1.base_query import FieldFilter

        query = (
            clients.async_firestore()
            .collection(Event.collection)
            .where(filter=FieldFilter("userIds", "array_contains", user_id))
            .where(filter=FieldFilter("committedAt", ">=", _earlier(since.time)))
            .order_by("committedAt")
            .limit(MOST_REPLAYED + 1)
        )
        return await self._run(query)

    async def _run(self, query: Any) -> tuple[list[Logged], int]:
        client = clients.async_firestore()
        database = client._database_string  # noqa: SLF001 - the read time is not to be had otherwise
        request = {"parent": f"{database}/documents", "structured_query": query._to_protobuf()}  # noqa: SLF001
        stream = await client._firestore_api.run_query(  # noqa: SLF001
            request=request, metadata=client._rpc_metadata, timeout=_QUERY_SECONDS  # noqa: SLF001
        )  # fmt: skip
        found, read_time = [], 0
        async for response in stream:
            raw = type(response).pb(response)
            if raw.HasField("read_time"):
                read_time = max(read_time, _nanoseconds(raw.read_time))
            if raw.HasField("document"):
                found.append(_logged(raw.document))
        return found, read_time


class _Raw:
    """A gRPC stream whose messages are given as protocol buffers, without their wrappers."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._messages()

    async def _messages(self) -> AsyncIterator[Any]:
        async for response in self._stream:
            yield type(response).pb(response)

    def cancel(self) -> None:
        self._stream.cancel()


def _logged(document: Any) -> Logged:
    from google.cloud.firestore_v1._helpers import decode_dict

    document_id = document.name.rpartition("/")[2]
    event = decode(Event, document_id, decode_dict(document.fields, None), None)  # type: ignore[arg-type]
    return Logged(Position(_nanoseconds(document.create_time), event.order, document_id), event)


def _nanoseconds(stamp: Any) -> int:
    return int(stamp.seconds) * 1_000_000_000 + int(stamp.nanos)


def _earlier(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns / 1e9, UTC) - EVENT_OVERLAP
