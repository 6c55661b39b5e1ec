"""Transactions: a snapshot to read, and proof at commit that nothing read has changed since.

Serializable by optimistic validation: all reads of a transaction happen at one read time; its commit is refused with
ABORTED when a document it read has another version, or when a later commit touched a document that one of its
queries would now return. Validation runs on the writer thread, so nothing can slip in between it and the commit.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localcloud.firestore.errors import aborted, invalid
from localcloud.firestore.names import Database
from localcloud.firestore.store import Store
from localcloud.firestore.turns import Turns
from localcloud.firestore.writer import Change, Committed

IDLE_SECONDS = 60.0
TOTAL_SECONDS = 270.0

_EXPIRED = "The referenced transaction has expired or is no longer valid."
_CONTENTION = "Too much contention on these documents. Please try again."


@dataclass(slots=True)
class Transaction:
    """One open transaction and what it has read."""

    id: bytes
    database: Database
    read_only: bool
    begun: float
    used: float
    read_time: int | None = None
    documents: dict[bytes, int] = field(default_factory=dict)
    """Update time of each document read, by key; 0 where there was none."""
    ranges: list[Callable[[Change], bool]] = field(default_factory=list)
    """For each query read: whether a change would alter its result."""


class Transactions:
    """The open transactions of an engine. `now` gives monotonic seconds."""

    def __init__(self, store: Store, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._lock = threading.Lock()
        self._open: dict[bytes, Transaction] = {}
        self._log: deque[Committed] = deque()
        self._turns = Turns()

    def begin(self, database: Database, options: Any) -> Transaction:
        """Begin as `TransactionOptions` says. Raises INVALID_ARGUMENT."""
        read_only = options.WhichOneof("mode") == "read_only"
        number = secrets.token_bytes(16)
        if options.read_write.retry_transaction:
            self._turns.wait(number, options.read_write.retry_transaction)
        now = self._now()
        transaction = Transaction(number, database, read_only, now, now)
        if read_only and options.read_only.HasField("read_time"):
            transaction.read_time = self.given_read_time(options.read_only.read_time)
        with self._lock:
            self._open[transaction.id] = transaction
            if read_only and transaction.read_time is None:
                transaction.read_time = self._store.clock.read_time()
        return transaction

    def given_read_time(self, stamp: Any) -> int:
        """A read time chosen by the client, checked. Raises INVALID_ARGUMENT or FAILED_PRECONDITION."""
        if stamp.nanos % 1000:
            raise invalid("read_time must have microsecond precision.")
        at: int = stamp.seconds * 1_000_000 + stamp.nanos // 1000
        if at > time.time_ns() // 1000 and at > self._store.clock.newest:
            raise invalid("read_time cannot be in the future.")
        self._store.check_history(at)
        return at

    def use(self, transaction_id: bytes, database: Database) -> Transaction:
        """The open transaction of this id; its idle time starts again. Raises INVALID_ARGUMENT."""
        now = self._now()
        with self._lock:
            transaction = self._open.get(transaction_id)
            if transaction is not None and self._is_expired(transaction, now):
                del self._open[transaction_id]
                transaction = None
            if transaction is None:
                self._turns.release(transaction_id)
                raise invalid(_EXPIRED)
            if transaction.database != database:
                raise invalid("The transaction belongs to another database.")
            transaction.used = now
            if transaction.read_time is None:
                # Under the lock, so that `trim` never drops a commit this snapshot must be checked against.
                transaction.read_time = self._store.clock.read_time()
            return transaction

    def end(self, transaction_id: bytes) -> None:
        """Forget a transaction; one that is unknown or already over is fine."""
        with self._lock:
            self._open.pop(transaction_id, None)
        self._turns.release(transaction_id)

    def take(self, transaction_id: bytes, database: Database) -> Transaction:
        """End a transaction in order to commit it. Raises INVALID_ARGUMENT."""
        transaction = self.use(transaction_id, database)
        with self._lock:
            self._open.pop(transaction_id, None)
        return transaction

    def _is_expired(self, transaction: Transaction, now: float) -> bool:
        return now - transaction.used > IDLE_SECONDS or now - transaction.begun > TOTAL_SECONDS

    def expire(self) -> None:
        """Forget every transaction past its idle or total time."""
        now = self._now()
        with self._lock:
            for transaction in [each for each in self._open.values() if self._is_expired(each, now)]:
                del self._open[transaction.id]
                self._turns.release(transaction.id)

    def validator(self, transaction: Transaction) -> Callable[[], None]:
        """What the writer runs before the commit. It raises ABORTED on a conflict."""

        def validate() -> None:
            snapshot = transaction.read_time or 0
            connection = self._store.writer
            for key, updated in transaction.documents.items():
                row = connection.execute("SELECT updated FROM docs WHERE k = ?", (key,)).fetchone()
                if (row[0] if row else 0) != updated or self._turns.taken(key, transaction.id):
                    self._turns.lose(transaction.id, key)
                    raise aborted(_CONTENTION)
            for committed in self._log if transaction.ranges else ():
                if committed.time <= snapshot:
                    continue
                for change in committed.changes:
                    if change.database == transaction.database and any(
                        touches(change) for touches in transaction.ranges
                    ):
                        self._turns.lose(transaction.id, (change.database, change.path[:-1]))
                        raise aborted(_CONTENTION)

        # The log must reach back to this snapshot until the writer has been through it.
        with self._lock:
            self._open[transaction.id + b"#"] = transaction
        return validate

    def validated(self, transaction: Transaction) -> None:
        """The commit is over, one way or the other."""
        with self._lock:
            self._open.pop(transaction.id + b"#", None)
        self._turns.release(transaction.id)

    def record(self, committed: Committed) -> None:
        """Remember a commit for the validation of the queries of open transactions. For the writer."""
        self._log.append(committed)

    def trim(self) -> None:
        """Drop commits that no open transaction needs. For the writer, before a batch."""
        with self._lock:
            floor = self._store.clock.published
            for transaction in self._open.values():
                if transaction.read_time is not None and not transaction.read_only:
                    floor = min(floor, transaction.read_time)
        while self._log and self._log[0].time <= floor:
            self._log.popleft()
