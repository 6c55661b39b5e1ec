"""The unit of work: one batch read, one commit.

A request's reads go through a `Unit`, which fetches everything asked for so far in one `BatchGetDocuments`; its
writes are collected and committed at once. Every document written after it was read carries its `update_time` as a
precondition, every created one `exists=false`; if somebody was faster the commit raises `Conflicted` and the caller
runs again from the reads. A rule that rests on documents only read uses `transactional=True`: one trip more, and
Firestore guarantees that nothing read has changed.

`trips`, `reads` and `writes` count serial Firestore round trips and billed operations.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from functools import cache
from random import SystemRandom
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from shared import metrics
from shared.errors import ApiError, DatabaseUnavailable
from shared.store import rpc
from shared.store.crypto import Sealer
from shared.store.document import Deletable, Document, decode, encode
from shared.store.query import COUNT_CAP, Page, Paging, Query, open_cursor, page_info, seal_cursor

if TYPE_CHECKING:
    from google.cloud.firestore import Client, Transaction

D = TypeVar("D", bound=Document)
T = TypeVar("T")
Key = tuple[type[Document], str]

log = logging.getLogger("consentmd.store")

# Not the shared generator: who seeds it for a purpose of their own must not find us drawing from it.
_DICE = SystemRandom()


class Conflicted(Exception):  # noqa: N818 - an event of the protocol, not an error of the caller
    """Somebody else changed a document this unit read, or created one it creates. Nothing was written."""


class UniqueKey(Document):
    """A reservation of a value that only one document may have (e-mail, MRN). Its id is `<kind>_<blind index>`."""

    collection = "uniqueKeys"

    kind: str
    owner_id: str
    #: Ids that whoever looks the value up needs next, by name, so that they come in one batch with the owner.
    leads_to: dict[str, str] = {}


class _How(Enum):
    CREATE = auto()  # must not exist
    UPDATE = auto()  # must be as it was read
    PUT = auto()  # whatever was there
    BUMP = auto()  # counters are added to, whatever they are
    REMOVE = auto()  # unique keys and expired technical records only; domain documents are soft-deleted


class _Write(NamedTuple):
    how: _How
    document: Document
    only: frozenset[str] | None = None
    read_at: Any = None
    keep: bool = False
    by: Mapping[str, int] = MappingProxyType({})


class _Seen(NamedTuple):
    document: Document | None
    update_time: Any = None
    #: Stored with an older schema: the next update writes it whole.
    outdated: bool = False


@dataclass(eq=False, repr=False)
class Unit:
    """Reads and writes of one attempt at one request."""

    #: Factories, so that a request that needs neither pays for neither.
    connect: "Callable[[], Client]"
    unlock: Callable[[], Sealer]
    timeout: float
    actor_id: str = ""
    transactional: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    trips: int = 0
    reads: int = 0
    writes: int = 0
    _seen: dict[Key, _Seen] = field(default_factory=dict)
    _wanted: dict[Key, None] = field(default_factory=dict)
    _writes: dict[Key, _Write] = field(default_factory=dict)
    _reserved: dict[str, type[ApiError]] = field(default_factory=dict)
    _transaction: "Transaction | None" = None
    #: Guards what queries that run at the same time count and find.
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def client(self) -> "Client":
        """The database client."""
        return self.connect()

    @property
    def sealer(self) -> Sealer:
        """Field encryption and blind indexes."""
        return self.unlock()

    # Reading

    def want(self, cls: type[Document], document_id: str) -> None:
        """Ask for a document with the next batch."""
        if (cls, document_id) not in self._seen:
            self._wanted[cls, document_id] = None

    def get(self, cls: type[D], document_id: str, *, deleted: bool = False) -> D | None:
        """A document by id, or None when there is none or it is deleted (unless `deleted`)."""
        return self.get_all(cls, [document_id], deleted=deleted)[0]

    def get_all(self, cls: type[D], ids: Sequence[str], *, deleted: bool = False) -> list[D | None]:
        """Documents by id, in the order asked for."""
        for document_id in ids:
            self.want(cls, document_id)
        if any((cls, document_id) not in self._seen for document_id in ids):
            self._fetch()
        found = [cast("D | None", self._seen[cls, document_id].document) for document_id in ids]
        return [d if d is not None and (deleted or not getattr(d, "deleted", False)) else None for d in found]

    def _fetch(self) -> None:
        if self.transactional and self._transaction is None:
            self._transaction = self._begin()
        self.trips += 1
        self._guarded(self._read_wanted)

    def reading_wanted(self) -> Callable[[], None]:
        """The batch asked for so far, for `together`: nothing in it waits for a query, nor a query for it."""
        return self._read_wanted

    def _read_wanted(self) -> None:
        wanted, self._wanted = list(self._wanted), {}
        if not wanted:
            return
        keys = {self._name(cls, document_id): (cls, document_id) for cls, document_id in wanted}
        found = list(
            rpc.documents(self.client, keys, self._transaction, retry=_read_retry(self.timeout), timeout=self.timeout)
        )
        with self._counting:
            self.reads += len(wanted)
        for name, data, update_time in found:
            cls, document_id = keys[name]
            document = decode(cls, document_id, data, self.sealer) if data is not None else None
            self._seen[cls, document_id] = _Seen(document, update_time, _outdated(cls, data))

    def find(self, query: Query[D], *, limit: int, span: tuple[Any, Any] = (None, None), **params: Any) -> list[D]:
        """The first `limit` documents of `query`. `span` limits its first order field to from ≤ x < to."""
        found: list[D] = self.together(lambda: self._run(query, params, span, limit=limit))[0]
        return found

    def together(self, *reads: Callable[[], Any]) -> list[Any]:
        """Run independent queries at the same time: one serial round trip."""
        self.trips += 1
        if self.transactional or len(reads) == 1:
            return [self._guarded(read) for read in reads]
        # In this request's context, so that what they log carries its trace.
        return [r.result() for r in [_pool().submit(copy_context().run, self._guarded, read) for read in reads]]

    def reading(
        self,
        query: Query[D],
        *,
        limit: int,
        span: tuple[Any, Any] = (None, None),
        after: tuple[list[Any], str] | None = None,
        offset: int = 0,
        **params: Any,
    ) -> Any:
        """A query for `together`; `after` is a row's order values and id, and what comes behind it is read."""
        return lambda: self._run(query, params, span, limit=limit, after=after, offset=offset)

    def counting(self, query: Query[Any], *, span: tuple[Any, Any] = (None, None), **params: Any) -> Callable[[], int]:
        """A capped count for `together`."""
        return lambda: self._count(query, params, span)

    def page(
        self,
        query: Query[D],
        paging: Paging,
        *,
        span: tuple[Any, Any] = (None, None),
        beside: Sequence[Callable[[], Any]] = (),
        **params: Any,
    ) -> "Page[D]":
        """One page of `query`, with its total (capped) and the cursor of the next; `beside` is read with it."""
        bound = {**params, "span": [str(edge) for edge in span]}
        after = (
            open_cursor(query, bound, self.actor_id, paging.cursor, self.sealer) if paging.cursor is not None else None
        )
        offset = (paging.page - 1) * paging.limit if after is None else 0
        rows, total, *_ = self.together(
            lambda: self._run(query, params, span, limit=paging.limit + 1, offset=offset, after=after),
            lambda: self._count(query, params, span),
            *beside,
        )
        shown = rows[: paging.limit]
        following = None
        if len(rows) > paging.limit:
            last = encode(shown[-1], self.sealer)
            stamped = {key: getattr(shown[-1], _attribute(query.document, key)) for key in query.document.stamped}
            values = [{**last, **stamped}[o.lstrip("-")] for o in query.order]
            following = seal_cursor(query, bound, self.actor_id, values, shown[-1].id, self.sealer)
        return Page[Any].model_construct(data=shown, pagination=page_info(total, paging, following))

    def count(self, query: Query[Any], *, span: tuple[Any, Any] = (None, None), **params: Any) -> int:
        """How many documents `query` has, up to the cap plus one."""
        return cast("int", self.together(lambda: self._count(query, params, span))[0])

    def _built(self, query: Query[Any], params: dict[str, Any], span: tuple[Any, Any]) -> Any:
        # Before any import of its parts: `clients` says why.
        client = self.client
        from google.cloud.firestore_v1.base_query import FieldFilter

        known = {*query.equal, *query.optional, query.contains, query.optional_contains, query.facets} - {""}
        if unknown := params.keys() - known:
            raise TypeError(f"{query.name} has no parameter {', '.join(sorted(unknown))}")
        built: Any = client.collection(query.document.collection)
        for name, value in params.items():
            if name == query.facets:
                for member in sorted(value or ()):
                    built = built.where(filter=FieldFilter(f"{name}.{member}", "==", value=True))
            elif value is not None:
                test = "array_contains" if name in {query.contains, query.optional_contains} else "=="
                built = built.where(filter=FieldFilter(name, test, value))
            elif name not in query.optional and name != query.optional_contains:
                raise TypeError(f"{query.name} needs {name}")
        if query.document.deletable:
            built = built.where(filter=FieldFilter("deleted", "==", value=False))
        first, until = span
        if first is not None:
            built = built.where(filter=FieldFilter(query.order[0].lstrip("-"), ">=", first))
        if until is not None:
            built = built.where(filter=FieldFilter(query.order[0].lstrip("-"), "<", until))
        return built

    def _run(
        self,
        query: Query[D],
        params: dict[str, Any],
        span: tuple[Any, Any],
        *,
        limit: int,
        offset: int = 0,
        after: tuple[list[Any], str] | None = None,
    ) -> list[D]:
        built = self._built(query, params, span)
        for order in query.order:
            built = built.order_by(order.lstrip("-"), direction="DESCENDING" if order.startswith("-") else "ASCENDING")
        if query.order or query.facets:
            descending = bool(query.order) and query.order[-1].startswith("-")
            built = built.order_by("__name__", direction="DESCENDING" if descending else "ASCENDING")
        if after is not None:
            values, row_id = after
            names = [o.lstrip("-") for o in query.order]
            built = built.start_after({**dict(zip(names, values, strict=True)), "__name__": row_id})
        if offset:
            built = built.offset(offset)
        built = built.limit(limit)
        snapshots = list(
            built.stream(transaction=self._transaction, retry=_read_retry(self.timeout), timeout=self.timeout)
        )
        found = []
        for snapshot in snapshots:
            document = decode(query.document, snapshot.id, snapshot._data, self.sealer)  # noqa: SLF001
            updated = snapshot.update_time.timestamp_pb()
            found.append(_Seen(document, updated, _outdated(query.document, snapshot._data)))  # noqa: SLF001
        with self._counting:
            self.reads += max(1, len(snapshots) + offset)
            for snapshot, seen in zip(snapshots, found, strict=True):
                self._seen.setdefault((query.document, snapshot.id), seen)
        return [cast("D", seen.document) for seen in found]

    def _count(self, query: Query[Any], params: dict[str, Any], span: tuple[Any, Any]) -> int:
        counted = self._built(query, params, span).limit(COUNT_CAP + 1).count(alias="n")
        result = counted.get(retry=_read_retry(self.timeout), timeout=self.timeout)
        with self._counting:
            # Billed as one read per thousand index entries, at least one.
            self.reads += 1
        return int(result[0][0].value)

    # Writing

    def create(self, document: D, *, keep: bool = False) -> D:
        """Store a new document. With `keep` it is stored even if the request is refused (audit, security counters)."""
        self._writes[type(document), document.id] = _Write(_How.CREATE, document, keep=keep)
        self._seen[type(document), document.id] = _Seen(document)
        return document

    def update(self, document: D, *, keep: bool = False, **changes: Any) -> D:
        """`document` with `changes`, stored unless there are none. It must have been read or made by this unit."""
        fresh = document.model_copy(update=changes)
        only = frozenset(name for name in changes if getattr(document, name) != getattr(fresh, name))
        key: Key = (type(document), document.id)
        seen = self._seen.get(key)
        if seen is None:
            raise LookupError(f"{document.collection} was not read by this unit")
        if only or (keep and key not in self._writes):
            pending = self._writes.get(key)
            if pending is None:
                whole = None if seen.outdated else only
                self._writes[key] = _Write(_How.UPDATE, fresh, whole, seen.update_time, keep)
            else:
                merged = None if pending.only is None else pending.only | only
                self._writes[key] = _Write(pending.how, fresh, merged, pending.read_at, keep or pending.keep)
        self._seen[key] = seen._replace(document=fresh)
        return fresh

    def rest_on(self, document: Document) -> None:
        """Let the commit fail if `document` has changed since it was read: what is written follows from it.

        For a rule that rests on a few documents; a transactional unit does the same for all that are read, for a trip.
        """
        key: Key = (type(document), document.id)
        seen = self._seen[key]
        if key not in self._writes:
            self._writes[key] = _Write(_How.UPDATE, document, frozenset(), seen.update_time)

    def put(self, document: D, *, keep: bool = False) -> D:
        """Store `document` whatever is there; for small documents that are rebuilt as a whole."""
        self._writes[type(document), document.id] = _Write(_How.PUT, document, keep=keep)
        self._seen[type(document), document.id] = _Seen(document)
        return document

    def bump(self, cls: type[Document], document_id: str, **by: int) -> None:
        """Add to counters of a document, made if it is missing. Nothing is read and nobody conflicts with it.

        Counted once, as the rest of the commit: it goes through or fails as a whole.
        """
        pending = self._writes.get((cls, document_id))
        before = pending.by if pending is not None else {}
        sums = {name: before.get(name, 0) + by.get(name, 0) for name in {*before, *by}}
        shell = cls.model_construct(id=document_id)
        self._writes[cls, document_id] = _Write(_How.BUMP, shell, frozenset(sums), by=sums)

    def delete(self, document: D) -> D:
        """Soft-delete `document`, recording who and when."""
        if not isinstance(document, Deletable):
            raise TypeError(f"{document.collection} is not deletable")
        return cast("D", self.update(document, deleted=True, deleted_at=self.now, deleted_by=self.actor_id))

    def remove(self, cls: type[Document], document_id: str, *, keep: bool = False) -> None:
        """Take a technical record (unique key, used-up token) out of the database."""
        shell = cls.model_construct(id=document_id)
        self._writes[cls, document_id] = _Write(_How.REMOVE, shell, keep=keep)
        self._seen[cls, document_id] = _Seen(None)

    def seen(self, cls: type[D], document_id: str) -> D | None:
        """A document if it has been read already and is there; never a trip."""
        seen = self._seen.get((cls, document_id))
        return cast("D | None", seen.document) if seen is not None else None

    def forget(self, cls: type[Document], document_id: str) -> None:
        """Read a document anew when it is asked for again: after a commit in between, or because time has passed."""
        self._seen.pop((cls, document_id), None)

    def reset(self) -> None:
        """Forget everything read and not yet written, after a conflict, to begin anew."""
        self._seen, self._wanted, self._writes, self._reserved = {}, {}, {}, {}

    def reserve(
        self, kind: str, value: str, owner_id: str, taken: type[ApiError], leads_to: dict[str, str] | None = None
    ) -> None:
        """Make `value` unique among all of its kind; a commit that finds it reserved ends in `taken`."""
        key = UniqueKey(id=unique_key(self.sealer, kind, value), kind=kind, owner_id=owner_id, leads_to=leads_to or {})
        seen = self._seen.get((UniqueKey, key.id))
        if seen is not None and isinstance(seen.document, UniqueKey):
            if seen.document.owner_id != owner_id:
                raise taken
            return
        self._reserved[key.id] = taken
        self.create(key)

    def release(self, kind: str, value: str) -> None:
        """Give up a reservation."""
        self.remove(UniqueKey, unique_key(self.sealer, kind, value))

    @property
    def dirty(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self._writes)

    def pending(self, cls: type[D]) -> list[D]:
        """Documents of a type that this unit is about to write."""
        return [cast("D", w.document) for (kind, _), w in self._writes.items() if kind is cls]

    def changes(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """(collection, id, changed field names) of each pending domain write, for the audit entry."""
        made = []
        for (cls, document_id), write in self._writes.items():
            fields = cls.model_fields
            names = [n for n in fields if n != "id"] if write.only is None else sorted(write.only)
            made.append((cls.collection, document_id, tuple(fields[n].alias or n for n in names)))
        return tuple(made)

    def refuse(self) -> None:
        """Drop every write but those that outlive a refusal."""
        self._writes = {key: write for key, write in self._writes.items() if write.keep}
        self._reserved = {}

    def commit(self, *, known: bool = False) -> None:
        """Write everything at once. Raises `Conflicted` or `DatabaseUnavailable`; then nothing was written.

        With `known`, what was updated counts as read as it is now: whoever goes on may update it again without a trip.
        """
        if not self._writes:
            self.rollback()
            return
        from google.api_core import exceptions as gone

        marker = next((key for key, w in self._writes.items() if w.how is _How.CREATE), None)
        times: list[Any] = []
        for attempt in range(3):
            try:
                self.trips += 1
                writes = list(self._messages())
                with metrics.timed("firestore_commit"):
                    times = rpc.commit(self.client, writes, self._transaction, timeout=self.timeout)
            except (gone.AlreadyExists, gone.FailedPrecondition, gone.NotFound, gone.Aborted) as conflict:
                # An attempt before this one may have been the one that created what exists now.
                if attempt and marker is not None and self._exists(marker):
                    break
                self._raise_taken(conflict)
            except (gone.ServerError, gone.RetryError, gone.Cancelled, gone.TooManyRequests) as lost:
                # The outcome is unknown: ask for a document that only this commit creates.
                log.warning("commit outcome unknown", extra={"reason": type(lost).__name__})
                if marker is not None and self._exists(marker):
                    break
                if attempt == 2 or self._transaction is not None:
                    raise DatabaseUnavailable from lost
            else:
                break
        self.writes += len(self._writes)
        # What was written has a new update time: a worker that goes on reads it again, or asks for the time.
        for key in self._writes:
            self._seen.pop(key, None)
        # There are no times of a commit whose outcome had to be looked for.
        for (key, write), updated in zip(self._writes.items(), times if known else (), strict=False):
            if write.how is _How.UPDATE:
                self._seen[key] = _Seen(write.document, updated)
        self._writes, self._reserved, self._transaction = {}, {}, None

    def _messages(self) -> Iterator[Any]:
        for (cls, document_id), write in self._writes.items():
            name = self._name(cls, document_id)
            if write.how is _How.REMOVE:
                yield rpc.removing(name)
            elif write.how is _How.BUMP:
                sums = {cls.model_fields[field].alias or field: by for field, by in write.by.items()}
                yield rpc.adding(name, {"schema": cls.schema_version}, sums)
            else:
                data = encode(write.document, self.sealer, write.only)
                if write.how is _How.CREATE:
                    yield rpc.creating(name, data, cls.stamped)
                elif write.how is _How.PUT:
                    yield rpc.putting(name, data, cls.stamped)
                else:
                    yield rpc.updating(name, data, write.read_at)

    def _raise_taken(self, conflict: Exception) -> None:
        if self._reserved:
            refs = [self._ref(UniqueKey, key) for key in self._reserved]
            self.trips += 1
            self.reads += len(refs)
            retry = _read_retry(self.timeout)
            for snapshot in self._guarded(lambda: list(self.client.get_all(refs, timeout=self.timeout, retry=retry))):
                if snapshot.exists:
                    raise self._reserved[snapshot.id] from None
        raise Conflicted from conflict

    def _exists(self, key: Key) -> bool:
        self.trips += 1
        self.reads += 1
        retry = _read_retry(self.timeout)
        return bool(self._guarded(lambda: self._ref(*key).get(timeout=self.timeout, retry=retry)).exists)

    def rollback(self) -> None:
        """End a transaction that will not be committed."""
        if self._transaction is not None:
            transaction, self._transaction = self._transaction, None
            try:
                rpc.rollback(transaction, timeout=self.timeout)
            except Exception as lost:
                log.info("rollback failed", extra={"reason": type(lost).__name__})

    # Plumbing

    def _name(self, cls: type[Document], document_id: str) -> str:
        return f"{self.client._database_string}/documents/{cls.collection}/{document_id}"  # noqa: SLF001

    def _ref(self, cls: type[Document], document_id: str) -> Any:
        return self.client.collection(cls.collection).document(document_id)

    def _begin(self) -> "Transaction":
        self.trips += 1
        retry = _read_retry(self.timeout)
        begun: Transaction = self._guarded(lambda: rpc.begin(self.client, timeout=self.timeout, retry=retry))
        return begun

    def _guarded(self, call: Callable[[], Any]) -> Any:
        from google.api_core import exceptions as gone

        try:
            with metrics.timed("firestore_read"):
                return call()
        except gone.Aborted as conflict:
            raise Conflicted from conflict
        except (gone.ServerError, gone.RetryError, gone.Cancelled, gone.TooManyRequests) as lost:
            log.warning("database unavailable", extra={"reason": type(lost).__name__})
            raise DatabaseUnavailable from lost


def unique_key(sealer: Sealer, kind: str, value: str) -> str:
    """Document id of the reservation of a value."""
    return f"{kind}_{sealer.blind(kind, value)}"


def back_off(attempt: int) -> float:
    """Seconds to wait before attempt `attempt` (from 1), full jitter, at most a second."""
    return _DICE.uniform(0, min(1.0, 0.02 * 2**attempt))


def _outdated(cls: type[Document], data: dict[str, Any] | None) -> bool:
    return data is not None and data.get("schema", 1) < cls.schema_version


def _attribute(cls: type[Document], stored: str) -> str:
    return next(name for name, info in cls.model_fields.items() if (info.alias or name) == stored)


@cache
def _pool() -> ThreadPoolExecutor:
    # Made on first use: threads do not survive the fork that starts a worker.
    return ThreadPoolExecutor(max_workers=16, thread_name_prefix="firestore")


@cache
def _read_retry(timeout: float) -> Any:
    from google.api_core import exceptions as gone
    from google.api_core.retry import Retry, if_exception_type

    return Retry(
        predicate=if_exception_type(gone.ServiceUnavailable, gone.InternalServerError),
        initial=0.05,
        maximum=0.5,
        multiplier=2,
        timeout=timeout,
    )


def chunks(items: Iterable[T], size: int) -> list[list[T]]:
    """`items` in lists of at most `size`."""
    every = list(items)
    return [every[i : i + size] for i in range(0, len(every), size)]
