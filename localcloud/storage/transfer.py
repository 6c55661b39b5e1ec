"""What the JSON and the XML API share: receiving a body into a staged file, and sending an object with ranges."""

import gzip
import re
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from typing import IO

from localcloud.httpd import CHUNK, Body, FileStream, Request, Response, file_range
from localcloud.storage.errors import StorageError
from localcloud.storage.files import Staged, Staging
from localcloud.storage.resources import StoredObject
from localcloud.storage.store import Store
from localcloud.storage.uploads import Expected

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def chunks(body: Body) -> Iterator[bytes]:
    while data := body.read():
        yield data


def stage(store: Store, data: Iterable[bytes], expected: Expected) -> Staged:
    """Receive bytes into a durable file that no object names yet. Raises 400 when they are not as expected."""
    staging = Staging(store.files.incoming)
    try:
        size = 0
        for part in data:
            size += len(part)
            if expected.most is not None and size > expected.most:
                expected.check_size(size)
            staging.write(part)
        staged = staging.finish()
        expected.check(staged)
    except BaseException:
        staging.abort()
        raise
    return staged


def download(store: Store, request: Request, found: StoredObject, overrides: dict[str, str]) -> Response:
    """Answer an object's bytes: whole, a range of them (RFC 9110 section 14), or decompressed (transcoding).

    `overrides` replaces response headers, for `response-content-disposition` of signed URLs.
    """
    found, file = store.open(found)
    headers = _headers(found) | overrides
    if found.fields.get("contentEncoding") == "gzip" and "gzip" not in request.headers.get("Accept-Encoding", ""):
        del headers["Content-Encoding"]
        headers["Warning"] = "214 UploadServer gunzipped"
        return Response(200, FileStream(file, _decompressed(file)), list(headers.items()))
    start, length, partial = 0, found.size, False
    match = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if match and (match[1] or match[2]):
        if match[1]:
            start = int(match[1])
            end = min(int(match[2]), found.size - 1) if match[2] else found.size - 1
            valid = not match[2] or int(match[2]) >= start
        else:
            start, end, valid = max(0, found.size - int(match[2])), found.size - 1, True
        if valid:
            if start >= found.size or end < start:
                file.close()
                raise UnsatisfiableRangeError(found.size)
            length, partial = end - start + 1, True
            headers["Content-Range"] = f"bytes {start}-{end}/{found.size}"
        else:
            start = 0
    return Response(
        206 if partial else 200, FileStream(file, file_range(file, start, length)), list(headers.items()), length
    )


class UnsatisfiableRangeError(StorageError):
    """416, with the object's size in Content-Range."""

    def __init__(self, size: int) -> None:
        super().__init__(
            416, "requestedRangeNotSatisfiable", "InvalidRange", "The requested range cannot be satisfied."
        )
        self.size = size

    def as_json(self) -> Response:
        return self._with_range(super().as_json())

    def as_xml(self) -> Response:
        return self._with_range(super().as_xml())

    def _with_range(self, response: Response) -> Response:
        response.headers.append(("Content-Range", f"bytes */{self.size}"))
        return response


def _headers(found: StoredObject) -> dict[str, str]:
    fields = found.fields
    encoding = fields.get("contentEncoding", "")
    headers = {
        "Content-Type": fields.get("contentType", "application/octet-stream"),
        "Accept-Ranges": "bytes",
        "Last-Modified": formatdate(found.updated / 1_000_000, usegmt=True),
        "ETag": f'"{found.etag}"',
        "X-Goog-Generation": str(found.generation),
        "X-Goog-Metageneration": str(found.metageneration),
        "X-Goog-Hash": found.hashes,
        "X-Goog-Storage-Class": fields.get("storageClass", "STANDARD"),
        "X-Goog-Stored-Content-Encoding": encoding or "identity",
        "X-Goog-Stored-Content-Length": str(found.size),
    }
    for field, header in (
        ("cacheControl", "Cache-Control"),
        ("contentDisposition", "Content-Disposition"),
        ("contentEncoding", "Content-Encoding"),
        ("contentLanguage", "Content-Language"),
    ):
        if fields.get(field):
            headers[header] = fields[field]
    for name, value in fields.get("metadata", {}).items():
        if re.fullmatch(r"[A-Za-z0-9_.\-]+", name, re.ASCII) and value.isascii():
            headers[f"X-Goog-Meta-{name}"] = value
    headers.setdefault("Cache-Control", "private, max-age=0")
    return headers


def _decompressed(file: IO[bytes]) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as plain:
        while data := plain.read(CHUNK):
            yield data
