"""The bytes of files, in Cloud Storage. Every call ends in time or raises `StorageUnavailable`."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

from shared import clients, metrics
from shared.config import Settings, path
from shared.errors import StorageUnavailable

#: Where direct uploads land; the bucket empties it after a day.
QUARANTINE = "quarantine"

#: Read at once of what is streamed.
PIECE = 4 * 1024 * 1024


def write(settings: Settings, name: str, content: bytes, mime_type: str, *, new: bool = True) -> None:
    """Store an object; one of that name must not be there if it is to be `new`."""
    blob = _bucket(settings).blob(name)
    _guarded(
        lambda: blob.upload_from_string(
            content,
            content_type=mime_type,
            if_generation_match=0 if new else None,
            timeout=settings.storage_timeout_seconds,
            retry=bounded(settings),
            checksum="crc32c",
        )
    )


def read(settings: Settings, name: str, first: int | None = None, last: int | None = None) -> bytes:
    """An object's content, or its bytes from `first` to `last` (both included)."""
    blob = _bucket(settings).blob(name)
    content: bytes = _guarded(
        lambda: blob.download_as_bytes(
            start=first, end=last, timeout=settings.storage_timeout_seconds, retry=bounded(settings)
        )
    )
    return content


def size_of(settings: Settings, name: str) -> int | None:
    """Bytes of an object; None when there is none."""
    found = _guarded(
        lambda: _bucket(settings).get_blob(name, timeout=settings.storage_timeout_seconds, retry=bounded(settings))
    )
    return int(found.size) if found is not None else None


def erase(settings: Settings, name: str) -> None:
    """Take an object away with every version of it that the bucket keeps. It may be gone already."""
    from google.api_core.exceptions import NotFound

    for blob in _listed(settings, prefix=name, versions=True):
        if blob.name != name:
            continue

        def delete(blob: Any = blob) -> None:
            try:
                blob.delete(if_generation_match=None, timeout=settings.storage_timeout_seconds, retry=bounded(settings))
            except NotFound:
                return

        _guarded(delete)


def names(settings: Settings, first: str, until: str) -> list[str]:
    """Names of the objects from `first` to before `until`, in order."""
    return [blob.name for blob in _listed(settings, start_offset=first, end_offset=until)]


def _listed(settings: Settings, **options: Any) -> list[Any]:
    bucket = _bucket(settings)
    found: list[Any] = _guarded(
        lambda: list(bucket.list_blobs(timeout=settings.storage_timeout_seconds, retry=bounded(settings), **options))
    )
    return found


def open_session(settings: Settings, name: str, mime_type: str, size: int, origin: str | None) -> str:
    """URL to which one object of exactly `size` bytes can be sent, in pieces if need be (a resumable session).

    Opened over the XML API with a signed request, since only that can bind the session to a length. `origin` is the
    web page it will be used from: Cloud Storage answers browsers of that origin alone.
    """
    headers = {
        "Content-Type": mime_type,
        "x-goog-resumable": "start",
        "x-goog-content-length-range": f"{size},{size}",
        "x-goog-if-generation-match": "0",
    }
    blob = _bucket(settings).blob(name)
    signed = {"version": "v4", "method": "POST", "expiration": timedelta(minutes=5)}
    url = _guarded(lambda: blob.generate_signed_url(**signed, headers=headers, **_signer(settings)))
    sent = {**headers, "Content-Length": "0"} | ({"Origin": origin} if origin else {})
    answer = _guarded(lambda: clients.http().post(url, headers=sent, timeout=settings.storage_timeout_seconds))
    if answer.status_code != 201:
        raise StorageUnavailable
    return str(answer.headers["Location"])


def link(settings: Settings, name: str, file_name: str, mime_type: str) -> str:
    """A link to one object that needs no token and ends after FILE_LINK_MINUTES (V4 signature).

    Signed with the key file where there is one (local), else by IAM (`signBlob`) as this function's account.
    """
    blob = _bucket(settings).blob(name)
    options: dict[str, Any] = {
        "version": "v4",
        "expiration": timedelta(minutes=settings.file_link_minutes),
        "method": "GET",
        "response_disposition": disposition(file_name),
        "response_type": mime_type,
    }
    made: str = _guarded(lambda: blob.generate_signed_url(**options, **_signer(settings)))
    return made


def disposition(file_name: str) -> str:
    """Content-Disposition of a file that is saved, not shown (RFC 6266)."""
    return f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"


def pieces(settings: Settings, name: str, first: int, last: int) -> Iterator[bytes]:
    """Bytes `first` to `last` of an object, piece by piece."""
    for at in range(first, last + 1, PIECE):
        yield read(settings, name, at, min(last, at + PIECE - 1))


def _bucket(settings: Settings) -> Any:
    return clients.storage().bucket(settings.uploads_bucket)


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
