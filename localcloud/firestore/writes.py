"""Reading the writes of a request: names, masks, preconditions and transforms, checked before they are queued."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from localcloud.firestore.errors import invalid
from localcloud.firestore.messages import Document, micros
from localcloud.firestore.names import (
    DOCUMENT_ID,
    Database,
    FieldPath,
    Path,
    format_field_path,
    parse_document,
    parse_field_path,
)
from localcloud.firestore.values import check_fields, check_mask

MAX_TRANSFORMS = 500

_AHEAD_MICROS = 60_000_000  # commit times may run ahead of the wall clock when that was set back


@dataclass(slots=True)
class Precondition:
    """What must be true of the stored document. At most one of the two is set; times in microseconds."""

    exists: bool | None = None
    update_time: int | None = None


@dataclass(slots=True)
class WriteOp:
    """One checked write. Without `document` it deletes, unless it only transforms."""

    name: str
    path: Path
    document: Any | None = None
    mask: tuple[FieldPath, ...] | None = None
    transforms: list[tuple[FieldPath, Any]] = field(default_factory=list)
    precondition: Precondition = field(default_factory=Precondition)
    delete: bool = False


def parse_mask(mask: Any) -> tuple[FieldPath, ...]:
    """The field paths of a `DocumentMask`, without repetition. Raises INVALID_ARGUMENT."""
    return tuple(dict.fromkeys(parse_field_path(text) for text in mask.field_paths))


def parse_precondition(given: Any) -> Precondition:
    """A `Precondition` message. Raises INVALID_ARGUMENT for a time still to come."""
    kind = given.WhichOneof("condition_type")
    if kind == "exists":
        return Precondition(exists=given.exists)
    if kind == "update_time":
        wanted = micros(given.update_time)
        if wanted > time.time_ns() // 1000 + _AHEAD_MICROS:
            raise invalid("The update_time of a precondition lies in the future.")
        return Precondition(update_time=wanted)
    return Precondition()


def parse_write(database: Database, write: Any) -> WriteOp:
    """Check one `Write`. Raises INVALID_ARGUMENT naming the document or field."""
    kind = write.WhichOneof("operation")
    if kind is None:
        raise invalid("A write has no operation: it needs an update, a delete or a transform.")
    name = write.update.name if kind == "update" else write.delete if kind == "delete" else write.transform.document
    in_database, path = parse_document(name)
    if in_database != database:
        raise invalid(f'The document "{name}" is not in the database "{database.root[:-10]}" of the request.')
    op = WriteOp(name, path, precondition=parse_precondition(write.current_document))
    if kind != "update":
        if write.HasField("update_mask"):
            raise invalid("An update_mask can only be given with an update.")
        if write.update_transforms:
            raise invalid("update_transforms can only be given with an update.")
    if kind == "delete":
        op.delete = True
        return op
    if kind == "transform":
        op.mask = ()
        op.document = Document()
        if not write.transform.field_transforms:
            raise invalid(f'The transform of document "{name}" has no field transforms.')
        op.transforms = _transforms(write.transform.field_transforms)
        return op
    check_fields(name, write.update.fields)
    op.document = write.update
    if write.HasField("update_mask"):
        op.mask = parse_mask(write.update_mask)
        if DOCUMENT_ID in op.mask:
            raise invalid('The field path "__name__" cannot be written.')
        check_mask(op.mask)
    op.transforms = _transforms(write.update_transforms)
    return op


def _transforms(given: Iterable[Any]) -> list[tuple[FieldPath, Any]]:
    transforms: list[tuple[FieldPath, Any]] = []
    for transform in given:
        path = parse_field_path(transform.field_path)
        shown = format_field_path(path)
        if path == DOCUMENT_ID:
            raise invalid('The field path "__name__" cannot be transformed.')
        kind = transform.WhichOneof("transform_type")
        if kind is None:
            raise invalid(f'The transform of field "{shown}" has no type.')
        if kind == "set_to_server_value":
            if transform.set_to_server_value != 1:
                raise invalid(f'The transform of field "{shown}" sets an unknown server value.')
        elif kind in {"increment", "maximum", "minimum"}:
            if getattr(transform, kind).WhichOneof("value_type") not in {"integer_value", "double_value"}:
                raise invalid(f'The {kind} of field "{shown}" must be an integer or a double.')
        else:
            holder = Document()
            holder.fields["elements"].array_value.CopyFrom(getattr(transform, kind))
            check_fields("", holder.fields)
            getattr(transform, kind).CopyFrom(holder.fields["elements"].array_value)
        transforms.append((path, transform))
    return transforms


def parse_writes(database: Database, writes: Iterable[Any]) -> list[WriteOp]:
    """Check all writes of a request. Raises INVALID_ARGUMENT."""
    ops = [parse_write(database, write) for write in writes]
    counts: dict[Path, int] = {}
    for op in ops:
        if op.transforms:
            counts[op.path] = counts.get(op.path, 0) + len(op.transforms)
            if counts[op.path] > MAX_TRANSFORMS:
                raise invalid(f'Document "{op.name}" has more than {MAX_TRANSFORMS} field transforms in one request.')
    return ops
