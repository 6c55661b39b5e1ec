"""Buckets, objects and upload sessions in SQLite; the order of every write is: bytes synced, renamed, then committed.

A process killed in between leaves a file that no row names, which the next start sweeps; never a row without its file.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from localcloud.database import Database
from localcloud.storage.errors import StorageError, no_bucket, no_object
from localcloud.storage.files import Files, Staged
from localcloud.storage.resources import (
    Bucket,
    Preconditions,
    StoredObject,
    rfc3339,
)

FORMAT = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS bucket (
    name TEXT PRIMARY KEY, created INTEGER NOT NULL, updated INTEGER NOT NULL, metageneration INTEGER NOT NULL,
    fields TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS object (
    bucket TEXT NOT NULL, name TEXT NOT NULL, generation INTEGER NOT NULL, metageneration INTEGER NOT NULL,
    live INTEGER NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL, crc32c TEXT NOT NULL, file TEXT NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL, components INTEGER NOT NULL,
    fields TEXT NOT NULL, PRIMARY KEY (bucket, name, generation)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS object_live ON object (bucket, name) WHERE live = 1;
CREATE INDEX IF NOT EXISTS object_file ON object (file);
CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL, conditions TEXT NOT NULL,
    total INTEGER, received INTEGER NOT NULL, finished INTEGER NOT NULL, started INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID
"""

_NAMES = tuple(each.name for each in dataclass_fields(StoredObject))
_COLUMNS = ", ".join(_NAMES)


def now_micros() -> int:
    return time.time_ns() // 1000


def _object(row: tuple[Any, ...]) -> StoredObject:
    values = dict(zip(_NAMES, row, strict=True))
    return StoredObject(**values | {"live": bool(values["live"]), "fields": json.loads(values["fields"])})


def _bucket(row: tuple[Any, ...]) -> Bucket:
    return Bucket(name=row[0], created=row[1], updated=row[2], metageneration=row[3], fields=json.loads(row[4]))


class Store:
    """The service's state. Raises `StorageError` for what the service refuses."""

    def __init__(self, data_dir: Path) -> None:
        self._database = Database(data_dir, "storage", FORMAT, SCHEMA)
        self.write = self._database.write
        self.read = self._database.read
        self.files = Files(data_dir)
        db = self.read()
        self.files.sweep(
            {row[0] for row in db.execute("SELECT DISTINCT file FROM object")},
            {row[0] for row in db.execute("SELECT id FROM upload WHERE finished = 0")},
        )

    def close(self) -> None:
        self._database.close()

    # Buckets

    def bucket(self, name: str) -> Bucket:
        row = (
            self.read()
            .execute("SELECT name, created, updated, metageneration, fields FROM bucket WHERE name = ?", (name,))
            .fetchone()
        )
        if row is None:
            raise no_bucket()
        return _bucket(row)

    def buckets(self, prefix: str, after: str, limit: int) -> list[Bucket]:
        rows = self.read().execute(
            "SELECT name, created, updated, metageneration, fields FROM bucket "
            "WHERE name > ? AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
            (after, len(prefix), prefix, limit),
        )
        return [_bucket(row) for row in rows]

    def create_bucket(self, name: str, fields: dict[str, Any]) -> Bucket:
        now = now_micros()
        bucket = Bucket(name, now, now, 1, fields)
        try:
            with self.write() as db:
                db.execute("INSERT INTO bucket VALUES (?, ?, ?, 1, ?)", (name, now, now, json.dumps(fields)))
        except sqlite3.IntegrityError:
            raise StorageError(
                409,
                "conflict",
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            ) from None
        return bucket

    def update_bucket(self, name: str, fields: dict[str, Any], expected: int) -> Bucket:
        """Store changed fields of a bucket read at metageneration `expected`. Raises 412 when it changed since."""
        now = now_micros()
        with self.write() as db:
            changed = db.execute(
                "UPDATE bucket SET fields = ?, updated = ?, metageneration = metageneration + 1 "
                "WHERE name = ? AND metageneration = ?",
                (json.dumps(fields), now, name, expected),
            ).rowcount
        if not changed:
            raise StorageError(409, "conflict", "OperationAborted", "The bucket was changed at the same time.")
        return self.bucket(name)

    def delete_bucket(self, name: str) -> None:
        with self.write() as db:
            self.bucket(name)
            if db.execute("SELECT 1 FROM object WHERE bucket = ? LIMIT 1", (name,)).fetchone():
                raise StorageError(409, "conflict", "BucketNotEmpty", "The bucket you tried to delete is not empty.")
            db.execute("DELETE FROM bucket WHERE name = ?", (name,))

    # Objects

    def find(self, bucket: str, name: str, generation: int | None = None) -> StoredObject | None:
        """The live object, or the one of a generation; None when there is none. Raises 404 for the bucket."""
        self.bucket(bucket)
        return self._find(self.read(), bucket, name, generation)

    def get(self, bucket: str, name: str, generation: int | None = None) -> StoredObject:
        found = self.find(bucket, name, generation)
        if found is None:
            raise no_object(bucket, name)
        return found

    def open(self, found: StoredObject) -> tuple[StoredObject, IO[bytes]]:
        """Open an object's bytes; when it was replaced since it was read, those of what replaced it."""
        try:
            return found, self.files.open(found.file)
        except FileNotFoundError:
            again = self.get(found.bucket, found.name)
            return again, self.files.open(again.file)

    def scan(self, bucket: str, start: tuple[str, int], end: str | None, *, versions: bool) -> Iterator[StoredObject]:
        """Objects with (name, generation) past `start` and names before `end`, in order, read as they are taken."""
        self.bucket(bucket)
        live = "" if versions else " AND live = 1"
        before = "" if end is None else " AND name < ?"
        rows = self.read().execute(
            f"SELECT {_COLUMNS} FROM object WHERE bucket = ? AND (name, generation) > (?, ?){before}{live} "
            "ORDER BY name, generation",
            (bucket, *start, *(() if end is None else (end,))),
        )
        return map(_object, rows)

    def put(
        self,
        bucket: str,
        name: str,
        staged: Staged,
        fields: dict[str, Any],
        wanted: Preconditions,
        *,
        components: int = 0,
        session: str = "",
        remove: list[StoredObject] | None = None,
    ) -> StoredObject:
        """Store a staged file as the live generation of an object; consumes the file, also when it refuses.

        In the same commit: `session` (an upload) becomes finished, and the objects of `remove` are deleted.
        """
        kept = ""
        try:
            with self.write() as db:
                replaced = self._make_room(db, bucket, name, wanted)
                kept = self.files.keep(staged)
                now = now_micros()
                stored = StoredObject(
                    bucket=bucket,
                    name=name,
                    generation=self._next_generation(db, now),
                    metageneration=1,
                    live=True,
                    size=staged.size,
                    md5="" if components else staged.md5,
                    crc32c=staged.crc32c,
                    file=kept,
                    created=now,
                    updated=now,
                    deleted=0,
                    components=components,
                    fields=fields,
                )
                self._insert(db, stored)
                for each in remove or []:
                    replaced += self._retire(db, each)
                if session:
                    db.execute("UPDATE upload SET finished = ? WHERE id = ?", (stored.generation, session))
        except BaseException:
            staged.path.unlink(missing_ok=True)
            if kept:
                self.files.remove(kept)
            raise
        self._collect(replaced)
        return stored

    def copy(
        self,
        source: tuple[str, str, int | None],
        source_wanted: Preconditions,
        target: tuple[str, str],
        fields: dict[str, Any] | None,
        wanted: Preconditions,
    ) -> StoredObject:
        """Make `target` a copy of `source` (bucket, name, generation or None); None `fields` takes the source's."""
        with self.write() as db:
            original = self.get(*source)
            source_wanted.check(original)
            replaced = self._make_room(db, *target, wanted)
            now = now_micros()
            copied = replace(
                original,
                bucket=target[0],
                name=target[1],
                generation=self._next_generation(db, now),
                metageneration=1,
                live=True,
                created=now,
                updated=now,
                deleted=0,
                fields=_without_holds(original.fields) if fields is None else fields,
            )
            self._insert(db, copied)
        self._collect(replaced)
        return copied

    def change(
        self, bucket: str, name: str, generation: int | None, wanted: Preconditions, fields: Any
    ) -> StoredObject:
        """Replace an object's fields by `fields(current)` and count its metageneration up."""
        with self.write() as db:
            current = self.get(bucket, name, generation)
            wanted.check(current)
            changed = replace(
                current, fields=fields(current.fields), metageneration=current.metageneration + 1, updated=now_micros()
            )
            db.execute(
                "UPDATE object SET fields = ?, metageneration = ?, updated = ? "
                "WHERE bucket = ? AND name = ? AND generation = ?",
                (
                    json.dumps(changed.fields),
                    changed.metageneration,
                    changed.updated,
                    bucket,
                    name,
                    changed.generation,
                ),
            )
        return changed

    def delete(self, bucket: str, name: str, generation: int | None, wanted: Preconditions) -> None:
        """Delete an object: with versioning the live one stays as a noncurrent generation, a named one goes."""
        with self.write() as db:
            found = self.get(bucket, name, generation)
            wanted.check(found)
            removed = self._retire(db, found, for_good=generation is not None)
        self._collect(removed)

    # Shared

    def _find(
        self, db: sqlite3.Connection, bucket: str, name: str, generation: int | None = None
    ) -> StoredObject | None:
        condition, value = ("live = 1", ()) if generation is None else ("generation = ?", (generation,))
        row = db.execute(
            f"SELECT {_COLUMNS} FROM object WHERE bucket = ? AND name = ? AND {condition}", (bucket, name, *value)
        ).fetchone()
        return None if row is None else _object(row)

    def _make_room(self, db: sqlite3.Connection, bucket: str, name: str, wanted: Preconditions) -> list[str]:
        """Check the preconditions against the live object and retire it; return files that may be unused now."""
        self.bucket(bucket)
        current = self._find(db, bucket, name)
        wanted.check(current)
        return [] if current is None else self._retire(db, current)

    def _retire(self, db: sqlite3.Connection, found: StoredObject, *, for_good: bool = False) -> list[str]:
        bucket = self.bucket(found.bucket)
        stays = bucket.versioned and found.live and not for_good
        if not stays:
            _refuse_protected(bucket, found)
        key = (found.bucket, found.name, found.generation)
        if stays:
            db.execute(
                "UPDATE object SET live = 0, deleted = ? WHERE bucket = ? AND name = ? AND generation = ?",
                (now_micros(), *key),
            )
            return []
        db.execute("DELETE FROM object WHERE bucket = ? AND name = ? AND generation = ?", key)
        return [found.file]

    def _insert(self, db: sqlite3.Connection, stored: StoredObject) -> None:
        values = [json.dumps(stored.fields) if name == "fields" else getattr(stored, name) for name in _NAMES]
        db.execute(f"INSERT INTO object ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)

    def _next_generation(self, db: sqlite3.Connection, now: int) -> int:
        """The time in microseconds as the service uses it, but always above the last, whatever the clock does."""
        row = db.execute("SELECT value FROM counter WHERE name = 'generation'").fetchone()
        generation = max(now, row[0] + 1 if row else 0)
        db.execute("INSERT OR REPLACE INTO counter VALUES ('generation', ?)", (generation,))
        return generation

    def _collect(self, files: list[str]) -> None:
        """Remove files that no object names any more (copies share theirs)."""
        for name in files:
            if not self.read().execute("SELECT 1 FROM object WHERE file = ? LIMIT 1", (name,)).fetchone():
                self.files.remove(name)


def _refuse_protected(bucket: Bucket, found: StoredObject) -> None:
    label = f"Object '{found.bucket}/{found.name}'"
    for hold, kind in (("temporaryHold", "Temporary"), ("eventBasedHold", "Event-Based")):
        if found.fields.get(hold):
            raise StorageError(
                403,
                "objectUnderActiveHold",
                "ObjectUnderActiveHold",
                f"{label} is under active {kind} hold and cannot be deleted, overwritten or archived until hold is "
                "removed.",
            )
    until = bucket.retained_until(found.created)
    if until > now_micros():
        raise StorageError(
            403,
            "retentionPolicyNotMet",
            "RetentionPolicyNotMet",
            f"{label} is subject to bucket's retention policy or object retention and cannot be deleted or "
            f"overwritten until {rfc3339(until)}",
        )


def _without_holds(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in {"temporaryHold", "eventBasedHold"}}
