"""The SQLite file: schema, connections, and reads at a read time.

Two layers: `docs` and `entries` hold the present, `docs_old` and `entries_old` what was replaced, with the time at
which it stopped being true. A read at T takes the present where nothing newer than T can be in it, and both layers
otherwise; it therefore needs no open SQLite transaction between statements, and never holds up the writer.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from localcloud.firestore.clock import Clock
from localcloud.firestore.counters import Cost
from localcloud.firestore.errors import failed_precondition
from localcloud.firestore.names import Database

FORMAT_VERSION = 1
FILE_NAME = "firestore.sqlite3"
HISTORY_MICROS = 360 * 1_000_000  # a transaction may read its snapshot for 270 s

_LOCK_NAME = "firestore.lock"
_TEMPORARY_PREFIX = "localcloud-firestore-"
_ABANDONED_SECONDS = 60

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE databases (id INTEGER PRIMARY KEY, project TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (project, name));
CREATE TABLE indexes (id INTEGER PRIMARY KEY AUTOINCREMENT, definition TEXT NOT NULL UNIQUE);
CREATE TABLE index_groups (name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, config TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE docs (k BLOB NOT NULL UNIQUE, created INTEGER NOT NULL, updated INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE docs_old (k BLOB NOT NULL, until INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
                       body BLOB NOT NULL, UNIQUE (k, until));
CREATE INDEX docs_old_until ON docs_old (until);
CREATE TABLE entries (k BLOB PRIMARY KEY, tail INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE entries_old (k BLOB NOT NULL, until INTEGER NOT NULL, tail INTEGER NOT NULL, since INTEGER NOT NULL,
                          PRIMARY KEY (k, until)) WITHOUT ROWID;
CREATE INDEX entries_old_until ON entries_old (until);
"""


class StoreError(Exception):
    """The data directory cannot be used; the message says why."""


class Stored(NamedTuple):
    """A stored version of a document; times in microseconds, `body` its fields as serialized `Document`."""

    created: int
    updated: int
    body: bytes


def _select(columns: str, table: str, *, descending: bool, history: bool) -> str:
    order = "ORDER BY k DESC" if descending else "ORDER BY k"
    if not history:
        return f"SELECT {columns} FROM {table} WHERE k >= ? AND k < ? {order} LIMIT ?"
    begun = "updated" if table == "docs" else "since"
    return (
        f"SELECT {columns} FROM {table} WHERE k >= ? AND k < ? AND {begun} <= ? UNION ALL "
        f"SELECT {columns} FROM {table}_old WHERE k >= ? AND k < ? AND {begun} <= ? AND until > ? {order} LIMIT ?"
    )


_SCANS = {
    (name, descending, history): _select(columns, table, descending=descending, history=history)
    for name, table, columns in (
        ("entries", "entries", "k, tail"),
        ("docs", "docs", "k, created, updated, body"),
        ("names", "docs", "k"),
    )
    for descending in (False, True)
    for history in (False, True)
}


def _clear_abandoned(base: FilePath) -> None:
    """Remove throw-away directories whose engine was killed: their lock is free."""
    for left in base.glob(f"{_TEMPORARY_PREFIX}*/{_LOCK_NAME}"):
        try:
            # One that is just being made is not locked yet.
            if time.time() - left.stat().st_mtime < _ABANDONED_SECONDS:
                continue
            with left.open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left.parent, ignore_errors=True)
        except OSError:
            continue


class Store:
    """One open database file, locked against other engines."""

    def __init__(self, data_dir: FilePath | None) -> None:
        """Open or create the file in `data_dir`; None keeps everything in a throw-away directory, in memory
        where the system has one. Raises `StoreError`.
        """
        self._temporary: str | None = None
        if data_dir is None:
            base = FilePath("/dev/shm") if os.access("/dev/shm", os.W_OK) else FilePath(tempfile.gettempdir())
            _clear_abandoned(base)
            self._temporary = tempfile.mkdtemp(prefix=_TEMPORARY_PREFIX, dir=base)
            data_dir = FilePath(self._temporary)
        self.durable = self._temporary is None
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            self._lock_file = (data_dir / _LOCK_NAME).open("a")
        except OSError as problem:
            raise StoreError(f"The data directory {data_dir} cannot be used: {problem.strerror}.") from problem
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            self._lock_file.close()
            raise StoreError(
                f"Another Firestore engine is running on the data directory {data_dir}. Stop it, or choose another "
                "directory with --data-dir."
            ) from problem
        self.file = data_dir / FILE_NAME
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._connections_lock = threading.Lock()
        try:
            self.writer = self._open_writer()
            last_commit = self.writer.execute("SELECT value FROM meta WHERE key = 'last_commit'").fetchone()[0]
            self.history_floor = self.writer.execute("SELECT value FROM meta WHERE key = 'history'").fetchone()[0]
        except sqlite3.DatabaseError as problem:
            self._unlock()
            raise StoreError(f"The database file {self.file} cannot be read: {problem}.") from problem
        except StoreError:
            self._unlock()
            raise
        self.clock = Clock(last_commit)
        self._databases: dict[Database, bytes] = {
            Database(project, name): number.to_bytes(4, "big")
            for number, project, name in self.writer.execute("SELECT id, project, name FROM databases")
        }

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False, timeout=30)
        connection.execute("PRAGMA cache_size = -4096")
        connection.execute("PRAGMA mmap_size = 268435456")
        with self._connections_lock:
            self._connections.append(connection)
        return connection

    def _open_writer(self) -> sqlite3.Connection:
        writer = self._connect()
        version = writer.execute("PRAGMA user_version").fetchone()[0]
        if version > FORMAT_VERSION:
            raise StoreError(
                f"The database file {self.file} was written by a newer version of this engine (format {version}; this "
                f"one reads up to {FORMAT_VERSION}). Update the engine, or choose another directory with --data-dir."
            )
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute(f"PRAGMA synchronous = {'FULL' if self.durable else 'OFF'}")
        writer.execute("PRAGMA fullfsync = ON")  # macOS: a plain fsync leaves data in the drive's cache
        writer.execute("PRAGMA wal_autocheckpoint = 4000")
        if version == 0:
            writer.execute("BEGIN IMMEDIATE")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                writer.execute(statement)
            writer.execute("INSERT INTO meta VALUES ('last_commit', 0), ('history', 0)")
            writer.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            writer.execute("COMMIT")
        return writer

    @property
    def reader(self) -> sqlite3.Connection:
        """The connection of the calling thread."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
        return connection

    def database(self, database: Database) -> bytes | None:
        """A database's 4-byte key prefix; None when nothing was ever written to it."""
        return self._databases.get(database)

    def known_databases(self) -> list[tuple[Database, bytes]]:
        """Every database anything was written to, with its key prefix."""
        return list(self._databases.items())

    def create_database(self, database: Database) -> bytes:
        """The prefix of a database, made on its first write. For the writer, inside its transaction."""
        prefix = self._databases.get(database)
        if prefix is None:
            self.writer.execute(
                "INSERT OR IGNORE INTO databases (project, name) VALUES (?, ?)", (database.project, database.name)
            )
            row = self.writer.execute(
                "SELECT id FROM databases WHERE project = ? AND name = ?", (database.project, database.name)
            ).fetchone()
            prefix = int(row[0]).to_bytes(4, "big")
        return prefix

    def remember_database(self, database: Database, prefix: bytes) -> None:
        """Make a database known to readers, once the transaction that made it is on disk."""
        self._databases[database] = prefix

    def check_history(self, at: int) -> None:
        """Raise FAILED_PRECONDITION when the past at `at` is no longer (or not completely) kept."""
        if at < self.history_floor:
            raise failed_precondition("The requested snapshot version is too old.")

    def has_history_before(self, at: int) -> bool:
        """Whether anything is kept that stopped being true before `at`."""
        return any(
            self.reader.execute(f"SELECT 1 FROM {table} WHERE until < ? LIMIT 1", (at,)).fetchone()
            for table in ("docs_old", "entries_old")
        )

    def get(self, key: bytes, at: int, cost: Cost) -> Stored | None:
        """The document at `key` as of `at`, or None."""
        cost.documents += 1
        reader = self.reader
        row = reader.execute("SELECT created, updated, body FROM docs WHERE k = ?", (key,)).fetchone()
        if row is not None and row[1] <= at:
            return Stored(*row)
        if self.clock.newest <= at:
            return None
        row = reader.execute(
            "SELECT created, updated, body FROM docs_old WHERE k = ? AND until > ? ORDER BY until LIMIT 1", (key, at)
        ).fetchone()
        return Stored(*row) if row is not None and row[1] <= at else None

    def scan_entries(
        self, low: bytes, high: bytes, at: int, limit: int, cost: Cost, *, descending: bool = False
    ) -> list[tuple[bytes, int]]:
        """Index entries as of `at` with low <= key < high, in key order: (key, length of its tail)."""
        rows = self._scan("entries", low, high, at, limit, descending=descending)
        cost.index_entries += len(rows)
        return rows

    def scan_documents(
        self, low: bytes, high: bytes, at: int, limit: int, cost: Cost, *, descending: bool = False
    ) -> list[tuple[bytes, int, int, bytes]]:
        """Documents as of `at` with low <= key < high, in key order: (key, created, updated, body)."""
        rows = self._scan("docs", low, high, at, limit, descending=descending)
        cost.documents += len(rows)
        return rows

    def scan_names(
        self, low: bytes, high: bytes, at: int, limit: int, cost: Cost, *, descending: bool = False
    ) -> list[tuple[bytes]]:
        """Document keys as of `at` with low <= key < high, in key order, without the documents."""
        rows = self._scan("names", low, high, at, limit, descending=descending)
        cost.index_entries += len(rows)
        return rows

    def _scan(self, table: str, low: bytes, high: bytes, at: int, limit: int, *, descending: bool) -> list[Any]:
        if low >= high or limit == 0:
            return []
        reader = self.reader
        if self.clock.newest <= at:
            rows = reader.execute(_SCANS[table, descending, False], (low, high, limit)).fetchall()
            # Commits may have landed while the statement ran; then the answer is taken again from both layers.
            if self.clock.newest <= at:
                return rows
        parameters = (low, high, at, low, high, at, at, limit)
        return reader.execute(_SCANS[table, descending, True], parameters).fetchall()

    def close(self) -> None:
        """Close every connection and give the data directory free."""
        with self._connections_lock:
            for connection in reversed(self._connections):
                connection.close()
            self._connections.clear()
        self._unlock()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _unlock(self) -> None:
        self._lock_file.close()
