"""Taking files in, giving them to a record, and giving them up."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from shared.context import Context
from shared.errors import (
    FileInfected,
    FileNotAccepted,
    FileNotScanned,
    NotFound,
    ScanFailed,
    StorageUnavailable,
)
from shared.files import kinds, media, objects
from shared.files.documents import (
    OPEN,
    UNCLAIMED,
    FileRecord,
    Folder,
    Ref,
    file_id_of,
    new_object,
)
from shared.files.images import Damaged, cleaned
from shared.files.names import safe_name
from shared.http.answers import Upload

#: What a deleted file that is part of no record is kept for, should somebody have erred.
REGRET = timedelta(days=30)


def put(
    ctx: Context,
    folder: Folder,
    upload: Upload,
    *,
    owner_id: str,
    ref: Ref,
    accept: Collection[str],
    patient_id: str | None = None,
    quarantined_as: str | None = None,
) -> FileRecord:
    """Store a file of one of the types `accept`, decided by its content, and have it scanned.

    Images lose what they tell besides the picture; the length of recordings is read from them. Nobody gets the file
    before the scan finds it clean. Raises `FileNotAccepted` or `StorageUnavailable`. When the handler runs again the
    object is stored again under another name; the first one is an orphan, which the sweep finds.
    """
    mime_type = kinds.type_of(upload.content)
    if mime_type is None or mime_type not in accept:
        raise FileNotAccepted(f"Only {', '.join(sorted(accept))} are accepted here; this is something else.")
    content, known = _looked_at(upload.content, mime_type)
    object_name = new_object(folder, ctx.now)
    objects.write(ctx.settings, object_name, content, mime_type)
    record = _recorded(
        ctx,
        object_name,
        content,
        mime_type,
        folder=folder,
        owner_id=owner_id,
        ref=ref,
        file_name=upload.file_name,
        patient_id=patient_id,
        scan_state="pending",
        quarantined_as=quarantined_as,
        **known,
    )
    ctx.enqueue("scan_file", record.id, dedupe_key=record.id)
    return record


def take_in(
    ctx: Context,
    object_name: str,
    content: bytes,
    mime_type: str,
    *,
    owner_id: str,
    ref: Ref,
    file_name: str,
    patient_id: str | None = None,
) -> FileRecord:
    """Keep a recording that a vendor made for us, under a name chosen before. Safe to repeat: the object is the same.

    Not for what people upload: it is not scanned. Raises `FileNotAccepted` for what cannot be played,
    `StorageUnavailable`.
    """
    content, known = _looked_at(content, mime_type)
    stored = ctx.unit.get(FileRecord, file_id_of(object_name), deleted=True)
    if stored is not None:
        return stored
    objects.write(ctx.settings, object_name, content, mime_type, new=False)
    return _recorded(
        ctx,
        object_name,
        content,
        mime_type,
        folder=object_name.partition("/")[0],
        owner_id=owner_id,
        ref=ref,
        file_name=file_name,
        patient_id=patient_id,
        scan_state="exempt",
        **known,
    )


def _recorded(
    ctx: Context,
    object_name: str,
    content: bytes,
    mime_type: str,
    *,
    folder: Any,
    owner_id: str,
    ref: Ref,
    file_name: str,
    patient_id: str | None,
    **fields: Any,
) -> FileRecord:
    return ctx.unit.create(
        FileRecord(
            id=file_id_of(object_name),
            folder=folder,
            object_name=object_name,
            owner_id=owner_id,
            ref_kind=ref.kind,
            ref_id=ref.id,
            attached_at=ctx.now,
            patient_id=patient_id,
            file_name=safe_name(file_name, kinds.ENDINGS[mime_type]),
            mime_type=mime_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            retain_until=kept_until(ctx, folder, ref.kind),
            created_at=ctx.now,
            **fields,
        )
    )


def _looked_at(content: bytes, mime_type: str) -> tuple[bytes, dict[str, Any]]:
    """The content as it is stored, and what is to be known about it."""
    try:
        if mime_type in kinds.IMAGES:
            picture = cleaned(content, mime_type)
            return picture.content, {"width": picture.width, "height": picture.height}
        if mime_type in kinds.AUDIO or mime_type == kinds.MP4:
            return content, {"duration_seconds": media.duration(content)}
    except Damaged:
        raise FileNotAccepted("The file is damaged: it begins like one of its kind and does not go on so.") from None
    return content, {}


def claim(ctx: Context, file_id: str, ref: Ref, *, patient_id: str | None = None) -> FileRecord:
    """Make an upload of the caller's part of `ref`; done before for the same `ref`, it stays. Raises `NotFound`.

    Only what its own sender uploaded, what belongs to nothing yet, and what the scan has not found infected. From here
    on who may open it follows from `ref` (see `shared.files.access`). `patient_id` says whose record it is part of.
    """
    record = ctx.unit.get(FileRecord, file_id)
    if record is None or record.owner_id != ctx.caller.id or record.scan_state == "infected":
        raise ctx.refuse(NotFound("There is no such upload of yours."))
    if record.ref == ref:
        return record
    if record.ref_kind != UNCLAIMED:
        raise ctx.refuse(NotFound("There is no such upload of yours."))
    return ctx.unit.update(
        record,
        ref_kind=ref.kind,
        ref_id=ref.id,
        attached_at=ctx.now,
        patient_id=patient_id,
        retain_until=kept_until(ctx, record.folder, ref.kind, since=record.created_at),
    )


def give_up(ctx: Context, record: FileRecord) -> None:
    """Soft-delete a file. Part of a record, its content stays as long as the record's must; else thirty days."""
    keep = record.retain_until
    if record.ref_kind in {UNCLAIMED, "users"}:
        keep = ctx.now + REGRET
    ctx.unit.delete(ctx.unit.update(record, retain_until=keep))


def kept_until(ctx: Context, folder: Folder, ref_kind: str, *, since: datetime | None = None) -> datetime | None:
    """When the content of a file is erased; None for what somebody keeps for themselves."""
    settings, since = ctx.settings, since or ctx.now
    if ref_kind == "users" or (ref_kind == UNCLAIMED and folder == "user-uploads"):
        return None
    if ref_kind == UNCLAIMED:
        return since + timedelta(days=settings.unclaimed_file_days)
    years = settings.record_retention_years
    if ref_kind == "chats":
        years = settings.message_retention_years
    elif folder == "recordings":
        years = settings.recording_retention_years
    # 366 days a year: a leap year must not end a retention a day early.
    return since + timedelta(days=366 * years)


def require_open(record: FileRecord) -> FileRecord:
    """The file, if it may be given out. Raises `FileNotScanned`, `FileInfected`, `ScanFailed`."""
    if record.scan_state not in OPEN:
        raise {"pending": FileNotScanned, "infected": FileInfected, "failed": ScanFailed}[record.scan_state]
    return record


def open_file(ctx: Context, record: FileRecord) -> bytes:
    """A file's content, checked against its hash. Raises what `require_open` does, and `StorageUnavailable`."""
    return stored_content(ctx, require_open(record))


def stored_content(ctx: Context, record: FileRecord) -> bytes:
    """The same whatever the scan has found: for the scan itself. Raises `StorageUnavailable`."""
    content = objects.read(ctx.settings, record.object_name)
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise StorageUnavailable
    return content


def signed_link(ctx: Context, record: FileRecord) -> str:
    """A link to one file that needs no token and ends after FILE_LINK_MINUTES.

    Raises what `require_open` does, and `StorageUnavailable`.
    It is saved under the name of its object: links are logged on their way, and a file's own name may tell of a person.
    """
    require_open(record)
    ending = kinds.ENDINGS.get(record.mime_type, ("",))[0]
    name = record.object_name.rpartition("/")[2] + ending
    return objects.link(ctx.settings, record.object_name, name, record.mime_type)
