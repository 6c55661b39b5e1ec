"""What was sent, kept on disk: one SQLite file that the mail server writes and the console reads."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.database import Database, moment
from localcloud.smtp.message import Message

FORMAT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    received_at TEXT NOT NULL,
    copies INTEGER NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    headers TEXT NOT NULL,
    links TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS recipients (
    message INTEGER NOT NULL REFERENCES messages (id),
    address TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (message, folded)
);
CREATE TABLE IF NOT EXISTS attachments (
    message INTEGER PRIMARY KEY REFERENCES messages (id),
    content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS recipients_by_address ON recipients (folded, message);
"""


class Outbox:
    """The mail server's side: stores messages, durably before `store` returns."""

    def __init__(self, directory: Path) -> None:
        self._database = Database(directory, "smtp", FORMAT, _SCHEMA)

    def store(self, message: Message, recipients: Iterable[str]) -> int:
        """Keep a message and return how often its Message-ID has arrived by now, this time included.

        A second copy changes nothing but that count and adds recipients the first did not have.
        """
        with self._database.write() as connection:
            row, copies = connection.execute(
                "INSERT INTO messages (message_id, received_at, copies, sender, subject, text, html, headers, links)"
                " VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (message_id) DO UPDATE SET copies = copies + 1 RETURNING id, copies",
                (
                    message.message_id,
                    moment(datetime.now(UTC)),
                    message.sender,
                    message.subject,
                    message.text,
                    message.html,
                    json.dumps(message.headers),
                    json.dumps(message.links),
                ),
            ).fetchone()
            connection.executemany(
                "INSERT OR IGNORE INTO recipients VALUES (?, ?, ?)",
                [(row, address, address.casefold()) for address in recipients],
            )
            if message.attachments:
                kept = json.dumps(message.attachments)
                connection.execute("INSERT OR IGNORE INTO attachments VALUES (?, ?)", (row, kept))
        return int(copies)

    def close(self) -> None:
        self._database.close()


def messages(
    directory: Path, *, to: str | None = None, since: datetime | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return the stored messages, newest first, whether or not the mail server runs.

    `to` is one recipient's address (any case), `since` the earliest time of arrival, `limit` the most to return. Each
    is {id, channel, messageId, from, to, subject, text, html, headers, receivedAt (UTC, RFC 3339), links, copies,
    attachments: [{name, mimeType, text}]}.
    """
    path = directory / "smtp.sqlite3"
    if not path.exists():
        return []
    conditions, values = ["1"], []
    if to is not None:
        conditions.append("id IN (SELECT message FROM recipients WHERE folded = ?)")
        values.append(to.casefold())
    if since is not None:
        conditions.append("received_at >= ?")
        values.append(moment(since))
    query = f"SELECT * FROM messages WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.row_factory = sqlite3.Row
        rows = connection.execute(query, (*values, -1 if limit is None else limit)).fetchall()
        return [_message(row, connection) for row in rows]


def _message(row: sqlite3.Row, connection: sqlite3.Connection) -> dict[str, Any]:
    recipients = connection.execute("SELECT address FROM recipients WHERE message = ? ORDER BY rowid", (row["id"],))
    kept = connection.execute("SELECT content FROM attachments WHERE message = ?", (row["id"],)).fetchone()
    return {
        "id": row["id"],
        "channel": "email",
        "messageId": row["message_id"],
        "from": row["sender"],
        "to": [address for (address,) in recipients],
        "subject": row["subject"],
        "text": row["text"],
        "html": row["html"],
        "headers": json.loads(row["headers"]),
        "receivedAt": row["received_at"],
        "links": json.loads(row["links"]),
        "copies": row["copies"],
        "attachments": json.loads(kept["content"]) if kept else [],
    }
