"""The scan gate: nobody gets a file before the virus scanner has found it clean.

pending ──► clean                 given out from here on; a thumbnail is made of images
│  └───► infected              its content is erased; its sender and the administrators are told
└──────► failed ──► …          no verdict: tried again by its task, and daily after that, until there is one
"""

import hashlib
import logging
from importlib import import_module
from typing import Final

from shared.context import Context
from shared.errors import ScannerUnavailable
from shared.events import NotificationType
from shared.files import clamd, kinds, objects
from shared.files.documents import FileRecord, thumbnail_id, thumbnail_object
from shared.files.images import thumbnail
from shared.files.records import open_file, stored_content
from shared.users.documents import USERS, Role

log = logging.getLogger("consentmd.files")

#: Administrators told of malware.
_MOST_ADMINS: Final = 50
#: Who waits for the verdict on a recording, by what it is part of: `module:function(ctx, record)`, loaded when needed.
_AWAITED_BY: Final[dict[str, str]] = {"chats": "shared.chats.recordings:judged"}


def scan(ctx: Context, file_id: str) -> None:
    """Scan a file and open or erase it; safe to repeat. Raises `StorageUnavailable` or `ScannerUnavailable`."""
    record = ctx.unit.get(FileRecord, file_id)
    if record is None or record.scan_state not in {"pending", "failed"}:
        return
    settings = ctx.settings
    content = stored_content(ctx, record)
    try:
        verdict = clamd.scan(
            content, host=settings.clamd_host, port=settings.clamd_port, timeout=settings.clamd_timeout_seconds
        )
    except clamd.NoVerdictError as lost:
        log.warning("no verdict", extra={"reason": str(lost), "job": "scan_file"})
        # It outlives the refusal by which the task is tried again: whoever waits for the file sees why.
        ctx.unit.update(record, scan_state="failed", scan_result="SCANNER_UNAVAILABLE", keep=True)
        raise ScannerUnavailable from lost
    if record.quarantined_as is not None:
        objects.erase(settings, record.quarantined_as)
    if verdict.state == "infected":
        _found(ctx, record, verdict.signature or "unnamed")
    elif verdict.state == "too_large":
        ctx.unit.update(record, scan_state="failed", scan_result="TOO_LARGE_TO_SCAN", scanned_at=ctx.now)
    else:
        ctx.unit.update(record, scan_state="clean", scan_result=None, scanned_at=ctx.now)
        if record.mime_type in kinds.IMAGES:
            ctx.enqueue("make_thumbnail", record.id, dedupe_key=f"thumbnail:{record.id}")
    if verdict.state != "too_large" and record.mime_type in kinds.AUDIO and record.ref_kind in _AWAITED_BY:
        module, _, name = _AWAITED_BY[record.ref_kind].partition(":")
        getattr(import_module(module), name)(ctx, record)


def _found(ctx: Context, record: FileRecord, signature: str) -> None:
    log.warning("malware found", extra={"reason": "FILE_INFECTED", "job": "scan_file"})
    objects.erase(ctx.settings, record.object_name)
    ctx.unit.update(
        record, scan_state="infected", scan_result=signature, scanned_at=ctx.now, erased_at=ctx.now, retain_until=None
    )
    ctx.about("files", record.id)
    admins = ctx.unit.find(USERS, role=Role.ADMIN.value, isActive=True, limit=_MOST_ADMINS)
    ctx.notify(
        [record.owner_id, *(admin.id for admin in admins)],
        NotificationType.SYSTEM_ALERT,
        ("files", record.id),
        f"file_infected:{record.id}",
    )


def make_thumbnail(ctx: Context, file_id: str) -> None:
    """Make the small picture of a clean image; safe to repeat. Raises `StorageUnavailable`."""
    ctx.unit.want(FileRecord, thumbnail_id(file_id))
    record = ctx.unit.get(FileRecord, file_id)
    if record is None or record.scan_state != "clean" or record.erased_at is not None:
        return
    if ctx.unit.get(FileRecord, thumbnail_id(file_id), deleted=True) is not None:
        return
    small = thumbnail(open_file(ctx, record))
    if small is None:
        return
    name = thumbnail_object(record.id)
    objects.write(ctx.settings, name, small, kinds.JPEG, new=False)
    ctx.unit.create(
        record.model_copy(
            update={
                "id": thumbnail_id(record.id),
                "folder": "thumbnails",
                "object_name": name,
                "ref_kind": "files",
                "ref_id": record.id,
                "mime_type": kinds.JPEG,
                "size": len(small),
                "sha256": hashlib.sha256(small).hexdigest(),
                "scan_state": "exempt",
                "scan_result": None,
                "scanned_at": None,
                "width": None,
                "height": None,
                "thumbnail_of": record.id,
                "quarantined_as": None,
                "retain_until": None,
                "created_at": ctx.now,
            }
        )
    )
