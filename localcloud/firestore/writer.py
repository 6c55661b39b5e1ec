"""The one thread that writes. Commits wait in a queue; all that wait go to disk with one fsync.

A commit is worked out completely before any of its SQL runs, so one that fails leaves nothing behind and those
beside it in the batch are untouched.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import grpc

from localcloud.firestore.encoding import MAX_INDEXED_BYTES
from localcloud.firestore.errors import StatusError, already_exists, failed_precondition, invalid, not_found
from localcloud.firestore.indexes import COMPOSITE, IndexConfig, document_key, entries_of
from localcloud.firestore.messages import Document, WriteResult, timestamp
from localcloud.firestore.names import Database, Path
from localcloud.firestore.store import HISTORY_MICROS, Store, Stored
from localcloud.firestore.values import apply_transform, check_fields, merge
from localcloud.firestore.writes import WriteOp

MAX_BATCH = 256
MAX_ENTRIES = 40_000
MAX_ENTRY_BYTES = 7_680
MAX_ENTRIES_BYTES = 8 * 1024 * 1024
_LARGE_BODY = 20_000  # bytes; a smaller document comes near no limit of its index entries
_PRUNE_ROWS = 2_000

_log = logging.getLogger(__name__)


class Change(NamedTuple):
    """One document changed by a commit; `fields` is None where it is gone. Times in microseconds."""

    database: Database
    path: Path
    fields: Any | None
    created: int
    updated: int


class Committed(NamedTuple):
    """One commit on disk."""

    time: int
    changes: list[Change]


@dataclass(slots=True)
class Job:
    """One commit waiting for the writer, or a piece of upkeep (`upkeep`)."""

    database: Database
    ops: list[WriteOp]
    validate: Callable[[], None] | None = None
    upkeep: Callable[[sqlite3.Connection, int], None] | None = None
    done: Callable[[], None] | None = None
    time: int = 0
    results: list[Any] = field(default_factory=list)
    error: BaseException | None = None
    _finished: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._finished.acquire()

    def finish(self) -> None:
        """Let the waiting call go on."""
        self._finished.release()

    def wait(self) -> None:
        """Until the commit is on disk; raises what made it fail."""
        with self._finished:
            pass
        if self.error is not None:
            raise self.error


@dataclass(slots=True)
class _Image:
    """A document as the commit being worked out sees it."""

    path: Path
    before: Stored | None
    body: bytes | None
    updated: int
    document: Any | None = None

    def fields(self) -> Any:
        if self.document is None:
            self.document = Document.FromString(self.body or b"")
        return self.document.fields


class Writer:
    """Runs commits one after the other. `observers` are told of each batch once it is on disk."""

    def __init__(self, store: Store, config: IndexConfig) -> None:
        self._store = store
        self._config = config
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.observers: list[Callable[[list[Committed]], None]] = []
        self.before_batch: Callable[[], None] = lambda: None
        self.after_commit: Callable[[Committed], None] = lambda _: None
        self._thread = threading.Thread(target=self._run, name="firestore-writer", daemon=True)
        self._stopping = False

    def start(self) -> None:
        """Start taking commits."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        if not self._stopping:
            self._stopping = True
            self._queue.put(None)
        self._thread.join()

    def submit(self, job: Job) -> Job:
        """Put a commit in the queue; `job.wait()` for its outcome."""
        if self._stopping:
            raise StatusError(grpc.StatusCode.UNAVAILABLE, "The Firestore engine is shutting down.")
        self._queue.put(job)
        return job

    def commit(self, job: Job) -> Job:
        """Queue a commit and wait until it is on disk."""
        self.submit(job).wait()
        return job

    def barrier(self) -> None:
        """Wait until everything queued before is on disk."""
        self.commit(Job(Database("", ""), [], upkeep=lambda _, __: None))

    def ensure_database(self, database: Database) -> None:
        """Give a database its key prefix, so that what is missing in it can be named in a transaction."""
        if self._store.database(database) is None:
            made: list[bytes] = []
            step = Job(database, [], upkeep=lambda _, __: made.append(self._store.create_database(database)))
            self.commit(step)
            self._store.remember_database(database, made[0])

    def _run(self) -> None:
        stopping = False
        while not stopping:
            batch: list[Job] = []
            job = self._queue.get()
            while job is not None:
                batch.append(job)
                if len(batch) >= MAX_BATCH or self._queue.empty():
                    break
                job = self._queue.get()
            stopping = job is None
            if batch:
                self._write(batch)
        # What slipped in behind the stop signal must not wait for ever.
        while not self._queue.empty():
            late = self._queue.get()
            if late is not None:
                late.error = StatusError(grpc.StatusCode.UNAVAILABLE, "The Firestore engine is shutting down.")
                late.finish()

    def _write(self, batch: list[Job]) -> None:
        connection = self._store.writer
        created: dict[Database, bytes] = {}
        committed: list[Committed] = []
        try:
            self.before_batch()
            connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._one(connection, job, created, committed)
            connection.execute("UPDATE meta SET value = ? WHERE key = 'last_commit'", (self._store.clock.newest,))
            connection.execute("COMMIT")
            for database, prefix in created.items():
                self._store.remember_database(database, prefix)
        except BaseException as problem:
            committed.clear()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            error = _storage_error(problem)
            for job in batch:
                job.error = job.error or error
        finally:
            self._store.clock.publish()
        for observer in self.observers:
            if committed:
                observer(committed)
        for job in batch:
            job.finish()

    def _one(
        self, connection: sqlite3.Connection, job: Job, created: dict[Database, bytes], committed: list[Committed]
    ) -> None:
        if job.upkeep is not None:
            job.upkeep(connection, self._store.clock.commit_time())
            return
        try:
            if job.validate is not None:
                job.validate()
            prefix = self._store.database(job.database) or created.get(job.database)
            if prefix is None and job.ops:
                prefix = created[job.database] = self._store.create_database(job.database)
            job.time = self._store.clock.commit_time()
            images = self._work_out(connection, job, prefix or b"")
            diffs = {key: self._diff(prefix or b"", image) for key, image in images.items()}
        except StatusError as problem:
            job.error = problem
            return
        except sqlite3.Error:
            raise
        except Exception as problem:
            # Nothing of this commit has reached the database yet: those beside it can go on.
            job.error = _storage_error(problem)
            return
        changes: list[Change] = []
        for key, image in images.items():
            self._apply(connection, key, image, diffs[key], job.time)
            if image.body is None and image.before is None:
                continue
            fields = image.fields() if image.body is not None else None
            begun = image.before.created if image.before is not None else job.time
            changes.append(Change(job.database, image.path, fields, begun, job.time))
        done = Committed(job.time, changes)
        committed.append(done)
        self.after_commit(done)

    def _work_out(self, connection: sqlite3.Connection, job: Job, prefix: bytes) -> dict[bytes, _Image]:
        images: dict[bytes, _Image] = {}
        for op in job.ops:
            key = document_key(prefix, op.path)
            image = images.get(key)
            if image is None:
                row = connection.execute("SELECT created, updated, body FROM docs WHERE k = ?", (key,)).fetchone()
                before = Stored(*row) if row else None
                image = _Image(op.path, before, before.body if before else None, before.updated if before else 0)
                images[key] = image
            job.results.append(_apply_op(op, image, job.time))
        return {
            key: image for key, image in images.items() if image.body != (image.before.body if image.before else None)
        }

    def _diff(self, prefix: bytes, image: _Image) -> tuple[Iterable[bytes], dict[bytes, int]]:
        """The entries to take away and to add. Only fields that changed are encoded again."""
        path, before = image.path, image.before
        if before is None:
            added = entries_of(self._config, prefix, path, image.fields())
            _check_entries(path, added)
            return (), added
        old = Document.FromString(before.body).fields
        if image.body is None:
            return entries_of(self._config, prefix, path, old), {}
        new = image.fields()
        changed = {name for name in new if name not in old or old[name] != new[name]}
        changed |= {name for name in old if name not in new}
        gone = entries_of(self._config, prefix, path, old, changed)
        come = entries_of(self._config, prefix, path, new, changed)
        _check_entries(path, come)
        if image.body is not None and len(image.body) > _LARGE_BODY:
            _check_entries(path, entries_of(self._config, prefix, path, new))
        return [key for key in gone if key not in come], {key: come[key] for key in come if key not in gone}

    def _apply(
        self,
        connection: sqlite3.Connection,
        key: bytes,
        image: _Image,
        diff: tuple[Iterable[bytes], dict[bytes, int]],
        at: int,
    ) -> None:
        gone, come = diff
        if image.before is None:
            connection.execute("INSERT INTO docs VALUES (?, ?, ?, ?)", (key, at, at, image.body))
        else:
            before = image.before
            connection.execute(
                "INSERT INTO docs_old VALUES (?, ?, ?, ?, ?)", (key, at, before.created, before.updated, before.body)
            )
            if image.body is None:
                connection.execute("DELETE FROM docs WHERE k = ?", (key,))
            else:
                connection.execute("UPDATE docs SET updated = ?, body = ? WHERE k = ?", (at, image.body, key))
        remove_entries(connection, gone, at)
        if come:
            connection.executemany(
                "INSERT INTO entries VALUES (?, ?, ?)", [(entry, tail, at) for entry, tail in come.items()]
            )

    def prune(self) -> None:
        """Drop history that no read may ask for any more, a few thousand rows at a time."""
        floor = self._store.clock.read_time() - HISTORY_MICROS
        more = self._store.has_history_before(floor)
        while more:
            more = False

            def step(connection: sqlite3.Connection, _: int) -> None:
                nonlocal more
                for table, unique in (("docs_old", "rowid"), ("entries_old", "k, until")):
                    count = connection.execute(
                        f"DELETE FROM {table} WHERE ({unique}) IN "
                        f"(SELECT {unique} FROM {table} WHERE until < ? LIMIT {_PRUNE_ROWS})",
                        (floor,),
                    ).rowcount
                    more = more or count >= _PRUNE_ROWS
                if floor > self._store.history_floor:
                    self._store.history_floor = floor
                    connection.execute("UPDATE meta SET value = ? WHERE key = 'history'", (floor,))

            self.commit(Job(Database("", ""), [], upkeep=step))


def remove_entries(connection: sqlite3.Connection, keys: Iterable[bytes], at: int) -> None:
    """Move index entries to the history."""
    rows = [(key,) for key in keys]
    if rows:
        connection.executemany(
            "INSERT INTO entries_old SELECT k, ?, tail, since FROM entries WHERE k = ?", [(at, row[0]) for row in rows]
        )
        connection.executemany("DELETE FROM entries WHERE k = ?", rows)


def _check_entries(path: Path, entries: dict[bytes, int]) -> None:
    """The limits on a document's index entries; sizes are those of the keys, which hold what the service counts."""
    if len(entries) > MAX_ENTRIES:
        raise invalid(f'too many index entries for entity "{"/".join(path)}": at most {MAX_ENTRIES} are allowed.')
    if len(entries) * MAX_ENTRY_BYTES < MAX_ENTRIES_BYTES and max(map(len, entries), default=0) <= MAX_ENTRY_BYTES:
        return
    total = 0
    for key, tail in entries.items():
        size = len(key)
        if size > MAX_ENTRY_BYTES:
            if key.startswith(COMPOSITE):
                raise invalid(
                    f'An index entry of document "{"/".join(path)}" is {size} bytes long; at most {MAX_ENTRY_BYTES} '
                    "are allowed. Shorten the values of the fields in its composite index."
                )
            # A map or an array as a whole: the service indexes its beginning only.
            size = MAX_INDEXED_BYTES + tail
        total += size
    if total > MAX_ENTRIES_BYTES:
        raise invalid(
            f'The index entries of document "{"/".join(path)}" take {total} bytes; at most {MAX_ENTRIES_BYTES} are '
            "allowed. Exempt large fields from indexing."
        )


def _apply_op(op: WriteOp, image: _Image, now: int) -> Any:
    """Apply one write to its document's image and return its `WriteResult`."""
    wanted = op.precondition
    exists = image.body is not None
    if wanted.exists is True and not exists:
        raise not_found(f"No document to update: {op.name}")
    if wanted.exists is False and exists:
        raise already_exists(f"Document already exists: {op.name}")
    if wanted.update_time is not None and (not exists or wanted.update_time != image.updated):
        stored = image.updated if exists else 0
        raise failed_precondition(
            f"the stored version ({stored}) does not match the required base version ({wanted.update_time})"
        )
    if op.delete:
        image.body = None
        image.document = None
        return WriteResult()
    whole = op.mask is None
    document = op.document if whole and op.document is not None else Document.FromString(image.body or b"")
    document.ClearField("name")
    document.ClearField("create_time")
    document.ClearField("update_time")
    if not whole and op.document is not None:
        merge(document.fields, op.document.fields, op.mask or ())
    results = [apply_transform(document.fields, path, transform, now) for path, transform in op.transforms]
    if op.transforms or not whole:
        check_fields(op.name, document.fields)
    body = document.SerializeToString(deterministic=True)
    if body != image.body:
        image.updated = now
    image.body = body
    image.document = document
    return WriteResult(update_time=timestamp(image.updated), transform_results=results)


def _storage_error(problem: BaseException) -> StatusError:
    if isinstance(problem, sqlite3.Error):
        full = getattr(problem, "sqlite_errorname", "") in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}
        _log.error("a batch of commits could not be stored: %s", getattr(problem, "sqlite_errorname", "unknown"))
        if full:
            return StatusError(
                grpc.StatusCode.UNAVAILABLE,
                "The disk that holds the local Firestore data is full: nothing was written. Free some space.",
            )
        return StatusError(grpc.StatusCode.INTERNAL, "The local Firestore engine could not store the commit.")
    _log.exception("the writer failed", exc_info=problem)
    return StatusError(grpc.StatusCode.INTERNAL, "The local Firestore engine failed on this commit.")
