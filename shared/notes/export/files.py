"""An exported note as the answer that is downloaded."""

from typing import Final, Literal

from shared.context import Context
from shared.http.answers import Binary
from shared.notes.access import addenda_of, note_patient
from shared.notes.documents import ClinicalNote
from shared.notes.export import docx, pdf, txt
from shared.notes.export.sheet import sheet

Format = Literal["pdf", "docx", "txt"]

_MIME: Final[dict[Format, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "txt": "text/plain; charset=utf-8",
}
_RENDER: Final = {"pdf": pdf.render, "docx": docx.render, "txt": txt.render}


def exported(ctx: Context, note: ClinicalNote, kind: Format) -> Binary:
    """The file. Its name has the day of the note and nothing about the patient."""
    patient = note_patient(ctx, note.patient_id, to="read")
    ctx.about("clinicalNotes", note.id)
    ctx.trail.details |= {"format": kind, "signed": note.is_signed, "links": len(note.chain)}
    content = _RENDER[kind](sheet(note, patient, addenda_of(ctx, note), ctx.settings))
    name = f"clinical-note-{note.created_at:%Y-%m-%d}-{note.id[:8]}.{kind}"
    return Binary(content, _MIME[kind], {"Content-Disposition": f'attachment; filename="{name}"'})
