"""The XML API's part that signed URLs use: `/{bucket}/{object}` with GET, HEAD, PUT, DELETE and resumable POST."""

import base64
import re
from typing import Any

from localcloud.httpd import Request, Response
from localcloud.storage.errors import NotModifiedError, StorageError, invalid
from localcloud.storage.json_api import UPLOAD_LENGTH, base_url, decoded
from localcloud.storage.resources import (
    Preconditions,
    StoredObject,
    check_object_name,
    integer,
    preconditions,
    writable_fields,
)
from localcloud.storage.signing import ServiceAccount, check_signature, is_signed
from localcloud.storage.store import Store
from localcloud.storage.transfer import chunks, download, stage
from localcloud.storage.uploads import Expected, Uploads, stated_hashes

_FIELDS = {
    "Cache-Control": "cacheControl",
    "Content-Disposition": "contentDisposition",
    "Content-Encoding": "contentEncoding",
    "Content-Language": "contentLanguage",
    "Content-Type": "contentType",
}
_PRECONDITIONS = {
    "x-goog-if-generation-match": "ifGenerationMatch",
    "x-goog-if-metageneration-match": "ifMetagenerationMatch",
}


class XmlApi:
    """Every request must carry a V4 signature of `account`, or the id of an upload session that such a one opened."""

    def __init__(self, store: Store, uploads: Uploads, account: ServiceAccount) -> None:
        self._store = store
        self._uploads = uploads
        self._account = account

    def __call__(self, request: Request) -> Response:
        try:
            bucket, _, name = request.path[1:].partition("/")
            if not bucket or not name:
                raise invalid("The path must be /BUCKET/OBJECT.")
            bucket, name = decoded(bucket), check_object_name(decoded(name))
            session = request.query.get("upload_id")
            if session and request.method in {"PUT", "DELETE"} and not is_signed(request):
                return self._resume(request, session)
            check_signature(request, self._account)
            return self._answer(request, bucket, name)
        except NotModifiedError:
            return Response(304)
        except StorageError as error:
            return error.as_xml()

    def _answer(self, request: Request, bucket: str, name: str) -> Response:
        query = request.query
        if request.method in {"GET", "HEAD"}:
            found = self._store.get(bucket, name, integer(query, "generation"))
            _wanted(request).check(found, reading=True)
            overrides = {}
            if query.get("response-content-disposition"):
                overrides["Content-Disposition"] = query["response-content-disposition"]
            if query.get("response-content-type") and "contentType" not in found.fields:
                overrides["Content-Type"] = query["response-content-type"]
            return download(self._store, request, found, overrides)
        if request.method == "PUT":
            self._store.bucket(bucket)
            staged = stage(self._store, chunks(request.body), _expected(request))
            stored = self._store.put(bucket, name, staged, _fields(request), _wanted(request))
            return _stored(stored)
        if request.method == "POST" and request.headers.get("x-goog-resumable", "").lower() == "start":
            length = request.headers.get(UPLOAD_LENGTH)
            total = integer({} if length is None else {UPLOAD_LENGTH: length}, UPLOAD_LENGTH)
            fields, wanted = _fields(request), _wanted(request)
            session = self._uploads.start(bucket, name, fields, wanted, _expected(request), total)
            url = f"{base_url(request)}{request.path}?upload_id={session}"
            return Response(201, b"", [("Location", url), ("X-GUploader-UploadID", session)])
        if request.method == "DELETE":
            self._store.delete(bucket, name, integer(query, "generation"), _wanted(request))
            return Response(204)
        raise StorageError(405, "methodNotAllowed", "MethodNotAllowed", "The method is not allowed here.")

    def _resume(self, request: Request, session: str) -> Response:
        if request.method == "DELETE":
            self._uploads.cancel(session)
            return Response(499)
        progress = self._uploads.receive(
            session, request.headers.get("Content-Range"), request.body, request.headers.get("x-goog-hash", "")
        )
        if isinstance(progress, StoredObject):
            return _stored(progress)
        return Response(308, b"", [("Range", f"bytes=0-{progress - 1}")] if progress else [])


def _stored(stored: StoredObject) -> Response:
    etag = base64.b64decode(stored.md5).hex()
    return Response(
        200,
        b"",
        [
            ("ETag", f'"{etag}"'),
            ("X-Goog-Generation", str(stored.generation)),
            ("X-Goog-Metageneration", str(stored.metageneration)),
            ("X-Goog-Hash", stored.hashes),
            ("X-Goog-Stored-Content-Encoding", stored.fields.get("contentEncoding", "identity")),
            ("X-Goog-Stored-Content-Length", str(stored.size)),
        ],
    )


def _fields(request: Request) -> dict[str, Any]:
    fields: dict[str, Any] = {
        field: request.headers[header] for header, field in _FIELDS.items() if request.headers.get(header)
    }
    metadata = {
        name.lower().removeprefix("x-goog-meta-"): value
        for name, value in request.headers.items()
        if name.lower().startswith("x-goog-meta-")
    }
    return writable_fields(fields | ({"metadata": metadata} if metadata else {}))


def _wanted(request: Request) -> Preconditions:
    values = {name: request.headers[header] for header, name in _PRECONDITIONS.items() if header in request.headers}
    return preconditions(values)


def _expected(request: Request) -> Expected:
    hashes = stated_hashes(request.headers.get("x-goog-hash", ""))
    md5 = hashes.md5 or request.headers.get("Content-MD5", "")
    text = request.headers.get("x-goog-content-length-range")
    if text is None:
        return Expected(md5, hashes.crc32c)
    match = re.fullmatch(r"(\d{1,15}),(\d{1,15})", text.strip(), re.ASCII)
    if match is None:
        raise invalid("x-goog-content-length-range must have the form MINIMUM,MAXIMUM.")
    return Expected(md5, hashes.crc32c, int(match[1]), int(match[2]))
