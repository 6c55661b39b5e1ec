"""Signing, co-signing, adding to what is signed, and proving that it still is what was signed."""

import secrets
from typing import Final

from shared import clients
from shared.auth.proof import prove
from shared.context import Context
from shared.errors import AlreadyDone, Detail, NoteIncomplete, NoteNotSigned, SignerNotAllowed
from shared.events import NotificationType
from shared.notes import sealing
from shared.notes.access import addenda_of, is_author, note_patient
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
from shared.notes.models import (
    AddendumOut,
    CopyVerification,
    LinkCheck,
    NewAddendum,
    NoteSigning,
    Signed,
    Signing,
    Verification,
)
from shared.notes.outcomes import keep_outcome
from shared.patients.documents import Patient
from shared.users.documents import Role

# Crockford's base 32, as on backup codes: 16 of them are 80 bits, asked for over a rate-limited endpoint.
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 16


def sign(ctx: Context, note: ClinicalNote, body: NoteSigning) -> Signed:
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


def cosign(ctx: Context, note: ClinicalNote, body: Signing) -> Signed:
    """Add a doctor's signature to somebody else's signed note.

    Raises `NoteNotSigned`, `SignerNotAllowed`, `AlreadyDone`, or what `prove` raises.
    """
    _must_be_signed(ctx, note)
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


def add(ctx: Context, note: ClinicalNote, body: NewAddendum) -> AddendumOut:
    """Add to a signed note, signed with it, and tell the patient and its authors.

    Raises `NoteNotSigned` or what `prove` raises.
    """
    _must_be_signed(ctx, note)
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


def verify(ctx: Context, note: ClinicalNote) -> Verification:
    """Hash what is stored again and compare it with what was signed. Raises `NoteNotSigned`."""
    _must_be_signed(ctx, note)
    broken = sealing.broken_links(note, addenda_of(ctx, note), clients.keyring().mac())
    checks = [
        LinkCheck(kind=link.kind, number=link.number, signed_at=link.signed_at, valid=not wrong)
        for link, wrong in zip(note.chain, broken, strict=True)
    ]
    return Verification(
        valid=sealing.whole(note) and not any(broken),
        hash=note.chain[0].hash if note.chain else None,
        computed=sealing.computed_hash(note),
        signed_at=note.signed_at,
        links=checks,
    )


def verify_copy(ctx: Context, note: ClinicalNote, leads: NoteCode) -> CopyVerification:
    """The same for a printed copy, by its code, as far as the copy goes."""
    ctx.about("clinicalNotes", note.id)
    ctx.touch(note.patient_id)
    ids = [addendum_id(note.id, number) for number in range(1, leads.addenda + 1)]
    addenda = [found for found in (ctx.unit.get_all(Addendum, ids) if ids else []) if found is not None]
    broken = sealing.broken_links(note, addenda, clients.keyring().mac(), leads.links)
    here = note.chain[leads.links - 1] if len(note.chain) >= leads.links else None
    return CopyVerification(
        valid=sealing.whole(note) and not any(broken) and here is not None and here.code == leads.id,
        current=len(note.chain) == leads.links,
        hash=here.hash if here is not None else "",
        signed_at=note.signed_at or note.created_at,
        signatures=sum(link.kind != "addendum" for link in note.chain[: leads.links]),
        addenda=leads.addenda,
    )


def _must_be_signed(ctx: Context, note: ClinicalNote) -> None:
    if not note.is_signed:
        raise ctx.refuse(NoteNotSigned())


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
