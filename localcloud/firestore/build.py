"""Bringing the stored index entries in line with the index file, at start."""

from __future__ import annotations

import json
import sqlite3

from localcloud.firestore.indexes import GROUP, Index, IndexConfig, IndexField, document_key, entries_of
from localcloud.firestore.messages import Document
from localcloud.firestore.names import parse_field_path, read_path, segment_key
from localcloud.firestore.store import Store


def apply(store: Store, config: IndexConfig) -> IndexConfig:
    """Build what is defined and missing, drop what is stored and gone, in one transaction.

    Returns `config` with its stored ids. What changes is only reached by reads from now on: the history is cut.
    """
    connection = store.writer
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = _stored(connection)
        for indexes in config.indexes.values():
            connection.executemany(
                "INSERT OR IGNORE INTO indexes (definition) VALUES (?)", [(index.definition,) for index in indexes]
            )
        ids = dict(connection.execute("SELECT definition, id FROM indexes"))
        before, after = before.with_ids(ids), config.with_ids(ids)
        changed = sorted(
            group for group in before.groups() | after.groups() if before.fingerprint(group) != after.fingerprint(group)
        )
        if changed:
            _rebuild(store, before, after, changed)
            _remember(connection, after)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return after


def _rebuild(store: Store, before: IndexConfig, after: IndexConfig, groups: list[str]) -> None:
    connection = store.writer
    now = store.clock.commit_time()
    for (number,) in connection.execute("SELECT id FROM databases").fetchall():
        prefix = int(number).to_bytes(4, "big")
        for group in groups:
            start = GROUP + prefix + segment_key(group)
            rows = connection.execute("SELECT k FROM entries WHERE k >= ? AND k < ?", (start, start + b"\xff"))
            for (key,) in rows.fetchall():
                path, _ = read_path(key, len(start))
                _reindex(connection, before, after, prefix, path)
    wanted = {index.id for indexes in after.indexes.values() for index in indexes}
    for indexes in before.indexes.values():
        for index in indexes:
            if index.id not in wanted:
                connection.execute("DELETE FROM entries WHERE k >= ? AND k < ?", (index.prefix, index.prefix + b"\xff"))
                connection.execute("DELETE FROM indexes WHERE id = ?", (index.id,))
    connection.execute("DELETE FROM docs_old")
    connection.execute("DELETE FROM entries_old")
    connection.execute("UPDATE meta SET value = ? WHERE key IN ('history', 'last_commit')", (now,))
    store.history_floor = now
    store.clock.publish()


def _reindex(
    connection: sqlite3.Connection, before: IndexConfig, after: IndexConfig, prefix: bytes, path: tuple[str, ...]
) -> None:
    row = connection.execute("SELECT updated, body FROM docs WHERE k = ?", (document_key(prefix, path),)).fetchone()
    fields = Document.FromString(row[1]).fields
    old, new = entries_of(before, prefix, path, fields), entries_of(after, prefix, path, fields)
    connection.executemany("DELETE FROM entries WHERE k = ?", [(key,) for key in old if key not in new])
    connection.executemany(
        "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
        [(key, tail, row[0]) for key, tail in new.items() if key not in old],
    )


def _remember(connection: sqlite3.Connection, config: IndexConfig) -> None:
    connection.execute("DELETE FROM index_groups")
    for group in config.groups():
        overrides = [[list(path), sorted(modes)] for path, modes in config.overrides.get(group, {}).items()]
        definitions = [index.definition for index in config.indexes.get(group, [])]
        connection.execute(
            "INSERT INTO index_groups VALUES (?, ?, ?)",
            (group, config.fingerprint(group), json.dumps({"indexes": definitions, "overrides": overrides})),
        )


def _stored(connection: sqlite3.Connection) -> IndexConfig:
    config = IndexConfig()
    for group, text in connection.execute("SELECT name, config FROM index_groups").fetchall():
        stored = json.loads(text)
        for definition in stored["indexes"]:
            name, scope, fields, name_descending, internal = json.loads(definition)
            parsed = tuple(IndexField(parse_field_path(path), mode) for path, mode in fields)
            config.add(Index(name, scope, parsed, name_descending, internal))
        if stored["overrides"]:
            config.overrides[group] = {tuple(path): frozenset(modes) for path, modes in stored["overrides"]}
    return config
