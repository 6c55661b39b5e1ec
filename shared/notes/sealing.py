"""What a signature covers, and whether it still fits.

A note is frozen as JSON in canonical form (RFC 8785: members sorted, no white space, UTF-8; there are no numbers but
small integers, so that its rule for numbers never matters) and hashed with SHA-256. The author's link hashes the
content, who it is about, who signs and when; each further link hashes what it adds together with the hash of the link
before it. So a link can be neither changed, nor removed from between, nor moved. That nobody made a chain of their
own from scratch is proved by an HMAC with the audit keyset over each hash.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from shared.notes.documents import Addendum, ClinicalNote, PatientHeader, Signer
from shared.store.keys import Mac

#: Named in everything that is hashed: a later form of a note gets another name.
FORM: Final = "consentmd/note/1"
_PURPOSE: Final = b"consentmd/note-signature\x00"


def canonical(value: Any) -> bytes:
    """JSON in canonical form (RFC 8785) of texts, small integers, lists and objects with ASCII names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def moment(at: datetime) -> str:
    """A time as it is hashed: RFC 3339, UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def frozen(note: ClinicalNote, header: PatientHeader, signer: Signer, at: datetime) -> dict[str, Any]:
    """Everything the author's signature covers. Private notes are no part of the record, and of no signature."""
    return {
        "form": FORM,
        "id": note.id,
        "patient": {"id": note.patient_id, **header.model_dump(mode="json", by_alias=True)},
        "templateType": note.template_type,
        "consultationType": note.consultation_type,
        "visitReason": note.visit_reason,
        "sections": note.sections,
        "diagnoses": [diagnosis.model_dump(mode="json", by_alias=True) for diagnosis in note.diagnoses],
        "chatId": note.chat_id,
        "appointmentId": note.appointment_id,
        "callId": note.call_id,
        "origin": note.origin,
        "authorIds": note.author_ids,
        "createdBy": note.created_by,
        "createdByName": note.created_by_name,
        "createdAt": moment(note.created_at),
        "version": note.version,
        "signer": signer.model_dump(mode="json", by_alias=True),
        "signedAt": moment(at),
    }


def content_hash(note: ClinicalNote, header: PatientHeader, signer: Signer, at: datetime) -> str:
    """Hash of the author's link."""
    return hashlib.sha256(canonical(frozen(note, header, signer, at))).hexdigest()


def cosignature_hash(note_id: str, previous: str, signer: Signer, at: datetime) -> str:
    """Hash of a co-signature's link."""
    said = {
        "form": FORM,
        "kind": "cosignature",
        "noteId": note_id,
        "previous": previous,
        "signer": signer.model_dump(mode="json", by_alias=True),
        "signedAt": moment(at),
    }
    return hashlib.sha256(canonical(said)).hexdigest()


def addendum_hash(addendum: Addendum, previous: str) -> str:
    """Hash of an addendum's link."""
    said = {
        "form": FORM,
        "kind": "addendum",
        "id": addendum.id,
        "noteId": addendum.note_id,
        "patientId": addendum.patient_id,
        "number": addendum.number,
        "content": addendum.content,
        "previous": previous,
        "signer": addendum.author.model_dump(mode="json", by_alias=True),
        "signedAt": moment(addendum.created_at),
    }
    return hashlib.sha256(canonical(said)).hexdigest()


def signature(mac: Mac, hashed: str) -> str:
    """The backend's own signature of a hash."""
    return base64.b64encode(mac.compute_mac(_PURPOSE + hashed.encode())).decode()


def signed_by_us(mac: Mac, hashed: str, signed: str) -> bool:
    """Whether `signed` is the backend's signature of a hash."""
    import tink

    try:
        mac.verify_mac(base64.b64decode(signed, validate=True), _PURPOSE + hashed.encode())
    except (tink.TinkError, ValueError):
        return False
    return True


def computed_hash(note: ClinicalNote) -> str | None:
    """The hash of the author's link, from what is stored now; None for a note without one."""
    if not note.chain or note.patient_header is None:
        return None
    first = note.chain[0]
    return content_hash(note, note.patient_header, first.signer, first.signed_at)


def broken_links(note: ClinicalNote, addenda: Iterable[Addendum], mac: Mac, links: int | None = None) -> list[bool]:
    """For each of the first `links` links of the chain (all by default), whether it does not fit any more."""
    by_number = {addendum.number: addendum for addendum in addenda}
    broken = []
    previous = ""
    for place, link in enumerate(note.chain[:links]):
        expected: str | None
        if place == 0:
            expected = computed_hash(note) if link.kind == "signature" else None
        elif link.kind == "cosignature":
            expected = cosignature_hash(note.id, previous, link.signer, link.signed_at)
        else:
            addendum = by_number.get(link.number or 0)
            same = addendum is not None and (addendum.author, addendum.created_at) == (link.signer, link.signed_at)
            expected = addendum_hash(addendum, previous) if addendum is not None and same else None
        broken.append(expected != link.hash or not signed_by_us(mac, link.hash, link.signature))
        previous = link.hash
    return broken


def whole(note: ClinicalNote) -> bool:
    """Whether the chain has what the note says it has: a signature first, and every addendum once."""
    numbers = [link.number for link in note.chain if link.kind == "addendum"]
    return (
        note.is_signed
        and bool(note.chain)
        and note.chain[0].kind == "signature"
        and all(link.kind != "signature" for link in note.chain[1:])
        and numbers == list(range(1, note.addenda + 1))
        and (note.signed_by, note.signed_at) == (note.chain[0].signer.id, note.chain[0].signed_at)
    )
