"""Giving files out, to whoever may open the record they belong to, once they were found clean."""

import hashlib
import logging
import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from shared.config import Settings
from shared.context import Context
from shared.errors import NotFound, RangeNotSatisfiable, StorageUnavailable
from shared.files import objects
from shared.files.access import access_file
from shared.files.documents import OPEN, FileRecord, thumbnail_id
from shared.files.records import open_file, require_open, signed_link
from shared.http.answers import Binary, Stream

log = logging.getLogger("consentmd.files")

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def download(ctx: Context, file_id: str) -> Stream:
    """A file, or the part of it that `Range` asks for (RFC 9110 §14); what is too large for an answer, as a link.

    Raises `NotFound`, `FileNotScanned`, `FileInfected`, `ScanFailed`, `RangeNotSatisfiable`, `StorageUnavailable`.
    """
    record = require_open(access_file(ctx, file_id))
    etag = f'"{record.sha256[:32]}"'
    wanted = ctx.headers.get("range", "")
    if ctx.headers.get("if-range", etag) != etag:
        wanted = ""
    part = _part(wanted, record.size)
    first, last = part or (0, record.size - 1)
    if last - first + 1 > ctx.settings.max_response_bytes:
        link = {"Location": signed_link(ctx, record), "Cache-Control": "no-store"}
        return Stream(iter(()), "text/plain", 0, status=302, headers=link)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": objects.disposition(record.file_name),
        "ETag": etag,
    }
    if part is None:
        pieces = _whole(ctx.settings, record)
    else:
        headers["Content-Range"] = f"bytes {first}-{last}/{record.size}"
        pieces = objects.pieces(ctx.settings, record.object_name, first, last)
    # The first piece is fetched before the answer begins: a store that is down is answered as such.
    begun = chain([next(pieces)], pieces)
    return Stream(begun, record.mime_type, last - first + 1, status=200 if part is None else 206, headers=headers)


def thumbnail(ctx: Context, file_id: str) -> Binary:
    """The small picture of an image. Raises `NotFound` while there is none, and what `download` raises."""
    record = require_open(access_file(ctx, file_id))
    small = ctx.unit.get(FileRecord, thumbnail_id(record.id))
    if small is None:
        raise NotFound("This file has no thumbnail.")
    return Binary(open_file(ctx, small), small.mime_type)


def picture(ctx: Context, file_id: str | None) -> Binary:
    """Somebody's picture; who may see it has been decided. Raises `NotFound` unless one was found clean,
    `StorageUnavailable`.
    """
    record = ctx.unit.get(FileRecord, file_id) if file_id else None
    if record is None or record.scan_state not in OPEN:
        raise NotFound("There is no picture to show.")
    return Binary(open_file(ctx, record), record.mime_type)


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """First and last byte that are asked for; None for all. What is no single range is ignored, as RFC 9110 says."""
    found = _RANGE.fullmatch(wanted.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2]), size - 1) if found[2] else size - 1
        if found[2] and int(found[2]) < first:
            return None
    if first > last:
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return first, last


def _whole(settings: Settings, record: FileRecord) -> Iterator[bytes]:
    """All of a file. Its last piece is sent only when all of them have the hash of what was stored."""
    digest, held = hashlib.sha256(), b""
    for piece in objects.pieces(settings, record.object_name, 0, record.size - 1):
        digest.update(piece)
        if held:
            yield held
        held = piece
    if digest.hexdigest() != record.sha256:
        log.error("object is not what was stored", extra={"reason": "HASH_MISMATCH"})
        raise StorageUnavailable
    yield held
