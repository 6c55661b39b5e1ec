"""A patient's record with everything on it, and its version."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from shared import clients
from shared.context import Context, reads_by_path
from shared.errors import Detail, StaleRecord, ValidationFailed
from shared.patients.clinical_documents import (
    ALLERGIES_OF_PATIENT,
    DIAGNOSES_OF_PATIENT,
    MEDICATIONS_OF_PATIENT,
    VITALS_OF_PATIENT,
    Allergy,
    Diagnosis,
    Medication,
    Vitals,
)
from shared.patients.clinical_models import AllergyOut, DiagnosisOut, MedicationOut
from shared.patients.documents import USER_OF_PATIENT, Patient, Source
from shared.patients.models import PatientDetail, PatientOut, PersonOut
from shared.patients.records import change_record, create_record
from shared.patients.relationships import access_patient, relate_first
from shared.patients.vitals import shown
from shared.store.unit import UniqueKey, unique_key
from shared.users.documents import Role, User
from shared.users.models import ColleagueOut

if TYPE_CHECKING:
    from shared.patients.record_models import NewPatient, PatientChange

#: Entries of each list that the record shows; the lists of their own page through all.
MOST_LISTED = 200
#: Sets of vital signs that the record shows.
LATEST_VITALS = 20
_NOBODY = str(uuid.UUID(int=0))

reads_by_path("mrn", lambda mrn, _: ((UniqueKey, unique_key(clients.sealer(), "mrn", mrn)),))


class Chart(NamedTuple):
    """What is on a record."""

    user: User | None
    diagnoses: Sequence[Diagnosis]
    medications: Sequence[Medication]
    allergies: Sequence[Allergy]
    vitals: Sequence[Vitals]


def read_chart(ctx: Context, patient: Patient) -> Chart:
    """The lists of a record and its account: queries of one round trip."""
    unit, of = ctx.unit, patient.id
    users, diagnoses, medications, allergies, vitals = unit.together(
        unit.reading(USER_OF_PATIENT, patientId=of, limit=1),
        unit.reading(DIAGNOSES_OF_PATIENT, patientId=of, limit=MOST_LISTED),
        unit.reading(MEDICATIONS_OF_PATIENT, patientId=of, limit=MOST_LISTED),
        unit.reading(ALLERGIES_OF_PATIENT, patientId=of, limit=MOST_LISTED),
        unit.reading(VITALS_OF_PATIENT, patientId=of, limit=LATEST_VITALS),
    )
    return Chart(next(iter(users), None), diagnoses, medications, allergies, vitals)


def version(patient: Patient) -> str:
    """ETag of a record's own fields (RFC 9110 §8.8.3); its lists have their own lives."""
    text = f"{patient.id} {patient.updated_at.isoformat()}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def summary(ctx: Context, patient: Patient, user: User | None) -> PatientOut:
    """The record as it is answered, without its lists."""
    contact = patient.emergency_contact
    ctx.header("ETag", version(patient))
    return PatientOut(
        **patient.model_dump(
            include={"id", "mrn", "user_id", "name", "date_of_birth", "email", "address", "phone_number", "blood_type"}
            | {"insurance", "provider_id", "created_at", "updated_at"}
        ),
        patient_user_id=patient.user_id,
        user=ColleagueOut.of(user, ctx.settings) if user else None,
        emergency_contact=contact.name if contact else None,
        emergency_contact_phone=contact.phone if contact else None,
        emergency_contact_details=contact,
        created_by=PersonOut(id=patient.created_by, name=patient.created_by_name, role=patient.created_by_role),
    )


def detail(ctx: Context, patient: Patient, chart: Chart) -> PatientDetail:
    """The record as it is answered, with its lists."""
    return PatientDetail(
        **dict(summary(ctx, patient, chart.user)),
        diagnoses=[DiagnosisOut.model_validate(d) for d in chart.diagnoses],
        medications=[MedicationOut.model_validate(m) for m in chart.medications],
        allergies=[AllergyOut.model_validate(a) for a in chart.allergies],
        vitals=[shown(v) for v in chart.vitals],
    )


def read(ctx: Context, patient: Patient) -> PatientDetail:
    """A record and what is on it."""
    return detail(ctx, patient, read_chart(ctx, patient))


def read_by_mrn(ctx: Context, mrn: str) -> PatientDetail:
    """The record with an MRN, in whatever case it is written. Raises what `access_patient` raises."""
    key = ctx.unit.get(UniqueKey, unique_key(ctx.unit.sealer, "mrn", mrn))
    # A number that nobody has is looked for like one that somebody else has: neither answer nor time tells them apart.
    return read(ctx, access_patient(ctx, key.owner_id if key else _NOBODY, to="read"))


def make(ctx: Context, body: "NewPatient") -> PatientOut:
    """A new record, with the clinician who makes it on its care team (RESOLUTIONS: Names that the sources leave open).

    Raises `ValidationFailed` when `userId` is not a patient's account without a record; the commit `MrnTaken`.
    """
    user = _account(ctx, body.user_id) if body.user_id else None
    patient = create_record(
        ctx,
        user,
        name=body.name,
        mrn=body.mrn,
        date_of_birth=body.date_of_birth,
        email=body.email,
        phone_number=body.phone_number,
        address=body.address,
        emergency_contact=body.contact(None),
        blood_type=body.blood_type,
        insurance=body.insurance,
    )
    if user is not None:
        user = ctx.unit.update(user, patient_id=patient.id, updated_at=ctx.now)
    join_maker(ctx, patient)
    ctx.about("patients", patient.id)
    ctx.touch(patient.id)
    return summary(ctx, patient, user)


def join_maker(ctx: Context, patient: Patient) -> None:
    """Put the caller on the care team of the record they have just made; an administrator cares for nobody."""
    if ctx.caller.role is not Role.ADMIN:
        source = Source(kind="care_team", ref_id=patient.id, granted_by=ctx.caller.id, granted_at=ctx.now)
        relate_first(ctx, patient, ctx.caller.id, source)


def _account(ctx: Context, user_id: str) -> User:
    user = ctx.unit.get(User, user_id)
    if user is None or user.role is not Role.PATIENT or not user.is_active or user.patient_id is not None:
        raise ValidationFailed(details=[Detail("userId", "is not the account of a patient without a record")])
    return user


def change(ctx: Context, patient: Patient, body: "PatientChange") -> PatientDetail:
    """Change a record's own fields; a new name is the account's, too (C-120).

    Raises `StaleRecord` when `If-Match` names another version; the commit `MrnTaken`.
    """
    expected = {tag.strip() for tag in ctx.headers.get("if-match", "*").split(",")}
    if not expected & {"*", version(patient)}:
        raise StaleRecord
    found = read_chart(ctx, patient)
    try:
        contact = body.contact(patient.emergency_contact)
    except ValueError as wrong:
        raise ValidationFailed(details=[Detail("emergencyContactPhone", str(wrong))]) from None
    given = body.given()
    changes = {name: given[name] for name in given if not name.startswith("emergency_contact")}
    patient = change_record(ctx, patient, **changes, emergency_contact=contact)
    user = found.user
    if user is not None and body.name is not None:
        user = ctx.unit.update(user, name=body.name, updated_at=ctx.now)
    return detail(ctx, patient, Chart(user, found.diagnoses, found.medications, found.allergies, found.vitals))
