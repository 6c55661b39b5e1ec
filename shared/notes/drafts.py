"""Notes as they are written: begun, saved, finished. What is signed is `shared.notes.signing`'s.

Every saved change is a version of its own, written in the commit that makes it, so that nothing anybody saved is
lost. A writer who says which version they changed is refused when it is not the latest any more, and gets the latest
and their own text back to merge (RESOLUTIONS: updates may carry `version` or `If-Match`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shared.context import Context
from shared.errors import Detail, NoteSigned, NotTheAuthor, StaleRecord, ValidationFailed
from shared.notes.documents import (
    ClinicalNote,
    Content,
    NoteDiagnosis,
    NoteVersion,
    Origin,
    Status,
    version_id,
)
from shared.patients.documents import Patient
from shared.reference.templates import TEMPLATE_IDS, template
from shared.store.document import new_id
from shared.users.documents import User


def create_draft(
    ctx: Context,
    patient: Patient,
    *,
    template: str,
    sections: Mapping[str, str],
    origin: Origin = "clinician",
    author: User | None = None,
    status: Status = "draft",
    consultation_type: str | None = None,
    visit_reason: str | None = None,
    diagnoses: Iterable[NoteDiagnosis] = (),
    private_notes: str | None = None,
    chat_id: str | None = None,
    appointment_id: str | None = None,
    call_id: str | None = None,
    generation_id: str | None = None,
    note_id: str | None = None,
) -> ClinicalNote:
    """Begin a note of `patient`, by the caller unless `author` is given (workers have no caller).

    `note_id` is for workers that may run twice. Raises `ValidationFailed` for sections the template has not.
    """
    author = author or ctx.caller.user
    content = Content(
        template_type=template,
        consultation_type=consultation_type,
        visit_reason=visit_reason,
        sections=written(sections),
        diagnoses=list(diagnoses),
    )
    check_sections(content)
    note = ctx.unit.create(
        ClinicalNote(
            id=note_id or new_id(),
            patient_id=patient.id,
            created_by=author.id,
            created_by_name=author.name,
            created_by_role=author.role.value,
            author_ids=[author.id],
            status=status,
            origin=origin,
            **dict(content),
            private_notes=private_notes,
            chat_id=chat_id,
            appointment_id=appointment_id,
            call_id=call_id,
            generation_id=generation_id,
            created_at=ctx.now,
            updated_at=ctx.now,
            updated_by=author.id,
            keep_until=kept_until(ctx, ctx.now),
        )
    )
    _remember(ctx, note, author)
    ctx.about("clinicalNotes", note.id)
    return note


def edit(
    ctx: Context,
    note: ClinicalNote,
    sections: Mapping[str, str | None],
    version: int | None = None,
    *,
    editor: User | None = None,
    **changes: Any,
) -> ClinicalNote:
    """Save a change: sections that are given replace theirs (empty or None takes one out), others stay.

    `changes` are of `template_type`, `consultation_type`, `visit_reason`, `diagnoses`, `private_notes`, `status`.
    With `version`, only that version is changed. Raises `NoteSigned`, `StaleRecord` (with the current note and what was
    sent), `NotTheAuthor` for private notes, `ValidationFailed`. A change that changes nothing makes no version.
    """
    editor = editor or ctx.caller.user
    unsigned(ctx, note)
    latest(ctx, note, version, {"sections": dict(sections), **changes})
    if "private_notes" in changes and editor.id != note.created_by:
        raise ctx.refuse(NotTheAuthor())
    texts: dict[str, str | None] = dict(note.sections)
    texts.update(sections)
    said = {name: value for name, value in changes.items() if name in Content.model_fields}
    content = note.content.model_copy(update={"sections": written(texts), **said})
    check_sections(content)
    besides: dict[str, Any] = {name: changes[name] for name in ("private_notes", "status") if name in changes}
    wanted: dict[str, Any] = {**dict(content), **besides}
    if all(getattr(note, name) == value for name, value in wanted.items()):
        return note
    authors = note.author_ids if editor.id in note.author_ids else [*note.author_ids, editor.id]
    note = ctx.unit.update(
        note,
        **wanted,
        author_ids=authors,
        version=note.version + 1,
        updated_at=ctx.now,
        updated_by=editor.id,
        keep_until=kept_until(ctx, ctx.now),
    )
    _remember(ctx, note, editor)
    return note


def unsigned(ctx: Context, note: ClinicalNote) -> None:
    """Raise `NoteSigned`, audited, for a note that never changes again."""
    if note.is_signed:
        raise ctx.refuse(NoteSigned())


def latest(ctx: Context, note: ClinicalNote, version: int | None, sent: Mapping[str, Any]) -> None:
    """Raise `StaleRecord` with both sides when `version` or `If-Match` name another version than the latest."""
    expected = {note.version} if version is None else {version}
    tags = ctx.headers.get("if-match")
    if tags is not None and "*" not in tags:
        plain = [tag.strip().removeprefix("W/").strip('"') for tag in tags.split(",")]
        expected &= {int(tag) for tag in plain if tag.isdecimal()}
    if note.version not in expected:
        from shared.notes.models import NoteOut, as_sent

        raise StaleRecord(current=NoteOut.of(ctx, note).model_dump(mode="json", by_alias=True), submitted=as_sent(sent))


def check_sections(content: Content) -> None:
    """Raise `ValidationFailed` for sections that the template has not."""
    if content.template_type not in TEMPLATE_IDS:
        raise ValidationFailed(details=[Detail("templateType", "is not a template; GET /templates lists them")])
    known = {section.id for section in template(content.template_type).sections}
    if content.sections.keys() - known:
        raise ValidationFailed(details=[Detail("sections", f"may only have {', '.join(sorted(known))}")])


def missing_sections(content: Content) -> list[str]:
    """Sections without which the template's notes may not be signed."""
    return [s.id for s in template(content.template_type).sections if s.required and not content.sections.get(s.id)]


def written(sections: Mapping[str, str | None]) -> dict[str, str]:
    """Those sections in which something stands."""
    return {name: text for name, text in sections.items() if text}


def kept_until(ctx: Context, since: datetime) -> datetime:
    """The day before which retention erases nothing of a note last touched `since`."""
    years = ctx.settings.record_retention_years
    try:
        return since.replace(year=since.year + years)
    except ValueError:  # 29 February
        return since.replace(year=since.year + years, month=3, day=1)


def _remember(ctx: Context, note: ClinicalNote, editor: User) -> None:
    ctx.unit.create(
        NoteVersion(
            id=version_id(note.id, note.version),
            note_id=note.id,
            patient_id=note.patient_id,
            number=note.version,
            content=note.content,
            private_notes=note.private_notes,
            status=note.status,
            saved_by=editor.id,
            saved_by_name=editor.name,
            saved_at=ctx.now,
        )
    )
