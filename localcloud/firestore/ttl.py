"""Deleting documents whose TTL field has passed."""

from __future__ import annotations

from localcloud.firestore.counters import Cost
from localcloud.firestore.encoding import encode
from localcloud.firestore.errors import StatusError
from localcloud.firestore.indexes import document_key
from localcloud.firestore.messages import Value, timestamp
from localcloud.firestore.names import Database, document_name, read_path
from localcloud.firestore.state import State
from localcloud.firestore.writer import Job
from localcloud.firestore.writes import Precondition, WriteOp

_BATCH = 200
_FIRST = encode(Value(timestamp_value=timestamp(0)))[:1]


def sweep(state: State) -> int:
    """Delete what has expired, in every database; returns how many documents. Only timestamps in the past count."""
    deleted = 0
    for index in state.config.ttl.values():
        for database, prefix in state.store.known_databases():
            start = index.prefix + prefix
            now = state.store.clock.read_time()
            low, high = start + _FIRST, start + encode(Value(timestamp_value=timestamp(now)))
            while True:
                rows = state.store.scan_entries(low, high, now, _BATCH, Cost())
                jobs = [_delete(state, database, prefix, key, tail, now) for key, tail in rows]
                deleted += sum(_outcome(job) for job in jobs if job is not None)
                if len(rows) < _BATCH:
                    break
                low = rows[-1][0] + b"\0"
    return deleted


def _delete(state: State, database: Database, prefix: bytes, key: bytes, tail: int, now: int) -> Job | None:
    path, _ = read_path(key, len(key) - tail)
    stored = state.store.get(document_key(prefix, path), now, Cost())
    if stored is None:
        return None
    # The precondition keeps a document whose time was moved while the sweep ran.
    wanted = Precondition(update_time=stored.updated)
    op = WriteOp(document_name(database, path), path, delete=True, precondition=wanted)
    return state.writer.submit(Job(database, [op]))


def _outcome(job: Job) -> int:
    try:
        job.wait()
    except StatusError:
        return 0
    return 1
