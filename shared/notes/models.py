"""Bodies and answers about clinical notes: the union of what seeds 000, 001 and 003 send and expect."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from shared.context import Context
from shared.http.answers import Model, Out
from shared.notes.access import addenda_of, is_author
from shared.notes.documents import Addendum, ClinicalNote, Link, NoteDiagnosis, NoteVersion, Signer, Status
from shared.patients.fields import Edge, begins, ends
from shared.patients.fields import UserId as RecordId
from shared.reference.templates import TEMPLATE_IDS
from shared.scribe.models import SuggestionOut
from shared.store.document import to_camel
from shared.store.query import Paging
from shared.users.fields import Password, Text, no_controls

#: Longest text of a section; nine of them fit a stored document with room to spare.
LONGEST_SECTION = 20_000

Prose = Annotated[str, AfterValidator(no_controls), StringConstraints(max_length=LONGEST_SECTION)]
Said = Annotated[str, AfterValidator(no_controls), StringConstraints(min_length=1, max_length=LONGEST_SECTION)]
SectionId = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
ShortText = Annotated[Text, StringConstraints(min_length=1, max_length=50)]
Code = Annotated[Text, StringConstraints(min_length=1, max_length=20)]


def _template(value: Any) -> Any:
    # Seed 001 writes SOAP, DAP and Progress.
    found = value.strip().lower() if isinstance(value, str) else ""
    if found not in TEMPLATE_IDS:
        raise ValueError("is not a template; GET /templates lists them")
    return found


TemplateType = Annotated[str, BeforeValidator(_template), Field(examples=["soap"])]


#: Seeds 000 §2.6 and 001.
NEW_NOTE: Final[dict[str, Any]] = {
    "chatId": "5b0f7f0e-6a1f-4c0e-8b55-0f4f2b6c9d10",
    "patientId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11",
    "consultationType": "initial_consultation",
    "visitReason": "Annual checkup",
    "templateType": "soap",
    "sections": {
        "subjective": "Patient reports feeling well.",
        "objective": "BP 120/80, HR 72.",
        "assessment": "Patient in good health.",
        "plan": "Continue current medications.",
    },
}
NOTE_OF_VISIT: Final[dict[str, Any]] = {
    "appointmentId": "9c1d2b7a-3e4f-4a5b-8c6d-7e8f9a0b1c2d",
    "type": "DAP",
    "content": {"data": "Sleeps four hours a night.", "assessment": "Insomnia.", "plan": "Sleep hygiene."},
    "diagnosis": "Insomnia",
}


class DiagnosisIn(Model):
    """A diagnosis made in a note."""

    description: Annotated[Text, StringConstraints(min_length=1, max_length=255)] = Field(
        examples=["Essential hypertension"]
    )
    code: Code | None = Field(None, description="ICD-10-CM.", examples=["I10"])


def _diagnosis(value: Any) -> Any:
    return {"description": value} if isinstance(value, str) else value


Diagnoses = Annotated[list[Annotated[DiagnosisIn, BeforeValidator(_diagnosis)]], Field(max_length=50)]
Sections = Annotated[dict[SectionId, Prose | None], Field(max_length=20)]


class _Writing(Model):
    """What can be written in a note, under the names of every seed."""

    template_type: TemplateType | None = None
    type: TemplateType | None = Field(
        None, description="The same (seed 001: SOAP, DAP or Progress).", examples=["SOAP"]
    )
    consultation_type: ShortText | None = Field(None, examples=["initial_consultation"])
    visit_reason: Annotated[str, AfterValidator(no_controls), StringConstraints(max_length=1000)] | None = Field(
        None, examples=["Annual checkup"]
    )
    sections: Sections | None = Field(
        None, description="Text by section; the keys are those of the template.",
        examples=[{"subjective": "Patient reports feeling well."}],
    )  # fmt: skip
    content: Sections | None = Field(None, description="The same (seed 001).")
    diagnoses: Diagnoses | None = Field(None, description="Texts, or objects {description, code}.")
    diagnosis: Annotated[Text, StringConstraints(min_length=1, max_length=255)] | None = Field(
        None, description="A single diagnosis (seed 001)."
    )
    private_notes: Prose | None = Field(
        None, description="For the author alone: in no export, nor anybody else's answer."
    )
    is_draft: bool | None = Field(None, description="Whether it is still being written.")

    @model_validator(mode="after")
    def _once(self) -> Self:
        for one, other in (("template_type", "type"), ("sections", "content"), ("diagnoses", "diagnosis")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(
                    f"{one} and {other} are the same; send one of them".replace("template_type", "templateType")
                )
        return self

    @property
    def template(self) -> str | None:
        """The template that is named, if one is."""
        return self.template_type or self.type

    @property
    def texts(self) -> dict[str, str | None]:
        """The sections that were sent."""
        return dict(self.sections or self.content or {})

    @property
    def made(self) -> list[NoteDiagnosis]:
        """The diagnoses that were sent."""
        if self.diagnosis is not None:
            return [NoteDiagnosis(description=self.diagnosis)]
        return [NoteDiagnosis(description=d.description, code=d.code) for d in self.diagnoses or []]


class NewNote(_Writing):
    """A note to begin. With `appointmentId` alone it is about that visit's patient."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_NOTE, NOTE_OF_VISIT]})

    patient_id: RecordId | None = Field(None, description="Whom it is about; needed without an appointment.")
    chat_id: RecordId | None = None
    appointment_id: RecordId | None = None
    call_id: RecordId | None = None

    @model_validator(mode="after")
    def _about_somebody(self) -> Self:
        if self.patient_id is None and self.appointment_id is None:
            raise ValueError("patientId or appointmentId is needed")
        return self


class NoteChange(_Writing):
    """A change of a note; what is left out stays, an empty or null section is taken out."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sections": {"plan": "Recheck in three months."}, "version": 3}]}
    )

    version: Annotated[int, Field(ge=1)] | None = Field(
        None, description="The version this changes; another one is refused with 409 and both texts. Or send If-Match."
    )

    @property
    def changes(self) -> dict[str, Any]:
        """What was sent besides the sections, for `drafts.edit`."""
        given = self.given()
        kept: tuple[str, ...] = ("consultation_type", "visit_reason", "private_notes")
        found: dict[str, Any] = {name: given[name] for name in kept if name in given}
        if self.template is not None:
            found["template_type"] = self.template
        if given.keys() & {"diagnoses", "diagnosis"}:
            found["diagnoses"] = self.made
        if self.is_draft is not None:
            found["status"] = "draft" if self.is_draft else "ready"
        return found


class Signing(Model):
    """Proof that the signer is at the screen."""

    password: Password | None = Field(
        None, description="The signer's password; not where accounts are kept by an external identity provider."
    )
    mfa_code: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="A code of the authenticator app, or a backup code, where multi-factor sign-in is on."
    )


class NoteSigning(Signing):
    """Signing a note."""

    version: Annotated[int, Field(ge=1)] | None = Field(None, description="The version that was read and is signed.")


class NewAddendum(Signing):
    """Something to add to a signed note; it is signed with it."""

    content: Annotated[
        str, AfterValidator(no_controls), StringConstraints(min_length=1, max_length=LONGEST_SECTION)
    ] = Field(examples=["Laboratory results arrived: HbA1c 6.8 %."])


class ExportFormat(Model):
    """Which kind of file."""

    format: Literal["pdf", "docx", "txt"] | None = None


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


class DiagnosisOut(Out):
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
    diagnoses: list[DiagnosisOut]
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
            diagnoses=[DiagnosisOut.model_validate(d) for d in note.diagnoses],
            diagnosis="; ".join(d.description for d in note.diagnoses) or None,
            private_notes=note.private_notes if ctx.caller_or_none and is_author(ctx, note) else None,
            suggestions=suggestions or [],
            addenda=[AddendumOut.of(addendum) for addendum in addenda_of(ctx, note)],
            signatures=[SignatureOut.of(link) for link in note.chain],
            hash=note.chain[0].hash if note.chain else None,
        )


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
    diagnoses: list[DiagnosisOut]
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
            | {"diagnoses": [DiagnosisOut.model_validate(d) for d in version.content.diagnoses]}
            | {"version": version.number, "private_notes": version.private_notes if own else None}
            | {name: getattr(version, name) for name in ("status", "saved_by", "saved_by_name", "saved_at")}
        )


class Signed(Out):
    """The answer to a signature."""

    success: bool = True
    signed_at: datetime
    signed_by: str = Field(description="The signer's name.")
    hash: str = Field(description="SHA-256, hex, of what was signed.")
    verification_code: str = Field(description="On printed copies; GET /verify-note/{code} confirms it.")


class LinkCheck(Out):
    """Whether one signature still fits what it was put under."""

    kind: Literal["signature", "cosignature", "addendum"]
    number: int | None = None
    signed_at: datetime
    valid: bool


class Verification(Out):
    """Whether a signed note is what was signed."""

    valid: bool
    hash: str | None = Field(description="SHA-256, hex, that was signed.")
    computed: str | None = Field(description="The same, computed now from what is stored.")
    algorithm: str = "SHA-256 over canonical JSON (RFC 8785)"
    signed_at: datetime | None
    links: list[LinkCheck]


class CopyVerification(Out):
    """Whether a printed copy belongs to a signed note, and whether it is the latest. Says nothing about anybody."""

    valid: bool = Field(description="The stored note is what was signed when this copy became possible.")
    current: bool = Field(description="Nothing has been added or co-signed since.")
    hash: str = Field(description="SHA-256, hex: the copy's fingerprint must be this.")
    signed_at: datetime
    signatures: int
    addenda: int


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
