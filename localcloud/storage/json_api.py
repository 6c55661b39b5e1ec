"""The JSON API of Cloud Storage (https://cloud.google.com/storage/docs/json_api/v1), as its Python client uses it."""

import base64
import json
import re
from collections.abc import Callable
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from localcloud.httpd import Request, Response
from localcloud.storage.errors import (
    NotModifiedError,
    StorageError,
    bad_digest,
    invalid,
    precondition_failed,
    required,
    unimplemented,
)
from localcloud.storage.resources import (
    BUCKET_READ_ONLY,
    WRITABLE,
    StoredObject,
    check_bucket_name,
    check_object_name,
    integer,
    patched_fields,
    preconditions,
    successor,
    writable_fields,
)
from localcloud.storage.store import Store
from localcloud.storage.transfer import chunks, download, stage
from localcloud.storage.uploads import Expected, Uploads, parse_object, read_multipart, stated_hashes

MAX_JSON_BYTES = 1 << 20
MAX_PAGE = 1000
MAX_COMPOSED = 32

Handler = Callable[..., Response]


class JsonApi:
    """The endpoints. Each takes the request and the decoded names of its path."""

    def __init__(self, store: Store, uploads: Uploads) -> None:
        self._store = store
        self._uploads = uploads
        bucket, name = "/storage/v1/b/([^/]+)", "/o/([^/]+)"
        self._routes: list[tuple[str, str, Handler]] = [
            ("GET", "/storage/v1/b", self.list_buckets),
            ("POST", "/storage/v1/b", self.create_bucket),
            ("GET", bucket, self.get_bucket),
            ("PATCH", bucket, self.patch_bucket),
            ("PUT", bucket, self.patch_bucket),
            ("DELETE", bucket, self.delete_bucket),
            ("POST", f"{bucket}/lockRetentionPolicy", self.lock_retention_policy),
            ("GET", f"{bucket}/o", self.list_objects),
            ("GET", bucket + name, self.get_object),
            ("GET", f"/download{bucket}{name}", self.get_object),
            ("PATCH", bucket + name, self.patch_object),
            ("PUT", bucket + name, self.update_object),
            ("DELETE", bucket + name, self.delete_object),
            ("POST", f"{bucket}{name}/compose", self.compose),
            ("POST", f"{bucket}{name}/copyTo/b/([^/]+){name}", self.copy),
            ("POST", f"{bucket}{name}/rewriteTo/b/([^/]+){name}", self.rewrite),
            ("POST", f"/upload{bucket}/o", self.upload),
            ("PUT", f"/upload{bucket}/o", self.resume),
            ("DELETE", f"/upload{bucket}/o", self.cancel),
        ]

    def __call__(self, request: Request) -> Response:
        try:
            for method, pattern, handler in self._routes:
                match = re.fullmatch(pattern, request.path) if method == request.method else None
                if match:
                    return handler(request, *(decoded(part) for part in match.groups()))
        except NotModifiedError:
            return Response(304)
        except StorageError as error:
            return error.as_json()
        if request.path.startswith("/batch"):
            return unimplemented("batch requests").as_json()
        return StorageError(404, "notFound", "NotFound", "There is no such method and path in this service.").as_json()

    # Buckets

    def list_buckets(self, request: Request) -> Response:
        size = _page_size(request.query)
        found = self._store.buckets(request.query.get("prefix", ""), _token(request.query)[0], size + 1)
        page: dict[str, Any] = {"kind": "storage#buckets"}
        if found:
            page["items"] = [bucket.resource(base_url(request)) for bucket in found[:size]]
        if len(found) > size:
            page["nextPageToken"] = _make_token(found[size - 1].name, 0)
        return _json(page)

    def create_bucket(self, request: Request) -> Response:
        resource = _body(request)
        name = check_bucket_name(resource.get("name"))
        fields = _bucket_fields({}, resource)
        return _json(self._store.create_bucket(name, fields).resource(base_url(request)))

    def get_bucket(self, request: Request, name: str) -> Response:
        bucket = self._store.bucket(name)
        _check_metageneration(request, bucket.metageneration)
        return _json(bucket.resource(base_url(request)))

    def patch_bucket(self, request: Request, name: str) -> Response:
        bucket = self._store.bucket(name)
        _check_metageneration(request, bucket.metageneration)
        changes = _body(request)
        policy = bucket.fields.get("retentionPolicy") or {}
        if policy.get("isLocked") and "retentionPolicy" in changes:
            period = (changes["retentionPolicy"] or {}).get("retentionPeriod", 0)
            if int(period) < int(policy["retentionPeriod"]):
                raise StorageError(403, "forbidden", "AccessDenied", "A locked retention policy can only be extended.")
            changes["retentionPolicy"] = policy | {"retentionPeriod": str(period)}
        fields = _bucket_fields(bucket.fields if request.method == "PATCH" else {}, changes)
        return _json(self._store.update_bucket(name, fields, bucket.metageneration).resource(base_url(request)))

    def delete_bucket(self, request: Request, name: str) -> Response:
        _check_metageneration(request, self._store.bucket(name).metageneration)
        self._store.delete_bucket(name)
        return Response(204)

    def lock_retention_policy(self, request: Request, name: str) -> Response:
        bucket = self._store.bucket(name)
        if "ifMetagenerationMatch" not in request.query:
            raise required("ifMetagenerationMatch")
        _check_metageneration(request, bucket.metageneration)
        if not bucket.fields.get("retentionPolicy"):
            raise invalid("The bucket has no retention policy to lock.")
        fields = bucket.fields | {"retentionPolicy": bucket.fields["retentionPolicy"] | {"isLocked": True}}
        return _json(self._store.update_bucket(name, fields, bucket.metageneration).resource(base_url(request)))

    # Objects

    def list_objects(self, request: Request, bucket: str) -> Response:
        """Objects by name from `prefix`; with a `delimiter`, what it cuts off is listed once, as prefixes."""
        query = request.query
        if "matchGlob" in query:
            raise unimplemented("matchGlob")
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        versions = _is_true(query, "versions")
        size = _page_size(query)
        start = max(_token(query), (prefix, -1), (query.get("startOffset", ""), -1))
        ends = [successor(prefix)] if prefix else []
        ends += [query["endOffset"]] if query.get("endOffset") else []
        end = min(ends) if ends else None
        items: list[StoredObject] = []
        prefixes: list[str] = []
        following = ""
        rows = self._store.scan(bucket, start, end, versions=versions)
        while (found := next(rows, None)) is not None:
            if len(items) + len(prefixes) == size:
                following = _make_token(*start)
                break
            cut = found.name.find(delimiter, len(prefix)) if delimiter else -1
            if cut < 0:
                items.append(found)
                start = (found.name, found.generation)
                continue
            group = found.name[: cut + len(delimiter)]
            prefixes.append(group)
            if found.name == group and _is_true(query, "includeTrailingDelimiter"):
                items.append(found)
            # The group's other objects are jumped over, not read.
            start = (successor(group), -1)
            rows = self._store.scan(bucket, start, end, versions=versions)
        page: dict[str, Any] = {"kind": "storage#objects"}
        if items:
            page["items"] = [found.resource(base_url(request)) for found in items]
        if prefixes:
            page["prefixes"] = prefixes
        if following:
            page["nextPageToken"] = following
        return _json(page)

    def get_object(self, request: Request, bucket: str, name: str) -> Response:
        found = self._store.get(bucket, name, integer(request.query, "generation"))
        preconditions(request.query).check(found, reading=True)
        if request.query.get("alt") == "media" or request.path.startswith("/download"):
            return download(self._store, request, found, {})
        return _json(found.resource(base_url(request)))

    def patch_object(self, request: Request, bucket: str, name: str) -> Response:
        patch = _body(request)
        return self._change(request, bucket, name, lambda fields: patched_fields(fields, patch))

    def update_object(self, request: Request, bucket: str, name: str) -> Response:
        fields = writable_fields(_body(request))
        return self._change(request, bucket, name, lambda _: fields)

    def delete_object(self, request: Request, bucket: str, name: str) -> Response:
        self._store.delete(bucket, name, integer(request.query, "generation"), preconditions(request.query))
        return Response(204)

    def compose(self, request: Request, bucket: str, name: str) -> Response:
        body = _body(request)
        sources = body.get("sourceObjects")
        if not isinstance(sources, list) or not 1 <= len(sources) <= MAX_COMPOSED:
            raise invalid("sourceObjects must list 1 to 32 objects.")
        parts = [self._component(bucket, each) for each in sources]
        destination = body.get("destination") or {}
        if not isinstance(destination, dict):
            raise invalid("destination must be an object.")
        fields = writable_fields(destination)
        if "contentType" not in fields and "contentType" in parts[0].fields:
            fields["contentType"] = parts[0].fields["contentType"]
        staged = self._store.files.stage(self._opened(part) for part in parts)
        stored = self._store.put(
            bucket,
            check_object_name(name),
            staged,
            fields,
            preconditions(request.query),
            components=sum(part.components or 1 for part in parts),
            remove=[part for part in parts if part.name != name] if body.get("deleteSourceObjects") else None,
        )
        return _json(stored.resource(base_url(request)))

    def copy(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Response:
        return _json(self._copied(request, (bucket, name), (to_bucket, to_name)).resource(base_url(request)))

    def rewrite(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Response:
        copied = self._copied(request, (bucket, name), (to_bucket, to_name))
        return _json(
            {
                "kind": "storage#rewriteResponse",
                "totalBytesRewritten": str(copied.size),
                "objectSize": str(copied.size),
                "done": True,
                "resource": copied.resource(base_url(request)),
            }
        )

    # Uploads

    def upload(self, request: Request, bucket: str) -> Response:
        """Insert an object: `uploadType` media, multipart or resumable (which opens a session)."""
        query = request.query
        kind = query.get("uploadType", "")
        wanted = preconditions(query)
        if kind == "resumable":
            return self._start(request, bucket)
        if kind == "media":
            resource: dict[str, Any] = {"contentType": request.headers.get("Content-Type")}
            data = chunks(request.body)
        elif kind == "multipart":
            resource, media_type, data = read_multipart(request)
            resource.setdefault("contentType", media_type or None)
        else:
            raise invalid("uploadType must be media, multipart or resumable.")
        name, fields = _named(query, resource)
        self._store.bucket(bucket)
        hashes = _stated(resource, request)
        staged = stage(self._store, data, hashes)
        return _json(self._store.put(bucket, name, staged, fields, wanted).resource(base_url(request)))

    def resume(self, request: Request, bucket: str) -> Response:
        del bucket
        session = _session(request)
        progress = self._uploads.receive(
            session, request.headers.get("Content-Range"), request.body, request.headers.get("X-Goog-Hash", "")
        )
        if isinstance(progress, StoredObject):
            return _json(progress.resource(base_url(request)))
        return Response(308, b"", [("Range", f"bytes=0-{progress - 1}")] if progress else [])

    def cancel(self, request: Request, bucket: str) -> Response:
        del bucket
        self._uploads.cancel(_session(request))
        return Response(499)

    # Shared

    def _start(self, request: Request, bucket: str) -> Response:
        resource = _body(request)
        resource.setdefault("contentType", request.headers.get("X-Upload-Content-Type"))
        name, fields = _named(request.query, resource)
        total = integer({"X-Upload-Content-Length": text} if (text := _upload_length(request)) else {}, UPLOAD_LENGTH)
        session = self._uploads.start(
            bucket, name, fields, preconditions(request.query), _stated(resource, request), total
        )
        url = f"{base_url(request)}{request.path}?uploadType=resumable&upload_id={session}"
        return Response(200, b"", [("Location", url), ("X-GUploader-UploadID", session)])

    def _change(self, request: Request, bucket: str, name: str, fields: Callable[[Any], Any]) -> Response:
        generation = integer(request.query, "generation")
        changed = self._store.change(bucket, name, generation, preconditions(request.query), fields)
        return _json(changed.resource(base_url(request)))

    def _copied(self, request: Request, source: tuple[str, str], target: tuple[str, str]) -> StoredObject:
        resource = _body(request)
        # A resource that sets nothing but its name (the client always sends that) copies the source's metadata.
        replaces = any(name in WRITABLE and name != "storageClass" for name in resource)
        return self._store.copy(
            (*source, integer(request.query, "sourceGeneration")),
            preconditions(request.query, "ifSource"),
            (target[0], check_object_name(target[1])),
            writable_fields(resource) if replaces else None,
            preconditions(request.query),
        )

    def _component(self, bucket: str, entry: Any) -> StoredObject:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise invalid("Each of sourceObjects needs a name.")
        given = entry.get("objectPreconditions")
        values = {
            key: str(value)
            for key, value in (("generation", entry.get("generation")), *(given or {}).items())
            if value is not None
        }
        found = self._store.get(bucket, entry["name"], integer(values, "generation"))
        preconditions(values).check(found)
        return found

    def _opened(self, part: StoredObject) -> IO[bytes]:
        return self._store.open(part)[1]


UPLOAD_LENGTH = "X-Upload-Content-Length"


def base_url(request: Request) -> str:
    return f"http://{request.headers.get('Host', 'localhost')}"


def decoded(part: str) -> str:
    """Percent-decode one path segment. Raises 400 unless it is UTF-8."""
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        raise invalid("A name in the path is not UTF-8.") from None


def _json(value: dict[str, Any]) -> Response:
    return Response(200, json.dumps(value).encode())


def _body(request: Request) -> dict[str, Any]:
    text = request.body.read_all(MAX_JSON_BYTES)
    if text is None:
        raise StorageError(413, "uploadTooLarge", "EntityTooLarge", "The resource must be smaller than 1 MB.")
    return parse_object(text)


def _bucket_fields(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    fields = dict(current)
    for name, value in changes.items():
        if name in BUCKET_READ_ONLY:
            continue
        if value is None:
            fields.pop(name, None)
        elif name in {"labels", "iamConfiguration"} and isinstance(fields.get(name), dict) and isinstance(value, dict):
            fields[name] = {k: v for k, v in (fields[name] | value).items() if v is not None}
        else:
            fields[name] = value
    for name in ("versioning", "retentionPolicy"):
        if name in fields and not isinstance(fields[name], dict):
            raise invalid(f"Invalid value for {name}: it must be an object.")
    policy = fields.get("retentionPolicy")
    if policy and not re.fullmatch(r"\d{1,10}", str(policy.get("retentionPeriod", "")), re.ASCII):
        raise invalid("Invalid value for retentionPolicy.retentionPeriod: it must be a number of seconds.")
    return fields


def _check_metageneration(request: Request, actual: int) -> None:
    if integer(request.query, "ifMetagenerationMatch") not in {None, actual}:
        raise precondition_failed()
    if integer(request.query, "ifMetagenerationNotMatch") == actual:
        raise NotModifiedError if request.method == "GET" else precondition_failed()


def _named(query: dict[str, str], resource: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name = check_object_name(query.get("name") or resource.get("name"))
    fields = writable_fields(resource)
    if "contentEncoding" in query:
        fields["contentEncoding"] = query["contentEncoding"]
    return name, fields


def _stated(resource: dict[str, Any], request: Request) -> Expected:
    """The hashes that the resource or the headers state, each of which must hold."""
    header = stated_hashes(request.headers.get("X-Goog-Hash", ""))
    md5 = resource.get("md5Hash") or header.md5 or request.headers.get("Content-MD5", "")
    crc32c = resource.get("crc32c") or header.crc32c
    if not isinstance(md5, str) or not isinstance(crc32c, str):
        raise bad_digest("hash")
    return Expected(md5=md5, crc32c=crc32c)


def _upload_length(request: Request) -> str:
    return str(request.headers.get(UPLOAD_LENGTH, ""))


def _session(request: Request) -> str:
    session = request.query.get("upload_id")
    if not session:
        raise required("upload_id")
    return session


def _page_size(query: dict[str, str]) -> int:
    wanted = integer(query, "maxResults")
    return MAX_PAGE if wanted is None else max(1, min(wanted, MAX_PAGE))


def _is_true(query: dict[str, str], name: str) -> bool:
    return query.get(name, "").lower() == "true"  # the Python client writes "True"


def _make_token(name: str, generation: int) -> str:
    return base64.urlsafe_b64encode(f"{generation}:{name}".encode()).decode()


def _token(query: dict[str, str]) -> tuple[str, int]:
    text = query.get("pageToken")
    if not text:
        return "", -1
    try:
        generation, _, name = base64.urlsafe_b64decode(text.encode()).decode().partition(":")
        return name, int(generation)
    except ValueError:
        raise invalid("pageToken is not one that this service gave.", "invalidParameter") from None
