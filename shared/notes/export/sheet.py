"""What an exported note says, before any format: letterhead, patient, text, addenda, signatures, how to verify it.

It has nothing that changes from one export to the next (who asked, when): who exported what is in the audit trail, and
the same note gives the same bytes. A signed note shows its patient as they were when it was signed. Private notes are
never exported.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from shared.config import Settings
from shared.notes.documents import Addendum, ClinicalNote, Link, NoteDiagnosis, PatientHeader
from shared.patients.documents import Patient
from shared.reference.consultations import CONSULTATION_TYPES
from shared.reference.templates import template


class Block(NamedTuple):
    """A heading and the text under it; lines are the author's own. `quiet` is printed under the heading, smaller."""

    heading: str
    text: str
    quiet: str = ""


class Proof(NamedTuple):
    """How somebody with a printed copy finds out that it is genuine."""

    code: str
    link: str
    fingerprint: str


class Sheet(NamedTuple):
    """An exported note."""

    practice: str
    letterhead: tuple[str, ...]
    title: str
    #: Label and value.
    patient: tuple[tuple[str, str], ...]
    about: tuple[tuple[str, str], ...]
    sections: tuple[Block, ...]
    addenda: tuple[Block, ...]
    signatures: tuple[str, ...]
    #: None for a note that is not signed.
    proof: Proof | None
    #: What its properties say of when it was made: of the note, never of the export.
    dated: datetime

    @property
    def running(self) -> str:
        """Repeated on every page, so that pages of two patients are not mixed up."""
        return " · ".join(value for _, value in self.patient)

    @property
    def warning(self) -> str:
        """Said at the top of what is not signed."""
        return "" if self.proof else "DRAFT – NOT SIGNED"


def sheet(note: ClinicalNote, patient: Patient, addenda: Sequence[Addendum], settings: Settings) -> Sheet:
    """The sheet of a note."""
    header = note.patient_header or PatientHeader(
        name=patient.name, mrn=patient.mrn, date_of_birth=patient.date_of_birth
    )
    born = header.date_of_birth.isoformat() if header.date_of_birth else "unknown"
    found = template(note.template_type)
    visit = next((c.name for c in CONSULTATION_TYPES if c.id == note.consultation_type), note.consultation_type)
    about = [
        ("Author", f"{note.created_by_name}, {note.created_by_role}"),
        ("Begun", when(note.created_at)),
        ("Visit", visit or ""),
        ("Reason", note.visit_reason or ""),
        ("Note", note.id),
    ]
    sections = [Block(s.full_name, note.sections[s.id]) for s in found.sections if note.sections.get(s.id)]
    if note.diagnoses:
        sections.append(Block("Diagnoses", "\n".join(_diagnosis(d) for d in note.diagnoses)))
    last = note.chain[-1] if note.chain else None
    address = [line.strip() for line in settings.practice_address.split(";")]
    return Sheet(
        practice=settings.practice_name,
        letterhead=tuple(filter(None, [*address, settings.practice_phone])),
        title=found.name,
        patient=(("Patient", header.name or "unknown"), ("Born", born), ("MRN", header.mrn)),
        about=tuple((label, value) for label, value in about if value),
        sections=tuple(sections),
        addenda=tuple(_addendum(a) for a in addenda),
        signatures=tuple(_signature(link) for link in note.chain),
        proof=_proof(last, settings) if last else None,
        dated=last.signed_at if last else note.updated_at,
    )


def grouped(code: str) -> str:
    """A code as it is printed: in fours."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def when(at: datetime) -> str:
    """A time as it is printed: unmistakable in any country."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _diagnosis(diagnosis: NoteDiagnosis) -> str:
    return f"{diagnosis.description} ({diagnosis.code})" if diagnosis.code else diagnosis.description


def _addendum(addendum: Addendum) -> Block:
    author = addendum.author
    said = f"{author.name}, {author.title or author.role}, {when(addendum.created_at)}"
    return Block(f"Addendum {addendum.number}", addendum.content, said)


def _signature(link: Link) -> str:
    what = {
        "signature": "Signed electronically by",
        "cosignature": "Co-signed electronically by",
        "addendum": f"Addendum {link.number} signed electronically by",
    }[link.kind]
    signer = link.signer
    return f"{what} {signer.name}, {signer.title or signer.role}, {when(link.signed_at)}"


def _proof(link: Link, settings: Settings) -> Proof:
    address = f"{settings.public_url.rstrip('/')}/verify-note/{link.code}"
    return Proof(code=grouped(link.code), link=address, fingerprint=link.hash)
