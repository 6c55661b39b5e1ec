"""Notes as the API takes and gives them."""

from typing import TYPE_CHECKING, Any

from shared.context import Context
from shared.errors import Detail, NotFound, ValidationFailed
from shared.notes import drafts
from shared.notes.access import access_note, is_staff, note_patient, openable
from shared.notes.documents import (
    NOTES_OF_APPOINTMENT,
    NOTES_OF_AUTHOR,
    NOTES_OF_PATIENT,
    ClinicalNote,
    NoteVersion,
    version_id,
)
from shared.notes.links import check_links, patient_of_visit
from shared.notes.list_models import NoteRow, VersionOut
from shared.notes.models import NoteOut
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import relationship_id
from shared.reference.templates import DEFAULT_TEMPLATE
from shared.scribe.offers import suggestions_of
from shared.store.query import COUNT_CAP, Page, PageInfo, Paging
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.notes.list_models import OwnNoteList, PatientNoteList
    from shared.notes.writing_models import NewNote, NoteChange


def shown(ctx: Context, note: ClinicalNote) -> NoteOut:
    """A note as an answer, its version the ETag. Suggestions are for clinicians; `access_note` has read them."""
    ctx.header("ETag", f'"{note.version}"')
    suggestions = suggestions_of(ctx.unit, note.suggestion_ids) if is_staff(ctx.caller.user) else []
    return NoteOut.of(ctx, note, suggestions)


def begin(ctx: Context, body: "NewNote") -> NoteOut:
    """Begin a note. Raises `NotFound` for a patient or visit out of reach, `ValidationFailed` for links elsewhere."""
    links = {name: getattr(body, name) for name in ("chat_id", "appointment_id", "call_id")}
    patient_id = body.patient_id or patient_of_visit(ctx, body.appointment_id or "")
    patient = note_patient(ctx, patient_id, to="write")
    check_links(ctx, patient.id, links)
    note = drafts.create_draft(
        ctx,
        patient,
        template=body.template or DEFAULT_TEMPLATE,
        sections=drafts.written(body.texts),
        status="draft" if body.is_draft else "ready",
        consultation_type=body.consultation_type,
        visit_reason=body.visit_reason,
        diagnoses=body.made,
        private_notes=body.private_notes,
        chat_id=body.chat_id,
        appointment_id=body.appointment_id,
        call_id=body.call_id,
    )
    return shown(ctx, note)


def change(ctx: Context, note: ClinicalNote, body: "NoteChange") -> NoteOut:
    """Save a change. Raises what `drafts.edit` does."""
    return shown(ctx, drafts.edit(ctx, note, body.texts, body.version, **body.changes))


def of_patient(ctx: Context, patient_id: str, query: "PatientNoteList") -> Page[NoteRow]:
    """A page of a patient's notes, newest first. Patients and family see signed ones."""
    patient = note_patient(ctx, patient_id, to="read")
    filters = _visible(ctx, query.filters)
    page = ctx.unit.page(
        NOTES_OF_PATIENT, query, span=query.span, patientId=patient.id, createdBy=query.author_id, **filters
    )
    return page.map([NoteRow.of(note) for note in page.data])


def of_caller(ctx: Context, query: "OwnNoteList") -> Page[NoteRow]:
    """A page of the notes the caller has written in, or, for a patient, of the signed notes about them.

    Notes about patients whom the caller may not open any more are left out, so a page may have fewer rows.
    """
    filters = _visible(ctx, query.filters)
    about = query.patient_id
    if ctx.caller.role is Role.PATIENT:
        about = ctx.caller.user.patient_id or ctx.caller.id
        if query.patient_id not in {None, about}:
            raise ctx.refuse(NotFound())
    beside = []
    if about is not None:
        # Of one patient, what says whether they may be opened is read with the page.
        ctx.unit.want(Relationship, relationship_id(about, ctx.caller.id))
        beside.append(ctx.unit.reading_wanted())
    if ctx.caller.role is Role.PATIENT:
        page = ctx.unit.page(
            NOTES_OF_PATIENT, query, span=query.span, beside=beside, patientId=about, createdBy=None, **filters
        )
    else:
        page = ctx.unit.page(
            NOTES_OF_AUTHOR, query, span=query.span, beside=beside, authorIds=ctx.caller.id, patientId=about, **filters
        )
    ctx.about("clinicalNotes", None)
    return page.map([NoteRow.of(note) for note in openable(ctx, page.data)])


def of_appointment(ctx: Context, appointment_id: str) -> NoteOut:
    """The latest note of a visit (seed 001). Raises `NotFound`, also for visits out of reach."""
    patient_id = patient_of_visit(ctx, appointment_id)
    ctx.unit.want(Patient, patient_id)
    ctx.unit.want(Relationship, relationship_id(patient_id, ctx.caller.id))
    # Found by the visit's id alone, and read beside the relationship that says whether they may be seen.
    reading = ctx.unit.reading(NOTES_OF_APPOINTMENT, appointmentId=appointment_id, erased=False, limit=1)
    found: list[ClinicalNote] = ctx.unit.together(reading, ctx.unit.reading_wanted())[0]
    if not found:
        note_patient(ctx, patient_id, to="read")
        ctx.about("appointments", appointment_id)
        raise ctx.refuse(NotFound())
    return shown(ctx, access_note(ctx, found[0].id, to="read"))


def versions(ctx: Context, note_id: str, paging: Paging) -> Page[VersionOut]:
    """A page of what a note said after each change, newest first. No query: read by id, with the relationship."""
    latest = ctx.unit.get(ClinicalNote, note_id)
    newest = latest.version if latest is not None else 0
    first = newest - (paging.page - 1) * paging.limit
    if paging.cursor is not None:
        # Not secret, and good for this note only by way of its path: the number to go on with.
        if not (paging.cursor.isascii() and paging.cursor.isdecimal() and len(paging.cursor) < 10):
            raise ValidationFailed(details=[Detail("cursor", "is not a cursor of this list; start without one")])
        first = min(int(paging.cursor), newest)
    ids = [version_id(note_id, number) for number in range(first, max(first - paging.limit, 0), -1)]
    for each in ids:
        ctx.unit.want(NoteVersion, each)
    note = access_note(ctx, note_id, to="read")
    found = ctx.unit.get_all(NoteVersion, ids) if ids else []
    own = note.created_by == ctx.caller.id
    rows = [VersionOut.of(version, own=own) for version in found if version is not None]
    total = min(note.version, COUNT_CAP)
    info = PageInfo(
        total=total, page=paging.page, limit=paging.limit, total_pages=-(-total // paging.limit),
        next_cursor=str(first - paging.limit) if first > paging.limit else None,
        total_is_minimum=note.version > COUNT_CAP,
    )  # fmt: skip
    return Page[VersionOut].model_construct(data=rows, pagination=info)


def _visible(ctx: Context, filters: dict[str, Any]) -> dict[str, Any]:
    filters = filters | {"erased": False}
    return filters | {"status": "signed"} if ctx.caller.role in {Role.PATIENT, Role.FAMILY} else filters
