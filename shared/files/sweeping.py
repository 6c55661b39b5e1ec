"""What is done about files once a day, in pieces that are safe to repeat.

Uploads that were opened and not completed, objects that no document knows, scans that have no verdict yet, and content
whose time is over. What a legal hold protects is left, and looked at again a month later.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from shared.context import Context
from shared.files import objects
from shared.files.documents import (
    FILES_DUE,
    FILES_UNSCANNED,
    UPLOADS_EXPIRED,
    AnyFile,
    file_id_of,
    first_object,
    thumbnail_id,
    thumbnail_object,
)
from shared.retention import held_among
from shared.store.unit import chunks

log = logging.getLogger("consentmd.files")

_AT_ONCE: Final = 100
#: Folders whose objects are written before their document is.
_SWEPT: Final = ("user-uploads", "chat-files", "medical-records", "recordings")
#: An object without a document is an orphan once the request that wrote it is long over.
_SETTLED: Final = timedelta(hours=24)
_LOOKED_BACK: Final = timedelta(days=3)
_LOOK_AGAIN: Final = timedelta(days=30)
#: A scan without a verdict for so long has been given up by its task.
_GIVEN_UP: Final = timedelta(hours=6)


def start(ctx: Context) -> None:
    """Have the sweep of today run, once."""
    ctx.enqueue("sweep_files", "files", dedupe_key=f"sweep_files:{ctx.now:%Y%m%d}")


def sweep(ctx: Context) -> None:
    """All of it, committing piece by piece. Raises `StorageUnavailable`; the next run goes on."""
    _until_done(ctx, _drop_uploads)
    _until_done(ctx, _erase_due)
    _drop_orphans(ctx)
    _scan_again(ctx)


def _until_done(ctx: Context, piece: Callable[[Context], int]) -> None:
    while (count := piece(ctx)) > 0:
        ctx.unit.commit()
        if count < _AT_ONCE:
            return


def _drop_uploads(ctx: Context) -> int:
    expired = ctx.unit.find(UPLOADS_EXPIRED, state="open", span=(None, ctx.now), limit=_AT_ONCE)
    for upload in expired:
        objects.erase(ctx.settings, upload.object_name)
        ctx.unit.update(upload, state="dropped")
    return len(expired)


def _erase_due(ctx: Context) -> int:
    due = ctx.unit.find(FILES_DUE, span=(None, ctx.now), limit=_AT_ONCE)
    kept = held_among(ctx, map(_subject, due))
    for record in due:
        if _subject(record) in kept:
            ctx.unit.update(record, retain_until=ctx.now + _LOOK_AGAIN)
        else:
            erase(ctx, record)
    return len(due)


def _subject(record: AnyFile) -> tuple[str | None, str | None]:
    return record.patient_id, record.ref_id if record.ref_kind == "chats" else None


def erase(ctx: Context, record: AnyFile) -> None:
    """Erase the content of a file and of its thumbnail, in every version; what stays is that it was there."""
    objects.erase(ctx.settings, record.object_name)
    small = ctx.unit.get(AnyFile, thumbnail_id(record.id), deleted=True)
    if small is not None:
        objects.erase(ctx.settings, thumbnail_object(record.id))
        ctx.unit.update(small, **_tombstone(ctx, small))
    ctx.unit.update(record, **_tombstone(ctx, record))


def _tombstone(ctx: Context, record: AnyFile) -> dict[str, Any]:
    gone: dict[str, Any] = {"file_name": "", "retain_until": None, "erased_at": ctx.now}
    return gone if record.deleted else {**gone, "deleted": True, "deleted_at": ctx.now}


def _scan_again(ctx: Context) -> None:
    for state in ("pending", "failed"):
        since, until = None, ctx.now - _GIVEN_UP
        while True:
            stuck = ctx.unit.find(FILES_UNSCANNED, scanState=state, span=(since, until), limit=_AT_ONCE)
            for record in stuck:
                if record.scan_result != "TOO_LARGE_TO_SCAN":
                    ctx.enqueue("scan_file", record.id, dedupe_key=f"{record.id}:{ctx.now:%Y%m%d}")
            if len(stuck) < _AT_ONCE:
                break
            ctx.unit.commit()
            since = stuck[-1].created_at + timedelta(microseconds=1)


def _drop_orphans(ctx: Context) -> None:
    for folder in _SWEPT:
        since, until = ctx.now - _LOOKED_BACK, ctx.now - _SETTLED
        found = objects.names(ctx.settings, first_object(folder, since), first_object(folder, until))
        for some in chunks(found, _AT_ONCE):
            known = ctx.unit.get_all(AnyFile, [file_id_of(name) for name in some], deleted=True)
            orphans = [name for name, record in zip(some, known, strict=True) if record is None]
            for name in orphans:
                objects.erase(ctx.settings, name)
            if orphans:
                log.info("orphans erased", extra={"count": len(orphans)})
