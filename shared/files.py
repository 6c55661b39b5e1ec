"""Files: bytes in Cloud Storage, everything known about them in Firestore.

`files/{id}` {folder, objectName, ownerId, refKind, refId, fileName (sealed), mimeType, size, sha256, scanState:
pending | clean | infected | exempt, createdAt}. An object is `<folder>/<uuid>`: nothing about it can be read from its
name. What it is, is decided by its content. The object is written first, then its document with the request's commit;
an object whose commit failed belongs to no document and is swept later.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from shared import clients, metrics
from shared.config import Settings, path
from shared.context import Context
from shared.errors import FileNotAccepted, StorageUnavailable
from shared.http.answers import Upload
from shared.store.document import Deletable, Sealed, new_id

Folder = Literal["user-uploads", "chat-files", "medical-records", "recordings", "exports"]

IMAGES = frozenset({"image/png", "image/jpeg", "image/webp"})


class Ref(NamedTuple):
    """The record a file belongs to."""

    kind: str
    id: str


class FileRecord(Deletable):
    """What is known about a stored file."""

    collection = "files"
    domain = "platform"

    folder: Folder
    object_name: str
    owner_id: str
    ref_kind: str
    ref_id: str
    file_name: Sealed[str]
    mime_type: str
    size: int
    sha256: str
    #: `exempt`: of a kind that is shown as an image only and needs no scan.
    scan_state: Literal["pending", "clean", "infected", "exempt"]
    created_at: datetime


def put(
    ctx: Context, folder: Folder, upload: Upload, *, owner_id: str, ref: Ref, accept: Collection[str]
) -> FileRecord:
    """Store a file of one of the types `accept`, decided by its content.

    Raises `FileNotAccepted` or `StorageUnavailable`. When the handler runs again the object is stored again under
    another name; the first one is an orphan.
    """
    mime_type = type_of(upload.content)
    if mime_type is None or mime_type not in accept:
        raise FileNotAccepted(f"Only {', '.join(sorted(accept))} are accepted here; this is something else.")
    object_name = f"{folder}/{new_id()}"
    _guarded(
        lambda: (
            _bucket(ctx)
            .blob(object_name)
            .upload_from_string(
                upload.content,
                content_type=mime_type,
                if_generation_match=0,
                timeout=ctx.settings.storage_timeout_seconds,
                retry=bounded(ctx.settings),
                checksum="crc32c",
            )
        )
    )
    return ctx.unit.create(
        FileRecord(
            id=new_id(),
            folder=folder,
            object_name=object_name,
            owner_id=owner_id,
            ref_kind=ref.kind,
            ref_id=ref.id,
            file_name=upload.file_name,
            mime_type=mime_type,
            size=len(upload.content),
            sha256=hashlib.sha256(upload.content).hexdigest(),
            scan_state="exempt" if mime_type in IMAGES else "pending",
            created_at=ctx.now,
        )
    )


def open_file(ctx: Context, record: FileRecord) -> bytes:
    """A file's content, checked against its hash. Raises `StorageUnavailable`."""
    blob = _bucket(ctx).blob(record.object_name)
    settings = ctx.settings
    content: bytes = _guarded(
        lambda: blob.download_as_bytes(timeout=settings.storage_timeout_seconds, retry=bounded(settings))
    )
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise StorageUnavailable
    return content


def signed_link(ctx: Context, record: FileRecord) -> str:
    """A link to one file that needs no token and ends after FILE_LINK_MINUTES (V4 signature).

    Signed with the key file where there is one (local), else by IAM (`signBlob`) as this function's account. Raises
    `StorageUnavailable`.
    """
    name = quote(record.file_name, safe="")
    blob = _bucket(ctx).blob(record.object_name)
    options: dict[str, Any] = {
        "version": "v4",
        "expiration": timedelta(minutes=ctx.settings.file_link_minutes),
        "method": "GET",
        "response_disposition": f"attachment; filename*=UTF-8''{name}",
        "response_type": record.mime_type,
    }
    link: str = _guarded(lambda: blob.generate_signed_url(**options, **_signer(ctx.settings)))
    return link


def type_of(content: bytes) -> str | None:
    """The MIME type of a file, by its first bytes; None when it is of no known kind."""
    import filetype

    found = filetype.guess(content[:8192])
    return str(found.mime) if found else None


def _bucket(ctx: Context) -> Any:
    return clients.storage().bucket(ctx.settings.uploads_bucket)


def bounded(settings: Settings) -> Any:
    """Retries of a call to Cloud Storage that end in time; the SDK's own go on for two minutes."""
    from google.cloud.storage.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(settings.storage_timeout_seconds)


def _signer(settings: Settings) -> dict[str, Any]:
    if settings.storage_signing_key_file:
        key = _signing_key(settings.storage_signing_key_file)
        return {"credentials": key, "api_access_endpoint": clients.storage().api_endpoint}
    import google.auth
    from google.auth.transport.requests import Request

    credentials: Any = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])[0]
    credentials.refresh(Request())
    return {"service_account_email": credentials.service_account_email, "access_token": credentials.token}


@cache
def _signing_key(file: str) -> Any:
    from google.oauth2 import service_account

    keys: Any = service_account.Credentials
    return keys.from_service_account_file(str(path(file)))


def _guarded(call: Any) -> Any:
    import requests
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.exceptions import InvalidResponse

    try:
        with metrics.timed("storage"):
            return call()
    except (GoogleAPIError, GoogleAuthError, InvalidResponse, requests.RequestException, ConnectionError) as lost:
        raise StorageUnavailable from lost
