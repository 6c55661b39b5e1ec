"""Calls on single documents, batches and commits."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from typing import Any

from localcloud.firestore.counters import Cost
from localcloud.firestore.errors import StatusError, failed_precondition, invalid, not_found
from localcloud.firestore.indexes import document_key
from localcloud.firestore.messages import (
    Document,
    RpcStatus,
    Write,
    WriteResult,
    document_bytes,
    field_bytes,
    message,
    time_bytes,
)
from localcloud.firestore.names import Database, FieldPath, check_id, parse_database, parse_document, parse_parent
from localcloud.firestore.state import State
from localcloud.firestore.store import Stored
from localcloud.firestore.transactions import Transaction
from localcloud.firestore.values import project
from localcloud.firestore.writer import Job
from localcloud.firestore.writes import parse_mask, parse_write, parse_writes

_AUTO_ID = string.ascii_letters + string.digits


def masked(body: bytes, mask: tuple[FieldPath, ...] | None) -> bytes:
    """A stored body with only the fields of `mask` (None: all of them)."""
    if mask is None:
        return body
    reduced = Document()
    if mask:
        project(Document.FromString(body).fields, mask, reduced.fields)
    return bytes(reduced.SerializeToString())


def request_mask(request: Any) -> tuple[FieldPath, ...] | None:
    """The read mask of a request, if it has one."""
    return parse_mask(request.mask) if request.HasField("mask") else None


def wire(name: str, stored: Stored, mask: tuple[FieldPath, ...] | None = None) -> bytes:
    """A `Document` message."""
    return document_bytes(name, masked(stored.body, mask), stored.created, stored.updated)


def open_read(state: State, database: Database, request: Any) -> tuple[int, Transaction | None, bool]:
    """The read time of a request, its transaction, and whether that transaction begins here.

    Reads `consistency_selector` (transaction, new_transaction or read_time).
    """
    selector = request.WhichOneof("consistency_selector")
    if selector is None:
        return state.store.clock.read_time(), None, False
    if selector == "read_time":
        return _settled(state, state.transactions.given_read_time(request.read_time)), None, False
    if selector == "new_transaction":
        transaction = _begin(state, database, request.new_transaction)
        transaction = state.transactions.use(transaction.id, database)
        return transaction.read_time or 0, transaction, True
    transaction = state.transactions.use(request.transaction, database)
    return transaction.read_time or 0, transaction, False


def _begin(state: State, database: Database, options: Any) -> Transaction:
    if options.WhichOneof("mode") != "read_only":
        state.writer.ensure_database(database)
    transaction = state.transactions.begin(database, options)
    if transaction.read_time is not None:
        _settled(state, transaction.read_time)
    return transaction


def _settled(state: State, at: int) -> int:
    """A read time, once every commit up to it is on disk."""
    if state.store.clock.pin(at):
        state.writer.barrier()
    return at


def read_one(state: State, database: Database, name: str, at: int, cost: Cost) -> tuple[bytes, Stored | None]:
    """A document's key and its version at `at`. Raises INVALID_ARGUMENT."""
    in_database, path = parse_document(name)
    if in_database != database:
        raise invalid(f'The document "{name}" is not in the database of the request.')
    prefix = state.store.database(database)
    if prefix is None:
        cost.documents += 1
        return b"", None
    key = document_key(prefix, path)
    return key, state.store.get(key, at, cost)


def note_read(transaction: Transaction | None, key: bytes, stored: Stored | None) -> None:
    """Remember a read for the validation at commit."""
    if transaction is not None and not transaction.read_only:
        transaction.documents[key] = stored.updated if stored is not None else 0


def get_document(state: State, request: Any, cost: Cost) -> bytes:
    """GetDocument."""
    database, _ = parse_document(request.name)
    mask = request_mask(request)
    at, transaction, _ = open_read(state, database, request)
    key, stored = read_one(state, database, request.name, at, cost)
    note_read(transaction, key, stored)
    if stored is None:
        raise not_found(f'Document "{request.name}" not found.')
    return wire(request.name, stored, mask)


def batch_get_documents(state: State, request: Any, cost: Cost) -> Iterator[bytes]:
    """BatchGetDocuments."""
    database = parse_database(request.database)
    mask = request_mask(request)
    for name in request.documents:
        if parse_document(name)[0] != database:
            raise invalid(f'The document "{name}" is not in the database of the request.')
    at, transaction, begun = open_read(state, database, request)
    time = time_bytes(4, at)
    prefix = b""
    if begun and transaction is not None:
        prefix = field_bytes(3, transaction.id)
        if not request.documents:
            yield prefix + time
    missing: list[str] = []
    for name in dict.fromkeys(request.documents):
        key, stored = read_one(state, database, name, at, cost)
        note_read(transaction, key, stored)
        if stored is None:
            missing.append(name)
            continue
        yield field_bytes(1, wire(name, stored, mask)) + prefix + time
        prefix = b""
    # Last, as the service happens to do: the order is not promised, and nobody shall come to rely on another.
    for name in missing:
        yield field_bytes(2, name.encode()) + prefix + time
        prefix = b""


def begin_transaction(state: State, request: Any, _: Cost) -> bytes:
    """BeginTransaction."""
    transaction = _begin(state, parse_database(request.database), request.options)
    return field_bytes(1, transaction.id)


def rollback(state: State, request: Any, _: Cost) -> bytes:
    """Rollback. One that is over already (expired, or ended by a failed commit) is no error."""
    parse_database(request.database)
    if not request.transaction:
        raise invalid("The transaction to roll back is missing.")
    state.transactions.end(request.transaction)
    return b""


def commit(state: State, request: Any, cost: Cost) -> bytes:
    """Commit."""
    database = parse_database(request.database)
    if not request.transaction:
        return _commit(state, Job(database, parse_writes(database, request.writes)), cost)
    transaction = state.transactions.take(request.transaction, database)
    try:
        ops = parse_writes(database, request.writes)
        if transaction.read_only:
            if ops:
                raise invalid("Cannot modify entities in a read-only transaction.")
            return _commit(state, Job(database, []), cost)
        validate = state.transactions.validator(transaction)
        return _commit(state, Job(database, ops, validate=validate), cost)
    finally:
        state.transactions.validated(transaction)


def _commit(state: State, job: Job, cost: Cost) -> bytes:
    state.writer.commit(job)
    cost.writes += len(job.ops)
    results = b"".join(field_bytes(1, result.SerializeToString()) for result in job.results)
    return results + time_bytes(2, job.time)


def batch_write(state: State, request: Any, cost: Cost) -> bytes:
    """BatchWrite: every write on its own, each with its status."""
    database = parse_database(request.database)
    jobs: list[Job | StatusError] = []
    seen: set[str] = set()
    for write in request.writes:
        try:
            op = parse_write(database, write)
        except StatusError as problem:
            jobs.append(problem)
            continue
        if op.name in seen:
            raise invalid(f'Cannot write to the same document more than once in a batch write: "{op.name}".')
        seen.add(op.name)
        jobs.append(Job(database, [op]))
    for job in jobs:
        if isinstance(job, Job):
            state.writer.submit(job)
    response = message("BatchWriteResponse")()
    for job in jobs:
        try:
            if isinstance(job, StatusError):
                raise job
            job.wait()
        except StatusError as refusal:
            response.write_results.append(WriteResult())
            response.status.append(RpcStatus(code=refusal.code.value[0], message=refusal.message))
        else:
            cost.writes += 1
            response.write_results.append(job.results[0])
            response.status.append(RpcStatus())
    return bytes(response.SerializeToString())


def create_document(state: State, request: Any, cost: Cost) -> bytes:
    """CreateDocument."""
    database, parent = parse_parent(request.parent)
    check_id(request.collection_id, "Collection id")
    document_id = request.document_id or "".join(secrets.choice(_AUTO_ID) for _ in range(20))
    check_id(document_id, "Resource id")
    name = "/".join((database.root, *parent, request.collection_id, document_id))
    write = Write(update=request.document)
    write.update.name = name
    write.current_document.exists = False
    return _write_one(state, database, name, write, request_mask(request), cost)


def update_document(state: State, request: Any, cost: Cost) -> bytes:
    """UpdateDocument."""
    name = request.document.name
    database, _ = parse_document(name)
    write = Write(update=request.document)
    if request.HasField("update_mask"):
        write.update_mask.CopyFrom(request.update_mask)
    if request.HasField("current_document"):
        write.current_document.CopyFrom(request.current_document)
    return _write_one(state, database, name, write, request_mask(request), cost)


def _write_one(
    state: State, database: Database, name: str, write: Any, mask: tuple[FieldPath, ...] | None, cost: Cost
) -> bytes:
    job = state.writer.commit(Job(database, [parse_write(database, write)]))
    cost.writes += 1
    _, stored = read_one(state, database, name, job.time, cost)
    if stored is None:
        raise failed_precondition(f'Document "{name}" was deleted while it was written.')
    return wire(name, stored, mask)


def delete_document(state: State, request: Any, cost: Cost) -> bytes:
    """DeleteDocument."""
    database, _ = parse_document(request.name)
    write = Write(delete=request.name)
    if request.HasField("current_document"):
        write.current_document.CopyFrom(request.current_document)
    state.writer.commit(Job(database, [parse_write(database, write)]))
    cost.writes += 1
    return b""
