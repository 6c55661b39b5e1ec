"""Objects and their JSON form, names, and preconditions (https://cloud.google.com/storage/docs/json_api/v1)."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from localcloud.storage.errors import NotModifiedError, StorageError, invalid, precondition_failed

SECOND = 1_000_000

# What a client may set on an object; everything else in a resource is the service's own.
WRITABLE = frozenset(
    {
        "cacheControl",
        "contentDisposition",
        "contentEncoding",
        "contentLanguage",
        "contentType",
        "customTime",
        "eventBasedHold",
        "metadata",
        "storageClass",
        "temporaryHold",
    }
)
BUCKET_READ_ONLY = frozenset(
    {
        "kind",
        "id",
        "name",
        "selfLink",
        "etag",
        "metageneration",
        "timeCreated",
        "updated",
        "projectNumber",
        "generation",
    }
)

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9_.\-]{1,220}[a-z0-9]")


@dataclass(frozen=True)
class StoredObject:
    """One generation of an object; times in microseconds since 1970, `file` names its bytes on disk."""

    bucket: str
    name: str
    generation: int
    metageneration: int
    live: bool
    size: int
    md5: str
    crc32c: str
    file: str
    created: int
    updated: int
    deleted: int
    components: int
    fields: dict[str, Any]

    @property
    def etag(self) -> str:
        return base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode()

    @property
    def hashes(self) -> str:
        """The value of X-Goog-Hash."""
        return f"crc32c={self.crc32c}" + (f",md5={self.md5}" if self.md5 else "")

    def resource(self, base_url: str) -> dict[str, Any]:
        """The JSON API's object resource, its links under `base_url`."""
        path = f"{quote(self.bucket, safe='')}/o/{quote(self.name, safe='')}"
        resource: dict[str, Any] = {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{base_url}/storage/v1/b/{path}",
            "mediaLink": f"{base_url}/download/storage/v1/b/{path}?generation={self.generation}&alt=media",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "storageClass": "STANDARD",
            "size": str(self.size),
            "crc32c": self.crc32c,
            "etag": self.etag,
            "timeCreated": rfc3339(self.created),
            "updated": rfc3339(self.updated),
            "timeStorageClassUpdated": rfc3339(self.created),
            "timeFinalized": rfc3339(self.created),
        }
        if self.md5:
            resource["md5Hash"] = self.md5
        if self.components:
            resource["componentCount"] = self.components
        if self.deleted:
            resource["timeDeleted"] = rfc3339(self.deleted)
        return resource | self.fields


@dataclass(frozen=True)
class Preconditions:
    """ifGenerationMatch and the others; None where the request has none."""

    generation: int | None = None
    generation_not: int | None = None
    metageneration: int | None = None
    metageneration_not: int | None = None

    def check(self, current: StoredObject | None, *, reading: bool = False) -> None:
        """Raise 412 (or 304, when reading) unless all hold for the live object; None stands for no object."""
        generation = current.generation if current else 0
        metageneration = current.metageneration if current else 0
        if self.generation is not None and self.generation != generation:
            raise precondition_failed()
        if self.metageneration is not None and self.metageneration != metageneration:
            raise precondition_failed()
        unwanted = (self.generation_not == generation) or (
            current is not None and self.metageneration_not == metageneration
        )
        if unwanted:
            if reading:
                raise NotModifiedError
            raise precondition_failed()

    def as_dict(self) -> dict[str, int | None]:
        return vars(self).copy()


NO_PRECONDITIONS = Preconditions()


def preconditions(values: Mapping[str, str], prefix: str = "if") -> Preconditions:
    """Read preconditions from query parameters (`prefix` is "ifSource" for those on a copy's source)."""
    return Preconditions(
        integer(values, f"{prefix}GenerationMatch"),
        integer(values, f"{prefix}GenerationNotMatch"),
        integer(values, f"{prefix}MetagenerationMatch"),
        integer(values, f"{prefix}MetagenerationNotMatch"),
    )


def integer(values: Mapping[str, str], name: str) -> int | None:
    """A whole-number parameter, or None. Raises 400 naming it."""
    text = values.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII) or int(text) >= 1 << 63:
        raise invalid(f"Invalid value for {name}: it must be a whole number.", "invalidParameter")
    return int(text)


def check_bucket_name(name: object) -> str:
    """Return a valid bucket name. Raises 400."""
    if not isinstance(name, str) or not _BUCKET_NAME.fullmatch(name) or ".." in name or name.startswith("goog"):
        raise StorageError(
            400,
            "invalid",
            "InvalidBucketName",
            "Invalid bucket name: it has 3 to 63 lower-case letters, digits, hyphens, underscores and dots, and "
            "begins and ends with a letter or digit.",
        )
    return name


def check_object_name(name: object) -> str:
    """Return a valid object name (1 to 1024 bytes of UTF-8). Raises 400."""
    if not isinstance(name, str) or not name:
        raise invalid("Required: an object name.", "required")
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise invalid("Invalid object name: it must be valid Unicode.") from None
    if size > 1024 or name in {".", ".."} or any(c in name for c in "\r\n\0"):
        raise invalid("Invalid object name: at most 1024 bytes of UTF-8, no line breaks, not . or ...")
    return name


def writable_fields(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a resource that a client may set, checked. Raises 400 naming a field of the wrong type."""
    fields = {name: value for name, value in resource.items() if name in WRITABLE and value is not None}
    for name, value in fields.items():
        if name == "metadata":
            if not isinstance(value, dict) or not all(v is None or isinstance(v, str) for v in value.values()):
                raise invalid("Invalid value for metadata: it must be an object of strings.")
        elif name in {"temporaryHold", "eventBasedHold"}:
            if not isinstance(value, bool):
                raise invalid(f"Invalid value for {name}: it must be true or false.")
        elif not isinstance(value, str):
            raise invalid(f"Invalid value for {name}: it must be a string.")
    if "metadata" in fields:
        fields["metadata"] = {key: value for key, value in fields["metadata"].items() if value is not None}
    return fields


def patched_fields(fields: dict[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a JSON merge patch to an object's writable fields: null removes, `metadata` merges by key."""
    patched = fields | writable_fields(patch)
    for name, value in patch.items():
        if name in WRITABLE and value is None:
            patched.pop(name, None)
    change = patch.get("metadata")
    if isinstance(change, dict):
        merged = fields.get("metadata", {}) | change
        patched["metadata"] = {key: value for key, value in merged.items() if value is not None}
    return patched


@dataclass
class Bucket:
    """A bucket: `fields` is what clients set on it (versioning, retentionPolicy, cors, labels ...)."""

    name: str
    created: int
    updated: int
    metageneration: int = 1
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def versioned(self) -> bool:
        return bool((self.fields.get("versioning") or {}).get("enabled"))

    def retained_until(self, created: int) -> int:
        """When an object made at `created` may go (microseconds); 0 without a retention policy."""
        policy = self.fields.get("retentionPolicy") or {}
        return created + int(policy["retentionPeriod"]) * SECOND if policy.get("retentionPeriod") else 0

    def resource(self, base_url: str) -> dict[str, Any]:
        return {
            "kind": "storage#bucket",
            "id": self.name,
            "selfLink": f"{base_url}/storage/v1/b/{quote(self.name, safe='')}",
            "name": self.name,
            "projectNumber": "0",
            "location": "US",
            "locationType": "multi-region",
            "storageClass": "STANDARD",
            "metageneration": str(self.metageneration),
            "etag": base64.b64encode(str(self.metageneration).encode()).decode(),
            "timeCreated": rfc3339(self.created),
            "updated": rfc3339(self.updated),
        } | self.fields


def rfc3339(micros: int) -> str:
    """Microseconds since 1970 as the service writes times: RFC 3339, UTC, milliseconds."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def successor(text: str) -> str:
    """The first string after all that begin with `text`, in code point order (which is UTF-8 byte order)."""
    stem = text.rstrip("\U0010ffff")
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)
