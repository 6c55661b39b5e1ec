"""Who may do what with a clinical note: `access_note` is the one gate.

Through the patient, as for everything clinical: clinicians with a relationship read and write; the patient, and
family with the scope `records` or `health_record`, read what is signed. To them an unsigned note does not exist.
"""

from collections.abc import Iterable
from typing import Any, Literal

from shared.context import Context, reads_by_path, row_access
from shared.errors import NotFound
from shared.notes.documents import Addendum, ClinicalNote, addendum_id
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import access_patient, readable, relationship_id
from shared.scribe.documents import Suggestion
from shared.users.documents import Role, User

#: read: see it · write: change, sign, add to it.
Access = Literal["read", "write"]

#: Family scopes that include notes; either is enough.
FAMILY_SCOPES = ("records", "health_record")

_STAFF = frozenset({Role.ADMIN, Role.DOCTOR, Role.NURSE})


def _first_batch(note_id: str, _: str) -> Iterable[tuple[type[ClinicalNote], str]]:
    return ((ClinicalNote, note_id),)


reads_by_path("noteId", _first_batch)


@row_access
def access_note(ctx: Context, note_id: str, *, to: Access) -> ClinicalNote:
    """The note, if the caller may do `to` with it. Raises `NotFound` or `ScopeNotGranted`, audited.

    Its patient, and its addenda, are read with the same batch as the relationship.
    """
    note = ctx.unit.get(ClinicalNote, note_id)
    if note is not None and note.erased:
        note = None
    # Looked for under the note's own id when there is none: a missing note costs what a forbidden one does.
    patient_id = note.patient_id if note is not None else note_id
    if note is not None:
        for number in range(1, note.addenda + 1):
            ctx.unit.want(Addendum, addendum_id(note_id, number))
        if is_staff(ctx.caller.user):
            for suggestion_id in note.suggestion_ids:
                ctx.unit.want(Suggestion, suggestion_id)
    try:
        note_patient(ctx, patient_id, to=to)
    finally:
        ctx.about("clinicalNotes", note_id)
    if note is None or not (note.is_signed or ctx.caller.role in _STAFF):
        raise ctx.refuse(NotFound())
    ctx.checked("access_note", note_id, to)
    return note


def note_patient(ctx: Context, patient_id: str, *, to: Access) -> Patient:
    """The patient whose notes the caller wants to read or write. Raises `NotFound` or `ScopeNotGranted`, audited."""
    ctx.unit.want(Patient, patient_id)
    relation = ctx.unit.get(Relationship, relationship_id(patient_id, ctx.caller.id))
    scope = next((s for s in FAMILY_SCOPES if relation and readable(relation, ctx.now, s)), FAMILY_SCOPES[-1])
    return access_patient(ctx, patient_id, to=to, scope=scope)


def openable(ctx: Context, rows: list[ClinicalNote]) -> list[ClinicalNote]:
    """Those of `rows` whose patient the caller may still open: one batch. Each counts as an access."""
    if ctx.caller.role is not Role.ADMIN:
        keys = {note.patient_id: relationship_id(note.patient_id, ctx.caller.id) for note in rows}
        found = ctx.unit.get_all(Relationship, list(keys.values())) if keys else []
        related = {
            patient_id
            for patient_id, relation in zip(keys, found, strict=True)
            if relation is not None and any(readable(relation, ctx.now, scope) for scope in FAMILY_SCOPES)
        }
        rows = [note for note in rows if note.patient_id in related]
    for note in rows:
        ctx.touch(note.patient_id)
    return rows


def is_staff(user: User) -> bool:
    """Whether somebody sees unsigned notes of patients they have a relationship with."""
    return user.role in _STAFF


def is_author(ctx: Context, note: ClinicalNote) -> bool:
    """Whether the caller began this note, and so owns its private notes."""
    return note.created_by == ctx.caller.id


def addenda_of(ctx: Context, note: ClinicalNote) -> list[Addendum]:
    """The addenda of a note, in order; `access_note` has read them."""
    ids = [addendum_id(note.id, number) for number in range(1, note.addenda + 1)]
    found: list[Any] = ctx.unit.get_all(Addendum, ids) if ids else []
    return [addendum for addendum in found if addendum is not None]
