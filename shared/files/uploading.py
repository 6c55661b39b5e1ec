"""Files on their way in: through a function up to the platform's 32 MiB, directly to the file store up to 50 MB."""

import base64
import binascii
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.context import Context, reads_by_path
from shared.errors import BodyTooLarge, Detail, FileNotAccepted, NotFound, UploadIncomplete, ValidationFailed
from shared.files import kinds, objects
from shared.files.access import access_file, id_in
from shared.files.documents import UNCLAIMED, FileRecord, FileUpload, Ref
from shared.files.models import FileOut, UploadOut, folder_of
from shared.files.records import give_up, put
from shared.http.answers import Upload
from shared.store.document import new_id

if TYPE_CHECKING:
    from shared.files.models import Base64File, NewUpload, UploadFolder

reads_by_path("uploadId", lambda upload_id, _: ((FileUpload, upload_id),))


def upload(ctx: Context, folder: "UploadFolder", form: Upload | None, text: "Base64File | None") -> FileOut:
    """Store a file of the caller's own. Raises `ValidationFailed`, `FileNotAccepted`, `StorageUnavailable`."""
    sent = form or _decoded(text)
    return _taken(ctx, put(ctx, folder_of(folder), sent, owner_id=ctx.caller.id, ref=_own(ctx), accept=kinds.FILES))


def _decoded(file: "Base64File | None") -> Upload:
    wrong = ValidationFailed(details=[Detail("base64Data", "must be the file's content in base64, and not empty")])
    if file is None:
        raise wrong
    encoded = file.base64_data
    if encoded.startswith("data:"):
        encoded = encoded.partition(",")[2]
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise wrong from None
    if not content:
        raise wrong
    return Upload(content=content, file_name=file.file_name, declared_type="", fields={})


def open_upload(ctx: Context, body: "NewUpload") -> UploadOut:
    """Open a direct upload of the caller's. Raises `BodyTooLarge`, `FileNotAccepted`, `StorageUnavailable`.

    The bytes go to a quarantine that nothing is given out from; the store takes as many as were announced.
    """
    if body.size > ctx.settings.max_file_bytes:
        raise BodyTooLarge(f"A file may have at most {ctx.settings.max_file_bytes} bytes.")
    if body.mime_type.lower() not in kinds.FILES:
        raise FileNotAccepted(f"Only {', '.join(sorted(kinds.FILES))} are accepted.")
    key = new_id()
    name = f"{objects.QUARANTINE}/{key}"
    origin = ctx.headers.get("origin", "").rstrip("/")
    page = origin if origin in ctx.settings.allowed_origins else None
    url = objects.open_session(ctx.settings, name, body.mime_type.lower(), body.size, page)
    opened = ctx.unit.create(
        FileUpload(
            id=key,
            owner_id=ctx.caller.id,
            folder=folder_of(body.folder),
            object_name=name,
            file_name=body.file_name,
            mime_type=body.mime_type.lower(),
            size=body.size,
            created_at=ctx.now,
            expires_at=ctx.now + timedelta(hours=ctx.settings.upload_session_hours),
        )
    )
    return UploadOut(upload_id=opened.id, upload_url=url, expires_at=opened.expires_at)


def complete_upload(ctx: Context, upload_id: str) -> FileOut:
    """Make a file of what was uploaded directly; done before, the same file is answered.

    Raises `NotFound` (also once it has expired), `UploadIncomplete`, `FileNotAccepted`, `StorageUnavailable`.
    """
    opened = ctx.unit.get(FileUpload, upload_id)
    ctx.about("fileUploads", upload_id)
    if opened is None or opened.owner_id != ctx.caller.id:
        raise ctx.refuse(NotFound())
    if opened.file_id is not None:
        made = ctx.unit.get(FileRecord, opened.file_id)
        if made is None:
            raise NotFound
        return FileOut.of(made, ctx.settings)
    if opened.state != "open" or opened.expires_at <= ctx.now:
        raise NotFound("This upload has expired. Open another.")
    if objects.size_of(ctx.settings, opened.object_name) != opened.size:
        raise UploadIncomplete
    content = objects.read(ctx.settings, opened.object_name)
    sent = Upload(content=content, file_name=opened.file_name, declared_type=opened.mime_type, fields={})
    made = put(
        ctx,
        opened.folder,
        sent,
        owner_id=opened.owner_id,
        ref=_own(ctx),
        accept=kinds.FILES,
        quarantined_as=opened.object_name,
    )
    ctx.unit.update(opened, state="completed", file_id=made.id)
    return _taken(ctx, made)


def delete(ctx: Context, path: str) -> None:
    """Delete a file by the path of its object, or by its id: one's own, or as an administrator. Raises `NotFound`."""
    give_up(ctx, access_file(ctx, id_in(path), to="delete"))


def _own(ctx: Context) -> Ref:
    return Ref(UNCLAIMED, ctx.caller.id)


def _taken(ctx: Context, record: FileRecord) -> FileOut:
    ctx.about("files", record.id)
    return FileOut.of(record, ctx.settings)
