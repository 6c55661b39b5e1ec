"""Stored documents of clinical notes (seeds 000 §1.10, 001 ClinicalNote, 003 §2.10).

A note is one document. What grows with it lies beside it under ids that follow from its own, so that a request which
has read the note reads any of them by id, without a query: version 3 is `<note>_v3`, the second addendum `<note>_a2`.

What is signed is a chain: the author's signature covers the content; every co-signature and every addendum covers
what came before it. The chain is in the note (`chain`), sealed, and nothing ever shortens it.
"""

from datetime import date, datetime
from typing import ClassVar, Literal

from shared.store.document import Deletable, Document, Sealed, Value
from shared.store.query import Query

#: draft: being written · ready: finished, not signed · signed: frozen.
Status = Literal["draft", "ready", "signed"]

#: How a note began: by hand, by the scribe from a chat or a call, or after a call without being asked for.
Origin = Literal["clinician", "scribe_chat", "scribe_call", "auto_scribe"]


class Signer(Value):
    """A clinician, as they were when they wrote or signed."""

    id: str
    name: str
    role: str
    title: str | None = None


class PatientHeader(Value):
    """Whom a note is about, as known when it was signed: part of what is signed, and what exports print."""

    name: str | None
    mrn: str
    date_of_birth: date | None


class NoteDiagnosis(Value):
    """A diagnosis made in a note. `code` is of ICD-10-CM where it has one."""

    description: str
    code: str | None = None


class Link(Value):
    """One link of the chain of a signed note: a signature, a co-signature, or a signed addendum."""

    kind: Literal["signature", "cosignature", "addendum"]
    #: Which addendum, from 1.
    number: int | None = None
    signer: Signer
    signed_at: datetime
    #: SHA-256 (hex) over what was signed; see `shared.notes.sealing`.
    hash: str
    #: HMAC of the hash with the audit keyset: proves that this backend signed it.
    signature: str
    #: What a printed copy with everything up to here is verified by; says nothing about anybody.
    code: str


class Content(Value):
    """What a note says, as far as it can be edited."""

    template_type: str
    consultation_type: str | None = None
    visit_reason: str | None = None
    sections: dict[str, str] = {}
    diagnoses: list[NoteDiagnosis] = []


class ClinicalNote(Deletable):
    """A clinical note of a patient."""

    collection = "clinicalNotes"
    domain = "notes"

    patient_id: str
    created_by: str
    created_by_name: Sealed[str]
    created_by_role: str
    #: Everybody who has written in it, the author first.
    author_ids: list[str]
    status: Status
    origin: Origin = "clinician"

    template_type: str
    consultation_type: str | None = None
    visit_reason: Sealed[str | None] = None
    sections: Sealed[dict[str, str]]
    diagnoses: Sealed[list[NoteDiagnosis]] = []
    #: The author's alone: in no list, no export, no hash.
    private_notes: Sealed[str | None] = None

    chat_id: str | None = None
    appointment_id: str | None = None
    call_id: str | None = None
    #: The scribe's ledger entry this was drafted by.
    generation_id: str | None = None
    #: The scribe's suggestions for it, oldest first.
    suggestion_ids: list[str] = []

    #: Grows by one with every change of the content.
    version: int = 1
    created_at: datetime
    updated_at: datetime
    updated_by: str

    signed_by: str | None = None
    signed_at: datetime | None = None
    patient_header: Sealed[PatientHeader | None] = None
    chain: Sealed[list[Link]] = []
    #: How many addenda there are.
    addenda: int = 0

    #: Not erased before this day by the retention schedule.
    keep_until: datetime
    #: Whether and when its content was erased; what is left then is a tombstone.
    erased: bool = False
    erased_at: datetime | None = None

    @property
    def is_signed(self) -> bool:
        """Whether it is frozen."""
        return self.status == "signed"

    @property
    def content(self) -> Content:
        """What it says."""
        return Content(
            template_type=self.template_type,
            consultation_type=self.consultation_type,
            visit_reason=self.visit_reason,
            sections=self.sections,
            diagnoses=self.diagnoses,
        )


class AgedNote(ClinicalNote):
    """The same as retention sees it: also when it was thrown away."""

    deletable: ClassVar[bool] = False


class NoteVersion(Document):
    """What a note said after one change. Written once with that change, never altered."""

    collection = "noteVersions"
    domain = "notes"

    note_id: str
    patient_id: str
    number: int
    content: Sealed[Content]
    private_notes: Sealed[str | None] = None
    status: Status
    saved_by: str
    saved_by_name: Sealed[str]
    saved_at: datetime


class Addendum(Document):
    """Something added to a signed note, signed with it. Never altered."""

    collection = "noteAddenda"
    domain = "notes"

    note_id: str
    patient_id: str
    number: int
    #: Empty once its time is over.
    content: Sealed[str]
    author: Sealed[Signer]
    created_at: datetime


class NoteCode(Document):
    """What the code on a printed copy leads to. Its id is the code; `links` of the chain are on that copy."""

    collection = "noteCodes"

    note_id: str
    links: int
    addenda: int


def version_id(note_id: str, number: int) -> str:
    """Id of a version."""
    return f"{note_id}_v{number}"


def addendum_id(note_id: str, number: int) -> str:
    """Id of an addendum."""
    return f"{note_id}_a{number}"


NOTES_OF_PATIENT = Query(
    "notes_of_patient",
    ClinicalNote,
    equal=("patientId", "erased"),
    optional=("templateType", "consultationType", "createdBy", "status"),
    order=("-createdAt",),
)
NOTES_OF_AUTHOR = Query(
    "notes_of_author",
    ClinicalNote,
    equal=("erased",),
    optional=("templateType", "consultationType", "patientId", "status"),
    contains="authorIds",
    order=("-createdAt",),
)
NOTES_OF_APPOINTMENT = Query(
    "notes_of_appointment", ClinicalNote, equal=("appointmentId", "erased"), order=("-createdAt",)
)
NOTES_OF_CALL = Query("notes_of_call", ClinicalNote, equal=("callId",), order=("-createdAt",))
NOTES_BY_AGE = Query("notes_by_age", AgedNote, equal=("erased",), order=("keepUntil",))
