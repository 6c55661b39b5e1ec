"""Stored documents of files.

`files/{id}`: everything known about a file but its bytes. An object is `<folder>/<uuid>`; nothing about its content can
be read from that name, and the file's id follows from it, so that either names the other without a query.

`fileUploads/{id}`: a direct upload that has been opened.
"""

import secrets
import uuid
from datetime import UTC, datetime
from typing import ClassVar, Final, Literal, NamedTuple

from shared.store.document import Deletable, Document, Sealed
from shared.store.query import Query

Folder = Literal["user-uploads", "chat-files", "medical-records", "recordings", "exports", "thumbnails"]

#: pending: nobody gets it before it is scanned · exempt: made by ourselves, or shown as an image only.
ScanState = Literal["pending", "clean", "infected", "failed", "exempt"]

#: States in which a file may be given out.
OPEN: Final = frozenset({"clean", "exempt"})

#: Ref kind of an upload that belongs to nothing yet; its ref is the account that sent it.
UNCLAIMED: Final = "uploads"


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
    #: Since when it is part of that.
    attached_at: datetime = datetime.min.replace(tzinfo=UTC)
    #: Whose record it is part of, if it is part of one: for legal holds and the access log.
    patient_id: str | None = None
    file_name: Sealed[str]
    mime_type: str
    size: int
    sha256: str
    scan_state: ScanState
    #: Name of what was found, or why there is no verdict.
    scan_result: str | None = None
    scanned_at: datetime | None = None
    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    #: The image this is a small picture of.
    thumbnail_of: str | None = None
    #: Where a direct upload put it; taken away behind the scan.
    quarantined_as: str | None = None
    #: When its content is erased; never while it is empty.
    retain_until: datetime | None = None
    erased_at: datetime | None = None
    created_at: datetime

    @property
    def ref(self) -> Ref:
        """The record it belongs to."""
        return Ref(self.ref_kind, self.ref_id)


class AnyFile(FileRecord):
    """A file whether it is deleted or not: what retention looks at."""

    deletable: ClassVar[bool] = False


class FileUpload(Document):
    """A direct upload under way: who opened it, and what they said they would send."""

    collection = "fileUploads"
    domain = "platform"

    owner_id: str
    folder: Folder
    object_name: str
    file_name: Sealed[str]
    mime_type: str
    size: int
    state: Literal["open", "completed", "dropped"] = "open"
    file_id: str | None = None
    created_at: datetime
    expires_at: datetime


FILES_DUE = Query("files_due", AnyFile, order=("retainUntil",))
FILES_UNSCANNED = Query("files_unscanned", FileRecord, equal=("scanState",), order=("createdAt",))
UPLOADS_EXPIRED = Query("uploads_expired", FileUpload, equal=("state",), order=("expiresAt",))


def file_id_of(object_name: str) -> str:
    """Id of the file an object holds."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:file:{object_name}"))


def thumbnail_id(file_id: str) -> str:
    """Id of the small picture of an image."""
    return file_id_of(thumbnail_object(file_id))


def thumbnail_object(file_id: str) -> str:
    """Object of the small picture of an image."""
    return f"thumbnails/{file_id}"


def new_object(folder: Folder, at: datetime) -> str:
    """A name for an object made now. Names grow with time (UUID version 7): the last day's can be listed alone."""
    return f"{folder}/{_by_time(int(at.timestamp() * 1000), secrets.randbits(74))}"


def first_object(folder: str, at: datetime) -> str:
    """The name before which every object of `folder` was made before `at`."""
    return f"{folder}/{_by_time(int(at.timestamp() * 1000), 0)}"


def _by_time(milliseconds: int, random: int) -> uuid.UUID:
    # RFC 9562 §5.7: 48 bits of time, version, 12 random bits, variant, 62 random bits.
    low = random & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | (random >> 62) << 64 | 2 << 62 | low)
