"""Queries of lists of notes and versions, and their rows."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import Field

from shared.http.answers import Out
from shared.notes.documents import ClinicalNote, NoteVersion, Status
from shared.notes.models import NoteDiagnosisOut, ShortText, TemplateType, summary
from shared.patients.fields import Edge, begins, ends
from shared.patients.fields import UserId as RecordId
from shared.store.query import Paging


class NoteList(Paging):
    """Which notes to list; everything given must fit."""

    template_type: TemplateType | None = None
    type: TemplateType | None = Field(None, description="The same, as seed 001 writes it.")
    consultation_type: ShortText | None = None
    status: Status | None = Field(None, description="Patients and family see signed notes only.")
    from_: Edge | None = Field(None, alias="from", description="Begun on this day, or at this time, or later.")
    to: Edge | None = Field(None, description="Begun on this day, or at this time, or before.")

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """When listed notes were begun: from, and until."""
        return begins(self.from_), ends(self.to)

    @property
    def filters(self) -> dict[str, Any]:
        """The filters, by stored name."""
        return {
            "templateType": self.template_type or self.type,
            "consultationType": self.consultation_type,
            "status": self.status,
        }


class PatientNoteList(NoteList):
    """Which notes of a patient to list."""

    author_id: RecordId | None = Field(None, description="Who began it.")


class OwnNoteList(NoteList):
    """Which of one's own notes to list."""

    patient_id: RecordId | None = None


class NoteRow(Out):
    """A note in a list."""

    id: str
    patient_id: str
    chat_id: str | None
    appointment_id: str | None
    call_id: str | None
    template_type: str
    type: str
    consultation_type: str | None
    created_by: str = Field(description="Its author's name.")
    author_id: str
    status: Status
    is_draft: bool
    is_signed: bool
    signed_by: str | None
    signed_at: datetime | None
    addenda: int = Field(description="How many there are.")
    version: int
    date: date
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, note: ClinicalNote) -> Self:
        """As stored."""
        return cls(**summary(note), created_by=note.created_by_name, author_id=note.created_by, addenda=note.addenda)


class VersionOut(Out):
    """What a note said after one change."""

    version: int
    status: Status
    template_type: str
    consultation_type: str | None
    visit_reason: str | None
    sections: dict[str, str]
    diagnoses: list[NoteDiagnosisOut]
    private_notes: str | None
    saved_by: str = Field(description="Account that saved it.")
    saved_by_name: str
    saved_at: datetime

    @classmethod
    def of(cls, version: NoteVersion, *, own: bool) -> Self:
        """As stored; private notes for their author only."""
        content = {name: getattr(version.content, name) for name in type(version.content).model_fields}
        return cls.model_validate(
            content
            | {"diagnoses": [NoteDiagnosisOut.model_validate(d) for d in version.content.diagnoses]}
            | {"version": version.number, "private_notes": version.private_notes if own else None}
            | {name: getattr(version, name) for name in ("status", "saved_by", "saved_by_name", "saved_at")}
        )
