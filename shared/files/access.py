"""Who may open a file: whoever may open the record it belongs to, asked each time.

Each kind of record has one audited function `(ctx, id, *, to="read")` that decides; they are named here, not imported,
so that a function that gives out a file loads the code of its own record only.
"""

from collections.abc import Iterable
from functools import partial
from importlib import import_module
from typing import Any, Final

from shared.context import ROW_ACCESS, Context, reads_by_path, row_access
from shared.errors import NotFound, ScopeNotGranted
from shared.files.documents import FOLDERS, UNCLAIMED, FileRecord, file_id_of, thumbnail_id
from shared.store.document import Document
from shared.users.documents import Role

#: Where the decision about each kind of record is made. A kind that is not here is nobody's.
ACCESS: Final[dict[str, str]] = {
    UNCLAIMED: "shared.files.access:access_own_upload",
    "files": "shared.files.access:access_file",
    "users": "shared.users.access:access_user",
    "patients": "shared.patients.relationships:access_patient",
    "medical_records": "shared.patients.relationships:access_patient",
    "chats": "shared.chats:access_chat",
    "calls": "shared.calls:access_call",
}


def _first_batch(file_id: str, _user_id: str) -> Iterable[tuple[type[Document], str]]:
    return ((FileRecord, file_id), (FileRecord, thumbnail_id(file_id)))


def _by_path(path: str, _user_id: str) -> Iterable[tuple[type[Document], str]]:
    return ((FileRecord, id_in(path)),)


reads_by_path("fileId", _first_batch)
reads_by_path("path", _by_path)


def id_in(path: str) -> str:
    """Id of the file a path names: the path of its object (`<folder>/<uuid>`), or the id itself."""
    folder, slash, _ = path.partition("/")
    return file_id_of(path) if slash and folder in FOLDERS else path


@row_access
def access_file(ctx: Context, file_id: str, *, to: str = "read") -> FileRecord:
    """The file, if the caller may open the record it belongs to; `to="delete"`: and sent it, or is an administrator.

    Raises `NotFound`, audited, also where the record's own function would answer otherwise: who may not open the
    record learns nothing of its files.
    """
    record = ctx.unit.get(FileRecord, file_id)
    if record is None or record.ref_kind not in ACCESS:
        ctx.about("files", file_id)
        raise ctx.refuse(NotFound())
    if record.patient_id is not None:
        from shared.patients.documents import Relationship
        from shared.patients.relationships import relationship_id

        # In one batch with what the record's own function asks for.
        ctx.unit.want(Relationship, relationship_id(record.patient_id, ctx.caller.id))
    try:
        _decision(record.ref_kind)(ctx, record.ref_id, to="read")
    except ScopeNotGranted:
        raise ctx.refuse(NotFound()) from None
    finally:
        ctx.about("files", file_id)
    if to == "delete" and ctx.caller.role is not Role.ADMIN and record.owner_id != ctx.caller.id:
        raise ctx.refuse(NotFound())
    if record.patient_id is not None:
        ctx.touch(record.patient_id)
    if to != "delete":
        # A repeated deletion finds no file; that its record may be opened is asked again by the record's own check.
        ctx.checked("access_file", file_id, to)
    return record


@row_access
def access_own_upload(ctx: Context, owner_id: str, *, to: str = "read") -> None:
    """An upload that belongs to nothing yet is its sender's alone, administrators included. Raises `NotFound`."""
    if ctx.caller.id != owner_id:
        raise ctx.refuse(NotFound())
    ctx.checked("access_own_upload", owner_id, to)


def _decision(ref_kind: str) -> Any:
    module, _, name = ACCESS[ref_kind].partition(":")
    return getattr(import_module(module), name)


def _late(ref_kind: str, ctx: Context, ref_id: str, *, to: str) -> Any:
    return _decision(ref_kind)(ctx, ref_id, to=to)


# A replay may ask for a decision in a process that has not loaded it yet.
for _kind, _target in ACCESS.items():
    ROW_ACCESS.setdefault(_target.partition(":")[2], partial(_late, _kind))
