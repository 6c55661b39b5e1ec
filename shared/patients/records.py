"""A patient's record as a whole: made, changed, deleted."""

import secrets
from datetime import date
from typing import Any

from shared.context import Context
from shared.errors import Contention, MrnTaken
from shared.patients.documents import Patient, Source
from shared.patients.relationships import COPIED, end_every_relation, relate_first
from shared.patients.rewriting import rewrite_appointments
from shared.store.document import new_id
from shared.store.unit import unique_key
from shared.users.documents import EmergencyContact, User

#: Digits and letters that nobody takes for each other (no 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V).
_MRN_ALPHABET = "34679ACDEFGHJKMNPQRTVWXY"
_MRN_LENGTH = 8


def generate_mrn() -> str:
    """A medical record number, `MRN-` and 8 characters: 10¹¹ of them, so that guessing one finds nobody."""
    return "MRN-" + "".join(secrets.choice(_MRN_ALPHABET) for _ in range(_MRN_LENGTH))


def create_record(
    ctx: Context,
    user: User | None = None,
    *,
    name: str | None = None,
    mrn: str | None = None,
    date_of_birth: date | None = None,
    email: str | None = None,
    phone_number: str | None = None,
    address: str | None = None,
    emergency_contact: EmergencyContact | None = None,
    blood_type: str | None = None,
    insurance: str | None = None,
    provider_id: str | None = None,
) -> Patient:
    """A new record; `user` is the patient's account, if there is one, and gets access as `self`.

    With an account, name, e-mail and telephone number are the account's where they are not given. The caller sets
    `user.patient_id`. Reads nothing. The commit raises `MrnTaken` when `mrn` is another patient's.
    """
    maker = ctx.caller_or_none.user if ctx.caller_or_none else user
    if maker is None:
        raise LookupError("somebody has to make a record: a caller, or the patient")
    patient_id = new_id()
    number = mrn or generate_mrn()
    # A generated number that is taken is no mistake of the caller's: they only have to ask again.
    ctx.unit.reserve("mrn", number, patient_id, MrnTaken if mrn else Contention)
    patient = ctx.unit.create(
        Patient(
            id=patient_id,
            mrn=number,
            user_id=user.id if user else None,
            name=user.name if user else name,
            date_of_birth=date_of_birth,
            email=email or (user.email if user else None),
            phone_number=phone_number or (user.phone_number if user else None),
            address=address,
            emergency_contact=emergency_contact,
            blood_type=blood_type,
            insurance=insurance,
            provider_id=provider_id,
            created_by=maker.id,
            created_by_name=maker.name,
            created_by_role=maker.role.value,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    if user is not None:
        itself = Source(kind="self", ref_id=patient_id, granted_by=maker.id, granted_at=ctx.now)
        relate_first(ctx, patient, user.id, itself)
    return patient


def change_record(ctx: Context, patient: Patient, **changes: Any) -> Patient:
    """`patient` with `changes`; what lists copy of it (name, MRN, birthday, telephone) is rewritten by task.

    The commit raises `MrnTaken` when a new `mrn` is another patient's.
    """
    number = changes.get("mrn", patient.mrn)
    if unique_key(ctx.unit.sealer, "mrn", number) != unique_key(ctx.unit.sealer, "mrn", patient.mrn):
        ctx.unit.reserve("mrn", number, patient.id, MrnTaken)
        ctx.unit.release("mrn", patient.mrn)
    changed = {name: value for name, value in changes.items() if getattr(patient, name) != value}
    if not changed:
        return patient
    if changed.keys() & set(COPIED):
        ctx.enqueue("rewrite_relationships", patient.id)
    if "name" in changed:
        rewrite_appointments(ctx, patient.id)
    return ctx.unit.update(patient, **changed, updated_at=ctx.now)


def delete_record(ctx: Context, patient: Patient) -> None:
    """Soft-delete a record and end everybody's access. Its MRN stays taken: numbers are never given twice."""
    ctx.unit.delete(patient)
    end_every_relation(ctx, patient.id)
