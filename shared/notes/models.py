"""Bodies and answers about clinical notes: the union of what seeds 000, 001 and 003 send and expect."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from shared.context import Context
from shared.http.answers import Out
from shared.notes.access import addenda_of, is_author
from shared.notes.documents import Addendum, ClinicalNote, Link, Signer, Status
from shared.reference.templates import TEMPLATE_IDS
from shared.scribe.suggestion_models import SuggestionOut
from shared.store.document import to_camel
from shared.users.fields import Text, no_controls

#: Longest text of a section; nine of them fit a stored document with room to spare.
LONGEST_SECTION = 20_000

Prose = Annotated[str, AfterValidator(no_controls), StringConstraints(max_length=LONGEST_SECTION)]
ShortText = Annotated[Text, StringConstraints(min_length=1, max_length=50)]


def _template(value: Any) -> Any:
    # Seed 001 writes SOAP, DAP and Progress.
    found = value.strip().lower() if isinstance(value, str) else ""
    if found not in TEMPLATE_IDS:
        raise ValueError("is not a template; GET /templates lists them")
    return found


TemplateType = Annotated[str, BeforeValidator(_template), Field(examples=["soap"])]


class AuthorOut(Out):
    """Who wrote or signed something, as they were then."""

    id: str
    name: str
    role: str
    title: str | None = None

    @classmethod
    def of(cls, signer: Signer) -> Self:
        """From what was signed."""
        return cls.model_validate(signer)


class SignatureOut(Out):
    """A signature under a note."""

    kind: Literal["signature", "cosignature", "addendum"]
    number: int | None = Field(None, description="Which addendum.")
    signed_by: AuthorOut
    signed_at: datetime
    hash: str = Field(description="SHA-256, hex, of what was signed and of everything before it.")

    @classmethod
    def of(cls, link: Link) -> Self:
        """From the chain."""
        return cls(
            kind=link.kind, number=link.number, signed_by=AuthorOut.of(link.signer), signed_at=link.signed_at,
            hash=link.hash,
        )  # fmt: skip


class AddendumOut(Out):
    """An addendum."""

    id: str
    note_id: str
    number: int
    content: str
    author: AuthorOut
    created_at: datetime

    @classmethod
    def of(cls, addendum: Addendum) -> Self:
        """As stored."""
        return cls.model_validate(dict(addendum) | {"author": AuthorOut.of(addendum.author)})


class NoteDiagnosisOut(Out):
    """A diagnosis made in a note."""

    description: str
    code: str | None = None


class NoteOut(Out):
    """A clinical note."""

    id: str
    patient_id: str
    client_id: str = Field(description="The same.")
    provider_id: str = Field(description="Its author.")
    chat_id: str | None
    appointment_id: str | None
    call_id: str | None
    created_by: AuthorOut
    author_ids: list[str] = Field(description="Everybody who has written in it.")
    consultation_type: str | None
    visit_reason: str | None
    template_type: str
    type: str = Field(description="The same, as seed 001 writes it.")
    sections: dict[str, str]
    content: dict[str, str] = Field(description="The same.")
    diagnoses: list[NoteDiagnosisOut]
    diagnosis: str | None = Field(description="The same, as one text.")
    private_notes: str | None = Field(description="The author's own; null for everybody else.")
    suggestions: list[SuggestionOut]
    addenda: list[AddendumOut]
    signatures: list[SignatureOut]
    status: Status
    is_draft: bool
    is_signed: bool
    signed_by: str | None = Field(description="Name of who signed it.")
    signed_at: datetime | None
    hash: str | None = Field(description="SHA-256, hex, of what was signed.")
    version: int = Field(description="Also the ETag.")
    date: date
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, ctx: Context, note: ClinicalNote, suggestions: list[SuggestionOut] | None = None) -> Self:
        """The note, as much of it as the caller may see; its version is the answer's ETag."""
        return cls(
            **summary(note),
            client_id=note.patient_id,
            provider_id=note.created_by,
            created_by=AuthorOut(id=note.created_by, name=note.created_by_name, role=note.created_by_role),
            author_ids=note.author_ids,
            sections=note.sections,
            content=note.sections,
            visit_reason=note.visit_reason,
            diagnoses=[NoteDiagnosisOut.model_validate(d) for d in note.diagnoses],
            diagnosis="; ".join(d.description for d in note.diagnoses) or None,
            private_notes=note.private_notes if ctx.caller_or_none and is_author(ctx, note) else None,
            suggestions=suggestions or [],
            addenda=[AddendumOut.of(addendum) for addendum in addenda_of(ctx, note)],
            signatures=[SignatureOut.of(link) for link in note.chain],
            hash=note.chain[0].hash if note.chain else None,
        )


def summary(note: ClinicalNote) -> dict[str, Any]:
    """What lists and answers have in common."""
    return {
        "id": note.id,
        "patient_id": note.patient_id,
        "chat_id": note.chat_id,
        "appointment_id": note.appointment_id,
        "call_id": note.call_id,
        "template_type": note.template_type,
        "type": seed_type(note.template_type),
        "consultation_type": note.consultation_type,
        "status": note.status,
        "is_draft": note.status == "draft",
        "is_signed": note.is_signed,
        "signed_by": note.chain[0].signer.name if note.chain else None,
        "signed_at": note.signed_at,
        "version": note.version,
        "date": note.created_at.date(),
        "created_at": note.created_at,
        "updated_at": note.updated_at,
    }


def seed_type(template_type: str) -> str:
    """A template as seed 001 writes its three; others by their id."""
    return {"soap": "SOAP", "dap": "DAP", "progress": "Progress"}.get(template_type, template_type)


def as_sent(change: Mapping[str, Any]) -> dict[str, Any]:
    """A change by attribute name as JSON, for the answer that refuses it."""

    def plain(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value.model_dump(mode="json", by_alias=True)
        return [plain(item) for item in value] if isinstance(value, list) else value

    return {to_camel(name): plain(value) for name, value in change.items()}
