"""Resumable upload sessions (https://cloud.google.com/storage/docs/performing-resumable-uploads) and multipart bodies.

A session's bytes are a file named by its id; what a 308 answer acknowledges is on the disk.
"""

import contextlib
import json
import os
import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from typing import Any

from localcloud.httpd import Body, ClientGoneError, Request
from localcloud.storage.errors import StorageError, bad_digest, invalid, no_upload
from localcloud.storage.files import Staged, hash_file
from localcloud.storage.resources import NO_PRECONDITIONS, SECOND, Preconditions, StoredObject
from localcloud.storage.store import Store, now_micros

CHUNK_MULTIPLE = 256 * 1024
SESSION_LIFETIME = 7 * 24 * 3600 * SECOND
MAX_METADATA_BYTES = 1 << 20

_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,19})-(\d{1,19})|\*)/(\d{1,19}|\*)", re.ASCII)


@dataclass(frozen=True)
class Expected:
    """What a client says of its bytes: base64 hashes, and the sizes that x-goog-content-length-range allows."""

    md5: str = ""
    crc32c: str = ""
    least: int = 0
    most: int | None = None

    def check(self, staged: Staged) -> None:
        """Raise 400 unless the received bytes are as expected."""
        if self.md5 and self.md5 != staged.md5:
            raise bad_digest("MD5 hash")
        if self.crc32c and self.crc32c != staged.crc32c:
            raise bad_digest("CRC32C")
        self.check_size(staged.size)

    def check_size(self, size: int) -> None:
        if size < self.least:
            raise StorageError(400, "invalid", "EntityTooSmall", "The upload is smaller than the signed range allows.")
        if self.most is not None and size > self.most:
            raise StorageError(400, "invalid", "EntityTooLarge", "The upload is larger than the signed range allows.")


@dataclass
class Session:
    """An upload under way: `received` bytes are stored, of `total` when the client said; `finished` is a generation."""

    id: str
    bucket: str
    name: str
    fields: dict[str, Any]
    wanted: Preconditions
    expected: Expected
    total: int | None
    received: int
    finished: int
    started: int


class Uploads:
    """The sessions of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        with store.write() as db:
            db.execute("DELETE FROM upload WHERE started < ?", (now_micros() - SESSION_LIFETIME,))

    def start(
        self,
        bucket: str,
        name: str,
        fields: dict[str, Any],
        wanted: Preconditions = NO_PRECONDITIONS,
        expected: Expected = Expected(),
        total: int | None = None,
    ) -> str:
        """Open a session and return its id."""
        wanted.check(self._store.find(bucket, name))
        if total is not None:
            expected.check_size(total)
        session = uuid.uuid4().hex + uuid.uuid4().hex
        conditions = json.dumps({"wanted": vars(wanted), "expected": vars(expected)})
        (self._store.files.incoming / session).touch(exist_ok=False)
        with self._store.write() as db:
            db.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)",
                (session, bucket, name, json.dumps(fields), conditions, total, now_micros()),
            )
        return session

    def cancel(self, session_id: str) -> None:
        """End a session; its bytes go."""
        with self._locked(session_id) as session:
            self._forget(session)

    def receive(self, session_id: str, content_range: str | None, body: Body, hashes: str) -> StoredObject | int:
        """Take a chunk, or answer a status query: the object once it is complete, else the count of stored bytes.

        Raises 404 for an unknown session, 400 for a range that does not continue what is stored.
        """
        with self._locked(session_id) as session:
            if session.finished:
                found = self._store.find(session.bucket, session.name, session.finished)
                if found is None:
                    raise no_upload()
                return found
            total, start, length = _parse_range(content_range, session)
            if start is not None:
                self._append(session, body, start, length, total)
            whole = content_range is None
            if whole or (total is not None and session.received == total):
                return self._finish(session, hashes)
            return session.received

    def _append(self, session: Session, body: Body, start: int, length: int | None, total: int | None) -> None:
        if start > session.received:
            raise invalid(
                "The chunk begins after the last stored byte; ask for the session's status and continue there."
            )
        skip = session.received - start  # a client that lost our answer sends stored bytes again
        left = skip if length is None else length
        wrote = 0
        path = self._store.files.incoming / session.id
        try:
            with path.open("r+b") as file:
                file.seek(session.received)
                try:
                    while data := body.read():
                        left -= len(data)
                        if length is not None and left < 0:
                            raise invalid("The body is longer than Content-Range says.")
                        fresh = data[skip:]
                        skip = max(0, skip - len(data))
                        file.write(fresh)
                        wrote += len(fresh)
                        if session.expected.most is not None:
                            session.expected.check_size(max(session.received + wrote, session.expected.least))
                finally:
                    file.flush()
                    os.fsync(file.fileno())
        except ClientGoneError:
            self._record(session, wrote - wrote % CHUNK_MULTIPLE)
            raise
        if length is not None and left > 0:
            raise invalid("The body is shorter than Content-Range says.")
        size = session.received + wrote
        if length is None and session.total not in {None, size}:
            raise invalid("The body is not as long as the upload was started with.")
        if length is not None and size != total and wrote % CHUNK_MULTIPLE:
            raise invalid("A chunk other than the last must be a multiple of 262144 bytes.")
        self._record(session, wrote)

    def _record(self, session: Session, count: int) -> None:
        session.received += count
        with self._store.write() as db:
            db.execute("UPDATE upload SET received = ? WHERE id = ?", (session.received, session.id))

    def _finish(self, session: Session, hashes: str) -> StoredObject:
        path = self._store.files.incoming / session.id
        with path.open("r+b") as file:
            # Bytes past the acknowledged ones are of a chunk that broke off.
            file.truncate(session.received)
            os.fsync(file.fileno())
        staged = hash_file(path)
        try:
            session.expected.check(staged)
            stated_hashes(hashes).check(staged)
            return self._store.put(
                session.bucket, session.name, staged, session.fields, session.wanted, session=session.id
            )
        except StorageError:
            self._forget(session)
            raise

    def _forget(self, session: Session) -> None:
        with self._store.write() as db:
            db.execute("DELETE FROM upload WHERE id = ?", (session.id,))
        (self._store.files.incoming / session.id).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self, session_id: str) -> Iterator[Session]:
        """The session, for one request at a time."""
        with self._guard:
            lock = self._locks.setdefault(session_id, threading.Lock())
        try:
            with lock:
                yield self._load(session_id)
        finally:
            with self._guard:
                if not lock.locked():
                    self._locks.pop(session_id, None)

    def _load(self, session_id: str) -> Session:
        row = (
            self._store.read()
            .execute(
                "SELECT id, bucket, name, fields, conditions, total, received, finished, started "
                "FROM upload WHERE id = ?",
                (session_id,),
            )
            .fetchone()
        )
        if row is None:
            raise no_upload()
        conditions = json.loads(row[4])
        return Session(
            id=row[0],
            bucket=row[1],
            name=row[2],
            fields=json.loads(row[3]),
            wanted=Preconditions(**conditions["wanted"]),
            expected=Expected(**conditions["expected"]),
            total=row[5],
            received=row[6],
            finished=row[7],
            started=row[8],
        )


def _parse_range(text: str | None, session: Session) -> tuple[int | None, int | None, int | None]:
    """Content-Range as (total, first byte, length): no first byte in a status query, no length without a header."""
    if text is None:
        return None, 0, None
    match = _CONTENT_RANGE.fullmatch(text.strip())
    if match is None:
        raise invalid("Content-Range must have the form: bytes FIRST-LAST/TOTAL, with * for what is not known.")
    total = session.total if match[3] == "*" else int(match[3])
    if session.total is not None and total != session.total:
        raise invalid("Content-Range states another total than the upload was started with.")
    if match[1] is None:
        # "bytes */*" only asks; with a known total it also ends an upload whose bytes are all here.
        return (None if match[3] == "*" else total), None, None
    first, last = int(match[1]), int(match[2])
    if last < first or (total is not None and last >= total):
        raise invalid("Content-Range must name bytes within the total, the first before the last.")
    return total, first, last - first + 1


def stated_hashes(header: str) -> Expected:
    """Read an X-Goog-Hash header: `crc32c=...,md5=...`."""
    pairs = dict(part.strip().partition("=")[::2] for part in header.split(",") if "=" in part)
    return Expected(md5=pairs.get("md5", ""), crc32c=pairs.get("crc32c", ""))


def read_multipart(request: Request) -> tuple[dict[str, Any], str, Iterator[bytes]]:
    """Split a multipart/related upload into its metadata, the media's content type and the media's bytes.

    Raises 400 when it is not two parts, JSON first (RFC 2387).
    """
    boundary = request.headers.get_boundary()
    if request.headers.get_content_type() != "multipart/related" or not boundary:
        raise invalid("A multipart upload needs Content-Type: multipart/related; boundary=...")
    parts = _Parts(request.body, boundary.encode("latin-1", "replace"))
    parts.headers()
    metadata = parse_object(b"".join(parts.content(limit=MAX_METADATA_BYTES)))
    media = parts.headers()
    return metadata, media.get("Content-Type", ""), parts.content()


def parse_object(text: bytes) -> dict[str, Any]:
    """A JSON object, or {} for nothing. Raises 400."""
    try:
        value = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise invalid("Parse Error: the body is not JSON.", "parseError") from None
    if not isinstance(value, dict):
        raise invalid("Parse Error: the body must be a JSON object.", "parseError")
    return value


class _Parts:
    """A multipart body read part by part, never held whole."""

    def __init__(self, body: Body, boundary: bytes) -> None:
        self._body = body
        # The first delimiter has no line before it: give it one.
        self._buffer = b"\r\n"
        self._delimiter = b"\r\n--" + boundary
        for _ in self.content():
            pass

    def headers(self) -> Any:
        while b"\r\n\r\n" not in self._buffer and not self._buffer.startswith(b"--"):
            if len(self._buffer) > MAX_METADATA_BYTES or not self._more():
                break
        head, separator, self._buffer = self._buffer.partition(b"\r\n\r\n")
        if not separator or head.startswith(b"--"):
            raise invalid("A multipart upload has two parts: the metadata as JSON, then the content.")
        # What follows the delimiter on its line, up to here, ended with the line break before the headers.
        return BytesParser().parsebytes(head.partition(b"\r\n")[2] + b"\r\n\r\n", headersonly=True)

    def content(self, limit: int | None = None) -> Iterator[bytes]:
        size = 0
        while True:
            at = self._buffer.find(self._delimiter)
            keep = len(self._delimiter) - 1
            ready = self._buffer[:at] if at >= 0 else self._buffer[:-keep]
            self._buffer = self._buffer[at + len(self._delimiter) :] if at >= 0 else self._buffer[len(ready) :]
            size += len(ready)
            if limit is not None and size > limit:
                raise invalid("The metadata of an upload must be smaller than 1 MB.")
            if ready:
                yield ready
            if at >= 0:
                return
            if not self._more():
                raise invalid("The multipart body ends without its closing delimiter.")

    def _more(self) -> bool:
        data = self._body.read()
        self._buffer += data
        return bool(data)
