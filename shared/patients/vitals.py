"""Vital signs: recorded, listed, charted."""

from shared.context import Context
from shared.errors import Detail, ValidationFailed
from shared.patients.clinical_documents import Vitals
from shared.patients.clinical_models import VitalsOut
from shared.patients.documents import Patient
from shared.patients.measures import UNITS, NewVitals
from shared.store.document import new_id


def record(ctx: Context, patient: Patient, body: NewVitals) -> Vitals:
    """Put vital signs on the record, as taken by the caller. Raises `ValidationFailed` for a time before birth."""
    at = body.recorded_date or ctx.now
    if patient.date_of_birth is not None and at.date() < patient.date_of_birth:
        raise ValidationFailed(details=[Detail("recordedDate", "must not be before the patient's birth")])
    return ctx.unit.create(
        Vitals(
            id=new_id(),
            patient_id=patient.id,
            recorded_by=ctx.caller.id,
            recorded_date=at,
            measures=body.measures,
            notes=body.notes,
            created_at=ctx.now,
        )
    )


def shown(vitals: Vitals) -> VitalsOut:
    """Vital signs as they are answered: under the names of both seeds (C-087)."""
    measures = vitals.measures
    return VitalsOut(
        **{name: getattr(measures, name) for name in UNITS},
        **vitals.model_dump(include={"id", "patient_id", "recorded_by", "recorded_date", "notes", "created_at"}),
        day=vitals.recorded_date.date(),
        systolic=measures.systolic_bp,
        diastolic=measures.diastolic_bp,
    )
