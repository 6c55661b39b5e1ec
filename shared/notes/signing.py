"""Signing, co-signing, adding to what is signed, and proving that it still is what was signed."""

import secrets
from typing import TYPE_CHECKING, Final

from shared import clients
from shared.auth.proof import prove
from shared.context import Context
from shared.errors import AlreadyDone, Detail, NoteIncomplete, SignerNotAllowed
from shared.events import NotificationType
from shared.notes import sealing
from shared.notes.access import is_author, note_patient
from shared.notes.documents import (
    Addendum,
    ClinicalNote,
    Link,
    NoteCode,
    PatientHeader,
    Signer,
    addendum_id,
)
from shared.notes.drafts import kept_until, latest, missing_sections, unsigned
from shared.notes.models import AddendumOut
from shared.notes.outcomes import keep_outcome
from shared.notes.proving import must_be_signed
from shared.notes.signing_models import Signed
from shared.patients.documents import Patient
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.notes.signing_models import NewAddendum, NoteSigning, Signing

# Crockford's base 32, as on backup codes: 16 of them are 80 bits, asked for over a rate-limited endpoint.
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 16


def sign(ctx: Context, note: ClinicalNote, body: "NoteSigning") -> Signed:
    """Freeze a note with the caller's signature and tell the patient and its other authors.

    Raises `NoteSigned`, `StaleRecord`, `SignerNotAllowed`, `NoteIncomplete`, or what `prove` raises.
    """
    unsigned(ctx, note)
    if not is_author(ctx, note) and ctx.caller.role is not Role.DOCTOR:
        raise ctx.refuse(SignerNotAllowed())
    latest(ctx, note, body.version, {})
    if missing := missing_sections(note.content):
        raise NoteIncomplete(details=[Detail(f"sections.{name}", "is required by the template") for name in missing])
    prove(ctx, body.password, body.mfa_code)
    patient, signer = note_patient(ctx, note.patient_id, to="write"), _caller(ctx)
    ctx.about("clinicalNotes", note.id)
    header = PatientHeader(name=patient.name, mrn=patient.mrn, date_of_birth=patient.date_of_birth)
    authors = note.author_ids if signer.id in note.author_ids else [*note.author_ids, signer.id]
    as_signed = note.model_copy(update={"author_ids": authors})
    link = _link(ctx, "signature", signer, sealing.content_hash(as_signed, header, signer, ctx.now))
    note = ctx.unit.update(
        note,
        status="signed",
        author_ids=authors,
        signed_by=signer.id,
        signed_at=ctx.now,
        patient_header=header,
        chain=[link],
        keep_until=kept_until(ctx, ctx.now),
    )
    keep_outcome(ctx, note, note.sections)
    _leads(ctx, note.id, link, links=1, addenda=0)
    _tell(ctx, patient, note, f"note_signed:{note.id}")
    return _signed(ctx, link)


def cosign(ctx: Context, note: ClinicalNote, body: "Signing") -> Signed:
    """Add a doctor's signature to somebody else's signed note.

    Raises `NoteNotSigned`, `SignerNotAllowed`, `AlreadyDone`, or what `prove` raises.
    """
    must_be_signed(ctx, note)
    signers = {link.signer.id for link in note.chain if link.kind != "addendum"}
    if ctx.caller.role is not Role.DOCTOR:
        raise ctx.refuse(SignerNotAllowed())
    if ctx.caller.id in signers:
        raise ctx.refuse(AlreadyDone("You have signed this note already."))
    prove(ctx, body.password, body.mfa_code)
    signer = _caller(ctx)
    hashed = sealing.cosignature_hash(note.id, note.chain[-1].hash, signer, ctx.now)
    link = _link(ctx, "cosignature", signer, hashed)
    note = _extend(ctx, note, link)
    ctx.notify(
        [each for each in note.author_ids if each != signer.id],
        NotificationType.NOTE_SHARED,
        ("clinicalNotes", note.id),
        f"note_cosigned:{note.id}:{signer.id}",
    )
    return _signed(ctx, link)


def add(ctx: Context, note: ClinicalNote, body: "NewAddendum") -> AddendumOut:
    """Add to a signed note, signed with it, and tell the patient and its authors.

    Raises `NoteNotSigned` or what `prove` raises.
    """
    must_be_signed(ctx, note)
    prove(ctx, body.password, body.mfa_code)
    patient, signer = note_patient(ctx, note.patient_id, to="write"), _caller(ctx)
    ctx.about("clinicalNotes", note.id)
    number = note.addenda + 1
    addendum = ctx.unit.create(
        Addendum(
            id=addendum_id(note.id, number),
            note_id=note.id,
            patient_id=note.patient_id,
            number=number,
            content=body.content,
            author=signer,
            created_at=ctx.now,
        )
    )
    link = _link(ctx, "addendum", signer, sealing.addendum_hash(addendum, note.chain[-1].hash), number)
    note = _extend(ctx, note, link)
    _tell(ctx, patient, note, f"note_addendum:{addendum.id}")
    return AddendumOut.of(addendum)


def _caller(ctx: Context) -> Signer:
    user = ctx.caller.user
    return Signer(id=user.id, name=user.name, role=user.role.value, title=user.title)


def _link(ctx: Context, kind: str, signer: Signer, hashed: str, number: int | None = None) -> Link:
    ctx.trail.details |= {"hash": hashed}
    return Link.model_validate(
        {
            "kind": kind,
            "number": number,
            "signer": signer,
            "signed_at": ctx.now,
            "hash": hashed,
            "signature": sealing.signature(clients.keyring().mac(), hashed),
            "code": "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)),
        }
    )


def _extend(ctx: Context, note: ClinicalNote, link: Link) -> ClinicalNote:
    note = ctx.unit.update(
        note,
        chain=[*note.chain, link],
        addenda=link.number or note.addenda,
        keep_until=kept_until(ctx, ctx.now),
    )
    _leads(ctx, note.id, link, links=len(note.chain), addenda=note.addenda)
    return note


def _leads(ctx: Context, note_id: str, link: Link, *, links: int, addenda: int) -> None:
    ctx.unit.create(NoteCode(id=link.code, note_id=note_id, links=links, addenda=addenda))


def _tell(ctx: Context, patient: Patient, note: ClinicalNote, dedupe_key: str) -> None:
    others = {*note.author_ids, *([patient.user_id] if patient.user_id else [])} - {ctx.caller.id}
    ctx.notify(others, NotificationType.NOTE_SHARED, ("clinicalNotes", note.id), dedupe_key)


def _signed(ctx: Context, link: Link) -> Signed:
    return Signed(signed_at=ctx.now, signed_by=link.signer.name, hash=link.hash, verification_code=link.code)
