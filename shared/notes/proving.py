"""Proving that a note, or a printed copy of one, is what was signed."""

from shared import clients
from shared.context import Context
from shared.errors import NoteNotSigned
from shared.notes import sealing
from shared.notes.access import addenda_of
from shared.notes.documents import (
    Addendum,
    ClinicalNote,
    NoteCode,
    addendum_id,
)
from shared.notes.proof_models import CopyVerification, LinkCheck, Verification


def verify(ctx: Context, note: ClinicalNote) -> Verification:
    """Hash what is stored again and compare it with what was signed. Raises `NoteNotSigned`."""
    must_be_signed(ctx, note)
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


def must_be_signed(ctx: Context, note: ClinicalNote) -> None:
    """Raises `NoteNotSigned`."""
    if not note.is_signed:
        raise ctx.refuse(NoteNotSigned())
