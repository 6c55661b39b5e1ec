"""One SQLite file per local service: durable before it acknowledges, readers beside the writer, one owner at a time."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path


class DataDirectoryError(Exception):
    """The data directory cannot be used; the message says why and what to do."""


class DiskFullError(sqlite3.OperationalError):
    """Nothing was written, because the disk takes no more; reads go on."""


class Database:
    """A SQLite file in WAL mode with one guarded writer and a reading connection per thread.

    Raises `DataDirectoryError` when another process holds the directory, or when the file was written by a newer
    version of the service.
    """

    def __init__(self, directory: Path, service: str, version: int, schema: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock_connection = _hold(directory, service)
        self._path = directory / f"{service}.sqlite3"
        self._write_guard = threading.RLock()
        self._readers = threading.local()
        self._open_readers: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._readers_guard = threading.Lock()
        self._writer = self._connect()
        found = int(self._writer.execute("PRAGMA user_version").fetchone()[0])
        if found > version:
            self.close()
            raise DataDirectoryError(
                f"{self._path} was written by a newer {service} service (format {found}, this one reads up to "
                f"{version}). Update this program, or start with another --data-dir."
            )
        self._writer.executescript(f"BEGIN; {schema}; PRAGMA user_version = {version}; COMMIT;")

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction on the writer: committed at the end, rolled back on an exception.

        `durable` commits reach the disk before this returns. The others outlive the process (kill -9) but perhaps not
        a power cut: they are for bookkeeping whose loss only means that work is done again.
        """
        with self._write_guard:
            self._writer.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException as problem:
                # A full disk can end the transaction by itself.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                # A quota or a limit on file sizes is told as a failed write, not as a full disk.
                if getattr(problem, "sqlite_errorname", "") in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}:
                    raise DiskFullError("The disk that holds the local data is full: nothing was written.") from problem
                raise

    def read(self) -> sqlite3.Connection:
        """The reading connection of this thread: it sees what is committed and never waits for the writer."""
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._readers.connection = connection
            with self._readers_guard:
                # Each client connection is a thread: those that ended leave their reader to be closed here.
                ended = [pair for pair in self._open_readers if not pair[0].is_alive()]
                self._open_readers = [pair for pair in self._open_readers if pair[0].is_alive()]
                self._open_readers.append((threading.current_thread(), connection))
            for _, old in ended:
                old.close()
        return connection

    def close(self) -> None:
        with self._readers_guard:
            for _, connection in self._open_readers:
                connection.close()
            self._open_readers.clear()
        with self._write_guard:
            self._writer.close()
        self._lock_connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        return connection


def _hold(directory: Path, service: str) -> sqlite3.Connection:
    """Lock the directory for this process: SQLite's own file lock, released by the system when the process dies."""
    connection = sqlite3.connect(
        directory / f"{service}.lock", timeout=0, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        raise DataDirectoryError(
            f"another {service} service is using {directory}. Stop it first, or start with another --data-dir."
        ) from error
    return connection


def moment(at: datetime) -> str:
    """A time in one fixed width and one zone, so that text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
