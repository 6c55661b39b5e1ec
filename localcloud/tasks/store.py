"""Queues and tasks in SQLite: what is acknowledged is on the disk, and due tasks are found by an index.

A task's row keeps the message and, beside it, what the dispatcher asks for: `eta` (microseconds since 1970, when it is
due), `running` (dispatches under way) and `last_status` (HTTP status of the last answer; 0: none).
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from localcloud.database import Database
from localcloud.tasks import rules
from localcloud.tasks.messages import Message, Queue, Task, micros

FORMAT = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS queue (
    name TEXT PRIMARY KEY, message BLOB NOT NULL, deleted INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS task (
    queue TEXT NOT NULL, id TEXT NOT NULL, eta INTEGER NOT NULL, running INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, message BLOB NOT NULL,
    PRIMARY KEY (queue, id)
);
CREATE INDEX IF NOT EXISTS task_due ON task (queue, running, eta);
CREATE TABLE IF NOT EXISTS tombstone (
    queue TEXT NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (queue, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tombstone_until ON tombstone (until)
"""


@dataclass(frozen=True)
class StoredTask:
    """One task with the dispatcher's bookkeeping."""

    queue: str
    id: str
    running: int
    last_status: int
    created: int
    message: Message
    retry_reason: str = ""
    """Of a dispatch under way: why the one before it failed."""


_COLUMNS = "queue, id, running, last_status, created, message"


def _stored(row: tuple[str, str, int, int, int, bytes]) -> StoredTask:
    return StoredTask(row[0], row[1], row[2], row[3], row[4], Task.FromString(row[5]))


class Store:
    """The tables. Methods that write take the connection of an open `write()` transaction."""

    def __init__(self, directory: Path) -> None:
        self._database = Database(directory, "tasks", FORMAT, SCHEMA)
        self.write = self._database.write
        self.read = self._database.read
        with self.write() as db:
            # Dispatches that a dead process had under way are due again: at least once.
            db.execute("UPDATE task SET running = 0 WHERE running != 0")

    def close(self) -> None:
        self._database.close()

    # Queues

    def queue(self, name: str, db: sqlite3.Connection | None = None) -> Message | None:
        """A queue by its name, read on `db` where a thread of its own would be too short-lived for a connection."""
        reader = db or self.read()
        row = reader.execute("SELECT message FROM queue WHERE name = ? AND deleted IS NULL", (name,)).fetchone()
        return None if row is None else Queue.FromString(row[0])

    def queues(self, location: str = "") -> list[Message]:
        """Queues of one location (of all without), by name."""
        rows = self.read().execute("SELECT message FROM queue WHERE deleted IS NULL ORDER BY name")
        found = [Queue.FromString(row[0]) for row in rows]
        return [queue for queue in found if not location or queue.name.startswith(f"{location}/queues/")]

    def waiting(self) -> list[tuple[Message, int]]:
        """Queues with waiting tasks, by name, and when the next of them is due."""
        rows = self.read().execute(
            "SELECT message, (SELECT min(eta) FROM task WHERE task.queue = queue.name AND running = 0) AS next"
            " FROM queue WHERE deleted IS NULL ORDER BY name"
        )
        return [(Queue.FromString(row[0]), row[1]) for row in rows if row[1] is not None]

    def queue_deleted_at(self, name: str) -> int | None:
        row = self.read().execute("SELECT deleted FROM queue WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def put_queue(self, db: sqlite3.Connection, queue: Message) -> None:
        db.execute(
            "INSERT OR REPLACE INTO queue (name, message, deleted) VALUES (?, ?, NULL)",
            (queue.name, queue.SerializeToString()),
        )

    def delete_queue(self, db: sqlite3.Connection, name: str, now: int) -> None:
        db.execute("UPDATE queue SET deleted = ? WHERE name = ?", (now, name))
        db.execute("DELETE FROM task WHERE queue = ?", (name,))

    def purge(self, db: sqlite3.Connection, name: str, now: int) -> None:
        until = now + rules.DEDUPLICATION
        db.execute("INSERT OR REPLACE INTO tombstone SELECT queue, id, ? FROM task WHERE queue = ?", (until, name))
        db.execute("DELETE FROM task WHERE queue = ?", (name,))

    # Tasks

    def task(self, db: sqlite3.Connection, queue: str, task_id: str) -> StoredTask | None:
        row = db.execute(f"SELECT {_COLUMNS} FROM task WHERE queue = ? AND id = ?", (queue, task_id)).fetchone()
        return None if row is None else _stored(row)

    def tasks(self, queue: str, after: str, limit: int) -> list[StoredTask]:
        """Up to `limit` tasks of a queue by id, past the id `after`."""
        rows = self.read().execute(
            f"SELECT {_COLUMNS} FROM task WHERE queue = ? AND id > ? ORDER BY id LIMIT ?", (queue, after, limit)
        )
        return [_stored(row) for row in rows]

    def upcoming(self, queue: str, limit: int) -> list[StoredTask]:
        """Up to `limit` tasks of a queue, the soonest first."""
        rows = self.read().execute(f"SELECT {_COLUMNS} FROM task WHERE queue = ? ORDER BY eta LIMIT ?", (queue, limit))
        return [_stored(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Tasks per queue."""
        return dict(self.read().execute("SELECT queue, count(*) FROM task GROUP BY queue").fetchall())

    def existed_recently(self, db: sqlite3.Connection, queue: str, task_id: str, now: int) -> bool:
        row = db.execute("SELECT until FROM tombstone WHERE queue = ? AND id = ?", (queue, task_id)).fetchone()
        return row is not None and row[0] > now

    def add_task(self, db: sqlite3.Connection, queue: str, task_id: str, task: Message, now: int) -> None:
        db.execute(
            "INSERT INTO task (queue, id, eta, created, message) VALUES (?, ?, ?, ?, ?)",
            (queue, task_id, micros(task.schedule_time), now, task.SerializeToString()),
        )

    def remove_task(self, db: sqlite3.Connection, queue: str, task_id: str, now: int) -> bool:
        """Delete a task and keep its name from being used again for an hour; False when there is none."""
        if not db.execute("DELETE FROM task WHERE queue = ? AND id = ?", (queue, task_id)).rowcount:
            return False
        db.execute("INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?)", (queue, task_id, now + rules.DEDUPLICATION))
        return True

    def due(self, queue: str, now: int, limit: int) -> list[str]:
        """Ids of tasks to dispatch now, the longest due first."""
        rows = self.read().execute(
            "SELECT id FROM task WHERE queue = ? AND running = 0 AND eta <= ? ORDER BY eta LIMIT ?",
            (queue, now, limit),
        )
        return [row[0] for row in rows]

    def next_due(self, queue: str) -> int | None:
        """When the next waiting task of a queue is due; None when none waits."""
        row = self.read().execute("SELECT min(eta) FROM task WHERE queue = ? AND running = 0", (queue,)).fetchone()
        return None if row is None else row[0]

    def began(self, db: sqlite3.Connection, task: StoredTask) -> None:
        """Record a dispatch of the task (its message already carries the attempt)."""
        db.execute(
            "UPDATE task SET running = running + 1, message = ? WHERE queue = ? AND id = ?",
            (task.message.SerializeToString(), task.queue, task.id),
        )

    def ended(self, db: sqlite3.Connection, task: StoredTask, status: int) -> None:
        """Record the end of a failed dispatch; the message carries the next schedule time."""
        db.execute(
            "UPDATE task SET running = running - 1, eta = ?, last_status = ?, message = ? WHERE queue = ? AND id = ?",
            (micros(task.message.schedule_time), status, task.message.SerializeToString(), task.queue, task.id),
        )

    def forget_tombstones(self, now: int) -> None:
        with self.write(durable=False) as db:
            db.execute("DELETE FROM tombstone WHERE until <= ?", (now,))
