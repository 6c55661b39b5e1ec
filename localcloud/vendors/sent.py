"""What a vendor was sent, kept on disk: one SQLite file that its stand-in writes and the console reads."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.database import Database, moment

FORMAT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sent_by_recipient ON sent (recipient, id);
"""


class Sent:
    """The stand-in's side. Each thing has a `key`, the vendor's id of it; `put` is durable before it returns."""

    def __init__(self, directory: Path) -> None:
        self._database = Database(directory, "sent", FORMAT, _SCHEMA)

    def put(self, key: str, recipient: str, body: dict[str, Any]) -> None:
        """Keep a thing, or its new state if the key is known."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO sent (key, recipient, at, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET body = excluded.body",
                (key, recipient, moment(datetime.now(UTC)), json.dumps(body)),
            )

    def get(self, key: str) -> dict[str, Any] | None:
        """The thing with this key."""
        row = self._database.read().execute("SELECT body FROM sent WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def to(self, recipient: str, limit: int) -> list[dict[str, Any]]:
        """What was sent to somebody, newest first."""
        found = self._database.read().execute(
            "SELECT body FROM sent WHERE recipient = ? ORDER BY id DESC LIMIT ?", (recipient, limit)
        )
        return [json.loads(body) for (body,) in found]

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def read(
    directory: Path, *, to: str | None = None, since: datetime | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """What the stand-in in `directory` was sent, newest first, whether or not it runs.

    `to` is one recipient, `since` the earliest time of arrival, `limit` the most to return. Each is the stand-in's own
    fields with `id`, `to` and `receivedAt` (UTC, RFC 3339).
    """
    path = directory / "sent.sqlite3"
    if not path.exists():
        return []
    conditions, values = ["1"], []
    if to is not None:
        conditions.append("recipient = ?")
        values.append(to)
    if since is not None:
        conditions.append("at >= ?")
        values.append(moment(since))
    query = f"SELECT id, recipient, at, body FROM sent WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        connection.execute("PRAGMA query_only = ON")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sent'").fetchone() is None:
            return []  # the stand-in is being called for the first time just now
        rows = connection.execute(query, (*values, -1 if limit is None else limit)).fetchall()
    return [{"id": number, "to": to, "receivedAt": at, **json.loads(body)} for number, to, at, body in rows]
