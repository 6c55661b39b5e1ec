"""Listen: query and document targets, kept up to date from the writer's commits.

A target begins with its result at a read time and then follows the commits after it. The resume token is that time:
coming back, a client gets the difference between the result then and now, as long as the history reaches back.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc

from localcloud.firestore.counters import Cost
from localcloud.firestore.documents import read_one
from localcloud.firestore.errors import StatusError, invalid
from localcloud.firestore.execute import Execution
from localcloud.firestore.messages import Document, ListenResponse, TargetChange, micros, timestamp
from localcloud.firestore.names import Database, Path, document_name, parse_database, parse_document
from localcloud.firestore.query import Query, parse_query
from localcloud.firestore.state import State
from localcloud.firestore.store import Stored
from localcloud.firestore.writer import Change, Committed

MAX_STREAMS = 1_500  # each holds a thread of the server's pool, which other calls need too

_HEARTBEAT_SECONDS = 30.0
_TYPES = TargetChange.TargetChangeType


@dataclass(slots=True)
class _Target:
    """One target of a stream; `known` is the update time of each document the client has."""

    id: int
    database: Database
    query: Query | None
    documents: frozenset[Path]
    once: bool = False
    known: dict[Path, int] = field(default_factory=dict)
    at: int = 0

    def topics(self) -> set[tuple[Any, ...]]:
        """Where changes for this target are announced."""
        query = self.query
        if query is None:
            return {(self.database, "document", path) for path in self.documents}
        if not query.descendants:
            return {(self.database, "collection", (*query.parent, query.collection or ""))}
        if query.collection is not None:
            return {(self.database, "group", query.collection)}
        return {(self.database, "all")}


class _Stream:
    """One Listen call: requests and commits in one queue, answered in order."""

    def __init__(self, state: State, hub: Hub, cost: Cost) -> None:
        self._state = state
        self._hub = hub
        self.cost = cost
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._targets: dict[int, _Target] = {}

    def run(self) -> Iterator[bytes]:
        try:
            while True:
                try:
                    item = self.inbox.get(timeout=_HEARTBEAT_SECONDS)
                except queue.Empty:
                    yield from self._heartbeat()
                    continue
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                if isinstance(item, Committed):
                    yield from self._follow(item)
                else:
                    yield from self._request(item)
        finally:
            for target in self._targets.values():
                self._hub.leave(self, target)

    def _heartbeat(self) -> Iterator[bytes]:
        if self._targets and self.inbox.empty():
            yield _consistent(min(target.at for target in self._targets.values()))

    def _request(self, request: Any) -> Iterator[bytes]:
        change = request.WhichOneof("target_change")
        if change == "remove_target":
            target = self._targets.pop(request.remove_target, None)
            if target is not None:
                self._hub.leave(self, target)
            yield _target_change(_TYPES.REMOVE, request.remove_target)
            return
        if change != "add_target":
            raise invalid("A listen request must add or remove a target.")
        given = request.add_target
        number = given.target_id or max(self._targets, default=0) + 1
        if number in self._targets:
            raise invalid(f"Target id {number} is in use.")
        try:
            target = _read_target(request, given, number)
            self._hub.join(self, target)
            self._targets[number] = target
            yield from self._begin(target, given)
        except StatusError as problem:
            known = self._targets.pop(number, None)
            if known is not None:
                self._hub.leave(self, known)
            yield _target_change(_TYPES.REMOVE, number, problem)

    def _begin(self, target: _Target, given: Any) -> Iterator[bytes]:
        yield _target_change(_TYPES.ADD, target.id)
        since = _resumes_from(given)
        at = self._state.store.clock.read_time()
        if since is not None:
            try:
                self._state.store.check_history(since)
                target.known = {path: stored.updated for path, stored in self._result(target, since).items()}
            except StatusError:
                yield _target_change(_TYPES.RESET, target.id)
        yield from self._refresh(target, at, missing=since is None)
        if since is not None or given.HasField("expected_count"):
            # A client that missed a deletion counts more documents than there are, and starts the target over.
            yield _existence_filter(target)
        yield _target_change(_TYPES.CURRENT, target.id, at=at)
        yield _consistent(at)
        if target.once:
            del self._targets[target.id]
            self._hub.leave(self, target)
            yield _target_change(_TYPES.REMOVE, target.id)

    def _result(self, target: _Target, at: int) -> dict[Path, Stored]:
        if target.query is not None:
            execution = Execution(self._state, target.query, at, self.cost)
            found = ((execution.path(hit), execution.read(hit)) for hit in execution.hits())
            return {path: stored for path, stored in found if stored is not None}
        result: dict[Path, Stored] = {}
        for path in sorted(target.documents):
            _, stored = read_one(self._state, target.database, document_name(target.database, path), at, self.cost)
            if stored is not None:
                result[path] = stored
        return result

    def _refresh(self, target: _Target, at: int, *, missing: bool = False) -> Iterator[bytes]:
        """Take the target's result at `at` and tell what is different from what the client has."""
        result = self._result(target, at)
        target.at = at
        for path, stored in result.items():
            if target.known.get(path) != stored.updated:
                document = Document.FromString(stored.body)
                yield _changed(target, path, document.fields, stored.created, stored.updated)
        gone = [path for path in target.known if path not in result]
        if missing:
            gone += [path for path in sorted(target.documents) if path not in result]
        for path in gone:
            yield _gone(target, path, at, deleted=self._is_missing(target, path, at))
        target.known = {path: stored.updated for path, stored in result.items()}

    def _is_missing(self, target: _Target, path: Path, at: int) -> bool:
        return read_one(self._state, target.database, document_name(target.database, path), at, self.cost)[1] is None

    def _follow(self, committed: Committed) -> Iterator[bytes]:
        told = False
        for target in self._targets.values():
            if committed.time <= target.at:
                continue
            for message in self._follow_target(target, committed):
                told = True
                yield message
        if told:
            yield _consistent(committed.time)

    def _follow_target(self, target: _Target, committed: Committed) -> Iterator[bytes]:
        relevant = [change for change in committed.changes if change.database == target.database]
        limited = target.query is not None and (target.query.limit is not None or target.query.offset)
        if limited and target.query is not None and any(self._concerns(target, change) for change in relevant):
            yield from self._refresh(target, committed.time)
            return
        target.at = committed.time
        for change in relevant:
            if target.query is None:
                matches = change.path in target.documents and change.fields is not None
            else:
                matches = change.fields is not None and target.query.matches(change.path, change.fields) is not None
            if matches:
                target.known[change.path] = change.updated
                yield _changed(target, change.path, change.fields, change.created, change.updated)
            elif target.known.pop(change.path, None) is not None:
                yield _gone(target, change.path, committed.time, deleted=change.fields is None)

    def _concerns(self, target: _Target, change: Change) -> bool:
        query = target.query
        if query is None or not query.in_scope(change.path):
            return False
        if query.offset or change.path in target.known:
            return True
        return change.fields is not None and query.matches(change.path, change.fields) is not None


class Hub:
    """Passes commits to the streams that have a target they may concern."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._topics: dict[tuple[Any, ...], dict[_Stream, int]] = {}
        self._streams: set[_Stream] = set()
        self._closed = False

    def serve(self, state: State, requests: Iterable[Any], context: Any, cost: Cost) -> Iterator[bytes]:
        """One Listen call, until the client or the engine ends it. What it reads is added to `cost`."""
        stream = _Stream(state, self, cost)
        with self._lock:
            if self._closed:
                raise _shutting_down()
            if len(self._streams) >= MAX_STREAMS:
                raise StatusError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    f"The local Firestore engine serves at most {MAX_STREAMS} listen streams at once.",
                )
            self._streams.add(stream)
        if not context.add_callback(lambda: stream.inbox.put(None)):
            stream.inbox.put(None)

        def pump() -> None:
            try:
                for request in requests:
                    stream.inbox.put(request)
                stream.inbox.put(None)
            except StatusError as problem:
                stream.inbox.put(problem)
            except Exception:  # the client is gone: the iterator raises what grpc sees fit
                stream.inbox.put(None)

        threading.Thread(target=pump, name="firestore-listen", daemon=True).start()
        try:
            yield from stream.run()
        finally:
            with self._lock:
                self._streams.discard(stream)

    def join(self, stream: _Stream, target: _Target) -> None:
        """Send the stream what concerns the target, from now on."""
        with self._lock:
            for topic in target.topics():
                counts = self._topics.setdefault(topic, {})
                counts[stream] = counts.get(stream, 0) + 1

    def leave(self, stream: _Stream, target: _Target) -> None:
        """The target is no longer listened to."""
        with self._lock:
            for topic in target.topics():
                counts = self._topics.get(topic, {})
                counts[stream] = counts.get(stream, 0) - 1
                if counts[stream] <= 0:
                    del counts[stream]
                if not counts:
                    self._topics.pop(topic, None)

    def publish(self, batch: list[Committed]) -> None:
        """Commits that are on disk. On the writer thread."""
        if not self._topics:
            return
        with self._lock:
            for committed in batch:
                concerned: dict[_Stream, None] = {}
                for change in committed.changes:
                    for topic in _topics_of(change):
                        concerned.update(dict.fromkeys(self._topics.get(topic, ())))
                for stream in concerned:
                    stream.inbox.put(committed)

    def close(self) -> None:
        """End every stream with UNAVAILABLE: a client then comes back with its resume token."""
        with self._lock:
            self._closed = True
            for stream in self._streams:
                stream.inbox.put(_shutting_down())


def _shutting_down() -> StatusError:
    return StatusError(grpc.StatusCode.UNAVAILABLE, "The Firestore engine is shutting down.")


def _topics_of(change: Change) -> Iterator[tuple[Any, ...]]:
    database, path = change.database, change.path
    yield (database, "document", path)
    yield (database, "collection", path[:-1])
    yield (database, "group", path[-2])
    yield (database, "all")


def _read_target(request: Any, given: Any, number: int) -> _Target:
    kind = given.WhichOneof("target_type")
    if kind == "documents":
        parsed = [parse_document(name) for name in given.documents.documents]
        if not parsed:
            raise invalid("A document target names no document.")
        database = parsed[0][0]
        if any(other != database for other, _ in parsed):
            raise invalid("A document target names documents of different databases.")
        target = _Target(number, database, None, frozenset(path for _, path in parsed))
    elif kind == "query" and given.query.WhichOneof("query_type") == "structured_query":
        query = parse_query(given.query.parent, given.query.structured_query)
        target = _Target(number, query.database, query, frozenset())
    else:
        raise invalid("A target must be a query or a set of documents.")
    if request.database and parse_database(request.database) != target.database:
        raise invalid("The target is in another database than the request.")
    target.once = given.once
    return target


def _resumes_from(given: Any) -> int | None:
    kind = given.WhichOneof("resume_type")
    if kind == "resume_token":
        if len(given.resume_token) != 8:
            raise invalid("The resume token is not one this service gave out.")
        return int.from_bytes(given.resume_token, "big")
    return micros(given.read_time) if kind == "read_time" else None


def _target_change(kind: int, target: int, cause: StatusError | None = None, at: int | None = None) -> bytes:
    message = ListenResponse()
    message.target_change.target_change_type = kind
    message.target_change.target_ids.append(target)
    if cause is not None:
        message.target_change.cause.code = cause.code.value[0]
        message.target_change.cause.message = cause.message
    if at is not None:
        message.target_change.read_time.CopyFrom(timestamp(at))
        message.target_change.resume_token = at.to_bytes(8, "big")
    return bytes(message.SerializeToString())


def _existence_filter(target: _Target) -> bytes:
    """How many documents the target holds."""
    message = ListenResponse()
    message.filter.target_id = target.id
    message.filter.count = len(target.known)
    return bytes(message.SerializeToString())


def _consistent(at: int) -> bytes:
    """Everything up to `at` has been told, for all targets."""
    message = ListenResponse()
    message.target_change.read_time.CopyFrom(timestamp(at))
    message.target_change.resume_token = at.to_bytes(8, "big")
    return bytes(message.SerializeToString())


def _changed(target: _Target, path: Path, fields: Any, created: int, updated: int) -> bytes:
    message = ListenResponse()
    document = message.document_change.document
    document.name = document_name(target.database, path)
    document.MergeFrom(Document(fields=fields))
    document.create_time.CopyFrom(timestamp(created))
    document.update_time.CopyFrom(timestamp(updated))
    message.document_change.target_ids.append(target.id)
    return bytes(message.SerializeToString())


def _gone(target: _Target, path: Path, at: int, *, deleted: bool) -> bytes:
    message = ListenResponse()
    told = message.document_delete if deleted else message.document_remove
    told.document = document_name(target.database, path)
    told.removed_target_ids.append(target.id)
    told.read_time.CopyFrom(timestamp(at))
    return bytes(message.SerializeToString())
