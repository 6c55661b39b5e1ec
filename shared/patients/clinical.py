"""Diagnoses, medications and allergies: added, changed, taken off a record."""

from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from shared.context import Context, reads_by_path
from shared.errors import Detail, NotFound, ValidationFailed
from shared.http.answers import Model
from shared.patients.clinical_documents import Allergy, Diagnosis, Medication
from shared.patients.documents import Patient
from shared.store.document import new_id
from shared.store.query import Page, Paging, Query
from shared.users.documents import Role, User

if TYPE_CHECKING:
    from shared.patients.clinical_body_models import NewAllergy, NewDiagnosis, NewMedication

E = TypeVar("E", Diagnosis, Medication, Allergy)

reads_by_path("diagnosisId", lambda entry_id, _: ((Diagnosis, entry_id),))
reads_by_path("medicationId", lambda entry_id, _: ((Medication, entry_id),))
reads_by_path("allergyId", lambda entry_id, _: ((Allergy, entry_id),))


def entries(ctx: Context, query: Query[E], patient: Patient, paging: Paging) -> Page[E]:
    """A page of one of the lists of a record, newest first."""
    return ctx.unit.page(query, paging, patientId=patient.id)


def add_diagnosis(ctx: Context, patient: Patient, body: "NewDiagnosis") -> Diagnosis:
    """Put a diagnosis on a record. Raises `ValidationFailed` when its dates contradict each other."""
    return _add(ctx, Diagnosis, patient, body)


def add_medication(ctx: Context, patient: Patient, body: "NewMedication") -> Medication:
    """Put a medication on a record. Raises `ValidationFailed` for dates, or a prescriber who is no doctor."""
    return _add(ctx, Medication, patient, body)


def add_allergy(ctx: Context, patient: Patient, body: "NewAllergy") -> Allergy:
    """Put an allergy on a record."""
    return _add(ctx, Allergy, patient, body)


def change_entry(ctx: Context, cls: type[E], patient: Patient, entry_id: str, body: Model) -> E:
    """Change an entry of a record. Raises `NotFound`, or `ValidationFailed` as adding does."""
    found = _entry(ctx, cls, patient, entry_id)
    given = body.given()
    required = [name for name in ("diagnosis", "name", "allergy", "severity", "is_active") if name in cls.model_fields]
    empty = [name for name in required if name in given and given[name] is None]
    if empty:
        aliases = cls.model_fields
        wrong = [Detail(aliases[name].alias or name, "can be changed but not taken away") for name in empty]
        raise ValidationFailed(details=wrong)
    changes = {name: value for name, value in given.items() if getattr(found, name) != value}
    if not changes:
        return found
    changed = ctx.unit.update(found, **changes, updated_at=ctx.now)
    _check(ctx, changed, changes)
    return changed


def remove_entry(ctx: Context, cls: type[E], patient: Patient, entry_id: str) -> None:
    """Take an entry off a record (soft). Raises `NotFound`."""
    ctx.unit.delete(_entry(ctx, cls, patient, entry_id))


def _add(ctx: Context, cls: type[E], patient: Patient, body: Model) -> E:
    entry = cls(
        id=new_id(),
        patient_id=patient.id,
        created_by=ctx.caller.id,
        created_at=ctx.now,
        updated_at=ctx.now,
        **dict(body),
    )
    _check(ctx, entry, dict(body))
    return ctx.unit.create(entry)


def _entry(ctx: Context, cls: type[E], patient: Patient, entry_id: str) -> E:
    found = ctx.unit.get(cls, entry_id)
    # An entry of somebody else's record is as good as none: the path says whose it has to be.
    if found is None or found.patient_id != patient.id:
        raise ctx.refuse(NotFound())
    return found


def _check(ctx: Context, entry: Diagnosis | Medication | Allergy, changes: dict[str, Any]) -> None:
    if isinstance(entry, Diagnosis):
        _in_order(entry.diagnosed_date, entry.end_date, "diagnosedDate")
    if isinstance(entry, Medication):
        _in_order(entry.start_date, entry.end_date, "startDate")
        if changes.get("prescribing_doctor_id") is not None:
            _check_doctor(ctx, changes["prescribing_doctor_id"])


def _in_order(begin: date | None, end: date | None, first: str) -> None:
    if begin is not None and end is not None and end < begin:
        raise ValidationFailed(details=[Detail("endDate", f"must not be before {first}")])


def _check_doctor(ctx: Context, user_id: str) -> None:
    doctor = ctx.unit.get(User, user_id)
    if doctor is None or doctor.role is not Role.DOCTOR:
        raise ValidationFailed(details=[Detail("prescribingDoctorId", "is not the account of a doctor")])
